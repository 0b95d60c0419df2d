"""Which words pushed a label: exact contributions of the linear model, as spans of the original text.

A contribution is weight × value. A column that stands at several places shares its contribution among them, each
place among its characters, and a word owns the sum over its characters; so the words of a comment add up to what its
n-grams add to the score of the label. The rest of that score stands nowhere in the text: the bias, the cues, and what
models of weak answers expect.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import itemgetter
from unicodedata import category

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp import urgency
from nlp.compact import Matrix, Narrow, Places
from nlp.features import Features, Looked
from nlp.heads import Heads, place
from nlp.labels import SENTIMENTS, Floats
from nlp.normalize import Normalized
from nlp.rules import claims, cues, judging, numbers, scope, verbs
from nlp.rules.ranges import together
from nlp.spelling.folding import spelling
from nlp.tags import Span
from nlp.windows import Occurrences

#: A label shows at most so many pieces of evidence.
MAX_SPANS = 3
#: A word is evidence when it pushes at least this share of what the strongest word pushes.
_SHARE = 0.35
_MAX_WORDS = 6
#: A clause speaks of a topic nearly as much as another from this share on.
_NEARLY = 0.6
#: A piece may grow by so many words, and over none of these.
_REACH = 3
_LINKS = urgency.JOINING | {"تا", "چون"}
#: Words that tell nothing where they stand alone.
_EMPTY = _LINKS | frozenset("بود است هست شد به از در با رو را هم تو این اون یه یک من ما برای واسه".split())
#: «250,000» is one word, as is «2 ، 500», which the normalizer parts.
_WORD = re.compile(r"\d+(?:[^\w\s]\d+| [،,] \d{3}(?!\d))+|\w+|[^\w\s]+")
_LETTERS = re.compile(r"\w")
#: A piece does not end with these, nor begin with what joins; «دم در» and «دو تا» end as they should.
_TRAILING = urgency.JOINING | {"چون", "از", "به", "با"}
#: What a number counts, with its endings: «سه ماهه», «۵ میلیونم».
_UNIT = re.compile(
    rf"(?:{numbers.TIMES}|{numbers.MONEY}|هزار|می?لیون|میلیارد|بار|دفعه|مرتبه|درصد|نفر|عدد|گیگ|مگ|کیلو|گرم|متر|امتیاز|ستاره)"
    r"(?:ه|ی|یه|ای|س|ست|ا?م|ا?ش|مو|شو|مون|ها)?|[ت%٪]"
)
_SCALES = frozenset({"هزار", "میلیون", "ملیون", "میلیارد"})
_PARTS = frozenset({"نیم", "ربع"})
#: Words for numbers; «نه» mostly denies.
_NUMBERS = frozenset(numbers.words()) - {"نه"} | _SCALES | _PARTS | {"چند"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a comment and what each adds to the linear model's score of every label."""

    spans: Sequence[tuple[int, int]]
    pushes: Matrix  # (words, columns of the linear model)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """The words of a batch side by side, counted in characters that belong to words."""

    spans: Sequence[Sequence[tuple[int, int]]]  # of each comment, in its text
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    count: NDArray[np.int64]  # characters of words before each place of all texts, one behind the other
    base: NDArray[np.int64]  # where each comment begins there


def words(
    features: Features, heads: Heads, comments: Sequence[Normalized], looked: Looked, matrix: csr_matrix
) -> list[Words]:
    """Lay the rows of the shared matrix back over the texts of their comments; rows behind theirs do not count."""
    laid = _laid([comment.text for comment in comments])
    found = features.occurrences(looked, len(comments))
    cells = _cells(matrix, found, len(comments))
    # what stands at several places is shared among them
    values = matrix.data[cells] / np.bincount(cells)[cells]
    pushes = heads.pushes(_shares(laid, found, values, matrix.shape[1]))
    ends = accumulate(map(len, laid.spans))
    return [
        Words(spans=spans, pushes=pushes[end - len(spans) : end])
        for spans, end in zip(laid.spans, ends, strict=True)
    ]


def _laid(texts: Sequence[str]) -> _Laid:
    spans = [[match.span() for match in _WORD.finditer(text)] for text in texts]
    *base, size = accumulate(map(len, texts), initial=0)
    starts = [at + start for at, each in zip(base, spans, strict=True) for start, _ in each]
    ends = [at + end for at, each in zip(base, spans, strict=True) for _, end in each]
    border = np.zeros(size + 1, dtype=np.int64)
    border[starts] = 1
    border[ends] -= 1
    count = np.zeros(size + 1, dtype=np.int64)
    border[:-1].cumsum().cumsum(out=count[1:])
    return _Laid(spans=spans, first=count[starts], last=count[ends], count=count, base=np.array(base))


def _shares(laid: _Laid, found: Occurrences, values: Floats, width: int) -> Narrow:
    """Return words × columns: the value of every occurrence, shared among its words by their characters."""
    base = laid.base[found.owners]
    first, last = laid.count[found.starts + base], laid.count[found.ends + base]
    word = np.searchsorted(laid.last, first, side="right")
    many = np.where(last > first, np.searchsorted(laid.first, last, side="left") - word, 0)
    each = np.repeat(np.arange(len(many)), many)
    word = word[each] + np.arange(len(each)) - (many.cumsum() - many)[each]
    overlap = np.minimum(last[each], laid.last[word]) - np.maximum(first[each], laid.first[word])
    share = (values[each] * overlap / (last - first)[each]).astype(np.float32)
    order = np.argsort(word, kind="stable")
    ends = np.zeros(len(laid.first) + 1, dtype=np.int32)
    np.bincount(word, minlength=len(laid.first)).cumsum(out=ends[1:])
    return Narrow.made(share[order], found.columns[each[order]], ends, width)


def contributions(laid: Words, head: str, label: str) -> Matrix:
    """Return what each word adds to a label; to a sentiment the whole way from the other side to its own."""
    if head != "sentiment":
        return laid.pushes[:, place(head, label)]
    sign = -1 if label.endswith("negative") else 1
    each = {name: laid.pushes[:, place(head, name)] for name in SENTIMENTS}
    up, down = each["positive"] + each["very_positive"], each["negative"] + each["very_negative"]
    return np.asarray(sign * (up - down))


def evidence(
    comment: Normalized,
    laid: Words,
    head: str,
    label: str,
    *,
    clause_of: str | None = None,
    most: int = MAX_SPANS,
) -> tuple[Span, ...]:
    """Return the strongest pieces of the original text that speak for a label, in reading order.

    Neighbouring words that both speak for it form one piece; a label that no word speaks for has none, but for a
    sentiment what judges so. A signal is proved by its cues first. With a mood (`clause_of`) all pieces are of one
    clause, as the mood of a topic is read in one.
    """
    if (head, label) == ("sentiment", "neutral"):
        return ()  # no word proves that nothing was felt
    pushes: list[float] = contributions(laid, head, label).tolist()
    if clause_of:
        pushes = _in_one_clause(comment.text, laid, pushes, clause_of)
    told = _on_words(laid.spans, urgency.cued(comment, label))[:most] if head == "signals" else []
    pieces = strongest(comment.text, laid, pushes, most - len(told))
    if head == "sentiment" and not pieces:
        pieces = _judged(comment.text, laid.spans, label)[:most]
    pieces = _grown(comment.text, laid.spans, together([*told, *pieces]))
    spans = [comment.span(start, end) for start, end in pieces]
    return tuple(span for span in spans if span.start < span.end)


def _in_one_clause(text: str, laid: Words, pushes: Sequence[float], mood: str) -> list[float]:
    """Silence the words outside of the clause that speaks for a label most, or nearly so and in the mood of it."""
    clauses = scope.clauses(text)
    ranges = [
        slice(*(bisect_left(laid.spans, (border,)) for border in (clause.start, clause.end)))
        for clause in clauses
    ]
    told = [sum(push for push in pushes[words] if push > 0) for words in ranges]
    floor = _NEARLY * max(told, default=0.0)
    agrees = _mood(text, laid, mood)
    ranked = [
        (said >= floor and agrees(clause, words), said)
        for clause, words, said in zip(clauses, ranges, told, strict=True)
    ]
    _, words = max(zip(ranked, ranges, strict=True), key=itemgetter(0), default=(None, slice(None)))
    kept = [0.0] * len(pushes)
    kept[words] = pushes[words]
    return kept


def _mood(text: str, laid: Words, mood: str) -> Callable[[scope.Clause, slice], bool]:
    """Return a test of a clause and its words: whether it judges as a topic is judged, or where it does not, feels so."""
    if mood == "neutral":
        return lambda *_: True
    sign = -1 if mood == "negative" else 1
    felt = contributions(laid, "sentiment", mood)

    def agrees(clause: scope.Clause, words: slice) -> bool:
        leaning = sign * scope.leaning(text, clause)
        return leaning > 0 or (leaning == 0 and felt[words].sum() > 0)

    return agrees


def _judged(text: str, words: Sequence[tuple[int, int]], label: str) -> list[tuple[int, int]]:
    """Return the words that judge as a sentiment does: «فوق‌العاده بود» is known by what it says, not by its letters."""
    return _on_words(words, scope.judged(text, -1 if label.endswith("negative") else 1))


def _on_words(words: Sequence[tuple[int, int]], ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges of a text with the whole of the words that they touch."""
    touched = (
        words[bisect_right(words, start, key=itemgetter(1)) : bisect_left(words, (end,))]
        for start, end in ranges
    )
    return [(found[0][0], found[-1][1]) for found in touched if found]


def strongest(
    text: str, laid: Words, pushes: Sequence[float], most: int = MAX_SPANS
) -> list[tuple[int, int]]:
    """Return at most so many (start, end) pairs of the normalized text, in reading order."""
    floor = _SHARE * max(pushes, default=0.0)
    if floor <= 0:
        return []
    kept = [
        push >= floor and _says(text[start:end])
        for push, (start, end) in zip(pushes, laid.spans, strict=True)
    ]
    firsts = {bisect_left(laid.spans, (clause.start,)) for clause in scope.clauses(text)}
    runs = [(_begun(text, laid.spans, *run), run[1]) for run in _runs(kept, firsts)]
    telling = [run for run in runs if not _is_empty(text, laid.spans[slice(*run)])]
    ranked = sorted(telling or runs, key=lambda run: -round(sum(pushes[run[0] : run[1]]), 5))[:most]
    return sorted((laid.spans[first][0], laid.spans[last - 1][1]) for first, last in ranked)


def _begun(text: str, words: Sequence[tuple[int, int]], first: int, last: int) -> int:
    """Return the first word of a run that does more than join it to what stands before."""
    while first < last - 1 and text[slice(*words[first])] in urgency.JOINING:
        first += 1
    return first


def _ended(text: str, words: Sequence[tuple[int, int]], first: int, last: int) -> int:
    """Return where the words of a piece end that do more than join it to what stands behind."""
    while last > first + 1 and text[slice(*words[last - 1])] in _TRAILING:
        last -= 1
    return last


def _is_empty(text: str, words: Sequence[tuple[int, int]]) -> bool:
    """Whether words prove nothing to a reader, whatever they add to the score."""
    return all(text[slice(*word)] in _EMPTY for word in words)


def _grown(
    text: str, words: Sequence[tuple[int, int]], pieces: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Let each piece reach the word that judges what it speaks of, the verb that denies it and the noun of its verb.

    «پیک» alone would prove nothing of «پیک خیلی بی‌ادب», «دادن» nothing of «جواب دادن», and «کسی جواب» the opposite of
    «کسی جواب نمی‌ده».
    """
    borders = [clause.end for clause in scope.clauses(text)]
    found: list[tuple[int, int]] = []
    for start, end in pieces:
        low, high = bisect_left(words, (start,)), bisect_left(words, (end,))
        limit = next((border for border in borders if border >= end), len(text))
        behind = [text[slice(*word)] for word in words[high : high + _REACH + 1] if word[1] <= limit]
        last = high + _told(behind, judged=any(_judges(text[slice(*word)]) for word in words[low:high]))
        low = _named(text, words, low, max((border for border in borders if border <= start), default=0))
        low, last = _counted(text, words, low, last)
        last = _ended(text, words, low, last)
        begin, until = words[low][0], words[last - 1][1]
        if found and found[-1][1] >= begin:
            before = found.pop()
            begin, until = before[0], max(before[1], until)
        found.append((begin, until))
    return found


def _named(text: str, words: Sequence[tuple[int, int]], low: int, least: int) -> int:
    """Return the first word of a piece; where that is a light verb, of what it is done to, from the place `least` on."""
    if not verbs.is_light(text[slice(*words[low])]):
        return low
    for nth in range(low - 1, max(low - 1 - _REACH, -1), -1):
        word = text[slice(*words[nth])]
        if words[nth][0] < least or not _LETTERS.search(word) or word in _LINKS:
            break
        if word not in _EMPTY:
            return nth
    return low


def _counted(text: str, words: Sequence[tuple[int, int]], low: int, last: int) -> tuple[int, int]:
    """Return the first and behind the last of the words of a piece, with the whole of what it counts.

    «میلیون» alone would be no part of «۵ میلیون», nor «دویست» of «یک میلیون و دویست».
    """
    while low and _are_one_amount(text, words, low - 1):
        low -= 1
    while last < len(words) and _are_one_amount(text, words, last - 1):
        last += 1
    return low, last


def _are_one_amount(text: str, words: Sequence[tuple[int, int]], place: int) -> bool:
    """Say whether a word and the next one are parts of one amount or time of day."""
    if "\n" in text[words[place][1] : words[place + 1][0]]:
        return False
    before, behind = (text[slice(*word)] for word in words[place : place + 2])
    if behind == "و":
        return place + 2 < len(words) and _adds(before, text[slice(*words[place + 2])])
    if before == "و":
        return place > 0 and _adds(text[slice(*words[place - 1])], behind)
    if before == "ساعت":
        return behind[0].isdigit()
    if before[0].isdigit():
        return _is_unit(behind)
    return _is_number(before) and (_is_unit(behind) or _is_number(behind))


def _adds(before: str, behind: str) -> bool:
    """Say whether «و» between two words adds them: «صد و بیست», «یک ساعت و نیم»; «۲ و ۳» are two numbers."""
    if spelling(behind) in _PARTS:
        return _is_unit(before) or _is_number(before)
    return _is_number(before) and _is_number(behind)


@lru_cache(maxsize=4096)
def _is_unit(word: str) -> bool:
    return bool(_UNIT.fullmatch(spelling(word)))


@lru_cache(maxsize=4096)
def _is_number(word: str) -> bool:
    """Say whether a word without digits is one of a number."""
    return spelling(word) in _NUMBERS


def _told(behind: Sequence[str], *, judged: bool) -> int:
    """Return how many of the words behind a piece belong to what it tells: as far as they judge, or deny what judges."""
    count = 0
    for nth, word in enumerate(behind, 1):
        if not _LETTERS.search(word) or word in _LINKS:
            break
        if nth > max(_REACH, count + 1):
            break
        if claims.denies(word):
            return nth
        if not judged and nth <= _REACH and _judges(word):
            judged, count = True, nth
    return count


@lru_cache(maxsize=4096)
def _judges(word: str) -> bool:
    folded = spelling(word)
    return bool(judging.find(folded) or cues.marker("failure").search(folded))


def _cells(matrix: csr_matrix, found: Occurrences, count: int) -> Places:
    """Return which of the values of the first `count` rows is that of the column of every occurrence."""
    ends, width = matrix.indptr[: count + 1], matrix.shape[1]
    rows = np.repeat(np.arange(count), ends[1:] - ends[:-1])
    keys = rows * width + matrix.indices[: ends[-1]]  # in order: the columns of a row are
    return np.asarray(np.searchsorted(keys, found.owners * width + found.columns), dtype=np.int32)


def _says(word: str) -> bool:
    """Whether a token can stand as evidence: a word or a symbol such as an emoji, not mere punctuation."""
    return bool(_LETTERS.search(word)) or any(category(letter) == "So" for letter in word)


def _runs(kept: Sequence[bool], firsts: Collection[int]) -> list[tuple[int, int]]:
    """Return (first, last + 1) of each run of kept words, cut after `_MAX_WORDS` and where a clause begins."""
    runs: list[tuple[int, int]] = []
    for word, keep in enumerate(kept):
        if not keep:
            continue
        goes_on = runs and runs[-1][1] == word and word not in firsts
        if goes_on and word - runs[-1][0] < _MAX_WORDS:
            runs[-1] = (runs[-1][0], word + 1)
        else:
            runs.append((word, word + 1))
    return runs
