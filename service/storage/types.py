"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TEXT


class Utc(sa.TypeDecorator[datetime]):
    """A moment in UTC; a datetime without a time zone is refused rather than guessed."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Hand the database the moment in UTC; SQLite keeps it as text, which then sorts by time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the moment with its time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: A JSON document: text on SQLite, `jsonb` on PostgreSQL. Python's None is SQL's NULL.
Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
#: Rows are numbered in the order they came; SQLite numbers only its own INTEGER.
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: Text in the order of its letters' numbers, which SQLite always has: only so an index leads to what begins with some.
Bytewise = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
