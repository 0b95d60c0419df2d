"""Irony: thanks for a failure, praise that its own story belies, and words that only mockery uses."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from nlp.rules import claims, cues
from nlp.rules.openings import MOST_TEXTS


@lru_cache(maxsize=MOST_TEXTS)  # asked for features, then for urgency
def mockeries(text: str) -> tuple[int, ...]:
    """Return where a folded text begins to mock: thanks for a failure, praise beside one, words that only mockery uses.

    >>> mockeries("ممنون که سه ساعت معطلمون کردین"), mockeries("ممنون که معطلمون نکردین")
    ((0,), ())
    """
    belied = (place for place, low, high in _applauded(text) if _fails(text, low, high))
    return (*(match.start() for match in cues.marker("irony").finditer(text)), *belied)


def _applauded(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield where thanks or lone praise stand, and from where to where a failure would belie them.

    Thanks end with their clause; praise reaches farther.
    """
    for match in cues.marker("irony_thanks").finditer(text):
        reach = _THANKED.match(text, match.end(), claims.border_behind(text, match.end()))
        if reach and not _besides(text, "remedy", *reach.span(), match):
            yield match.start(), *reach.span()
    for match in cues.marker("irony_praise").finditer(text):
        low, high = _around(text, *match.span())
        meant = any(_besides(text, marker, low, high, match) for marker in ("good", "remedy"))
        if not meant and not claims.read(text).denied(*match.span()):
            yield match.start(), low, high


def _besides(text: str, marker: str, low: int, high: int, match: re.Match[str]) -> bool:
    """Say whether a marker stands between two places, not within a match and not denied («عوض نشد»)."""
    found = _marked(text, marker)
    between = found[
        bisect_left(found, low, key=re.Match.start) : bisect_left(found, high, key=re.Match.start)
    ]
    return any(
        not match.start() <= other.start() < match.end() and not claims.read(text).denied(*other.span())
        for other in between
    )


@lru_cache(maxsize=16)  # once for a text: who claps a thousand times would have it read a thousand times
def _marked(text: str, marker: str) -> tuple[re.Match[str], ...]:
    return tuple(match for match in cues.marker(marker).finditer(text) if match.group() != _APPLAUSE)


_APPLAUSE = "👏"  # in earnest and in mockery alike


#: What thanks are for: as far as the next comma, a hardship of the day, a fault of one's own, or a wish that was heeded.
_THANKED = re.compile(
    r"(?:[^\w,]*(?!(?:هوای?|روزهای?|روزای?|شرایط|ترافیک|علی ?رغم|چون|خودم|اهمیت|توجه (?:داشت|کرد)\w*)(?!\w))\w+){0,9}"
)


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentence around a place and those beside it, as far as no contrast turns."""
    marks = claims.sentence_ends(text)
    turns = claims.turns(text)
    before = [place for _, place in marks if place <= start][-2:-1]
    behind = [place for place, _ in marks if place >= end][1:2]
    return (
        max([0, *before, *(place for place in turns if place <= start)]),
        min([len(text), *behind, *(place for place in turns if place >= end)]),
    )


def _fails(text: str, low: int, high: int) -> bool:
    """Say whether a failure is told between two places, neither denied nor solved nor imagined."""
    return any(
        low <= start < high and not claims.read(text).flags(start, end) for start, end in _failures(text)
    )


@lru_cache(maxsize=4)
def _failures(text: str) -> tuple[tuple[int, int], ...]:
    """Return where something goes wrong: words of failure, bare facts, and the cues that say so by themselves."""
    told = [match.span() for name in ("failure", "irony_fact") for match in cues.marker(name).finditer(text)]
    return (*told, *((hit.start, hit.end) for hit in cues.find(text) if hit.rule.name in _FAILED))


_FAILED = frozenset(
    {
        "foreign_body", "hygiene", "undercooked", "health_hard", "unusable", "not_delivered", "wrong_item",
        "no_response", "blocked", "waiting", "repeat_three", "unauthorised",
    }
)  # fmt: skip
