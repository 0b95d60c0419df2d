"""What agents do to tickets: one transaction each, with its clocks, its line in the trail and its event.

The rules of a ticket's life are `service.tickets`; here is the I/O around them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Literal

from nlp import pii
from service import tickets as life
from service.auth import Caller
from service.casework import joining, keeping, promises
from service.comments.understanding import Line
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.idempotency import Once
from service.ids import new_id
from service.jalali import persian
from service.routing import Queue
from service.sla import Priority
from service.storage import Connection, Engine, audit, begin, keys, messages, read, tickets
from service.storage import feedback as stored
from service.storage import promises as promised
from service.storage.dialect import advisory_lock
from service.tickets import Change
from service.views import Case

Row = Mapping[str, Any]
#: What is done to a locked ticket: writes beside it, and returns how the ticket changes.
Step = Callable[[Connection, Row], Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAction:
    """What somebody is about to do to a ticket: who, to which one, when, and the version they had seen (None: whichever it is)."""

    line: Line
    caller: Caller
    ticket_id: str
    now: datetime
    version: int | None = None
    once: Once | None = None  # a step that was taken with this key is not taken again


def look(engine: Engine, ticket_id: str) -> Case:
    """Return a ticket with its comments, messages, promises and trail; `NotFound` when there is none.

    All that was said goes on where a ticket was merged into; the comment that opened it is shown here too.
    """
    with read(engine) as conn:
        ticket = tickets.get(conn, ticket_id)
        if ticket is None:
            raise _missing()
        opener = stored.get(conn, ticket["feedback_id"])
        return Case(
            ticket=ticket,
            comments=stored.of_ticket(conn, ticket_id) or ([opener] if opener else []),
            messages=messages.of(conn, ticket_id),
            promises=promised.of_ticket(conn, ticket_id),
            trail=trail(conn, ticket_id),
        )


def claim(line: Line, queue: str, caller: Caller, now: datetime, once: Once | None = None) -> str | None:
    """Give the caller the next ticket of a queue and return its id; None when nothing waits in it.

    Two agents never get the same ticket. `Conflict` when the caller's hands are full, or as `Once` says.
    """
    capacity = _queue(line, queue).capacity
    _belongs(line, caller, queue)
    with begin(line.engine) as conn:
        earlier = None if once is None else once.claim(conn, now)
        if earlier is not None:
            given: str | None = earlier["response"]
            return given
        id_ = _next(conn, queue, capacity, caller, now)
        if once is not None:
            once.answer(conn, 200, id_)
        return id_


def _next(conn: Connection, queue: str, capacity: int, caller: Caller, now: datetime) -> str | None:
    # one claim after the other, so that none gets past the capacity
    advisory_lock(conn, f"agent {caller.name}")
    held = tickets.held(conn, caller.name, now)
    if held >= capacity:
        detail = (
            f"اکنون {persian(held)} تیکت در دست شماست؛ پیش از برداشتن تیکت تازه یکی را به سرانجام برسانید."
        )
        raise Conflict("hands_full", detail, more={"held": held, "capacity": capacity})
    row: Row | None = tickets.next_free(conn, queue, now)
    if row is None:
        return None
    returned = life.expired(row, now)
    if returned is not None:
        row = keeping.keep(conn, row, returned, "system", "ticket.lease_expired", now)
    keeping.keep(conn, row, life.claim(row, caller.name, now), caller.id, "ticket.claim", now)
    return str(row["id"])


def assign(action: TicketAction, assignee: str | None) -> None:
    """Hand a ticket to somebody, or back to its queue with None; `Invalid` when their keys keep them out of it.

    A name that no key has is taken as it is: people may work in a help desk that speaks to us with one key.
    """

    def assigned(conn: Connection, row: Row) -> Change:
        if assignee is None:
            return life.release(row, action.now)
        if assignee in keys.outside(conn, row["queue"], action.now):
            detail = f"{assignee} عضو صف «{_queue_name(action.line, row['queue'])}» نیست."
            raise Invalid("not_their_queue", detail)
        return life.assign(row, assignee, action.caller.name)

    act(action, "assign" if assignee else "release", assigned)


def reply(action: TicketAction, body: str, then: Literal["resolve", "pend"] | None = None) -> int | None:
    """Answer the customer: the answer clocks stop, and a day that is named in it becomes a promise.

    What follows it is one with it: both are done or neither, and no message comes in between. Returns as `act` does.
    """

    def answered(conn: Connection, row: Row) -> Change:
        id_ = new_id("ms", action.now)
        change = life.reply(row, action.caller.name, id_, action.now)
        _say(conn, action, id_, "reply", body)
        calendar = action.line.calendars.of_queue(row["queue"])
        for due_at in promises.made(body, action.now, calendar):
            # said again it is the same, as within one reply
            if not promised.stands(conn, action.ticket_id, due_at):
                promised.insert(conn, action.now, action.ticket_id, action.caller.name, due_at)
        return change

    after: dict[str, Step] = {"resolve": _settled(action), "pend": _waited(action)}
    return act(action, "reply", answered, then=None if then is None else (then, after[then]))


def note(action: TicketAction, body: str) -> None:
    """Leave a note for colleagues; the customer and webhooks never see it."""

    def noted(conn: Connection, row: Row) -> Change:
        _say(conn, action, new_id("ms", action.now), "note", body)
        return life.note(row)

    act(action, "note", noted)


def pend(action: TicketAction, reason: str | None) -> None:
    """Wait for the customer: every clock stands still."""
    act(action, "pend", _waited(action), reason)


def resume(action: TicketAction, reason: str | None) -> None:
    """Go on without waiting any longer: deadlines move by the working time that was paused."""
    act(action, "resume", lambda _, row: life.resume(row, action.line.calendars, action.now), reason)


def resolve(action: TicketAction, reason: str | None) -> int | None:
    """Settle the matter: clocks stop, and open promises are kept or broken. Returns as `act` does."""
    return act(action, "resolve", _settled(action), reason)


def unresolve(action: TicketAction) -> None:
    """Take back that the matter was settled, as if nobody had said so; `Conflict` when the ticket went on since."""

    def undone(conn: Connection, row: Row) -> Change:
        line = audit.latest(conn, "ticket.resolve", action.ticket_id)
        if line is None or line["at"] != row["resolved_at"] or "was" not in line["after"]:
            raise Conflict(
                "nothing_to_undo", "این تیکت پس از آن تغییر کرده است و دیگر نمی‌شود آن را برگرداند."
            )
        promised.reopen(conn, line["after"].get("settled", ()))
        return life.unresolve(line["after"]["was"], action.now)

    act(action, "unresolve", undone)


def reopen(action: TicketAction, reason: str | None) -> None:
    """Take a resolved ticket up again; what was left of its deadlines runs on, and promises are owed whose day is to come."""

    def again(conn: Connection, row: Row) -> Change:
        change = life.reopen(row, action.line.calendars, action.now)
        keeping.owed_again(conn, row, action.now)
        return change

    act(action, "reopen", again, reason)


def escalate(action: TicketAction, priority: Priority | None, queue: str | None, reason: str | None) -> None:
    """Raise the priority, hand the ticket to another queue, or both; no deadline moves later."""
    if queue is not None:
        _queue(action.line, queue)
    calendars = action.line.calendars
    act(
        action,
        "escalate",
        lambda _, row: life.escalate(row, calendars, action.now, priority=priority, queue=queue),
        reason,
    )


def relax(action: TicketAction, priority: Priority, reason: str | None) -> None:
    """Lower the priority, as only a person may; no deadline moves earlier."""
    calendars = action.line.calendars
    act(action, "relax", lambda _, row: life.relax(row, calendars, action.now, priority=priority), reason)


def confirm(action: TicketAction) -> None:
    """Agree with what a rule in suggest mode proposed."""
    act(action, "confirm", lambda _, row: life.confirm(row))


def merge(action: TicketAction, into: str) -> None:
    """Let another open ticket of the same customer go on in place of this one, with all that was said and promised."""

    def merged(conn: Connection, row: Row) -> Change:
        target = tickets.locked(conn, into)
        if target is None:
            raise NotFound("ticket_not_found", "تیکت مقصد پیدا نشد.")
        _belongs(action.line, action.caller, target["queue"])
        closed, survivor = joining.merge(row, target, action.line.calendars, action.now)
        told = {
            "absorbed": row["id"],
            "comments": stored.move(conn, row["id"], into),
            "messages": messages.move(conn, row["id"], into),
            "promises": promised.move(conn, row["id"], into),
        }
        keeping.keep(conn, target, survivor, action.caller.id, "ticket.absorbed", action.now, told=told)
        return closed

    def first(conn: Connection) -> None:
        """Hold the comments before the tickets, and those in one order, as whoever corrects or merges back does."""
        stored.lock_of_ticket(conn, action.ticket_id)
        tickets.lock(conn, [action.ticket_id, into])

    act(action, "merge", merged, first=first)


def _hold(conn: Connection, action: TicketAction) -> Row:
    """Return the ticket, locked; 409 when it is no longer the version that the caller had seen."""
    row = tickets.locked(conn, action.ticket_id)
    if row is None:
        raise _missing()
    _belongs(action.line, action.caller, row["queue"])
    if action.version is not None and action.version != row["version"]:
        raise keeping.stale(row["version"])
    return row


def trail(conn: Connection, ticket_id: str) -> list[dict[str, Any]]:
    """Return what happened to a ticket, and to those that were merged into it, oldest first."""
    lines = audit.trail(conn, ticket_id)
    absorbed = [line["after"]["absorbed"] for line in lines if line["action"] == "ticket.absorbed"]
    lines += (line for id_ in absorbed for line in trail(conn, id_))
    return sorted(lines, key=itemgetter("seq"))


def act(
    action: TicketAction,
    verb: str,
    change: Step,
    reason: str | None = None,
    *,
    first: Callable[[Connection], None] = lambda _: None,
    then: tuple[str, Step] | None = None,
) -> int | None:
    """Take a step on a ticket, and another one with it, in one transaction; the trail is told why.

    Returns the version it has now, None when the step had been taken before. `first` locks what has to be locked before
    the ticket. `Conflict` as `Once` says.
    """
    told = {"reason": pii.mask(reason)} if reason else None
    with begin(action.line.engine) as conn:
        if action.once is not None and action.once.claim(conn, action.now) is not None:
            return None
        first(conn)
        row = _hold(conn, action)
        for did, step in ((verb, change), *([then] if then else ())):
            done = life.deed(row, step(conn, row), action.caller.name)
            row = keeping.keep(conn, row, done, action.caller.id, f"ticket.{did}", action.now, told=told)
        return int(row["version"])


def _waited(action: TicketAction) -> Step:
    return lambda _, row: life.pend(row, action.now)


def _settled(action: TicketAction) -> Step:
    return lambda conn, row: keeping.settled(conn, row, action.line.calendars, action.now)


def _say(conn: Connection, action: TicketAction, id_: str, kind: str, body: str) -> None:
    values = {"ticket_id": action.ticket_id, "kind": kind, "author": action.caller.name, "body": body}
    messages.add(conn, values | {"id": id_, "at": action.now})


def _queue(line: Line, queue: str) -> Queue:
    if queue not in line.rules.queues:
        raise NotFound("queue_not_found", f"صفی به نام «{queue[:50]}» نیست.")
    return line.rules.queues[queue]


def _belongs(line: Line, caller: Caller, queue: str) -> None:
    if not caller.works_in(queue):
        detail = f"شما عضو صف «{_queue_name(line, queue)}» نیستید."
        raise Forbidden("not_your_queue", detail, more={"queue": queue})


def _queue_name(line: Line, queue: str) -> str:
    return line.rules.queue_names.get(queue, queue)


def _missing() -> NotFound:
    return NotFound("ticket_not_found", "تیکتی با این شناسه نیست.")
