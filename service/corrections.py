"""What a person says a tag should have been, and the tags that follow from it. Pure: no clock, no database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from nlp import taxonomy
from nlp.urgency import BANDS
from service.feedback import fingerprint
from service.rules import topics
from service.search import likeness

Field = Literal["category", "sentiment", "topics", "signals", "urgency"]
FIELDS: tuple[Field, ...] = get_args(Field)
#: What a level of urgency that a person gave is told by, among the signals.
BY_PERSON = "correction"
_REASON = "سطح فوریت را همکار تعیین کرد"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One field and what it should be: a label, for topics a mapping of topic to sentiment, for signals their names in order."""

    field: Field
    value: Any


def mistakes(correction: Correction) -> list[str]:
    """Return where a correction names what the taxonomy does not know: `category`, or `topics.weather`, `signals.rain` for each."""
    known = topics.labels().fields[correction.field]
    if correction.field == "topics":
        return [
            f"topics.{name}"
            for name, mood in correction.value.items()
            if name not in known or mood not in taxonomy.POLARITIES
        ]
    if correction.field == "signals":
        return [f"signals.{name}" for name in correction.value if name not in known]
    return [] if correction.value in known else [correction.field]


def text_hash(text: str) -> str:
    """Return what near-identical comments have in common."""
    return fingerprint(likeness(text))


def followed(said: Mapping[str, Mapping[str, Any]]) -> list[Correction]:
    """Return what stands for a text, as corrections of its tags."""
    return [Correction(field=field, value=said[field]["after"]) for field in FIELDS if field in said]


def taken_over(said: Mapping[str, Mapping[str, Any]]) -> list[Correction]:
    """Return what another comment takes over now of what stands for its text: no topic that was archived meanwhile."""
    return [
        replace(one, value=topics.living(one.value)) if one.field == "topics" else one
        for one in followed(said)
    ]


def value_of(tags: Mapping[str, Any], field: Field) -> Any:
    """Return what tags say of a field, in the form a correction has."""
    if field == "topics":
        return {topic["id"]: topic["sentiment"] for topic in tags["topics"]}
    if field == "signals":
        return sorted(signal["name"] for signal in tags["signals"])
    if field == "urgency":
        return tags["urgency"]["level"]
    said = tags[field]
    return said and said["label"]


def corrected(tags: Mapping[str, Any], corrections: Sequence[Correction]) -> dict[str, Any]:
    """Return tags in which every corrected field says what a person said, with full confidence."""
    told = dict(tags)
    for correction in corrections:
        told[correction.field] = _SAYS[correction.field](tags, correction.value)
    if corrections:
        names = {correction.field for correction in corrections}
        told["abstained"] = [item for item in tags["abstained"] if item["field"] not in names]
        told["needs_review"] = False
    return told


def _sentiment(tags: Mapping[str, Any], label: str) -> dict[str, Any]:
    """A mood keeps the words that prove it, and none that proved another."""
    was = tags["sentiment"] or {"label": None, "mixed": False, "spans": []}
    spans = was["spans"] if was["label"] == label else []
    steps = list(taxonomy.load().sentiments)
    score = steps.index(label) / (len(steps) - 1) * 2 - 1
    return {**was, "label": label, "score": score, "confidence": 1.0, "spans": spans}


def _topics(tags: Mapping[str, Any], wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """Topics the model had found keep the words that prove them."""
    labels = topics.labels().topics
    found = {topic["id"]: topic["spans"] for topic in tags["topics"]}
    return [topics.certain(labels[name], mood, found.get(name, [])) for name, mood in wanted.items()]


def _signals(tags: Mapping[str, Any], wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Signals the model had heard keep the words that prove them."""
    heard = {signal["name"]: signal["spans"] for signal in tags["signals"]}
    return [{"name": name, "confidence": 1.0, "spans": heard.get(name, [])} for name in wanted]


def _urgency(tags: Mapping[str, Any], level: str) -> dict[str, Any]:
    low, high = next(band for name, band in BANDS.items() if name == level)
    was = tags["urgency"]
    score = min(max(was["score"], low), high)
    reason = {"signal": BY_PERSON, "points": score - was["score"], "text_fa": _REASON}
    return {"level": level, "score": score, "reasons": [*was["reasons"], reason]}


_SAYS: Mapping[Field, Callable[[Mapping[str, Any], Any], Any]] = {
    "category": lambda _, label: {"label": label, "confidence": 1.0},
    "sentiment": _sentiment,
    "topics": _topics,
    "signals": _signals,
    "urgency": _urgency,
}
