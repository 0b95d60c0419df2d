"""Comments and their tags, kept so that they can be found, counted and forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from service import jsontext
from service.errors import NotFound
from service.feedback import Incoming
from service.storage import many, rollups
from service.storage.customers import SHOWN
from service.storage.dialect import advisory_lock, one_of
from service.storage.fetching import any_found, fetch_all, fetch_one, for_change
from service.storage.schema import customers, feedback, feedback_signals, feedback_topics, tickets
from service.storage.tiers import had_tier
from service.storage.words import called, having_words

_MISSING = ("feedback_not_found", "نظری با این شناسه نیست.")
#: Columns of a comment that are known only when it is stored.
PLACED = ("id", "created_at", "received_at", "received_by", "customer_id", "ticket_id")
_LATER = ("seq", "reviewed_at", "reviewed_by", "erased_at")
#: Columns of a comment that can be worked out anywhere.
DRAFTED = tuple(column.name for column in feedback.c if column.name not in (*PLACED, *_LATER))
_JSON = ("tags", "model_tags", "metadata")
_TOPIC = ("feedback_id", "topic", "sentiment", "confidence")
_SIGNAL = ("feedback_id", "signal", "confidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A comment ready to be stored: understood and masked."""

    incoming: Incoming
    body_hash: str
    text_hash: str
    original: str | None
    masked: str
    search_text: str
    tags: Mapping[str, Any]
    model_tags: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a listing is narrowed to; None means everything."""

    channel: str | None = None
    category: str | None = None
    sentiment: str | None = None
    topic: str | None = None
    signal: str | None = None
    urgency: str | None = None
    queue: str | None = None
    customer: str | None = None
    product: str | None = None
    branch: str | None = None
    tier: str | None = None
    external_id: str | None = None
    needs_review: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    terms: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None  # terms that may as well be those of the writer's name


class Rows(NamedTuple):
    """What is stored of one comment: values of `DRAFTED`, topics and signals, and the tier its customer had when they wrote."""

    feedback: many.Values
    topics: tuple[tuple[str, str, float], ...]
    signals: tuple[tuple[str, float], ...]
    tier: str | None


def drafted(entry: Entry) -> Rows:
    """Return the rows of a comment without what is only known when it is stored; any process can do it."""
    values = _columns(entry)
    for name in _JSON:
        values[name] = None if values[name] is None else jsontext.dumps(values[name])
    return Rows(
        feedback=tuple([values[name] for name in DRAFTED]),
        topics=_topics(entry.tags),
        signals=_signals(entry.tags),
        tier=None if (who := entry.incoming.customer) is None else who.tier,
    )


def take_turn(conn: sa.Connection) -> None:
    """Wait for whoever else stores comments, or changes what stands for those that say the same, until they have committed.

    Two who store the same comments in another order would lock each other out; the second to come finds them known.
    And of two who store a text and say what is right in it, neither would see what the other one does.
    """
    advisory_lock(conn, "landing")


def insert(conn: sa.Connection, comments: Sequence[tuple[many.Values, Rows]]) -> bool:
    """Store comments at once, each with the values of `PLACED`, whose first is the id.

    False when a channel already had one of them, and what was written must be given up.
    """
    if not comments:
        return True
    rows = [placed + draft.feedback for placed, draft in comments]
    if many.insert(conn, feedback, PLACED + DRAFTED, rows) < len(comments):
        return False
    topics = [(placed[0], *topic) for placed, draft in comments for topic in draft.topics]
    signals = [(placed[0], *signal) for placed, draft in comments for signal in draft.signals]
    many.insert(conn, feedback_topics, _TOPIC, topics)
    many.insert(conn, feedback_signals, _SIGNAL, signals)
    told = {placed[0]: draft.tier for placed, draft in comments if draft.tier is not None}
    rollups.refresh(conn, [placed[0] for placed, _ in comments], told)
    return True


def known(conn: sa.Connection, channel: str, external_ids: Sequence[str]) -> dict[str, str | None]:
    """Return which of these ids the channel has already, with the hash of what was sent; None when it was erased."""
    rows = conn.execute(_KNOWN, {"channel": channel, "ids": external_ids})
    return {row.external_id: None if row.erased_at else row.body_hash for row in rows}


_KNOWN = sa.select(feedback.c.external_id, feedback.c.body_hash, feedback.c.erased_at).where(
    feedback.c.channel == sa.bindparam("channel"),
    feedback.c.external_id.in_(sa.bindparam("ids", expanding=True)),
)


def shown_texts(conn: sa.Connection, ids: Sequence[str]) -> dict[str, str | None]:
    """Return the masked texts of the comments among these ids; None of one that was erased."""
    facts = sa.select(feedback.c.id, feedback.c.masked, feedback.c.erased_at)
    rows = conn.execute(facts.where(one_of(conn, feedback.c.id, ids)))
    return {row.id: None if row.erased_at else row.masked for row in rows}


def existing(conn: sa.Connection, id_: str) -> dict[str, Any]:
    """Return a comment as `get` does; `NotFound` when there is none."""
    row = get(conn, id_)
    if row is None:
        raise NotFound(*_MISSING)
    return row


def held(conn: sa.Connection, id_: str) -> dict[str, Any]:
    """Return a comment as `locked` does; `NotFound` when there is none, or when it was erased."""
    row = locked(conn, id_)
    if row is None or row["erased_at"] is not None:
        raise NotFound(*_MISSING)
    return row


def locked(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a comment that nobody else changes until this transaction ends."""
    return fetch_one(conn, for_change(sa.select(feedback).where(feedback.c.id == id_)))


def retag(
    conn: sa.Connection,
    id_: str,
    tags: Mapping[str, Any],
    model_tags: Mapping[str, Any] | None,
    *,
    doubted: Mapping[str, Any],
) -> None:
    """Replace the tags of a comment, as after a correction; how soon it is reviewed follows the doubts of `doubted`."""
    changed = _tag_columns(tags) | _doubts(doubted) | {"model_tags": model_tags}
    conn.execute(sa.update(feedback).where(feedback.c.id == id_).values(changed))
    said = ((feedback_topics, _TOPIC, _topics(tags)), (feedback_signals, _SIGNAL, _signals(tags)))
    for table, columns, found in said:
        conn.execute(sa.delete(table).where(table.c.feedback_id == id_))
        many.insert(conn, table, columns, [(id_, *one) for one in found])
    rollups.refresh(conn, [id_])


def unseen_alike(
    conn: sa.Connection, text_hash: str, since: datetime, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Return the id and `seq` of comments with this text that came since a moment and nobody looked at, the newest first."""
    unseen = (feedback.c.reviewed_at.is_(None), feedback.c.erased_at.is_(None))
    query = sa.select(feedback.c.id, feedback.c.seq).where(feedback.c.text_hash == text_hash, *unseen)
    query = query.where(feedback.c.received_at >= since)
    if before is not None:
        query = query.where(feedback.c.seq < before)
    return fetch_all(conn, query.order_by(feedback.c.seq.desc()).limit(limit))


def with_originals(conn: sa.Connection, before: datetime, limit: int) -> list[dict[str, Any]]:
    """Return comments received before a moment whose originals are still kept, locked."""
    facts = (feedback.c.id, feedback.c.original, feedback.c.tags, feedback.c.model_tags)
    old = sa.select(*facts).where(feedback.c.original.is_not(None), feedback.c.received_at < before)
    ordered = old.order_by(feedback.c.received_at, feedback.c.seq)
    return fetch_all(conn, for_change(ordered.limit(limit), skip_locked=True))


def forget_original(
    conn: sa.Connection, id_: str, tags: Mapping[str, Any], model_tags: Mapping[str, Any] | None
) -> None:
    """Keep only the masked text of a comment, with tags that point into it."""
    kept = {"original": None, "tags": tags, "model_tags": model_tags}
    conn.execute(sa.update(feedback).where(feedback.c.id == id_).values(kept))


def get(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a comment with its customer and the id of its ticket."""
    return fetch_one(conn, shown().where(feedback.c.id == id_))


def by_external_ids(conn: sa.Connection, channel: str, external_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the comments a channel knows under its own ids."""
    mine = sa.and_(feedback.c.channel == channel, one_of(conn, feedback.c.external_id, external_ids))
    return fetch_all(conn, shown().where(mine))


def listing(
    conn: sa.Connection, filters: Filters, *, limit: int, before: int | None = None
) -> list[dict[str, Any]]:
    """Return the newest comments first; `before` is the `seq` of the last one that was seen."""
    query = shown().where(*conditions(conn, filters), feedback.c.erased_at.is_(None))
    if before is not None:
        query = query.where(feedback.c.seq < before)
    return fetch_all(conn, query.order_by(feedback.c.seq.desc()).limit(limit))


def any_stored(conn: sa.Connection) -> bool:
    """Tell whether a single comment is here."""
    return any_found(conn, sa.select(feedback.c.seq))


def of_ticket(conn: sa.Connection, ticket_id: str) -> list[dict[str, Any]]:
    """Return the comments that opened or joined a ticket, oldest first."""
    return fetch_all(conn, shown().where(feedback.c.ticket_id == ticket_id).order_by(feedback.c.seq))


def lock_of_ticket(conn: sa.Connection, ticket_id: str) -> None:
    """Lock the comments of a ticket, as `locked` does one: nobody corrects or erases them until this transaction ends."""
    mine = sa.select(feedback.c.id).where(feedback.c.ticket_id == ticket_id).order_by(feedback.c.id)
    conn.execute(for_change(mine))


def move(conn: sa.Connection, ticket_id: str, into: str) -> int:
    """Let the comments of one ticket belong to another one; return how many."""
    mine = sa.update(feedback).where(feedback.c.ticket_id == ticket_id)
    moved = conn.execute(mine.values(ticket_id=into)).rowcount
    rollups.refresh_ticket(conn, into)
    return moved


def give(conn: sa.Connection, id_: str, ticket_id: str) -> None:
    """Let a comment that had no ticket belong to one."""
    conn.execute(sa.update(feedback).where(feedback.c.id == id_).values(ticket_id=ticket_id))
    rollups.refresh_ticket(conn, ticket_id)


def shown() -> sa.Select[Any]:
    """Select comments with their customer and the ticket they belong to."""
    return (
        sa.select(
            feedback, *SHOWN, tickets.c.queue.label("ticket_queue"), tickets.c.status.label("ticket_status")
        )
        .select_from(feedback)
        .outerjoin(customers, customers.c.id == feedback.c.customer_id)
        .outerjoin(tickets, tickets.c.id == feedback.c.ticket_id)
    )


def conditions(conn: sa.Connection, filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Return what a row of comments, customers and tickets must meet."""
    equal = {
        feedback.c.channel: filters.channel,
        feedback.c.category: filters.category,
        feedback.c.sentiment: filters.sentiment,
        feedback.c.urgency: filters.urgency,
        feedback.c.needs_review: filters.needs_review,
        feedback.c.external_id: filters.external_id,
        feedback.c.product: filters.product,
        feedback.c.branch: filters.branch,
        customers.c.external_id: filters.customer,
        tickets.c.queue: filters.queue,
    }
    found = [column == value for column, value in equal.items() if value is not None]
    if filters.since is not None:
        found.append(feedback.c.created_at >= filters.since)
    if filters.until is not None:
        found.append(feedback.c.created_at < filters.until)
    if filters.topic is not None:
        found.append(_has(feedback_topics, feedback_topics.c.topic == filters.topic))
    if filters.signal is not None:
        found.append(_has(feedback_signals, feedback_signals.c.signal == filters.signal))
    if filters.tier is not None:
        found.append(had_tier(conn, filters.tier))
    if filters.terms is not None:
        said = feedback.c.seq.in_(having_words(conn, filters.terms))
        found.append(said | called(feedback.c.customer_id, filters.names or ()))
    return found


def _has(table: sa.Table, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return feedback.c.id.in_(sa.select(table.c.feedback_id).where(condition))


def _columns(entry: Entry) -> dict[str, Any]:
    incoming = entry.incoming
    return {
        "external_id": incoming.external_id,
        "channel": incoming.channel,
        "body_hash": entry.body_hash,
        "original": entry.original,
        "masked": entry.masked,
        "search_text": entry.search_text,
        "text_hash": entry.text_hash,
        **_tag_columns(entry.tags),
        "model_tags": entry.model_tags,
        "csat": incoming.scores.csat,
        "nps": incoming.scores.nps,
        "ces": incoming.scores.ces,
        "stars": incoming.scores.stars,
        "question": incoming.question,
        "product": incoming.product,
        "branch": incoming.branch,
        "touchpoint": incoming.touchpoint,
        "metadata": dict(incoming.metadata),
    }


def _tag_columns(tags: Mapping[str, Any]) -> dict[str, Any]:
    category, sentiment = tags["category"], tags["sentiment"]
    return {
        "tags": tags,
        "language": tags["language"]["code"],
        "category": category and category["label"],
        "sentiment": sentiment and sentiment["label"],
        "sentiment_score": sentiment and sentiment["score"],
        "urgency": tags["urgency"]["level"],
        "urgency_score": tags["urgency"]["score"],
        "model_version": tags["model"]["version"],
        **_doubts(tags),
    }


def _doubts(tags: Mapping[str, Any]) -> dict[str, Any]:
    told = [tags[field]["confidence"] for field in ("category", "sentiment") if tags[field]]
    return {"needs_review": tags["needs_review"], "confidence": min(told, default=None)}


def _signals(tags: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    return tuple((signal["name"], signal["confidence"]) for signal in tags["signals"])


def _topics(tags: Mapping[str, Any]) -> tuple[tuple[str, str, float], ...]:
    return tuple((tag["id"], tag["sentiment"], tag["confidence"]) for tag in tags["topics"])
