"""Files of comments as they are sent: what may be brought in, and what it looks like before."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from nlp.errors import RecordsError, TooLargeError
from nlp.files import records
from nlp.files.records import Row, Source
from nlp.files.tagged import plain
from service import limits
from service.comments import fields
from service.errors import Invalid, wrong_field

_PART_BYTES = 1 << 20
_UNPACKED_BYTES = 1_000_000_000
#: Sheets of comments unpack to some twenty times their size; what is small in any case may hold the same a thousand times.
_MOST_FOLDS, _SMALL_BYTES = 200, 1_000_000
_NO_COLUMNS = "این پرونده خالی است یا سطر نخستش ستون‌ها را نام نمی‌برد"
#: As many rows are shown before a file is brought in.
_SHOWN = 3
#: A refusal says no more than this of what it refuses.
DETAIL_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that somebody wants to be read, and what they say about it; a column that is not named is guessed."""

    file: IO[bytes]
    filename: str
    columns: Mapping[str, str] = field(default_factory=dict)
    channel: str = "import"
    encoding: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file looks like before it is brought in: its columns, what they seem to be, and its first rows."""

    headings: list[str]
    guessed: Mapping[str, str]
    rows: list[dict[str, str]]

    def choices(self, name: str) -> list[str]:
        """Return the columns that may fill a field: one beside ours its own alone, or thousands would be offered squared."""
        return self.headings if name in fields.HEADINGS else [self.guessed[name]]


def preview(upload: Upload) -> Preview:
    """Look into a file without keeping it; `Invalid` when it cannot be read."""
    with copied(upload) as (_, source):
        try:
            headings = records.headings(source)
            guessed = fields.guess(headings)
            named = replace(source, text_column=guessed.get("text") or (headings or ["text"])[0])
            told = (by_heading(row) for row in records.read(named))
            whole = (record for record in told if not record.keys().isdisjoint(headings))
            first = [_readable(record) for record in islice(whole, _SHOWN)]
        except RecordsError as error:
            raise _unreadable(error) from error
    if not any(headings):
        raise wrong_field("file", "unreadable_file", f"{_NO_COLUMNS}.")
    return Preview(headings=headings, guessed=guessed, rows=first)


def _unreadable(error: RecordsError) -> Invalid:
    code = "unpacks_too_large" if isinstance(error, TooLargeError) else "unreadable_file"
    return wrong_field("file", code, str(error))


def _readable(record: Mapping[str, Any]) -> dict[str, str]:
    """Return a record as it can be shown: half a character is no text."""
    known = {name: value for name, value in record.items() if value is not None}
    return {name: str(value).encode("utf-8", "replace").decode() for name, value in known.items()}


def chosen(pair: str) -> tuple[str, str]:
    """Return the field and the column of `FIELD=COLUMN`; with no column the field is left out, whatever the headings say.

    >>> chosen("text=متن نظر"), chosen("scores.stars=")
    (('text', 'متن نظر'), ('scores.stars', ''))
    """
    field_, told, column = pair.partition("=")
    if not told:
        name = pair[:100]
        detail = f"«{name}» نمی‌گوید کدام ستون: «{name}=ستون»، یا «{name}=» تا این فیلد پر نشود."
        raise wrong_field("columns", "wrong_form", detail)
    return field_.strip(), column.strip()


@contextmanager
def copied(upload: Upload) -> Iterator[tuple[IO[bytes], Source]]:
    """Yield a copy of what is sent, which lives as long as the block, and how it is read; `Invalid` of a kind we do not read.

    It has no name, here and below: a process that is killed leaves nobody's comments behind.
    """
    kind = _kind(upload.filename)
    with TemporaryFile() as copy:
        for part in pieces(upload.file):
            copy.write(part)
        copy.flush()
        if kind == "xlsx":
            _check_unpacked(copy)
        yield copy, Source(path=upload.filename, file=copy, format=kind, encoding=upload.encoding)


def _check_unpacked(file: IO[bytes]) -> None:
    """Refuse a workbook that is small on the way and enormous when it is opened."""
    with suppress(BadZipFile), ZipFile(file) as book:
        parts = book.infolist()
        folded = any(part.file_size > max(_SMALL_BYTES, _MOST_FOLDS * part.compress_size) for part in parts)
        if folded or sum(part.file_size for part in parts) > _UNPACKED_BYTES:
            raise wrong_field("file", "unpacks_too_large", "این پرونده پس از باز شدن بیش از اندازه بزرگ است.")


def _kind(filename: str) -> records.Format:
    try:
        return records.SUFFIXES[Path(filename).suffix.lower()]
    except KeyError:
        known = "، ".join(records.SUFFIXES)
        raise wrong_field("file", "unknown_format", f"پسوند پرونده باید یکی از این‌ها باشد: {known}") from None


def _no_field(name: str) -> str:
    return f"فیلدی به نام «{name[:50]}» نیست؛ فیلدها: {'، '.join(fields.HEADINGS)}"


def columns_of(source: Source, told: Mapping[str, str]) -> dict[str, str]:
    """Return which column fills which field: what was told, and a guess for the rest.

    A column goes by its words: on its way through a form a heading loses the blanks around it, and its line break changes.
    """
    try:
        headings = records.headings(source)
    except RecordsError as error:
        raise _unreadable(error) from error
    exact, worded = {"", *headings}, {_words(heading): heading for heading in reversed(headings)}
    chosen = {
        field: column if column in exact else worded.get(_words(column), column)
        for field, column in told.items()
    }
    unknown = [field for field in chosen if limits.unstorable(field) or not fields.is_field(field)]
    missing = [column for column in chosen.values() if column and column not in headings]
    if unknown:
        raise wrong_field(f"columns.{unknown[0][:50]}", "unknown_field", _no_field(unknown[0]))
    known = f"ستون‌ها: {'، '.join(headings)[:DETAIL_CHARS]}" if any(headings) else _NO_COLUMNS
    if missing:
        raise wrong_field("columns", "unknown_column", f"ستون «{missing[0][:100]}» نیست؛ {known}")
    free = [heading for heading in headings if heading not in chosen.values()]
    columns = {**fields.guess(free), **chosen}
    if not columns.get("text"):
        raise wrong_field("columns.text", "no_text_column", f"ستون متن نظرها پیدا نشد؛ {known}")
    return {field: column for field, column in columns.items() if column}


def _words(heading: str) -> str:
    return " ".join(heading.split())


def need_a_row(source: Source) -> None:
    """Refuse a file that holds no comment; `Invalid`."""
    try:
        if next(iter(records.read(source)), None) is None:
            raise wrong_field("file", "empty_file", "در این پرونده هیچ نظری نیست.")
    except RecordsError as error:
        raise _unreadable(error) from error


def by_heading(row: Row) -> dict[str, Any]:
    """Return the values of a row under all names that `records.headings` may give them."""
    return {**records.flat(row.record), **row.record}


def unguarded(row: Row) -> Row:
    """Return a row of a table without the apostrophes that exports put before what a sheet would take for a formula."""
    record = {name: plain(value) for name, value in row.record.items()}
    return row if record == row.record else replace(row, record=record, text=plain(row.text))


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file in parts of one size."""
    return iter(lambda: file.read(_PART_BYTES), b"")
