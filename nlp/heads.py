"""The classifiers: every label of the taxonomy from one shared matrix, calibrated.

Three models speak of every label: a linear machine over n-grams, whose weights explain, and over short dense vectors
a kernel machine, which knows what comments mean alike, and a small network, in which labels teach each other. A blend
of them, over the whole comment and over its clauses, gives the probabilities.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from nlp import taxonomy
from nlp.blend import Blend
from nlp.clausewise import Spoken
from nlp.compact import Compact, Matrix, Narrow
from nlp.examples import Example
from nlp.kernel import Kernel
from nlp.labels import (
    SENTIMENTS,
    Floats,
    HeadScores,
    Thresholds,
    columns,
    polarities,
    targets,
)
from nlp.layers import Layers
from nlp.projection import Projection
from nlp.votes import Votes

__all__ = [
    "SENTIMENTS",
    "Floats",
    "HeadScores",
    "Heads",
    "Thresholds",
    "columns",
    "place",
    "targets",
]

_AT_ONCE = 1024  # rows: what the kernel compares with its landmarks fits into the memory of a small machine
_ANSWER_VALUE = 0.3  # what weak models expect, beside n-gram values of about 0.1


class Heads:
    """A linear machine, a kernel machine and a network, blended on comments that none of them has seen.

    `projection` is learned before, from comments without labels, and shared.
    """

    def __init__(
        self,
        projection: Projection,
        strength: float = 0.1,
        landmarks: int = 5000,
        seed: int = 0,
    ) -> None:
        self.projection = projection
        self.strength = strength
        self.landmarks = landmarks
        self.seed = seed

    def fit(self, matrix: csr_matrix, examples: Sequence[Example]) -> Self:
        """Learn every head from the same matrix; a label never seen stays at its (tiny) base rate."""
        points, answers = self.projection.points(Narrow.of(matrix))
        self.kernel_ = Kernel(landmarks=self.landmarks, seed=self.seed).fit(points, _asked(examples))
        wide, wanted = self._wide(matrix, answers), targets(examples)
        self.layers_ = Layers(seed=self.seed).fit(points, wanted)
        fitted = [self._binary(wide, wanted[:, column]) for column in range(wanted.shape[1])]
        polarity, self.topic_bias_ = self._polarity(wide, examples)
        self.weights_ = Compact(np.column_stack([w for w, _ in fitted] + [polarity]))
        self.bias_ = np.array([bias for _, bias in fitted])
        return self

    def votes(self, spoken: Spoken) -> Votes:
        """Return what the models say of every comment and of its clauses, uncalibrated."""
        rows, count = spoken.matrix, spoken.matrix.shape[0]
        if spoken.pieces.shape[0]:
            rows = vstack([rows, spoken.pieces], format="csr")
        said = Votes.joined(
            [
                (np.arange(first, min(first + _AT_ONCE, rows.shape[0])), self._votes(part))
                for first in range(0, max(1, rows.shape[0]), _AT_ONCE)
                for part in (rows[first : first + _AT_ONCE],)
            ]
        )
        return said.take(slice(count)).heard(said.take(slice(count, None)), spoken.owner, spoken.side)

    def _votes(self, matrix: csr_matrix) -> Votes:
        batch = Narrow.of(matrix)
        points, answers = self.projection.points(batch)
        expected = answers @ self.weights_.rows(slice(matrix.shape[1], None))
        linear = self.weights_.product(batch) + _ANSWER_VALUE * expected
        likeness, count = self.kernel_.predict(points), len(columns())
        mood = linear[:, None, count:] + self.topic_bias_[None]
        learned = self.layers_.predict(points)
        return Votes(
            2.0 * np.stack([linear[:, :count] + self.bias_, likeness[:, :count], 0.5 * learned], axis=1),
            2.0 * np.stack([mood, likeness[:, count:].reshape(mood.shape)], axis=1),
        )

    def calibrate(self, votes: Votes, examples: Sequence[Example]) -> Self:
        """Learn the blend from votes on comments that the models have not seen."""
        self.blend_ = Blend().fit(votes, examples)
        return self

    def predict(self, spoken: Spoken) -> HeadScores:
        """Return the calibrated probabilities of every comment."""
        return self.blend_.predict(self.votes(spoken))

    def pushes(self, matrix: csr_matrix) -> Matrix:
        """Return what columns push in the linear model: a row per row of the matrix, a column per `place`."""
        return self.weights_.product(Narrow.of(matrix))

    def _wide(self, matrix: csr_matrix, answers: Matrix) -> csr_matrix:
        return hstack([matrix, csr_matrix(_ANSWER_VALUE * answers)], format="csr")

    def _binary(self, matrix: csr_matrix, wanted: NDArray[np.bool_]) -> tuple[Floats, float]:
        from sklearn.svm import LinearSVC

        positives = int(wanted.sum())
        if positives in (0, len(wanted)):
            rate = (positives + 0.5) / (len(wanted) + 1)
            return np.zeros(matrix.shape[1]), float(np.log(rate / (1 - rate)))
        model = LinearSVC(C=self.strength, random_state=self.seed, tol=1e-2)
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


def place(head: str, label: str) -> int:
    """Return where a label stands among the linear weights; `topic_sentiment` takes a polarity as label."""
    if head == "topic_sentiment":
        return taxonomy.POLARITIES.index(label) - len(taxonomy.POLARITIES)
    return columns().index((head, label))


def _asked(examples: Sequence[Example]) -> Matrix:
    """Return 1, -1 or (topic sentiment of a topic that is not spoken of) 0 for every label."""
    said = polarities(examples)
    moods = np.where(said[:, :, None] == np.arange(3), 1.0, -1.0) * (said >= 0)[:, :, None]
    return np.hstack([targets(examples) * 2.0 - 1.0, moods.reshape(len(examples), -1)]).astype(np.float32)
