"""Topics of the company's own, beside those of the taxonomy."""

import sqlalchemy as sa
from alembic import op

from service.storage.types import Utc

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table; every change of a topic is told by the trail."""
    op.create_table(
        "topics",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name_fa", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("queue", sa.Text),
        sa.Column("touchpoint", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("since", Utc, nullable=False),
        sa.Column("archived_at", Utc),
        sa.Column("merged_into", sa.Text),
    )
