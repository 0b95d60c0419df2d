"""How the bodies of webhooks look, for OpenAPI and for the tests that hold real ones against it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field, create_model

from nlp.tags import Tags
from service.api.described import ForgottenOut, Out, Responses, TicketReceiptOut
from service.sla import Priority
from service.tickets import Status
from service.webhooks.events import ANNOUNCED, TEST_EVENT

_Target = Literal["first_response", "next_response", "resolution"]


class CommentTold(Out):
    """A stored comment, masked."""

    id: str
    external_id: str | None
    channel: str
    outcome: Literal["created"]
    created_at: datetime
    created_at_jalali: str
    received_at: datetime
    received_at_jalali: str
    text: str


class TaggedTold(CommentTold):
    """A stored comment with its tags, whose offsets point into `text`."""

    tags: Tags
    labels: list[str]


class CorrectedTold(Out):
    """The changed labels of a comment."""

    id: str
    before: dict[str, Any]
    after: dict[str, Any]


class OpenedTold(Out):
    """A ticket, the comment that opened it, and whom the rule names."""

    ticket: TicketReceiptOut
    feedback: TaggedTold | ForgottenOut
    notify: list[str]


class TicketTold(Out):
    """A ticket: nobody's words, no customer."""

    id: str
    version: int
    feedback_id: str
    queue: str
    priority: Priority
    status: Status
    assignee: str | None
    rule: str
    urgency_score: int
    due_at: datetime | None
    due_at_jalali: str | None


class ChangedTold(Out):
    """A ticket as it is after what happened to it."""

    ticket: TicketTold


class AssignedTold(ChangedTold):
    """Who has the ticket now, and who gave it to them."""

    assignee: str
    by: str


class RepliedTold(ChangedTold):
    """Who answered, and with which of the ticket's messages: its words are read there, they are in no event."""

    author: str
    message_id: str


class ReopenedTold(ChangedTold):
    """A ticket that is open again; `by` and `notify` when its customer wrote."""

    by: Literal["customer"] | None = None
    notify: list[str] = Field(default=[])


class EscalatedTold(ChangedTold):
    """Where the ticket went: by a person, or by `overflow` because nobody took it in time."""

    queue: str
    priority: Priority | None = None
    by: Literal["overflow"] | None = None


class RaisedTold(ChangedTold):
    """The priority before and after a message of the customer."""

    from_: Priority = Field(alias="from")
    to: Priority
    notify: list[str] = Field(default=[])


class ClockTold(ChangedTold):
    """Which deadline it is about."""

    target: _Target


class PromiseTold(ChangedTold):
    """What was promised to the customer, and by when."""

    promise: str
    promised_for: datetime
    promised_for_jalali: str


class SampleTold(Out):
    """A comment to read, masked."""

    id: str
    text: str
    created_at: datetime
    created_at_jalali: str


class AlertTold(Out):
    """What is out of the ordinary: since when, how sure, in which words, with which figures and comments."""

    id: str
    kind: str
    subject: str
    since: date
    sure: float | None
    message: str
    figures: dict[str, Any]
    samples: list[SampleTold | ForgottenOut]


class BudgetTold(Out):
    """A day with more urgent tickets than the rules allow for."""

    kind: Literal["urgent_budget"]
    urgent: int
    budget: int


class PromotedTold(Out):
    """The model version in use, and the one before it."""

    version: str
    before: str | None


class TestTold(Out):
    """What an admin sends to see whether it arrives."""

    message: str
    webhook_id: str


class TruncatedTold(Out):
    """What stands for data that would exceed 256 KB; fetch the rest."""

    id: str
    truncated: Literal[True]


class SentHeaders(BaseModel):
    """The headers of Standard Webhooks."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    webhook_id: str = Field(description="در همهٔ تلاش‌ها یکی است")
    webhook_timestamp: str = Field(description="ثانیه از ۱۹۷۰")
    webhook_signature: str = Field(description="«v1,…»؛ هنگام تعویض راز دو امضا")


#: What stands in `data` of each event.
DATA: Mapping[str, Any] = {
    "feedback.created": CommentTold | ForgottenOut,
    "feedback.classified": TaggedTold | ForgottenOut,
    "feedback.corrected": CorrectedTold | ForgottenOut,
    "ticket.opened": OpenedTold,
    "ticket.assigned": AssignedTold,
    "ticket.replied": RepliedTold,
    "ticket.resolved": ChangedTold,
    "ticket.reopened": ReopenedTold,
    "ticket.escalated": EscalatedTold,
    "urgency.raised": RaisedTold,
    "sla.warning": ClockTold | PromiseTold,
    "sla.breached": ClockTold,
    "sla.met": ClockTold,
    "topic.emerging": AlertTold,
    "trend.anomaly": AlertTold | BudgetTold,
    "drift.detected": AlertTold,
    "model.promoted": PromotedTold,
    TEST_EVENT: TestTold,
}
_NO_RECEIPT: Responses = {"default": {"description": "رسید نیست؛ اگر بعداً ممکن باشد دوباره فرستاده می‌شود"}}


@cache
def body_of(event: str) -> type[BaseModel]:
    """Return the model of the body in which an event is told."""
    name = "".join(part.title() for part in event.split("."))
    fields: Any = {"type": Literal[event], "timestamp": datetime, "data": DATA[event] | TruncatedTold}
    return create_model(f"{name}Event", __base__=Out, **fields)


@cache
def webhooks() -> APIRouter:
    """Return what OpenAPI says of the events: nobody calls these routes, we call receivers so."""
    router = APIRouter()
    for event in DATA:
        when, name_fa = ANNOUNCED[event]
        router.add_api_route(
            event,
            _told(event),
            methods=["POST"],
            tags=["webhooks"],
            operation_id=event,
            summary=name_fa,
            description=when,
            status_code=204,
            response_description="رسید، مانند هر 2xx دیگر",
            responses=_NO_RECEIPT,
        )
    return router


def _told(event: str) -> Callable[..., None]:
    def told(body: Any, sent: Any) -> None:
        raise AssertionError(event)  # it is only described

    told.__annotations__ = {"body": body_of(event), "sent": Annotated[SentHeaders, Header()], "return": None}
    return told
