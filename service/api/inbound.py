"""Doors for other programs: each has a secret, and a way to read what comes through it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from service import intake, views
from service.api.bodies import Body, Line, Name, example
from service.api.described import CONFLICT, MISSING, Out
from service.api.reading import Id
from service.api.strict import parse, part
from service.api.writing import Json
from service.auth import signing_secret
from service.comments import doors, fields
from service.deps import Admin, Desk, DeskDep, Now
from service.errors import BadRequest, FieldError, NotFound, Unauthorized, wrong_fields
from service.storage import audit, begin, inbound, read
from service.storage.keys import is_stale

router = part("webhooks", "/inbound")
_PATH = re.compile(r"[^.\s]+(\.[^.\s]+){0,9}")


class InboundIn(
    Body,
    json_schema_extra=example(
        kind="generic",
        name="فرم سایت",
        channel="site",
        fields={"text": "data.comment", "external_id": "data.id", "scores.stars": "data.rate"},
    ),
):
    """A new door. Chatwoot shows its secret in its own settings; for a generic sender we make one."""

    kind: Literal["chatwoot", "generic"]
    name: Name
    channel: Name
    secret: Line | None = None
    fields: dict[Line, Line] = Field(default={}, max_length=30)


class InboundOut(Out):
    """A door without its secret."""

    id: str
    kind: Literal["chatwoot", "generic"]
    name: str
    channel: str
    fields: dict[str, str]
    url: str
    created_at: datetime
    created_at_jalali: str
    last_used_at: datetime | None
    last_used_at_jalali: str | None


class NewInboundOut(InboundOut):
    """A door at the only moment the secret we made for it can be shown; None when the sender made it."""

    secret: str | None


class InboundList(BaseModel):
    """Every door."""

    items: list[InboundOut]


class SignatureIn(BaseModel):
    """The headers that sign a push: those of Standard Webhooks, or the two of Chatwoot."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    webhook_id: str | None = Field(default=None, max_length=200)
    webhook_timestamp: str | None = None
    webhook_signature: str | None = None
    x_chatwoot_timestamp: str | None = None
    x_chatwoot_signature: str | None = None


class PushedOut(BaseModel):
    """What became of a pushed comment; `ignored` is what no customer said."""

    outcome: Literal["created", "unchanged", "ignored"]
    id: str | None = None
    ticket: str | None = None
    reason: str | None = None


async def _raw(request: Request) -> bytes:
    return await request.body()


@router.get("", response_model=InboundList, summary="درهای ورودی برای سامانه‌های دیگر")
def listing(desk: DeskDep, caller: Admin) -> Json:
    """Return every door; secrets cannot be shown again."""
    with read(desk.engine) as conn:
        rows = inbound.listing(conn)
    return Json({"items": [_shown(row, desk) for row in rows]})


@router.post("", status_code=201, response_model=NewInboundOut, summary="باز کردن در ورودی")
def create(body: InboundIn, desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Open a door. `fields` says where in a generic sender's document each of our fields is found."""
    _check(body)
    made = None if body.kind == "chatwoot" else signing_secret()
    with begin(desk.engine) as conn:
        row = inbound.create(
            conn,
            now,
            kind=body.kind,
            name=body.name,
            secret=made or str(body.secret),
            channel=body.channel,
            fields=body.fields,
        )
        told = {"kind": body.kind, "name": body.name, "channel": body.channel}
        audit.record(conn, now, caller.id, "inbound.created", row["id"], after=told)
    return Json(_shown(row, desk) | {"secret": made}, 201)


@router.delete("/{inbound_id}", status_code=204, responses=MISSING, summary="بستن در ورودی")
def delete(inbound_id: Id, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Close a door for good; what came through it stays."""
    with begin(desk.engine) as conn:
        if not inbound.delete(conn, inbound_id):
            raise _missing()
        audit.record(conn, now, caller.id, "inbound.deleted", inbound_id)
    return Response(status_code=204)


def push(
    inbound_id: Id,
    signature: Annotated[SignatureIn, Header()],
    raw: Annotated[bytes, Depends(_raw)],
    desk: DeskDep,
    now: Now,
) -> Json:
    """Take a signed document: 201 when it became a comment, 200 when it was known before or is ignored.

    It is signed with the door's secret, as Standard Webhooks says or as Chatwoot does it; after five minutes a
    signature is no good. Where the document tells no `external_id`, the comment is known by its `webhook-id`.
    """
    door = _door(desk, inbound_id)
    told = signature.model_dump(by_alias=True, exclude_none=True)
    if not doors.signed(door["kind"], door["secret"], told, raw, now):
        desk.limiter.hit(f"{inbound_id} unsigned", now)  # strangers do not use up what the sender may
        raise Unauthorized("bad_signature", "امضای این درخواست درست نیست یا کهنه شده است.")
    _came_through(desk, door, now)
    document = parse(raw)
    if not isinstance(document, dict):
        raise BadRequest("not_an_object", "بدنهٔ درخواست باید یک شیء JSON باشد.")
    pushed = doors.read(door["kind"], document, door["fields"])
    if pushed.ignored is not None:
        return Json({"outcome": "ignored", "reason": pushed.ignored})
    comment = fields.incoming(
        pushed.values,
        channel=door["channel"],
        external_id=signature.webhook_id,
        max_chars=desk.settings.max_text_chars,
        now=now,
    )
    answer = intake.receive(desk.line, comment, sender=inbound_id, now=now)
    desk.metrics.stored(answer.body)
    ticket = answer.body["ticket"]
    outcome = {"outcome": answer.body["outcome"], "id": answer.body["id"], "ticket": ticket and ticket["id"]}
    return Json(outcome, answer.status)


router.add_api_route(
    "/{inbound_id}",
    push,
    methods=["POST"],
    response_model=PushedOut,
    responses=MISSING | CONFLICT | {201: {"model": PushedOut}},
    summary="فرستادن نظر از سامانه‌ای دیگر، با امضا",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    },
    route_class_override=APIRoute,  # other programs put parameters of their own into the address
)


def _door(desk: Desk, inbound_id: str) -> dict[str, Any]:
    with read(desk.engine) as conn:
        door = inbound.get(conn, inbound_id)
    if door is None:
        raise _missing()
    return door


def _came_through(desk: Desk, door: Mapping[str, Any], now: datetime) -> None:
    """Count a signed request, and remember when the last one came."""
    desk.limiter.hit(door["id"], now)
    if is_stale(door["last_used_at"], now):
        with begin(desk.engine) as conn:
            inbound.used(conn, door["id"], now)


def _check(body: InboundIn) -> None:
    found = [
        FieldError(
            path=f"fields.{name}"[:100], code="unknown_field", detail="چنین فیلدی نیست یا نشانی آن درست نیست."
        )
        for name, path in body.fields.items()
        if not fields.is_field(name) or not _PATH.fullmatch(path)
    ]
    if body.kind == "generic" and "text" not in body.fields:
        found.append(FieldError(path="fields.text", code="missing", detail="باید گفته شود متن نظر کجاست."))
    if (body.kind == "chatwoot") != (body.secret is not None):
        detail = "راز را Chatwoot می‌سازد و باید فرستاده شود؛ برای فرستندهٔ دیگر خود سامانه می‌سازد."
        found.append(FieldError(path="secret", code="wrong_secret", detail=detail))
    if found:
        raise wrong_fields(found)


def _missing() -> NotFound:
    return NotFound("inbound_not_found", "دری با این شناسه نیست.")


def _shown(row: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    told = views.fields(row, "id", "kind", "name", "channel", "fields")
    url = f"{desk.settings.address}/v1/inbound/{row['id']}"
    return told | {"url": url} | views.dated(row, "created_at", "last_used_at")
