"""API keys are made and closed here, and links ended, with a line in the trail, by every door."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.auth import Caller
from service.errors import Forbidden, NotFound
from service.storage import Engine, audit, begin, keys, links
from service.storage.keys import NewKey


def granted(caller: Caller, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the key that a caller may make of what is asked for: none that reaches farther or lasts longer than theirs.

    `Forbidden` when it asks for a part that the caller's own key does not reach.
    """
    mine = caller.scopes
    if mine is not None and (body["scopes"] is None or not set(body["scopes"]) <= set(mine)):
        detail = "کلیدی که دامنه‌اش محدود است نمی‌تواند کلیدی با دامنهٔ بازتر بسازد؛ scopes را از میان دامنه‌های همین کلید بدهید."
        raise Forbidden("out_of_scope", detail, more={"scopes": list(mine)})
    limits = {
        name: [each for each in (body[name], getattr(caller, name)) if each is not None]
        for name in ("requests_per_minute", "expires_at")
    }
    return {**body, **{name: min(known, default=None) for name, known in limits.items()}}


def make(engine: Engine, actor: str, now: datetime, body: Mapping[str, Any]) -> NewKey:
    """Make the key that is asked for; its secret is in the result and nowhere else."""
    told = {name: body[name] for name in ("name", "role", "queues", "scopes")}
    with begin(engine) as conn:
        made = keys.create(conn, now, **body)
        audit.record(conn, now, actor, "key.created", made.id, after=told)
    return made


def close(engine: Engine, id_: str, actor: str, now: datetime) -> None:
    """Close a key for good; whoever is signed in with it is signed out."""
    with begin(engine) as conn:
        if not keys.revoke(conn, id_, now):
            raise NotFound("key_not_found", "کلید بازی با این شناسه نیست.")
        audit.record(conn, now, actor, "key.revoked", id_)


def end_link(engine: Engine, id_: str, actor: str, now: datetime) -> None:
    """Take a link back, or sign out who came by one; `NotFound` when nothing of this name is open."""
    with begin(engine) as conn:
        ended = links.end(conn, id_, now)
        if ended is None:
            raise NotFound("link_not_found", "پیوند یا نشست بازی با این شناسه نیست.")
        told = {name: ended[name] for name in ("kind", "name", "title")}
        audit.record(conn, now, actor, "link.ended", id_, before=told)
