"""The company's own topics: at most some dozens alive, and the archived ones, of whom past comments speak."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from service.storage.fetching import fetch_all, fetch_one
from service.storage.schema import topics


def listing(conn: sa.Connection) -> list[dict[str, Any]]:
    """Return all of them in the order in which they were made, the archived ones last."""
    return fetch_all(conn, sa.select(topics).order_by(topics.c.archived_at.is_not(None), topics.c.id))


def get(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return one of them."""
    return fetch_one(conn, sa.select(topics).where(topics.c.id == id_))


def insert(conn: sa.Connection, values: Mapping[str, Any]) -> None:
    """Add one, in its first version."""
    conn.execute(sa.insert(topics), {**values, "version": 1})


def update(conn: sa.Connection, id_: str, version: int, changes: Mapping[str, Any]) -> bool:
    """Change one that is alive into its next version; False when it is no longer in the version that was seen."""
    seen = (topics.c.id == id_, topics.c.version == version, topics.c.archived_at.is_(None))
    return conn.execute(sa.update(topics).where(*seen).values(**changes, version=version + 1)).rowcount == 1
