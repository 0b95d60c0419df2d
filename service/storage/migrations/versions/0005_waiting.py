"""A ticket knows since when it waits for an agent, and a job how often it was taken up in vain."""

import sqlalchemy as sa
from alembic import op

from service.storage.types import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; tickets that were there wait since they were opened."""
    op.add_column("tickets", sa.Column("waiting_since", Utc))
    op.add_column("jobs", sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")))
