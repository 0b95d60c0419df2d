"""Comments are stored: with their tags, the tickets they open or join, and their events, in the caller's transaction.

A few statements store all of them instead of some twenty for each. They go in as they were drafted, in waves: a
customer's next comment may belong to the ticket that the one before opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from service import jsontext, views
from service.casework import keeping, promises
from service.casework.joining import heard, joined, takes
from service.comments import correcting
from service.comments.drafting import Draft, Ready, draft, kept
from service.comments.understanding import Line, Understood, revived
from service.errors import Conflict, ServiceError
from service.feedback import Customer, Incoming, Outcome
from service.ids import new_id
from service.masking import restored
from service.routing import decide
from service.rules.conditions import facts_of
from service.storage import Connection, audit, corrections, customers, outbox, tickets
from service.storage import feedback as stored

_EVENTS = ("feedback.created", "feedback.classified", "ticket.opened")
Row = Mapping[str, Any]
Said = Mapping[str, Row]
_Drafted = tuple[Incoming, Draft]
_Key = tuple[str, str | None]


class StoredElsewhere(Conflict):
    """Somebody who waits for no turn stored one of these comments at the same time; nothing of them was stored."""

    def __init__(self) -> None:
        super().__init__("external_id_taken", "این external_id هم‌زمان از راه دیگری ثبت شد؛ دوباره بفرستید.")


class Landed(NamedTuple):
    """What became of a comment that is stored, be it now or before."""

    outcome: Outcome
    receipt: views.Json | None = None  # made when somebody waits for it


class _Placed(NamedTuple):
    """A comment with what its draft lacks: its names, and the ticket it joins."""

    incoming: Incoming
    draft: Draft
    id: str
    ticket_id: str | None
    customer_id: str | None
    case: Row | None

    @property
    def opens(self) -> keeping.TicketDraft | None:
        """The ticket that this comment opens."""
        return None if self.case is not None else self.draft.ticket

    @property
    def understood(self) -> Understood:
        """What is said in full of a comment that is joined or told of."""
        ready = self.draft.understood
        assert ready is not None  # `_read` sees to it
        return ready


def land(
    conn: Connection, line: Line, items: Sequence[Ready], sender: str, now: datetime, *, in_full: bool = False
) -> list[Landed | ServiceError]:
    """Store drafted comments and return what became of each; refused ones stay so, whose id is taken gets a `Conflict`.

    Nobody waits for receipts or looks at the order of a file, and an event that no webhook wants is not written down,
    unless it is to be done `in_full`.
    """
    stored.take_turn(conn)
    comments = {
        place: (kept(line, item[0]), item[1])
        for place, item in enumerate(items)
        if not isinstance(item, ServiceError)
    }
    known = _known(conn, [one for one, _ in comments.values()])
    fresh = _fresh(conn, line, comments, known, now)
    waves = _waves(conn, fresh, now, in_order=in_full)
    listened = outbox.listeners(conn, _EVENTS)
    landed: dict[int, Landed] = {}
    for number in sorted(set(waves.values())):
        places = [place for place, wave in waves.items() if wave == number]
        placed = _placed(conn, [fresh[place] for place in places], now, join=number > 0)
        heard = in_full or bool(listened)
        placed = [_read(line, one, now) if heard or one.case else one for one in placed]
        _write(conn, placed, sender, now)
        cases = [_join(conn, line, one, now) if one.case else None for one in placed]
        told: Sequence[views.Json | None] = [None] * len(placed)
        if heard:
            told = _announce(conn, placed, cases, now, listened, in_full=in_full)
        landed |= zip(places, (Landed("created", receipt) for receipt in told), strict=True)
    again = _again(
        conn, {place: comments[place] for place in comments.keys() - landed}, known, in_full=in_full
    )
    return [
        item if isinstance(item, ServiceError) else landed.get(place) or again[place]
        for place, item in enumerate(items)
    ]


def _fresh(
    conn: Connection,
    line: Line,
    comments: Mapping[int, _Drafted],
    known: dict[_Key, str | None],
    now: datetime,
) -> dict[int, _Drafted]:
    """Return the comments that nobody sent before, by their place; `known` learns their ids.

    They follow what people corrected in texts that say the same, and what was told of their customers before.
    """
    said = corrections.for_texts(conn, list({made.text_hash for _, made in comments.values()}))
    new = [one for one, _ in comments.values() if _key(one) not in known]
    standing = customers.standing(conn, {name for one in new if (name := _customer(one)) is not None})
    found: dict[int, _Drafted] = {}
    for place, (one, made) in comments.items():
        if _key(one) in known:
            continue
        if one.external_id is not None:
            known[_key(one)] = made.body_hash
        right, whole = said.get(made.text_hash, {}), _completed(one, standing)
        stands = whole is one and not right
        found[place] = whole, made if stands else _drafted_again(line, whole, made, right, now)
    return found


def _completed(one: Incoming, standing: dict[str, Customer]) -> Incoming:
    """Return a comment with what else is known of its customer; `standing` learns what the comment tells."""
    told, name = one.customer, _customer(one)
    if told is None or name is None:
        return one
    known = standing.setdefault(name, told)
    if known is told:
        return one
    standing[name] = replace(
        told,
        tier=known.tier if told.tier is None else told.tier,
        lifetime_value=known.lifetime_value if told.lifetime_value is None else told.lifetime_value,
    )
    return one if standing[name] == told else replace(one, customer=standing[name])


def _again(
    conn: Connection, sent: Mapping[int, _Drafted], known: Mapping[_Key, str | None], *, in_full: bool
) -> dict[int, Landed | Conflict]:
    """Return what becomes of comments whose ids are `known`, with the hashes of what was sent under them."""
    told = {
        place: (one, made)
        for place, (one, made) in sent.items()
        if in_full or known[_key(one)] != made.body_hash
    }
    rows = {
        (channel, row["external_id"]): row
        for channel, ids in _by_channel([one for one, _ in told.values()]).items()
        for row in stored.by_external_ids(conn, channel, ids)
    }
    named = list({row["ticket_id"] for row in rows.values() if row["ticket_id"]})
    cases = {case["id"]: case for case in (tickets.of_ids(conn, named) if named else [])}
    found: dict[int, Landed | Conflict] = dict.fromkeys(sent, Landed("unchanged"))
    # comments are erased, but their rows stay
    return found | {
        place: _repeated(rows[_key(one)], one, made, cases) for place, (one, made) in told.items()
    }


def _repeated(row: Row, one: Incoming, made: Draft, cases: Mapping[str, Row]) -> Landed | Conflict:
    if row["erased_at"] is not None:
        return erased(row["id"])
    if row["body_hash"] != made.body_hash:
        detail = "این external_id در این کانال پیش‌تر با محتوای دیگری ثبت شده است."
        return Conflict("external_id_conflict", detail, more={"id": row["id"]})
    ticket = cases.get(row["ticket_id"])
    told = None if ticket is None else views.ticket_receipt(ticket, joined=False)
    if row["original"] is None:  # its tags point into the masked text, which nobody sent
        tags = restored(one.text, row["masked"], row["tags"], jsontext.loads(made.model_tags))
        row = {**row, "original": one.text, "tags": tags}
    return Landed("unchanged", views.receipt(row, "unchanged", told))


def erased(id_: str) -> Conflict:
    """Return why a comment that was erased is not taken again."""
    return Conflict("erased", "این نظر پاک شده است و دوباره پذیرفته نمی‌شود.", more={"id": id_})


def _waves(
    conn: Connection, comments: Mapping[int, _Drafted], now: datetime, *, in_order: bool
) -> dict[int, int]:
    """Return in which wave each comment goes in, by its place.

    The first wave has nothing to do with any ticket; in each later one a customer occurs once. Waves are fewest when
    comments may overtake each other; `in_order` they are listed as they were sent.
    """
    names = {name for one, _ in comments.values() if (name := _customer(one)) is not None}
    next_wave = dict.fromkeys(customers.meet(conn, names, now), 1)
    waves: dict[int, int] = {}
    earliest = 0
    for place, (one, made) in comments.items():
        name = _customer(one)
        waves[place] = max(earliest, 0 if name is None else next_wave.get(name, 0))
        earliest = waves[place] if in_order else 0
        if name is not None and (waves[place] or made.ticket is not None):
            next_wave[name] = waves[place] + 1
    return waves


def _known(conn: Connection, comments: Sequence[Incoming]) -> dict[_Key, str | None]:
    """Return which of these comments' keys are stored, with the hash of what was sent under them."""
    return {
        (channel, id_): body_hash
        for channel, ids in _by_channel(comments).items()
        for id_, body_hash in stored.known(conn, channel, ids).items()
    }


def _by_channel(comments: Sequence[Incoming]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for one in comments:
        if one.external_id is not None:
            ids.setdefault(one.channel, []).append(one.external_id)
    return ids


def _key(one: Incoming) -> _Key:
    return one.channel, one.external_id


def _customer(one: Incoming) -> str | None:
    return one.customer.external_id if one.customer else None


def _placed(conn: Connection, comments: Sequence[_Drafted], now: datetime, *, join: bool) -> list[_Placed]:
    """Give comments their names; `join` looks for the tickets that their customers write into."""
    named = [one.customer for one, _ in comments if one.customer is not None and _customer(one) is not None]
    ids = customers.touch(conn, named, now)
    newest = tickets.newest_of_customers(conn, list(ids.values())) if join else {}
    cases = {id_: case for id_, case in newest.items() if takes(case, now)}
    return [_named(conn, one, made, ids, cases, now) for one, made in comments]


def _named(
    conn: Connection,
    one: Incoming,
    made: Draft,
    ids: Mapping[str, str],
    cases: Mapping[str, Row],
    now: datetime,
) -> _Placed:
    name = _customer(one)
    if one.customer is not None and name is None:
        customer_id: str | None = customers.stranger(conn, one.customer, now)
    else:
        customer_id = None if name is None else ids[name]
    case = None if customer_id is None else cases.get(customer_id)
    opened = None if made.ticket is None else new_id("tk", now)
    return _Placed(
        incoming=one,
        draft=made,
        id=new_id("fb", now),
        ticket_id=opened if case is None else case["id"],
        customer_id=customer_id,
        case=case,
    )


def _write(conn: Connection, placed: Sequence[_Placed], sender: str, now: datetime) -> None:
    comments = [
        (
            (one.id, one.incoming.created_at or now, now, sender, one.customer_id, one.ticket_id),
            one.draft.rows,
        )
        for one in placed
    ]
    if not stored.insert(conn, comments):
        raise StoredElsewhere
    for one in placed:
        ready = one.draft.understood
        if ready is not None and ready.said:
            row = {"id": one.id, "text_hash": ready.text_hash, "tags": ready.model_tags}
            correcting.repeat(conn, row, ready.said, now)
    audit.record_many(conn, [(now, sender, "feedback.created", one.id, None) for one in placed])
    opened = [
        keeping.Opened(str(one.ticket_id), one.id, one.customer_id, one.opens)
        for one in placed
        if one.opens is not None
    ]
    keeping.store(conn, opened, keeping.ROUTING, now)


def _join(conn: Connection, line: Line, placed: _Placed, now: datetime) -> Row:
    """Let a stored comment be another message of its customer's ticket, which is locked and takes it."""
    case = placed.case
    assert case is not None  # only those are asked
    ready = placed.understood
    facts = facts_of(ready.incoming, ready.tags, ready.masked.text)
    decision = ready.opening.decision if ready.opening else decide(line.rules, facts)
    nth = case["contacts"] + 1
    message = heard(decision, ready.tags, nth)
    change = joined(case, message, line.calendars, line.rules.guards, now)
    if message.complains and change.values.get("status") == "reopened":
        keeping.owed_again(conn, case, now)
    told = {"feedback": placed.id, "contacts": nth}
    after = keeping.keep(
        conn, case, change, keeping.ROUTING, "ticket.joined", now, told=told, more={"contacts": nth}
    )
    keeping.remember(conn, case["id"], promises.told(ready.tags), now)
    return after


def _announce(
    conn: Connection,
    placed: Sequence[_Placed],
    cases: Sequence[Row | None],
    now: datetime,
    listened: Mapping[str, Sequence[str]],
    *,
    in_full: bool,
) -> list[views.Json]:
    """Write the events of stored comments, those that somebody listens to or all of them; return the receipts."""
    receipts = [_receipt(one, case, now) for one, case in zip(placed, cases, strict=True)]
    events = [
        event
        for one, receipt in zip(placed, receipts, strict=True)
        for event in _events(one.understood, receipt)
    ]
    outbox.emit_many(conn, now, [event for event in events if in_full or event[0] in listened], listened)
    return receipts


def _receipt(placed: _Placed, case: Row | None, now: datetime) -> views.Json:
    incoming, ready, ticket = placed.incoming, placed.understood, None
    if case is not None:
        ticket = views.ticket_receipt(case, joined=True)
    elif ready.opening is not None:
        ticket = views.ticket_receipt({**ready.opening.row(now), "id": placed.ticket_id}, joined=False)
    row = {
        "id": placed.id,
        "external_id": incoming.external_id,
        "channel": incoming.channel,
        "created_at": incoming.created_at or now,
        "received_at": now,
        "masked": ready.masked.text,
        "original": incoming.text,
        "tags": ready.tags,
    }
    return views.receipt(row, "created", ticket)


def _events(ready: Understood, receipt: views.Json) -> list[tuple[str, str, Row]]:
    """Return what is announced of a stored comment: type, object, data without personal data."""
    ticket, told = receipt["ticket"], views.comment_event(receipt, ready.masked.tags)
    events: list[tuple[str, str, Row]] = [
        (
            "feedback.created",
            receipt["id"],
            {key: told[key] for key in told if key not in {"tags", "labels"}},
        ),
        ("feedback.classified", receipt["id"], told),
    ]
    if ticket is not None and not ticket["joined"]:
        notify = list(ready.opening.decision.notify) if ready.opening else []
        events.append(("ticket.opened", ticket["id"], {"ticket": ticket, "feedback": told, "notify": notify}))
    return events


def _read(line: Line, placed: _Placed, now: datetime) -> _Placed:
    """Let a comment that was drafted in another process be in full here, once for all that is done with it."""
    made = placed.draft
    if made.understood is not None:
        return placed
    ready = _read_again(line, placed.incoming, made, {}, now)
    return placed._replace(draft=made._replace(understood=ready))


def _drafted_again(line: Line, one: Incoming, made: Draft, said: Said, now: datetime) -> Draft:
    ready = _read_again(line, one, made, said, now)
    return draft(line, replace(ready, body_hash=made.body_hash), now)


def _read_again(line: Line, one: Incoming, made: Draft, said: Said, now: datetime) -> Understood:
    return revived(line, one, jsontext.loads(made.model_tags), made.text_hash, said, now)
