"""Comments on their way in by the thousands: drafted where a model is, as the rows they will be, and stored elsewhere.

What a draft lacks is known only where it is stored: its ids, its moment, its customer, and what people said of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from service import clocks, jsontext
from service.casework import keeping
from service.clocks import Clocks
from service.comments.sparing import Failure
from service.comments.understanding import Line, Understood, read_alone
from service.errors import ServiceError
from service.feedback import Incoming
from service.masking import mask, named, named_each
from service.sla import Calendars
from service.storage import feedback as stored
from service.storage.feedback import Entry

_BODY_HASH = stored.DRAFTED.index("body_hash")


class Draft(NamedTuple):
    """A comment as far as the model knows it.

    Tuples, because thousands a second go from one process to another. `model_tags` is JSON: read again only for the
    few that cannot be stored as they are.
    """

    text_hash: str
    model_tags: str
    rows: stored.Rows
    ticket: keeping.TicketDraft | None
    #: The comment in full, where it was drafted.
    understood: Understood | None = None

    def __reduce__(self) -> tuple[type["Draft"], tuple[Any, ...]]:
        """Travel to another process without what can be made there again."""
        return Draft, self[:-1]

    @property
    def body_hash(self) -> str:
        """What tells this comment from another one under the same `external_id`."""
        return str(self.rows.feedback[_BODY_HASH])


#: A comment with its draft, or why it was refused.
Ready = tuple[Incoming, Draft] | ServiceError


def drafted(line: Line, comments: Sequence[Incoming], now: datetime) -> list[Draft]:
    """Tag, mask, route and draft comments by the model alone; touches no database, so any process can do it."""
    read = read_alone(line, comments, now, start=_remembering(now))
    return [draft(line, one, now) for one in read]


def paired(items: Iterable[Incoming | ServiceError], drafts: Iterable[Draft | Failure]) -> list[Ready]:
    """Return comments with their drafts, those that broke what reads them refused; `items` may be refused already."""
    made = iter(drafts)
    return [item if isinstance(item, ServiceError) else _paired(item, next(made)) for item in items]


def _paired(comment: Incoming, made: Draft | Failure) -> Ready:
    return made.refusal() if isinstance(made, Failure) else (comment, made)


def _remembering(now: datetime) -> Callable[[Calendars, str, str, datetime], Clocks]:
    """Start the clocks of each queue and policy once: they are the same for all comments of one moment."""
    known: dict[tuple[str, str], Clocks] = {}

    def start(calendars: Calendars, queue: str, policy: str, _: datetime) -> Clocks:
        if (queue, policy) not in known:
            known[queue, policy] = clocks.start(calendars, queue, policy, now)
        return known[queue, policy]

    return start


def draft(line: Line, one: Understood, now: datetime) -> Draft:
    """Spell out what is stored of a comment; personal data is in it only if originals are to be kept."""
    keep = line.settings.keep_originals and bool(one.tags["pii"])
    entry = Entry(
        incoming=kept(line, one.incoming),
        body_hash=one.body_hash,
        text_hash=one.text_hash,
        original=one.incoming.text if keep else None,
        masked=one.masked.text,
        search_text=one.search_text,
        tags=one.tags if keep else one.masked.tags,
        model_tags=_model_tags(one, keep=keep),
    )
    return Draft(
        text_hash=one.text_hash,
        model_tags=jsontext.dumps(one.model_tags),
        rows=stored.drafted(entry),
        ticket=None if one.opening is None else keeping.drafted(one.opening, one.tags, now),
        understood=one,
    )


def kept(line: Line, one: Incoming) -> Incoming:
    """Return a comment with what is stored beside its text: masked as well when originals are not to be kept.

    Ids and the channel stay as they were sent: who and what comes again is known by them.
    """
    if line.settings.keep_originals:
        return one
    told = {name: named(getattr(one, name)) for name in ("question", "product", "branch", "touchpoint")}
    who = one.customer
    if who is not None:
        who = replace(who, name=named(who.name), tier=named(who.tier))
    return replace(one, **told, customer=who, metadata=named_each(one.metadata))


def _model_tags(one: Understood, *, keep: bool) -> dict[str, Any] | None:
    """Return what the model had said where a correction of a like text stands in its place."""
    if not one.said:
        return None
    return dict(one.model_tags) if keep else mask(one.incoming.text, one.model_tags).tags
