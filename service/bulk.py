"""Many comments are stored at once: a few statements for all of them instead of some twenty for each.

Comments go in as they were drafted, in waves: a customer's next comment may belong to the ticket that the one before
opened. Those that were sent before, or follow a correction, are landed one by one after them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from service import jsontext
from service.drafting import Draft, TicketDraft
from service.errors import Conflict, ServiceError
from service.feedback import Incoming, Outcome, Receipt, TicketReceipt
from service.ids import new_id
from service.joining import takes
from service.landing import entry_of, events_of, join, land, receipt_of
from service.storage import Connection, audit, corrections, customers, many, outbox, tickets
from service.storage import feedback as stored
from service.storage import promises as promised
from service.understanding import Line, Understood, revived

_EVENTS = ("feedback.created", "feedback.classified", "ticket.opened")
Said = Mapping[str, Mapping[str, Any]]


class StoredElsewhere(Conflict):
    """Somebody stored one of these comments at the same time; nothing of them was stored."""


class Placed(NamedTuple):
    """A comment that went in as it was drafted, with what the draft lacked: its names, and the ticket it joins."""

    incoming: Incoming
    draft: Draft
    id: str
    ticket_id: str | None
    customer_id: str | None
    case: Mapping[str, Any] | None = None
    outcome: Outcome = "created"
    receipt: Receipt | None = None  # made when somebody waits for it

    @property
    def opens(self) -> TicketDraft | None:
        """The ticket that this comment opens."""
        return None if self.case is not None else self.draft.ticket


class Unchanged(NamedTuple):
    """A comment that was stored before as it is."""

    outcome: Outcome = "unchanged"


#: What became of a comment: a `Receipt` when it was landed alone, the reason when it was not stored.
Landed = Placed | Unchanged | Receipt | ServiceError
_Key = tuple[str, str | None]


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
    known = _known(conn, [one for one, _ in comments])
    landed: dict[int, Landed] = {
        place: Unchanged()
        for place, (one, draft) in enumerate(comments)
        if not in_full and known.get(_key(one)) == draft.body_hash
    }
    drafted = _as_drafted(comments, known, said, skipped=set(landed))
    waves = _waves(conn, {place: comments[place] for place in drafted}, now)
    listened = outbox.listeners(conn, _EVENTS)
    for number in sorted(set(waves.values())):
        places = [place for place, wave in waves.items() if wave == number]
        placed = _placed(conn, [comments[place] for place in places], now, join=number > 0)
        _write(conn, placed, sender, now)
        joined = [_join(conn, line, one, now) if one.case else None for one in placed]
        if in_full or listened:
            placed = _announced(conn, line, placed, joined, sender, now, listened, in_full=in_full)
        landed |= dict(zip(places, placed, strict=True))
    for place, (one, draft) in enumerate(comments):
        if place not in landed:
            landed[place] = _alone(conn, line, _read_again(line, one, draft, said, now), sender, now)
    return [landed[place] for place in range(len(comments))]


def _as_drafted(
    comments: Sequence[tuple[Incoming, Draft]],
    known: Mapping[_Key, str | None],
    said: Mapping[str, Said],
    skipped: set[int],
) -> list[int]:
    """Return the places of comments that go in with others; the rest are to be landed alone."""
    seen: set[_Key] = set()
    apart: set[str | None] = set()  # customers of whom a comment is landed alone: so are their later ones
    places = []
    for place, (one, draft) in enumerate(comments):
        if place in skipped:
            continue
        key, name = _key(one), _customer(one)
        unnamed = one.customer is not None and name is None
        again = key[1] is not None and (key in known or key in seen)
        seen.add(key)
        if unnamed or again or draft.text_hash in said or name in apart:
            apart |= {name} - {None}
        else:
            places.append(place)
    return places


def _waves(conn: Connection, comments: Mapping[int, tuple[Incoming, Draft]], now: datetime) -> dict[int, int]:
    """Return in which wave each comment goes in, by its place.

    The first wave has nothing to do with any ticket; in each later one a customer occurs once.
    """
    names = {name for one, _ in comments.values() if (name := _customer(one)) is not None}
    next_wave = dict.fromkeys(customers.meet(conn, names, now), 1)
    waves: dict[int, int] = {}
    for place, (one, draft) in comments.items():
        name = _customer(one)
        waves[place] = 0 if name is None else next_wave.get(name, 0)
        if name is not None and (waves[place] or draft.ticket is not None):
            next_wave[name] = waves[place] + 1
    return waves


def _known(conn: Connection, comments: Sequence[Incoming]) -> dict[_Key, str | None]:
    """Return which of these comments' keys are stored, with the hash of what was sent under them."""
    by_channel: dict[str, list[str]] = {}
    for one in comments:
        if one.external_id is not None:
            by_channel.setdefault(one.channel, []).append(one.external_id)
    return {
        (channel, id_): body_hash
        for channel, ids in by_channel.items()
        for id_, body_hash in stored.known(conn, channel, ids).items()
    }


def _key(one: Incoming) -> _Key:
    return one.channel, one.external_id


def _customer(one: Incoming) -> str | None:
    return one.customer.external_id if one.customer else None


def _placed(
    conn: Connection, comments: Sequence[tuple[Incoming, Draft]], now: datetime, *, join: bool
) -> list[Placed]:
    """Give comments their names; `join` looks for the tickets that their customers write into."""
    ids = customers.touch_many(conn, [one.customer for one, _ in comments if one.customer is not None], now)
    newest = tickets.newest_of_customers(conn, list(ids.values())) if join else {}
    cases = {id_: case for id_, case in newest.items() if takes(case, now)}
    return [_named(one, draft, ids, cases, now) for one, draft in comments]


def _named(
    one: Incoming, draft: Draft, ids: Mapping[str, str], cases: Mapping[str, Mapping[str, Any]], now: datetime
) -> Placed:
    name = _customer(one)
    customer_id = None if name is None else ids[name]
    case = None if customer_id is None else cases.get(customer_id)
    fresh = None if draft.ticket is None else new_id("tk", now)
    return Placed(
        incoming=one,
        draft=draft,
        id=new_id("fb", now),
        ticket_id=fresh if case is None else case["id"],
        customer_id=customer_id,
        case=case,
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
        raise StoredElsewhere("stored_elsewhere", "بخشی از این نظرها هم‌زمان از راه دیگری ثبت شد.")
    _open_tickets(conn, placed, now)
    trail: list[many.Values] = [(written, sender, "feedback.created", one.id, None) for one in placed]
    trail += [
        (written, "routing", "ticket.opened", one.ticket_id, one.opens.trail)
        for one in placed
        if one.opens is not None
    ]
    audit.record_drafted(conn, trail)


def _open_tickets(conn: Connection, placed: Sequence[Placed], now: datetime) -> None:
    kept = many.moments(conn)
    opened = [(one, one.opens) for one in placed if one.opens is not None]
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


def _join(conn: Connection, line: Line, placed: Placed, now: datetime) -> TicketReceipt:
    assert placed.case is not None  # only those are asked
    one = placed.draft.understood or _read_again(line, placed.incoming, placed.draft, {}, now)
    return join(conn, line, one, placed.case, placed.id, now)


def _announced(
    conn: Connection,
    line: Line,
    placed: Sequence[Placed],
    joined: Sequence[TicketReceipt | None],
    sender: str,
    now: datetime,
    listened: Mapping[str, Sequence[str]],
    *,
    in_full: bool,
) -> list[Placed]:
    """Write the events of stored comments, those that somebody listens to or all of them; return them with receipts."""
    told = [_read_in_full(line, one, ticket, sender, now) for one, ticket in zip(placed, joined, strict=True)]
    events = [event for one, given in told for event in events_of(one, given)]
    outbox.emit_many(conn, now, [event for event in events if in_full or event[0] in listened], listened)
    return [one._replace(receipt=given) for one, (_, given) in zip(placed, told, strict=True)]


def _read_in_full(
    line: Line, placed: Placed, joined: TicketReceipt | None, sender: str, now: datetime
) -> tuple[Understood, Receipt]:
    """Return a placed comment as the model read it, and what its sender gets back."""
    one = placed.draft.understood or _read_again(line, placed.incoming, placed.draft, {}, now)
    entry = entry_of(line, one, sender, placed.customer_id, placed.ticket_id, now)
    opened = one.opening.receipt(str(placed.ticket_id)) if one.opening and not joined else None
    return one, receipt_of(replace(entry, id=placed.id), one, joined or opened)


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
