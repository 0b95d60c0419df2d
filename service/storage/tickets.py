"""Tickets and the order in which a queue works through them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service import jsontext
from service.sla import PRIORITIES
from service.storage import many, rollups
from service.storage.customers import SHOWN
from service.storage.dialect import one_of, row_by_row
from service.storage.feedback import Filters, conditions
from service.storage.fetching import any_found, fetch_all, fetch_one, for_change
from service.storage.schema import audit, customers, feedback, tickets
from service.tickets import FINISHED, OPEN

#: Columns of a new ticket that are known only when it is stored, and those that can be worked out anywhere.
PLACED = ("id", "feedback_id", "customer_id", "opened_at", "notified_at", "due_at", "check_at")
DRAFTED = (
    *("version", "queue", "status", "priority", "priority_rank", "urgency_score", "customer_value"),
    *("rule", "mode", "reason_fa", "tags", "sla", "contacts", "compensation"),
)
_JSON = ("tags", "sla", "compensation")
#: Tickets an agent can work on right now.
_CLAIMABLE = ("open", "assigned", "reopened")
#: A ticket whose clock stands still comes after every ticket with a deadline.
_FAR = datetime.fromisoformat("9999-12-31T00:00:00+00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a page of a queue ended: what tickets are ordered by, be they open or finished, and the id."""

    priority_rank: int
    due_at: datetime
    urgency_score: int
    customer_value: float
    opened_at: datetime
    resolved_at: datetime
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What tickets are narrowed to; None means everything.

    An empty `assignee` means nobody's; one comment of the ticket has to meet `filters`; `among` names those that come
    into question.
    """

    queue: str | None = None
    statuses: Sequence[str] | None = None
    priority: str | None = None
    assignee: str | None = None
    filters: Filters = field(default_factory=Filters)
    among: Sequence[str] | None = None


def drafted(values: Mapping[str, Any]) -> many.Values:
    """Return the values of `DRAFTED` for a ticket without what is only known when it is stored."""
    told = {"contacts": 1, **values, "version": 1}
    for name in _JSON:
        told[name] = None if told.get(name) is None else jsontext.dumps(told[name])
    return tuple([told[name] for name in DRAFTED])


def insert(conn: sa.Connection, new: Sequence[tuple[many.Values, many.Values]]) -> None:
    """Store new tickets at version 1, each as the values of `PLACED` and of `DRAFTED`."""
    many.insert(conn, tickets, PLACED + DRAFTED, [placed + draft for placed, draft in new])


def get(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a ticket with its most pressing comment and its customer."""
    return fetch_one(conn, _shown().where(tickets.c.id == id_))


def of_ids(conn: sa.Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return these tickets as they are stored."""
    return fetch_all(conn, sa.select(tickets).where(one_of(conn, tickets.c.id, ids)))


def listing(
    conn: sa.Connection,
    which: Criteria,
    *,
    limit: int = 50,
    after: Position | None = None,
    backwards: bool = False,
) -> list[dict[str, Any]]:
    """Return tickets in working order: priority, deadline, urgency score, customer value, age; finished ones by their end.

    `after` continues behind the last ticket of the page before; `backwards` goes up the list.
    """
    over = is_over(which)
    query = standing(which).where(*said(conn, which.filters))
    if after is not None:
        query = query.where(_behind(after, is_over=over, backwards=backwards))
    # a page is found first, and what is shown of its tickets is read of no others
    order = _order(is_over=over, backwards=backwards)
    found = query.order_by(*order).limit(limit).correlate(None)
    return fetch_all(conn, _shown().where(tickets.c.id.in_(found)).order_by(*order))


def standing(which: Criteria) -> sa.Select[tuple[str]]:
    """Select the ids of the tickets of a list, whatever was said in their comments."""
    lying = _lying(which)
    # of the many that are finished the last ones are read in their order, and no others
    place = [row_by_row(*lying)] if is_over(which) else lying
    return sa.select(tickets.c.id).where(*place, *_met(which))


def is_over(which: Criteria) -> bool:
    """Tell whether nothing but finished tickets is asked for: they stand by their end."""
    return which.statuses is not None and set(which.statuses) <= set(FINISHED)


def said(conn: sa.Connection, filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Return what matches tickets of which one comment meets the filters."""
    return [] if filters == Filters() else [_has_comment(conn, filters)]


def page(conn: sa.Connection, after: str, limit: int, which: Criteria) -> list[dict[str, Any]]:
    """Return tickets in the order they were opened, from behind the ticket `after`."""
    met = (*_lying(which), *_met(which), *said(conn, which.filters))
    return fetch_all(conn, _shown().where(tickets.c.id > after, *met).order_by(tickets.c.id).limit(limit))


def position(row: Mapping[str, Any]) -> Position:
    """Return where a ticket of a listing stands."""
    return Position(
        priority_rank=row["priority_rank"],
        due_at=row["due_at"] or _FAR,
        urgency_score=row["urgency_score"],
        customer_value=row["customer_value"],
        opened_at=row["opened_at"],
        resolved_at=row["resolved_at"] or _FAR,
        id=row["id"],
    )


#: What is counted of the open tickets of a queue.
COUNTED = ("open", "unassigned", "urgent", "overdue")


def counts(conn: sa.Connection, now: datetime, assignee: str | None = None) -> dict[str, dict[str, int]]:
    """Return per queue how many tickets, or how many of somebody's, are open, unassigned, urgent and past their deadline."""
    mine = () if assignee is None else (tickets.c.assignee == assignee,)
    query = (
        sa.select(
            tickets.c.queue,
            sa.func.count().label("open"),
            _count(tickets.c.assignee.is_(None)).label("unassigned"),
            _count(tickets.c.priority == "urgent").label("urgent"),
            _count(tickets.c.due_at < now).label("overdue"),
        )
        .where(tickets.c.status.in_(OPEN), *mine)
        .group_by(tickets.c.queue)
    )
    return {row["queue"]: {name: row[name] for name in COUNTED} for row in fetch_all(conn, query)}


def any_in(conn: sa.Connection, queue: str) -> bool:
    """Tell whether a queue holds tickets, be they finished."""
    return any_found(conn, sa.select(tickets.c.id).where(tickets.c.queue == queue))


def next_free(conn: sa.Connection, queue: str, now: datetime) -> dict[str, Any] | None:
    """Return the first ticket of a queue that nobody holds, locked; what another agent is just taking is skipped."""
    free = sa.or_(tickets.c.assignee.is_(None), tickets.c.claimed_until <= now)
    following = sa.select(tickets).where(tickets.c.queue == queue, tickets.c.status.in_(_CLAIMABLE), free)
    return fetch_one(conn, for_change(following.order_by(*_order()).limit(1), skip_locked=True))


def held(conn: sa.Connection, agent: str, now: datetime) -> int:
    """Return how many tickets an agent has at hand; pending ones wait for the customer and do not count."""
    at_hand = sa.and_(
        tickets.c.assignee == agent,
        tickets.c.status.in_(_CLAIMABLE),
        sa.or_(tickets.c.claimed_until.is_(None), tickets.c.claimed_until > now),
    )
    return conn.execute(sa.select(sa.func.count()).select_from(tickets).where(at_hand)).scalar_one()


def lapsed(conn: sa.Connection, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Return claimed tickets whose lease has ended without anything done, locked."""
    ended = sa.and_(tickets.c.status.in_(("assigned", "reopened")), tickets.c.claimed_until <= now)
    query = sa.select(tickets).where(ended).order_by(tickets.c.claimed_until).limit(limit)
    return fetch_all(conn, for_change(query, skip_locked=True))


def locked(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a ticket that nobody else changes until this transaction ends."""
    return fetch_one(conn, for_change(sa.select(tickets).where(tickets.c.id == id_)))


def lock(conn: sa.Connection, ids: Sequence[str | None]) -> None:
    """Lock the tickets of comments that are about to be counted anew.

    Whoever finishes a ticket, or writes into it, holds it first and counts then; the other order would lock them out.
    """
    known = [id_ for id_ in ids if id_ is not None]
    if known:
        theirs = sa.select(tickets.c.id).where(tickets.c.id.in_(known)).order_by(tickets.c.id)
        conn.execute(for_change(theirs))


def newest_of_customers(conn: sa.Connection, customer_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the newest ticket of each of these customers, an open one before a resolved one, locked.

    Merged ones go on elsewhere.
    """
    if not customer_ids:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for row in conn.execute(_NEWEST, {"ids": customer_ids}).mappings():
        found.setdefault(row["customer_id"], dict(row))
    return found


_NEWEST = for_change(
    sa.select(tickets)
    .where(tickets.c.status != "merged", tickets.c.customer_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(tickets.c.status == "resolved", tickets.c.opened_at.desc(), tickets.c.id.desc())
)


def to_check(conn: sa.Connection, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Return tickets whose next warning or breach has come, locked; those another worker looks at are skipped."""
    # a deadline is kept in its very moment: whoever looked then would find nothing to tell, and look again
    due = sa.select(tickets).where(tickets.c.check_at < now).order_by(tickets.c.check_at).limit(limit)
    return fetch_all(conn, for_change(due, skip_locked=True))


def waiting(
    conn: sa.Connection, queue: str, before: datetime, limit: int, *, unmarked: str
) -> list[dict[str, Any]]:
    """Return unassigned open tickets of a queue that wait since before a moment, locked, the longest waiting first.

    Those with a tag that begins with `unmarked` are left out.
    """
    since = sa.func.coalesce(tickets.c.waiting_since, tickets.c.opened_at)
    marked = sa.cast(tickets.c.tags, sa.Text).contains(f'"{unmarked}', autoescape=True)
    left = sa.and_(
        tickets.c.queue == queue,
        tickets.c.status.in_(("open", "reopened")),
        tickets.c.assignee.is_(None),
        since < before,
        ~marked,
    )
    ordered = sa.select(tickets).where(left).order_by(since, tickets.c.id)
    return fetch_all(conn, for_change(ordered.limit(limit), skip_locked=True))


def urgent_since(conn: sa.Connection, since: datetime) -> int:
    """Return how many of the tickets opened since a moment are urgent, merged ones left out."""
    recent = sa.and_(tickets.c.priority_rank == 0, tickets.c.opened_at >= since, tickets.c.status != "merged")
    return conn.execute(sa.select(sa.func.count()).select_from(tickets).where(recent)).scalar_one()


def pulse(conn: sa.Connection) -> dict[str, Any]:
    """Return a stamp that changes with every change of an open ticket, and the newest line of the trail.

    One that came and one that went leave number and versions as they were: that line tells.
    """
    versions = sa.func.coalesce(sa.func.sum(tickets.c.version), 0)
    number, sum_ = conn.execute(sa.select(sa.func.count(), versions).where(tickets.c.status.in_(OPEN))).one()
    newest = conn.scalar(sa.select(sa.func.max(audit.c.seq))) or 0
    return {"stamp": f"{number}.{sum_}.{newest}", "heard": newest}


def newest_urgent(conn: sa.Connection) -> tuple[int, dict[str, Any] | None]:
    """Return the open urgent ticket that last came in, came again or was raised, behind the line of the trail that says so.

    One whose settling was taken back is no news.
    """
    ids = conn.scalars(
        sa.select(tickets.c.id).where(tickets.c.status.in_(OPEN), tickets.c.priority_rank == 0)
    ).all()
    came = sa.or_(
        audit.c.after["priority"].as_string() == PRIORITIES[0],
        sa.and_(audit.c.action == "ticket.joined", audit.c.after["status"].as_string() == "reopened"),
    )
    query = sa.select(sa.func.max(audit.c.seq).label("at"), audit.c.object_id)
    lines = conn.execute(
        query.where(one_of(conn, audit.c.object_id, ids), row_by_row(came)).group_by(audit.c.object_id)
    )
    last = max(lines, key=lambda line: line.at, default=None)
    return (0, None) if last is None else (last.at, get(conn, last.object_id))


def update(
    conn: sa.Connection, id_: str, version: int, values: Mapping[str, Any], is_step: bool = True
) -> bool:
    """Change a ticket that is still at `version`, which grows with a step; False when somebody else was quicker."""
    mine = sa.update(tickets).where(tickets.c.id == id_, tickets.c.version == version)
    is_changed = conn.execute(mine.values({**values, "version": version + is_step})).rowcount == 1
    if is_changed and "resolved_at" in values:
        rollups.refresh_ticket(conn, id_)  # whoever finishes a ticket has seen the tags of its comments
    return is_changed


def _shown() -> sa.Select[Any]:
    of_comment = ("original", "masked", "tags", "channel", "needs_review", "created_at")
    return (
        sa.select(
            tickets,
            feedback.c.id.label("pressing_id"),
            *(feedback.c[name].label(f"feedback_{name}") for name in of_comment),
            *SHOWN,
        )
        .select_from(tickets)
        .join(feedback, feedback.c.id == _pressing())
        .outerjoin(customers, customers.c.id == tickets.c.customer_id)
    )


def _pressing() -> sa.ColumnElement[str]:
    """Name the comment by which a ticket is known: the most urgent one, the first of equals, as on its page."""
    said = feedback.alias("said")
    mine = sa.select(said.c.id).where(said.c.ticket_id == tickets.c.id)
    ordered = mine.order_by(said.c.erased_at.is_not(None), said.c.urgency_score.desc(), said.c.seq)
    # the comments of a ticket that was merged went to the other one
    return sa.func.coalesce(ordered.limit(1).correlate(tickets).scalar_subquery(), tickets.c.feedback_id)


def _lying(which: Criteria) -> list[sa.ColumnElement[bool]]:
    queue = [] if which.queue is None else [tickets.c.queue == which.queue]
    return queue if which.statuses is None else [tickets.c.status.in_(which.statuses), *queue]


def _met(which: Criteria) -> list[sa.ColumnElement[bool]]:
    """Return what tickets themselves must meet beside where they lie."""
    found = []
    if which.priority is not None:
        found.append(tickets.c.priority == which.priority)
    if which.assignee is not None:
        found.append(tickets.c.assignee == which.assignee if which.assignee else tickets.c.assignee.is_(None))
    if which.among is not None:
        found.append(tickets.c.id.in_(which.among))
    return found


def _has_comment(conn: sa.Connection, filters: Filters) -> sa.ColumnElement[bool]:
    """Match tickets of which one comment meets the filters."""
    mine = feedback.c.ticket_id == tickets.c.id
    met = row_by_row(*conditions(conn, filters))
    return sa.select(feedback.c.id).where(mine, met).correlate(tickets).exists()


def _due() -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(tickets.c.due_at, sa.literal(_FAR, tickets.c.due_at.type))


def _order(*, is_over: bool = False, backwards: bool = False) -> tuple[sa.ColumnElement[Any], ...]:
    """Return the working order; finished tickets stand by their end, the last one first."""
    up, down = (sa.desc, sa.asc) if backwards else (sa.asc, sa.desc)
    if is_over:
        return down(tickets.c.resolved_at), down(tickets.c.id)
    return (
        up(tickets.c.priority_rank),
        up(_due()),
        down(tickets.c.urgency_score),
        down(tickets.c.customer_value),
        up(tickets.c.opened_at),
        up(tickets.c.id),
    )


def _behind(last: Position, *, is_over: bool, backwards: bool) -> sa.ColumnElement[bool]:
    moment = tickets.c.opened_at.type
    if is_over:
        end = sa.tuple_(tickets.c.resolved_at, tickets.c.id)
        last_end = sa.tuple_(sa.literal(last.resolved_at, moment), sa.literal(last.id))
        return end > last_end if backwards else end < last_end
    # descending columns are negated, so that one row comparison says "behind" in every column
    here = sa.tuple_(
        tickets.c.priority_rank,
        _due(),
        -tickets.c.urgency_score,
        -tickets.c.customer_value,
        tickets.c.opened_at,
        tickets.c.id,
    )
    there = sa.tuple_(
        sa.literal(last.priority_rank),
        sa.literal(last.due_at, moment),
        sa.literal(-last.urgency_score),
        sa.literal(-last.customer_value, sa.Float),
        sa.literal(last.opened_at, moment),
        sa.literal(last.id),
    )
    return here < there if backwards else here > there


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
