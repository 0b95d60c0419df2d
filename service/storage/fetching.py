"""What a statement finds, as plain dictionaries."""

from typing import Any

import sqlalchemy as sa


def fetch_all(conn: sa.Connection, statement: sa.Executable) -> list[dict[str, Any]]:
    """Return every row."""
    return [dict(row) for row in conn.execute(statement).mappings()]


def fetch_one(conn: sa.Connection, statement: sa.Executable) -> dict[str, Any] | None:
    """Return the only row; None when there is none."""
    row = conn.execute(statement).mappings().one_or_none()
    return None if row is None else dict(row)
