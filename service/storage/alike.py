"""Comments that say something like another one, by the words they share."""

from typing import Any

import sqlalchemy as sa

from service.storage import feedback as stored
from service.storage.schema import feedback

#: Long words are rare words; a handful of them finds what is alike, and short ones only cost time.
_WORDS, _LETTERS = 6, 4
#: Only the newest comments are looked through, so that the answer takes as long on a full desk as on a young one.
_NEWEST = 20_000


def similar(conn: sa.Connection, feedback_id: str, limit: int) -> list[dict[str, Any]]:
    """Return up to `limit` other comments that share the most telling words with this one, the nearest first."""
    asked = sa.select(feedback.c.seq, feedback.c.search_text).where(feedback.c.id == feedback_id)
    mine = conn.execute(asked).one_or_none()
    words = [] if mine is None else _telling(mine.search_text)
    if mine is None or not words:
        return []
    newest = conn.scalar(sa.select(sa.func.max(feedback.c.seq))) or 0
    ranked = _ranked(conn, words, newest - _NEWEST).where(sa.column("seq") != mine.seq).limit(limit)
    near = list(conn.execute(ranked).scalars())
    named = sa.select(feedback.c.seq, feedback.c.id).where(feedback.c.seq.in_(near))
    ids = {row.seq: row.id for row in conn.execute(named)}
    found = (stored.get(conn, ids[seq]) for seq in near if seq in ids)
    return [one for one in found if one is not None and one["erased_at"] is None]


def _telling(text: str) -> list[str]:
    words = {word for word in text.split() if len(word) >= _LETTERS}
    return sorted(words, key=lambda word: (-len(word), word))[:_WORDS]


def _ranked(conn: sa.Connection, words: list[str], after: int) -> sa.Select[tuple[int]]:
    if conn.dialect.name == "postgresql":
        vector = sa.func.words_of(feedback.c.search_text)
        query = sa.func.to_tsquery(sa.literal_column("'simple'"), " | ".join(f"'{word}'" for word in words))
        ranked = sa.select(feedback.c.seq.label("seq"), sa.func.ts_rank(vector, query).label("score"))
        found = ranked.where(vector.bool_op("@@")(query), feedback.c.seq > after).subquery()
        return sa.select(found.c.seq).order_by(found.c.score.desc(), found.c.seq.desc())
    asked = sa.text(
        "SELECT rowid AS seq, rank AS score FROM feedback_search WHERE feedback_search MATCH :words AND rowid > :after"
    ).bindparams(words=" OR ".join(f'"{word}"' for word in words), after=after)
    matched = asked.columns(sa.column("seq", sa.Integer), sa.column("score", sa.Float)).subquery("matched")
    return sa.select(matched.c.seq).order_by(matched.c.score, matched.c.seq.desc())
