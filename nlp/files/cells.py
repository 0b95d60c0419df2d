"""What tables hold, as values that JSON knows."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any


def plain(value: Any) -> Any:
    """Return a cell as a JSON value, of what none is told by its text.

    >>> plain([timedelta(hours=30, seconds=5), float("nan"), ("a", date(2026, 11, 24))])
    ['PT30H0M5S', None, ['a', '2026-11-24']]
    """
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    return _scalar(value)


def number(said: str) -> float | None:
    """Return a number of JSON; None of one that no float holds, because it would be written as Infinity, which is no JSON.

    >>> number("1e3"), number("1e999")
    (1000.0, None)
    """
    value = float(said)
    return value if isfinite(value) else None


def _scalar(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if value is None or isinstance(value, (str, int)) else str(value)


def _decimal(value: Decimal) -> int | float | None:
    if not value.is_finite():
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _duration(span: timedelta) -> str:
    """Return a span as in ISO 8601, in hours, as a spreadsheet shows it."""
    seconds, micros = divmod(abs(span) // timedelta(microseconds=1), 1_000_000)
    behind = f".{micros:06}".rstrip("0") if micros else ""
    sign = "-" if span < timedelta() else ""
    return f"{sign}PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}{behind}S"
