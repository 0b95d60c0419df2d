"""Of a wave no confidence is claimed: it is counted and not tested."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the column hold nothing, and take away the zeros that stood for it."""
    with op.batch_alter_table("alerts") as alerts:
        alerts.alter_column("sure", existing_type=sa.Float, nullable=True)
    op.execute("UPDATE alerts SET sure = NULL WHERE kind = 'wave'")
