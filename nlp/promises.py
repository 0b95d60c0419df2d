"""Days that people name: Jalali dates, weekdays and «فردا», counted from the day the comment was written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import jdatetime

from nlp import numbers, patterns

_MONTHS = (
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "ابان",
    "اذر",
    "دی",
    "بهمن",
    "اسفند",
)
#: Monday is 0, as in Python's calendar; the Iranian week starts on Saturday.
_WEEKDAYS = {
    "": 5,
    "یک": 6,
    "1": 6,
    "دو": 0,
    "2": 0,
    "سه": 1,
    "3": 1,
    "چهار": 2,
    "چار": 2,
    "4": 2,
    "پنج": 3,
    "5": 3,
}
_FRIDAY = 4
_NEAR = {"امروز": 0, "امشب": 0, "فردا": 1, "پس فردا": 2, "پسفردا": 2, "دیروز": -1, "دیشب": -1, "پریروز": -2}
_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day named in a folded text; `recurring` days («شنبه») may lie on either side of today."""

    start: int
    end: int
    day: date


def days(text: str, now: date | None, *, ahead: bool = False) -> Iterator[Day]:
    """Yield the days that a folded text names, as Gregorian dates.

    Weekdays, «فردا» and dates without a year need `now`; `ahead` reads them forward (a promise),
    otherwise backward (a report). Impossible dates such as ۳۱ مهر are left out.
    """
    for match in patterns.openings().pattern("day").finditer(text):
        day = _full(match) or (_relative(match, now, ahead) if now else None)
        if day is not None:
            yield Day(start=match.start(), end=match.end(), day=day)


def due(text: str, now: date) -> Iterator[Day]:
    """Yield the day by which something was promised: «گفتید تا شنبه», «قول دادن فردا», «قرار بود ۱۵ آذر».

    When the words after it say that the day has passed («ولی نیومد», «هنوز خبری نیست»), a weekday is the
    one before today.
    """
    for frame in patterns.openings().pattern("frame").finditer(text):
        stretch_end = frame.end() + _reach(text, frame.end())
        lapsed = _LAPSED.search(text, frame.end(), min(len(text), stretch_end + 60)) is not None
        found = next(days(text[frame.end() : stretch_end], now, ahead=not lapsed), None)
        if found is not None:
            yield Day(start=frame.start(), end=frame.end() + found.end, day=found.day)


_LAPSED = re.compile(r"(?<!\w)(?:هنوز|ولی|اما|نیومد|نشد|نرسید|نکرد|نداد|نگرفت|خبری|گذشت|رد شد|شده|الان)")


def _reach(text: str, start: int) -> int:
    """Return how far a promise may stand from its day: 45 characters, and not past a sentence end."""
    stop = re.search(r"[.!?\n]", text[start : start + 45])
    return stop.start() if stop else 45


def expressions() -> dict[str, re.Pattern[str]]:
    """Return the patterns; both begin where a word does."""
    return {"day": _expression(), "frame": _frame()}


def _frame() -> re.Pattern[str]:
    said = r"(?:گفت(?:ه بود)?(?:ید|ین|ن|ند|ه|م)?|فرمود(?:ید|ین|ن|ند)|قول (?:داد|داده بود|مید)\w*|قرار (?:بود|شد|گذاشت)\w*|وعده|اعلام کرد\w*|نوشته بود\w*|تعهد)"
    return re.compile(rf"(?<!\w){said}(?!\w)")


def _expression() -> re.Pattern[str]:
    months = "|".join(_MONTHS)
    week = "|".join(sorted((name for name in _WEEKDAYS if name), key=len, reverse=True))
    near = "|".join(sorted(_NEAR, key=len, reverse=True))
    return re.compile(
        rf"(?<![\w/.-])(?P<y>1[34]\d\d)[/.-](?P<m>1[0-2]|0?[1-9])[/.-](?P<d>3[01]|[12]\d|0?[1-9])(?![\w/-])"
        rf"|(?<!\w)(?P<nd>3[01]|[12]\d|[1-9]|اول|دوم|سوم|{_words()}) ?(?P<nm>{months})(?: ?ماه)?(?: (?:سال )?(?P<ny>1[34]\d\d))?(?!\w)"
        rf"|(?<!\w)(?P<week>(?:(?:{week}) ?)?شنبه|جمعه)(?P<next> (?:هفته )?(?:بعد|دیگه|اینده))?(?!\w)"
        rf"|(?<!\w)(?P<near>{near})(?!\w)"
        rf"|(?<!\w)(?P<end>(?:اخر|اخرای|پایان) (?:این |همین )?(?:هفته|ماه))(?!\w)"
        rf"|(?<!\w)(?P<later>هفته (?:ی )?(?:بعد|دیگه|اینده))(?!\w)"
    )  # fmt: skip


@cache
def _words() -> str:
    small = [word for word in numbers.words() if (numbers.value(word) or 0) <= 31]
    return "|".join(sorted(small, key=len, reverse=True))


def _full(match: re.Match[str]) -> date | None:
    if match["y"]:
        return _gregorian(int(match["y"]), int(match["m"]), int(match["d"]))
    if match["ny"]:
        return _gregorian(int(match["ny"]), _MONTHS.index(match["nm"]) + 1, _day_number(match["nd"]))
    return None


def _relative(match: re.Match[str], now: date, ahead: bool) -> date | None:
    if match["nm"]:
        return _nearest_year(_MONTHS.index(match["nm"]) + 1, _day_number(match["nd"]), now, ahead)
    if match["week"]:
        return _weekday(match["week"], now, ahead, after=bool(match["next"]))
    if match["near"]:
        return now + timedelta(days=_NEAR[match["near"]])
    if match["end"]:
        return _end_of_month(now) if "ماه" in match["end"] else _weekday("جمعه", now, ahead=True, after=False)
    if match["later"]:
        return now + timedelta(days=_WEEK)
    return None


def _weekday(name: str, now: date, ahead: bool, *, after: bool) -> date:
    wanted = _FRIDAY if name == "جمعه" else _WEEKDAYS[name.removesuffix("شنبه").strip()]
    if after or ahead:
        return now + timedelta(days=(wanted - now.weekday()) % _WEEK + (_WEEK if after else 0))
    return now - timedelta(days=(now.weekday() - wanted - 1) % _WEEK + 1)


def _nearest_year(month: int, day: int, now: date, ahead: bool) -> date | None:
    year = jdatetime.date.fromgregorian(date=now).year
    found = _gregorian(year, month, day)
    if found is None or (found >= now if ahead else found <= now):
        return found
    return _gregorian(year + (1 if ahead else -1), month, day)


def _end_of_month(now: date) -> date:
    today = jdatetime.date.fromgregorian(date=now)
    first_of_next = jdatetime.date(today.year + today.month // 12, today.month % 12 + 1, 1)
    start: date = first_of_next.togregorian()
    return start - timedelta(days=1)


def _day_number(text: str) -> int:
    ordinal = {"اول": 1, "دوم": 2, "سوم": 3}
    return ordinal[text] if text in ordinal else int(numbers.value(text) or 0)


def _gregorian(year: int, month: int, day: int) -> date | None:
    try:
        found: date = jdatetime.date(year, month, day).togregorian()
    except ValueError:
        return None
    return found
