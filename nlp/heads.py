"""The classifiers: every label of the taxonomy from one shared matrix, calibrated.

Three models speak of every label: a linear machine over n-grams, whose weights explain, a small network over short
dense vectors, in which labels teach each other, and a student, which learned from these two and from a kernel machine
what they say of comments without labels. A blend of them, over the whole comment and over its clauses, gives the
probabilities. The kernel machine itself, the slowest of all, only teaches.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from nlp import taxonomy
from nlp.blend import Blend
from nlp.clausewise import Spoken
from nlp.compact import Compact, Matrix, Narrow, plain
from nlp.examples import INVENTED_DRAWS, Example
from nlp.labels import Floats, HeadScores, columns, polarities, targets, trade_one_hot
from nlp.layers import Layers
from nlp.learning.kernel import Kernel
from nlp.projection import Projection
from nlp.student import Student
from nlp.votes import TOPICS, Votes

_AT_ONCE = 1024  # rows
#: How much an invented comment counts. There are nearly as many of them as of the others, and each was written to show
#: one thing; counted in full they would teach how comments are invented.
_INVENTED = 0.6
#: The vote for what all comments have, or none: whatever their number, as the blend learns from folds that have fewer.
_CERTAIN = 6.0
_ANSWER_VALUE = 0.3  # what weak models expect, beside n-gram values of about 0.1


class Heads:
    """A linear machine, a network and a student, blended on comments that none of them has seen.

    `projection` is learned before, from comments without labels, and shared.
    """

    def __init__(
        self, projection: Projection, strength: float = 0.1, landmarks: int = 5000, seed: int = 0
    ) -> None:
        self.projection = projection
        self.strength = strength
        self.landmarks = landmarks
        self.seed = seed

    def fit(self, matrix: csr_matrix, examples: Sequence[Example], more: csr_matrix | None = None) -> Self:
        """Learn every head from the same matrix; a label never seen is all but ruled out.

        `more` are rows without labels, of which the student is taught.
        """
        points, answers = self.projection.points(Narrow.of(matrix))
        wide = hstack([matrix, csr_matrix(_ANSWER_VALUE * answers)], format="csr")
        wanted, asked, weight = targets(examples), _asked(examples), _weights(examples)
        self.layers_ = Layers(seed=self.seed).fit(points, wanted, weight)
        fitted = [self._binary(wide, wanted[:, column], weight) for column in range(wanted.shape[1])]
        polarity, self.topic_bias_ = self._polarity(wide, examples, weight)
        self.weights_ = Compact(np.column_stack([weights for weights, _ in fitted] + [polarity]))
        self.bias_ = np.array([bias for _, bias in fitted])
        kernel = Kernel(landmarks=self.landmarks, seed=self.seed).fit(points, asked)
        unlabelled = matrix[:0] if more is None else more
        taught = [self._taught(Narrow.of(part), kernel) for part in _parts(unlabelled)]
        self.student_ = Student(seed=self.seed).fit(matrix, asked, weight, unlabelled, np.vstack(taught))
        return self

    def votes(self, spoken: Spoken) -> Votes:
        """Return what the models say of every comment and of its clauses, uncalibrated."""
        said = Votes.stacked([self._votes(Narrow.of(part)) for part in _parts(spoken.rows)])
        comments, clauses = said.take(slice(spoken.count)), said.take(slice(spoken.count, None))
        return comments.heard(clauses, spoken.owner, spoken.side, spoken.aside)

    def _votes(self, batch: Narrow) -> Votes:
        linear, mood, learned = self._first_hand(batch, *self.projection.points(batch))
        told, count = self.student_.predict(batch), len(columns())
        return Votes(
            2.0 * _side_by_side(linear, told[:, :count], 0.5 * learned),
            2.0 * _side_by_side(mood, told[:, count:].reshape(mood.shape)),
        )

    def _first_hand(self, batch: Narrow, points: Matrix, answers: Matrix) -> tuple[Floats, Floats, Floats]:
        """Return what the two models that labels alone taught say: (n, labels), (n, 23, 3) and (n, labels)."""
        expected = answers @ self.weights_.rows(slice(self.weights_.steps.shape[0] - answers.shape[1], None))
        linear, count = self.weights_.product(batch) + _ANSWER_VALUE * expected, len(columns())
        return (
            linear[:, :count] + self.bias_,
            linear[:, None, count:] + self.topic_bias_[None],
            self.layers_.predict(points),
        )

    def _taught(self, batch: Narrow, kernel: Kernel) -> Matrix:
        """Return what the student is taught of rows: what its three teachers say on average, from -1 to 1."""
        points, answers = self.projection.points(batch)
        linear, mood, learned = self._first_hand(batch, points, answers)
        likeness, count = kernel.predict(points), len(columns())
        labels = np.tanh(2.0 * (linear + likeness[:, :count] + 0.5 * learned) / 3.0)
        moods = np.tanh(mood.reshape(len(mood), 3 * TOPICS) + likeness[:, count:])
        return np.hstack([labels, moods]).astype(np.float32)

    def calibrate(self, votes: Votes, examples: Sequence[Example]) -> Self:
        """Learn the blend from votes on comments that the models have not seen."""
        self.blend_ = Blend().fit(votes, examples)
        return self

    def predict(self, spoken: Spoken, trade: str | None = None) -> HeadScores:
        """Return the calibrated probabilities of every comment; `trade` is that of the company, if it is told."""
        return self.blend_.predict(self.votes(spoken), trade_one_hot([trade]) if trade else None)

    def pushes(self, batch: Narrow) -> Matrix:
        """Return what the rows of a batch push in the linear model: a row each, a column per `place`."""
        return self.weights_.product(batch)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(plain(state))  # everything inside is there by now

    def _binary(self, matrix: csr_matrix, wanted: NDArray[np.bool_], weight: Floats) -> tuple[Floats, float]:
        from sklearn.svm import LinearSVC

        positives = int(wanted.sum())
        if positives in (0, len(wanted)):
            return np.zeros(matrix.shape[1]), _CERTAIN if positives else -_CERTAIN
        model = LinearSVC(C=self.strength, random_state=self.seed, tol=1e-2)
        model.fit(matrix, wanted, sample_weight=weight)
        return model.coef_[0], float(model.intercept_[0])

    def _polarity(
        self, matrix: csr_matrix, examples: Sequence[Example], weight: Floats
    ) -> tuple[Floats, Floats]:
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
            self._binary(joined, np.array([polarity == label for _, _, polarity in pairs]), weight[rows])
            for label in taxonomy.POLARITIES
        ]
        weights = np.column_stack([each for each, _ in fitted])
        return weights[: -len(topics)], weights[-len(topics) :] + np.array([bias for _, bias in fitted])


@cache  # asked for every label that is shown
def place(head: str, label: str) -> int:
    """Return where a label stands among the linear weights."""
    return columns().index((head, label))


def _weights(examples: Sequence[Example]) -> Floats:
    """Return how much each example counts in learning; where all are invented they count alike."""
    is_said = np.array([example.draw not in INVENTED_DRAWS for example in examples])
    return np.where(is_said | ~is_said.any(), 1.0, _INVENTED)


def _parts(matrix: csr_matrix) -> list[csr_matrix]:
    """Return the rows in parts that fit into the memory of a small machine; at least one, if it is empty."""
    if matrix.shape[0] <= _AT_ONCE:
        return [matrix]
    return [matrix[first : first + _AT_ONCE] for first in range(0, matrix.shape[0], _AT_ONCE)]


def _side_by_side(*said: Floats) -> Floats:
    """Return what models say of the same rows as one array (n, models, …)."""
    return np.concatenate([each[:, None] for each in said], axis=1)


def _asked(examples: Sequence[Example]) -> Matrix:
    """Return 1, -1 or (topic sentiment of a topic that is not spoken of) 0 for every label."""
    said = polarities(examples)
    moods = np.where(said[:, :, None] == np.arange(3), 1.0, -1.0) * (said >= 0)[:, :, None]
    return np.hstack([targets(examples) * 2.0 - 1.0, moods.reshape(len(examples), -1)]).astype(np.float32)
