"""Comments and the clauses they are made of: «غذا عالی بود ولی پیک بی‌ادب» praises one topic and blames the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp import scope
from nlp.features import Features, Looked
from nlp.normalize import Normalized


@dataclass(frozen=True, slots=True)
class Cut:
    """The texts of comments, and behind them the clauses of those that have several."""

    texts: Sequence[str]
    owner: Sequence[int]  # the comment of each clause
    side: Sequence[int]  # of the contrast on which each clause stands

    @classmethod
    def of(cls, comments: Sequence[Normalized]) -> "Cut":
        """Cut the comments."""
        texts = [comment.text for comment in comments]
        owner: list[int] = []
        side: list[int] = []
        for row, comment in enumerate(comments):
            found = scope.clauses(comment.text)
            if len(found) > 1:
                cut = [comment.text[clause.start : clause.end] for clause in found]
                texts += cut
                owner += [row] * len(cut)
                side += scope.sides(cut)
        return cls(texts, owner, side)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Comments as rows of the shared matrix, and behind them the clauses of those that have several."""

    rows: csr_matrix
    owner: NDArray[np.int64]  # as in `Cut`
    side: NDArray[np.int64]

    @classmethod
    def of(cls, features: Features, comments: Sequence[Normalized]) -> "Spoken":
        """Cut the comments and look at every piece."""
        cut = Cut.of(comments)
        return cls.seen(features, cut, features.look(cut.texts))

    @classmethod
    def seen(cls, features: Features, cut: Cut, looked: Looked) -> "Spoken":
        """Make rows of what was found in the pieces."""
        return cls(
            features.rows(looked, cut.owner),
            np.array(cut.owner, dtype=np.int64),
            np.array(cut.side, dtype=np.int64),
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
            self.rows[np.concatenate([rows, self.count + kept])], place[self.owner[kept]], self.side[kept]
        )
