"""The words that prove something, as cues.toml has them: its shorthand turned into regular expressions."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from nlp.spelling.folding import spelling

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


def shorthand(written: list[str], name: str) -> re.Pattern[str]:
    """Return one alternation of patterns written in the shorthand and with the words of cues.toml."""
    try:
        return re.compile(_any_of(written, table()["words"], name))
    except re.error as error:
        raise CuesError(f"cues.toml, {name}: {error}") from error


def expressions(kind: str) -> dict[str, str]:
    """Return the regular expressions of all `cues` or all `markers` of the file."""
    raw: dict[str, Any] = table()[kind]
    said = {name: each["patterns"] if kind == "cues" else each for name, each in raw.items()}
    return {f"{kind} {name}": _any_of(each, table()["words"], name) for name, each in said.items()}


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
def table() -> dict[str, Any]:
    """Return the file as it is written: `words`, `cues` and `markers`."""
    return tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))
