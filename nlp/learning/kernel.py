"""Likeness to labelled comments: a radial kernel machine over unit vectors, one solution for all labels.

Every label shares the landmarks, so that a batch costs two matrix products. Ridge regression on a random subset of
the training comments (Nyström: Williams and Seeger 2001) comes close to the full kernel at a third of its size. It only
teaches `nlp.student` and is not saved.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlp.compact import Compact, Matrix

#: Landmarks and weights are rounded: in full precision they would teach other figures.
_STORED = np.float16
_JITTER = 1e-3  # keeps the normal equations positive definite when two landmarks are the same


class Kernel:
    """Kernel ridge regression with `exp(sharpness · (cosine - 1))` between comments.

    Parameters: `landmarks` training comments at most stand for all; `smoothing` is the ridge penalty.
    """

    def __init__(
        self, landmarks: int, sharpness: float = 3.0, smoothing: float = 0.15, seed: int = 0
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
        self.points_ = Compact(points[np.sort(chosen)]).all
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
