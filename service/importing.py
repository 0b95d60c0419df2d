"""Files of comments come in as jobs: kept whole, read by a worker in batches, resumed where a dead one stopped.

A batch and the count of its rows are stored in one transaction, so a job that is killed at any point goes on with the
first row that is not stored; one that is given up three times without storing a row has failed. A row without an id
of its own gets one made of what is taken from it and of its place, so that the same file twice stores nothing twice,
and a file whose columns were named wrongly can be brought in again. What a desk exported says our own id: here the
comment is there already, and on another desk the id tells it from others.
"""

import gc
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event
from time import sleep
from typing import IO, Any

from nlp.errors import RecordsError
from nlp.files import records
from nlp.files.records import Row, Source
from service import limits, logs
from service.comments import exporting, fields, reading_ahead, uploads
from service.comments.drafting import Ready
from service.comments.landing import Landed, StoredElsewhere, erased, land
from service.comments.reading_ahead import Taken
from service.comments.understanding import Line
from service.comments.uploads import DETAIL_CHARS, Upload
from service.errors import Busy, Conflict, Invalid, NotFound, ServiceError, wrong_field
from service.feedback import Incoming
from service.leases import Lease, LeaseLost, held
from service.masking import named
from service.storage import Connection, Engine, audit, begin, jobs, read
from service.storage import feedback as stored
from service.storage.jobs import Job

#: Rows that go through the model together and are stored in one transaction.
BATCH = 500
#: A job is tried so often without a row stored: whatever breaks it would break it for ever.
_ATTEMPTS = 3
#: A desk that is overloaded is left alone for so long.
_AGAIN_S = 1.0
#: How often it is looked whether another worker has ended a job.
_LOOK_S = 0.2
#: Of a comment, as exports have it.
_OUR_ID = re.compile("fb_[0-9a-z]{26}")

Now = Callable[[], datetime]


def accept(engine: Engine, upload: Upload, *, sender: str, now: datetime) -> str:
    """Keep a file as a job and return the job's id; `Invalid` when it cannot be read or has no column of comments.

    The trail tells who brought it. Others write meanwhile: the file is looked at outside any transaction and kept in
    many small ones.
    """
    channel = fields.line("channel", upload.channel) or "import"
    filename = fields.line("file", Path(upload.filename).name[:200]) or ""
    with uploads.copied(upload) as (copy, source):
        columns = uploads.columns_of(source, upload.columns)
        uploads.need_a_row(replace(source, text_column=columns["text"]))
        plan = {
            "format": source.format,
            "columns": columns,
            "channel": channel,
            "encoding": upload.encoding,
            "bytes": os.fstat(copy.fileno()).st_size,
        }
        total = records.count_lines(source)
        with begin(engine) as conn:
            job_id = jobs.create(conn, now, filename=filename, plan=plan, total=total, created_by=sender)
            told = {"file": named(filename), "channel": named(channel), "bytes": plan["bytes"]}
            audit.record(conn, now, sender, "import.created", job_id, after=told)
        with records.afresh(copy) as whole:
            for place, part in enumerate(uploads.pieces(whole)):
                with begin(engine) as conn:
                    jobs.add_part(conn, job_id, place, part)
    with begin(engine) as conn:
        jobs.queue(conn, job_id)
    return job_id


def run(line: Line, upload: Upload, now: Now, *, say: Callable[[str], None]) -> Mapping[str, Any]:
    """Bring in a file right here and return its job; `say` is told every row that was refused, and why.

    A worker of the desk may take the file first: then its end is waited for. Who interrupts this means the file, which is
    cancelled: nobody else shall go on with it.
    """
    job_id = accept(line.engine, upload, sender="cli", now=now())
    gc.freeze()  # the model stays: the collector need not look through it again and again
    job = _brought_in(line, job_id, now)
    if job is None:
        gc.collect()  # what was interrupted may hold the write lock as long as its traceback lives
        with suppress(Conflict):
            cancel(line.engine, job_id, "cli", now())
        done = _look(line.engine, job_id)["done"]
        say(f"cancelled after {done} rows, which stay; the same command again brings in the others")
        raise KeyboardInterrupt
    for row in refused(line.engine, job_id):
        say(f"row {row['row']}: {row['code']}: {row['detail']}")
    return job


def _brought_in(line: Line, job_id: str, now: Now) -> Mapping[str, Any] | None:
    """Bring in a file, or wait for whoever does, and return its job; None of one that was interrupted."""
    try:
        work(lambda: line, f"cli_{job_id}", Event(), now)
        while not (job := _look(line.engine, job_id))["finished_at"]:
            sleep(_LOOK_S)
            work(lambda: line, f"cli_{job_id}", Event(), now)
    except KeyboardInterrupt:
        return None
    return job


def _look(engine: Engine, job_id: str) -> dict[str, Any]:
    with read(engine) as conn:
        return known(conn, job_id)


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
        raise NotFound("import_not_found", "پرونده‌ای با این شناسه وارد نشده است.")
    return row


def cancel(engine: Engine, job_id: str, actor: str, now: datetime) -> None:
    """Stop reading a file; what is stored stays. `NotFound` of no job, `Conflict` of one that has ended."""
    with begin(engine) as conn:
        known(conn, job_id)
        if not jobs.finish(conn, job_id, now, "cancelled"):
            raise Conflict("import_finished", "خواندن این پرونده پیش‌تر به پایان رسیده است.")
        audit.record(conn, now, actor, "import.cancelled", job_id)


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
    lease = Lease(job=job, worker_id=worker_id, lease_s=line.settings.lease_seconds)
    try:
        with held(line.engine, lease, now):
            finished = _read_all(line, lease, stop, now)
    except LeaseLost:
        return
    except (Busy, StoredElsewhere) as error:  # too much to do, or the database is out of reach: in a moment
        logs.unavailable(error)
        finished = False
        stop.wait(_AGAIN_S)
    except RecordsError as error:
        _fail(line, job, str(error)[:DETAIL_CHARS], now())
        return
    with begin(line.engine) as conn:
        if finished:
            jobs.finish(conn, job.id, now(), "done")
        else:
            jobs.release(conn, job.id, worker_id)


def _fail(line: Line, job: Job, why: str, now: datetime) -> None:
    with begin(line.engine) as conn:
        jobs.finish(conn, job.id, now, "failed", why)


def _read_all(line: Line, lease: Lease, stop: Event, now: Now) -> bool:
    """Store the rest of a file; False when we were told to stop before its end."""
    job = lease.job
    with _file(line.engine, job) as file, reading_ahead.ahead(line, job.plan["bytes"]) as ahead:
        for batch, drafts in ahead.drafted(records.batched(_taken(line, job, file, now), BATCH), now):
            if stop.is_set():
                return False
            _store(line, lease, batch, drafts, now())
    return True


def _store(line: Line, lease: Lease, batch: Sequence[Taken], drafts: Sequence[Ready], now: datetime) -> None:
    """Store a batch, with its refused rows and its place in the file, or nothing of it."""
    job = lease.job
    with begin(line.engine) as conn:
        outcomes = _landed(conn, line, batch, drafts, job.created_by, now)
        refused = [
            _refused(taken.number, outcome)
            for taken, outcome in zip(batch, outcomes, strict=True)
            if isinstance(outcome, ServiceError)
        ]
        ended = Counter(one.outcome for one in outcomes if not isinstance(one, ServiceError))
        counts = {"done": len(batch), "created": ended["created"], "unchanged": ended["unchanged"]}
        lease.advance(conn, counts | {"failed": len(refused)}, now)
        jobs.refuse(conn, job.id, refused)


def _landed(
    conn: Connection, line: Line, batch: Sequence[Taken], drafts: Sequence[Ready], sender: str, now: datetime
) -> list[Landed | ServiceError]:
    """Store drafted comments, but for those that this desk exported, and return what became of each."""
    ids = [taken.id for taken in batch if taken.id]
    known = stored.shown_texts(conn, ids) if ids else {}
    back = {
        place: _back(known[taken.id], taken.id, item)
        for place, (taken, item) in enumerate(zip(batch, drafts, strict=True))
        if taken.id in known
    }
    fresh = [item for place, item in enumerate(drafts) if place not in back]
    landed = iter(land(conn, line, fresh, sender, now))
    return [back[place] if place in back else next(landed) for place in range(len(drafts))]


def _back(shown: str | None, id_: str, item: Ready) -> Landed | ServiceError:
    """Return what becomes of a comment that comes back: more than its text was never exported, or is made here."""
    if isinstance(item, ServiceError):
        return item
    if shown is None:
        return erased(id_)
    if exporting.in_sheet(item[0].text) == exporting.in_sheet(shown):
        return Landed("unchanged")
    return Conflict("id_conflict", "نظری با این id پیش‌تر با متن دیگری ثبت شده است.", more={"id": id_})


def _refused(number: int, error: ServiceError) -> dict[str, Any]:
    wrong = [f"{one.path}: {one.detail}" for one in error.errors] or [error.detail]
    code = error.errors[0].code if error.errors else error.code
    told = "؛ ".join(wrong).replace(".؛", "؛")  # several sentences are one
    return {"row": number, "code": code, "detail": told[:DETAIL_CHARS]}


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
    rows = records.read(source)
    if plan["format"] in ("csv", "xlsx"):  # as we write them ourselves
        rows = map(uploads.unguarded, rows)
    for row in islice(rows, job.done, None):
        id_ = _our_id(row)
        try:
            comment = _comment(row, columns, plan["channel"], line.settings.max_text_chars, started)
        except ServiceError as error:
            # what was on the way when it was raised holds all of the row
            yield Taken(number=row.number, id=id_, comment=error.with_traceback(None))
        else:
            yield Taken(number=row.number, id=id_, comment=comment)


def _comment(row: Row, columns: Mapping[str, str], channel: str, max_chars: int, now: datetime) -> Incoming:
    record = uploads.by_heading(row)
    if record.get(columns["text"], "") is None:  # a workbook's empty cell, as a table of text has ""
        raise wrong_field("text", *limits.EMPTY)
    if row.error is not None:
        code, _, detail = row.error.partition(": ")
        raise Invalid(code, detail or code)
    values = {field: record.get(column) for field, column in columns.items()} | {"text": row.text}
    content = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
    id_ = _our_id(row) or f"row-{row.number}-{content[:16]}"
    return fields.incoming(values, channel=channel, external_id=id_, max_chars=max_chars, now=now)


def _our_id(row: Row) -> str | None:
    told = row.record.get("id")
    return told if isinstance(told, str) and _OUR_ID.fullmatch(told) else None


@contextmanager
def _file(engine: Engine, job: Job) -> Iterator[IO[bytes]]:
    """Yield the job's file, which lives as long as the block."""
    with ExitStack() as stack:
        try:
            copy = stack.enter_context(TemporaryFile())
            with read(engine) as conn:
                for part in jobs.parts(conn, job.id):
                    copy.write(part)
            copy.flush()
        except OSError as error:  # there will be room again; nothing is wrong with the file
            raise Busy("no_room_for_file", "برای خواندن پرونده جا نیست.", retry_after=10) from error
        if copy.tell() < job.plan["bytes"]:
            raise RecordsError("این پرونده کامل نرسید؛ دوباره بفرستید.")
        yield copy
