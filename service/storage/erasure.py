"""Forgetting a comment: its words, everything that quotes them, and every copy that was put aside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.storage import audit, rollups
from service.storage.customers import forget_names
from service.storage.dialect import one_of
from service.storage.fetching import any_found, fetch_all
from service.storage.insight_tables import alerts, digests
from service.storage.schema import (
    attempts,
    corrections,
    customers,
    deliveries,
    feedback,
    idempotency,
    messages,
    outbox,
    tickets,
)

#: What SQLite's search index holds of erased comments, as the number that its file keeps for us says.
_CLEAN, _ERASED, _WIPING = 0, 1, 2
#: As much of the index as is written anew at a time, some two megabytes: nobody waits long to write.
_PAGES = 500
#: Alerts that are called what customers wrote, and what they say when none of that is left.
_QUOTING = ("wave", "emerging_term")
_EMPTIED = "نظرهای این هشدار پاک شده‌اند."
Row = Mapping[str, Any]


def tickets_of(conn: sa.Connection, feedback_id: str, ticket_id: str | None) -> list[str]:
    """Return the tickets that ever held a comment: where it is now, what it opened, and all that were merged there."""
    own = sa.or_(tickets.c.feedback_id == feedback_id, tickets.c.id == ticket_id)
    found = sa.select(tickets.c.id, tickets.c.customer_id).where(own).cte(recursive=True)
    # only tickets of one customer are merged, and those are quickly found
    merged = sa.and_(tickets.c.merged_into == found.c.id, tickets.c.customer_id == found.c.customer_id)
    found = found.union(sa.select(tickets.c.id, tickets.c.customer_id).join(found, merged))
    return list(conn.scalars(sa.select(found.c.id).order_by(found.c.id)))


def clear_comment(conn: sa.Connection, id_: str, tags: Row, now: datetime) -> None:
    """Empty a comment but for its labels; the search index loses its words by trigger, the statistics lose it too."""
    emptied = {
        "original": None,
        "masked": "",
        "search_text": "",
        "text_hash": None,
        "body_hash": None,
        "question": None,
        "tags": tags,
        "model_tags": None,
        "metadata": {},
        "needs_review": False,
        "erased_at": now,
    }
    conn.execute(sa.update(feedback).where(feedback.c.id == id_).values(emptied))
    conn.execute(sa.update(corrections).where(corrections.c.feedback_id == id_).values(text_hash=None))
    rollups.refresh(conn, [id_])
    _remember(conn, _ERASED)


def clear_events(conn: sa.Connection, feedback_id: str, ticket_ids: Sequence[str]) -> int:
    """Replace the comment in stored events by a note that it was erased, and drop what receivers answered to them."""
    changed = []
    # alerts quote a few comments of many; which ones is told by their events alone
    told_of = [feedback_id, *ticket_ids, *conn.scalars(sa.select(alerts.c.id))]
    quoting = one_of(conn, outbox.c.object_id, told_of)
    for id_, payload in conn.execute(sa.select(outbox.c.id, outbox.c.payload).where(quoting)):
        left = _without(payload, feedback_id)
        if left != payload:
            conn.execute(sa.update(outbox).where(outbox.c.id == id_).values(payload=left))
            changed.append(id_)
    _drop_answers(conn, changed)
    return len(changed)


def clear_alerts(conn: sa.Connection, feedback_id: str, now: datetime) -> None:
    """Empty and end the alerts that quote this comment, and of whose comments none is left, wherever they were told.

    Of many comments an alert knows a few: what goes on in others is raised anew, in their words.
    """
    knowing = sa.cast(alerts.c.samples, sa.Text).contains(feedback_id, autoescape=True)
    for alert in fetch_all(conn, sa.select(alerts).where(alerts.c.kind.in_(_QUOTING), knowing)):
        left = sa.select(feedback.c.id).where(
            feedback.c.id.in_(alert["samples"]), feedback.c.erased_at.is_(None)
        )
        if not any_found(conn, left):
            _empty_alert(conn, alert, now)


def _empty_alert(conn: sa.Connection, alert: Row, now: datetime) -> None:
    over = {"episode": alert["id"], "closed_at": alert["closed_at"] or now}
    emptied = {"subject": "", "message_fa": _EMPTIED, **over}
    conn.execute(sa.update(alerts).where(alerts.c.id == alert["id"]).values(emptied))
    told = conn.execute(
        sa.select(outbox.c.id, outbox.c.payload).where(outbox.c.object_id == alert["id"])
    ).all()
    for id_, payload in told:
        left = {**payload, "subject": "", "message": _EMPTIED}
        conn.execute(sa.update(outbox).where(outbox.c.id == id_).values(payload=left))
    _drop_answers(conn, [id_ for id_, _ in told])
    since = sa.select(digests.c.id, digests.c.body).where(digests.c.made_at >= alert["opened_at"])
    for id_, body in conn.execute(since).all():
        said = [words for words in body["alerts"] if f"«{alert['subject']}»" not in words]
        if said != body["alerts"]:
            kept = sa.update(digests).where(digests.c.id == id_)
            conn.execute(kept.values(body={**body, "alerts": said}))


def _drop_answers(conn: sa.Connection, event_ids: Sequence[str]) -> None:
    """Forget what receivers answered to events: they may have said again what they were told."""
    sent = sa.select(deliveries.c.id).where(deliveries.c.event_id.in_(event_ids))
    conn.execute(sa.update(attempts).where(attempts.c.delivery_id.in_(sent)).values(response=None))


def clear_answers(conn: sa.Connection, feedback_id: str) -> int:
    """Take the comment out of the answers that are kept for repeated requests; a repetition stays a repetition."""
    holding = sa.cast(idempotency.c.response, sa.Text).contains(feedback_id, autoescape=True)
    rows = conn.execute(
        sa.select(idempotency.c.owner, idempotency.c.key, idempotency.c.response).where(holding)
    ).all()
    for owner, key, response in rows:
        mine = sa.and_(idempotency.c.owner == owner, idempotency.c.key == key)
        conn.execute(sa.update(idempotency).where(mine).values(response=_without(response, feedback_id)))
    return len(rows)


def clear_ticket(conn: sa.Connection, ticket_id: str) -> int | None:
    """Empty the reasons and the messages of a ticket none of whose comments is left; return how many messages, None if one is.

    The comment that opened it counts also after it went on to another ticket, in a merge.
    """
    opener = sa.select(tickets.c.feedback_id).where(tickets.c.id == ticket_id).scalar_subquery()
    own = sa.or_(feedback.c.ticket_id == ticket_id, feedback.c.id == opener)
    left = sa.select(feedback.c.id).where(own, feedback.c.erased_at.is_(None))
    if any_found(conn, left):
        return None
    conn.execute(sa.update(tickets).where(tickets.c.id == ticket_id).values(reason_fa=""))
    audit.empty_reasons(conn, ticket_id)
    return conn.execute(sa.update(messages).where(messages.c.ticket_id == ticket_id).values(body="")).rowcount


def clear_customer(conn: sa.Connection, customer_id: str) -> None:
    """Forget who a customer was of whom no comment is left, and what they are worth; who writes under that id again is somebody new."""
    left = sa.select(feedback.c.id).where(
        feedback.c.customer_id == customer_id, feedback.c.erased_at.is_(None)
    )
    if not any_found(conn, left):
        forgotten = {"name": None, "external_id": None, "tier": None, "lifetime_value": None}
        conn.execute(sa.update(customers).where(customers.c.id == customer_id).values(forgotten))
        forget_names(conn, [customer_id])
        theirs = tickets.c.customer_id == customer_id
        conn.execute(sa.update(tickets).where(theirs).values(customer_value=0.0))


def wipe(conn: sa.Connection) -> bool:
    """Take erased words out of SQLite's search index, a few pages of it at a time; tell whether more is left.

    Until then a word stays readable in the file, beside the note that its comment is gone. A comment that is erased
    in between has it begin anew. PostgreSQL's vacuum does the same in its own time.
    """
    if conn.dialect.name != "sqlite":
        return False
    stage = conn.exec_driver_sql("PRAGMA user_version").scalar_one()
    if stage == _CLEAN:
        return False
    before = conn.exec_driver_sql("SELECT total_changes()").scalar_one()
    # with a minus sign all parts of the index are to become one, without it the work goes on
    pages = -_PAGES if stage == _ERASED else _PAGES
    conn.exec_driver_sql("INSERT INTO feedback_search(feedback_search, rank) VALUES ('merge', ?)", (pages,))
    # what FTS5's manual says of the end: fewer than two rows were written
    is_left = bool(conn.exec_driver_sql("SELECT total_changes()").scalar_one() - before >= 2)
    _remember(conn, _WIPING if is_left else _CLEAN)
    return is_left


def _remember(conn: sa.Connection, stage: int) -> None:
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(f"PRAGMA user_version = {stage}")


def _without(value: Any, feedback_id: str) -> Any:
    if isinstance(value, list):
        return [_without(item, feedback_id) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("id") == feedback_id:
        return {"id": feedback_id, "erased": True}
    return {name: _without(item, feedback_id) for name, item in value.items()}
