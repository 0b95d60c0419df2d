"""What a statement finds, as plain dictionaries, and how it is held."""

from typing import Any, TypeVar

import sqlalchemy as sa

_Select = TypeVar("_Select", bound=sa.Select[Any])


def for_change(query: _Select, *, skip_locked: bool = False) -> _Select:
    """Return a query that locks what it finds until this transaction ends; SQLite holds the whole database anyway.

    The keys of the rows stay free (`FOR NO KEY UPDATE`): others may store what refers to them. With the stronger lock
    a customer who wrote while an agent corrected an earlier comment waited for the agent, and the agent for them.
    """
    return query.with_for_update(key_share=True, skip_locked=skip_locked)


def fetch_all(conn: sa.Connection, statement: sa.Executable) -> list[dict[str, Any]]:
    """Return every row."""
    return [dict(row) for row in conn.execute(statement).mappings()]


def fetch_one(conn: sa.Connection, statement: sa.Executable) -> dict[str, Any] | None:
    """Return the only row; None when there is none."""
    row = conn.execute(statement).mappings().one_or_none()
    return None if row is None else dict(row)


def any_found(conn: sa.Connection, query: sa.Select[Any]) -> bool:
    """Tell whether there is a row at all."""
    return conn.execute(query.limit(1)).first() is not None
