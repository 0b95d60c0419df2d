"""Second opinion: weighs what the models say of each label into calibrated probabilities."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlp.boosted import Boosted
from nlp.examples import JUDGED_DRAW, Example, drawn
from nlp.labels import (
    LIMIT,
    Floats,
    HeadScores,
    chances,
    columns,
    places,
    polarities,
    shares,
    targets,
    within,
)
from nlp.tags import URGENCY_LEVELS
from nlp.taxonomy import POLARITIES
from nlp.votes import TOPICS, Votes

_LEAST = 1e-9  # no level is impossible
_FEWEST = 5
_STEPS = 30  # after which a bias hardly moves
_NEGATIVE, _POSITIVE = POLARITIES.index("negative"), POLARITIES.index("positive")
#: Heads of which exactly one label is true.
_ONE_OF = ("category", "sentiment", "urgency")
#: Comments chosen for their rarity are not as frequent in life: they count less for probabilities.
_DRAW_WEIGHT = {"rare": 0.4, "active": 0.4, "annotated": 0.4, "": 0.2, "invented": 0.3, "joined": 0.1}
#: … but contrasts must be heard: for polarity no comment counts less than this, and those that praise one topic and
#: blame another count so many times. Elsewhere the mood of the whole comment would do.
_CONTRAST = 0.3
_TWO_SIDED = 4.0


#: With fewer examples than this trees would learn them by heart.
_MANY = 2_000
#: Levels of urgency from this one on are to be acted on today.
_HIGH = URGENCY_LEVELS.index("high")


class Blend:
    """Small logistic regressions over the votes: one per label that may stand beside others, one per one-of head.

    Whether a comment is high or critical is asked once more, of trees that see what was said of all labels.
    """

    def __init__(
        self, strength: float = 0.3, one_of_strength: float = 0.1, polarity_strength: float = 0.05
    ) -> None:
        self.strength = strength
        self.one_of_strength = one_of_strength
        self.polarity_strength = polarity_strength

    def fit(self, votes: Votes, examples: Sequence[Example]) -> Self:
        """Learn from votes on comments that the models had not seen."""
        weight = draw_weights(examples)
        wanted = targets(examples)
        fitted = [
            self._label(votes.labels[:, :, column], wanted[:, column], weight)
            if head not in _ONE_OF
            else (np.zeros(votes.labels.shape[1]), 0.0)
            for column, (head, _) in enumerate(columns())
        ]
        self.slopes_ = np.stack([slopes for slopes, _ in fitted], axis=1)  # (models, labels)
        self.bias_ = np.array([bias for _, bias in fitted])
        self.one_of_ = {
            head: _Softmax(self.one_of_strength).fit(
                _of(votes, head), wanted[:, places(head)].argmax(axis=1), places(head), weight
            )
            for head in _ONE_OF
        }
        self._fit_polarity(votes, examples, weight)
        self._settle(votes, examples, wanted)
        is_urgent = np.asarray(wanted[:, places("urgency")][:, _HIGH:].any(axis=1))
        learns = len(examples) >= _MANY and is_urgent.any()
        said = _table(self._first(votes))
        self.urgent_ = Boosted().fit(said, is_urgent, weight) if learns else None
        return self

    def predict(self, votes: Votes) -> HeadScores:
        """Return calibrated probabilities."""
        scores = self._first(votes)
        if self.urgent_ is None:
            return scores
        return replace(scores, urgency=_with_urgent(scores.urgency, self.urgent_.predict(_table(scores))))

    def _first(self, votes: Votes) -> HeadScores:
        """Return what each head says by itself."""
        odds = np.einsum("nml,ml->nl", votes.labels, self.slopes_) + self.bias_
        odds = chances(odds)
        return HeadScores(
            **{head: model.predict(_of(votes, head)) for head, model in self.one_of_.items()},
            mixed=odds[:, places("mixed")][:, 0],
            topics=odds[:, places("topics")],
            signals=odds[:, places("signals")],
            topic_sentiment=self._polarity(votes),
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

    def _settle(self, votes: Votes, examples: Sequence[Example], wanted: NDArray[np.bool_]) -> None:
        """Let kinds be said as often as they are true of comments drawn at random, where there are enough of them."""
        rows = drawn(examples)
        if not len(rows):
            return
        heard = votes.take(rows)
        for head, model in self.one_of_.items():
            model.settle(_of(heard, head), wanted[rows, places(head)].argmax(axis=1))
        self.polarity_.settle(*_spoken_of(heard, polarities([examples[row] for row in rows.tolist()])))

    def _fit_polarity(self, votes: Votes, examples: Sequence[Example], weight: Floats) -> None:
        said = polarities(examples)
        two_sided = (said == _NEGATIVE).any(axis=1) & (said == _POSITIVE).any(axis=1)
        weight = np.maximum(weight, _CONTRAST) * np.where(two_sided, _TWO_SIDED, 1.0)
        self.polarity_ = _Softmax(self.polarity_strength).fit(
            *_spoken_of(votes, said), slice(0, 3), weight[np.nonzero(said >= 0)[0]]
        )

    def _polarity(self, votes: Votes) -> Floats:
        """Return the probabilities of each topic's polarities, as if it were spoken of."""
        told, weights = _told(votes), self.polarity_.weights_
        odds = told @ weights[: told.shape[2]] + weights[told.shape[2] :][None] + self.polarity_.bias_
        return _shared_out(odds)


class _Softmax:
    """Multinomial logistic regression over standardized inputs; a kind that was never seen is never said."""

    def __init__(self, strength: float) -> None:
        self.strength = strength

    def fit(self, inputs: Floats, kinds: NDArray[np.int64], label_places: slice, weight: Floats) -> Self:
        from sklearn.linear_model import LogisticRegression

        count = label_places.stop - label_places.start
        self.weights_, self.bias_ = np.zeros((inputs.shape[1], count)), np.full(count, -LIMIT)
        seen = np.unique(kinds)
        if len(seen) < 2:
            self.bias_[seen] = LIMIT
            return self
        centre, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
        model = LogisticRegression(C=self.strength, max_iter=300)
        model.fit((inputs - centre) / spread, kinds, sample_weight=weight)
        coefficients, bias = _all_kinds(model)
        self.weights_[:, seen] = (coefficients / spread).T
        self.bias_[seen] = bias - coefficients @ (centre / spread)
        return self

    def settle(self, inputs: Floats, kinds: NDArray[np.int64]) -> None:
        """Move the biases until each kind is as likely on average as it is frequent: of all biases these fit best."""
        frequent = np.bincount(kinds, minlength=len(self.bias_)) / max(len(kinds), 1)
        seen = frequent > 0
        for _ in range(_STEPS):
            self.bias_[seen] += np.log(frequent[seen] / self.predict(inputs)[:, seen].mean(axis=0))

    def predict(self, inputs: Floats) -> Floats:
        """Return the probability of each kind."""
        return _shared_out(inputs @ self.weights_ + self.bias_)


def _shared_out(odds: Floats) -> Floats:
    """Return log-odds as parts of one whole along the last axis."""
    odds = within(odds, LIMIT)
    return shares(np.exp(odds - odds.max(axis=-1, keepdims=True)))


def _table(scores: HeadScores) -> Floats:
    """Return what was said of all labels, and where a topic is spoken of badly, a row per comment."""
    heads = (scores.category, scores.sentiment, scores.mixed[:, None], scores.topics, scores.signals)
    return np.hstack([*heads, scores.urgency, scores.topics * scores.topic_sentiment[:, :, _NEGATIVE]])


def _with_urgent(levels: Floats, urgent: Floats) -> Floats:
    """Return the levels' probabilities with those from high on adding up to `urgent`, in proportion as before."""
    calm, pressing = (shares(np.maximum(part, _LEAST)) for part in np.split(levels, [_HIGH], axis=1))
    return np.hstack([calm * (1.0 - urgent)[:, None], pressing * urgent[:, None]])


def draw_weights(examples: Sequence[Example]) -> Floats:
    """Return how much each example counts for probabilities; examples without any draw count alike."""
    if not any(example.draw == JUDGED_DRAW for example in examples):
        return np.ones(len(examples))
    return np.array([_DRAW_WEIGHT.get(example.draw, 1.0) for example in examples])


def _of(votes: Votes, head: str) -> Floats:
    """Return the votes for all labels of a head, side by side; for the category also the mean vote for every label.

    Whether a comment asks, suggests or complains shows in what else it says; moods and levels gain nothing by it.
    """
    asked = votes.labels[:, :, places(head)]
    own = asked.reshape(len(asked), asked.shape[1] * asked.shape[2])
    return np.hstack([own, votes.labels.mean(axis=1)]) if head == "category" else own


def _told(votes: Votes) -> Floats:
    """Return what was said of each topic's polarity, and the mood where it was spoken of: (n, 23, inputs)."""
    models = votes.polarity.shape[1]
    own = votes.polarity.transpose(0, 2, 1, 3).reshape(len(votes.polarity), TOPICS, 3 * models)
    return np.concatenate([own, votes.mood], axis=2)


def _spoken_of(votes: Votes, said: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    """Return what was said of the polarity of each topic that is spoken of, and which topic; and the polarity itself."""
    rows, topics = np.nonzero(said >= 0)
    return np.hstack([_told(votes)[rows, topics], np.eye(TOPICS)[topics]]), said[rows, topics]


def _all_kinds(model: Any) -> tuple[Floats, Floats]:
    """Return a row per class also where scikit-learn keeps one row for two classes."""
    if len(model.classes_) > 2:
        return model.coef_, model.intercept_
    return np.vstack([-model.coef_, model.coef_]) / 2, np.concatenate(
        [-model.intercept_, model.intercept_]
    ) / 2
