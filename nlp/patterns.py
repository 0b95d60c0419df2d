"""Every pattern that is searched in a folded text: one look at a text finds where any of them may begin."""

from functools import cache

from nlp.openings import Openings

#: Markers that say nothing within a word: «ولی» of «معمولی» is no contrast.
AT_WORDS = ("hypothetical", "hearsay", "never", "contrast", "solved", "good", "problem")


@cache
def openings() -> Openings:
    """Return the patterns of cues, entities and promises, by name."""
    from nlp import cues, entities, promises  # each asks here for its own

    at_words = cues.expressions("cues") | entities.expressions() | promises.expressions()
    markers = cues.expressions("markers")
    return Openings(at_words | markers, at_words={*at_words, *(f"markers {name}" for name in AT_WORDS)})
