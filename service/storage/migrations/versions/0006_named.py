"""Tickets are found by the name of their customer."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the names: a desk may know a million of them."""
    op.create_index("ix_customers_name", "customers", ["name"])
