"""Days that people name: Jalali dates, weekdays and «فردا», counted from the day the comment was written."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, NamedTuple

import jdatetime

from nlp.rules import numbers, patterns, phrases, verbs

_FRIDAY, _SATURDAY = 4, 5
_WEEK = 7
_TOO_FAR = 36_500  # days: no promise reaches them, and no calendar reaches millions
How = Literal["reply", "report", "promise", "lapsed"]
#: How many days back a date without a year may lie; beyond that the coming one is meant.
_BACK: Mapping[How, int] = {"reply": 0, "report": 270, "promise": 182, "lapsed": 270}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day named in a folded text."""

    start: int
    end: int
    day: date


def named(text: str, now: date | None, *, ahead: bool = False) -> Iterator[Day]:
    """Yield the days that a folded text names, as Gregorian dates.

    Weekdays, «فردا» and dates without a year need `now`; `ahead` reads them forward (a reply),
    otherwise backward (a report). Impossible dates such as ۳۱ مهر are left out.
    """
    for mention in mentions(text, now, "reply" if ahead else "report"):
        if mention.day is not None:
            yield Day(start=mention.start, end=mention.end, day=mention.day)


class Mention(NamedTuple):
    """Where a folded text names a day, and which one; None when it cannot be known."""

    start: int
    end: int
    day: date | None

    def moved(self, by: int) -> "Mention":
        """Return the same mention in a text that begins so many characters earlier."""
        return Mention(self.start + by, self.end + by, self.day)


def mentions(text: str, now: date | None, how: How) -> Iterator[Mention]:
    """Yield where a folded text names days, also those that are not known."""
    last: date | None = None
    for match in patterns.openings().pattern("day").finditer(text):
        # «تا شنبه» lies ahead; of «تا ۲۰ آبان» the nearest one is meant
        ahead: How = "promise" if match["nm"] or match["last"] or match["dm"] else "reply"
        coming = ahead if how == "report" and _coming(text, match) else how
        if match["dm"]:
            yield from _short(text, match, now, coming, is_told=how == "report")
            continue
        if match["of"] and not match["month"] and not _is_day(text, match):
            continue
        day = _full(match)
        if day is None and now is not None and not (how == "report" and _is_next(text, match)):
            day = _relative(match, now, coming)
        if day and last and day < last and match["week"] and _ends_stretch(text, match):
            day += timedelta(days=_WEEK)  # «از پنجشنبه تا شنبه», told on that Saturday
        last = day
        yield Mention(match.start(), match.end(), day)


#: How far the verb of a day is looked for.
_CLAUSE = re.compile(r"[^.!?,;\n]{0,30}")
_UNTIL = re.compile(r"(?<!\w)(?:تا|برای?|واسه|اگه|اگر) $")


def _is_next(text: str, match: re.Match[str]) -> bool:
    """Say whether «فردا» is the day after one of a story, as in «فردا رفتم جای دیگه»."""
    if not (match["later"] or (match["near"] and phrases.NEAR[match["near"]] > 0)):
        return False
    clause = _CLAUSE.match(text, match.end())
    is_told = clause is not None and verbs.tells(text, *clause.span())
    return is_told and not _UNTIL.search(text, max(0, match.start() - 6), match.start())


#: «تا بیستم», «قرار بود ۲۰ام»: elsewhere an ordinal counts something else, as small ones mostly do.
_BEFORE_ORDINAL = re.compile(r"(?:^(?: (?:که|تا|حداکثر))*|(?<!\w)(?:تا|از|برای|واسه|قراره|مورخ)) (?:روز )?$")
_SMALL = 3
_LAST_JALALI = 1999


def _is_day(text: str, match: re.Match[str]) -> bool:
    """Say whether an ordinal is a day of the month though no month stands behind it."""
    before = _BEFORE_ORDINAL.search(text, max(0, match.start() - 16), match.start())
    if match["of"][0].isdigit() and _day_number(match["of"]) > _SMALL and _DONE.match(text, match.end()):
        return True  # «۲۵ام سفارش دادم»
    return before is not None and (match["of"][0].isdigit() or _day_number(match["of"]) > _SMALL)


#: «تا شنبه», «شنبه امتحان دارم» are days to come, but for «از شنبه تا دوشنبه بودیم».
_BEFORE_COMING = re.compile(r"(?<!\w)(?:تا|برای|واسه|قراره|قرار است|می ?گن|می ?گه)(?: روز)? $")
_BEHIND_COMING = re.compile(
    r" (?:(?:\w+ ){0,2}(?:دارم|داریم|میام|میایم|میرم|میریم|باید|میاد|میشه)|(?:ساعت (?:\w+ ){1,2}?)?قراره)(?!\w)"
)
STRETCH = re.compile(r"(?<!\w)از [^.!?,\n]{0,24}تا $")
_OVER = r"[^.!?,\n]{0,30}?(?<!\w)ن?(?:می ?)?(?:بود|شد|رفت|موند|مونده|داشت|گرفت|داد|کرد|رسید|اومد|اقامت)"
_PAST = re.compile(rf"{_OVER}(?:م|یم|ن|ند|ید|ین)?(?!\w)")
#: «برای جمعه رزرو کردم»: what I did lies back, the day for which I did it ahead.
_FOR = re.compile(r"(?<!\w)(?:برای|واسه)(?: روز)? $")
_FOR_PAST = re.compile(rf"{_OVER}(?:ن|ند|ید|ین)?(?!\w)")


def _coming(text: str, match: re.Match[str]) -> bool:
    """Say whether a weekday is said to come."""
    past = _FOR_PAST if _FOR.search(text, max(0, match.start() - 16), match.start()) else _PAST
    if past.match(text, match.end()) or _ends_stretch(text, match):
        return False
    return bool(
        _BEFORE_COMING.search(text, max(0, match.start() - 16), match.start())
        or _BEHIND_COMING.match(text, match.end())
    )


def _short(
    text: str, match: re.Match[str], now: date | None, how: How, *, is_told: bool
) -> Iterator[Mention]:
    """Yield the day of «تاریخ ۱۵/۹» and «دوشنبه ۹/۹»; where that is none, the weekday may still be one."""
    start, end = match.span("dd")[0], match.end("dm")
    day, month = _day_and_month(match["dd"], match["dm"])
    found = _without_year(month, day, now, _BACK[how]) if now and month else None
    if match["dw"]:
        is_that = found is not None and found.weekday() == _weekday_number(match["dw"])
        if is_that and not _COUNTED.match(text, end):
            yield Mention(match.start(), end, found)
        else:
            yield Mention(match.start(), match.end("dw"), now and _weekday(match["dw"], "", now, how))
    elif month and is_short(text, start, end, is_told=is_told):
        yield Mention(start, end, found)


def _day_and_month(first: str, second: str) -> tuple[int, int]:
    """Return the day and the month of «۱۵/۹» and «۹/۱۵»; month 0 of what is no day, or may be two: «۰۵/۰۹»."""
    day, month = int(first), int(second)
    if month > _MONTHS:
        day, month = month, day
    elif first.startswith("0") and day <= _MONTHS and day != month:
        return day, 0
    return day, month if month <= _MONTHS else 0


_MONTHS = 12
_DATED = "تحویل|سفارش|خرید|ثبت|ارسال|پرداخت|واریز|رزرو|پرواز|ورود|خروج|مراجعه|سررسید|تماس|نصب|فاکتور|اعزام|حرکت|بلی[طت]|چک"
#: «تاریخ تحویل رو زده», «از تاریخ ۱۰/۸ تا»: what follows is a date, unless it counts something.
_DATE_OF = re.compile(
    rf"(?<!\w)(?:تاریخ(?: (?:{_DATED})\w{{0,3}})?(?: (?:رو|را|هم|من|که|زده|زدن|خورده|نوشته)){{0,2}}|مورخ(?:ه|هی)?) ?:? ?(?:\d{{1,2}}/\d{{1,2}} (?:تا|الی|لغایت|و) )?$"
)
#: After «روز», and in a promise after «تا» as well, it is one if it can be no «دو سوم» and no «یک و نیم».
_MAYBE_DATE = re.compile(r"(?<!\w)(?<!هر )(?<!\d )(?:روز|قراره) (?:مورخه? )?$")
_PROMISED_DATE = re.compile(
    r"(?:^|(?<!\w)(?:تا|برای|واسه|حداکثر|نهایتا))(?: (?:که|تا|حداکثر|برای|واسه|روز))* ?$"
)
#: Behind it these say that it counts something, and not that it is a day: «۳/۹ ساعت» but for «۳/۹ ساعت ۱۰».
_COUNTED = re.compile(
    rf" ?(?:{numbers.COUNTED}|ثانیه|دقیقه|دیقه|دقه|هفته|ماه|سال|ساعت(?! ?(?:\d|حدود|{numbers.any_of(numbers.words())}))"
    r"|شبانه ?روز|روز(?! (?:\w* ?ش[نم]به|جمعه))|سانت|برابر|ستاره|نمره|واحد|اینچ|وعده|تا(?!\w)(?! (?:الان|حالا|امروز|امشب|هنوز|\d|تاریخ)))"
)
_GOES_ON = re.compile(
    r" ?(?:[.,!?;\n]|$|ساعت|پول|مبلغ|سفارش (?:داد|گذاشت|ثبت)|خرید(?:م|یم| کرد)|ثبت|واریز|رزرو|پرداخت|رفت|ا?ومد|زنگ|تماس|مراجعه|قرار|تحویل|ارسال|نصب|وصل|میا|میرس|می ?رس|بیا|برس|نی(?:و|ا)مد|نرسید|از (?:حساب|کارت)|بود|هست|است)"
)
#: «۱۵/۹ سفارش دادم» needs no «تاریخ» before it: nobody orders fifteen and nine tenths.
_DONE = re.compile(r" (?:سفارش (?:داد|گذاشت|ثبت)|خرید(?:م|یم| کرد)|ثبت|واریز|رزرو|پرداخت)")
_OTHERWISE = re.compile(r"(?<!\w)(?:ساعت|سایز|شماره|کد|نمره|فشار)\w{0,2} ?:? $")


def is_short(text: str, start: int, end: int, *, is_told: bool = True) -> bool:
    """Say whether two numbers between which a slash stands are a day and a month, and no fraction.

    A time is no such day; `is_told` of what happened, where «تا ۱۵/۹» may be anything.
    """
    if _COUNTED.match(text, end):
        return False
    near = max(0, start - 40)
    if _DATE_OF.search(text, near, start):
        return True
    day, _, month = text[start:end].partition("/")
    if int(month) > _MONTHS or not (int(day) > _MONTHS or _GOES_ON.match(text, end)):
        return False
    if int(day) > _MONTHS and _DONE.match(text, end) and not _OTHERWISE.search(text, near, start):
        return True
    promised = None if is_told else _PROMISED_DATE.search(text, near, start)
    return bool(promised or _MAYBE_DATE.search(text, near, start))


def _ends_stretch(text: str, match: re.Match[str]) -> bool:
    return STRETCH.search(text, max(0, match.start() - 32), match.start()) is not None


def spans(text: str, now: date, how: How) -> Iterator[Mention]:
    """Yield where a folded text says how long from now."""
    for match in patterns.openings().pattern("span").finditer(text):
        unit = "دقیقه" if match["today"] else match["unit"] or "ماه"
        count = numbers.upper(match["count"] or "") or numbers.value(match["count"] or "1")
        if count and match["half"]:
            count += Fraction(1, 2)
        yield Mention(match.start(), match.end(), ahead(count, unit, now, how))


def ahead(count: Fraction | None, unit: str, now: date, how: How) -> date | None:
    """Return the day so far from now; None when it was counted from another day, or no calendar reaches it."""
    if how == "lapsed" or count is None or count * phrases.UNITS[unit] >= _TOO_FAR:
        return None
    months, rest = divmod(count, 1) if unit == "ماه" else (0, count)
    return _months_on(now, int(months)) + timedelta(days=round(rest * phrases.UNITS[unit]))


def _months_on(now: date, months: int) -> date:
    """Return the same day of a later month, or its last day if it has no such day: ۳۱ شهریور and one is ۳۰ مهر."""
    today = jdatetime.date.fromgregorian(date=now)
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return _gregorian(year, month + 1, today.day) or _last_day("ماه", now, months)


#: Year, month and day of a date in digits, whichever of them stands first.
_IN_DIGITS = (("y", "m", "d"), ("ly", "lm", "ld"), ("sy", "sm", "sd"), ("ty", "tm", "td"))


def _full(match: re.Match[str]) -> date | None:
    for year, month, day in _IN_DIGITS:
        if match[year]:
            return _gregorian(_whole_year(match[year]), int(match[month]), int(match[day]))
    if match["lasty"]:
        first = _gregorian(int(match["lasty"]), phrases.MONTHS.index(match["last"]) + 1, 1)
        return _last_of(phrases.MONTHS.index(match["last"]) + 1, first, 0) if first else None
    if match["ny"]:
        return _gregorian(
            _whole_year(match["ny"]), phrases.MONTHS.index(match["nm"]) + 1, _day_number(match["nd"])
        )
    return None


def _whole_year(written: str) -> int:
    """Return the year of which only the last two digits may be written: «۹۹» is ۱۳۹۹, «۰۵» is ۱۴۰۵."""
    if len(written) > 2:
        return int(written)
    return int(written) + (1400 if written.startswith("0") else 1300)


def _relative(match: re.Match[str], now: date, how: How) -> date | None:
    if match["nz"]:
        return _of_year(match, now)
    if match["nm"]:
        return _without_year(phrases.MONTHS.index(match["nm"]) + 1, _day_number(match["nd"]), now, _BACK[how])
    if match["week"]:
        return _weekday(match["week"], match["before"] or match["after"] or "", now, how)
    if match["near"]:
        ahead = phrases.NEAR[match["near"]]
        if ahead <= 0 or how != "lapsed":
            return now + timedelta(days=ahead)
        return _weekday(match["called"], "", now, how) if match["called"] else None  # «قرار بود فردا شنبه …»
    return _of_period(match, now, how)


def _of_period(match: re.Match[str], now: date, how: How) -> date | None:
    """Return a day that is named by its place in a week, a month or a year."""
    if match["end"]:
        return _end(match["end"], match["turn"] or "", now, how)
    if match["last"]:
        return _last_of(phrases.MONTHS.index(match["last"]) + 1, now, _BACK[how])
    if match["begin"]:
        return _begin(match["begin"], match["begun"] or "", now, how)
    if match["of"]:
        return _of_month(_day_number(match["of"]), match["month"] or "", now, how)
    return None if how == "lapsed" or not match["later"] else now + timedelta(days=_WEEK)


def _weekday(name: str, turn: str, now: date, how: How) -> date | None:
    """Return a weekday; «هفته بعد» is the week that begins on the coming Saturday."""
    wanted = _weekday_number(name)
    weeks = _turned(turn)
    if weeks > 0 and how == "lapsed":
        return None
    if "هفته" in turn:
        return _saturday(now) + timedelta(days=(wanted - _SATURDAY) % _WEEK + weeks * _WEEK)
    if weeks > 0:
        return now + timedelta(days=(wanted - now.weekday() - 1) % _WEEK + 1)
    if weeks < 0 or how in ("report", "lapsed"):
        return now - timedelta(days=(now.weekday() - wanted - 1) % _WEEK + 1)
    return now + timedelta(days=(wanted - now.weekday()) % _WEEK)


def _weekday_number(name: str) -> int:
    return _FRIDAY if name == "جمعه" else phrases.WEEKDAYS[re.sub("ش[نم]به$", "", name).strip()]


def _turned(words: str) -> int:
    """Return how many weeks or months on «بعد» and «گذشته» lead."""
    return 1 if re.search(phrases.NEXT, words) else -1 if re.search(phrases.LAST, words) else 0


def _saturday(now: date) -> date:
    """Return the first day of the Iranian week."""
    return now - timedelta(days=(now.weekday() - _SATURDAY) % _WEEK)


def _end(unit: str, turn: str, now: date, how: How) -> date | None:
    """Return the last day of a week or a month; of one that has passed already when the promise has."""
    turned = _turned(turn)
    if how == "lapsed" and turned > 0:
        return None
    day = _last_day(unit, now, turned)
    return _last_day(unit, now, -1) if how == "lapsed" and day > now else day


def _begin(unit: str, turn: str, now: date, how: How) -> date | None:
    """Return the first day of a week or a month: of this one in a report, of the next in a promise."""
    turned = _turned(turn)
    if how == "lapsed" and turned > 0:
        return None
    if not turn and how in ("promise", "reply"):
        turned = 1
    return _last_day(unit, now, turned - 1) + timedelta(days=1)


def _last_of(month: int, now: date, back: int) -> date | None:
    """Return the last day of the first such month that ends at most so many days back."""
    year = jdatetime.date.fromgregorian(date=now).year
    ends = [_gregorian(near + month // 12, month % 12 + 1, 1) for near in (year - 1, year, year + 1)]
    lasts = (first - timedelta(days=1) for first in ends if first)
    return next((last for last in lasts if last >= now - timedelta(days=back)), None)


def _of_month(day: int, month: str, now: date, how: How) -> date | None:
    """Return a day of the month that is named, or of «ماه» the nearest one: behind in a report, ahead in a promise."""
    today = jdatetime.date.fromgregorian(date=now)
    behind = how in ("report", "lapsed")
    turned = _turned(month)
    if turned > 0 and how == "lapsed":
        return None
    is_this = turned or "این" in month or "همین" in month
    if not is_this and (day > today.day if behind else day < today.day):
        turned = -1 if behind else 1
    year, month_of_year = divmod(today.year * 12 + today.month - 1 + turned, 12)
    return _gregorian(year, month_of_year + 1, day)


def _last_day(unit: str, now: date, turned: int) -> date:
    if unit == "هفته":
        return _saturday(now) + timedelta(days=(turned + 1) * _WEEK - 1)
    today = jdatetime.date.fromgregorian(date=now)
    months = 12 * turned + 12 - today.month if unit == "سال" else turned
    year, month = divmod(today.year * 12 + today.month + months, 12)
    first_of_next: date = jdatetime.date(year, month + 1, 1).togregorian()
    return first_of_next - timedelta(days=1)


def _without_year(month: int, day: int, now: date, back: int) -> date | None:
    """Return the first such day that lies at most so many days back."""
    year = jdatetime.date.fromgregorian(date=now).year
    found = [_gregorian(near, month, day) for near in (year - 1, year, year + 1)]
    return next((each for each in found if each and each >= now - timedelta(days=back)), None)


def _of_year(match: re.Match[str], now: date) -> date | None:
    """Return a day of last year, this year or the next: «۱۲ آبان پارسال»."""
    turned = -1 if match["nz"] == "پارسال" else _turned(match["nz"])
    year = jdatetime.date.fromgregorian(date=now).year + turned
    return _gregorian(year, phrases.MONTHS.index(match["nm"]) + 1, _day_number(match["nd"]))


def _day_number(text: str) -> int:
    for ordinal, cardinal in phrases.ORDINALS.items():
        text = text.replace(ordinal, cardinal)
    return int(numbers.value(re.sub(r" ?ا?م$", "", text)) or 0)


def _gregorian(year: int, month: int, day: int) -> date | None:
    """Return a day of the Jalali calendar, or of the Gregorian one when the year is one of that; None when there is none."""
    try:
        found: date = (
            date(year, month, day) if year > _LAST_JALALI else jdatetime.date(year, month, day).togregorian()
        )
    except ValueError:
        return None
    return found
