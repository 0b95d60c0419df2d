"""What praises and what blames, and what it says: the words of judgements.toml, and the markers of cues.toml.

A marker finds what most customers write, in whatever form. The words are those that few of them write, one by one: a
model that counts words has hardly seen «دلربا», and takes what it has not seen for a complaint, as most comments are.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter
from pathlib import Path

from nlp.rules import cues
from nlp.rules.openings import MOST_TEXTS
from nlp.spelling.folding import spelling

_KINDS = ("good", "problem")
_WORD = re.compile(r"\w+")
#: What may follow a word and leaves what it says. «تر» is not among them: what was better elsewhere is a complaint.
_BEHIND_VOWEL = ("ست", "س", "ن", "ند", "ی", "یی", "یه", "ترین", "ترینه")
_BEHIND_CONSONANT = ("ه", "ست", "ن", "ند", "ی", "یه", "ای", "ترین", "ترینه")
_FEWEST_LETTERS = 5  # a shorter word with an ending may be another one («دقیقه»)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A range of a folded text that praises (`good`) or blames (`problem`).

    `says` is what a word says, such as `pretty` or `rude`; a marker does not tell.
    """

    start: int
    end: int
    kind: str
    says: str | None = None


_start = attrgetter("start")


@lru_cache(maxsize=MOST_TEXTS)  # asked for clauses, then for features and evidence
def find(text: str) -> tuple[Judgement, ...]:
    """Return what praises or blames in a folded text, in reading order.

    >>> [(found.kind, found.says) for found in find("ظاهرش دلربا بود، دمشون گرم")]
    [('good', 'pretty'), ('good', None)]
    """
    known = _words()
    words = [
        Judgement(*match.span(), *known[match[0]]) for match in _WORD.finditer(text) if match[0] in known
    ]
    told = {(word.kind, word.start) for word in words}
    marked = (Judgement(*match.span(), kind) for kind in _KINDS for match in cues.marker(kind).finditer(text))
    also = [found for found in marked if (found.kind, found.start) not in told]
    return tuple(sorted(words + also, key=_start))


def judges(text: str, low: int, high: int) -> bool:
    """Say whether a range of a folded text praises or blames."""
    found = find(text)
    inside = found[bisect_left(found, low, key=_start) : bisect_left(found, high, key=_start)]
    return any(each.end <= high for each in inside)


@cache
def _words() -> Mapping[str, tuple[str, str]]:
    """Return the kind of every word, and what it says."""
    return dict(_forms())


def _forms() -> Iterator[tuple[str, tuple[str, str]]]:
    file = Path(__file__).with_name("judgements.toml")
    for kind, said in tomllib.loads(file.read_text(encoding="utf-8")).items():
        for says, words in said.items():
            for word in spelling(words).split():
                yield word, (kind, says)
                if len(word) >= _FEWEST_LETTERS:
                    endings = _BEHIND_VOWEL if word[-1] in "اوهی" else _BEHIND_CONSONANT
                    yield from ((word + ending, (kind, says)) for ending in endings)
