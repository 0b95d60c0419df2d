"""«قول‌ها»: what the desk owes its customers and until when, the nearest first, whichever ticket it stands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import Depends
from starlette.responses import Response

from service import views
from service.casework import promises
from service.deps import Reader
from service.storage import Connection, read, tickets
from service.storage import promises as promised
from service.storage.tickets import Criteria
from service.tickets import FINISHED, OPEN
from service.web.evidence import written
from service.web.failures import pages
from service.web.frame import Listed
from service.web.inbox import shown
from service.web.page import AskedWord, Visit, VisitDep

router = pages()
_PAGE = 40
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed(Listed):
    """Which promises are looked at, as the address says it."""

    PATH: ClassVar[str] = "/promises"
    NAME: ClassVar[str] = "promises"
    queue: AskedWord = ""
    after: AskedWord = ""  # the last one of the page before


OwedDep = Annotated[Owed, Depends()]


@router.get("/promises")
def page(visit: VisitDep, caller: Reader, owed: OwedDep) -> Response:
    """Show the open promises, of one queue or of all that are this person's work, with their tickets."""
    queues = (owed.queue,) if owed.queue else visit.caller.own_queues
    with read(visit.desk.engine) as conn:
        rows = _listed(conn, queues, owed.after)
        cases, beat = _tickets(conn, rows), tickets.pulse(conn)
    items = [_item(row, cases[row["ticket_id"]], visit) for row in rows[:_PAGE]]
    more = rows[_PAGE - 1]["id"] if len(rows) > _PAGE else ""
    return visit.page("promises.html", owed=owed, items=items, more=more, pulse=beat)


def _listed(conn: Connection, queues: Sequence[str] | None, after: str) -> list[dict[str, Any]]:
    """Return a page of open promises and one more; the first page when there are none behind it any more."""
    last = promised.get(conn, after) if after else None
    place = (last["due_at"], last["id"]) if last else None
    rows = promised.listing(conn, None, _PAGE + 1, place, queues)
    return rows if rows or place is None else promised.listing(conn, None, _PAGE + 1, None, queues)


def _tickets(conn: Connection, rows: Sequence[Row]) -> dict[str, Row]:
    """Return the tickets that promises stand on, by id."""
    ids = sorted({row["ticket_id"] for row in rows})
    found = tickets.listing(conn, Criteria(statuses=(*OPEN, *FINISHED), among=ids), limit=len(ids))
    return {row["id"]: row for row in found}


def _item(row: Row, case: Row, visit: Visit) -> dict[str, Any]:
    """Return a line: the promise with the words it was made in, and its ticket as the inbox shows it."""
    calendar = visit.desk.line.calendars.of_queue(case["queue"])
    said = views.told_by_us(row["words"] or "", case, visit.caller)
    who = case["customer_name"] if visit.may("agent") else None
    return {
        **row,
        "by_customer": row["made_by"] == promised.CUSTOMER,
        "pieces": written(promises.sentence(said, row["due_at"], row["at"], calendar)),
        "ticket": shown(case, visit),
        "customer": who or views.said(case["customer_external_id"], visit.caller),
    }
