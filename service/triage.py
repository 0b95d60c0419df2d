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
from service.routing import Queue
from service.sla import Priority
from service.storage import Connection, Engine, audit, begin, keys, read, threads, tickets
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
    """Somebody's hand on a ticket: who, which one, when, and the version they had seen (None: whichever it is)."""

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
            messages=threads.of(conn, ticket_id),
            promises=promised.of_ticket(conn, ticket_id),
            trail=_trail(conn, ticket_id),
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
    advisory_lock(
        conn, f"agent {caller.name}"
    )  # one claim after the other, so that none gets past the capacity
    held = tickets.held(conn, caller.name, now)
    if held >= capacity:
        detail = f"اکنون {held} تیکت در دست شماست؛ پیش از برداشتن تیکت تازه یکی را به سرانجام برسانید."
        raise Conflict("hands_full", detail, more={"held": held, "capacity": capacity})
    row: Row | None = tickets.next_free(conn, queue, now)
    if row is None:
        return None
    returned = life.expired(row, now)
    if returned is not None:
        row = keeping.keep(conn, row, returned, "system", "ticket.lease_expired", now)
    keeping.keep(conn, row, life.claim(row, caller.name, now), caller.id, "ticket.claim", now)
    return str(row["id"])


def assign(hand: TicketAction, assignee: str | None) -> None:
    """Hand a ticket to somebody, or back to its queue with None; `Invalid` when their keys keep them out of it.

    A name that no key has is taken as it is: people may work in a help desk that speaks to us with one key.
    """

    def assigned(conn: Connection, row: Row) -> Change:
        if assignee is None:
            return life.release(row, hand.now)
        if assignee in keys.outside(conn, row["queue"], hand.now):
            detail = f"{assignee} عضو صف «{_queue_name(hand.line, row['queue'])}» نیست."
            raise Invalid("not_their_queue", detail)
        return life.assign(row, assignee, hand.caller.name)

    act(hand, "assign" if assignee else "release", assigned)


def reply(hand: TicketAction, body: str, then: Literal["resolve", "pend"] | None = None) -> int | None:
    """Answer the customer: the answer clocks stop, and a day that is named in it becomes a promise.

    What follows it is one with it: both are done or neither, and no message comes in between. Returns as `act` does.
    """

    def answered(conn: Connection, row: Row) -> Change:
        id_ = new_id("ms", hand.now)
        change = life.reply(row, hand.caller.name, id_, hand.now)
        _say(conn, hand, id_, "reply", body)
        calendar = hand.line.calendars.of_queue(row["queue"])
        for due_at in promises.made(body, hand.now, calendar):
            promised.insert(conn, hand.now, hand.ticket_id, hand.caller.name, due_at)
        return change

    after: dict[str, Step] = {"resolve": _settled(hand), "pend": _waited(hand)}
    return act(hand, "reply", answered, then=None if then is None else (then, after[then]))


def note(hand: TicketAction, body: str) -> None:
    """Leave a note for colleagues; the customer and webhooks never see it."""

    def noted(conn: Connection, row: Row) -> Change:
        _say(conn, hand, new_id("ms", hand.now), "note", body)
        return life.note(row)

    act(hand, "note", noted)


def pend(hand: TicketAction, reason: str | None) -> None:
    """Wait for the customer: every clock stands still."""
    act(hand, "pend", _waited(hand), reason)


def resume(hand: TicketAction, reason: str | None) -> None:
    """Go on without waiting any longer: deadlines move by the working time that was paused."""
    act(hand, "resume", lambda _, row: life.resume(row, hand.line.calendars, hand.now), reason)


def resolve(hand: TicketAction, reason: str | None) -> int | None:
    """Settle the matter: clocks stop, and open promises are kept or broken. Returns as `act` does."""
    return act(hand, "resolve", _settled(hand), reason)


def unresolve(hand: TicketAction) -> None:
    """Take back that the matter was settled, as if nobody had said so; `Conflict` when the ticket went on since."""

    def undone(conn: Connection, row: Row) -> Change:
        line = audit.latest(conn, "ticket.resolve", hand.ticket_id)
        if line is None or line["at"] != row["resolved_at"] or "was" not in line["after"]:
            raise Conflict(
                "nothing_to_undo", "این تیکت پس از آن تغییر کرده است و دیگر نمی‌شود آن را برگرداند."
            )
        promised.reopen(conn, line["after"].get("settled", ()))
        return life.unresolve(line["after"]["was"], hand.now)

    act(hand, "unresolve", undone)


def reopen(hand: TicketAction, reason: str | None) -> None:
    """Take a resolved ticket up again; what was left of its deadlines runs on."""
    act(hand, "reopen", lambda _, row: life.reopen(row, hand.line.calendars, hand.now), reason)


def escalate(hand: TicketAction, priority: Priority | None, queue: str | None, reason: str | None) -> None:
    """Raise the priority, hand the ticket to another queue, or both; no deadline moves later."""
    if queue is not None:
        _queue(hand.line, queue)
    calendars = hand.line.calendars
    act(
        hand,
        "escalate",
        lambda _, row: life.escalate(row, calendars, hand.now, priority=priority, queue=queue),
        reason,
    )


def relax(hand: TicketAction, priority: Priority, reason: str | None) -> None:
    """Lower the priority, as only a person may; no deadline moves earlier."""
    calendars = hand.line.calendars
    act(hand, "relax", lambda _, row: life.relax(row, calendars, hand.now, priority=priority), reason)


def confirm(hand: TicketAction) -> None:
    """Agree with what a rule in suggest mode proposed."""
    act(hand, "confirm", lambda _, row: life.confirm(row))


def merge(hand: TicketAction, into: str) -> None:
    """Let another open ticket of the same customer go on in place of this one, with all that was said and promised."""

    def merged(conn: Connection, row: Row) -> Change:
        target = tickets.locked(conn, into)
        if target is None:
            raise NotFound("ticket_not_found", "تیکت مقصد پیدا نشد.")
        _belongs(hand.line, hand.caller, target["queue"])
        closed, survivor = joining.merge(row, target, hand.line.calendars, hand.now)
        told = {
            "absorbed": row["id"],
            "comments": stored.move(conn, row["id"], into),
            "messages": threads.move(conn, row["id"], into),
            "promises": promised.move(conn, row["id"], into),
        }
        keeping.keep(conn, target, survivor, hand.caller.id, "ticket.absorbed", hand.now, told=told)
        return closed

    def first(conn: Connection) -> None:
        """Hold the comments before the tickets, and those in one order, as whoever corrects or merges back does."""
        stored.lock_of_ticket(conn, hand.ticket_id)
        tickets.lock(conn, [hand.ticket_id, into])

    act(hand, "merge", merged, first=first)


def _hold(conn: Connection, hand: TicketAction) -> Row:
    """Return the ticket, locked; 409 when it is no longer the version that the caller had seen."""
    row = tickets.locked(conn, hand.ticket_id)
    if row is None:
        raise _missing()
    _belongs(hand.line, hand.caller, row["queue"])
    if hand.version is not None and hand.version != row["version"]:
        raise keeping.stale(row["version"])
    return row


def _trail(conn: Connection, ticket_id: str) -> list[dict[str, Any]]:
    """Return what happened to a ticket, and to those that were merged into it, oldest first."""
    lines = audit.trail(conn, ticket_id)
    absorbed = [line["after"]["absorbed"] for line in lines if line["action"] == "ticket.absorbed"]
    lines += (line for id_ in absorbed for line in _trail(conn, id_))
    return sorted(lines, key=itemgetter("seq"))


def act(
    hand: TicketAction,
    action: str,
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
    with begin(hand.line.engine) as conn:
        if hand.once is not None and hand.once.claim(conn, hand.now) is not None:
            return None
        first(conn)
        row = _hold(conn, hand)
        for did, step in ((action, change), *([then] if then else ())):
            done = step(conn, row)
            row = keeping.keep(conn, row, done, hand.caller.id, f"ticket.{did}", hand.now, told=told)
        return int(row["version"])


def _waited(hand: TicketAction) -> Step:
    return lambda _, row: life.pend(row, hand.now)


def _settled(hand: TicketAction) -> Step:
    return lambda conn, row: keeping.settled(conn, row, hand.line.calendars, hand.now)


def _say(conn: Connection, hand: TicketAction, id_: str, kind: str, body: str) -> None:
    values = {"ticket_id": hand.ticket_id, "kind": kind, "author": hand.caller.name, "body": body}
    threads.add(conn, values | {"id": id_, "at": hand.now})


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
