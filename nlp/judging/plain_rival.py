"""What tutorials build, as a rival: hazm's normalization, word and character TF-IDF, a logistic regression per label."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
_Model = Callable[[csr_matrix], Floats]


class Plain:
    """Learns from `texts` what is true of each: one table of yes and no (n, labels) for every head."""

    def __init__(
        self, texts: Sequence[str], heads: Sequence[Bools], form: Callable[[str], str], seed: int = 0
    ) -> None:
        self._form = form
        self._vectors = (
            TfidfVectorizer(
                ngram_range=(1, 2), min_df=2, sublinear_tf=True, tokenizer=str.split, token_pattern=None
            ),
            TfidfVectorizer(ngram_range=(2, 5), min_df=2, sublinear_tf=True, analyzer="char_wb"),
        )
        lines = [form(text) for text in texts]
        matrix = hstack([each.fit_transform(lines) for each in self._vectors], format="csr")
        self._heads = [[_learn(matrix, wanted, seed) for wanted in table.T] for table in heads]

    def shared(self, asked: Sequence[str]) -> list[Floats]:
        """Return the probabilities of each head (n, labels): texts are normalized and vectorized once for all."""
        matrix = self._matrix(asked)
        return [_odds(models, matrix) for models in self._heads]

    def per_head(self, asked: Sequence[str]) -> list[Floats]:
        """Return the same, but normalize and vectorize for every head anew, as one pipeline per head does."""
        return [_odds(models, self._matrix(asked)) for models in self._heads]

    def _matrix(self, texts: Sequence[str]) -> csr_matrix:
        lines = [self._form(text) for text in texts]
        return hstack([each.transform(lines) for each in self._vectors], format="csr")


def _learn(matrix: csr_matrix, wanted: Bools, seed: int) -> _Model:
    if wanted.all() or not wanted.any():
        rate = float(wanted.mean())
        return lambda rows: np.full(rows.shape[0], rate)
    model = LogisticRegression(C=10, solver="liblinear", tol=1e-2, random_state=seed).fit(matrix, wanted)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1])


def _odds(models: Sequence[_Model], matrix: csr_matrix) -> Floats:
    return np.column_stack([model(matrix) for model in models])
