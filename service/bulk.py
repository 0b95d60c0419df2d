"""Many comments are stored at once: a few statements for all of them instead of some twenty for each.

Comments that have nothing to do with what is stored take this way; those that were sent before, that write into an
open ticket or that follow a correction are landed one by one after them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service import promises
from service.errors import Busy, ServiceError
from service.feedback import Receipt
from service.ids import new_id
from service.landing import entry_of, events_of, land, receipt_of, ticket_of, trail_of
from service.storage import Connection, audit, customers, outbox, tickets
from service.storage import feedback as stored
from service.storage import promises as promised
from service.storage.feedback import Entry
from service.understanding import Line, Understood

_EVENTS = ("feedback.created", "feedback.classified", "ticket.opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Landed:
    """A comment with everything that is stored of it."""

    entry: Entry
    ready: Understood
    receipt: Receipt


def land_many(
    conn: Connection, line: Line, ready: Sequence[Understood], sender: str, now: datetime
) -> list[Receipt | ServiceError]:
    """Store comments and return the receipt of each, or why it was not stored.

    An event that no webhook wants is not written down. `Busy` when somebody stored one of them at the same time.
    """
    slow = _with_history(conn, ready)
    quick = {place: one for place, one in enumerate(ready) if place not in slow}
    named = [one.incoming.customer for one in quick.values() if one.incoming.customer is not None]
    ids = customers.touch_many(conn, named, now)
    landed = {place: _landed(line, one, sender, ids, now) for place, one in quick.items()}
    _write(conn, list(landed.values()), sender, now)
    return [
        landed[place].receipt if place in landed else _alone(conn, line, one, sender, now)
        for place, one in enumerate(ready)
    ]


def _with_history(conn: Connection, ready: Sequence[Understood]) -> set[int]:
    """Return the places of the comments that what is stored, or an earlier one of them, has something to do with."""
    stored_keys = _stored_keys(conn, ready)
    busy = customers.with_tickets(conn, [name for name in map(_customer, ready) if name])
    seen_keys: set[tuple[str, str | None]] = set()
    slow = set()
    for place, one in enumerate(ready):
        key, name = (one.incoming.channel, one.incoming.external_id), _customer(one)
        unnamed = one.incoming.customer is not None and name is None
        known = key[1] is not None and (key in stored_keys or key in seen_keys)
        if one.said or unnamed or known or name in busy:
            slow.add(place)
        seen_keys.add(key)
        if name is not None:
            busy.add(name)
    return slow


def _stored_keys(conn: Connection, ready: Sequence[Understood]) -> set[tuple[str, str | None]]:
    by_channel: dict[str, list[str]] = {}
    for one in ready:
        if one.incoming.external_id is not None:
            by_channel.setdefault(one.incoming.channel, []).append(one.incoming.external_id)
    return {(channel, id_) for channel, ids in by_channel.items() for id_ in stored.known(conn, channel, ids)}


def _customer(one: Understood) -> str | None:
    return one.incoming.customer.external_id if one.incoming.customer else None


def _landed(line: Line, one: Understood, sender: str, ids: Mapping[str, str], now: datetime) -> _Landed:
    name = _customer(one)
    ticket_id = new_id("tk", now) if one.opening else None
    entry = entry_of(line, one, sender, None if name is None else ids[name], ticket_id, now)
    opened = None if one.opening is None or ticket_id is None else one.opening.receipt(ticket_id)
    return _Landed(entry=entry, ready=one, receipt=receipt_of(entry, one, opened))


def _write(conn: Connection, landed: Sequence[_Landed], sender: str, now: datetime) -> None:
    if not stored.insert_many(conn, [one.entry for one in landed]):
        raise Busy("stored_elsewhere", "بخشی از این نظرها هم‌زمان از راه دیگری ثبت شد.", retry_after=1)
    tickets.insert_many(
        conn,
        [ticket_of(one.ready.opening, one.ready, one.entry, now) for one in landed if one.ready.opening],
    )
    for one in landed:
        if one.ready.opening is not None:
            for due_at in promises.told(one.ready.tags):
                promised.insert(conn, now, str(one.entry.ticket_id), promised.CUSTOMER, due_at)
    audit.record_many(conn, [row for one in landed for row in trail_of(one.entry, one.receipt, sender, now)])
    wanted = outbox.listeners(conn, _EVENTS)
    if wanted:
        events = [event for one in landed for event in events_of(one.entry, one.ready, one.receipt)]
        outbox.emit_many(conn, now, [event for event in events if event[0] in wanted], wanted)


def _alone(
    conn: Connection, line: Line, one: Understood, sender: str, now: datetime
) -> Receipt | ServiceError:
    try:
        return land(conn, line, one, sender, now)
    except ServiceError as error:
        return error
