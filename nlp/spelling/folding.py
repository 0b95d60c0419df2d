"""One spelling for matching: half-spaces, vowel signs and stretched letters fall away, look-alike letters meet.

Lexical patterns would otherwise have to repeat «می‌کنم» and «میکنم», «آشغال» and «اشغال», «خیلی» and «خیلییی».
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

_PAIRS = {
    "ا": "آأإٱ",
    "ی": "يىئ",
    "ک": "ك",
    "ه": "ةۀ",
    "و": "ؤ",
    "?": "؟",
    ",": "،",
    ";": "؛",
    " ": "\t\r\u00a0",
}
_GONE = "\u200c\u200d\u200e\u200fـٔ\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670"
#: «عااالی»: a letter three times or more is one letter, and so is any run of alef. Digits keep their runs.
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}|اا+|  +")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A text as patterns see it, and the way back to the text it was made of."""

    source: str
    text: str

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the source that a range of the folded text stands for."""
        if len(self.text) == len(self.source):
            return (start, end) if start < end else (0, 0)
        kept = _positions(self.source)
        if not kept or end <= start:
            return (0, 0)
        return kept[start], kept[end - 1] + 1


def fold(text: str) -> Folded:
    """Return the text in its one spelling.

    >>> fold("آشغااااال می‌فروشن؟").text
    'اشغال میفروشن?'
    """
    return Folded(source=text, text=spelling(text))


@lru_cache(maxsize=1024)  # cues, entities and clauses ask for the same text
def spelling(text: str) -> str:
    """Return only the folded letters, for callers that need no way back."""
    table = _table()
    for sign in set(_changed().findall(text)):
        text = text.replace(sign, table[ord(sign)] or "")
    return _STRETCHED.sub(_once, text)


def _once(match: re.Match[str]) -> str:
    return match.group()[0]


@cache
def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {ord(sign): None for sign in _GONE}
    table |= {ord(other): letter for letter, others in _PAIRS.items() for other in others}
    table |= {
        ord(digit): str(value)
        for digits in ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
        for value, digit in enumerate(digits)
    }
    return table


@cache
def _changed() -> re.Pattern[str]:
    """Return a pattern for the signs of the table: to replace the few of a text is quicker than to map every letter."""
    return re.compile("[" + "".join(map(re.escape, map(chr, _table()))) + "]")


@lru_cache(maxsize=64)  # asked for each piece of a text
def _positions(source: str) -> Sequence[int]:
    """Return where each character of the folded text stands in the source."""
    table = _table()
    kept = [place for place, letter in enumerate(source) if table.get(ord(letter), letter) is not None]
    for match in reversed(list(_STRETCHED.finditer(source.translate(table)))):
        del kept[match.start() + 1 : match.end()]
    return kept
