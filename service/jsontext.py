"""JSON as text, written and read by the quickest hands there are."""

import json
from collections.abc import Callable
from typing import Any

import orjson


def encoded(value: Any) -> bytes:
    """Return the JSON of plain values and dataclasses in UTF-8; `TypeError` when a value has none."""
    try:
        return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError:  # whole numbers beyond 64 bits are still numbers
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def dumps(value: Any) -> str:
    """Return what `encoded` returns, as text."""
    return encoded(value).decode()


def canonical(value: Any, default: Callable[[Any], str]) -> bytes:
    """Return the one JSON of a value, the same in whatever order it was put together; `default` writes what JSON lacks."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
    try:
        return orjson.dumps(value, default, options)
    except TypeError:
        plain = json.dumps(value, ensure_ascii=False, sort_keys=True, default=default, separators=(",", ":"))
        # an item of a batch may hold what its own error will name
        return plain.encode("utf-8", "surrogatepass")


def loads(text: str | bytes) -> Any:
    """Return the values that JSON says; `ValueError` when it is none."""
    return orjson.loads(text)
