"""Files of comments come in as jobs: kept whole, read by a worker in batches, resumed where a dead one stopped.

A batch and the count of its rows are stored in one transaction, so a job that is killed at any point goes on with the
first row that is not stored; one that is given up three times without storing a row has failed. A row without an id
of its own gets one made of what is taken from it and of its place, so that the same file twice stores nothing twice,
and a file whose columns were named wrongly can be brought in again.
"""

import gc
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from nlp import records
from nlp.errors import RecordsError
from nlp.records import Row, Source
from service import fields, limits, logs, reading_ahead
from service.drafting import Ready
from service.errors import Busy, Conflict, Invalid, NotFound, ServiceError, wrong_field
from service.feedback import Incoming
from service.holding import Holder, Lost, held
from service.landing import StoredElsewhere, land
from service.reading_ahead import Taken
from service.storage import Connection, Engine, audit, begin, jobs, read
from service.storage.jobs import Job
from service.understanding import Line

#: Rows that go through the model together and are stored in one transaction.
BATCH = 500
#: A job is tried so often without a row stored: whatever breaks it would break it for ever.
_ATTEMPTS = 3
#: A desk that is overloaded is left alone for so long.
_AGAIN_S = 1.0
_PART_BYTES = 1 << 20
_DETAIL_CHARS = 500
_UNPACKED_BYTES = 1_000_000_000
#: Sheets of comments unpack to some twenty times their size; what is small in any case may hold the same a thousand times.
_MOST_FOLDS, _SMALL_BYTES = 200, 1_000_000
_NO_COLUMNS = "این پرونده خالی است یا سطر نخستش ستون‌ها را نام نمی‌برد"

Now = Callable[[], datetime]


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


def preview(upload: Upload, rows: int = 3) -> Preview:
    """Look into a file without keeping it; `Invalid` when it cannot be read."""
    with _copied(upload) as (_, source):
        try:
            headings = records.headings(source)
            guessed = fields.guess(headings)
            named = replace(source, text_column=guessed.get("text") or (headings or ["text"])[0])
            told = (_by_heading(row) for row in records.read(named))
            whole = (record for record in told if not record.keys().isdisjoint(headings))
            first = [_readable(record) for record in islice(whole, rows)]
        except RecordsError as error:
            raise wrong_field("file", "unreadable_file", str(error)) from error
    if not any(headings):
        raise wrong_field("file", "unreadable_file", f"{_NO_COLUMNS}.")
    return Preview(headings=headings, guessed=guessed, rows=first)


def _readable(record: Mapping[str, Any]) -> dict[str, str]:
    """Return a record as it can be shown: half a character is no text."""
    known = {name: value for name, value in record.items() if value is not None}
    return {name: str(value).encode("utf-8", "replace").decode() for name, value in known.items()}


def accept(engine: Engine, upload: Upload, *, sender: str, now: datetime) -> str:
    """Keep a file as a job and return the job's id; `Invalid` when it cannot be read or has no column of comments.

    Others write meanwhile: the file is looked at outside any transaction and kept in many small ones.
    """
    channel = fields.line("channel", upload.channel) or "import"
    filename = fields.line("file", Path(upload.filename).name[:200]) or ""
    with _copied(upload) as (copy, source):
        columns = _columns(source, upload.columns)
        _need_a_row(replace(source, text_column=columns["text"]))
        plan = {
            "format": source.format,
            "columns": columns,
            "channel": channel,
            "encoding": upload.encoding,
            "bytes": os.fstat(copy.fileno()).st_size,
        }
        total = records.count_lines(source)
        with begin(engine) as conn:
            job_id = jobs.create(
                conn,
                now,
                filename=filename,
                plan=plan,
                total=total,
                created_by=sender,
            )
        with records.afresh(copy) as whole:
            for place, part in enumerate(_pieces(whole)):
                with begin(engine) as conn:
                    jobs.add_part(conn, job_id, place, part)
    with begin(engine) as conn:
        jobs.queue(conn, job_id)
    return job_id


def run(line: Line, upload: Upload, now: Now, *, say: Callable[[str], None]) -> Mapping[str, Any]:
    """Bring in a file right here and return its job; `say` is told every row that was refused, and why."""
    job_id = accept(line.engine, upload, sender="cli", now=now())
    gc.freeze()  # the model stays: the collector need not look through it again and again
    work(lambda: line, f"cli_{job_id}", Event(), now)
    for row in refused(line.engine, job_id):
        say(f"row {row['row']}: {row['code']}: {row['detail']}")
    with read(line.engine) as conn:
        return jobs.get(conn, job_id) or {}


def refused(engine: Engine, job_id: str) -> Iterator[Mapping[str, Any]]:
    """Yield every row of a file that was refused, in order."""
    after, page = 0, 1_000
    while True:
        with read(engine) as conn:
            rows = jobs.refused(conn, job_id, after=after, limit=page)
        yield from rows
        if len(rows) < page:
            return
        after = rows[-1]["row"]


def known(conn: Connection, job_id: str) -> dict[str, Any]:
    """Return a job; `NotFound` when there is none."""
    row = jobs.get(conn, job_id)
    if row is None:
        raise NotFound("import_not_found", "درون‌بری‌ای با این شناسه نیست.")
    return row


def cancel(engine: Engine, job_id: str, actor: str, now: datetime) -> None:
    """Stop reading a file; what is stored stays. `NotFound` of no job, `Conflict` of one that has ended."""
    with begin(engine) as conn:
        known(conn, job_id)
        if not jobs.finish(conn, job_id, now, "cancelled"):
            raise Conflict("import_finished", "این درون‌بری پیش‌تر به پایان رسیده است.")
        audit.record(conn, now, actor, "import.cancelled", job_id)


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


def work(line: Callable[[], Line], worker_id: str, stop: Event, now: Now) -> None:
    """Bring in every waiting file; return when there is none, or soon after `stop` is set."""
    while not stop.is_set():
        current = line()
        with read(current.engine) as conn:
            if not jobs.any_free(conn, now()):
                return
        with begin(current.engine) as conn:
            job = jobs.claim(conn, now(), current.settings.lease_seconds, worker_id)
        if job is None:
            return
        _bring_in(current, job, worker_id, stop, now)


def _bring_in(line: Line, job: Job, worker_id: str, stop: Event, now: Now) -> None:
    if job.attempts > _ATTEMPTS:
        _fail(line, job, "خواندن این پرونده چند بار پیاپی نیمه‌کاره ماند و کنار گذاشته شد.", now())
        return
    holder = Holder(job=job, worker_id=worker_id, lease_s=line.settings.lease_seconds)
    try:
        with held(line.engine, holder, now):
            finished = _read_all(line, holder, stop, now)
    except Lost:
        return
    except (Busy, StoredElsewhere) as error:  # too much to do, or the database is out of reach: in a moment
        logs.unavailable(error)
        finished = False
        stop.wait(_AGAIN_S)
    except RecordsError as error:
        _fail(line, job, str(error)[:_DETAIL_CHARS], now())
        return
    with begin(line.engine) as conn:
        if finished:
            jobs.finish(conn, job.id, now(), "done")
        else:
            jobs.release(conn, job.id, worker_id)


def _fail(line: Line, job: Job, why: str, now: datetime) -> None:
    with begin(line.engine) as conn:
        jobs.finish(conn, job.id, now, "failed", why)


def _read_all(line: Line, holder: Holder, stop: Event, now: Now) -> bool:
    """Store the rest of a file; False when we were told to stop before its end."""
    job = holder.job
    with _file(line.engine, job) as file, reading_ahead.ahead(line, job.plan["bytes"]) as ahead:
        for batch, drafts in ahead.drafted(_batches(_taken(line, job, file, now)), now):
            if stop.is_set():
                return False
            _store(line, holder, batch, drafts, now())
    return True


def _store(
    line: Line,
    holder: Holder,
    batch: Sequence[Taken],
    drafts: Sequence[Ready],
    now: datetime,
) -> None:
    """Store a batch, with its refused rows and its place in the file, or nothing of it."""
    job = holder.job
    with begin(line.engine) as conn:
        outcomes = land(conn, line, drafts, job.created_by, now)
        refused = [
            _refused(taken.row, outcome)
            for taken, outcome in zip(batch, outcomes, strict=True)
            if isinstance(outcome, ServiceError)
        ]
        stored = Counter(one.outcome for one in outcomes if not isinstance(one, ServiceError))
        counts = {"done": len(batch), "created": stored["created"], "unchanged": stored["unchanged"]}
        holder.advance(conn, counts | {"failed": len(refused)}, now)
        jobs.refuse(conn, job.id, refused)


def _refused(row: Row, error: ServiceError) -> dict[str, Any]:
    wrong = [f"{one.path}: {one.detail}" for one in error.errors] or [error.detail]
    code = error.errors[0].code if error.errors else error.code
    return {"row": row.number, "code": code, "detail": "؛ ".join(wrong)[:_DETAIL_CHARS]}


def _taken(line: Line, job: Job, file: IO[bytes], now: Now) -> Iterator[Taken]:
    """Yield the rows that are not stored yet, each as a comment or with what is wrong with it."""
    plan = job.plan
    columns: Mapping[str, str] = plan["columns"]
    source = Source(
        path=job.filename,
        file=file,
        text_column=columns["text"],
        format=plan["format"],
        encoding=plan["encoding"],
    )
    started = now()
    for row in islice(records.read(source), job.done, None):
        try:
            comment = _comment(row, columns, plan["channel"], line.settings.max_text_chars, started)
        except ServiceError as error:
            yield Taken(row=row, comment=error)
        else:
            yield Taken(row=row, comment=comment)


def _comment(row: Row, columns: Mapping[str, str], channel: str, max_chars: int, now: datetime) -> Incoming:
    record = _by_heading(row)
    if record.get(columns["text"], "") is None:  # a workbook's empty cell, as a table of text has ""
        raise wrong_field("text", *limits.EMPTY)
    if row.error is not None:
        code, _, detail = row.error.partition(": ")
        raise Invalid(code, detail or code)
    values = {field: record.get(column) for field, column in columns.items()} | {"text": row.text}
    content = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
    return fields.incoming(
        values,
        channel=channel,
        external_id=f"row-{row.number}-{content[:16]}",
        max_chars=max_chars,
        now=now,
    )


def _by_heading(row: Row) -> dict[str, Any]:
    """Return the values of a row under all names that `records.headings` may give them."""
    return {**records.flat(row.record), **row.record}


@contextmanager
def _copied(upload: Upload) -> Iterator[tuple[IO[bytes], Source]]:
    """Yield a copy of what is sent, which lives as long as the block, and how it is read; `Invalid` of a kind we do not read.

    It has no name, here and below: a process that is killed leaves nobody's comments behind.
    """
    kind = _kind(upload.filename)
    with TemporaryFile() as copy:
        for part in _pieces(upload.file):
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


def _columns(source: Source, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return which column fills which field: what was chosen, and a guess for the rest."""
    try:
        headings = records.headings(source)
    except RecordsError as error:
        raise wrong_field("file", "unreadable_file", str(error)) from error
    unknown = [field for field in chosen if limits.unstorable(field) or not fields.is_field(field)]
    missing = [column for column in chosen.values() if column and column not in headings]
    if unknown:
        raise wrong_field(f"columns.{unknown[0][:50]}", "unknown_field", _no_field(unknown[0]))
    told = f"ستون‌ها: {'، '.join(headings)[:_DETAIL_CHARS]}" if any(headings) else _NO_COLUMNS
    if missing:
        raise wrong_field("columns", "unknown_column", f"ستون «{missing[0][:100]}» نیست؛ {told}")
    free = [heading for heading in headings if heading not in chosen.values()]
    columns = {**fields.guess(free), **chosen}
    if not columns.get("text"):
        raise wrong_field("columns.text", "no_text_column", f"ستون متن نظرها پیدا نشد؛ {told}")
    return {field: column for field, column in columns.items() if column}


def _need_a_row(source: Source) -> None:
    try:
        if next(iter(records.read(source)), None) is None:
            raise wrong_field("file", "empty_file", "در این پرونده هیچ نظری نیست.")
    except RecordsError as error:
        raise wrong_field("file", "unreadable_file", str(error)) from error


@contextmanager
def _file(engine: Engine, job: Job) -> Iterator[IO[bytes]]:
    """Yield the job's file, which lives as long as the block."""
    with TemporaryFile() as copy:
        with read(engine) as conn:
            for part in jobs.parts(conn, job.id):
                copy.write(part)
        copy.flush()
        if copy.tell() < job.plan["bytes"]:
            raise RecordsError("این پرونده کامل نرسید؛ دوباره بفرستید.")
        yield copy


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(_PART_BYTES), b"")


def _batches(rows: Iterable[Taken]) -> Iterator[list[Taken]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch
