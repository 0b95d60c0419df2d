"""Every pattern that is searched in a folded text: one look at a text finds where any of them may begin."""

from functools import cache

from nlp.openings import Openings


@cache
def openings() -> Openings:
    """Return the patterns of cues, entities and promises, by name."""
    from nlp import cues, entities, promises  # each asks here for its own

    at_words = cues.expressions("cues") | entities.expressions() | promises.expressions()
    return Openings(at_words | cues.expressions("markers"), at_words=at_words)
