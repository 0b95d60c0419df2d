"""What each model says of comments, uncalibrated, and of the clause in which it says so most."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.labels import Floats, columns

TOPICS = 23
#: Columns of category, sentiment and mixed: the mood in which something is said.
MOODS = [head for head, _ in columns()].index("topics")

Rows = NDArray[np.int64]


class Votes:
    """What each model said of n comments.

    `labels` (n, models, labels), `polarity` (n, models, 23, 3) and `mood` (n, 23, moods), the votes for category,
    sentiment and mixed where a topic is spoken of: in the whole comment until clauses are `heard`.
    """

    def __init__(self, labels: Floats, polarity: Floats, mood: Floats | None = None) -> None:
        self.labels = labels
        self.polarity = polarity
        whole = labels[:, :, :MOODS].reshape(len(labels), 1, labels.shape[1] * MOODS)
        self.mood = np.repeat(whole, TOPICS, axis=1) if mood is None else mood

    def take(self, rows: Rows) -> "Votes":
        """Return the votes on some of the comments."""
        return Votes(self.labels[rows], self.polarity[rows], self.mood[rows])

    @classmethod
    def joined(cls, parts: Sequence[tuple[Rows, "Votes"]]) -> "Votes":
        """Put votes on parts (their row numbers first) together in the order of the rows."""
        order = np.argsort(np.concatenate([rows for rows, _ in parts]))
        return cls(
            np.concatenate([votes.labels for _, votes in parts])[order],
            np.concatenate([votes.polarity for _, votes in parts])[order],
            np.concatenate([votes.mood for _, votes in parts])[order],
        )

    def heard(self, clauses: "Votes", owner: Rows, side: Rows) -> "Votes":
        """Add the votes on the clauses that the rows `owner` were cut into.

        A label counts where it is said most. A topic is judged in the clause that speaks of it most, and beside the
        clauses on the other `side` of a contrast. A comment that was not cut is its own clause.
        """
        labels, polarity, mood = self.labels.copy(), self.polarity.copy(), self.mood.copy()
        across = np.zeros_like(mood)
        spoken = clauses.labels[:, :, MOODS : MOODS + TOPICS].sum(axis=1)
        topics = np.arange(TOPICS)
        for row in np.unique(owner).tolist():
            mine = np.flatnonzero(owner == row)
            labels[row] = clauses.labels[mine].max(axis=0)
            best = mine[spoken[mine].argmax(axis=0)]
            polarity[row] = clauses.polarity[best, :, topics].transpose(1, 0, 2)
            mood[row] = clauses.mood[best, topics]
            if len(set(side[mine].tolist())) > 1:
                means = np.array([clauses.mood[mine[side[mine] == each], 0].mean(axis=0) for each in (1, 0)])
                across[row] = means[side[best]]
        return Votes(
            np.concatenate([self.labels, labels], axis=1),
            np.concatenate([self.polarity, polarity], axis=1),
            np.concatenate([self.mood, mood, across], axis=2),
        )
