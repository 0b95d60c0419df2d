"""When a routing rule applies: conditions on what is known of a comment, and in Persian which of them spoke."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nlp import taxonomy
from nlp.spelling.folding import spelling
from service.feedback import CHANNEL_FA, TIER_FA, Incoming, Scores
from service.jalali import persian
from service.limits import SCORES
from service.masking import named, unlabelled
from service.rules import labels, topics
from service.rules.textquery import Query, QueryError, parse
from service.tomlfile import Source

#: What the conditions of a rule are called, in its reasons and where it is shown.
CONDITION_FA = {
    "category": "نوع",
    "topics": "موضوع",
    "topic_sentiment": "لحن موضوع",
    "urgency": "فوریت",
    "sentiment": "لحن",
    "signals": "نشانه",
    "labels": "برچسب",
    "channel": "کانال",
    "tier": "سطح باشگاه",
    "branch": "شعبه",
    "product": "محصول",
}
_SCORE_FA = {"csat": "رضایت", "nps": "NPS", "ces": "سادگی", "stars": "ستاره"}
_SCORE_TOP = {name: high for name, (_, high) in SCORES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a rule may look at: the tags as JSON, the masked text, and what the sender said beside it."""

    tags: Mapping[str, Any]
    text: str
    channel: str = "api"
    tier: str | None = None
    branch: str | None = None
    product: str | None = None
    scores: Scores = field(default_factory=Scores)

    @property
    def urgency(self) -> str:
        """The urgency level."""
        return str(self.tags["urgency"]["level"])


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The conditions of a rule: all that are given must hold, and of each list one entry is enough."""

    category: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    topic_sentiment: tuple[str, ...] = ()  # of one of `topics`, or of any topic without them
    urgency: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # of any kind: `topic__courier__negative`, `signal__fraud`
    channel: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    branch: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    scores: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    text: Query | None = None
    abstained: bool | None = None  # the comment could not be read: other language, noise
    confidence: float = 0.0  # what category, topics, signals and labels must reach to count
    #: The conditions that are given, in the order they are looked at; found once, asked for every comment.
    used: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        given = tuple(name for name in _CHECKS if getattr(self, name) not in ((), {}, None))
        object.__setattr__(self, "used", given)


def facts_of(incoming: Incoming, tags: Mapping[str, Any], masked_text: str) -> Facts:
    """Return what rules may know of a comment that has just come in."""
    return Facts(
        tags=tags,
        text=unlabelled(masked_text),
        channel=incoming.channel,
        tier=incoming.customer.tier if incoming.customer else None,
        branch=incoming.branch,
        product=incoming.product,
        scores=incoming.scores,
    )


def facts_of_row(row: Mapping[str, Any]) -> Facts:
    """Return what rules may know of a stored comment: a row with the columns of `feedback` and `customer_tier`."""
    return Facts(
        tags=row["tags"],
        text=unlabelled(row["masked"]),
        channel=row["channel"],
        tier=row["customer_tier"],
        branch=row["branch"],
        product=row["product"],
        scores=Scores(**{name: row[name] for name in _SCORE_TOP}),
    )


def because(when: When, facts: Facts) -> tuple[str, ...] | None:
    """Return in Persian what made the conditions hold, None when one of them does not; nothing asked is `()`."""
    found: list[str] = []
    for name in when.used:
        said = _CHECKS[name](when, facts)
        if said is None:
            return None
        found.append(said)
    return tuple(dict.fromkeys(found))


def _category(when: When, facts: Facts) -> str | None:
    said = facts.tags["category"]
    if said is None or said["label"] not in when.category or said["confidence"] < when.confidence:
        return None
    return f"{CONDITION_FA['category']}: {taxonomy.load().categories[said['label']].fa}"


def _topics(when: When, facts: Facts) -> str | None:
    found = [
        topic["label_fa"]
        for topic in facts.tags["topics"]
        if (not when.topics or topic["id"] in when.topics)
        and (not when.topic_sentiment or topic["sentiment"] in when.topic_sentiment)
        and topic["confidence"] >= when.confidence
    ]
    return f"{CONDITION_FA['topics']}: {'، '.join(found)}" if found else None


def _urgency(when: When, facts: Facts) -> str | None:
    if facts.urgency not in when.urgency:
        return None
    return f"{CONDITION_FA['urgency']}: {taxonomy.load().urgency[facts.urgency].fa}"


def _sentiment(when: When, facts: Facts) -> str | None:
    said = facts.tags["sentiment"]
    if said is None or said["label"] not in when.sentiment:
        return None
    return f"{CONDITION_FA['sentiment']}: {taxonomy.load().sentiments[said['label']].fa}"


def _signals(when: When, facts: Facts) -> str | None:
    names = taxonomy.load().signals
    found = [
        names[signal["name"]].fa
        for signal in facts.tags["signals"]
        if signal["name"] in when.signals and signal["confidence"] >= when.confidence
    ]
    return f"{CONDITION_FA['signals']}: {'، '.join(found)}" if found else None


def _labels(when: When, facts: Facts) -> str | None:
    found = [label for label in labels.plain(facts.tags, when.confidence) if label in when.labels]
    return f"{CONDITION_FA['labels']}: {'، '.join(map(labels.fa, found))}" if found else None


def _called(field: str, names: Mapping[str, str], when: When, facts: Facts) -> str | None:
    said = getattr(facts, field)
    return f"{CONDITION_FA[field]}: {names.get(said, said)}" if said in getattr(when, field) else None


def _named(field: str, when: When, facts: Facts) -> str | None:
    """Compare names as people read them: the «ي» of an Arabic keyboard makes no other branch."""
    said = getattr(facts, field)
    if said is None or spelling(said) not in map(spelling, getattr(when, field)):
        return None
    return f"{CONDITION_FA[field]}: {named(said)}"


def _scores(when: When, facts: Facts) -> str | None:
    found = []
    for name, (low, high) in when.scores.items():
        given = getattr(facts.scores, name)
        if given is None or not low <= given <= high:
            return None
        found.append(f"{_SCORE_FA[name]} {persian(given)}")
    return f"امتیاز: {'، '.join(found)}"


def _text(when: When, facts: Facts) -> str | None:
    query = when.text
    return f"متن با «{query.text}» می‌خواند" if query is not None and query.matches(facts.text) else None


def _abstained(when: When, facts: Facts) -> str | None:
    empty = facts.tags["category"] is None
    if empty is not when.abstained:
        return None
    return "متن خوانده نشد" if empty else "متن خوانده شد"


_CHECKS: Mapping[str, Callable[[When, Facts], str | None]] = {
    "category": _category,
    "topics": _topics,
    "topic_sentiment": _topics,
    "urgency": _urgency,
    "sentiment": _sentiment,
    "signals": _signals,
    "labels": _labels,
    "channel": partial(_called, "channel", CHANNEL_FA),
    "tier": partial(_called, "tier", TIER_FA),
    "branch": partial(_named, "branch"),
    "product": partial(_named, "product"),
    "scores": _scores,
    "text": _text,
    "abstained": _abstained,
}


def _allowed() -> Mapping[str, Collection[str] | None]:
    return {
        **{field: tuple(known) for field, known in topics.labels().fields.items()},  # own topics come and go
        "topic_sentiment": taxonomy.POLARITIES,
        "labels": labels.known(),
        "channel": None,
        "tier": None,
        "branch": None,
        "product": None,
    }


def read_when(source: Source, raw: Mapping[str, Any], path: str) -> When:
    """Return the conditions of one rule of a file; what is wrong with them is noted in `source`."""
    source.known(raw, (*_CHECKS, "confidence"), path)
    lists = {name: source.words(raw, name, path, allowed) for name, allowed in _allowed().items()}
    return When(
        scores=dict(_ranges(source, source.table(raw, "scores", f"{path}.scores"), f"{path}.scores")),
        text=_query(source, raw, path),
        abstained=source.flag(raw, "abstained", path, default=False) if "abstained" in raw else None,
        confidence=source.number(raw, "confidence", path, 0.0, low=0, high=1),
        **lists,
    )


def _ranges(source: Source, raw: Mapping[str, Any], path: str) -> Iterator[tuple[str, tuple[float, float]]]:
    source.known(raw, tuple(_SCORE_TOP), path)
    for name in (name for name in _SCORE_TOP if name in raw):
        bounds = source.table(raw, name, f"{path}.{name}")
        source.known(bounds, ("min", "max"), f"{path}.{name}")
        top = _SCORE_TOP[name]
        low = source.number(bounds, "min", f"{path}.{name}", 0, low=0, high=top)
        high = source.number(bounds, "max", f"{path}.{name}", top, low=0, high=top)
        if low > high:
            source.wrong(f"{path}.{name}", f"برای «{name}» کمینه از بیشینه بزرگ‌تر است.")
        yield name, (low, high)


def _query(source: Source, raw: Mapping[str, Any], path: str) -> Query | None:
    if "text" not in raw:
        return None
    try:
        return parse(source.text(raw, "text", path))
    except QueryError as error:
        source.wrong(f"{path}.text", str(error))
        return None
