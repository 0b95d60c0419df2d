"""«پیشران‌ها و کانو»: what moves the score, by how much, how sure that is, and what it costs when it goes wrong."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args

from fastapi import Query
from starlette.responses import Response

from service.deps import Reader
from service.insight import satisfaction, trending
from service.insight.kano import CLASS_FA
from service.insight.satisfaction import Score
from service.storage import read
from service.web.failures import pages
from service.web.names import SCORES
from service.web.narrow import NarrowedDep, chosen
from service.web.page import VisitDep

router = pages()
Row = Mapping[str, Any]
#: The room a name takes on the map: by its letters, the widest of our names, and as high as its letters reach.
_LETTER, _NAME_HEIGHT = 6.1, 14
#: Between these it must stay; the names of the corners stand outside.
_EDGES = (20, 400)
_HEIGHTS = range(22, 298)


@router.get("/drivers")
def page(
    visit: VisitDep,
    caller: Reader,
    narrowed: NarrowedDep,
    score: Annotated[str, Query(max_length=10)] = "csat",
) -> Response:
    """Show the impact of each topic on a score, its Kano class, and the value that would leave because of it."""
    asked: Score = chosen(get_args(Score), score, "csat")
    scope = narrowed.scope(visit.now)
    with read(visit.desk.engine) as conn:
        found, kano = satisfaction.drivers_and_kano(conn, scope, visit.now, asked)
        choices = trending.choices(conn, caller)
    scored = {item["topic"] for item in found["items"]}
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
        by_impact=sorted(found["items"], key=lambda item: (item["impact"] is None, item["impact"] or 0.0)),
        unscored=[one for one in found["value_at_risk"] if one["topic"] not in scored],
        widest=_widest(found["items"]),
        wish_days=satisfaction.WISH_DAYS,
    )


def _widest(items: Sequence[Row]) -> float:
    """Return how far the longest interval reaches, for a common scale."""
    ends = [item[name] for item in items for name in ("impact_low", "impact_high")]
    return max([0.01, *(abs(float(end)) for end in ends if end is not None)])


def _map(items: Sequence[Row]) -> list[dict[str, Any]]:
    """Return where each topic lies on the map: to the left what it costs when bad, upwards what it wins when good."""
    known = [item for item in items if item["penalty"] is not None and item["reward"] is not None]
    reach = max([0.01, *(abs(item[name]) for item in known for name in ("penalty", "reward"))])
    points = [
        {
            **item,
            "x": round(384 - _share(item["penalty"], reach) * 340, 1),
            "y": round(290 - _share(item["reward"], reach) * 260, 1),
        }
        for item in known
    ]
    return _named_apart(sorted(points, key=lambda point: point["y"]))


def _named_apart(points: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each point a place for its name: beside its dot where no other dot is, as near as other names let it."""
    named: list[dict[str, Any]] = []
    for point in points:
        wide = len(point["label_fa"]) * _LETTER + 8
        before = _stands_before(point, wide, points)
        start, end = (point["x"], point["x"] + wide) if before else (point["x"] - wide, point["x"])
        taken = [other["name_y"] for other in named if other["start"] < end and start < other["end"]]
        at = _free_height(point["y"], taken)
        named.append({**point, "start": start, "end": end, "name_y": at, "before": before})
    return named


def _free_height(wanted: float, taken: Sequence[float]) -> float:
    """Return the height nearest to the wanted one at which a name covers no other; the wanted one when all is full."""
    nearest = sorted(_HEIGHTS, key=lambda height: abs(height - wanted))
    free = (height for height in nearest if all(abs(height - other) >= _NAME_HEIGHT for other in taken))
    return next(free, wanted)


def _stands_before(point: Row, wide: float, points: Sequence[Row]) -> bool:
    """Tell whether a name stands to the right of its dot: to the left is no room, or another dot."""
    taken = any(
        0 < point["x"] - other["x"] < wide and abs(point["y"] - other["y"]) < _NAME_HEIGHT for other in points
    )
    return bool(point["x"] - wide < _EDGES[0] or (taken and point["x"] + wide < _EDGES[1]))


def _share(value: float, reach: float) -> float:
    return max(value, 0) / reach
