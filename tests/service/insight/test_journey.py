"""Who was hit twice, who comes again, who will leave; and how the desk and its digest speak of it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from service.figures import signed
from service.insight import desk_performance, digest
from service.insight.journey import contact, hand_overs, leaving, promoter_score, together
from service.insight.trends import Tally
from service.period import Period

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PLACES = {
    "courier": "delivery",
    "delivery_time": "delivery",
    "payment_refund": "payment",
    "support": "support",
}


def test_a_customer_hit_at_two_touchpoints_is_one_hand_over() -> None:
    unhappy = {
        "courier": np.array([1, 2]),
        "delivery_time": np.array([1]),
        "payment_refund": np.array([1]),
        "unknown": np.array([3]),
    }
    (pair,) = hand_overs(unhappy, PLACES)
    assert (pair.first, pair.second, pair.customers) == ("payment", "delivery", 1)
    assert pair.share is not None
    assert pair.share.value == 0.5
    assert hand_overs({}, PLACES) == []


def test_topics_add_up_to_their_touchpoint() -> None:
    found = together({"courier": Tally(2, 1), "delivery_time": Tally(3, 2), "": Tally(9)}, PLACES)
    assert found == {"delivery": Tally(5, 3)}


def test_contacts_and_promoters_are_counted() -> None:
    found = contact(np.array([1, 1, 4, 2]))
    assert (found.customers, found.repeated, found.per_customer) == (4, 2, 2.0)
    assert contact(np.array([], dtype=np.int64)).share is None
    nps = promoter_score(100, 50, 20)
    assert nps is not None
    assert nps.value == 30.0
    assert promoter_score(0, 0, 0) is None


def test_the_risk_of_leaving_fades_and_grows_with_what_went_wrong() -> None:
    today = date(2026, 11, 25)
    rows = [("new", "", today), ("new", "courier", today), ("old", "", today - timedelta(days=90))]
    assert [(one.customer, one.risk) for one in leaving(rows, today)] == [("new", 70), ("old", 30)]


def _ticket(number: int, **changed: Any) -> dict[str, Any]:
    opened = NOW - timedelta(hours=10)
    return {
        "id": f"tk_{number}",
        "queue": "finance",
        "priority": "urgent",
        "status": "resolved",
        "due_at": None,
        "opened_at": opened,
        "resolved_at": opened + timedelta(hours=4),
        "answered_at": (opened + timedelta(minutes=30)),
        "answer_due_at": (opened + timedelta(hours=1)),
        "answer_missed": False,
        "resolution_due_at": (opened + timedelta(hours=5)),
        "resolution_missed": False,
        "paused_at": None,
        "compensation": None,
    } | changed


def test_the_desk_is_measured_by_what_it_promised() -> None:
    late = _ticket(2, status="open", resolved_at=None, answered_at=None, due_at=NOW - timedelta(hours=9))
    waiting = _ticket(
        3,
        status="open",
        due_at=(NOW + timedelta(hours=1)),
        resolved_at=None,
        answered_at=None,
        answer_due_at=(NOW + timedelta(hours=1)),
        resolution_due_at=(NOW + timedelta(hours=9)),
    )
    paid = _ticket(4, compensation={"state": "paid", "amount": 20_000, "currency": "IRT"})
    rows = [_ticket(1), late, waiting, paid]
    found = desk_performance.performance(rows, {"tk_4"}, {"tk_1": NOW - timedelta(hours=9, minutes=48)}, NOW)
    assert (found.tickets, found.open, found.overdue) == (4, 2, 1)
    assert found.answered_in_time is not None
    assert found.answered_in_time.value == round(2 / 3, 4)  # what is not due yet is not judged
    assert (found.answered, found.answers_met, found.answers_due) == (2, 2, 3)  # who waits too long is
    assert (found.resolved, found.resolutions_met, found.resolutions_due) == (2, 2, 3)
    assert (found.answer_minutes, found.resolution_hours, found.urgent_touch_minutes) == (30.0, 4.0, 12.0)
    assert (found.reopened, found.paid_rials) == (1, 200_000)


def test_a_ticket_that_waits_for_its_customer_has_missed_nothing_meanwhile() -> None:
    asked = _ticket(
        1,
        status="pending",
        resolved_at=None,
        answered_at=None,
        paused_at=NOW - timedelta(hours=9, minutes=30),
    )
    found = desk_performance.performance([asked], set(), {}, NOW)
    assert (found.answered_in_time, found.resolved_in_time, found.overdue) == (None, None, 0)
    too_late = asked | {"paused_at": NOW - timedelta(hours=8)}
    found = desk_performance.performance([too_late], set(), {}, NOW)
    assert found.answered_in_time is not None
    assert (found.answered_in_time.value, found.resolved_in_time) == (0.0, None)


def test_what_was_late_is_not_in_time_and_what_waits_for_its_customer_is_not_overdue() -> None:
    missed = _ticket(1, answer_missed=True, resolution_missed=True)
    pending = _ticket(2, status="pending", resolved_at=None)
    found = desk_performance.performance([missed, pending], set(), {}, NOW)
    assert found.answered_in_time is not None
    assert found.resolved_in_time is not None
    assert (found.answered_in_time.value, found.resolved_in_time.value) == (0.5, 0.0)
    assert (found.open, found.overdue) == (1, 0)


def test_promises_of_agents_are_apart_from_those_customers_tell_of() -> None:
    rows = [
        {"made_by": "نسرین", "status": "kept", "n": 3},
        {"made_by": "نسرین", "status": "broken", "n": 1},
        {"made_by": "customer", "status": "broken", "n": 5},
    ]
    found = desk_performance.promises(rows)
    assert (found.made, found.kept, found.broken, found.told_by_customers) == (4, 3, 1, 5)
    assert found.kept_share is not None
    assert found.kept_share.value == 0.75


def _digest(
    n: int,
    before: int,
    in_time: float = 0.75,
    change: tuple[float | None, float | None] = (-0.4, -0.2),
    net: float = -0.5,
    promises: Mapping[str, int] = {"made": 3, "kept": 2, "broken": 1},
) -> dict[str, Any]:
    row = {
        "topic": "courier",
        "label_fa": "پیک",
        "n": n,
        "previous_n": before,
        "net": net,
        "previous_net": -0.2,
        "net_change_low": change[0],
        "net_change_high": change[1],
        "small": n < 30,
    }
    comment = {
        "id": "fb_1",
        "text": "پیک دیر آمد",
        "channel": "app",
        "created_at": "x",
        "created_at_jalali": "1405-09-01 10:00",
    }
    return digest.digest(
        department="delivery",
        department_fa="ارسال",
        week=Period(date(2026, 11, 21), date(2026, 11, 28)),
        is_over=True,
        is_comparable=True,
        total=row,
        topics=[row],
        comments=[comment],
        alerts=[],
        performance={
            "n": 400,
            "tickets": 400,
            "open": 1,
            "overdue": 0,
            "answers_met": 3,
            "answers_due": 4,
            "answered_in_time": in_time,
        },
        promises=promises,
    )


def test_a_digest_says_what_rose_and_what_fell_in_persian() -> None:
    rose, fell, same = _digest(40, 12), _digest(12, 40), _digest(20, 19)
    assert "بیش از همه «پیک» بالا رفت: ۴۰ نظر، هفتهٔ پیش ۱۲." in rose["sentences"]
    assert "بیش از همه «پیک» پایین آمد: ۱۲ نظر، هفتهٔ پیش ۴۰." in fell["sentences"]
    assert same["rose"] == same["fell"] == []
    assert "از ۳ قول، به ۲ تا عمل شد و به ۱ تا نشد." in same["sentences"]  # «قول», as on the page of a ticket
    mood = f"احساس خالص {signed(-0.5, 2)} است"  # as the other pages write it
    assert f"{mood}، ۰٫۳۰ بدتر از هفتهٔ پیش." in rose["sentences"]
    assert _digest(40, 12) == rose


@pytest.mark.parametrize(
    ("made", "kept", "broken", "told"),
    [
        (2, 2, 0, "از ۲ قول، به ۲ تا عمل شد."),
        (2, 0, 2, "از ۲ قول، به ۲ تا عمل نشد."),
        (1, 0, 0, "از ۱ قول، ۱ تا هنوز مهلت دارد."),
        (4, 2, 1, "از ۴ قول، به ۲ تا عمل شد، به ۱ تا نشد و ۱ تا هنوز مهلت دارد."),
    ],
)
def test_a_digest_names_what_became_of_promises_and_no_nought(
    made: int, kept: int, broken: int, told: str
) -> None:
    assert _digest(20, 19, promises={"made": made, "kept": kept, "broken": broken})["sentences"][-1] == told


@pytest.mark.parametrize(("in_time", "told"), [(0.997, "۹۹٫۷٪"), (1.0, "۱۰۰٪"), (0.004, "۰٫۴٪"), (0.0, "۰٪")])
def test_a_digest_says_all_or_none_only_where_it_is(in_time: float, told: str) -> None:
    assert f"{told} نخستین پاسخ‌ها به‌موقع بود (۳ از ۴)." in _digest(20, 19, in_time)["sentences"]


@pytest.mark.parametrize("change", [(-0.7, 0.1), (None, None)])
def test_a_digest_calls_no_mood_worse_that_may_be_chance(change: tuple[float | None, float | None]) -> None:
    assert f"احساس خالص {signed(-0.5, 2)} است." in _digest(20, 19, change=change)["sentences"]


@pytest.mark.parametrize("net", [0.005, 0.995, -0.125, 0.0])
def test_a_digest_writes_a_balance_as_the_pages_do(net: float) -> None:
    assert f"احساس خالص {signed(net, 2)} است." in _digest(20, 19, change=(None, None), net=net)["sentences"]
