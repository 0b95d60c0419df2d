"""Keys: made, listed and revoked by admins, and links taken back."""

from datetime import datetime
from typing import Literal

from starlette.responses import Response

from service import keyring, views
from service.api import reading
from service.api.bodies import KeyIn
from service.api.described import MISSING, Out
from service.api.reading import Id
from service.api.strict import part
from service.api.writing import Json
from service.auth import Role, Scope
from service.deps import Admin, DeskDep, Now
from service.storage import keys, links, read

router = part("keys", "/keys")


class KeyOut(Out):
    """An API key without its secret."""

    id: str
    name: str
    role: Role
    prefix: str
    queues: list[str] | None
    scopes: list[Scope] | None
    requests_per_minute: int | None
    created_at: datetime
    created_at_jalali: str
    expires_at: datetime | None
    expires_at_jalali: str | None
    revoked_at: datetime | None
    revoked_at_jalali: str | None
    last_used_at: datetime | None
    last_used_at_jalali: str | None


class NewKeyOut(KeyOut):
    """A fresh API key; `key` is shown this once."""

    key: str


class Keys(Out):
    """Every API key."""

    items: list[KeyOut]


class LinkOut(Out):
    """What lets somebody in without a key: a link to sign in, a session that one opened, or a link to a digest."""

    id: str
    kind: Literal["link", "session", "digest"]
    name: str | None
    role: Role | None
    department: str | None
    week: str | None
    created_at: datetime
    created_at_jalali: str
    expires_at: datetime
    expires_at_jalali: str


class Links(Out):
    """All that is open, the newest first."""

    items: list[LinkOut]


@router.get("", response_model=Keys, summary="کلیدهای API")
def listing(desk: DeskDep, caller: Admin) -> Json:
    """Return every key, also the closed ones; secrets are not stored and cannot be shown."""
    with read(desk.engine) as conn:
        rows = keys.listing(conn)
    return Json({"items": [views.key(row) for row in rows]})


@router.post("", status_code=201, response_model=NewKeyOut, summary="ساختن کلید API")
def create(body: KeyIn, desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Make a key. `key` is in this answer and nowhere else."""
    reading.key(body, desk.line.rules.queues, now)
    made = keyring.make(desk.engine, caller.id, now, keyring.granted(caller, body.model_dump()))
    with read(desk.engine) as conn:
        stored = keys.find(conn, made.secret.shown)
    return Json(views.key(stored or {}) | {"key": made.secret.shown}, 201)


@router.delete("/{key_id}", status_code=204, responses=MISSING, summary="باطل کردن کلید API")
def revoke(key_id: Id, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Close a key for good, from the next request on."""
    keyring.close(desk.engine, key_id, caller.id, now)
    desk.known_keys.forget()
    return Response(status_code=204)


@router.get("/links", response_model=Links, summary="نشست‌ها و پیوندهای باز")
def open_links(desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Return who is let in without a key: links to sign in, sessions that one opened, and links to a digest."""
    with read(desk.engine) as conn:
        rows = links.listing(conn, now)
    return Json({"items": [views.link(row) for row in rows]})


@router.delete(
    "/links/{link_id}", status_code=204, responses=MISSING, summary="پایان دادن به یک نشست یا پیوند"
)
def end_link(link_id: Id, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Take a link back, or sign out who came by one, from the next request on."""
    keyring.end_link(desk.engine, link_id, caller.id, now)
    return Response(status_code=204)
