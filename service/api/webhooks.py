"""Where events go: receivers, their secrets, and what became of every delivery."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import Response

from service import views
from service.api import queries, reading
from service.api.bodies import Body, example, mistake
from service.api.described import CONFLICT, MISSING, Out
from service.api.reading import Id
from service.api.strict import part
from service.api.writing import Json, page
from service.deps import Admin, DeskDep, Now
from service.outbox import ERROR_FA
from service.storage import outbox, read, webhooks
from service.webhooks import receivers
from service.webhooks.events import EVENTS

router = part("webhooks")


def _event(name: str) -> str:
    if name not in EVENTS:
        raise mistake("unknown_event", "چنین رویدادی نیست.")
    return name


_Url = Annotated[str, Field(max_length=2_000)]
_Events = Annotated[list[Annotated[str, AfterValidator(_event)]], Field(max_length=50)]


class WebhookIn(
    Body, json_schema_extra=example(url="https://crm.example/hooks/bazkhord", events=["ticket.opened"])
):
    """A new receiver; no events named means all of them."""

    url: _Url
    events: _Events = Field(default=[])


class WebhookChangeIn(Body, json_schema_extra=example(events=["ticket.opened", "ticket.resolved"])):
    """What changes of a receiver; what is left out stays."""

    url: _Url | None = None
    events: _Events | None = None


class WebhookOut(Out):
    """A receiver without its secrets; `disabled_reason` says in Persian why nothing is sent to it."""

    id: str
    url: str
    events: list[str]
    created_at: datetime
    created_at_jalali: str
    failing_since: datetime | None
    failing_since_jalali: str | None
    disabled_at: datetime | None
    disabled_at_jalali: str | None
    disabled_reason: str | None
    rotated_at: datetime | None
    rotated_at_jalali: str | None


class NewWebhookOut(WebhookOut):
    """A receiver at the only moment its secret can be shown."""

    secret: str


class WebhookList(BaseModel):
    """Every receiver."""

    items: list[WebhookOut]


class AttemptOut(BaseModel):
    """One try, and the beginning of what the receiver answered."""

    at: datetime
    at_jalali: str
    status_code: int | None
    error: str | None
    detail: str | None
    response: str | None
    milliseconds: int


class DeliveryOut(BaseModel):
    """An event on its way to a receiver; `event_id` is the `webhook-id` of every attempt."""

    id: str
    event_id: str
    webhook_id: str
    type: str
    object_id: str
    status: Literal["pending", "delivered", "dead"]
    at: datetime
    at_jalali: str
    next_at: datetime | None
    next_at_jalali: str | None
    attempts: list[AttemptOut]


class DeliveryPage(BaseModel):
    """A page of deliveries, the newest first."""

    items: list[DeliveryOut]
    next_cursor: str | None


class Queued(BaseModel):
    """The delivery that is on its way now."""

    delivery_id: str


class DeliveryQuery(queries.Query):
    """Narrows the log of deliveries."""

    status: Literal["pending", "delivered", "dead"] | None = None


@router.get("/webhooks", response_model=WebhookList, summary="گیرنده‌های رویداد")
def listing(desk: DeskDep, caller: Admin) -> Json:
    """Return every receiver; secrets cannot be shown again."""
    with read(desk.engine) as conn:
        rows = webhooks.listing(conn)
    return Json({"items": [_shown(row) for row in rows]})


@router.post(
    "/webhooks",
    status_code=201,
    response_model=NewWebhookOut,
    responses=CONFLICT,
    summary="افزودن گیرندهٔ رویداد",
)
def create(body: WebhookIn, desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Register a receiver. `secret` signs what it gets, and is in this answer and nowhere else.

    409 `webhook_exists` names the receiver (`webhook_id`) that sends some of these events there already.
    """
    private = desk.settings.allow_private_targets
    made = receivers.register(desk.engine, body.url, body.events, caller.id, now, allow_private=private)
    return Json(_shown(made.row) | {"secret": made.secret}, 201)


@router.get("/webhooks/{webhook_id}", response_model=WebhookOut, responses=MISSING, summary="یک گیرنده")
def one(webhook_id: Id, desk: DeskDep, caller: Admin) -> Json:
    """Return one receiver."""
    with read(desk.engine) as conn:
        return Json(_shown(receivers.known(conn, webhook_id)))


@router.patch(
    "/webhooks/{webhook_id}",
    response_model=WebhookOut,
    responses=MISSING | CONFLICT,
    summary="تغییر گیرنده",
)
def change(webhook_id: Id, body: WebhookChangeIn, desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Point a receiver somewhere else, or let it hear other events."""
    private = desk.settings.allow_private_targets
    row = receivers.change(
        desk.engine, webhook_id, body.url, body.events, caller.id, now, allow_private=private
    )
    return Json(_shown(row))


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=MISSING, summary="حذف گیرنده")
def delete(webhook_id: Id, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Forget a receiver and its log; nothing more is sent to it."""
    receivers.delete(desk.engine, webhook_id, caller.id, now)
    return Response(status_code=204)


@router.post(
    "/webhooks/{webhook_id}/rotate", response_model=NewWebhookOut, responses=MISSING, summary="تعویض راز"
)
def rotate(webhook_id: Id, desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Give a receiver a new secret. For a day both secrets sign, so that it can take up the new one in peace."""
    made = receivers.rotate(desk.engine, webhook_id, caller.id, now)
    return Json(_shown(made.row) | {"secret": made.secret})


@router.post(
    "/webhooks/{webhook_id}/enable",
    response_model=WebhookOut,
    responses=MISSING | CONFLICT,
    summary="فعال کردن دوبارهٔ گیرنده",
)
def enable(webhook_id: Id, desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Send to a disabled receiver again; what waited meanwhile goes out."""
    return Json(_shown(receivers.enable(desk.engine, webhook_id, caller.id, now)))


@router.post(
    "/webhooks/{webhook_id}/test",
    status_code=202,
    response_model=Queued,
    responses=MISSING | CONFLICT,
    summary="فرستادن رویداد آزمایشی",
)
def test(webhook_id: Id, desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Queue an event of type `webhook.test` for this receiver alone."""
    return Json({"delivery_id": receivers.test(desk.engine, webhook_id, now)}, 202)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    response_model=DeliveryPage,
    responses=MISSING,
    summary="سرگذشت ارسال‌ها به یک گیرنده",
)
def deliveries(
    webhook_id: Id, query: Annotated[DeliveryQuery, Query()], desk: DeskDep, caller: Admin
) -> Json:
    """Return what was sent to a receiver and what it answered, attempt by attempt, the newest event first."""
    before = reading.id_of(query.cursor)
    with read(desk.engine) as conn:
        receivers.known(conn, webhook_id)
        rows = outbox.log(conn, webhook_id, limit=query.limit + 1, before=before, status=query.status)
    return page(rows, query.limit, _delivery, lambda row: [row["id"]])


@router.post(
    "/deliveries/{delivery_id}/replay",
    status_code=202,
    response_model=Queued,
    responses=MISSING | CONFLICT,
    summary="فرستادن دوبارهٔ یک رویداد",
)
def replay(delivery_id: Id, desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Send a finished delivery once more, under the same `webhook-id`, or one that waits for its next attempt at once."""
    receivers.replay(desk.engine, delivery_id, caller.id, now)
    return Json({"delivery_id": delivery_id}, 202)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    told = views.fields(row, "id", "url", "events", "disabled_reason")
    return told | views.dated(row, "created_at", "failing_since", "disabled_at", "rotated_at")


def _delivery(row: Mapping[str, Any]) -> dict[str, Any]:
    told = views.fields(row, "id", "event_id", "webhook_id", "type", "object_id", "status")
    return told | views.dated(row, "at", "next_at") | {"attempts": [_attempt(each) for each in row["tries"]]}


def _attempt(row: Mapping[str, Any]) -> dict[str, Any]:
    told = views.fields(row, "status_code", "error", "response", "milliseconds")
    why = ERROR_FA.get(row["error"])
    return told | views.dated(row, "at") | {"detail": why and f"{why}."}
