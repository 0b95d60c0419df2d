"""Identifiers that sort by time and say what they name."""

import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS = 26


def new_id(prefix: str, now: datetime) -> str:
    """Return a fresh identifier such as `fb_01kav3…`: milliseconds first, then 80 random bits (a ULID)."""
    value = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    letters = [_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LETTERS))]
    return f"{prefix}_{''.join(letters)}"
