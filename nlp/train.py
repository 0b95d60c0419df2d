"""Labelled comments to a bundle: fit, calibrate and choose thresholds on comments the weights have not seen."""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed
from pathlib import Path
from platform import python_version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy
from nlp.bundle import Bundle
from nlp.examples import Example, dedupe, folds, read
from nlp.features import Features
from nlp.heads import Floats, Heads, HeadScores, Thresholds
from nlp.normalize import NORMALIZER_VERSION, Normalized, normalize

#: The files of a data folder that carry full labels.
LABELLED = ("gold_train.jsonl", "invented_train.jsonl")
#: The share of high and critical comments that the threshold must catch on held-out comments.
URGENT_RECALL = 0.82
_INNER_FOLDS = 3  # calibration and thresholds are learned on so many held-out parts
_PACKAGES = ("scikit-learn", "numpy", "scipy", "joblib", "hazm")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raw:
    """Uncalibrated log-odds of held-out examples."""

    labels: Floats
    polarity: Floats


def load(data: Path) -> list[Example]:
    """Read the labelled comments of a folder, or of one JSON Lines file."""
    files = [data] if data.is_file() else [data / name for name in LABELLED if (data / name).is_file()]
    if not files:
        raise FileNotFoundError(f"{data}: none of {', '.join(LABELLED)} is there")
    return dedupe(example for file in files for example in read(file))


def fit(
    examples: Sequence[Example],
    *,
    data: Path | None = None,
    seed: int = 0,
    version: str = "0",
    without: Collection[str] = (),
) -> Bundle:
    """Learn a bundle from examples; the same examples and seed give the same bundle.

    `data` is the folder with further, weakly labelled files, of which comments with a group key in `without`
    are left out, because they are kept to judge the result.
    """
    comments = [normalize(example.text) for example in examples]
    raw = _held_out(comments, examples, _INNER_FOLDS, seed)
    heads = Heads(seed=seed).calibrate(raw.labels, examples)
    thresholds = choose(heads.scores(raw.labels, raw.polarity), examples)
    features, heads = _fit_once(comments, examples, seed)
    heads.calibrate(raw.labels, examples)
    facts = _facts(examples, thresholds, data, seed, version)
    return Bundle(features=features, heads=heads, thresholds=thresholds, facts=facts)


def choose(scores: HeadScores, examples: Sequence[Example]) -> Thresholds:
    """Pick the threshold of every label: best F1, and for urgency the best F1 that keeps `URGENT_RECALL`."""
    labels = taxonomy.load()
    urgent = np.array([example.urgency in ("high", "critical") for example in examples])
    critical = np.array([example.urgency == "critical" for example in examples])
    mixed = np.array([example.mixed for example in examples])
    return Thresholds(
        topics=tuple(
            best_threshold(scores.topics[:, column], np.array([id_ in e.topics for e in examples]))
            for column, id_ in enumerate(labels.topics)
        ),
        signals=tuple(
            best_threshold(scores.signals[:, column], np.array([name in e.signals for e in examples]))
            for column, name in enumerate(labels.signals)
        ),
        mixed=best_threshold(scores.mixed, mixed),
        high=best_threshold(scores.urgency[:, 2:].sum(axis=1), urgent, least_recall=URGENT_RECALL),
        critical=best_threshold(scores.urgency[:, 3], critical),
    )


def best_threshold(scores: Floats, wanted: NDArray[np.bool_], least_recall: float = 0.0) -> float:
    """Return the threshold of the best F1 among those that keep the recall; 0.5 where there is too little to learn.

    >>> best_threshold(np.array([0.1, 0.4, 0.6, 0.9] * 5), np.array([False, False, True, True] * 5))
    0.5
    """
    if wanted.sum() < 10:
        return 0.5
    order = np.argsort(-scores, kind="stable")
    sorted_scores, hits = scores[order], np.cumsum(wanted[order])
    recall = hits / wanted.sum()
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + wanted.sum())
    last_of_tie = np.append(sorted_scores[1:] != sorted_scores[:-1], True)
    best = int(np.argmax(np.where(last_of_tie & (recall >= least_recall), f1, -1.0)))
    below = sorted_scores[best + 1] if best + 1 < len(scores) else 0.0
    return round(float(sorted_scores[best] + below) / 2, 4)


def _held_out(comments: Sequence[Normalized], examples: Sequence[Example], k: int, seed: int) -> _Raw:
    fold = folds(examples, k, seed)
    labels: Floats | None = None
    for number in range(k):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        features, heads = _fit_once([comments[i] for i in train], [examples[i] for i in train], seed)
        raw, polarity = heads.decision(features.transform([comments[i] for i in test]))
        if labels is None:
            labels = np.zeros((len(examples), raw.shape[1]))
            polarities = np.zeros((len(examples), *polarity.shape[1:]))
        labels[test], polarities[test] = raw, polarity
    if labels is None:
        raise ValueError("at least two folds are needed")
    return _Raw(labels=labels, polarity=polarities)


def _fit_once(
    comments: Sequence[Normalized], examples: Sequence[Example], seed: int
) -> tuple[Features, Heads]:
    features = Features().fit(comments)
    return features, Heads(seed=seed).fit(features.transform(comments), examples)


def _facts(
    examples: Sequence[Example], thresholds: Thresholds, data: Path | None, seed: int, version: str
) -> dict[str, Any]:
    labels = taxonomy.load()
    return {
        "version": version,
        "taxonomy": labels.version,
        "normalizer": NORMALIZER_VERSION,
        "seed": seed,
        "labels": {
            "category": list(labels.categories),
            "sentiment": list(labels.sentiments),
            "topics": list(labels.topics),
            "signals": list(labels.signals),
            "urgency": list(labels.urgency),
        },
        "thresholds": asdict(thresholds),
        "data": fingerprint(examples, data),
        "packages": {"python": python_version()} | {name: installed(name) for name in _PACKAGES},
    }


def fingerprint(examples: Sequence[Example], data: Path | None = None) -> dict[str, Any]:
    """Return what was learned from, without a word of it: counts, and a hash of ids, texts and labels."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr(example).encode())
    files = sorted(data.glob("*.jsonl")) if data and data.is_dir() else []
    return {
        "sha256": digest.hexdigest(),
        "examples": len(examples),
        "domains": dict(sorted(Counter(example.domain for example in examples).items())),
        "draws": dict(sorted(Counter(example.draw or "invented" for example in examples).items())),
        "files": [file.name for file in files if file.name in LABELLED],
    }
