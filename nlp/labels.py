"""The shape of what the heads say: columns, targets, probabilities and thresholds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy
from nlp.examples import Example
from nlp.tags import HIGH

Floats = NDArray[np.float64]
SENTIMENTS = ("very_negative", "negative", "neutral", "positive", "very_positive")
#: Which of negative, neutral and positive a sentiment belongs to.
SIGN = np.array([0, 0, 1, 2, 2])
#: Log-odds beyond this are certainty already; it keeps the exponentials finite.
LIMIT = 30.0


class PerComment:
    """A dataclass that holds something for each of n comments in every field."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Return what is held for some of the comments."""
        return type(self)(**{name: _picked(getattr(self, name), rows) for name in self.__dataclass_fields__})

    @classmethod
    def joined(cls, parts: Sequence[tuple[NDArray[np.int64], Self]]) -> Self:
        """Put parts (their row numbers first) together in the order of the rows."""
        order = np.argsort(np.concatenate([rows for rows, _ in parts]))
        each = {name: [getattr(part, name) for _, part in parts] for name in cls.__dataclass_fields__}
        return cls(**{name: _picked(_stacked(values), order) for name, values in each.items()})


def _picked(values: Any, rows: NDArray[np.int64]) -> Any:
    """Return the values of some comments; what is known of none stays empty."""
    if isinstance(values, np.ndarray):
        return values[rows]
    return tuple(values[row] for row in rows) if values else ()


def _stacked(parts: Sequence[Any]) -> Any:
    return np.concatenate(parts) if isinstance(parts[0], np.ndarray) else tuple(chain(*parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadScores(PerComment):
    """Calibrated probabilities of n comments, in the label order of the taxonomy."""

    category: Floats  # (n, 5)
    sentiment: Floats  # (n, 5), very negative first
    mixed: Floats  # (n,)
    topics: Floats  # (n, 23)
    topic_sentiment: Floats  # (n, 23, 3), in the order of taxonomy.POLARITIES
    signals: Floats  # (n, 14)
    urgency: Floats  # (n, 4)

    @property
    def urgent(self) -> Floats:
        """The probability (n,) of high or critical."""
        return np.asarray(self.urgency[:, HIGH:].sum(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The probability from which a label is said, chosen on held-out comments.

    `sign` (negative, neutral, positive) is added to the log-probabilities before the likeliest is said: neutral
    would otherwise hardly win.
    """

    topics: tuple[float, ...]
    signals: tuple[float, ...]
    mixed: float
    high: float  # probability of high or critical urgency
    critical: float
    sign: tuple[float, ...] = (0.0,) * 3


@cache
def columns() -> tuple[tuple[str, str], ...]:
    """Return (head, label) of every column of the weight matrix but those of topic sentiment."""
    labels = taxonomy.load()
    return (
        *(("category", id_) for id_ in labels.categories),
        *(("sentiment", id_) for id_ in SENTIMENTS),
        ("mixed", "mixed"),
        *(("topics", id_) for id_ in labels.topics),
        *(("signals", name) for name in labels.signals),
        *(("urgency", level) for level in labels.urgency),
    )


@cache
def places(head: str) -> slice:
    """Return where the columns of a head stand."""
    found = [place for place, (name, _) in enumerate(columns()) if name == head]
    return slice(found[0], found[-1] + 1)


def trade_one_hot(trades: Sequence[str | None]) -> Floats:
    """Return a row for each trade with a mark in its column: (n, trades); none where it is not one of the taxonomy's.

    >>> trade_one_hot(["hotel", None]).sum(axis=1).tolist()
    [1.0, 0.0]
    """
    return np.array([[trade == known for known in taxonomy.load().trades] for trade in trades], dtype=float)


def targets(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """Return what is true of each example, one column per entry of `columns()`."""
    of_head: dict[str, Callable[[Example, str], bool]] = {
        "category": lambda example, label: example.category == label,
        "sentiment": lambda example, label: SENTIMENTS[example.sentiment + 2] == label,
        "mixed": lambda example, _: example.mixed,
        "topics": lambda example, label: label in example.topics,
        "signals": lambda example, label: label in example.signals,
        "urgency": lambda example, label: example.urgency == label,
    }
    asked = [(of_head[head], label) for head, label in columns()]
    table = [[ask(example, label) for ask, label in asked] for example in examples]
    return np.array(table, dtype=bool).reshape(len(examples), len(columns()))


def polarities(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Return the index in `taxonomy.POLARITIES` of every topic (n, 23), -1 where it is not spoken of."""
    topics = list(taxonomy.load().topics)
    found = np.full((len(examples), len(topics)), -1, dtype=np.int64)
    for row, example in enumerate(examples):
        for topic, polarity in example.topics.items():
            found[row, topics.index(topic)] = taxonomy.POLARITIES.index(polarity)
    return found


def sigmoid(odds: Floats) -> Floats:
    """Return log-odds as probabilities."""
    return np.asarray(1.0 / (1.0 + np.exp(-clipped(odds, LIMIT))))


def clipped(odds: Floats, limit: float) -> Floats:
    """Return log-odds of at most a limit, on either side: as `np.clip` does, which is slow on few."""
    return np.asarray(np.minimum(np.maximum(odds, -limit), limit))
