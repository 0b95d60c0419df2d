"""What a person should look at next, and what people made of the tags they looked at."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.storage.feedback import shown
from service.storage.schema import feedback, tickets

_UNSEEN = sa.and_(feedback.c.reviewed_at.is_(None), feedback.c.erased_at.is_(None))
_READABLE = feedback.c.confidence.is_not(None)
#: A person who finished the ticket has seen its tags.
_FINISHED = feedback.c.ticket_id.in_(sa.select(tickets.c.id).where(tickets.c.status == "resolved"))


def uncertain(conn: sa.Connection, limit: int) -> list[dict[str, Any]]:
    """Return comments nobody looked at: those marked for review first, then the least certain."""
    query = shown().where(_UNSEEN, _READABLE)
    ordered = query.order_by(feedback.c.needs_review.desc(), feedback.c.confidence, feedback.c.seq.desc())
    return [dict(row) for row in conn.execute(ordered.limit(limit)).mappings()]


def sample(conn: sa.Connection, limit: int, start: str) -> list[dict[str, Any]]:
    """Return comments nobody looked at, by chance: those whose text's hash follows `start`.

    Hashes know nothing of what a text says, so this is a fair draw, and the same one all day for one `start`.
    """
    query = shown().where(_UNSEEN, _READABLE, feedback.c.text_hash >= start)
    rows = conn.execute(query.order_by(feedback.c.text_hash, feedback.c.seq).limit(limit)).mappings()
    return [dict(row) for row in rows]


def reviewed(conn: sa.Connection, id_: str, who: str, now: datetime) -> None:
    """Note that a person looked at the tags of a comment."""
    seen = {"reviewed_at": now, "reviewed_by": who, "needs_review": False}
    conn.execute(sa.update(feedback).where(feedback.c.id == id_).values(seen))


def judged(conn: sa.Connection, since: datetime) -> Iterator[dict[str, Any]]:
    """Yield the tags of every comment since a moment: the model's, the present ones, and whether a person saw them."""
    seen = sa.or_(feedback.c.reviewed_at.is_not(None), _FINISHED)
    query = sa.select(feedback.c.tags, feedback.c.model_tags, seen.label("seen"))
    recent = sa.and_(feedback.c.received_at >= since, feedback.c.erased_at.is_(None))
    for row in conn.execution_options(yield_per=1_000).execute(query.where(recent)).mappings():
        yield dict(row)
