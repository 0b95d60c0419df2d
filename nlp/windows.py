"""Character n-grams of many texts at once: windows over one long array instead of a string for each n-gram.

Every n-gram inside a word, its borders marked by a space, becomes one number, and a table of such numbers tells
its column. A number stands for one n-gram only, so that nothing is mistaken for something else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GAP = re.compile(r"\s")
_SCATTER = np.uint64(0x9E3779B97F4A7C15)  # spreads neighbouring numbers over the table
_EMPTY = np.uint64(0)

Numbers = NDArray[np.uint64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrences:
    """Where the columns of texts stand: parallel arrays of text, column, and range in the text."""

    owners: Indices
    columns: Indices
    starts: Indices
    ends: Indices


class Table:
    """Columns of character n-grams, `sizes` first (two at least) and last, found for whole batches.

    >>> table = Table({"بد": 0, " ب": 1, "خوب": 2}, (2, 5))
    >>> table.windows(["بد بود"]).columns.tolist()
    [1, 0, 1]
    """

    def __init__(self, columns: Mapping[str, int], sizes: tuple[int, int]) -> None:
        self._sizes = sizes
        grams = [gram for gram in columns if sizes[0] <= len(gram) <= sizes[1]]
        signs = sorted({" ", *"".join(grams)})
        self._base = np.uint64(len(signs) + 2)
        if int(self._base) ** sizes[1] >= 2**64:
            raise ValueError(f"{len(signs)} different signs are too many for windows of {sizes[1]}")
        self._number = np.full(
            ord(signs[-1]) + 2, len(signs) + 1, dtype=np.uint64
        )  # the last is for the unknown
        self._number[[ord(sign) for sign in signs]] = np.arange(1, len(signs) + 1, dtype=np.uint64)
        self._fill(self._keys(grams), np.array([columns[gram] for gram in grams], dtype=np.int64))

    def windows(self, texts: Sequence[str]) -> Occurrences:
        """Return every known n-gram of the texts, twice where it occurs twice; spaces at its borders do not count."""
        shortest, longest = self._sizes
        letters = self._letters(_GAP.sub(" ", f" {' '.join(texts)}{' ' * longest}"))
        count = len(letters) - longest
        which, columns = self._known(np.concatenate(list(self._from_each(letters, count))))
        sizes, places = np.divmod(which, count)
        sizes += shortest
        lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
        owners = np.repeat(np.arange(len(texts)), lengths).take(places)
        starts = places - (lengths.cumsum() - lengths + 1).take(owners)
        border = letters == self._number[ord(" ")]
        return Occurrences(
            owners=owners,
            columns=columns,
            starts=starts + border.take(places),
            ends=starts + sizes - border.take(places + sizes - 1),
        )

    def _from_each(self, letters: Numbers, count: int) -> Iterator[Numbers]:
        """Yield for each size the numbers of the n-grams that begin at the first places.

        Those of two words have a space in their middle, as no known one has.
        """
        keys = letters[:count]
        for size in range(2, self._sizes[1] + 1):
            keys = keys * self._base + letters[size - 1 : size - 1 + count]
            if size >= self._sizes[0]:
                yield keys

    def _letters(self, text: str) -> Numbers:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return self._number.take(codes, mode="clip")

    def _keys(self, grams: Sequence[str]) -> Numbers:
        keys, letters = np.zeros(len(grams), dtype=np.uint64), self._letters("".join(grams))
        sizes = np.fromiter(map(len, grams), dtype=np.int64, count=len(grams))
        starts = sizes.cumsum() - sizes
        for place in range(self._sizes[1]):
            longer = sizes > place
            keys[longer] = keys[longer] * self._base + letters[starts[longer] + place]
        return keys

    def _fill(self, keys: Numbers, columns: Indices) -> None:
        """Lay the numbers into buckets, each as deep as the fullest one, so that all are looked through at once."""
        bits = max(3, len(keys).bit_length())
        self._shift = np.uint64(64 - bits)
        buckets = self._buckets(keys)
        order = np.argsort(buckets, kind="stable")
        keys, columns, buckets = keys[order], columns[order], buckets[order]
        level = np.arange(len(keys)) - np.searchsorted(buckets, buckets)
        shape = (1 << bits, int(level.max(initial=0)) + 1)
        self._kept, self._column = np.full(shape, _EMPTY), np.full(shape, -1, dtype=np.int32)
        self._kept[buckets, level], self._column[buckets, level] = keys, columns

    def _known(self, keys: Numbers) -> tuple[Indices, Indices]:
        """Return which of the numbers are known, and their columns."""
        buckets, depth = self._buckets(keys), self._kept.shape[1]
        which, level = np.divmod(np.flatnonzero(self._kept.take(buckets, axis=0) == keys[:, None]), depth)
        return which, self._column.take(buckets.take(which) * depth + level).astype(np.int64)

    def _buckets(self, keys: Numbers) -> Indices:
        return (keys * _SCATTER >> self._shift).astype(np.int64)
