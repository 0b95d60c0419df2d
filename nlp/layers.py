"""A small network over the dense vectors: one hidden layer that all labels share, so that they teach each other.

scikit-learn learns it; to score, two matrix products do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.compact import Matrix
from nlp.labels import clipped

_SPREAD = 12.0  # unit rows have many small numbers; the network learns from larger ones
_STORED = np.float16
_CERTAIN = 9.0  # log-odds beyond this are noise


class Layers:
    """A multi-label perceptron: `hidden` shared units, trained for `rounds` passes over the comments."""

    def __init__(self, hidden: int = 256, rounds: int = 14, decay: float = 1e-3, seed: int = 0) -> None:
        self.hidden = hidden
        self.rounds = rounds
        self.decay = decay
        self.seed = seed

    def fit(self, points: Matrix, wanted: NDArray[np.bool_], weight: NDArray[np.float64]) -> Self:
        """Learn from unit rows, each counted by its `weight`; `wanted` has a column per label."""
        from sklearn.neural_network import MLPClassifier

        model = MLPClassifier(
            (self.hidden,),
            alpha=self.decay,
            batch_size=min(128, len(points)),
            max_iter=self.rounds,
            random_state=self.seed,
        )
        with stopping_early():
            model.fit(points * _SPREAD, wanted.astype(int), sample_weight=weight)
        self.weights_ = [layer.astype(_STORED).astype(np.float32) for layer in model.coefs_]
        self.bias_ = [bias.astype(np.float32) for bias in model.intercepts_]
        return self

    def predict(self, points: Matrix) -> NDArray[np.float64]:
        """Return the log-odds of every row and label."""
        hidden = np.maximum((points * np.float32(_SPREAD)) @ self.weights_[0] + self.bias_[0], 0.0)
        odds = hidden @ self.weights_[1] + self.bias_[1]
        return clipped(odds, _CERTAIN).astype(np.float64)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if "weights_" in state:
            state["weights_"] = [layer.astype(_STORED) for layer in state["weights_"]]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "weights_" in state:
            self.weights_ = [np.asarray(layer, dtype=np.float32) for layer in state["weights_"]]


@contextmanager
def stopping_early() -> Iterator[None]:
    """Fit without a warning that more passes would fit better: to stop before is the point."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
