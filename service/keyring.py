"""API keys are made and closed here, with a line in the trail, by every door."""

from collections.abc import Sequence
from datetime import datetime

from service.auth import Role
from service.errors import NotFound
from service.storage import Engine, audit, begin, keys
from service.storage.keys import NewKey


def make(
    engine: Engine,
    actor: str,
    now: datetime,
    name: str,
    role: Role,
    expires_at: datetime | None = None,
    *,
    queues: Sequence[str] | None = None,
    scopes: Sequence[str] | None = None,
    requests_per_minute: int | None = None,
) -> NewKey:
    """Make a key; its secret is in the result and nowhere else."""
    narrowed = {"queues": queues, "scopes": scopes}
    with begin(engine) as conn:
        made = keys.create(
            conn, now, name, role, expires_at, requests_per_minute=requests_per_minute, **narrowed
        )
        told = {"name": name, "role": role, **narrowed}
        audit.record(conn, now, actor, "key.created", made.id, after=told)
    return made


def close(engine: Engine, id_: str, actor: str, now: datetime) -> None:
    """Close a key for good; whoever is signed in with it is signed out."""
    with begin(engine) as conn:
        if not keys.revoke(conn, id_, now):
            raise NotFound("key_not_found", "کلید بازی با این شناسه نیست.")
        audit.record(conn, now, actor, "key.revoked", id_)
