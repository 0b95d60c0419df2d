"""Many rows at once as plain tuples, past SQLAlchemy's look at every single value: for what comes in by the thousands.

The driver takes the values as they are: moments are put into the database's form here, JSON is text already.
"""

from collections.abc import Sequence
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
    bound = _bound(conn.dialect, table, columns, rows)
    return conn.exec_driver_sql(_statement(conn.dialect.name, table, columns), bound).rowcount


def _bound(
    dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...], rows: Sequence[Values]
) -> list[Values]:
    places = _moments(table, columns)
    if not places:
        return list(rows)
    told = Utc().dialect_impl(dialect).bind_processor(dialect)
    assert told is not None  # `Utc` always has something to say
    kept = cache(told)  # most rows are of the same moment
    found = []
    for row in rows:
        values = list(row)
        for place in places:
            values[place] = kept(values[place])
        found.append(tuple(values))
    return found


@cache
def _moments(table: sa.Table, columns: tuple[str, ...]) -> list[int]:
    return [place for place, name in enumerate(columns) if isinstance(table.c[name].type, Utc)]


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
