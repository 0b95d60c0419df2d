"""How good the tags are, as people's corrections tell it: per label coverage, accepted, corrected, accuracy. Pure.

A tag counts as accepted once a person finished the ticket it stood on, or looked at it in review, and left it alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from service.rules.topics import is_own
from service.trends import wilson

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


def tally(
    judged: Iterable[tuple[str, Iterable[str], Iterable[str] | None]],
    left_alone: Iterable[tuple[str, str, int, int]] = (),
) -> list[Judged]:
    """Count labels: per comment and field the labels it was tagged with, and those a person left, None unless judged.

    `left_alone` are comments whose labels nobody changed, counted already: field, label, how many, how many judged.
    A label that a person added is no mistake of that label's tags, but of coverage; it is not counted here.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    for field, label, n, accepted in left_alone:
        count = counts.setdefault((field, label), [0, 0, 0])
        count[0] += n
        count[1] += accepted
    for field, before, after in judged:
        kept = None if after is None else set(after)
        for label in set(before):
            count = counts.setdefault((field, label), [0, 0, 0])
            count[0] += 1
            if kept is not None:
                count[1 if label in kept else 2] += 1
    return [
        Judged(field=field, label=label, tagged=count[0], accepted=count[1], corrected=count[2])
        for (field, label), count in sorted(counts.items())
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
