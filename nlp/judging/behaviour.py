"""Written cases of behaviour: what must and must not be said of a comment, checked on the real tagger.

A case is a line of JSON; what it does not name is not asked:

    {"id": "1", "kind": "contrast", "text": "غذا عالی بود ولی پیک بی‌ادب",
     "expect": {"topics_polarity": {"food_quality": "+", "courier": "-"}, "urgency_max": 1},
     "forbid": {"category": "praise", "signals": ["health_safety"]}}

`category`, `topics` and `signals` are ids of the taxonomy, `sentiment_sign` is -1, 0 or 1, `urgency_min` and
`urgency_max` are 0 (none) to 3 (critical), `abstain` and `needs_review` are true or false.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlp import taxonomy
from nlp.errors import BehaviourError
from nlp.examples import readable
from nlp.tagger import Tagger
from nlp.tags import URGENCY_LEVELS, Tags

_SIGNS = {"very_negative": -1, "negative": -1, "neutral": 0, "positive": 1, "very_positive": 1}
_POLARITIES = {"+": "positive", "-": "negative", "0": "neutral"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One comment and what is expected of its tags."""

    id: str
    kind: str
    text: str
    expect: Mapping[str, Any]
    forbid: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A case that did not pass, and each expectation that was missed."""

    id: str
    kind: str
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourReport:
    """How many cases passed, kind by kind, and those that did not."""

    passed: Mapping[str, int]
    total: Mapping[str, int]
    failures: tuple[Failure, ...]

    @property
    def rate(self) -> float:
        """Return the share of all cases that passed."""
        return sum(self.passed.values()) / max(sum(self.total.values()), 1)


def read(path: Path) -> list[Case]:
    """Read cases from JSON Lines; `BehaviourError` names the first line that can never be met, or fail.

    So does a file without any: nothing passed of nothing is no figure.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
        found = [_case(line, f"{path.name}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise BehaviourError(f"{path}: holds no behaviour case")
    return found


def run(tagger: Tagger, cases: Sequence[Case]) -> BehaviourReport:
    """Tag every case and compare."""
    passed: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    failures = []
    for case, tags in zip(cases, tagger.tag_many([case.text for case in cases], evidence=False), strict=True):
        missed = tuple(misses(tags, case))
        total[case.kind] += 1
        passed[case.kind] += not missed
        if missed:
            failures.append(Failure(id=case.id, kind=case.kind, missed=missed))
    return BehaviourReport(passed=dict(passed), total=dict(sorted(total.items())), failures=tuple(failures))


def misses(tags: Tags, case: Case) -> Iterator[str]:
    """Yield every expectation that the tags do not meet, with what was found instead."""
    for name, wanted in case.expect.items():
        found = _found(tags, name)
        if not _meets(name, wanted, found):
            yield f"{name}: expected {wanted}, found {found}"
    for name, unwanted in case.forbid.items():
        found = _found(tags, name)
        if _says_any(name, unwanted, found):
            yield f"{name}: forbidden {unwanted}, found {found}"


def _found(tags: Tags, name: str) -> Any:
    if name in ("urgency_min", "urgency_max"):
        return URGENCY_LEVELS.index(tags.urgency.level)
    said: dict[str, Any] = {
        "category": tags.category.label if tags.category else None,
        "sentiment_sign": _SIGNS[tags.sentiment.label] if tags.sentiment else None,
        "topics": [topic.id for topic in tags.topics],
        "topics_polarity": {topic.id: topic.sentiment for topic in tags.topics},
        "signals": [signal.name for signal in tags.signals],
        "abstain": bool(tags.abstained),
        "needs_review": tags.needs_review,
    }
    return said[name]


def _meets(name: str, wanted: Any, found: Any) -> bool:
    if name == "urgency_min":
        return bool(found >= wanted)
    if name == "urgency_max":
        return bool(found <= wanted)
    if name == "topics_polarity":
        return all(found.get(topic) == _POLARITIES[sign] for topic, sign in wanted.items())
    if isinstance(wanted, list):
        return set(wanted) <= set(found)
    return bool(wanted == found)


def _says_any(name: str, unwanted: Any, found: Any) -> bool:
    if name == "topics_polarity":
        return any(found.get(topic) == _POLARITIES[sign] for topic, sign in unwanted.items())
    return bool(set(unwanted) & set(found)) if isinstance(unwanted, list) else bool(unwanted == found)


def _case(line: str, where: str) -> Case:
    try:
        raw = json.loads(line)
        case = Case(
            id=str(raw["id"]),
            kind=str(raw["kind"]),
            text=readable(raw["text"]),
            expect=dict(raw.get("expect", {})),
            forbid=dict(raw.get("forbid", {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BehaviourError(f"{where}: not a behaviour case ({error!r})") from error
    for name, value in (*case.expect.items(), *case.forbid.items()):
        if not _can_be(name, value):
            raise BehaviourError(f"{where}: unknown expectation {name}: {value!r}")
    return case


def _can_be(name: str, value: Any) -> bool:
    """Say whether tags can be so at all: a misspelled label would be forbidden in vain."""
    labels = taxonomy.load()
    if name in ("topics", "signals"):
        known = labels.topics if name == "topics" else labels.signals
        return isinstance(value, list) and all(each in list(known) for each in value)
    if name == "topics_polarity":
        return (
            isinstance(value, dict)
            and value.keys() <= labels.topics.keys()
            and all(sign in list(_POLARITIES) for sign in value.values())
        )
    one_of: Mapping[str, Sequence[Any]] = {
        "category": list(labels.categories),
        "sentiment_sign": (-1, 0, 1),
        "urgency_min": range(len(URGENCY_LEVELS)),
        "urgency_max": range(len(URGENCY_LEVELS)),
        "abstain": (True, False),
        "needs_review": (True, False),
    }
    return any(type(value) is type(each) and value == each for each in one_of.get(name, ()))
