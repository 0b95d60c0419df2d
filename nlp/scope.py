"""What a clause really claims: said of now, or denied, solved, imagined, quoted, hearsay, polite, ironic.

Persian denies with the verb («شکایتی ندارم»، «نمی‌خوام شکایت کنم»), closes a story with a solution («حل شد»،
«پولم برگشت») and imagines with «اگه» and a question. Only what is claimed may raise urgency.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

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
    """A stretch that makes one statement: offsets in the normalized text."""

    start: int
    end: int


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
class _Reading:
    """A folded comment with the ranges that carry each flag."""

    text: str
    ranges: dict[str, tuple[tuple[int, int], ...]]
    solved_at: int | None  # where the last solution ends; a cue before that is past
    polite: bool


def clauses(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a normalized text.

    >>> text = "غذا عالی بود ولی پیک بی‌ادب بود"
    >>> [text[clause.start : clause.end] for clause in clauses(text)]
    ['غذا عالی بود', 'ولی پیک بی‌ادب بود']
    """
    folded = fold(text)
    borders = _borders(folded.text)
    return tuple(
        Clause(start=start, end=end)
        for start, end in (folded.back(*piece) for piece in _pieces(folded.text, borders))
        if end > start
    )


def sides(texts: Sequence[str]) -> list[int]:
    """Return on which side of the contrast each clause of a comment stands: «… ولی …» has two sides.

    >>> sides(["غذا عالی بود", "ولی پیک بی‌ادب بود"])
    [0, 1]
    """
    found: list[int] = []
    side, owed = 0, False
    for text in texts:
        folded = spelling(text)
        turn = cues.marker("contrast").search(folded)
        if owed or (found and turn and turn.start() == 0):
            side = 1 - side
        owed = bool(_CONCESSION.match(folded))
        found.append(side)
    return found


#: «با اینکه …،» owes a second half.
_CONCESSION = re.compile(r"با ?این ?که|هر ?چند|ا?گرچه|با وجود")


@lru_cache(maxsize=1024)  # asked for features, then for urgency
def mentions(text: str) -> tuple[Mention, ...]:
    """Return every cue of a folded text with the flags that apply where it stands."""
    return _flagged(text, cues.find(text))


def _flagged(text: str, hits: Sequence[cues.Hit]) -> tuple[Mention, ...]:
    if not hits:
        return ()
    reading = _read(text)
    return tuple(Mention(hit=hit, flags=_flags(reading, hit.start, hit.end)) for hit in hits)


def _mentions_within(text: str, whole: str) -> tuple[Mention, ...]:
    """Return the cues of a clause: none that its comment does not have, for a pattern only asks what is there."""
    names = {mention.hit.rule.name for mention in mentions(whole)}
    return _flagged(text, cues.find(text, names)) if names else ()


def features(text: str, whole: str | None = None) -> dict[str, float]:
    """Return the cues and flags of a normalized text as features for the heads.

    Names are `cue=<rule>` for a cue that counts, `cue=<rule>|<flag>` for one that is silenced,
    and `flag=<flag>` for the comment. For a clause, `whole` is the comment it was cut from.
    """
    folded = spelling(text)
    reading = _read(folded)
    found = {f"flag={flag}": 1.0 for flag in reading.ranges}
    found |= {f"flag={name}": 1.0 for name, said in _comment_flags(reading) if said}
    for mention in mentions(folded) if whole is None else _mentions_within(folded, spelling(whole)):
        rule = mention.hit.rule
        flags = mention.flags - rule.ignores
        for name in [f"cue={rule.name}|{flag}" for flag in flags] or [f"cue={rule.name}"]:
            found[name] = 1.0
    return found | _judgements(reading)


def _judgements(reading: _Reading) -> dict[str, float]:
    """Count what is praised and what goes wrong, as it is said and as it is denied."""
    counted: dict[str, float] = {}
    for kind in ("good", "problem"):
        for match in _starting(reading.text, kind):
            flags = _flags(reading, *match.span())
            name = f"said={kind}" + "|".join(["", *sorted(flags & _TURNED)])
            counted[name] = min(counted.get(name, 0.0) + _EACH, _MOST)
    if {"said=good", "said=problem"} <= set(counted) and not cues.marker("contrast").search(reading.text):
        counted["said=clash"] = _EACH
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


@lru_cache(maxsize=1024)  # asked for features, then for urgency
def ironic(text: str) -> bool:
    """Say whether a folded text mocks: thanks for a failure, praise beside one, or words that only mockery uses.

    >>> ironic("ممنون که سه ساعت معطلمون کردین"), ironic("ممنون که معطلمون نکردین")
    (True, False)
    """
    return any(_starting(text, "irony")) or any(_fails(text, low, high) for low, high in _applauded(text))


def _applauded(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a failure would belie thanks, which end with their clause, or lone praise, which reaches farther."""
    for match in _starting(text, "irony_thanks"):
        reach = _THANKED.match(text, match.end(), _border_behind(text, match.end()))
        if reach and not _besides(text, "remedy", *reach.span(), match):
            yield reach.span()
    for match in _starting(text, "irony_praise"):
        low, high = _around(text, *match.span())
        meant = any(_besides(text, marker, low, high, match) for marker in ("good", "remedy"))
        if not meant and not _denied(_read(text), *match.span()):
            yield low, high


def _besides(text: str, marker: str, low: int, high: int, match: re.Match[str]) -> bool:
    """Say whether a marker stands between two places and not within a match."""
    return any(
        low <= other.start() < high and not match.start() <= other.start() < match.end()
        for other in _starting(text, marker)
    )


#: What thanks are for: as far as the next comma, a hardship of the day, a fault of one's own, or a wish that was heeded.
_THANKED = re.compile(
    r"(?:[^\w,]*(?!(?:هوای?|روزهای?|روزای?|شرایط|ترافیک|علی ?رغم|چون|خودم|اهمیت|توجه (?:داشت|کرد)\w*)(?!\w))\w+){0,9}"
)


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentence around a place and those beside it, as far as no contrast turns."""
    marks = [mark.span() for mark in _SENTENCE_END.finditer(text)]
    turns = [turn.span() for turn in _starting(text, "contrast")]
    before = [place for _, place in marks if place <= start][-2:-1]
    behind = [place for place, _ in marks if place >= end][1:2]
    return (
        max([0, *before, *(place for _, place in turns if place <= start)]),
        min([len(text), *behind, *(place for place, _ in turns if place >= end)]),
    )


def _fails(text: str, low: int, high: int) -> bool:
    """Say whether a failure is told between two places, neither denied nor solved nor imagined."""
    return any(
        low <= match.start() < high and not _flags(_read(text), *match.span())
        for match in _starting(text, "failure")
    )


def _comment_flags(reading: _Reading) -> Iterator[tuple[str, bool]]:
    yield "solved", reading.solved_at is not None
    yield "sarcasm_suspected", ironic(reading.text)
    yield "polite", reading.polite
    yield "contrast", bool(cues.marker("contrast").search(reading.text))
    yield "delight", bool(cues.marker("delight").search(reading.text))
    yield "failure", bool(cues.marker("failure").search(reading.text))


@lru_cache(maxsize=1024)  # asked for features, then for urgency
def _read(text: str) -> _Reading:
    ranges = {
        "hypothetical": tuple(_imagined(text)),
        "question": tuple(_asked(text)),
        "quoted": tuple(match.span() for match in cues.marker("quote").finditer(text)),
        "hearsay": tuple(_ranges(text, "hearsay")),
        "never": tuple(_ranges(text, "never")),
    }
    return _Reading(
        text=text,
        ranges={flag: found for flag, found in ranges.items() if found},
        solved_at=_solved_at(text),
        polite=bool(cues.marker("polite").search(text)),
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

    A cue that ends in a verb has said its own; else its verb is the first that follows.
    """
    if not _ends_in_verb(reading.text, end) and _denial().match(reading.text, end):
        return True
    return bool(_BARE.search(reading.text, max(0, start - 14), start))


def _ends_in_verb(text: str, end: int) -> bool:
    """Say whether the word that ends at a place, or goes on behind it, is a verb."""
    rest = _WORD_END.match(text, end)
    last = _LAST_WORD.search(text, 0, rest.end() if rest else end)
    return bool(last and _verb().fullmatch(last.group()))


_BARE = re.compile(r"(?<!\w)(?:بدون|بی|ضد|عدم|هیچ ?گونه|نه) ?(?:هیچ ?)?(?:گونه ?)?(?:مشکل ?|یه ?|اینکه ?)?$")


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
    found |= {match.start() for match in _starting(text, "contrast")}
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


def _starts_word(text: str, place: int) -> bool:
    return place == 0 or not text[place - 1].isalnum()


def _starting(text: str, marker: str) -> Iterator[re.Match[str]]:
    """Yield where a marker stands at the start of a word."""
    return (match for match in cues.marker(marker).finditer(text) if _starts_word(text, match.start()))


def _sentence(text: str, place: int) -> tuple[int, int]:
    """Return the sentence around a place, its closing mark included."""
    before = [match.end() for match in _SENTENCE_END.finditer(text, 0, place)]
    after = _SENTENCE_END.search(text, place)
    return (before[-1] if before else 0), (after.end() if after else len(text))


def _imagined(text: str) -> Iterator[tuple[int, int]]:
    """Yield what stands under «اگه»: its clause, and the whole sentence when that asks."""
    for match in _starting(text, "hypothetical"):
        if _WISH.search(text, max(0, match.start() - 5), match.start()):
            continue
        _, end = _sentence(text, match.start())
        if "?" not in text[match.start() : end]:
            end = min(end, _border_behind(text, match.end()))
        yield match.start(), end


#: «دستتون درد نکنه» thanks; a «نکنه» of its own fears that something is so.
_WISH = re.compile(r"درد[ \n]$")


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
    for match in _starting(text, marker):
        yield match.start(), _border_behind(text, match.end())


def _border_behind(text: str, place: int) -> int:
    return next((border for border in _borders(text) if border > place), len(text))


def _solved_at(text: str) -> int | None:
    """Return where the last solution ends, None without one or when the story goes on badly after it."""
    found = list(_starting(text, "solved"))
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
