"""Programs that send comments in their own form, and how to read them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.ids import new_id
from service.storage.fetching import fetch_all, fetch_one
from service.storage.schema import inbound


def create(
    conn: sa.Connection,
    now: datetime,
    *,
    kind: str,
    name: str,
    secret: str,
    channel: str,
    fields: Mapping[str, str],
) -> dict[str, Any]:
    """Open a door and return it without its secret."""
    values = {"id": new_id("in", now), "kind": kind, "name": name, "channel": channel}
    row: dict[str, Any] = values | {"fields": dict(fields), "created_at": now, "last_used_at": None}
    conn.execute(sa.insert(inbound).values(**row, secret=secret))
    return row


def listing(conn: sa.Connection) -> list[dict[str, Any]]:
    """Return every door without its secret, oldest first."""
    shown = [column for column in inbound.c if column.name != "secret"]
    query = sa.select(*shown).order_by(inbound.c.created_at, inbound.c.id)
    return fetch_all(conn, query)


def get(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a door with its secret, to check what comes through it."""
    return fetch_one(conn, sa.select(inbound).where(inbound.c.id == id_))


def used(conn: sa.Connection, id_: str, now: datetime) -> None:
    """Remember when something came through last."""
    conn.execute(sa.update(inbound).where(inbound.c.id == id_).values(last_used_at=now))


def delete(conn: sa.Connection, id_: str) -> bool:
    """Close a door for good; False when it is unknown."""
    return conn.execute(sa.delete(inbound).where(inbound.c.id == id_)).rowcount == 1
