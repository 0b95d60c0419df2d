"""Identifiers that sort by time and say what they name."""

import secrets
from datetime import datetime
from threading import Lock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS = 26


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
    letters = [_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LETTERS))]
    return f"{prefix}_{''.join(letters)}"
