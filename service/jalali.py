"""Moments as people in Iran read them: Jalali dates, Tehran time."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import jdatetime

from nlp.spelling.letters import PERSIAN_DIGITS

TEHRAN = ZoneInfo("Asia/Tehran")
#: Python's weekday 0 is Monday.
WEEKDAYS = ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")
MONTHS = tuple(jdatetime.date.j_months_fa)
#: Iranian years that are still written by hand; anything later is Gregorian.
IRANIAN_YEARS = range(1300, 1500)


@lru_cache(maxsize=1_024)  # one answer tells the same few moments several times
def jalali(moment: datetime) -> str:
    """Return the Jalali twin of a moment, in Tehran time and with Latin digits, as the API writes it.

    >>> jalali(datetime.fromisoformat("2026-11-25T20:45:00+00:00"))
    '1405-09-05 00:15'
    """
    local = moment.astimezone(TEHRAN)
    return f"{jalali_day(local.date())} {local:%H:%M}"


@lru_cache(maxsize=20_000)
def jalali_day(day: date) -> str:
    """Return the Jalali twin of a date, with Latin digits."""
    found = jdatetime.date.fromgregorian(date=day)
    return f"{found.year:04}-{found.month:02}-{found.day:02}"


def iso(moment: datetime | None) -> str | None:
    """Return a moment as the API writes it: ISO 8601 in UTC.

    >>> iso(datetime.fromisoformat("2026-11-25T20:45:00+00:00"))
    '2026-11-25T20:45:00Z'
    """
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def moments(name: str, moment: datetime | None) -> dict[str, str | None]:
    """Return a moment and its Jalali twin, as fields of JSON."""
    return {name: iso(moment), f"{name}_jalali": None if moment is None else jalali(moment)}


def from_iso(text: str | None) -> datetime | None:
    """Return the moment that `iso` wrote."""
    return None if text is None else datetime.fromisoformat(text)


def day_of(moment: datetime) -> date:
    """Return the day of a moment, as Tehran has it.

    >>> day_of(datetime.fromisoformat("2026-11-25T20:45:00+00:00"))
    datetime.date(2026, 11, 26)
    """
    return moment.astimezone(TEHRAN).date()


def spoken(moment: datetime) -> str:
    """Return a moment as a person says it.

    >>> spoken(datetime.fromisoformat("2026-11-25T09:50:00+00:00"))
    'چهارشنبه ۴ آذر ۱۴۰۵، ساعت ۱۳:۲۰'
    """
    local = moment.astimezone(TEHRAN)
    return f"{spoken_day(local.date())}، ساعت {persian(f'{local:%H:%M}')}"


def spoken_day(day: date) -> str:
    """Return a Gregorian date as a person says it: weekday, day, month and year."""
    found = jdatetime.date.fromgregorian(date=day)
    return f"{WEEKDAYS[day.weekday()]} {persian(found.day)} {MONTHS[found.month - 1]} {persian(found.year)}"


def from_jalali(text: str) -> date:
    """Return the Gregorian date of `1405-01-01`; `ValueError` when there is no such day."""
    year, month, day = (int(part) for part in text.split("-"))
    found: date = jdatetime.date(year, month, day).togregorian()
    return found


def persian(value: object) -> str:
    """Return a value with Persian digits."""
    return str(value).translate(PERSIAN_DIGITS)
