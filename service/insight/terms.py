"""Words and pairs of words that rise, and comments that say nearly the same. Pure.

A term's rise is the log-odds of being used now against before, with an informative Dirichlet prior from both
(Monroe, Colaresi and Quinn, "Fightin' Words"); its z-score ranks it. A term counts once per comment.
"""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations, pairwise
from math import erfc, log, sqrt
from pathlib import Path

from service.search import search_text

FILE = Path(__file__).with_name("stopwords.toml")
#: Endings that make no other word of it.
_ENDINGS = re.compile(
    r"‌(?:ها|های|هایی|هام|هات|هاش|هامون|هاتون|هاشون|ی|ای|ام|ات|اش|مون|تون|شون|ترین|تر|رو|م)$"
)
_MASK = re.compile(r"\[[^\]]*\]")
_BETWEEN = re.compile(r"[\s«»\"()،؛:؟?!.…,;/\\-]+")
#: What is shorter says nothing; what is longer is a code or a link, and no database looks thousands of letters up.
_LEAST_LETTERS, _MOST_LETTERS = 3, 60
#: Fewer comments than this are no rise.
FEWEST = 5
#: A term is low-based when no more than this part of earlier comments had it.
_LOW_BASE = 0.03
#: About one false term in a vocabulary of three thousand.
_SURE = 3.4
#: So many comments' worth of belief that a term is used as often as ever.
_PRIOR = 200.0
#: A pair of words takes the place of its words when it is in so many of their comments.
_SAME = 0.75
#: Comments that share so much of their words say the same.
_ALIKE = 0.6
_WORDS_TO_JUDGE = 4
#: Of texts with a word that more than these have, each is compared with the next one alone.
_COMMON = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rising:
    """A term or topic that is used more than before: in how many comments of how many, and how sure."""

    term: str
    now: int
    of: int
    before: int
    of_before: int
    z: float
    sure: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Comments that say nearly the same."""

    ids: tuple[str, ...]
    term: str


def terms_of(text: str) -> dict[str, str]:
    """Return the terms of a text, folded, each with how it was written: words of substance and pairs of them.

    >>> list(terms_of("ظرف‌های کاغذي خیس شده بود"))
    ['ظرف', 'کاغذی', 'خیس', 'ظرف کاغذی', 'کاغذی خیس']
    """
    masked = text.rfind("]") + 1  # behind it every «[» would be followed to the end
    chunks = _BETWEEN.split(_MASK.sub(" . ", text[:masked]) + text[masked:])
    words = [_word(chunk) if len(chunk) <= _MOST_LETTERS else None for chunk in chunks]
    found = dict(word for word in words if word)
    pairs = ((one, two) for one, two in pairwise(words) if one and two)
    return found | {f"{one[0]} {two[0]}": f"{one[1]} {two[1]}" for one, two in pairs}


def counted(texts: Iterable[Iterable[str]]) -> Counter[str]:
    """Return in how many texts each term is."""
    return Counter(term for terms in texts for term in set(terms))


def rising(now: Mapping[str, int], of: int, before: Mapping[str, int], of_before: int) -> list[Rising]:
    """Return what rises from a low base, the surest first: counts of comments now and before, and of how many."""
    if not of or not of_before:
        return []
    found = []
    for term, count in now.items():
        earlier = before.get(term, 0)
        if count < FEWEST or earlier / of_before > _LOW_BASE or count / of <= earlier / of_before:
            continue
        z = _z(count, of, earlier, of_before)
        if z >= _SURE:
            sure = round(1 - erfc(z / sqrt(2)) / 2, 6)
            found.append(
                Rising(
                    term=term, now=count, of=of, before=earlier, of_before=of_before, z=round(z, 2), sure=sure
                )
            )
    found.sort(key=lambda one: (-one.z, -len(one.term), one.term))
    return _most_telling(found)


def waves(comments: Sequence[tuple[str, AbstractSet[str]]]) -> list[Wave]:
    """Return groups of comments, from (id, words), that say nearly the same: one campaign or one failure."""
    said: dict[frozenset[str], list[int]] = defaultdict(list)
    for place, (_, words) in enumerate(comments):
        if len(words) >= _WORDS_TO_JUDGE:
            said[frozenset(words)].append(place)
    owners: dict[str, list[frozenset[str]]] = defaultdict(list)
    for words in said:
        for word in words:
            owners[word].append(words)
    from scipy.cluster.hierarchy import DisjointSet  # a desk that only serves pages can do without

    alike = DisjointSet(said)
    shared: set[tuple[frozenset[str], frozenset[str]]] = set()
    for texts in owners.values():
        shared.update(combinations(texts, 2) if len(texts) <= _COMMON else pairwise(texts))
    for one, two in shared:
        if len(one & two) >= _ALIKE * len(one | two):
            alike.merge(one, two)
    groups = [sorted(place for words in texts for place in said[words]) for texts in alike.subsets()]
    found = [_wave([comments[place] for place in places]) for places in groups if len(places) >= FEWEST]
    return sorted(found, key=lambda wave: (-len(wave.ids), wave.term))


def _z(now: int, of: int, before: int, of_before: int) -> float:
    usual = (now + before) / (of + of_before)
    prior = max(usual * _PRIOR, 0.01)
    more = log((now + prior) / (of + _PRIOR - now - prior + 1e-9))
    less = log((before + prior) / (of_before + _PRIOR - before - prior + 1e-9))
    return (more - less) / sqrt(1 / (now + prior) + 1 / (before + prior))


def _most_telling(found: list[Rising]) -> list[Rising]:
    """Leave out words whose rise is that of a pair they belong to, and pairs that say what a word says."""
    pairs = [one for one in found if " " in one.term]
    told = {word: pair for pair in sorted(pairs, key=lambda pair: pair.now) for word in pair.term.split()}
    kept: list[Rising] = []
    for one in found:
        pair = told.get(one.term)
        if " " not in one.term and pair is not None and pair.now >= _SAME * one.now:
            continue
        words = set(one.term.split())
        if any(words & set(other.term.split()) and one.now <= other.now for other in kept):
            continue
        kept.append(one)
    return kept


def _wave(comments: Sequence[tuple[str, AbstractSet[str]]]) -> Wave:
    common = Counter(word for _, words in comments for word in words)
    told = sorted(common, key=lambda word: (-common[word], -len(word), word))
    return Wave(ids=tuple(id_ for id_, _ in comments), term=" ".join(told[:3]))


@lru_cache(maxsize=50_000)
def _word(chunk: str) -> tuple[str, str] | None:
    """Return a word folded and as it was written, without its ending; None when it is no word of substance."""
    written = _ENDINGS.sub("", chunk)
    folded = search_text(written.replace("‌", "")).replace(" ", "")
    empty = folded in _stopwords() or len(folded) < _LEAST_LETTERS or folded.isdigit()
    return None if empty else (folded, written)


@cache
def _stopwords() -> frozenset[str]:
    return frozenset(tomllib.loads(FILE.read_text(encoding="utf-8"))["words"].split())
