"""Second opinion: weighs what the models say of each label into calibrated probabilities."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlp.committee import Committee, per_kind, standard
from nlp.examples import INVENTED_DRAWS, Example, drawn
from nlp.labels import (
    LIMIT,
    Floats,
    HeadScores,
    clipped,
    columns,
    places,
    polarities,
    sigmoid,
    targets,
    trade_one_hot,
)
from nlp.taxonomy import POLARITIES
from nlp.votes import TOPICS, Votes

_FEWEST = 5
_STEPS = 30  # after which a bias hardly moves
_NEGATIVE, _POSITIVE = POLARITIES.index("negative"), POLARITIES.index("positive")
#: Heads of which exactly one label is true: those of which no trade tells more, and those of which it does.
_WHATEVER_TRADE, _BY_TRADE = ("category", "sentiment"), ("urgency",)
#: Units of the committee that speaks of all labels that may stand beside others.
_MANY_LABELS = 128
#: Comments chosen for their rarity are not as frequent in life: they count less for probabilities. Those that were
#: labelled later are many, and nearly all of two trades.
_DRAW_WEIGHT = {"rare": 0.4, "active": 0.4, "annotated": 0.2, "": 0.2, "invented": 0.3, "joined": 0.1}
#: … but contrasts must be heard: for polarity no comment counts less than this, and those that praise one topic and
#: blame another count so many times. Elsewhere the mood of the whole comment would do.
_CONTRAST = 0.3
_TWO_SIDED = 4.0
#: What is heard in place of a trade where none is told.
_UNTOLD = np.zeros((1, 0))


class Blend:
    """Opinions on the votes, once for whoever tells no trade and, where it helps, once more for whoever does.

    Of the mood in which a topic is spoken of a committee alone decides, whatever the trade.
    """

    def fit(self, votes: Votes, examples: Sequence[Example]) -> Self:
        """Learn from votes on comments that the models had not seen; their domains are their trades."""
        weight, wanted = draw_weights(examples), targets(examples)
        trades = trade_one_hot([example.domain for example in examples])
        self.untold_ = _Opinions((*_WHATEVER_TRADE, *_BY_TRADE)).fit(votes, _UNTOLD, wanted, weight)
        self.told_ = _Opinions(_BY_TRADE).fit(votes, trades, wanted, weight)
        self.polarity_ = self._fit_polarity(votes, examples, weight)
        self._settle(votes, trades, examples, wanted)
        return self

    def predict(self, votes: Votes, trades: Floats | None = None) -> HeadScores:
        """Return calibrated probabilities; `trades` are `trade_one_hot`, a row per comment or one for all of them."""
        if trades is None:
            said = self.untold_.predict(votes, _UNTOLD)
        else:
            said = self.told_.predict(votes, trades) | self.untold_.kinds(votes, _UNTOLD, _WHATEVER_TRADE)
        moods = _softmax(self.polarity_.odds(*_inputs(votes)) + self.polarity_bias_)
        return HeadScores(**said, topic_sentiment=moods)

    def _settle(
        self, votes: Votes, trades: Floats, examples: Sequence[Example], wanted: NDArray[np.bool_]
    ) -> None:
        """Let kinds be said as often as they are true of comments drawn at random, where there are enough of them."""
        rows = drawn(examples)
        self.polarity_bias_ = np.zeros(len(POLARITIES))
        if not len(rows):
            return
        heard = votes.take(rows)
        self.untold_.settle(heard, _UNTOLD, wanted[rows])
        self.told_.settle(heard, trades[rows], wanted[rows])
        said = polarities([examples[row] for row in rows.tolist()])
        odds = self.polarity_.odds(*_inputs(heard))[said >= 0]
        self.polarity_bias_ = _settled(odds, said[said >= 0])

    @staticmethod
    def _fit_polarity(votes: Votes, examples: Sequence[Example], weight: Floats) -> Committee:
        said = polarities(examples)
        two_sided = (said == _NEGATIVE).any(axis=1) & (said == _POSITIVE).any(axis=1)
        weight = np.maximum(weight, _CONTRAST) * np.where(two_sided, _TWO_SIDED, 1.0)
        rows, topics = np.nonzero(said >= 0)
        told = [np.broadcast_to(part, (*said.shape, part.shape[2]))[rows, topics] for part in _inputs(votes)]
        return Committee().fit(np.hstack(told), said[rows, topics], weight[rows], len(POLARITIES))


class _Opinions:
    """Two opinions, averaged: regressions hear the votes for their own labels, a committee those for all.

    There is a logistic regression per label that may stand beside others and one per one-of head in `heads`. All hear
    the trade of each comment too, where there is one.
    """

    def __init__(self, heads: Sequence[str], strength: float = 0.3, one_of_strength: float = 0.1) -> None:
        self.heads = heads
        self.strength = strength
        self.one_of_strength = one_of_strength

    def fit(self, votes: Votes, trades: Floats, wanted: NDArray[np.bool_], weight: Floats) -> Self:
        """Learn what is true of each comment: `targets`, each row counted by its weight."""
        everything = _with(votes.everything, trades)
        own, beside = votes.labels[:, :, _beside()], wanted[:, _beside()]
        fitted = [
            self._label(_with(own[:, :, label], trades), beside[:, label], weight)
            for label in range(beside.shape[1])
        ]
        self.slopes_ = np.stack([slopes for slopes, _ in fitted], axis=1)  # (models and trades, labels)
        self.bias_ = np.array([bias for _, bias in fitted])
        self.beside_ = Committee(hidden=_MANY_LABELS).fit(everything, beside, weight, beside.shape[1])
        self.one_of_ = {
            head: _OneOf(self.one_of_strength).fit(
                _with(_own(votes, head), trades), everything, wanted[:, places(head)], weight
            )
            for head in self.heads
        }
        return self

    def settle(self, votes: Votes, trades: Floats, wanted: NDArray[np.bool_]) -> None:
        """Let each kind be as likely on average as it is frequent among these comments."""
        everything = _with(votes.everything, trades)
        for head, model in self.one_of_.items():
            own = _with(_own(votes, head), trades)
            model.settle(own, everything, wanted[:, places(head)].argmax(axis=1))

    def predict(self, votes: Votes, trades: Floats) -> dict[str, Floats]:
        """Return the probabilities of each head."""
        everything, models = _with(votes.everything, trades), votes.labels.shape[1]
        own = np.einsum("nml,ml->nl", votes.labels[:, :, _beside()], self.slopes_[:models])
        own = own + trades @ self.slopes_[models:] + self.bias_
        said = np.zeros((len(own), len(columns())))
        said[:, _beside()] = sigmoid((own + self.beside_.odds(everything)) / 2)
        return {
            "mixed": said[:, places("mixed")][:, 0],
            "topics": said[:, places("topics")],
            "signals": said[:, places("signals")],
            **self.kinds(votes, trades, self.heads),
        }

    def kinds(self, votes: Votes, trades: Floats, heads: Sequence[str]) -> dict[str, Floats]:
        """Return the probabilities of some of the one-of heads."""
        everything = _with(votes.everything, trades)
        return {
            head: self.one_of_[head].predict(_with(_own(votes, head), trades), everything) for head in heads
        }

    def _label(self, votes: Floats, wanted: NDArray[np.bool_], weight: Floats) -> tuple[Floats, float]:
        from sklearn.linear_model import LogisticRegression

        rate = float((wanted @ weight + 0.5) / (weight.sum() + 1.0))
        if min(wanted.sum(), (~wanted).sum()) < _FEWEST:
            rest = np.zeros(votes.shape[1])
            rest[0] = 1.0  # too rare to weigh: the first model speaks for itself
            return rest, 0.0 if wanted.any() else float(np.log(rate / (1 - rate)))
        model = LogisticRegression(C=self.strength, max_iter=300).fit(votes, wanted, sample_weight=weight)
        return model.coef_[0], float(model.intercept_[0])


class _OneOf:
    """Which one kind is true: multinomial logistic regression over its own votes, and a committee over all.

    A kind that was never seen is never said.
    """

    def __init__(self, strength: float) -> None:
        self.strength = strength

    def fit(self, own: Floats, everything: Floats, wanted: NDArray[np.bool_], weight: Floats) -> Self:
        from sklearn.linear_model import LogisticRegression

        kinds, count = wanted.argmax(axis=1), wanted.shape[1]
        self.committee_ = Committee().fit(everything, kinds, weight, count)
        self.weights_, self.bias_ = np.zeros((own.shape[1], count)), np.full(count, -LIMIT)
        seen = np.unique(kinds)
        if len(seen) < 2:
            self.bias_[seen] = LIMIT
            return self
        centre, spread = standard(own)
        model = LogisticRegression(C=self.strength, max_iter=300)
        model.fit((own - centre) / spread, kinds, sample_weight=weight)
        coefficients, bias = per_kind(model.coef_.T, len(seen)).T, per_kind(model.intercept_, len(seen))
        self.weights_[:, seen] = (coefficients / spread).T
        self.bias_[seen] = bias - coefficients @ (centre / spread)
        return self

    def settle(self, own: Floats, everything: Floats, kinds: NDArray[np.int64]) -> None:
        """Move the biases until each kind is as likely on average as it is frequent: of all biases these fit best."""
        self.bias_ += 2 * _settled(self._odds(own, everything), kinds)  # of which half is heard

    def predict(self, own: Floats, everything: Floats) -> Floats:
        """Return the probability of each kind."""
        return _softmax(self._odds(own, everything))

    def _odds(self, own: Floats, everything: Floats) -> Floats:
        odds: Floats = own @ self.weights_ + self.bias_ + self.committee_.odds(everything)
        return odds / 2


def _settled(odds: Floats, kinds: NDArray[np.int64]) -> Floats:
    """Return what to add to the odds of each kind, so that it is as likely on average as it is frequent."""
    frequent = np.bincount(kinds, minlength=odds.shape[1]) / max(len(kinds), 1)
    seen, added = frequent > 0, np.zeros(odds.shape[1])
    for _ in range(_STEPS):
        added[seen] += np.log(frequent[seen] / _softmax(odds + added)[:, seen].mean(axis=0))
    return added


def _softmax(odds: Floats) -> Floats:
    """Return log-odds as parts of one whole along the last axis."""
    odds = clipped(odds, LIMIT)
    shares = np.exp(odds - odds.max(axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def draw_weights(examples: Sequence[Example]) -> Floats:
    """Return how much each example counts for probabilities; where all are invented they count alike."""
    if all(example.draw in INVENTED_DRAWS for example in examples):
        return np.ones(len(examples))
    return np.array([_DRAW_WEIGHT.get(example.draw, 1.0) for example in examples])


def _beside() -> slice:
    """Return the columns of the labels that may stand beside others."""
    return slice(places("mixed").start, places("signals").stop)


def _own(votes: Votes, head: str) -> Floats:
    """Return the votes for all labels of a head, side by side; for the category also the mean vote for every label.

    Whether a comment asks, suggests or complains shows in what else it says; moods and levels gain nothing by it.
    """
    asked = votes.labels[:, :, places(head)]
    own = asked.reshape(len(asked), asked.shape[1] * asked.shape[2])
    return np.hstack([own, votes.mean]) if head == "category" else own


def _with(votes: Floats, trades: Floats) -> Floats:
    """Return votes (n, inputs) with the `trade_one_hot` of each comment, or the same for all, behind them."""
    if not trades.shape[1]:
        return votes
    return np.hstack([votes, np.broadcast_to(trades, (len(votes), trades.shape[1]))])


def _inputs(votes: Votes) -> tuple[Floats, Floats, Floats]:
    """Return what bears on the polarity of each topic, in parts (n or 1, 23 or 1, inputs).

    What was said of the topic and the mood where it was spoken of, which topic it is, and what all topics of a comment
    share: the mean vote for every label, and the course of its mood.
    """
    count, models = len(votes.polarity), votes.polarity.shape[1]
    own = votes.polarity.transpose(0, 2, 1, 3).reshape(count, TOPICS, 3 * models)
    shared = np.hstack([votes.mean, votes.course.reshape(count, -1)])
    return np.concatenate([own, votes.mood], axis=2), np.eye(TOPICS)[None], shared[:, None]
