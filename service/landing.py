"""A comment is stored: with its tags, the ticket it opens or joins, and its events, in the caller's transaction."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from nlp import pii
from service import correcting, joining, keeping, promises, views
from service.conditions import facts_of
from service.errors import Conflict
from service.feedback import Incoming, Receipt, TicketReceipt
from service.ids import new_id
from service.joining import Message
from service.masking import mask, redact
from service.opening import Opening
from service.routing import decide
from service.storage import Connection, audit, customers, outbox, tickets
from service.storage import feedback as stored
from service.storage import promises as promised
from service.storage.feedback import Entry
from service.understanding import Line, Understood

Row = Mapping[str, Any]


def land(conn: Connection, line: Line, ready: Understood, sender: str, now: datetime) -> Receipt:
    """Store one comment and return its receipt, or the receipt of the stored one when it was sent before."""
    known = _known(conn, ready)
    if known is not None:
        return known
    with _only_if_stored(conn, ready.incoming):
        customer = ready.incoming.customer
        customer_id = None if customer is None else customers.touch(conn, customer, now)
        case = _open_case(conn, customer_id, now)
        fresh = new_id("tk", now) if ready.opening else None
        entry = entry_of(line, ready, sender, customer_id, case["id"] if case else fresh, now)
        if not stored.insert(conn, entry):
            # somebody stored the same external_id between our look and our insert
            detail = "این external_id هم‌زمان از راه دیگری ثبت شد؛ دوباره بفرستید."
            raise Conflict("external_id_taken", detail)
    if ready.said:
        row = {"id": entry.id, "text_hash": entry.text_hash, "tags": entry.model_tags}
        correcting.repeat(conn, row, ready.said, now)
    ticket = join(conn, line, ready, case, entry.id, now) if case else _open(conn, ready, entry, now)
    receipt = receipt_of(entry, ready, ticket)
    _announce(conn, entry, ready, receipt, sender, now)
    return receipt


def _only_if_stored(conn: Connection, incoming: Incoming) -> AbstractContextManager[Any]:
    """Count the contact of a comment with the comment or not at all: the others of a batch are stored without it."""
    can_be_refused = incoming.external_id is not None and incoming.customer is not None
    return conn.begin_nested() if can_be_refused else nullcontext()


def _open_case(conn: Connection, customer_id: str | None, now: datetime) -> Row | None:
    """Return the ticket of this customer that a new message belongs to, locked."""
    row = None if customer_id is None else tickets.newest_of_customer(conn, customer_id)
    return row if row is not None and joining.takes(row, now) else None


def join(
    conn: Connection, line: Line, ready: Understood, case: Row, feedback_id: str, now: datetime
) -> TicketReceipt:
    """Let a stored comment be another message of its customer's ticket, which is locked and takes it."""
    facts = facts_of(ready.incoming, ready.tags, ready.masked.text)
    decision = ready.opening.decision if ready.opening else decide(line.rules, facts)
    nth = case["contacts"] + 1
    message = Message(decision=decision, urgency_score=ready.tags["urgency"]["score"], nth=nth)
    change = joining.joined(case, message, line.calendars, line.rules.guards, now)
    told = {"feedback": feedback_id, "contacts": nth}
    after = keeping.keep(
        conn, case, change, "routing", "ticket.joined", now, told=told, more={"contacts": nth}
    )
    _remember_promises(conn, ready, case["id"], now)
    return _ticket_receipt(after, joined=True)


def _open(conn: Connection, ready: Understood, entry: Entry, now: datetime) -> TicketReceipt | None:
    if ready.opening is None or entry.ticket_id is None:
        return None
    tickets.insert(conn, ticket_of(ready.opening, ready, entry, now))
    _remember_promises(conn, ready, entry.ticket_id, now)
    return ready.opening.receipt(entry.ticket_id)


def _remember_promises(conn: Connection, ready: Understood, ticket_id: str, now: datetime) -> None:
    """Keep the days by which the customer was promised something, each once however often it is told."""
    told = promises.told(ready.tags)
    known = {one["due_at"] for one in promised.of_ticket(conn, ticket_id)} if told else set()
    for due_at in told:
        if due_at not in known:
            promised.insert(conn, now, ticket_id, promised.CUSTOMER, due_at)


def ticket_of(opening: Opening, ready: Understood, entry: Entry, now: datetime) -> Row:
    """Return the columns of the ticket that a comment opens."""
    values = opening.row(str(entry.ticket_id), entry.id, entry.customer_id, now)
    asked = {"compensation": promises.compensation(ready.tags)}
    return {**values, **keeping.check_column(values), **asked}


def _known(conn: Connection, ready: Understood) -> Receipt | None:
    """Return the receipt of a comment that was stored before; `Conflict` when its id now names another text."""
    incoming = ready.incoming
    if incoming.external_id is None:
        return None
    row = stored.by_external_id(conn, incoming.channel, incoming.external_id)
    if row is None:
        return None
    if row["erased_at"] is not None:
        raise Conflict("erased", "این نظر پاک شده است و دوباره پذیرفته نمی‌شود.", more={"id": row["id"]})
    if row["body_hash"] != ready.body_hash:
        detail = "این external_id در این کانال پیش‌تر با محتوای دیگری ثبت شده است."
        raise Conflict("external_id_conflict", detail, more={"id": row["id"]})
    ticket = tickets.get(conn, row["ticket_id"]) if row["ticket_id"] else None
    return Receipt(
        id=row["id"],
        external_id=row["external_id"],
        channel=row["channel"],
        outcome="unchanged",
        created_at=row["created_at"],
        received_at=row["received_at"],
        masked_text=row["masked"],
        tags=redact(row["original"], row["tags"]) if row["original"] else row["tags"],
        ticket=None if ticket is None else _ticket_receipt(ticket),
    )


def entry_of(
    line: Line, ready: Understood, sender: str, customer_id: str | None, ticket_id: str | None, now: datetime
) -> Entry:
    """Return the row of a comment; the original is in it only if it is to be kept."""
    incoming = ready.incoming
    keep = line.settings.keep_originals and bool(ready.tags["pii"])
    return Entry(
        id=new_id("fb", now),
        incoming=incoming,
        body_hash=ready.body_hash,
        text_hash=ready.text_hash,
        created_at=incoming.created_at or now,
        received_at=now,
        received_by=sender,
        customer_id=customer_id,
        ticket_id=ticket_id,
        original=incoming.text if keep else None,
        masked=ready.masked.text,
        search_text=ready.search_text,
        tags=ready.tags if keep else ready.masked.tags,
        model_tags=_model_tags(ready, keep=keep),
    )


def _model_tags(ready: Understood, *, keep: bool) -> Mapping[str, Any] | None:
    """Return what the model had said where a correction of a like text stands in its place."""
    if not ready.said:
        return None
    return ready.model_tags if keep else mask(ready.incoming.text, ready.model_tags).tags


def receipt_of(entry: Entry, ready: Understood, ticket: TicketReceipt | None) -> Receipt:
    """Return what the sender of a stored comment gets back."""
    return Receipt(
        id=entry.id,
        external_id=entry.incoming.external_id,
        channel=entry.incoming.channel,
        outcome="created",
        created_at=entry.created_at,
        received_at=entry.received_at,
        masked_text=entry.masked,
        tags=redact(entry.incoming.text, ready.tags),
        ticket=ticket,
    )


def _ticket_receipt(row: Row, *, joined: bool = False) -> TicketReceipt:
    return TicketReceipt(
        id=row["id"],
        queue=row["queue"],
        priority=row["priority"],
        status=row["status"],
        due_at=row["due_at"],
        rule=row["rule"],
        reason=row["reason_fa"],
        joined=joined,
    )


def _announce(
    conn: Connection, entry: Entry, ready: Understood, receipt: Receipt, sender: str, now: datetime
) -> None:
    events = events_of(ready, receipt)
    outbox.emit_many(conn, now, events, outbox.listeners(conn, [type_ for type_, *_ in events]))
    joined = receipt.ticket is not None and receipt.ticket.joined
    audit.record_many(conn, trail_of(entry, ready, sender, now, joined=joined))


def events_of(ready: Understood, receipt: Receipt) -> list[tuple[str, str, Row]]:
    """Return what is announced of a stored comment: type, object, data without personal data."""
    told = views.receipt(receipt)
    ticket = told.pop("ticket")
    told |= {"tags": ready.masked.tags, "text": told.pop("masked_text")}
    told |= {name: pii.mask(told[name]) for name in ("external_id", "channel") if told[name]}
    events: list[tuple[str, str, Row]] = [
        ("feedback.created", receipt.id, {key: told[key] for key in told if key != "tags"}),
        ("feedback.classified", receipt.id, told),
    ]
    if ticket is not None and not ticket["joined"]:
        notify = list(ready.opening.decision.notify) if ready.opening else []
        events.append(("ticket.opened", ticket["id"], {"ticket": ticket, "feedback": told, "notify": notify}))
    return events


def trail_of(entry: Entry, ready: Understood, sender: str, now: datetime, *, joined: bool) -> list[Row]:
    """Return the lines of the trail for a stored comment and the ticket it opened."""
    lines: list[Row] = [
        {"at": now, "actor": sender, "action": "feedback.created", "object_id": entry.id, "after": None}
    ]
    opening = ready.opening
    if opening is not None and not joined:
        line: Row = {"action": "ticket.opened", "object_id": entry.ticket_id, "after": opened(opening)}
        lines.append({"at": now, "actor": "routing", **line})
    return lines


def opened(opening: Opening) -> dict[str, Any]:
    """Return what the trail says of a ticket that was opened."""
    decision = opening.decision
    return {
        "queue": decision.queue,
        "priority": decision.priority,
        "status": "open",
        "rule": decision.rule,
        "reason": decision.reason_fa,
        "due_at": views.moment(opening.due_at),
    }
