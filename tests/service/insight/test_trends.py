"""Shares, moods and their intervals; weeks from Saturday; a decomposition that adds up."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.insight.trends import Tally, by_bucket, net, net_change, share, share_change, usual, what_moved
from service.jalali import jalali_day
from service.period import Period, bucket, buckets, last_days, parse_day, week_of

counts = st.integers(0, 60)
tallies = st.builds(
    lambda bad, good, rest, urgent: Tally(bad + good + rest, bad, good, urgent),
    counts,
    counts,
    counts,
    counts,
)


@given(tallies)
def test_an_interval_holds_its_own_value(tally: Tally) -> None:
    found = net(tally)
    if tally.n == 0:
        assert found is None
        return
    assert found is not None
    assert -1 <= found.low <= found.value <= found.high <= 1
    part = share(tally.negative, tally.n)
    assert part is not None
    assert 0 <= part.low <= part.value + 1e-4
    assert part.value <= part.high + 1e-4


def _coverage(n: int) -> tuple[float, float]:
    dice = np.random.default_rng(n)
    held = [0, 0]
    for _ in range(1_500):
        bad, good, _ = dice.multinomial(n, (0.5, 0.3, 0.2))
        found, part = net(Tally(n, int(bad), int(good))), share(int(bad), n)
        assert found is not None
        assert part is not None
        held[0] += found.low <= -0.2 <= found.high
        held[1] += part.low <= 0.5 <= part.high
    return held[0] / 1_500, held[1] / 1_500


@pytest.mark.parametrize("n", [15, 60, 400])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int) -> None:
    assert all(0.925 <= rate <= 0.985 for rate in _coverage(n))


@pytest.mark.parametrize(("now", "before"), [(3, 3), (5, 40), (15, 15), (400, 400)])
@pytest.mark.parametrize("moods", [(0.5, 0.5, 0.0), (0.5, 0.3, 0.2)])
def test_a_change_of_mood_is_claimed_no_oftener_than_it_may_be(
    now: int, before: int, moods: tuple[float, float, float]
) -> None:
    dice = np.random.default_rng(now)
    held = 0
    for _ in range(1_500):
        one, other = (dice.multinomial(n, moods) for n in (now, before))
        found = net_change(Tally(now, int(one[0]), int(one[1])), Tally(before, int(other[0]), int(other[1])))
        assert found is not None
        held += found.low <= 0 <= found.high
    assert held / 1_500 >= 0.93


@given(
    st.dictionaries(st.sampled_from("abcde"), tallies, min_size=1),
    st.dictionaries(st.sampled_from("abcde"), tallies, min_size=1),
)
def test_what_moved_the_score_adds_up_exactly(now: dict[str, Tally], before: dict[str, Tally]) -> None:
    parts = what_moved(now, before)
    many, few = sum(t.n for t in now.values()), sum(t.n for t in before.values())
    if not many or not few:
        assert parts == []
        return
    change = sum(t.positive - t.negative for t in now.values()) / many
    change -= sum(t.positive - t.negative for t in before.values()) / few
    assert sum(part.total for part in parts) == pytest.approx(change, abs=1e-12)


def test_a_pure_change_of_mix_is_told_as_mix() -> None:
    good, bad = Tally(50, 0, 50), Tally(50, 50, 0)
    parts = what_moved({"good": Tally(90, 0, 90), "bad": Tally(10, 10, 0)}, {"good": good, "bad": bad})
    assert all(part.sentiment == 0 for part in parts)
    assert sum(part.mix for part in parts) == pytest.approx(0.8)


def test_a_pure_change_of_mood_is_told_as_sentiment() -> None:
    parts = what_moved(
        {"a": Tally(10, 0, 10), "b": Tally(10, 10, 0)}, {"a": Tally(20, 20, 0), "b": Tally(20, 20, 0)}
    )
    assert [part.topic for part in parts if part.sentiment] == ["a"]
    assert all(part.mix == pytest.approx(0) for part in parts if part.topic == "a")


def test_nothing_is_no_number() -> None:
    assert net(Tally()) is None
    assert share(0, 0) is None
    assert net_change(Tally(), Tally(3)) is None
    assert share_change(1, 2, 0, 0) is None


def test_weeks_begin_on_saturday_and_months_are_jalali() -> None:
    saturday = date(2026, 11, 21)
    assert all(week_of(saturday + timedelta(days=n)).since == saturday for n in range(7))
    assert week_of(saturday + timedelta(days=7)).since == saturday + timedelta(days=7)
    assert jalali_day(bucket(date(2026, 12, 5), "month")) == "1405-09-01"
    assert [jalali_day(day) for day in buckets(Period(date(2026, 3, 1), date(2026, 4, 30)), "month")] == [
        "1404-12-01",
        "1405-01-01",
        "1405-02-01",
    ]


@pytest.mark.parametrize("day", ["2026-11-25", "1405-09-04"])
def test_a_day_is_read_in_both_calendars(day: str) -> None:
    assert parse_day(day) == date(2026, 11, 25)


def test_today_is_tehrans_today() -> None:
    late = datetime(2026, 11, 25, 20, 45, tzinfo=UTC)  # a quarter past midnight in Tehran
    assert last_days(late, 1) == Period(date(2026, 11, 26), date(2026, 11, 27))


def test_a_period_runs_until_the_midnight_of_tehran_after_its_last_day() -> None:
    period = Period(date(2026, 11, 19), date(2026, 11, 26))
    before_midnight = datetime(2026, 11, 25, 20, 29, tzinfo=UTC)
    assert period.is_running(before_midnight)
    assert not period.is_running(before_midnight + timedelta(minutes=1))


def test_buckets_add_up_to_the_period() -> None:
    first = date(2026, 9, 1)
    days = {first + timedelta(days=n): Tally(n, n // 2) for n in range(80)}
    period = Period(first + timedelta(days=5), first + timedelta(days=75))
    wanted = sum(range(5, 75))
    for by in ("day", "week", "month"):
        assert sum(tally.n for tally in by_bucket(days, period, by).values()) == wanted


def test_the_usual_volume_knows_the_weekday() -> None:
    first = date(2026, 8, 1)
    days = {
        day: Tally(30 if day.weekday() == 4 else 10) for day in (first + timedelta(days=n) for n in range(90))
    }
    friday = date(2026, 10, 23)
    assert usual(days, Period(friday, friday + timedelta(days=1)), known_since=first) == 30
    assert usual(days, week_of(friday), known_since=first) == 90
    assert usual(days, Period(first, first + timedelta(days=7)), known_since=first) is None
