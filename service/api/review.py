"""What people make of the tags: corrections, what to look at next, and how good each label is."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from service import views
from service.api.bodies import CorrectionIn
from service.api.described import CONFLICT, MISSING, FeedbackOut, FeedbackPage, Out
from service.api.insight_answers import QualityOut
from service.api.insights import TABLE, answer
from service.api.queries import QualityQuery
from service.api.reading import Id
from service.api.strict import part
from service.api.writing import Json
from service.comments import correcting
from service.corrections import FIELDS, Field, value_of
from service.deps import Agent, Desk, DeskDep, Now, Reader
from service.insight import accuracy, quality
from service.period import last_days
from service.storage import corrections, read, review
from service.storage import feedback as stored

router = part("feedback")
Limit = Annotated[int, Query(ge=1, le=100)]


class CorrectionOut(Out):
    """What somebody said instead of what, and whether it still stands."""

    id: str
    feedback_id: str
    field: Field
    before: Any
    after: Any
    actor: str
    model_version: str | None
    source: str | None
    at: datetime
    at_jalali: str
    undone_at: datetime | None
    undone_at_jalali: str | None


class SuspectOut(Out):
    """A correction that is probably wrong: what the model was sure of (from .9 on), and what others said of such a text."""

    correction: CorrectionOut
    feedback: FeedbackOut
    model_said: Any
    model_confidence: float | None
    others: list[CorrectionOut]


class SuspectList(Out):
    """Corrections that are probably wrong, the most suspicious first."""

    items: list[SuspectOut]


class Corrected(Out):
    """What the tags of a comment say now, and the corrections that made them so."""

    feedback_id: str
    tags: dict[str, Any]
    items: list[CorrectionOut]
    changed: list[str]


@router.post(
    "/feedback/{feedback_id}/corrections",
    status_code=201,
    response_model=Corrected,
    responses=MISSING,
    summary="اصلاح برچسب‌های یک نظر",
)
def correct(feedback_id: Id, body: CorrectionIn, desk: DeskDep, now: Now, caller: Agent) -> Json:
    """Say what the tags should have been: true at once, for this comment and for others that say the same.

    Others are those that come, and those of the last 30 days that nobody looked at, the newest 200. An empty body
    says that the tags are right.
    """
    changed = correcting.judge(desk.line, feedback_id, body.corrections(), caller.id, now)
    return Json(_corrected(desk, feedback_id) | {"changed": changed}, 201)


@router.get(
    "/feedback/{feedback_id}/corrections",
    response_model=Corrected,
    responses=MISSING,
    summary="اصلاح‌های یک نظر",
)
def of_comment(feedback_id: Id, desk: DeskDep, caller: Reader) -> Json:
    """Return every correction of a comment, also those that were undone."""
    return Json(_corrected(desk, feedback_id) | {"changed": []})


@router.delete(
    "/corrections/{correction_id}",
    response_model=dict[str, list[str]],
    responses=MISSING | CONFLICT,
    summary="پس گرفتن یک اصلاح",
)
def undo(correction_id: Id, desk: DeskDep, now: Now, caller: Agent) -> Json:
    """Take a correction back wherever it was applied, and name the comments that changed."""
    return Json({"changed": correcting.undo(desk.line, correction_id, caller.id, now)})


@router.get("/review-queue", response_model=FeedbackPage, summary="نظرهایی که بهتر است یک نفر ببیند")
def queue(
    desk: DeskDep,
    now: Now,
    caller: Agent,
    limit: Limit = 20,
    random_share: Annotated[float, Query(ge=0, le=1)] = 0.2,
) -> Json:
    """Return the least certain comments, and among them a share drawn by chance, to measure what certainty hides."""
    by_chance = round(limit * random_share)
    with read(desk.engine) as conn:
        rows = review.to_look_at(conn, limit, by_chance, now)
    items = [views.feedback(row, caller) | {"drawn": why} for row, why in rows]
    return Json({"items": items, "next_cursor": None})


@router.get("/review/suspects", response_model=SuspectList, summary="اصلاح‌هایی که شاید نادرست باشند")
def suspects(desk: DeskDep, now: Now, caller: Agent, limit: Limit = 20) -> Json:
    """Return corrections that are probably wrong, the most suspicious first.

    The model that tagged the comment was very sure of another label, or somebody else said another thing of a text
    that says the same. Taken back, or judged right by an empty correction an hour later or more, one leaves the list.
    """
    with read(desk.engine) as conn:
        found = accuracy.suspected(conn, limit, now)
    items = [
        {
            "correction": views.correction(one.line),
            "feedback": views.feedback(row, caller),
            "model_said": one.model_said,
            "model_confidence": one.confidence,
            "others": [views.correction(line) for line in one.others],
        }
        for one, row in found
    ]
    return Json({"items": items})


@router.get(
    "/quality", response_model=QualityOut, responses=TABLE, summary="درستی هر برچسب، از روی داوری آدم‌ها"
)
def per_label(query: Annotated[QualityQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return per label how often it was given, accepted and corrected, and its accuracy with a 95 % interval."""
    with read(desk.engine) as conn:
        told, comments = accuracy.per_label(conn, last_days(now, query.days).since)
    body = {"days": query.days, "comments": comments, "fields": quality.overall(told)}
    found = body | {"labels": told}
    return answer(found, query.format, "quality", QualityOut, "labels")


def _corrected(desk: Desk, feedback_id: str) -> dict[str, Any]:
    with read(desk.engine) as conn:
        row = stored.existing(conn, feedback_id)
        lines = corrections.of_feedback(conn, feedback_id)
    said = {field: value_of(row["tags"], field) for field in FIELDS}
    return {"feedback_id": feedback_id, "tags": said, "items": [views.correction(line) for line in lines]}
