"""Comments that say something like another one, by the words they share."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from service.storage import feedback as stored
from service.storage.schema import feedback
from service.storage.words import having_words

#: Long words are rare words; a handful of them finds what is alike, and short ones only cost time.
_WORDS, _LETTERS = 6, 4
#: One word in common is chance.
_LEAST_SHARED = 2
#: Only the newest comments are looked through, so that the answer takes as long on a full desk as on a young one.
_NEWEST = 20_000


def similar(
    conn: sa.Connection, feedback_id: str, limit: int, *, outside: str | None = None
) -> list[dict[str, Any]]:
    """Return up to `limit` other comments with at least half of the telling words of this one, the nearest first.

    Those of the ticket `outside`, if any, are left out: whoever looks at it has them before them.
    """
    asked = sa.select(feedback.c.seq, feedback.c.search_text).where(feedback.c.id == feedback_id)
    mine = conn.execute(asked).one_or_none()
    words = [] if mine is None else _telling(mine.search_text)
    if mine is None or len(words) < _LEAST_SHARED:
        return []
    near = _sharing(conn, words, mine.seq)
    if outside is not None:
        near = near.where(feedback.c.ticket_id.is_distinct_from(outside))
    found = (stored.get(conn, id_) for id_ in conn.scalars(near.limit(limit)).all())
    return [one for one in found if one is not None]


def _telling(text: str) -> list[str]:
    """Return the longest words; a part of another one is no second word, as in «بستهبندی بسته بندی»."""
    found: list[str] = []
    words = {word for word in text.split() if len(word) >= _LETTERS}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        if not any(word in longer for longer in found):
            found.append(word)
    return found[:_WORDS]


def _sharing(conn: sa.Connection, words: Sequence[str], besides: int) -> sa.Select[str]:
    """Select the comments that hold enough of these words, those with most of them first."""
    newest = conn.scalar(sa.select(sa.func.max(feedback.c.seq))) or 0
    # each word is looked up by itself and the finds are counted: no database counts the words of a query that match
    each = (having_words(conn, (word,), newest - _NEWEST) for word in words)
    found = sa.union_all(*each).subquery()
    seq, shared = found.c[0], sa.func.count()
    enough = max(_LEAST_SHARED, (len(words) + 1) // 2)
    counted = sa.select(seq.label("seq"), shared.label("shared")).where(seq != besides).group_by(seq)
    near = counted.having(shared >= enough).subquery()
    return (
        sa.select(feedback.c.id)
        .join(near, near.c.seq == feedback.c.seq)
        .order_by(near.c.shared.desc(), near.c.seq.desc())
    )
