"""Values that a comment names: money, days, durations, order numbers and the day of a promise."""

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from math import ceil
from operator import attrgetter
from typing import NamedTuple

from nlp.normalize import Normalized
from nlp.rules import clock, days, numbers, patterns, phrases, promises
from nlp.spelling.folding import Folded, fold, spelling
from nlp.tags import Entity

_RIALS = 10  # in a toman
_SMALL = 1_000  # people leave «هزار» out below this: «پونصد تومن» is 500 or 500,000
_TINY = 100  # … and «میلیون» below this: «دو تومن» is 2,000 or 2,000,000, if not two


class _Found(NamedTuple):
    """An entity, and where it stands in the folded text."""

    kind: str
    value: str
    start: int
    end: int


def find(comment: Normalized, now: date | None = None) -> tuple[Entity, ...]:
    """Return the entities of a comment in the order of the text, with offsets in the original.

    Kinds: `amount` (`IRR:5000000`), `amount_ambiguous` (the readings, joined by `|`), `duration` (ISO 8601),
    `date` and `promise_due` (ISO 8601, Gregorian), `order_number`. Weekdays, «فردا» and promises are dated
    from `now`, the day the comment was written in Tehran; without it they are left out. «دو سه روز» and
    «۲ تا ۳ روز» are three days: the upper end counts.
    """
    folded = fold(comment.text)
    found = [
        *_amounts(folded.text),
        *_durations(folded.text),
        *_orders(folded.text),
        *_dates(folded.text, now),
    ]
    return tuple(_entity(comment, folded, each) for each in sorted(found, key=attrgetter("start", "end")))


def _entity(comment: Normalized, folded: Folded, found: _Found) -> Entity:
    span = comment.span(*folded.back(found.start, found.end))
    return Entity(kind=found.kind, value=found.value, start=span.start, end=span.end)


def in_rials(text: str) -> int | None:
    """Return the rials of an amount that stands alone where tomans are asked for; None when it is not one clear sum.

    >>> in_rials("۲ میلیون"), in_rials("پانصد هزار تومان"), in_rials("۵۰۰٬۰۰۰ ریال"), in_rials("۱٫۵")
    (20000000, 5000000, 500000, None)
    """
    match = re.fullmatch(phrases.amount(), spelling(text).strip())
    read = numbers.spaced if match and _SPACED.fullmatch(match["number"]) else numbers.value
    number = read(match["number"]) if match else None
    if match is None or not number or _ZERO_FIRST.match(match["number"]):
        return None
    if any(match[part] for part in ("rest", "odd", "again")):
        return None
    readings = _readings(match, number, match["unit"] or "تومان")
    return readings[0] if number.denominator == 1 and len(readings) == 1 else None


#: After a bare «۳ میلیون» these say that it counts something else than money.
_COUNTED = re.compile(
    r" ?(?:دلار|یورو|درهم|پوند|لیر|نفر|بار|کیلومتر|مشتری|کاربر|فالوور|سال|عدد|تا(?!\w)|نسخه|دانلود|درصد|متر|کیلو|گرم|بازدید|امتیاز|پیکسل)"
)
_LARGE = re.compile("می?لیون|میلیارد")
#: What may stand between a number and a scale that is not its own.
_APART = re.compile(r"\d ?(?:-|\(\w+\)) ?$")
_SCALE = re.compile("هزار|می?لیون|میلیارد")
#: Before a number these make it one of several, or part of another: «چند میلیون», «صدها هزار», «3,5 میلیون».
_VAGUE = re.compile(r"(?:(?<!\w)(?:چند|چندین|چندصد|نصف|ده ?ها|هزاران)|صدها|(?<!\d)\d{1,2} ?, ?\d{0,2}) ?$")
_LEADING, _ZERO_FIRST = re.compile(r"\d+"), re.compile(r"0\d{9,}")
_DIALLED = 11  # digits of a telephone number
#: Groups of a telephone number before its last one.
_CODE = re.compile(r"(?<![\w/.,])0\d{2,3}(?:[ -]\d{2,4}){0,3} ?[ -]$")
_LONGEST = 16  # letters of them


def _amounts(text: str) -> Iterator[_Found]:
    for match in patterns.openings().pattern("amount").finditer(text):
        if match["unit"] and _SPACED.fullmatch(match["number"]):
            yield _spaced(match, text)
            continue
        if odd := _odd(match, text):
            yield odd
            continue
        vague = _VAGUE.search(text, max(0, match.start() - 8), match.start())
        few = _few(match)
        number = few or (None if _is_bare(match, text) else _counted(match, text))
        is_other = _is_torn(match, text) or _is_dialled(match, text)
        if vague or is_other or not number or (few and _COUNTED.match(text, match.end())):
            continue
        readings = _above(number) if few else _readings(match, number, match["unit"] or "")
        end = match.end() if few or not match["rest"] else match.end("unit")
        yield _sum(readings, match.start(), end)


def _sum(readings: tuple[int, ...], start: int, end: int) -> _Found:
    kind = "amount" if len(readings) == 1 else "amount_ambiguous"
    return _Found(kind, "|".join(f"IRR:{reading}" for reading in readings), start, end)


_SPACED = re.compile(numbers.SPACED)
#: Before a sum these have a number of their own: «سایز ۴۲ ۳۵۰ تومن».
_NUMBERED = re.compile(
    r"(?<!\w)(?:ساعت|سایز|شماره|کد|واحد|پلاک|اتاق|کوچه|خط|شعبه|مدل|پرواز|تعداد|سال|طبقه|تا|پژو|ایفون|گلکسی)\w{0,2} ?:? ?$|\d[ -]?$"
)
_DIGIT = re.compile(r"\d[ -]?$")


def _spaced(match: re.Match[str], text: str) -> _Found:
    """Return the sum of «۲۵۰ ۵۰۰ تومان»; of «۲۰۰ ۳۰۰ تومن», which is one or the other, the upper end."""
    number, start, unit = numbers.spaced(match["number"]), match.start(), match["unit"] or ""
    other = _NUMBERED if match["number"].count(" ") == 1 else _DIGIT
    if number is None or other.search(text, max(0, start - 12), start):
        last = match["number"].rpartition(" ")[2]
        number, start = Fraction(last), match.end("number") - len(last)
    return _sum(_readings(match, number, unit), start, match.end("unit"))


def _odd(match: re.Match[str], text: str) -> _Found | None:
    """Return the sum of a scale whose number stands before «و خرده‌ای»: «۲۰۰ و خورده‌ای هزار تومن» is 200,000 and more."""
    if not _SCALE.match(match["number"]) or not text.endswith(_ODD_ENDS, 0, match.start()):
        return None
    odd = _odd_before().search(text, max(0, match.start() - 40), match.start())
    counted, scale = (numbers.value(odd["count"]) if odd else None), numbers.value(match["number"])
    if not odd or not counted or not scale or _is_bare(match, text):
        return None
    return _sum(_readings(match, counted * scale, match["unit"] or ""), odd.start(), match.end())


@cache
def _odd_before() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w.,/])(?P<count>{numbers.pattern(scaled=False)}) ?(?:و ?)?(?:خو?رده ?ای|اندی) $"
    )


_ODD_ENDS = ("رده ای ", "ردهای ", "اندی ")


def _few(match: re.Match[str]) -> Fraction | None:
    """Return how many thousands or millions are meant where that goes without saying: «دو و پونصد», «۲ تومن و نیم»."""
    if match["short"] or (match["unit"] or "").startswith("ریال"):
        return None
    number = numbers.value(match["number"])
    if match["rest"] and number and number < _TINY:
        part = numbers.value(match["rest"]) or Fraction(0)
        return number + (part / _SMALL if part >= 1 else part)
    return numbers.few(match["number"])


def _above(number: Fraction) -> tuple[int, ...]:
    """Return the rials of so many millions or thousands of tomans."""
    return int(number * _SMALL * _SMALL * _RIALS), int(number * _SMALL * _RIALS)


def _is_dialled(match: re.Match[str], text: str) -> bool:
    """Say whether it is a telephone number, or the end of one whose groups stand apart: nobody counts from a zero."""
    digits = _LEADING.match(match["number"])
    if digits and _ZERO_FIRST.match(digits[0]):
        return True
    code = _CODE.search(text, max(0, match.start() - _LONGEST), match.start())
    return bool(code and digits and len(re.sub(r"\D", "", code[0] + digits[0])) == _DIALLED)


def _is_torn(match: re.Match[str], text: str) -> bool:
    """Say whether a scale stands apart from its number, and so counts nothing by itself: «۱۰۰-هزار».

    «۵۰۰۰۰ (پنجاه هزار) تومان» is one sum that is told twice, «۵۰ (صد) تومان» is none.
    """
    if match["again"] and numbers.value(match["again"]) != numbers.value(match["number"]):
        return True
    is_bare = _SCALE.match(match["number"])
    return bool(is_bare and _APART.search(text, max(0, match.start() - 20), match.start()))


def _is_bare(match: re.Match[str], text: str) -> bool:
    """Say whether a number has nothing that makes it money: no unit, no «میلیون», or something counted; «یه ریال» is nothing."""
    if match["unit"]:
        return match["unit"].startswith("ریال") and numbers.value(match["number"]) == 1
    if match["million"] and _SCALE.fullmatch(match["number"]):  # «میلیونی خرج کردم»
        return True
    large = match["short"] or _LARGE.search(match["number"])
    return not large or bool(_COUNTED.match(text, match.end()))


def _counted(match: re.Match[str], text: str) -> Fraction | None:
    """Return how many are counted; «نه … نه» in one sentence is neither … nor, and no nine."""
    if match["number"] == "نه" and numbers.is_neither(text, *match.span()):
        return None
    return numbers.value(match["number"])


def _readings(match: re.Match[str], number: Fraction, unit: str) -> tuple[int, ...]:
    """Return the rials that may be meant, the likeliest first."""
    written_out = bool(match["short"]) or numbers.is_scaled(match["number"])
    if match["short"]:
        number *= phrases.SHORT[match["short"].strip()]
    if unit.startswith("ریال"):
        return (int(number),)
    if not unit:
        return int(number * _RIALS), int(number)  # «۳ میلیون»: toman most likely, rial perhaps
    if number < _SMALL and not written_out:
        if number.denominator > 1:
            return _above(number)  # nobody counts in halves of a toman
        millions = (int(number * _SMALL * _SMALL * _RIALS),) if number < _TINY else ()
        return int(number * _RIALS), int(number * _SMALL * _RIALS), *millions
    return (int(number * _RIALS),)


_AGED = re.compile(
    r"(?:استین|بچه|پسر|دختر|پدر|مادر|پیرمرد|پیرزن|خانم|اقا|کودک|نوه|مرد|زن|گارانتی|ضمانت)\w* $"
)


class _Stretch(NamedTuple):
    """So many of one unit, and where the folded text says so."""

    number: Fraction
    unit: str
    start: int
    end: int

    def found(self) -> _Found:
        """Return it as an entity."""
        return _Found("duration", _iso(self.number, self.unit), self.start, self.end)


def _durations(text: str) -> Iterator[_Found]:
    """Yield durations; «یک ساعت و بیست دقیقه» is one of both units, the smaller one behind the next larger."""
    open_: _Stretch | None = None  # what the next stretch may still be part of
    for stretch in _stretches(text):
        if open_ and (both := _together(open_, stretch, text)):
            open_ = both
            continue
        if open_:
            yield open_.found()
        open_ = stretch
    if open_:
        yield open_.found()


def _together(first: _Stretch, second: _Stretch, text: str) -> _Stretch | None:
    """Return both as one stretch of the first one's unit; None unless the second is a part of that unit."""
    count = _WITHIN.get((second.unit, first.unit))
    if count is None:
        return None
    # «۱ ساعت ۲۰ دقیقه»; «نیم ساعت ۴۵ دقیقه» is one or the other
    is_next = count == _MINUTES_OF_HOUR and first.number.denominator == 1 and second.number < count
    is_next &= not text.endswith("هر ", 0, first.start)
    if not (_NEXT if is_next else _AND).fullmatch(text, first.end, second.start):
        return None
    return _Stretch(first.number + second.number / count, first.unit, first.start, second.end)


_MINUTES_OF_HOUR = 60
#: How many of a smaller unit make up a larger one.
_WITHIN = {
    ("دقیقه", "ساعت"): _MINUTES_OF_HOUR,
    ("ساعت", "روز"): 24,
    ("روز", "هفته"): 7,
    ("روز", "ماه"): 30,
    ("ماه", "سال"): 12,
}
_AND, _NEXT = re.compile(r" ?و ?"), re.compile(r" ?و ?| ")
#: Other ways to write a unit, and of months and years more than anybody waits: «۱۴۰۳ سال بدی بود», «5000mAh» read as «ماه».
_UNITS = {"دیقه": "دقیقه", "دقه": "دقیقه", "دقیق": "دقیقه", "دیق": "دقیقه", "هفت": "هفته", "شبانه روز": "روز", "شبانهروز": "روز"}  # fmt: skip
_MOST = 999


def _stretches(text: str) -> Iterator[_Stretch]:
    for match in patterns.openings().pattern("duration").finditer(text):
        is_hour = match["unit"] == "روز" and text.endswith("ساعت ", 0, match.start())  # «ساعت ۱۰ روز شنبه»
        is_age = _AGED.search(text, max(0, match.start() - 14), match.start())
        if is_hour or is_age or clock.tells_time(match, text) or _is_of_day(match, text):
            continue
        if match["quarter"]:
            quarters = numbers.value(match["quarter"]) or Fraction(0)
            yield _Stretch(quarters, "ساعت", match.start(), match.end())
            continue
        number = numbers.upper(match["number"]) or _counted(match, text)
        if number and match["part"]:
            number += numbers.value(match["part"].removesuffix("ه")) or 0
        unit = _UNITS.get(match["unit"], match["unit"])
        if number and (number <= _MOST or unit not in ("ماه", "سال")):
            yield _Stretch(number, unit, match.start(), match.end())


def _is_of_day(match: re.Match[str], text: str) -> bool:
    """Say whether the number is a date: «تاریخ ۳/۹ ساعت ده شب»."""
    day = _DAY_AND_MONTH.fullmatch(match["number"] or "")
    return day is not None and days.is_short(text, *match.span("number"))


_DAY_AND_MONTH = re.compile(r"\d{1,2}/\d{1,2}")


def _iso(number: Fraction, unit: str) -> str:
    """Return an ISO 8601 duration in whole numbers: a half becomes the next smaller unit, half a second a whole one.

    >>> _iso(Fraction(5, 2), "ساعت"), _iso(Fraction(1, 2), "ثانیه")
    ('PT2H30M', 'PT1S')
    """
    if unit == "ثانیه":
        return f"PT{ceil(number)}S"
    if unit == "هفته":  # which ISO 8601 mixes with no other unit
        return f"P{number}W" if number.denominator == 1 else f"P{round(number * 7)}D"
    form = _ISO[unit]
    whole, part = divmod(number, 1)
    wholes = f"{whole}{form.letter}" if whole or not part else ""
    parts = form.part.format(round(part * form.size)) if part else ""
    return form.prefix + wholes + parts


class _IsoForm(NamedTuple):
    """How ISO 8601 writes a unit, and a part of one in the next smaller unit, `size` of which make it up."""

    prefix: str
    letter: str
    size: int
    part: str


_ISO = {
    "سال": _IsoForm("P", "Y", 12, "{}M"),
    "ماه": _IsoForm("P", "M", 30, "{}D"),
    "روز": _IsoForm("P", "D", 24, "T{}H"),
    "ساعت": _IsoForm("PT", "H", 60, "{}M"),
    "دقیقه": _IsoForm("PT", "M", 60, "{}S"),
}


#: «سفارش ۴۴۵۶۷ و ۴۴۵۶۸»: the next one has as many digits.
_NEXT_ORDER = re.compile(rf" ?(?:و|,|-) ?(?:شماره ?)?(?P<number>{phrases.ORDER_NUMBER})")


#: Behind a number these say that it is a price or how many were ordered.
_PRICED = re.compile(
    rf" ?(?:{numbers.MONEY}|ت(?!\w)|هزار|میلیون|تایی|تائی|عددی?(?!\w)|نفره?(?!\w)|کیلو|گرم|متر|بسته(?! ?(?:شد|نشد|است|ست|می ?ش|کرد))|کارتن|قلم|شد(?!\w)|شده(?!\w)|میشه|در ?اومد)"
)


def _orders(text: str) -> Iterator[_Found]:
    for first in patterns.openings().pattern("order").finditer(text):
        match: re.Match[str] | None = first
        while match and len(match["number"]) == len(first["number"]) and not _PRICED.match(text, match.end()):
            number = match["number"].replace(" ", "").upper()
            yield _Found("order_number", number, match.start("number"), match.end("number"))
            match = _NEXT_ORDER.match(text, match.end())


def _dates(text: str, now: date | None) -> Iterator[_Found]:
    for kind, named in promises.dated(text, now):
        yield _Found(kind, named.day.isoformat(), named.start, named.end)
