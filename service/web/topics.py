"""Settings: the company's own topics beside the model's, tried on what really came in before they count."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Form
from starlette.responses import Response

from service import curating, insight, rehearsal, topics
from service.api import reading
from service.api.topics import TopicIn
from service.curating import Hand
from service.deps import Admin, Agent, Desk, DeskDep, Now
from service.errors import FieldError, ServiceError, wrong_field
from service.journey import TOUCHPOINT_FA
from service.period import last_days
from service.rehearsal import Heard
from service.storage import Connection, audit, insights, keys, read
from service.storage import topics as stored
from service.storage.insight_tables import WHOLE
from service.storage.scope import Scope
from service.textquery import QueryError
from service.trends import NOTHING
from service.web.failures import pages
from service.web.page import Visit, VisitDep

router = pages()
_Word = Annotated[str, Form(max_length=2_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was written into the form of a topic; `step` says whether it is only tried."""

    name_fa: _Word = ""
    query: _Word = ""
    queue: _Word = ""
    touchpoint: _Word = ""
    version: Annotated[int, Form()] = 0
    step: _Word = ""

    def wanted(self) -> dict[str, Any]:
        """Return the topic that is asked for; `Invalid` names each field that no topic can have."""
        said = {name: value for name, value in asdict(self).items() if name in curating.FIELDS and value}
        return reading.checked(TopicIn, {"name_fa": "", "query": "", **said}).model_dump()


FilledDep = Annotated[Filled, Depends()]


@router.get("/settings/topics")
def page(visit: VisitDep, desk: DeskDep, now: Now, caller: Agent) -> Response:
    """Show the topics with how often they were spoken of, and an empty form."""
    return _list(visit, desk, now)


@router.post("/settings/topics")
def new(visit: VisitDep, desk: DeskDep, now: Now, caller: Admin, filled: FilledDep) -> Response:
    """Show what a topic would find, or make it."""
    try:
        if filled.step == "preview":
            return _list(visit, desk, now, filled=filled, heard=_heard(desk, filled.query, now))
        curating.create(hand(desk, caller.id, now), filled.wanted())
    except ServiceError as error:
        return _list(visit, desk, now, filled=filled, wrong=_mistakes(error))
    desk.live.follow_topics()
    return visit.back("/settings/topics", done="saved")


@router.get("/settings/topics/{topic_id}")
def one(topic_id: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Agent) -> Response:
    """Show a topic with its versions."""
    return _one(visit, desk, topic_id)


@router.post("/settings/topics/{topic_id}")
def change(
    topic_id: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Admin, filled: FilledDep
) -> Response:
    """Show what other words would find, or make them the next version."""
    try:
        if filled.step == "preview":
            return _one(visit, desk, topic_id, filled=filled, heard=_heard(desk, filled.query, now, topic_id))
        curating.change(hand(desk, caller.id, now), topic_id, filled.wanted(), filled.version)
    except ServiceError as error:
        return _one(visit, desk, topic_id, filled=filled, wrong=_mistakes(error))
    desk.live.follow_topics()
    return visit.back(f"/settings/topics/{topic_id}", done="saved")


@router.post("/settings/topics/{topic_id}/archive")
def archive(topic_id: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Let a topic tag no more comments."""
    curating.archive(hand(desk, caller.id, now), topic_id)
    desk.live.follow_topics()
    return visit.back("/settings/topics", done="archived")


def hand(desk: Desk, actor: str, now: datetime) -> Hand:
    """Return who changes topics from the pages."""
    return Hand(engine=desk.engine, actor=actor, now=now, queues=desk.rules.queues)


def _list(visit: Visit, desk: Desk, now: datetime, **told: Any) -> Response:
    with read(desk.engine) as conn:
        rows = stored.listing(conn)
        counts = _counts(conn, now)
    shown = [row | {"counted": counts.get(row["id"], NOTHING).n} for row in rows]
    whole = counts.get(WHOLE, NOTHING).n
    return _page(visit, "settings_topics.html", topics=shown, whole=whole, **{"filled": Filled(), **told})


def _one(visit: Visit, desk: Desk, id_: str, **told: Any) -> Response:
    with read(desk.engine) as conn:
        row = curating.known(conn, id_)
        history, names = audit.trail(conn, id_), keys.names(conn)
    said = {name: row[name] or "" for name in curating.FIELDS}
    filled = Filled(**said, version=row["version"])
    around = {"row": row, "history": history[::-1], "names": names, "filled": filled}
    return _page(visit, "settings_topic.html", **around | told)


def _page(visit: Visit, template: str, **told: Any) -> Response:
    around = {"heard": None, "wrong": (), "touchpoints": TOUCHPOINT_FA, "days": rehearsal.QUERY_DAYS}
    return visit.page(template, **around | told)


def _counts(conn: Connection, now: datetime) -> dict[str, Any]:
    """Return how often each topic was spoken of in the last days."""
    rows = insights.mentions(conn, Scope(period=last_days(now, rehearsal.QUERY_DAYS)))
    return {row["topic"]: insight.tally_of(row) for row in rows}


def _heard(desk: Desk, query: str, now: datetime, own: str | None = None) -> Heard:
    try:
        asked = topics.read(query)
    except QueryError as error:
        raise wrong_field("query", "query_invalid", str(error)) from error
    with read(desk.engine) as conn:
        return rehearsal.of_query(conn, asked, now, own)


def _mistakes(error: ServiceError) -> Sequence[FieldError]:
    return error.errors or [FieldError(path="", code=error.code, detail=error.detail)]
