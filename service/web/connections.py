"""Settings: who may call us (keys), and whom we call (webhooks, with the log of every delivery)."""

from datetime import timedelta
from typing import Annotated, Any, get_args

from fastapi import Form, Query
from starlette.responses import Response

from service import keyring
from service.api import reading
from service.api.bodies import KeyIn
from service.auth import Scope
from service.deps import Admin
from service.errors import Conflict, Invalid, NotFound
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
def all_keys(visit: VisitDep, caller: Admin) -> Response:
    """Show every key, also the closed ones, and what else lets people in; secrets cannot be shown again."""
    return _keys(visit)


@router.post("/settings/keys")
def new_key(
    visit: VisitDep,
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
    end = {"expires_at": None if days is None else (visit.now + timedelta(days=days)).isoformat()}
    try:
        body = reading.key(reading.checked(KeyIn, filled | end), visit.desk.line.rules.queues, visit.now)
    except Invalid as error:
        wrong = error.errors[0]
        if wrong.path not in _WRITTEN:
            raise
        told = {**_EMPTY, **filled, "days": str(days or "")}
        return _keys(visit, status=422, wrong=wrong, filled=told)
    made = keyring.make(visit.desk.engine, caller.id, visit.now, keyring.granted(caller, body.model_dump()))
    return _keys(visit, secret=made.secret.shown)


@router.post("/settings/keys/{key_id}/revoke")
def revoke(key_id: str, visit: VisitDep, caller: Admin) -> Response:
    """Close a key for good; whoever is signed in with it is signed out."""
    keyring.close(visit.desk.engine, key_id, caller.id, visit.now)
    visit.desk.known_keys.forget()
    return visit.back("/settings/keys", done="revoked")


@router.post("/settings/links/{link_id}/end")
def end_link(link_id: str, visit: VisitDep, caller: Admin) -> Response:
    """Take a link back, or sign out who came by one."""
    keyring.end_link(visit.desk.engine, link_id, caller.id, visit.now)
    return visit.back("/settings/keys", done="ended")


@router.get("/settings/webhooks")
def all_receivers(visit: VisitDep, caller: Admin) -> Response:
    """Show where events go."""
    return _webhooks(visit)


@router.post("/settings/webhooks")
def new_receiver(
    visit: VisitDep, caller: Admin, url: Annotated[str, Form(max_length=2_000)] = "", events: _Many = None
) -> Response:
    """Register a receiver and show its secret this once."""
    private = visit.desk.settings.allow_private_targets
    try:
        made = receivers.register(
            visit.desk.engine, url, events or [], caller.id, visit.now, allow_private=private
        )
    except (Conflict, Invalid) as error:
        return _webhooks(visit, wrong=error.detail, url=url, chosen=events or ())
    return _webhooks(visit, secret=made.secret)


@router.get("/settings/webhooks/{webhook_id}")
def receiver(
    webhook_id: str,
    visit: VisitDep,
    caller: Admin,
    status: Annotated[str, Query(max_length=20)] = "",
    before: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Show a receiver and what became of every delivery, attempt by attempt."""
    return _receiver(visit, webhook_id, status=status, before=before)


@router.post("/settings/webhooks/{webhook_id}/{step}")
def change(webhook_id: str, step: str, visit: VisitDep, caller: Admin) -> Response:
    """Test, enable, rotate or delete a receiver."""
    here = f"/settings/webhooks/{webhook_id}"
    match step:
        case "rotate":
            made = receivers.rotate(visit.desk.engine, webhook_id, caller.id, visit.now)
            return _receiver(visit, webhook_id, secret=made.secret)
        case "test":
            receivers.test(visit.desk.engine, webhook_id, visit.now)
            return visit.back(here, done="tested")
        case "enable":
            receivers.enable(visit.desk.engine, webhook_id, caller.id, visit.now)
            return visit.back(here, done="saved")
        case "delete":
            receivers.delete(visit.desk.engine, webhook_id, caller.id, visit.now)
            return visit.back("/settings/webhooks", done="deleted")
    raise NotFound("no_such_step", "این کار برای این گیرنده شدنی نیست.")


@router.post("/settings/deliveries/{delivery_id}/replay")
def replay(delivery_id: str, visit: VisitDep, caller: Admin) -> Response:
    """Send a finished delivery once more, under the same id."""
    webhook_id = receivers.replay(visit.desk.engine, delivery_id, caller.id, visit.now)
    return visit.back(f"/settings/webhooks/{webhook_id}", done="replayed")


def _keys(visit: VisitDep, **told: Any) -> Response:
    with read(visit.desk.engine) as conn:
        rows, others = keys.listing(conn), links.listing(conn, visit.now)
    around: dict[str, Any] = {"secret": "", "wrong": None, "filled": _EMPTY}
    return visit.page("settings_keys.html", keys=rows, links=others, scopes=get_args(Scope), **around | told)


def _webhooks(visit: VisitDep, **told: Any) -> Response:
    with read(visit.desk.engine) as conn:
        rows, failures = webhooks.listing(conn), outbox.last_failures(conn)
    around: dict[str, Any] = {"secret": "", "wrong": "", "url": "", "chosen": ()}
    return visit.page(
        "settings_webhooks.html", webhooks=rows, failures=failures, events=EVENTS, **around | told
    )


def _receiver(
    visit: VisitDep, webhook_id: str, *, status: str = "", before: str = "", secret: str = ""
) -> Response:
    with read(visit.desk.engine) as conn:
        row = receivers.known(conn, webhook_id)
        log = outbox.log(conn, webhook_id, limit=_LOG + 1, before=before or None, status=status or None)
    more = log[_LOG - 1]["id"] if len(log) > _LOG else ""
    return visit.page(
        "settings_webhook.html", row=row, log=log[:_LOG], more=more, state=status, secret=secret
    )
