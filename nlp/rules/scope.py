"""Clauses, and what a comment or one of its clauses tells: cues that count or are silenced, praise, problems, flags."""

import itertools
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, TypeVar

from nlp.rules import claims, cues, irony, judging
from nlp.rules.judging import Judgement
from nlp.rules.openings import MOST_TEXTS
from nlp.rules.ranges import Ranges
from nlp.spelling.folding import fold, spelling

_Found = TypeVar("_Found")
_WORD = re.compile(r"\w+")
#: Flags that turn a judgement into another; what one counts beside a cue, and all of them at most.
_TURNED = frozenset({"negated", "never", "hypothetical", "solved"})
_EACH, _MOST = 0.3, 0.9
#: Markers that are flags themselves.
_MARKED = ("polite", "contrast", "delight", "failure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A stretch that makes one statement: offsets in the normalized text, and in the folded one."""

    start: int
    end: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A cue and the scope flags that apply to it; `counts` says whether it may raise urgency."""

    hit: cues.Hit
    flags: frozenset[str]

    @property
    def counts(self) -> bool:
        """Say whether no flag silences the cue."""
        return self.flags <= self.hit.rule.ignores


@lru_cache(maxsize=MOST_TEXTS)  # asked for votes, then for the evidence of each topic
def clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a normalized text.

    >>> text = "غذا عالی بود ولی پیک بی‌ادب بود"
    >>> [text[clause.start : clause.end] for clause in clauses(text)]
    ['غذا عالی بود', 'ولی پیک بی‌ادب بود']
    """
    folded = fold(text)
    found = []
    for low, high in _pieces(folded.text, claims.borders(folded.text)):
        start, end = folded.back(low, high)
        if end > start:
            found.append(Clause(start=start, end=end, low=low, high=high))
    return tuple(found)


def sides(text: str, clauses: Sequence[Clause]) -> list[int]:
    """Return on which side of the contrast each clause of a normalized text stands: «… ولی …» has two sides.

    >>> text = "غذا عالی بود ولی پیک بی‌ادب بود"
    >>> sides(text, clauses(text))
    [0, 1]
    """
    folded = spelling(text)
    turns = frozenset(claims.turns(folded))
    found: list[int] = []
    side, owed = 0, False
    for clause in clauses:
        if owed or (found and clause.low in turns):
            side = 1 - side
        owed = bool(_CONCESSION.match(folded, clause.low))
        found.append(side)
    return found


def asides(text: str, clauses: Sequence[Clause]) -> list[bool]:
    """Say of each clause of a normalized text whether it tells what others say, of elsewhere or of former days.

    >>> text = "قبلا پیک دیر می‌رسید ولی الان سر وقت میاد"
    >>> asides(text, clauses(text))
    [True, False]
    """
    folded = spelling(text)
    ranges = claims.read(folded).ranges
    told = [*itertools.chain.from_iterable(ranges.get(flag, ()) for flag in _ASIDE)]
    told += [match.span() for match in cues.marker("aside").finditer(folded)]
    found = Ranges(told)
    return [found.meet(clause.low, clause.high) for clause in clauses]


_ASIDE = ("hearsay", "elsewhere", "bygone")
#: «با اینکه …،» owes a second half.
_CONCESSION = re.compile(r"با ?این ?که|هر ?چند|(?:ا?گر|اگه) ?چه|با وجود")


@dataclass(frozen=True, slots=True)
class Cut:
    """Normalized texts, and the clauses of those that have several, in order."""

    texts: Sequence[str]
    clauses: Sequence[Clause] = ()
    owner: Sequence[int] = ()  # the text of each clause
    side: Sequence[int] = ()  # of the contrast on which each clause stands
    aside: Sequence[bool] = ()  # what each clause tells of others, of elsewhere or of former days

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Cut the texts."""
        cut: list[Clause] = []
        owner: list[int] = []
        side: list[int] = []
        aside: list[bool] = []
        for row, text in enumerate(texts):
            found = clauses(text)
            if len(found) > 1:
                cut += found
                owner += [row] * len(found)
                side += sides(text, found)
                aside += asides(text, found)
        return cls(texts, cut, owner, side, aside)

    def __len__(self) -> int:
        """How many pieces there are: texts, and behind them clauses."""
        return len(self.texts) + len(self.clauses)


@lru_cache(maxsize=MOST_TEXTS)  # asked for features, then for urgency
def mentions(text: str) -> tuple[Mention, ...]:
    """Return every cue of a folded text with the flags that apply where it stands."""
    hits = cues.find(text)
    if not hits:
        return ()
    claimed = claims.read(text)
    return tuple(Mention(hit=hit, flags=claimed.flags(hit.start, hit.end)) for hit in hits)


@lru_cache(maxsize=MOST_TEXTS)  # asked for a comment, then for its clauses
def _mentions_in_order(text: str) -> Sequence[Mention]:
    return sorted(mentions(text), key=_hit_place)


def _hit_place(mention: Mention) -> int:
    return mention.hit.start


def features(text: str, clause: Clause | None = None) -> dict[str, float]:
    """Return the cues and flags of a normalized text, or of one of its clauses, as features for the heads.

    Names are `cue=<rule>` for a cue that counts, `cue=<rule>|<flag>` for one that is silenced, `flag=<flag>` for the
    comment, and for what praises or blames `said=<kind>`, with the flags that turn it, and `judged=<what it says>`.
    What is said in a clause means what it means in its comment.
    """
    folded = spelling(text)
    low, high = (clause.low, clause.high) if clause else (0, len(folded))
    found = {f"flag={name}": 1.0 for name in _flagged(folded, low, high)}
    for mention in _within(_mentions_in_order(folded), low, high, _hit_place):
        rule = mention.hit.rule
        flags = mention.flags - rule.ignores
        for name in [f"cue={rule.name}|{flag}" for flag in flags] or [f"cue={rule.name}"]:
            found[name] = 1.0
    judged = _judged(folded, low, high)
    if {"said=good", "said=problem"} <= set(judged) and "flag=contrast" not in found:
        judged["said=clash"] = _EACH
    return found | judged


def _flagged(text: str, low: int, high: int) -> Iterator[str]:
    """Yield the flags that something of a range carries, and what is told in it."""
    claimed = claims.read(text)
    for flag, ranges in claimed.ranges.items():
        if ranges.meet(low, high):
            yield flag
    if claimed.solved_at is not None and low < claimed.solved_at <= high:
        yield "solved"
    for name, places in _told(text).items():
        if _within(places, low, high, int):
            yield name


@lru_cache(maxsize=MOST_TEXTS)  # asked for a comment, then for its clauses
def _told(text: str) -> Mapping[str, Sequence[int]]:
    """Return where what makes a flag of a comment, or of the clause that it stands in, begins, in order."""
    marked = {name: [match.start() for match in cues.marker(name).finditer(text)] for name in _MARKED}
    return {"sarcasm_suspected": sorted(irony.mockeries(text)), **marked}


def _judged(text: str, low: int, high: int) -> dict[str, float]:
    """Count what is praised and what goes wrong in a range, as it is said and as it is denied, and tell what is said."""
    counted: dict[str, float] = {}
    for found, name in _within(_judgements(text), low, high, _place):
        counted[name] = min(counted.get(name, 0.0) + _EACH, _MOST)
        if found.says:
            counted[f"judged={found.says}"] = 1.0
    return counted


def leaning(text: str, clause: Clause) -> int:
    """Return how many more things a clause of a normalized text praises than it blames; what is denied counts for the other side.

    >>> text = "غذا خوب نبود، ولی پیک مودب بود"
    >>> [leaning(text, clause) for clause in clauses(text)]
    [-1, 1]
    """
    judgements = _within(_judgements(spelling(text)), clause.low, clause.high, _place)
    return sum(_LEANS.get(name, 0) for _, name in judgements)


def judged(text: str, sign: int) -> list[tuple[int, int]]:
    """Return where a normalized text praises (1) or blames (-1), what is denied turned around."""
    folded = fold(text)
    return [
        folded.back(found.start, found.end)
        for found, name in _judgements(folded.text)
        if _LEANS.get(name) == sign
    ]


_LEANS = {"said=good": 1, "said=problem": -1, "said=good|negated": -1, "said=problem|negated": 1}


def _within(found: Sequence[_Found], low: int, high: int, place: Callable[[_Found], int]) -> Sequence[_Found]:
    """Return what begins in a range, of what is ordered by its place."""
    return found[bisect_left(found, low, key=place) : bisect_left(found, high, key=place)]


def _place(judgement: tuple[Judgement, str]) -> int:
    return judgement[0].start


@lru_cache(maxsize=MOST_TEXTS)  # asked for a comment, then for its clauses
def _judgements(text: str) -> tuple[tuple[Judgement, str], ...]:
    """Return what praises or goes wrong, each with the name of its kind and what turns it around."""
    claimed = claims.read(text)
    named = []
    for found in judging.find(text):
        flags = claimed.flags(found.start, found.end, stated=found.stated) & _TURNED
        named.append((found, "|".join((f"said={found.kind}", *sorted(flags)))))
    return tuple(named)


def solution(text: str) -> int | None:
    """Return where a folded text has told of the solution that ends its story, None when it does not."""
    place = claims.read(text).solved_at
    return place if place is not None and place * 2 > len(text) else None


def imagined(text: str) -> bool:
    """Say whether every sentence of a folded text asks about a possibility or stands under «اگه»."""
    found = claims.read(text).ranges
    ranges = sorted((*found.get("hypothetical", ()), *found.get("question", ())))
    reached = 0
    for low, high in ranges:
        if _WORD.search(text, reached, max(low, reached)):
            return False
        reached = max(reached, high)
    return bool(ranges) and not _WORD.search(text, reached)


def _pieces(text: str, borders: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    for low, high in itertools.pairwise(borders):
        piece = text[low:high]
        if _WORD.search(piece):
            yield low + len(piece) - len(piece.lstrip()), high - len(piece) + len(piece.rstrip())
