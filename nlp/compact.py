"""Weights at one byte each, multiplied where they lie: what most of a saved model consists of.

A comment has a few hundred of a hundred thousand columns. So nothing is unpacked when a model is loaded: a batch
reads the rows of the columns it has, and processes that map the same file share its pages.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Matrix = NDArray[np.float32]
Places = NDArray[np.int32] | NDArray[np.int64]
_FEW = 2000  # values: to sort the columns of so few is quicker than to go through all
_SMALL = 1 << 16  # cells: a product with so small a matrix is quicker when its zeros are written out


@dataclass(frozen=True, slots=True)
class Narrow:
    """A batch without its empty columns, and which columns were kept; a small one is no longer sparse."""

    rows: csr_matrix | Matrix
    columns: Places

    @classmethod
    def of(cls, matrix: csr_matrix) -> "Narrow":
        """Drop the columns in which every row of the batch is zero."""
        return cls.made(matrix.data, matrix.indices, matrix.indptr, matrix.shape[1])

    @classmethod
    def made(cls, values: Matrix, columns: Places, ends: Places, width: int) -> "Narrow":
        """Make rows of values that stand one behind the other, as in a `csr_matrix`; what has the same place adds up."""
        kept, places = (_sorted if len(columns) <= _FEW else _marked)(columns, width)
        return cls(_factor(values, places, ends, len(kept)), kept)

    def __len__(self) -> int:
        """How many rows there are."""
        return int(self.rows.shape[0])

    def block(self, wanted: slice) -> Matrix:
        """Return some columns of the whole matrix with all their zeros."""
        cells = np.zeros((len(self), wanted.stop - wanted.start), dtype=np.float32)
        first, last = np.searchsorted(self.columns, (wanted.start, wanted.stop))
        found = self.rows[:, first:last]
        cells[:, self.columns[first:last] - wanted.start] = (
            found if isinstance(found, np.ndarray) else found.toarray()
        )
        return cells


def _factor(values: Matrix, columns: Places, ends: Places, width: int) -> csr_matrix | Matrix:
    """Return what is multiplied quickest."""
    count = len(ends) - 1
    if count * width > _SMALL:
        return csr_matrix((values, columns, ends), shape=(count, width))
    places = np.repeat(np.arange(count) * width, ends[1:] - ends[:-1]) + columns
    cells = np.bincount(places, values, minlength=count * width)
    return cells.reshape(count, width).astype(np.float32)


class Compact:
    """A matrix of weights as whole steps of a scale per row; within half a percent of the largest of its row.

    `columns` names the columns of the batches that its rows stand for; without it, row n stands for column n.

    >>> weights = Compact(np.array([[0.5, -1.0], [3.0, 0.0]]))
    >>> weights.product(Narrow.of(csr_matrix([[0.0, 2.0]]))).round(2).tolist()
    [[6.0, 0.0]]
    """

    def __init__(self, values: NDArray[np.floating[Any]], columns: Places | None = None) -> None:
        largest = np.abs(values).max(axis=1, initial=0.0)
        self.scale = (largest / 127 + 1e-12).astype(np.float32)
        self.steps = np.round(values / self.scale[:, None]).astype(np.int8)
        self.columns = columns

    @cached_property
    def all(self) -> Matrix:
        """All rows as they were, kept: for small weights of which every batch needs every row."""
        return self.rows(slice(None))

    def rows(self, which: Places | slice) -> Matrix:
        """Return some rows as they were, near enough."""
        if isinstance(which, slice):
            return np.asarray(self.steps[which] * self.scale[which, None])
        # `take` copies whole rows, which an index does not
        return np.asarray(self.steps.take(which, axis=0) * self.scale.take(which)[:, None])

    def product(self, batch: Narrow) -> Matrix:
        """Return the batch times these weights: its values are scaled, which are fewer than the weights."""
        rows, places = batch.rows, batch.columns
        if self.columns is not None:
            places = self._place.take(batch.columns, mode="clip")
            known = np.flatnonzero(places >= 0)
            rows, places = rows[:, known], places[known]
        return np.asarray(
            _scaled(rows, self.scale.take(places)) @ self.steps.take(places, axis=0).astype(np.float32)
        )

    @cached_property
    def _place(self) -> NDArray[np.int32]:
        """Which row stands for a column: -1 where none does, and at the end for all columns behind."""
        columns = np.asarray(self.columns)
        place = np.full(columns[-1] + 2, -1, dtype=np.int32)
        place[columns] = np.arange(len(columns), dtype=np.int32)
        return place

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("all", "_place")}


def _scaled(rows: csr_matrix | Matrix, scale: Matrix) -> csr_matrix | Matrix:
    """Return rows with every column times its scale."""
    if isinstance(rows, np.ndarray):
        return rows * scale
    return csr_matrix((rows.data * scale.take(rows.indices), rows.indices, rows.indptr), shape=rows.shape)


def plain(value: Any) -> Any:
    """Return what was loaded with plain arrays over the mapped files: `numpy.memmap` slows every index down."""
    if isinstance(value, np.memmap):
        return np.asarray(value)
    if isinstance(value, list | tuple):
        return type(value)(map(plain, value))
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if hasattr(value, "__dict__"):
        vars(value).update(plain(vars(value)))
    return value


def _sorted(indices: Places, _: int) -> tuple[Places, Places]:
    """Return the columns that occur, in order, and the place of each index among them."""
    columns = np.sort(indices)
    columns = columns[columns != np.concatenate([[-1], columns[:-1]])]
    return columns, np.searchsorted(columns, indices).astype(np.int32)


def _marked(indices: Places, width: int) -> tuple[Places, Places]:
    """Return the same for many: to go through all columns once is quicker than to sort."""
    present = np.zeros(width, dtype=bool)
    present[indices] = True
    columns = np.flatnonzero(present)
    place = np.empty(width, dtype=np.int32)  # nobody asks for that of the others
    place[columns] = np.arange(len(columns), dtype=np.int32)
    return columns, place.take(indices)
