"""How the answers look, for OpenAPI and for the tests that hold the answers against it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from nlp.tags import Tags


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FieldErrorOut(_Out):
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


class TicketReceiptOut(_Out):
    """The ticket a comment opened."""

    id: str
    queue: str
    priority: str
    status: str
    due_at: str | None
    due_at_jalali: str | None
    rule: str
    reason: str
    joined: bool


class ReceiptOut(_Out):
    """What the sender gets back; offsets in `tags` point into the text that was sent."""

    id: str
    external_id: str | None
    channel: str
    outcome: str
    created_at: str
    created_at_jalali: str
    received_at: str
    received_at_jalali: str
    masked_text: str
    tags: Tags
    ticket: TicketReceiptOut | None


class ForgottenOut(_Out):
    """The receipt of a comment that was erased since: a request under the same key is answered with its id alone."""

    id: str
    erased: Literal[True]


class TicketOfOut(_Out):
    """The ticket a comment belongs to."""

    id: str
    queue: str
    status: str


class FeedbackOut(_Out):
    """A stored comment; offsets in `tags` point into `text`."""

    id: str
    external_id: str | None
    channel: str
    created_at: str
    created_at_jalali: str
    received_at: str
    received_at_jalali: str
    text: str
    masked: bool
    tags: Tags
    customer: dict[str, Any] | None
    scores: dict[str, int | None]
    question: str | None
    product: str | None
    branch: str | None
    touchpoint: str | None
    metadata: dict[str, Any]
    ticket: TicketOfOut | None
    erased_at: str | None
    erased_at_jalali: str | None
    drawn: str | None = None


class FeedbackPage(_Out):
    """A page of comments."""

    items: list[FeedbackOut]
    next_cursor: str | None


class TicketFeedbackOut(_Out):
    """The comment that opened a ticket."""

    id: str
    channel: str
    created_at: str
    created_at_jalali: str
    text: str
    tags: Tags


class TicketOut(_Out):
    """A ticket as a queue shows it."""

    id: str
    version: int
    queue: str
    priority: str
    status: str
    contacts: int
    merged_into: str | None
    compensation: dict[str, Any] | None
    due_at: str | None
    due_at_jalali: str | None
    opened_at: str
    opened_at_jalali: str
    resolved_at: str | None
    resolved_at_jalali: str | None
    assignee: str | None
    rule: str
    mode: str
    reason: str
    tags: list[str]
    urgency_score: int
    sla: dict[str, Any]
    customer: dict[str, Any] | None
    feedback: TicketFeedbackOut


class TicketDetailOut(TicketOut):
    """A ticket with its replies, notes and trail."""

    comments: list[FeedbackOut]
    messages: list[dict[str, Any]]
    promises: list[dict[str, Any]]
    audit: list[dict[str, Any]]
    actions: list[str]


class TicketPage(_Out):
    """A page of a queue, in working order."""

    items: list[TicketOut]
    next_cursor: str | None


class QueueOut(_Out):
    """A queue and how much waits in it."""

    id: str
    label_fa: str
    mine: bool
    open: int
    unassigned: int
    urgent: int
    overdue: int


class Queues(_Out):
    """Every queue that the rules name."""

    items: list[QueueOut]


class ErasedOut(_Out):
    """What was removed with a comment."""

    id: str
    erased_at: str
    erased_at_jalali: str
    removed: dict[str, int]


class Corrected(_Out):
    """What the tags of a comment say now, and the corrections that made them so."""

    feedback_id: str
    tags: dict[str, Any]
    items: list[dict[str, Any]]
    changed: list[str]


class KeyOut(_Out):
    """An API key without its secret."""

    id: str
    name: str
    role: str
    prefix: str
    queues: list[str] | None
    scopes: list[str] | None
    requests_per_minute: int | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


class NewKeyOut(KeyOut):
    """A fresh API key; `key` is shown this once."""

    key: str


class Keys(_Out):
    """Every API key."""

    items: list[KeyOut]


class BatchResult(BaseModel):
    """One item's result: `tags` or `feedback` when it went well, `error` otherwise."""

    model_config = ConfigDict(extra="allow")

    index: int
    status: int
    tags: Tags | None = None
    feedback: ReceiptOut | ForgottenOut | None = None
    error: Problem | None = None


class BatchOut(_Out):
    """How a batch went, item by item, in the order it was sent."""

    count: int
    succeeded: int
    failed: int
    results: list[BatchResult]


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "model": Problem, "content": {"application/problem+json": {}}}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: _problem("بدنه یا نشانگر صفحه خوانا نیست"),
    401: _problem("کلید API نیست یا باز نمی‌کند"),
    403: _problem("نقش این کلید کافی نیست"),
    413: _problem("بدنه بیش از اندازه بزرگ است"),
    415: _problem("بدنه باید JSON در UTF-8 باشد"),
    422: _problem("برخی از فیلدها درست نیستند"),
    429: _problem("تعداد درخواست‌ها از حد گذشت؛ Retry-After را ببینید"),
    503: _problem("سامانه شلوغ است؛ Retry-After را ببینید"),
}
MISSING: dict[int | str, dict[str, Any]] = {404: _problem("چنین چیزی نیست")}
CONFLICT: dict[int | str, dict[str, Any]] = {409: _problem("با آنچه ذخیره شده نمی‌خواند")}
#: The same comment was stored before: its receipt again.
AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"model": ReceiptOut | ForgottenOut, "description": "پیش‌تر ثبت شده بود"}
}
NOTHING: dict[int | str, dict[str, Any]] = {204: {"description": "چیزی در صف نیست"}}
BATCH: dict[int | str, dict[str, Any]] = {200: {"model": BatchOut}}
