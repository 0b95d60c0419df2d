"""Which tickets an id or a name means: their own, or that of a comment or of a customer."""

import sqlalchemy as sa

from service.auth import Caller
from service.search import spellings
from service.storage import insights
from service.storage.schema import customers, feedback, tickets
from service.storage.words import meant

#: Of whoever has more, those that came last.
_MOST = 40


def named(conn: sa.Connection, asked: str, caller: Caller) -> list[str]:
    """Return the tickets of the id or name that is looked for; who sees masked texts must not find out whose they are."""
    if not asked.strip() or not caller.sees_originals:
        return []
    return tickets_of(conn, asked.strip(), _MOST)


def tickets_of(conn: sa.Connection, asked: str, limit: int) -> list[str]:
    """Return the newest tickets that are named by exactly this: by an id, ours or the sender's, or a customer's whole name.

    A name that others have, too, and more, is no such name: all of them are found by its words.
    """
    ids = spellings(asked)
    said = sa.select(feedback.c.ticket_id)
    theirs = sa.select(customers.c.id).where(customers.c.external_id.in_(ids)).union(meant(asked))
    named = sa.union(
        sa.select(tickets.c.id).where(tickets.c.id.in_(ids)),
        sa.select(tickets.c.id).where(tickets.c.customer_id.in_(theirs)),
        said.where(feedback.c.id.in_(ids)),
        # the ids of a channel are indexed behind its name
        said.where(feedback.c.channel.in_(insights.values(conn, "channel")), feedback.c.external_id.in_(ids)),
    )
    newest = sa.select(tickets.c.id).where(tickets.c.id.in_(named)).order_by(tickets.c.opened_at.desc())
    return list(conn.scalars(newest.limit(limit)))
