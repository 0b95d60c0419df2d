"""What other rules would have done with comments that are already here. Pure; nothing is changed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from service.conditions import Facts
from service.routing import RoutingDecision, Rules, decide
from service.sla import PRIORITIES

#: As many changed comments as a person reads; the counts are of all of them.
SHOWN = 100


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
    by_rule: tuple[tuple[str, int, int], ...]  # rule, comments before, comments after
    by_priority: tuple[tuple[str, int, int], ...]
    by_queue: tuple[tuple[str, int, int], ...]
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
    pairs = [(old, new) for _, old, new in decided]
    return Trial(
        compared=len(decided),
        changed=len(differing),
        differences=tuple(differing[:SHOWN]),
        by_rule=_counts([(old.rule, new.rule) for old, new in pairs]),
        by_priority=_counts([(_priority(old), _priority(new)) for old, new in pairs], PRIORITIES),
        by_queue=_counts([(_queue(old), _queue(new)) for old, new in pairs]),
        tickets=(sum(old.ticket for old, _ in pairs), sum(new.ticket for _, new in pairs)),
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
    if not decision.ticket:
        return None
    return (
        decision.queue,
        decision.priority,
        decision.sla,
        decision.mode,
        decision.review,
        decision.tags,
        decision.notify,
    )


def _priority(decision: RoutingDecision) -> str | None:
    return decision.priority if decision.ticket else None


def _queue(decision: RoutingDecision) -> str | None:
    return decision.queue if decision.ticket else None


def _counts(
    pairs: Iterable[tuple[str | None, str | None]], order: Iterable[str] = ()
) -> tuple[tuple[str, int, int], ...]:
    old, new = Counter[str](), Counter[str]()
    for before, after in pairs:
        old.update([before] if before is not None else [])
        new.update([after] if after is not None else [])
    names = [name for name in order if name in old or name in new] or sorted(set(old) | set(new))
    return tuple((name, old[name], new[name]) for name in names)


def _rows(what: str, counts: tuple[tuple[str, int, int], ...]) -> list[dict[str, Any]]:
    return [{what: name, "before": before, "after": after} for name, before, after in counts]
