"""Many comments are stored at once: a few statements for all of them instead of some twenty for each.

Comments that have nothing to do with what is stored go in as they were drafted; those that were sent before, that
write into an open ticket or that follow a correction are landed one by one after them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from service import jsontext
from service.drafting import Draft
from service.errors import Busy, ServiceError
from service.feedback import Incoming, Outcome, Receipt
from service.ids import new_id
from service.landing import entry_of, events_of, land, receipt_of
from service.storage import Connection, audit, corrections, customers, many, outbox, tickets
from service.storage import feedback as stored
from service.storage import promises as promised
from service.understanding import Line, Understood, revived

_EVENTS = ("feedback.created", "feedback.classified", "ticket.opened")
Said = Mapping[str, Mapping[str, Any]]


class StoredElsewhere(Busy):
    """Somebody stored one of these comments at the same time; nothing of them was stored."""


class Placed(NamedTuple):
    """A comment that went in as it was drafted, with what the draft lacked: its names."""

    incoming: Incoming
    draft: Draft
    id: str
    ticket_id: str | None
    customer_id: str | None
    outcome: Outcome = "created"
    receipt: Receipt | None = None  # made when somebody waits for it


#: What became of a comment: a `Receipt` when it was landed alone, the reason when it was not stored.
Landed = Placed | Receipt | ServiceError


def land_many(
    conn: Connection,
    line: Line,
    comments: Sequence[tuple[Incoming, Draft]],
    sender: str,
    now: datetime,
    *,
    in_full: bool = False,
) -> list[Landed]:
    """Store drafted comments and return what became of each.

    Nobody waits for receipts, and an event that no webhook wants is not written down, unless it is to be done
    `in_full`. `StoredElsewhere` gives the transaction up.
    """
    said = corrections.for_texts(conn, list({draft.text_hash for _, draft in comments}))
    slow = _with_history(conn, comments, said)
    quick = [comments[place] for place in range(len(comments)) if place not in slow]
    ids = customers.touch_many(conn, [one.customer for one, _ in quick if one.customer is not None], now)
    placed = [_placed(one, draft, ids, now) for one, draft in quick]
    _write(conn, placed, sender, now)
    wanted = outbox.listeners(conn, _EVENTS)
    if in_full or wanted:
        told = [_read_in_full(line, one, sender, now) for one in placed]
        events = [event for one, given in told for event in events_of(one, given)]
        events = [event for event in events if in_full or event[0] in wanted]
        outbox.emit_many(conn, now, events, wanted)
        placed = [one._replace(receipt=given) for one, (_, given) in zip(placed, told, strict=True)]
    written = iter(placed)
    return [
        _alone(conn, line, _read_again(line, one, draft, said, now), sender, now)
        if place in slow
        else next(written)
        for place, (one, draft) in enumerate(comments)
    ]


def _with_history(
    conn: Connection, comments: Sequence[tuple[Incoming, Draft]], said: Mapping[str, Said]
) -> set[int]:
    """Return the places of the comments that what is stored, or an earlier one of them, has something to do with."""
    stored_keys = _stored_keys(conn, [one for one, _ in comments])
    busy = customers.with_tickets(conn, [name for one, _ in comments if (name := _customer(one))])
    seen_keys: set[tuple[str, str | None]] = set()
    slow = set()
    for place, (one, draft) in enumerate(comments):
        key, name = (one.channel, one.external_id), _customer(one)
        unnamed = one.customer is not None and name is None
        known = key[1] is not None and (key in stored_keys or key in seen_keys)
        if unnamed or known or name in busy or draft.text_hash in said:
            slow.add(place)
        seen_keys.add(key)
        if name is not None and (place in slow or draft.ticket is not None):
            busy.add(name)  # the next one may belong to a ticket of this one
    return slow


def _stored_keys(conn: Connection, comments: Sequence[Incoming]) -> set[tuple[str, str | None]]:
    by_channel: dict[str, list[str]] = {}
    for one in comments:
        if one.external_id is not None:
            by_channel.setdefault(one.channel, []).append(one.external_id)
    return {(channel, id_) for channel, ids in by_channel.items() for id_ in stored.known(conn, channel, ids)}


def _customer(one: Incoming) -> str | None:
    return one.customer.external_id if one.customer else None


def _placed(one: Incoming, draft: Draft, ids: Mapping[str, str], now: datetime) -> Placed:
    name = _customer(one)
    return Placed(
        incoming=one,
        draft=draft,
        id=new_id("fb", now),
        ticket_id=None if draft.ticket is None else new_id("tk", now),
        customer_id=None if name is None else ids[name],
    )


def _write(conn: Connection, placed: Sequence[Placed], sender: str, now: datetime) -> None:
    kept, written = many.moments(conn), many.moments(conn)(now)
    comments = [
        (
            (one.id, kept(one.incoming.created_at or now), written, sender, one.customer_id, one.ticket_id),
            one.draft.rows,
        )
        for one in placed
    ]
    if not stored.insert_drafted(conn, comments):
        raise StoredElsewhere(
            "stored_elsewhere", "بخشی از این نظرها هم‌زمان از راه دیگری ثبت شد.", retry_after=1
        )
    _open_tickets(conn, placed, now)
    trail: list[many.Values] = [(written, sender, "feedback.created", one.id, None) for one in placed]
    trail += [
        (written, "routing", "ticket.opened", one.ticket_id, one.draft.ticket.trail)
        for one in placed
        if one.draft.ticket is not None
    ]
    audit.record_drafted(conn, trail)


def _open_tickets(conn: Connection, placed: Sequence[Placed], now: datetime) -> None:
    kept = many.moments(conn)
    opened = [(one, one.draft.ticket) for one in placed if one.draft.ticket is not None]
    tickets.insert_drafted(
        conn,
        [
            (
                (one.ticket_id, one.id, one.customer_id, kept(now), kept(now if ticket.notifies else None),
                 kept(ticket.due_at), kept(ticket.check_at)),
                ticket.values,
            )
            for one, ticket in opened
        ],
    )  # fmt: skip
    for one, ticket in opened:
        for due_at in ticket.promised:
            promised.insert(conn, now, str(one.ticket_id), promised.CUSTOMER, due_at)


def _read_in_full(line: Line, placed: Placed, sender: str, now: datetime) -> tuple[Understood, Receipt]:
    """Return a placed comment as the model read it, and what its sender gets back."""
    one = placed.draft.understood or _read_again(line, placed.incoming, placed.draft, {}, now)
    entry = entry_of(line, one, sender, placed.customer_id, placed.ticket_id, now)
    ticket = None if one.opening is None else one.opening.receipt(str(placed.ticket_id))
    return one, receipt_of(replace(entry, id=placed.id), one, ticket)


def _read_again(
    line: Line, one: Incoming, draft: Draft, said: Mapping[str, Said], now: datetime
) -> Understood:
    tags = jsontext.loads(draft.model_tags)
    return revived(line, one, tags, draft.text_hash, said.get(draft.text_hash, {}), now)


def _alone(
    conn: Connection, line: Line, one: Understood, sender: str, now: datetime
) -> Receipt | ServiceError:
    try:
        return land(conn, line, one, sender, now)
    except ServiceError as error:
        return error
