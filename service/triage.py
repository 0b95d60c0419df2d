"""What agents do to tickets: one transaction each, with its clocks, its line in the trail and its event.

The rules of a ticket's life are `service.tickets`; here is the I/O around them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nlp import pii
from service import clocks, promises, views
from service import tickets as life
from service.auth import Caller
from service.clocks import Clocks
from service.errors import Conflict, Forbidden, NotFound
from service.ids import new_id
from service.intake import Line
from service.sla import PRIORITIES, Priority
from service.storage import Connection, Engine, audit, begin, outbox, read, tickets
from service.storage import feedback as stored
from service.storage import promises as promised

Row = Mapping[str, Any]
#: What the trail says of a ticket before and after; never a customer's words.
_TOLD = ("queue", "priority", "status", "assignee", "mode", "due_at", "merged_into", "compensation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Somebody's hand on a ticket: who, which one, when, and the version they had seen (None: whichever it is)."""

    line: Line
    caller: Caller
    ticket_id: str
    now: datetime
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ticket with everything that belongs to it."""

    ticket: Row
    comments: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    promises: list[dict[str, Any]]
    trail: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Effect:
    """What an action changes: columns, clocks, and what the event says beside the ticket itself."""

    values: Mapping[str, Any] = field(default_factory=dict)
    clocks: Clocks | None = None
    event: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


def look(engine: Engine, ticket_id: str) -> Case:
    """Return a ticket with its comments, messages, promises and trail; `NotFound` when there is none."""
    with read(engine) as conn:
        ticket = tickets.get(conn, ticket_id)
        if ticket is None:
            raise _missing()
        return Case(
            ticket=ticket,
            comments=stored.of_ticket(conn, ticket_id),
            messages=tickets.thread(conn, ticket_id),
            promises=promised.of_ticket(conn, ticket_id),
            trail=audit.trail(conn, ticket_id),
        )


def claim(line: Line, queue: str, caller: Caller, now: datetime) -> str | None:
    """Give the caller the next ticket of a queue and return its id; None when nothing is free or the hands are full."""
    _belongs(caller, queue)
    until = now + timedelta(minutes=line.settings.claim_minutes)
    capacity = line.rules.queues[queue].capacity
    with begin(line.engine) as conn:
        id_ = tickets.claim(conn, queue, caller.name, now, until, capacity)
        row = tickets.locked(conn, id_) if id_ else None
        if row is not None:
            before = {"status": "open", "assignee": None}
            after = {"status": row["status"], "assignee": row["assignee"], "until": views.moment(until)}
            audit.record(conn, now, caller.id, "ticket.claimed", row["id"], before=before, after=after)
            _emit(conn, now, "ticket.assigned", row, {})
        return id_


def assign(hand: Hand, assignee: str | None) -> None:
    """Hand a ticket to somebody, or back to its queue with None."""
    action = "assign" if assignee else "release"
    values = {"assignee": assignee, "claimed_until": None}
    _act(hand, action, lambda conn, row: _Effect(values=values, event="ticket.assigned"))


def reply(hand: Hand, body: str) -> None:
    """Answer the customer: the answer clocks stop, and a day that is promised in it becomes a promise."""

    def answered(conn: Connection, row: Row) -> _Effect:
        _say(conn, hand, "reply", body)
        for due_at in promises.made(body, hand.now):
            promised.insert(conn, hand.now, hand.ticket_id, hand.caller.name, due_at)
        return _Effect(
            values={"assignee": row["assignee"] or hand.caller.name},
            clocks=clocks.answered(_clocks(row), hand.now),
            event="ticket.replied",
            told={"body": pii.mask(body)},
        )

    _act(hand, "reply", answered)


def note(hand: Hand, body: str) -> None:
    """Leave a note for colleagues; the customer and webhooks never see it."""

    def noted(conn: Connection, row: Row) -> _Effect:
        _say(conn, hand, "note", body)
        return _Effect()

    _act(hand, "note", noted)


def pend(hand: Hand, reason: str | None) -> None:
    """Wait for the customer: every clock stands still."""
    _act(hand, "pend", lambda conn, row: _Effect(clocks=clocks.paused(_clocks(row), hand.now)), reason)


def resume(hand: Hand, reason: str | None) -> None:
    """Go on without waiting any longer: deadlines move by the working time that was paused."""
    calendars = hand.line.calendars
    _act(
        hand,
        "resume",
        lambda conn, row: _Effect(clocks=clocks.resumed(_clocks(row), calendars, hand.now)),
        reason,
    )


def resolve(hand: Hand, reason: str | None) -> None:
    """Settle the matter: clocks stop, open promises are kept or broken, urgency falls."""

    def settled(conn: Connection, row: Row) -> _Effect:
        promised.settle(conn, hand.ticket_id, hand.now)
        return _Effect(
            values={"resolved_at": hand.now, "claimed_until": None},
            clocks=clocks.resolved(_clocks(row), hand.now),
            event="ticket.resolved",
        )

    _act(hand, "resolve", settled, reason)


def reopen(hand: Hand, reason: str | None) -> None:
    """Take a resolved ticket up again; what was left of its deadlines runs on."""
    calendars = hand.line.calendars
    _act(
        hand,
        "reopen",
        lambda conn, row: _Effect(
            values={"resolved_at": None},
            clocks=clocks.reopened(_clocks(row), calendars, hand.now),
            event="ticket.reopened",
        ),
        reason,
    )


def escalate(hand: Hand, priority: Priority | None, queue: str | None, reason: str | None) -> None:
    """Raise the priority, hand the ticket to another queue, or both; no deadline moves later."""

    def raised(conn: Connection, row: Row) -> _Effect:
        wanted, where = priority or row["priority"], queue or row["queue"]
        _known_queue(hand.line, where)
        if PRIORITIES.index(wanted) > row["priority_rank"] or (wanted, where) == (row["priority"], row["queue"]):
            raise Conflict("not_higher", "ارجاع باید اولویت را بالا ببرد یا صف را عوض کند.")
        promise = clocks.tightened(_clocks(row), hand.line.calendars, where, wanted, hand.now)
        return _Effect(values=_placed(row, wanted, where), clocks=promise, event="ticket.escalated")

    _act(hand, "escalate", raised, reason)


def lower(hand: Hand, priority: Priority, reason: str) -> None:
    """Lower the priority, as only a person may; no deadline moves earlier."""

    def lowered(conn: Connection, row: Row) -> _Effect:
        if PRIORITIES.index(priority) <= row["priority_rank"]:
            raise Conflict("not_lower", "اولویت تازه باید پایین‌تر باشد؛ برای بالا بردن «ارجاع» را به کار ببرید.")
        promise = clocks.loosened(_clocks(row), hand.line.calendars, row["queue"], priority, hand.now)
        return _Effect(values=_placed(row, priority, row["queue"]), clocks=promise)

    _act(hand, "lower", lowered, reason)


def confirm(hand: Hand) -> None:
    """Agree with what a rule in suggest mode proposed."""

    def agreed(conn: Connection, row: Row) -> _Effect:
        if row["mode"] != "suggested":
            raise Conflict("nothing_suggested", "این تیکت پیشنهادی نیست که تأیید شود.")
        return _Effect(values={"mode": "confirmed"})

    _act(hand, "confirm", agreed)


def merge(hand: Hand, into: str) -> None:
    """Let another open ticket of the same customer go on in place of this one, with its comments."""

    def merged(conn: Connection, row: Row) -> _Effect:
        target = tickets.locked(conn, into) if into != row["id"] else None
        if target is None or target["status"] not in tickets.OPEN:
            raise Conflict("merge_target", "تیکت مقصد باید تیکت باز دیگری باشد.")
        if row["customer_id"] is None or row["customer_id"] != target["customer_id"]:
            raise Conflict("other_customer", "فقط تیکت‌های یک مشتری را می‌توان یکی کرد.")
        stored.move(conn, row["id"], into)
        _absorb(conn, hand, row, target)
        return _Effect(
            values={"merged_into": into, "resolved_at": hand.now, "claimed_until": None},
            clocks=clocks.resolved(_clocks(row), hand.now),
            event="ticket.resolved",
        )

    _act(hand, "merge", merged)


def compensate(hand: Hand, state: str, amount: int | None, currency: str) -> None:
    """Take compensation one step further: requested, offered, then paid or refused."""

    def moved(conn: Connection, row: Row) -> _Effect:
        was = row["compensation"] or {"state": None, "amount": None, "currency": currency}
        if state not in life.compensation_steps(was["state"]):
            allowed = list(life.compensation_steps(was["state"]))
            detail = "جبران خسارت از این وضعیت به وضعیت خواسته‌شده نمی‌رود."
            raise Conflict("invalid_step", detail, more={"status": was["state"], "allowed": allowed})
        told = {"state": state, "amount": was["amount"] if amount is None else amount, "currency": currency}
        return _Effect(values={"compensation": told})

    _act(hand, "compensate", moved)


def promise(hand: Hand, due_at: datetime) -> None:
    """Promise the customer something by a moment; a reminder comes before it."""

    def given(conn: Connection, row: Row) -> _Effect:
        id_ = promised.insert(conn, hand.now, hand.ticket_id, hand.caller.name, due_at)
        return _Effect(told={"promise": id_, "promised_for": views.moment(due_at)})

    _act(hand, "promise", given)


def fulfil(hand: Hand, promise_id: str) -> None:
    """Close a promise: kept when its moment has not passed, broken otherwise."""

    def done(conn: Connection, row: Row) -> _Effect:
        if not promised.settle(conn, hand.ticket_id, hand.now, [promise_id]):
            raise NotFound("promise_not_found", "وعدهٔ بازی با این شناسه در این تیکت نیست.")
        return _Effect(told={"promise": promise_id})

    _act(hand, "fulfil", done)


def _act(
    hand: Hand, action: str, change: Callable[[Connection, Row], _Effect], reason: str | None = None
) -> None:
    with begin(hand.line.engine) as conn:
        row = _held(conn, hand)
        status = life.after(row["status"], action)
        if status is None:
            allowed = life.allowed(row["status"])
            detail = "در این وضعیت تیکت چنین کاری نمی‌شود."
            raise Conflict("invalid_step", detail, more={"status": row["status"], "allowed": list(allowed)})
        effect = change(conn, row)
        _write(conn, hand, row, action, status, effect, reason)


def _held(conn: Connection, hand: Hand) -> Row:
    """Return the ticket, locked; 409 when it is no longer the version that the caller had seen."""
    row = tickets.locked(conn, hand.ticket_id)
    if row is None:
        raise _missing()
    _belongs(hand.caller, row["queue"])
    if hand.version is not None and hand.version != row["version"]:
        detail = "این تیکت در این میان تغییر کرده است؛ آن را دوباره بخوانید."
        raise Conflict("stale_version", detail, more={"version": row["version"]})
    return row


def _write(
    conn: Connection, hand: Hand, row: Row, action: str, status: str, effect: _Effect, reason: str | None
) -> None:
    values = {"status": status, **effect.values}
    if row["assignee"] == hand.caller.name and "claimed_until" not in values:
        values["claimed_until"] = None  # whoever works on a claimed ticket keeps it
    found: tuple[tuple[str, str], ...] = ()
    if effect.clocks is not None:
        kept, found = clocks.events(effect.clocks, hand.now)
        values |= clock_columns(kept)
    tickets.update(conn, row["id"], row["version"], values)
    after = {**row, **values, "version": row["version"] + 1}
    changed = [name for name in _TOLD if after[name] != row[name]]
    why = {"reason": pii.mask(reason)} if reason else {}
    audit.record(
        conn,
        hand.now,
        hand.caller.id,
        f"ticket.{action}",
        row["id"],
        before={name: _plain(row[name]) for name in changed},
        after={name: _plain(after[name]) for name in changed} | effect.told | why,
    )
    if effect.event is not None:
        _emit(conn, hand.now, effect.event, after, effect.told)
    for event, name in found:
        _emit(conn, hand.now, event, after, {"promise": name})


def clock_columns(kept: Clocks) -> dict[str, Any]:
    """Return how a ticket's row keeps its clocks."""
    return {"sla": clocks.to_json(kept), "due_at": clocks.due_at(kept), "check_at": clocks.check_at(kept)}


def _emit(conn: Connection, now: datetime, event: str, row: Row, told: Row) -> None:
    outbox.emit(conn, now, event, row["id"], {"ticket": views.ticket_event(row), **told})


def _absorb(conn: Connection, hand: Hand, row: Row, target: Row) -> None:
    """The ticket that goes on takes the higher priority of the two and counts both customers' contacts."""
    rank = min(row["priority_rank"], target["priority_rank"])
    going = _clocks(target)
    if rank < target["priority_rank"]:
        going = clocks.tightened(going, hand.line.calendars, target["queue"], PRIORITIES[rank], hand.now)
    values = {
        "contacts": target["contacts"] + row["contacts"],
        "urgency_score": max(row["urgency_score"], target["urgency_score"]),
        **_placed(target, PRIORITIES[rank], target["queue"]),
        **clock_columns(going),
    }
    tickets.update(conn, target["id"], target["version"], values)
    told = {"absorbed": row["id"], "priority": PRIORITIES[rank]}
    audit.record(conn, hand.now, hand.caller.id, "ticket.absorbed", target["id"], after=told)


def _say(conn: Connection, hand: Hand, kind: str, body: str) -> None:
    tickets.add_message(
        conn,
        {
            "id": new_id("ms", hand.now),
            "ticket_id": hand.ticket_id,
            "kind": kind,
            "author": hand.caller.name,
            "body": body,
            "at": hand.now,
        },
    )


def _placed(row: Row, priority: Priority, queue: str) -> dict[str, Any]:
    placed: dict[str, Any] = {
        "priority": priority,
        "priority_rank": PRIORITIES.index(priority),
        "queue": queue,
    }
    if queue != row["queue"]:
        placed |= {"assignee": None, "claimed_until": None}
    return placed


def _known_queue(line: Line, queue: str) -> None:
    if queue not in line.rules.queues:
        raise NotFound("queue_not_found", f"صفی به نام «{queue[:50]}» نیست.")


def _belongs(caller: Caller, queue: str) -> None:
    if not caller.works_in(queue):
        raise Forbidden("not_your_queue", f"شما عضو صف «{queue}» نیستید.", more={"queue": queue})


def _clocks(row: Row) -> Clocks:
    return clocks.from_json(row["sla"])


def _plain(value: object) -> object:
    return views.moment(value) if isinstance(value, datetime) else value


def _missing() -> NotFound:
    return NotFound("ticket_not_found", "تیکتی با این شناسه نیست.")
