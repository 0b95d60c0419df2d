"""What a ticket owes the customer: promises with their days, and compensation step by step."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from service.casework.promises import FARTHEST
from service.errors import Conflict, NotFound, wrong_field
from service.jalali import iso, persian
from service.storage import Connection
from service.storage import promises as promised
from service.tickets import FINISHED, STATUS_FA, Change, Row, steps
from service.triage import TicketAction, act, trail

#: What closes a promise; the trail is told what it was before, which `restore` needs to know.
_CLOSING = ("ticket.fulfil", "ticket.withdraw")
_RESTORED = "ticket.restore"
#: No sum of money is larger, in either currency.
MOST = 10**15
#: From each state of a compensation to those that may follow.
STEPS = {
    None: ("requested", "offered"),
    "requested": ("offered", "refused"),
    "offered": ("offered", "paid", "refused"),
    "refused": ("requested", "offered"),
    "paid": ("paid", "offered"),  # another sum than was written, or by a slip
}


def compensate(action: TicketAction, state: str, amount: int | None, currency: str) -> None:
    """Take compensation one step further: requested, offered, then paid or refused.

    `Conflict` names the steps that may follow, or the ticket that goes on; without an amount the earlier one stays, in
    its own currency.
    """

    def compensated(_: Connection, row: Row) -> Change:
        _require(row, "compensate", "جبران خسارت", ("merged",))
        was: dict[str, Any] = row["compensation"] or {"state": None, "amount": None, "currency": currency}
        if state not in STEPS[was["state"]]:
            detail = "جبران خسارت از وضعیت کنونی به این وضعیت نمی‌رود."
            more = {"state": was["state"], "allowed": list(STEPS[was["state"]])}
            raise Conflict("transition_not_allowed", detail, more=more)
        given = {"amount": amount, "currency": currency} if amount is not None else {}
        return Change(values={"compensation": {**was, "state": state, **given}})

    act(action, "compensate", compensated)


def promise(action: TicketAction, due_at: datetime) -> None:
    """Promise the customer something by a moment; a reminder comes before it.

    `Invalid` when it has passed or is farther off than any reply could promise, `Conflict` when the matter is settled.
    """
    if not action.now < due_at <= action.now + FARTHEST:
        detail = f"موعد قول باید در {persian(FARTHEST.days)} روز آینده باشد."
        raise wrong_field("due_at", "out_of_range", detail)

    def made(conn: Connection, row: Row) -> Change:
        _require(row, "promise", "قول", FINISHED)  # nobody is reminded of what is owed there
        id_ = promised.insert(conn, action.now, action.ticket_id, action.caller.name, due_at)
        return Change(values={}, told={"promise": id_, "promised_for": iso(due_at)})

    act(action, "promise", made)


def withdraw(action: TicketAction, promise_id: str) -> int | None:
    """Say that what was taken for a promise is none: nobody is reminded of it, and it counts as neither kept nor broken.

    Returns as `act` does.
    """

    def withdrawn(conn: Connection, _: Row) -> Change:
        was = promised.get(conn, promise_id)
        if was is None or not promised.withdraw(conn, action.ticket_id, promise_id):
            raise NotFound("promise_not_found", "قولی با این شناسه در این تیکت نیست.")
        return Change(values={}, told={"promise": promise_id, "was": {"status": was["status"]}})

    return act(action, "withdraw", withdrawn)


def fulfil(action: TicketAction, promise_id: str) -> int | None:
    """Close a promise: kept when its moment has not passed, broken otherwise. Returns as `act` does."""

    def settled(conn: Connection, _: Row) -> Change:
        if not promised.settle(conn, action.ticket_id, action.now, [promise_id]):
            raise NotFound("promise_not_found", "قول بازی با این شناسه در این تیکت نیست.")
        return Change(values={}, told={"promise": promise_id, "was": {"status": "open"}})

    return act(action, "fulfil", settled)


def restore(action: TicketAction, promise_id: str) -> None:
    """Take back that a promise was closed or was none: it is again what it was, and one that is due is called to mind.

    `Conflict` when nobody closed it, or when it would be open where the matter is settled.
    """

    def restored(conn: Connection, row: Row) -> Change:
        known = promised.get(conn, promise_id)
        if known is None or known["ticket_id"] != action.ticket_id:
            raise NotFound("promise_not_found", "قولی با این شناسه در این تیکت نیست.")
        was = closed(trail(conn, action.ticket_id)).get(promise_id)
        if was is None:
            raise Conflict("nothing_to_undo", "کسی این قول را نبسته است یا بستن آن پیش‌تر پس گرفته شده است.")
        if was == "open":
            _require(row, "restore", "بازگرداندن قول", FINISHED)
        promised.restore(conn, promise_id, was)
        return Change(values={}, told={"promise": promise_id})

    act(action, "restore", restored)


def closed(lines: Iterable[Row]) -> dict[str, str]:
    """Return the promises that somebody closed, as the trail of their ticket tells it, each with what it was before."""
    found: dict[str, str] = {}
    for line in lines:
        told = line["after"] or {}
        if line["action"] in _CLOSING and "was" in told:
            found[told["promise"]] = told["was"]["status"]
        elif line["action"] in (*_CLOSING, _RESTORED):
            found.pop(told["promise"], None)
    return found


def _require(row: Row, action: str, what: str, closed: Sequence[str]) -> None:
    """Raise `Conflict` with the steps that are allowed when a ticket is in a state in which nothing more is owed on it."""
    if row["status"] in closed:
        detail = f"تیکت در وضعیت «{STATUS_FA[row['status']]}» است و «{what}» در این وضعیت ممکن نیست."
        more = {"ticket_status": row["status"], "action": action, "allowed": list(steps(row))}
        more |= {"merged_into": row["merged_into"]}
        raise Conflict("transition_not_allowed", detail, more=more)
