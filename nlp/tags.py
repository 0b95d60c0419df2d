"""What the tagger says of one comment: frozen values, and the JSON every door returns.

Offsets are code points of the original text: `original[span.start:span.end] == span.text`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

#: The day that «فردا» is counted from: one for all comments, or one for each.
Days = date | Sequence[date | None] | None
Level = Literal["high", "medium", "low"]
UrgencyLevel = Literal["none", "normal", "high", "critical"]
URGENCY_LEVELS: tuple[UrgencyLevel, ...] = ("none", "normal", "high", "critical")
#: Where the levels stand that ask for haste: everything from `HIGH` on is urgent.
HIGH, CRITICAL = URGENCY_LEVELS.index("high"), URGENCY_LEVELS.index("critical")


def each_day(now: Days, count: int) -> tuple[date | None, ...]:
    """Return the day of each of so many comments."""
    return tuple(now) if isinstance(now, Sequence) else (now,) * count


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words of the original text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The language of the comment (BCP 47, `und` when unknown) and whether it is tagged."""

    code: str
    supported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A label that was nearly given, with its calibrated probability."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """What kind of comment this is, with a calibrated probability, and what else it may be, the likeliest first.

    Tags that were stored by an earlier version, and those that a person said, have no `alternatives`.
    """

    label: str
    confidence: float
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """The overall attitude: a five-step label and a score in [-1, 1]."""

    label: str
    score: float
    confidence: float
    mixed: bool
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTag:
    """A topic that is spoken of, how, and the words that say so."""

    id: str
    label_fa: str
    label_en: str
    confidence: float
    level: Level
    sentiment: str
    touchpoint: str | None
    factor: str | None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something explicit in the text that a support lead wants to know."""

    name: str
    confidence: float
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One named contribution to the urgency score."""

    signal: str
    points: int
    text_fa: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """How soon the company must act, on a scale of 0 to 100, and why."""

    level: UrgencyLevel
    score: int
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A value read from the text: an amount, a date, a duration, an order number."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pii:
    """Where personal data stands; never the data itself."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """A field left empty on purpose, and the stable reason for it."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelId:
    """What produced these tags."""

    version: str
    taxonomy: str
    normalizer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """Everything said of one comment. `category` and `sentiment` are None when abstained."""

    language: Language
    category: Category | None
    sentiment: Sentiment | None
    topics: tuple[TopicTag, ...]
    signals: tuple[Signal, ...]
    urgency: Urgency
    entities: tuple[Entity, ...]
    pii: tuple[Pii, ...]
    needs_review: bool
    abstained: tuple[Abstention, ...]
    model: ModelId

    def to_json(self) -> dict[str, Any]:
        """Return the tags as plain JSON values, in the field order of the contract."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    """Return the fields as `dataclasses.asdict` does, without copying what is frozen anyway: four times as fast."""
    if isinstance(value, str | float | int) or value is None:
        return value
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return {name: _plain(getattr(value, name)) for name in value.__slots__}
