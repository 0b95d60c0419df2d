"""Files that are brought in: the file itself until it is read, how far it is read, and which rows were refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.ids import new_id
from service.storage.fetching import any_found, fetch_all, fetch_one, for_change
from service.storage.schema import job_errors, job_parts, jobs

#: Longer than any file takes to come in; what is not complete by then never will be.
_RECEIVED_WITHIN = timedelta(hours=1)
_OPEN = ("receiving", "queued", "running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file somebody wants to be read, as the worker that claimed it sees it."""

    id: str
    filename: str
    plan: Mapping[str, Any]
    created_by: str
    done: int
    attempts: int  # how often it was taken since a row of it was stored


def create(
    conn: sa.Connection,
    now: datetime,
    *,
    filename: str,
    plan: Mapping[str, Any],
    total: int | None,
    created_by: str,
) -> str:
    """Open a job and return its id; the file follows with `add_part`, and `queue` ends it."""
    id_ = new_id("job", now)
    counts = {"done": 0, "created": 0, "unchanged": 0, "failed": 0}
    values = {"id": id_, "status": "receiving", "filename": filename, "plan": dict(plan), "total": total}
    who = {"created_by": created_by, "created_at": now, "leased_until": now + _RECEIVED_WITHIN}
    conn.execute(sa.insert(jobs).values(**values, **counts, **who))
    return id_


def add_part(conn: sa.Connection, job_id: str, place: int, content: bytes) -> None:
    """Keep a piece of the file; the pieces in the order of `place` are the file."""
    conn.execute(sa.insert(job_parts).values(job_id=job_id, place=place, bytes=content))


def queue(conn: sa.Connection, job_id: str) -> None:
    """Let a file that is here in full be read; one that was cancelled on the way is forgotten."""
    mine = sa.and_(jobs.c.id == job_id, jobs.c.status == "receiving")
    if conn.execute(sa.update(jobs).where(mine).values(status="queued", leased_until=None)).rowcount == 0:
        _forget_file(conn, job_id)


def parts(conn: sa.Connection, job_id: str) -> Iterator[bytes]:
    """Yield the pieces of the file, one at a time."""
    places = sa.select(job_parts.c.place).where(job_parts.c.job_id == job_id).order_by(job_parts.c.place)
    for place in conn.scalars(places).all():
        mine = sa.and_(job_parts.c.job_id == job_id, job_parts.c.place == place)
        yield conn.execute(sa.select(job_parts.c.bytes).where(mine)).scalar_one()


def listing(conn: sa.Connection, limit: int, before: str | None = None) -> list[dict[str, Any]]:
    """Return the newest jobs first; `before` is the id of the last one that was seen."""
    query = sa.select(jobs) if before is None else sa.select(jobs).where(jobs.c.id < before)
    query = query.order_by(jobs.c.id.desc()).limit(limit)  # ids grow with time
    return fetch_all(conn, query)


def get(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a job with its counts."""
    return fetch_one(conn, sa.select(jobs).where(jobs.c.id == id_))


def any_free(conn: sa.Connection, now: datetime) -> bool:
    """Tell whether there is a job that `claim` could take."""
    return any_found(conn, sa.select(jobs.c.id).where(_free(now)))


def any_open(conn: sa.Connection) -> bool:
    """Tell whether there is a job that has not ended."""
    return any_found(conn, sa.select(jobs.c.id).where(jobs.c.status.in_(_OPEN)))


def claim(conn: sa.Connection, now: datetime, lease_s: float, worker_id: str) -> Job | None:
    """Take the oldest job that nobody works on, also one whose worker or sender died; None when there is none."""
    first = sa.select(jobs.c.id).where(_free(now)).order_by(jobs.c.created_at, jobs.c.id).limit(1)
    free = for_change(first, skip_locked=True)
    taken = (
        sa.update(jobs)
        .where(jobs.c.id == free.scalar_subquery())
        .values(
            status="running",
            started_at=sa.func.coalesce(jobs.c.started_at, now),
            leased_by=worker_id,
            leased_until=now + timedelta(seconds=lease_s),
            attempts=jobs.c.attempts + 1,
        )
        .returning(*(jobs.c[each.name] for each in fields(Job)))
    )
    row = fetch_one(conn, taken)
    return None if row is None else Job(**row)


def advance(
    conn: sa.Connection, job_id: str, worker_id: str, until: datetime, counts: Mapping[str, int]
) -> bool:
    """Count a batch in the transaction that stores it; False when the job was cancelled or went to another worker.

    Without counts it is a sign of life.
    """
    grown = {name: jobs.c[name] + count for name, count in counts.items()}
    if counts:
        grown["attempts"] = sa.literal(0)
    held = sa.update(jobs).where(_held(job_id, worker_id))
    return conn.execute(held.values(**grown, leased_until=until)).rowcount == 1


def refuse(conn: sa.Connection, job_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down the rows that could not be taken: number, code, Persian detail."""
    if rows:
        conn.execute(sa.insert(job_errors), [{"job_id": job_id, **row} for row in rows])


def refused(conn: sa.Connection, job_id: str, *, after: int, limit: int) -> list[dict[str, Any]]:
    """Return refused rows in the order of the file, from behind row `after`."""
    mine = sa.and_(job_errors.c.job_id == job_id, job_errors.c.row > after)
    query = sa.select(job_errors.c.row, job_errors.c.code, job_errors.c.detail).where(mine)
    return fetch_all(conn, query.order_by(job_errors.c.row).limit(limit))


def forget_refused(conn: sa.Connection, before: datetime, limit: int) -> int:
    """Drop the refused rows of a file that was done before; return how many, at most so many."""
    has_some = sa.exists().where(job_errors.c.job_id == jobs.c.id)
    old = conn.scalar(sa.select(jobs.c.id).where(jobs.c.finished_at < before, has_some).limit(1))
    mine = job_errors.c.job_id == old
    first = sa.select(job_errors.c.row).where(mine).order_by(job_errors.c.row).limit(limit)
    return conn.execute(sa.delete(job_errors).where(mine, job_errors.c.row.in_(first))).rowcount


def release(conn: sa.Connection, job_id: str, worker_id: str) -> None:
    """Give an unfinished job back, so that nobody has to wait for the lease to end."""
    free = {"status": "queued", "leased_by": None, "leased_until": None, "attempts": 0}
    conn.execute(sa.update(jobs).where(_held(job_id, worker_id)).values(free))


def finish(conn: sa.Connection, job_id: str, now: datetime, status: str, error: str | None = None) -> bool:
    """End a job for good and forget its file; False when it had ended before."""
    open_still = sa.and_(jobs.c.id == job_id, jobs.c.status.in_(_OPEN))
    ended = {"status": status, "finished_at": now, "error": error, "leased_by": None, "leased_until": None}
    if conn.execute(sa.update(jobs).where(open_still).values(ended)).rowcount == 0:
        return False
    _forget_file(conn, job_id)
    return True


def _forget_file(conn: sa.Connection, job_id: str) -> None:
    conn.execute(sa.delete(job_parts).where(job_parts.c.job_id == job_id))


def _held(job_id: str, worker_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(jobs.c.id == job_id, jobs.c.leased_by == worker_id, jobs.c.status == "running")


def _free(now: datetime) -> sa.ColumnElement[bool]:
    abandoned = sa.and_(jobs.c.status.in_(("receiving", "running")), jobs.c.leased_until <= now)
    return sa.or_(jobs.c.status == "queued", abandoned)
