"""What a list shows of a long comment: how it begins, and the words that it was found by. Pure: pieces in, pieces out."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from service.search import search_text
from service.web.evidence import Piece

#: So many letters and lines are shown of the beginning; a comment that is hardly longer is shown as a whole.
_LETTERS, _LINES = 600, 8
_SLACK = 1.3
#: So much stands around words further behind that a comment was found by.
_AROUND = 90
_CHUNK = re.compile(r"\S+")
_GAP = Piece(text=" … ")
_Stretch = tuple[int, int]


def folded(pieces: Sequence[Piece], tags: Collection[str], terms: Collection[str]) -> list[Piece]:
    """Return the beginning of a comment, and from what follows the first evidence of each tag and term that is sought.

    Evidence and private numbers are never cut; where something is left out stands «…».
    """
    text = "".join(piece.text for piece in pieces)
    end = _beginning(text)
    if len(text) <= _SLACK * end:
        return list(pieces)
    places = [at for at in (*_of_tags(pieces, tags), *_of_terms(text, terms)) if at >= end]
    stretches = _apart([(0, end), *((_from_blank(text, at), at + _AROUND) for at in sorted(places))])
    found: list[Piece] = []
    for first, last in stretches:
        found += [*_cut(pieces, first, _to_blank(text, last)), _GAP]
    return found if stretches[-1][1] < len(text) else found[:-1]


def _beginning(text: str) -> int:
    lines = [found.end() for found in re.finditer("\n", text[:_LETTERS])]
    return lines[_LINES - 1] if len(lines) >= _LINES else min(len(text), _LETTERS)


def _of_tags(pieces: Sequence[Piece], tags: Collection[str]) -> Iterator[int]:
    """Yield where the first evidence of each tag stands."""
    sought, at = set(tags), 0
    for piece in pieces:
        if sought.intersection(piece.tags):
            yield at
            sought -= set(piece.tags)
        at += len(piece.text)


def _of_terms(text: str, terms: Collection[str]) -> Iterator[int]:
    """Yield where the first word stands that begins with each term, or with one of its parts."""
    sought = {part for term in terms for part in (*term.split(), term.replace(" ", ""))}
    for chunk in _CHUNK.finditer(text) if sought else ():
        words = search_text(chunk[0]).split()
        here = {part for part in sought if any(word.startswith(part) for word in words)}
        if here:
            yield chunk.start()
            sought -= here


def _apart(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Return stretches, sorted by where they begin, with those joined that touch."""
    joined = [stretches[0]]
    for first, last in stretches[1:]:
        if first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _from_blank(text: str, at: int) -> int:
    """Return where the first whole word begins of what stands before a place."""
    start = max(0, at - _AROUND)
    found = re.search(r"\s", text[start:at])
    return start + found.end() if found else start


def _to_blank(text: str, at: int) -> int:
    """Return where the word ends that is cut at a place; a word without end is cut."""
    found = re.search(r"\s", text[at : at + _AROUND])
    return at + found.start() if found else min(at, len(text))


def _cut(pieces: Sequence[Piece], first: int, last: int) -> Iterator[Piece]:
    at = 0
    for piece in pieces:
        start, end = max(first - at, 0), min(last - at, len(piece.text))
        at += len(piece.text)
        if start >= end:
            continue
        if piece.tags or piece.control or (start, end) == (0, len(piece.text)):
            yield piece
        else:
            latin = tuple(
                (one - start, two - start) for one, two in piece.latin if start <= one and two <= end
            )
            yield replace(piece, text=piece.text[start:end], latin=latin)
