"""One model, many callers: comments that wait at the same time go through the model together."""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from threading import Condition, Thread
from typing import Protocol

from nlp.tags import Tags
from service.errors import Busy

#: A caller that waited this long is better off asking again.
_PATIENCE_S = 30.0


class TagsMany(Protocol):
    """Whatever turns texts into tags, in order."""

    def tag_many(self, texts: Sequence[str], *, now: date | None = None) -> list[Tags]:
        """Return the tags of each text; `now` is the day that «فردا» is counted from."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """The texts of one request, and where their tags go."""

    texts: tuple[str, ...]
    now: date | None
    tags: "Future[list[Tags]]" = field(default_factory=Future)


class Batcher:
    """Puts a bounded queue before a tagger; a full queue answers `Busy` instead of growing.

    The model works in one thread: predictions do not run faster side by side. While it is busy requests gather,
    and the next turn takes them together, so no request ever waits for company.
    """

    def __init__(self, tagger: TagsMany, *, capacity: int, together: int) -> None:
        self._tagger = tagger
        self._capacity = capacity
        self._together = together
        self._jobs: deque[_Job] = deque()
        self._waiting = 0
        self._closed = False
        self._changed = Condition()
        self._model = Thread(target=self._work, name="model", daemon=True)
        self._model.start()

    @property
    def waiting(self) -> int:
        """How many comments are waiting or being tagged."""
        return self._waiting

    def tag_many(self, texts: Sequence[str], *, now: date | None = None) -> list[Tags]:
        """Return the tags of each text, in order; `Busy` when the queue is full or the wait too long."""
        if not texts:
            return []
        job = self._enter(_Job(tuple(texts), now))
        try:
            return job.tags.result(_PATIENCE_S)
        except TimeoutError as error:
            raise _too_slow(job) from error

    async def tag(self, text: str, *, now: date | None = None) -> Tags:
        """Return the tags of one text without holding a thread while it waits."""
        job = self._enter(_Job((text,), now))
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return (await asyncio.wrap_future(job.tags))[0]
        except TimeoutError as error:
            raise _too_slow(job) from error

    def close(self) -> None:
        """Take nothing new, and return when everything that waits is done."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._model.join()

    def _enter(self, job: _Job) -> _Job:
        with self._changed:
            # a request that finds the queue empty is let in whatever its size, or it could never be served
            full = self._waiting and self._waiting + len(job.texts) > self._capacity
            if self._closed or full:
                raise _overloaded("سامانه شلوغ است؛ چند ثانیه دیگر دوباره بفرستید.")
            self._jobs.append(job)
            self._waiting += len(job.texts)
            self._changed.notify()
        return job

    def _work(self) -> None:
        while jobs := self._taken():
            self._tag(jobs)
            with self._changed:
                self._waiting -= sum(len(job.texts) for job in jobs)

    def _taken(self) -> list[_Job]:
        """Wait for a job and return it with as many of those behind it as fit; nothing once closed and done."""
        with self._changed:
            while not self._jobs and not self._closed:
                self._changed.wait()
            taken: list[_Job] = []
            size = 0
            while self._jobs and self._fits(self._jobs[0], taken, size):
                taken.append(self._jobs.popleft())
                size += len(taken[-1].texts)
            return taken

    def _fits(self, job: _Job, taken: Sequence[_Job], size: int) -> bool:
        return not taken or (job.now == taken[0].now and size + len(job.texts) <= self._together)

    def _tag(self, jobs: Sequence[_Job]) -> None:
        wanted = [job for job in jobs if not job.tags.cancelled()]
        try:
            tags = self._tagger.tag_many([text for job in wanted for text in job.texts], now=jobs[0].now)
        except Exception as error:  # noqa: BLE001 - whatever it is, its caller must hear of it and nobody else
            self._alone(wanted, error)
            return
        done = 0
        for job in wanted:
            _give(job, tags[done : done + len(job.texts)])
            done += len(job.texts)

    def _alone(self, jobs: Sequence[_Job], error: Exception) -> None:
        """One odd comment must not take its neighbours down: everybody once more, alone."""
        if len(jobs) == 1:
            if jobs[0].tags.set_running_or_notify_cancel():
                jobs[0].tags.set_exception(error)
            return
        for job in jobs:
            self._tag([job])


def _give(job: _Job, tags: list[Tags]) -> None:
    if job.tags.set_running_or_notify_cancel():
        job.tags.set_result(tags)


def _too_slow(job: _Job) -> Busy:
    job.tags.cancel()
    return _overloaded("پاسخ بیش از اندازه طول کشید؛ کمی بعد دوباره بفرستید.")


def _overloaded(detail: str) -> Busy:
    return Busy("overloaded", detail, retry_after=2)
