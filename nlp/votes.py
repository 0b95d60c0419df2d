"""What each model says of comments, uncalibrated, and of the clause in which it says so most."""

from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nlp.labels import Floats

TOPICS = 23
#: Columns of category, sentiment and mixed: the mood in which something is said.
MOODS = 11

#: Who votes, in this order; of a topic's polarity only the first two.
MODELS = ("linear", "student", "network")
_OF_POLARITY = 2

#: What is told of the course of a comment: the mood of its first and its last clause, the least of each mood in any,
#: and the mean over the clauses that claim something of here and now.
COURSE = 4

Rows = NDArray[np.int64]


class Votes:
    """What each model said of n comments.

    `labels` (n, models, labels), `polarity` (n, models, 23, 3) and `mood` (n, 23, moods), the votes for category,
    sentiment and mixed where a topic is spoken of; `course` (n, COURSE, moods), how these change from clause to clause:
    those of the whole comment until clauses are `heard`.
    """

    def __init__(
        self, labels: Floats, polarity: Floats, mood: Floats | None = None, course: Floats | None = None
    ) -> None:
        self.labels = labels
        self.polarity = polarity
        whole = labels[:, :, :MOODS].reshape(len(labels), 1, labels.shape[1] * MOODS)
        self.mood = np.repeat(whole, TOPICS, axis=1) if mood is None else mood
        self.course = np.repeat(whole, COURSE, axis=1) if course is None else course

    @cached_property
    def mean(self) -> Floats:
        """The mean vote for every label: (n, labels)."""
        return np.asarray(self.labels.mean(axis=1))

    @cached_property
    def everything(self) -> Floats:
        """All votes on each comment, side by side, and how its mood runs from clause to clause: (n, inputs)."""
        return np.hstack([each.reshape(len(each), -1) for each in (self.labels, self.course)])

    def take(self, rows: Rows | slice) -> "Votes":
        """Return the votes on some of the comments."""
        return Votes(self.labels[rows], self.polarity[rows], self.mood[rows], self.course[rows])

    def only(self, models: Collection[str], *, clauses: bool = True) -> "Votes":
        """Return what some of `MODELS` say, once heard; without the `clauses`, of the comments as a whole."""
        kept = [place for place, name in enumerate(MODELS) if name in models]
        hearings, shape = self.labels.shape[1] // len(MODELS), self.labels.shape
        labels = self.labels.reshape(shape[0], hearings, len(MODELS), shape[2])
        polarity = self.polarity.reshape(shape[0], -1, _OF_POLARITY, TOPICS, 3)
        mood = self.mood.reshape(shape[0], TOPICS, -1, len(MODELS), MOODS)
        course = self.course.reshape(shape[0], COURSE, len(MODELS), MOODS)
        heard = slice(None) if clauses else slice(0, 1)
        told = [place for place in kept if place < _OF_POLARITY]
        return Votes(
            labels[:, heard, kept].reshape(shape[0], -1, shape[2]),
            polarity[:, heard, told].reshape(shape[0], -1, TOPICS, 3),
            mood[:, :, heard, kept].reshape(shape[0], TOPICS, -1),
            course[:, :, kept].reshape(shape[0], COURSE, -1) if clauses else None,
        )

    @classmethod
    def joined(cls, parts: Sequence[tuple[Rows, "Votes"]]) -> "Votes":
        """Put votes on parts (their row numbers first) together in the order of the rows."""
        order = np.argsort(np.concatenate([rows for rows, _ in parts]))
        return cls.stacked([votes for _, votes in parts]).take(order)

    @classmethod
    def stacked(cls, parts: Sequence["Votes"]) -> "Votes":
        """Put votes on successive comments one behind the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([votes.labels for votes in parts]),
            np.concatenate([votes.polarity for votes in parts]),
            np.concatenate([votes.mood for votes in parts]),
            np.concatenate([votes.course for votes in parts]),
        )

    def heard(self, clauses: "Votes", owner: Rows, side: Rows, aside: Rows) -> "Votes":
        """Add the votes on the clauses that the rows `owner` were cut into.

        A label counts where it is said most. A topic is judged in the clause that speaks of it most, and beside the
        clauses on the other `side` of a contrast. What is told `aside` (1) is claimed of others or of former days. A
        comment that was not cut is its own clause.
        """
        labels, polarity, mood = self.labels.copy(), self.polarity.copy(), self.mood.copy()
        course = self.course.copy()
        across = np.zeros_like(mood)
        if len(owner):
            first = np.flatnonzero(owner != np.concatenate([[-1], owner[:-1]]))
            rows, many = owner[first], np.concatenate([first[1:], [len(owner)]]) - first
            best = _loudest(clauses.labels[:, :, MOODS : MOODS + TOPICS].sum(axis=1), first, many)
            topics = np.arange(TOPICS)
            labels[rows] = np.maximum.reduceat(clauses.labels, first, axis=0)
            polarity[rows] = clauses.polarity[best, :, topics].transpose(0, 2, 1, 3)
            mood[rows] = clauses.mood[best, topics]
            means, both = _by_side(clauses.mood[:, 0], side, many)
            across[rows[both]] = means[both.nonzero()[0][:, None], 1 - side[best[both]]]
            course[rows] = _course(clauses.mood[:, 0], aside, first, many)
        return Votes(
            np.concatenate([self.labels, labels], axis=1),
            np.concatenate([self.polarity, polarity], axis=1),
            np.concatenate([self.mood, mood, across], axis=2),
            course,
        )


def _loudest(spoken: Floats, first: Rows, many: Rows) -> Rows:
    """Return (comments, topics): the first of the clauses of each comment that speaks of a topic most."""
    most = np.repeat(np.maximum.reduceat(spoken, first, axis=0), many, axis=0)
    places = np.where(spoken == most, np.arange(len(spoken))[:, None], len(spoken))
    return np.asarray(np.minimum.reduceat(places, first, axis=0))


def _course(mood: Floats, aside: Rows, first: Rows, many: Rows) -> Floats:
    """Return how the mood of the clauses of each comment runs: (comments, COURSE, moods)."""
    only_aside = np.minimum.reduceat(aside, first)
    claims = 1 - aside + np.repeat(only_aside, many)  # where all is told aside, all is heard
    claimed = np.add.reduceat(mood * claims[:, None], first) / np.add.reduceat(claims, first)[:, None]
    least = np.minimum.reduceat(mood, first)
    return np.stack([mood[first], mood[first + many - 1], least, claimed], axis=1)


def _by_side(mood: Floats, side: Rows, many: Rows) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the mean mood on either side of each comment (comments, 2, moods), and which have both sides."""
    place = 2 * np.repeat(np.arange(len(many)), many) + side
    sums, counts = np.zeros((2 * len(many), mood.shape[1])), np.bincount(place, minlength=2 * len(many))
    np.add.at(sums, place, mood)
    means = sums / np.maximum(counts, 1)[:, None]
    both = np.asarray((counts.reshape(-1, 2) > 0).all(axis=1))
    return means.reshape(len(many), 2, -1), both
