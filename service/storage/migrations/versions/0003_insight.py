"""What was said on which day, counted; alerts that were raised; the weekly digests and the links to them."""

import sqlalchemy as sa
from alembic import op

from service.storage.types import Json, Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COUNTS = (
    "n",
    "negative",
    "positive",
    "urgent",
    "csat_n",
    "csat_sum",
    "nps_n",
    "nps_promoters",
    "nps_detractors",
    "ces_n",
    "ces_sum",
    "stars_n",
    "stars_sum",
    "untouched",
    "accepted",
)


def upgrade() -> None:
    """Make the tables, parents before children."""
    _facts()
    _daily()
    _alerts()
    _digests()
    op.create_index("ix_tickets_opened_at", "tickets", ["opened_at", "status"])
    op.create_index("ix_tickets_resolved_at", "tickets", ["resolved_at", "status"])
    again = sa.text("action = 'ticket.reopen'")
    op.create_index("ix_audit_reopened", "audit", ["object_id"], sqlite_where=again, postgresql_where=again)
    _corrected()
    counted = ["status", "queue", "priority_rank", "due_at", "assignee", "version"]
    op.create_index("ix_tickets_status", "tickets", counted)


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("polarity", sa.Integer, nullable=False),
        sa.Column("urgency", sa.Text, nullable=False),
        sa.Column("churn", sa.Integer, nullable=False),
        sa.Column("customer", sa.Text),
        sa.Column("drawn", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("product", sa.Text),
        sa.Column("branch", sa.Text),
        sa.Column("tier", sa.Text),
        sa.Column("csat", sa.Integer),
        sa.Column("nps", sa.Integer),
        sa.Column("ces", sa.Integer),
        sa.Column("stars", sa.Integer),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("sentiment", sa.Text),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("corrected", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "topic", "seq", name="pk_facts"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_facts_seq", "facts", ["seq"])
    else:
        whole = [
            "seq",
            "day",
            "topic",
            "polarity",
            "urgency",
            "channel",
            "product",
            "branch",
            "tier",
            "version",
        ]
        whole += ["hour", "customer", "drawn", "churn", "csat", "nps", "ces", "stars"]
        op.create_index("ix_facts_seq_whole", "facts", whole)
    few, drawn = sa.text("churn = 1"), sa.text("drawn = 1")
    op.create_index("ix_facts_churn", "facts", ["day"], sqlite_where=few, postgresql_where=few)
    told = ["day", "topic", "customer", "polarity", "drawn"]
    op.create_index("ix_facts_drawn", "facts", told, sqlite_where=drawn, postgresql_where=drawn)


def _corrected() -> None:
    """Find the comments whose labels people changed: few among many."""
    changed = sa.text("model_tags IS NOT NULL")
    op.create_index(
        "ix_feedback_corrected",
        "feedback",
        ["created_at"],
        sqlite_where=changed,
        postgresql_where=changed,
    )


def _daily() -> None:
    op.create_table(
        "daily",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("kind", "value", "topic", "day", "version", name="pk_daily"),
        sqlite_with_rowid=False,
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("episode", sa.Text, nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("sure", sa.Float, nullable=False),
        sa.Column("message_fa", sa.Text, nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("samples", Json, nullable=False),
        sa.Column("opened_at", Utc, nullable=False),
        sa.Column("seen_at", Utc, nullable=False),
        sa.Column("closed_at", Utc),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("kind", "subject", "episode", name="uq_alerts_kind_subject_episode"),
    )
    op.create_index("ix_alerts_opened_at", "alerts", ["opened_at"])


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("week", sa.Integer, nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("made_at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digests"),
        sa.UniqueConstraint("department", "week", name="uq_digests_department_week"),
    )
    op.create_table(
        "digest_links",
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("digest_id", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("expires_at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_digest_links"),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["digests.id"], name="fk_digest_links_digest_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_digest_links_digest_id", "digest_links", ["digest_id"])
