"""Settings: the company's own topics beside the model's, tried on what really came in before they count."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Form
from pydantic import Field
from starlette.responses import Response

from service import curating, rehearsal
from service.api import reading
from service.api.topics import CuratorDep, TopicIn
from service.deps import Admin, Agent
from service.errors import FieldError, Invalid, ServiceError, wrong_field
from service.insight import trending, watch
from service.insight.journey import TOUCHPOINT_FA
from service.insight.trends import NOTHING
from service.period import last_days
from service.rehearsal import Heard
from service.rules import topics
from service.rules.textquery import QueryError
from service.storage import Connection, alerts, audit, keys, read
from service.storage import topics as stored
from service.storage.insight_tables import WHOLE
from service.storage.scope import Scope
from service.web.failures import pages
from service.web.page import AskedWord, Visit, VisitDep

router = pages()
_Word = Annotated[str, Form(max_length=2_000)]
_Words = Annotated[list[Annotated[str, Field(max_length=2_000)]] | None, Form()]
_HALVES = 2
#: So long a word that rose is offered as a topic, also when it is usual by now.
_REMEMBERED = timedelta(days=30)


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
def page(visit: VisitDep, caller: Agent, term: AskedWord = "") -> Response:
    """Show the topics with how often they were spoken of, and a form; of a suggested term it holds what that would find."""
    if not term.strip():
        return _list(visit)
    filled = Filled(name_fa=term, query=f'"{term}"' if " " in term else term)
    return _tried(visit, filled)


@router.post("/settings/topics")
def new(visit: VisitDep, curator: CuratorDep, filled: FilledDep) -> Response:
    """Show what a topic would find, or make it."""
    if filled.step == "preview":
        return _tried(visit, filled)
    try:
        curating.create(curator, filled.wanted())
    except ServiceError as error:
        return _list(visit, filled=filled, wrong=_mistakes(error))
    visit.desk.live.follow_topics()
    return visit.back("/settings/topics", done="saved")


@router.get("/settings/topics/{topic_id}")
def one(topic_id: str, visit: VisitDep, caller: Agent) -> Response:
    """Show a topic with its versions."""
    return _one(visit, topic_id)


@router.post("/settings/topics/{topic_id}")
def change(topic_id: str, visit: VisitDep, curator: CuratorDep, filled: FilledDep) -> Response:
    """Show what other words would find, or make them the next version."""
    try:
        if filled.step == "preview":
            return _one(visit, topic_id, filled=filled, heard=_heard(visit, filled.query, topic_id))
        curating.change(curator, topic_id, filled.wanted(), filled.version)
    except ServiceError as error:
        is_late = error.code == "topic_changed"
        return _one(visit, topic_id, filled=filled, is_late=is_late, wrong=_mistakes(error))
    visit.desk.live.follow_topics()
    return visit.back(f"/settings/topics/{topic_id}", done="saved")


@router.post("/settings/topics/{topic_id}/archive")
def archive(topic_id: str, visit: VisitDep, curator: CuratorDep) -> Response:
    """Let a topic tag no more comments."""
    curating.archive(curator, topic_id)
    visit.desk.live.follow_topics()
    return visit.back("/settings/topics", done="archived")


@router.post("/settings/topics/{topic_id}/merge")
def merge(topic_id: str, visit: VisitDep, curator: CuratorDep, into: _Word = "") -> Response:
    """Let another topic find what this one found, and archive this one."""
    try:
        curating.merge(curator, topic_id, into)
    except Invalid as error:  # together they ask for too much
        return _one(visit, topic_id, wrong=_mistakes(error))
    visit.desk.live.follow_topics()
    return visit.back(f"/settings/topics/{into}", done="merged")


@router.get("/settings/topics/{topic_id}/split")
def halves(topic_id: str, visit: VisitDep, caller: Admin) -> Response:
    """Show a form for two topics out of one."""
    return _halves(visit, topic_id)


@router.post("/settings/topics/{topic_id}/split")
def split(
    topic_id: str,
    visit: VisitDep,
    curator: CuratorDep,
    name_fa: _Words = None,
    query: _Words = None,
    step: _Word = "",
) -> Response:
    """Show what each of two topics would find, or make them out of one."""
    said = ([*(each or ()), *[""] * _HALVES][:_HALVES] for each in (name_fa, query))
    filled = [Filled(name_fa=name, query=asked) for name, asked in zip(*said, strict=True)]
    try:
        if step == "preview":
            heard = [_heard(visit, half.query, topic_id) for half in filled]
            return _halves(visit, topic_id, halves=list(zip(filled, heard, strict=True)))
        parts = [{name: half.wanted()[name] for name in ("name_fa", "query")} for half in filled]
        curating.split(curator, topic_id, parts)
    except ServiceError as error:
        told = [(half, None) for half in filled]
        return _halves(visit, topic_id, halves=told, wrong=_mistakes(error))
    visit.desk.live.follow_topics()
    return visit.back("/settings/topics", done="saved")


def _list(visit: Visit, **told: Any) -> Response:
    with read(visit.desk.engine) as conn:
        rows = stored.listing(conn)
        counts = trending.totals(conn, Scope(period=last_days(visit.now, rehearsal.QUERY_DAYS)))
        suggested = _suggested(conn, visit) if visit.may("admin") else []
    shown = [row | {"counted": counts.get(row["id"], NOTHING).n} for row in rows]
    whole = counts.get(WHOLE, NOTHING).n
    around = {"topics": shown, "whole": whole, "suggested": suggested, "filled": Filled()}
    return _page(visit, "settings_topics.html", **around | told)


def _tried(visit: Visit, filled: Filled) -> Response:
    try:
        return _list(visit, filled=filled, heard=_heard(visit, filled.query))
    except Invalid as error:
        return _list(visit, filled=filled, wrong=_mistakes(error))


def _suggested(conn: Connection, visit: Visit) -> list[Any]:
    """Return the terms that rise, or that an alert of the last month told of, and that no own topic finds yet."""
    risen = watch.rising(conn, Scope(period=last_days(visit.now, watch.WEEK_DAYS)))["items"]
    told = (*alerts.listing(conn, since=visit.now - _REMEMBERED, until=visit.now), *risen)
    terms = {one["subject"]: one for one in told if one["kind"] == "emerging_term"}
    known = [topics.read(own.query) for own in visit.desk.line.own]
    return [one for term, one in terms.items() if not any(query.matches(term) for query in known)]


def _one(
    visit: Visit, id_: str, *, filled: Filled | None = None, is_late: bool = False, **told: Any
) -> Response:
    """Show a topic; who `is_late` sees its present words beside their own, and replaces those the next time."""
    with read(visit.desk.engine) as conn:
        row = curating.known(conn, id_)
        history, names = audit.trail(conn, id_), keys.names(conn)
        others = curating.living(conn, besides=id_)
    present = Filled(**{name: row[name] or "" for name in curating.FIELDS}, version=row["version"])
    filled = filled or present
    unseen = {}
    if is_late:
        filled = replace(filled, version=present.version)
        mine, now = asdict(filled), asdict(present)
        unseen = {name: now[name] for name in curating.FIELDS if now[name] != mine[name]}
    around = {"row": row, "history": history[::-1], "names": names, "others": others}
    return _page(visit, "settings_topic.html", filled=filled, unseen=unseen, **around | told)


def _halves(visit: Visit, id_: str, **told: Any) -> Response:
    with read(visit.desk.engine) as conn:
        row = curating.known(conn, id_)
    half = Filled(query=row["query"])
    return _page(
        visit, "settings_topic_split.html", **{"row": row, "halves": [(half, None)] * _HALVES, **told}
    )


def _page(visit: Visit, template: str, **told: Any) -> Response:
    around = {
        "heard": None,
        "unseen": {},
        "wrong": (),
        "touchpoints": TOUCHPOINT_FA,
        "days": rehearsal.QUERY_DAYS,
    }
    return visit.page(template, **around | told)


def _heard(visit: Visit, query: str, own: str | None = None) -> Heard:
    try:
        asked = topics.read(query)
    except QueryError as error:
        raise wrong_field("query", "query_invalid", str(error)) from error
    with read(visit.desk.engine) as conn:
        return rehearsal.of_query(conn, asked, visit.now, own)


def _mistakes(error: ServiceError) -> Sequence[FieldError]:
    return error.errors or [FieldError(path="", code=error.code, detail=error.detail)]
