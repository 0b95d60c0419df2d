"""Topic sentiment clause by clause: «غذا عالی بود ولی پیک بی‌ادب» praises one topic and blames the other.

Each topic is judged in the clause that speaks of it most, beside the whole comment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp import scope
from nlp.labels import HeadScores, shares
from nlp.normalize import Normalized

#: Comments that hardly praise and blame at once are not cut: it would cost time and change nothing.
_MIXED_FROM = 0.1
_WEIGHT = 0.45  # of the clause, beside the whole comment; chosen by cross-validation
_KEPT = 0.6  # what the clause takes from the whole comment
_SURE = 0.5  # a clause this likely to speak of the topic counts fully


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """The clauses of comments that may be mixed, each with the row of its comment."""

    texts: tuple[str, ...]
    owner: NDArray[np.int64]


def cut(comments: Sequence[Normalized], scores: HeadScores) -> Clauses:
    """Return the clauses of every comment that has several and may be mixed."""
    texts: list[str] = []
    owner: list[int] = []
    for row in np.flatnonzero(scores.mixed >= _MIXED_FROM).tolist():
        text = comments[row].text
        found = scope.clauses(text)
        if len(found) > 1:
            texts += [text[clause.start : clause.end] for clause in found]
            owner += [row] * len(found)
    return Clauses(texts=tuple(texts), owner=np.array(owner, dtype=np.int64))


def refined(scores: HeadScores, clauses: Clauses, said: HeadScores) -> HeadScores:
    """Return the scores with topic sentiments drawn towards the clause of each topic."""
    whole = np.log(scores.topic_sentiment + 1e-6)
    topics = np.arange(whole.shape[1])
    for row in np.unique(clauses.owner).tolist():
        mine = np.flatnonzero(clauses.owner == row)
        best = mine[said.topics[mine].argmax(axis=0)]
        weight = _WEIGHT * np.clip(said.topics[best, topics] / _SURE, 0.0, 1.0)[:, None]
        clause = np.log(said.topic_sentiment[best, topics] + 1e-6)
        whole[row] = (1.0 - _KEPT * weight) * whole[row] + weight * clause
    return replace(scores, topic_sentiment=shares(np.exp(whole)))
