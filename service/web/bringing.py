"""Settings: bring a file of comments in: look at its columns, say what each one is, follow how far it is read."""

from typing import Annotated, Literal

from fastapi import Depends, File, Form, UploadFile
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from nlp.errors import EncodingError, RecordsError, WorkbookError
from service import importing
from service.comments import fields, uploads
from service.comments.uploads import Upload
from service.deps import Agent
from service.errors import ServiceError
from service.jalali import persian
from service.storage import jobs, read
from service.web.failures import pages
from service.web.names import import_field
from service.web.page import VisitDep

router = pages()
_SHOWN_ERRORS = 50
#: Nothing is UTF-8, or what the file's byte order mark says; Excel on a Persian Windows saves the other one.
Encoding = Annotated[Literal["", "cp1256"], Form()]
#: What to do about a file on this page, which has a field and no options, for people who have Excel.
_MENDED: dict[type[RecordsError], str] = {
    EncodingError: "این پرونده متنِ UTF-8 نیست. اگر از اکسل است، در «کدگذاری متن» Windows-1256 را برگزینید.",
    WorkbookError: "این پرونده XLSX سالمی نیست؛ در اکسل بازش کنید و دوباره ذخیره کنید.",
}


@router.get("/settings/import")
def page(visit: VisitDep, caller: Agent) -> Response:
    """Show the form and the files of before."""
    return _page(visit)


@router.post("/settings/import/preview")
def preview(
    visit: VisitDep, caller: Agent, file: Annotated[UploadFile, File()], encoding: Encoding = ""
) -> Response:
    """Show the columns of a file and what they seem to be; nothing is kept."""
    try:
        seen = uploads.preview(
            Upload(file=file.file, filename=file.filename or "", encoding=encoding or None)
        )
    except ServiceError as error:
        return visit.page("import_columns.html", seen=None, wrong=_why(error), fields=fields.HEADINGS)
    return visit.page(
        "import_columns.html", seen=seen, wrong="", fields=dict.fromkeys([*fields.HEADINGS, *seen.guessed])
    )


def _why(error: ServiceError) -> str:
    return next((words for kind, words in _MENDED.items() if isinstance(error.__cause__, kind)), error.detail)


async def _columns(request: Request) -> dict[str, str]:
    """Return which column was chosen for which field; a field that was set to nothing stays empty."""
    form: FormData = await request.form()
    return {
        name.removeprefix("column."): str(value) for name, value in form.items() if name.startswith("column.")
    }


@router.post("/settings/import")
def take(
    request: Request,
    visit: VisitDep,
    caller: Agent,
    file: Annotated[UploadFile, File()],
    columns: Annotated[dict[str, str], Depends(_columns)],
    channel: Annotated[str, Form()] = "",
    encoding: Encoding = "",
) -> Response:
    """Queue a file; the worker reads it."""
    upload = Upload(
        file=file.file,
        filename=file.filename or "",
        columns=columns,
        channel=channel,
        encoding=encoding or None,
    )
    try:
        job_id = importing.accept(visit.desk.engine, upload, sender=caller.id, now=visit.now)
    except ServiceError as error:
        return _page(visit, wrong=_why(error), encoding=encoding, channel=upload.channel)
    return visit.back(f"/settings/import/{job_id}", done="imported")


@router.get("/settings/import/{job_id}")
def one(job_id: str, visit: VisitDep, caller: Agent) -> Response:
    """Show how far a file has been read, and the rows that were refused."""
    with read(visit.desk.engine) as conn:
        job = importing.known(conn, job_id)
        refused = jobs.refused(conn, job_id, after=0, limit=_SHOWN_ERRORS)
    told = [(row["row"], _told(row["detail"])) for row in refused]
    return visit.page("settings_job.html", job=job, refused=told)


def _told(detail: str) -> str:
    """Return why a row was refused, its fields named as the form names them.

    >>> _told("scores.stars: از 1 تا 5؛ text: متن خالی است.")
    'ستاره: از ۱ تا ۵؛ متن نظر: متن خالی است.'
    """
    parts = (part.partition(": ") for part in detail.split("؛ "))
    return persian("؛ ".join(import_field(path) + colon + why for path, colon, why in parts))


@router.post("/settings/import/{job_id}/cancel")
def cancel(job_id: str, visit: VisitDep, caller: Agent) -> Response:
    """Stop reading a file; what is stored stays."""
    importing.cancel(visit.desk.engine, job_id, caller.id, visit.now)
    return visit.back(f"/settings/import/{job_id}", done="saved")


def _page(visit: VisitDep, wrong: str = "", encoding: str = "", channel: str = "") -> Response:
    with read(visit.desk.engine) as conn:
        rows = jobs.listing(conn, 20)
    return visit.page("settings_import.html", jobs=rows, wrong=wrong, encoding=encoding, channel=channel)
