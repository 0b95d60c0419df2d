"""Originals that are to be forgotten are found without a look at every other comment."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index those that are kept, in the order in which they came."""
    kept = sa.text("original IS NOT NULL")
    op.create_index(
        "ix_feedback_originals",
        "feedback",
        ["received_at", "seq"],
        sqlite_where=kept,
        postgresql_where=kept,
    )
