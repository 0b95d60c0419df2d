"""From a comment to a stored, tagged and routed one, with its ticket and its events, all or nothing.

The model runs before the transaction begins: a prediction inside would make every other writer wait for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from nlp.normalize import TextError
from service import correcting, views
from service.batching import TagsMany
from service.corrections import corrected
from service.errors import Conflict, Invalid, ServiceError
from service.feedback import Customer, Incoming, Receipt, TicketReceipt, body_hash
from service.ids import new_id
from service.jalali import jalali
from service.masking import Masked, mask, redact, without
from service.opening import Opening, open_ticket
from service.routing import Rules
from service.search import search_text
from service.settings import Settings
from service.sla import Calendars
from service.storage import (
    Connection,
    Engine,
    audit,
    begin,
    corrections,
    customers,
    idempotency,
    outbox,
    read,
    tickets,
)
from service.storage import feedback as stored
from service.storage.feedback import Entry

#: Where people say «فردا»; the date it means is counted from here.
TEHRAN = ZoneInfo("Asia/Tehran")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a comment passes on its way in."""

    engine: Engine
    tagger: TagsMany
    rules: Rules
    calendars: Calendars
    settings: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """A request that must have one effect however often it is sent."""

    key: str
    request_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request is answered: a status, a JSON body, and whether it is a repetition."""

    status: int
    body: Any
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A comment that was understood and routed, waiting to be stored.

    `said` are the corrections people made to texts that say the same; `tags` follow them, `model_tags` do not.
    """

    incoming: Incoming
    text_hash: str
    tags: Mapping[str, Any]
    model_tags: Mapping[str, Any]
    said: Mapping[str, Mapping[str, Any]]
    masked: Masked
    opening: Opening | None


def receive(
    line: Line, incoming: Incoming, *, sender: str, now: datetime, once: Once | None = None
) -> Answer:
    """Store one comment and answer with its receipt (201), or with the stored one when it was sent before (200)."""
    replay = _replay(line, sender, once, now)
    if replay is not None:
        return replay
    ready = understand(line, [incoming], now)
    with begin(line.engine) as conn:
        replay = _claim(conn, line, sender, once, now)
        if replay is not None:
            return replay
        given = _store(conn, line, ready[0], sender, now)
        status = HTTPStatus.CREATED if given.outcome == "created" else HTTPStatus.OK
        return _answer(conn, sender, once, Answer(status=status, body=views.receipt(given)))


def receive_many(
    line: Line,
    items: Sequence[Incoming | ServiceError],
    *,
    sender: str,
    now: datetime,
    once: Once | None = None,
) -> Answer:
    """Store a batch in one transaction; an item that cannot be stored gets its own error and stops nobody."""
    replay = _replay(line, sender, once, now)
    if replay is not None:
        return replay
    good = [item for item in items if not isinstance(item, ServiceError)]
    ready = iter(understand(line, good, now))
    with begin(line.engine) as conn:
        replay = _claim(conn, line, sender, once, now)
        if replay is not None:
            return replay
        results = [
            _failed(number, item)
            if isinstance(item, ServiceError)
            else _stored(conn, line, number, next(ready), sender, now)
            for number, item in enumerate(items)
        ]
        return _answer(conn, sender, once, Answer(status=HTTPStatus.OK, body=summary(results)))


def summary(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the answer to a batch: how it went, then each item in the order it was sent."""
    failed = sum("error" in result for result in results)
    return {
        "count": len(results),
        "succeeded": len(results) - failed,
        "failed": failed,
        "results": list(results),
    }


def understand(line: Line, items: Sequence[Incoming], now: datetime) -> list[_Read]:
    """Tag, correct, mask and route comments; only reads the database. `Invalid` when one is no text at all."""
    try:
        tagged = line.tagger.tag_many([item.text for item in items], now=now.astimezone(TEHRAN).date())
    except TextError as error:
        raise Invalid("text_unreadable", "این متن یونیکد درستی نیست.") from error
    hashes = [correcting.text_hash(item.text) for item in items]
    with read(line.engine) as conn:
        said = corrections.for_texts(conn, hashes)
    return [
        _read(line, item, tags.to_json(), hash_, said.get(hash_, {}), now)
        for item, tags, hash_ in zip(items, tagged, hashes, strict=True)
    ]


def _read(
    line: Line,
    incoming: Incoming,
    model_tags: Mapping[str, Any],
    text_hash: str,
    said: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> _Read:
    tags = corrected(model_tags, correcting.followed(said))
    masked = mask(incoming.text, tags)
    return _Read(
        incoming=incoming,
        text_hash=text_hash,
        tags=tags,
        model_tags=model_tags,
        said=said,
        masked=masked,
        opening=open_ticket(line.rules, line.calendars, incoming, tags, masked.text, now),
    )


def _store(conn: Connection, line: Line, ready: _Read, sender: str, now: datetime) -> Receipt:
    known = _known(conn, ready.incoming)
    if known is not None:
        return known
    ticket_id = new_id("tk", now) if ready.opening else None
    entry = _entry(conn, line, ready, sender, ticket_id, now)
    if not stored.insert(conn, entry):
        # somebody stored the same external_id between our look and our insert
        known = _known(conn, ready.incoming)
        if known is not None:
            return known
        raise Conflict("external_id_taken", "این external_id هم‌زمان از راه دیگری ثبت شد؛ دوباره بفرستید.")
    receipt = _receipt(entry, ready, ticket_id)
    if ready.opening is not None and ticket_id is not None:
        values = ready.opening.row(ticket_id, entry.id, entry.customer_id, now)
        tickets.insert(conn, values)
    _announce(conn, entry, ready, receipt, sender, now)
    return receipt


def _known(conn: Connection, incoming: Incoming) -> Receipt | None:
    """Return the receipt of a comment that was stored before; `Conflict` when its id now names another text."""
    if incoming.external_id is None:
        return None
    row = stored.by_external_id(conn, incoming.channel, incoming.external_id)
    if row is None:
        return None
    if row["body_hash"] != body_hash(incoming):
        detail = "این external_id در این کانال پیش‌تر با محتوای دیگری ثبت شده است."
        raise Conflict("external_id_conflict", detail, more={"id": row["id"]})
    opened = tickets.get(conn, row["ticket_id"]) if row["ticket_id"] else None
    return Receipt(
        id=row["id"],
        external_id=row["external_id"],
        channel=row["channel"],
        outcome="unchanged",
        created_at=row["created_at"],
        created_at_jalali=jalali(row["created_at"]),
        received_at=row["received_at"],
        received_at_jalali=jalali(row["received_at"]),
        masked_text=row["masked"],
        tags=redact(row["original"], row["tags"]) if row["original"] else row["tags"],
        ticket=None if opened is None else _ticket_receipt(opened),
    )


def _entry(
    conn: Connection, line: Line, ready: _Read, sender: str, ticket_id: str | None, now: datetime
) -> Entry:
    incoming = ready.incoming
    keep = line.settings.keep_originals and bool(ready.tags["pii"])
    return Entry(
        id=new_id("fb", now),
        incoming=incoming,
        body_hash=body_hash(incoming),
        text_hash=ready.text_hash,
        created_at=incoming.created_at or now,
        received_at=now,
        received_by=sender,
        customer_id=_customer(conn, incoming.customer, now),
        ticket_id=ticket_id,
        original=incoming.text if keep else None,
        masked=ready.masked.text,
        search_text=search_text(without(incoming.text, ready.tags)),
        tags=ready.tags if keep else ready.masked.tags,
        model_tags=_model_tags(ready, keep=keep),
    )


def _model_tags(ready: _Read, *, keep: bool) -> Mapping[str, Any] | None:
    """Return what the model had said where a correction of a like text stands in its place."""
    if not ready.said:
        return None
    return ready.model_tags if keep else mask(ready.incoming.text, ready.model_tags).tags


def _customer(conn: Connection, customer: Customer | None, now: datetime) -> str | None:
    return None if customer is None else customers.touch(conn, customer, now)


def _receipt(entry: Entry, ready: _Read, ticket_id: str | None) -> Receipt:
    opening = ready.opening
    return Receipt(
        id=entry.id,
        external_id=entry.incoming.external_id,
        channel=entry.incoming.channel,
        outcome="created",
        created_at=entry.created_at,
        created_at_jalali=jalali(entry.created_at),
        received_at=entry.received_at,
        received_at_jalali=jalali(entry.received_at),
        masked_text=entry.masked,
        tags=redact(entry.incoming.text, ready.tags),
        ticket=None if opening is None or ticket_id is None else opening.receipt(ticket_id),
    )


def _ticket_receipt(row: Mapping[str, Any]) -> TicketReceipt:
    due_at = row["due_at"]
    return TicketReceipt(
        id=row["id"],
        queue=row["queue"],
        priority=row["priority"],
        status=row["status"],
        due_at=due_at,
        due_at_jalali=None if due_at is None else jalali(due_at),
        rule=row["rule"],
        reason=row["reason_fa"],
    )


def _announce(
    conn: Connection, entry: Entry, ready: _Read, receipt: Receipt, sender: str, now: datetime
) -> None:
    told = views.receipt(receipt)
    opened = told.pop("ticket")
    told |= {"tags": ready.masked.tags, "text": told.pop("masked_text")}
    outbox.emit(conn, now, "feedback.created", entry.id, {key: told[key] for key in told if key != "tags"})
    outbox.emit(conn, now, "feedback.classified", entry.id, told)
    audit.record(conn, now, sender, "feedback.created", entry.id)
    if opened is not None:
        outbox.emit(conn, now, "ticket.opened", opened["id"], {"ticket": opened, "feedback": told})
        facts = {key: opened[key] for key in ("queue", "priority", "status", "rule", "reason", "due_at")}
        audit.record(conn, now, "routing", "ticket.opened", opened["id"], after=facts)


def _stored(
    conn: Connection, line: Line, number: int, ready: _Read, sender: str, now: datetime
) -> dict[str, Any]:
    try:
        given = _store(conn, line, ready, sender, now)
    except ServiceError as error:
        return _failed(number, error)
    status = HTTPStatus.CREATED if given.outcome == "created" else HTTPStatus.OK
    return {"index": number, "status": int(status), "feedback": views.receipt(given)}


def _failed(number: int, error: ServiceError) -> dict[str, Any]:
    return {"index": number, "status": int(error.status), "error": error.to_json()}


def _replay(line: Line, sender: str, once: Once | None, now: datetime) -> Answer | None:
    """Look before the model runs: a repeated request costs one read."""
    if once is None:
        return None
    with read(line.engine) as conn:
        return _earlier(conn, line, sender, once, now)


def _claim(conn: Connection, line: Line, sender: str, once: Once | None, now: datetime) -> Answer | None:
    if once is None:
        return None
    if idempotency.claim(conn, sender, once.key, once.request_hash, now, line.settings.idempotency_hours):
        return None
    return _earlier(conn, line, sender, once, now)


def _earlier(conn: Connection, line: Line, sender: str, once: Once, now: datetime) -> Answer | None:
    found = idempotency.find(conn, sender, once.key, now, line.settings.idempotency_hours)
    if found is None:
        return None
    if found.request_hash != once.request_hash:
        detail = "این Idempotency-Key پیش‌تر با درخواست دیگری به کار رفته است."
        raise Conflict("idempotency_key_reused", detail)
    return Answer(status=found.status, body=found.response, replayed=True)


def _answer(conn: Connection, sender: str, once: Once | None, answer: Answer) -> Answer:
    if once is not None:
        idempotency.answer(conn, sender, once.key, answer.status, answer.body)
    return answer
