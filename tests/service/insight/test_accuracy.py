"""What is counted of the labels in the database is what reading every comment's tags would find."""

import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from service import rulefile, sla
from service.comments import correcting
from service.corrections import FIELDS, Correction, value_of
from service.feedback import Incoming
from service.insight import accuracy, quality
from service.jalali import TEHRAN
from service.storage import Engine, begin, erasure, read
from service.storage import feedback as stored
from service.storage import tickets as desk
from service.storage.feedback import Entry
from service.storage.schema import feedback, tickets

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
_MOODS = ("negative", "neutral", "positive")
_TOPICS = ("courier", "support", "packaging")


def _tags(dice: Random) -> dict[str, Any]:
    unsure = dice.random() < 0.2
    mood = {"label": dice.choice(_MOODS), "score": 0.0, "confidence": 0.7, "mixed": False, "spans": []}
    return {
        "language": {"code": "fa", "supported": True},
        "category": None if unsure else {"label": dice.choice(("complaint", "praise")), "confidence": 0.9},
        "sentiment": None if unsure else mood,
        "topics": [
            {"id": topic, "label_fa": topic, "sentiment": dice.choice(_MOODS), "confidence": 0.9, "spans": []}
            for topic in dice.sample(_TOPICS, dice.randrange(3))
        ],
        "signals": [],
        "urgency": {"level": dice.choice(("none", "high")), "score": 10, "reasons": []},
        "entities": [],
        "pii": [],
        "needs_review": False,
        "abstained": [],
        "model": {"version": "1", "taxonomy": "1", "normalizer": "1"},
    }


def _ticket(number: int) -> dict[str, Any]:
    drawn = {
        "queue": "logistics",
        "priority": "low",
        "priority_rank": 3,
        "urgency_score": 1,
        "customer_value": 0.0,
    }
    told = {
        "rule": "r",
        "mode": "automatic",
        "reason_fa": "",
        "tags": [],
        "sla": {},
        "contacts": 1,
        "version": 1,
    }
    own = {"id": f"tk_{number}", "feedback_id": f"fb_{number:05}", "status": "open", "opened_at": NOW}
    return drawn | told | own


def _fill(engine: Engine, dice: Random, count: int) -> None:
    with begin(engine) as conn:
        for number in range(count):
            at = NOW - timedelta(days=dice.randrange(60))
            told = Entry(
                incoming=Incoming(text=f"سفارش شمارهٔ {number} دیر رسید"),
                body_hash=str(number),
                text_hash=str(number),
                original=None,
                masked=f"سفارش شمارهٔ {number} دیر رسید",
                search_text=f"سفارش شماره {number} دیر رسید",
                tags=_tags(dice),
            )
            ticket_id = f"tk_{number}" if number % 3 == 0 else None
            placed = (f"fb_{number:05}", at, at, "tests", None, ticket_id)
            assert stored.insert(conn, [(placed, stored.drafted(told))])
            if number % 3 == 0:
                conn.execute(sa.insert(tickets), _ticket(number))
        erasure.clear_comment(conn, "fb_00007", told.tags, NOW)


def _work(engine: Engine, dice: Random, count: int) -> None:
    """Finish tickets, let some of them come back, and let the comments of others belong to finished ones."""
    with begin(engine) as conn:
        opened = [f"tk_{number}" for number in range(0, count, 3)]
        done = dice.sample(opened, 14)
        for id_ in done:
            assert desk.update(conn, id_, 1, {"status": "resolved", "resolved_at": NOW})
        for id_ in done[:4]:
            assert desk.update(conn, id_, 2, {"status": "reopened", "resolved_at": None})
        left = [id_ for id_ in opened if id_ not in done]
        stored.move(conn, left[0], done[5])
        stored.move(conn, done[6], left[1])


def _judge(engine: Engine, dice: Random, count: int) -> None:
    """Let a person leave some comments as they are, correct others, and begin to correct some more."""
    line: Any = SimpleNamespace(engine=engine, rules=rulefile.load(), calendars=sla.load())
    for number in dice.sample([one for one in range(count) if one != 7], 30):
        wanted = [
            [],
            [Correction(field="topics", value={"support": "negative"})],
            [Correction(field="urgency", value="normal"), Correction(field="category", value="question")],
        ][number % 3]
        correcting.judge(line, f"fb_{number:05}", wanted, "mina", NOW)
        begun = Correction(field="sentiment", value="neutral")
        correcting.correct(line, f"fb_{(number + 1) % count:05}", begun, "mina", NOW)


def _one_by_one(recent: Iterable[Any], done: set[str]) -> Iterator[quality.FieldLabels]:
    for row in recent:
        seen = row["reviewed_at"] is not None or row["ticket_id"] in done
        for field in FIELDS:
            before, after = (
                value_of(tags, field) for tags in (row["model_tags"] or row["tags"], row["tags"])
            )
            kept = _labels(after)
            for label in _labels(before):
                # of what nobody saw as a whole, only what somebody changed is judged
                yield quality.FieldLabels(field, [label], kept if seen or label not in kept else None)


def _labels(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def test_labels_counted_by_the_database_are_those_of_a_reading_of_every_comment(engine: Engine) -> None:
    dice = Random(3)
    _fill(engine, dice, 90)
    _judge(engine, dice, 90)
    _work(engine, dice, 90)
    since = (NOW - timedelta(days=40)).date()
    midnight = datetime.combine(since, time(), TEHRAN)
    came = sa.select(feedback).where(feedback.c.received_at >= midnight, feedback.c.erased_at.is_(None))
    finished = sa.select(tickets.c.id).where(tickets.c.status == "resolved")
    with read(engine) as conn:
        recent, done = conn.execute(came).mappings().all(), set(conn.scalars(finished))
        found, comments = accuracy.per_label(conn, since)
    assert comments == len(recent)
    assert found == quality.report(quality.tally(_one_by_one(recent, done)), comments)
    assert any(row["corrected"] for row in found)
    assert any(row["accepted"] for row in found)


def test_the_tags_of_corrected_comments_are_not_held_all_at_once(sqlite_engine: Engine) -> None:
    _fill(sqlite_engine, Random(4), 90)
    long = _tags(Random(5)) | {
        "entities": [{"kind": "code", "value": "ک" * 20_000, "start": 0, "end": 20_000}]
    }
    with begin(sqlite_engine) as conn:
        conn.execute(sa.update(feedback).values(tags=long, model_tags=long))
    with read(sqlite_engine) as conn:
        accuracy.per_label(conn, (NOW - timedelta(days=60)).date())  # what is made once is made
        tracemalloc.start()
        try:
            accuracy.per_label(conn, (NOW - timedelta(days=60)).date())
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()
