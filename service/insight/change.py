"""When a topic leaves what is usual for it: anomalies against the weekday, and days from which a level has changed. Pure.

A day is expected to be like the same weekday of the eight weeks before, holidays like Fridays; how far counts stray
is learned from the same weeks, so a restless topic needs a larger jump (negative binomial tail).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import erfc, log, sqrt

import numpy as np
from numpy.typing import NDArray

from service.period import Period

Floats = NDArray[np.float64]
_FRIDAY = 4
_HISTORY, _LEAST_HISTORY = 56, 28
#: Sums over so many days are tested, so that a small but lasting rise is found as well.
SPANS = (1, 2, 7)
#: Per test; with three spans a quiet topic is falsely reported less than once in a quarter.
_LEVEL = 0.002
_FEWEST = 5
_RATIO = 1.5
#: A fall is only told of what is usually there.
_USUALLY = 12.0
#: Sums that days came into and left again stray from zero by less than this.
_NOTHING = 1e-9
#: A level counts as changed when it held for at least a week.
_HELD = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A topic far from what is usual: from when to when, how many instead of how many at its peak, and how sure."""

    since: date
    until: date
    peak: tuple[date, date]  #: the first and the last of the days that were counted
    n: int
    expected: float
    sure: float

    @property
    def rose(self) -> bool:
        """Whether there was more than usual."""
        return self.n > self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """A day from which a topic is on another level, per day, than in the stretch before."""

    day: date
    before: float
    after: float
    sure: float


def anomalies(
    first: date, counts: Sequence[int], off: Collection[date] = (), *, is_running: bool = False
) -> list[Anomaly]:
    """Return the episodes in which a daily count was far from usual, oldest first; it needs four weeks to learn.

    `counts` begins on the day `first` and has no gaps. Days of an episode do not teach what is usual. `is_running` says
    that the last day is not over: it may have more than usual already, but what it lacks may still come.
    """
    kinds = _kinds(first, len(counts), off)
    usual = [float(n) for n in counts]
    expected = [0.0] * len(counts)
    season = _Season(zip(kinds[:_LEAST_HISTORY], usual[:_LEAST_HISTORY], strict=True))
    found: list[Anomaly] = []
    for day in range(_LEAST_HISTORY, len(counts)):
        expected[day] = season.expected(kinds[day])
        hit = _test(first, counts, usual, expected, day, season)
        if hit is not None and (hit.rose or not is_running or day < len(counts) - 1):
            usual[day] = expected[day]
            found.append(hit)
        season.add(kinds[day], usual[day])
        if day >= _HISTORY:
            season.add(kinds[day - _HISTORY], usual[day - _HISTORY], -1)
    return _episodes(found)


def change_points(first: date, counts: Sequence[int], off: Collection[date] = ()) -> list[ChangePoint]:
    """Return the days from which the level of a daily count changed for good, oldest first.

    Killick's penalized segmentation as `ruptures` does it, of counts without their weekday and with steady variance.
    """
    if len(counts) < 4 * _HELD or sum(counts) < _LEAST_HISTORY:
        return []
    import ruptures  # brings scipy along

    kinds = _kinds(first, len(counts), off)
    season = _Season(zip(kinds, map(float, counts), strict=True))
    plain = np.array(counts, dtype=float) / np.array([season.factor(kind) for kind in kinds])
    steady = 2 * np.sqrt(plain + 0.375)
    noise = max(float(np.median(np.abs(np.diff(steady)))) / 0.954, 0.5)
    signal = (steady / noise).reshape(-1, 1)
    search = ruptures.KernelCPD(kernel="linear", min_size=_HELD).fit(signal)
    ends = [0, *map(int, search.predict(pen=4 * log(len(counts))))]
    return [
        _change(first, plain, signal, *stretch) for stretch in zip(ends, ends[1:], ends[2:], strict=False)
    ]


def filled(days: Mapping[date, int], since: date, until: date) -> list[int]:
    """Return counts of every day from `since` until before `until`."""
    return [days.get(day, 0) for day in Period(since, until).dates]


def tail(n: int, mean: float, spread: float) -> float:
    """Return the probability of at least `n` where `mean` is expected and variance is `spread` times the mean."""
    if n <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    from scipy import special  # a desk that only serves pages can do without

    if spread <= 1.001:
        return float(special.gammainc(n, mean))
    return float(special.betainc(n, mean / (spread - 1), 1 - 1 / spread))


def _kinds(first: date, length: int, off: Collection[date]) -> list[int]:
    days = (first + timedelta(days=number) for number in range(length))
    return [_FRIDAY if day in off else day.weekday() for day in days]


class _Season:
    """What is usual in some days: their level, a factor per weekday, and how far counts stray around both.

    It keeps sums per weekday, so that the days of a moving window come and go without being looked at again.
    """

    def __init__(self, days: Iterable[tuple[int, float]]) -> None:
        self._days, self._total = 0, 0.0
        self._seen, self._sums, self._squares = [0] * 7, [0.0] * 7, [0.0] * 7
        for kind, n in days:
            self.add(kind, n)

    def add(self, kind: int, n: float, sign: int = 1) -> None:
        """Take a day in, or with a `sign` of -1 let it go."""
        self._days += sign
        self._total += sign * n
        self._seen[kind] += sign
        self._sums[kind] += sign * n
        self._squares[kind] += sign * n * n

    def factor(self, kind: int) -> float:
        """Return how much of the level this weekday has, drawn towards 1 where little is known."""
        level = self._total / self._days
        if level <= _NOTHING:
            return 1.0
        return (self._sums[kind] + 2 * level) / (self._seen[kind] * level + 2 * level)

    def expected(self, kind: int) -> float:
        """Return how many are usual on this weekday."""
        level = self._total / self._days
        return level * self.factor(kind) if level > _NOTHING else 0.02

    def spread(self) -> float:
        """Return the variance around what is expected, in units of it; 1 where chance alone is at work."""
        if self._total / self._days <= _NOTHING:
            return 1.0
        usual = [self.expected(kind) for kind in range(7)]
        strayed = sum(
            squares / mean - 2 * total + seen * mean
            for squares, total, seen, mean in zip(self._squares, self._sums, self._seen, usual, strict=True)
        )
        return max(strayed / max(self._days - 7, 1), 1.0)


def _test(
    first: date,
    counts: Sequence[int],
    usual: Sequence[float],
    expected: Sequence[float],
    day: int,
    season: _Season,
) -> Anomaly | None:
    """Return the surest finding that ends with a day: tested on what is `usual`, told as it was counted."""
    best: Anomaly | None = None
    for span in SPANS:
        begin = day - span + 1
        if begin < _LEAST_HISTORY:
            continue
        n, mean = round(sum(usual[begin : day + 1])), sum(expected[begin : day + 1])
        told = sum(counts[begin : day + 1])
        # days that were told of already count as usual here: they must not turn the sum around
        if not (_is_far(n, mean) and _is_far(told, mean)) or (n > mean) != (told > mean):
            continue
        # what is usual is itself known from eight such days only
        rare = _rare(n, mean, season.spread() * (1 + 1 / 8 + span / _HISTORY))
        if rare < _LEVEL and (best is None or 1 - rare > best.sure):
            since, until = first + timedelta(days=begin), first + timedelta(days=day)
            best = Anomaly(
                since=since,
                until=until,
                peak=(since, until),
                n=told,
                expected=round(mean, 1),
                sure=round(1 - rare, 6),
            )
    return best


def _is_far(n: int, mean: float) -> bool:
    """Say whether a count is far enough from what is expected to be worth telling, if it is no chance."""
    return n >= max(_FEWEST, _RATIO * mean) or (mean >= _USUALLY and n * _RATIO <= mean)


def _rare(n: int, mean: float, spread: float) -> float:
    """Return the probability of a count as far off as this one, on its side."""
    return tail(n, mean, spread) if n > mean else 1.0 - tail(n + 1, mean, spread)


def _episodes(found: Sequence[Anomaly]) -> list[Anomaly]:
    """Put hits on following days together: one episode begins with its first day and keeps its surest finding."""
    together: list[list[Anomaly]] = []
    for hit in found:
        last = together[-1][-1] if together else None
        if last and hit.until - last.until <= timedelta(days=2) and hit.rose == last.rose:
            together[-1].append(hit)
        else:
            together.append([hit])
    return [_episode(hits) for hits in together]


def _episode(hits: Sequence[Anomaly]) -> Anomaly:
    # of several that are as good as certain it is the one that was furthest off, be it more or less
    surest = max(hits, key=lambda hit: (hit.sure, abs(hit.n - hit.expected)))
    return replace(surest, since=min(hits[0].until, surest.since), until=hits[-1].until)


def _change(first: date, plain: Floats, signal: Floats, begin: int, at: int, end: int) -> ChangePoint:
    old, new = signal[begin:at], signal[at:end]
    error = sqrt(float(old.var()) / len(old) + float(new.var()) / len(new)) or 1e-9
    apart = abs(float(new.mean() - old.mean())) / error
    return ChangePoint(
        day=first + timedelta(days=at),
        before=round(float(plain[begin:at].mean()), 2),
        after=round(float(plain[at:end].mean()), 2),
        sure=round(1 - erfc(apart / sqrt(2)), 6),
    )
