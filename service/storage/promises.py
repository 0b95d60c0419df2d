"""Days by which something was promised, by the company's agents or, as the customer tells it, by the company."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.ids import new_id
from service.storage.fetching import any_found, fetch_all, fetch_one
from service.storage.schema import messages, promises, tickets

#: Who tells of a promise that was made before the ticket was.
CUSTOMER = "customer"
#: What was read as a promise and is none: it is neither kept nor broken.
WITHDRAWN = "withdrawn"
#: The reply in which a promise was made.
_WORDS = (
    sa.select(messages.c.body)
    .where(
        messages.c.ticket_id == promises.c.ticket_id,
        messages.c.kind == "reply",
        messages.c.at == promises.c.at,
    )
    .limit(1)
    .scalar_subquery()
)


def insert(conn: sa.Connection, now: datetime, ticket_id: str, made_by: str, due_at: datetime) -> str:
    """Keep a promise and return its id; one whose moment has passed was broken."""
    id_ = new_id("pr", now)
    status = "open" if due_at > now else "broken"
    values = {"id": id_, "ticket_id": ticket_id, "made_by": made_by, "due_at": due_at, "status": status}
    conn.execute(sa.insert(promises).values(values | {"at": now}))
    return id_


def of_ticket(conn: sa.Connection, ticket_id: str) -> list[dict[str, Any]]:
    """Return the promises of a ticket, the nearest first."""
    query = sa.select(promises).where(promises.c.ticket_id == ticket_id)
    return fetch_all(conn, query.order_by(promises.c.due_at, promises.c.id))


def stands(conn: sa.Connection, ticket_id: str, due_at: datetime) -> bool:
    """Tell whether the company's agents promised something by this moment that is still open."""
    same = (promises.c.ticket_id == ticket_id, promises.c.due_at == due_at)
    ours = (promises.c.status == "open", promises.c.made_by != CUSTOMER)
    return any_found(conn, sa.select(promises.c.id).where(*same, *ours))


def move(conn: sa.Connection, ticket_id: str, into: str) -> int:
    """Let the promises of one ticket be owed on another one; return how many."""
    mine = sa.update(promises).where(promises.c.ticket_id == ticket_id)
    return conn.execute(mine.values(ticket_id=into)).rowcount


def get(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a promise."""
    return fetch_one(conn, sa.select(promises).where(promises.c.id == id_))


def listing(
    conn: sa.Connection,
    until: datetime | None,
    limit: int,
    after: tuple[datetime, str] | None,
    queues: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Return open promises that fall due before `until`, if any, the nearest first, each with the `words` it was made in.

    `after` is the day and the id of the last one that was seen; `queues` are those of the tickets, None means all.
    """
    query = sa.select(promises, _WORDS.label("words")).where(promises.c.status == "open", *_of_queues(queues))
    if until is not None:
        query = query.where(promises.c.due_at < until)
    if after is not None:
        due_at, id_ = sa.literal(after[0], promises.c.due_at.type), sa.literal(after[1])
        query = query.where(sa.tuple_(promises.c.due_at, promises.c.id) > sa.tuple_(due_at, id_))
    return fetch_all(conn, query.order_by(promises.c.due_at, promises.c.id).limit(limit))


def owed(
    conn: sa.Connection, now: datetime, until: datetime, queues: Sequence[str] | None = None
) -> tuple[int, int]:
    """Return how many open promises fall due before `until`, and how many of them are overdue."""
    late = sa.func.coalesce(sa.func.sum(sa.case((promises.c.due_at < now, 1), else_=0)), 0)
    mine = sa.and_(promises.c.status == "open", promises.c.due_at < until, *_of_queues(queues))
    number, overdue = conn.execute(sa.select(sa.func.count(), late).select_from(promises).where(mine)).one()
    return number, int(overdue)


def _of_queues(queues: Sequence[str] | None) -> tuple[sa.ColumnElement[bool], ...]:
    """Match promises on tickets of some queues; None means all."""
    if queues is None:
        return ()
    mine = sa.select(tickets.c.id).where(tickets.c.id == promises.c.ticket_id, tickets.c.queue.in_(queues))
    return (mine.exists(),)


def settle(conn: sa.Connection, ticket_id: str, now: datetime, ids: Sequence[str] | None = None) -> list[str]:
    """Close open promises of a ticket, kept when their day has not passed and broken otherwise; name them."""
    mine = sa.and_(promises.c.ticket_id == ticket_id, promises.c.status == "open")
    if ids is not None:
        mine = sa.and_(mine, promises.c.id.in_(ids))
    outcome = sa.case((promises.c.due_at >= now, "kept"), else_="broken")
    statement = sa.update(promises).where(mine).values(status=outcome).returning(promises.c.id)
    return list(conn.execute(statement).scalars())


def reopen(conn: sa.Connection, ids: Sequence[str]) -> None:
    """Let promises that were settled by a slip be open again."""
    mine = sa.and_(promises.c.id.in_(ids), promises.c.status != WITHDRAWN)
    conn.execute(sa.update(promises).where(mine).values(status="open"))


def owe_again(conn: sa.Connection, ids: Sequence[str], now: datetime) -> None:
    """Let those of some promises that counted as kept, and whose day is still to come, be open again."""
    early = sa.and_(promises.c.id.in_(ids), promises.c.status == "kept", promises.c.due_at > now)
    conn.execute(sa.update(promises).where(early).values(status="open"))


def withdraw(conn: sa.Connection, ticket_id: str, id_: str) -> bool:
    """Let a promise of a ticket be none, whatever became of it; False when there is none that counts."""
    mine = sa.and_(promises.c.ticket_id == ticket_id, promises.c.id == id_, promises.c.status != WITHDRAWN)
    return conn.execute(sa.update(promises).where(mine).values(status=WITHDRAWN)).rowcount == 1


def restore(conn: sa.Connection, id_: str, status: str) -> None:
    """Let a promise be again what it was before it was closed by a slip."""
    conn.execute(sa.update(promises).where(promises.c.id == id_).values(status=status))


def remind(conn: sa.Connection, now: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return open promises due before `until` that nobody was reminded of, and note the reminder."""
    due = sa.and_(promises.c.status == "open", promises.c.due_at < until, promises.c.reminded_at.is_(None))
    statement = sa.update(promises).where(due).values(reminded_at=now).returning(*promises.c)
    return fetch_all(conn, statement)
