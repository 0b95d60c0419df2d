"""Every table of the desk. The migrations build the same ones; a test compares the two."""

from typing import Any

import sqlalchemy as sa

from service.storage.types import Bytewise, Json, Serial, Utc

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def goes_with(table: str) -> sa.ForeignKey:
    """Return a reference to a row of a table, with which the row that has it is deleted."""
    return sa.ForeignKey(f"{table}.id", ondelete="CASCADE")


def only_where(condition: str) -> dict[str, Any]:
    """Return what makes an index one of those rows that meet a condition."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


customers = sa.Table(
    "customers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, unique=True),  # NULL: nobody can be recognised a second time
    sa.Column("name", sa.Text),
    sa.Column("tier", sa.Text),
    sa.Column("lifetime_value", sa.Float),
    sa.Column("contacts", sa.Integer, nullable=False),
    sa.Column("first_seen_at", Utc, nullable=False),
    sa.Column("last_seen_at", Utc, nullable=False),
)

customer_names = sa.Table(  # a name is found by the beginning of each of its words: a row for each
    "customer_names",
    metadata,
    sa.Column("customer_id", sa.Text, goes_with("customers"), primary_key=True),
    # the folded name from a word on, without blanks
    sa.Column("rest", Bytewise, primary_key=True, index=True),
    sa.Column("is_whole", sa.Boolean(create_constraint=False), nullable=False),  # from its first word on
)

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("seq", Serial, primary_key=True),  # order of arrival: the cursor and the search index use it
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("external_id", sa.Text),
    sa.Column("channel", sa.Text, nullable=False),
    # tells a repeated delivery from another comment under the same external_id
    sa.Column("body_hash", sa.Text),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("customer_id", sa.Text, sa.ForeignKey("customers.id"), index=True),
    # the ticket it opened or joined; no foreign key, tickets point back
    sa.Column("ticket_id", sa.Text, index=True),
    sa.Column("original", sa.Text),  # NULL: not kept, past retention, or nothing was masked in it
    sa.Column("masked", sa.Text, nullable=False),
    sa.Column("search_text", sa.Text, nullable=False),
    sa.Column("text_hash", sa.Text, index=True),  # the same for texts that say the same in the same words
    sa.Column("tags", Json, nullable=False),  # offsets point into `original`, or into `masked` without one
    sa.Column("model_tags", Json),  # what the model had said, once a person's word stands in `tags`
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("category", sa.Text),
    sa.Column("sentiment", sa.Text),
    sa.Column("sentiment_score", sa.Float),
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("urgency_score", sa.Integer, nullable=False),
    sa.Column("needs_review", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("confidence", sa.Float),  # of the least certain of category and sentiment; NULL when abstained
    sa.Column("reviewed_at", Utc),  # when a person looked at the tags, to change them or to leave them
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
    sa.Column("received_by", sa.Text),  # the key that sent it
    sa.Column("erased_at", Utc),
    sa.UniqueConstraint("channel", "external_id"),
    sa.Index("ix_feedback_created_at", "created_at"),
    sa.Index("ix_feedback_category", "category"),
    sa.Index("ix_feedback_urgency", "urgency"),
    sqlite_autoincrement=True,  # a number is never given twice, also after an erasure
)

#: What nobody looked at yet, in the order in which it should be looked at.
sa.Index(
    "ix_feedback_review",
    feedback.c.needs_review.desc(),
    feedback.c.confidence,
    **only_where("reviewed_at IS NULL AND erased_at IS NULL AND confidence IS NOT NULL"),
)
# what is kept as it was written is little of what there is, and is looked for every hour once it is to be forgotten
sa.Index(
    "ix_feedback_originals", feedback.c.received_at, feedback.c.seq, **only_where("original IS NOT NULL")
)
sa.Index("ix_feedback_corrected", feedback.c.created_at, **only_where("model_tags IS NOT NULL"))

feedback_topics = sa.Table(
    "feedback_topics",
    metadata,
    sa.Column("feedback_id", sa.Text, goes_with("feedback"), primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("sentiment", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    # whole: who speaks of a topic is read from it alone
    sa.Index("ix_feedback_topics_topic", "topic", "feedback_id"),
)

feedback_signals = sa.Table(
    "feedback_signals",
    metadata,
    sa.Column("feedback_id", sa.Text, goes_with("feedback"), primary_key=True),
    sa.Column("signal", sa.Text, primary_key=True),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Index("ix_feedback_signals_signal", "signal"),
)

corrections = sa.Table(
    "corrections",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("feedback_id", sa.Text, goes_with("feedback"), nullable=False, index=True),
    sa.Column("text_hash", sa.Text, index=True),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("before", Json),
    sa.Column("after", Json),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("source", sa.Text, index=True),  # the correction of a like text that this one repeats
    sa.Column("undone_at", Utc),
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("feedback_id", sa.Text, sa.ForeignKey("feedback.id"), nullable=False, index=True),
    sa.Column("customer_id", sa.Text, sa.ForeignKey("customers.id"), index=True),
    sa.Column("version", sa.Integer, nullable=False),  # grows with every change; the ETag
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("priority_rank", sa.Integer, nullable=False),  # 0 is the most urgent
    sa.Column("due_at", Utc),  # the nearest deadline that still runs; NULL while the clock stands still
    sa.Column("check_at", Utc),  # when the next warning or breach falls due
    sa.Column("urgency_score", sa.Integer, nullable=False),
    sa.Column("customer_value", sa.Float, nullable=False),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("assignee", sa.Text),
    sa.Column("claimed_until", Utc),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),  # automatic, or suggested until a person confirms
    sa.Column("reason_fa", sa.Text, nullable=False),
    sa.Column("tags", Json, nullable=False),
    sa.Column("sla", Json, nullable=False),  # the clocks: what was promised, what was kept
    sa.Column("resolved_at", Utc),
    sa.Column("contacts", sa.Integer, nullable=False),  # messages of the customer, the first one included
    sa.Column("merged_into", sa.Text),  # the ticket that goes on in its place
    sa.Column("notified_at", Utc),  # when somebody was last notified of it
    sa.Column("compensation", Json),  # state, amount and currency, once somebody asked for it
    sa.Column("waiting_since", Utc),  # when it last came back to its queue, if it ever did
    sa.Index("ix_tickets_inbox", "queue", "status", "priority_rank", "due_at"),
    sa.Index("ix_tickets_assignee", "assignee", "status"),
    sa.Index("ix_tickets_check_at", "check_at"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Text, goes_with("tickets"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),  # reply, note
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

promises = sa.Table(
    "promises",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Text, goes_with("tickets"), nullable=False, index=True),
    sa.Column("made_by", sa.Text, nullable=False),  # an agent, or `customer` when the comment names the day
    sa.Column("due_at", Utc, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # open, kept, broken, withdrawn
    sa.Column("at", Utc, nullable=False),
    sa.Column("reminded_at", Utc),
    sa.Index("ix_promises_due", "status", "due_at", "made_by"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", Serial, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    sa.Column("before", Json),
    sa.Column("after", Json),
    sa.Index("ix_audit_object_id", "object_id"),
    sa.Index("ix_audit_action", "action", "seq"),  # a page of either is read without the rest of the trail
    sa.Index("ix_audit_actor", "actor", "seq"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the webhook-id, the same on every retry
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    sa.Column("payload", Json, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Index("ix_outbox_object_id", "object_id"),
    sa.Index("ix_outbox_at", "at"),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("events", Json, nullable=False),  # names; an empty list means every event
    sa.Column("secrets", Json, nullable=False),  # the newest first; two while rotating
    sa.Column("rotated_at", Utc),  # since when there are two
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("failing_since", Utc),
    sa.Column("disabled_at", Utc),
    sa.Column("disabled_reason", sa.Text),
    sa.Column("failed_at", Utc),  # when it last failed, to the hour
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, goes_with("outbox"), nullable=False, index=True),
    sa.Column("webhook_id", sa.Text, goes_with("webhooks"), nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # pending, delivered, dead
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Utc),
    sa.Column("leased_by", sa.Text),
    sa.Column("leased_until", Utc),
    sa.Index("ix_deliveries_due", "webhook_id", "status", "next_at"),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("seq", Serial, primary_key=True),
    sa.Column("delivery_id", sa.Text, goes_with("deliveries"), nullable=False, index=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("status_code", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Column("response", sa.Text),
    sa.Column("milliseconds", sa.Integer, nullable=False),
)

inbound = sa.Table(
    "inbound",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # chatwoot, generic
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("fields", Json, nullable=False),  # our field -> path in their document
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("last_used_at", Utc),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),  # receiving, queued, running, done, failed, cancelled
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("plan", Json, nullable=False),  # format, columns, channel: how the file is read
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("started_at", Utc),
    sa.Column("finished_at", Utc),
    sa.Column("total", sa.Integer),  # roughly how many rows there are; NULL when it cannot be told cheaply
    sa.Column("done", sa.Integer, nullable=False),  # rows that are behind us: a resumed job goes on from here
    sa.Column("created", sa.Integer, nullable=False),
    sa.Column("unchanged", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("leased_by", sa.Text),
    sa.Column("leased_until", Utc),
    # how often it was taken up since its last stored row
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Index("ix_jobs_status", "status", "created_at"),
)

job_parts = sa.Table(
    "job_parts",
    metadata,
    sa.Column("job_id", sa.Text, goes_with("jobs"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("bytes", sa.LargeBinary, nullable=False),  # the file itself, until the job ends
)

job_errors = sa.Table(
    "job_errors",
    metadata,
    sa.Column("job_id", sa.Text, goes_with("jobs"), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),  # never what the row says
)

topics = sa.Table(  # the company's own; those of the model are in the taxonomy
    "topics",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name_fa", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("queue", sa.Text),
    sa.Column("touchpoint", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("since", Utc, nullable=False),  # from when its present words are counted
    sa.Column("archived_at", Utc),
    sa.Column("merged_into", sa.Text),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("prefix", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc),
    sa.Column("revoked_at", Utc),
    sa.Column("last_used_at", Utc),
    sa.Column("queues", Json),  # an agent's queues; NULL means all
    sa.Column("scopes", Json),  # parts of the API; NULL means all
    sa.Column("requests_per_minute", sa.Integer),  # NULL: the desk's own limit
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # link (opens once) or session
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("key_id", sa.Text, sa.ForeignKey("api_keys.id")),  # who signed in with a key leaves with it
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request_hash", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("response", Json),
    sa.Column("at", Utc, nullable=False),
    sa.Index("ix_idempotency_at", "at"),
)
