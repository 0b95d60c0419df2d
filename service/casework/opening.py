"""A routed comment becomes a ticket: which queue, how soon, and why. Pure: no clock, no database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service import clocks
from service.clocks import Clocks
from service.feedback import Incoming
from service.routing import RoutingDecision, Rules, decide
from service.rules.conditions import facts_of
from service.sla import PRIORITIES, Calendars

Start = Callable[[Calendars, str, str, datetime], Clocks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A ticket that is about to be stored."""

    decision: RoutingDecision
    clocks: Clocks
    urgency_score: int
    customer_value: float

    @property
    def due_at(self) -> datetime | None:
        """The nearest deadline."""
        return clocks.due_at(self.clocks)

    def row(self, now: datetime) -> dict[str, Any]:
        """Return the columns of the ticket, but for those that name it, its comment and its customer."""
        decision = self.decision
        return {
            "queue": decision.queue,
            "status": "open",
            "priority": decision.priority,
            "priority_rank": PRIORITIES.index(decision.priority),
            "due_at": self.due_at,
            "urgency_score": self.urgency_score,
            "customer_value": self.customer_value,
            "opened_at": now,
            "rule": decision.rule,
            "mode": decision.mode,
            "reason_fa": decision.reason_fa,
            "tags": list(decision.tags),
            "sla": clocks.to_json(self.clocks),
            "notified_at": now if decision.notify else None,
        }


def open_ticket(
    rules: Rules,
    calendars: Calendars,
    incoming: Incoming,
    tags: Mapping[str, Any],
    masked_text: str,
    now: datetime,
    start: Start = clocks.start,
) -> Opening | None:
    """Return the ticket that a comment opens, None when there is nothing to do for it.

    The clocks start now, when the desk received the comment, not when it was written; `start` may remember clocks
    that it has started at this moment for another comment.
    """
    decision = decide(rules, facts_of(incoming, tags, masked_text))
    if not decision.ticket:
        return None
    value = incoming.customer.lifetime_value if incoming.customer else None
    return opened_by(decision, calendars, tags, value, now, start)


def opened_by(
    decision: RoutingDecision,
    calendars: Calendars,
    tags: Mapping[str, Any],
    value: float | None,
    now: datetime,
    start: Start = clocks.start,
) -> Opening:
    """Return the ticket that a decision opens for a comment with these tags, whose customer is worth `value`."""
    return Opening(
        decision=decision,
        clocks=start(calendars, decision.queue, decision.sla, now),
        urgency_score=tags["urgency"]["score"],
        customer_value=value or 0.0,
    )
