"""One model, many callers: comments that wait at the same time go through the model together."""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A tagger that knows the answer already, for comments that were tagged ahead."""

    tags: list[Tags]

    def tag_many(self, texts: Sequence[str], *, now: date | None = None) -> list[Tags]:
        """Return the tags that were made of these texts before."""
        assert len(texts) == len(self.tags)
        return self.tags


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """The texts of one request, and who waits for their tags: a thread, or a coroutine of `loop`."""

    texts: tuple[str, ...]
    now: date | None
    tags: "Future[list[Tags]] | asyncio.Future[list[Tags]]"
    loop: asyncio.AbstractEventLoop | None = None


_Outcome = tuple[_Job, list[Tags] | Exception]


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
        self._waking = False
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
        tags: Future[list[Tags]] = Future()
        self._enter(_Job(tuple(texts), now, tags))
        self._wake()
        try:
            return tags.result(_PATIENCE_S)
        except TimeoutError as error:
            tags.cancel()
            raise _overloaded("پاسخ بیش از اندازه طول کشید؛ کمی بعد دوباره بفرستید.") from error

    async def tag(self, text: str, *, now: date | None = None) -> Tags:
        """Return the tags of one text without holding a thread while it waits.

        The model is woken when the loop has heard everybody who is ready to speak: it would otherwise take the first
        one alone, and contend with the loop for the interpreter while the others come in.
        """
        loop = asyncio.get_running_loop()
        tags: asyncio.Future[list[Tags]] = loop.create_future()
        self._enter(_Job((text,), now, tags, loop))
        if not self._waking:
            self._waking = True
            loop.call_soon(self._wake)
        return (await tags)[0]

    def close(self) -> None:
        """Take nothing new, and return when everything that waits is done."""
        with self._changed:
            self._closed = True
        self._wake()
        self._model.join()

    def _enter(self, job: _Job) -> None:
        with self._changed:
            # a request that finds the queue empty is let in whatever its size, or it could never be served
            full = self._waiting and self._waiting + len(job.texts) > self._capacity
            if self._closed or full:
                raise _overloaded("سامانه شلوغ است؛ چند ثانیه دیگر دوباره بفرستید.")
            self._jobs.append(job)
            self._waiting += len(job.texts)

    def _wake(self) -> None:
        with self._changed:
            self._waking = False
            self._changed.notify()

    def _work(self) -> None:
        while jobs := self._taken():
            outcomes = self._tagged([job for job in jobs if not job.tags.cancelled()])
            with self._changed:
                self._waiting -= sum(len(job.texts) for job in jobs)
            _hand_out(outcomes)

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

    def _tagged(self, jobs: Sequence[_Job]) -> list[_Outcome]:
        if not jobs:
            return []
        try:
            tags = self._tagger.tag_many([text for job in jobs for text in job.texts], now=jobs[0].now)
        except Exception as error:  # noqa: BLE001 - whatever it is, its caller must hear of it and nobody else
            if len(jobs) == 1:
                return [(jobs[0], error)]
            # one odd comment must not take its neighbours down: everybody once more, alone
            return [outcome for job in jobs for outcome in self._tagged([job])]
        ends = list(accumulate(len(job.texts) for job in jobs))
        return [(job, tags[end - len(job.texts) : end]) for job, end in zip(jobs, ends, strict=True)]


def _hand_out(outcomes: Sequence[_Outcome]) -> None:
    """Give everybody their tags; a loop is woken once for all of its coroutines."""
    of_loops: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        loop = outcome[0].loop
        if loop is None:
            _give(outcome)
        else:
            of_loops.setdefault(loop, []).append(outcome)
    for loop, theirs in of_loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_give_all, theirs)


def _give_all(outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        _give(outcome)


def _give(outcome: _Outcome) -> None:
    job, result = outcome
    if job.tags.cancelled():  # nobody waits for it any more
        return
    try:
        if isinstance(result, Exception):
            job.tags.set_exception(result)
        else:
            job.tags.set_result(result)
    except InvalidStateError:  # given up in this very moment
        return


def _overloaded(detail: str) -> Busy:
    return Busy("overloaded", detail, retry_after=2)
