"""Counting while writing: the facts of each comment and the daily sums over them, changed in the same transaction.

`refresh` may be called for any comment at any time: it takes back what was counted for it before and counts what is
stored now. So corrections count, superseded tags do not, and an erased comment is in no number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from service.feedback import DETRACTOR, PROMOTER
from service.jalali import TEHRAN
from service.storage import packing
from service.storage.dialect import advisory_lock, insert_adding, unhurried
from service.storage.insight_tables import WHOLE, daily, facts
from service.storage.schema import customers, feedback, feedback_signals, feedback_topics, tickets

#: What a comment can be told apart by, and the kind under which everything is counted.
SEGMENTS = ("channel", "product", "branch", "tier")
ALL = "all"
#: Labels that a comment as a whole has; how often each was given is counted beside the segments.
LABELS = ("category", "sentiment", "urgency")
#: The kind under which each signal is counted, of which a comment has none or several.
SIGNALS = "signals"
SUMS = tuple(column.name for column in daily.c if not column.primary_key)
_CHUNK = 500
_POLARITY = {"very_negative": -1, "negative": -1, "positive": 1, "very_positive": 1}
URGENT = ("high", "critical")
Row = Mapping[str, Any]
Key = tuple[str, str, str, int, str]
_KEY = tuple(column.name for column in daily.primary_key)
#: A person who looked at the tags, or finished the ticket, has seen them.
SEEN = sa.or_(
    feedback.c.reviewed_at.is_not(None),
    sa.exists().where(
        tickets.c.id == feedback.c.ticket_id,
        tickets.c.status == "resolved",
        tickets.c.resolved_at >= feedback.c.received_at,  # thanks that came afterwards were seen by nobody
    ),
)


def refresh(conn: sa.Connection, ids: Sequence[str], tiers: Mapping[str, str] | None = None) -> None:
    """Bring what is counted of these comments up to what is stored of them.

    `tiers` has what their customers were when they wrote new ones, where that was told: they may be something else by now.
    """
    # two writers that add to the same days in another order would lock each other out
    advisory_lock(conn, "daily")
    before, comments = _taken_back(conn, ids, tiers or {})
    _write(conn, before, _facts(conn, comments))
    packing.mark(conn, [row["seq"] for row in (*before, *comments)])


def _taken_back(
    conn: sa.Connection, ids: Sequence[str], tiers: Mapping[str, str]
) -> tuple[list[Row], list[Row]]:
    """Take back what is counted of these comments; return it, and what is stored of them now."""
    before: list[Row] = [dict(row) for row in conn.execute(_COUNTED, {"ids": ids}).mappings()]
    had = {row["seq"]: row["tier"] for row in before}  # stay what they were when the comment came
    stored = conn.execute(_STORED, {"ids": ids}).mappings()
    comments: list[Row] = [
        {**row, "tier": tiers.get(row["id"], had.get(row["seq"], row["tier"]))} for row in stored
    ]
    if before:
        conn.execute(_TAKEN_BACK, {"ids": ids})
    return before, comments


def refresh_ticket(conn: sa.Connection, ticket_id: str) -> None:
    """Bring what is counted of the comments of a ticket up to what is stored of them."""
    ids = conn.execute(sa.select(feedback.c.id).where(feedback.c.ticket_id == ticket_id)).scalars().all()
    if ids:
        refresh(conn, ids)


def rebuild(conn: sa.Connection) -> int:
    """Count everything anew and return how many comments are counted."""
    unhurried(conn)
    advisory_lock(conn, "daily")
    # not «in»: of more numbers than its memory holds PostgreSQL would look all of them through for every fact
    conn.execute(sa.delete(facts).where(~sa.exists().where(feedback.c.seq == facts.c.seq)))
    last, counted = "", 0
    while True:
        chunk = sa.select(feedback.c.id).where(feedback.c.id > last).order_by(feedback.c.id).limit(_CHUNK)
        ids = conn.execute(chunk).scalars().all()
        if not ids:
            break
        _, comments = _taken_back(conn, ids, {})
        if comments:
            conn.execute(_NEW_FACTS, _facts(conn, comments))
        last, counted = ids[-1], counted + len(comments)
    _sum_up(conn)
    packing.forget(conn)
    while packing.pack(conn):
        pass
    return counted


def summed() -> list[sa.ColumnElement[int]]:
    """Return the sums over facts, named and ordered as `SUMS`."""

    def met(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    scores = {name: sa.func.coalesce(sa.func.sum(facts.c[name]), 0) for name in ("csat", "ces", "stars")}
    found = {
        "n": sa.func.count(),
        "negative": met(facts.c.polarity < 0),
        "positive": met(facts.c.polarity > 0),
        "urgent": met(facts.c.urgency.in_(URGENT)),
        "nps_n": sa.func.count(facts.c.nps),
        "nps_promoters": met(facts.c.nps >= PROMOTER),
        "nps_detractors": met(facts.c.nps <= DETRACTOR),
        **{f"{name}_n": sa.func.count(facts.c[name]) for name in scores},
        **{f"{name}_sum": total for name, total in scores.items()},
        "untouched": met(facts.c.corrected == 0),
        "accepted": met(sa.and_(facts.c.corrected == 0, facts.c.seen == 1)),
    }
    return [found[name].label(name) for name in SUMS]


def _sum_up(conn: sa.Connection) -> None:
    """Draw the daily sums up anew from the facts."""
    conn.execute(sa.delete(daily))
    for kind in (ALL, *SEGMENTS, *LABELS):
        value = sa.literal("") if kind == ALL else facts.c[kind]
        by = [facts.c.topic, facts.c.day, facts.c.version]
        query = sa.select(sa.literal(kind), value, *by, *summed())
        query = query if kind == ALL else query.where(value.is_not(None))
        query = query if kind not in LABELS else query.where(facts.c.topic == WHOLE)
        query = query.group_by(*by, *([] if kind == ALL else [value]))
        conn.execute(sa.insert(daily).from_select([*_KEY, *SUMS], query))
    value = feedback_signals.c.signal
    by = [facts.c.topic, facts.c.day, facts.c.version]
    query = sa.select(sa.literal(SIGNALS), value, *by, *summed()).select_from(facts)
    query = query.join(feedback, feedback.c.seq == facts.c.seq)
    query = query.join(feedback_signals, feedback_signals.c.feedback_id == feedback.c.id)
    query = query.where(facts.c.topic == WHOLE).group_by(*by, value)
    conn.execute(sa.insert(daily).from_select([*_KEY, *SUMS], query))


def _stored() -> sa.Select[Any]:
    judged = (SEEN.label("seen"), feedback.c.model_tags.is_not(None).label("corrected"))
    said = ("id", "seq", "created_at", "category", "sentiment", "urgency", "channel", "product", "branch")
    others = ("model_version", "csat", "nps", "ces", "stars", "customer_id")
    return (
        sa.select(*(feedback.c[name] for name in said + others), customers.c.tier, *judged)
        .outerjoin(customers, customers.c.id == feedback.c.customer_id)
        .where(feedback.c.id.in_(_IDS), feedback.c.erased_at.is_(None))
    )


# Built once: every comment that comes in runs them, and building costs more than running.
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_OF_THESE = facts.c.seq.in_(sa.select(feedback.c.seq).where(feedback.c.id.in_(_IDS)))
_COUNTED = sa.select(facts).where(_OF_THESE)
_TAKEN_BACK = sa.delete(facts).where(_OF_THESE)
_STORED = _stored()
_SPOKEN_OF = sa.select(
    feedback_topics.c.feedback_id, feedback_topics.c.topic, feedback_topics.c.sentiment
).where(feedback_topics.c.feedback_id.in_(_IDS))
_HEARD = sa.select(feedback_signals.c.feedback_id, feedback_signals.c.signal).where(
    feedback_signals.c.feedback_id.in_(_IDS)
)
_NEW_FACTS = sa.insert(facts)
_KEY_OF = tuple(f"of_{name}" for name in _KEY)
_EMPTIED = sa.delete(daily).where(
    *(daily.c[name] == sa.bindparam(of) for name, of in zip(_KEY, _KEY_OF, strict=True)), daily.c.n == 0
)


def _facts(conn: sa.Connection, comments: Sequence[Row]) -> list[dict[str, Any]]:
    ids = {"ids": [comment["id"] for comment in comments]}
    topics: dict[str, list[tuple[str, int]]] = {}
    for id_, topic, mood in conn.execute(_SPOKEN_OF, ids):
        topics.setdefault(id_, []).append((topic, _POLARITY.get(mood, 0)))
    heard: dict[str, list[str]] = {}
    for id_, signal in conn.execute(_HEARD, ids):
        heard.setdefault(id_, []).append(signal)
    return [
        _fact(comment, topic, polarity, heard.get(comment["id"], ()))
        for comment in comments
        for topic, polarity in [
            (WHOLE, _POLARITY.get(comment["sentiment"], 0)),
            *topics.get(comment["id"], ()),
        ]
    ]


def _fact(comment: Row, topic: str, polarity: int, signals: Sequence[str]) -> dict[str, Any]:
    local = comment["created_at"].astimezone(TEHRAN)
    same = ("seq", "urgency", "channel", "product", "branch", "tier", "csat", "nps", "ces", "stars")
    return {
        "day": local.toordinal(),
        "hour": local.hour,
        "topic": topic,
        "polarity": polarity,
        "churn": int("churn_intent" in signals),
        "customer": comment["customer_id"],
        "version": comment["model_version"],
        "category": comment["category"] if topic == WHOLE else None,
        "sentiment": comment["sentiment"] if topic == WHOLE else None,
        "signals": "|".join(sorted(signals)) if topic == WHOLE and signals else None,
        "seen": int(comment["seen"]),
        "corrected": int(comment["corrected"]),
        **{name: comment[name] for name in same},
    }


def _write(conn: sa.Connection, before: Iterable[Row], after: Sequence[Row]) -> None:
    change: dict[Key, dict[str, int]] = {}
    _count(change, before, -1)
    _count(change, after, 1)
    rows = [
        dict(zip(_KEY, key, strict=True)) | sums
        for key, sums in sorted(change.items(), key=itemgetter(0))
        if any(sums.values())
    ]
    if after:
        conn.execute(_NEW_FACTS, after)
    if rows:
        conn.execute(insert_adding(conn.dialect.name, daily, SUMS), rows)
    gone = [dict(zip(_KEY_OF, key, strict=True)) for key, sums in change.items() if sums["n"] < 0]
    if gone:
        conn.execute(_EMPTIED, gone)


def _count(change: dict[Key, dict[str, int]], rows: Iterable[Row], sign: int) -> None:
    for row in rows:
        added = _added(row)
        for kind, value in _counted_under(row):
            if value is None:
                continue
            key = (kind, value, row["topic"], row["day"], row["version"])
            total = change.setdefault(key, dict.fromkeys(SUMS, 0))
            for name, number in added.items():
                total[name] += sign * number


def _counted_under(row: Row) -> Iterator[tuple[str, str | None]]:
    """Yield what one fact is counted under: kind and value."""
    yield ALL, ""
    yield from ((name, row[name]) for name in SEGMENTS)
    if row["topic"] == WHOLE:
        yield from ((name, row[name]) for name in LABELS)
        yield from ((SIGNALS, signal) for signal in (row["signals"] or "").split("|") if signal)


def _added(row: Row) -> dict[str, int]:
    """Return what one fact adds to each of the `SUMS` of its day."""
    nps = row["nps"]
    return {
        "n": 1,
        "negative": int(row["polarity"] < 0),
        "positive": int(row["polarity"] > 0),
        "urgent": int(row["urgency"] in URGENT),
        "nps_n": int(nps is not None),
        "nps_promoters": int(nps is not None and nps >= PROMOTER),
        "nps_detractors": int(nps is not None and nps <= DETRACTOR),
        **{f"{name}_n": int(row[name] is not None) for name in ("csat", "ces", "stars")},
        **{f"{name}_sum": row[name] or 0 for name in ("csat", "ces", "stars")},
        "untouched": int(not row["corrected"]),
        "accepted": int(row["seen"] and not row["corrected"]),
    }
