"""Which tickets an id names: their own, or one of a comment or of a customer."""

import sqlalchemy as sa

from service.storage.insight_tables import daily
from service.storage.schema import customers, feedback, tickets


def tickets_of(conn: sa.Connection, id_: str, limit: int) -> list[str]:
    """Return the newest tickets that are named by exactly this id, ours or the sender's."""
    said = sa.select(feedback.c.ticket_id)
    channels = sa.select(daily.c.value).where(daily.c.kind == "channel")
    theirs = sa.select(customers.c.id).where(customers.c.external_id == id_)
    named = sa.union(
        sa.select(tickets.c.id).where(tickets.c.id == id_),
        sa.select(tickets.c.id).where(tickets.c.customer_id.in_(theirs)),
        said.where(feedback.c.id == id_),
        # the ids of a channel are indexed behind its name
        said.where(feedback.c.channel.in_(channels), feedback.c.external_id == id_),
    )
    newest = sa.select(tickets.c.id).where(tickets.c.id.in_(named)).order_by(tickets.c.opened_at.desc())
    return list(conn.scalars(newest.limit(limit)))
