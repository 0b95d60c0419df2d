"""Whether a new version may go live: it must win on what both were measured on, and lose no topic on the way.

Pure: the metrics of two versions in, a verdict with its reasons out. Both must come from the same frozen comments.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlp.judging.metrics import FEW, Average

Metrics = Mapping[str, Any]
#: F1 that a head, and a single label of enough cases, may lose: less is not felt. Chance alone may take more, most of all of
#: a label, whose cases are fewer.
HEAD_LOSS = 0.005
LABEL_LOSS = 0.03
#: Share of urgent comments that may be missed on top of what is missed today.
MISSED_MORE = 0.01
#: The heads that are judged, and the F1 that says how good each is.
HEADLINES: Mapping[str, Average] = {
    "category": "macro",
    "sentiment_3": "macro",
    "topics": "micro",
    "topic_sentiment": "micro",
    "signals": "micro",
    "urgent": "micro",
}
#: Heads of which every label is looked at.
PER_LABEL = ("category", "topics", "signals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Promoted or refused, and why: what is lost when refused, what is won when promoted.

    `uncompared` says in Persian why the version in force, where there is one, could not be measured.
    """

    promoted: bool
    reasons: tuple[str, ...]
    uncompared: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """The F1 that may be lost by chance: of each label, by head, and of each head as a whole."""

    labels: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    heads: Mapping[str, float] = field(default_factory=dict)


def verdict(candidate: Metrics, current: Metrics | None, chances: Chances | None = None) -> Verdict:
    """Compare a candidate with the version in force; without one (None) it only has to be measured.

    What chance may take from a label or a head is no loss. Urgent comments are counted as they are:
    one that is missed is not made good by what chance may explain.

    >>> verdict({}, None).reasons
    ('not measured: category',)
    """
    unmeasured = [head for head in HEADLINES if head not in candidate.get("heads", {})]
    if unmeasured:
        return Verdict(promoted=False, reasons=(f"not measured: {unmeasured[0]}",))
    if current is None:
        return Verdict(promoted=True, reasons=("the first version that was measured",))
    if candidate.get("data") != current.get("data"):
        return Verdict(promoted=False, reasons=("measured on other comments than the version in force",))
    losses = tuple(_losses(candidate, current, chances or Chances()))
    if losses:
        return Verdict(promoted=False, reasons=losses)
    wins = tuple(_wins(candidate, current))
    return Verdict(promoted=bool(wins), reasons=wins or ("better at nothing",))


def _losses(candidate: Metrics, current: Metrics, chances: Chances) -> Iterator[str]:
    for head in HEADLINES:
        before, after = _headline(current, head), _headline(candidate, head)
        if after < before - max(HEAD_LOSS, chances.heads.get(head, 0.0)):
            yield f"{head}: F1 falls from {before:.3f} to {after:.3f}"
    for head in PER_LABEL:
        after, before = (metrics["heads"][head]["labels"] for metrics in (candidate, current))
        yield from _lost_labels(head, after, before, chances.labels.get(head, {}))
    before, after = (metrics["urgent"]["missed"]["value"] for metrics in (current, candidate))
    if after > before + MISSED_MORE:
        yield f"urgent: {after:.1%} missed instead of {before:.1%}"


def _lost_labels(head: str, after: Metrics, before: Metrics, chance: Mapping[str, float]) -> Iterator[str]:
    """Name every label of enough cases that falls by more than chance allows."""
    for label, was in before.items():
        if was["n"] < FEW:
            continue
        now = after[label]["f1"]["value"] if label in after else 0.0
        if now < was["f1"]["value"] - max(LABEL_LOSS, chance.get(label, 0.0)):
            yield f"{head} {label}: F1 falls from {was['f1']['value']:.3f} to {now:.3f}"


def _wins(candidate: Metrics, current: Metrics) -> Iterator[str]:
    for head in HEADLINES:
        before, after = _headline(current, head), _headline(candidate, head)
        if after > before:
            yield f"{head}: F1 rises from {before:.3f} to {after:.3f}"


def _headline(metrics: Metrics, head: str) -> float:
    return float(metrics["heads"][head][f"{HEADLINES[head]}_f1"]["value"])
