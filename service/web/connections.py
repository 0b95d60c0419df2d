"""Settings: who may call us (keys), and whom we call (webhooks, with the log of every delivery)."""

from datetime import datetime, timedelta
from typing import Annotated, Any, get_args

from fastapi import Form, Query
from starlette.responses import Response

from service import keyring
from service.api import reading
from service.api.bodies import KeyIn
from service.auth import Scope
from service.deps import Admin, Desk, DeskDep, Now
from service.errors import Invalid, NotFound
from service.storage import keys, links, outbox, read, webhooks
from service.web.failures import pages
from service.web.page import FilledWord, VisitDep
from service.webhooks import receivers
from service.webhooks.events import EVENTS

router = pages()
_Many = Annotated[list[str] | None, Form()]
_LOG = 30
#: Fields of a new key that are written by hand; the others are chosen.
_WRITTEN = ("name", "requests_per_minute")
_EMPTY = {
    "name": "",
    "role": "agent",
    "days": "",
    "queues": None,
    "scopes": None,
    "requests_per_minute": None,
}


@router.get("/settings/keys")
def all_keys(visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Show every key, also the closed ones, and what else lets people in; secrets cannot be shown again."""
    return _keys(visit, desk, now)


@router.post("/settings/keys")
def new_key(
    visit: VisitDep,
    desk: DeskDep,
    now: Now,
    caller: Admin,
    name: FilledWord = "",
    role: FilledWord = "agent",
    days: Annotated[int | None, Form(ge=1, le=3650)] = None,
    queues: _Many = None,
    scopes: _Many = None,
    requests_per_minute: Annotated[int | None, Form()] = None,
) -> Response:
    """Make a key and show it this once."""
    filled = {
        "name": name.strip(),
        "role": role,
        "queues": queues,
        "scopes": scopes,
        "requests_per_minute": requests_per_minute,
    }
    end = {"expires_at": None if days is None else (now + timedelta(days=days)).isoformat()}
    try:
        body = reading.key(reading.checked(KeyIn, filled | end), desk.rules.queues, now)
    except Invalid as error:
        wrong = error.errors[0]
        if wrong.path not in _WRITTEN:
            raise
        told = {**_EMPTY, **filled, "days": str(days or "")}
        return _keys(visit, desk, now, status=422, wrong=wrong, filled=told)
    made = keyring.make(desk.engine, caller.id, now, keyring.granted(caller, body.model_dump()))
    return _keys(visit, desk, now, secret=made.secret.shown)


@router.post("/settings/keys/{key_id}/revoke")
def revoke(key_id: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Close a key for good; whoever is signed in with it is signed out."""
    keyring.close(desk.engine, key_id, caller.id, now)
    desk.known_keys.forget()
    return visit.back("/settings/keys", done="revoked")


@router.post("/settings/links/{link_id}/end")
def end_link(link_id: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Take a link back, or sign out who came by one."""
    keyring.end_link(desk.engine, link_id, caller.id, now)
    return visit.back("/settings/keys", done="ended")


@router.get("/settings/webhooks")
def all_receivers(visit: VisitDep, desk: DeskDep, caller: Admin) -> Response:
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
    private = desk.settings.allow_private_targets
    try:
        made = receivers.register(desk.engine, url, events or [], caller.id, now, allow_private=private)
    except Invalid as error:
        return _webhooks(visit, desk, wrong=error.detail, url=url, chosen=events or ())
    return _webhooks(visit, desk, secret=made.secret)


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
    here = f"/settings/webhooks/{webhook_id}"
    match step:
        case "rotate":
            made = receivers.rotate(desk.engine, webhook_id, caller.id, now)
            return _receiver(visit, desk, webhook_id, secret=made.secret)
        case "test":
            receivers.test(desk.engine, webhook_id, now)
            return visit.back(here, done="tested")
        case "enable":
            receivers.enable(desk.engine, webhook_id, caller.id, now)
            return visit.back(here, done="saved")
        case "delete":
            receivers.delete(desk.engine, webhook_id, caller.id, now)
            return visit.back("/settings/webhooks", done="deleted")
    raise NotFound("no_such_step", "این کار برای این گیرنده شدنی نیست.")


@router.post("/settings/deliveries/{delivery_id}/replay")
def replay(delivery_id: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Send a finished delivery once more, under the same id."""
    webhook_id = receivers.replay(desk.engine, delivery_id, caller.id, now)
    return visit.back(f"/settings/webhooks/{webhook_id}", done="replayed")


def _keys(visit: VisitDep, desk: Desk, now: datetime, **told: Any) -> Response:
    with read(desk.engine) as conn:
        rows, others = keys.listing(conn), links.listing(conn, now)
    around: dict[str, Any] = {"secret": "", "wrong": None, "filled": _EMPTY}
    return visit.page("settings_keys.html", keys=rows, links=others, scopes=get_args(Scope), **around | told)


def _webhooks(visit: VisitDep, desk: Desk, **told: Any) -> Response:
    with read(desk.engine) as conn:
        rows, failures = webhooks.listing(conn), outbox.last_failures(conn)
    around: dict[str, Any] = {"secret": "", "wrong": "", "url": "", "chosen": ()}
    return visit.page(
        "settings_webhooks.html", webhooks=rows, failures=failures, events=EVENTS, **around | told
    )


def _receiver(
    visit: VisitDep, desk: Desk, webhook_id: str, *, status: str = "", before: str = "", secret: str = ""
) -> Response:
    with read(desk.engine) as conn:
        row = receivers.known(conn, webhook_id)
        log = outbox.log(conn, webhook_id, limit=_LOG + 1, before=before or None, status=status or None)
    more = log[_LOG - 1]["id"] if len(log) > _LOG else ""
    return visit.page(
        "settings_webhook.html", row=row, log=log[:_LOG], more=more, state=status, secret=secret
    )
