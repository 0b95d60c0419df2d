"""What was written to the customer of a ticket, and what colleagues noted beside it."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from service.storage.fetching import fetch_all
from service.storage.schema import messages


def add(conn: sa.Connection, values: Mapping[str, Any]) -> None:
    """Add a reply to the customer or an internal note."""
    conn.execute(sa.insert(messages).values(values))


def move(conn: sa.Connection, ticket_id: str, into: str) -> int:
    """Let the replies and notes of one ticket stand on another one; return how many."""
    mine = sa.update(messages).where(messages.c.ticket_id == ticket_id)
    return conn.execute(mine.values(ticket_id=into)).rowcount


def of(conn: sa.Connection, ticket_id: str) -> list[dict[str, Any]]:
    """Return the replies and notes of a ticket, oldest first."""
    query = sa.select(messages).where(messages.c.ticket_id == ticket_id)
    return fetch_all(conn, query.order_by(messages.c.at, messages.c.id))
