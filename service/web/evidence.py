"""Where in a comment the proof of each tag stands. Pure: text and tags in, pieces out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise
from typing import Any
from unicodedata import bidirectional

from nlp import pii

#: Characters that turn the direction of text around; shown by their number, so that nobody is fooled by them.
CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_PRIVATE = "pii-"
#: Kinds of letters that have a direction of their own; digits, signs and emoji have none.
_STRONG = frozenset({"L", "R", "AL"})
_FROM_THE_RIGHT = frozenset({"R", "AL"})
#: The class a polarity is painted by.
TONES = {"negative": "bad", "very_negative": "bad", "positive": "good", "very_positive": "good"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of the comment, the tags it proves, and how to paint it."""

    text: str
    tags: tuple[str, ...] = ()
    tone: str = ""
    control: bool = False

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
    """A private number stays in one piece: of two, each in its own order, the second would stand before the first."""
    numbers = [proof for proof in proofs if proof.tag.startswith(_PRIVATE)]
    cuts = {0, len(text), *(border for proof in proofs for border in (proof.start, proof.end))}
    borders = sorted(cut for cut in cuts if not any(one.start < cut < one.end for one in numbers))
    found: list[Piece] = []
    for start, end in pairwise(borders):
        here = [proof for proof in proofs if proof.start < end and start < proof.end]
        found += _visible(text[start:end], here)
    return found


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


def _visible(text: str, proofs: Sequence[_Proof]) -> Iterator[Piece]:
    tags = tuple(dict.fromkeys(proof.tag for proof in proofs))
    tones = [proof.tone for proof in proofs if proof.tag != "sentiment"]
    tone = next((tone for tone in ("private", "alarm", "bad", "good") if tone in tones), "plain")
    for is_control, letters in groupby(text, key=CONTROLS.__contains__):
        if is_control:
            yield from (Piece(text=f"U+{ord(letter):04X}", control=True) for letter in letters)
        else:
            yield Piece(text="".join(letters), tags=tags, tone=tone)


def direction(text: str) -> str:
    """Return how somebody's words are set: as their own letters say, and as the page where there are none.

    >>> direction("salam"), direction("۴!")
    ('auto', 'rtl')
    """
    return "auto" if _STRONG.intersection(map(bidirectional, text)) else "rtl"
