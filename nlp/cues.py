"""Words that prove something: the patterns of cues.toml, compiled once, found in a folded text."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nlp import patterns
from nlp.folding import spelling
from nlp.openings import Pattern

_MACRO = re.compile(r"\{([a-z_]+)\}")
#: How a pattern is written → what the regular expression says. Every gap is bounded: matching stays linear.
_SHORTHAND = {
    " ": r"[ \n]?",
    "…": r"[^.!?\n]{0,32}?",
    ">": r"(?!\w)",
    "<": r"(?<!\w)",
    "_": r"[ \n]",
}
_SIGN = re.compile(r"[ …>_]|(?<!\(\?)<")  # «(?<!» keeps its own sign


class CuesError(ValueError):
    """The cue file is unsound; the message names the cue and the pattern."""


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
    places = patterns.openings().places(text)
    return tuple(
        Hit(rule=rule, start=match.start(), end=match.end())
        for rule in rules()
        if rule.pattern.name in places and (rule.needs is None or rule.needs.search(text))
        for match in rule.pattern.finditer(text)
    )


@cache
def rules() -> tuple[CueRule, ...]:
    """Return the rules of cues.toml; `ValueError` (mostly `CuesError`) when one is unsound."""
    table = _file()
    return tuple(_rule(name, raw) for name, raw in table["cues"].items())


@cache
def marker(name: str) -> Pattern:
    """Return a scope marker of cues.toml, such as `hypothetical`, compiled."""
    return patterns.openings().pattern(f"markers {name}")


def shorthand(written: list[str], name: str) -> re.Pattern[str]:
    """Return one alternation of patterns written in the shorthand and with the words of cues.toml."""
    try:
        return re.compile(_any_of(written, _file()["words"], name))
    except re.error as error:
        raise CuesError(f"cues.toml, {name}: {error}") from error


def expressions(kind: str) -> dict[str, str]:
    """Return the regular expressions of all `cues` or all `markers` of the file."""
    table = _file()
    raw: dict[str, Any] = table[kind]
    said = {name: each["patterns"] if kind == "cues" else each for name, each in raw.items()}
    return {f"{kind} {name}": _any_of(each, table["words"], name) for name, each in said.items()}


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


def _any_of(written: list[str], words: dict[str, str], name: str) -> str:
    try:
        return "|".join(_expression(pattern, words) for pattern in written)
    except KeyError as error:
        raise CuesError(f"cues.toml, {name}: no word {error}") from error


def _expression(pattern: str, words: dict[str, str]) -> str:
    for _ in range(3):  # words may be made of words
        pattern = _MACRO.sub(lambda match: f"(?:{words[match.group(1)]})", pattern)
    return _SIGN.sub(lambda match: _SHORTHAND[match.group()], spelling(pattern))


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))
