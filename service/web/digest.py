"""«گزارش هفته»: what rose, what fell, what to read; one page per department that prints well and can be shared."""

from datetime import timedelta
from typing import Annotated

from fastapi import Form, Query, Request
from starlette.responses import Response

from service.deps import Agent, DeskDep, Now, Reader
from service.insight import weekly
from service.period import Period, parse_day, week_of
from service.web.failures import pages
from service.web.page import VisitDep, render

#: The link itself is the permission.
public = pages(for_anybody=True)
router = pages()
_Word = Annotated[str, Query(max_length=64)]
_LINK_DAYS = 14


@router.get("/digest")
def page(
    visit: VisitDep, caller: Reader, department: _Word = weekly.EVERYBODY, week: _Word = "", link: _Word = ""
) -> Response:
    """Show the digest of a department and a week."""
    asked = _week(week, weekly.last_week(visit.now))
    return visit.page(
        "digest.html",
        body=weekly.body_of(visit.desk.line, department, asked, visit.now),
        departments=weekly.departments(visit.desk.line),
        department=department,
        week=asked.since.isoformat(),
        before=(asked.since - timedelta(days=7)).isoformat(),
        # the next week has begun, and this one can be passed on
        after=(asked.since + timedelta(days=7)).isoformat() if not asked.is_running(visit.now) else "",
        link=f"{visit.base}/digest/shared/{link}" if link else "",
    )


@router.post("/digest/share")
def share(
    visit: VisitDep,
    caller: Agent,
    department: Annotated[str, Form(max_length=64)],
    week: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Make a link to a digest that any colleague can read until it expires."""
    asked = _week(week, weekly.last_week(visit.now))
    token = weekly.share(visit.desk.line, department, asked, caller.id, visit.now, _LINK_DAYS)
    return visit.back("/digest", department=department, week=asked.since.isoformat(), link=token)


@public.get("/digest/shared/{token}")
def shared(request: Request, desk: DeskDep, now: Now, token: str) -> Response:
    """Show the digest a link leads to."""
    return render(request, "digest_shared.html", body=weekly.shared(desk.line, token[:100], now))


def _week(text: str, otherwise: Period) -> Period:
    try:
        return week_of(parse_day(text)) if text else otherwise
    except (ValueError, TypeError, OverflowError):
        return otherwise
