"""A job belongs to one worker at a time: for as long as it works on it, and for one lease after it died."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread

from service.errors import Busy
from service.storage import Connection, Engine, begin, jobs
from service.storage.jobs import Job

#: Signs of life in one lease.
_SIGNS = 4


class LeaseLost(Exception):
    """The job was cancelled, or another worker has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The worker that claimed a job."""

    job: Job
    worker_id: str
    lease_s: float

    def advance(self, conn: Connection, counts: Mapping[str, int], now: datetime) -> None:
        """Count a batch in the transaction that stores it, and hold the job for another lease; `LeaseLost` when it is ours no more."""
        until = now + timedelta(seconds=self.lease_s)
        if not jobs.advance(conn, self.job.id, self.worker_id, until, counts):
            raise LeaseLost


@contextmanager
def held(engine: Engine, lease: Lease, now: Callable[[], datetime]) -> Iterator[None]:
    """Stay the owner of a job: before its first row is stored a model loads, a file is opened, rows are skipped.

    On a busy machine that takes longer than a lease, and the next worker would need as long.
    """
    ended = Event()

    def hold() -> None:
        while not ended.wait(lease.lease_s / _SIGNS):
            with suppress(Busy, LeaseLost), begin(engine) as conn:
                lease.advance(conn, {}, now())

    thread = Thread(target=hold, name="holder", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
