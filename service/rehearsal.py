"""What rules would do, without doing it: to one text, or to the comments of the last days. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from service.conditions import Facts, facts_of
from service.feedback import Incoming, Scores
from service.routing import RoutingDecision, Rules, decide

Row = Mapping[str, Any]
_COMPARED = ("rule", "queue", "priority", "sla", "ticket", "mode")
#: So many changes are shown one by one; the rest is only counted.
_SHOWN = 50


def told(decision: RoutingDecision) -> dict[str, Any]:
    """Return a decision as the API shows it."""
    return {**asdict(decision), "tags": list(decision.tags), "notify": list(decision.notify)}


def of_text(present: Rules, tried: Rules, text: str, tags: Row) -> dict[str, Any]:
    """Return what the present rules and the tried ones make of one text."""
    facts = facts_of(Incoming(text=text), tags, text)
    return {"now": told(decide(present, facts)), "then": told(decide(tried, facts))}


def of_comments(present: Rules, tried: Rules, rows: Iterable[Row]) -> dict[str, Any]:
    """Return how many comments each tried rule would catch, and which would go another way than now."""
    rules: Counter[str] = Counter()
    queues: Counter[str] = Counter()
    changes: list[dict[str, Any]] = []
    total = changed = 0
    for row in rows:
        facts = _facts(row)
        before, after = decide(present, facts), decide(tried, facts)
        total += 1
        rules[after.rule] += 1
        queues[after.queue] += after.ticket
        differs = [name for name in _COMPARED if getattr(before, name) != getattr(after, name)]
        changed += bool(differs)
        if differs and len(changes) < _SHOWN:
            changes.append({"feedback_id": row["id"], **_change(before, after, differs)})
    return {
        "comments": total,
        "changed": changed,
        "rules": {rule.name: rules[rule.name] for rule in tried.rules},
        "tickets": dict(queues.most_common()),
        "changes": changes,
    }


def _facts(row: Row) -> Facts:
    scores = Scores(csat=row["csat"], nps=row["nps"], ces=row["ces"], stars=row["stars"])
    return Facts(
        tags=row["tags"],
        text=row["masked"],
        channel=row["channel"],
        tier=row["customer_tier"],
        scores=scores,
    )


def _change(before: RoutingDecision, after: RoutingDecision, differs: list[str]) -> dict[str, Any]:
    return {
        "now": {name: getattr(before, name) for name in differs},
        "then": {name: getattr(after, name) for name in differs},
        "reason": after.reason_fa,
    }
