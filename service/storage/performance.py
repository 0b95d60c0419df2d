"""What the desk's own performance is read from: tickets with their clocks, reopenings, first touches and promises."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from service.storage.dialect import rare
from service.storage.schema import audit, feedback, feedback_topics, promises, tickets
from service.storage.tickets import OPEN
from service.storage.types import Utc

#: What a person does to a ticket; the first of these is its first touch.
_TOUCHES = tuple(
    f"ticket.{name}" for name in ("claim", "assign", "reply", "note", "pend", "resolve", "escalate")
)
_MERGED, _RESOLVED = "merged", "resolved"
_CHUNK = 500
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


def topics(conn: sa.Connection, ids: Sequence[str]) -> dict[str, set[str]]:
    """Return what these tickets are about: the topics of all of their comments."""
    found: dict[str, set[str]] = {}
    for some in _chunks(ids):
        query = sa.select(feedback.c.ticket_id, feedback_topics.c.topic)
        query = query.join(feedback_topics, feedback_topics.c.feedback_id == feedback.c.id)
        for ticket, topic in conn.execute(query.where(feedback.c.ticket_id.in_(some))):
            found.setdefault(ticket, set()).add(topic)
    return found


def reopened(conn: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Return which of these tickets were taken up again after they were resolved."""
    # spelled out: the index on these few lines of the trail is taken only for a statement that names them
    again = audit.c.action == sa.literal_column("'ticket.reopen'")
    found: set[str] = set()
    for some in _chunks(ids):
        found |= set(
            conn.execute(sa.select(audit.c.object_id).where(again, audit.c.object_id.in_(some))).scalars()
        )
    return found


def first_touches(
    conn: sa.Connection, since: datetime, until: datetime, about: Sequence[str] | None = None
) -> dict[str, datetime]:
    """Return when a person first did something to each urgent ticket opened in a stretch of time."""
    query = (
        sa.select(tickets.c.id, sa.func.min(audit.c.at).label("at"))
        .join(audit, audit.c.object_id == tickets.c.id)
        .where(tickets.c.opened_at >= since, tickets.c.opened_at < until, tickets.c.priority == "urgent")
        .where(audit.c.action.in_(_TOUCHES), *_speaking(about))
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
    now_open = sa.select(sa.func.count()).select_from(tickets)
    is_open = rare(conn, tickets.c.status.in_(OPEN))
    present = conn.scalar(now_open.where(is_open, *_speaking(about))) or 0
    found: list[int] = []
    # from the last moment back, so that every ticket is counted in one stretch only
    for came, went in _moved(conn, moments) if about is None else _moved_about(conn, moments, about):
        present += went - came
        found.append(present)
    return found[::-1]


def _moved(conn: sa.Connection, moments: Sequence[datetime]) -> Iterable[Sequence[int]]:
    """Return how many tickets came and went from each moment to the next, the last one first."""
    columns = sa.column("since", Utc), sa.column("until", Utc)
    ends = [*moments[1:], _NEVER]
    stretches = sa.values(*columns, name="stretches").data(list(zip(moments, ends, strict=True))).cte()
    counted = sa.select(
        _within(stretches, tickets.c.opened_at, tickets.c.status != _MERGED).label("came"),
        # a ticket that was resolved later was open then, unless it came later as well
        _within(stretches, tickets.c.resolved_at, tickets.c.status == _RESOLVED).label("went"),
    )
    counted = counted.select_from(stretches).order_by(stretches.c.since.desc())
    return [(came, went) for came, went in conn.execute(counted)]


def _moved_about(
    conn: sa.Connection, moments: Sequence[datetime], about: Sequence[str]
) -> Iterable[Sequence[int]]:
    """Return the same of the tickets that speak of some topics, which are found once for all moments."""
    came = _since(conn, tickets.c.opened_at, moments, tickets.c.status != _MERGED, *_speaking(about))
    went = _since(conn, tickets.c.resolved_at, moments, tickets.c.status == _RESOLVED, *_speaking(about))
    return [(came[stretch], went[stretch]) for stretch in range(len(moments), 0, -1)]


def _since(
    conn: sa.Connection,
    column: sa.ColumnElement[datetime],
    moments: Sequence[datetime],
    *which: sa.ColumnElement[bool],
) -> Counter[int]:
    """Count the tickets of which a moment lies behind the first, second, … of `moments` and before the next."""
    query = sa.select(column).where(column >= moments[0], *which)
    return Counter(bisect_right(moments, at) for at in conn.execute(query).scalars())


def _within(
    stretches: sa.CTE, column: sa.ColumnElement[datetime], *which: sa.ColumnElement[bool]
) -> sa.ScalarSelect[int]:
    """Count the tickets of which a moment lies within a stretch."""
    inside = column >= stretches.c.since, column < stretches.c.until
    found = sa.select(sa.func.count()).select_from(tickets).where(*inside, *which)
    return found.correlate(stretches).scalar_subquery()


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[first : first + _CHUNK] for first in range(0, len(ids), _CHUNK))


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
