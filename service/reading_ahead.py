"""Comments of a long stream, understood ahead of whoever stores them: in processes of their own when there are many."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import cast

from nlp.records import Row
from nlp.tagger import Tagger
from service.errors import ServiceError
from service.feedback import Incoming
from service.routing import Rules
from service.settings import Settings
from service.sla import Calendars
from service.storage import Engine
from service.understanding import Line, Understood, read_alone

#: Smaller files are read before the processes would have started.
_LARGE_BYTES = 500_000

_Read = Callable[[list[Incoming], datetime], list[Understood]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A row with the comment it makes, or with the reason why it makes none."""

    row: Row
    comment: Incoming | ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Understands comments a few batches ahead."""

    executor: Executor
    read: _Read
    batches: int

    def understood(
        self, batches: Iterable[list[Taken]], now: Callable[[], datetime]
    ) -> Iterator[tuple[list[Taken], list[Understood]]]:
        """Yield every batch with its sound comments, understood."""
        waiting: deque[tuple[list[Taken], Future[list[Understood]]]] = deque()
        for batch in batches:
            sound = [taken.comment for taken in batch if isinstance(taken.comment, Incoming)]
            waiting.append((batch, self.executor.submit(self.read, sound, now())))
            if len(waiting) > self.batches:
                yield _ready(*waiting.popleft())
        while waiting:
            yield _ready(*waiting.popleft())


@contextmanager
def ahead(line: Line, size: int) -> Iterator[Ahead]:
    """Open what understands a file of `size` bytes; a large one gets processes and does not hold up other requests."""
    if size < _LARGE_BYTES:
        with ThreadPoolExecutor(1, thread_name_prefix="import") as thread:
            yield Ahead(executor=thread, read=partial(read_alone, line), batches=1)
        return
    processes = os.cpu_count() or 1
    spawn = multiprocessing.get_context("spawn")
    away = _Away(rules=line.rules, calendars=line.calendars, settings=line.settings)
    first = (line.settings.models,)
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_tagger, initargs=first) as pool:
        try:
            yield Ahead(executor=pool, read=away, batches=2 * processes)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Away:
    """Reads in another process, with a model that is loaded there once."""

    rules: Rules
    calendars: Calendars
    settings: Settings

    def __call__(self, comments: list[Incoming], now: datetime) -> list[Understood]:
        line = Line(
            engine=cast("Engine", None),  # reading alone touches no database
            tagger=_tagger(self.settings.models),
            rules=self.rules,
            calendars=self.calendars,
            settings=self.settings,
        )
        return read_alone(line, comments, now)


@cache
def _tagger(models: Path) -> Tagger:
    return Tagger.load(models)


def _ready(batch: list[Taken], read: Future[list[Understood]]) -> tuple[list[Taken], list[Understood]]:
    return batch, read.result()
