"""Every pattern that is searched in a folded text: one look at a text finds where any of them may begin."""

from functools import cache

from nlp.rules import cuefile, phrases
from nlp.rules.openings import Openings

#: Markers that count within a word too; elsewhere «ولی» of «معمولی» is no contrast.
WITHIN_WORDS = frozenset(
    f"markers {name}" for name in ("foreign_body", "quote", "unsolved", "polite", "delight")
)


@cache
def openings() -> Openings:
    """Return the patterns of cues and markers, and those of phrases, by name."""
    said = phrases.expressions()
    every = {**cuefile.expressions("cues"), **cuefile.expressions("markers"), **said}
    return Openings(every, at_words=every.keys() - WITHIN_WORDS, whole=said.keys())
