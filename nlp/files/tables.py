"""Workbooks and Parquet files: their headings and rows as a library reads them, its failures in our words."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import SEEK_END, BufferedReader
from typing import Any, cast

from nlp.errors import RecordsError, WorkbookError

#: Two marks and the length of the footer.
_LEAST_PARQUET = 12
#: Rows that are unpacked at a time: a small file may say the same long text in every row. More rows are no faster.
_TOGETHER = 16

Table = tuple[list[str], Iterator[tuple[Any, ...]]]


def found(header: list[str], column: str) -> str:
    """Return the heading of a column, which blanks around it do not hide; refuse a header that is none."""
    if not header:
        raise RecordsError("این پرونده خالی است.")
    same = [name for name in header if name.strip() == column.strip()]
    if not same:
        raise RecordsError(f"ستون «{column}» نیست؛ ستون‌ها: {'، '.join(header)}. با ‎--text-column بگویید.")
    counted = Counter(header)
    if twice := next((name for name, times in counted.items() if name and times > 1), None):
        raise RecordsError(f"دو ستون یک نام دارند: «{twice}».")
    if counted[""] > 1:
        raise RecordsError("دو ستون نامی ندارند.")
    return column if column in same else same[0]


def workbook(file: BufferedReader) -> Table:
    """Return the headings of the first sheet, and its rows as they are read."""
    from nlp.files import workbooks

    with _unbroken("این پروندهٔ XLSX خوانده نشد", WorkbookError):
        rows = workbooks.rows(file)
        header = [str(name or "") for name in next(rows, ())] if rows else []
    if rows is None:
        raise RecordsError("این پروندهٔ XLSX برگه‌ای ندارد.")
    while header and not header[-1]:
        header.pop()
    return header, (_filled(row, header) for row in _to_the_end(rows, "XLSX", WorkbookError))


def _filled(row: tuple[Any, ...], header: list[str]) -> tuple[Any, ...]:
    """Return a row as wide as the header at least."""
    return row + (None,) * (len(header) - len(row))


def parquet(file: BufferedReader) -> Table:
    """Return the names of the columns, and the rows as they are read."""
    from arro3.io import read_parquet

    if not _has_footer(file):
        raise RecordsError("این پروندهٔ Parquet خوانده نشد (پایان آن نشان PAR1 ندارد).")
    with _unbroken("این پروندهٔ Parquet خوانده نشد"):
        batches = read_parquet(file, batch_size=_TOGETHER)
    return list(batches.schema.names), _to_the_end(_values(batches), "Parquet")


def _has_footer(file: BufferedReader) -> bool:
    """Tell whether the end of a file says that it is Parquet; it is looked at first because a stranger makes arro3 panic."""
    end = file.seek(0, SEEK_END)
    file.seek(max(end - 4, 0))
    found = file.read(4) == b"PAR1" and end >= _LEAST_PARQUET
    file.seek(0)
    return found


def _values(batches: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        yield from zip(*map(_cells, batch.columns), strict=True)


def _cells(values: Any) -> list[Any]:
    try:
        return cast(list[Any], values.to_pylist())
    except ValueError:
        return [_cell(values, place) for place in range(len(values))]


def _cell(values: Any, place: int) -> Any:
    """Return a value, a moment that Python has none for by its text: databases write the year 10000 for ever."""
    from arro3.core import DataType

    try:
        return values[place].as_py()
    except ValueError:
        with suppress(Exception):  # arro3 has no other
            (told,) = values.slice(place, 1).cast(DataType.utf8()).to_pylist()
            return told
        raise  # within an object, which has no text


def _to_the_end(
    rows: Iterable[tuple[Any, ...]], what: str, kind: type[RecordsError] = RecordsError
) -> Iterator[tuple[Any, ...]]:
    """Yield rows; of a file that is damaged further on, say how far it could be read."""
    reached = 0
    try:
        with _unbroken(f"این پروندهٔ {what} تا پایان خوانده نشد", kind):
            for reached, row in enumerate(rows, 1):  # noqa: B007  # told below
                yield row
    except RecordsError as error:
        raise type(error)(f"{error} آخرین سطر خوانا: {reached}.") from error


@contextmanager
def _unbroken(said: str, kind: type[RecordsError] = RecordsError) -> Iterator[None]:
    """Tell what a library says of a damaged file.

    openpyxl raises what XML, ZIP and its own parts raise; arro3 a bare `Exception`, or a panic, which is none at all.
    """
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            # what we refuse ourselves is too large or too strange, and not damaged
            refused = RecordsError if isinstance(error, RecordsError) else kind
            raise refused(f"{said} ({error}).") from error
        raise
