"""One change of a ticket, kept: its columns, its line in the trail and its events, in the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service import clocks, views
from service.errors import Conflict
from service.storage import Connection, audit, outbox, tickets
from service.tickets import Change

Row = Mapping[str, Any]
#: What the trail says of a ticket before and after; never a customer's words.
_TOLD = ("queue", "priority", "status", "assignee", "mode", "due_at", "merged_into", "compensation")


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
) -> Row:
    """Store a change of a locked ticket with its line in the trail and its events; return the ticket as it is now.

    `told` goes into the trail beside what changed, `more` are further columns. The version grows also when no column
    changes, as with a note: who sends the same form twice is told that the ticket is no longer what they had seen.
    """
    values = {**change.values, **check_column(change.values), **(more or {})}
    if not tickets.update(conn, row["id"], row["version"], values):
        raise stale(row["version"])
    after = {**row, **values, "version": row["version"] + 1}
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


def check_column(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return when the clocks among new values of a ticket have to be looked at next."""
    return {"check_at": clocks.check_at(clocks.from_json(values["sla"]))} if "sla" in values else {}


def stale(version: int) -> Conflict:
    """Return the error for whoever changes a ticket that is not what they had seen."""
    detail = "این تیکت در این میان تغییر کرده است؛ آن را دوباره بخوانید."
    return Conflict("stale_version", detail, more={"version": version})


def _plain(value: object) -> object:
    return views.moment(value) if isinstance(value, datetime) else value
