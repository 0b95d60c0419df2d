"""Which words pushed a label: exact contributions of the linear model, as spans of the original text.

A contribution is weight × value. A column that stands at several places shares its contribution among them, each
place among its characters, and a word owns the sum over its characters; so the words of a comment add up to the
log-odds of the label, less the bias.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.features import Features
from nlp.heads import Floats, Heads
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


def words(features: Features, comment: Normalized, row: csr_matrix) -> Words:
    """Lay the row of a comment back over its text."""
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
        values=_value_per_place(row, found.columns) / np.maximum(last - first, 1),
        first=first,
        last=last,
        word_first=count[bounds[:, 0]],
        word_last=count[bounds[:, 1]],
    )


def contributions(laid: Words, weights: NDArray[np.float32] | Floats) -> Floats:
    """Return what each word adds to the log-odds of a label."""
    push = laid.values * weights[laid.columns]
    size = int(laid.word_last[-1]) if len(laid.word_last) else 0
    steps = np.zeros(size + 1)
    np.add.at(steps, laid.first, push)
    np.subtract.at(steps, laid.last, push)
    reached = np.concatenate([[0.0], np.cumsum(np.cumsum(steps)[:size])])
    return np.asarray(reached[laid.word_last] - reached[laid.word_first])


def evidence(comment: Normalized, laid: Words, weights: NDArray[np.float32] | Floats) -> tuple[Span, ...]:
    """Return the strongest pieces of the original text that speak for a label, in reading order.

    Neighbouring words that both speak for it form one piece; a label that no word speaks for has none.
    """
    pieces = strongest(comment.text, laid, contributions(laid, weights))
    spans = [comment.span(start, end) for start, end in pieces]
    return tuple(span for span in spans if span.start < span.end)


def strongest(text: str, laid: Words, pushes: Floats) -> list[tuple[int, int]]:
    """Return at most `MAX_SPANS` (start, end) pairs of the normalized text, in reading order."""
    if not len(pushes) or pushes.max() <= 0:
        return []
    floor = _SHARE * pushes.max()
    spoken = [bool(_LETTERS.search(text, s, e)) for s, e in zip(laid.starts, laid.ends, strict=True)]
    runs = _runs([push >= floor and (real or push == pushes.max()) for push, real in zip(pushes, spoken, strict=True)])
    ranked = sorted(runs, key=lambda run: -float(pushes[run[0] : run[1]].sum()))[:MAX_SPANS]
    return sorted((int(laid.starts[first]), int(laid.ends[last - 1])) for first, last in ranked)


def sentiment_weights(heads: Heads, label: str) -> NDArray[np.float32] | None:
    """Return the direction that speaks for a sentiment; None for neutral, which no word proves."""
    if label == "neutral":
        return None
    up = heads.weights("sentiment", "positive") + heads.weights("sentiment", "very_positive")
    down = heads.weights("sentiment", "negative") + heads.weights("sentiment", "very_negative")
    return np.asarray(down - up if label.endswith("negative") else up - down)


def _value_per_place(row: csr_matrix, columns: NDArray[np.int64]) -> Floats:
    dense = dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))
    _, back, counts = np.unique(columns, return_inverse=True, return_counts=True)
    values = np.array([dense.get(column, 0.0) for column in columns.tolist()], dtype=np.float64)
    return np.asarray(values / counts[back]) if len(columns) else values


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
