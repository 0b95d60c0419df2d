"""Where events go."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.ids import new_id
from service.outbox import SILENCE
from service.storage.fetching import fetch_all, for_change
from service.storage.schema import webhooks

_HOUR = timedelta(hours=1)
#: Of a receiver that does not fail.
_SOUND = {"failing_since": None, "failed_at": None}


def create(conn: sa.Connection, now: datetime, url: str, events: Sequence[str], secret: str) -> str:
    """Register a receiver and return its id; no events named means all of them."""
    id_ = new_id("wh", now)
    conn.execute(
        sa.insert(webhooks).values(id=id_, url=url, events=list(events), secrets=[secret], created_at=now)
    )
    return id_


def listing(conn: sa.Connection) -> list[dict[str, Any]]:
    """Return every receiver without its secrets, oldest first."""
    shown = [column for column in webhooks.c if column.name != "secrets"]
    query = sa.select(*shown).order_by(webhooks.c.created_at, webhooks.c.id)
    return fetch_all(conn, query)


def get(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a receiver without its secrets."""
    return next((row for row in listing(conn) if row["id"] == id_), None)


def failing_since(conn: sa.Connection, id_: str, now: datetime) -> datetime | None:
    """Return when a receiver began to fail without a success or a `SILENCE` since then; None when it does not, or is gone."""
    fails = sa.and_(webhooks.c.id == id_, webhooks.c.failed_at > now - SILENCE)
    return conn.scalar(sa.select(webhooks.c.failing_since).where(fails))


def failed(conn: sa.Connection, id_: str, now: datetime) -> None:
    """Remember that a receiver failed, and since when it does; what was before a `SILENCE` is forgotten."""
    since = sa.case((webhooks.c.failed_at > now - SILENCE, webhooks.c.failing_since), else_=now)
    # to the hour: a receiver that is down would else be written at each of its attempts
    is_news = sa.or_(webhooks.c.failed_at.is_(None), webhooks.c.failed_at <= now - _HOUR)
    mine = sa.update(webhooks).where(webhooks.c.id == id_, is_news)
    conn.execute(mine.values(failing_since=since, failed_at=now))


def accepted(conn: sa.Connection, id_: str) -> None:
    """Remember that a receiver took an event: it does not fail."""
    fails = sa.and_(webhooks.c.id == id_, webhooks.c.failing_since.is_not(None))
    conn.execute(sa.update(webhooks).where(fails).values(_SOUND))


def change(conn: sa.Connection, id_: str, *, url: str | None, events: Sequence[str] | None) -> None:
    """Point a receiver somewhere else or let it hear other events; None leaves a value.

    At another address it has not failed yet.
    """
    mine = webhooks.c.id == id_
    if events is not None:
        conn.execute(sa.update(webhooks).where(mine).values(events=list(events)))
    if url is not None:
        conn.execute(sa.update(webhooks).where(mine, webhooks.c.url != url).values(url=url, **_SOUND))


def rotate(conn: sa.Connection, id_: str, now: datetime, secret: str) -> bool:
    """Sign with a new secret and, until `finish_rotations`, with the one before as well."""
    old = conn.scalar(for_change(sa.select(webhooks.c.secrets).where(webhooks.c.id == id_)))
    if old is None:
        return False
    values = {"secrets": [secret, *old][:2], "rotated_at": now}
    return conn.execute(sa.update(webhooks).where(webhooks.c.id == id_).values(values)).rowcount == 1


def finish_rotations(conn: sa.Connection, before: datetime) -> None:
    """Forget the secrets that were replaced before a moment."""
    replaced = sa.select(webhooks.c.id, webhooks.c.secrets).where(webhooks.c.rotated_at < before)
    # locked: a secret that is made meanwhile, and shown to its owner, would be forgotten with the old one
    for row in conn.execute(for_change(replaced)).all():
        mine = sa.update(webhooks).where(webhooks.c.id == row.id)
        conn.execute(mine.values(secrets=row.secrets[:1], rotated_at=None))


def enable(conn: sa.Connection, id_: str) -> bool:
    """Send to a receiver again, with a clean slate; what waited meanwhile goes out. False when it was not disabled."""
    closed = sa.and_(webhooks.c.id == id_, webhooks.c.disabled_at.is_not(None))
    fresh = {"disabled_at": None, "disabled_reason": None, **_SOUND}
    return conn.execute(sa.update(webhooks).where(closed).values(fresh)).rowcount == 1


def delete(conn: sa.Connection, id_: str) -> bool:
    """Forget a receiver with its deliveries; False when it is unknown."""
    return conn.execute(sa.delete(webhooks).where(webhooks.c.id == id_)).rowcount == 1


def disable(conn: sa.Connection, id_: str, now: datetime, reason: str) -> bool:
    """Stop sending to a receiver, for a reason people can read; False when it was not active."""
    active = sa.and_(webhooks.c.id == id_, webhooks.c.disabled_at.is_(None))
    statement = sa.update(webhooks).where(active).values(disabled_at=now, disabled_reason=reason)
    return conn.execute(statement).rowcount == 1
