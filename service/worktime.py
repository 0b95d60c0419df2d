"""Working time: when a team is there, and what so many minutes of its time come to on the clock.

Open hours are half-open: a deadline may fall on the minute a day closes, a start on that minute waits for the next day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_DAY = timedelta(days=1)
_ZERO = timedelta()
#: Longer than any holiday: a calendar that does not open within three years never does.
_FAR_DAYS = 3 * 366
#: Open hours of one day: pairs of minutes since midnight, in order, not touching.
Hours = tuple[tuple[int, int], ...]
WHOLE_DAY: Hours = ((0, 24 * 60),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The working week of a team: open hours per weekday (0 is Monday), and the days on which it stays closed."""

    name: str
    zone: tzinfo
    week: tuple[Hours, ...]
    holidays: Mapping[date, str] = field(default_factory=dict)

    @property
    def around_the_clock(self) -> bool:
        """Whether this team never closes."""
        return not self.holidays and all(hours == WHOLE_DAY for hours in self.week)


def works_on(calendar: Calendar, day: date) -> bool:
    """Say whether the team works at all on this day."""
    return bool(_open(calendar, day))


def add(calendar: Calendar, start: datetime, length: timedelta) -> datetime:
    """Return when `length` of working time has passed since `start`, in UTC; never inside closed time.

    No length at all gives the first open moment from `start` on. `ValueError` when the length is negative.
    """
    if length < _ZERO:
        raise ValueError("working time does not run backwards")
    start = start.astimezone(UTC)  # arithmetic within another zone would not see its clocks change
    if calendar.around_the_clock:
        return start + length
    left = length
    for opens, closes in _stretches(calendar, start):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise ValueError(f"calendar {calendar.name} does not open")


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return the working time from `start` to `end`; negative when `end` comes first."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end < start:
        return -between(calendar, end, start)
    if calendar.around_the_clock:
        return end - start
    passed = _ZERO
    for opens, closes in _stretches(calendar, start):
        if opens >= end:
            break
        passed += min(closes, end) - opens
    return passed


def _stretches(calendar: Calendar, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the open stretches from `start` on; the first one may begin in its middle."""
    first = start.astimezone(calendar.zone).date()
    for number in range(_FAR_DAYS):
        for opens, closes in _open(calendar, first + number * _DAY):
            if start < closes:
                yield max(opens, start), closes


def _open(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Return the open stretches of one day."""
    return () if day in calendar.holidays else _stretches_of(calendar.week[day.weekday()], day, calendar.zone)


@lru_cache(maxsize=2_048)  # every deadline walks over the same few weeks
def _stretches_of(hours: Hours, day: date, zone: tzinfo) -> tuple[tuple[datetime, datetime], ...]:
    """Return open hours of a day in UTC, so that subtracting them is real time also when clocks change."""
    midnight = datetime.combine(day, time(), tzinfo=zone)
    return tuple(
        (
            (midnight + timedelta(minutes=opens)).astimezone(UTC),
            (midnight + timedelta(minutes=closes)).astimezone(UTC),
        )
        for opens, closes in hours
    )
