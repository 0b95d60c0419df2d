"""Rows of the shared matrix for comments, and behind them for the clauses that they are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.features import Features, Looked
from nlp.normalize import Normalized
from nlp.rules.scope import Cut


@dataclass(frozen=True, slots=True)
class Spoken:
    """Comments as rows of the shared matrix, and behind them the clauses of those that have several."""

    rows: csr_matrix
    owner: NDArray[np.int64]  # as in `Cut`
    side: NDArray[np.int64]
    aside: NDArray[np.int64]

    @classmethod
    def of(cls, features: Features, comments: Sequence[Normalized]) -> "Spoken":
        """Cut the comments and look at every piece."""
        return cls.seen(features, features.look(Cut.of([comment.text for comment in comments])))

    @classmethod
    def seen(cls, features: Features, looked: Looked) -> "Spoken":
        """Make rows of what was found in the pieces."""
        cut = looked.cut
        return cls(
            features.rows(looked),
            np.array(cut.owner, dtype=np.int64),
            np.array(cut.side, dtype=np.int64),
            np.array(cut.aside, dtype=np.int64),
        )

    @property
    def count(self) -> int:
        """How many comments there are."""
        return int(self.rows.shape[0]) - len(self.owner)

    @property
    def matrix(self) -> csr_matrix:
        """The rows of the comments alone."""
        return self.rows[: self.count]

    def take(self, rows: NDArray[np.int64]) -> "Spoken":
        """Return some of the comments with their clauses."""
        place = np.full(self.count, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        kept = np.flatnonzero(place[self.owner] >= 0)
        return Spoken(
            self.rows[np.concatenate([rows, self.count + kept])],
            place[self.owner[kept]],
            self.side[kept],
            self.aside[kept],
        )
