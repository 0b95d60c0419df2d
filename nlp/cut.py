"""Comments and the clauses they are made of: «غذا عالی بود ولی پیک بی‌ادب» praises one topic and blames the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from nlp import scope
from nlp.scope import Clause


@dataclass(frozen=True, slots=True)
class Cut:
    """Normalized texts, and the clauses of those that have several, in order."""

    texts: Sequence[str]
    clauses: Sequence[Clause] = ()
    owner: Sequence[int] = ()  # the text of each clause
    side: Sequence[int] = ()  # of the contrast on which each clause stands
    aside: Sequence[bool] = ()  # what each clause tells of others, of elsewhere or of former days

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Cut the texts."""
        clauses: list[Clause] = []
        owner: list[int] = []
        side: list[int] = []
        aside: list[bool] = []
        for row, text in enumerate(texts):
            found = scope.clauses(text)
            if len(found) > 1:
                clauses += found
                owner += [row] * len(found)
                side += scope.sides(text, found)
                aside += scope.asides(text, found)
        return cls(texts, clauses, owner, side, aside)

    def __len__(self) -> int:
        """How many pieces there are: texts, and behind them clauses."""
        return len(self.texts) + len(self.clauses)
