"""Likeness to labelled comments: a radial kernel machine over unit vectors, one solution for all labels.

Every label shares the landmarks, so that a batch costs two matrix products. Ridge regression on a random subset of
the training comments (Nyström) comes close to the full kernel at a third of its size.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.compact import Compact, Matrix

_STORED = np.float16
_JITTER = 1e-3  # keeps the normal equations positive definite when two landmarks are the same


class Kernel:
    """Kernel ridge regression with `exp(sharpness · (cosine - 1))` between comments.

    Parameters: `landmarks` training comments at most stand for all; `smoothing` is the ridge penalty.
    """

    def __init__(
        self,
        landmarks: int = 4000,
        sharpness: float = 3.0,
        smoothing: float = 0.15,
        seed: int = 0,
    ) -> None:
        self.landmarks = landmarks
        self.sharpness = sharpness
        self.smoothing = smoothing
        self.seed = seed

    def fit(self, points: Matrix, wanted: Matrix) -> Self:
        """Learn from unit rows; `wanted` holds 1 (true), -1 (false) and 0 (not asked), a column per label."""
        from scipy.linalg import cho_factor, cho_solve

        count = min(self.landmarks, len(points))
        chosen = np.random.default_rng(self.seed).choice(len(points), count, replace=False)
        self.stored_ = Compact(points[np.sort(chosen)])
        self.points_ = self.stored_.rows(slice(None))  # what is judged is what is saved
        self.mean_ = wanted.mean(axis=0)
        near = self._likeness(points)
        normal = near.T @ near + self.smoothing * self._likeness(self.points_)
        normal[np.diag_indices_from(normal)] += _JITTER
        factor = cho_factor(normal, lower=True, overwrite_a=True, check_finite=False)
        solved = cho_solve(factor, near.T @ (wanted - self.mean_), check_finite=False)
        self.weights_ = solved.astype(_STORED).astype(np.float32)
        return self

    def predict(self, points: Matrix) -> NDArray[np.float64]:
        """Return one value per row and label, near 1 for true and near -1 for false."""
        return np.asarray(self._likeness(points) @ self.weights_ + self.mean_, dtype=np.float64)

    def _likeness(self, points: Matrix) -> Matrix:
        cosine = points @ self.points_.T
        cosine -= 1.0
        cosine *= self.sharpness
        return np.asarray(np.exp(cosine, out=cosine))

    def __getstate__(self) -> dict[str, Any]:
        """Save what is compact; the products need full precision in one piece, which is made when loaded."""
        state = dict(self.__dict__)
        if "points_" in state:
            del state["points_"]
            state["weights_"] = state["weights_"].astype(_STORED)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "stored_" in state:
            self.points_ = self.stored_.rows(slice(None))
            self.weights_ = np.asarray(state["weights_"], dtype=np.float32)
