"""Days as people type them into a filter: of either calendar, in any digits, with strokes or dashes."""

from datetime import date

from service.errors import Invalid
from service.jalali import jalali_day, persian
from service.period import parse_day


def read_day(text: str) -> date | None:
    """Return the day that was typed, or none where nothing was; `Invalid` when there is no such day.

    >>> read_day("۱۴۰۵/۹/۴"), read_day("2026-11-25"), read_day(" ")
    (datetime.date(2026, 11, 25), datetime.date(2026, 11, 25), None)
    """
    if not text.strip():
        return None
    try:
        # `int` reads the digits of any script
        return parse_day("-".join(f"{int(part):02}" for part in text.replace("/", "-").split("-")))
    except (ValueError, TypeError, OverflowError) as error:
        detail = f"«{text}» روز درستی نیست؛ روز را مانند ۱۴۰۵/۰۹/۰۴ یا 2026-11-25 بنویسید."
        raise Invalid("wrong_day", detail) from error


def iso_day(text: str) -> str:
    """Return a typed day as addresses hold it; `Invalid` when there is no such day.

    >>> iso_day("۱۴۰۵/۹/۴"), iso_day("")
    ('2026-11-25', '')
    """
    day = read_day(text)
    return "" if day is None else day.isoformat()


def typed_day(text: str) -> str:
    """Return a day of an address as people type it.

    >>> typed_day("2026-11-25"), typed_day("")
    ('۱۴۰۵/۰۹/۰۴', '')
    """
    day = read_day(text)
    return "" if day is None else persian(jalali_day(day)).replace("-", "/")
