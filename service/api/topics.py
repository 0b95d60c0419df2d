"""The company's own topics, beside those of the model: made, changed and put away."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from pydantic import AfterValidator, BaseModel, Field

from service import curating, views
from service.api.bodies import Body, Line, Paragraph, example, not_blank, storable
from service.api.described import CONFLICT, MISSING, Out
from service.api.reading import Id
from service.api.strict import part
from service.api.writing import Json
from service.curating import Curator
from service.deps import Admin, Desk, DeskDep, Now, Reader
from service.storage import read, topics

router = part("rules", "/topics")

_Name = Annotated[
    str, Field(max_length=60), AfterValidator(storable), AfterValidator(not_blank), AfterValidator(str.strip)
]
_Query = Annotated[Paragraph, AfterValidator(not_blank), AfterValidator(str.strip)]


class TopicIn(Body, json_schema_extra=example(name_fa="گارانتی", query="گارانتی | ضمانت | وارانتی")):
    """A topic of your own: what it is called, and the words that a comment must have, as in the rules."""

    name_fa: _Name
    query: _Query
    queue: Line | None = None
    touchpoint: Line | None = None


class TopicChangeIn(Body, json_schema_extra=example(query="گارانتی | ضمانت | وارانتی | تعویض", version=1)):
    """What changes of a topic; what is left out stays. `version` is the one that was seen, to refuse a lost change."""

    name_fa: _Name | None = None
    query: _Query | None = None
    queue: Line | None = None
    touchpoint: Line | None = None
    version: int | None = None


class MergeTopicIn(Body, json_schema_extra=example(into="own_01m8htxht647v08ky68d34bnsk")):
    """The topic that goes on, with the words of both."""

    into: Line


class OwnTopicOut(Out):
    """A topic of the company's own; comments that came since `since` speak of its present words."""

    id: str
    name_fa: str
    query: str
    queue: str | None
    touchpoint: str | None
    version: int
    created_by: str
    created_at: datetime
    created_at_jalali: str
    since: datetime
    since_jalali: str
    archived_at: datetime | None
    archived_at_jalali: str | None
    merged_into: str | None


class OwnTopics(BaseModel):
    """All of them, the archived ones last."""

    items: list[OwnTopicOut]


def get_curator(desk: DeskDep, now: Now, caller: Admin) -> Curator:
    """Return who changes topics, from a program or from a page."""
    return Curator(engine=desk.engine, actor=caller.id, now=now, queues=desk.line.rules.queues)


CuratorDep = Annotated[Curator, Depends(get_curator)]


@router.get("", response_model=OwnTopics, summary="موضوع‌های خودتان")
def listing(desk: DeskDep, caller: Reader) -> Json:
    """Return the company's own topics; those of the model are in the reference."""
    with read(desk.engine) as conn:
        rows = topics.listing(conn)
    return Json({"items": [views.topic(row) for row in rows]})


@router.post("", status_code=201, response_model=OwnTopicOut, responses=CONFLICT, summary="ساختن موضوع")
def create(body: TopicIn, desk: DeskDep, curator: CuratorDep) -> Json:
    """Make a topic; comments that come from now on carry it, those of the past stay as they are."""
    return _as_json(desk, curating.create(curator, body.model_dump()), 201)


@router.patch(
    "/{topic_id}", response_model=OwnTopicOut, responses=MISSING | CONFLICT, summary="نسخهٔ تازهٔ یک موضوع"
)
def change(topic_id: Id, body: TopicChangeIn, desk: DeskDep, curator: CuratorDep) -> Json:
    """Call a topic something else, or let it ask for other words from now on."""
    told = body.model_dump(exclude={"version"}, exclude_unset=True)
    changes = {name: value for name, value in told.items() if value is not None or name in _MAY_BE_NONE}
    curating.change(curator, topic_id, changes, body.version)
    return _as_json(desk, topic_id)


@router.post(
    "/{topic_id}/archive",
    response_model=OwnTopicOut,
    responses=MISSING | CONFLICT,
    summary="بایگانی یک موضوع",
)
def archive(topic_id: Id, desk: DeskDep, curator: CuratorDep) -> Json:
    """Let a topic tag no more comments; those of the past still speak of it."""
    curating.archive(curator, topic_id)
    return _as_json(desk, topic_id)


@router.post(
    "/{topic_id}/merge",
    response_model=OwnTopicOut,
    responses=MISSING | CONFLICT,
    summary="ادغام یک موضوع در موضوع دیگر",
)
def merge(topic_id: Id, body: MergeTopicIn, desk: DeskDep, curator: CuratorDep) -> Json:
    """Archive a topic and return the one that goes on: `(its words) | (the other's)`, in its next version."""
    curating.merge(curator, topic_id, body.into)
    return _as_json(desk, body.into)


_MAY_BE_NONE = ("queue", "touchpoint")


def _as_json(desk: Desk, id_: str, status: int = 200) -> Json:
    """Let this process take up what changed at once, and return the topic; the others follow within seconds."""
    desk.live.follow_topics()
    with read(desk.engine) as conn:
        told: dict[str, Any] = views.topic(curating.known(conn, id_))
    return Json(told, status)
