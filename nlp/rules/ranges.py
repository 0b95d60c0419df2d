"""Ranges of a text that are asked about again and again, as each of thousands of words may be."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate


class Ranges:
    """Ranges that may lie over each other; each question costs as little as looking a word up in a dictionary.

    >>> found = Ranges([(5, 9), (0, 3)])
    >>> found.cover(2), found.cover(3), found.meet(3, 5), found.meet(3, 6)
    (True, False, False, True)
    """

    __slots__ = ("_reaches", "_starts", "spans")

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self.spans = sorted(spans)
        self._starts = [start for start, _ in self.spans]
        #: How far any of the ranges up to this one reaches.
        self._reaches = list(accumulate((end for _, end in self.spans), max))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.spans)

    def cover(self, place: int) -> bool:
        """Say whether a place lies in one of them."""
        before = bisect_right(self._starts, place)
        return before > 0 and self._reaches[before - 1] > place

    def meet(self, low: int, high: int) -> bool:
        """Say whether one of them begins before `high` and ends behind `low`."""
        before = bisect_left(self._starts, high)
        return before > 0 and self._reaches[before - 1] > low

    def begin_within(self, low: int, high: int) -> bool:
        """Say whether one that ends at `high` or behind it begins behind `low` and before `high`."""
        before = bisect_left(self._starts, high)
        return any(end >= high for _, end in self.spans[bisect_right(self._starts, low) : before])


def together(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges in the order of the text, with those that overlap as one.

    >>> together([(4, 6), (0, 3), (2, 4)])
    [(0, 4), (4, 6)]
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
