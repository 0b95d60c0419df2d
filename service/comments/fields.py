"""From somebody else's columns to a comment of ours: which column is what, and what its cells mean. Pure.

Files and other programs name things in Persian or English, write digits either way and dates in either calendar.
"""

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from service import jsontext, limits
from service.errors import FieldError, wrong_fields
from service.feedback import NO_SCORES, Customer, Incoming, Scores, counted_name
from service.jalali import IRANIAN_YEARS, MONTHS, TEHRAN, from_jalali, persian
from service.limits import LINE, PARAGRAPH, SCORES, Refusal
from service.search import search_text

#: Every field that can be filled from outside, with the headings that mean it.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "comment", "review", "message", "feedback", "content", "body", "متن", "نظر", "متن نظر",
             "متن بازخورد", "بازخورد", "دیدگاه", "متن دیدگاه", "کامنت", "پیام", "متن پیام", "متن نظر مشتری",
             "نظر مشتری", "متن نظر کاربر", "نظر کاربر", "شرح", "توضیحات"),
    "external_id": ("external id", "id", "comment id", "review id", "message id", "feedback id", "شناسه",
                    "شناسه نظر", "کد نظر", "شماره نظر", "شناسه پیام", "کد"),
    "channel": ("channel", "source", "کانال", "منبع"),
    "created_at": ("created at", "created", "date", "datetime", "timestamp", "time", "review date", "تاریخ",
                   "زمان", "تاریخ ثبت", "زمان ثبت", "تاریخ نظر", "تاریخ و ساعت"),
    "customer.external_id": ("customer external id", "customer id", "user id", "customer", "user",
                             "شناسه مشتری", "کد مشتری", "شماره مشتری", "مشتری", "کاربر", "شناسه کاربر"),
    "customer.name": ("customer name", "name", "نام", "نام مشتری", "نام کاربر", "نام و نام خانوادگی"),
    "customer.tier": ("customer tier", "tier", "level", "سطح", "سطح مشتری", "سطح باشگاه"),
    "customer.lifetime_value": ("customer lifetime value", "lifetime value", "ltv", "ارزش مشتری",
                                "ارزش طول عمر"),
    "scores.stars": ("stars", "star", "rating", "rate", "scores stars", "ستاره", "امتیاز", "امتیاز ستاره",
                     "امتیاز 1 تا 5", "امتیاز از 5"),
    "scores.csat": ("csat", "scores csat", "satisfaction", "رضایت", "رضایت مشتری"),
    "scores.nps": ("nps", "scores nps", "شاخص خالص ترویج", "احتمال پیشنهاد"),
    "scores.ces": ("ces", "scores ces", "effort", "تلاش مشتری"),
    "question": ("question", "سوال", "پرسش"),
    "product": ("product", "product name", "item", "محصول", "نام محصول", "کالا", "نام کالا"),
    "branch": ("branch", "store", "شعبه", "فروشگاه", "نام شعبه"),
    "touchpoint": ("touchpoint", "نقطه تماس"),
}  # fmt: skip
#: What a door tells beside our fields: `metadata.inbox`, or all of it in one cell of JSON, as a table that we exported has it.
_METADATA, _WHOLE = "metadata.", "metadata"
_OUT_OF_RANGE = "این مقدار بیرون از بازهٔ مجاز است."
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
#: With the day first only Iranian dates are read: Gregorian ones may begin with the month.
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](1[34]\d\d)")
#: «چهارشنبه ۴ آذر ۱۴۰۵», as the months are called.
_NAMED = re.compile(
    rf"\A(?:[^\W\d]{{1,6}}[\s\u200c]?شنبه[\s،,]+|(?:شنبه|جمعه)[\s،,]+)?(\d{{1,2}}) +({'|'.join(MONTHS)})(?: ماه)?[\s،,]+(1[34]\d\d)"
)
_TIME = re.compile(
    r"(?:T|[\s،,]+(?:-\s*|ساعت )?)(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?"
    r"(?:\s*(?:(am|a\.m\.|ق\.? ?ظ\.?|قبل[\s\u200c]?از[\s\u200c]?ظهر)"
    r"|(pm|p\.m\.|ب\.? ?ظ\.?|بعد[\s\u200c]?از[\s\u200c]?ظهر)))?\s*(Z|[-+]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_NOON = 12
#: Seconds since 1970 from 2001 on, or thousandths of them.
_COUNTED = re.compile(r"(1\d{9})(?:\d{3})?")


def guess(headings: Sequence[str]) -> dict[str, str]:
    """Return which column fills which field, as far as the headings say; each column is used once.

    >>> guess(["شناسه", "متن نظر", "امتیاز", "رنگ", "metadata.city"])
    {'text': 'متن نظر', 'external_id': 'شناسه', 'scores.stars': 'امتیاز', 'metadata.city': 'metadata.city'}
    """
    plain = {heading: _plain(heading) for heading in headings}
    found: dict[str, str] = {}
    for field, names in HEADINGS.items():
        # the names of a field stand in the order of how surely they mean it
        known = [_plain(field), *map(_plain, names)]
        fitting = [
            heading for heading in headings if plain[heading] in known and heading not in found.values()
        ]
        if fitting:
            found[field] = min(fitting, key=lambda heading: known.index(plain[heading]))
    beside = {heading.strip(): heading for heading in headings if _is_metadata(heading.strip())}
    whole = [heading for heading in headings if heading.strip() == _WHOLE]
    return found | (beside or ({_WHOLE: whole[0]} if whole else {}))


def is_field(name: str) -> bool:
    """Tell whether a comment has a field of this name: one of ours, or one beside them (`metadata.city`)."""
    return name in HEADINGS or name == _WHOLE or _is_metadata(name)


def incoming(
    values: Mapping[str, Any], *, channel: str, external_id: str | None, max_chars: int, now: datetime
) -> Incoming:
    """Return the comment that these values make; `Invalid` names every field that is wrong, never its value.

    `channel` and `external_id` stand in where the values have none. Times without a zone are Tehran's.
    """
    read = _Reading(_opened(values))
    text = read.text(max_chars)
    customer = {
        **{name: read.line(f"customer.{name}") for name in ("external_id", "name")},
        "tier": read.counted("customer.tier"),
    }
    worth = read.amount("customer.lifetime_value")
    extra = read.metadata()
    known = any(value is not None for value in customer.values()) or worth is not None
    ticked = {name: read.whole(f"scores.{name}", *ends) for name, ends in SCORES.items()}
    comment = Incoming(
        text=text,
        external_id=read.line("external_id") or external_id,
        channel=read.line("channel") or channel,
        created_at=read.moment("created_at", now),
        customer=Customer(**customer, lifetime_value=worth) if known else None,
        scores=Scores(**ticked) if any(score is not None for score in ticked.values()) else NO_SCORES,
        question=read.line("question", PARAGRAPH),
        product=read.counted("product"),
        branch=read.counted("branch"),
        touchpoint=read.line("touchpoint"),
        metadata=extra,
    )
    _refuse(read)
    return comment


def line(field: str, value: str) -> str | None:
    """Return a short value as it is stored, None when it says nothing; `Invalid` when it cannot be stored."""
    read = _Reading({field: value})
    found = read.line(field)
    _refuse(read)
    return found


def _refuse(read: "_Reading") -> None:
    if read.errors:
        raise wrong_fields(read.errors)


class _Reading:
    """Takes values one by one and remembers what was wrong with them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.errors: list[FieldError] = []

    def text(self, max_chars: int) -> str:
        value = self._written("text") or ""
        if self.errors:
            return ""
        self._check("text", limits.EMPTY if limits.is_blank(value) else limits.too_long(value, max_chars))
        return value

    def line(self, field: str, longest: int = LINE) -> str | None:
        written = self._written(field)
        if not written:  # most fields are empty: they need not be looked at any further
            return None
        value = written.strip()
        if len(value) > longest:
            self._wrong(field, "too_long", f"این مقدار از {persian(longest)} نویسه بلندتر است.")
        return None if limits.is_blank(value) else value

    def counted(self, field: str) -> str | None:
        value = self.line(field)
        return value and counted_name(value)

    def metadata(self) -> dict[str, Any]:
        """Return what is told beside our fields: as much, and of as many kinds, as the API takes."""
        whole = self._values.get(_WHOLE)
        if whole is not None and str(whole).strip():
            self._wrong(_WHOLE, "wrong_type", "این مقدار باید یک شیء JSON باشد.")
        told = {name: self._plain(name) for name in self._values if _is_metadata(name)}
        found = {name.removeprefix(_METADATA): value for name, value in told.items() if value is not None}
        for name in found:
            self._check(_WHOLE, limits.unstorable(name))
            if len(name) > LINE:
                self._wrong(
                    _METADATA + name[:50], "too_long", f"این نام از {persian(LINE)} نویسه بلندتر است."
                )
        if len(found) > limits.MOST_METADATA:
            self._wrong(_WHOLE, *limits.TOO_MANY)
        return found

    def _plain(self, field: str) -> str | float | bool | None:
        value = self._values[field]
        if not isinstance(value, bool | int | float):
            return self.line(field, PARAGRAPH)
        if not abs(value) <= limits.MOST:
            self._wrong(field, "out_of_range", _OUT_OF_RANGE)
        return value

    def whole(self, field: str, low: int, high: int) -> int | None:
        value = self._number(field)
        if value is None:
            return None
        if value != int(value) or not low <= value <= high:
            self._wrong(
                field, "out_of_range", f"این مقدار باید عددی درست از {persian(low)} تا {persian(high)} باشد."
            )
            return None
        return int(value)

    def amount(self, field: str) -> float | None:
        value = self._number(field)
        if value is not None and not 0 <= value <= limits.MOST:
            self._wrong(field, "out_of_range", _OUT_OF_RANGE)
        return value

    def moment(self, field: str, now: datetime) -> datetime | None:
        written = (self._written(field) or "").strip()
        if not written:
            return None
        found = moment(written)
        if found is None:
            self._wrong(field, "wrong_datetime", "این زمان خوانده نشد؛ مانند «1405/09/04 12:30» بنویسید.")
        else:
            self._check(field, limits.misdated(found, now))
        return found

    def _number(self, field: str) -> float | None:
        given = self._written(field)
        written = _latin(given.strip()).replace(",", "").replace("٬", "") if given else ""
        if not written:
            return None
        try:
            value = float(written.replace("٫", "."))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self._wrong(field, "not_a_number", "این مقدار عدد نیست.")
            return None
        return value

    def _written(self, field: str) -> str | None:
        """Return a value as text; a spreadsheet keeps numbers, JSON has them too."""
        value = self._values.get(field)
        if value is None:
            return None
        if isinstance(value, str):
            wrong = limits.unstorable(value)
            self._check(field, wrong)
            return value if wrong is None else None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._wrong(field, "wrong_type", "نوع این مقدار درست نیست.")
            return None
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    def _check(self, field: str, wrong: Refusal | None) -> None:
        if wrong is not None:
            self._wrong(field, *wrong)

    def _wrong(self, field: str, code: str, detail: str) -> None:
        self.errors.append(FieldError(path=field, code=code, detail=detail))


def moment(written: str) -> datetime | None:
    """Return the moment that somebody wrote, in either calendar and with either digits; None when it is none.

    >>> moment("۱۴۰۵/۰۹/۰۴ ۱۲:۳۰").isoformat(), moment("2026-11-25").isoformat()
    ('2026-11-25T12:30:00+03:30', '2026-11-25T00:00:00+03:30')
    """
    plain = _latin(written.strip())
    try:
        counted = _COUNTED.fullmatch(plain)
        if counted:
            return datetime.fromtimestamp(int(counted[1]), UTC)
        found = datetime.fromisoformat(_iso(plain))
        return found.replace(tzinfo=TEHRAN) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _iso(plain: str) -> str:
    """Return a date of either calendar, and the time behind it, as ISO 8601; what is neither stays as it is."""
    plain = _NAMED.sub(
        lambda date: f"{date[3]}/{MONTHS.index(date[2]) + 1}/{date[1]}", plain.replace("ي", "ی")
    )
    date = _DATE.match(plain) or _DAY_FIRST.match(plain)
    if date is None:
        return plain
    year, month, day = map(int, date.groups() if date.re is _DATE else reversed(date.groups()))
    iranian = year in IRANIAN_YEARS
    iso = from_jalali(f"{year}-{month}-{day}").isoformat() if iranian else f"{year:04}-{month:02}-{day:02}"
    rest = plain[date.end() :]
    time = _TIME.fullmatch(rest)
    if time is None:
        return iso + rest
    hour, minute, second, fraction, before, after, zone = time.groups(default="")
    return f"{iso}T{_hour(int(hour), before, after):02}:{minute}:{second or '00'}{fraction}{zone}"


def _hour(hour: int, before: str, after: str) -> int:
    """Return the hour of the day; before noon and after it, only one to twelve are hours."""
    if not before and not after:
        return hour
    if not 1 <= hour <= _NOON:
        raise ValueError(f"{hour} is no hour of half a day")
    return hour % _NOON + (_NOON if after else 0)


def _opened(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return values with each of a `metadata` that holds an object, or says one in JSON, under a name of its own."""
    whole = values.get(_WHOLE)
    if isinstance(whole, str) and whole.strip():
        with suppress(ValueError):
            whole = jsontext.loads(whole)
    if not isinstance(whole, dict):
        return values
    rest = {name: value for name, value in values.items() if name != _WHOLE}
    return {f"{_METADATA}{name}": value for name, value in whole.items()} | rest


def _is_metadata(name: str) -> bool:
    return name.startswith(_METADATA) and not limits.is_blank(name.removeprefix(_METADATA))


def _plain(heading: str) -> str:
    return search_text(re.sub("[_.\u200c]", " ", heading))


def _latin(text: str) -> str:
    return "".join(str(int(letter)) if letter.isdecimal() else letter for letter in text)
