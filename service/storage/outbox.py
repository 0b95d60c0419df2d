"""Events that are announced: written with the change itself, delivered later, each attempt on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.ids import new_id
from service.outbox import Attempt
from service.storage import webhooks as receivers
from service.storage.dialect import advisory_lock
from service.storage.fetching import any_found, fetch_all, fetch_one
from service.storage.schema import attempts, deliveries, outbox, webhooks

#: As much of a receiver's answer as helps to find the fault.
_RESPONSE_CHARS = 2_048


# built once: values go beside a statement, since SQLAlchemy looks at every value that stands in one
_EVENT = sa.insert(outbox)
_DELIVERY = sa.insert(deliveries)
# held as what refers to them will hold them: one that is deleted in between would undo all that is announced with it
_ACTIVE = (
    sa.select(webhooks.c.id, webhooks.c.events)
    .where(webhooks.c.disabled_at.is_(None))
    .with_for_update(read=True, key_share=True)
)

_WAITING = (deliveries.c.status == "pending", webhooks.c.disabled_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to one webhook, owned by the worker that claimed it until the lease ends."""

    id: str
    event_id: str
    webhook_id: str
    type: str
    object_id: str
    at: datetime
    data: Mapping[str, Any]
    url: str
    secrets: tuple[str, ...]
    attempts: int


def emit(conn: sa.Connection, now: datetime, type_: str, object_id: str, data: Mapping[str, Any]) -> None:
    """Write an event, and a delivery for every webhook that wants it; `data` holds no personal data."""
    emit_many(conn, now, [(type_, object_id, data)], listeners(conn, [type_]))


def listeners(conn: sa.Connection, types: Sequence[str]) -> dict[str, list[str]]:
    """Return the webhooks that want each of these types of events; types that nobody wants are left out.

    None of them is deleted until this transaction ends.
    """
    hooks = conn.execute(_ACTIVE).all()
    wanted = {
        type_: [hook.id for hook in hooks if not hook.events or type_ in hook.events] for type_ in types
    }
    return {type_: ids for type_, ids in wanted.items() if ids}


def emit_many(
    conn: sa.Connection,
    now: datetime,
    events: Sequence[tuple[str, str, Mapping[str, Any]]],
    wanted: Mapping[str, Sequence[str]],
) -> list[str]:
    """Write events (type, object, data) at once, each with a delivery for every webhook that `listeners` named.

    Return the ids of the deliveries.
    """
    rows: list[dict[str, Any]] = [
        {"id": new_id("ev", now), "type": type_, "object_id": object_id, "payload": data, "at": now}
        for type_, object_id, data in events
    ]
    if rows:
        conn.execute(_EVENT, rows)
    fresh = [_fresh(row["id"], hook, now) for row in rows for hook in wanted.get(row["type"], ())]
    if fresh:
        conn.execute(_DELIVERY, fresh)
    return [delivery["id"] for delivery in fresh]


def emit_once(
    conn: sa.Connection, now: datetime, type_: str, object_id: str, data: Mapping[str, Any]
) -> None:
    """Write an event unless one of its type was written for this object before."""
    advisory_lock(conn, object_id)
    same = sa.and_(outbox.c.object_id == object_id, outbox.c.type == type_)
    if not any_found(conn, sa.select(outbox.c.id).where(same)):
        emit(conn, now, type_, object_id, data)


def emit_to(conn: sa.Connection, now: datetime, webhook_id: str, type_: str, data: Mapping[str, Any]) -> str:
    """Write an event for one webhook only, whatever events it asked for, and return the delivery's id."""
    return emit_many(conn, now, [(type_, webhook_id, data)], {type_: [webhook_id]})[0]


def due_webhooks(conn: sa.Connection, now: datetime) -> list[str]:
    """Return the active webhooks that something should be sent to now."""
    due = sa.exists().where(deliveries.c.webhook_id == webhooks.c.id, *_due(now))
    return list(conn.scalars(sa.select(webhooks.c.id).where(due)))


def claim(
    conn: sa.Connection, now: datetime, lease_s: float, limit: int, worker_id: str, webhook_id: str
) -> list[Delivery]:
    """Take the deliveries to a webhook that are due, oldest first; two workers never take the same one.

    A worker that dies keeps its deliveries only until the lease ends.
    """
    due = (
        sa.select(deliveries.c.id)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(*_due(now), deliveries.c.webhook_id == webhook_id)
        .order_by(deliveries.c.next_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=deliveries)
    )
    taken = (
        sa.update(deliveries)
        .where(deliveries.c.id.in_(due.scalar_subquery()))
        .values(leased_by=worker_id, leased_until=now + timedelta(seconds=lease_s))
        .returning(deliveries.c.id)
    )
    return _deliveries(conn, conn.execute(taken).scalars().all())


def release(conn: sa.Connection, worker_id: str, ids: Sequence[str]) -> None:
    """Give claimed deliveries back untried, so that nobody has to wait for the lease to end."""
    mine = sa.and_(deliveries.c.id.in_(ids), deliveries.c.leased_by == worker_id)
    conn.execute(sa.update(deliveries).where(mine).values(leased_by=None, leased_until=None))


def record(
    conn: sa.Connection,
    delivery: Delivery,
    worker_id: str,
    now: datetime,
    attempt: Attempt,
    next_at: datetime | None,
) -> bool:
    """Write down an attempt and what follows from it; False when the lease had gone to another worker.

    Not delivered and no `next_at` means that nothing more will be tried.
    """
    status = "delivered" if attempt.delivered else "pending" if next_at else "dead"
    mine = sa.and_(deliveries.c.id == delivery.id, deliveries.c.leased_by == worker_id)
    done = conn.execute(
        sa.update(deliveries)
        .where(mine, deliveries.c.status == "pending")
        .values(
            status=status,
            attempts=deliveries.c.attempts + 1,
            next_at=next_at,
            leased_by=None,
            leased_until=None,
        )
    )
    if done.rowcount == 0:
        return False
    kept = (attempt.response or "").replace("\0", "")[:_RESPONSE_CHARS] or None
    conn.execute(
        sa.insert(attempts).values(
            delivery_id=delivery.id,
            at=now,
            status_code=attempt.status,
            error=attempt.error,
            response=kept,
            milliseconds=attempt.milliseconds,
        )
    )
    if attempt.delivered:
        receivers.accepted(conn, delivery.webhook_id)
    else:
        receivers.failed(conn, delivery.webhook_id, now)
    return True


def waiting(conn: sa.Connection) -> int:
    """Return how many deliveries are still to be made; nothing is sent to a webhook that is closed."""
    query = sa.select(sa.func.count()).select_from(deliveries.join(webhooks)).where(*_WAITING)
    return conn.execute(query).scalar_one()


def get(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a delivery with its event's type, without the event's content."""
    return fetch_one(conn, _log().where(deliveries.c.id == id_))


def log(
    conn: sa.Connection, webhook_id: str, *, limit: int, before: str | None = None, status: str | None = None
) -> list[dict[str, Any]]:
    """Return a webhook's deliveries, the newest first, each with its `tries`; `before` is the last id seen."""
    query = _log().where(deliveries.c.webhook_id == webhook_id)
    if before is not None:
        query = query.where(deliveries.c.id < before)
    if status is not None:
        query = query.where(deliveries.c.status == status)
    rows = fetch_all(conn, query.order_by(deliveries.c.id.desc()).limit(limit))
    made = sa.select(attempts).where(attempts.c.delivery_id.in_([row["id"] for row in rows]))
    tries: dict[str, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for attempt in fetch_all(conn, made.order_by(attempts.c.seq)):
        tries[attempt["delivery_id"]].append(attempt)
    return [{**row, "tries": tries[row["id"]]} for row in rows]


def last_failures(conn: sa.Connection) -> dict[str, dict[str, Any]]:
    """Return the last attempt at each receiver that fails at present: its `error`, or the `status_code` it answered."""
    tried = attempts.join(deliveries, deliveries.c.id == attempts.c.delivery_id)
    failing = deliveries.c.webhook_id.in_(
        sa.select(webhooks.c.id).where(webhooks.c.failing_since.is_not(None))
    )
    last = sa.select(sa.func.max(attempts.c.seq)).select_from(tried).where(failing)
    query = sa.select(deliveries.c.webhook_id, attempts.c.error, attempts.c.status_code).select_from(tried)
    found = fetch_all(conn, query.where(attempts.c.seq.in_(last.group_by(deliveries.c.webhook_id))))
    return {row["webhook_id"]: row for row in found}


def replay(conn: sa.Connection, id_: str, now: datetime) -> bool:
    """Send a delivery that is finished, or waits for another attempt, at once and from the first attempt on.

    False while it is on its way.
    """
    idle = sa.or_(deliveries.c.status != "pending", deliveries.c.next_at > now)
    again = sa.update(deliveries).where(deliveries.c.id == id_, idle)
    again = again.values(status="pending", attempts=0, next_at=now)
    return conn.execute(again).rowcount == 1


def forget(conn: sa.Connection, before: datetime, limit: int) -> int:
    """Drop events older than `before` that nothing waits for, with their deliveries; return how many.

    A closed webhook that nobody opens again would keep people's words for ever.
    """
    active = deliveries.c.webhook_id == webhooks.c.id
    waiting_for = sa.exists().where(deliveries.c.event_id == outbox.c.id, active, *_WAITING)
    old = sa.select(outbox.c.id).where(outbox.c.at < before, ~waiting_for).limit(limit)
    return conn.execute(sa.delete(outbox).where(outbox.c.id.in_(old.scalar_subquery()))).rowcount


def _fresh(event_id: str, webhook_id: str, now: datetime) -> dict[str, Any]:
    row = {"id": new_id("dl", now), "event_id": event_id, "webhook_id": webhook_id}
    return row | {"status": "pending", "attempts": 0, "next_at": now}


def _due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    unleased = sa.or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= now)
    return (*_WAITING, deliveries.c.next_at <= now, unleased)


def _log() -> sa.Select[Any]:
    facts = [deliveries.c[name] for name in ("id", "event_id", "webhook_id", "status", "next_at")]
    return sa.select(*facts, outbox.c.type, outbox.c.object_id, outbox.c.at).join(
        outbox, outbox.c.id == deliveries.c.event_id
    )


def _deliveries(conn: sa.Connection, ids: Sequence[str]) -> list[Delivery]:
    query = (
        sa.select(
            *(deliveries.c[name] for name in ("id", "event_id", "webhook_id", "attempts")),
            *(outbox.c.type, outbox.c.object_id, outbox.c.at, outbox.c.payload.label("data")),
            *(webhooks.c.url, webhooks.c.secrets),
        )
        .join(outbox, outbox.c.id == deliveries.c.event_id)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(deliveries.c.id.in_(ids))
        .order_by(outbox.c.at, deliveries.c.id)
    )
    return [Delivery(**{**row, "secrets": tuple(row["secrets"])}) for row in fetch_all(conn, query)]
