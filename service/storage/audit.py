"""Who did what, when, and what it was before: rows are only ever added, and lose no more than words when those are erased."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.storage import many
from service.storage.dialect import row_by_row
from service.storage.fetching import fetch_all, fetch_one
from service.storage.schema import audit

_LINE = sa.insert(audit)


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
    line = {"at": now, "actor": actor, "action": action, "object_id": object_id}
    conn.execute(_LINE, line | {"before": before, "after": after})


def record_many(conn: sa.Connection, lines: Sequence[many.Values]) -> None:
    """Add many lines: moment, actor, action, object, and what it is now as JSON."""
    many.insert(conn, audit, ("at", "actor", "action", "object_id", "after"), lines)


def trail(conn: sa.Connection, object_id: str) -> list[dict[str, Any]]:
    """Return what happened to one object, oldest first."""
    query = sa.select(audit).where(audit.c.object_id == object_id).order_by(audit.c.seq)
    return fetch_all(conn, query)


def empty_reasons(conn: sa.Connection, object_id: str) -> None:
    """Empty the reasons that people wrote for what they did: they may name whom it was about."""
    for line in trail(conn, object_id):
        if (line["after"] or {}).get("reason"):
            emptied = {**line["after"], "reason": ""}
            conn.execute(sa.update(audit).where(audit.c.seq == line["seq"]).values(after=emptied))


def latest(conn: sa.Connection, action: str, object_id: str) -> dict[str, Any] | None:
    """Return the last time an action was done to an object."""
    query = sa.select(audit).where(audit.c.object_id == object_id, row_by_row(audit.c.action == action))
    return fetch_one(conn, query.order_by(audit.c.seq.desc()).limit(1))


def listing(
    conn: sa.Connection,
    *,
    actor: str | None = None,
    action: str | None = None,
    object_id: str | None = None,
    limit: int,
    before: int | None = None,
) -> list[dict[str, Any]]:
    """Return lines of the trail, the newest first; `before` is the `seq` of the last one that was seen."""
    wanted = {audit.c.actor: actor, audit.c.action: action}
    met = [column == value for column, value in wanted.items() if value is not None]
    if object_id is not None:  # its trail is short, however long those of an actor and an action are
        met = [audit.c.object_id == object_id, *map(row_by_row, met)]
    query = sa.select(audit).where(*met)
    if before is not None:
        query = query.where(audit.c.seq < before)
    return fetch_all(conn, query.order_by(audit.c.seq.desc()).limit(limit))
