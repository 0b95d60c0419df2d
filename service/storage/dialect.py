"""The few words that SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def insert_new(conn: sa.Connection, table: sa.Table) -> Insert:
    """Return an INSERT that does nothing when the row is already there; look at `RETURNING` to know."""
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
