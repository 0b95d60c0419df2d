"""A comment on its way in, understood but not yet stored: tagged, corrected, masked and routed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from nlp.normalize import TextError
from service import clocks, jsontext
from service.batching import TagsMany
from service.casework import promises
from service.casework.opening import Opening, Start, open_ticket
from service.corrections import corrected, taken_over, text_hash
from service.errors import Invalid
from service.feedback import Incoming, body_hash
from service.jalali import day_of
from service.masking import Masked, mask, without
from service.routing import Rules
from service.rules import topics
from service.rules.topics import Own
from service.search import search_text
from service.settings import Settings
from service.sla import Calendars
from service.storage import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a comment passes on its way in."""

    engine: Engine
    tagger: TagsMany
    rules: Rules
    calendars: Calendars
    settings: Settings
    own: tuple[Own, ...] = ()  # the topics of the company's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A comment that was understood and routed, waiting to be stored.

    `said` are the corrections people made to texts that say the same; `tags` follow them, `model_tags` do not.
    """

    incoming: Incoming
    body_hash: str
    text_hash: str
    search_text: str
    tags: Mapping[str, Any]
    model_tags: Mapping[str, Any]
    said: Mapping[str, Mapping[str, Any]]
    masked: Masked
    opening: Opening | None


def read_alone(
    line: Line, items: Sequence[Incoming], now: datetime, start: Start = clocks.start
) -> list[Understood]:
    """Tag, mask and route comments by the model and the own topics; touches no database, so any process can do it.

    Comments with the same text of the same day are tagged once: «فردا» is counted from the day it was written.
    `start` starts the clocks of their tickets.
    """
    asked = list(dict.fromkeys(_written(item, now) for item in items))
    try:
        said = dict(zip(asked, _tags(line, asked), strict=True))
    except TextError as error:
        raise Invalid("text_unreadable", "این متن یونیکد درستی نیست.") from error
    return [
        revived(line, item, said[_written(item, now)], text_hash(item.text), {}, now, start) for item in items
    ]


def tags_of(line: Line, texts: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """Return the tags of each text that comes in now, for those who may hold a thread while they wait."""
    return _tags(line, [(text, day_of(now)) for text in texts])


def _tags(line: Line, asked: Sequence[tuple[str, date]]) -> list[dict[str, Any]]:
    """Return what the model and the own topics say of texts, each written on its day."""
    tagged = line.tagger.tag_many([text for text, _ in asked], now=[day for _, day in asked])
    return [
        completed(line, text, day, jsontext.loads(tags))
        for (text, day), tags in zip(asked, tagged, strict=True)
    ]


def completed(line: Line, text: str, day: date, tags: dict[str, Any]) -> dict[str, Any]:
    """Return the tags of a text that was written on a day with what the company adds: own topics and its calendar."""
    office = line.calendars.calendars[line.calendars.default]
    return promises.by_calendar(text, day, topics.tagged(line.own, text, tags), office)


def _written(item: Incoming, now: datetime) -> tuple[str, date]:
    """Return what was written, and on which day in Tehran."""
    return item.text, day_of(item.created_at or now)


def revived(
    line: Line,
    incoming: Incoming,
    model_tags: Mapping[str, Any],
    text_hash: str,
    said: Mapping[str, Mapping[str, Any]],
    now: datetime,
    start: Start = clocks.start,
) -> Understood:
    """Understand a comment by the tags that the model gave it, and by what people said of texts like it."""
    tags = corrected(model_tags, taken_over(said))
    masked = mask(incoming.text, tags)
    return Understood(
        incoming=incoming,
        body_hash=body_hash(incoming),
        text_hash=text_hash,
        search_text=search_text(without(incoming.text, tags)),
        tags=tags,
        model_tags=model_tags,
        said=said,
        masked=masked,
        opening=open_ticket(line.rules, line.calendars, incoming, tags, masked.text, now, start),
    )
