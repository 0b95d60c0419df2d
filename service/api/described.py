"""How the answers look, for OpenAPI and for the tests that hold the answers against it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from nlp.tags import Tags
from service.feedback import Outcome
from service.sla import Priority
from service.tickets import Status


class Out(BaseModel):
    """An answer has the fields that are told of, and no others."""

    model_config = ConfigDict(extra="forbid")


class FieldErrorOut(Out):
    """One wrong field."""

    path: str
    code: str
    detail: str


class Problem(BaseModel):
    """RFC 9457, with a stable `code` for programs and a Persian `detail` for people."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:bazkhord:problem:invalid_fields",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "code": "invalid_fields",
                    "detail": "برخی از فیلدها درست نیستند. text: متن خالی است.",
                    "errors": [{"path": "text", "code": "text_empty", "detail": "متن خالی است."}],
                    "request_id": "5f0c9a7d1e2b3c4d",
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldErrorOut] = []
    request_id: str | None = None


class TicketReceiptOut(Out):
    """The ticket a comment opened, or joined."""

    id: str
    queue: str
    priority: Priority
    status: Status
    due_at: datetime | None
    due_at_jalali: str | None
    rule: str
    reason: str
    joined: bool


class ReceiptOut(Out):
    """What the sender gets back; offsets in `tags` point into the text that was sent."""

    id: str
    external_id: str | None
    channel: str
    outcome: Outcome
    created_at: datetime
    created_at_jalali: str
    received_at: datetime
    received_at_jalali: str
    masked_text: str
    tags: Tags
    labels: list[str]
    ticket: TicketReceiptOut | None


class ForgottenOut(Out):
    """The receipt of a comment that was erased since: a request under the same key is answered with its id alone."""

    id: str
    erased: Literal[True]


class TicketOfOut(Out):
    """The ticket a comment belongs to."""

    id: str
    queue: str
    status: Status


class CustomerOut(Out):
    """Who wrote, and how often; name and `lifetime_value` are there for agents and admins alone."""

    external_id: str | None
    tier: str | None
    contacts: int
    name: str | None = None
    lifetime_value: float | None = None


class ScoresOut(Out):
    """What the customer ticked."""

    csat: int | None
    nps: int | None
    ces: int | None
    stars: int | None


class FeedbackOut(Out):
    """A stored comment; offsets in `tags` point into `text`."""

    id: str
    external_id: str | None
    channel: str
    created_at: datetime
    created_at_jalali: str
    received_at: datetime
    received_at_jalali: str
    text: str
    masked: bool
    tags: Tags
    labels: list[str]
    customer: CustomerOut | None
    scores: ScoresOut
    question: str | None
    product: str | None
    branch: str | None
    touchpoint: str | None
    metadata: dict[str, Any]
    ticket: TicketOfOut | None
    erased_at: datetime | None
    erased_at_jalali: str | None
    drawn: str | None = None


class FeedbackPage(Out):
    """A page of comments."""

    items: list[FeedbackOut]
    next_cursor: str | None


class BatchResult(BaseModel):
    """One item's result: `tags` or `feedback` when it went well, `error` otherwise."""

    model_config = ConfigDict(extra="allow")

    index: int
    status: int
    tags: Tags | None = None
    feedback: ReceiptOut | ForgottenOut | None = None
    error: Problem | None = None


class BatchOut(Out):
    """How a batch went, item by item, in the order it was sent."""

    count: int
    succeeded: int
    failed: int
    results: list[BatchResult]


Responses = dict[int | str, dict[str, Any]]


def header(name: str, description: str, kind: str = "string") -> dict[str, Any]:
    """Return a header of an answer as OpenAPI describes it."""
    return {"headers": {name: {"description": description, "schema": {"type": kind}}}}


def _problem(description: str) -> dict[str, Any]:
    # as content and not as `model`: FastAPI would say that problems are plain JSON
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


_WAIT = header("Retry-After", "چند ثانیه دیگر", "integer")
#: Every desk that is full or cannot reach its database says so, also to those who need no key.
BUSY: Responses = {503: _problem("سامانه شلوغ است یا آماده نیست؛ Retry-After را ببینید") | _WAIT}
PROBLEMS: Responses = {
    400: _problem("بدنه یا نشانگر صفحه خوانا نیست"),
    401: _problem("کلید API نیست یا باز نمی‌کند"),
    403: _problem("نقش این کلید کافی نیست"),
    413: _problem("بدنه بیش از اندازه بزرگ است"),
    415: _problem("بدنه از نوعی نیست که این نشانی می‌خواند: JSON در UTF-8، و پرونده در multipart/form-data"),
    422: _problem("برخی از فیلدها درست نیستند"),
    429: _problem("تعداد درخواست‌ها از حد گذشت؛ Retry-After را ببینید") | _WAIT,
    **BUSY,
}
MISSING: Responses = {404: _problem("چنین چیزی نیست")}
CONFLICT: Responses = {409: _problem("با آنچه ذخیره شده نمی‌خواند")}
REPLAYED = header("Idempotency-Replayed", "«true»: پیش‌تر با همین Idempotency-Key انجام شده است")
#: The same comment was stored before: its receipt again.
AGAIN: Responses = {
    200: {"model": ReceiptOut | ForgottenOut, "description": "پیش‌تر ثبت شده بود"} | REPLAYED,
    201: REPLAYED,
}
STORED_BATCH: Responses = {200: {"model": BatchOut} | REPLAYED}
NOTHING: Responses = {204: {"description": "چیزی در صف نیست"} | REPLAYED}
BATCH: Responses = {200: {"model": BatchOut}}
