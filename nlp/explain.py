"""Which words pushed a label: exact contributions of the linear model, as spans of the original text.

A contribution is weight × value. A column that stands at several places shares its contribution among them, each
place among its characters, and a word owns the sum over its characters; so the words of a comment add up to the
log-odds of the label, less the bias.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import category

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.features import Features
from nlp.heads import SENTIMENTS, Floats, Heads
from nlp.normalize import Normalized
from nlp.tags import Span

#: A label shows at most so many pieces of evidence.
MAX_SPANS = 3
#: A word is evidence when it pushes at least this share of what the strongest word pushes.
_SHARE = 0.35
_MAX_WORDS = 6
_WORD = re.compile(r"[\w\u200c]+|[^\w\s]+")
_LETTERS = re.compile(r"\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a comment and what each n-gram occurrence is worth, ready to be asked about any label."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Floats  # feature value per character of the occurrence
    first: NDArray[np.int64]  # occurrence bounds, counted in characters that belong to words
    last: NDArray[np.int64]
    word_first: NDArray[np.int64]  # word bounds in the same count
    word_last: NDArray[np.int64]


def words(features: Features, comment: Normalized, matrix: csr_matrix, row: int) -> Words:
    """Lay a row of the shared matrix back over the text of its comment."""
    found = features.occurrences(comment)
    bounds = np.array([match.span() for match in _WORD.finditer(comment.text)], dtype=np.int64).reshape(-1, 2)
    inside = np.zeros(len(comment.text) + 1, dtype=np.int64)
    for start, end in bounds:
        inside[start + 1 : end + 1] = 1
    count = np.cumsum(inside)
    first, last = count[found.starts], count[found.ends]
    return Words(
        starts=bounds[:, 0],
        ends=bounds[:, 1],
        columns=found.columns,
        values=_value_per_place(matrix, row, found.columns) / np.maximum(last - first, 1),
        first=first,
        last=last,
        word_first=count[bounds[:, 0]],
        word_last=count[bounds[:, 1]],
    )


def contributions(laid: Words, heads: Heads, head: str, label: str) -> Floats:
    """Return what each word adds to the log-odds of a label."""
    push = laid.values * _weights(heads, head, label, laid.columns)
    size = int(laid.word_last[-1]) if len(laid.word_last) else 0
    opened = np.bincount(laid.first, weights=push, minlength=size + 1)
    steps = opened - np.bincount(laid.last, weights=push, minlength=size + 1)
    reached = np.concatenate([[0.0], np.cumsum(np.cumsum(steps)[:size])])
    return np.asarray(reached[laid.word_last] - reached[laid.word_first])


def evidence(comment: Normalized, laid: Words, heads: Heads, head: str, label: str) -> tuple[Span, ...]:
    """Return the strongest pieces of the original text that speak for a label, in reading order.

    Neighbouring words that both speak for it form one piece; a label that no word speaks for has none.
    """
    if (head, label) == ("sentiment", "neutral"):
        return ()  # no word proves that nothing was felt
    pieces = strongest(comment.text, laid, contributions(laid, heads, head, label))
    spans = [comment.span(start, end) for start, end in pieces]
    return tuple(span for span in spans if span.start < span.end)


def strongest(text: str, laid: Words, pushes: Floats) -> list[tuple[int, int]]:
    """Return at most `MAX_SPANS` (start, end) pairs of the normalized text, in reading order."""
    if not len(pushes) or pushes.max() <= 0:
        return []
    floor = _SHARE * pushes.max()
    runs = _runs(
        [
            push >= floor and _says(text[s:e])
            for push, s, e in zip(pushes, laid.starts, laid.ends, strict=True)
        ]
    )
    ranked = sorted(runs, key=lambda run: -float(pushes[run[0] : run[1]].sum()))[:MAX_SPANS]
    return sorted((int(laid.starts[first]), int(laid.ends[last - 1])) for first, last in ranked)


def _weights(heads: Heads, head: str, label: str, columns: NDArray[np.int64]) -> Floats:
    """Return the weights of some columns; a sentiment is the whole way from the other side to its own."""
    if head != "sentiment":
        return np.asarray(heads.weights(head, label, columns), dtype=np.float64)
    sign = -1 if label.endswith("negative") else 1
    each = {
        name: heads.weights(head, name, columns).astype(np.float64)
        for name in SENTIMENTS
        if name != "neutral"
    }
    up, down = each["positive"] + each["very_positive"], each["negative"] + each["very_negative"]
    return np.asarray(sign * (up - down))


def _value_per_place(matrix: csr_matrix, row: int, columns: NDArray[np.int64]) -> Floats:
    inside = slice(matrix.indptr[row], matrix.indptr[row + 1])
    value_of = dict(zip(matrix.indices[inside].tolist(), matrix.data[inside].tolist(), strict=True))
    places = Counter(columns.tolist())
    return np.array(
        [value_of.get(column, 0.0) / places[column] for column in columns.tolist()], dtype=np.float64
    )


def _says(word: str) -> bool:
    """Whether a token can stand as evidence: a word or a symbol such as an emoji, not mere punctuation."""
    return bool(_LETTERS.search(word)) or any(category(letter) == "So" for letter in word)


def _runs(kept: Sequence[bool]) -> list[tuple[int, int]]:
    """Return (first, last + 1) of each run of kept words, cut after `_MAX_WORDS`."""
    runs: list[tuple[int, int]] = []
    for place, keep in enumerate(kept):
        if not keep:
            continue
        if runs and runs[-1][1] == place and place - runs[-1][0] < _MAX_WORDS:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs
