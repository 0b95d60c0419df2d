"""Where events go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.ids import new_id
from service.storage.schema import webhooks


def create(conn: sa.Connection, now: datetime, url: str, events: Sequence[str], secret: str) -> str:
    """Register a receiver and return its id; no events named means all of them."""
    id_ = new_id("wh", now)
    conn.execute(
        sa.insert(webhooks).values(id=id_, url=url, events=list(events), secrets=[secret], created_at=now)
    )
    return id_


def listing(conn: sa.Connection) -> list[dict[str, Any]]:
    """Return every receiver without its secrets, oldest first."""
    shown = [column for column in webhooks.c if column.name != "secrets"]
    query = sa.select(*shown).order_by(webhooks.c.created_at, webhooks.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def disable(conn: sa.Connection, id_: str, now: datetime, reason: str) -> bool:
    """Stop sending to a receiver, for a reason people can read; False when it was not active."""
    active = sa.and_(webhooks.c.id == id_, webhooks.c.disabled_at.is_(None))
    statement = sa.update(webhooks).where(active).values(disabled_at=now, disabled_reason=reason)
    return conn.execute(statement).rowcount == 1
