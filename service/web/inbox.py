"""«صندوق»: the queues, the tickets in the order of the desk, and whatever can be done from the keyboard."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import JSONResponse, RedirectResponse, Response

from nlp import taxonomy
from service import views
from service.deps import DeskDep, Now, Reader, Sender
from service.period import last_days, midnight
from service.search import search_terms
from service.storage import Connection, finding, keys, read, tickets
from service.storage import feedback as stored
from service.storage.feedback import Filters
from service.web import evidence
from service.web.failures import pages
from service.web.names import CHANNELS
from service.web.page import Visit, VisitDep

router = pages()
_PAGE = 40
_Word = Annotated[str, Query(max_length=200)]
#: How far back the date filter looks.
SPANS = {"1": "امروز", "7": "هفتهٔ اخیر", "30": "ماه اخیر", "90": "سه ماه اخیر"}
STATES = {
    "": ("باز", tickets.OPEN),
    "pending": ("در انتظار مشتری", ("pending",)),
    "resolved": ("حل‌شده", ("resolved",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the inbox is narrowed to, as the address says it."""

    queue: str = ""
    who: str = ""  # "me", "nobody" or the name of a colleague
    topic: str = ""
    urgency: str = ""
    channel: str = ""
    days: str = ""
    state: str = ""
    q: str = ""

    def address(self, **changed: str) -> str:
        """Return the address of the inbox with some filters changed."""
        kept = {name: value for name, value in {**asdict(self), **changed}.items() if value}
        return f"/inbox?{urlencode(kept)}" if kept else "/inbox"

    @property
    def place(self) -> "Asked":
        """The line of the side list it stands in, with nothing narrowed further."""
        return Asked(queue=self.queue, who=self.who if self.who in {"me", "nobody"} else "")

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but a line of the side list is asked for."""
        return self != self.place

    def filters(self, now: datetime) -> Filters:
        """Return the filters as storage knows them."""
        since = midnight(last_days(now, int(self.days)).since) if self.days in SPANS else None
        return Filters(
            topic=self.topic or None,
            urgency=self.urgency or None,
            channel=self.channel or None,
            since=since,
            terms=search_terms(self.q),
        )

    def assignee(self, me: str) -> str | None:
        """Return whose tickets are asked for, as storage knows it."""
        return {"": None, "me": me, "nobody": ""}.get(self.who, self.who)


@router.get("/")
def home(visit: VisitDep, caller: Sender) -> Response:
    """Lead everybody to the page they work on."""
    return RedirectResponse("/inbox" if visit.may("reader") else "/try", status_code=303)


@router.get("/inbox")
def inbox(
    visit: VisitDep,
    desk: DeskDep,
    now: Now,
    caller: Reader,
    queue: _Word = "",
    who: _Word = "",
    topic: _Word = "",
    urgency: _Word = "",
    channel: _Word = "",
    days: _Word = "",
    state: _Word = "",
    q: _Word = "",
    after: _Word = "",
) -> Response:
    """Show the tickets of a queue, the first to be worked on at the top."""
    asked = Asked(
        queue=queue, who=who, topic=topic, urgency=urgency, channel=channel, days=days, state=state, q=q
    )
    with read(desk.engine) as conn:
        rows = _rows(conn, asked, visit, now, after)
        seen = tickets.counts(conn, now)
        people = keys.people(conn)
        empty = not rows and not seen and not stored.any_stored(conn)
    if empty:
        return visit.page("first_run.html")
    named = sorted(set(people.values()))
    more = rows[_PAGE - 1]["id"] if len(rows) > _PAGE else ""
    return visit.page(
        "inbox.html",
        asked=asked,
        rows=[_shown(row, visit, now) for row in rows[:_PAGE]],
        more=more,
        counts=seen,
        total=_total(seen),
        people=named,
        unknown="" if rows else _unknown(asked, {*desk.rules.queues, *seen}, named),
        topics=taxonomy.load().topics.values(),
        channels=CHANNELS,
        spans=SPANS,
        states=STATES,
    )


@router.get("/inbox/pulse")
def pulse(desk: DeskDep, now: Now, caller: Reader) -> JSONResponse:
    """Say whether anything changed since the page was drawn, and which urgent ticket is the newest."""
    with read(desk.engine) as conn:
        beat = tickets.pulse(conn)
        newest = tickets.newest_urgent(conn)
    return JSONResponse({**beat, "newest": "" if newest is None else newest["feedback_masked"][:90]})


def _unknown(asked: Asked, queues: Collection[str], people: Collection[str]) -> str:
    """Say which queue or colleague of the address there is none of; nothing when they are known."""
    if asked.queue and asked.queue not in queues:
        return f"صفی به نام «{asked.queue}» نیست"
    if asked.who and not asked.place.who and asked.who not in people:
        return f"همکاری به نام «{asked.who}» نیست"
    return ""


def _rows(conn: Connection, asked: Asked, visit: Visit, now: datetime, after: str) -> list[dict[str, Any]]:
    if asked.q and visit.may("agent"):  # who sees masked texts must not find out whose they are
        named = [tickets.get(conn, id_) for id_ in finding.tickets_of(conn, asked.q.strip(), _PAGE)]
        if named:
            return [row for row in named if row is not None]
    last = tickets.get(conn, after) if after else None
    return tickets.listing(
        conn,
        asked.queue or None,
        statuses=STATES.get(asked.state, STATES[""])[1],
        limit=_PAGE + 1,
        after=None if last is None else tickets.position(last),
        filters=asked.filters(now),
        assignee=asked.assignee(visit.caller.name),
    )


def _shown(row: Mapping[str, Any], visit: Visit, now: datetime) -> dict[str, Any]:
    """Return what a line of the inbox needs of a ticket, masked for readers."""
    seen = views.shown(row["feedback_original"], row["feedback_masked"], row["feedback_tags"], visit.caller)
    return {**row, "pieces": evidence.plain(seen.text[:400]), "seen": seen.tags}


def _total(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    names = ("open", "unassigned", "urgent", "overdue")
    return {name: sum(queue[name] for queue in counts.values()) for name in names}
