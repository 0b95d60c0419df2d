"""What the desk's own performance is read from: tickets with their clocks, reopenings, first touches and promises."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

import sqlalchemy as sa

from service.jalali import from_iso
from service.storage.dialect import frequent, one_of, rare, row_by_row
from service.storage.fetching import fetch_all
from service.storage.schema import audit, feedback, feedback_topics, promises, tickets
from service.storage.types import Utc
from service.tickets import OPEN

#: What a person does to a ticket; the first of these is its first touch.
_TOUCHES = tuple(
    f"ticket.{name}"
    for name in (
        "claim", "assign", "reply", "note", "pend", "resolve", "escalate", "relax", "confirm", "promise", "compensate",
        "merge", "absorbed",
    )
)  # fmt: skip
_MERGED, _RESOLVED = "merged", "resolved"
_NEVER = datetime.max.replace(tzinfo=UTC)
#: What a promise can have become; the index on promises begins with it.
_KNOWN = ("open", "kept", "broken")


def opened(
    conn: sa.Connection, since: datetime, until: datetime, limit: int, about: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Return the newest tickets opened in a stretch of time, with what became of their clocks; merged ones are left out.

    `about` leaves the tickets whose comments speak of one of these topics, here and below.
    """
    read = ("id", "queue", "priority", "status", "due_at", "opened_at", "resolved_at", "compensation", "sla")
    query = (
        sa.select(*(tickets.c[name] for name in read))
        .where(*_opened(since, until, about))
        .order_by(tickets.c.opened_at.desc(), tickets.c.id)
        .limit(limit)
    )
    return [_with_clocks(row) for row in fetch_all(conn, query)]


def count(conn: sa.Connection, since: datetime, until: datetime, about: Sequence[str] | None = None) -> int:
    """Return how many tickets were opened in a stretch of time, merged ones left out."""
    query = sa.select(sa.func.count()).select_from(tickets).where(*_opened(since, until, about))
    return conn.execute(query).scalar_one()


def topics(conn: sa.Connection, ids: Sequence[str]) -> dict[str, set[str]]:
    """Return what these tickets are about: the topics of all of their comments."""
    query = sa.select(feedback.c.ticket_id, feedback_topics.c.topic)
    query = query.join(feedback_topics, feedback_topics.c.feedback_id == feedback.c.id)
    found: dict[str, set[str]] = {}
    for ticket, topic in conn.execute(query.where(one_of(conn, feedback.c.ticket_id, ids))):
        found.setdefault(ticket, set()).add(topic)
    return found


def reopened(conn: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Return which of these tickets were taken up again after they were resolved: by us, or by what the customer wrote."""
    # spelled out: the index on these few lines of the trail is taken only for a statement that names them
    again = frequent(conn, audit.c.action == sa.literal_column("'ticket.reopen'"))
    by_desk = sa.select(audit.c.object_id).where(again, one_of(conn, audit.c.object_id, ids))
    joined = (audit.c.action == "ticket.joined", audit.c.after["status"].as_string() == "reopened")
    by_customer = sa.select(audit.c.object_id).where(
        row_by_row(*joined), one_of(conn, audit.c.object_id, ids)
    )
    return {*conn.scalars(by_desk), *conn.scalars(by_customer)}


def first_touches(conn: sa.Connection, ids: Sequence[str]) -> dict[str, datetime]:
    """Return when a person first did something to each of these tickets."""
    query = sa.select(audit.c.object_id, sa.func.min(audit.c.at))
    query = query.where(one_of(conn, audit.c.object_id, ids), audit.c.action.in_(_TOUCHES))
    return dict(map(tuple, conn.execute(query.group_by(audit.c.object_id))))


def promised(
    conn: sa.Connection, since: datetime, until: datetime, about: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Return what became of the promises that fell due in a stretch of time: who made them, status, count."""
    inside = (promises.c.status.in_(_KNOWN), promises.c.due_at >= since, promises.c.due_at < until)
    by = (promises.c.made_by, promises.c.status)
    query = sa.select(*by, sa.func.count().label("n")).where(*inside).group_by(*by)
    if about is not None:
        query = query.join(tickets, tickets.c.id == promises.c.ticket_id).where(*_speaking(about))
    return fetch_all(conn, query)


def backlog(
    conn: sa.Connection, moments: Sequence[datetime], about: Sequence[str] | None = None
) -> list[int]:
    """Return how many tickets were open at each of these moments, which come in order."""
    if not moments:
        return []
    if about is not None:
        return _backlog_about(conn, moments, about)
    now_open = sa.select(sa.func.count()).select_from(tickets)
    present = conn.scalar(now_open.where(tickets.c.status.in_(OPEN))) or 0
    columns = sa.column("since", Utc), sa.column("until", Utc)
    ends = [*moments[1:], _NEVER]
    stretches = sa.values(*columns, name="stretches").data(list(zip(moments, ends, strict=True))).cte()
    counted = sa.select(
        _within(stretches, tickets.c.opened_at, tickets.c.status != _MERGED).label("came"),
        # a ticket that was resolved later was open then, unless it came later as well
        _within(stretches, tickets.c.resolved_at, tickets.c.status == _RESOLVED).label("went"),
    )
    counted = counted.select_from(stretches).order_by(stretches.c.since.desc())
    found: list[int] = []
    # from the last moment back, so that every ticket is counted in one stretch only
    for came, went in conn.execute(counted):
        present += went - came
        found.append(present)
    return found[::-1]


def _backlog_about(conn: sa.Connection, moments: Sequence[datetime], about: Sequence[str]) -> list[int]:
    """Return the same of the tickets on some topics: those that are open, or were until the first moment at least."""
    read = sa.select(tickets.c.opened_at, tickets.c.resolved_at).where(*_speaking(about))
    resolved = read.where(tickets.c.resolved_at >= moments[0], tickets.c.status == _RESOLVED)
    rows = [tuple(row) for row in conn.execute(resolved)]
    is_open = rare(conn, tickets.c.status.in_(OPEN))
    rows += [(row.opened_at, _NEVER) for row in conn.execute(read.where(is_open))]
    at = [moment.timestamp() for moment in moments]  # plain numbers are compared ten times as fast
    change = [0] * (len(moments) + 1)
    for since, until in rows:
        came = bisect_right(at, since.timestamp())
        change[came] += 1
        change[max(bisect_right(at, until.timestamp()), came)] -= 1
    return list(accumulate(change[:-1]))


def _within(
    stretches: sa.CTE, column: sa.ColumnElement[datetime], *which: sa.ColumnElement[bool]
) -> sa.ScalarSelect[int]:
    """Count the tickets of which a moment lies within a stretch."""
    inside = column >= stretches.c.since, column < stretches.c.until
    found = sa.select(sa.func.count()).select_from(tickets).where(*inside, *which)
    return found.correlate(stretches).scalar_subquery()


def _opened(
    since: datetime, until: datetime, about: Sequence[str] | None
) -> tuple[sa.ColumnElement[bool], ...]:
    inside = (tickets.c.opened_at >= since, tickets.c.opened_at < until, tickets.c.status != _MERGED)
    return *inside, *_speaking(about)


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
    sla = row.pop("sla")
    answer, end = sla["targets"]["first_response"], sla["targets"]["resolution"]
    return row | {
        "paused_at": from_iso(sla["paused_at"]),
        "answered_at": from_iso(answer["done_at"]),
        "answer_due_at": from_iso(answer["due_at"]),
        "answer_missed": answer["missed"],
        "resolution_due_at": from_iso(end["due_at"]),
        "resolution_missed": end["missed"],
    }
