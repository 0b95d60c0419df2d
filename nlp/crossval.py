"""What models say of comments they have not seen: grouped and stratified folds, each with a model of its own.

Each fold repeats everything that `train.fit` does (columns, weights, calibration, thresholds), so that no figure
is flattered by a choice made on the judged comments.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import train
from nlp.bundle import Bundle
from nlp.decide import Decisions, decide
from nlp.examples import Example, folds, group_key
from nlp.heads import SENTIMENTS, HeadScores, Thresholds
from nlp.normalize import normalize
from nlp.tags import URGENCY_LEVELS
from nlp.taxonomy import POLARITIES
from nlp.taxonomy import load as load_taxonomy

Variants = Mapping[str, Callable[[str, int], str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Examples with what was said of them; `variants` holds the same for the perturbed texts."""

    examples: tuple[Example, ...]
    scores: HeadScores
    said: Decisions
    thresholds: tuple[Thresholds, ...]
    variants: Mapping[str, Decisions] = field(default_factory=dict)

    def only(self, draw: str) -> "Judged":
        """Return the part of one draw, or everything when no example is of that draw."""
        rows = np.flatnonzero([example.draw == draw for example in self.examples])
        if not len(rows):
            return self
        return Judged(
            examples=tuple(self.examples[row] for row in rows),
            scores=self.scores.take(rows),
            said=take(self.said, rows),
            thresholds=self.thresholds,
            variants={name: take(said, rows) for name, said in self.variants.items()},
        )


def cross_validate(
    examples: Sequence[Example],
    *,
    data: Path | None = None,
    k: int = 5,
    seed: int = 0,
    variants: Variants | None = None,
    after_fold: Callable[[], None] = lambda: None,
) -> Judged:
    """Judge every example with a model that has seen neither it nor its near-duplicates."""
    fold = folds(examples, k, seed)
    parts = []
    for number in range(k):
        test = np.flatnonzero(fold == number)
        seen = [examples[row] for row in np.flatnonzero(fold != number).tolist()]
        held_out = [examples[row] for row in test.tolist()]
        keys = frozenset(group_key(example.text) for example in held_out)
        bundle = train.fit(seen, data=data, seed=seed, without=keys)
        parts.append((test, judge(bundle, held_out, variants or {}, seed)))
        after_fold()
    return _joined(examples, parts)


def judge(
    bundle: Bundle, examples: Sequence[Example], variants: Variants | None = None, seed: int = 0
) -> Judged:
    """Let one bundle speak of examples, as they are and perturbed."""
    scores, said = _said(bundle, [example.text for example in examples])
    return Judged(
        examples=tuple(examples),
        scores=scores,
        said=said,
        thresholds=(bundle.thresholds,),
        variants={
            name: _said(bundle, [change(example.text, seed) for example in examples])[1]
            for name, change in (variants or {}).items()
        },
    )


def truth(examples: Sequence[Example]) -> Decisions:
    """Return the labels of the examples in the shape of decisions."""
    labels = load_taxonomy()
    category, topics = list(labels.categories), list(labels.topics)
    polarity = np.full((len(examples), len(topics)), POLARITIES.index("neutral"), dtype=np.int64)
    for row, example in enumerate(examples):
        for topic, name in example.topics.items():
            polarity[row, topics.index(topic)] = POLARITIES.index(name)
    return Decisions(
        category=np.array([category.index(example.category) for example in examples], dtype=np.int64),
        sentiment=np.array(
            [example.sentiment + len(SENTIMENTS) // 2 for example in examples], dtype=np.int64
        ),
        mixed=np.array([example.mixed for example in examples], dtype=bool),
        topics=_table(examples, topics, lambda example, id_: id_ in example.topics),
        polarity=polarity,
        signals=_table(examples, list(labels.signals), lambda example, name: name in example.signals),
        level=np.array([list(URGENCY_LEVELS).index(e.urgency) for e in examples], dtype=np.int64),  # type: ignore[arg-type]  # checked by examples.read
    )


def take(said: Decisions, rows: NDArray[np.int64]) -> Decisions:
    """Return the decisions of some comments."""
    parts: dict[str, object] = {}
    for each in fields(Decisions):
        value = getattr(said, each.name)
        parts[each.name] = (
            value[rows] if isinstance(value, np.ndarray) else tuple(value[row] for row in rows if value)
        )
    return Decisions(**parts)  # type: ignore[arg-type]  # the same fields with the same types


def join(parts: Sequence[tuple[NDArray[np.int64], Decisions]]) -> Decisions:
    """Put the decisions of the folds back into the order of the examples."""
    order = np.argsort(np.concatenate([rows for rows, _ in parts]))
    whole: dict[str, object] = {}
    for each in fields(Decisions):
        values = [getattr(said, each.name) for _, said in parts]
        if isinstance(values[0], np.ndarray):
            whole[each.name] = np.concatenate(values)[order]
        else:
            chained = [item for value in values for item in value]
            whole[each.name] = tuple(chained[row] for row in order if chained)
    return Decisions(**whole)  # type: ignore[arg-type]  # the same fields with the same types


def _joined(examples: Sequence[Example], parts: Sequence[tuple[NDArray[np.int64], Judged]]) -> Judged:
    order = np.argsort(np.concatenate([rows for rows, _ in parts]))
    scores = {
        each.name: np.concatenate([getattr(part.scores, each.name) for _, part in parts])[order]
        for each in fields(HeadScores)
    }
    return Judged(
        examples=tuple(examples),
        scores=HeadScores(**scores),
        said=join([(rows, part.said) for rows, part in parts]),
        thresholds=tuple(least for _, part in parts for least in part.thresholds),
        variants={
            name: join([(rows, part.variants[name]) for rows, part in parts]) for name in parts[0][1].variants
        },
    )


def _said(bundle: Bundle, texts: Sequence[str]) -> tuple[HeadScores, Decisions]:
    comments = [normalize(text) for text in texts]
    scores = bundle.score(comments)
    return scores, decide(comments, scores, bundle.thresholds)


def _table(
    examples: Sequence[Example], labels: Sequence[str], has: Callable[[Example, str], bool]
) -> NDArray[np.bool_]:
    table = [[has(example, label) for label in labels] for example in examples]
    return np.array(table, dtype=bool).reshape(len(examples), len(labels))
