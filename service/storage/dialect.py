"""The few words that SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def insert_new(conn: sa.Connection, table: sa.Table) -> Insert:
    """Return an INSERT that does nothing when the row is already there; look at `RETURNING` to know."""
    return _insert(conn.dialect.name, table).on_conflict_do_nothing()


def _insert(dialect: str, table: sa.Table) -> Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def advisory_lock(conn: sa.Connection, name: str) -> None:
    """Make transactions that name the same thing wait for each other; on SQLite all writers do so anyway."""
    if conn.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def unhurried(conn: sa.Connection) -> None:
    """Let this transaction take its time on PostgreSQL.

    What is far too long for a request is not for a step over a million comments.
    """
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")


def rare(conn: sa.Connection, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Tell SQLite that few rows meet a condition: it knows how many values a column has, not which are frequent."""
    return sa.func.unlikely(condition) if conn.dialect.name == "sqlite" else condition


def frequent(conn: sa.Connection, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Tell SQLite that many rows meet a condition: they are found by something else, in an index of those rows if there is one."""
    return sa.func.likely(condition) if conn.dialect.name == "sqlite" else condition


def row_by_row(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Have rows tested for conditions one by one, and found by something else: few are left without them."""
    return sa.case((sa.and_(*conditions), 1), else_=0) == 1


def one_of(
    conn: sa.Connection, column: sa.ColumnElement[Any], values: Sequence[str] | Sequence[int]
) -> sa.ColumnElement[bool]:
    """Tell which rows have one of many values, which travel as one: naming thousands one by one is slow."""
    if conn.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(values), postgresql.ARRAY(column.type)))
    told = sa.func.json_each(json.dumps(values)).table_valued("value")
    return column.in_(sa.select(told.c.value))


@cache
def insert_adding(dialect: str, table: sa.Table, columns: tuple[str, ...]) -> Insert:
    """Return an INSERT that adds these columns to those of the row that is already there, built once."""
    new = _insert(dialect, table)
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: table.c[name] + new.excluded[name] for name in columns},
    )
