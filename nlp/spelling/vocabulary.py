"""What Persian customers write, counted: words, and pairs of words that are written as one.

Both tables are learned from public comments by `nlp.learning.wordlist` and ship with the package: counts, no texts.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path


@cache
def words() -> Mapping[str, int]:
    """Return how often each known word was seen; half-spaces are left out of the words.

    >>> words()["خوب"] > words()["خوبه"] > 100
    True
    """
    return {word: int(count) for word, count in _rows("words.tsv")}


@cache
def compounds() -> Mapping[tuple[str, str], bool]:
    """Return for pairs that are seen with a half-space whether most people write one word, or two.

    >>> compounds()["می", "خوام"], compounds()["به", "عنوان"]
    (True, False)
    """
    return {(left, right): kind == "one" for left, right, kind in _rows("compounds.tsv")}


def _rows(name: str) -> Iterator[list[str]]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
