"""Comments on their way in by the thousands: drafted where a model is, as the rows they will be, and stored elsewhere.

What a draft lacks is known only where it is stored: its ids, its moment, its customer, and what people said of it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from service import clocks, jsontext, promises
from service.clocks import Clocks
from service.feedback import Incoming
from service.landing import entry_of, opened, ticket_of
from service.opening import Opening
from service.sla import Calendars
from service.storage import feedback as stored
from service.storage import tickets
from service.storage.many import Values
from service.understanding import Line, Understood, read_alone

_BODY_HASH = stored.DRAFTED.index("body_hash")


class TicketDraft(NamedTuple):
    """The ticket a comment opens: its columns, its deadlines, what the trail says of it, and what was promised."""

    values: Values
    due_at: datetime | None
    check_at: datetime | None
    notifies: bool
    trail: str
    promised: tuple[datetime, ...]


class Draft(NamedTuple):
    """A comment as far as the model knows it.

    Tuples, because thousands a second go from one process to another. `model_tags` is JSON: read again only for the
    few that cannot be stored as they are.
    """

    text_hash: str
    model_tags: str
    rows: stored.Rows
    ticket: TicketDraft | None
    #: The comment in full, where it need not travel.
    understood: Understood | None = None

    @property
    def body_hash(self) -> str:
        """What tells this comment from another one under the same `external_id`."""
        return str(self.rows.feedback[_BODY_HASH])


def drafted(line: Line, comments: Sequence[Incoming], now: datetime) -> list[Draft]:
    """Tag, mask, route and draft comments by the model alone; touches no database, so any process can do it."""
    read = read_alone(line, comments, now, start=_remembering(now))
    return [draft(line, one, now) for one in read]


def _remembering(now: datetime) -> Callable[[Calendars, str, str, datetime], Clocks]:
    """Start the clocks of each queue and policy once: they are the same for all comments of one moment."""
    known: dict[tuple[str, str], Clocks] = {}

    def start(calendars: Calendars, queue: str, policy: str, _: datetime) -> Clocks:
        if (queue, policy) not in known:
            known[queue, policy] = clocks.start(calendars, queue, policy, now)
        return known[queue, policy]

    return start


def draft(line: Line, one: Understood, now: datetime) -> Draft:
    """Spell out what is stored of a comment that the model alone has read."""
    entry = entry_of(line, one, "", None, None, now)
    return Draft(
        text_hash=one.text_hash,
        model_tags=jsontext.dumps(one.model_tags),
        rows=stored.drafted(entry),
        ticket=None if one.opening is None else _ticket(one.opening, one, entry, now),
    )


def _ticket(opening: Opening, one: Understood, entry: stored.Entry, now: datetime) -> TicketDraft:
    values = ticket_of(opening, one, entry, now)
    return TicketDraft(
        values=tickets.drafted(values),
        due_at=values["due_at"],
        check_at=values["check_at"],
        notifies=values["notified_at"] is not None,
        trail=jsontext.dumps(opened(opening)),
        promised=tuple(promises.told(one.tags)),
    )
