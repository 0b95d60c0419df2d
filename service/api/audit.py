"""The audit trail: who did what, when, and what it was before."""

from typing import Annotated

from fastapi import Query

from service import views
from service.api import reading
from service.api.queries import AuditQuery
from service.api.strict import part
from service.api.ticket_answers import TrailPage
from service.api.writing import Json, page
from service.deps import Admin, DeskDep
from service.storage import audit, read

router = part("audit")


@router.get("/audit", response_model=TrailPage, summary="ردپای کارها")
def listing(query: Annotated[AuditQuery, Query()], desk: DeskDep, caller: Admin) -> Json:
    """Return lines of the trail, the newest first; `next_cursor` leads to the next page."""
    before = reading.seq_of(query.cursor)
    wanted = query.model_dump(include={"actor", "action", "object_id"})
    with read(desk.engine) as conn:
        rows = audit.listing(conn, **wanted, limit=query.limit + 1, before=before)
    return page(rows, query.limit, views.trail, lambda row: [row["seq"]])
