"""CSV as people save it: records over several lines, and quotes that somebody forgot to close."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

_LONGEST_FIELD = 16 * 1024 * 1024
#: No record has more: without an end a file of open quotes would be read to its last line once for each of its lines.
_MOST_LINES = 1_000
#: Excel's first line; editors that save it again add delimiters of their own.
_STATED = re.compile(r"sep=(.)[,;\t]*\r?\n?")

#: What a line has that says nothing: a table begins with such where somebody left room for a title.
_SILENT = " \t\r\n,;"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: the line of the file it begins in, and its cells or why there are none."""

    line: int
    cells: list[str]
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The names of the columns, and the records as they are read."""

    names: list[str]
    records: Iterator[Record]


def table(lines: Iterator[str], *, tabs: bool = False) -> Table:
    """Return the names in the header of a file, and the records behind it.

    Lines above the header that say nothing are skipped, one in which Excel names the delimiter (`sep=;`) is heeded; `tabs`
    says that tabs are expected. Empty names behind the last one are none: spreadsheets write them for cleared columns.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    header, first_line = _header(lines, 1)
    if stated := _STATED.fullmatch(header[0]):
        header, first_line = _header(lines, first_line + 1)
    delimiter = stated[1] if stated else _delimiter("".join(header), tabs=tabs)
    records = _records(_Lines(chain(header, lines), first=first_line), delimiter)
    first = next(records)
    names = next(csv.reader(header[:1], delimiter=delimiter), []) if first.error else first.cells
    while names and not names[-1].strip():
        names.pop()
    return Table(names=names, records=records)


def _header(lines: Iterator[str], number: int) -> tuple[list[str], int]:
    """Return the lines of the header and the number of its first one; the next line is line `number`."""
    while header := list(_until_closed(lines)):
        if header[0].strip(_SILENT):
            return header, number
        number += len(header)
    return [""], number


def _delimiter(header: str, *, tabs: bool) -> str:
    """Return what a header has most of; a tab that is expected goes before commas, which names may have."""
    if tabs and "\t" in header:
        return "\t"
    return max(",;\t", key=header.count)


def _until_closed(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines as far as the quotes in them are closed."""
    quotes = 0
    for line in islice(lines, _MOST_LINES):
        yield line
        quotes += line.count('"')
        if quotes % 2 == 0:
            return


def _records(source: "_Lines", delimiter: str) -> Iterator[Record]:
    """Yield the header and the records.

    A quote that is never closed makes one record of all that follows, up to the next quote: its line is refused
    alone, and the lines behind it are read again.
    """
    rows = csv.reader(source, delimiter=delimiter)
    while True:
        line = source.begin()
        cells, error = [], None
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as found:
            error = f"invalid_csv: این سطر خوانده نشد ({found})"
        if (len(source.record) > 1 or source.ended) and not _is_closed(source.record, delimiter):
            source.keep_first()
            error = f'unclosed_quote: نشان نقل‌قول (") که در خط {line} پرونده باز شده بسته نشده است'
        yield Record(line=line, cells=cells, error=error)


class _Lines(Iterator[str]):
    """The lines of a file, which remembers those of the record at hand and takes them back."""

    def __init__(self, lines: Iterator[str], first: int) -> None:
        self._lines = lines
        self._back: deque[str] = deque()
        self._line = first
        self.record: list[str] = []
        self.ended = False

    def __next__(self) -> str:
        line = None if len(self.record) >= _MOST_LINES else self._next()
        if line is None:
            self.ended = True
            raise StopIteration
        self.record.append(line)
        return line

    def _next(self) -> str | None:
        return self._back.popleft() if self._back else next(self._lines, None)

    def begin(self) -> int:
        """Begin a record and return the number of its first line."""
        self._line += len(self.record)
        self.record.clear()
        return self._line

    def keep_first(self) -> None:
        """Let the record be its first line; the others are read again."""
        self._back.extendleft(reversed(self.record[1:]))
        del self.record[1:]
        self.ended = False


def _is_closed(record: list[str], delimiter: str) -> bool:
    """Tell whether the quotes of a record are closed, and where a field ends."""
    try:
        list(csv.reader(record, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True
