"""«عملکرد میز»: how the desk itself does: in time or late, what comes back, what was promised and paid."""

from datetime import datetime
from typing import Annotated, get_args

from fastapi import Query
from starlette.responses import Response

from service.deps import Reader
from service.insight import reports
from service.insight.reports import Grouping
from service.jalali import day_of
from service.period import Period, cut, week_of
from service.rules.topics import labels
from service.storage import read
from service.web.failures import pages
from service.web.narrow import NarrowedDep, chosen
from service.web.page import VisitDep

router = pages()
GROUPINGS: dict[Grouping, str] = {"queue": "صف", "topic": "موضوع", "week": "هفته"}


@router.get("/work")
def page(
    visit: VisitDep,
    caller: Reader,
    narrowed: NarrowedDep,
    side: Annotated[str, Query(max_length=10)] = "queue",
) -> Response:
    """Show answers and resolutions against their deadlines, by queue, topic or week."""
    asked: Grouping = chosen(get_args(Grouping), side, "queue")
    narrowed = narrowed.about
    scope = narrowed.scope(visit.now)
    with read(visit.desk.engine) as conn:
        found = reports.performance(conn, scope, visit.now, asked, visit.desk.line.rules.queue_names)
    return visit.page(
        "work.html",
        narrowed=narrowed,
        found=found,
        side=asked,
        in_part=_in_part(scope.period, visit.now) if asked == "week" else {},
        running=week_of(day_of(visit.now)).since.isoformat(),
        sides=GROUPINGS,
        choices={},  # a ticket has topics, but no product or words of its own
        topics=labels().topics.values(),
    )


def _in_part(period: Period, now: datetime) -> dict[str, str]:
    """Return what is said beside the weeks that are no match for the others, by their first day."""
    some = {week.isoformat(): "بخشی از هفته" for week in cut(period, "week")}
    running = week_of(day_of(now)).since.isoformat()
    return some | ({running: "تمام نشده"} if period.is_running(now) else {})
