"""Which team acts on a comment, how soon, and why: the first rule that matches decides. Pure: no clock, no database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from nlp import taxonomy
from service.conditions import Facts, When, because, read_when
from service.sla import PRIORITIES, PRIORITY_FA, Priority
from service.tomlfile import Source, read

FILE = Path(__file__).with_name("routing.toml")

Mode = Literal["automatic", "suggested"]
#: A rule's queue or priority may follow from the tags instead of being named.
BY_TOPIC = "by_topic"
BY_URGENCY = "by_urgency"
_OF_URGENCY: Mapping[str, Priority] = {
    "critical": "urgent",
    "high": "high",
    "normal": "medium",
    "none": "low",
}
REVIEW_TAG = "needs_review"
#: Conditions that say how somebody feels or who they are, but not that anything happened.
_MOOD = frozenset({"sentiment", "topic_sentiment", "scores", "category", "channel", "tier"})
#: What hard evidence may be called: signals of the taxonomy, and cues that only urgency uses.
_HARD = ("health_safety", "fraud", "legal_threat", "violence", "privacy")


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
    sure: float  # a hard signal below this confidence is not acted on before a person looked
    urgent_per_day: int
    notify_every_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What happens to a comment for which `when` holds."""

    name: str
    fa: str
    when: When
    queue: str = BY_TOPIC
    priority: str = BY_URGENCY
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
    """Say whether today's newest urgent ticket is the one that breaks the budget; true once a day, for one alert."""
    return urgent_today == guards.urgent_per_day + 1


def may_notify(guards: Guards, last_at: datetime | None, now: datetime) -> bool:
    """Say whether people may be notified of a case again: once per window, however many messages it gets."""
    return last_at is None or now - last_at >= timedelta(minutes=guards.notify_every_minutes)


def _decision(rules: Rules, rule: Rule, facts: Facts, why: tuple[str, ...]) -> RoutingDecision:
    priority, review, note = _guarded(rules.guards, facts, _priority(rule, facts))
    review = review or bool(facts.tags["needs_review"])
    reason = "، ".join(why) if why else "هیچ قاعدهٔ دیگری صدق نکرد"
    return RoutingDecision(
        rule=rule.name,
        queue=_queue(rules, rule, facts),
        priority=priority,
        sla=rule.sla if rule.sla is not None and not note else priority,
        mode=rule.mode,
        ticket=rule.ticket,
        review=review,
        tags=(*rule.tags, REVIEW_TAG) if review else rule.tags,
        notify=rule.notify if rule.mode == "automatic" else (),
        reason_fa=f"قاعدهٔ «{rule.fa}»: {reason}. اولویت: {PRIORITY_FA[priority]}.{note}",
    )


def _queue(rules: Rules, rule: Rule, facts: Facts) -> str:
    if rule.queue != BY_TOPIC:
        return rule.queue
    topics = sorted(
        facts.tags["topics"], key=lambda one: (one["sentiment"] != "negative", -one["confidence"])
    )
    return taxonomy.load().topics[topics[0]["id"]].queue if topics else rules.default_queue


def _priority(rule: Rule, facts: Facts) -> Priority:
    if rule.priority == BY_URGENCY:
        return _OF_URGENCY[facts.urgency]
    return rule.priority  # type: ignore[return-value]  # checked when the file was read


def _guarded(guards: Guards, facts: Facts, priority: Priority) -> tuple[Priority, bool, str]:
    """Return the priority, whether a person must confirm it, and a Persian note when a guard lowered it."""
    if priority != "urgent" or _sure(guards, facts):
        return priority, False, ""
    doubtful = facts.urgency == "critical" or any(
        signal["name"] in guards.hard_signals for signal in facts.tags["signals"]
    )
    if not doubtful:
        return priority, False, ""
    return "high", True, " نشانهٔ خطر قطعی نیست؛ یک نفر باید آن را تأیید کند."


def _sure(guards: Guards, facts: Facts) -> bool:
    """Say whether danger is certain: its words stand in the comment and count, or the model hardly doubts it."""
    in_words = facts.urgency == "critical" and any(
        reason["signal"] in guards.hard_signals for reason in facts.tags["urgency"]["reasons"]
    )
    return in_words or any(
        signal["name"] in guards.hard_signals and signal["confidence"] >= guards.sure
        for signal in facts.tags["signals"]
    )


def load(path: Path | None = None, policies: Collection[str] = PRIORITIES) -> Rules:
    """Read and check a rules file, the one shipped with the package by default; `FileMistakes` says what is wrong.

    `policies` are the names a rule's `sla` may use.
    """
    return parse(read(path or FILE), policies)


def parse(source: Source, policies: Collection[str] = PRIORITIES) -> Rules:
    """Return what a rules file says; `FileMistakes` names every mistake with its line."""
    raw = source.data
    source.known(raw, ("default_queue", "guards", "queues", "rules"), "")
    queues = _queues(source, source.table(raw, "queues", "queues"))
    given = raw.get("rules", [])
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        source.wrong("rules", "قاعده‌ها باید با [[rules]] نوشته شوند.")
        given = []
    rules = tuple(
        _rule(source, entry, f"rules.{place}", queues, policies) for place, entry in enumerate(given)
    )
    _check_order(source, rules)
    found = Rules(
        rules=rules,
        queues=queues,
        default_queue=source.choice(raw.get("default_queue"), queues or ("?",), "default_queue", "صف پیش‌فرض"),
        guards=_guards(source, source.table(raw, "guards", "guards")),
    )
    source.check()
    return found


def _queues(source: Source, raw: Mapping[str, Any]) -> dict[str, Queue]:
    for owner in sorted({topic.queue for topic in taxonomy.load().topics.values()} - set(raw)):
        source.wrong("queues", f"صف «{owner}» صاحب یک موضوع است ولی در [queues] نیست.")
    return {id_: _inbox(source, id_, source.table(raw, id_, f"queues.{id_}"), raw) for id_ in raw}


def _inbox(source: Source, id_: str, raw: Mapping[str, Any], others: Mapping[str, Any]) -> Queue:
    path = f"queues.{id_}"
    source.known(raw, ("fa", "capacity", "overflow", "overflow_minutes"), path)
    helper = raw.get("overflow")
    if helper is not None:
        source.choice(
            helper, [other for other in others if other != id_] or ["?"], f"{path}.overflow", "صف کمکی"
        )
    return Queue(
        id=id_,
        fa=source.text(raw, "fa", path),
        capacity=int(source.number(raw, "capacity", path, 10, low=1, high=1_000)),
        overflow=helper,
        overflow_minutes=int(source.number(raw, "overflow_minutes", path, 60, low=1, high=10_080)),
    )


def _guards(source: Source, raw: Mapping[str, Any]) -> Guards:
    source.known(raw, ("hard_signals", "sure", "urgent_per_day", "notify_every_minutes"), "guards")
    return Guards(
        hard_signals=frozenset(source.words(raw, "hard_signals", "guards", _HARD) or _HARD),
        sure=source.number(raw, "sure", "guards", 0.8, low=0, high=1),
        urgent_per_day=int(source.number(raw, "urgent_per_day", "guards", 40, low=1, high=1_000_000)),
        notify_every_minutes=int(
            source.number(raw, "notify_every_minutes", "guards", 60, low=0, high=10_080)
        ),
    )


def _rule(
    source: Source, raw: Mapping[str, Any], path: str, queues: Mapping[str, Queue], policies: Collection[str]
) -> Rule:
    allowed = ("name", "fa", "when", "queue", "priority", "sla", "tags", "notify", "ticket", "mode")
    source.known(raw, allowed, path)
    rule = Rule(
        name=source.text(raw, "name", path),
        fa=source.text(raw, "fa", path),
        when=read_when(source, source.table(raw, "when", f"{path}.when"), f"{path}.when"),
        queue=source.choice(raw.get("queue", BY_TOPIC), (BY_TOPIC, *queues), f"{path}.queue", "صف"),
        priority=source.choice(
            raw.get("priority", BY_URGENCY), (BY_URGENCY, *PRIORITIES), f"{path}.priority", "اولویت"
        ),
        sla=source.choice(raw["sla"], policies, f"{path}.sla", "مهلت") if "sla" in raw else None,
        tags=source.words(raw, "tags", path),
        notify=source.words(raw, "notify", path),
        ticket=source.flag(raw, "ticket", path, default=True),
        mode=_mode(source, raw, path),
    )
    if rule.priority == "urgent" and rule.when.used <= _MOOD:
        text = "احساس، امتیاز، دسته یا مشتری به‌تنهایی کار را بحرانی نمی‌کند؛ نشانه، فوریت، موضوع یا متن هم لازم است."
        source.wrong(f"{path}.priority", text)
    return rule


def _mode(source: Source, raw: Mapping[str, Any], path: str) -> Mode:
    """The file says what the rule does (`suggest`), a ticket says what it is (`suggested`)."""
    said = source.choice(raw.get("mode", "automatic"), ("automatic", "suggest"), f"{path}.mode", "شیوه")
    return "suggested" if said == "suggest" else "automatic"


def _check_order(source: Source, rules: tuple[Rule, ...]) -> None:
    """Names are unique; the last rule, and only the last, has no conditions."""
    seen: set[str] = set()
    for place, rule in enumerate(rules):
        if rule.name in seen:
            source.wrong(f"rules.{place}.name", f"نام «{rule.name}» پیش‌تر به کار رفته است.")
        seen.add(rule.name)
        if not rule.when.used and place < len(rules) - 1:
            text = f"قاعدهٔ «{rule.name}» شرطی ندارد، پس قاعده‌های پس از آن هرگز اجرا نمی‌شوند."
            source.wrong(f"rules.{place}", text)
    if not rules or rules[-1].when.used:
        source.wrong(f"rules.{len(rules) - 1}", "واپسین قاعده باید بی‌شرط باشد تا هیچ بازخوردی بی‌صف نماند.")
    elif not rules[-1].ticket:
        source.wrong(f"rules.{len(rules) - 1}.ticket", "قاعدهٔ پایانی باید تیکت باز کند.")


def to_json(rules: Rules) -> dict[str, Any]:
    """Return the rules for people who look at them through the API."""
    return {
        "default_queue": rules.default_queue,
        "queues": [
            {
                "id": queue.id,
                "fa": queue.fa,
                "capacity": queue.capacity,
                "overflow": queue.overflow,
                "overflow_minutes": queue.overflow_minutes,
            }
            for queue in rules.queues.values()
        ],
        "guards": {
            "hard_signals": sorted(rules.guards.hard_signals),
            "sure": rules.guards.sure,
            "urgent_per_day": rules.guards.urgent_per_day,
            "notify_every_minutes": rules.guards.notify_every_minutes,
        },
        "rules": [_told(rule) for rule in rules.rules],
    }


def _told(rule: Rule) -> dict[str, Any]:
    when = {name: getattr(rule.when, name) for name in sorted(rule.when.used)}
    if rule.when.text is not None:
        when["text"] = rule.when.text.text
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
