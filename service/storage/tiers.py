"""Which comments were written by customers of a tier: of the tier they had then, by which they are counted."""

import sqlalchemy as sa

from service.storage.insight_tables import WHOLE, daily, facts
from service.storage.schema import feedback

#: Fewer comments than this are found by the days they were written on; of more the newest are soon met one by one.
_FEW = 5_000


def had_tier(conn: sa.Connection, tier: str) -> sa.ColumnElement[bool]:
    """Tell which comments were counted under a tier; today their customers may have another one."""
    mine = (facts.c.topic == WHOLE, facts.c.tier == tier)
    counted = (daily.c.kind == "tier", daily.c.value == tier, daily.c.topic == WHOLE)
    n = conn.scalar(sa.select(sa.func.sum(daily.c.n)).where(*counted))
    if (n or 0) >= _FEW:
        return sa.exists().where(facts.c.seq == feedback.c.seq, *mine).correlate(feedback)
    days = sa.select(daily.c.day).where(*counted).distinct()
    return feedback.c.seq.in_(sa.select(facts.c.seq).where(facts.c.day.in_(days), *mine))
