"""What lets people in without a key, and can be taken back: links to sign in, sessions they opened, links to a digest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.auth import hashed
from service.storage import keys
from service.storage.fetching import fetch_all
from service.storage.insight_tables import digest_links, digests
from service.storage.schema import sign_ins

#: So much of a hash names its link; nobody can guess a token by it.
_SHOWN = 16


def id_of(token: str) -> str:
    """Return what the link of a token is called where it is listed and ended, and in the trail."""
    return hashed(token)[:_SHOWN]


def listing(conn: sa.Connection, now: datetime) -> list[dict[str, Any]]:
    """Return what is open, the newest first: its kind, who came by it or made it, since when and until when."""
    names = keys.names(conn)
    signed_in = fetch_all(
        conn, sa.select(sign_ins).where(sign_ins.c.key_id.is_(None), sign_ins.c.expires_at > now)
    )
    shared = fetch_all(
        conn,
        sa.select(digest_links, digests.c.department, digests.c.week, digests.c.body)
        .join(digests, digests.c.id == digest_links.c.digest_id)
        .where(digest_links.c.expires_at > now),
    )
    nothing = {"department": None, "week": None, "title": None}
    rows = [nothing | row for row in signed_in]
    rows += [
        row
        | {"kind": "digest", "name": names.get(row["created_by"]), "role": None}
        | {"title": title(row["body"])}
        for row in shared
    ]
    named = [{"id": row["hash"][:_SHOWN], **row} for row in rows]
    return sorted(named, key=lambda row: row["created_at"], reverse=True)


def title(body: Mapping[str, Any]) -> str:
    """Return what a link to a digest is to: whose it is, and of which week."""
    return f"{body['department_fa']}، {body['week_fa']}"


def end(conn: sa.Connection, id_: str, now: datetime) -> dict[str, Any] | None:
    """Let one end now and return it; None when nothing of this name is open."""
    found = next((row for row in listing(conn, now) if row["id"] == id_), None)
    if found is not None:
        table = digest_links if found["kind"] == "digest" else sign_ins
        conn.execute(sa.update(table).where(table.c.hash == found["hash"]).values(expires_at=now))
    return found
