"""Many rows at once as plain tuples, past SQLAlchemy's look at every single value: for what comes in by the thousands.

The driver takes the values as they are, so moments are put into the database's form by `moments`, and JSON is text.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from service.storage.types import Utc

Values = tuple[Any, ...]


def insert(conn: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Sequence[Values]) -> int:
    """Insert rows whose values stand in the order of `columns` and return how many were new.

    A row that is already there is left as it is.
    """
    if not rows:
        return 0
    return conn.exec_driver_sql(_statement(conn.dialect.name, table, columns), list(rows)).rowcount


def moments(conn: sa.Connection) -> Callable[[datetime | None], Any]:
    """Return what turns a moment into the value this database keeps; the same moment is turned once."""
    stored = Utc().dialect_impl(conn.dialect).bind_processor(conn.dialect)
    assert stored is not None  # `Utc` always has something to say
    return cache(stored)


@cache
def _statement(dialect: str, table: sa.Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    if dialect == "sqlite":
        values = ", ".join("?" for _ in columns)
    else:  # PostgreSQL takes text for JSON only when it is told to
        values = ", ".join(
            "%s::jsonb" if isinstance(table.c[name].type, sa.JSON) else "%s" for name in columns
        )
    return f"INSERT INTO {table.name} ({names}) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608  # our own names
