"""When a webhook is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import outbox
from service.outbox import Attempt, Fate, fate, next_attempt

NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)


def failed(attempts: int = 1, status: int | None = 500, error: str | None = None, **more: object) -> Fate:
    given_: dict[str, Any] = {"failing_since": NOW, "now": NOW, "chance": 0.0, **more}
    return fate(Attempt(milliseconds=0, status=status, error=error), attempts, **given_)


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [
        (0, timedelta()),
        (1, timedelta(seconds=5)),
        (2, timedelta(minutes=5)),
        (3, timedelta(minutes=30)),
        (4, timedelta(hours=2)),
        (5, timedelta(hours=5)),
        (6, timedelta(hours=10)),
        (7, timedelta(hours=10)),
        (8, None),
    ],
)
def test_eight_attempts_and_the_waits_between_them(attempts: int, wait: timedelta | None) -> None:
    assert next_attempt(attempts, NOW, 0.0) == (None if wait is None else NOW + wait)


def test_all_waits_together_are_a_little_more_than_a_day() -> None:
    assert sum(outbox.SCHEDULE, timedelta()) == timedelta(hours=27, minutes=35, seconds=5)


@given(attempts=st.integers(0, 7), chance=st.floats(0, 1, exclude_max=True))
def test_jitter_only_delays_and_by_a_tenth_at_most(attempts: int, chance: float) -> None:
    wait = outbox.SCHEDULE[attempts]
    at = next_attempt(attempts, NOW, chance)
    assert at is not None
    assert wait <= at - NOW <= wait * (1 + outbox.JITTER)


def test_a_receiver_that_names_a_time_is_asked_no_earlier_but_not_next_week() -> None:
    assert next_attempt(1, NOW, 0.0, timedelta(minutes=2)) == NOW + timedelta(minutes=2)
    assert next_attempt(3, NOW, 0.0, timedelta(minutes=2)) == NOW + timedelta(minutes=30)
    assert next_attempt(1, NOW, 0.0, timedelta(days=7)) == NOW + timedelta(hours=10)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, None), (503, None), (429, None), (400, None), (401, None), (404, None), (413, None), (302, "redirected"),
        (None, "timeout"), (None, "unreachable"), (None, "internal_error"), (None, "private_target"), (None, "not_http"),
    ],
)  # fmt: skip
def test_whatever_was_no_receipt_is_tried_eight_times(status: int | None, error: str | None) -> None:
    assert failed(status=status, error=error) == Fate(next_at=NOW + timedelta(seconds=5))
    assert failed(attempts=8, status=status, error=error) == Fate(next_at=None)


def test_a_receiver_that_is_gone_is_closed_at_once() -> None:
    gone = failed(status=410)
    assert gone.next_at is None
    assert "۴۱۰" in str(gone.disable)


@pytest.mark.parametrize(("days", "closed"), [(4.99, False), (5, True), (9, True)])
def test_five_days_without_one_success_close_a_webhook(days: float, *, closed: bool) -> None:
    result = failed(now=NOW + timedelta(days=days), status=503)
    assert (result.disable is not None) is closed


def test_a_webhook_that_has_just_begun_to_fail_stays_open() -> None:
    assert failed(attempts=8, failing_since=None) == Fate(next_at=None)
