"""Comments in files: CSV, JSON Lines, XLSX, Parquet, plain text and standard input, read as a stream.

A record that cannot be read is a `Row` with an `error`, so that the rest of the file goes on. Only a file of
which nothing can be read raises `RecordsError`.
"""

import codecs
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from io import BufferedReader, TextIOWrapper
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any, Literal, TypeVar, cast, get_args

from nlp.errors import EncodingError, RecordsError
from nlp.files import cells, csvlines, jsonarray, tables

_Item = TypeVar("_Item")
Format = Literal["csv", "jsonl", "json", "xlsx", "parquet", "text"]
SUFFIXES: Mapping[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".xlsx": "xlsx", ".parquet": "parquet", ".pq": "parquet", ".txt": "text", ".text": "text",
}  # fmt: skip
STDIN = "-"
_HEAD = 65_536
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: How files begin that are no text; a workbook is a ZIP file.
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "ZIP یا XLSX", b"PAR1": "Parquet"}
#: What Python calls an encoding and no file is written in.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
_BLANK = b" \r\n\t"
#: What stands for bytes that are no UTF-8.
_UNREAD = re.compile("[\udc80-\udcff]")
#: No name that can be shown or stored has these.
_NAMELESS = re.compile("[\0\ud800-\udfff]")
#: A file whose every record has fields of its own is not listed without end.
_MOST_NAMES = 1_000
#: Objects within objects are opened so far.
_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of the input: its fields and its comment, or why there is none."""

    number: int  # of the record in the input, from 1
    record: Mapping[str, Any]
    text: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where comments come from: a path or `-`, and what cannot be seen from the outside.

    An open `file` is read instead, from its beginning, by one reader at a time: it need not have a name.
    """

    path: str
    file: IO[bytes] | None = None
    text_column: str = "text"
    format: Format | None = None
    encoding: str | None = None


def read(source: Source) -> Iterator[Row]:
    """Yield the records of a source in order, without holding the file in memory."""
    with _opened(source) as file:
        kind = source.format or _kind(source.path, file)
        if kind in _TABLES:
            opened, rows = _TABLES[kind]
            with _whole(file) as whole:
                yield from rows(opened(whole), source.text_column)
            return
        text = _decoded(file, source.encoding)
        if kind == "csv":
            yield from _csv(_table(source, text), source.text_column)
        else:
            yield from _LINES[kind](text, source.text_column)


def batched(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yield rows, or whatever else comes one by one, in lists of at most `size`.

    >>> list(batched("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def headings(source: Source) -> list[str]:
    """Return the names a file gives its fields: its header, or the fields of all its records (`customer.tier`)."""
    with _opened(source) as file:
        kind = source.format or _kind(source.path, file)
        if kind in _TABLES:
            opened, _ = _TABLES[kind]
            with _whole(file) as whole:
                names, _ = opened(whole)
        else:
            # named, for a wrapper that nobody holds closes the file
            lines = _decoded(file, source.encoding)
            if kind == "text":
                names = [source.text_column]
            elif kind == "csv":
                names = _table(source, lines).names
            else:
                names = _fields(_LINES[kind](lines, source.text_column))
    return [name for name in names if not _NAMELESS.search(name)]


def _fields(rows: Iterable[Row]) -> list[str]:
    """Return the fields of all records: a field that few of them have is one as well."""
    names: dict[str, None] = {}
    strange = False
    for row in rows:
        if row.error and row.error.startswith("invalid_json"):
            strange = True
            continue
        names |= dict.fromkeys(flat(row.record))
        if len(names) > _MOST_NAMES:
            break
    if strange and not names:
        raise RecordsError(
            "در این پرونده هیچ شیء JSON نیست: یا هر خط باید یک شیء باشد، یا همهٔ پرونده آرایه‌ای از آن‌ها."
        )
    return list(names)


def flat(record: Mapping[str, Any], deepest: int = _DEEPEST) -> dict[str, Any]:
    """Return the fields of a record, those of the objects in it under dotted names.

    >>> flat({"text": "سرد بود", "customer": {"tier": "vip"}})
    {'text': 'سرد بود', 'customer.tier': 'vip'}
    """
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and deepest:
            found |= {f"{name}.{inner}": each for inner, each in flat(value, deepest - 1).items()}
        else:
            found[name] = value
    return found


def count_lines(source: Source) -> int | None:
    """Return roughly how many records a file holds, for a progress bar; None when it cannot be told cheaply."""
    kind = source.format or SUFFIXES.get(Path(source.path).suffix.lower())
    is_file = source.file is not None or Path(source.path).is_file()
    if not is_file or source.path == STDIN or kind in (None, "json", "xlsx", "parquet"):
        return None
    with _opened(source) as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def afresh(file: IO[bytes]) -> BufferedReader:
    """Open an open file once more, at its beginning. Both move together: only what this returns is to be read then."""
    again = os.fdopen(os.dup(file.fileno()), "rb")
    again.seek(0)
    return again


def _door(source: Source) -> AbstractContextManager[BufferedReader]:
    if source.file is not None:
        return afresh(source.file)
    if source.path == STDIN:
        if sys.stdin is None:
            raise RecordsError("ورودی استاندارد (stdin) بسته است.")
        return nullcontext(cast(BufferedReader, sys.stdin.buffer))
    return Path(source.path).open("rb")


@contextmanager
def _opened(source: Source) -> Iterator[BufferedReader]:
    try:
        with _door(source) as file:
            yield file
    except OSError as error:
        raise RecordsError(f"پروندهٔ «{source.path}» باز نشد ({error.strerror}).") from error
    except UnicodeError as error:
        raise EncodingError(f"این پرونده با این کدگذاری (encoding) خوانده نشد ({error}).") from error


@contextmanager
def _whole(file: BufferedReader) -> Iterator[BufferedReader]:
    """Yield a file that may be read from its end, as a table is: what comes through a pipe is copied first."""
    if file.seekable():
        yield file
        return
    with TemporaryFile() as copy:
        copyfileobj(file, copy)
        copy.seek(0)
        yield cast(BufferedReader, copy)


def _kind(path: str, file: BufferedReader) -> Format:
    if path != STDIN:
        try:
            return SUFFIXES[Path(path).suffix.lower()]
        except KeyError:
            _refuse_packed(file)
            known = "، ".join(get_args(Format))
            raise RecordsError(
                f"قالب «{path}» از پسوندش پیدا نیست؛ با ‎--input-format بگویید ({known})."
            ) from None
    head = _head(file)
    if head.startswith(b"{"):
        return "jsonl"
    return "json" if re.match(rb"\[\s*[{\"\]]", head) else "text"


def _head(file: BufferedReader) -> bytes:
    """Return how a file begins, whichever UTF it is in."""
    return file.peek(_HEAD).lstrip(_BLANK + b"\0" + b"".join(mark for mark, _ in _BOMS))


def _refuse_packed(file: BufferedReader) -> None:
    """Refuse what is no text by how it begins, whatever it is called."""
    head = file.peek(_HEAD)
    for mark, what in _PACKED.items():
        if head.startswith(mark):
            raise RecordsError(f"این پرونده {what} است، نه متن؛ نخست آن را باز کنید یا قالبش را بگویید.")


def _decoded(file: BufferedReader, encoding: str | None) -> TextIOWrapper:
    _refuse_packed(file)
    head = file.peek(_HEAD)[:_HEAD]
    marked = next((name for mark, name in _BOMS if head.startswith(mark)), None)
    found = encoding or marked or _encoding(head)
    try:
        name = codecs.lookup(found).name
        if marked and name.startswith(marked.removesuffix("-sig")):  # the mark is no letter of it
            found = marked
        escape = "surrogateescape" if name.startswith("utf-8") else "replace"
        text = TextIOWrapper(file, encoding=found, errors=escape, newline="")
    except (LookupError, ValueError):  # of what turns bytes into bytes, or is not even a name
        name = None
    if name is None or name in _NO_CHARSETS:
        raise RecordsError(f"کدگذاری «{found}» ناشناخته است.")
    return text


def _encoding(head: bytes) -> str:
    """Return the encoding of a file by its first bytes; refuse what would be read as rubbish.

    The refusal names the encoding and no option, because a page, an endpoint and two commands show it.
    """
    if any(_is_utf16(head[first::2]) for first in (0, 1)):
        raise EncodingError(
            "این پرونده UTF-8 نیست (شاید UTF-16 بی‌نشان باشد)؛ آن را با UTF-8 ذخیره کنید"
            " یا کدگذاری (encoding) را utf-16-le بگویید."
        )
    lines = [line for line in head.split(b"\n")[:-1] or [head] if not line.isascii()]
    bad = [line for line in lines if not _is_utf8(line)]
    if 2 * len(bad) > len(lines):
        raise EncodingError(
            "این پرونده UTF-8 نیست (شاید Windows-1256 باشد)؛ کدگذاری (encoding) را cp1256 بگویید."
        )
    return "utf-8"


def _is_utf16(halves: bytes) -> bool:
    """Tell whether every other byte of a file is the high one of a Latin or Persian letter; a stray NUL is not enough."""
    return 2 * (halves.count(b"\0") + halves.count(b"\6")) > len(halves)


def _is_utf8(line: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line)  # the head may end within a letter
    except UnicodeDecodeError:
        return False
    return True


def _text(lines: TextIOWrapper, column: str) -> Iterator[Row]:
    filled = (line.rstrip("\r\n") for line in lines)
    for number, line in enumerate((line for line in filled if line.strip()), 1):
        yield _row(number, {column: line}, column)


def _jsonl(lines: Iterable[str], column: str) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, parse_constant=_no_constant, parse_float=cells.number)
        except (ValueError, RecursionError) as error:
            yield Row(
                number=number, record={"line": number}, error=f"invalid_json: این خط JSON نیست ({error})"
            )
        else:
            yield _object(number, record, column)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _json(lines: TextIOWrapper, column: str) -> Iterator[Row]:
    """Yield the elements of an array of objects or texts; a file that is no array holds one object a line."""
    if not _head(cast(BufferedReader, lines.buffer)).startswith(b"["):
        yield from _jsonl(lines, column)
        return
    try:
        for number, each in enumerate(jsonarray.elements(lines), 1):
            yield _object(number, {column: each} if isinstance(each, str) else each, column)
    except (ValueError, RecursionError) as error:
        raise RecordsError(f"این پرونده آرایهٔ JSON درستی نیست ({error}).") from error


def _object(number: int, value: object, column: str) -> Row:
    if isinstance(value, dict):
        return _row(number, value, column)
    return Row(number=number, record={"line": number}, error="invalid_json: این رکورد یک شیء JSON نیست")


def _table(source: Source, lines: TextIOWrapper) -> csvlines.Table:
    return csvlines.table(lines, tabs=Path(source.path).suffix.lower() == ".tsv")


def _csv(table: csvlines.Table, column: str) -> Iterator[Row]:
    column = tables.found(table.names, column)
    for number, record in enumerate(table.records, 1):
        if record.error:
            yield Row(number=number, record={"line": record.line}, error=record.error)
        elif record.cells:
            yield _cells(number, table.names, record.cells, column)


def _cells(number: int, header: list[str], values: list[Any], column: str) -> Row:
    if any(values[len(header) :]):
        record = dict(zip(header, values, strict=False))
        return Row(number=number, record=record, error="extra_cells: این سطر بیش از سرستون‌ها خانه دارد")
    filled = [*values[: len(header)], *[""] * (len(header) - len(values))]
    return _row(number, dict(zip(header, filled, strict=True)), column)


def _xlsx(table: tables.Table, column: str) -> Iterator[Row]:
    header, rows = table
    column = tables.found(header, column)
    for number, row in enumerate(rows, 1):
        values = [cells.plain(cell) for cell in row[: len(header)]]
        if any(value is not None for value in values):
            yield _cells(number, header, values, column)


def _parquet(table: tables.Table, column: str) -> Iterator[Row]:
    names, rows = table
    outer = column.partition(".")[0]  # of an object, whose fields have dotted names
    is_within = column not in names and outer in names
    found = tables.found(names, outer if is_within else column)
    for number, values in enumerate(rows, 1):
        yield _row(number, dict(zip(names, values, strict=True)), column if is_within else found)


#: How a file that is no text is opened, and how its rows become records.
_TABLES = {"xlsx": (tables.workbook, _xlsx), "parquet": (tables.parquet, _parquet)}
#: How lines of text become records, but for those of CSV, which begin with names.
_LINES = {"jsonl": _jsonl, "json": _json, "text": _text}


def _row(number: int, record: Mapping[str, Any], column: str) -> Row:
    fields = record if column in record else flat(record)
    value = fields.get(column)
    if column not in fields:
        return Row(number=number, record=record, error=f"text_missing: فیلد «{column}» در این رکورد نیست")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)  # a spreadsheet keeps «۲۰» as a number
    if not isinstance(value, str):
        return Row(number=number, record=record, error=f"not_text: فیلد «{column}» متن نیست")
    if not value.isascii() and _UNREAD.search(value):
        return Row(number=number, record=record, error="invalid_encoding: این رکورد UTF-8 نیست")
    return Row(number=number, record=record, text=value)
