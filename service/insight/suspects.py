"""Corrections that are probably wrong, the most suspicious first. Pure.

The idea is that of confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in
Dataset Labels", 2021): a model that never saw a label, and is sure of another one, is more often right than the label.
Here it is the version that tagged the comment when it came, and could not have been taught what was said of it since;
its probabilities are calibrated. Beside it stand people who said different things of texts that say the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.rules.topics import is_own

#: A model less sure of another label than this says nothing against a person.
SURE = 0.9
#: Who corrects a comment also says that its tags are right now: that is no second look, one that comes later is.
LATER = timedelta(hours=1)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A standing correction that may be wrong, what the model was sure of instead, and what others said of the same text."""

    line: Row
    model_said: Any  # in the form a correction has; None where the model was not sure
    confidence: float | None
    others: tuple[Row, ...]

    @property
    def doubt(self) -> float:
        """How much speaks against it: each person more than a model."""
        return len({line["actor"] for line in self.others}) + (self.confidence or 0.0)


def suspects(lines: Iterable[Row], now: datetime) -> list[Suspect]:
    """Return which of these corrections may be wrong; they all stand, were made by people and come oldest first.

    A line tells the `model_tags` of its comment and when somebody looked at it last (`reviewed_at`). Of several
    corrections of one tag the newest counts; one that was looked at again is kept.
    """
    in_force: dict[tuple[str, str], Row] = {}
    alike: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for line in lines:
        in_force[line["feedback_id"], line["field"]] = line
        alike[line["text_hash"] or line["feedback_id"], line["field"]].append(line)
    found = []
    for line in in_force.values():
        near = alike[line["text_hash"] or line["feedback_id"], line["field"]]
        one = _suspected(line, near)
        if one.doubt and not _is_settled(line, now):
            found.append(one)
    return sorted(found, key=lambda one: (-one.doubt, one.line["id"]))


def _is_settled(line: Row, now: datetime) -> bool:
    looked = line["reviewed_at"]
    return now < line["at"] + LATER or (looked is not None and looked >= line["at"] + LATER)


def _suspected(line: Row, near: Sequence[Row]) -> Suspect:
    said, confidence = _model(line["model_tags"], line["field"], line["after"])
    is_sure = confidence >= SURE
    others = (other for other in near if other["actor"] != line["actor"] and other["after"] != line["after"])
    return Suspect(
        line=line,
        model_said=said if is_sure else None,
        confidence=confidence if is_sure else None,
        others=tuple(others),
    )


def _model(tags: Mapping[str, Any] | None, field: str, after: Any) -> tuple[Any, float]:
    """Return what the model said instead of a correction, and how sure it was; of urgency it tells no confidence.

    Of topics and signals it is the surest one that the correction does not have: of one that it adds nothing was told, and one of the
    company's own is found by its query.
    """
    if tags is None or field == "urgency":
        return None, 0.0
    if field == "topics":
        denied = [topic for topic in tags["topics"] if topic["id"] not in after and not is_own(topic["id"])]
        surest = max(denied, key=lambda topic: float(topic["confidence"]), default=None)
        return ({}, 0.0) if surest is None else ({surest["id"]: surest["sentiment"]}, surest["confidence"])
    if field == "signals":
        heard = {signal["name"]: float(signal["confidence"]) for signal in tags["signals"]}
        name = max((name for name in heard if name not in after), key=heard.__getitem__, default=None)
        return ([], 0.0) if name is None else ([name], heard[name])
    said = tags[field]
    return (None, 0.0) if said is None or said["label"] == after else (said["label"], said["confidence"])
