"""How tickets, queues, promises and the trail look, for OpenAPI and for the tests that hold the answers against it."""

from datetime import datetime
from typing import Any, Literal

from nlp.tags import Tags
from service.api.described import CustomerOut, FeedbackOut, Out
from service.clocks import State
from service.routing import Mode
from service.sla import Priority
from service.tickets import Action, Status


class TicketFeedbackOut(Out):
    """The most urgent comment of a ticket."""

    id: str
    channel: str
    created_at: datetime
    created_at_jalali: str
    text: str
    tags: Tags


class TargetOut(Out):
    """One deadline of a ticket."""

    name: str
    name_fa: str
    due_at: datetime
    due_at_jalali: str
    done_at: datetime | None
    done_at_jalali: str | None
    missed: bool


class SlaOut(Out):
    """The clocks of a ticket."""

    policy: str
    calendar: str
    state: State
    paused_at: datetime | None
    paused_at_jalali: str | None
    targets: list[TargetOut]


class CompensationOut(Out):
    """How far a compensation has come."""

    state: Literal["requested", "offered", "paid", "refused"]
    amount: int | None
    currency: str | None


class MessageOut(Out):
    """A reply to the customer, or a note for colleagues."""

    id: str
    kind: Literal["reply", "note"]
    author: str
    body: str
    at: datetime
    at_jalali: str


class PromiseOut(Out):
    """Something that was promised to the customer, and its day."""

    id: str
    ticket_id: str
    made_by: str
    status: Literal["open", "kept", "broken", "withdrawn"]
    due_at: datetime
    due_at_jalali: str
    at: datetime
    at_jalali: str


class PromisePage(Out):
    """A page of open promises, the nearest first."""

    items: list[PromiseOut]
    next_cursor: str | None


class TrailOut(Out):
    """Who did what to what, and what stood there before and after."""

    actor: str
    action: str
    object_id: str
    before: Any
    after: Any
    at: datetime
    at_jalali: str


class TrailPage(Out):
    """A page of the trail, the newest first."""

    items: list[TrailOut]
    next_cursor: str | None


class TicketOut(Out):
    """A ticket as a queue shows it."""

    id: str
    version: int
    queue: str
    priority: Priority
    status: Status
    contacts: int
    merged_into: str | None
    compensation: CompensationOut | None
    due_at: datetime | None
    due_at_jalali: str | None
    opened_at: datetime
    opened_at_jalali: str
    resolved_at: datetime | None
    resolved_at_jalali: str | None
    assignee: str | None
    rule: str
    mode: Mode
    reason: str
    tags: list[str]
    urgency_score: int
    sla: SlaOut
    customer: CustomerOut | None
    feedback: TicketFeedbackOut


class TicketDetailOut(TicketOut):
    """A ticket with its replies, notes and trail."""

    comments: list[FeedbackOut]
    messages: list[MessageOut]
    promises: list[PromiseOut]
    audit: list[TrailOut]
    actions: list[Action]


class TicketPage(Out):
    """A page of a queue, in working order."""

    items: list[TicketOut]
    next_cursor: str | None


class QueueOut(Out):
    """A queue and how much waits in it."""

    id: str
    label_fa: str
    mine: bool
    open: int
    unassigned: int
    urgent: int
    overdue: int


class Queues(Out):
    """Every queue that the rules name."""

    items: list[QueueOut]
