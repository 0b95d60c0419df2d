"""API keys, sign-in links and sessions: only their hashes are here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from service.auth import Caller, Role, Secret, hashed, new_secret
from service.errors import Forbidden
from service.ids import new_id
from service.storage.fetching import any_found, fetch_all, fetch_one
from service.storage.schema import api_keys, sign_ins, tickets
from service.tickets import OPEN

#: `last_used_at` is for people who tidy up; once a minute is fine enough and keeps reads free of writes.
_USED_EVERY = timedelta(minutes=1)
_NEVER = datetime.fromisoformat("9999-12-31T00:00:00+00:00")
#: Roles that work on tickets.
_WORKING = ("agent", "admin")
_BY_LINK = sa.and_(sign_ins.c.kind == "session", sign_ins.c.key_id.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key at the only moment it can be shown."""

    id: str
    secret: Secret


def create(
    conn: sa.Connection,
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
    key = NewKey(id=new_id("key", now), secret=new_secret())
    conn.execute(
        sa.insert(api_keys).values(
            id=key.id,
            prefix=key.secret.prefix,
            hash=key.secret.hash,
            name=name,
            role=role,
            created_at=now,
            expires_at=expires_at,
            queues=None if queues is None else list(queues),
            scopes=None if scopes is None else list(scopes),
            requests_per_minute=requests_per_minute,
        )
    )
    return key


def listing(conn: sa.Connection) -> list[dict[str, Any]]:
    """Return every key without its hash, oldest first."""
    shown = [column for column in api_keys.c if column.name != "hash"]
    query = sa.select(*shown).order_by(api_keys.c.created_at, api_keys.c.id)
    return fetch_all(conn, query)


def people(conn: sa.Connection, now: datetime, queue: str | None = None) -> list[str]:
    """Return the names of everybody tickets are handed to: agents with an open key, and who is signed in by link.

    A key that is narrowed to parts of the API is a program's: nobody works with it. Nobody of a `queue` is who is
    kept out of it.
    """
    by_key = sa.select(api_keys.c.name).where(*_of_agents(now), api_keys.c.scopes.is_(None))
    by_link = sa.select(sign_ins.c.name).where(
        _BY_LINK, sign_ins.c.role.in_(_WORKING), sign_ins.c.expires_at > now
    )
    strangers = outside(conn, queue, now) if queue else set()
    return sorted({*conn.scalars(by_key.union(by_link))} - strangers)


def holders(conn: sa.Connection) -> set[str]:
    """Return the names of everybody who has an open ticket, also of those who left and those who never had a key."""
    held = sa.and_(tickets.c.status.in_(OPEN), tickets.c.assignee.is_not(None))
    return set(conn.scalars(sa.select(tickets.c.assignee).where(held).distinct()))


def names(conn: sa.Connection) -> dict[str, str]:
    """Return what everybody is called who may stand in the trail, by id; also those whose key is closed by now."""
    by_key = conn.execute(sa.select(api_keys.c.id, api_keys.c.name))
    by_link = conn.execute(sa.select(sign_ins.c.hash, sign_ins.c.name).where(_BY_LINK))
    return {row.id: row.name for row in by_key} | {session_id(row.hash): row.name for row in by_link}


def outside(conn: sa.Connection, queue: str, now: datetime) -> set[str]:
    """Return the names of those whose open keys, all of them, keep them out of a queue."""
    rows = conn.execute(
        sa.select(api_keys.c.name, api_keys.c.role, api_keys.c.queues).where(*_of_agents(now))
    ).all()
    inside = {row.name for row in rows if row.role == "admin" or row.queues is None or queue in row.queues}
    return {row.name for row in rows} - inside


def session_id(hash_: str) -> str:
    """Return what somebody who came by a link is called in tickets and in the audit trail."""
    return f"session:{hash_[:16]}"


def _of_agents(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Match the open keys of those who work on tickets."""
    lasts = sa.func.coalesce(api_keys.c.expires_at, sa.literal(_NEVER, api_keys.c.expires_at.type)) > now
    return api_keys.c.role.in_(_WORKING), api_keys.c.revoked_at.is_(None), lasts


def find(conn: sa.Connection, secret: str) -> dict[str, Any] | None:
    """Return the key that a secret opens, also when it is revoked or expired: the caller says which."""
    return fetch_one(conn, sa.select(api_keys).where(api_keys.c.hash == hashed(secret)))


def used(conn: sa.Connection, id_: str, now: datetime) -> None:
    """Remember when a key was used last."""
    conn.execute(sa.update(api_keys).where(api_keys.c.id == id_).values(last_used_at=now))


def is_stale(last_used_at: datetime | None, now: datetime) -> bool:
    """Tell whether `last_used_at` is old enough to be worth a write."""
    return last_used_at is None or now - last_used_at >= _USED_EVERY


def revoke(conn: sa.Connection, id_: str, now: datetime) -> bool:
    """Close a key for good; False when there is no such open key."""
    is_open = sa.and_(api_keys.c.id == id_, api_keys.c.revoked_at.is_(None))
    return conn.execute(sa.update(api_keys).where(is_open).values(revoked_at=now)).rowcount == 1


def opens(conn: sa.Connection, secret: str, now: datetime) -> bool:
    """Tell whether a link or a key would let somebody in now; who lets them in looks again."""
    key = find(conn, secret)
    if key is not None:
        return key["revoked_at"] is None and (key["expires_at"] or _NEVER) > now
    open_link = sa.and_(
        sign_ins.c.hash == hashed(secret), sign_ins.c.kind == "link", sign_ins.c.expires_at > now
    )
    return any_found(conn, sa.select(sign_ins.c.hash).where(open_link))


def create_link(
    conn: sa.Connection, role: Role, now: datetime, minutes: int = 30, name: str = "میزبان"
) -> str:
    """Return the token of a sign-in link that opens once, within `minutes`."""
    return _sign_in(conn, "link", name, role, now, now + timedelta(minutes=minutes))


def redeem_link(conn: sa.Connection, token: str, now: datetime, hours: int = 12) -> str | None:
    """Trade a link for a session and return the session's token; None when the link is used up or unknown."""
    mine = sa.and_(sign_ins.c.hash == hashed(token), sign_ins.c.kind == "link")
    gone = sa.delete(sign_ins).where(mine).returning(sign_ins.c.name, sign_ins.c.role, sign_ins.c.expires_at)
    row = conn.execute(gone).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    return _sign_in(conn, "session", row.name, row.role, now, now + timedelta(hours=hours))


def sign_in_with_key(conn: sa.Connection, secret: str, now: datetime, hours: int = 12) -> str | None:
    """Trade an API key for a session that ends with the key; None when the key opens nothing (any more).

    `Forbidden` for a key that is narrowed to parts of the API: the pages are none of them.
    """
    key = find(conn, secret)
    if key is None or key["revoked_at"] is not None:
        return None
    until = min(now + timedelta(hours=hours), key["expires_at"] or _NEVER)
    if until <= now:
        return None
    if key["scopes"] is not None:
        raise Forbidden("narrowed_key", "این کلید تنها برای بخش‌هایی از API است و با آن نمی‌شود وارد شد.")
    used(conn, key["id"], now)
    return _sign_in(conn, "session", key["name"], key["role"], now, until, key["id"])


def find_session(conn: sa.Connection, token: str, now: datetime) -> Caller | None:
    """Return who a session belongs to while it lasts."""
    mine = sa.and_(
        sign_ins.c.hash == hashed(token), sign_ins.c.kind == "session", sign_ins.c.expires_at > now
    )
    of_session = (sign_ins.c.hash, sign_ins.c.name, sign_ins.c.role, sign_ins.c.key_id)
    limits = ("revoked_at", "queues", "scopes", "requests_per_minute", "expires_at")
    of_key = tuple(api_keys.c[name] for name in limits)
    behind = sign_ins.outerjoin(api_keys, api_keys.c.id == sign_ins.c.key_id)
    row = fetch_one(conn, sa.select(*of_session, *of_key).select_from(behind).where(mine))
    if row is None or row["revoked_at"] is not None:
        return None
    # who comes with a key is the same person next time; a link is for one visit
    return caller(row, row["key_id"] or session_id(row["hash"]), "session")


def caller(row: Mapping[str, Any], id_: str, kind: Literal["key", "session"]) -> Caller:
    """Return whoever comes by a key, or by a session, with what narrows the key."""
    same = ("name", "role", "requests_per_minute", "expires_at")
    told: dict[str, Any] = {name: row[name] for name in same}
    told |= {name: None if row[name] is None else tuple(row[name]) for name in ("queues", "scopes")}
    return Caller(id=id_, kind=kind, **told)


def end_session(conn: sa.Connection, token: str, now: datetime) -> None:
    """Sign out."""
    mine = sa.and_(sign_ins.c.hash == hashed(token), sign_ins.c.expires_at > now)
    conn.execute(sa.update(sign_ins).where(mine).values(expires_at=now))


def forget_sign_ins(conn: sa.Connection, now: datetime) -> None:
    """Drop links and sessions that have ended.

    Those that a link opened stay: what was done in them stands in the trail, and their names stand nowhere else.
    """
    ended = sa.and_(sign_ins.c.expires_at <= now, sa.not_(_BY_LINK))
    conn.execute(sa.delete(sign_ins).where(ended))


def _sign_in(
    conn: sa.Connection,
    kind: str,
    name: str,
    role: str,
    now: datetime,
    until: datetime,
    key_id: str | None = None,
) -> str:
    secret = new_secret("bzs_" if kind == "session" else "bzl_")
    conn.execute(
        sa.insert(sign_ins).values(
            hash=secret.hash, kind=kind, name=name, role=role, created_at=now, expires_at=until, key_id=key_id
        )
    )
    return secret.shown
