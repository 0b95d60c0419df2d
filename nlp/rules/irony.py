"""Irony: thanks for a failure, praise that its own story belies, and words that only mockery uses."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from operator import itemgetter

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
    begin, end = bisect_left(found, low), bisect_left(found, high)
    within = bisect_left(found, match.end(), begin, end) - bisect_left(found, match.start(), begin, end)
    return end - begin > within


@lru_cache(maxsize=16)  # once for a text: who claps a thousand times would have it read a thousand times
def _marked(text: str, marker: str) -> tuple[int, ...]:
    """Return where a marker stands that is not denied."""
    denied = claims.read(text).denied
    return tuple(
        match.start()
        for match in cues.marker(marker).finditer(text)
        if match.group() != _APPLAUSE and not denied(*match.span())
    )


_APPLAUSE = "👏"  # in earnest and in mockery alike


#: What thanks are for: as far as the next comma, a hardship of the day, a fault of one's own, or a wish that was heeded.
_THANKED = re.compile(
    r"(?:[^\w,]*(?!(?:هوای?|روزهای?|روزای?|شرایط|ترافیک|علی ?رغم|چون|خودم|اهمیت|توجه (?:داشت|کرد)\w*)(?!\w))\w+){0,9}"
)


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentence around a place and those beside it, as far as no contrast turns."""
    marks = claims.sentence_ends(text)
    turns = claims.turns(text)
    ended = bisect_right(marks, start, key=itemgetter(1))
    before = [place for _, place in marks[max(0, ended - 2) : max(0, ended - 1)]]
    begun = bisect_left(marks, end, key=itemgetter(0)) + 1
    behind = [place for place, _ in marks[begun : begun + 1]]
    turned, turns_next = bisect_right(turns, start), bisect_left(turns, end)
    return (
        max([0, *before, *turns[max(0, turned - 1) : turned]]),
        min([len(text), *behind, *turns[turns_next : turns_next + 1]]),
    )


def _fails(text: str, low: int, high: int) -> bool:
    """Say whether a failure is told between two places, neither denied nor solved nor imagined."""
    found = _failures(text)
    return bisect_left(found, low) < bisect_left(found, high)


@lru_cache(maxsize=4)
def _failures(text: str) -> tuple[int, ...]:
    """Return where something goes wrong without a flag, in order.

    Words of failure say so, bare facts, and the cues that do by themselves.
    """
    told = [match.span() for name in ("failure", "irony_fact") for match in cues.marker(name).finditer(text)]
    told += [(hit.start, hit.end) for hit in cues.find(text) if hit.rule.name in _FAILED]
    flags = claims.read(text).flags
    return tuple(sorted(start for start, end in told if not flags(start, end)))


_FAILED = frozenset(
    {
        "foreign_body", "hygiene", "undercooked", "health_hard", "unusable", "not_delivered", "wrong_item",
        "no_response", "blocked", "waiting", "repeat_three", "unauthorised",
    }
)  # fmt: skip
