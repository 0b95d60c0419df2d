"""Word vectors learned from the comments themselves: positive pointwise mutual information, then a truncated SVD.

Words that stand among the same words («پیک», «راننده») get similar vectors, also where no label was ever given.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.utils.extmath import randomized_svd

Vectors = NDArray[np.float32]
_WINDOW = 5
_SMOOTHING = 0.75  # context counts to this power: rare neighbours prove less
_GAP = np.full(_WINDOW, -1, dtype=np.int64)  # keeps the words of two comments apart


def word_vectors(
    texts: Sequence[Sequence[str]], vocabulary: Mapping[str, int], size: int = 150, seed: int = 0
) -> Vectors:
    """Return one unit row per word of the vocabulary (word → row); a word without neighbours stays at zero."""
    count = max(vocabulary.values(), default=-1) + 1
    informative = _mutual_information(_neighbours(texts, vocabulary, count))
    size = min(size, count - 1)
    if size < 1 or not informative.nnz:
        return np.zeros((count, max(size, 1)), dtype=np.float32)
    left, strength, _ = randomized_svd(informative, size, n_iter=3, random_state=seed)
    rows = (left * np.sqrt(strength)).astype(np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def _neighbours(texts: Sequence[Sequence[str]], vocabulary: Mapping[str, int], count: int) -> csr_matrix:
    """Count how often two words stand within the window, near ones more."""
    parts = [np.array([vocabulary.get(word, -1) for word in text], dtype=np.int64) for text in texts]
    flat = np.concatenate([each for part in parts for each in (part, _GAP)]) if parts else _GAP
    together = csr_matrix((count, count), dtype=np.float32)
    for distance in range(1, _WINDOW + 1):
        first, second = flat[:-distance], flat[distance:]
        known = (first >= 0) & (second >= 0)
        near = np.full(int(known.sum()), 1.0 / distance, dtype=np.float32)
        together = together + csr_matrix((near, (first[known], second[known])), shape=(count, count))
    return (together + together.T).tocsr()


def _mutual_information(together: csr_matrix) -> csr_matrix:
    pairs = together.tocoo()
    total = np.asarray(together.sum(axis=1)).ravel()
    context = total**_SMOOTHING
    expected = total[pairs.row] * context[pairs.col] / max(context.sum(), 1e-9)
    value = np.log(np.maximum(pairs.data, 1e-9) / np.maximum(expected, 1e-9))
    kept = value > 0
    return csr_matrix(
        (value[kept], (pairs.row[kept], pairs.col[kept])), shape=together.shape, dtype=np.float32
    )
