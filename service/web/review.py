"""«بازبینی»: what to look at next, accepted or corrected from the keyboard, and how good each label is."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from service.comments import correcting
from service.deps import Agent
from service.insight import accuracy, quality
from service.period import last_days
from service.rules import topics
from service.storage import corrections, keys, read, review
from service.web.correct import said_by
from service.web.failures import pages
from service.web.page import Back, VisitDep
from service.web.ticket import comment

router = pages()
#: As many as a person reads in two minutes; one in five is drawn by chance, to see what certainty hides.
_TOGETHER, _BY_CHANCE = 20, 4
_JUDGED_DAYS = 90


@router.get("/review")
def page(visit: VisitDep, caller: Agent) -> Response:
    """Show the comments a person should look at, the least certain first."""
    with read(visit.desk.engine) as conn:
        names = keys.names(conn)
        rows = review.to_look_at(conn, _TOGETHER, _BY_CHANCE, visit.now)
        said = {row["id"]: corrections.of_feedback(conn, row["id"]) for row, _ in rows if row["model_tags"]}
    return visit.page(
        "review.html",
        comments=[
            comment(row, caller) | {"drawn": why, "said_by": said_by(said.get(row["id"], ()), names)}
            for row, why in rows
        ],
        labels=topics.offered(),
    )


@router.post("/review/{feedback_id}/accept")
def accept(feedback_id: str, visit: VisitDep, caller: Agent, back: Back = "/review") -> Response:
    """Say that the tags of a comment are right."""
    correcting.judge(visit.desk.line, feedback_id, [], caller.id, visit.now)
    return visit.back(back, done="accepted", undo=feedback_id)


@router.post("/review/{feedback_id}/again")
def again(feedback_id: str, visit: VisitDep, caller: Agent, back: Back = "/review") -> Response:
    """Take back that the tags of a comment are right."""
    correcting.look_again(visit.desk.line, feedback_id)
    return visit.back(back, done="undone")


@router.get("/review/suspects")
def suspects(visit: VisitDep, caller: Agent) -> Response:
    """Show the corrections that are probably wrong, to be kept or taken back."""
    with read(visit.desk.engine) as conn:
        names = keys.names(conn)
        found = accuracy.suspected(conn, _TOGETHER, visit.now)
    items = [{"suspect": one, "comment": comment(row, caller)} for one, row in found]
    return visit.page("suspects.html", items=items, names=names)


@router.get("/review/quality")
def per_label(
    visit: VisitDep, caller: Agent, days: Annotated[int, Query(ge=1, le=365)] = _JUDGED_DAYS
) -> Response:
    """Show how often each label was given, accepted and corrected."""
    with read(visit.desk.engine) as conn:
        told, n = accuracy.per_label(conn, last_days(visit.now, days).since)
    overall = quality.overall(told)
    by_field = {field: [row for row in told if row["field"] == field] for field in overall}
    return visit.page("quality.html", days=days, n=n, overall=overall, by_field=by_field)
