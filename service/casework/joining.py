"""When a new message belongs to a ticket that exists, and when two tickets are one. Pure: rows in, changes out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from service import clocks
from service.casework import promises
from service.clocks import Clocks
from service.errors import Conflict
from service.routing import Guards, RoutingDecision, may_notify
from service.sla import PRIORITIES, Calendars
from service.tickets import (
    FINISHED,
    RIALS,
    STATUS_FA,
    Change,
    Row,
    changed,
    clocks_of,
    priority_values,
    rank_of,
    reopened_values,
    require,
    union,
    working_values,
)

#: After this time a resolved matter is closed, and a new message is a new ticket.
REOPEN_WITHIN = timedelta(days=7)
#: Points for writing again about the same matter, the second time and from the third on.
_AGAIN, AGAIN_AT_MOST = 12, 25
_STEPS = (None, "refused", "requested", "offered", "paid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A new message on a ticket: what the rules say of it, and how urgent it is by itself."""

    decision: RoutingDecision
    urgency_score: int
    nth: int  # its place among the customer's messages on this ticket, from 1
    complains: bool  # or says what cannot be read
    asks: Row | None = None  # for this compensation


def heard(decision: RoutingDecision, tags: Mapping[str, Any], nth: int) -> Message:
    """Return what a ticket has to know of a comment with these tags, its customer's `nth` message on it."""
    category = tags["category"]
    return Message(
        decision=decision,
        urgency_score=tags["urgency"]["score"],
        nth=nth,
        complains=category is None or category["label"] == "complaint",
        asks=promises.compensation(tags),
    )


def takes(row: Row, now: datetime) -> bool:
    """Say whether a new message of the ticket's customer belongs to it: it is open, or was resolved lately."""
    if row["status"] == "resolved":
        return bool(now - row["resolved_at"] <= REOPEN_WITHIN)
    return bool(row["status"] != "merged")


def joined(row: Row, message: Message, calendars: Calendars, guards: Guards, now: datetime) -> Change:
    """A new message of the same customer joins a ticket that `takes` it: urgency may rise at once and falls with it settled.

    A message that asks for nothing («ممنون، حل شد») starts no clock and reopens nothing; a more pressing one takes
    the ticket to its own queue, and so does a question after the matter was settled, which is as pressing as it is by
    itself. A complaint says that nothing was settled. Whom its rule notifies is told with the event, once per window of
    the case.
    """
    decision = message.decision
    if row["status"] == "resolved" and not decision.ticket:
        return Change(values={})
    rank = _rank(row, message)
    values: dict[str, Any] = {"tags": union(row["tags"], decision.tags), **_after_message(row, now)}
    values["compensation"] = _owed(row["compensation"], message.asks)
    if decision.ticket:
        values["urgency_score"] = _score(row, message)
    if rank != row["priority_rank"] or _is_another_matter(row, message):
        values |= _followed(row, decision, rank, now)
    told = _events(row, values)
    if told and decision.notify and may_notify(guards, row["notified_at"], now):
        values["notified_at"] = now
        told = tuple((event, {**facts, "notify": list(decision.notify)}) for event, facts in told)
    return changed(_clocks_after(row, decision, values, calendars, now), now, values, *told)


def judged(row: Row, decision: RoutingDecision, score: int, calendars: Calendars, now: datetime) -> Change:
    """A person said how urgent a comment of this ticket is: it rises at once, and only they themselves lower its priority."""
    rank = rank_of(decision.priority)
    values: dict[str, Any] = {"urgency_score": score}
    if row["status"] in FINISHED or not decision.ticket or rank >= row["priority_rank"]:
        return Change(values=values)
    values |= _after_message(row, now) | _followed(row, decision, rank, now)
    going = clocks.resumed(clocks_of(row), calendars, now)
    after = clocks.tightened(going, calendars, decision.queue, decision.sla, now)
    return changed(after, now, values, _risen(row, values))


def merge(row: Row, into: Row, calendars: Calendars, now: datetime) -> tuple[Change, Change]:
    """Close a ticket in favour of another one of the same customer, which keeps the more pressing of everything.

    Returns the change of `row`, whose clocks stand still from now on, and the change of `into`, which waits for its
    customer only where both did. `Conflict` says of which of them the status does not allow it.
    """
    require(row, "merge")
    _require_open(into)
    if row["id"] == into["id"] or row["customer_id"] is None or row["customer_id"] != into["customer_id"]:
        raise Conflict("cannot_merge", "فقط دو تیکت متفاوت از یک مشتری شناخته‌شده ادغام می‌شوند.")
    rank = min(row["priority_rank"], into["priority_rank"])
    values = {
        **priority_values(rank),
        "urgency_score": max(row["urgency_score"], into["urgency_score"]),
        "tags": union(into["tags"], row["tags"]),
        "contacts": into["contacts"] + row["contacts"],
        "compensation": _both(into["compensation"], row["compensation"]),
    }
    if into["status"] == "pending" != row["status"]:
        values |= working_values(into, now)
    ours, theirs = clocks_of(into), clocks_of(row)
    if rank < into["priority_rank"]:
        ours = replace(ours, policy=theirs.policy)  # by which what is owed from now on is promised
    survivor = changed(clocks.absorbed(ours, theirs, calendars, now), now, values)
    closed = {"status": "merged", "resolved_at": now, "merged_into": into["id"]}
    left = {"assignee": None, "claimed_until": None}
    return changed(clocks.paused(theirs, now), now, closed | left), survivor


def _require_open(into: Row) -> None:
    """Raise `Conflict` with a code of its own when it is the other ticket that has ended: none of its steps are ours."""
    status = into["status"]
    if status in FINISHED:
        detail = f"تیکت مقصد در وضعیت «{STATUS_FA[status]}» است و تیکت دیگری در آن ادغام نمی‌شود."
        more = {"into": into["id"], "into_status": status, "merged_into": into["merged_into"]}
        raise Conflict("merge_target_finished", detail, more=more)


def _step(compensation: Row | None) -> int:
    """Return how far a compensation has come; one that was refused is behind one that is asked for."""
    return _STEPS.index(compensation["state"] if compensation else None)


def _both(one: Row | None, other: Row | None) -> Row | None:
    """Return the compensation of two tickets that become one: the one that has come further, and all that was paid."""
    paid = [each for each in (one, other) if each and each["state"] == "paid" and each["amount"]]
    if len(paid) <= 1:
        return paid[0] if paid else max(one, other, key=_step)
    rials = sum(each["amount"] * RIALS[each["currency"]] for each in paid)
    return {**paid[0], "amount": rials, "currency": "IRR"}


def _owed(was: Row | None, asked: Row | None) -> Row | None:
    """Return the compensation that a ticket is about when a message asks for one: what was offered or paid stands."""
    is_open = (
        was is None or was["state"] == "refused" or (was["state"] == "requested" and was["amount"] is None)
    )
    return asked if asked and is_open else was


def _after_message(row: Row, now: datetime) -> dict[str, Any]:
    if row["status"] == "resolved":
        return reopened_values(row, now)
    return working_values(row, now) if row["status"] == "pending" else {}


def _is_another_matter(row: Row, message: Message) -> bool:
    return bool(row["status"] == "resolved" and not message.complains)


def _rank(row: Row, message: Message) -> int:
    """Return how pressing a ticket is with a new message: a third one about the same matter is high whatever it says."""
    own = rank_of(message.decision.priority)
    if _is_another_matter(row, message):
        return own
    again = rank_of("high") if message.nth > 2 and message.decision.ticket else len(PRIORITIES)
    return min(int(row["priority_rank"]), own, again)


def _followed(row: Row, decision: RoutingDecision, rank: int, now: datetime) -> dict[str, Any]:
    """Return what changes when a ticket is as pressing as a new message; its own rule names team and reason."""
    if rank < rank_of(decision.priority):
        return {
            **priority_values(rank),
            "reason_fa": f"{row['reason_fa']} مشتری برای چندمین بار نوشت؛ اولویت بالا رفت.",
        }
    own = {"rule": decision.rule, "mode": decision.mode, "reason_fa": decision.reason_fa}
    values: dict[str, Any] = {**priority_values(rank), **own}
    if decision.queue != row["queue"]:
        freed = {
            "status": "open" if row["status"] != "resolved" else "reopened",
            "assignee": None,
            "claimed_until": None,
            "waiting_since": now,
        }
        values |= {"queue": decision.queue, **freed}
    return values


def _clocks_after(
    row: Row, decision: RoutingDecision, values: Row, calendars: Calendars, now: datetime
) -> Clocks:
    before = clocks_of(row)
    if row["status"] == "resolved":
        after = clocks.reopened(before, calendars, now)
    elif decision.ticket:
        after = clocks.written(before, calendars, now)
    else:
        after = clocks.resumed(before, calendars, now)
    if "priority" not in values:
        return after
    queue = values.get("queue", row["queue"])
    policy = decision.sla if values["priority"] == decision.priority else values["priority"]
    is_calmer = values["priority_rank"] > row["priority_rank"]
    reset = clocks.loosened if is_calmer else clocks.tightened
    return reset(after, calendars, queue, policy, now)


def _events(row: Row, values: Row) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    found: list[tuple[str, Mapping[str, Any]]] = []
    if row["status"] == "resolved":
        found.append(("ticket.reopened", {"by": "customer"}))
    if values.get("priority_rank", row["priority_rank"]) < row["priority_rank"]:
        found.append(_risen(row, values))
    return tuple(found)


def _risen(row: Row, values: Row) -> tuple[str, Mapping[str, Any]]:
    return "urgency.raised", {"from": row["priority"], "to": values["priority"]}


def _score(row: Row, message: Message) -> int:
    if _is_another_matter(row, message):
        return message.urgency_score
    again = {2: _AGAIN, 3: AGAIN_AT_MOST - _AGAIN}.get(message.nth, 0)
    return int(min(100, max(row["urgency_score"], message.urgency_score) + again))
