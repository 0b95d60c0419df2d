"""Weekly digests as they were written, and links that let a colleague read one until they expire."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from service.auth import hashed, new_secret
from service.ids import new_id
from service.storage.dialect import insert_new
from service.storage.fetching import fetch_one
from service.storage.insight_tables import digest_links, digests

#: How the token of a link begins, so that it is known for what it is when it lies about.
_START = "bzd_"


def insert(
    conn: sa.Connection, now: datetime, department: str, week: date, over: datetime, body: Mapping[str, Any]
) -> bool:
    """Keep the digest of a department and week that was over at a moment; False when there is one already."""
    # links used to keep digests of weeks that still ran: those are written again
    early = sa.and_(*_of(department, week), digests.c.made_at < over)
    values = {"body": body, "made_at": now}
    if conn.execute(sa.update(digests).where(early).values(values)).rowcount:
        return True
    row = insert_new(conn, digests).values(
        id=new_id("dg", now), department=department, week=week.toordinal(), **values
    )
    return conn.scalar(row.returning(digests.c.id)) is not None


def find(conn: sa.Connection, department: str, week: date, over: datetime) -> dict[str, Any] | None:
    """Return the digest of a department for the week that begins on this Saturday, written when it was over."""
    mine = sa.and_(*_of(department, week), digests.c.made_at >= over)
    return fetch_one(conn, sa.select(digests).where(mine))


def written(conn: sa.Connection, week: date, over: datetime) -> set[str]:
    """Return the departments whose digest of a week was written when it was over."""
    done = sa.and_(digests.c.week == week.toordinal(), digests.c.made_at >= over)
    return set(conn.execute(sa.select(digests.c.department).where(done)).scalars())


def forget(conn: sa.Connection) -> None:
    """Drop every digest that no link leads to: each is written again when it is due."""
    conn.execute(sa.delete(digests).where(digests.c.id.not_in(sa.select(digest_links.c.digest_id))))


def link(conn: sa.Connection, digest_id: str, by: str, now: datetime, expires_at: datetime) -> str:
    """Return the token of a link to one digest; only its hash is kept."""
    token = new_secret(_START).shown
    values = {"digest_id": digest_id, "created_by": by, "created_at": now, "expires_at": expires_at}
    conn.execute(sa.insert(digest_links).values(hash=hashed(token), **values))
    return token


def linked(conn: sa.Connection, token: str, now: datetime) -> dict[str, Any] | None:
    """Return the digest a link leads to; None when there is no such link (any more)."""
    mine = sa.and_(digest_links.c.hash == hashed(token), digest_links.c.expires_at > now)
    query = sa.select(digests).join(digest_links, digest_links.c.digest_id == digests.c.id).where(mine)
    return fetch_one(conn, query)


def forget_links(conn: sa.Connection, now: datetime) -> None:
    """Drop links that have expired."""
    conn.execute(sa.delete(digest_links).where(digest_links.c.expires_at <= now))


def _of(department: str, week: date) -> tuple[sa.ColumnElement[bool], ...]:
    return digests.c.department == department, digests.c.week == week.toordinal()
