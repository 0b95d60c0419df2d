"""The first schema: comments, their tags, tickets, events and who may come in."""

import sqlalchemy as sa
from alembic import op

from service.storage.types import Json, Serial, Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE feedback_search USING fts5("
        "search_text, content='feedback', content_rowid='seq', tokenize='unicode61 remove_diacritics 0', prefix='2 3')",
        "CREATE TRIGGER feedback_search_insert AFTER INSERT ON feedback BEGIN "
        "INSERT INTO feedback_search(rowid, search_text) VALUES (new.seq, new.search_text); END",
        "CREATE TRIGGER feedback_search_delete AFTER DELETE ON feedback BEGIN "
        "INSERT INTO feedback_search(feedback_search, rowid, search_text) "
        "VALUES ('delete', old.seq, old.search_text); END",
        "CREATE TRIGGER feedback_search_update AFTER UPDATE OF search_text ON feedback BEGIN "
        "INSERT INTO feedback_search(feedback_search, rowid, search_text) "
        "VALUES ('delete', old.seq, old.search_text); "
        "INSERT INTO feedback_search(rowid, search_text) VALUES (new.seq, new.search_text); END",
    ),
    "postgresql": (
        # costly for the planner as in truth: words are looked up in the index, not read again row by row
        "CREATE OR REPLACE FUNCTION words_of(said text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE "
        "COST 1000 AS $$ BEGIN RETURN to_tsvector('simple', said); END $$",
        "CREATE INDEX ix_feedback_search ON feedback USING gin (words_of(search_text))",
    ),
}


def upgrade() -> None:
    """Make every table, parents before children, and the search index."""
    _api_keys()
    _audit()
    _customers()
    _idempotency()
    _outbox()
    _sign_ins()
    _webhooks()
    _deliveries()
    _feedback()
    _attempts()
    _corrections()
    _feedback_signals()
    _feedback_topics()
    _tickets()
    _messages()
    _promises()
    for statement in _SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("expires_at", Utc),
        sa.Column("revoked_at", Utc),
        sa.Column("last_used_at", Utc),
        sa.Column("queues", Json),
        sa.Column("scopes", Json),
        sa.Column("requests_per_minute", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", Serial, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("before", Json),
        sa.Column("after", Json),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_object_id", "audit", ["object_id"])


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("tier", sa.Text),
        sa.Column("lifetime_value", sa.Float),
        sa.Column("contacts", sa.Integer, nullable=False),
        sa.Column("first_seen_at", Utc, nullable=False),
        sa.Column("last_seen_at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
        sa.UniqueConstraint("external_id", name="uq_customers_external_id"),
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("response", Json),
        sa.Column("at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_idempotency"),
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_at", "outbox", ["at"])
    op.create_index("ix_outbox_object_id", "outbox", ["object_id"])


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("expires_at", Utc, nullable=False),
        sa.Column("key_id", sa.Text),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name="fk_sign_ins_key_id"),
        sa.PrimaryKeyConstraint("hash", name="pk_sign_ins"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("events", Json, nullable=False),
        sa.Column("secrets", Json, nullable=False),
        sa.Column("rotated_at", Utc),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("failing_since", Utc),
        sa.Column("disabled_at", Utc),
        sa.Column("disabled_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", Utc),
        sa.Column("leased_by", sa.Text),
        sa.Column("leased_until", Utc),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox.id"], name="fk_deliveries_event_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_deliveries_webhook_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["webhook_id", "status", "next_at"])
    op.create_index("ix_deliveries_event_id", "deliveries", ["event_id"])


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("seq", Serial, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("body_hash", sa.Text),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("received_at", Utc, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("ticket_id", sa.Text),
        sa.Column("original", sa.Text),
        sa.Column("masked", sa.Text, nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("text_hash", sa.Text),
        sa.Column("tags", Json, nullable=False),
        sa.Column("model_tags", Json),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("sentiment", sa.Text),
        sa.Column("sentiment_score", sa.Float),
        sa.Column("urgency", sa.Text, nullable=False),
        sa.Column("urgency_score", sa.Integer, nullable=False),
        sa.Column("needs_review", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("reviewed_at", Utc),
        sa.Column("reviewed_by", sa.Text),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("csat", sa.Integer),
        sa.Column("nps", sa.Integer),
        sa.Column("ces", sa.Integer),
        sa.Column("stars", sa.Integer),
        sa.Column("question", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("branch", sa.Text),
        sa.Column("touchpoint", sa.Text),
        sa.Column("metadata", Json, nullable=False),
        sa.Column("received_by", sa.Text),
        sa.Column("erased_at", Utc),
        sa.PrimaryKeyConstraint("seq", name="pk_feedback"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_feedback_customer_id"),
        sa.UniqueConstraint("channel", "external_id", name="uq_feedback_channel_external_id"),
        sa.UniqueConstraint("id", name="uq_feedback_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feedback_category", "feedback", ["category"])
    op.create_index("ix_feedback_created_at", "feedback", ["created_at"])
    op.create_index("ix_feedback_customer_id", "feedback", ["customer_id"])
    unseen = sa.text("reviewed_at IS NULL AND erased_at IS NULL AND confidence IS NOT NULL")
    op.create_index(
        "ix_feedback_review",
        "feedback",
        [sa.text("needs_review DESC"), "confidence"],
        sqlite_where=unseen,
        postgresql_where=unseen,
    )
    op.create_index("ix_feedback_text_hash", "feedback", ["text_hash"])
    op.create_index("ix_feedback_ticket_id", "feedback", ["ticket_id"])
    op.create_index("ix_feedback_urgency", "feedback", ["urgency"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("seq", Serial, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("status_code", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("response", sa.Text),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_attempts"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_attempts_delivery_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_attempts_delivery_id", "attempts", ["delivery_id"])


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("feedback_id", sa.Text, nullable=False),
        sa.Column("text_hash", sa.Text),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("before", Json),
        sa.Column("after", Json),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("undone_at", Utc),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name="fk_corrections_feedback_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_corrections_feedback_id", "corrections", ["feedback_id"])
    op.create_index("ix_corrections_source", "corrections", ["source"])
    op.create_index("ix_corrections_text_hash", "corrections", ["text_hash"])


def _feedback_signals() -> None:
    op.create_table(
        "feedback_signals",
        sa.Column("feedback_id", sa.Text, nullable=False),
        sa.Column("signal", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("feedback_id", "signal", name="pk_feedback_signals"),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name="fk_feedback_signals_feedback_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_feedback_signals_signal", "feedback_signals", ["signal"])


def _feedback_topics() -> None:
    op.create_table(
        "feedback_topics",
        sa.Column("feedback_id", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("sentiment", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("feedback_id", "topic", name="pk_feedback_topics"),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name="fk_feedback_topics_feedback_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_feedback_topics_topic", "feedback_topics", ["topic"])


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("feedback_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("priority_rank", sa.Integer, nullable=False),
        sa.Column("due_at", Utc),
        sa.Column("check_at", Utc),
        sa.Column("urgency_score", sa.Integer, nullable=False),
        sa.Column("customer_value", sa.Float, nullable=False),
        sa.Column("opened_at", Utc, nullable=False),
        sa.Column("assignee", sa.Text),
        sa.Column("claimed_until", Utc),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("reason_fa", sa.Text, nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("sla", Json, nullable=False),
        sa.Column("resolved_at", Utc),
        sa.Column("contacts", sa.Integer, nullable=False),
        sa.Column("merged_into", sa.Text),
        sa.Column("notified_at", Utc),
        sa.Column("compensation", Json),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_tickets_customer_id"),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback.id"], name="fk_tickets_feedback_id"),
    )
    op.create_index("ix_tickets_assignee", "tickets", ["assignee", "status"])
    op.create_index("ix_tickets_check_at", "tickets", ["check_at"])
    op.create_index("ix_tickets_customer_id", "tickets", ["customer_id"])
    op.create_index("ix_tickets_feedback_id", "tickets", ["feedback_id"])
    op.create_index("ix_tickets_inbox", "tickets", ["queue", "status", "priority_rank", "due_at"])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_messages_ticket_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_messages_ticket_id", "messages", ["ticket_id"])


def _promises() -> None:
    op.create_table(
        "promises",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("due_at", Utc, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("reminded_at", Utc),
        sa.PrimaryKeyConstraint("id", name="pk_promises"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_promises_ticket_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_promises_due", "promises", ["status", "due_at", "made_by"])
    op.create_index("ix_promises_ticket_id", "promises", ["ticket_id"])
