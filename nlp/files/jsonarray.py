"""The elements of a JSON array one by one: a file of a million comments is not held in memory."""

import json
import re
from collections.abc import Iterator
from typing import TextIO

from nlp.files import cells

_CHUNK = 1 << 16
#: No comment with all that is told beside it has more characters.
LONGEST = 10_000_000
_BEHIND = tuple(" \t\n\r,]")
_SOLID = re.compile(r"[^ \t\n\r]")


class _Text:
    """What was read of a file and not used yet."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.held, self.at = "", 0

    def more(self) -> bool:
        """Read on, as much again as is held, and tell whether there was anything."""
        rest = self.held[self.at :]
        if len(rest) > LONGEST:
            raise ValueError(f"an element has more than {LONGEST} characters")
        told = self._file.read(max(_CHUNK, len(rest)))
        self.held, self.at = rest + told, 0
        return bool(told)

    def next(self) -> str:
        """Return the next character that is no white space, "" at the end."""
        while True:
            found = _SOLID.search(self.held, self.at)
            if found:
                self.at = found.start()
                return found[0]
            self.at = len(self.held)
            if not self.more():
                return ""


def elements(file: TextIO) -> Iterator[object]:
    """Yield the elements of the array that a file holds; NaN, which Python writes where something is missing, is None.

    So is a number that no float holds.

    `ValueError` or `RecursionError` where the file is no such array.
    """
    decoder = json.JSONDecoder(parse_constant=lambda _: None, parse_float=cells.number)
    text = _Text(file)
    _take(text, "[")
    if text.next() == "]":
        text.at += 1
    else:
        mark = ","
        while mark == ",":
            yield _element(decoder, text)
            mark = _take(text, ",]")
    if text.next():
        raise ValueError("something stands behind the array")


def _take(text: _Text, wanted: str) -> str:
    found = text.next()
    if not found or found not in wanted:
        raise ValueError(
            f"{' or '.join(wanted)} is missing before {found!r}" if found else "the array has no end"
        )
    text.at += 1
    return found


def _element(decoder: json.JSONDecoder, text: _Text) -> object:
    text.next()
    while True:
        try:
            value, end = decoder.raw_decode(text.held, text.at)
        except json.JSONDecodeError:
            if not text.more():
                raise
            continue
        left = len(text.held) - end
        # a number may go on where the text was cut
        if text.held[end : end + 1] in _BEHIND or not text.more():
            text.at = len(text.held) - left
            return value
