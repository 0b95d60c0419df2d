"""The inbox: queues in working order, tickets, and everything an agent does to one."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Path, Query
from starlette.responses import Response

from service import pledges, triage, views
from service.api import reading
from service.api.bodies import (
    AssignIn,
    CompensationIn,
    EscalateIn,
    Line,
    MergeIn,
    MessageIn,
    PromiseIn,
    ReasonIn,
    RelaxIn,
)
from service.api.described import CONFLICT, MISSING, NOTHING, REPLAYED, Responses, header
from service.api.queries import PromiseQuery, TicketQuery
from service.api.reading import Id, OnceDep
from service.api.strict import part
from service.api.ticket_answers import PromisePage, Queues, TicketDetailOut, TicketPage
from service.api.writing import Json, page
from service.auth import Caller
from service.deps import Agent, DeskDep, Now, Reader
from service.errors import BadRequest, NotFound
from service.idempotency import Once
from service.storage import Connection, promises, read, tickets
from service.storage.tickets import Criteria, Position
from service.tickets import OPEN
from service.triage import TicketAction

router = part("tickets")
QueueId = Annotated[Line, Path(description="نام صف، چنان‌که در routing.toml نوشته شده است")]


Handler = TypeVar("Handler", bound=Callable[..., Any])
_Answer = TypeVar("_Answer", bound=Response)
_ETAG: Responses = {200: header("ETag", "نسخهٔ تیکت، برای If-Match")}
#: What is said with a step: the new version, and whether it was taken before.
_ACTED: Responses = {200: {"headers": _ETAG[200]["headers"] | REPLAYED["headers"]}}
#: What a cursor of a queue says of the ticket that a page ended with, in this order.
_MARKED = ("priority_rank", "due_at", "urgency_score", "opened_at", "resolved_at", "id")
#: Steps that need no words are taken without a body, too.
_NO_REASON = ReasonIn()
_VERSION = re.compile(r'(?:W/)?"(\d{1,9})"')
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=100,
        description="ETag تیکت؛ اگر در این میان تغییر کرده باشد پاسخ ۴۰۹ است.",
    ),
]


def get_action(
    ticket_id: Id, desk: DeskDep, now: Now, caller: Agent, once: OnceDep, if_match: IfMatch = None
) -> TicketAction:
    """Return who acts on which ticket, and when; `If-Match` names the version they had seen."""
    version = None
    if if_match is not None and if_match != "*":
        found = _VERSION.fullmatch(if_match)
        if found is None:
            raise BadRequest("bad_if_match", "سرآیند If-Match باید همان ETag تیکت باشد.")
        version = int(found[1])
    return TicketAction(
        line=desk.line, caller=caller, ticket_id=ticket_id, now=now, version=version, once=once
    )


ActionDep = Annotated[TicketAction, Depends(get_action)]


@router.get("/queues", response_model=Queues, summary="صف‌ها و شمار کارهای هر یک")
def queues(desk: DeskDep, now: Now, caller: Reader) -> Json:
    """Return every queue of the rules, and any other that still holds open tickets."""
    with read(desk.engine) as conn:
        counted = tickets.counts(conn, now)
    known = desk.line.rules.queue_names
    none = dict.fromkeys(tickets.COUNTED, 0)
    items = [
        {"id": id_, "label_fa": known.get(id_, id_), "mine": caller.works_in(id_), **counted.get(id_, none)}
        for id_ in [*known, *sorted(set(counted) - set(known))]
    ]
    return Json({"items": items})


@router.get(
    "/queues/{queue}/tickets",
    response_model=TicketPage,
    responses=MISSING,
    summary="کارهای یک صف، به ترتیبی که باید انجام شوند",
)
def listing(
    queue: QueueId, query: Annotated[TicketQuery, Query()], desk: DeskDep, now: Now, caller: Reader
) -> Json:
    """Return tickets by priority, deadline, urgency score, customer value and age; finished ones, the last one first."""
    last = None if query.cursor is None else _last(query.cursor)
    statuses = OPEN if query.status is None else (query.status,)
    with read(desk.engine) as conn:
        # a queue that the rules have since given up still holds what was in it
        if queue not in desk.line.rules.queues and not tickets.any_in(conn, queue):
            raise NotFound("queue_not_found", f"صفی به نام «{queue}» نیست.")
        which = Criteria(queue=queue, statuses=statuses)
        after = None if last is None else _position(conn, last)
        rows = tickets.listing(conn, which, limit=query.limit + 1, after=after)
    return page(rows, query.limit, lambda row: views.ticket(row, caller, now), _mark)


@router.get(
    "/tickets/{ticket_id}", response_model=TicketDetailOut, responses=MISSING | _ETAG, summary="یک تیکت"
)
def one(ticket_id: Id, desk: DeskDep, now: Now, caller: Reader) -> Json:
    """Return a ticket with its comments, replies, notes, promises and trail; the ETag is its version."""
    return _shown(triage.look(desk.engine, ticket_id), caller, now)


@router.post(
    "/queues/{queue}/claim",
    response_model=TicketDetailOut,
    responses=MISSING | CONFLICT | NOTHING | _ACTED,
    summary="برداشتن کار بعدی صف",
)
def claim(queue: QueueId, desk: DeskDep, now: Now, caller: Agent, once: OnceDep) -> Response:
    """Give the caller the next ticket of the queue; 204 when nothing waits, 409 when the caller's hands are full."""
    id_ = triage.claim(desk.line, queue, caller, now, once)
    if id_ is None:
        return _replayed(Response(status_code=204), once)
    return _after(TicketAction(line=desk.line, caller=caller, ticket_id=id_, now=now, once=once))


def _act(path: str, summary: str) -> Callable[[Handler], Handler]:
    """Declare one thing an agent may do to a ticket."""
    return router.post(
        f"/tickets/{{ticket_id}}/{path}",
        response_model=TicketDetailOut,
        responses=MISSING | CONFLICT | _ACTED,
        summary=summary,
    )


@_act("assign", "سپردن به کسی، یا بازگرداندن به صف")
def assign(body: AssignIn, action: ActionDep) -> Json:
    """Hand the ticket to somebody (`me`: the caller); null returns it to the queue."""
    triage.assign(action, action.caller.name if body.assignee == "me" else body.assignee)
    return _after(action)


@_act("reply", "پاسخ به مشتری")
def reply(body: MessageIn, action: ActionDep) -> Json:
    """Answer the customer; a day that is promised in the answer becomes a promise."""
    triage.reply(action, body.body)
    return _after(action)


@_act("note", "یادداشت درونی")
def note(body: MessageIn, action: ActionDep) -> Json:
    """Leave a note for colleagues."""
    triage.note(action, body.body)
    return _after(action)


@_act("pend", "در انتظار مشتری")
def pend(action: ActionDep, body: ReasonIn = _NO_REASON) -> Json:
    """Wait for the customer; every clock stands still."""
    triage.pend(action, body.reason)
    return _after(action)


@_act("resume", "ادامهٔ کار")
def resume(action: ActionDep, body: ReasonIn = _NO_REASON) -> Json:
    """Go on without waiting any longer."""
    triage.resume(action, body.reason)
    return _after(action)


@_act("resolve", "حل شد")
def resolve(action: ActionDep, body: ReasonIn = _NO_REASON) -> Json:
    """Settle the matter."""
    triage.resolve(action, body.reason)
    return _after(action)


@_act("reopen", "بازگشایی")
def reopen(action: ActionDep, body: ReasonIn = _NO_REASON) -> Json:
    """Take a resolved ticket up again."""
    triage.reopen(action, body.reason)
    return _after(action)


@_act("escalate", "بالا بردن اولویت یا ارجاع به صف دیگر")
def escalate(body: EscalateIn, action: ActionDep) -> Json:
    """Raise the priority, hand the ticket to another queue, or both."""
    triage.escalate(action, body.priority, body.queue, body.reason)
    return _after(action)


@_act("relax", "پایین آوردن اولویت")
def relax(body: RelaxIn, action: ActionDep) -> Json:
    """Lower the priority, as only a person may."""
    triage.relax(action, body.priority, body.reason)
    return _after(action)


@_act("confirm", "تأیید پیشنهاد قاعده")
def confirm(action: ActionDep) -> Json:
    """Agree with what a rule in suggest mode proposed."""
    triage.confirm(action)
    return _after(action)


@_act("merge", "ادغام در تیکت دیگر همین مشتری")
def merge(body: MergeIn, action: ActionDep) -> Json:
    """Let another open ticket of the same customer go on in place of this one.

    When that one has ended the answer is 409 `merge_target_finished`: `into` names it, `into_status` says how, and
    `merged_into` which ticket goes on, if one does.
    """
    triage.merge(action, body.into)
    return _after(action)


@_act("compensation", "یک گام جبران خسارت")
def compensate(body: CompensationIn, action: ActionDep) -> Json:
    """Take compensation one step further: requested, offered, then paid or refused.

    What was paid by a slip is offered again, or paid with another sum.
    """
    pledges.compensate(action, body.state, body.amount, body.currency)
    return _after(action)


@_act("promises", "قول به مشتری")
def promise(body: PromiseIn, action: ActionDep) -> Json:
    """Promise the customer something by a moment; a reminder comes before it."""
    pledges.promise(action, body.due_at)
    return _after(action)


@_act("promises/{promise_id}/fulfil", "به قول عمل شد")
def fulfil(promise_id: Id, action: ActionDep) -> Json:
    """Close a promise: kept when its moment has not passed, broken otherwise."""
    pledges.fulfil(action, promise_id)
    return _after(action)


@_act("promises/{promise_id}/withdraw", "قول نبود")
def withdraw(promise_id: Id, action: ActionDep) -> Json:
    """Let what was taken for a promise be none: no reminder, neither kept nor broken."""
    pledges.withdraw(action, promise_id)
    return _after(action)


@_act("promises/{promise_id}/restore", "بازگرداندن قولی که به‌اشتباه بسته شد")
def restore(promise_id: Id, action: ActionDep) -> Json:
    """Take back that a promise was closed or was none: it is again what it was before, with its reminder.

    409 `nothing_to_undo` when nobody closed it by a step of its own, `transition_not_allowed` when it would be open on
    a ticket that has ended.
    """
    pledges.restore(action, promise_id)
    return _after(action)


@router.get("/promises", response_model=PromisePage, summary="قول‌هایی که موعدشان نزدیک است")
def due_promises(query: Annotated[PromiseQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Json:
    """Return open promises that fall due within so many hours, the nearest first, overdue ones included."""
    after = None if query.cursor is None else _promised(query.cursor)
    with read(desk.engine) as conn:
        rows = promises.listing(conn, now + timedelta(hours=query.hours), query.limit + 1, after)
    return page(rows, query.limit, views.promise, lambda row: [row["due_at"], row["id"]])


def _after(action: TicketAction) -> Json:
    """Return the ticket as it is now, also to those who ask for the same step again."""
    return _replayed(
        _shown(triage.look(action.line.engine, action.ticket_id), action.caller, action.now), action.once
    )


def _replayed(told: _Answer, once: Once | None) -> _Answer:
    """Say with an answer that the step was taken before."""
    if once is not None and once.is_repeated:
        told.headers["Idempotency-Replayed"] = "true"
    return told


def _shown(case: views.Case, caller: Caller, now: datetime) -> Json:
    return Json(views.case(case, caller, now), headers={"ETag": f'"{case.ticket["version"]}"'})


def _mark(row: Mapping[str, Any]) -> list[object]:
    """Return what a cursor says of the last ticket of a page: where it stood, but not what its customer is worth.

    Whoever holds a cursor can read it, a reader too.
    """
    place = asdict(tickets.position(row))
    return [place[name] for name in _MARKED]


def _last(cursor: str) -> Position:
    """Return where a page of a queue ended, as its cursor says it; nothing is said there of the customer's value."""
    rank, due, score, opened, resolved, id_ = reading.from_cursor(cursor, len(_MARKED))
    try:
        place = Position(
            priority_rank=int(rank),
            due_at=_moment(due),
            urgency_score=int(score),
            customer_value=0.0,
            opened_at=_moment(opened),
            resolved_at=_moment(resolved),
            id=str(id_),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise reading.bad_cursor() from error
    if max(abs(place.priority_rank), abs(place.urgency_score)) >= 2**31:
        raise reading.bad_cursor()
    return place


def _position(conn: Connection, last: Position) -> Position:
    """Return a place in the queue with the value of its customer, which a ticket keeps for as long as it has one.

    All else is as it was when the page was read, so that a ticket that was moved or settled since has nobody skipped or
    shown twice. `BadRequest` when there is no such ticket.
    """
    known = tickets.of_ids(conn, [last.id])
    if not known:
        raise reading.bad_cursor()
    return replace(last, customer_value=known[0]["customer_value"])


def _promised(cursor: str) -> tuple[datetime, str]:
    due, id_ = reading.from_cursor(cursor, 2)
    try:
        return _moment(due), str(id_)
    except (TypeError, ValueError, OverflowError) as error:
        raise reading.bad_cursor() from error


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)
