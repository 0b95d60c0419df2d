"""Erasing a comment because somebody may ask for it: what is left is that there was one, and how it was labelled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.casework import keeping
from service.sla import Calendars
from service.storage import Connection, Engine, audit, begin, customers, erasure, tickets
from service.storage import feedback as stored
from service.tickets import OPEN

Row = Mapping[str, Any]
_NOTHING_LEFT = "نظرهای این تیکت پاک شد."


def erase(
    engine: Engine, calendars: Calendars, feedback_id: str, actor: str, now: datetime
) -> dict[str, Any]:
    """Remove the words of a comment from every place, and report what was removed.

    Text, spans, search words, question, metadata, and the copies in events, kept answers and the ticket go, with the
    last comment also what is said of the ticket and of an alert and who the customer was; labels, dates and the comment's
    `external_id` stay, so that the next run of an import does not bring it back. An open ticket that nothing is left of
    is settled: nobody could see what there is to do.
    """
    with begin(engine) as conn:
        row = stored.held(conn, feedback_id)
        if row["customer_id"]:
            customers.hold(conn, row["customer_id"])
        ticket_ids = erasure.tickets_of(conn, feedback_id, row["ticket_id"])
        tickets.lock(conn, ticket_ids)
        erasure.clear_comment(conn, feedback_id, _without_words(row["tags"]), now)
        emptied = {id_: erasure.clear_ticket(conn, id_) for id_ in ticket_ids}
        removed = {
            "spans": _spans(row["tags"]),
            "payloads": erasure.clear_events(conn, feedback_id, ticket_ids),
            "answers": erasure.clear_answers(conn, feedback_id),
            "messages": sum(number or 0 for number in emptied.values()),
        }
        erasure.clear_alerts(conn, feedback_id, now)
        if row["customer_id"]:
            erasure.clear_customer(conn, row["customer_id"])
        for id_, number in emptied.items():
            if number is not None:
                _settle(conn, calendars, id_, actor, now)
        audit.record(conn, now, actor, "feedback.erased", feedback_id, after=removed)
    return removed


def _settle(conn: Connection, calendars: Calendars, ticket_id: str, actor: str, now: datetime) -> None:
    ticket = tickets.locked(conn, ticket_id)
    if ticket is not None and ticket["status"] in OPEN:
        change = keeping.settled(conn, ticket, calendars, now)
        keeping.keep(conn, ticket, change, actor, "ticket.resolve", now, told={"reason": _NOTHING_LEFT})


def _without_words(tags: Row) -> dict[str, Any]:
    """Return tags that name labels and quote nothing."""
    sentiment = tags["sentiment"]
    return {
        **tags,
        "sentiment": sentiment and {**sentiment, "spans": []},
        "topics": [{**topic, "spans": []} for topic in tags["topics"]],
        "signals": [{**signal, "spans": []} for signal in tags["signals"]],
        "urgency": {**tags["urgency"], "reasons": []},
        "entities": [],
        "pii": [],
        "needs_review": False,
    }


def _spans(tags: Row) -> int:
    groups = [*tags["topics"], *tags["signals"], *([tags["sentiment"]] if tags["sentiment"] else [])]
    return sum(len(group["spans"]) for group in groups) + len(tags["entities"]) + len(tags["pii"])
