"""The inbox: queues in working order, tickets, and everything an agent does to one."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import JSONResponse

from service import triage, views
from service.api import reading
from service.api.described import MISSING, PROBLEMS, Queues, TicketDetailOut, TicketPage
from service.api.queries import TicketQuery
from service.api.reading import Id
from service.api.strict import StrictRoute
from service.deps import Desk, DeskDep, Now, Reader
from service.errors import NotFound
from service.storage import read, tickets
from service.storage.tickets import OPEN, Position

router = APIRouter(prefix="/v1", tags=["tickets"], route_class=StrictRoute, responses=PROBLEMS)
QueueId = Annotated[str, Path(max_length=64, pattern=r"^[0-9a-z_-]+$")]


@router.get("/queues", response_model=Queues, summary="صف‌ها و شمار کارهای هر یک")
def queues(desk: DeskDep, now: Now, caller: Reader) -> JSONResponse:
    """Return every queue of the rules, and any other that still holds open tickets."""
    with read(desk.engine) as conn:
        counted = tickets.counts(conn, now)
    known = {id_: queue.fa for id_, queue in desk.rules.queues.items()}
    none = dict.fromkeys(("open", "unassigned", "urgent", "overdue"), 0)
    items = [
        {"id": id_, "label_fa": known.get(id_, id_), "mine": caller.works_in(id_), **counted.get(id_, none)}
        for id_ in [*known, *sorted(set(counted) - set(known))]
    ]
    return JSONResponse({"items": items})


@router.get(
    "/queues/{queue}/tickets",
    response_model=TicketPage,
    responses=MISSING,
    summary="کارهای یک صف، به ترتیبی که باید انجام شوند",
)
def listing(
    queue: QueueId, query: Annotated[TicketQuery, Query()], desk: DeskDep, now: Now, caller: Reader
) -> JSONResponse:
    """Return tickets by priority, deadline, urgency score, customer value and age."""
    _known(desk, queue)
    after = None if query.cursor is None else _position(query.cursor)
    statuses = OPEN if query.status is None else (query.status,)
    with read(desk.engine) as conn:
        rows = tickets.listing(conn, queue, statuses=statuses, limit=query.limit + 1, after=after)
    more = _cursor(rows[query.limit - 1]) if len(rows) > query.limit else None
    items = [views.ticket(row, caller, now) for row in rows[: query.limit]]
    return JSONResponse({"items": items, "next_cursor": more})


@router.get("/tickets/{ticket_id}", response_model=TicketDetailOut, responses=MISSING, summary="یک تیکت")
def one(ticket_id: Id, desk: DeskDep, now: Now, caller: Reader) -> JSONResponse:
    """Return a ticket with its comments, replies, notes, promises and trail; the ETag is its version."""
    return _shown(triage.look(desk.engine, ticket_id), caller, now)


def _shown(case: triage.Case, caller: Any, now: datetime) -> JSONResponse:
    return JSONResponse(views.case(case, caller, now), headers={"ETag": f'"{case.ticket["version"]}"'})


def _known(desk: Desk, queue: str) -> None:
    if queue not in desk.rules.queues:
        raise NotFound("queue_not_found", f"صفی به نام «{queue}» نیست.")


def _cursor(row: dict[str, Any]) -> str:
    place = tickets.position(row)
    return reading.to_cursor(
        [
            place.priority_rank,
            place.due_at.isoformat(),
            place.urgency_score,
            place.customer_value,
            place.opened_at.isoformat(),
            place.id,
        ]
    )


def _position(cursor: str) -> Position:
    rank, due, score, value, opened, id_ = reading.from_cursor(cursor, 6)
    try:
        place = Position(
            priority_rank=int(rank),
            due_at=datetime.fromisoformat(due),
            urgency_score=int(score),
            customer_value=float(value),
            opened_at=datetime.fromisoformat(opened),
            id=str(id_),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise reading.bad_cursor() from error
    if place.due_at.tzinfo is None or place.opened_at.tzinfo is None or not abs(place.priority_rank) < 2**31:
        raise reading.bad_cursor()
    return place
