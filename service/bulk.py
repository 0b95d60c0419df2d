"""Many comments are stored at once: a few statements for all of them instead of some twenty for each.

Comments that have nothing to do with what is stored take this way; those that were sent before, that write into an
open ticket or that follow a correction are landed one by one after them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service import promises
from service.errors import Busy, ServiceError
from service.feedback import Outcome
from service.ids import new_id
from service.landing import entry_of, events_of, land, receipt_of, ticket_of, trail_of
from service.storage import Connection, audit, customers, outbox, tickets
from service.storage import feedback as stored
from service.storage import promises as promised
from service.storage.feedback import Entry
from service.understanding import Line, Understood

_EVENTS = ("feedback.created", "feedback.classified", "ticket.opened")


_Landed = tuple[Entry, Understood]


def land_many(
    conn: Connection, line: Line, ready: Sequence[Understood], sender: str, now: datetime
) -> list[Outcome | ServiceError]:
    """Store comments and return what became of each, or why it was not stored.

    An event that no webhook wants is not written down. `Busy` when somebody stored one of them at the same time.
    """
    slow = _with_history(conn, ready)
    quick = {place: one for place, one in enumerate(ready) if place not in slow}
    named = [one.incoming.customer for one in quick.values() if one.incoming.customer is not None]
    ids = customers.touch_many(conn, named, now)
    _write(conn, [(_entry(line, one, sender, ids, now), one) for one in quick.values()], sender, now)
    return [
        "created" if place in quick else _alone(conn, line, one, sender, now)
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


def _entry(line: Line, one: Understood, sender: str, ids: Mapping[str, str], now: datetime) -> Entry:
    name = _customer(one)
    ticket_id = new_id("tk", now) if one.opening else None
    return entry_of(line, one, sender, None if name is None else ids[name], ticket_id, now)


def _write(conn: Connection, landed: Sequence[_Landed], sender: str, now: datetime) -> None:
    if not stored.insert_many(conn, [entry for entry, _ in landed]):
        raise Busy("stored_elsewhere", "بخشی از این نظرها هم‌زمان از راه دیگری ثبت شد.", retry_after=1)
    opened = [(one.opening, one, entry) for entry, one in landed if one.opening is not None]
    tickets.insert_many(conn, [ticket_of(opening, one, entry, now) for opening, one, entry in opened])
    for _, one, entry in opened:
        for due_at in promises.told(one.tags):
            promised.insert(conn, now, str(entry.ticket_id), promised.CUSTOMER, due_at)
    trail = [row for entry, one in landed for row in trail_of(entry, one, sender, now, joined=False)]
    audit.record_many(conn, trail)
    wanted = outbox.listeners(conn, _EVENTS)
    if wanted:
        events = [event for entry, one in landed for event in _events(entry, one)]
        outbox.emit_many(conn, now, [event for event in events if event[0] in wanted], wanted)


def _events(entry: Entry, one: Understood) -> list[tuple[str, str, Mapping[str, Any]]]:
    ticket = None if one.opening is None else one.opening.receipt(str(entry.ticket_id))
    return events_of(entry, one, receipt_of(entry, one, ticket))


def _alone(
    conn: Connection, line: Line, one: Understood, sender: str, now: datetime
) -> Outcome | ServiceError:
    try:
        return land(conn, line, one, sender, now).outcome
    except ServiceError as error:
        return error
