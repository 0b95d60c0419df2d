"""Sparse n-grams to a short dense vector: latent meaning, word vectors, and what models of weak answers expect.

Everything is linear in the columns of the shared matrix, so that a comment is projected by a few sparse products.
Nothing here has seen a label of the taxonomy.
"""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix

from nlp.compact import Compact, Matrix, Narrow
from nlp.learning.weak import QUESTIONS, WeakComment

_FEWEST = 20  # answers of either kind below which a question is not learned
#: How much each view counts in the likeness of two comments, found by cross-validation.
_SHARES = {"words": 1.0, "characters": 1.0, "vectors": 0.5, "answers": 0.3, "cues": 0.4}

_WEIGHTS = {name: np.sqrt(share) for name, share in _SHARES.items()}


class Projection:
    """Unit vectors in which comments that mean the same stand close.

    Parameters: `rank` latent directions each from the commonest `word_columns` and `char_columns`.
    """

    def __init__(
        self, rank: int = 200, word_columns: int = 14_000, char_columns: int = 20_000, seed: int = 0
    ) -> None:
        self.rank = rank
        self.word_columns = word_columns
        self.char_columns = char_columns
        self.seed = seed

    def fit(
        self,
        matrix: csr_matrix,
        blocks: Mapping[str, slice],
        vectors: Matrix,
        weak: csr_matrix,
        answered: Sequence[WeakComment],
    ) -> Self:
        """Learn from unlabelled rows (`matrix`) and weakly labelled ones (`weak`).

        `blocks` names where `words`, `characters` and `cues` stand; `vectors` has a row per word column.
        """
        self.cues_ = blocks["cues"]
        self.words_ = self._latent(matrix, blocks["words"], self.word_columns)
        self.characters_ = self._latent(matrix, blocks["characters"], self.char_columns)
        known = np.flatnonzero(np.abs(vectors).sum(axis=1) > 0)
        self.vectors_ = Compact(vectors[known], known + blocks["words"].start)
        self.answers_ = Compact(_answer_weights(weak, answered, self.seed))
        batch = Narrow.of(matrix)
        self.vector_scale_ = _scale(self.vectors_.product(batch))
        self.answer_scale_ = _scale(self.answers_.product(batch))
        return self

    def points(self, batch: Narrow) -> tuple[Matrix, Matrix]:
        """Return unit rows for the kernel, and the standardised answers for the linear model."""
        answers = _standard(self.answers_.product(batch), self.answer_scale_)
        views = {
            "words": self.words_.product(batch),
            "characters": self.characters_.product(batch),
            "vectors": _standard(self.vectors_.product(batch), self.vector_scale_),
            "answers": answers,
        }
        rows = [_WEIGHTS[name] * unit(view) for name, view in views.items()]
        # cues are few, and their number says something: they are no unit rows
        return unit(np.concatenate([*rows, _WEIGHTS["cues"] * batch.block(self.cues_)], axis=1)), answers

    def _latent(self, matrix: csr_matrix, block: slice, width: int) -> Compact:
        from sklearn.utils.extmath import randomized_svd

        often = np.bincount(matrix.indices, minlength=matrix.shape[1])[block]
        columns = np.sort(np.argsort(-often, kind="stable")[:width]) + block.start
        kept = matrix[:, columns]
        rank = max(1, min(self.rank, min(kept.shape) - 1))
        _, _, directions = randomized_svd(kept, rank, n_iter=2, random_state=self.seed)
        return Compact(directions.T, columns)


def unit(rows: Matrix) -> Matrix:
    """Return the rows at length one; empty rows stay empty."""
    length = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(length, 1e-9), dtype=np.float32)


def _scale(rows: Matrix) -> tuple[Matrix, Matrix]:
    return rows.mean(axis=0), rows.std(axis=0) + np.float32(1e-6)


def _standard(rows: Matrix, scale: tuple[Matrix, Matrix]) -> Matrix:
    return np.asarray((rows - scale[0]) / scale[1], dtype=np.float32)


def _answer_weights(matrix: csr_matrix, answered: Sequence[WeakComment], seed: int) -> Matrix:
    from sklearn.linear_model import LogisticRegression

    weights = np.zeros((matrix.shape[1], len(QUESTIONS)), dtype=np.float32)
    for place, question in enumerate(QUESTIONS):
        rows = np.flatnonzero([question in comment.answers for comment in answered])
        said = np.array([answered[row].answers[question] for row in rows.tolist()], dtype=bool)
        if min(said.sum(), len(said) - said.sum()) < _FEWEST:
            continue
        model = LogisticRegression(
            C=1.0, solver="liblinear", tol=1e-2, class_weight="balanced", random_state=seed
        )
        weights[:, place] = model.fit(matrix[rows], said).coef_[0]
    return weights
