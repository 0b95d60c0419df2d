"""«سفر مشتری»: how every point of contact does, where customers are hit twice, and the six factors side by side."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from service.deps import Reader
from service.insight import satisfaction, trending
from service.insight.satisfaction import Segment
from service.storage import read
from service.web.failures import pages
from service.web.narrow import NarrowedDep, chosen
from service.web.page import VisitDep

router = pages()
SEGMENTS: dict[Segment, str] = {
    "branch": "شعبه",
    "product": "محصول",
    "channel": "کانال",
    "tier": "سطح باشگاه",
}


@router.get("/journey")
def page(
    visit: VisitDep,
    caller: Reader,
    narrowed: NarrowedDep,
    side: Annotated[str, Query(max_length=10)] = "branch",
) -> Response:
    """Show the customer's way through the company."""
    asked: Segment = chosen(SEGMENTS, side, "branch")
    scope = narrowed.scope(visit.now)
    with read(visit.desk.engine) as conn:
        journey = satisfaction.journey(conn, scope)
        factors = satisfaction.factors(conn, scope, asked, caller)
        leaving = satisfaction.leaving(conn, scope, caller, visit.now)
        choices = trending.choices(conn, caller)
    cells = {(item["value"], item["factor"]): item for item in factors["items"]}
    names = {item["factor"]: item["factor_fa"] for item in factors["items"]}
    return visit.page(
        "journey.html",
        narrowed=narrowed,
        journey=journey,
        factors=factors,
        cells=cells,
        factor_names=names,
        leaving=leaving,
        side=asked,
        sides=SEGMENTS,
        choices=choices,
    )
