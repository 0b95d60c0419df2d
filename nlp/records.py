"""Comments in files: CSV, JSON Lines, XLSX, Parquet, plain text and standard input, read as a stream.

A record that cannot be read is a `Row` with an `error`, so that the rest of the file goes on. Only a file of
which nothing can be read raises `RecordsError`.
"""

import codecs
import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from io import SEEK_END, BufferedReader, TextIOWrapper
from math import isfinite
from pathlib import Path
from typing import Any, Literal, cast
from zipfile import BadZipFile

from nlp.errors import RecordsError

Format = Literal["csv", "jsonl", "xlsx", "parquet", "text"]
SUFFIXES: Mapping[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".xlsx": "xlsx", ".parquet": "parquet", ".pq": "parquet", ".txt": "text", ".text": "text",
}  # fmt: skip
STDIN = "-"
_HEAD = 65_536
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What stands for bytes that are no UTF-8.
_UNREAD = re.compile("[\udc80-\udcff]")
#: Two marks and the length of the footer.
_LEAST_PARQUET = 12
_LONGEST_FIELD = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of the input: its fields and its comment, or why there is none."""

    number: int  # of the record in the input, from 1
    record: Mapping[str, Any]
    text: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where comments come from: a path or `-`, and what cannot be seen from the outside."""

    path: str
    text_column: str = "text"
    format: Format | None = None
    encoding: str | None = None


def read(source: Source) -> Iterator[Row]:
    """Yield the records of a source in order, without holding the file in memory."""
    with _opened(source.path) as file:
        kind = source.format or _kind(source.path, file)
        if kind == "xlsx":
            yield from _xlsx(file, source.text_column)
        elif kind == "parquet":
            yield from _parquet(file, source.text_column)
        else:
            text = _decoded(file, source.encoding)
            lines = {"csv": _csv, "jsonl": _jsonl, "text": _text}[kind]
            yield from lines(text, source.text_column)


def headings(source: Source) -> list[str]:
    """Return the names a file gives its fields: its header, or the fields of its first record."""
    with _opened(source.path) as file:
        kind = source.format or _kind(source.path, file)
        if kind == "xlsx":
            return _xlsx_rows(file)[0]
        if kind == "parquet":
            return list(_parquet_file(file).schema.names)
        lines = _decoded(file, source.encoding)
        if kind == "csv":
            return _csv_header(lines)[0]
        if kind == "text":
            return [source.text_column]
        rows = _jsonl(lines, source.text_column)
        return list(
            next((row.record for row in rows if not (row.error or "").startswith("invalid_json")), ())
        )


def count_lines(path: str) -> int | None:
    """Return roughly how many records a file holds, for a progress bar; None when it cannot be told cheaply."""
    if (
        path == STDIN
        or not Path(path).is_file()
        or SUFFIXES.get(Path(path).suffix.lower()) in (None, "xlsx", "parquet")
    ):
        return None
    with Path(path).open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


@contextmanager
def _opened(path: str) -> Iterator[BufferedReader]:
    if path == STDIN:
        yield cast(BufferedReader, sys.stdin.buffer)
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115  # closed below, where reading fails in other ways
    except OSError as error:
        raise RecordsError(f"پروندهٔ «{path}» باز نشد ({error.strerror}).") from error
    with file:
        yield file


def _kind(path: str, file: BufferedReader) -> Format:
    if path != STDIN:
        try:
            return SUFFIXES[Path(path).suffix.lower()]
        except KeyError:
            known = "، ".join(SUFFIXES)
            raise RecordsError(
                f"قالب «{path}» از پسوندش پیدا نیست؛ با ‎--input-format بگویید ({known})."
            ) from None
    return "jsonl" if file.peek(1).lstrip(codecs.BOM_UTF8 + b" \r\n\t").startswith(b"{") else "text"


def _decoded(file: BufferedReader, encoding: str | None) -> TextIOWrapper:
    found = encoding or _encoding(file.peek(_HEAD)[:_HEAD])
    try:
        codecs.lookup(found)
    except LookupError:
        raise RecordsError(f"کدگذاری «{found}» ناشناخته است.") from None
    escape = "surrogateescape" if found.startswith("utf-8") else "replace"
    return TextIOWrapper(file, encoding=found, errors=escape, newline="")


def _encoding(head: bytes) -> str:
    """Return the encoding of a file by its first bytes; refuse what would be read as rubbish.

    The refusal names the encoding and no option, because a page, an endpoint and two commands show it.
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        raise RecordsError(
            "این پرونده UTF-8 نیست (شاید UTF-16 بی‌نشان باشد)؛ آن را با UTF-8 ذخیره کنید"
            " یا کدگذاری (encoding) را utf-16-le بگویید."
        )
    lines = [line for line in head.split(b"\n")[:-1] or [head] if not line.isascii()]
    bad = [line for line in lines if not _is_utf8(line)]
    if 2 * len(bad) > len(lines):
        raise RecordsError(
            "این پرونده UTF-8 نیست (شاید Windows-1256 باشد)؛ کدگذاری (encoding) را cp1256 بگویید."
        )
    return "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _text(lines: TextIOWrapper, column: str) -> Iterator[Row]:
    filled = (line.rstrip("\r\n") for line in lines)
    for number, line in enumerate((line for line in filled if line.strip()), 1):
        yield _row(number, {column: line}, column)


def _jsonl(lines: TextIOWrapper, column: str) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            yield Row(
                number=number, record={"line": number}, error=f"invalid_json: این خط JSON نیست ({error})"
            )
            continue
        if isinstance(record, dict):
            yield _row(number, record, column)
        else:
            yield Row(number=number, record={"line": number}, error="invalid_json: این خط یک شیء JSON نیست")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _csv(lines: TextIOWrapper, column: str) -> Iterator[Row]:
    header, delimiter = _csv_header(lines)
    _check_header(header, column)
    rows = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(
                number=number, record={"line": number + 1}, error=f"invalid_csv: این سطر خوانده نشد ({error})"
            )
            continue
        if cells:
            yield _cells(number, header, cells, column)


def _csv_header(lines: TextIOWrapper) -> tuple[list[str], str]:
    csv.field_size_limit(_LONGEST_FIELD)
    first = lines.readline()
    delimiter = max(",;\t", key=first.count)
    return next(csv.reader([first], delimiter=delimiter), []), delimiter


def _cells(number: int, header: list[str], cells: list[Any], column: str) -> Row:
    if len(cells) > len(header):
        record = dict(zip(header, cells, strict=False))
        return Row(number=number, record=record, error="extra_cells: این سطر بیش از سرستون‌ها خانه دارد")
    return _row(number, dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True)), column)


def _check_header(header: list[str], column: str) -> None:
    if not header:
        raise RecordsError("این پرونده خالی است.")
    if column not in header:
        raise RecordsError(
            f"ستون «{column}» نیست؛ ستون‌ها: {'، '.join(map(str, header))}. با ‎--text-column بگویید."
        )
    if len(set(header)) < len(header):
        raise RecordsError("دو ستون یک نام دارند.")


def _xlsx(file: BufferedReader, column: str) -> Iterator[Row]:
    header, rows = _xlsx_rows(file)
    _check_header(header, column)
    for number, cells in enumerate(rows, 1):
        values = [_plain(cell) for cell in cells[: len(header)]]
        if any(value is not None for value in values):
            yield _cells(number, header, values, column)


def _xlsx_rows(file: BufferedReader) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    openpyxl = _optional("openpyxl", "XLSX")
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise RecordsError(f"این پروندهٔ XLSX خوانده نشد ({error}).") from error
    if not book.worksheets:
        raise RecordsError("این پروندهٔ XLSX برگه‌ای ندارد.")
    rows = book.worksheets[0].iter_rows(values_only=True)
    header = [str(name or "") for name in next(rows, ())]
    while header and not header[-1]:
        header.pop()
    return header, rows


def _parquet_file(file: BufferedReader) -> Any:
    """Return the batches of a Parquet file, with their schema."""
    arrow = _optional("arro3.io", "Parquet")
    if not _has_footer(file):
        raise RecordsError("این پروندهٔ Parquet خوانده نشد (پایان آن نشان PAR1 ندارد).")
    with _unbroken("این پروندهٔ Parquet خوانده نشد"):
        return arrow.read_parquet(file)


def _has_footer(file: BufferedReader) -> bool:
    """Tell whether the end of a file says that it is Parquet; it is looked at first because a stranger makes arro3 panic."""
    end = file.seek(0, SEEK_END)
    file.seek(max(end - 4, 0))
    found = file.read(4) == b"PAR1" and end >= _LEAST_PARQUET
    file.seek(0)
    return found


def _parquet(file: BufferedReader, column: str) -> Iterator[Row]:
    table = _parquet_file(file)
    names = list(table.schema.names)
    _check_header(names, column)
    for number, values in enumerate(_parquet_values(table), 1):
        yield _row(number, dict(zip(names, map(_plain, values), strict=True)), column)


def _parquet_values(table: Any) -> Iterator[tuple[Any, ...]]:
    with _unbroken("این پروندهٔ Parquet تا پایان خوانده نشد"):
        for batch in table:
            yield from zip(*(values.to_pylist() for values in batch.columns), strict=True)


@contextmanager
def _unbroken(said: str) -> Iterator[None]:
    """Tell what arro3 says of a damaged file: it raises a bare `Exception`, or a panic, which is none at all."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise RecordsError(f"{said} ({error}).") from error
        raise


def _optional(module: str, what: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        name = module.replace(".", "-")
        raise RecordsError(f"برای {what} بستهٔ {name} لازم است: pip install {name}") from error


def _row(number: int, record: Mapping[str, Any], column: str) -> Row:
    value = record.get(column)
    if column not in record:
        return Row(number=number, record=record, error=f"text_missing: فیلد «{column}» در این رکورد نیست")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)  # a spreadsheet keeps «۲۰» as a number
    if not isinstance(value, str):
        return Row(number=number, record=record, error=f"not_text: فیلد «{column}» متن نیست")
    if not value.isascii() and _UNREAD.search(value):
        return Row(number=number, record=record, error="invalid_encoding: این رکورد UTF-8 نیست")
    return Row(number=number, record=record, text=value)


def _plain(value: Any) -> Any:
    """Return a cell as a JSON value."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value
