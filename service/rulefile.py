"""`routing.toml`, checked: every mistake in it is named with its line, and a file with a mistake is not used at all."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from nlp import taxonomy
from service import sla
from service.routing import BY_TOPIC, BY_URGENCY, Guards, Mode, Queue, Rule, Rules
from service.rules import labels
from service.rules.conditions import When, read_when
from service.sla import PRIORITIES, Calendars
from service.tomlfile import Source, read

FILE = Path(__file__).with_name("routing.toml")
#: Conditions that say how somebody feels, who they are or what they bought where, but not that anything happened.
_MOOD = frozenset(
    {
        "sentiment", "topic_sentiment", "scores", "category", "channel", "tier", "branch", "product",
        "abstained",
    }
)  # fmt: skip
#: Levels of urgency that are no reason to hurry.
_CALM = frozenset({"none", "normal"})
#: What hard evidence may be called: signals of the taxonomy, and cues that only urgency uses.
_HARD = ("health_safety", "fraud", "legal_threat", "violence", "privacy")


def load(path: Path | None = None, policies: Collection[str] = PRIORITIES) -> Rules:
    """Read and check a rules file, the one shipped with the package by default; `FileMistakes` says what is wrong.

    `policies` are the names a rule's `sla` may use.
    """
    return parse(read(path or FILE), policies)


def load_with_calendar(rules: Path | None = None, calendar: Path | None = None) -> tuple[Rules, Calendars]:
    """Read and check both files as they are to be used together; `FileMistakes` says what is wrong in either."""
    written = read(calendar or sla.FILE)
    calendars = sla.parse(written)
    found = load(rules, calendars.policies)
    sla.check_queues(written, calendars, found.queues)
    return found, calendars


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
    _check_order(source, rules, [_is_open_to_all(entry) for entry in given])
    found = Rules(
        rules=rules,
        queues=queues,
        default_queue=source.choice(raw.get("default_queue"), queues or ("?",), "default_queue", "صف پیش‌فرض"),
        guards=_guards(source, source.table(raw, "guards", "guards")),
    )
    source.check()
    return found


def _queues(source: Source, raw: Mapping[str, Any]) -> dict[str, Queue]:
    for owner in sorted({topic.queue for topic in taxonomy.load().topics.values() if topic.queue} - set(raw)):
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
    _check_urgent(source, raw, rule.when, path)
    return rule


def _check_urgent(source: Source, raw: Mapping[str, Any], when: When, path: str) -> None:
    """A mood, a score or a customer alone makes nothing urgent, neither its place in the queue nor its deadline."""
    for key in ("priority", "sla"):
        if raw.get(key) == "urgent" and _is_mood_alone(when):
            text = "لحن، امتیاز، نوع، مشتری، شعبه یا محصول به‌تنهایی کار را بحرانی نمی‌کند؛ نشانه، فوریت، موضوع یا متن هم لازم است."
            source.wrong(f"{path}.{key}", text)


def _is_mood_alone(when: When) -> bool:
    """Say whether conditions name nothing that happened.

    A level of urgency is named only without the calm ones, and a text only where words must occur.
    """
    moods = {"urgency"} if _CALM.intersection(when.urgency) else set()
    moods |= {"labels"} if any(label.startswith(labels.MOODS) for label in when.labels) else set()
    moods |= {"text"} if when.text is not None and not when.text.words else set()
    return _MOOD.issuperset(set(when.used) - moods)


def _mode(source: Source, raw: Mapping[str, Any], path: str) -> Mode:
    """The file says what the rule does (`suggest`), a ticket says what it is (`suggested`)."""
    said = source.choice(raw.get("mode", "automatic"), ("automatic", "suggest"), f"{path}.mode", "شیوه")
    return "suggested" if said == "suggest" else "automatic"


def _is_open_to_all(raw: Mapping[str, Any]) -> bool:
    when = raw.get("when", {})
    return isinstance(when, dict) and not set(when) - {"confidence"}


def _check_order(source: Source, rules: Sequence[Rule], open_to_all: Sequence[bool]) -> None:
    """Names are unique; the last rule, and only the last, has no conditions."""
    seen: set[str] = set()
    last = len(rules) - 1
    for place, rule in enumerate(rules):
        if rule.name in seen:
            source.wrong(f"rules.{place}.name", f"نام «{rule.name}» پیش‌تر به کار رفته است.")
        seen.add(rule.name)
        if open_to_all[place] and place < last:
            text = f"قاعدهٔ «{rule.name}» شرطی ندارد، پس قاعده‌های پس از آن هرگز اجرا نمی‌شوند."
            source.wrong(f"rules.{place}", text)
    if not rules or not open_to_all[last]:
        source.wrong(f"rules.{last}", "واپسین قاعده باید بی‌شرط باشد تا هیچ بازخوردی بی‌صف نماند.")
    elif not rules[last].ticket:
        source.wrong(f"rules.{last}.ticket", "قاعدهٔ پایانی باید تیکت باز کند.")
