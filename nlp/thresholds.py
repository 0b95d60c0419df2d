"""From which probability a label is said, chosen on comments that the model has not seen.

The threshold of the best F1 hangs on a few comments beside it. So it is chosen on resamples of the comments, and the
mean of all choices stands (Breiman 1996, bagging).
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.examples import ENOUGH, Example, judged_rows
from nlp.labels import SIGN, Floats, HeadScores, Thresholds, places, targets
from nlp.tags import CRITICAL, HIGH

#: The share of high and critical comments that the threshold must catch on held-out comments; three points of it are
#: lost where no words and no signal agree with the head.
URGENT_RECALL = 0.85
_FIRST_OF_SIGN = np.searchsorted(SIGN, range(3))
_FEWEST = 5  # positives below which a label has no threshold of its own
_PULL = 300  # as many positives weigh as much as the threshold that all labels of a head share
_STEPS = np.linspace(-2.0, 2.0, 21)
_EFFORT = 0.002  # macro-F1 that an offset of 1 must earn: keeps offsets small where they change nothing
_ROUNDS = 3
_RESAMPLES = 20


def choose(scores: HeadScores, examples: Sequence[Example]) -> Thresholds:
    """Pick the thresholds on the comments drawn at random; where they are too few, on those that customers wrote.

    Among chosen comments, and much more among invented ones, signals are more frequent than in life, some of them many
    times, and so would be said too soon.
    """
    rows, said = judged_rows(examples, least=ENOUGH), targets(examples)
    samples = np.random.default_rng(0).choice(rows, (_RESAMPLES, len(rows)))
    found = [asdict(_chosen(scores.take(sample), said[sample])) for sample in samples]
    return Thresholds(**{name: _mean([each[name] for each in found]) for name in found[0]})


def _chosen(scores: HeadScores, said: NDArray[np.bool_]) -> Thresholds:
    urgency, sentiment = said[:, places("urgency")], said[:, places("sentiment")].argmax(axis=1)
    return Thresholds(
        topics=_per_label(scores.topics, said[:, places("topics")]),
        signals=_per_label(scores.signals, said[:, places("signals")]),
        mixed=best_threshold(scores.mixed, said[:, places("mixed")][:, 0]),
        high=best_threshold(scores.urgent, np.asarray(urgency[:, HIGH:].any(axis=1)), URGENT_RECALL),
        critical=best_threshold(scores.urgency[:, CRITICAL], urgency[:, CRITICAL]),
        sign=offsets(by_sign(scores.sentiment), SIGN[sentiment]),
    )


def _mean(values: Sequence[Any]) -> Any:
    """Return the mean of numbers, or of tuples place by place."""
    mean = np.mean(values, axis=0).round(4).tolist()
    return tuple(mean) if isinstance(mean, list) else mean


def best_threshold(scores: Floats, wanted: NDArray[np.bool_], least_recall: float = 0.0) -> float:
    """Return the threshold of the best F1 among those that keep the recall; 0.5 where there is too little to learn.

    >>> best_threshold(np.array([0.1, 0.4, 0.6, 0.9] * 5), np.array([False, False, True, True] * 5))
    0.5
    """
    if wanted.sum() < _FEWEST:
        return 0.5
    order = np.argsort(-scores, kind="stable")
    sorted_scores, hits = scores[order], np.cumsum(wanted[order])
    recall = hits / wanted.sum()
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + wanted.sum())
    last_of_tie = np.append(sorted_scores[1:] != sorted_scores[:-1], True)
    best = int(np.argmax(np.where(last_of_tie & (recall >= least_recall), f1, -1.0)))
    below = sorted_scores[best + 1] if best + 1 < len(scores) else 0.0
    return round(float(sorted_scores[best] + below) / 2, 4)


def by_sign(sentiment: Floats) -> Floats:
    """Return the probabilities of negative, neutral and positive from the five steps."""
    return np.asarray(np.add.reduceat(sentiment, _FIRST_OF_SIGN, axis=1))


def favoured(probabilities: Floats, added: Sequence[float]) -> NDArray[np.int64]:
    """Return the likeliest column once the offsets are added to the log-probabilities."""
    return np.asarray((np.log(probabilities + 1e-6) + np.array(added)).argmax(axis=1))


def offsets(probabilities: Floats, wanted: NDArray[np.int64]) -> tuple[float, ...]:
    """Return the offsets of the best macro-F1, found one column at a time."""
    logs = np.log(probabilities + 1e-6)
    chosen, best = np.zeros(logs.shape[1]), _macro_f1(logs.argmax(axis=1), wanted, logs.shape[1])
    for _ in range(_ROUNDS):
        for column in range(logs.shape[1]):
            for step in _STEPS:
                tried = chosen.copy()
                tried[column] = step
                reached = _macro_f1((logs + tried).argmax(axis=1), wanted, len(tried))
                reached -= _EFFORT * abs(step)
                if reached > best:
                    chosen, best = tried, reached
    return tuple(round(float(value), 2) for value in chosen)


def _macro_f1(said: NDArray[np.int64], wanted: NDArray[np.int64], count: int) -> float:
    table = np.bincount(wanted * count + said, minlength=count * count).reshape(count, count)
    return float(np.mean(2 * np.diag(table) / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)))


def _per_label(scores: Floats, wanted: NDArray[np.bool_]) -> tuple[float, ...]:
    """Return a threshold per label; the rarer the label, the closer to the one that all share."""
    shared = best_threshold(scores.ravel(), wanted.ravel())
    found = []
    for column in range(wanted.shape[1]):
        count = int(wanted[:, column].sum())
        own = best_threshold(scores[:, column], wanted[:, column]) if count >= _FEWEST else shared
        found.append(round((count * own + _PULL * shared) / (count + _PULL), 4))
    return tuple(found)
