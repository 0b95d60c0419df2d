"""The trail is read by what was done and by who did it."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index both, in the order of the trail: it may be millions of lines long."""
    op.create_index("ix_audit_action", "audit", ["action", "seq"])
    op.create_index("ix_audit_actor", "audit", ["actor", "seq"])
