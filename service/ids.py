"""Identifiers that sort by time and say what they name."""

import secrets
from datetime import datetime
from threading import Lock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
#: Two letters at a time: every ticket, comment and event has a name, and most of its cost was in spelling it.
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_SHIFTS = tuple(range(120, -1, -10))


class _Order:
    """Numbers of one millisecond grow as they are asked for, so that what was written together sorts as it was."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()

    def next(self, millisecond: int) -> int:
        with self._lock:
            if self._last >> 80 == millisecond:
                self._last += 1 + secrets.randbits(64)  # still nothing that can be guessed
            else:
                self._last = millisecond << 80 | secrets.randbits(79)
            return self._last


_ORDER = _Order()


def new_id(prefix: str, now: datetime) -> str:
    """Return a fresh identifier such as `fb_01kav3…`: milliseconds first, then 80 random bits (a monotonic ULID)."""
    value = _ORDER.next(int(now.timestamp() * 1000))
    return f"{prefix}_{''.join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])}"
