"""The tables that the insight pages read: what was said on which day, counted while it is written.

They hold nothing that the comments do not say; `rollups.rebuild` makes them anew.
"""

import sqlalchemy as sa

from service.storage.schema import audit, goes_with, metadata, only_where, tickets
from service.storage.types import Json, Utc

#: The topic under which a comment as a whole is counted.
WHOLE = ""

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True),  # of the Tehran calendar: `date.toordinal`
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),  # of the comment
    sa.Column("hour", sa.Integer, nullable=False),
    sa.Column("polarity", sa.Integer, nullable=False),  # -1, 0, 1
    sa.Column("urgency", sa.Text, nullable=False),
    sa.Column("churn", sa.Integer, nullable=False),  # 1: says that they will leave
    sa.Column("customer", sa.Text),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("product", sa.Text),
    sa.Column("branch", sa.Text),
    sa.Column("tier", sa.Text),  # as it was when the comment was written, as far as its sender told
    sa.Column("csat", sa.Integer),
    sa.Column("nps", sa.Integer),
    sa.Column("ces", sa.Integer),
    sa.Column("stars", sa.Integer),
    sa.Column("version", sa.Text, nullable=False),  # of the model that tagged it
    sa.Column("category", sa.Text),  # of a comment as a whole, as `sentiment`
    sa.Column("sentiment", sa.Text),
    sa.Column("seen", sa.Integer, nullable=False),  # 1: a person looked at its tags or finished its ticket
    sa.Column("corrected", sa.Integer, nullable=False),  # 1: a person changed its tags
    sa.Column("signals", sa.Text),  # of a comment as a whole, with | between them
    sa.Index("ix_facts_seq", "seq"),
    # few say so, and those few are asked for over half a year
    sa.Index("ix_facts_churn", "day", **only_where("churn = 1")),
    sqlite_with_rowid=False,  # stored in the order of the days, as it is read
)

#: Comments whose facts were written or changed since their block was packed.
unpacked = sa.Table(
    "unpacked", metadata, sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False)
)

#: Facts of successive comments as columns of numbers; see `packing`.
packed = sa.Table(
    "packed",
    metadata,
    sa.Column("block", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("stamp", sa.BigInteger, nullable=False),  # another one whenever it is packed
    sa.Column("first_day", sa.Integer, nullable=False),
    sa.Column("last_day", sa.Integer, nullable=False),
    sa.Column("comments", sa.LargeBinary, nullable=False),
    sa.Column("mentions", sa.LargeBinary, nullable=False),
)

#: What the numbers in packed columns stand for: customers, products, topics, versions …
fact_names = sa.Table(
    "fact_names",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("value", sa.Text, nullable=False, unique=True),
)

daily = sa.Table(
    "daily",
    metadata,
    # all, channel, product, branch, tier; category, sentiment, urgency
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),  # before the day: sums over days need no sorting
    sa.Column("day", sa.Integer, primary_key=True),
    sa.Column("version", sa.Text, primary_key=True),
    # `untouched`: its tags are the model's; `accepted`: and a person saw them
    *(
        sa.Column(name, sa.Integer, nullable=False)
        for name in (
            *("n", "negative", "positive", "urgent", "csat_n", "csat_sum"),
            *("nps_n", "nps_promoters", "nps_detractors"),
            *("ces_n", "ces_sum", "stars_n", "stars_sum", "untouched", "accepted"),
        )
    ),
    sqlite_with_rowid=False,
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    # anomaly, change_point, emerging_topic, emerging_term, wave, drift, urgent_budget
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # a topic or a term
    # "open", and its own id once it is over: one is open at most
    sa.Column("episode", sa.Text, nullable=False),
    sa.Column("since", sa.Integer, nullable=False),
    sa.Column("sure", sa.Float),  # None of what is counted and not tested
    sa.Column("message_fa", sa.Text, nullable=False),
    sa.Column("figures", Json, nullable=False),
    sa.Column("samples", Json, nullable=False),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    sa.Column("closed_at", Utc),
    sa.Index("ix_alerts_opened_at", "opened_at"),
    sa.UniqueConstraint("kind", "subject", "episode"),
)

digests = sa.Table(
    "digests",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("week", sa.Integer, nullable=False),  # its Saturday
    sa.Column("body", Json, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.UniqueConstraint("department", "week"),
)

digest_links = sa.Table(
    "digest_links",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("digest_id", sa.Text, goes_with("digests"), nullable=False, index=True),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
)

# the desk's own performance is asked for by time, which its inbox never is
sa.Index("ix_tickets_opened_at", tickets.c.opened_at, tickets.c.status)
sa.Index("ix_tickets_resolved_at", tickets.c.resolved_at, tickets.c.status)
# what came back is a small part of a long trail
sa.Index("ix_audit_reopened", audit.c.object_id, **only_where("action = 'ticket.reopen'"))
# what is open is counted on every look at the inbox, and is little of what there is
sa.Index(
    "ix_tickets_status",
    *(tickets.c[name] for name in ("status", "queue", "priority_rank", "due_at", "assignee", "version")),
)
