"""Alerts that were raised: each is one episode, open until it has not been seen for a while."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from service.ids import new_id
from service.storage.dialect import insert_new
from service.storage.fetching import fetch_all
from service.storage.insight_tables import alerts

#: An episode ends when it was not seen again for so long.
CALM = timedelta(days=3)
_OPEN = "open"
#: As many alerts are listed, the newest of them.
_MOST = 200


def raise_(conn: sa.Connection, now: datetime, values: Mapping[str, Any]) -> str | None:
    """Open an episode and return its id; None when it is open already, and then what is known of it is renewed."""
    fresh = {**values, "id": new_id("al", now), "episode": _OPEN, "opened_at": now, "seen_at": now}
    id_: str | None = conn.scalar(insert_new(conn, alerts).values(fresh).returning(alerts.c.id))
    if id_ is None:
        known = ["sure", "message_fa", "figures", "samples"]
        if "since" in values["figures"]:  # the words name the day, so it is renewed with them
            known.append("since")
        conn.execute(_same(values).values(seen_at=now, **{name: values[name] for name in known}))
    return id_


def close(conn: sa.Connection, id_: str, now: datetime) -> None:
    """End an open episode."""
    mine = sa.and_(alerts.c.id == id_, alerts.c.episode == _OPEN)
    conn.execute(sa.update(alerts).where(mine).values(episode=id_, closed_at=now))


def close_calm(conn: sa.Connection, now: datetime) -> int:
    """End the episodes that were not seen for `CALM`, and return how many."""
    calm = sa.and_(alerts.c.episode == _OPEN, alerts.c.seen_at <= now - CALM)
    return conn.execute(sa.update(alerts).where(calm).values(episode=alerts.c.id, closed_at=now)).rowcount


def listing(
    conn: sa.Connection, *, since: datetime, until: datetime, subjects: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Return the alerts that were open in a stretch of time, of all subjects or of some, the newest first."""
    query = sa.select(alerts).where(*_within(since, until, subjects))
    return fetch_all(conn, query.order_by(alerts.c.opened_at.desc(), alerts.c.id).limit(_MOST))


def open_of(conn: sa.Connection, kind: str) -> list[dict[str, Any]]:
    """Return the open episodes of a kind, so that what goes on is told as the same episode."""
    query = sa.select(alerts).where(alerts.c.kind == kind, alerts.c.episode == _OPEN)
    return fetch_all(conn, query)


def open_count(
    conn: sa.Connection, *, since: datetime, until: datetime, subjects: Sequence[str] | None = None
) -> int:
    """Return how many of the alerts of a stretch of time go on now."""
    query = sa.select(sa.func.count()).select_from(alerts).where(alerts.c.episode == _OPEN)
    return int(conn.execute(query.where(*_within(since, until, subjects))).scalar_one())


def _within(since: datetime, until: datetime, subjects: Sequence[str] | None) -> list[sa.ColumnElement[bool]]:
    ended = sa.func.coalesce(alerts.c.closed_at, sa.literal(until, alerts.c.closed_at.type))
    found = [alerts.c.opened_at < until, ended >= since]
    return found if subjects is None else [*found, alerts.c.subject.in_(subjects)]


def _same(values: Mapping[str, Any]) -> sa.Update:
    mine = (alerts.c.kind == values["kind"], alerts.c.subject == values["subject"], alerts.c.episode == _OPEN)
    return sa.update(alerts).where(*mine)
