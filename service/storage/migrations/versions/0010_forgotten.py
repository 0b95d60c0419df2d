"""Whoever was erased before is worth nothing any more, as whoever is erased now."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take tier and value from customers of whom no comment is left, and the value from their tickets."""
    customers = sa.table("customers", *map(sa.column, ("id", "external_id", "tier", "lifetime_value")))
    feedback = sa.table("feedback", *map(sa.column, ("customer_id", "erased_at")))
    tickets = sa.table("tickets", *map(sa.column, ("customer_id", "customer_value")))
    left = sa.exists().where(feedback.c.customer_id == customers.c.id, feedback.c.erased_at.is_(None))
    gone = sa.and_(customers.c.external_id.is_(None), ~left)
    op.execute(sa.update(customers).where(gone).values(tier=None, lifetime_value=None))
    theirs = tickets.c.customer_id.in_(sa.select(customers.c.id).where(gone))
    op.execute(sa.update(tickets).where(theirs).values(customer_value=0.0))
