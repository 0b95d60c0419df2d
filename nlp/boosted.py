"""Boosted trees over what the blend says of every label: together labels tell more of one than it tells of itself.

scikit-learn learns the trees (histogram gradient boosting; Friedman 2001, Ke et al. 2017); numpy walks them, all
trees of all rows at once, level by level, so that tagging needs no scikit-learn.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.labels import Floats, chances


class Boosted:
    """The probability of one label from a table of numbers.

    Parameters: `rounds` trees of at most `depth` levels, each worth `rate` of its advice; a leaf holds at least
    `fewest` rows and is drawn towards nothing by `smoothing`.
    """

    def __init__(
        self,
        rounds: int = 150,
        depth: int = 4,
        rate: float = 0.05,
        fewest: int = 80,
        smoothing: float = 5.0,
        seed: int = 0,
    ) -> None:
        self.rounds = rounds
        self.depth = depth
        self.rate = rate
        self.fewest = fewest
        self.smoothing = smoothing
        self.seed = seed

    def fit(self, table: Floats, wanted: NDArray[np.bool_], weight: Floats) -> Self:
        """Learn from rows of numbers, whether the label is true of each, and how much each counts."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(
            max_iter=self.rounds,
            max_depth=self.depth,
            learning_rate=self.rate,
            min_samples_leaf=self.fewest,
            l2_regularization=self.smoothing,
            early_stopping=False,
            random_state=self.seed,
        ).fit(table, wanted, sample_weight=weight)
        trees = [tree.nodes for (tree,) in model._predictors]  # noqa: SLF001  # there is no other way to the nodes
        self.first_ = np.cumsum([0, *(len(nodes) for nodes in trees[:-1])])
        self.start_ = float(model._baseline_prediction.item())  # noqa: SLF001
        self._keep(trees)
        return self

    def predict(self, table: Floats) -> Floats:
        """Return the probability of the label for each row."""
        node = np.broadcast_to(self.first_, (len(table), len(self.first_)))
        row = np.arange(len(table))[:, None]
        for _ in range(self.depth):
            goes_left = table[row, self.column_[node]] <= self.threshold_[node]
            node = np.where(goes_left, self.left_[node], self.right_[node])
        return chances(self.start_ + self.value_[node].sum(axis=1))

    def _keep(self, trees: list[NDArray[Any]]) -> None:
        """Lay the nodes of all trees one behind the other; a leaf leads to itself."""
        nodes = np.concatenate(trees)
        base = np.repeat(self.first_, [len(own) for own in trees])
        own, is_leaf = np.arange(len(nodes)), nodes["is_leaf"].astype(bool)
        self.column_ = np.where(is_leaf, 0, nodes["feature_idx"]).astype(np.int64)
        self.threshold_ = np.where(is_leaf, np.inf, nodes["num_threshold"])
        self.left_ = np.where(is_leaf, own, base + nodes["left"])
        self.right_ = np.where(is_leaf, own, base + nodes["right"])
        self.value_ = np.where(is_leaf, nodes["value"], 0.0)
