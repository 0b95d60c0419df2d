"""What people's judgement says of each label since a day: reads, rules and plain numbers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from service import quality
from service.corrections import FIELDS, value_of
from service.quality import Quality
from service.storage import Connection, review

#: A field of which every comment has one label, or none where the model abstained.
_ONE_LABEL = "urgency"


def per_label(conn: Connection, since: datetime) -> tuple[list[Quality], int]:
    """Return a row per label of the comments that came since a moment, and how many those are."""
    left_alone, changed = review.labelled(conn, since), review.corrected(conn, since)
    comments = len(changed) + sum(n for field, _, _, n in left_alone if field == _ONE_LABEL)
    known = ((field, label, seen, n) for field, label, seen, n in left_alone if label is not None)
    judged = (entry for row in changed for entry in _judged(row))
    return quality.report(quality.tally(judged, known), comments), comments


def _judged(row: Mapping[str, Any]) -> Iterator[tuple[str, list[str], list[str] | None]]:
    for field in FIELDS:
        left = _labels(value_of(row["tags"], field)) if row["seen"] else None
        yield field, _labels(value_of(row["model_tags"], field)), left


def _labels(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
