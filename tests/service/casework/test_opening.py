"""From a routed comment to the row of its ticket and the receipt of its sender."""

from datetime import UTC, datetime
from typing import Any

from service import rulefile, sla, views
from service.casework.opening import Opening, open_ticket
from service.feedback import Customer, Incoming

RULES, CALENDARS = rulefile.load(), sla.load()
#: A Saturday, 10:00 in Tehran.
NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)


def tags(category: str, level: str, *signals: str) -> dict[str, Any]:
    return {
        "category": {"label": category, "confidence": 0.9},
        "sentiment": None,
        "topics": [],
        "signals": [{"name": name, "confidence": 0.95} for name in signals],
        "urgency": {"level": level, "score": 85, "reasons": []},
        "needs_review": False,
    }


def opened(said: dict[str, Any], customer: Customer | None = None) -> Opening | None:
    return open_ticket(RULES, CALENDARS, Incoming(text="…", customer=customer), said, "…", NOW)


def test_a_danger_opens_an_urgent_ticket_with_a_deadline_and_somebody_to_notify() -> None:
    opening = opened(tags("complaint", "critical", "health_safety"), Customer(lifetime_value=2.5e6))
    assert opening is not None
    row = opening.row(NOW)
    assert (row["queue"], row["priority"], row["priority_rank"], row["status"]) == (
        "safety",
        "urgent",
        0,
        "open",
    )
    assert row["due_at"] == datetime(2026, 11, 28, 6, 45, tzinfo=UTC)
    assert (row["urgency_score"], row["customer_value"], row["notified_at"]) == (85, 2.5e6, NOW)
    receipt = views.ticket_receipt({**row, "id": "tk_1"}, joined=False)
    assert (receipt["due_at"], receipt["rule"], receipt["reason"]) == (
        "2026-11-28T06:45:00Z",
        "health_and_safety",
        row["reason_fa"],
    )


def test_an_ordinary_comment_notifies_nobody_and_an_unknown_customer_has_no_value() -> None:
    opening = opened(tags("question", "normal"))
    assert opening is not None
    row = opening.row(NOW)
    assert (row["notified_at"], row["customer_value"]) == (None, 0.0)


def test_praise_opens_nothing() -> None:
    assert opened(tags("praise", "none")) is None
