"""The first sheet that a workbook shows, read no further than it is asked for, whatever it says of itself.

openpyxl reads all strings of a workbook before its first row, a row as a whole however many cells it has, and believes
the dimension that a sheet claims. A few kilobytes cost minutes and gigabytes then, and a claim that is too small
hides the last rows.
"""

from collections.abc import Iterator
from itertools import chain
from typing import IO, Any
from zipfile import ZipFile

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format
from openpyxl.utils import coordinate_to_tuple
from openpyxl.utils.escape import unescape
from openpyxl.worksheet._reader import CELL_TAG, DATA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import ARC_STYLE, SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring, iterparse

from nlp.errors import RecordsError

#: As many as a sheet has: a file may name one so far down that the empty ones above it never end.
_SHEET_ROWS, _SHEET_COLUMNS = 1_048_576, 16_384
#: A cell is itself, a value and a formula, or a text with its runs.
_ROW_ELEMENTS = 16 * _SHEET_COLUMNS
#: Formats may be kept for many cells that hold nothing, but there is no end of them in a kilobyte.
_MOST_EMPTY = 5 * _SHEET_ROWS
_MOST_STRINGS = 2 * _SHEET_ROWS
#: What is read as a whole: the names of sheets, and styles, of which no workbook of comments has so many.
_WHOLE_BYTES = 5_000_000

_STRING, _PLAIN, _RUN, _FORMAT, _STYLES, _STYLE = (
    f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "t", "r", "numFmt", "cellXfs", "xf")
)


def rows(file: IO[bytes]) -> Iterator[tuple[Any, ...]] | None:
    """Return the values of the first sheet row by row, if there is one; a hidden sheet only where none is shown."""
    reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
    archive = reader.archive = _Archive(file)
    reader.read_manifest()
    reader.read_workbook()
    kept = reader.package.find(SHARED_STRINGS)
    strings = _Strings(archive.open(kept.PartName[1:])) if kept else None
    dates, spans = _moments(archive)
    shown_first = sorted(reader.parser.find_sheets(), key=lambda each: each[0].state != "visible")
    for _, part in shown_first:
        if part.target in reader.valid_files and "chartsheet" not in part.Type:
            source = archive.open(part.target)
            parser = WorkSheetParser(source, strings, True, reader.wb.epoch, dates, spans)
            return _in_place(_cells(parser))
    return None


class _Archive(ZipFile):
    """Strings and sheets are read as streams; what is asked for as a whole must be small."""

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        info = self.getinfo(name)
        if info.file_size > _WHOLE_BYTES:
            raise RecordsError(f"بخش «{info.filename[:50]}» بیش از اندازه بزرگ است")
        return super().read(info, pwd)


def _moments(archive: ZipFile) -> tuple[set[int], set[int]]:
    """Return which styles of cells are dates, and which of those are spans of time."""
    if ARC_STYLE not in archive.namelist():
        return set(), set()
    root = fromstring(archive.read(ARC_STYLE))
    own = {each.get("numFmtId"): each.get("formatCode") for each in root.iter(_FORMAT)}
    ids = [each.get("numFmtId", "0") for each in root.iterfind(f"{_STYLES}/{_STYLE}")]
    codes = {id_: own.get(id_) or builtin_format_code(int(id_)) for id_ in set(ids)}
    dates = {id_ for id_, code in codes.items() if is_date_format(code)}
    spans = {id_ for id_ in dates if is_timedelta_format(codes[id_])}
    return _places(ids, dates), _places(ids, spans)


def _places(ids: list[str], wanted: set[str]) -> set[int]:
    return {place for place, id_ in enumerate(ids) if id_ in wanted}


class _Strings:
    """The strings that cells share, read as far as a cell asks."""

    def __init__(self, part: IO[bytes]) -> None:
        self._known: list[str] = []
        self._further = _strings(part)

    def __getitem__(self, place: int) -> str:
        if place >= _MOST_STRINGS:
            raise RecordsError(f"بیش از {_MOST_STRINGS} متن در این پرونده است")
        while len(self._known) <= place:
            self._known.append(next(self._further))
        return self._known[place]


def _strings(part: IO[bytes]) -> Iterator[str]:
    events = iterparse(part, events=("start", "end"))
    _, root = next(events)
    for event, node in events:
        if event == "end" and node.tag == _STRING:
            pieces = chain(node.iterfind(_PLAIN), node.iterfind(f"{_RUN}/{_PLAIN}"))
            yield "".join(piece.text or "" for piece in pieces)
            root.clear()
    raise RecordsError("یک خانه متنی را می‌خواهد که در این پرونده نیست")


def _cells(parser: WorkSheetParser) -> Iterator[tuple[int, list[tuple[int, Any]]]]:
    """Yield the number of each row with its cells that hold something, by their columns."""
    found: list[tuple[int, Any]] = []
    number = elements = empty = 0
    for _, node in iterparse(parser.source):
        elements += 1
        if node.tag == CELL_TAG:
            value = _value(parser, node)
            empty = 0 if value else empty + 1
            found += value
            node.clear()
        elif node.tag == ROW_TAG:
            number = int(float(node.get("r", number + 1)))
            yield number, found
            node.clear()
            found, elements, parser.col_counter = [], 0, 0
        elif node.tag == DATA_TAG:
            return
        if elements > _ROW_ELEMENTS or parser.col_counter > _SHEET_COLUMNS:
            raise RecordsError(f"هیچ برگه‌ای بیش از {_SHEET_COLUMNS} ستون ندارد")
        if empty > _MOST_EMPTY:
            raise RecordsError(f"بیش از {_MOST_EMPTY} خانهٔ خالی پشت سر هم آمد")


def _value(parser: WorkSheetParser, node: Any) -> list[tuple[int, Any]]:
    """Return the column and value of a cell, if it holds one: an empty one need not be parsed.

    A workbook writes signs that XML has not, and the end of a line that Windows wrote, as `_x000D_`.
    """
    if len(node):
        cell = parser.parse_cell(node)
        value = cell["value"]
        return [(cell["column"], unescape(value) if isinstance(value, str) else value)]
    place = node.get("r")
    parser.col_counter = coordinate_to_tuple(place)[1] if place else parser.col_counter + 1
    return []


def _in_place(cells: Iterator[tuple[int, list[tuple[int, Any]]]]) -> Iterator[tuple[Any, ...]]:
    """Yield every row of a sheet, also those that it leaves out, each as wide as its last value lies."""
    reached = 0
    for seen, (number, found) in enumerate(cells, 1):
        if max(seen, number) > _SHEET_ROWS:
            raise RecordsError(f"هیچ برگه‌ای بیش از {_SHEET_ROWS} سطر ندارد")
        for _ in range(reached + 1, number):
            yield ()
        if number > reached:
            values: list[Any] = [None] * (max((column for column, _ in found), default=0))
            for column, value in found:
                values[column - 1] = value
            yield tuple(values)
            reached = number
