"""The label sets and their names: one frozen value, read from `taxonomy.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlp.errors import UserError
from nlp.tags import Level

#: Confidence from which a label is shown as high or medium to people, unless it sets its own.
LEVELS = (0.80, 0.55)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label and the name a person reads."""

    id: str
    fa: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Label):
    """A topic, the point of the customer's journey it belongs to and the team that owns it; the taxonomy's have all three."""

    touchpoint: str | None
    factor: str | None
    queue: str | None
    levels: Sequence[float] = LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """Every label a tag can carry, in the order that head outputs use, and the trades that a company can be of."""

    version: str
    trades: Mapping[str, Label]
    categories: Mapping[str, Label]
    sentiments: Mapping[str, Label]
    urgency: Mapping[str, Label]
    signals: Mapping[str, Label]
    topics: Mapping[str, Topic]

    @property
    def fields(self) -> Mapping[str, Mapping[str, Label]]:
        """The labels of each field of the tags, by its name there."""
        return {
            "category": self.categories,
            "sentiment": self.sentiments,
            "topics": self.topics,
            "signals": self.signals,
            "urgency": self.urgency,
        }


#: The polarity of one topic, in the order that head outputs use.
POLARITIES = ("negative", "neutral", "positive")


@cache
def load() -> Taxonomy:
    """Read the taxonomy.

    >>> load().topics["courier"].fa
    'پیک'
    """
    raw = tomllib.loads(Path(__file__).with_name("taxonomy.toml").read_text(encoding="utf-8"))
    return Taxonomy(
        version=raw["version"],
        trades=_labels(raw["trades"]),
        categories=_labels(raw["categories"]),
        sentiments=_labels(raw["sentiments"]),
        urgency=_labels(raw["urgency"]),
        signals=_labels(raw["signals"]),
        topics={id_: Topic(id=id_, **fields) for id_, fields in raw["topics"].items()},
    )


def level(confidence: float, levels: Sequence[float] = LEVELS) -> Level:
    """Return a confidence as people read it.

    >>> level(0.97), level(0.6), level(0.3)
    ('high', 'medium', 'low')
    """
    high, medium = levels
    return "high" if confidence >= high else "medium" if confidence >= medium else "low"


def checked_trade(id_: str | None) -> str | None:
    """Return the id of a trade, or none when nobody told it; `UserError` names those that there are.

    >>> checked_trade("hotel"), checked_trade("")
    ('hotel', None)
    """
    known = load().trades
    if id_ and id_ not in known:
        raise UserError(f"{id_}: no such trade; there are {', '.join(known)}")
    return id_ or None


def _labels(raw: dict[str, dict[str, str]]) -> dict[str, Label]:
    return {id_: Label(id=id_, **fields) for id_, fields in raw.items()}
