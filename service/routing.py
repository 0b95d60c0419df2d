"""Which team acts on a comment, how soon, and why: the first rule that matches decides. Pure: no clock, no database.

`service.rulefile` reads the rules from `routing.toml`.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from nlp import taxonomy
from service.corrections import BY_PERSON
from service.rules.conditions import Facts, When, because
from service.rules.topics import queue_of
from service.sla import PRIORITY_FA, Priority

Mode = Literal["automatic", "suggested"]
#: A rule's queue or priority may follow from the tags instead of being named.
BY_TOPIC = "by_topic"
BY_URGENCY: Literal["by_urgency"] = "by_urgency"
OF_URGENCY: Mapping[str, Priority] = {
    "critical": "urgent",
    "high": "high",
    "normal": "medium",
    "none": "low",
}
_PRESSING: frozenset[Priority] = frozenset({"urgent", "high"})
REVIEW_TAG = "needs_review"
_DOUBT = "نشانهٔ خطر قطعی نیست؛ اگر خطری هست، اولویت را بالا ببرید"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A team's inbox: how many tickets one person holds, and who helps when they wait too long."""

    id: str
    fa: str
    capacity: int
    overflow: str | None = None
    overflow_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """What keeps urgent rare and notifications few."""

    hard_signals: frozenset[str]
    sure: float  # a hard signal below this confidence is of high priority until a person has looked
    urgent_per_day: int
    notify_every_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What happens to a comment for which `when` holds."""

    name: str
    fa: str
    when: When
    queue: str = BY_TOPIC
    priority: Priority | Literal["by_urgency"] = BY_URGENCY
    sla: str | None = None  # a policy of calendar.toml; the one of the priority without it
    tags: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    ticket: bool = True
    mode: Mode = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything `routing.toml` says. The last rule has no conditions, so that every comment finds one."""

    rules: tuple[Rule, ...]
    queues: Mapping[str, Queue]
    default_queue: str
    guards: Guards

    @property
    def queue_names(self) -> dict[str, str]:
        """What the queues are called in Persian, by id."""
        return {queue.id: queue.fa for queue in self.queues.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingDecision:
    """Where a comment goes, by which rule, and why in Persian. `ticket=False`: there is nothing to do."""

    rule: str
    queue: str
    priority: Priority
    sla: str
    mode: Mode
    ticket: bool
    review: bool
    tags: tuple[str, ...]
    notify: tuple[str, ...]
    reason_fa: str


def decide(rules: Rules, facts: Facts) -> RoutingDecision:
    """Return what the first matching rule makes of a comment, after the guards had their say."""
    for rule in rules.rules:
        why = because(rule.when, facts)
        if why is not None:
            return _decision(rules, rule, facts, why)
    raise ValueError("the last rule must match every comment")


def over_budget(guards: Guards, urgent_today: int) -> bool:
    """Say whether more tickets became urgent today than people can treat as urgent."""
    return urgent_today > guards.urgent_per_day


def may_notify(guards: Guards, last_at: datetime | None, now: datetime) -> bool:
    """Say whether people may be notified of a case again: once per window, however many messages it gets."""
    return last_at is None or now - last_at >= timedelta(minutes=guards.notify_every_minutes)


def _decision(rules: Rules, rule: Rule, facts: Facts, why: tuple[str, ...]) -> RoutingDecision:
    priority, doubted = _guarded(rules.guards, facts, _priority(rule, facts))
    review = doubted or bool(facts.tags["needs_review"])
    queue, owner = _queue(rules, rule, facts)
    said = [f"قاعدهٔ «{rule.fa}»: {'، '.join(why) or 'هیچ قاعدهٔ دیگری صدق نکرد'}", owner]
    said += [f"اولویت: {PRIORITY_FA[priority]}", _DOUBT if doubted else ""]
    return RoutingDecision(
        rule=rule.name,
        queue=queue,
        priority=priority,
        sla=rule.sla if rule.sla is not None and not doubted else priority,
        mode=rule.mode,
        ticket=rule.ticket or doubted,  # somebody looks at it, whatever the rule would leave lying
        review=review,
        tags=(*rule.tags, REVIEW_TAG) if review else rule.tags,
        notify=rule.notify if rule.mode == "automatic" else (),
        reason_fa=". ".join(filter(None, said)) + ".",
    )


def _queue(rules: Rules, rule: Rule, facts: Facts) -> tuple[str, str]:
    """Return the queue, and the topic whose owner it is when the rule names none; own topics are sure of theirs."""
    if rule.queue != BY_TOPIC:
        return rule.queue, ""
    topics = sorted(
        facts.tags["topics"], key=lambda one: (one["sentiment"] != "negative", -one["confidence"])
    )
    for topic in topics:
        owner = queue_of(topic["id"])
        if owner in rules.queues:  # an own topic may have none, or one that the rules have since given up
            return str(owner), f"صاحب موضوع «{topic['label_fa']}»"
    return rules.default_queue, ""


def _priority(rule: Rule, facts: Facts) -> Priority:
    if rule.priority == BY_URGENCY:
        return OF_URGENCY[facts.urgency]
    return rule.priority


def _guarded(guards: Guards, facts: Facts, priority: Priority) -> tuple[Priority, bool]:
    """Return the priority, and whether danger is likely but not certain: it is high then, be it lowered or raised.

    So it is where danger is heard, however surely, in a comment that is calm as a whole, and the rule would let it
    wait. Nobody doubts a person.
    """
    signals = {reason["signal"] for reason in facts.tags["urgency"]["reasons"]}
    if BY_PERSON in signals:
        return priority, False
    heard = {
        signal["name"]: signal["confidence"]
        for signal in facts.tags["signals"]
        if signal["name"] in guards.hard_signals
    }
    read = signals & guards.hard_signals
    is_danger = heard or (priority == "urgent" and (read or facts.urgency == "critical"))
    waits = not {priority, OF_URGENCY[facts.urgency]} & _PRESSING
    doubtful = bool(is_danger) and (waits or not _sure(guards, heard, read))
    return ("high", True) if doubtful else (priority, False)


def _sure(guards: Guards, heard: Mapping[str, float], read: Collection[str]) -> bool:
    """Say whether danger is certain.

    The model hears the signal and its words stand in the comment, or the model hardly doubts it; what the model has
    no ear for (violence, exposed data) is believed on its words.
    """
    known = taxonomy.load().signals
    return any(share >= guards.sure for share in heard.values()) or any(
        name in heard or name not in known for name in read
    )


def to_json(rules: Rules) -> dict[str, Any]:
    """Return the rules for people who look at them through the API."""
    return {
        "default_queue": rules.default_queue,
        "queues": [asdict(queue) for queue in rules.queues.values()],
        "guards": {**asdict(rules.guards), "hard_signals": sorted(rules.guards.hard_signals)},
        "rules": [_rule_json(rule) for rule in rules.rules],
    }


def _rule_json(rule: Rule) -> dict[str, Any]:
    when = {name: getattr(rule.when, name) for name in sorted(rule.when.used)}
    if rule.when.text is not None:
        when["text"] = rule.when.text.text
    if rule.when.confidence:
        when["confidence"] = rule.when.confidence
    when["scores"] = {name: {"min": low, "max": high} for name, (low, high) in rule.when.scores.items()}
    return {
        "name": rule.name,
        "fa": rule.fa,
        "when": {name: value for name, value in when.items() if value != {}},
        "queue": rule.queue,
        "priority": rule.priority,
        "sla": rule.sla,
        "tags": list(rule.tags),
        "notify": list(rule.notify),
        "ticket": rule.ticket,
        "mode": rule.mode,
    }
