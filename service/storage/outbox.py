"""Events that are announced: written with the change itself, delivered later, each attempt on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.ids import new_id
from service.storage.schema import attempts, deliveries, outbox, webhooks

#: As much of a receiver's answer as helps to find the fault.
_RESPONSE_CHARS = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to one webhook, owned by the worker that claimed it until the lease ends."""

    id: str
    event_id: str
    webhook_id: str
    type: str
    at: datetime
    data: Mapping[str, Any]
    url: str
    secrets: tuple[str, ...]
    attempts: int
    failing_since: datetime | None


def emit(conn: sa.Connection, now: datetime, type_: str, object_id: str, data: Mapping[str, Any]) -> str:
    """Write an event, and a delivery for every webhook that wants it; `data` holds no personal data."""
    id_ = new_id("ev", now)
    conn.execute(sa.insert(outbox).values(id=id_, type=type_, object_id=object_id, payload=data, at=now))
    wanted = [
        {
            "id": new_id("dl", now),
            "event_id": id_,
            "webhook_id": hook.id,
            "status": "pending",
            "attempts": 0,
            "next_at": now,
        }
        for hook in conn.execute(
            sa.select(webhooks.c.id, webhooks.c.events).where(webhooks.c.disabled_at.is_(None))
        )
        if not hook.events or type_ in hook.events
    ]
    if wanted:
        conn.execute(sa.insert(deliveries), wanted)
    return id_


def claim(conn: sa.Connection, now: datetime, lease_s: float, limit: int, worker_id: str) -> list[Delivery]:
    """Take the deliveries that are due, oldest first; two workers never take the same one.

    A worker that dies keeps its deliveries only until the lease ends.
    """
    due = (
        sa.select(deliveries.c.id)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(
            deliveries.c.status == "pending",
            deliveries.c.next_at <= now,
            sa.or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= now),
            webhooks.c.disabled_at.is_(None),
        )
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


def record(
    conn: sa.Connection,
    delivery: Delivery,
    worker_id: str,
    now: datetime,
    *,
    status_code: int | None,
    error: str | None,
    response: str | None,
    milliseconds: int,
    delivered: bool,
    next_at: datetime | None,
) -> bool:
    """Write down an attempt and what follows from it; False when the lease had gone to another worker.

    Not delivered and no `next_at` means that nothing more will be tried.
    """
    status = "delivered" if delivered else "pending" if next_at else "dead"
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
    kept = (response or "").replace("\0", "")[:_RESPONSE_CHARS] or None
    conn.execute(
        sa.insert(attempts).values(
            delivery_id=delivery.id,
            at=now,
            status_code=status_code,
            error=error,
            response=kept,
            milliseconds=milliseconds,
        )
    )
    failing = None if delivered else sa.func.coalesce(webhooks.c.failing_since, now)
    conn.execute(
        sa.update(webhooks).where(webhooks.c.id == delivery.webhook_id).values(failing_since=failing)
    )
    return True


def waiting(conn: sa.Connection) -> int:
    """Return how many deliveries are still to be made."""
    query = sa.select(sa.func.count()).select_from(deliveries).where(deliveries.c.status == "pending")
    return conn.execute(query).scalar_one()


def _deliveries(conn: sa.Connection, ids: Sequence[str]) -> list[Delivery]:
    query = (
        sa.select(
            deliveries.c.id,
            deliveries.c.event_id,
            deliveries.c.webhook_id,
            deliveries.c.attempts,
            outbox.c.type,
            outbox.c.at,
            outbox.c.payload.label("data"),
            webhooks.c.url,
            webhooks.c.secrets,
            webhooks.c.failing_since,
        )
        .join(outbox, outbox.c.id == deliveries.c.event_id)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(deliveries.c.id.in_(ids))
        .order_by(outbox.c.at, deliveries.c.id)
    )
    rows = conn.execute(query).mappings()
    return [Delivery(**{**row, "secrets": tuple(row["secrets"])}) for row in rows]
