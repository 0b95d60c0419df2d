"""Counting from packed facts: one row for each comment of a scope and each topic it speaks of, as columns of numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from service.feedback import DETRACTOR, PROMOTER
from service.storage import packing
from service.storage.insight_tables import WHOLE
from service.storage.packing import NO_SCORE, NONE, Flags, Ints, Names, Records
from service.storage.rollups import URGENT
from service.storage.scope import Scope

#: A table of sums with more cells than this is mostly empty: those that are there are looked for by sorting.
_CELLS = 5_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a scope, in columns of the same length: comments as a whole first, then what they speak of.

    `row` is the place of the comment in all `parts` together, `topic` a number of `names`, `NONE` for the comment
    itself.
    """

    parts: Sequence[Records]
    row: Ints
    topic: Ints
    polarity: Ints
    names: Names

    def of(self, column: str) -> Ints:
        """Return what the comment of each fact has."""
        whole = np.concatenate([part.comments[column] for part in self.parts])
        return whole.take(self.row).astype(np.int64)

    def only(self, kept: Flags) -> "Facts":
        """Return some of the facts."""
        return Facts(self.parts, self.row[kept], self.topic[kept], self.polarity[kept], self.names)

    @property
    def whole(self) -> "Facts":
        """The comments themselves."""
        return self.only(self.topic == NONE)

    @property
    def spoken(self) -> "Facts":
        """What they speak of."""
        return self.only(self.topic != NONE)

    def called(self, numbers: Iterable[int]) -> dict[int, str]:
        """Return what numbers stand for; a comment itself is `WHOLE`."""
        return self.names.values([number for number in numbers if number != NONE]) | {NONE: WHOLE}


def facts_of(conn: sa.Connection, scope: Scope) -> Facts:
    """Return the facts of a scope; comments themselves are there whatever `topics` says."""
    parts, names = packing.read(conn, *scope.days)
    wanted = {column: names.numbers([value]).get(value, -1) for column, value in scope.texts.items()}
    if scope.words is not None:
        parts = scope.words.within(conn, parts)
    inside = [part.only(_inside(part, scope, wanted)) for part in parts]
    topics = None if scope.topics is None else list(names.numbers(scope.topics).values())
    return _facts(inside, topics, names)


def _facts(parts: Sequence[Records], topics: Sequence[int] | None, names: Names) -> Facts:
    sizes = [len(part.comments) for part in parts]
    said = [part.mentions for part in parts]
    first = np.repeat(np.cumsum([0, *sizes[:-1]]), [len(mentions) for mentions in said])
    row = first + np.concatenate([mentions["row"] for mentions in said])
    topic = np.concatenate([mentions["topic"] for mentions in said])
    polarity = np.concatenate([mentions["polarity"] for mentions in said])
    asked = slice(None) if topics is None else np.isin(topic, topics)
    whole = [part.comments["polarity"] for part in parts]
    return Facts(
        parts,
        np.concatenate([np.arange(sum(sizes)), row[asked]]),
        np.concatenate([np.full(sum(sizes), NONE), topic[asked]]),
        np.concatenate([*whole, polarity[asked]]),
        names,
    )


def sums(facts: Facts, names: Sequence[str]) -> dict[str, NDArray[np.float64] | None]:
    """Return what every fact adds to the sums of these names (see `rollups.SUMS`); None stands for one each."""
    return {name: None if name == "n" else _adds(facts, name).astype(np.float64) for name in names}


def grouped(
    keys: Sequence[Ints], added: Mapping[str, NDArray[np.float64] | None]
) -> tuple[list[Ints], dict[str, Ints]]:
    """Add up by several columns at once: return the combinations that there are, column by column, and their sums."""
    dense = [_dense(key) for key in keys]
    sizes = [len(values) for values, _ in dense]
    cells = int(np.prod(sizes, dtype=np.float64))
    if cells == 0:
        return [np.empty(0, np.int64) for _ in keys], {name: np.empty(0, np.int64) for name in added}
    cell = np.ravel_multi_index([places for _, places in dense], sizes)
    used, cell = _dense(cell) if cells <= _CELLS else np.unique(cell, return_inverse=True)
    found = {name: np.bincount(cell, weights=values) for name, values in added.items()}
    which = np.unravel_index(used, sizes)
    return (
        [values[place] for (values, _), place in zip(dense, which, strict=True)],
        {name: np.rint(values).astype(np.int64) for name, values in found.items()},
    )


def _inside(part: Records, scope: Scope, wanted: Mapping[str, int]) -> Flags:
    own = part.comments
    first, end = scope.days
    kept = (own["day"] >= first) & (own["day"] < end)
    for column, number in wanted.items():
        kept &= own[column] == number
    return kept


def _adds(facts: Facts, name: str) -> Ints | Flags:
    if name in ("negative", "positive"):
        return np.asarray(facts.polarity < 0 if name == "negative" else facts.polarity > 0)
    if name == "urgent":
        return np.isin(facts.of("urgency"), list(facts.names.numbers(URGENT).values()))
    if name in ("untouched", "accepted"):
        is_seen = facts.of("seen") >= int(name == "accepted")
        return np.asarray((facts.of("corrected") == 0) & is_seen)
    column, what = name.split("_")
    score = facts.of(column)
    is_there = score != NO_SCORE
    added: dict[str, Ints | Flags] = {
        "n": is_there,
        "sum": np.where(is_there, score, 0),
        "promoters": score >= PROMOTER,
        "detractors": is_there & (score <= DETRACTOR),
    }
    return added[what]


def _dense(column: Ints) -> tuple[Ints, Ints]:
    """Return the values of a column in order, and for each row which of them it has; none is negative."""
    first = int(column.min()) if len(column) else 0
    is_there = np.bincount(column - first) > 0
    return np.flatnonzero(is_there) + first, (np.cumsum(is_there) - 1)[column - first]
