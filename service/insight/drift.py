"""Whether comments and their tags still look like those of the weeks before: the population stability index. Pure.

The index sums, over all labels, how far a label's share moved times how many times as large it became. In scoring a
quarter and more is read as another population (Siddiqi 2006); what chance alone brings about follows a chi-square law
(Yurdakul and Naranjo 2020), and few comments bring about much: so both have to speak for a drift.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import log

#: From here on it is another population.
ANOTHER = 0.25
#: Fewer labels than this, in the week or before it, tell nothing.
FEWEST = 200
_SURE = 0.999
#: What a label that is missing on one side counts as, so that its share is not nothing.
_UNSEEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far labels moved, how sure it is that they did, and which of them moved most, with its shares."""

    index: float
    sure: float
    label: str
    share: float
    share_before: float


def drift(now: Mapping[str, int], before: Mapping[str, int]) -> Drift | None:
    """Return how labels drifted from the counts `before` to those of `now`; None when they did not, or nobody can tell.

    >>> drift({"complaint": 300, "praise": 100}, {"complaint": 800, "praise": 800}) is not None
    True
    >>> drift({"complaint": 210, "praise": 190}, {"complaint": 800, "praise": 800}) is None
    True
    """
    n, m = sum(now.values()), sum(before.values())
    labels = sorted(Counter(now) + Counter(before))  # of which there were any
    if min(n, m) < FEWEST or len(labels) < 2:
        return None
    from scipy import special  # a desk that only serves pages can do without

    parts = {label: _part(now.get(label, 0) / n, before.get(label, 0) / m, n, m) for label in labels}
    index = sum(parts.values())
    sure = float(special.chdtr(len(labels) - 1, index / (1 / n + 1 / m)))
    if index < ANOTHER or sure < _SURE:
        return None
    label = max(labels, key=lambda one: parts[one])
    return Drift(
        index=round(index, 3),
        sure=round(sure, 6),
        label=label,
        share=round(now.get(label, 0) / n, 3),
        share_before=round(before.get(label, 0) / m, 3),
    )


def _part(share: float, before: float, n: int, m: int) -> float:
    share, before = max(share, _UNSEEN / n), max(before, _UNSEEN / m)
    return (share - before) * log(share / before)
