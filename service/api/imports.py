"""Files of comments: taken in at once, read by the worker, followed by whoever sent them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, File, Form, Query, Request, UploadFile
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from service import importing, views
from service.api import queries, reading
from service.api.bodies import Line
from service.api.described import CONFLICT, MISSING, Out, header
from service.api.reading import Id
from service.api.strict import KnownRoute, part
from service.api.writing import Json, attached, page
from service.comments import exporting
from service.comments.uploads import Upload
from service.deps import Agent, Desk, DeskDep, Now
from service.errors import FieldError, wrong_field, wrong_fields
from service.storage import jobs, read

router = part("imports", route=KnownRoute)
_PARTS = ("file", "channel", "columns", "encoding")
_UNKNOWN = f"چنین بخشی شناخته‌شده نیست؛ بخش‌های فرم: {'، '.join(_PARTS)}."
_TWICE = "این بخش بیش از یک بار آمده است؛ هر پرونده درخواست خودش را می‌خواهد."


class JobOut(Out):
    """A file on its way in; `total` is rough and may be unknown, the other counts are exact."""

    id: str
    status: Literal["receiving", "queued", "running", "done", "failed", "cancelled"]
    filename: str
    columns: dict[str, str]
    channel: str
    created_at: datetime
    created_at_jalali: str
    started_at: datetime | None
    started_at_jalali: str | None
    finished_at: datetime | None
    finished_at_jalali: str | None
    total: int | None
    done: int
    created: int
    unchanged: int
    failed: int
    error: str | None


class JobList(BaseModel):
    """A page of files, the newest first."""

    items: list[JobOut]
    next_cursor: str | None


async def _check_parts(request: Request) -> None:
    """Refuse what would be left out in silence: a part that nobody knows, one of two files."""
    names = [name for name, _ in (await request.form()).multi_items()]
    strange = [name for name in names if name not in _PARTS]
    twice = [name for name in _PARTS if names.count(name) > 1]
    found = [FieldError(path=name[:100], code="unknown_field", detail=_UNKNOWN) for name in strange[:100]]
    found += [FieldError(path=name, code="given_twice", detail=_TWICE) for name in twice]
    if found:
        raise wrong_fields(found)


@router.post(
    "/feedback/import",
    status_code=202,
    response_model=JobOut,
    responses={202: header("Location", "نشانی درون‌بری")},
    dependencies=[Depends(_check_parts)],
    summary="درون‌بری پرونده‌ای از نظرها",
)
def create(
    desk: DeskDep,
    now: Now,
    caller: Agent,
    file: Annotated[UploadFile, File(description="CSV، XLSX، JSON، JSONL، Parquet یا متن ساده")],
    channel: Annotated[Line, Form(description="کانال سطرهایی که ستون کانال ندارند")] = "import",
    columns: Annotated[
        str | None,
        Form(
            max_length=10_000,
            description='برای نمونه {"text": "متن نظر", "scores.stars": "امتیاز"}؛ بقیه حدس زده می‌شود',
        ),
    ] = None,
    encoding: Annotated[
        str | None, Form(max_length=40, description="اگر UTF-8 نیست؛ برای نمونه cp1256")
    ] = None,
) -> Json:
    """Take in a file as a job. The same file twice stores nothing twice; rows are known by `external_id`."""
    upload = Upload(
        file=file.file,
        filename=file.filename or "",
        columns=_columns(columns),
        channel=channel,
        encoding=encoding,
    )
    job_id = importing.accept(desk.engine, upload, sender=caller.id, now=now)
    return Json(_shown(_job(desk, job_id)), 202, {"Location": f"/v1/imports/{job_id}"})


@router.get("/imports", response_model=JobList, summary="درون‌بری‌ها")
def listing(query: Annotated[queries.Query, Query()], desk: DeskDep, caller: Agent) -> Json:
    """Return files, the newest first; `next_cursor` leads to the next page."""
    before = reading.id_of(query.cursor)
    with read(desk.engine) as conn:
        rows = jobs.listing(conn, query.limit + 1, before)
    return page(rows, query.limit, _shown, lambda row: [row["id"]])


@router.get("/imports/{job_id}", response_model=JobOut, responses=MISSING, summary="پیشرفت یک درون‌بری")
def one(job_id: Id, desk: DeskDep, caller: Agent) -> Json:
    """Return how far a file has been read."""
    return Json(_shown(_job(desk, job_id)))


@router.get(
    "/imports/{job_id}/errors",
    response_class=StreamingResponse,
    responses={**MISSING, 200: {"content": {"text/csv": {}}, "description": "سطرهای پذیرفته‌نشده"}},
    summary="سطرهایی که پذیرفته نشدند",
)
def errors(job_id: Id, desk: DeskDep, caller: Agent) -> StreamingResponse:
    """Return the refused rows as CSV: number of the row (from 1, without the header), code, reason.

    They are kept for thirty days after the file was read.
    """
    _job(desk, job_id)
    rows = ([row["row"], row["code"], row["detail"]] for row in importing.refused(desk.engine, job_id))
    return attached(f"{job_id}-errors", exporting.as_csv(("row", "code", "detail"), rows))


@router.post(
    "/imports/{job_id}/cancel", response_model=JobOut, responses=MISSING | CONFLICT, summary="توقف درون‌بری"
)
def cancel(job_id: Id, desk: DeskDep, now: Now, caller: Agent) -> Json:
    """Stop reading a file; what is stored stays."""
    importing.cancel(desk.engine, job_id, caller.id, now)
    return Json(_shown(_job(desk, job_id)))


def _columns(told: str | None) -> dict[str, str]:
    if not told:
        return {}
    try:
        chosen = json.loads(told)
    except (ValueError, RecursionError):
        chosen = None
    if not isinstance(chosen, dict) or not all(isinstance(name, str) for name in chosen.values()):
        detail = "باید یک شیء JSON باشد: نام فیلد ما به نام ستون."
        raise wrong_field("columns", "wrong_form", detail)
    return chosen


def _job(desk: Desk, job_id: str) -> dict[str, Any]:
    with read(desk.engine) as conn:
        return importing.known(conn, job_id)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = ("total", "done", "created", "unchanged", "failed")
    told = views.fields(row, "id", "status", "filename", *counts, "error")
    plan = {"columns": row["plan"]["columns"], "channel": row["plan"]["channel"]}
    return told | plan | views.dated(row, "created_at", "started_at", "finished_at")
