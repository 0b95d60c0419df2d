"""Workbooks and Parquet files: their headings and rows as a library reads them, its failures in our words."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import SEEK_END, BufferedReader
from subprocess import DEVNULL, PIPE, CalledProcessError, Popen
from typing import IO, Any, cast

from nlp.errors import RecordsError, TooLargeError, WorkbookError
from nlp.files import jsonarray, unfolding
from nlp.files.processes import undisturbed

#: Two marks and the length of the footer.
_LEAST_PARQUET = 12

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
        told = ([str(name or "") for name in row] for row in rows or ())
        header = next(filter(any, told), [])  # above it somebody may have left rows empty
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
    if not _has_footer(file):
        raise RecordsError("این پروندهٔ Parquet خوانده نشد (پایان آن نشان PAR1 ندارد).")
    lines = _unfolded(file)
    with _unbroken("این پروندهٔ Parquet خوانده نشد"):
        names = next(lines)
    return list(names), _to_the_end(lines, "Parquet")


def _has_footer(file: BufferedReader) -> bool:
    """Tell whether the end of a file says that it is Parquet; it is looked at first because a stranger makes arro3 panic."""
    end = file.seek(0, SEEK_END)
    file.seek(max(end - 4, 0))
    found = file.read(4) == b"PAR1" and end >= _LEAST_PARQUET
    file.seek(0)
    return found


def _unfolded(file: BufferedReader) -> Iterator[tuple[Any, ...]]:
    """Yield the names of the columns and the rows, as a process tells them that may grow no further than it is let."""
    command = [sys.executable, "-P", "-m", unfolding.__name__]
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with undisturbed():
        process = Popen(command, env=here, stdin=file, stdout=PIPE, stderr=DEVNULL)  # noqa: S603  # our own code
    lines = cast(IO[bytes], process.stdout)
    with process:
        try:
            while (line := lines.readline(jsonarray.LONGEST)).endswith(b"\n"):
                told = json.loads(line)
                if isinstance(told, dict):
                    raise RecordsError(told["error"])
                yield tuple(told)
            if line or process.wait() < 0:
                raise TooLargeError("پس از باز شدن بیش از اندازه بزرگ است")
            if process.returncode:
                raise CalledProcessError(process.returncode, command)
        finally:
            process.kill()


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

    openpyxl raises what XML, ZIP and its own parts raise.
    """
    try:
        yield
    except RecordsError as error:  # what we refuse ourselves is too large or too strange, and not damaged
        raise type(error)(f"{said} ({error}).") from error
    except Exception as error:
        raise kind(f"{said} ({error}).") from error
