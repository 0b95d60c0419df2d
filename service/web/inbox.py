"""«صندوق»: the queues, the tickets in the order of the desk, and whatever can be done from the keyboard."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from fastapi import Depends
from starlette.responses import RedirectResponse, Response

from service import tickets as life
from service import views
from service.api.writing import Json
from service.deps import CallerDep, DeskDep, Now, Reader, Sender
from service.errors import Invalid
from service.period import last_days, midnight
from service.rules.topics import labels
from service.search import search_terms
from service.storage import Connection, finding, insights, keys, read, tally, tickets
from service.storage import feedback as stored
from service.storage.feedback import Filters
from service.storage.tickets import Criteria
from service.tickets import FINISHED, OPEN
from service.web import evidence, first_run
from service.web.failures import pages
from service.web.frame import Listed, address
from service.web.page import AskedWord, Visit, VisitDep

router = pages()
Row = Mapping[str, Any]
_PAGE = 40
#: How far back the date filter looks.
SPANS = {"1": "امروز", "7": "هفتهٔ اخیر", "30": "ماه اخیر", "90": "سه ماه اخیر"}
STATES = {
    "": ("باز", OPEN),
    "pending": ("در انتظار مشتری", ("pending",)),
    "resolved": ("حل‌شده", ("resolved",)),
    "all": ("همهٔ وضعیت‌ها", (*OPEN, *FINISHED)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Listed):
    """What the inbox is narrowed to, as the address says it."""

    PATH: ClassVar[str] = "/inbox"
    queue: AskedWord = ""
    who: AskedWord = ""  # "me", "nobody" or the name of a colleague
    topic: AskedWord = ""
    urgency: AskedWord = ""
    channel: AskedWord = ""
    days: AskedWord = ""
    state: AskedWord = ""
    q: AskedWord = ""
    after: AskedWord = ""  # the last ticket of the page before

    def source(self, form: str, now: datetime, named: Collection[str]) -> str:
        """Return the address at the API of a file of all that is listed, where tickets may have been `named`."""
        told = {
            "queue": self.queue,
            "assignee": self.who,
            "topic": self.topic,
            "urgency": self.urgency,
            "channel": self.channel,
            "q": self.q,
            "since": last_days(now, int(self.days)).since.isoformat() if self.days else "",
            "status": "" if self.state == "all" else self.state,
            "finished": "" if self.state or named else "false",
            "format": form,
        }
        return address("/v1/exports/tickets", {name: value for name, value in told.items() if value.strip()})

    @property
    def place(self) -> "Asked":
        """The line of the side list it stands in, with nothing narrowed further."""
        return Asked(queue=self.queue, who=self.who if self.who in {"me", "nobody"} else "")

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but a line of the side list is asked for."""
        return replace(self, after="") != self.place

    def filters(self, now: datetime) -> Filters:
        """Return the filters as storage knows them."""
        since = midnight(last_days(now, int(self.days)).since) if self.days in SPANS else None
        return Filters(
            topic=self.topic or None,
            urgency=self.urgency or None,
            channel=self.channel.strip() or None,
            since=since,
            terms=search_terms(self.q),
        )

    @property
    def statuses(self) -> tuple[str, ...]:
        """Return the statuses that are asked for."""
        return STATES.get(self.state, STATES[""])[1]

    def assignee(self, me: str) -> str | None:
        """Return whose tickets are asked for, as storage knows it."""
        return {"": None, "me": me, "nobody": ""}.get(self.who, self.who)


async def get_asked(caller: CallerDep, asked: Annotated[Asked, Depends()]) -> Asked:
    """Return the list of the inbox that an address names; a ticket's page tells of its neighbours there."""
    views.refuse_personal(caller, asked.channel)
    return asked


AskedDep = Annotated[Asked, Depends(get_asked)]


@router.get("/")
def home(visit: VisitDep, caller: Sender) -> Response:
    """Lead everybody to the page they work on."""
    return RedirectResponse("/inbox" if visit.may("reader") else "/try", status_code=303)


@router.get("/inbox")
def inbox(visit: VisitDep, caller: Reader, asked: AskedDep) -> Response:
    """Show the tickets of a queue, the first to be worked on at the top."""
    _refuse_unknown(asked)
    if first_run.is_loading(visit.request):
        return visit.back(first_run.LOADING)
    with read(visit.desk.engine) as conn:
        named = finding.named(conn, asked.q, caller)
        asked, rows, tallied = _listed(conn, asked, visit, named)
        seen, mine = tickets.counts(conn, visit.now), tickets.counts(conn, visit.now, caller.name)
        beat = tickets.pulse(conn)
        here = keys.people(conn, visit.now)
        hands = keys.people(conn, visit.now, asked.queue) if asked.queue else here
        people = sorted({*here, *keys.holders(conn)})
        channels = views.without_personal(insights.values(conn, "channel"), caller)
        is_queue = asked.queue in {"", *visit.desk.line.rules.queues, *seen} or tickets.any_in(
            conn, asked.queue
        )
        empty = not rows and not seen and not stored.any_stored(conn)
    if empty:
        return visit.page("first_run.html", loading=False)
    more = rows[_PAGE - 1]["id"] if len(rows) > _PAGE else ""
    return visit.page(
        "inbox.html",
        asked=asked,
        source=lambda form: asked.source(form, visit.now, named),
        rows=[shown(row, visit) for row in rows[:_PAGE]],
        more=more,
        pulse=beat,
        tallied=tallied,
        counts=seen,
        total=_total(seen),
        mine=_total(mine),
        people=people,
        hands=hands,
        unknown="" if rows else _unknown(asked, people, is_queue=is_queue),
        topics=labels().topics.values(),
        channels=channels,
        spans=SPANS,
        states=_states(asked, named),
    )


@router.get("/inbox/pulse")
def pulse(desk: DeskDep, now: Now, caller: Reader) -> Json:
    """Say whether anything changed since the page was drawn, and which urgent ticket is the newest, since which line."""
    with read(desk.engine) as conn:
        beat = tickets.pulse(conn)
        urgent, newest = tickets.newest_urgent(conn)
    told = None if newest is None else {"ticket": newest["id"], "said": newest["feedback_masked"][:90]}
    return Json({"stamp": beat["stamp"], "urgent": urgent, "newest": told})


def neighbours(conn: Connection, asked: Asked, visit: Visit, row: Row) -> dict[str, str | None]:
    """Return the tickets before and behind one of a list; one that has left the list leads to its top."""
    named = finding.named(conn, asked.q, visit.caller)
    is_in = row["status"] in _statuses(asked, named)
    before = _rows(conn, asked, visit, 1, row, named, backwards=True) if is_in else []
    behind = _rows(conn, asked, visit, 1, row if is_in else None, named)
    return {"previous": before[0]["id"] if before else None, "following": behind[0]["id"] if behind else None}


def _refuse_unknown(asked: Asked) -> None:
    """Refuse days and states that the list does not know: they would narrow nothing, and seem to. `Invalid`."""
    for value, known in ((asked.days, SPANS), (asked.state, STATES)):
        if value and value not in known:
            told = "، ".join(filter(None, known))
            raise Invalid("wrong_filter", f"«{value}» پالایهٔ صندوق نیست؛ یکی از این‌ها را بردارید: {told}.")


def _listed(
    conn: Connection, asked: Asked, visit: Visit, named: Sequence[str]
) -> tuple[Asked, list[dict[str, Any]], tally.Length]:
    """Return a page of the list and one ticket more, and how long it is; the first page when nothing is left behind it."""
    last = tickets.get(conn, asked.after) if asked.after else None
    rows = _rows(conn, asked, visit, _PAGE + 1, last, named)
    if asked.after and not rows:
        asked = replace(asked, after="")
        rows = _rows(conn, asked, visit, _PAGE + 1, None, named)
    if len(rows) <= _PAGE and not asked.after:
        return asked, rows, tally.Length(len(rows))
    return asked, rows, tally.of_tickets(conn, _which(asked, visit, named), len(rows))


def _unknown(asked: Asked, people: Collection[str], *, is_queue: bool) -> str:
    """Say which queue or colleague of the address there is none of; nothing when they are known."""
    if asked.queue and not is_queue:
        return f"صفی به نام «{asked.queue}» نیست"
    if asked.who and not asked.place.who and asked.who not in people:
        return f"همکاری به نام «{asked.who}» نیست"
    return ""


def _rows(
    conn: Connection,
    asked: Asked,
    visit: Visit,
    limit: int,
    last: Row | None,
    named: Sequence[str],
    *,
    backwards: bool = False,
) -> list[dict[str, Any]]:
    """Return tickets of a list in their order."""
    place = None if last is None else tickets.position(last)
    which = _which(asked, visit, named)
    return tickets.listing(conn, which, limit=limit, after=place, backwards=backwards)


def _which(asked: Asked, visit: Visit, named: Sequence[str]) -> Criteria:
    """Return the tickets of a list; those that were `named`, if any, are looked for by their ids and not by words."""
    filters = asked.filters(visit.now)
    terms = None if named else filters.terms
    names = terms if visit.caller.sees_originals else None
    return Criteria(
        queue=asked.queue or None,
        statuses=_statuses(asked, named),
        filters=replace(filters, terms=terms, names=names),
        assignee=asked.assignee(visit.caller.name),
        among=named or None,
    )


def _states(asked: Asked, named: Collection[str]) -> Mapping[str, str]:
    """Return the names of the states to choose from: where tickets were `named`, none chosen means all of them."""
    names = {state: name for state, (name, _) in STATES.items()}
    if named and not asked.state:
        names[""] = names.pop("all")
    return names


def _statuses(asked: Asked, named: Collection[str]) -> Sequence[str]:
    """Return the statuses that are shown: whoever names a ticket wants it however it ended, unless they say so."""
    return asked.statuses if asked.state or not named else (*OPEN, *FINISHED)


def shown(row: Row, visit: Visit) -> dict[str, Any]:
    """Return what a line of the inbox needs of a ticket, masked for readers, and the steps that its status allows."""
    seen = views.shown(row["feedback_original"], row["feedback_masked"], row["feedback_tags"], visit.caller)
    channel = views.said(row["feedback_channel"], visit.caller)
    return {
        **row,
        "pieces": evidence.plain(seen.text[:400], seen.tags["pii"]),
        "seen": seen.tags,
        "can": life.allowed(row["status"]),
        "channel": channel,
        "named": row["customer_name"] if visit.caller.sees_originals else None,
    }


def _total(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(queue[name] for queue in counts.values()) for name in tickets.COUNTED}
