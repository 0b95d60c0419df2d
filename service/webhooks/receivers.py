"""Where events go: receivers are registered, changed, tried and closed here, with a line in the trail, by every door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from service.auth import signing_secret
from service.errors import Conflict, NotFound, wrong_field
from service.storage import Connection, Engine, audit, begin, outbox, webhooks
from service.storage.dialect import advisory_lock
from service.webhooks import targets
from service.webhooks.events import EVENTS, TEST_EVENT

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A receiver at the only moment its secret can be shown."""

    row: Row
    secret: str


def register(
    engine: Engine, url: str, events: Sequence[str], actor: str, now: datetime, *, allow_private: bool
) -> Signed:
    """Register a receiver of these events, none named: of all; `Invalid` when nothing may be sent there.

    `Conflict` when some of them are sent there already.
    """
    _check(url, events, allow_private=allow_private)
    secret = signing_secret()
    with begin(engine) as conn:
        _check_heard_once(conn, url, events)
        id_ = webhooks.create(conn, now, url, events, secret)
        made = known(conn, id_)
        audit.record(conn, now, actor, "webhook.created", id_, after=_as_json(made))
        return Signed(row=made, secret=secret)


def change(
    engine: Engine,
    id_: str,
    url: str | None,
    events: Sequence[str] | None,
    actor: str,
    now: datetime,
    *,
    allow_private: bool,
) -> Row:
    """Point a receiver somewhere else, or let it hear other events; None stays as it is. Errors as in `register`."""
    _check(url, events or (), allow_private=allow_private)
    with begin(engine) as conn:
        before = known(conn, id_)
        heard = before["events"] if events is None else events
        _check_heard_once(conn, url or before["url"], heard, besides=id_)
        webhooks.change(conn, id_, url=url, events=events)
        after = known(conn, id_)
        audit.record(conn, now, actor, "webhook.changed", id_, before=_as_json(before), after=_as_json(after))
    return after


def delete(engine: Engine, id_: str, actor: str, now: datetime) -> None:
    """Forget a receiver and its log; nothing more is sent to it."""
    with begin(engine) as conn:
        if not webhooks.delete(conn, id_):
            raise _missing()
        audit.record(conn, now, actor, "webhook.deleted", id_)


def rotate(engine: Engine, id_: str, actor: str, now: datetime) -> Signed:
    """Give a receiver a new secret. For a day both secrets sign, so that it can take up the new one in peace."""
    secret = signing_secret()
    with begin(engine) as conn:
        if not webhooks.rotate(conn, id_, now, secret):
            raise _missing()
        audit.record(conn, now, actor, "webhook.rotated", id_)
        return Signed(row=known(conn, id_), secret=secret)


def enable(engine: Engine, id_: str, actor: str, now: datetime) -> Row:
    """Send to a disabled receiver again; what waited meanwhile goes out."""
    with begin(engine) as conn:
        known(conn, id_)
        if not webhooks.enable(conn, id_):
            raise Conflict("webhook_active", "این گیرنده فعال است.")
        audit.record(conn, now, actor, "webhook.enabled", id_)
        return known(conn, id_)


def test(engine: Engine, id_: str, now: datetime) -> str:
    """Queue a `TEST_EVENT` for this receiver alone and return the delivery's id."""
    with begin(engine) as conn:
        _active(known(conn, id_))
        told = {"message": "این یک رویداد آزمایشی از بازخورد است.", "webhook_id": id_}
        return outbox.emit_to(conn, now, id_, TEST_EVENT, told)


def replay(engine: Engine, delivery_id: str, actor: str, now: datetime) -> str:
    """Send a delivery that is not on its way once more, under the same `webhook-id`; return whose it is."""
    with begin(engine) as conn:
        row = outbox.get(conn, delivery_id)
        if row is None:
            raise NotFound("delivery_not_found", "ارسالی با این شناسه نیست.")
        _active(known(conn, row["webhook_id"]))
        if not outbox.replay(conn, delivery_id, now):
            raise Conflict("delivery_pending", "این ارسال همین حالا در راه است.")
        audit.record(conn, now, actor, "delivery.replayed", delivery_id)
        return str(row["webhook_id"])


def known(conn: Connection, id_: str) -> Row:
    """Return a receiver; `NotFound` when there is none."""
    row = webhooks.get(conn, id_)
    if row is None:
        raise _missing()
    return row


def _as_json(row: Row) -> dict[str, Any]:
    """Return what the trail says of a receiver: what it hears and at whose address; the rest of it may be a secret."""
    return {"events": list(row["events"]), "host": urlsplit(row["url"]).hostname}


def _check(url: str | None, events: Sequence[str], *, allow_private: bool) -> None:
    why = None if url is None else targets.refusal(url, allow_private=allow_private)
    if why is not None:
        raise wrong_field("url", "target_refused", why)
    if not set(events) <= set(EVENTS):
        raise wrong_field("events", "unknown_event", "چنین رویدادی نیست.")


def _check_heard_once(conn: Connection, url: str, events: Sequence[str], besides: str = "") -> None:
    """Refuse a second receiver of an event at one address: it would get each twice, and can hold only one secret against it."""
    advisory_lock(conn, "webhooks")
    for row in webhooks.listing(conn):
        is_same = not events or not row["events"] or set(events) & set(row["events"])
        if row["id"] != besides and row["url"] == url and is_same:
            detail = "این نشانی همین رویدادها را می‌گیرد و هر یک دو بار به آن می‌رسید؛ گیرنده‌ای را که هست تغییر دهید."
            raise Conflict("webhook_exists", detail, more={"webhook_id": row["id"]})


def _active(row: Row) -> None:
    if row["disabled_at"] is not None:
        raise Conflict("webhook_disabled", f"این گیرنده غیرفعال است: {row['disabled_reason']}")


def _missing() -> NotFound:
    return NotFound("webhook_not_found", "گیرنده‌ای با این شناسه نیست.")
