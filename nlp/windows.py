"""Character n-grams of many texts at once: windows over one long array instead of a string for each n-gram.

Every n-gram inside a word, its borders marked by a space, becomes one number, and a table of such numbers tells
its column. A number stands for one n-gram only, so that nothing is mistaken for something else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SCATTER = np.uint64(0x9E3779B97F4A7C15)  # spreads neighbouring numbers over the table
_ROOM = 4  # slots per n-gram: most are found, or missed, at the first look
_EMPTY = np.uint64(0)

Numbers = NDArray[np.uint64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Windows:
    """The known n-grams of a batch: parallel arrays of the text, the column, and the place among the padded words.

    Place n is the n-th character of the words of all texts, each word with a space before and behind it.
    """

    owners: Indices
    columns: Indices
    places: Indices
    sizes: Indices


class Table:
    """Columns of character n-grams, `sizes` first and last, found for whole batches.

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

    def windows(self, texts: Sequence[str]) -> Windows:
        """Return every known n-gram of the texts; an n-gram that occurs twice is there twice."""
        padded = ["".join(f" {word} " for word in text.split()) for text in texts]
        lengths = np.array([len(text) for text in padded], dtype=np.int64)
        letters = self._letters("".join(padded))
        if not len(letters):
            nothing = np.zeros(0, dtype=np.int64)
            return Windows(nothing, nothing, nothing, nothing)
        found = list(self._inside(letters))
        places = np.concatenate([places for places, _, _ in found])
        columns = self._columns(np.concatenate([keys for _, keys, _ in found]))
        sizes = np.repeat([size for _, _, size in found], [len(keys) for _, keys, _ in found])
        known = np.flatnonzero(columns >= 0)
        places = places.take(known)
        owners = np.repeat(np.arange(len(texts)), lengths).take(places)
        return Windows(owners, columns.take(known), places, sizes.take(known))

    def _inside(self, letters: Numbers) -> Iterator[tuple[Indices, Numbers, int]]:
        """Yield the places and numbers of the n-grams of each size."""
        words = np.cumsum(letters == self._number[ord(" ")]) - 1 >> 1  # every word has two spaces of its own
        keys = letters
        for size in range(2, self._sizes[1] + 1):
            keys = keys[:-1] * self._base + letters[size - 1 :]
            if size < self._sizes[0] or not len(keys):
                continue
            inside = np.flatnonzero(words[size - 1 :] == words[: len(keys)])
            yield inside, keys.take(inside), size

    def _letters(self, text: str) -> Numbers:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return self._number.take(codes, mode="clip")

    def _keys(self, grams: Sequence[str]) -> Numbers:
        keys = np.zeros(len(grams), dtype=np.uint64)
        for place in range(self._sizes[1]):
            longer = np.array([len(gram) > place for gram in grams], dtype=bool)
            letters = self._letters("".join(gram[place] for gram in grams if len(gram) > place))
            keys[longer] = keys[longer] * self._base + letters
        return keys

    def _fill(self, keys: Numbers, columns: Indices) -> None:
        """Lay the numbers into slots; one whose slot is taken goes to the next free one."""
        bits = max(3, (_ROOM * len(keys)).bit_length())
        self._shift = np.uint64(64 - bits)
        self._taken = np.full(1 << bits, _EMPTY)
        self._column = np.full(1 << bits, -1, dtype=np.int64)
        slots = self._slots(keys)
        while len(keys):
            free, first = np.unique(np.where(self._taken[slots] == _EMPTY, slots, -1), return_index=True)
            first = first[free >= 0]
            self._taken[slots[first]], self._column[slots[first]] = keys[first], columns[first]
            rest = np.ones(len(keys), dtype=bool)
            rest[first] = False
            keys, columns, slots = keys[rest], columns[rest], self._next(slots[rest])

    def _columns(self, keys: Numbers) -> Indices:
        """Return the column of each number, -1 for an unknown one."""
        slots = self._slots(keys)
        taken = self._taken.take(slots)
        columns = np.where(taken == keys, self._column.take(slots), -1)
        waiting = np.flatnonzero((taken != keys) & (taken != _EMPTY))
        slots = slots.take(waiting)
        while len(waiting):
            slots = self._next(slots)
            taken = self._taken.take(slots)
            hit = taken == keys.take(waiting)
            columns[waiting[hit]] = self._column.take(slots[hit])
            going = ~hit & (taken != _EMPTY)
            waiting, slots = waiting[going], slots[going]
        return columns

    def _slots(self, keys: Numbers) -> Indices:
        return (keys * _SCATTER >> self._shift).astype(np.int64)

    def _next(self, slots: Indices) -> Indices:
        return np.asarray((slots + 1) & (len(self._taken) - 1))
