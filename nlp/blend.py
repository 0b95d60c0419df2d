"""Second opinion: weighs what the linear model and the kernel say of each label into calibrated probabilities."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.examples import Example
from nlp.labels import Floats, HeadScores, columns, places, polarities, shares, targets

_TOPICS = 23
_LIMIT = 30.0  # log-odds beyond this are certainty already; keeps the exponentials finite
_FEWEST = 5
#: Comments chosen for their rarity are not as frequent in life: they count less for probabilities.
_DRAW_WEIGHT = {"rare": 0.4, "active": 0.4, "": 0.3, "invented": 0.3}


class Votes:
    """What each model said of n comments, uncalibrated."""

    def __init__(self, labels: Floats, polarity: Floats) -> None:
        self.labels = labels  # (n, models, labels)
        self.polarity = polarity  # (n, models, 23, 3)

    def take(self, rows: NDArray[np.int64]) -> "Votes":
        """Return the votes on some of the comments."""
        return Votes(self.labels[rows], self.polarity[rows])

    @classmethod
    def joined(cls, parts: Sequence[tuple[NDArray[np.int64], "Votes"]]) -> "Votes":
        """Put votes on parts (their row numbers first) together in the order of the rows."""
        order = np.argsort(np.concatenate([rows for rows, _ in parts]))
        labels = np.concatenate([votes.labels for _, votes in parts])
        return cls(labels[order], np.concatenate([votes.polarity for _, votes in parts])[order])


class Blend:
    """One small logistic regression per label over the votes of the models for that label."""

    def __init__(self, strength: float = 0.3, polarity_strength: float = 0.05) -> None:
        self.strength = strength
        self.polarity_strength = polarity_strength

    def fit(self, votes: Votes, examples: Sequence[Example]) -> Self:
        """Learn from votes on comments that the models had not seen."""
        weight = draw_weights(examples)
        wanted = targets(examples)
        fitted = [
            self._label(votes.labels[:, :, column], wanted[:, column], weight)
            for column in range(wanted.shape[1])
        ]
        self.slopes_ = np.stack([slopes for slopes, _ in fitted], axis=1)  # (models, labels)
        self.bias_ = np.array([bias for _, bias in fitted])
        self._fit_polarity(votes, examples, weight)
        return self

    def predict(self, votes: Votes) -> HeadScores:
        """Return calibrated probabilities."""
        odds = np.einsum("nml,ml->nl", votes.labels, self.slopes_) + self.bias_
        odds = 1.0 / (1.0 + np.exp(-np.clip(odds, -_LIMIT, _LIMIT)))
        return HeadScores(
            category=shares(odds[:, places("category")]),
            sentiment=shares(odds[:, places("sentiment")]),
            mixed=odds[:, places("mixed")][:, 0],
            topics=odds[:, places("topics")],
            topic_sentiment=self._polarity(votes),
            signals=odds[:, places("signals")],
            urgency=shares(odds[:, places("urgency")]),
        )

    def _label(self, votes: Floats, wanted: NDArray[np.bool_], weight: Floats) -> tuple[Floats, float]:
        from sklearn.linear_model import LogisticRegression

        rate = float((wanted @ weight + 0.5) / (weight.sum() + 1.0))
        if min(wanted.sum(), (~wanted).sum()) < _FEWEST:
            rest = np.zeros(votes.shape[1])
            rest[0] = 1.0  # too rare to weigh: the first model speaks for itself
            return rest, 0.0 if wanted.any() else float(np.log(rate / (1 - rate)))
        model = LogisticRegression(C=self.strength, max_iter=300).fit(votes, wanted, sample_weight=weight)
        return model.coef_[0], float(model.intercept_[0])

    def _fit_polarity(self, votes: Votes, examples: Sequence[Example], weight: Floats) -> None:
        from sklearn.linear_model import LogisticRegression

        said = polarities(examples)
        rows, topics = np.nonzero(said >= 0)
        context, own = (
            _context(votes),
            votes.polarity.transpose(0, 2, 1, 3).reshape(len(said), _TOPICS, -1),
        )
        self.centre_, self.spread_ = context.mean(axis=0), context.std(axis=0) + 1e-6
        inputs = np.hstack(
            [
                own[rows, topics],
                (context[rows] - self.centre_) / self.spread_,
                np.eye(_TOPICS)[topics],
            ]
        )
        self.polarity_weights_ = np.zeros((3, inputs.shape[1]))
        self.polarity_bias_ = np.zeros(3)
        kinds = np.unique(said[rows, topics])
        if len(kinds) < 2:
            self.polarity_bias_[kinds] = 1.0
            return
        self.polarity_bias_[:] = -_LIMIT  # a polarity never seen is never said
        model = LogisticRegression(C=self.polarity_strength, max_iter=300)
        model.fit(inputs, said[rows, topics], sample_weight=weight[rows])
        coefficients, bias = _all_kinds(model)
        self.polarity_weights_[kinds], self.polarity_bias_[kinds] = coefficients, bias

    def _polarity(self, votes: Votes) -> Floats:
        own = votes.polarity.transpose(0, 2, 1, 3).reshape(len(votes.polarity), _TOPICS, -1)
        width = own.shape[2]
        context = (_context(votes) - self.centre_) / self.spread_
        weights = self.polarity_weights_
        last = len(weights[0]) - _TOPICS
        odds = own @ weights[:, :width].T + (context @ weights[:, width:last].T)[:, None]
        odds = odds + weights[:, last:].T[None] + self.polarity_bias_
        return shares(np.exp(odds - odds.max(axis=2, keepdims=True)))


def draw_weights(examples: Sequence[Example]) -> Floats:
    """Return how much each example counts for probabilities; examples without any draw count alike."""
    if not any(example.draw == "stratified" for example in examples):
        return np.ones(len(examples))
    return np.array([_DRAW_WEIGHT.get(example.draw, 1.0) for example in examples])


def _context(votes: Votes) -> Floats:
    """Return what the models say of category, sentiment and mixed: the mood in which a topic is spoken of."""
    last = [head for head, _ in columns()].index("topics")
    return votes.labels[:, :, :last].reshape(len(votes.labels), -1)


def _all_kinds(model: Any) -> tuple[Floats, Floats]:
    """Return a row per class also where scikit-learn keeps one row for two classes."""
    if len(model.classes_) > 2:
        return model.coef_, model.intercept_
    return np.vstack([-model.coef_, model.coef_]) / 2, np.concatenate(
        [-model.intercept_, model.intercept_]
    ) / 2
