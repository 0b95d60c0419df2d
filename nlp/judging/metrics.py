"""Measures of right and wrong: pure functions of arrays, with intervals.

Everything that has an interval is computed for all bootstrap draws at once: a draw is a row of weights over
comments, so that a count per draw is one matrix product.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nlp import proportions

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: How the F1 of many labels becomes one: counted over all decisions, or the mean over labels.
Average = Literal["micro", "macro"]
#: A label seen less often than this has figures too shaky to compare.
FEW = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value and its 95 % interval."""

    value: float
    low: float
    high: float


#: What is known of a share of nothing.
UNKNOWN = Interval(value=0.0, low=0.0, high=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelResult:
    """How well one label is told; `few` marks fewer than `FEW` true cases."""

    n: int
    precision: float
    recall: float
    f1: Interval
    few: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadResult:
    """How well a head does over all its labels, and label by label."""

    micro_f1: Interval
    macro_f1: Interval  # the mean over labels, for heads of many labels over those with `FEW` cases
    labels: Mapping[str, LabelResult]

    def f1(self, average: Average) -> Interval:
        """Return the F1 over all labels, averaged in this way."""
        return self.macro_f1 if average == "macro" else self.micro_f1


def draws(n: int, count: int, seed: int) -> Floats:
    """Return bootstrap weights (count + 1, n); the first row is the sample itself."""
    rng = np.random.default_rng(seed)
    return np.vstack(
        [np.ones((1, n)), rng.multinomial(n, np.full(n, 1 / n), size=count) if n else np.ones((count, 0))]
    )


def counts(weights: Floats, said: Bools, true: Bools) -> Floats:
    """Return hits, false alarms and misses (3, draws, labels) of label decisions (n, labels)."""
    return np.stack([weights @ (said & true), weights @ (said & ~true), weights @ (~said & true)])


def f1(counted: Floats) -> Floats:
    """Return F1 from hits, false alarms and misses along the first axis; 0 where nothing was said nor true."""
    hits, alarms, misses = counted
    return np.asarray(2 * hits / np.maximum(2 * hits + alarms + misses, 1e-12))


def head_result(
    names: Sequence[str], said: Bools, true: Bools, weights: Floats, *, few_count: bool = False
) -> HeadResult:
    """Compare what was said of each label with what is true; `few_count` keeps rare labels in the macro mean."""
    drawn = f1_draws(said, true, weights, few_count=few_count)
    counted = counts(weights[:1], said, true)
    return HeadResult(
        micro_f1=interval(drawn.micro) if (said | true).any() else UNKNOWN,
        macro_f1=interval(drawn.macro) if _enough(true, few_count=few_count).any() else UNKNOWN,
        labels={
            name: _label(int(true[:, column].sum()), counted[:, 0, column], drawn.labels[:, column])
            for column, name in enumerate(names)
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class F1Draws:
    """The F1 of a head in every bootstrap draw."""

    micro: Floats  # (draws,)
    macro: Floats  # (draws,)
    labels: Floats  # (draws, labels)

    def of(self, average: Average) -> Floats:
        """Return the F1 of the head as a whole, averaged in this way."""
        return self.macro if average == "macro" else self.micro


def f1_draws(said: Bools, true: Bools, weights: Floats, *, few_count: bool) -> F1Draws:
    """Return the F1 of label decisions (n, labels) in every draw; `few_count` keeps rare labels in the macro mean."""
    counted = counts(weights, said, true)
    labels = f1(counted)
    enough = _enough(true, few_count=few_count)
    macro = labels[:, enough].mean(axis=1) if enough.any() else np.zeros(len(weights))
    return F1Draws(micro=f1(counted.sum(axis=2)), macro=macro, labels=labels)


def lost_by_chance(before: Bools, after: Bools, true: Bools, weights: Floats, labels: int) -> Floats:
    """Return the F1 that each label may lose from one to another who speak equally well of the same comments.

    Its error is that of a paired bootstrap; of so many `labels` in all, one would lose more in one of twenty cases
    (Bonferroni).
    """
    was, now = (f1(counts(weights[1:], said, true)) for said in (before, after))
    return _chance(was - now, labels)


def head_lost_by_chance(
    before: Bools,
    after: Bools,
    true: Bools,
    weights: Floats,
    heads: int,
    *,
    average: Average,
    few_count: bool,
) -> float:
    """Return the micro- or macro-F1 that a whole head, one of so many, may lose in the same way."""
    was, now = (
        f1_draws(said, true, weights[1:], few_count=few_count).of(average) for said in (before, after)
    )
    return float(_chance(was - now, heads))


def _chance(lost: Floats, cases: int) -> Floats:
    return np.asarray(NormalDist().inv_cdf(1 - 0.05 / max(cases, 1)) * lost.std(axis=0))


def _enough(true: Bools, *, few_count: bool) -> Bools:
    """Return which labels have cases enough for the macro mean."""
    return np.asarray(true.sum(axis=0) >= (1 if few_count else FEW))


def interval(values: Floats) -> Interval:
    """Return the first value with the middle 95 % of the others."""
    low, high = np.quantile(values[1:], [0.025, 0.975]) if len(values) > 1 else (values[0], values[0])
    return Interval(value=_rounded(values[0]), low=_rounded(low), high=_rounded(high))


def wilson(hits: int, n: int) -> Interval:
    """Return a share with its Wilson interval.

    >>> wilson(0, 100).high < 0.04
    True
    """
    if n == 0:
        return UNKNOWN
    low, high = proportions.wilson(hits, n)
    return Interval(value=_rounded(hits / n), low=_rounded(low), high=_rounded(high))


def conformal_bound(misses: int, n: int) -> float:
    """Return the split-conformal bound on missing the next case, when `misses` of `n` unseen ones were missed.

    It holds for comments like these and a threshold that was not chosen on them; no other assumption is made.

    >>> conformal_bound(4, 99)
    0.05
    """
    return _rounded((misses + 1) / (n + 1))


def calibration_error(confidence: Floats, right: Bools) -> float:
    """Return the expected calibration error: the mean gap of confidence and truth over 15 bins of equal width."""
    if not len(confidence):
        return 0.0
    gaps = np.bincount(_bins(confidence, 15), weights=confidence - right)
    return _rounded(np.abs(gaps).sum() / len(confidence))


def reliability(confidence: Floats, right: Bools) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share right, n) of every tenth that is not empty: the calibration plot as numbers."""
    place = _bins(confidence, 10)
    return [
        (
            _rounded(confidence[place == each].mean()),
            _rounded(right[place == each].mean()),
            int((place == each).sum()),
        )
        for each in np.unique(place)
    ]


def _bins(confidence: Floats, count: int) -> NDArray[np.int64]:
    """Return in which of so many bins of equal width each confidence lies."""
    return np.asarray(np.minimum((confidence * count).astype(int), count - 1))


def _label(n: int, counted: Floats, values: Floats) -> LabelResult:
    hits, alarms, misses = counted
    return LabelResult(
        n=n,
        precision=_rounded(hits / max(hits + alarms, 1e-12)),
        recall=_rounded(hits / max(hits + misses, 1e-12)),
        f1=interval(values),
        few=n < FEW,
    )


def _rounded(value: float | np.floating) -> float:
    return round(float(value), 4)
