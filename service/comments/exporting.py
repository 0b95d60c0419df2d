"""Everything the desk knows, on its way out: masked, streamed a page at a time, and safe to open in a spreadsheet."""

import csv
import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from io import StringIO
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Literal

from nlp.examples import Example
from nlp.files.records import batched
from nlp.files.tagged import neutral
from nlp.labels import SENTIMENTS
from service import views
from service.auth import Caller
from service.rules import labels
from service.rules.topics import is_own
from service.storage import Connection, Engine, corrections, read, tickets
from service.storage import feedback as stored
from service.storage.feedback import Filters
from service.storage.tickets import Criteria

if TYPE_CHECKING:
    from openpyxl import Workbook

What = Literal["feedback", "tickets", "corrections", "examples"]
Format = Literal["csv", "xlsx", "jsonl"]
#: A file as it is written; whoever does not want the rest of it closes it.
Pieces = Generator[bytes, None, None]
MEDIA_TYPES: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
#: Exports leave the house, so they show what a reader may see, whoever asks.
_READER = Caller(id="export", name="export", role="reader", kind="key")
_PAGE = 500
_CHUNK = 1 << 16
#: JSON Lines that are sent together.
_LINES = 100
#: A sheet holds a little more; the rest goes to the next one.
_SHEET_ROWS = 1_000_000
#: No cell of a sheet holds more.
_CELL_LETTERS = 32_767
#: What XML cannot carry.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TAGS = (
    "language", "category", "category_confidence", "sentiment", "sentiment_score", "topics", "signals", "urgency",
    "urgency_score", "urgency_reasons", "needs_review", "model",
)  # fmt: skip
_COLUMNS: Mapping[What, tuple[str, ...]] = {
    "feedback": (
        "id", "external_id", "channel", "created_at", "created_at_jalali", "text", *_TAGS, "csat", "nps", "ces",
        "stars", "customer", "tier", "question", "product", "branch", "touchpoint", "ticket", "queue", "status",
        "labels", "metadata",
    ),
    "tickets": (
        "id", "queue", "priority", "status", "assignee", "opened_at", "opened_at_jalali", "due_at", "due_at_jalali",
        "resolved_at", "resolved_at_jalali", "sla", "rule", "reason", "tags", "contacts", "customer", "tier",
        "feedback", "text",
    ),
    "corrections": (
        "id", "feedback_id", "field", "before", "after", "actor", "at", "at_jalali", "undone_at", "model_version",
    ),
    "examples": ("id", "text", "category", "sentiment", "mixed", "topics", "urgency", "signals", "domain", "draw"),
}  # fmt: skip

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is exported, in which form, and which comments (`feedback`) or which tickets (`tickets`) it is about."""

    what: What
    format: Format
    filters: Filters = field(default_factory=Filters)
    which: Criteria = field(default_factory=Criteria)
    trade: str | None = None  # what the examples are said to be of


def content(engine: Engine, wanted: Wanted, now: datetime) -> Pieces:
    """Yield the file piece by piece; memory stays flat, and no transaction is open between two pages."""
    records = _records(engine, wanted, now)
    if wanted.format == "jsonl":
        return (_as_lines(some) for some in batched(records, _LINES))
    columns = _COLUMNS[wanted.what]
    flat = _FLAT[wanted.what]
    cells = ([cell(row.get(column)) for column in columns] for row in map(flat, records))
    return as_csv(columns, cells) if wanted.format == "csv" else _xlsx(columns, cells)


def _as_lines(records: Iterable[Json]) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def _records(engine: Engine, wanted: Wanted, now: datetime) -> Iterator[Json]:
    if wanted.what == "feedback":
        return _feedback(engine, wanted.filters)
    if wanted.what == "tickets":
        page = partial(tickets.page, which=wanted.which)
        return (views.ticket(row, _READER, now) for row in _pages(engine, page))
    if wanted.what == "corrections":
        return (views.correction(row) for row in _pages(engine, corrections.page))
    return _examples(engine, wanted.trade or "")


def _feedback(engine: Engine, filters: Filters) -> Iterator[Json]:
    def page(conn: Connection, before: int | None, limit: int) -> list[Json]:
        return stored.listing(conn, filters, limit=limit, before=before)

    return (views.feedback(row, _READER) for row in _pages(engine, page, None, "seq"))


def _examples(engine: Engine, trade: str) -> Iterator[Json]:
    """Yield corrected comments as `bazkhord train` reads them."""
    for row in _pages(engine, corrections.corrected_comments):
        seen = views.shown(row["original"], row["masked"], row["tags"], _READER)
        if seen.tags["category"] is not None and seen.tags["sentiment"] is not None:
            yield asdict(_example(row["id"], seen.text, seen.tags, trade))


def _pages(
    engine: Engine, page: Callable[[Connection, Any, int], list[Json]], after: Any = "", key: str = "id"
) -> Iterator[Json]:
    """Yield rows a page at a time, each from behind the `key` of the last row before it."""
    while True:
        with read(engine) as conn:
            rows = page(conn, after, _PAGE)
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1][key]


def _example(id_: str, text: str, tags: Mapping[str, Any], trade: str) -> Example:
    return Example(
        id=id_,
        text=text,
        category=tags["category"]["label"],
        sentiment=SENTIMENTS.index(tags["sentiment"]["label"]) - SENTIMENTS.index("neutral"),
        domain=trade,
        draw="correction",
        mixed=tags["sentiment"]["mixed"],
        topics={topic["id"]: topic["sentiment"] for topic in tags["topics"] if not is_own(topic["id"])},
        urgency=tags["urgency"]["level"],
        signals=tuple(signal["name"] for signal in tags["signals"]),
    )


def _flat_feedback(record: Json) -> Json:
    customer, ticket = record["customer"] or {}, record["ticket"] or {}
    told = {**record, **record["scores"], **_flat_tags(record["tags"])}
    told |= {"customer": customer.get("external_id"), "tier": customer.get("tier")}
    told |= {"metadata": record["metadata"] or None}
    return told | {"ticket": ticket.get("id"), "queue": ticket.get("queue"), "status": ticket.get("status")}


def _flat_tags(tags: Mapping[str, Any]) -> Json:
    category, sentiment, urgency = tags["category"] or {}, tags["sentiment"] or {}, tags["urgency"]
    return {
        "language": tags["language"]["code"],
        "category": category.get("label"),
        "category_confidence": category.get("confidence"),
        "sentiment": sentiment.get("label"),
        "sentiment_score": sentiment.get("score"),
        "topics": "|".join(f"{topic['id']}:{topic['sentiment']}" for topic in tags["topics"]),
        "signals": "|".join(signal["name"] for signal in tags["signals"]),
        "urgency": urgency["level"],
        "urgency_score": urgency["score"],
        "urgency_reasons": " | ".join(reason["text_fa"] for reason in urgency["reasons"]),
        "needs_review": tags["needs_review"],
        "model": tags["model"]["version"],
        "labels": "|".join(labels.plain(tags)),
    }


def _flat_ticket(record: Json) -> Json:
    customer, comment = record["customer"] or {}, record["feedback"]
    told = {**record, "sla": record["sla"]["state"], "tags": "|".join(record["tags"])}
    told |= {"customer": customer.get("external_id"), "tier": customer.get("tier")}
    return told | {"feedback": comment["id"], "text": comment["text"]}


def _flat_example(record: Json) -> Json:
    topics = "|".join(f"{topic}:{mood}" for topic, mood in record["topics"].items())
    return {**record, "topics": topics, "signals": "|".join(record["signals"])}


_FLAT: Mapping[What, Callable[[Json], Json]] = {
    "feedback": _flat_feedback,
    "tickets": _flat_ticket,
    "corrections": dict,
    "examples": _flat_example,
}


def cell(value: Any) -> Any:
    """Return a value as a cell that every spreadsheet keeps and none takes for a formula."""
    if value is None:
        return ""
    # first what no sheet keeps: behind it a formula may begin
    return neutral(_CONTROL.sub("", value) if isinstance(value, str) else value)


def as_csv(columns: tuple[str, ...], rows: Iterator[list[Any]]) -> Pieces:
    """Yield CSV with a byte order mark, without which Excel shows Persian as rubbish."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _xlsx(columns: tuple[str, ...], rows: Iterator[list[Any]]) -> Pieces:
    """Yield a workbook, which can only be sent when it is complete; until then it lives in temporary files.

    On the way there nothing is yielded again and again: whoever hung up is noticed then, and others have their turn.
    """
    from openpyxl import Workbook  # a desk starts sooner without it

    book = Workbook(write_only=True)
    sheet = None
    try:
        for number, row in enumerate(rows):
            if sheet is None or number % _SHEET_ROWS == 0:
                sheet = _sheet(book, columns)
            sheet.append([_fitting(value) for value in row])
            if number % _PAGE == 0:
                yield b""
        if sheet is None:
            _sheet(book, columns)
        with TemporaryFile() as file:
            book.save(file)
            file.seek(0)
            yield from iter(lambda: file.read(_CHUNK), b"")
    finally:
        _remove_files(book)


def _remove_files(book: "Workbook") -> None:
    """Remove the files of a workbook that was given up, which openpyxl keeps until the process ends."""
    for sheet in book.worksheets:
        try:
            if not sheet.closed:
                sheet.close()
        finally:  # on a full disk it cannot be closed, and must go all the same
            with suppress(FileNotFoundError):  # it was saved
                sheet._writer.cleanup()  # noqa: SLF001  (there is no public way)


def in_sheet(text: str) -> str:
    """Return a text as a sheet holds it: as XML reads the ends of its lines, and no longer than a cell may be."""
    return str(_fitting(_CONTROL.sub("", text))).replace("\r\n", "\n").replace("\r", "\n")


def _fitting(value: Any) -> Any:
    """Return a cell as long as a sheet holds it; «…» says that something is missing."""
    if not isinstance(value, str) or 2 * len(value) <= _CELL_LETTERS:
        return value
    letters = value.encode("utf-16-le", errors="replace")  # as Excel counts them
    if len(letters) <= 2 * _CELL_LETTERS:
        return value
    return letters[: 2 * _CELL_LETTERS - 2].decode("utf-16-le", errors="ignore") + "…"


def _sheet(book: "Workbook", columns: tuple[str, ...]) -> Any:
    sheet = book.create_sheet()
    sheet.sheet_view.rightToLeft = True
    sheet.append(columns)
    return sheet
