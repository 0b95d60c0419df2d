"""Requests that were already answered, so that a repeated one gets the same answer and no second effect."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.storage.dialect import insert_new
from service.storage.fetching import fetch_one
from service.storage.schema import idempotency


def claim(conn: sa.Connection, owner: str, key: str, request_hash: str, now: datetime, hours: int) -> bool:
    """Reserve a key inside the transaction that does the work; False when it was used in the last `hours`.

    Inserting first makes concurrent twins safe: the second one waits here until the first has committed.
    """
    past = idempotency.c.at < now - timedelta(hours=hours)
    conn.execute(sa.delete(idempotency).where(_is(owner, key), past))
    fresh = {"owner": owner, "key": key, "request_hash": request_hash, "status": 0, "at": now}
    statement = insert_new(conn, idempotency).values(fresh).returning(idempotency.c.key)
    return conn.scalar(statement) is not None


def answer(conn: sa.Connection, owner: str, key: str, status: int, response: Any) -> None:
    """Keep the answer beside the work, in the same transaction."""
    conn.execute(sa.update(idempotency).where(_is(owner, key)).values(status=status, response=response))


def find(conn: sa.Connection, owner: str, key: str, now: datetime, hours: int) -> dict[str, Any] | None:
    """Return what a request with this key was answered in the last `hours`, and the fingerprint of that request."""
    recent = idempotency.c.at >= now - timedelta(hours=hours)
    return fetch_one(conn, sa.select(idempotency).where(_is(owner, key), recent))


def forget(conn: sa.Connection, now: datetime, hours: int) -> None:
    """Drop the keys older than `hours`."""
    conn.execute(sa.delete(idempotency).where(idempotency.c.at < now - timedelta(hours=hours)))


def _is(owner: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(idempotency.c.owner == owner, idempotency.c.key == key)
