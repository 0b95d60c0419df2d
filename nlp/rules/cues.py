"""Words that prove something: the patterns of cues.toml, compiled once, found in a folded text."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from nlp.rules import cuefile, patterns
from nlp.rules.openings import Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class CueRule:
    """One kind of evidence.

    `signal` is a signal of the taxonomy or, for evidence that only urgency needs, a name of its own
    (`violence`, `privacy`, `not_delivered` …). `hard` evidence makes a comment critical when it is in scope.
    `ignores` names the scope flags that do not silence it: «جواب نمیدن» is not undone by its own negation.
    Where `needs` is not found, `pattern`, which is slower, cannot match.
    """

    name: str
    signal: str
    points: int
    reason: str
    hard: bool
    ignores: frozenset[str]
    pattern: Pattern
    needs: Pattern | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A rule that matched, with its place in the folded text."""

    rule: CueRule
    start: int
    end: int


def find(text: str) -> tuple[Hit, ...]:
    """Return every cue of a folded text, whatever its scope; a cue starts at the start of a word."""
    _, places = patterns.openings().seen(text)
    return tuple(
        Hit(rule=rule, start=match.start(), end=match.end())
        for rule in rules()
        if rule.pattern.name in places and (rule.needs is None or rule.needs.search(text))
        for match in rule.pattern.finditer(text)
    )


@cache
def rules() -> tuple[CueRule, ...]:
    """Return the rules of cues.toml; `ValueError` (mostly `CuesError`) when one is unsound."""
    return tuple(_rule(name, raw) for name, raw in cuefile.table()["cues"].items())


@cache
def marker(name: str) -> Pattern:
    """Return a scope marker of cues.toml, such as `hypothetical`, compiled."""
    return patterns.openings().pattern(f"markers {name}")


def _rule(name: str, raw: dict[str, Any]) -> CueRule:
    return CueRule(
        name=name,
        signal=raw.get("signal", name),
        points=raw["points"],
        reason=raw["reason"],
        hard=raw.get("hard", False),
        ignores=frozenset(raw.get("ignores", ())),
        pattern=patterns.openings().pattern(f"cues {name}"),
        needs=marker(raw["needs"]) if "needs" in raw else None,
    )
