"""Values that a comment names: money, days, durations, order numbers and the day of a promise."""

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from nlp import numbers, patterns, promises
from nlp.folding import Folded, fold, spelling
from nlp.normalize import Normalized
from nlp.tags import Entity

_Found = tuple[str, str, int, int]  # kind, value, and the range in the folded text
_RIALS = 10  # in a toman
_SMALL = 1_000  # people leave «هزار» out below this: «پونصد تومن» is 500 or 500,000


def find(comment: Normalized, now: date | None = None) -> tuple[Entity, ...]:
    """Return the entities of a comment in the order of the text, with offsets in the original.

    Kinds: `amount` (`IRR:5000000`), `amount_ambiguous` (the readings, joined by `|`), `duration` (ISO 8601),
    `date` and `promise_due` (ISO 8601, Gregorian), `order_number`. Weekdays, «فردا» and promises are dated
    from `now`, the day the comment was written in Tehran; without it they are left out.
    """
    folded = fold(comment.text)
    found = [
        *_amounts(folded.text),
        *_durations(folded.text),
        *_orders(folded.text),
        *_dates(folded.text, now),
    ]
    return tuple(
        _entity(comment, folded, item) for item in sorted(found, key=lambda item: (item[2], item[3]))
    )


def _entity(comment: Normalized, folded: Folded, found: _Found) -> Entity:
    kind, value, start, end = found
    span = comment.span(*folded.back(start, end))
    return Entity(kind=kind, value=value, start=span.start, end=span.end)


def expressions() -> dict[str, re.Pattern[str]]:
    """Return the patterns; all begin where a word does."""
    return {"amount": _amount(), "duration": _duration(), "order": _order()}


def _amount() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w.,/])(?P<number>{numbers.pattern()})(?P<short>[کم](?!\w)|[kKmM](?!\w))?"
        rf"(?: ?(?P<unit>هزار ?تومن|تومان|تومن|تومنی|تومانی|تومنه|تمن|ریال|ریالی|ت(?!\w))|(?P<million>ی?)(?!\w))"
    )


def in_rials(text: str) -> int | None:
    """Return the rials of an amount that stands alone where tomans are asked for; None when it is not one clear sum.

    >>> in_rials("۲ میلیون"), in_rials("پانصد هزار تومان"), in_rials("۵۰۰٬۰۰۰ ریال"), in_rials("۱٫۵")
    (20000000, 5000000, 500000, None)
    """
    match = _amount().fullmatch(spelling(text).strip())
    number = numbers.value(match["number"]) if match else None
    if match is None or not number:
        return None
    number *= _SHORT.get(match["short"], 1)
    written_out = bool(match["short"]) or numbers.is_scaled(match["number"])
    readings = _readings(number, match["unit"] or "تومان", written_out=written_out)
    return readings[0] if number.denominator == 1 and len(readings) == 1 else None


#: After a bare «۳ میلیون» these say that it counts something else than money.
_COUNTED = re.compile(
    r" ?(?:نفر|بار|کیلومتر|مشتری|کاربر|فالوور|سال|عدد|تا(?!\w)|نسخه|دانلود|متر|کیلو|گرم|بازدید|امتیاز|پیکسل)"
)
_SHORT = {"ک": 1_000, "k": 1_000, "K": 1_000, "م": 1_000_000, "m": 1_000_000, "M": 1_000_000}


def _amounts(text: str) -> Iterator[_Found]:
    for match in patterns.openings().pattern("amount").finditer(text):
        number = None if _is_bare(match, text) else numbers.value(match["number"])
        if not number:
            continue
        if match["short"]:
            number *= _SHORT[match["short"]]
        readings = _readings(
            number,
            match["unit"] or "",
            written_out=bool(match["short"]) or numbers.is_scaled(match["number"]),
        )
        kind = "amount" if len(readings) == 1 else "amount_ambiguous"
        yield kind, "|".join(f"IRR:{reading}" for reading in readings), match.start(), match.end()


def _is_bare(match: re.Match[str], text: str) -> bool:
    """Say whether a number has nothing that makes it money: no unit, no «میلیون», or something counted."""
    if match["unit"] or match["short"]:
        return False
    return ("میلیون" not in match["number"] and "میلیارد" not in match["number"]) or bool(
        _COUNTED.match(text, match.end())
    )


def _readings(number: Fraction, unit: str, *, written_out: bool) -> tuple[int, ...]:
    if unit.startswith("هزار"):
        number, written_out = number * 1_000, True
    if unit.startswith("ریال"):
        return (int(number),)
    if not unit:
        return int(number * _RIALS), int(number)  # «۳ میلیون»: toman most likely, rial perhaps
    if number < _SMALL and not written_out:
        return int(number * _RIALS), int(number * 1_000 * _RIALS)
    return (int(number * _RIALS),)


def _duration() -> re.Pattern[str]:
    units = "ثانیه|دقیقه|دیقه|ساعت|روز|هفته|ماه|سال"
    return re.compile(
        rf"(?<![\w.,/])(?P<number>{numbers.pattern()}) ?(?P<unit>{units})(?P<end>ه|ای|ه ای|ست|س)?(?: و (?P<part>نیم|ربع))?(?!\w)"
    )


_AGED = re.compile(r"(?:بچه|پسر|دختر|پدر|مادر|پیرمرد|پیرزن|خانم|اقا|کودک|نوه|مرد|زن|گارانتی|ضمانت)\w* $")


def _durations(text: str) -> Iterator[_Found]:
    for match in patterns.openings().pattern("duration").finditer(text):
        number = numbers.value(match["number"])
        if not number or _AGED.search(text, max(0, match.start() - 14), match.start()):
            continue
        if match["part"]:
            number += Fraction(1, 2) if match["part"] == "نیم" else Fraction(1, 4)
        yield "duration", _iso(number, match["unit"]), match.start(), match.end()


def _iso(number: Fraction, unit: str) -> str:
    """Return an ISO 8601 duration in whole numbers: a half becomes the next smaller unit.

    >>> _iso(Fraction(5, 2), "ساعت")
    'PT2H30M'
    """
    smaller = {"ساعت": ("T", "H", "M", 60), "دقیقه": ("T", "M", "S", 60), "دیقه": ("T", "M", "S", 60), "ثانیه": ("T", "S", "", 0),
               "روز": ("", "D", "TH", 24), "هفته": ("", "W", "", 7), "ماه": ("", "M", "D", 30), "سال": ("", "Y", "M", 12)}  # fmt: skip
    clock, letter, next_letter, size = smaller[unit]
    whole, rest = divmod(number, 1)
    if letter == "W" and rest:
        return f"P{round(number * 7)}D"
    text = f"P{clock}" + (f"{whole}{letter}" if whole or not rest else "")
    if rest and next_letter:
        text += (f"T{round(rest * size)}H") if next_letter == "TH" else f"{round(rest * size)}{next_letter}"
    return text


def _order() -> re.Pattern[str]:
    thing = "سفارش|پیگیری|رهگیری|مرسوله|فاکتور|پرونده|تراکنش|تیکت|رزرو|بلیط|بلیت|مرجوعی|درخواست|ارجاع|بارنامه|بیمه نامه|شکایت|خرید|اشتراک|پذیرش"
    return re.compile(
        rf"(?<!\w)(?:(?:شماره|کد|ش) ?(?:ی )?(?:{thing})|(?:سفارش|مرسوله|تیکت|فاکتور|پرونده))\w{{0,3}}"
        r"(?: ?(?:من|ما|بنده|هم|شماره|با کد|به شماره|ام|هست|است|:|#|-|=|\()){0,3} ?(?P<number>(?:[A-Za-z]{1,5}-? ?)?\d{4,24})(?!\d)"
    )


def _orders(text: str) -> Iterator[_Found]:
    for match in patterns.openings().pattern("order").finditer(text):
        if not re.match(r" ?(?:تومان|تومن|ریال|هزار)", text[match.end() :]):
            yield (
                "order_number",
                match["number"].replace(" ", "").upper(),
                match.start("number"),
                match.end("number"),
            )


def _dates(text: str, now: date | None) -> Iterator[_Found]:
    promised = list(promises.due(text, now)) if now else []
    for day in promised:
        yield "promise_due", day.day.isoformat(), day.start, day.end
    for day in promises.days(text, now):
        if not any(other.start <= day.start < other.end for other in promised):
            yield "date", day.day.isoformat(), day.start, day.end
