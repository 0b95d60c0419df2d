"""Settings: who may call us (keys), and whom we call (webhooks, with the log of every delivery)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, get_args

from fastapi import Form, Query
from starlette.responses import Response

from service import targets
from service.api import reading
from service.api.bodies import KeyIn
from service.auth import Scope, signing_secret
from service.deps import Admin, Desk, DeskDep, Now
from service.errors import Conflict, NotFound
from service.events import EVENTS
from service.storage import audit, begin, keys, outbox, read, webhooks
from service.web.failures import pages
from service.web.page import VisitDep

router = pages()
_Word = Annotated[str, Form(max_length=200)]
_Many = Annotated[list[str] | None, Form()]
_LOG = 30
TEST_EVENT = "webhook.test"


@router.get("/settings/keys")
def all_keys(visit: VisitDep, desk: DeskDep, caller: Admin) -> Response:
    """Show every key, also the closed ones; secrets cannot be shown again."""
    return _keys(visit, desk)


@router.post("/settings/keys")
def new_key(
    visit: VisitDep,
    desk: DeskDep,
    now: Now,
    caller: Admin,
    name: _Word = "",
    role: _Word = "agent",
    days: Annotated[int | None, Form(ge=1, le=3650)] = None,
    queues: _Many = None,
    scopes: _Many = None,
    requests_per_minute: Annotated[int | None, Form()] = None,
) -> Response:
    """Make a key and show it this once."""
    asked = {
        "name": name.strip(),
        "role": role,
        "expires_at": None if days is None else (now + timedelta(days=days)).isoformat(),
        "queues": queues,
        "scopes": scopes,
        "requests_per_minute": requests_per_minute,
    }
    body = reading.key(reading.checked(KeyIn, asked), desk.rules.queues, now)
    with begin(desk.engine) as conn:
        made = keys.create(conn, now, **body.model_dump())
        told = body.model_dump(include={"name", "role", "queues", "scopes"})
        audit.record(conn, now, caller.id, "key.created", made.id, after=told)
    return _keys(visit, desk, secret=made.secret.shown)


@router.post("/settings/keys/{key_id}/revoke")
def revoke(key_id: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Close a key for good; whoever is signed in with it is signed out."""
    with begin(desk.engine) as conn:
        if not keys.revoke(conn, key_id, now):
            raise NotFound("key_not_found", "کلید بازی با این شناسه نیست.")
        audit.record(conn, now, caller.id, "key.revoked", key_id)
    desk.known_keys.forget()
    return visit.back("/settings/keys", done="revoked")


@router.get("/settings/webhooks")
def receivers(visit: VisitDep, desk: DeskDep, caller: Admin) -> Response:
    """Show where events go."""
    return _webhooks(visit, desk)


@router.post("/settings/webhooks")
def new_receiver(
    visit: VisitDep,
    desk: DeskDep,
    now: Now,
    caller: Admin,
    url: Annotated[str, Form(max_length=2_000)] = "",
    events: _Many = None,
) -> Response:
    """Register a receiver and show its secret this once."""
    why = targets.refusal(url, allow_private=desk.settings.allow_private_targets)
    if why is not None:
        return _webhooks(visit, desk, wrong=why, url=url)
    wanted, secret = [event for event in events or [] if event in EVENTS], signing_secret()
    with begin(desk.engine) as conn:
        id_ = webhooks.create(conn, now, url, wanted, secret)
        audit.record(conn, now, caller.id, "webhook.created", id_, after={"events": wanted})
    return _webhooks(visit, desk, secret=secret)


@router.get("/settings/webhooks/{webhook_id}")
def receiver(
    webhook_id: str,
    visit: VisitDep,
    desk: DeskDep,
    caller: Admin,
    status: Annotated[str, Query(max_length=20)] = "",
    before: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show a receiver and what became of every delivery, attempt by attempt."""
    return _receiver(visit, desk, webhook_id, status=status, before=before)


@router.post("/settings/webhooks/{webhook_id}/{step}")
def change(webhook_id: str, step: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Test, enable, rotate or delete a receiver."""
    if step == "rotate":
        return _rotated(visit, desk, webhook_id)
    with begin(desk.engine) as conn:
        row = _known(webhooks.get(conn, webhook_id))
        if step == "test":
            _active(row)
            told = {"message": "این یک رویداد آزمایشی از بازخورد است.", "webhook_id": webhook_id}
            outbox.emit_to(conn, now, webhook_id, TEST_EVENT, told)
            return visit.back(f"/settings/webhooks/{webhook_id}", done="tested")
        if step == "enable" and webhooks.enable(conn, webhook_id):
            audit.record(conn, now, caller.id, "webhook.enabled", webhook_id)
            return visit.back(f"/settings/webhooks/{webhook_id}", done="saved")
        if step == "delete" and webhooks.delete(conn, webhook_id):
            audit.record(conn, now, caller.id, "webhook.deleted", webhook_id)
            return visit.back("/settings/webhooks", done="deleted")
    raise Conflict("no_such_step", "این کار برای این گیرنده شدنی نیست.")


@router.post("/settings/deliveries/{delivery_id}/replay")
def replay(delivery_id: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Send a finished delivery once more, under the same id."""
    with begin(desk.engine) as conn:
        row = outbox.get(conn, delivery_id)
        if row is None:
            raise NotFound("delivery_not_found", "ارسالی با این شناسه نیست.")
        _active(_known(webhooks.get(conn, row["webhook_id"])))
        if not outbox.replay(conn, delivery_id, now):
            raise Conflict("delivery_pending", "این ارسال هنوز به پایان نرسیده است.")
        audit.record(conn, now, caller.id, "delivery.replayed", delivery_id)
    return visit.back(f"/settings/webhooks/{row['webhook_id']}", done="replayed")


def _rotated(visit: VisitDep, desk: Desk, webhook_id: str) -> Response:
    secret = signing_secret()
    with begin(desk.engine) as conn:
        if not webhooks.rotate(conn, webhook_id, visit.now, secret):
            raise NotFound("webhook_not_found", "گیرنده‌ای با این شناسه نیست.")
        audit.record(conn, visit.now, visit.caller.id, "webhook.rotated", webhook_id)
    return _receiver(visit, desk, webhook_id, secret=secret)


def _keys(visit: VisitDep, desk: Desk, secret: str = "") -> Response:
    with read(desk.engine) as conn:
        rows = keys.listing(conn)
    return visit.page("settings_keys.html", keys=rows, secret=secret, scopes=get_args(Scope))


def _webhooks(visit: VisitDep, desk: Desk, **told: Any) -> Response:
    with read(desk.engine) as conn:
        rows, failures = webhooks.listing(conn), outbox.last_failures(conn)
    around: dict[str, Any] = {"secret": "", "wrong": "", "url": ""}
    return visit.page(
        "settings_webhooks.html", webhooks=rows, failures=failures, events=EVENTS, **around | told
    )


def _receiver(
    visit: VisitDep, desk: Desk, webhook_id: str, *, status: str = "", before: str = "", secret: str = ""
) -> Response:
    with read(desk.engine) as conn:
        row = _known(webhooks.get(conn, webhook_id))
        log = outbox.log(conn, webhook_id, limit=_LOG + 1, before=before or None, status=status or None)
    more = log[_LOG - 1]["id"] if len(log) > _LOG else ""
    return visit.page(
        "settings_webhook.html", row=row, log=log[:_LOG], more=more, state=status, secret=secret
    )


def _known(row: dict[str, Any] | None) -> Mapping[str, Any]:
    if row is None:
        raise NotFound("webhook_not_found", "گیرنده‌ای با این شناسه نیست.")
    return row


def _active(row: Mapping[str, Any]) -> None:
    if row["disabled_at"] is not None:
        raise Conflict("webhook_disabled", f"این گیرنده غیرفعال است: {row['disabled_reason']}")
