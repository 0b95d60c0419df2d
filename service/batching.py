"""One model, many callers: comments that wait at the same time go through the model together."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from threading import Condition, Thread
from typing import Protocol

from nlp.tags import Days, each_day
from service.errors import Busy

#: A caller that waited this long is better off asking again.
_PATIENCE_S = 30.0
#: After a model said that it cannot work, so long nobody should be sent to it.
_SORE_S = 10.0
#: Fewer comments at a time would cost more each.
_FEW = 16


class TagsMany(Protocol):
    """Whatever turns texts into the JSON of their tags, in order."""

    def tag_many(self, texts: Sequence[str], *, now: Days = None) -> list[bytes]:
        """Return the tags of each text as JSON; `now` is the day that «فردا» is counted from, or the day of each text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Precomputed:
    """A tagger that knows the answer already, for comments that were tagged ahead."""

    tags: list[bytes]

    def tag_many(self, texts: Sequence[str], *, now: Days = None) -> list[bytes]:
        """Return the tags that were made of these texts before."""
        assert len(texts) == len(self.tags)
        return self.tags


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """The texts of one request, and who waits for their tags: a thread, or a coroutine of `loop`."""

    texts: tuple[str, ...]
    days: tuple[date | None, ...]  # that of each text
    tags: "Future[list[bytes]] | asyncio.Future[list[bytes]]"
    loop: asyncio.AbstractEventLoop | None = None
    since: float = field(default_factory=time.monotonic)


_Outcome = tuple[_Job, list[bytes] | Exception]


class Batcher:
    """Puts a bounded queue before a tagger; a full queue answers `Busy` instead of growing.

    Each tagger has a thread of its own; several only help where they stand in other processes. While they are busy
    requests gather, and the next turn takes them together, so no request ever waits for company. `release` is called
    when nothing more will be asked.
    """

    def __init__(
        self, *taggers: TagsMany, capacity: int, together: int, release: Callable[[], None] = lambda: None
    ) -> None:
        self._release = release
        self._capacity = capacity
        self._together = together
        self._jobs: deque[_Job] = deque()
        self._at_work: list[_Job] = []
        self._failed_at = -math.inf
        self._waiting = 0
        self._closed = False
        self._successor: Batcher | None = None
        self._waking = False
        self._changed = Condition()
        self._models = [
            Thread(target=self._work, args=(each,), name="model", daemon=True) for each in taggers
        ]
        for thread in self._models:
            thread.start()

    @property
    def waiting(self) -> int:
        """How many comments are waiting or being tagged."""
        return self._waiting

    @property
    def answers(self) -> bool:
        """Whether a model neither said a moment ago that it cannot work nor keeps anybody waiting for too long."""
        now = time.monotonic()
        with self._changed:
            oldest = min((job.since for job in (*self._at_work, *self._jobs)), default=now)
        return now - self._failed_at > _SORE_S and now - oldest <= _PATIENCE_S

    def tag_many(self, texts: Sequence[str], *, now: Days = None) -> list[bytes]:
        """Return the tags of each text as JSON, in order; `Busy` when the queue is full or the wait too long."""
        if not texts:
            return []
        tags: Future[list[bytes]] = Future()
        successor = self._enter(_Job(tuple(texts), each_day(now, len(texts)), tags))
        if successor is not None:
            return successor.tag_many(texts, now=now)
        self._wake()
        try:
            return tags.result(_PATIENCE_S)
        except TimeoutError as error:
            tags.cancel()
            raise _too_late() from error

    async def tag(self, text: str, *, now: date | None = None) -> bytes:
        """Return the tags of one text as JSON without holding a thread while it waits.

        The model is woken when the loop has heard everybody who is ready to speak: it would otherwise take the first
        one alone, and contend with the loop for the interpreter while the others come in.
        """
        loop = asyncio.get_running_loop()
        tags: asyncio.Future[list[bytes]] = loop.create_future()
        successor = self._enter(_Job((text,), (now,), tags, loop))
        if successor is not None:
            return await successor.tag(text, now=now)
        if not self._waking:
            self._waking = True
            loop.call_soon(self._wake)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return (await tags)[0]
        except TimeoutError as error:
            raise _too_late() from error

    def close(self, successor: "Batcher | None" = None) -> None:
        """Take nothing new, and return when everything that waits is done, or nobody waits for it any more.

        Who held on to this one a moment too long waits at its successor.
        """
        given_up_at = time.monotonic() + _PATIENCE_S
        with self._changed:
            self._closed, self._successor = True, successor
            self._changed.notify_all()
        for thread in self._models:
            thread.join(max(0.0, given_up_at - time.monotonic()))
        self._release()

    def _enter(self, job: _Job) -> "Batcher | None":
        """Let a request wait; return who takes it in our place once there is a successor."""
        with self._changed:
            if self._successor is not None:
                return self._successor
            # a request that finds the queue empty is let in whatever its size, or it could never be served
            full = self._waiting and self._waiting + len(job.texts) > self._capacity
            if self._closed or full:
                raise _overloaded("سامانه شلوغ است؛ چند ثانیه دیگر دوباره بفرستید.")
            self._jobs.append(job)
            self._waiting += len(job.texts)
            return None

    def _wake(self) -> None:
        with self._changed:
            self._waking = False
            self._changed.notify()

    def _work(self, tagger: TagsMany) -> None:
        while jobs := self._taken():
            outcomes = _tagged(tagger, [job for job in jobs if not job.tags.cancelled()])
            with self._changed:
                self._waiting -= sum(len(job.texts) for job in jobs)
                self._at_work = [job for job in self._at_work if job not in jobs]
            if any(isinstance(result, Busy) for _, result in outcomes):
                self._failed_at = time.monotonic()
            _hand_out(outcomes)

    def _taken(self) -> list[_Job]:
        """Wait for a job and return it with as many of those behind it as fit; nothing once closed and done.

        Half of those that wait are enough: while the next are read, the server answers these and hears new ones.
        """
        with self._changed:
            while not self._jobs and not self._closed:
                self._changed.wait()
            taken: list[_Job] = []
            size, most = 0, min(self._together, max(_FEW, self._waiting // 2))
            while self._jobs and _fits(self._jobs[0], taken, most - size):
                taken.append(self._jobs.popleft())
                size += len(taken[-1].texts)
            self._at_work += taken
            if self._jobs:
                self._changed.notify()  # there is work for another one
            return taken


def _fits(job: _Job, taken: Sequence[_Job], room: int) -> bool:
    return not taken or len(job.texts) <= room


def _tagged(tagger: TagsMany, jobs: Sequence[_Job]) -> list[_Outcome]:
    if not jobs:
        return []
    try:
        texts, days = (
            [each for job in jobs for each in job.texts],
            [each for job in jobs for each in job.days],
        )
        tags = tagger.tag_many(texts, now=days)
    except Exception as error:  # noqa: BLE001 - whatever it is, its caller must hear of it and nobody else
        if len(jobs) == 1:
            return [(jobs[0], error)]
        # one odd comment must not take its neighbours down: everybody once more, alone
        return [outcome for job in jobs for outcome in _tagged(tagger, [job])]
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


def _too_late() -> Busy:
    return _overloaded("پاسخ بیش از اندازه طول کشید؛ کمی بعد دوباره بفرستید.")


def _overloaded(detail: str) -> Busy:
    return Busy("overloaded", detail, retry_after=2)
