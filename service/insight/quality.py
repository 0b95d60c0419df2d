"""How good the tags are, as people's corrections tell it: per label coverage, accepted, corrected, accuracy. Pure.

A tag counts as accepted once a person finished the ticket it stood on, or looked at it in review, and left it alone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from nlp.proportions import wilson
from service.rules.topics import is_own

Json = dict[str, Any]
#: Below this many judged comments an accuracy is an anecdote.
ENOUGH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What happened to one label of one field: how many comments got it, and what people made of it."""

    field: str
    label: str
    tagged: int
    accepted: int
    corrected: int


class FieldLabels(NamedTuple):
    """Labels that one field of one comment got, and those of them that a person left; None unless one judged them."""

    field: str
    labels: Sequence[str]
    left: Sequence[str] | None


class Untouched(NamedTuple):
    """How many comments have a label that nobody changed, and on how many a person accepted it so."""

    field: str
    label: str
    n: int
    accepted: int


def report(tallies: Sequence[Judged], comments: int) -> list[Json]:
    """Return a row per label, the least certain first within each field; `comments` is how many were tagged at all.

    Accuracy and its interval are None while nobody judged a label.
    """
    rows = [
        {
            "field": one.field,
            "label": one.label,
            "tagged": one.tagged,
            "coverage": one.tagged / comments if comments else 0.0,
            "accepted": one.accepted,
            "corrected": one.corrected,
            **_accuracy(one.accepted, one.accepted + one.corrected),
        }
        for one in tallies
    ]
    return sorted(
        rows, key=lambda row: (row["field"], row["interval"][0] if row["interval"] else 2.0, row["label"])
    )


def tally(changed: Iterable[FieldLabels], unchanged: Iterable[Untouched] = ()) -> list[Judged]:
    """Count what happened to each label: of comments one by one, and of those that nobody changed, counted already.

    A label that a person added is no mistake of that label's tags, but of coverage; it is not counted here.
    """
    tagged: Counter[tuple[str, str]] = Counter()
    accepted: Counter[tuple[str, str]] = Counter()
    for one in unchanged:
        tagged[one.field, one.label] += one.n
        accepted[one.field, one.label] += one.accepted
    corrected: Counter[tuple[str, str]] = Counter()
    for given in changed:
        for label in set(given.labels):
            tagged[given.field, label] += 1
            if given.left is not None:
                (accepted if label in given.left else corrected)[given.field, label] += 1
    return [
        Judged(field=key[0], label=key[1], tagged=n, accepted=accepted[key], corrected=corrected[key])
        for key, n in sorted(tagged.items())
    ]


def overall(rows: Sequence[Json]) -> Json:
    """Return per field how many tags of the model people judged and the share they left alone, with its interval.

    Own topics have their rows; how good the model is they do not tell.
    """
    found: Json = {}
    for field in dict.fromkeys(row["field"] for row in rows):
        said = [row for row in rows if row["field"] == field and not is_own(row["label"])]
        accepted = sum(row["accepted"] for row in said)
        judged = accepted + sum(row["corrected"] for row in said)
        found[field] = {"judged": judged, **_accuracy(accepted, judged)}
    return found


def _accuracy(accepted: int, judged: int) -> Json:
    return {
        "accuracy": accepted / judged if judged else None,
        "interval": list(wilson(accepted, judged)) if judged else None,
        "enough_data": judged >= ENOUGH,
    }
