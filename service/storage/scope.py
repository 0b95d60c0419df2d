"""What an insight is narrowed to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import sqlalchemy as sa

from service.period import Period
from service.storage.packing import Flags, Ints, Records
from service.storage.rollups import SEGMENTS
from service.storage.words import spoken_in


class Words:
    """Beginnings of words that a comment must all have; looked up once for all periods of a question."""

    def __init__(self, terms: tuple[str, ...]) -> None:
        self.terms = terms
        self._since: int | None = None
        self._seqs = np.empty(0, dtype=np.int64)
        self._within: dict[Records, Records] = {}

    @classmethod
    def of(cls, terms: tuple[str, ...] | None) -> "Words | None":
        """Return None when no words are asked for; a question without any word finds nothing."""
        return None if terms is None else cls(terms)

    def within(self, conn: sa.Connection, parts: Sequence[Records]) -> list[Records]:
        """Return the comments that have them; a part that was asked for before is not looked through again."""
        new = [part for part in parts if part not in self._within]
        first = min((int(part.comments["seq"][0]) for part in new if len(part.comments)), default=None)
        seqs = self._seqs if first is None else self.seqs(conn, first)
        self._within |= {part: part.only(_among(part.comments["seq"], seqs)) for part in new}
        return [self._within[part] for part in parts]

    def seqs(self, conn: sa.Connection, since: int) -> Ints:
        """Return the numbers of the comments that have them, in order: of all from `since` on, perhaps of more."""
        if self._since is None or since < self._since:
            more = spoken_in(conn, self.terms, since, self._since)
            self._seqs = np.concatenate([more, self._seqs])
            self._since = since
        return self._seqs


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an insight is narrowed to; None means everything. `topics` is what a touchpoint or a team comes down to."""

    period: Period
    channel: str | None = None
    product: str | None = None
    branch: str | None = None
    tier: str | None = None
    urgency: str | None = None
    topics: tuple[str, ...] | None = None
    words: Words | None = field(default=None, compare=False)
    version: str | None = None

    def over(self, period: Period) -> "Scope":
        """Return the same scope in another period."""
        return replace(self, period=period)

    @property
    def narrowed(self) -> dict[str, str]:
        """The segments it is narrowed to."""
        return {name: value for name, value in self.texts.items() if name in SEGMENTS}

    @property
    def texts(self) -> dict[str, str]:
        """What the comments themselves must have."""
        told = {name: getattr(self, name) for name in (*SEGMENTS, "urgency", "version")}
        return {name: value for name, value in told.items() if value is not None}

    @property
    def days(self) -> tuple[int, int]:
        """The first day, and the one after the last, as facts keep them."""
        return self.period.since.toordinal(), self.period.until.toordinal()


def _among(numbers: Ints, others: Ints) -> Flags:
    """Tell which of numbers in order are among others in order."""
    found = np.zeros(len(numbers), dtype=bool)
    if len(numbers):
        first, last = np.searchsorted(others, [numbers[0], numbers[-1] + 1])
        near = others[first:last]
        places = np.searchsorted(numbers, near)
        found[places[numbers[places] == near]] = True
    return found
