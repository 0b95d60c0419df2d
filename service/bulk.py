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
from service.feedback import Incoming, Outcome
from service.ids import new_id
from service.landing import entry_of, events_of, land, receipt_of
from service.storage import Connection, audit, corrections, customers, many, outbox, tickets
from service.storage import feedback as stored
from service.storage import promises as promised
from service.understanding import Line, Understood, revived

_EVENTS = ("feedback.created", "feedback.classified", "ticket.opened")
Said = Mapping[str, Mapping[str, Any]]


class _Placed(NamedTuple):
    """A draft with what it lacked: its names."""

    incoming: Incoming
    draft: Draft
    id: str
    ticket_id: str | None
    customer_id: str | None


def land_many(
    conn: Connection,
    line: Line,
    comments: Sequence[Incoming],
    drafts: Sequence[Draft],
    sender: str,
    now: datetime,
) -> list[Outcome | ServiceError]:
    """Store drafted comments and return what became of each, or why it was not stored.

    An event that no webhook wants is not written down. `Busy` when somebody stored one of them at the same time.
    """
    said = corrections.for_texts(conn, list({draft.text_hash for draft in drafts}))
    slow = _with_history(conn, comments) | {
        place for place, draft in enumerate(drafts) if draft.text_hash in said
    }
    quick = [place for place in range(len(comments)) if place not in slow]
    named = [one.customer for one in (comments[place] for place in quick) if one.customer is not None]
    ids = customers.touch_many(conn, named, now)
    _write(conn, line, [_placed(comments[place], drafts[place], ids, now) for place in quick], sender, now)
    return [
        _alone(conn, line, _read_again(line, one, draft, said, now), sender, now)
        if place in slow
        else "created"
        for place, (one, draft) in enumerate(zip(comments, drafts, strict=True))
    ]


def _with_history(conn: Connection, comments: Sequence[Incoming]) -> set[int]:
    """Return the places of the comments that what is stored, or an earlier one of them, has something to do with."""
    stored_keys = _stored_keys(conn, comments)
    busy = customers.with_tickets(conn, [name for name in map(_customer, comments) if name])
    seen_keys: set[tuple[str, str | None]] = set()
    slow = set()
    for place, one in enumerate(comments):
        key, name = (one.channel, one.external_id), _customer(one)
        unnamed = one.customer is not None and name is None
        known = key[1] is not None and (key in stored_keys or key in seen_keys)
        if unnamed or known or name in busy:
            slow.add(place)
        seen_keys.add(key)
        if name is not None:
            busy.add(name)
    return slow


def _stored_keys(conn: Connection, comments: Sequence[Incoming]) -> set[tuple[str, str | None]]:
    by_channel: dict[str, list[str]] = {}
    for one in comments:
        if one.external_id is not None:
            by_channel.setdefault(one.channel, []).append(one.external_id)
    return {(channel, id_) for channel, ids in by_channel.items() for id_ in stored.known(conn, channel, ids)}


def _customer(one: Incoming) -> str | None:
    return one.customer.external_id if one.customer else None


def _placed(one: Incoming, draft: Draft, ids: Mapping[str, str], now: datetime) -> _Placed:
    name = _customer(one)
    return _Placed(
        incoming=one,
        draft=draft,
        id=new_id("fb", now),
        ticket_id=None if draft.ticket is None else new_id("tk", now),
        customer_id=None if name is None else ids[name],
    )


def _write(conn: Connection, line: Line, placed: Sequence[_Placed], sender: str, now: datetime) -> None:
    kept, written = many.moments(conn), many.moments(conn)(now)
    comments = [
        (
            (one.id, kept(one.incoming.created_at or now), written, sender, one.customer_id, one.ticket_id),
            one.draft.rows,
        )
        for one in placed
    ]
    if not stored.insert_drafted(conn, comments):
        raise Busy("stored_elsewhere", "بخشی از این نظرها هم‌زمان از راه دیگری ثبت شد.", retry_after=1)
    _open_tickets(conn, placed, now)
    trail: list[many.Values] = [(written, sender, "feedback.created", one.id, None) for one in placed]
    trail += [
        (written, "routing", "ticket.opened", one.ticket_id, one.draft.ticket.trail)
        for one in placed
        if one.draft.ticket is not None
    ]
    audit.record_drafted(conn, trail)
    _announce(conn, line, placed, sender, now)


def _open_tickets(conn: Connection, placed: Sequence[_Placed], now: datetime) -> None:
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


def _announce(conn: Connection, line: Line, placed: Sequence[_Placed], sender: str, now: datetime) -> None:
    """Write the events that somebody listens to; only they need the comments in full."""
    wanted = outbox.listeners(conn, _EVENTS)
    if wanted:
        events = [event for one in placed for event in _events(line, one, sender, now)]
        outbox.emit_many(conn, now, [event for event in events if event[0] in wanted], wanted)


def _events(
    line: Line, placed: _Placed, sender: str, now: datetime
) -> list[tuple[str, str, Mapping[str, Any]]]:
    one = _read_again(line, placed.incoming, placed.draft, {}, now)
    entry = entry_of(line, one, sender, placed.customer_id, placed.ticket_id, now)
    entry = replace(entry, id=placed.id)
    ticket = None if one.opening is None else one.opening.receipt(str(placed.ticket_id))
    return events_of(entry, one, receipt_of(entry, one, ticket))


def _read_again(
    line: Line, one: Incoming, draft: Draft, said: Mapping[str, Said], now: datetime
) -> Understood:
    tags = jsontext.loads(draft.model_tags)
    return revived(line, one, tags, draft.text_hash, said.get(draft.text_hash, {}), now)


def _alone(
    conn: Connection, line: Line, one: Understood, sender: str, now: datetime
) -> Outcome | ServiceError:
    try:
        return land(conn, line, one, sender, now).outcome
    except ServiceError as error:
        return error
