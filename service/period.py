"""Days, weeks and months as they are counted in Iran: Tehran's day, weeks from Saturday, Jalali months. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

import jdatetime

from service.jalali import MONTHS, TEHRAN, day_of, from_jalali, persian, spoken_day

By = Literal["hour", "day", "week", "month"]
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=366 * 5)
#: Python's weekday of Saturday.
_SATURDAY = 5
#: Years below this are Jalali.
_GREGORIAN = 1700
#: Years in which a customer can have said something.
SENSIBLE = range(1990, 2200)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of Tehran from `since` until before `until`."""

    since: date
    until: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days

    @property
    def last(self) -> date:
        """The last of its days."""
        return self.until - _DAY

    @property
    def dates(self) -> Iterator[date]:
        """Each of its days, in order."""
        return map(date.fromordinal, range(self.since.toordinal(), self.until.toordinal()))

    @property
    def before(self) -> "Period":
        """The period of the same length that ends where this one begins."""
        return Period(self.since - timedelta(days=self.days), self.since)

    def is_running(self, now: datetime) -> bool:
        """Tell whether its last day is not over: more may still be counted in it."""
        return now < midnight(self.until)


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins in Tehran."""
    return datetime.combine(day, time(), tzinfo=TEHRAN)


def last_days(now: datetime, days: int) -> Period:
    """Return the period of so many days that ends with today."""
    until = day_of(now) + _DAY
    return Period(until - timedelta(days=days), until)


def between(now: datetime, since: date | None, until: date | None, days: int) -> Period:
    """Return the days from one to another, both included, of more than five years the last.

    Without the first it is as many as `days`, without the last all up to today.
    """
    end = (day_of(now) if until is None else until) + _DAY
    begin = end - timedelta(days=days) if since is None else since
    return Period(max(begin, end - _LONGEST), end)


def week_of(day: date) -> Period:
    """Return the Saturday-to-Friday week a day lies in.

    >>> week_of(date(2026, 11, 25))
    Period(since=datetime.date(2026, 11, 21), until=datetime.date(2026, 11, 28))
    """
    saturday = day - timedelta(days=(day.weekday() - _SATURDAY) % 7)
    return Period(saturday, saturday + timedelta(days=7))


@lru_cache(maxsize=20_000)
def bucket(day: date, by: By) -> date:
    """Return the first day of the week or month a day is counted in; a day is its own.

    >>> bucket(date(2026, 11, 25), "month")  # the fourth of Azar
    datetime.date(2026, 11, 22)
    """
    if by == "week":
        return week_of(day).since
    if by == "month":
        return day - timedelta(days=jdatetime.date.fromgregorian(date=day).day - 1)
    return day


def buckets(period: Period, by: By) -> list[date]:
    """Return every bucket of a period, also those in which nothing was said."""
    return list(dict.fromkeys(bucket(day, by) for day in period.dates))


def cut(period: Period, by: By) -> frozenset[date]:
    """Return the buckets that have days outside a period too: of them it holds only some.

    >>> cut(Period(date(2026, 11, 25), date(2026, 12, 5)), "week")  # from a Wednesday to a Friday
    frozenset({datetime.date(2026, 11, 21)})
    """
    around = {bucket(period.before.last, by), bucket(period.until, by)}
    return frozenset(around & {bucket(period.since, by), bucket(period.last, by)})


def parse_day(text: str) -> date:
    """Return the date of `2026-11-25` or of its Jalali twin `1405-09-04`.

    `ValueError` when it is neither, or too far off for anything to have been said.
    """
    year = int(text.split("-", maxsplit=1)[0])
    day = from_jalali(text) if year < _GREGORIAN else date.fromisoformat(text)
    if day.year not in SENSIBLE:
        raise ValueError(text)
    return day


@lru_cache(maxsize=20_000)
def spoken_bucket(day: date, by: By) -> str:
    """Return a bucket as a person names it."""
    found = jdatetime.date.fromgregorian(date=day)
    if by == "month":
        return f"{MONTHS[found.month - 1]} {persian(found.year)}"
    if by == "week":
        return f"هفتهٔ {persian(found.day)} {MONTHS[found.month - 1]} {persian(found.year)}"
    return spoken_day(day)
