"""«پیشران‌ها و کانو»: what moves the score, by how much, how sure that is, and what it costs when it goes wrong."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args

from fastapi import Query
from starlette.responses import Response

from service import insight, satisfaction
from service.deps import DeskDep, Now, Reader
from service.kano import CLASS_FA
from service.satisfaction import Score
from service.storage import read
from service.web.failures import pages
from service.web.names import SCORES
from service.web.narrow import SPANS, NarrowedDep
from service.web.page import VisitDep

router = pages()
Row = Mapping[str, Any]


@router.get("/drivers")
def page(
    visit: VisitDep,
    desk: DeskDep,
    now: Now,
    caller: Reader,
    narrowed: NarrowedDep,
    score: Annotated[str, Query(max_length=10)] = "csat",
) -> Response:
    """Show the impact of each topic on a score, its Kano class, and the value that would leave because of it."""
    asked: Score = next((known for known in get_args(Score) if known == score), "csat")
    scope = narrowed.scope(now)
    with read(desk.engine) as conn:
        found = satisfaction.drivers(conn, scope, asked)
        kano = satisfaction.kano(conn, scope, asked)
        choices = insight.choices(conn)
    return visit.page(
        "drivers.html",
        narrowed=narrowed,
        score=asked,
        scores=SCORES,
        found=found,
        kano=kano,
        points=_map(kano["items"]),
        classes=CLASS_FA,
        choices=choices,
        spans=SPANS,
        widest=_widest(found["items"]),
    )


def _widest(items: Sequence[Row]) -> float:
    """Return how far the longest interval reaches, for a common scale."""
    ends = [item[name] for item in items for name in ("impact_low", "impact_high")]
    return max([0.01, *(abs(float(end)) for end in ends if end is not None)])


def _map(items: Sequence[Row]) -> list[dict[str, Any]]:
    """Return where each topic lies on the map, 0 to 100 each way: what it costs when bad, what it wins when good."""
    known = [item for item in items if item["penalty"] is not None and item["reward"] is not None]
    reach = max([0.01, *(abs(item[name]) for item in known for name in ("penalty", "reward"))])
    return [
        {**item, "x": _place(item["penalty"], reach), "y": _place(item["reward"], reach)} for item in known
    ]


def _place(value: float, reach: float) -> float:
    return round(max(value, 0) / reach * 100, 1)
