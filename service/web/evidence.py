"""Where in a comment the proof of each tag stands. Pure: text and tags in, pieces out."""

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise
from typing import Any
from unicodedata import bidirectional

from nlp import pii
from nlp.rules.ranges import Ranges

#: Characters that turn the direction of text around; shown by their number, so that nobody is fooled by them.
CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_PRIVATE = "pii-"
#: Kinds of letters that have a direction of their own; digits, signs and emoji have none.
_STRONG = frozenset({"L", "R", "AL"})
_FROM_THE_RIGHT = frozenset({"R", "AL"})
#: Words, names and codes with what holds their parts together; also numbers, which are Latin only beside them.
_THOUSANDS = r"\d{1,3}(?:[,٬]\d{3})+(?!\d)"
_WORD = rf"(?:{_THOUSANDS}|[A-Za-z\u00c0-\u024f\d]+)"
#: What ends a token belongs to it, as in C++ and OFF50%, unless it begins the next word, as of a hashtag or of @somebody.
_TOKEN = re.compile(
    rf"(?:(?<![\w@#])[@#](?=\d*[A-Za-z]))?{_WORD}(?:[-_./:@+#&'=?%]+{_WORD})*(?:[+%#]+(?![\w+%#]))?"
)
#: A number with groups, also one that is grouped in another way.
_AMOUNT = re.compile(rf"{_THOUSANDS}|\d+[,٬]\d")
_BETWEEN = frozenset(" ,.;:!?'\"()/&+-")
#: The class a polarity is painted by.
TONES = {"negative": "bad", "very_negative": "bad", "positive": "good", "very_positive": "good"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the comment, the tags it proves, and how to paint it."""

    text: str
    tags: tuple[str, ...] = ()
    tone: str = ""
    control: bool = False
    latin: tuple[tuple[int, int], ...] = ()

    @property
    def parts(self) -> Iterator[tuple[str, bool]]:
        """The text in parts, each with whether it is Latin among Persian words."""
        whole = ((0, len(self.text)),) if any(map(str.isalpha, self.text)) else ()
        return _parts(self.text, whole if self.dialled else self.latin)

    @property
    def dialled(self) -> bool:
        """Tell whether it is read from left to right by itself: private numbers are, but not a plate with its letter.

        After a Persian word the groups of ۰۲۱-۸۸۷۷۶۶۵۵ would stand in the wrong order; one that is said in Persian words
        has theirs.
        """
        numbers = any(tag.startswith(_PRIVATE) and tag != f"{_PRIVATE}plate" for tag in self.tags)
        return numbers and not _FROM_THE_RIGHT.intersection(map(bidirectional, self.text))


@dataclass(frozen=True, slots=True)
class _Proof:
    start: int
    end: int
    tag: str
    tone: str


def pieces(text: str, tags: Mapping[str, Any]) -> list[Piece]:
    """Return the comment cut at every border of evidence outside its private numbers; the pieces joined are the comment.

    A piece names its tags as `topic-delivery_time`, `signal-fraud`, `sentiment` or `pii-mobile`.
    """
    return _cut(text, list(_proofs(tags, len(text))))


def plain(text: str, private: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """Return words cut at their private numbers alone: they prove nothing, but each is read in its own order."""
    return _cut(text, list(_private(private, len(text))))


def written(text: str) -> list[Piece]:
    """Return words of ours, their numbers found anew: nobody tags what we write."""
    return plain(text, [asdict(hit) for hit in pii.find(text)])


def _cut(text: str, proofs: Sequence[_Proof]) -> list[Piece]:
    """A private number stays in one piece, as Latin words do: of two, each in its own order, the second would stand first."""
    numbers = [(proof.start, proof.end) for proof in proofs if proof.tag.startswith(_PRIVATE)]
    others = list(text)
    for start, end in numbers:
        others[start:end] = "ه" * (end - start)
    latin = list(_latin("".join(others)))
    cuts = {0, len(text), *(border for proof in proofs for border in (proof.start, proof.end))}
    whole = Ranges((*numbers, *latin))
    borders = sorted(cut for cut in cuts if not whole.meet(cut, cut))
    proven, written = _over(borders, [(proof.start, proof.end) for proof in proofs]), _over(borders, latin)
    found: list[Piece] = []
    for (start, end), here, runs in zip(pairwise(borders), proven, written, strict=True):
        inside = [(latin[run][0] - start, latin[run][1] - start) for run in runs]
        found += _visible(text[start:end], [proofs[each] for each in here], inside)
    return found


def _over(borders: Sequence[int], stretches: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Yield for what stands between each two borders which of some stretches lie over it, by their numbers."""
    waiting = deque(sorted(range(len(stretches)), key=stretches.__getitem__))
    open_: list[int] = []
    for start, end in pairwise(borders):
        while waiting and stretches[waiting[0]][0] < end:
            open_.append(waiting.popleft())
        open_ = [each for each in open_ if stretches[each][1] > start]
        yield sorted(open_)


def _proofs(tags: Mapping[str, Any], length: int) -> Iterator[_Proof]:
    sentiment = tags.get("sentiment")
    if sentiment is not None:
        yield from _spans(sentiment.get("spans", ()), "sentiment", sentiment["label"], length)
    for topic in tags["topics"]:
        yield from _spans(topic["spans"], f"topic-{topic['id']}", topic["sentiment"], length)
    for signal in tags["signals"]:
        yield from _spans(signal["spans"], f"signal-{signal['name']}", "alarm", length)
    yield from _private(tags["pii"], length)


def _private(found: Sequence[Mapping[str, Any]], length: int) -> Iterator[_Proof]:
    for hit in found:
        yield from _spans([hit], f"{_PRIVATE}{hit['kind']}", "private", length)


def _spans(spans: Sequence[Mapping[str, Any]], tag: str, label: str, length: int) -> Iterator[_Proof]:
    for span in spans:
        start, end = max(0, span["start"]), min(length, span["end"])
        if start < end:
            yield _Proof(start, end, tag, TONES.get(label, label))


def _visible(text: str, proofs: Sequence[_Proof], latin: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    tags = tuple(dict.fromkeys(proof.tag for proof in proofs))
    tones = [proof.tone for proof in proofs if proof.tag != "sentiment"]
    tone = next((tone for tone in ("private", "alarm", "bad", "good") if tone in tones), "plain")
    at = 0
    for is_control, letters in groupby(text, key=CONTROLS.__contains__):
        said = "".join(letters)
        if is_control:
            yield from (Piece(text=f"U+{ord(letter):04X}", control=True) for letter in said)
        else:
            begin, end = (bisect_left(latin, (place,)) for place in (at, at + len(said)))
            runs = tuple((first - at, last - at) for first, last in latin[begin:end])
            yield Piece(text=said, tags=tags, tone=tone, latin=runs)
        at += len(said)


def in_parts(text: str) -> Iterator[tuple[str, bool]]:
    """Return words in parts, each with whether it is Latin among Persian ones: a code keeps its digits and its order.

    >>> [part for part, is_latin in in_parts("گوشی A55 با کد DG-88213/AB نرسید، iPhone 13 هم") if is_latin]
    ['A55', 'DG-88213/AB', 'iPhone 13']
    """
    return _parts(text, tuple(_latin(text)))


def _parts(text: str, latin: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    at = 0
    for first, last in latin:
        yield from ((text[at:first], False), (text[first:last], True))
        at = last
    yield text[at:], False


def _latin(text: str) -> Iterator[tuple[int, int]]:
    """Yield where Latin words stand in Persian lines; those that follow each other stay together, as they are read.

    A line that is mostly Latin is set from the left, with all that is in it.
    """
    start = 0
    for line in text.splitlines(keepends=True):
        latin = sum(any(map(str.isalpha, token)) for token in _TOKEN.findall(line))
        persian = sum(not _FROM_THE_RIGHT.isdisjoint(map(bidirectional, word)) for word in line.split())
        if 0 < latin <= persian:
            yield from ((start + first, start + last) for first, last in _runs(line))
        start += len(line)


def _runs(line: str) -> Iterator[tuple[int, int]]:
    """Yield where a run of Latin words begins and ends: `last` is its end, `reach` that of an amount behind it.

    An amount is part of no name, it stands beside its تومان; between two Latin words it is read with them.
    """
    first = last = reach = -1
    is_name = (
        False  # without a digit of its own; the 13 behind iPhone is part of it, the 2 behind A55 may be days
    )
    for token in _TOKEN.finditer(line):
        has_letter = any(map(str.isalpha, token[0]))
        between = line[reach : token.start()] if first >= 0 else ""
        if first >= 0 and (_BETWEEN.issuperset(between) if has_letter else is_name and between == " "):
            reach = token.end()
            last = last if _AMOUNT.match(line, token.start()) else reach
        else:
            if first >= 0:
                yield first, last
            first, last = token.span() if has_letter else (-1, -1)
            reach = last
        is_name = has_letter and not any(map(str.isdecimal, token[0]))
    if first >= 0:
        yield first, last


def direction(text: str) -> str:
    """Return how somebody's words are set: as their own letters say, and as the page where there are none.

    >>> direction("salam"), direction("۴!")
    ('auto', 'rtl')
    """
    return "auto" if _STRONG.intersection(map(bidirectional, text)) else "rtl"
