"""What a person should look at next, and what people made of the tags they looked at."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.jalali import TEHRAN
from service.storage.feedback import shown
from service.storage.insight_tables import WHOLE, facts
from service.storage.schema import feedback, tickets

_UNSEEN = sa.and_(feedback.c.reviewed_at.is_(None), feedback.c.erased_at.is_(None))
_READABLE = feedback.c.confidence.is_not(None)
#: A person who looked at the tags, or finished the ticket, has seen them.
_SEEN = sa.or_(
    feedback.c.reviewed_at.is_not(None),
    sa.exists().where(tickets.c.id == feedback.c.ticket_id, tickets.c.status == "resolved"),
)


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


def labelled(conn: sa.Connection, since: datetime) -> list[tuple[str, str | None, bool, int]]:
    """Return how many comments since a moment got each label and still have it: field, label, whether a person saw it.

    Rows of one field add up to all such comments, with a label of None where the model abstained; not so `topics`, of
    which a comment has any number.
    """
    kinds = (feedback.c.category, feedback.c.sentiment, feedback.c.urgency)
    untouched = (*_recent(since), feedback.c.model_tags.is_(None))
    seen = _SEEN.label("seen")
    counted = sa.select(*kinds, seen, sa.func.count().label("n")).where(*untouched).group_by(*kinds, seen)
    found: dict[tuple[str, str | None, bool], int] = {}
    for row in conn.execute(counted).mappings():
        for kind in kinds:
            key = (kind.name, row[kind.name], bool(row["seen"]))
            found[key] = found.get(key, 0) + row["n"]
    # topics as they are counted: by number and by day, so that those of all other days are not looked at
    first = since.astimezone(TEHRAN).toordinal()
    own = sa.and_(facts.c.seq == feedback.c.seq, facts.c.day >= first, facts.c.topic != WHOLE)
    # an outer join, so that the comments come first
    spoken = sa.select(facts.c.topic, seen, sa.func.count()).select_from(feedback.outerjoin(facts, own))
    topics = conn.execute(spoken.where(*untouched).group_by(facts.c.topic, seen))
    return [
        *((*key, n) for key, n in found.items()),
        *(("topics", topic, bool(was_seen), n) for topic, was_seen, n in topics if topic is not None),
    ]


def corrected(conn: sa.Connection, since: datetime) -> list[dict[str, Any]]:
    """Return the tags of the comments since a moment whose tags a person changed: the model's, the present ones, `seen`."""
    query = sa.select(feedback.c.tags, feedback.c.model_tags, _SEEN.label("seen"))
    rows = conn.execute(query.where(*_recent(since), feedback.c.model_tags.is_not(None))).mappings()
    return [dict(row) for row in rows]


def _recent(since: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return feedback.c.created_at >= since, feedback.c.erased_at.is_(None)
