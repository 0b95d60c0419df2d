"""The tagger beside the usual alternatives, on the same folds: fastText, and hazm + TF-IDF + logistic regression.

A rival learns from the same labelled comments, gets the same rule for its thresholds, and may tune itself on a
held-out part of what it learns from. It has no rules of its own, as nobody ships any with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from nlp import decide, taxonomy
from nlp.decide import Decisions
from nlp.examples import Example, folds, judged_rows, splits
from nlp.judging import fasttext_rival
from nlp.judging.metrics import FEW, Average, Interval, draws, f1_draws, interval
from nlp.judging.plain_rival import Plain
from nlp.judging.report import tables
from nlp.labels import Floats, HeadScores, Thresholds, columns, places, polarities, targets
from nlp.learning.crossval import Judged, truth
from nlp.normalize import hazm_form, normalize
from nlp.tags import CRITICAL, HIGH
from nlp.thresholds import choose

Score = Callable[[Sequence[str]], HeadScores]
#: Learns from examples, with a seed, and returns what scores texts.
Rival = Callable[[Sequence[Example], int], Score]
#: Chooses the settings of a rival on examples that it may learn from.
Tune = Callable[[Sequence[Example], int], Rival]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is compared: the F1 of one head; its macro mean is over all labels, or over those with `FEW` cases."""

    head: str
    average: Average
    few_count: bool = True

    @property
    def name(self) -> str:
        """What the measure is called on the card."""
        return f"{self.average}-F1" if self.few_count else f"{self.average}-F1 (n >= {FEW})"


MEASURES: Mapping[str, Measure] = {
    "category": Measure(head="category", average="macro"),
    "sentiment": Measure(head="sentiment", average="macro"),
    "sentiment_3": Measure(head="sentiment_3", average="macro"),
    "mixed": Measure(head="mixed", average="micro"),
    "topics": Measure(head="topics", average="micro"),
    f"topics, n >= {FEW}": Measure(head="topics", average="macro", few_count=False),
    "topic_sentiment": Measure(head="topic_sentiment", average="micro"),
    "signals": Measure(head="signals", average="micro"),
    "urgency": Measure(head="urgency", average="macro"),
    "urgent": Measure(head="urgent", average="micro"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """One measure of ours and of a rival, and the paired difference."""

    measure: str
    ours: Interval
    theirs: Interval
    gain: Interval


def duel(
    ours: Judged, rivals: Mapping[str, Tune], *, k: int, seed: int, resamples: int = 1000
) -> dict[str, dict[str, Duel]]:
    """Return the duels of every measure with every rival; `ours` is what `cross_validate` gave for `k` and `seed`."""
    rows = judged_rows(ours.examples)
    weights = draws(len(rows), resamples, seed)
    true, us = _rows(tables(truth(ours.examples)), rows), _rows(tables(ours.said), rows)
    found: dict[str, dict[str, Duel]] = {name: {} for name in MEASURES}
    for name, tune in rivals.items():
        said = rival_says(tune, ours.examples, k=k, seed=seed)
        them = _rows(tables(said), rows)
        for measure, duels in found.items():
            head = MEASURES[measure].head
            duels[name] = _compare(MEASURES[measure], us[head], them[head], true[head], weights)
    return found


def rival_says(tune: Tune, examples: Sequence[Example], *, k: int, seed: int) -> Decisions:
    """Return what a rival says of every example when trained without it, on the folds that ours had.

    It is tuned once, on what it learns from in the first fold. Its thresholds for a fold are chosen on what it
    said, unseen, of the other folds, as ours are.
    """
    fold = folds(examples, k, seed)
    rival = tune([examples[row] for row in np.flatnonzero(fold != 0).tolist()], seed)
    scored = Parallel()(delayed(_scored)(rival, examples, fold, seed, number) for number in range(k))
    whole = HeadScores.joined([(test, said) for (_, test), said in zip(splits(fold), scored, strict=True)])
    parts = []
    for others, test in splits(fold):
        thresholds = choose(whole.take(others), [examples[row] for row in others.tolist()])
        parts.append((test, plainly(whole.take(test), thresholds)))
    return Decisions.joined(parts)


def plainly(scores: HeadScores, thresholds: Thresholds) -> Decisions:
    """Say what the probabilities say, with no rule beside them."""
    urgent = scores.urgent >= thresholds.high
    critical = urgent & (scores.urgency[:, CRITICAL] >= thresholds.critical)
    calm = scores.urgency[:, :HIGH].argmax(axis=1)
    return Decisions(
        category=scores.category.argmax(axis=1),
        sentiment=decide.sentiment(scores.sentiment, thresholds.sign),
        mixed=scores.mixed >= thresholds.mixed,
        topics=scores.topics >= np.array(thresholds.topics),
        polarity=scores.topic_sentiment.argmax(axis=2),
        signals=scores.signals >= np.array(thresholds.signals),
        level=np.where(critical, CRITICAL, np.where(urgent, HIGH, calm)),
    )


def tfidf(examples: Sequence[Example], seed: int) -> Score:
    """Learn the pipeline that tutorials build: see `Plain`."""
    plain = Plain([example.text for example in examples], [_wanted(examples)], hazm_form, seed)
    return lambda asked: assemble(plain.shared(asked)[0])


def tune_fasttext(examples: Sequence[Example], seed: int) -> Rival:
    """Choose fastText's settings on a held-out part of the examples."""
    held_out = folds(examples, 5, seed) == 0
    texts = [normalize(example.text).text for example in examples]
    return partial(_fasttext, fasttext_rival.tuned(texts, _wanted(examples), held_out, seed))


def _fasttext(settings: fasttext_rival.Settings, examples: Sequence[Example], seed: int) -> Score:
    texts = [normalize(example.text).text for example in examples]
    model = fasttext_rival.learn(texts, _wanted(examples), settings, seed)
    return lambda asked: assemble(model([normalize(text).text for text in asked]))


#: What `bazkhord evaluate --against` compares with.
RIVALS: Mapping[str, Tune] = {"hazm+tfidf+logreg": lambda _, __: tfidf, "fasttext": tune_fasttext}


def assemble(odds: Floats) -> HeadScores:
    """Return scores from one probability per label of `columns()`, followed by one per (topic, polarity)."""
    moods = odds[:, len(columns()) :].reshape(len(odds), -1, len(taxonomy.POLARITIES))
    return HeadScores(
        category=_shares(odds[:, places("category")]),
        sentiment=_shares(odds[:, places("sentiment")]),
        mixed=odds[:, places("mixed")][:, 0],
        topics=odds[:, places("topics")],
        topic_sentiment=_shares(moods),
        signals=odds[:, places("signals")],
        urgency=_shares(odds[:, places("urgency")]),
    )


def _wanted(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Return what is true of each example: `columns()`, then every (topic, polarity)."""
    moods = polarities(examples)[:, :, None] == np.arange(len(taxonomy.POLARITIES))
    return np.hstack([targets(examples), moods.reshape(len(examples), -1)])


def _scored(
    rival: Rival, examples: Sequence[Example], fold: NDArray[np.int64], seed: int, number: int
) -> HeadScores:
    """Let a rival learn from all folds but one and score that one."""
    seen = [examples[row] for row in np.flatnonzero(fold != number).tolist()]
    with threadpool_limits(1):
        return rival(seen, seed)([examples[row].text for row in np.flatnonzero(fold == number).tolist()])


def _compare(
    measure: Measure,
    ours: NDArray[np.bool_],
    theirs: NDArray[np.bool_],
    true: NDArray[np.bool_],
    weights: Floats,
) -> Duel:
    us, them = (
        f1_draws(said, true, weights, few_count=measure.few_count).of(measure.average)
        for said in (ours, theirs)
    )
    return Duel(measure=measure.name, ours=interval(us), theirs=interval(them), gain=interval(us - them))


def _shares(odds: Floats) -> Floats:
    return np.asarray(odds / np.maximum(odds.sum(axis=-1, keepdims=True), 1e-12))


def _rows(of_head: Mapping[str, NDArray[np.bool_]], rows: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    return {head: table[rows] for head, table in of_head.items()}
