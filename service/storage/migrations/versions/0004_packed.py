"""Facts packed in blocks, from which is counted what daily sums do not answer; and no more drawing of customers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and mark all that is counted to be packed by the worker."""
    _packed()
    op.drop_index("ix_facts_drawn", "facts")
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("ix_facts_seq_whole", "facts")
        op.create_index("ix_facts_seq", "facts", ["seq"])
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
