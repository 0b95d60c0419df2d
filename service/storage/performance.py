"""What the desk's own performance is read from: tickets with their clocks, reopenings, first touches and promises."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from service.storage.schema import audit, feedback, feedback_topics, promises, tickets
from service.storage.tickets import OPEN
from service.storage.types import Utc

#: What a person does to a ticket; the first of these is its first touch.
_TOUCHES = tuple(
    f"ticket.{name}" for name in ("claim", "assign", "reply", "note", "pend", "resolve", "escalate")
)
_MERGED = "merged"
_NEVER = datetime.max.replace(tzinfo=UTC)
#: What a promise can have become; the index on promises begins with it.
_KNOWN = ("open", "kept", "broken")


def opened(
    conn: sa.Connection, since: datetime, until: datetime, limit: int, about: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Return the newest tickets opened in a stretch of time, with what became of their clocks; merged ones are left out.

    `about` leaves the tickets whose comments speak of one of these topics, here and below.
    """
    read = ("id", "queue", "priority", "status", "opened_at", "resolved_at", "compensation", "sla")
    query = (
        sa.select(*(tickets.c[name] for name in read))
        .where(tickets.c.opened_at >= since, tickets.c.opened_at < until, tickets.c.status != _MERGED)
        .where(*_speaking(about))
        .order_by(tickets.c.opened_at.desc(), tickets.c.id)
        .limit(limit)
    )
    return [_with_clocks(dict(row)) for row in conn.execute(query).mappings()]


def count(conn: sa.Connection, since: datetime, until: datetime, about: Sequence[str] | None = None) -> int:
    """Return how many tickets were opened in a stretch of time, merged ones left out."""
    inside = (tickets.c.opened_at >= since, tickets.c.opened_at < until, tickets.c.status != _MERGED)
    query = sa.select(sa.func.count()).select_from(tickets).where(*inside, *_speaking(about))
    return conn.execute(query).scalar_one()


def topics(
    conn: sa.Connection, since: datetime, until: datetime, about: Sequence[str] | None = None
) -> list[tuple[str, str]]:
    """Return (ticket, topic) of the tickets opened in a stretch of time, from all of their comments."""
    query = sa.select(tickets.c.id, feedback_topics.c.topic).distinct()
    query = query.join(feedback, feedback.c.ticket_id == tickets.c.id)
    query = query.join(feedback_topics, feedback_topics.c.feedback_id == feedback.c.id)
    query = query.where(tickets.c.opened_at >= since, tickets.c.opened_at < until, *_speaking(about))
    return [(row.id, row.topic) for row in conn.execute(query)]


def reopened(conn: sa.Connection, since: datetime, until: datetime) -> set[str]:
    """Return which tickets opened in a stretch of time were taken up again after they were resolved."""
    query = sa.select(tickets.c.id).join(audit, audit.c.object_id == tickets.c.id)
    query = query.where(tickets.c.opened_at >= since, tickets.c.opened_at < until)
    query = query.where(tickets.c.resolved_at.is_not(None) | (tickets.c.status == "reopened"))
    # spelled out: the index on these few lines of the trail is taken only for a statement that names them
    again = audit.c.action == sa.literal_column("'ticket.reopen'")
    return set(conn.execute(query.where(again).distinct()).scalars())


def first_touches(conn: sa.Connection, since: datetime, until: datetime) -> dict[str, datetime]:
    """Return when a person first did something to each urgent ticket opened in a stretch of time."""
    query = (
        sa.select(tickets.c.id, sa.func.min(audit.c.at).label("at"))
        .join(audit, audit.c.object_id == tickets.c.id)
        .where(tickets.c.opened_at >= since, tickets.c.opened_at < until, tickets.c.priority == "urgent")
        .where(audit.c.action.in_(_TOUCHES))
        .group_by(tickets.c.id)
    )
    return {row.id: row.at for row in conn.execute(query)}


def promised(
    conn: sa.Connection, since: datetime, until: datetime, about: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Return what became of the promises that fell due in a stretch of time: who made them, status, count."""
    inside = (promises.c.status.in_(_KNOWN), promises.c.due_at >= since, promises.c.due_at < until)
    by = (promises.c.made_by, promises.c.status)
    query = sa.select(*by, sa.func.count().label("n")).where(*inside).group_by(*by)
    if about is not None:
        query = query.join(tickets, tickets.c.id == promises.c.ticket_id).where(*_speaking(about))
    return [dict(row) for row in conn.execute(query).mappings()]


def backlog(
    conn: sa.Connection, moments: Sequence[datetime], about: Sequence[str] | None = None
) -> list[int]:
    """Return how many tickets were open at each of these moments, which come in order."""
    if not moments:
        return []
    said = _speaking(about)
    now_open = sa.select(sa.func.count()).select_from(tickets)
    present = conn.scalar(now_open.where(tickets.c.status.in_(OPEN), *said)) or 0
    columns = sa.column("since", Utc), sa.column("until", Utc)
    ends = [*moments[1:], _NEVER]
    stretches = sa.values(*columns, name="stretches").data(list(zip(moments, ends, strict=True))).cte()
    counted = sa.select(
        _within(stretches, tickets.c.opened_at, tickets.c.status != _MERGED, *said).label("came"),
        # a ticket that was resolved later was open then, unless it came later as well
        _within(stretches, tickets.c.resolved_at, tickets.c.status == "resolved", *said).label("went"),
    )
    counted = counted.select_from(stretches).order_by(stretches.c.since.desc())
    found: list[int] = []
    # from the last moment back, so that every ticket is counted in one stretch only
    for came, went in conn.execute(counted):
        present += went - came
        found.append(present)
    return found[::-1]


def _within(
    stretches: sa.CTE, column: sa.ColumnElement[datetime], *which: sa.ColumnElement[bool]
) -> sa.ScalarSelect[int]:
    """Count the tickets of which a moment lies within a stretch."""
    inside = column >= stretches.c.since, column < stretches.c.until
    found = sa.select(sa.func.count()).select_from(tickets).where(*inside, *which)
    return found.correlate(stretches).scalar_subquery()


def _speaking(about: Sequence[str] | None) -> list[sa.ColumnElement[bool]]:
    """Tell which tickets have a comment on one of these topics; None asks nothing."""
    if about is None:
        return []
    said = sa.select(feedback_topics.c.topic).where(feedback_topics.c.topic.in_(about))
    first = said.where(feedback_topics.c.feedback_id == tickets.c.feedback_id)
    later = said.join(feedback, feedback.c.id == feedback_topics.c.feedback_id)
    later = later.where(feedback.c.ticket_id == tickets.c.id)
    # most tickets have one comment, and they know it without looking for others
    return [
        sa.or_(
            first.correlate(tickets).exists(),
            sa.and_(tickets.c.contacts > 1, later.correlate(tickets).exists()),
        )
    ]


def _with_clocks(row: dict[str, Any]) -> dict[str, Any]:
    clocks = row.pop("sla")["targets"]
    answer, end = clocks["first_response"], clocks["resolution"]
    return row | {
        "answered_at": answer["done_at"],
        "answer_due_at": answer["due_at"],
        "answer_missed": answer["missed"],
        "resolution_due_at": end["due_at"],
        "resolution_missed": end["missed"],
    }
