"""The classifiers: every label of the taxonomy from one shared matrix, calibrated.

All heads are linear and stand side by side in one weight matrix, so that a batch costs one multiplication.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from nlp import taxonomy
from nlp.examples import Example

Floats = NDArray[np.float64]
SENTIMENTS = ("very_negative", "negative", "neutral", "positive", "very_positive")
_LIMIT = 30.0  # log-odds beyond this are certainty already; keeps the exponentials finite


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadScores:
    """Calibrated probabilities of n comments, in the label order of the taxonomy."""

    category: Floats  # (n, 5)
    sentiment: Floats  # (n, 5), very negative first
    mixed: Floats  # (n,)
    topics: Floats  # (n, 23)
    topic_sentiment: Floats  # (n, 23, 3), in the order of taxonomy.POLARITIES
    signals: Floats  # (n, 14)
    urgency: Floats  # (n, 4)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "HeadScores":
        """Return the scores of some of the comments."""
        return HeadScores(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The probability from which a label is said, chosen on held-out comments."""

    topics: tuple[float, ...]
    signals: tuple[float, ...]
    mixed: float
    high: float  # probability of high or critical urgency
    critical: float


@cache
def columns() -> tuple[tuple[str, str], ...]:
    """Return (head, label) of every column of the weight matrix but the three of topic sentiment."""
    labels = taxonomy.load()
    return (
        *(("category", id_) for id_ in labels.categories),
        *(("sentiment", id_) for id_ in SENTIMENTS),
        ("mixed", "mixed"),
        *(("topics", id_) for id_ in labels.topics),
        *(("signals", name) for name in labels.signals),
        *(("urgency", level) for level in labels.urgency),
    )


def targets(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Return what is true of each example, one column per entry of `columns()`."""
    said: list[Callable[[Example, str], bool]] = []
    of_head: dict[str, Callable[[Example, str], bool]] = {
        "category": lambda example, label: example.category == label,
        "sentiment": lambda example, label: SENTIMENTS[example.sentiment + 2] == label,
        "mixed": lambda example, _: example.mixed,
        "topics": lambda example, label: label in example.topics,
        "signals": lambda example, label: label in example.signals,
        "urgency": lambda example, label: example.urgency == label,
    }
    said = [of_head[head] for head, _ in columns()]
    table = [[ask(e, label) for ask, (_, label) in zip(said, columns(), strict=True)] for e in examples]
    return np.array(table, dtype=bool).reshape(len(examples), len(columns()))


class Heads(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """One logistic regression per label over shared columns, with Platt calibration."""

    def __init__(self, strength: float = 4.0, seed: int = 0) -> None:
        self.strength = strength
        self.seed = seed

    def fit(self, matrix: csr_matrix, examples: Sequence[Example]) -> Self:
        """Learn every head from the same matrix; a label never seen stays at its (tiny) base rate."""
        wanted = targets(examples)
        fitted = [self._binary(matrix, wanted[:, column]) for column in range(wanted.shape[1])]
        polarity, self.topic_bias_ = self._polarity(matrix, examples)
        self.weights_ = np.column_stack([w for w, _ in fitted] + [polarity]).astype(np.float32)
        self.bias_ = np.array([bias for _, bias in fitted])
        self.slope_ = np.ones(len(fitted))
        self.offset_ = np.zeros(len(fitted))
        return self

    def decision(self, matrix: csr_matrix) -> tuple[Floats, Floats]:
        """Return raw log-odds (n, labels) and topic sentiment log-odds (n, 23, 3)."""
        raw = np.asarray(matrix @ self.weights_, dtype=np.float64)
        return raw[:, :-3] + self.bias_, raw[:, None, -3:] + self.topic_bias_[None]

    def calibrate(self, raw: Floats, examples: Sequence[Example]) -> Self:
        """Learn slope and offset per label from log-odds of comments the weights have not seen."""
        wanted = targets(examples)
        pairs = [_platt(raw[:, column], wanted[:, column]) for column in range(raw.shape[1])]
        self.slope_, self.offset_ = (np.array(values) for values in zip(*pairs, strict=True))
        return self

    def scores(self, raw: Floats, polarity: Floats) -> HeadScores:
        """Turn log-odds into calibrated probabilities."""
        odds = expit(np.clip(raw * self.slope_ + self.offset_, -_LIMIT, _LIMIT))
        of_head = {head: np.array([name == head for name, _ in columns()]) for head, _ in columns()}
        return HeadScores(
            category=_shares(odds[:, of_head["category"]]),
            sentiment=_shares(odds[:, of_head["sentiment"]]),
            mixed=odds[:, of_head["mixed"]][:, 0],
            topics=odds[:, of_head["topics"]],
            topic_sentiment=_shares(expit(np.clip(polarity, -_LIMIT, _LIMIT))),
            signals=odds[:, of_head["signals"]],
            urgency=_shares(odds[:, of_head["urgency"]]),
        )

    def predict(self, matrix: csr_matrix) -> HeadScores:
        """Return the calibrated probabilities of every row."""
        return self.scores(*self.decision(matrix))

    def weights(self, head: str, label: str) -> NDArray[np.float32]:
        """Return how much each column pushes a label; `topic_sentiment` takes a polarity as label."""
        if head == "topic_sentiment":
            return np.asarray(self.weights_[:, taxonomy.POLARITIES.index(label) - 3])
        return np.asarray(self.weights_[:, columns().index((head, label))])

    def _binary(self, matrix: csr_matrix, wanted: NDArray[np.bool_]) -> tuple[Floats, float]:
        positives = int(wanted.sum())
        if positives in (0, len(wanted)):
            rate = (positives + 0.5) / (len(wanted) + 1)
            return np.zeros(matrix.shape[1]), float(np.log(rate / (1 - rate)))
        model = LogisticRegression(C=self.strength, solver="liblinear", random_state=self.seed, tol=1e-3)
        model.fit(matrix, wanted)
        return model.coef_[0], float(model.intercept_[0])

    def _polarity(self, matrix: csr_matrix, examples: Sequence[Example]) -> tuple[Floats, Floats]:
        """Learn one polarity model for all topics; each topic adds its own bias."""
        topics = list(taxonomy.load().topics)
        pairs = [
            (row, topics.index(topic), polarity)
            for row, example in enumerate(examples)
            for topic, polarity in example.topics.items()
        ]
        rows = [row for row, _, _ in pairs]
        which = [topic for _, topic, _ in pairs]
        shape = (len(pairs), len(topics))
        marks = csr_matrix((np.ones(len(pairs)), (np.arange(len(pairs)), which)), shape=shape)
        joined = hstack([matrix[rows], marks], format="csr")
        fitted = [
            self._binary(joined, np.array([p == label for _, _, p in pairs])) for label in taxonomy.POLARITIES
        ]
        weights = np.column_stack([w for w, _ in fitted])
        return weights[: -len(topics)], weights[-len(topics) :] + np.array([bias for _, bias in fitted])


def _shares(odds: Floats) -> Floats:
    return odds / odds.sum(axis=-1, keepdims=True)


def _platt(raw: Floats, wanted: NDArray[np.bool_]) -> tuple[float, float]:
    """Return slope and offset; labels too rare to learn them keep the raw log-odds."""
    if min(wanted.sum(), (~wanted).sum()) < 5 or np.ptp(raw) == 0:
        return 1.0, 0.0
    model = LogisticRegression(C=1e3).fit(raw[:, None], wanted)
    slope = float(model.coef_[0, 0])
    return (slope, float(model.intercept_[0])) if slope > 0 else (1.0, 0.0)
