"""Who did what, when, and what it was before: rows are only ever added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.storage.schema import audit


def record(
    conn: sa.Connection,
    now: datetime,
    actor: str,
    action: str,
    object_id: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to the trail; `before` and `after` never hold a customer's words."""
    conn.execute(
        sa.insert(audit).values(
            at=now, actor=actor, action=action, object_id=object_id, before=before, after=after
        )
    )


def trail(conn: sa.Connection, object_id: str) -> list[dict[str, Any]]:
    """Return what happened to one object, oldest first."""
    query = sa.select(audit).where(audit.c.object_id == object_id).order_by(audit.c.seq)
    return [dict(row) for row in conn.execute(query).mappings()]
