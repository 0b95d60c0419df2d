"""Learns the two tables of `nlp.spelling.vocabulary` from comments: `python -m nlp.learning.wordlist FOLDER`.

FOLDER holds JSONL files with a `text` field; `words.tsv` and `compounds.tsv` are written where that module reads them.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from nlp.learning import weak
from nlp.spelling.chains import ENDINGS, HALF_SPACE, PREFIXES
from nlp.spelling.letters import kept_apart

_FEWEST = 5  # rarer words may be somebody's name, and say little
_FEWEST_PAIRS = 3
_WORD = re.compile(r"[آ-غف-وپچژکگیئؤأء]+(?:\u200c[آ-غف-وپچژکگیئؤأء]+)*")
_NOTE = "# Learned from public comments by nlp/learning/wordlist.py: counts only, nothing seen fewer than {} times.\n"

Words = list[tuple[str, int]]
Compounds = list[tuple[str, str, str]]


def count(texts: Iterable[str]) -> tuple[Words, Compounds]:
    """Return the rows of both tables.

    A pair is `one` word when at least half of its writers leave the space out or one part is an ending,
    `two` when at least three quarters write the space; what is undecided is left as it is found.
    """
    seen: Counter[str] = Counter()
    halved: Counter[tuple[str, str]] = Counter()
    spaced: Counter[tuple[str, str]] = Counter()
    for text in texts:
        tokens = _WORD.findall(kept_apart(text))
        seen.update(token.replace(HALF_SPACE, "") for token in tokens)
        halved.update(pair for token in tokens for pair in _halves(token))
        spaced.update(pairwise(tokens))
    common = [(word, number) for word, number in seen.items() if number >= _FEWEST]
    pairs = [pair for pair, number in halved.items() if number >= _FEWEST_PAIRS]
    rows = [(*pair, kind) for pair in pairs if (kind := _kind(pair, seen["".join(pair)], spaced[pair]))]
    return sorted(common, key=lambda row: (-row[1], row[0])), sorted(rows)


def _halves(token: str) -> Iterator[tuple[str, str]]:
    parts = token.split(HALF_SPACE)
    for cut in range(1, len(parts)):
        yield "".join(parts[:cut]), "".join(parts[cut:])


def _kind(pair: tuple[str, str], joined: int, spaced: int) -> str:
    if pair[0] in PREFIXES or pair[1] in ENDINGS or joined >= spaced:
        return "one"
    return "two" if spaced >= 3 * joined else ""


def _texts(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.jsonl")):
        yield from (raw.get("text") or "" for raw in weak.records(file))


def main() -> None:
    """Write both tables."""
    common, pairs = count(dict.fromkeys(_texts(Path(sys.argv[1]))))
    here = Path(__file__).parents[1] / "spelling"
    rows = "".join(f"{word}\t{number}\n" for word, number in common)
    (here / "words.tsv").write_text(_NOTE.format(_FEWEST) + rows, encoding="utf-8")
    rows = "".join("\t".join(row) + "\n" for row in pairs)
    (here / "compounds.tsv").write_text(_NOTE.format(_FEWEST_PAIRS) + rows, encoding="utf-8")


if __name__ == "__main__":
    main()
