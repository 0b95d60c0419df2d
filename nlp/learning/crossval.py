"""What models say of comments they have not seen: grouped and stratified folds, each with models of its own.

Blend and thresholds, too, learn anew for every fold, from those of the other folds. What they hear of the other folds
comes from models that had seen this one; to spare them that as well would take a cross-validation within each fold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from nlp.bundle import Bundle
from nlp.decide import Decisions, decide
from nlp.examples import Example, judged_rows, splits
from nlp.labels import HeadScores, Thresholds, places, polarities, targets, trade_one_hot
from nlp.learning.perturb import Change
from nlp.learning.polling import Blends, Polled, unseen_scores
from nlp.normalize import normalize
from nlp.taxonomy import POLARITIES
from nlp.thresholds import choose
from nlp.votes import Votes

Variants = Mapping[str, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Examples with what was said of them; `variants` holds the same for the perturbed texts.

    `told` is what is said when each comment's trade is told, where that was asked.
    """

    examples: tuple[Example, ...]
    scores: HeadScores
    said: Decisions
    thresholds: tuple[Thresholds, ...]
    variants: Mapping[str, Decisions] = field(default_factory=dict)
    told: Decisions | None = None

    def drawn(self) -> "Judged":
        """Return the part on which rates are read: see `judged_rows`."""
        rows = judged_rows(self.examples)
        return replace(
            self,
            examples=tuple(self.examples[row] for row in rows),
            scores=self.scores.take(rows),
            said=self.said.take(rows),
            variants={name: said.take(rows) for name, said in self.variants.items()},
            told=self.told.take(rows) if self.told else None,
        )


def cross_validate(polled: Polled, variants: Variants | None = None) -> Judged:
    """Judge every example by models that have seen neither it nor its near-duplicates.

    `variants` are judged on the `judged_rows`.
    """
    with threadpool_limits(1):  # many tiny steps: threads would only wait for each other
        plain = judged(polled, polled.votes, polled.blends)
        return replace(plain, variants=_varied(polled, plain, variants or {}))


def judged(polled: Polled, votes: Votes, learned: Blends) -> Judged:
    """Say what the votes mean for each fold, with the blend and thresholds that were learned on the other folds."""
    examples, scores = polled.examples, unseen_scores(votes, learned)
    told = unseen_scores(votes, learned, trade_one_hot([example.domain for example in examples]))
    thresholds, parts, told_parts = [], [], []
    for others, test in splits(polled.fold, polled.known):
        thresholds.append(choose(scores.take(others), [examples[row] for row in others.tolist()]))
        comments = [polled.comments[row] for row in test.tolist()]
        parts.append((test, decide(comments, scores.take(test), thresholds[-1])))
        told_parts.append((test, decide(comments, told.take(test), thresholds[-1])))
    return Judged(
        examples=tuple(examples),
        scores=scores,
        said=Decisions.joined(parts),
        thresholds=tuple(thresholds),
        told=Decisions.joined(told_parts),
    )


def _varied(polled: Polled, plain: Judged, variants: Variants) -> dict[str, Decisions]:
    """Let the heads of each fold speak of its texts as each variant changes them."""
    seed = polled.projection.seed
    parts: dict[str, list[tuple[NDArray[np.int64], Decisions]]] = {name: [] for name in variants}
    for (test, blend), heads, thresholds in zip(polled.blends, polled.heads, plain.thresholds, strict=True):
        heads.blend_ = blend
        bundle = Bundle(features=polled.features, heads=heads, thresholds=thresholds, facts={})
        tested, said = [plain.examples[row] for row in test.tolist()], plain.said.take(test)
        for name, change in variants.items():
            parts[name].append((test, _perturbed(bundle, tested, said, change, seed)))
    return {name: Decisions.joined(each) for name, each in parts.items()}


def judge(
    bundle: Bundle, examples: Sequence[Example], variants: Variants | None = None, seed: int = 0
) -> Judged:
    """Let one bundle speak of examples as they are, and of the `judged_rows` also perturbed."""
    scores, said = _said(bundle, [example.text for example in examples])
    return Judged(
        examples=tuple(examples),
        scores=scores,
        said=said,
        thresholds=(bundle.thresholds,),
        variants={
            name: _perturbed(bundle, examples, said, change, seed)
            for name, change in (variants or {}).items()
        },
    )


def _perturbed(
    bundle: Bundle, examples: Sequence[Example], said: Decisions, change: Change, seed: int
) -> Decisions:
    """Return what is said when the judged texts are changed; what a change leaves alone is not asked again."""
    changed = {row: change(examples[row].text, seed) for row in judged_rows(examples).tolist()}
    rows = np.array([row for row, text in changed.items() if text != examples[row].text], dtype=np.int64)
    if not len(rows):
        return said
    anew = _said(bundle, [changed[row] for row in rows.tolist()])[1]
    rest = np.setdiff1d(np.arange(len(examples)), rows)
    return Decisions.joined([(rest, said.take(rest)), (rows, anew)])


def truth(examples: Sequence[Example]) -> Decisions:
    """Return the labels of the examples in the shape of decisions."""
    true, moods = targets(examples), polarities(examples)
    return Decisions(
        category=true[:, places("category")].argmax(axis=1),
        sentiment=true[:, places("sentiment")].argmax(axis=1),
        mixed=true[:, places("mixed")][:, 0],
        topics=true[:, places("topics")],
        polarity=np.where(moods < 0, POLARITIES.index("neutral"), moods),
        signals=true[:, places("signals")],
        level=true[:, places("urgency")].argmax(axis=1),
    )


def _said(bundle: Bundle, texts: Sequence[str]) -> tuple[HeadScores, Decisions]:
    comments = [normalize(text) for text in texts]
    scores = bundle.score(comments)
    return scores, decide(comments, scores, bundle.thresholds)
