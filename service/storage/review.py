"""What a person should look at next, and what people made of the tags they looked at."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from service.insight.quality import Untouched
from service.jalali import day_of
from service.period import midnight
from service.storage import corrections, rollups
from service.storage.feedback import shown
from service.storage.fetching import fetch_all
from service.storage.insight_tables import WHOLE, daily
from service.storage.rollups import ALL, LABELS, SEEN, SIGNALS
from service.storage.schema import feedback

_UNSEEN = sa.and_(feedback.c.reviewed_at.is_(None), feedback.c.erased_at.is_(None))
_READABLE = feedback.c.confidence.is_not(None)


def uncertain(conn: sa.Connection, limit: int) -> list[dict[str, Any]]:
    """Return comments nobody looked at: those marked for review first, then the least certain."""
    query = shown().where(_UNSEEN, _READABLE)
    ordered = query.order_by(feedback.c.needs_review.desc(), feedback.c.confidence, feedback.c.seq.desc())
    return fetch_all(conn, ordered.limit(limit))


def to_look_at(
    conn: sa.Connection, limit: int, by_chance: int, now: datetime
) -> list[tuple[dict[str, Any], str]]:
    """Return comments and why to look at them: the least certain, and some by chance, to see what certainty hides.

    The draw is another one every day, by Tehran's midnight.
    """
    today = day_of(now)
    drawn = sample(conn, by_chance, hashlib.sha256(today.isoformat().encode()).hexdigest())
    seen = {row["id"] for row in drawn}
    unsure = [row for row in uncertain(conn, limit) if row["id"] not in seen][: limit - len(drawn)]
    return [*((row, "uncertain") for row in unsure), *((row, "random") for row in drawn)]


def sample(conn: sa.Connection, limit: int, start: str) -> list[dict[str, Any]]:
    """Return comments nobody looked at, by chance: those whose text's hash follows `start`, and the first behind the last.

    Hashes know nothing of what a text says, so this is a fair draw, and always the same one for one `start`.
    """
    unseen = shown().where(_UNSEEN, _READABLE).order_by(feedback.c.text_hash, feedback.c.seq)
    found: list[dict[str, Any]] = []
    for part in (feedback.c.text_hash >= start, feedback.c.text_hash < start):
        found += fetch_all(conn, unseen.where(part).limit(limit - len(found)))
    return found


def reviewed(conn: sa.Connection, id_: str, who: str, now: datetime) -> None:
    """Note that a person looked at the tags of a comment."""
    seen = {"reviewed_at": now, "reviewed_by": who, "needs_review": False}
    conn.execute(sa.update(feedback).where(feedback.c.id == id_).values(seen))
    rollups.refresh(conn, [id_])


def unseen(conn: sa.Connection, row: Mapping[str, Any]) -> None:
    """Let a comment wait for a person again, as the model asked for it."""
    doubted = (row["model_tags"] or row["tags"])["needs_review"]
    waiting = {"reviewed_at": None, "reviewed_by": None, "needs_review": doubted}
    conn.execute(sa.update(feedback).where(feedback.c.id == row["id"]).values(waiting))
    rollups.refresh(conn, [row["id"]])


def labelled(conn: sa.Connection, since: date) -> list[Untouched]:
    """Return how often the comments since a day got each label and kept it."""
    of_field = sa.or_(
        daily.c.kind.in_((*LABELS, SIGNALS)), sa.and_(daily.c.kind == ALL, daily.c.topic != WHOLE)
    )
    sums = sa.func.sum(daily.c.untouched), sa.func.sum(daily.c.accepted)
    query = sa.select(daily.c.kind, daily.c.value, daily.c.topic, *sums)
    query = query.where(of_field, daily.c.day >= since.toordinal())
    rows = conn.execute(query.group_by(daily.c.kind, daily.c.value, daily.c.topic).having(sums[0] > 0))
    return [
        Untouched("topics" if kind == ALL else kind, topic if kind == ALL else value, int(n), int(seen))
        for kind, value, topic, n, seen in rows
    ]


def tagged(conn: sa.Connection, since: date) -> int:
    """Return how many comments came since a day."""
    mine = (daily.c.kind == ALL, daily.c.topic == WHOLE, daily.c.day >= since.toordinal())
    return int(conn.scalar(sa.select(sa.func.coalesce(sa.func.sum(daily.c.n), 0)).where(*mine)) or 0)


def corrected(conn: sa.Connection, since: date) -> Iterator[dict[str, Any]]:
    """Yield the tags of the comments since a day that corrections changed: the model's, the present ones, `seen`.

    `fields` are those that a person corrected on that very comment; the others follow corrections of a like text. Each
    is read when it is asked for: to hold the tags of thousands at once takes longer than to read them.
    """
    recent = (
        feedback.c.created_at >= midnight(since),
        feedback.c.erased_at.is_(None),
        feedback.c.model_tags.is_not(None),
    )
    query = sa.select(feedback.c.id, feedback.c.tags, feedback.c.model_tags, SEEN).where(*recent)
    fields = corrections.fields_by_person(conn, sa.select(feedback.c.id).where(*recent))
    for id_, tags, model_tags, seen in conn.execute(query):
        yield {"tags": tags, "model_tags": model_tags, "seen": seen, "fields": fields.get(id_, set())}
