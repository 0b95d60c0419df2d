"""Tickets are found by each word of their customer's name, and by its beginning, in any spelling."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from service.search import name_rests
from service.storage.types import Bytewise

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MANY = 5_000


def upgrade() -> None:
    """Make a table of the words of names and fill it; names as they were written are looked for no more."""
    names = op.create_table(
        "customer_names",
        sa.Column(
            "customer_id", sa.Text, sa.ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("rest", Bytewise, primary_key=True),
        sa.Column("is_whole", sa.Boolean(create_constraint=False), nullable=False),
    )
    conn = op.get_bind()
    for known in _named(conn):
        rows = [
            {"customer_id": id_, "rest": rest, "is_whole": place == 0}
            for id_, name in known
            for place, rest in enumerate(dict.fromkeys(name_rests(name)))
        ]
        if rows:
            conn.execute(sa.insert(names), rows)
    op.create_index("ix_customer_names_rest", "customer_names", ["rest"])
    op.drop_index("ix_customers_name", "customers")


def _named(conn: sa.Connection) -> Iterator[list[tuple[str, str]]]:
    """Yield the customers who have a name, many at a time: id and name."""
    customers = sa.table("customers", *map(sa.column, ("id", "name")))
    query = sa.select(customers).where(customers.c.name.is_not(None)).order_by(customers.c.id).limit(_MANY)
    last = ""
    while found := [(id_, name) for id_, name in conn.execute(query.where(customers.c.id > last))]:
        yield found
        last = found[-1][0]
