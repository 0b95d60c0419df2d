"""Filling a database with many comments at once, to measure what reads of a large desk cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from nlp.files.records import batched
from service.storage.schema import (
    audit,
    customers,
    feedback,
    feedback_signals,
    feedback_topics,
    promises,
    tickets,
)

_CHUNK = 5_000
_MOODS = ("very_negative", "negative", "neutral", "positive", "very_positive")
_POLARITIES = ("negative", "negative", "neutral", "positive", "positive")
_CATEGORIES = ("complaint", "complaint", "complaint", "praise", "praise", "suggestion", "question", "other")
_PRIORITIES = ("urgent", "high", "medium", "medium", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """How many comments of how many days, and what they say."""

    comments: int
    days: int
    now: datetime
    texts: Sequence[str]
    topics: Sequence[str]
    queues: Sequence[str]


def fill(conn: sa.Connection, plan: Filling) -> None:
    """Store comments with topics, signals, customers and answered tickets, the same every time."""
    dice = Random(1)
    people = max(plan.comments // 5, 1)
    _write(conn, customers, (_customer(number, plan.now, dice) for number in range(people)))
    drawn = (_comment(number, plan, people, dice) for number in range(plan.comments))
    for chunk in batched(drawn, _CHUNK):
        _write(conn, feedback, chunk)
        _write(
            conn, feedback_topics, (said for row in chunk for said in _topics(row["id"], plan.topics, dice))
        )
        leaving = [row["id"] for row in chunk if dice.random() < 0.03]
        said = ({"feedback_id": id_, "signal": "churn_intent", "confidence": 0.9} for id_ in leaving)
        _write(conn, feedback_signals, said)
        opened = [_ticket(row, dice.choice(plan.queues), dice) for row in chunk if row["ticket_id"]]
        _write(conn, tickets, opened)
        _write(conn, audit, (line for row in opened for line in _trail(row)))
        _write(conn, promises, [_promise(row, dice) for row in opened if dice.random() < 0.1])


def settle(conn: sa.Connection) -> None:
    """Let the database learn what its tables hold, as it does by itself in time."""
    conn.execute(sa.text("ANALYZE"))


def _write(conn: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    for chunk in batched(rows, _CHUNK):
        conn.execute(sa.insert(table), chunk)


def _customer(number: int, now: datetime, dice: Random) -> dict[str, Any]:
    return {
        "id": f"cu_{number:09}",
        "external_id": f"c{number}",
        "name": None,
        "tier": dice.choice(("regular", "regular", "silver", "gold", "vip")),
        "lifetime_value": float(dice.randrange(50_000_000)),
        "contacts": 1,
        "first_seen_at": now,
        "last_seen_at": now,
    }


def _comment(number: int, plan: Filling, people: int, dice: Random) -> dict[str, Any]:
    at = plan.now - timedelta(days=plan.days) * (1 - (number + 1) / plan.comments)
    text = f"{dice.choice(plan.texts)} {number}"
    csat = dice.choice((None, None, 1, 2, 3, 4, 5))
    return {
        "id": f"fb_{number:09}",
        "channel": dice.choice(("app", "app", "web", "survey", "instagram", "phone")),
        "created_at": at,
        "received_at": at,
        "reviewed_at": plan.now if dice.random() < 0.05 else None,
        "ticket_id": f"tk_{number:09}" if dice.random() < 0.4 else None,
        "customer_id": None if dice.random() < 0.2 else f"cu_{dice.randrange(people):09}",
        "masked": text,
        "search_text": text,
        "text_hash": str(number),
        "tags": {},
        "language": "fa",
        "category": dice.choice(_CATEGORIES),
        "sentiment": dice.choice(_MOODS),
        "sentiment_score": 0.0,
        "urgency": dice.choice(("none", "none", "normal", "high", "critical")),
        "urgency_score": dice.randrange(100),
        "needs_review": False,
        "model_version": "bench",
        "csat": csat,
        "nps": None if csat is None else csat * 2,
        "product": f"محصول {dice.randrange(8)}",
        "branch": f"شعبه {dice.randrange(12)}",
        "metadata": {},
    }


def _topics(id_: str, topics: Sequence[str], dice: Random) -> list[dict[str, Any]]:
    spoken = dice.sample(topics, dice.choice((0, 1, 1, 2, 3)))
    return [
        {"feedback_id": id_, "topic": topic, "sentiment": dice.choice(_POLARITIES), "confidence": 0.9}
        for topic in spoken
    ]


def _ticket(comment: Mapping[str, Any], queue: str, dice: Random) -> dict[str, Any]:
    opened, minutes = comment["received_at"], dice.randrange(5, 900)
    answered, ended = opened + timedelta(minutes=minutes), opened + timedelta(minutes=3 * minutes)
    due = opened + timedelta(minutes=480)
    priority = dice.choice(_PRIORITIES)
    clocks = {
        name: {"due_at": due.isoformat(), "done_at": done.isoformat(), "missed": done > due}
        for name, done in (("first_response", answered), ("resolution", ended))
    }
    return {
        "id": comment["ticket_id"],
        "feedback_id": comment["id"],
        "customer_id": comment["customer_id"],
        "version": 1,
        "contacts": 1,
        "queue": queue,
        "status": "resolved",
        "priority": priority,
        "priority_rank": ("urgent", "high", "medium", "low").index(priority),
        "urgency_score": comment["urgency_score"],
        "customer_value": 0.0,
        "opened_at": opened,
        "rule": "bench",
        "mode": "automatic",
        "reason_fa": "",
        "tags": [],
        "sla": {
            "policy": priority,
            "calendar": "office",
            "paused_at": None,
            "missed_before": False,
            "targets": clocks,
        },
        "resolved_at": ended,
    }


def _trail(ticket: Mapping[str, Any]) -> list[dict[str, Any]]:
    did = (("ticket.reply", ticket["opened_at"]), ("ticket.resolve", ticket["resolved_at"]))
    return [{"at": at, "actor": "bench", "action": action, "object_id": ticket["id"]} for action, at in did]


def _promise(ticket: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    return {
        "id": f"pm_{ticket['id']}",
        "ticket_id": ticket["id"],
        "made_by": dice.choice(("bench", "bench", "customer")),
        "due_at": ticket["resolved_at"] + timedelta(days=1),
        "status": dice.choice(("kept", "kept", "broken")),
        "at": ticket["opened_at"],
    }
