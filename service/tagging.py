"""Tags for a stream of batches, made ahead of whoever stores them: in processes of their own when it is long."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from nlp.records import Row
from nlp.tagger import Tagger
from nlp.tags import Tags
from service.errors import ServiceError
from service.feedback import Incoming
from service.jalali import TEHRAN
from service.understanding import Line

#: Smaller files are tagged before the processes would have started.
_LARGE_BYTES = 500_000

_Tag = Callable[[list[str], date], list[Tags]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A row with the comment it makes, or with the reason why it makes none."""

    row: Row
    comment: Incoming | ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A tagger that knows the answer already."""

    tags: list[Tags]

    def tag_many(self, texts: Sequence[str], *, now: date | None = None) -> list[Tags]:
        """Return the tags that were made of these texts before."""
        assert len(texts) == len(self.tags)
        return self.tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Makes tags a few batches ahead."""

    executor: Executor
    tag: _Tag
    batches: int

    def tagged(
        self, batches: Iterable[list[Taken]], now: Callable[[], datetime]
    ) -> Iterator[tuple[list[Taken], Given]]:
        """Yield every batch with a tagger that has the tags of its comments."""
        waiting: deque[tuple[list[Taken], Future[list[Tags]]]] = deque()
        for batch in batches:
            texts = [taken.comment.text for taken in batch if isinstance(taken.comment, Incoming)]
            day = now().astimezone(TEHRAN).date()
            waiting.append((batch, self.executor.submit(self.tag, texts, day)))
            if len(waiting) > self.batches:
                yield _ready(*waiting.popleft())
        while waiting:
            yield _ready(*waiting.popleft())


@contextmanager
def ahead(line: Line, size: int) -> Iterator[Ahead]:
    """Open what makes tags for a file of `size` bytes; a large one does not hold up the line's own tagger."""
    if size < _LARGE_BYTES:
        with ThreadPoolExecutor(1, thread_name_prefix="import") as thread:
            yield Ahead(
                executor=thread, tag=lambda texts, day: line.tagger.tag_many(texts, now=day), batches=1
            )
        return
    processes = os.cpu_count() or 1
    spawn = multiprocessing.get_context("spawn")
    models = (line.settings.models,)
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_tagger, initargs=models) as pool:
        try:
            yield Ahead(executor=pool, tag=_InProcess(models=line.settings.models), batches=2 * processes)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _InProcess:
    """Tags with a model that is loaded once per process."""

    models: Path

    def __call__(self, texts: list[str], day: date) -> list[Tags]:
        return _tagger(self.models).tag_many(texts, now=day)


@cache
def _tagger(models: Path) -> Tagger:
    return Tagger.load(models)


def _ready(batch: list[Taken], tags: Future[list[Tags]]) -> tuple[list[Taken], Given]:
    return batch, Given(tags=tags.result())
