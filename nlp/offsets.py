"""Text that remembers where it came from: every character carries its range in the original."""

import re
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from nlp.tags import Span

_LOOKAHEAD = 8  # how far an aligned character may be searched before it counts as inserted
_LOOSE = " \u200c\n\t"  # what spacing correction puts in and takes out


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

    def __getitem__(self, cut: slice) -> "Traced":
        return Traced(self.text[cut], self.starts[cut], self.ends[cut])

    def whole(self, replacement: str) -> "Traced":
        """Return `replacement`, each of its characters standing for all of this text."""
        count = len(replacement)
        if not self.text:
            return Traced("", array("I"), array("I"))
        return Traced(replacement, array("I", [self.starts[0]] * count), array("I", [self.ends[-1]] * count))

    def sub(self, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> "Traced":
        """Return the text with every match replaced, as `re.sub` does."""
        parts, at = [], 0
        for match in pattern.finditer(self.text):
            parts += [self[at : match.start()], self[match.start() : match.end()].whole(replace(match))]
            at = match.end()
        return joined([*parts, self[at:]]) if parts else self

    def letters(self, table: dict[int, str | None]) -> "Traced":
        """Return the text with single characters replaced by one character or dropped."""
        changed = self.text.translate(table)
        if len(changed) == len(self.text):
            return Traced(changed, self.starts, self.ends)
        kept = [place for place, letter in enumerate(self.text) if table.get(ord(letter), letter) is not None]
        return Traced(changed, array("I", [self.starts[i] for i in kept]), array("I", [self.ends[i] for i in kept]))

    def aligned(self, rewritten: str) -> "Traced":
        """Return `rewritten`, a text that differs in spacing and in single letters, on this text's origins.

        One pass: a solid character takes the next solid character's origin, looking a few characters ahead for an
        equal one; spaces and half-spaces that were put in take the edge they stand at.
        """
        if rewritten == self.text:
            return self
        source, size, at = self.text, len(self.text), 0
        starts, ends = array("I"), array("I")
        for sign in rewritten:
            if sign not in _LOOSE:
                while at < size and source[at] in _LOOSE:
                    at += 1
                near = source.find(sign, at, at + _LOOKAHEAD)
                at = near if near >= 0 else at
            place = min(at, size - 1)
            starts.append(self.starts[place])
            ends.append(self.ends[place])
            if at < size and (sign not in _LOOSE or source[at] in _LOOSE):
                at += 1
        return Traced(rewritten, starts, ends)

    def span(self, original: str, start: int, end: int) -> Span:
        """Return the words of the original that `text[start:end]` stands for, without spaces at their edges.

        An empty or outlying range is moved to the nearest character, so the span is never empty.
        """
        if not self.text:
            return Span(start=0, end=0, text="")
        start = max(0, min(start, len(self.text) - 1))
        end = max(start + 1, min(end, len(self.text)))
        first, last = min(self.starts[start:end]), max(self.ends[start:end])
        words = original[first:last]
        if words.strip():
            first += len(words) - len(words.lstrip())
            last -= len(words) - len(words.rstrip())
        return Span(start=first, end=last, text=original[first:last])


def joined(parts: Iterable[Traced], separator: str = "") -> Traced:
    """Return the parts in a row; a separator stands for the end of the part before it."""
    text, starts, ends = [], array("I"), array("I")
    for part in parts:
        if not part.text:
            continue
        if text and separator:
            text.append(separator)
            starts.append(ends[-1] - 1)
            ends.append(ends[-1])
        text.append(part.text)
        starts += part.starts
        ends += part.ends
    return Traced("".join(text), starts, ends)
