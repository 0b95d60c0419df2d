"""Text under rewriting: plain, or with every character's range in the original.

Both kinds take the same steps. The plain one is fast and is what models read; the traced one is made only
when somebody asks where words stood.
"""

import re
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol, Self, TypeVar
from unicodedata import category

from nlp.tags import Span

Replace = Callable[[re.Match[str]], str]
Table = Mapping[int, str | None]
_LOOSE = frozenset(" \u200c\n")  # what spacing correction puts in and takes out


class Draft(Protocol):
    """A text that is being rewritten step by step."""

    @property
    def text(self) -> str:
        """The text so far."""

    def sub(self, pattern: re.Pattern[str], replace: Replace) -> Self:
        """Return the text with every match replaced, as `re.sub` does."""

    def letters(self, table: Table, changed: re.Pattern[str]) -> Self:
        """Return the text with the characters that `changed` finds replaced by one character or dropped.

        No character is replaced by one that would be replaced in turn.
        """

    def spaced(self, respace: Callable[[str], str]) -> Self:
        """Return `respace(text)`, which may change nothing but spaces and one sign for one sign."""

    def whole(self, replacement: str) -> Self:
        """Return `replacement`, which stands for all of the text."""

    def stripped(self, most: int | None = None) -> Self:
        """Return at most so many characters, without white space at the edges."""


AnyDraft = TypeVar("AnyDraft", bound=Draft)


@dataclass(frozen=True, slots=True)
class Plain:
    """A text without memory of its origin."""

    text: str

    def sub(self, pattern: re.Pattern[str], replace: Replace) -> Self:
        """See `Draft`."""
        return type(self)(pattern.sub(replace, self.text))

    def letters(self, table: Table, changed: re.Pattern[str]) -> Self:
        """See `Draft`."""
        text = self.text
        for sign in set(changed.findall(text)):
            text = text.replace(sign, table[ord(sign)] or "")
        return type(self)(text)

    def spaced(self, respace: Callable[[str], str]) -> Self:
        """See `Draft`."""
        return type(self)(respace(self.text))

    def whole(self, replacement: str) -> Self:
        """See `Draft`."""
        return type(self)(replacement)

    def stripped(self, most: int | None = None) -> Self:
        """See `Draft`."""
        return type(self)(self.text[:most].strip())


@dataclass(frozen=True, slots=True)
class Traced:
    """A rewritten text; character i stands for `original[starts[i]:ends[i]]`."""

    text: str
    starts: "array[int]"
    ends: "array[int]"

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the text as its own origin."""
        return cls(text, array("I", range(len(text))), array("I", range(1, len(text) + 1)))

    @classmethod
    def aligned(cls, original: str, text: str, table: Table) -> Self | None:
        """Return the text with its origins if only single letters (by `table`) and spaces made the difference."""
        plain = original.translate(table)
        if plain == text and len(text) == len(original):
            return cls.of(text)
        if _tight(plain) != _tight(text):
            return None
        kept: Iterable[int] = range(len(original))
        if len(plain) != len(original):
            kept = [place for place, sign in enumerate(original) if table.get(ord(sign), sign) is not None]
        solid = array("I", [place for place, sign in zip(kept, plain, strict=True) if sign not in _LOOSE])
        behind = array("I", [place + 1 for place in solid])
        starts, ends, at = array("I"), array("I"), 0
        for word in text.replace("\n", " ").split(" "):
            if starts:  # a space stands for nothing, behind what is before it
                starts += behind[at - 1 : at]
                ends += behind[at - 1 : at]
            starts += solid[at : at + len(word)]
            ends += behind[at : at + len(word)]
            at += len(word)
        return cls(text, starts, ends)

    def __getitem__(self, cut: slice) -> Self:
        return type(self)(self.text[cut], self.starts[cut], self.ends[cut])

    def sub(self, pattern: re.Pattern[str], replace: Replace) -> Self:
        """See `Draft`; from the first difference on, a replacement stands for all the rest of the match."""
        parts, at = [], 0
        for match in pattern.finditer(self.text):
            replacement = replace(match)
            if replacement != match[0]:
                same = match.start() + max(0, _same(replacement, match[0]) - 1)
                rest = self[same : match.end()].whole(replacement[same - match.start() :])
                parts += [self[at:same], rest]
                at = match.end()
        return self._joined([*parts, self[at:]]) if parts else self

    def letters(self, table: Table, changed: re.Pattern[str]) -> Self:
        """See `Draft`."""
        changed_text = self.text.translate(table)
        if len(changed_text) == len(self.text):
            return type(self)(changed_text, self.starts, self.ends)
        kept = [place for place, letter in enumerate(self.text) if table.get(ord(letter), letter) is not None]
        starts, ends = (
            array("I", map(self.starts.__getitem__, kept)),
            array("I", map(self.ends.__getitem__, kept)),
        )
        return type(self)(changed_text, starts, ends)

    def spaced(self, respace: Callable[[str], str]) -> Self:
        """See `Draft`: the n-th solid character keeps the n-th origin, a space stands for nothing."""
        changed = respace(self.text)
        if changed == self.text or not self.text:
            return self if self.text else self.whole(changed)
        solid = [place for place, sign in enumerate(self.text) if sign not in _LOOSE] or [0]
        waiting, starts, ends, edge = iter(solid), array("I"), array("I"), self.starts[0]
        for sign in changed:
            if sign in _LOOSE:
                starts.append(edge)
            else:
                place = next(waiting, solid[-1])
                starts.append(self.starts[place])
                edge = self.ends[place]
            ends.append(edge)
        return type(self)(changed, starts, ends)

    def whole(self, replacement: str) -> Self:
        """See `Draft`."""
        count = len(replacement) if self.text else 0
        starts, ends = self.starts[:1] * count, self.ends[-1:] * count
        return type(self)(replacement if self.text else "", starts, ends)

    def stripped(self, most: int | None = None) -> Self:
        """See `Draft`."""
        cut = self.text[:most].rstrip()
        return self[len(cut) - len(cut.lstrip()) : len(cut)]

    def span(self, original: str, start: int, end: int) -> Span:
        """Return the words of the original that `text[start:end]` stands for, without spaces at their edges.

        The marks on their last letter and its stretch are theirs: «لطفاً» and «بستهٔ» are whole words.
        An empty or outlying range is moved to the nearest character, so the span is never empty.
        """
        if not self.text:
            return Span(start=0, end=len(original), text=original)
        start = max(0, min(start, len(self.text) - 1))
        end = max(start + 1, min(end, len(self.text)))
        first, last = min(self.starts[start:end]), max(self.ends[start:end])
        words = original[first:last]
        if words.strip():
            first += len(words) - len(words.lstrip())
            last -= len(words) - len(words.rstrip())
        elif not words:
            first, last = max(0, first - 1), max(1, last)
        while last < len(original) and _is_mark(original[last]):
            last += 1
        return Span(start=first, end=last, text=original[first:last])

    @classmethod
    def _joined(cls, parts: Iterable[Self]) -> Self:
        text, starts, ends = [], array("I"), array("I")
        for part in parts:
            text.append(part.text)
            starts += part.starts
            ends += part.ends
        return cls("".join(text), starts, ends)


def _is_mark(sign: str) -> bool:
    return sign == "ـ" or category(sign) == "Mn"


def _tight(text: str) -> str:
    return text.replace(" ", "").replace("\n", "").replace("\u200c", "")


def _same(left: str, right: str) -> int:
    """Return how many characters two texts have in common before they differ."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))
