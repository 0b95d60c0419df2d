"""Comments of a long stream, drafted ahead of whoever stores them: in processes of their own when there are many."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import cast

from nlp import artifacts
from nlp.files.processes import end_with_parent, undisturbed
from service import model_process
from service.comments.drafting import Draft, Ready, drafted, paired
from service.comments.sparing import Failure, read_each
from service.comments.understanding import Line
from service.errors import ServiceError
from service.feedback import Incoming
from service.model_process import InProcessModel
from service.rules import topics
from service.storage import Engine

#: Smaller files are read before the processes would have started.
_LARGE_BYTES = 500_000

_Drafting = Callable[[list[Incoming], datetime], list[Draft | Failure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The number of a row with the comment it makes, or with the reason why it makes none.

    What else the row holds is not kept: in all rows of a batch it may be more than memory holds.
    """

    number: int
    id: str | None  # of the comment whose export this row is
    comment: Incoming | ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Drafts comments a few batches ahead."""

    executor: Executor
    draft: _Drafting
    batches: int

    def drafted(
        self, batches: Iterable[list[Taken]], now: Callable[[], datetime]
    ) -> Iterator[tuple[list[Taken], list[Ready]]]:
        """Yield every batch with its comments as they were drafted, or why they were not."""
        waiting: deque[tuple[list[Taken], Future[list[Draft | Failure]]]] = deque()
        for batch in batches:
            with undisturbed():  # it starts the processes
                drafts = self.executor.submit(self.draft, _sound(batch), now())
            waiting.append((batch, drafts))
            if len(waiting) > self.batches:
                yield _ready(*waiting.popleft())
        while waiting:
            yield _ready(*waiting.popleft())


def _sound(batch: Iterable[Taken]) -> list[Incoming]:
    """Return the comments among these rows."""
    return [taken.comment for taken in batch if isinstance(taken.comment, Incoming)]


@contextmanager
def ahead(line: Line, size: int) -> Iterator[Ahead]:
    """Open what drafts the comments of a file of `size` bytes; a large one gets processes and does not hold up other requests."""
    if size < _LARGE_BYTES:
        with ThreadPoolExecutor(1, thread_name_prefix="import") as thread:
            yield Ahead(executor=thread, draft=partial(_each_drafted, line), batches=1)
        return
    # of all cores of the machine a container may have few
    processes = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    spawn = multiprocessing.get_context("spawn")
    # drafting touches no database, and the model is loaded there
    away = partial(_away, replace(line, engine=cast("Engine", None), tagger=cast("InProcessModel", None)))
    first = (line.settings.models, line.settings.trade)
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_begin, initargs=first) as pool:
        try:
            yield Ahead(executor=pool, draft=away, batches=2 * processes)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _away(line: Line, comments: list[Incoming], now: datetime) -> list[Draft | Failure]:
    """Draft in another process, with a model that is loaded there once."""
    topics.take(line.own)
    tagger = _tagger(line.settings.models, line.settings.trade)
    return _each_drafted(replace(line, tagger=tagger), comments, now)


def _each_drafted(line: Line, comments: list[Incoming], now: datetime) -> list[Draft | Failure]:
    return read_each(lambda some: drafted(line, some, now), comments)


def _begin(models: Path, trade: str | None) -> None:
    end_with_parent()
    _tagger(models, trade)


@cache
def _tagger(models: Path, trade: str | None) -> InProcessModel:
    return model_process.alone(artifacts.current(models), trade)


def _ready(batch: list[Taken], drafts: Future[list[Draft | Failure]]) -> tuple[list[Taken], list[Ready]]:
    return batch, paired((taken.comment for taken in batch), drafts.result())
