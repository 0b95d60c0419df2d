"""One model, many threads: comments that wait at the same time go through the model together."""

from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from threading import Lock
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


@dataclass(slots=True, eq=False)
class _Job:
    """The texts of one request, and what is known of them so far."""

    texts: tuple[str, ...]
    now: date | None
    tags: list[Tags] | None = None
    shared: bool = False  # went through the model beside others


class Batcher:
    """Puts a bounded queue before a tagger; a full queue answers `Busy` instead of growing.

    The model works in one thread: predictions do not run faster side by side. While it is busy requests gather,
    and the next turn takes them together, so no request ever waits for company.
    """

    def __init__(self, tagger: TagsMany, *, capacity: int, together: int) -> None:
        self._tagger = tagger
        self._capacity = capacity
        self._together = together
        self._jobs: list[_Job] = []
        self._waiting = 0
        self._lock = Lock()
        self._model = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")

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
            return self._result(job)
        finally:
            self._leave(job)

    def close(self) -> None:
        """Let the running batch finish and refuse what still waits."""
        self._model.shutdown(wait=True, cancel_futures=True)

    def _enter(self, job: _Job) -> _Job:
        with self._lock:
            # a request that finds the queue empty is let in whatever its size, or it could never be served
            if self._waiting and self._waiting + len(job.texts) > self._capacity:
                raise Busy("overloaded", "سامانه شلوغ است؛ چند ثانیه دیگر دوباره بفرستید.", retry_after=2)
            self._jobs.append(job)
            self._waiting += len(job.texts)
        return job

    def _leave(self, job: _Job) -> None:
        with self._lock:
            self._waiting -= len(job.texts)
            self._jobs.remove(job)

    def _result(self, job: _Job) -> list[Tags]:
        future = self._model.submit(self._turn, job)
        if self._failed(future) and job.shared:
            # one odd comment must not take its neighbours down: everybody once more, alone
            future = self._model.submit(self._tag, [job])
            self._failed(future)
        return future.result()

    def _failed(self, future: "Future[list[Tags]]") -> bool:
        try:
            return future.exception(timeout=_PATIENCE_S) is not None
        except (TimeoutError, CancelledError) as error:
            future.cancel()
            message = "پاسخ بیش از اندازه طول کشید؛ کمی بعد دوباره بفرستید."
            raise Busy("overloaded", message, retry_after=5) from error

    def _turn(self, job: _Job) -> list[Tags]:
        return job.tags if job.tags is not None else self._tag(self._company(job))

    def _company(self, job: _Job) -> list[_Job]:
        """Return the job with as many waiting ones as fit beside it."""
        if job.shared:
            return [job]
        with self._lock:
            chosen, size = [job], len(job.texts)
            for other in self._jobs:
                if other is job or other.shared or other.now != job.now or other.tags is not None:
                    continue
                if size + len(other.texts) > self._together:
                    break
                chosen.append(other)
                size += len(other.texts)
            if len(chosen) > 1:
                for one in chosen:
                    one.shared = True
            return chosen

    def _tag(self, jobs: Sequence[_Job]) -> list[Tags]:
        tags = self._tagger.tag_many([text for job in jobs for text in job.texts], now=jobs[0].now)
        done = 0
        for job in jobs:
            job.tags = tags[done : done + len(job.texts)]
            done += len(job.texts)
        return tags[: len(jobs[0].texts)]
