"""«نظرها»: every comment can be found: by its words, its tags and its day."""

from typing import Any

from starlette.responses import Response

from service import views
from service.deps import Reader
from service.errors import NotFound
from service.insight import trending
from service.rules import topics
from service.search import search_terms
from service.storage import alike, corrections, keys, read, tally
from service.storage import feedback as stored
from service.storage.feedback import Filters
from service.web import folding
from service.web.correct import said_by
from service.web.failures import pages
from service.web.page import VisitDep
from service.web.sought import SearchQuery, SoughtDep
from service.web.ticket import comment

router = pages()
_PAGE = 30


@router.get("/comments")
def page(visit: VisitDep, caller: Reader, sought: SoughtDep) -> Response:
    """Show the newest comments that meet what is looked for."""
    views.refuse_personal(caller, sought.customer, sought.channel, sought.product, sought.branch, sought.tier)
    with read(visit.desk.engine) as conn:
        before = int(sought.before) if sought.before else None
        filters = sought.filters(caller)
        rows = stored.listing(conn, filters, limit=_PAGE + 1, before=before)
        is_whole = before is None and len(rows) <= _PAGE
        tallied = tally.Length(len(rows)) if is_whole else tally.of_comments(conn, filters, len(rows))
        choices = trending.choices(conn, caller)
        known = Filters(customer=sought.customer)
        theirs = stored.listing(conn, known, limit=1) if sought.customer else []
    return visit.page(
        "comments.html",
        sought=sought,
        period=sought.days,
        comments=[_listed(comment(row, caller), sought) for row in rows[:_PAGE]],
        tallied=tallied,
        more=rows[_PAGE - 1]["seq"] if len(rows) > _PAGE else None,
        labels=topics.labels(),
        choices=choices,
        person=comment(theirs[0], caller)["customer"] if theirs else None,
    )


def _listed(told: dict[str, Any], sought: SearchQuery) -> dict[str, Any]:
    """Return a comment as long as a list shows it, with all that it was found by."""
    tags = [f"topic-{sought.topic}", f"signal-{sought.signal}", *(["sentiment"] if sought.sentiment else [])]
    return {**told, "pieces": folding.folded(told["pieces"], tags, search_terms(sought.q) or ())}


@router.get("/comments/{feedback_id}")
def one(feedback_id: str, visit: VisitDep, caller: Reader, sought: SoughtDep) -> Response:
    """Show one comment with its tags, and the way back to the search; a comment of a ticket is read there."""
    with read(visit.desk.engine) as conn:
        row = stored.get(conn, feedback_id)
        near = alike.similar(conn, feedback_id, 4)
        history = corrections.of_feedback(conn, feedback_id)
        names = keys.names(conn)
    if row is None or row["erased_at"] is not None:
        raise NotFound("feedback_not_found", "نظری با این شناسه نیست، یا پاک شده است.")
    return visit.page(
        "comment.html",
        sought=sought,
        one=comment(row, caller),
        customer_id=row["customer_external_id"],
        alike=[comment(other, caller) for other in near],
        history=history,
        names=names,
        said_by=said_by(history, names),
        labels=topics.offered(),
    )
