"""What a clause really claims: said of here and now, or denied, solved, imagined, quoted, of others, polite, ironic.

Persian denies with the verb («شکایتی ندارم»، «نمی‌خوام شکایت کنم»), closes a story with a solution («حل شد»،
«پولم برگشت») and imagines with «اگه» and a question. What others tell, what happened elsewhere («یه هتل دیگه») or long ago
(«پارسال») is not asked of this company. Only what is claimed may raise urgency.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from nlp import cues
from nlp.folding import fold, spelling

_SENTENCE_END = re.compile(r"[.!?;\n]+")
_COMMA = re.compile(r",")
_QUESTION = re.compile(r"\?")
_WORD = re.compile(r"\w+")
#: Flags that turn a judgement into another; what one counts beside a cue, and all of them at most.
_TURNED = frozenset({"negated", "never", "hypothetical", "solved"})
_EACH, _MOST = 0.3, 0.9
_FEWEST_WORDS = 3  # a shorter piece between commas is an item of a list, not a clause


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judgement:
    """A word of praise or of a problem, and what turns it around."""

    kind: str  # good or problem
    start: int
    turned: tuple[str, ...]


@dataclass(frozen=True)
class _Reading:
    """A folded comment with the ranges that carry each flag."""

    text: str
    ranges: dict[str, tuple[tuple[int, int], ...]]
    solved_at: int | None  # where the last solution ends; a cue before that is past

    @cached_property
    def marked(self) -> tuple[str, ...]:
        """What is told somewhere in the text."""
        return tuple(name for name, told in _TOLD.items() if told(self.text, 0, len(self.text)))

    @cached_property
    def judgements(self) -> tuple[_Judgement, ...]:
        """What is praised and what goes wrong, kind by kind."""
        return tuple(
            _Judgement(kind=kind, start=place, turned=tuple(sorted(_flags(self, place, end) & _TURNED)))
            for kind in ("good", "problem")
            for place, end in (match.span() for match in cues.marker(kind).finditer(self.text))
        )


def clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a normalized text.

    >>> text = "غذا عالی بود ولی پیک بی‌ادب بود"
    >>> [text[clause.start : clause.end] for clause in clauses(text)]
    ['غذا عالی بود', 'ولی پیک بی‌ادب بود']
    """
    folded = fold(text)
    found = []
    for low, high in _pieces(folded.text, _borders(folded.text)):
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
    found: list[int] = []
    side, owed = 0, False
    for clause in clauses:
        turn = cues.marker("contrast").search(folded, clause.low, clause.high)
        if owed or (found and turn and turn.start() == clause.low):
            side = 1 - side
        owed = bool(_CONCESSION.match(folded, clause.low))
        found.append(side)
    return found


#: «با اینکه …،» owes a second half.
_CONCESSION = re.compile(r"با ?این ?که|هر ?چند|ا?گرچه|با وجود")


@lru_cache(maxsize=1024)  # asked for features, then for urgency
def mentions(text: str) -> tuple[Mention, ...]:
    """Return every cue of a folded text with the flags that apply where it stands."""
    hits = cues.find(text)
    if not hits:
        return ()
    reading = _read(text)
    return tuple(Mention(hit=hit, flags=_flags(reading, hit.start, hit.end)) for hit in hits)


def features(text: str, clause: Clause | None = None) -> dict[str, float]:
    """Return the cues and flags of a normalized text, or of one of its clauses, as features for the heads.

    Names are `cue=<rule>` for a cue that counts, `cue=<rule>|<flag>` for one that is silenced,
    and `flag=<flag>` for the comment. What is said in a clause means what it means in its comment.
    """
    folded = spelling(text)
    reading = _read(folded)
    low, high = (clause.low, clause.high) if clause else (0, len(folded))
    found = {f"flag={name}": 1.0 for name in _flagged(reading, low, high)}
    for mention in mentions(folded):
        if low <= mention.hit.start < high:
            rule = mention.hit.rule
            flags = mention.flags - rule.ignores
            for name in [f"cue={rule.name}|{flag}" for flag in flags] or [f"cue={rule.name}"]:
                found[name] = 1.0
    judged = _judged(reading, low, high)
    if {"said=good", "said=problem"} <= set(judged) and "flag=contrast" not in found:
        judged["said=clash"] = _EACH
    return found | judged


def _flagged(reading: _Reading, low: int, high: int) -> Iterator[str]:
    """Yield the flags that something of a range carries, and the markers that stand in it."""
    for flag, ranges in reading.ranges.items():
        if any(start < high and low < end for start, end in ranges):
            yield flag
    if reading.solved_at is not None and low < reading.solved_at <= high:
        yield "solved"
    for name in reading.marked:
        if _TOLD[name](reading.text, low, high):
            yield name


def _judged(reading: _Reading, low: int, high: int) -> dict[str, float]:
    """Count what is praised and what goes wrong in a range, as it is said and as it is denied."""
    counted: dict[str, float] = {}
    for said in reading.judgements:
        if low <= said.start < high:
            name = "|".join((f"said={said.kind}", *said.turned))
            counted[name] = min(counted.get(name, 0.0) + _EACH, _MOST)
    return counted


def solution(text: str) -> int | None:
    """Return where a folded text has told of the solution that ends its story, None when it does not."""
    place = _read(text).solved_at
    return place if place is not None and place * 2 > len(text) else None


def imagined(text: str) -> bool:
    """Say whether every sentence of a folded text asks about a possibility or stands under «اگه»."""
    found = _read(text).ranges
    ranges = sorted((*found.get("hypothetical", ()), *found.get("question", ())))
    reached = 0
    for low, high in ranges:
        if _WORD.search(text, reached, max(low, reached)):
            return False
        reached = max(reached, high)
    return bool(ranges) and not _WORD.search(text, reached)


def ironic(text: str) -> bool:
    """Say whether a folded text thanks and tells of a failure as people do in irony."""
    return "sarcasm_suspected" in _read(text).marked


@lru_cache(maxsize=1024)  # asked for features, then for urgency
def _read(text: str) -> _Reading:
    ranges = {
        "hypothetical": tuple(_imagined(text)),
        "question": tuple(_asked(text)),
        "quoted": tuple(match.span() for match in cues.marker("quote").finditer(text)),
        **{flag: tuple(_ranges(text, flag)) for flag in ("hearsay", "elsewhere", "bygone", "never")},
    }
    return _Reading(
        text=text,
        ranges={flag: found for flag, found in ranges.items() if found},
        solved_at=_solved_at(text),
    )


def _flags(reading: _Reading, start: int, end: int) -> frozenset[str]:
    found = {
        flag for flag, ranges in reading.ranges.items() if any(low <= start < high for low, high in ranges)
    }
    if reading.solved_at is not None and end <= reading.solved_at:
        found.add("solved")
    if _denied(reading, start, end):
        found.add("negated")
    return frozenset(found)


def _denied(reading: _Reading, start: int, end: int) -> bool:
    """Say whether the verb of the cue is negative, or a «بدون», «هیچ», «نه» stands before it.

    A cue that ends in a verb has said its own; else its verb is the first that follows in its clause.
    """
    border = _border_behind(reading.text, end - 1)
    if not _ends_in_verb(reading.text, end) and _denial().match(reading.text, end, border):
        return True
    return bool(_BARE.search(reading.text, max(0, start - 20), start))


def _ends_in_verb(text: str, end: int) -> bool:
    """Say whether the word that ends at a place, or goes on behind it, is a verb."""
    rest = _WORD_END.match(text, end)
    last = _LAST_WORD.search(text, 0, rest.end() if rest else end)
    return bool(last and _verb().fullmatch(last.group()))


_BARE = re.compile(
    r"(?<!\w)(?:بدون|بی|ضد|عدم|جلوگیری از|در برابر|از ترس|هشدار|هیچ ?گونه|نه) ?(?:هیچ ?)?(?:گونه ?)?(?:مشکل ?|یه ?|اینکه ?)?$"
)


_WORD_END, _LAST_WORD = re.compile(r"\w*"), re.compile(r"\w+$")


@cache
def _verb() -> re.Pattern[str]:
    return cues.shorthand(["{posverb}", "{negverb}"], "verb")


@cache
def _denial() -> re.Pattern[str]:
    words = {"no": "{negverb}", "yes": "{posverb}"}
    pattern = (
        r"\w* ?(?:(?!(?:{yes}|{no}|و|ولی|اما|که|چون)(?!\w))[^\W\d]+[\s,]{{1,2}}){{0,3}}(?:{no})(?!\w)".format(
            **words
        )
    )
    return cues.shorthand([pattern], "denial")


@lru_cache(maxsize=1024)
def _borders(text: str) -> tuple[int, ...]:
    """Return where clauses begin: after sentence ends, at contrast words, at commas between whole statements."""
    found = {match.end() for match in _SENTENCE_END.finditer(text)}
    found |= {match.start() for match in cues.marker("contrast").finditer(text)}
    hard = sorted({0, len(text), *found})
    for low, high in itertools.pairwise(hard):
        found |= set(_commas(text, low, high))
    return tuple(sorted({0, len(text), *found}))


def _commas(text: str, low: int, high: int) -> Iterator[int]:
    start = low
    for match in _COMMA.finditer(text, low, high):
        before = len(_WORD.findall(text, start, match.start()))
        after = len(_WORD.findall(text, match.end(), high))
        if before >= _FEWEST_WORDS and after >= _FEWEST_WORDS:
            yield match.end()
            start = match.end()


def _pieces(text: str, borders: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    for low, high in itertools.pairwise(borders):
        piece = text[low:high]
        if _WORD.search(piece):
            yield low + len(piece) - len(piece.lstrip()), high - len(piece) + len(piece.rstrip())


def _sentence(text: str, place: int) -> tuple[int, int]:
    """Return the sentence around a place, its closing mark included."""
    before = [match.end() for match in _SENTENCE_END.finditer(text, 0, place)]
    after = _SENTENCE_END.search(text, place)
    return (before[-1] if before else 0), (after.end() if after else len(text))


def _imagined(text: str) -> Iterator[tuple[int, int]]:
    """Yield what stands under «اگه»: its clause, and the whole sentence when that asks."""
    for match in cues.marker("hypothetical").finditer(text):
        _, end = _sentence(text, match.start())
        if "?" not in text[match.start() : end]:
            end = min(end, _border_behind(text, match.end()))
        yield match.start(), end


def _asked(text: str) -> Iterator[tuple[int, int]]:
    """Yield sentences that ask about a possibility; «چرا» and «کی» ask about a fact and stay out."""
    for match in _QUESTION.finditer(text):
        start, _ = _sentence(text, match.start())
        if _POSSIBLE.search(text, start, match.end()):
            yield start, match.end()


_POSSIBLE = re.compile(
    r"(?<!\w)(?:ایا|میشه|ممکنه|امکان|میتونم|میتونید|میتونین|میدین|میدید|اگه|اگر|چطور|چطوری|چجوری|کسی|هست)(?!\w)"
)


def _ranges(text: str, marker: str) -> Iterator[tuple[int, int]]:
    """Yield what a marker colours: from where it stands to the end of its clause."""
    for match in cues.marker(marker).finditer(text):
        yield match.start(), _border_behind(text, match.end())


def _border_behind(text: str, place: int) -> int:
    return next((border for border in _borders(text) if border > place), len(text))


def _solved_at(text: str) -> int | None:
    """Return where the last solution ends, None without one or when the story goes on badly after it."""
    found = list(cues.marker("solved").finditer(text))
    if not found:
        return None
    last = found[-1]
    if _NEITHER.search(text, 0, last.start()) or cues.marker("unsolved").search(
        text, max(0, last.start() - 20)
    ):
        return None
    return last.end()


#: «نه پول برگشت»: what follows did not happen.
_NEITHER = re.compile(r"(?<!\w)نه (?:\w+ ){0,2}$")


def _sarcastic(text: str, low: int, high: int) -> bool:
    return all(cues.marker(name).search(text, low, high) for name in ("irony_frame", "failure"))


def _marked(name: str) -> Callable[[str, int, int], bool]:
    return lambda text, low, high: cues.marker(name).search(text, low, high) is not None


#: Flags of a whole comment or clause → whether a range of a folded text has what they stand for.
_TOLD: Mapping[str, Callable[[str, int, int], bool]] = {
    "sarcasm_suspected": _sarcastic,
    **{name: _marked(name) for name in ("polite", "contrast", "delight", "failure")},
}
