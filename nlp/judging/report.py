"""How right the tagger is: every head, label by label, with intervals, on comments it has not seen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from nlp import taxonomy
from nlp.decide import Decisions
from nlp.judging.gate import Chances
from nlp.judging.metrics import (
    FEW,
    UNKNOWN,
    Average,
    Bools,
    Floats,
    HeadResult,
    Interval,
    calibration_error,
    conformal_bound,
    counts,
    draws,
    f1,
    head_lost_by_chance,
    head_result,
    interval,
    lost_by_chance,
    reliability,
    wilson,
)
from nlp.labels import SENTIMENTS, SIGN, HeadScores
from nlp.learning.crossval import Judged, truth
from nlp.tags import HIGH, URGENCY_LEVELS

RESAMPLES = 1000
_PAIRS = 400  # resamples that tell how far two judges differ by chance
#: Heads whose macro-F1 is over all labels; the others leave out labels with too few cases.
_ONE_OF = frozenset({"category", "sentiment", "sentiment_3", "urgency", "urgent", "mixed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """How well a head does over all its labels."""

    micro_f1: Interval
    macro_f1: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """High or critical at the shipped threshold: what is caught, what is missed, how many alarms are false."""

    n: int
    precision: Interval
    recall: Interval
    f1: Interval
    missed: Interval  # share of true high or critical comments that the threshold misses
    bound: float  # split-conformal: the next urgent comment is missed with at most this probability
    curve: tuple[tuple[float, float, float], ...]  # (threshold, precision, recall) of the probability alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How far confidence is from truth: over all decisions of a head, and over the tags that are shown."""

    ece: float
    ece_shown: float
    plot: tuple[tuple[float, float, int], ...]  # (mean confidence, share right, n) of all, by tenths


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that `bazkhord evaluate` measures; `to_json` is `metrics.json`."""

    examples: int
    judged: int
    folds: int
    seed: int
    heads: Mapping[str, HeadResult]
    told: Mapping[str, Overall]  # the same heads when the trade of each comment is told, where that was asked
    urgent: Urgent
    calibration: Mapping[str, Calibration]
    robustness: Mapping[str, Mapping[str, float]]  # points of macro-F1 lost, by perturbation and head

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)


def report(judged: Judged, *, folds: int, seed: int = 0, resamples: int = RESAMPLES) -> Report:
    """Measure what was said of unseen examples; rates are read from the `judged_rows`."""
    part = judged.drawn()
    true = truth(part.examples)
    weights = draws(len(part.examples), resamples, seed)
    heads = results(part.said, true, weights)
    return Report(
        examples=len(judged.examples),
        judged=len(part.examples),
        folds=folds,
        seed=seed,
        heads=heads,
        told=_overall(results(part.told, true, weights)) if part.told else {},
        urgent=_urgent(part.scores, part.said, true, weights),
        calibration=_calibration(part.scores, part.said, true),
        robustness={
            name: {
                head: _lost(heads[head], result) for head, result in results(said, true, weights[:1]).items()
            }
            for name, said in part.variants.items()
        },
    )


def _overall(heads: Mapping[str, HeadResult]) -> dict[str, Overall]:
    return {name: Overall(micro_f1=head.micro_f1, macro_f1=head.macro_f1) for name, head in heads.items()}


def chances(
    before: Judged, after: Judged, per_label: Sequence[str], headlines: Mapping[str, Average]
) -> Chances:
    """Return the F1 that may be lost by chance from one judge to another of the same examples.

    That is asked of each label of the heads in `per_label`, and of the heads in `headlines` as wholes.
    """
    was, now = before.drawn(), after.drawn()
    weights = draws(len(was.examples), _PAIRS, 0)
    old, new, true = tables(was.said), tables(now.said), tables(truth(was.examples))
    labels = sum(int((true[head].sum(axis=0) >= FEW).sum()) for head in per_label)
    of_labels = {
        head: lost_by_chance(old[head], new[head], true[head], weights, labels) for head in per_label
    }
    of_heads = {
        head: head_lost_by_chance(
            old[head],
            new[head],
            true[head],
            weights,
            len(headlines),
            average=average,
            few_count=head in _ONE_OF,
        )
        for head, average in headlines.items()
    }
    named = label_names()
    return Chances(
        labels={head: dict(zip(named[head], lost.tolist(), strict=True)) for head, lost in of_labels.items()},
        heads=of_heads,
    )


def results(said: Decisions, true: Decisions, weights: Floats) -> dict[str, HeadResult]:
    """Return the result of every head, each as a table of label decisions."""
    told, right = tables(said), tables(true)
    return {
        head: head_result(names, told[head], right[head], weights, few_count=head in _ONE_OF)
        for head, names in label_names().items()
    }


def label_names() -> dict[str, list[str]]:
    """Return the labels of every judged head, in the column order of `tables`."""
    labels = taxonomy.load()
    return {
        "category": list(labels.categories),
        "sentiment": list(SENTIMENTS),
        "sentiment_3": list(taxonomy.POLARITIES),
        "mixed": ["mixed"],
        "topics": list(labels.topics),
        "topic_sentiment": [
            f"{topic}:{polarity}" for topic in labels.topics for polarity in taxonomy.POLARITIES
        ],
        "signals": list(labels.signals),
        "urgency": list(URGENCY_LEVELS),
        "urgent": ["high_or_critical"],
    }


def tables(said: Decisions) -> dict[str, Bools]:
    """Return decisions as one table of yes and no per head: (comments, labels)."""
    pairs = said.topics[:, :, None] & (said.polarity[:, :, None] == np.arange(len(taxonomy.POLARITIES)))
    return {
        "category": said.category[:, None] == np.arange(len(taxonomy.load().categories)),
        "sentiment": said.sentiment[:, None] == np.arange(len(SENTIMENTS)),
        "sentiment_3": SIGN[said.sentiment][:, None] == np.arange(3),
        "mixed": said.mixed[:, None],
        "topics": said.topics,
        "topic_sentiment": pairs.reshape(len(pairs), -1),
        "signals": said.signals,
        "urgency": said.level[:, None] == np.arange(len(URGENCY_LEVELS)),
        "urgent": (said.level >= HIGH)[:, None],
    }


def _urgent(scores: HeadScores, said: Decisions, true: Decisions, weights: Floats) -> Urgent:
    told, right = said.level >= HIGH, true.level >= HIGH
    counted = counts(weights, told[:, None], right[:, None])
    hits, alarms, misses = counted[..., 0]
    return Urgent(
        n=int(right.sum()),
        precision=interval(hits / np.maximum(hits + alarms, 1e-12)) if told.any() else UNKNOWN,
        recall=interval(hits / np.maximum(hits + misses, 1e-12)) if right.any() else UNKNOWN,
        f1=interval(f1(counted)[:, 0]) if (told | right).any() else UNKNOWN,
        missed=wilson(int((right & ~told).sum()), int(right.sum())),
        bound=conformal_bound(int((right & ~told).sum()), int(right.sum())),
        curve=tuple(_curve(scores.urgent, right)),
    )


def _curve(probability: Floats, right: Bools) -> Iterator[tuple[float, float, float]]:
    """Yield what every twentieth of the probability would catch, and how often it would be right."""
    for least in np.arange(0.05, 1.0, 0.05):
        told = probability >= least
        hits = int((told & right).sum())
        yield (
            round(float(least), 2),
            round(hits / max(int(told.sum()), 1), 4),
            round(hits / max(int(right.sum()), 1), 4),
        )


def _calibration(scores: HeadScores, said: Decisions, true: Decisions) -> dict[str, Calibration]:
    rows = np.arange(len(true.category))
    told, right = tables(said), tables(true)
    return {
        "category": _chosen(scores.category[rows, said.category], said.category == true.category),
        "sentiment": _chosen(scores.sentiment[rows, said.sentiment], said.sentiment == true.sentiment),
        "mixed": _labels(scores.mixed[:, None], told["mixed"], right["mixed"]),
        "topics": _labels(scores.topics, told["topics"], right["topics"]),
        "topic_sentiment": _moods(scores.topic_sentiment, said, true),
        "signals": _labels(scores.signals, told["signals"], right["signals"]),
        "urgency": _labels(scores.urgent[:, None], told["urgent"], right["urgent"]),
    }


def _chosen(confidence: Floats, right: Bools) -> Calibration:
    """Calibration of a head that always says exactly one label."""
    error = calibration_error(confidence, right)
    return Calibration(ece=error, ece_shown=error, plot=tuple(reliability(confidence, right)))


def _moods(scores: Floats, said: Decisions, true: Decisions) -> Calibration:
    """Calibration of the sentiments of true topics, and of those that are shown; a topic shown wrongly has no true one."""
    likeliest, shown = scores[true.topics], true.topics & said.topics
    every = _chosen(likeliest.max(axis=1), likeliest.argmax(axis=1) == true.polarity[true.topics])
    mood, confidence = said.polarity[shown], scores[shown]
    told = confidence[np.arange(len(mood)), mood]
    return replace(every, ece_shown=calibration_error(told, mood == true.polarity[shown]))


def _labels(scores: Floats, told: Bools, right: Bools) -> Calibration:
    """Calibration of yes/no labels: the mean over labels, and over what is said."""
    each = [calibration_error(scores[:, column], right[:, column]) for column in range(scores.shape[1])]
    return Calibration(
        ece=round(float(np.mean(each)), 4),
        ece_shown=calibration_error(scores[told], right[told]),
        plot=tuple(reliability(scores.ravel(), right.ravel())),
    )


def _lost(before: HeadResult, after: HeadResult) -> float:
    """Return the points of macro-F1 lost."""
    return round(100 * (before.macro_f1.value - after.macro_f1.value), 2)
