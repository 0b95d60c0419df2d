"""What other rules would have done with comments that are already here. Pure; nothing is changed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from service.routing import RoutingDecision, Rules, decide
from service.rules.conditions import Facts
from service.sla import PRIORITIES

#: As many changed comments as a person reads; the counts are of all of them.
SHOWN = 100
#: Names, each with the comments before and after.
Counts = tuple[tuple[str, int, int], ...]
_NOTICED = attrgetter("queue", "priority", "sla", "mode", "review", "tags", "notify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One comment that the new rules would treat in another way."""

    id: str
    before: RoutingDecision
    after: RoutingDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Old rules against new ones on the same comments."""

    compared: int
    changed: int
    differences: tuple[Difference, ...]
    by_rule: Counts
    by_priority: Counts
    by_queue: Counts
    tickets: tuple[int, int]

    def to_json(self) -> dict[str, Any]:
        """Return the trial as the API shows it."""
        return {
            "compared": self.compared,
            "changed": self.changed,
            "tickets": {"before": self.tickets[0], "after": self.tickets[1]},
            "by_rule": _rows("rule", self.by_rule),
            "by_priority": _rows("priority", self.by_priority),
            "by_queue": _rows("queue", self.by_queue),
            "differences": [
                {"feedback_id": one.id, "before": outcome(one.before), "after": outcome(one.after)}
                for one in self.differences
            ],
        }


def compare(before: Rules, after: Rules, comments: Iterable[tuple[str, Facts]]) -> Trial:
    """Return how two sets of rules differ on comments, each given with its id."""
    decided = [(id_, decide(before, facts), decide(after, facts)) for id_, facts in comments]
    differing = [
        Difference(id=id_, before=old, after=new) for id_, old, new in decided if _acts(old) != _acts(new)
    ]
    olds, news = [old for _, old, _ in decided], [new for _, _, new in decided]
    opened, opened_now = [old for old in olds if old.ticket], [new for new in news if new.ticket]
    return Trial(
        compared=len(decided),
        changed=len(differing),
        differences=tuple(differing[:SHOWN]),
        by_rule=_counts("rule", olds, news),
        by_priority=_counts("priority", opened, opened_now, PRIORITIES),
        by_queue=_counts("queue", opened, opened_now),
        tickets=(len(opened), len(opened_now)),
    )


def outcome(decision: RoutingDecision) -> dict[str, Any]:
    """Return a decision for people: what would happen, by which rule, and why."""
    return {
        "rule": decision.rule,
        "ticket": decision.ticket,
        "queue": decision.queue,
        "priority": decision.priority,
        "sla": decision.sla,
        "mode": decision.mode,
        "review": decision.review,
        "tags": list(decision.tags),
        "notify": list(decision.notify),
        "reason": decision.reason_fa,
    }


def _acts(decision: RoutingDecision) -> object:
    """Return what somebody would notice; a rule's name alone is no difference."""
    return _NOTICED(decision) if decision.ticket else None


def _counts(
    what: str, before: Iterable[RoutingDecision], after: Iterable[RoutingDecision], order: Iterable[str] = ()
) -> Counts:
    """Return how often each rule, priority or queue was decided on, in an order of its own or by name."""
    old, new = (Counter(map(attrgetter(what), decisions)) for decisions in (before, after))
    names = [name for name in order if name in old or name in new] or sorted(set(old) | set(new))
    return tuple((name, old[name], new[name]) for name in names)


def _rows(what: str, counts: Counts) -> list[dict[str, Any]]:
    return [{what: name, "before": before, "after": after} for name, before, after in counts]
