"""What the insight pages read, row by row."""

from typing import NamedTuple


class Labelled(NamedTuple):
    """How many comments one version of the model gave a label; of kind `ALL` the label is the topic."""

    version: str
    kind: str
    value: str
    topic: str
    n: int


class Hourly(NamedTuple):
    """How often a topic was spoken of in one hour of the day, all days together."""

    topic: str
    hour: int
    n: int
    negative: int
    positive: int
    urgent: int


class Scored(NamedTuple):
    """Comments that carry a score, and what they speak of; `is_cut` says that earlier ones were left out."""

    scores: list[tuple[int, int]]  # (seq, score)
    mentions: list[tuple[int, str, int]]  # (seq, topic, polarity)
    is_cut: bool
