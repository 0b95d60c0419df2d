"""What people's judgement says of each label since a day: reads, rules and plain numbers."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from service.corrections import FIELDS, value_of
from service.insight import quality, suspects
from service.insight.quality import FieldLabels, Json
from service.insight.suspects import Suspect
from service.storage import Connection, corrections, review
from service.storage import feedback as stored

#: So many of the last corrections are looked through.
_AUDITED = 2_000


def per_label(conn: Connection, since: date) -> tuple[list[Json], int]:
    """Return a row per label of the comments that came since a day, and how many those are."""
    comments = review.tagged(conn, since)
    judged = (entry for row in review.corrected(conn, since) for entry in _judged(row))
    return quality.report(quality.tally(judged, review.labelled(conn, since)), comments), comments


def suspected(conn: Connection, limit: int, now: datetime) -> list[tuple[Suspect, Mapping[str, Any]]]:
    """Return the corrections that are probably wrong, each with its comment."""
    found = suspects.suspects(corrections.by_people(conn, _AUDITED), now)[:limit]
    rows = {one.line["feedback_id"]: stored.get(conn, one.line["feedback_id"]) for one in found}
    return [(one, row) for one in found if (row := rows[one.line["feedback_id"]]) is not None]


def _judged(row: Mapping[str, Any]) -> Iterator[FieldLabels]:
    for field in FIELDS:
        given, kept = (_labels(value_of(row[tags], field)) for tags in ("model_tags", "tags"))
        # what a person changed is judged already, what they left may wait for them still; what only followed a like
        # text was judged there: a text that is sent a thousand times is no thousand mistakes
        gone = [label for label in given if label not in kept]
        stayed = [label for label in given if label in kept]
        yield FieldLabels(field, gone, kept if field in row["fields"] else None)
        yield FieldLabels(field, stayed, kept if row["seen"] else None)


def _labels(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
