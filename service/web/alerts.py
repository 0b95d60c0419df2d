"""«هشدارها»: what is far from usual, what has just begun to be spoken of, and the comments that show it."""

from starlette.responses import Response

from service.deps import Reader
from service.insight import watch
from service.period import last_days
from service.rules.topics import labels
from service.storage import read
from service.web.failures import pages
from service.web.narrow import NarrowedDep
from service.web.page import VisitDep

router = pages()


@router.get("/alerts")
def page(visit: VisitDep, caller: Reader, narrowed: NarrowedDep) -> Response:
    """Show the alerts of a period, and the topics and terms that rise in the last week."""
    narrowed = narrowed.about
    scope = narrowed.scope(visit.now)
    with read(visit.desk.engine) as conn:
        found = watch.listing(conn, scope)
        rising = watch.rising(conn, scope.over(last_days(visit.now, watch.WEEK_DAYS)))
    return visit.page(
        "alerts.html",
        narrowed=narrowed,
        found=found,
        rising=rising,
        choices={},
        topics=labels().topics.values(),
    )
