"""Tickets, kept in the caller's transaction: new ones, and each change with its line in the trail and its events."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from service import clocks, jsontext, views
from service import tickets as life
from service.casework import promises
from service.casework.opening import Opening
from service.errors import Conflict
from service.jalali import iso
from service.sla import Calendars
from service.storage import Connection, audit, outbox, tickets
from service.storage import promises as promised
from service.storage.many import Values
from service.tickets import Change

Row = Mapping[str, Any]
#: Who opens a ticket, and lets a comment join one, when the rules do.
ROUTING = "routing"
#: Who watches the clocks and carries things out while nobody is there.
WORKER = "worker"
#: What the trail says of a ticket before and after; never a customer's words.
_TOLD = ("queue", "priority", "status", "assignee", "mode", "due_at", "merged_into", "compensation")


class TicketDraft(NamedTuple):
    """The ticket a comment opens: its columns, its deadlines, what the trail says of it, and what was promised."""

    values: Values
    due_at: datetime | None
    check_at: datetime | None
    notifies: bool
    trail: str
    promised: tuple[datetime, ...]


class Opened(NamedTuple):
    """A new ticket with its names."""

    ticket_id: str
    feedback_id: str
    customer_id: str | None
    draft: TicketDraft


def drafted(opening: Opening, tags: Row, now: datetime) -> TicketDraft:
    """Spell out what is stored of a ticket that a comment with these tags opens; touches no database."""
    values = opening.row(now)
    values |= {**check_column(values), "compensation": promises.compensation(tags)}
    told = {name: values[name] for name in ("queue", "priority", "status", "rule")}
    reason = {"reason": values["reason_fa"], "due_at": iso(opening.due_at)}
    return TicketDraft(
        values=tickets.drafted(values),
        due_at=values["due_at"],
        check_at=values["check_at"],
        notifies=values["notified_at"] is not None,
        trail=jsontext.dumps(told | reason),
        promised=tuple(promises.told(tags)),
    )


def store(conn: Connection, opened: Sequence[Opened], actor: str, now: datetime) -> None:
    """Store new tickets with what was promised of them; `actor` is who opened them."""
    new: list[tuple[Values, Values]] = []
    for one in opened:
        notified = now if one.draft.notifies else None
        placed = (one.ticket_id, one.feedback_id, one.customer_id, now, notified)
        new.append(((*placed, one.draft.due_at, one.draft.check_at), one.draft.values))
    tickets.insert(conn, new)
    for one in opened:
        for due_at in one.draft.promised:
            promised.insert(conn, now, one.ticket_id, promised.CUSTOMER, due_at)
    audit.record_many(conn, [(now, actor, "ticket.opened", one.ticket_id, one.draft.trail) for one in opened])


def remember(conn: Connection, ticket_id: str, days: Collection[datetime], now: datetime) -> None:
    """Store on an old ticket what its customer tells of having been promised, each day once."""
    known = {one["due_at"] for one in promised.of_ticket(conn, ticket_id)} if days else set()
    for due_at in days:
        if due_at not in known:
            promised.insert(conn, now, ticket_id, promised.CUSTOMER, due_at)


def keep(
    conn: Connection,
    row: Row,
    change: Change,
    actor: str,
    action: str,
    now: datetime,
    *,
    told: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
    is_step: bool = True,
) -> Row:
    """Store a change of a locked ticket with its line in the trail and its events; return the ticket as it is now.

    `told` goes into the trail beside what changed, `more` are further columns. With a step the version grows, also when
    no column changes, as with a note: who sends the same form twice is told that the ticket is no longer what they had seen.
    """
    values = {**change.values, **check_column(change.values), **(more or {})}
    if not tickets.update(conn, row["id"], row["version"], values, is_step=is_step):
        raise stale(row["version"])
    after = {**row, **values, "version": row["version"] + is_step}
    changed = [name for name in _TOLD if after[name] != row[name]]
    audit.record(
        conn,
        now,
        actor,
        action,
        row["id"],
        before={name: _plain(row[name]) for name in changed},
        after={name: _plain(after[name]) for name in changed} | {**change.told, **(told or {})},
    )
    for event, facts in change.events:
        outbox.emit(conn, now, event, row["id"], {"ticket": views.ticket_event(after), **facts})
    return after


def settled(conn: Connection, row: Row, calendars: Calendars, now: datetime) -> Change:
    """Settle the matter of a locked ticket: its clocks stop, and its open promises are kept or broken."""
    change = life.resolve(row, calendars, now)
    return replace(change, told={**change.told, "settled": promised.settle(conn, row["id"], now)})


def owed_again(conn: Connection, row: Row, now: datetime) -> None:
    """Take up what a resolved ticket had promised, now that its matter was not settled after all.

    A promise whose day passed meanwhile stays as it was: the time in which the matter counted as settled is not held
    against the team.
    """
    line = audit.latest(conn, "ticket.resolve", row["id"])
    if line is not None and line["at"] == row["resolved_at"]:
        promised.owe_again(conn, line["after"].get("settled", ()), now)


def check_column(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return when the clocks among new values of a ticket have to be looked at next."""
    return {"check_at": clocks.check_at(clocks.from_json(values["sla"]))} if "sla" in values else {}


def stale(version: int) -> Conflict:
    """Return the error for whoever changes a ticket that is not what they had seen."""
    detail = "این تیکت در این میان تغییر کرده است؛ آن را دوباره بخوانید."
    return Conflict("stale_version", detail, more={"version": version})


def _plain(value: object) -> object:
    return iso(value) if isinstance(value, datetime) else value
