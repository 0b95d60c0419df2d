"""A receiver is known by its last failure, too: days on which nothing was sent to it are no days of failing."""

import sqlalchemy as sa
from alembic import op

from service.storage.types import Utc

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Remember when a receiver last failed; of those that fail now the days are counted from their next failure."""
    op.add_column("webhooks", sa.Column("failed_at", Utc))
