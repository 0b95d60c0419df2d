"""Topics of the company's own beside the model's: a comment whose words meet a topic's query speaks of it. Pure.

What topics are called is asked all over the desk, so their names belong to the process, as those of the taxonomy do:
`take` puts them in force. Which of them tag a comment is given as a value.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from nlp import taxonomy
from nlp.taxonomy import Taxonomy, Topic
from service.masking import without
from service.rules.textquery import Query, parse

#: What ids of own topics begin with; the taxonomy has none like it.
PREFIX = "own"
#: More than these nobody keeps apart, and every comment is held against each of them.
MOST = 50
#: What is usual of a topic is known once it has been counted for so long.
_SETTLED = timedelta(weeks=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own(Topic):
    """A topic of the company's own; of the days from `first` to before `end` it is known how often it was spoken of."""

    query: str
    first: date  #: the first whole day on which its present words were counted
    end: date | None = None  #: when it was archived
    merged_into: str | None = None  #: the topic in which it lives on


class _Process:
    """What this process calls topics at the moment; replaced whole."""

    known: Taxonomy | None = None
    offered: Taxonomy | None = None


def take(own: Sequence[Own]) -> None:
    """Let the process know these own topics, the archived ones among them: comments of the past speak of them."""
    plain = taxonomy.load()
    alive = {one.id: one for one in own if one.end is None}
    _Process.known = replace(plain, topics={**plain.topics, **alive, **{one.id: one for one in own}})
    _Process.offered = replace(plain, topics={**plain.topics, **alive})


def labels() -> Taxonomy:
    """Return every label that tags may carry: those of the taxonomy and the own topics, archived ones last."""
    return _Process.known or taxonomy.load()


def offered() -> Taxonomy:
    """Return the labels that may still be given: without the archived topics."""
    return _Process.offered or taxonomy.load()


def is_own(topic: str) -> bool:
    """Tell whether a topic is the company's own; what the model says is not measured by those.

    >>> is_own("own_01kb3"), is_own("courier")
    (True, False)
    """
    return topic.startswith(f"{PREFIX}_")


def living(said: Mapping[str, str]) -> dict[str, str]:
    """Return topics with their moods for a comment that comes now: archived ones live on where they were merged into, or not.

    What is said of a topic itself stands above what was said of one that was merged into it.
    """
    found = {_heir(topic): mood for topic, mood in said.items()}
    alive = offered().topics
    return {topic: said.get(topic, mood) for topic, mood in found.items() if topic in alive}


def _heir(topic: str) -> str:
    known = labels().topics.get(topic)
    return _heir(known.merged_into) if isinstance(known, Own) and known.merged_into else topic


def queue_of(topic: str) -> str | None:
    """Return the queue of the team that owns a topic, None when nobody does."""
    known = labels().topics.get(topic)
    return None if known is None else known.queue


def counted_since(topic: str, first: date) -> date:
    """Return since when it is known how often a topic is spoken of; of those of the model it is since `first`."""
    known = labels().topics.get(topic)
    return max(known.first, first) if isinstance(known, Own) else first


def counted_until(topic: str, until: date) -> date:
    """Return before which day it is known how often a topic is spoken of; of one that goes on it is before `until`."""
    known = labels().topics.get(topic)
    return min(known.end, until) if isinstance(known, Own) and known.end is not None else until


def is_counted(topic: str, since: date, last: date) -> bool:
    """Tell whether a topic was counted on all these days: one that begins or ends among them neither rose nor fell."""
    known = labels().topics.get(topic)
    return not isinstance(known, Own) or (known.first <= since and (known.end is None or last < known.end))


def is_settled(topic: str, today: date) -> bool:
    """Tell whether it is known by now what is usual of a topic."""
    return is_counted(topic, today - _SETTLED, today)


def tagged(own: Sequence[Own], text: str, tags: dict[str, Any]) -> dict[str, Any]:
    """Return the tags of a comment with the own topics that its words speak of; personal data are no words.

    Words are words in any language, so also a comment that the model cannot read may speak of them.
    """
    if not own:
        return tags
    said = without(text, tags)
    found = [(one, query) for one in own if (query := read(one.query)).matches(said)]
    return {
        **tags,
        "topics": [*tags["topics"], *(_tag(one, query, text, said, tags) for one, query in found)],
    }


@lru_cache(maxsize=4 * MOST)
def read(query: str) -> Query:
    """Return the query of an own topic; `QueryError` when it is none, or asks for no word at all.

    >>> read("گارانتی | ضمانت -اصالت").words
    (('گارانتی',), ('ضمانت',))
    """
    return parse(query, need_words=True)


def _tag(one: Own, query: Query, text: str, said: str, tags: Mapping[str, Any]) -> dict[str, Any]:
    places = query.places(said)
    spans = [{"start": start, "end": end, "text": text[start:end]} for start, end in places]
    return certain(one, _mood(places, tags), spans)


def certain(topic: Topic, mood: str, spans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the tag of a topic that is spoken of beyond doubt."""
    return {
        "id": topic.id,
        "label_fa": topic.fa,
        "label_en": topic.en,
        "confidence": 1.0,
        "level": "high",
        "sentiment": mood,
        "touchpoint": topic.touchpoint,
        "factor": topic.factor,
        "spans": spans,
    }


def _mood(places: Sequence[tuple[int, int]], tags: Mapping[str, Any]) -> str:
    """Return the mood of the topic of the model whose words are also those of the own topic, else that of the comment."""
    shared = Counter[str]()
    for topic in tags["topics"]:
        for span in topic["spans"]:
            for start, end in places:
                shared[topic["sentiment"]] += max(0, min(end, span["end"]) - max(start, span["start"]))
    if shared.total():
        return max(shared, key=lambda mood: (shared[mood], mood))
    return str(tags["sentiment"]["label"]).removeprefix("very_") if tags["sentiment"] else "neutral"
