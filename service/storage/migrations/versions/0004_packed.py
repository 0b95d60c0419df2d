"""Facts packed in blocks, from which is counted what daily sums do not answer; words beside comments on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SEARCH = (
    "DROP INDEX ix_feedback_search",
    "DROP FUNCTION words_of(text)",
    "CREATE TABLE feedback_search (seq bigint CONSTRAINT pk_feedback_search PRIMARY KEY "
    "CONSTRAINT fk_feedback_search_seq REFERENCES feedback (seq) ON DELETE CASCADE, words tsvector NOT NULL)",
    "CREATE INDEX ix_feedback_search_words ON feedback_search USING gin (words)",
    "CREATE OR REPLACE FUNCTION feedback_search_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "INSERT INTO feedback_search (seq, words) VALUES (new.seq, strip(to_tsvector('simple', new.search_text))) "
    "ON CONFLICT (seq) DO UPDATE SET words = excluded.words; RETURN NULL; END $$",
    "CREATE TRIGGER feedback_search_follow AFTER INSERT OR UPDATE OF search_text ON feedback "
    "FOR EACH ROW EXECUTE FUNCTION feedback_search_follow()",
    "INSERT INTO feedback_search (seq, words) SELECT seq, strip(to_tsvector('simple', search_text)) FROM feedback",
)


def upgrade() -> None:
    """Make the tables, and mark all that is counted to be packed by the worker."""
    _packed()
    op.drop_index("ix_facts_drawn", "facts")
    op.drop_index("ix_feedback_topics_topic", "feedback_topics")
    op.create_index("ix_feedback_topics_topic", "feedback_topics", ["topic", "feedback_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_facts_seq_whole", "facts")
        op.create_index("ix_facts_seq", "facts", ["seq"])
    else:
        for statement in _SEARCH:
            op.execute(statement)
    op.drop_column("facts", "drawn")
    op.execute("INSERT INTO unpacked (seq) SELECT seq FROM facts WHERE topic = ''")


def _packed() -> None:
    op.create_table(
        "unpacked",
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("seq", name="pk_unpacked"),
    )
    op.create_table(
        "packed",
        sa.Column("block", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("stamp", sa.BigInteger, nullable=False),
        sa.Column("first_day", sa.Integer, nullable=False),
        sa.Column("last_day", sa.Integer, nullable=False),
        sa.Column("comments", sa.LargeBinary, nullable=False),
        sa.Column("mentions", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("block", name="pk_packed"),
    )
    op.create_table(
        "fact_names",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_fact_names"),
        sa.UniqueConstraint("value", name="uq_fact_names_value"),
    )
