"""The labels of a comment as plain strings, as help desks keep tags and rules may ask for them: `topic__courier__negative`. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from service.rules.topics import labels

POLARITY_FA = {"negative": "منفی", "neutral": "خنثی", "positive": "مثبت"}
#: Kinds that tell how somebody feels or writes and not what happened.
MOODS = ("category__", "sentiment__", "urgency__none", "urgency__normal")


def plain(tags: Mapping[str, Any], least: float = 0.0) -> list[str]:
    """Return the labels of a comment that are at least so sure; urgency, of which nobody knows how sure it is, is among them.

    >>> plain({"category": {"label": "praise", "confidence": 0.9}, "sentiment": None, "topics": [], "signals": [],
    ...        "urgency": {"level": "none"}})
    ['category__praise', 'urgency__none']
    """
    found = [
        f"{field}__{said['label']}"
        for field in ("category", "sentiment")
        if (said := tags[field]) and said["confidence"] >= least
    ]
    for topic in tags["topics"]:
        if topic["confidence"] >= least:
            found += (f"topic__{topic['id']}", f"topic__{topic['id']}__{topic['sentiment']}")
    found += (f"signal__{signal['name']}" for signal in tags["signals"] if signal["confidence"] >= least)
    return [*found, f"urgency__{tags['urgency']['level']}"]


def known() -> Collection[str]:
    """Return every label that a comment can have."""
    return _names().keys()


def fa(label: str) -> str:
    """Return what a label is called in Persian.

    >>> fa("topic__courier__negative"), fa("signal__fraud")
    ('پیک (منفی)', 'ادعای تقلب')
    """
    return _names().get(label, label)


def _names() -> Mapping[str, str]:
    every = labels()  # own topics come and go
    named = {
        f"{field.removesuffix('s')}__{id_}": label.fa  # of topics and signals one label is one of many
        for field, known in every.fields.items()
        for id_, label in known.items()
    }
    moods = {
        f"topic__{id_}__{mood}": f"{topic.fa} ({mood_fa})"
        for id_, topic in every.topics.items()
        for mood, mood_fa in POLARITY_FA.items()
    }
    return {**named, **moods}
