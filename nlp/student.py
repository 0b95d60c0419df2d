"""A network that other models taught: learned from labels, and from what a teacher says of comments without any.

It reads the n-grams themselves, so that scoring is one sparse product and one small dense one, where the teacher
compares every comment with thousands of others. Source: Bucilă, Caruana and Niculescu-Mizil 2006 (model compression).
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from nlp.compact import Compact, Matrix, Narrow
from nlp.layers import stopping_early

_SPREAD = 3.0  # n-grams have values of about 0.1; the network learns from larger ones
_LABELLED = 2  # how often a labelled comment is shown for each time that an unlabelled one is
_BATCH = 256
_SLOWLY = 3e-4  # learning rate of the last passes, over labelled comments alone


class Student:
    """A perceptron with `hidden` units over the commonest `width` columns.

    It is trained for `rounds` passes over everything, then for `last_rounds` over the labelled comments alone.
    """

    def __init__(
        self,
        width: int = 20_000,
        hidden: int = 256,
        rounds: int = 5,
        last_rounds: int = 2,
        decay: float = 1e-4,
        seed: int = 0,
    ) -> None:
        self.width = width
        self.hidden = hidden
        self.rounds = rounds
        self.last_rounds = last_rounds
        self.decay = decay
        self.seed = seed

    def fit(
        self,
        matrix: csr_matrix,
        wanted: Matrix,
        weight: NDArray[np.float64],
        more: csr_matrix,
        taught: Matrix,
    ) -> Self:
        """Learn what is `wanted` of labelled rows and `taught` of other rows: -1 to 1, a column per label.

        A labelled row counts by its `weight`, another one in full.
        """
        from sklearn.neural_network import MLPRegressor

        columns = self._commonest(matrix, more)
        labelled, others = (rows[:, columns] * np.float32(_SPREAD) for rows in (matrix, more))
        model = MLPRegressor(
            hidden_layer_sizes=(self.hidden,),
            alpha=self.decay,
            batch_size=min(_BATCH, labelled.shape[0]),
            max_iter=self.rounds,
            random_state=self.seed,
        )
        with stopping_early():
            model.fit(
                vstack([labelled] * _LABELLED + [others], format="csr"),
                np.vstack([wanted] * _LABELLED + [taught]),
                np.concatenate([weight] * _LABELLED + [np.ones(len(taught))]),
            )
            model.set_params(warm_start=True, max_iter=self.last_rounds, learning_rate_init=_SLOWLY)
            model.fit(labelled, wanted, weight)
        self.first_ = Compact(_SPREAD * model.coefs_[0], columns)
        self.second_ = Compact(model.coefs_[1])
        self.bias_ = [bias.astype(np.float32) for bias in model.intercepts_]
        return self

    def predict(self, batch: Narrow) -> NDArray[np.float64]:
        """Return one value per row and label, near 1 for true and near -1 for false."""
        hidden = np.maximum(self.first_.product(batch) + self.bias_[0], 0.0)
        return np.asarray(hidden @ self.second_.all + self.bias_[1], dtype=np.float64)

    def _commonest(self, matrix: csr_matrix, more: csr_matrix) -> NDArray[np.int64]:
        """Return the columns that occur most; labelled comments, which are fewer, count more."""
        width = matrix.shape[1]
        often = 3 * np.bincount(matrix.indices, minlength=width) + np.bincount(more.indices, minlength=width)
        return np.sort(np.argsort(-often, kind="stable")[: self.width])
