"""Files that come in as jobs, and the doors that other programs send comments through."""

import sqlalchemy as sa
from alembic import op

from service.storage.types import Json, Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, parents before children."""
    _inbound()
    _jobs()
    _job_parts()
    _job_errors()


def _inbound() -> None:
    op.create_table(
        "inbound",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("last_used_at", Utc),
        sa.PrimaryKeyConstraint("id", name="pk_inbound"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("plan", Json, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("started_at", Utc),
        sa.Column("finished_at", Utc),
        sa.Column("total", sa.Integer),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("leased_by", sa.Text),
        sa.Column("leased_until", Utc),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_status", "jobs", ["status", "created_at"])


def _job_parts() -> None:
    op.create_table(
        "job_parts",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "place", name="pk_job_parts"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_parts_job_id", ondelete="CASCADE"),
    )


def _job_errors() -> None:
    op.create_table(
        "job_errors",
        sa.Column("job_id", sa.Text, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "row", name="pk_job_errors"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_errors_job_id", ondelete="CASCADE"),
    )
