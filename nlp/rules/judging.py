"""What praises and what blames, and what it says: the words of judgements.toml, and the markers of cues.toml.

A marker finds what most customers write, in whatever form. The words are those that few of them write, one by one: a
model that counts words has hardly seen «دلربا», and takes what it has not seen for a complaint, as most comments are.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter
from pathlib import Path

from nlp.rules import cuefile, cues
from nlp.rules.openings import MOST_TEXTS
from nlp.spelling import vocabulary
from nlp.spelling.folding import spelling

_KINDS = ("good", "problem")
_WORD = re.compile(r"\w+")
#: What may follow a word and leaves what it says. «تر» is not among them: what was better elsewhere is a complaint.
_BEHIND_VOWEL = ("ست", "س", "ن", "ند", "ی", "یی", "یه", "ترین", "ترینه")
_BEHIND_CONSONANT = ("ه", "ست", "ن", "ند", "ی", "یه", "ای", "ترین", "ترینه")
#: Verbs that hang on what they say: «گرونه», «تازه‌ترینه», «خوش‌اخلاقن».
_COPULA = re.compile(r"(?:تر(?:ین)?)?(?:ه|ست|س|ند?|یه)(?!\w)")
#: What stands behind it says what a thing is good against: «شامپوی ضد شوره».
_AGAINST = "ضد "
#: First words of no compound, though with the next they look like one: «گوشم رو هم درد نمیاره», «همه یک رنگ بودن».
_APART = frozenset(
    "هم در از به برا که من او این ان یا یه یک ما تا سه دو می را رو اما اگ خو خدا بین بیا".split()
)
_FEWEST_LETTERS = 5  # a shorter word with an ending may be another one («دقیقه»)
_GAP = "_"  # between the words of an expression
_SHORTEST = 2  # letters of a part of a compound


@dataclass(frozen=True, slots=True)
class Judgement:
    """A range of a folded text that praises (`good`) or blames (`problem`).

    `says` is what a word says, such as `pretty` or `rude`; a marker does not tell. `stated` if its verb hangs on it:
    «گرونه».
    """

    start: int
    end: int
    kind: str
    says: str | None = None
    stated: bool = False


_start = attrgetter("start")


@lru_cache(maxsize=MOST_TEXTS)  # asked for clauses, then for features and evidence
def find(text: str) -> tuple[Judgement, ...]:
    """Return what praises or blames in a folded text, in reading order.

    >>> [(found.kind, found.says) for found in find("ظاهرش دلربا بود، دمشون گرم")]
    [('good', 'pretty'), ('good', None)]
    """
    told = list(_told(text))
    covered = {place for found in told for place in range(found.start, found.end)}
    marked = (
        Judgement(*match.span(), kind, stated=bool(_COPULA.match(text, match.end())))
        for kind in _KINDS
        for match in cues.marker(kind).finditer(text)
    )
    everything = (*told, *(found for found in marked if found.start not in covered))
    return tuple(sorted((one for one in everything if not text.endswith(_AGAINST, 0, one.start)), key=_start))


def _told(text: str) -> Iterator[Judgement]:
    """Yield the words of the file, and those of its expressions, of which the longest counts."""
    known, longest, past = _words(), _longest(), 0
    places = [match.span() for match in _WORD.finditer(text)]
    for number, (start, end) in enumerate(places):
        word = text[start:end]
        if start < past or not (word in longest or word in known):
            continue
        for _, stop in reversed(places[number : number + longest.get(word, 1)]):
            joined = text[start:stop].replace(" ", "")
            if stop > end and word in _APART and joined not in _expressions():
                continue
            if said := known.get(joined):
                yield Judgement(start, stop, *said, stated=_stated(joined))
                past = stop
                break


@cache
def _stated(word: str) -> bool:
    """Say whether the verb of a known word hangs on it; `_COPULA` may leave a stem that a marker alone knows («عالیه»)."""
    stems = (word[:cut] for cut in range(_SHORTEST, len(word)) if _COPULA.match(word, cut))
    return any(stem in _words() or _marker().fullmatch(stem) for stem in stems)


@cache
def _marker() -> re.Pattern[str]:
    said = cuefile.expressions("markers")
    return re.compile("|".join(said[f"markers {kind}"] for kind in _KINDS))


def judges(text: str, low: int, high: int) -> bool:
    """Say whether a range of a folded text praises or blames."""
    found = find(text)
    inside = found[bisect_left(found, low, key=_start) : bisect_left(found, high, key=_start)]
    return any(each.end <= high for each in inside)


@cache
def _words() -> Mapping[str, tuple[str, str]]:
    """Return the kind of every word and expression, its spaces left out, and what it says."""
    return {word.replace(_GAP, ""): said for word, said in _forms()}


@cache
def _longest() -> Mapping[str, int]:
    """Return for the first word of expressions how many words the longest has; «خوش قول» may be typed as two."""
    usual = set(spelling(" ".join(vocabulary.words())).split())
    counted: dict[str, int] = {}
    for word, _ in _entries():
        first, *others = word.split(_GAP)
        if others:
            counted[first] = max(counted.get(first, 0), 1 + len(others))
            continue
        for cut in range(_SHORTEST, len(word) - 1):
            if word[:cut] in usual and word[cut:] in usual:
                counted.setdefault(word[:cut], 2)
    return counted


@cache
def _expressions() -> frozenset[str]:
    """Return the expressions of the file, their spaces left out."""
    return frozenset(word.replace(_GAP, "") for word, _ in _entries() if _GAP in word)


def _forms() -> Iterator[tuple[str, tuple[str, str]]]:
    for word, said in _entries():
        yield word, said
        if len(word) >= _FEWEST_LETTERS and _GAP not in word:
            endings = _BEHIND_VOWEL if word[-1] in "اوهی" else _BEHIND_CONSONANT
            yield from ((word + ending, said) for ending in endings)


@cache
def _entries() -> Sequence[tuple[str, tuple[str, str]]]:
    file = Path(__file__).with_name("judgements.toml")
    return [
        (word, (kind, says))
        for kind, said in tomllib.loads(file.read_text(encoding="utf-8")).items()
        for says, words in said.items()
        for word in spelling(words).split()
    ]
