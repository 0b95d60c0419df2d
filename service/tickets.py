"""The life of a ticket: what may be done to it when, and what follows. Pure: a row in, changed columns out.

    open ──assign──▶ assigned ──pend──▶ pending ──(customer writes)──▶ assigned
      ▲               │   ▲                │
      └───release─────┘   └───assign── reopened ◀──reopen── resolved ◀──resolve── (any open one)

Nobody has a ticket that was released: one that is pending or reopened stays so.

Every function takes a row of the tickets table and returns a `Change`; one that the status does not allow raises
`Conflict` with the steps that are allowed. The caller stores the values and announces the events together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from service import clocks, worktime
from service.clocks import Clocks
from service.errors import Conflict
from service.routing import Queue
from service.sla import PRIORITIES, Calendars

Row = Mapping[str, Any]
Status = Literal["open", "assigned", "pending", "resolved", "reopened", "merged"]
Action = Literal[
    "claim", "assign", "release", "confirm", "reply", "note", "pend", "resume", "resolve", "reopen", "escalate",
    "relax", "merge",
]  # fmt: skip
#: What a unit of a currency is in rials.
RIALS = {"IRR": 1, "IRT": 10}
STATUS_FA: Mapping[Status, str] = {
    "open": "باز",
    "assigned": "در دست اقدام",
    "pending": "در انتظار مشتری",
    "resolved": "حل‌شده",
    "reopened": "بازگشوده",
    "merged": "ادغام‌شده",
}
ACTION_FA: Mapping[Action, str] = {
    "claim": "برداشتن",
    "assign": "سپردن",
    "release": "بازگرداندن به صف",
    "confirm": "تأیید پیشنهاد",
    "reply": "پاسخ",
    "note": "یادداشت",
    "pend": "انتظار مشتری",
    "resume": "ادامهٔ کار",
    "resolve": "حل شد",
    "reopen": "بازگشایی",
    "escalate": "بالا بردن",
    "relax": "پایین آوردن اولویت",
    "merge": "ادغام",
}
#: Tickets somebody still has to do something about, and those that nobody has.
OPEN: tuple[Status, ...] = ("open", "assigned", "pending", "reopened")
FINISHED: tuple[Status, ...] = ("resolved", "merged")
_HELD: tuple[Action, ...] = (
    "assign", "release", "confirm", "reply", "note", "pend", "resolve", "escalate", "relax", "merge",
)  # fmt: skip
_ALLOWED: Mapping[str, tuple[Action, ...]] = {
    "open": ("claim", *_HELD),
    "reopened": ("claim", *_HELD),
    "assigned": _HELD,
    "pending": ("assign", "release", "reply", "note", "resume", "resolve", "escalate", "relax", "merge"),
    "resolved": ("note", "reopen"),
    "merged": (),  # all that is said goes on where it went
}
#: How long a claimed ticket waits for its agent's first deed before it returns to the queue.
LEASE = timedelta(minutes=30)
#: A ticket that was handed to the queue that helps is tagged with this and the queue it came from.
OVERFLOW_TAG = "overflow_from_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """New values of columns of a ticket, the events to announce with them, and what else the trail is told."""

    values: Mapping[str, Any]
    events: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)


def allowed(status: str) -> tuple[Action, ...]:
    """Return what may be done to a ticket of this status."""
    return _ALLOWED[status]


def steps(row: Row) -> tuple[Action, ...]:
    """Return what may be done to a ticket and would change it: nobody releases what nobody has."""
    idle = {"release": row["assignee"] is None, "confirm": row["mode"] != "suggested"}
    return tuple(step for step in allowed(row["status"]) if not idle.get(step))


def require(row: Row, action: Action) -> None:
    """Raise `Conflict` when the ticket's status does not allow the step."""
    status = row["status"]
    if action not in allowed(status):
        detail = f"تیکت در وضعیت «{STATUS_FA[status]}» است و «{ACTION_FA[action]}» در این وضعیت ممکن نیست."
        more = {"ticket_status": status, "action": action, "allowed": list(steps(row))}
        more |= {"merged_into": row["merged_into"]}
        raise Conflict("transition_not_allowed", detail, more=more)


def claim(row: Row, agent: str, now: datetime) -> Change:
    """Give a waiting ticket to the agent who takes it, for the length of a lease."""
    require(row, "claim")
    if row["assignee"] not in (None, agent):
        raise Conflict(
            "already_claimed", "این تیکت را همکار دیگری برداشته است.", more={"assignee": row["assignee"]}
        )
    values = {"status": "assigned", "assignee": agent, "claimed_until": now + LEASE}
    return Change(values=values, events=(("ticket.assigned", {"assignee": agent, "by": agent}),))


def assign(row: Row, assignee: str, actor: str) -> Change:
    """Give a ticket to somebody, without a lease."""
    require(row, "assign")
    status = "pending" if row["status"] == "pending" else "assigned"
    values = {"status": status, "assignee": assignee, "claimed_until": None}
    return Change(values=values, events=(("ticket.assigned", {"assignee": assignee, "by": actor}),))


def release(row: Row, now: datetime) -> Change:
    """Return a ticket to its queue, where one that nobody has waits already."""
    require(row, "release")
    return _returned(row, now) if row["assignee"] is not None else Change(values={})


def expired(row: Row, now: datetime) -> Change | None:
    """Return a claimed ticket to its queue when its agent did nothing within the lease; None when the lease runs."""
    until = row["claimed_until"]
    leased = row["status"] in ("assigned", "reopened") and until is not None
    return _returned(row, now) if leased and until <= now else None


def deed(row: Row, change: Change, actor: str) -> Change:
    """Return a change as its actor leaves the ticket: the lease of a claim ends with its agent's first deed, whichever it is."""
    is_first = row["claimed_until"] is not None and row["assignee"] == actor
    return replace(change, values={"claimed_until": None, **change.values}) if is_first else change


def confirm(row: Row) -> Change:
    """Accept what a rule in suggest mode proposed; `Conflict` when none did."""
    require(row, "confirm")
    if row["mode"] != "suggested":
        raise Conflict("nothing_suggested", "در این تیکت پیشنهادی برای تأیید نیست.")
    return Change(values={"mode": "automatic"})


def reply(row: Row, author: str, message_id: str, now: datetime) -> Change:
    """The customer was answered; a ticket of nobody now belongs to the author."""
    require(row, "reply")
    values: dict[str, Any] = {}
    events = [("ticket.replied", {"author": author, "message_id": message_id})]
    if row["status"] != "pending":
        values = {"status": "assigned", "assignee": row["assignee"] or author}
        if row["assignee"] is None:
            events.insert(0, ("ticket.assigned", {"assignee": author, "by": author}))
    return changed(clocks.answered(clocks_of(row), now), now, values, *events)


def note(row: Row) -> Change:
    """Somebody wrote something down."""
    require(row, "note")
    return Change(values={})


def pend(row: Row, now: datetime) -> Change:
    """Wait for the customer: the clocks stand still."""
    require(row, "pend")
    return changed(clocks.paused(clocks_of(row), now), now, {"status": "pending", "claimed_until": None})


def resume(row: Row, calendars: Calendars, now: datetime) -> Change:
    """Go on although the customer did not write: the clocks run again."""
    require(row, "resume")
    return changed(clocks.resumed(clocks_of(row), calendars, now), now, working_values(row, now))


def resolve(row: Row, calendars: Calendars, now: datetime) -> Change:
    """The matter is settled; the trail is told what was before, which `unresolve` needs to know."""
    require(row, "resolve")
    values = {"status": "resolved", "resolved_at": now, "claimed_until": None}
    settled = clocks.resolved(clocks_of(row), calendars, now)
    until = row["claimed_until"]
    was = {
        "status": row["status"],
        "claimed_until": until and until.isoformat(),
        "sla": clocks.to_json(clocks_of(row)),
    }
    return replace(changed(settled, now, values, ("ticket.resolved", {})), told={"was": was})


def unresolve(was: Row, now: datetime) -> Change:
    """It was resolved by a slip: the ticket stands again as it did before, its clocks and its agent's lease too."""
    until = was["claimed_until"]
    values = {
        "status": was["status"],
        "resolved_at": None,
        "claimed_until": until and datetime.fromisoformat(until),
    }
    return changed(clocks.from_json(was["sla"]), now, values, ("ticket.reopened", {}))


def reopen(row: Row, calendars: Calendars, now: datetime) -> Change:
    """The matter was not settled; whoever had the ticket has it again, if they act within a lease."""
    require(row, "reopen")
    values = reopened_values(row, now)
    again = clocks.reopened(clocks_of(row), calendars, now)
    return changed(again, now, values, ("ticket.reopened", {}))


def escalate(
    row: Row, calendars: Calendars, now: datetime, *, priority: str | None, queue: str | None
) -> Change:
    """Raise the priority, hand the ticket to another queue, or both; no deadline moves later.

    Whoever names another queue has decided what a rule only proposed. `Conflict` when neither would change, or when the
    priority would fall.
    """
    require(row, "escalate")
    rank = row["priority_rank"] if priority is None else rank_of(priority)
    if rank > row["priority_rank"] or (rank == row["priority_rank"] and queue in (None, row["queue"])):
        raise Conflict("nothing_to_escalate", "اولویت باید بالاتر برود یا صف عوض شود.")
    values: dict[str, Any] = {"queue": queue or row["queue"], **priority_values(rank)}
    if values["queue"] != row["queue"]:
        values |= {"mode": "automatic", **_returned(row, now).values}
    before = clocks_of(row)
    # a rule may have promised by a policy of its own, which another queue takes over
    policy = before.policy if rank == row["priority_rank"] else values["priority"]
    sooner = clocks.tightened(before, calendars, values["queue"], policy, now)
    told = {"priority": values["priority"], "queue": values["queue"]}
    return changed(sooner, now, values, ("ticket.escalated", told))


def relax(row: Row, calendars: Calendars, now: datetime, *, priority: str) -> Change:
    """Lower the priority: only a person does this."""
    require(row, "relax")
    if rank_of(priority) <= row["priority_rank"]:
        raise Conflict("nothing_to_relax", "اولویت تازه باید پایین‌تر از اولویت کنونی باشد.")
    slower = clocks.loosened(clocks_of(row), calendars, row["queue"], priority, now)
    return changed(slower, now, priority_values(rank_of(priority)))


def overflowed(row: Row, queue: Queue, calendars: Calendars, now: datetime) -> Change | None:
    """Hand a ticket that nobody took in time to the queue that helps; None while it may still wait, or was handed on."""
    handed_on = any(tag.startswith(OVERFLOW_TAG) for tag in row["tags"])
    if (
        queue.overflow is None
        or handed_on
        or row["assignee"] is not None
        or row["status"] not in ("open", "reopened")
    ):
        return None
    waited = worktime.between(calendars.of_queue(queue.id), row["waiting_since"] or row["opened_at"], now)
    if waited < timedelta(minutes=queue.overflow_minutes):
        return None
    values = {"queue": queue.overflow, "tags": [*row["tags"], f"{OVERFLOW_TAG}{queue.id}"]}
    return Change(values=values, events=(("ticket.escalated", {"queue": queue.overflow, "by": "overflow"}),))


def changed(after: Clocks, now: datetime, values: Row, *events: tuple[str, Mapping[str, Any]]) -> Change:
    """Return a change with the clocks as they are to be kept, and what they have to announce."""
    kept, found = clocks.events(after, now)
    stored = {**values, "sla": clocks.to_json(kept), "due_at": clocks.due_at(kept)}
    return Change(values=stored, events=(*events, *((name, {"target": target}) for name, target in found)))


def reopened_values(row: Row, now: datetime) -> dict[str, Any]:
    """Return the columns of a ticket that is open again; its agent may be gone, so the lease starts anew."""
    until = now + LEASE if row["assignee"] is not None else None
    return {"status": "reopened", "resolved_at": None, "claimed_until": until, "waiting_since": now}


def clocks_of(row: Row) -> Clocks:
    """Return the clocks that a row keeps."""
    return clocks.from_json(row["sla"])


def working_values(row: Row, now: datetime) -> dict[str, Any]:
    """Return the columns of a ticket on which work goes on after its customer was waited for."""
    return {"status": "assigned" if row["assignee"] is not None else "open", "waiting_since": now}


def rank_of(priority: str) -> int:
    """Return the place of a priority, 0 for the most pressing."""
    return PRIORITIES.index(priority)


def priority_values(rank: int) -> dict[str, Any]:
    """Return the columns that say how pressing a ticket is."""
    return {"priority": PRIORITIES[rank], "priority_rank": rank}


def union(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Return two lists of tags as one, without repetition."""
    return list(dict.fromkeys([*first, *second]))


def _returned(row: Row, now: datetime) -> Change:
    status = row["status"] if row["status"] in ("pending", "reopened") else "open"
    values = {"status": status, "assignee": None, "claimed_until": None, "waiting_since": now}
    return Change(values=values)
