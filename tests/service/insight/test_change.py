"""Planted jumps are found within two days; shuffled quiet days raise almost no alarm."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from service.insight.change import Anomaly, anomalies, change_points, tail
from service.insight.notices import unusual

FIRST = date(2026, 3, 21)
#: Thursday and Friday are other days for most shops.
_WEEK = (1.0, 1.0, 0.9, 1.3, 1.6, 1.0, 1.1)


def _days(dice: np.random.Generator, length: int, level: float, spread: float = 1.3) -> np.ndarray:
    mean = np.array([level * _WEEK[(FIRST + timedelta(days=n)).weekday()] for n in range(length)])
    return dice.poisson(dice.gamma(mean / (spread - 1), spread - 1))


def _found_within_two_days(seed: int) -> bool:
    dice = np.random.default_rng(seed)
    level = (6, 12, 30)[seed % 3]
    counts = _days(dice, 120, level)
    jump = int(dice.integers(60, 110))
    counts[jump:] = _days(dice, 120, 3 * level)[jump:]
    seen = counts[: jump + 2]  # what is known at the end of the second day
    return any(
        one.until >= FIRST + timedelta(days=jump) and one.rose for one in anomalies(FIRST, seen.tolist())
    )


def _false_alarms_per_quarter(topics: int) -> float:
    dice = np.random.default_rng(7)
    alarms = 0
    for topic in range(topics):
        counts = _days(dice, 56 + 90, (0.3, 2, 8, 30)[topic % 4])
        weeks = counts[: 20 * 7].reshape(20, 7)
        shuffled = dice.permutation(weeks).ravel()  # whole weeks, so that weekdays stay weekdays
        alarms += sum(one.until >= FIRST + timedelta(days=50) for one in anomalies(FIRST, shuffled.tolist()))
    return alarms / topics


def test_a_planted_jump_is_found_within_two_days() -> None:
    assert sum(_found_within_two_days(seed) for seed in range(30)) >= 28


def test_shuffled_days_raise_at_most_one_alarm_per_topic_and_quarter() -> None:
    assert _false_alarms_per_quarter(40) <= 0.5


@pytest.mark.slow
def test_planted_jumps_are_found_and_shuffled_days_are_quiet_over_many_draws() -> None:
    assert sum(_found_within_two_days(seed) for seed in range(400)) >= 380
    assert _false_alarms_per_quarter(400) <= 1.0


def test_an_outage_of_four_days_is_one_episode() -> None:
    counts = _days(np.random.default_rng(2), 100, 6)
    counts[80:84] += 25
    (one,) = [one for one in anomalies(FIRST, counts.tolist()) if one.until >= FIRST + timedelta(days=75)]
    assert one.since <= FIRST + timedelta(days=80)
    assert one.sure > 0.999


def test_a_topic_that_falls_silent_is_told_of() -> None:
    counts = _days(np.random.default_rng(3), 100, 40)
    counts[90:] = 2
    assert [one.rose for one in anomalies(FIRST, counts.tolist())][-1:] == [False]


def test_a_day_that_is_not_over_may_have_more_than_usual_but_not_less() -> None:
    counts = _days(np.random.default_rng(3), 99, 40).tolist()
    assert [one.rose for one in anomalies(FIRST, [*counts, 3])] == [False]
    assert anomalies(FIRST, [*counts, 3], is_running=True) == []
    assert [one.rose for one in anomalies(FIRST, [*counts, 160], is_running=True)] == [True]


def test_a_holiday_is_expected_to_be_like_a_friday() -> None:
    counts = [20 if (FIRST + timedelta(days=n)).weekday() != 4 else 60 for n in range(80)]
    feast = FIRST + timedelta(days=73)
    assert feast.weekday() != 4
    counts[73] = 60
    assert [one.until for one in anomalies(FIRST, counts)] == [feast]
    assert anomalies(FIRST, counts, {feast}) == []


def test_what_is_usual_is_that_of_the_last_eight_weeks() -> None:
    grows = [round(20 * 1.01**number) for number in range(150)]  # by a hundredth a day: from 20 to 88
    assert anomalies(FIRST, grows) == []


def test_a_lasting_change_of_level_is_found_near_its_day() -> None:
    dice = np.random.default_rng(5)
    counts = np.concatenate([_days(dice, 60, 5), _days(dice, 60, 12)])
    (one,) = change_points(FIRST, counts.tolist())
    assert abs((one.day - FIRST).days - 60) <= 4
    assert one.before < one.after
    assert change_points(FIRST, _days(dice, 120, 5).tolist()) == []


def test_too_little_history_says_nothing() -> None:
    assert anomalies(FIRST, [0, 50, 0]) == []
    assert change_points(FIRST, [3] * 20) == []


@pytest.mark.parametrize(
    ("n", "mean", "spread"), [(0, 3.0, 1.0), (3, 3.0, 1.0), (3, 3.0, 2.0), (600, 500.0, 1.5)]
)
def test_the_tail_is_a_probability_that_falls_with_n(n: int, mean: float, spread: float) -> None:
    assert 0.0 <= tail(n + 5, mean, spread) <= tail(n, mean, spread) <= 1.0


@given(st.integers(1, 20_000), st.floats(0.5, 2.5), st.one_of(st.just(1.0), st.floats(1.01, 300.0)))
def test_the_tail_is_that_of_the_negative_binomial_law_however_many_are_counted(
    n: int, times: float, spread: float
) -> None:
    mean = n / times
    law = stats.nbinom(mean / (spread - 1), 1 / spread) if spread > 1 else stats.poisson(mean)
    assert tail(n, mean, spread) == pytest.approx(law.sf(n - 1), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(
    "counts", [[6] * 40 + [60] + [2] * 6, [*range(4, 60), 55, 31, 40], [9] * 50 + [40, 20, 3, 3, 3]]
)
def test_what_is_told_was_counted_on_the_days_that_are_named(counts: list[int]) -> None:
    found = anomalies(FIRST, counts)
    assert found
    for one in found:
        begin, end = ((day - FIRST).days for day in one.peak)
        assert one.n == sum(counts[begin : end + 1])


def test_an_episode_tells_which_of_its_days_were_counted() -> None:
    counts = [4] * 60 + [15, 15, 40, 4, 4]
    (found,) = anomalies(FIRST, counts)
    assert found.since <= found.peak[0] <= found.peak[1] <= found.until
    within = counts[(found.peak[0] - FIRST).days : (found.peak[1] - FIRST).days + 1]
    assert found.n == sum(within)
    assert found.peak != (found.since, found.until)
    assert "؛ بیش از همه در" in unusual("courier", found)


@pytest.mark.parametrize(("days", "peak"), [([30, 0, 20], 1), ([0, 30, 30], 0), ([400, 900, 500], 1)])
def test_of_days_that_are_as_good_as_certain_the_one_furthest_off_is_named(
    days: list[int], peak: int
) -> None:
    (found,) = anomalies(FIRST, [100, 90, 110, 100, 95, 105, 100] * 9 + days)
    assert found.sure == 1.0
    assert found.peak == (FIRST + timedelta(days=63 + peak),) * 2
    assert found.n == days[peak]


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (
            "2026-11-18",
            "2026-11-24",
            "از چهارشنبه ۲۷ آبان ۱۴۰۵ بیشتر از معمول بود؛ در ۷ روز تا سه‌شنبه ۳ آذر ۱۴۰۵: ۷۰ نظر",
        ),
        ("2026-11-24", "2026-11-24", "در سه‌شنبه ۳ آذر ۱۴۰۵ بیشتر از معمول بود: ۷۰ نظر"),
    ],
)
def test_an_anomaly_says_until_when_unless_it_is_of_a_single_day(since: str, until: str, said: str) -> None:
    days = date.fromisoformat(since), date.fromisoformat(until)
    hit = Anomaly(since=days[0], until=days[1], peak=days, n=70, expected=43.4, sure=0.999)
    assert unusual("", hit) == f"«همهٔ نظرها» {said} به جای ۴۳٫۴"
