"""How much is said of a topic, in which mood and how urgently, with the interval each estimate deserves. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from nlp.proportions import Z, wilson
from service.period import By, Period, bucket

#: Fewer mentions than this are shown, but marked as few.
SMALL = 30
#: The usual volume of a weekday is its mean over so many weeks before the period.
USUAL_WEEKS = 8
#: Topics tell of what customers say when at least this share of comments has one.
COVERED = 0.8


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of one topic: mentions, bad ones, good ones, urgent ones."""

    n: int = 0
    negative: int = 0
    positive: int = 0
    urgent: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.n + other.n,
            self.negative + other.negative,
            self.positive + other.positive,
            self.urgent + other.urgent,
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and the interval that holds the true one 95 times in 100."""

    value: float
    low: float
    high: float


Days = Mapping[date, Tally]
NOTHING = Tally()


def share(part: int, whole: int) -> Estimate | None:
    """Return a proportion with Wilson's interval; None of nothing.

    >>> share(0, 10)
    Estimate(value=0.0, low=0.0, high=0.2775)
    """
    if whole <= 0:
        return None
    low, high = wilson(part, whole)
    return _around(part / whole, low, high)


def net(tally: Tally) -> Estimate | None:
    """Return the share of good mentions minus that of bad ones, in [-1, 1], with Bonett and Price's interval."""
    if tally.n <= 0:
        return None
    middle, half = _adjusted(tally), Z * sqrt(_net_variance(tally))
    return _around(_score([tally]), max(middle - half, -1.0), min(middle + half, 1.0))


def net_change(now: Tally, before: Tally) -> Estimate | None:
    """Return how far net sentiment moved, with its interval, centred as that of `net` is."""
    if now.n <= 0 or before.n <= 0:
        return None
    middle = _adjusted(now) - _adjusted(before)
    half = Z * sqrt(_net_variance(now) + _net_variance(before))
    return _around(_score([now]) - _score([before]), middle - half, middle + half)


def share_change(now: int, whole: int, before: int, whole_before: int) -> Estimate | None:
    """Return how far a share moved, with its interval (Agresti and Caffo)."""
    if whole <= 0 or whole_before <= 0:
        return None
    value = now / whole - before / whole_before
    new, old = (now + 1) / (whole + 2), (before + 1) / (whole_before + 2)
    half = Z * sqrt(new * (1 - new) / (whole + 2) + old * (1 - old) / (whole_before + 2))
    return _around(value, new - old - half, new - old + half)


def total(days: Days, period: Period) -> Tally:
    """Return what was counted within a period."""
    inside = [tally for day, tally in days.items() if period.since <= day < period.until]
    return _added(inside)


def by_bucket(days: Days, period: Period, by: By) -> dict[date, Tally]:
    """Return what was counted in each day, week or Jalali month of a period."""
    found: dict[date, list[Tally]] = defaultdict(list)
    for day, tally in days.items():
        if period.since <= day < period.until:
            found[bucket(day, by)].append(tally)
    return {start: _added(tallies) for start, tallies in found.items()}


def usual(days: Days, period: Period, *, known_since: date | None) -> float | None:
    """Return how many mentions a period like this had: each of its days as the same weekday of the weeks before.

    Days before `known_since` were not recorded and say nothing. None when no full week is known.
    """
    weekdays, seen = [0.0] * 7, [0] * 7
    first = period.since - timedelta(weeks=USUAL_WEEKS)
    for day in Period(max(first, known_since or first), period.since).dates:
        seen[day.weekday()] += 1
        weekdays[day.weekday()] += days.get(day, NOTHING).n
    if not all(seen):
        return None
    expected = (weekdays[day.weekday()] / seen[day.weekday()] for day in period.dates)
    return round(sum(expected), 1)


@dataclass(frozen=True, slots=True)
class Moved:
    """What one topic did to the overall score: by being spoken of more or less, and by being spoken of differently."""

    topic: str
    mix: float
    sentiment: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.mix + self.sentiment


def what_moved(now: Mapping[str, Tally], before: Mapping[str, Tally]) -> list[Moved]:
    """Split the change of net sentiment over all mentions into topic mix and topic sentiment, the largest first.

    The parts add up to the change exactly: Σ Δw·(s̄ − S̄) + Σ w̄·Δs, with means of the two periods (the midpoint
    decomposition of Kitagawa). A topic without mentions in a period keeps the sentiment of the other one.
    """
    many, few = sum(tally.n for tally in now.values()), sum(tally.n for tally in before.values())
    if not many or not few:
        return []
    overall = (_score(now.values()) + _score(before.values())) / 2
    found = []
    for topic in {**now, **before}:
        new, old = now.get(topic, NOTHING), before.get(topic, NOTHING)
        score, score_before = _score([new if new.n else old]), _score([old if old.n else new])
        weight, weight_before = new.n / many, old.n / few
        found.append(
            Moved(
                topic,
                (weight - weight_before) * ((score + score_before) / 2 - overall),
                (weight + weight_before) / 2 * (score - score_before),
            )
        )
    return sorted(found, key=lambda moved: (-abs(moved.total), moved.topic))


def _added(tallies: Sequence[Tally]) -> Tally:
    """Return the sum of many tallies, without making one of every two."""
    if len(tallies) == 1:
        return tallies[0]
    columns = zip(*((one.n, one.negative, one.positive, one.urgent) for one in tallies), strict=True)
    return Tally(*map(sum, columns))


def _score(tallies: Iterable[Tally]) -> float:
    whole = sum(tallies, NOTHING)
    return (whole.positive - whole.negative) / whole.n if whole.n else 0.0


def _adjusted(tally: Tally) -> float:
    """Return the net sentiment with one good and one bad mention more, around which its interval lies."""
    return (tally.positive - tally.negative) / (tally.n + 2)


def _net_variance(tally: Tally) -> float:
    good, bad = (tally.positive + 1) / (tally.n + 2), (tally.negative + 1) / (tally.n + 2)
    return max(good + bad - (good - bad) ** 2, 0.0) / (tally.n + 2)


def _around(value: float, low: float, high: float) -> Estimate:
    """Return an estimate whose interval holds it, be it the edge of the one that was computed."""
    return Estimate(*(round(each, 4) for each in (value, min(low, value), max(high, value))))
