"""The tagger beside the usual alternatives, on the same folds: fastText, and hazm + TF-IDF + logistic regression.

A rival learns from the same comments, may tune itself on a held-out part of them, and gets the same rule for its
thresholds. It has no rules of its own, as nobody ships any with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlp import fasttext_rival, taxonomy
from nlp.crossval import Judged, join, truth
from nlp.decide import Decisions
from nlp.examples import Example, folds
from nlp.heads import Floats, HeadScores, Thresholds, columns, targets
from nlp.metrics import Interval, draws, f1_draws, interval
from nlp.normalize import normalize
from nlp.report import JUDGED_DRAW, label_names, tables
from nlp.tags import URGENCY_LEVELS
from nlp.thresholds import choose

#: Learns from examples and returns what scores texts.
Rival = Callable[[Sequence[Example], int], Callable[[Sequence[str]], HeadScores]]
_HIGH, _CRITICAL = URGENCY_LEVELS.index("high"), URGENCY_LEVELS.index("critical")
_ONE_OF_MANY = frozenset({"category", "sentiment", "sentiment_3", "urgency"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """One measure of ours and of a rival, and the paired difference."""

    measure: str
    ours: Interval
    theirs: Interval
    gain: Interval


def duel(
    ours: Judged, rivals: Mapping[str, Rival], *, k: int, seed: int, resamples: int = 1000
) -> dict[str, dict[str, Duel]]:
    """Return the duels of every head with every rival; `ours` is what `cross_validate` gave for `k` and `seed`."""
    rows = np.flatnonzero([example.draw == JUDGED_DRAW for example in ours.examples])
    rows = rows if len(rows) else np.arange(len(ours.examples))
    weights = draws(len(rows), resamples, seed)
    true = _rows(tables(truth(ours.examples)), rows)
    us = _rows(tables(ours.said), rows)
    found: dict[str, dict[str, Duel]] = {head: {} for head in label_names()}
    for name, rival in rivals.items():
        them = _rows(tables(rival_says(rival, ours.examples, k=k, seed=seed)), rows)
        for head, duels in found.items():
            duels[name] = _compare(head, us[head], them[head], true[head], weights)
    return found


def rival_says(rival: Rival, examples: Sequence[Example], *, k: int, seed: int) -> Decisions:
    """Return what a rival says of every example when trained without it, on the folds that ours had."""
    fold = folds(examples, k, seed)
    parts = []
    for number in range(k):
        test = np.flatnonzero(fold == number)
        seen = [examples[row] for row in np.flatnonzero(fold != number).tolist()]
        thresholds = _thresholds(rival, seen, seed)
        scores = rival(seen, seed)([examples[row].text for row in test.tolist()])
        parts.append((test, plainly(scores, thresholds)))
    return join(parts)


def plainly(scores: HeadScores, thresholds: Thresholds) -> Decisions:
    """Say what the probabilities say, with no rule beside them."""
    urgent = scores.urgency[:, _HIGH:].sum(axis=1) >= thresholds.high
    critical = urgent & (scores.urgency[:, _CRITICAL] >= thresholds.critical)
    calm = scores.urgency[:, :_HIGH].argmax(axis=1)
    return Decisions(
        category=scores.category.argmax(axis=1),
        sentiment=scores.sentiment.argmax(axis=1),
        mixed=scores.mixed >= thresholds.mixed,
        topics=scores.topics >= np.array(thresholds.topics),
        polarity=scores.topic_sentiment.argmax(axis=2),
        signals=scores.signals >= np.array(thresholds.signals),
        level=np.where(critical, _CRITICAL, np.where(urgent, _HIGH, calm)),
    )


def tfidf(examples: Sequence[Example], seed: int) -> Callable[[Sequence[str]], HeadScores]:
    """Normalize as hazm does, then word TF-IDF and one logistic regression per label, as most tutorials build it."""
    texts = [normalize(example.text).text for example in examples]
    vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"[^\s]+")
    matrix = vectors.fit_transform(texts)
    wanted = np.hstack([targets(examples), pair_targets(examples)])
    models = [_binary(matrix, wanted[:, column], seed) for column in range(wanted.shape[1])]

    def score(asked: Sequence[str]) -> HeadScores:
        rows = vectors.transform([normalize(text).text for text in asked])
        return assemble(np.column_stack([model(rows) for model in models]))

    return score


def pair_targets(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Return which (topic, polarity) each example has, in the order of the taxonomy."""
    pairs = [(topic, polarity) for topic in taxonomy.load().topics for polarity in taxonomy.POLARITIES]
    return np.array([[example.topics.get(t) == p for t, p in pairs] for example in examples], dtype=bool)


def assemble(odds: Floats) -> HeadScores:
    """Return scores from one probability per label of `columns()`, followed by one per (topic, polarity)."""
    heads = np.array([head for head, _ in columns()] + ["pairs"] * (odds.shape[1] - len(columns())))
    pairs = odds[:, heads == "pairs"].reshape(len(odds), -1, len(taxonomy.POLARITIES))
    return HeadScores(
        category=_shares(odds[:, heads == "category"]),
        sentiment=_shares(odds[:, heads == "sentiment"]),
        mixed=odds[:, heads == "mixed"][:, 0],
        topics=odds[:, heads == "topics"],
        topic_sentiment=_shares(pairs),
        signals=odds[:, heads == "signals"],
        urgency=_shares(odds[:, heads == "urgency"]),
    )


def fasttext(examples: Sequence[Example], seed: int) -> Callable[[Sequence[str]], HeadScores]:
    """One supervised fastText model per head, its settings chosen on a held-out part of the examples."""
    names = {head: [label for of, label in columns() if of == head] for head, _ in columns()}
    wanted = {head: targets(examples)[:, [of == head for of, _ in columns()]] for head in names}
    wanted["pairs"] = pair_targets(examples)
    texts = [normalize(example.text).text for example in examples]
    held_out = folds(examples, 5, seed) == 0
    models = {head: fasttext_rival.fit(texts, table, held_out, seed) for head, table in wanted.items()}

    def score(asked: Sequence[str]) -> HeadScores:
        lines = [normalize(text).text for text in asked]
        return assemble(np.hstack([model(lines) for model in models.values()]))

    return score


#: What `bazkhord evaluate --against` compares with.
RIVALS: Mapping[str, Rival] = {"hazm+tfidf+logreg": tfidf, "fasttext": fasttext}


def _thresholds(rival: Rival, seen: Sequence[Example], seed: int) -> Thresholds:
    part = folds(seen, 5, seed) == 0
    held_out = [example for example, out in zip(seen, part, strict=True) if out]
    rest = [example for example, out in zip(seen, part, strict=True) if not out]
    return choose(rival(rest, seed)([example.text for example in held_out]), held_out)


def _compare(
    head: str, ours: NDArray[np.bool_], theirs: NDArray[np.bool_], true: NDArray[np.bool_], weights: Floats
) -> Duel:
    macro = head in _ONE_OF_MANY
    a, b = (f1_draws(said, true, weights, few_count=True)[1 if macro else 0] for said in (ours, theirs))
    return Duel(
        measure="macro-F1" if macro else "micro-F1",
        ours=interval(a),
        theirs=interval(b),
        gain=interval(a - b),
    )


def _binary(matrix: object, wanted: NDArray[np.bool_], seed: int) -> Callable[[object], Floats]:
    if wanted.all() or not wanted.any():
        rate = float(wanted.mean())
        return lambda rows: np.full(rows.shape[0], rate)  # type: ignore[attr-defined]  # scipy ships no types
    model = LogisticRegression(C=10, solver="liblinear", random_state=seed).fit(matrix, wanted)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1])


def _shares(odds: Floats) -> Floats:
    return np.asarray(odds / np.maximum(odds.sum(axis=-1, keepdims=True), 1e-12))


def _rows(of_head: Mapping[str, NDArray[np.bool_]], rows: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    return {head: table[rows] for head, table in of_head.items()}
