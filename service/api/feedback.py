"""Comments come in, are found and are read."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from service import intake, views
from service.api import reading
from service.api.bodies import FeedbackBatchIn, FeedbackIn
from service.api.described import (
    AGAIN,
    CONFLICT,
    MISSING,
    STORED_BATCH,
    FeedbackOut,
    FeedbackPage,
    ForgottenOut,
    Out,
    ReceiptOut,
)
from service.api.queries import FeedbackQuery
from service.api.reading import Id, OnceDep
from service.api.strict import part
from service.api.writing import Json, page
from service.batching import Precomputed
from service.comments import forgetting
from service.comments.understanding import Line
from service.deps import Admin, Desk, DeskDep, Now, Reader, Sender
from service.intake import Answer
from service.jalali import moments
from service.storage import feedback as stored
from service.storage import read

router = part("feedback", "/feedback")


class ErasedOut(Out):
    """What was removed with a comment."""

    id: str
    erased_at: datetime
    erased_at_jalali: str
    removed: dict[str, int]


@router.post(
    "",
    status_code=201,
    response_model=ReceiptOut | ForgottenOut,
    responses=AGAIN | CONFLICT,
    summary="ثبت یک نظر",
)
async def create(body: FeedbackIn, desk: DeskDep, now: Now, caller: Sender, once: OnceDep) -> Response:
    """Store, tag and route one comment. 201 with the receipt; 200 when the same comment was stored before.

    The turn at the model is awaited, as in `/v1/analyze`; a thread is taken for storing alone. With a key the earlier
    answer is looked for first.
    """
    comment = reading.incoming(body, desk.settings, now)
    in_force = desk.line
    line: Line = in_force
    if once is None:
        tags = await reading.tags_of(in_force.tagger, comment.text, comment.created_at or now)
        line = replace(line, tagger=Precomputed(tags=[tags]))
    received = partial(intake.receive, line, comment, sender=caller.id, now=now, once=once)
    return _answer(desk, await run_in_threadpool(received, together=desk.together))


@router.post("/batch", responses=STORED_BATCH | CONFLICT, summary="ثبت تا ۲۰۰ نظر، با خطای جدا برای هر مورد")
def create_batch(body: FeedbackBatchIn, desk: DeskDep, now: Now, caller: Sender, once: OnceDep) -> Response:
    """Store, tag and route up to 200 comments; a wrong item gets its own error and stops nobody."""
    settings = desk.settings
    items = reading.each(
        body.items, settings, lambda item: reading.incoming(reading.checked(FeedbackIn, item), settings, now)
    )
    return _answer(desk, intake.receive_many(desk.line, items, sender=caller.id, now=now, once=once))


@router.get("", response_model=FeedbackPage, summary="فهرست و جست‌وجوی نظرها")
def listing(query: Annotated[FeedbackQuery, Query()], desk: DeskDep, caller: Reader) -> Response:
    """Return comments, the newest first; `next_cursor` leads to the next page."""
    filters = query.filters(caller)
    before = reading.seq_of(query.cursor)
    with read(desk.engine) as conn:
        rows = stored.listing(conn, filters, limit=query.limit + 1, before=before)
    return page(rows, query.limit, lambda row: views.feedback(row, caller), lambda row: [row["seq"]])


@router.get("/{feedback_id}", response_model=FeedbackOut, responses=MISSING, summary="یک نظر")
def one(feedback_id: Id, desk: DeskDep, caller: Reader) -> Response:
    """Return one comment; agents and admins see the original, others the masked text."""
    with read(desk.engine) as conn:
        row = stored.existing(conn, feedback_id)
    return Json(views.feedback(row, caller))


@router.delete("/{feedback_id}", response_model=ErasedOut, responses=MISSING, summary="پاک کردن یک نظر")
def erase(feedback_id: Id, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Remove the words of a comment from every place: text, spans, search, events, kept answers. There is no way back.

    An open ticket none of whose comments is left is resolved.
    """
    removed = forgetting.erase(desk.engine, desk.line.calendars, feedback_id, caller.id, now)
    return Json({"id": feedback_id, **moments("erased_at", now), "removed": removed})


def _answer(desk: Desk, answer: Answer) -> Response:
    if not answer.replayed:
        desk.metrics.stored(answer.body)
    headers = {"Idempotency-Replayed": "true"} if answer.replayed else None
    return Json(answer.body, answer.status, headers)
