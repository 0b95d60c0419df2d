"""How often each signal was heard is counted by the day, as every other label is."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_JOINED = {"sqlite": "group_concat(s.signal, '|')", "postgresql": "string_agg(s.signal, '|')"}
_HEARD = "feedback AS f JOIN feedback_signals AS s ON s.feedback_id = f.id"
#: The sums of `daily`, in order, over facts.
_SUMS = {
    "n": "count(*)",
    "negative": "sum(CASE WHEN facts.polarity < 0 THEN 1 ELSE 0 END)",
    "positive": "sum(CASE WHEN facts.polarity > 0 THEN 1 ELSE 0 END)",
    "urgent": "sum(CASE WHEN facts.urgency IN ('high', 'critical') THEN 1 ELSE 0 END)",
    "nps_n": "count(facts.nps)",
    "nps_promoters": "sum(CASE WHEN facts.nps >= 9 THEN 1 ELSE 0 END)",
    "nps_detractors": "sum(CASE WHEN facts.nps <= 6 THEN 1 ELSE 0 END)",
    **{f"{name}_n": f"count(facts.{name})" for name in ("csat", "ces", "stars")},
    **{f"{name}_sum": f"coalesce(sum(facts.{name}), 0)" for name in ("csat", "ces", "stars")},
    "untouched": "sum(CASE WHEN facts.corrected = 0 THEN 1 ELSE 0 END)",
    "accepted": "sum(CASE WHEN facts.corrected = 0 AND facts.seen = 1 THEN 1 ELSE 0 END)",
}


def upgrade() -> None:
    """Keep the signals of a comment beside its facts, and count them."""
    op.add_column("facts", sa.Column("signals", sa.Text))
    joined = _JOINED[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE facts SET signals = (SELECT {joined} FROM {_HEARD} WHERE f.seq = facts.seq)"  # noqa: S608
        f" WHERE topic = '' AND seq IN (SELECT f.seq FROM {_HEARD})"
    )
    op.execute(
        f"INSERT INTO daily (kind, value, topic, day, version, {', '.join(_SUMS)})"  # noqa: S608
        f" SELECT 'signals', s.signal, facts.topic, facts.day, facts.version, {', '.join(_SUMS.values())}"
        " FROM facts JOIN feedback AS f ON f.seq = facts.seq JOIN feedback_signals AS s ON s.feedback_id = f.id"
        " WHERE facts.topic = ''"
        " GROUP BY s.signal, facts.topic, facts.day, facts.version"
    )
