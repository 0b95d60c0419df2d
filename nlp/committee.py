"""Small perceptrons that hear all votes at once, because what is said of one label bears on the others.

Each begins elsewhere, and what they say is averaged: that is worth more than a larger one (Hansen and Salamon 1990).
scikit-learn learns them; to score, two products do for all of them together.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.compact import Matrix
from nlp.labels import LIMIT, Floats
from nlp.layers import stopping_early

_BATCH = 256
_STILL = 1e-4  # what varies by less is the vote for a label that no comment has, give or take a rounding


class Committee:
    """Perceptrons of `hidden` units, `members` of them, trained for `rounds` passes over the comments.

    `decay` draws their weights towards nothing.
    """

    def __init__(
        self, hidden: int = 32, members: int = 4, rounds: int = 8, decay: float = 0.1, seed: int = 0
    ) -> None:
        self.hidden = hidden
        self.members = members
        self.rounds = rounds
        self.decay = decay
        self.seed = seed

    def fit(self, inputs: Floats, wanted: NDArray[Any], weight: Floats, count: int) -> Self:
        """Learn from rows of inputs (n, width), each counted by its `weight`.

        `wanted` tells which of `count` kinds is true of each row (n,), or which labels are (n, count). A kind that was
        never seen is never said.
        """
        seen = np.arange(count) if wanted.ndim > 1 else np.unique(wanted)
        self.first_ = np.zeros((inputs.shape[1], 1), dtype=np.float32)
        self.shift_ = np.zeros(1, dtype=np.float32)
        self.second_ = np.zeros((1, count), dtype=np.float32)
        self.bias_ = np.full(count, -LIMIT, dtype=np.float32)
        self.bias_[seen] = 0.0
        if len(seen) > 1:
            self._learn(inputs, wanted, weight, seen)
        return self

    def odds(self, *parts: Floats) -> Floats:
        """Return the log-odds of labels, or of kinds their log-probabilities but for a constant: (…, count).

        The inputs may come in parts whose last axes, one behind the other, make their width and whose other axes
        broadcast, so that what many rows share is multiplied once.
        """
        heard, low = self.shift_, 0
        for part in parts:
            heard = heard + _product(part, self.first_[low : low + part.shape[-1]])
            low += part.shape[-1]
        return (_product(np.maximum(heard, 0.0), self.second_) + self.bias_).astype(np.float64)

    def _learn(self, inputs: Floats, wanted: NDArray[Any], weight: Floats, seen: NDArray[np.int64]) -> None:
        centre, spread = standard(inputs)
        rows = ((inputs - centre) / spread).astype(np.float32)
        models = [self._member(rows, wanted, weight, self.seed + number) for number in range(self.members)]
        first = np.hstack([model.coefs_[0] for model in models]) / spread[:, None]
        said = np.vstack([per_kind(model.coefs_[1], len(seen)) for model in models]) / len(models)
        self.first_ = first.astype(np.float32)
        shift = np.hstack([model.intercepts_[0] for model in models]) - centre @ first
        self.shift_ = shift.astype(np.float32)
        self.second_ = np.zeros((len(said), len(self.bias_)), dtype=np.float32)
        self.second_[:, seen] = said
        self.bias_[seen] = np.mean([per_kind(model.intercepts_[1], len(seen)) for model in models], axis=0)

    def _member(self, rows: Matrix, wanted: NDArray[Any], weight: Floats, seed: int) -> Any:
        from sklearn.neural_network import MLPClassifier

        model = MLPClassifier(
            (self.hidden,),
            alpha=self.decay,
            batch_size=min(_BATCH, len(rows)),
            max_iter=self.rounds,
            random_state=seed,
        )
        with stopping_early():
            return model.fit(rows, wanted.astype(int), sample_weight=weight)


def _product(values: Floats | Matrix, weights: Matrix) -> Matrix:
    """Return the values times the weights along their last axis, in one go: numpy goes through more axes in a loop."""
    flat: Matrix = values.reshape(-1, values.shape[-1]).astype(np.float32, copy=False) @ weights
    return flat.reshape(*values.shape[:-1], weights.shape[1])


def standard(inputs: Floats) -> tuple[Floats, Floats]:
    """Return the mean of each column and its spread, by which it is divided; one that never varies is not stretched."""
    spread = inputs.std(axis=0) + 1e-6
    return inputs.mean(axis=0), np.where(spread < _STILL, 1.0, spread)


def per_kind(values: Floats, count: int) -> Floats:
    """Return a column per kind also where scikit-learn keeps one column for two kinds."""
    return np.concatenate([-values, values], axis=-1) / 2 if values.shape[-1] < count else values
