"""What people and programs see of what is stored: plain JSON, masked for those who may not see personal data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service import clocks
from service.auth import Caller
from service.errors import Conflict, Forbidden
from service.feedback import Outcome
from service.jalali import moments
from service.masking import Masked, mask, named, named_each, redact, unnamed
from service.rules import labels
from service.tickets import steps

Json = dict[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ticket with everything that belongs to it."""

    ticket: Row
    comments: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    promises: list[dict[str, Any]]
    trail: list[dict[str, Any]]

    @property
    def pressing(self) -> Row:
        """Return the comment that a reply has to answer: the most urgent one since the last reply, of all when none is.

        The newest alone would not do: «ممنون» may follow a complaint that nobody has answered. What came when is
        told by the desk's own clock, since an imported comment was written long before. `Conflict` when the ticket
        was merged: its comments went on to another one.
        """
        if self.ticket["merged_into"] is not None:
            detail = "این تیکت در تیکت دیگری ادغام شده است؛ کار آنجا ادامه دارد."
            raise Conflict("ticket_merged", detail, more={"merged_into": self.ticket["merged_into"]})
        replied = [one["at"] for one in self.messages if one["kind"] == "reply"]
        waiting = [one for one in self.comments if not replied or one["received_at"] > replied[-1]]
        return max(waiting or self.comments, key=lambda one: (one["tags"]["urgency"]["score"], one["seq"]))


def fields(row: Row, *names: str) -> Json:
    """Return values of a row as they are."""
    return {name: row[name] for name in names}


def dated(row: Row, *names: str) -> Json:
    """Return moments of a row, each with its Jalali twin."""
    return {key: value for name in names for key, value in moments(name, row[name]).items()}


def shown(original: str | None, masked: str, tags: Row, caller: Caller) -> Masked:
    """Return the text a caller may see, with tags that point into it.

    Stored offsets point into the original as long as it is kept, and into the masked text after that.
    """
    if original is None:
        return Masked(text=masked, tags=dict(tags))
    return Masked(text=original, tags=dict(tags)) if caller.sees_originals else mask(original, tags)


def feedback(row: Row, caller: Caller) -> Json:
    """Return a stored comment as this caller may see it."""
    seen = shown(row["original"], row["masked"], row["tags"], caller)
    return {
        "id": row["id"],
        **{name: said(row[name], caller) for name in ("external_id", "channel")},
        **dated(row, "created_at", "received_at"),
        "text": seen.text,
        "masked": not caller.sees_originals or row["original"] is None,
        "tags": seen.tags,
        "labels": labels.plain(seen.tags),
        "customer": _customer(row, caller) if row["customer_id"] else None,
        "scores": fields(row, "csat", "nps", "ces", "stars"),
        **{name: said(row[name], caller) for name in ("question", "product", "branch", "touchpoint")},
        "metadata": row["metadata"] if caller.sees_originals else named_each(row["metadata"]),
        "ticket": _ticket_of(row),
        **dated(row, "erased_at"),
    }


def ticket(row: Row, caller: Caller, now: datetime) -> Json:
    """Return a ticket with its most pressing comment, as this caller may see it."""
    seen = shown(row["feedback_original"], row["feedback_masked"], row["feedback_tags"], caller)
    return {
        **fields(row, "id", "version", "queue", "priority", "status"),
        **dated(row, "due_at", "opened_at", "resolved_at"),
        **fields(row, "assignee", "rule", "mode"),
        "reason": row["reason_fa"],
        **fields(row, "tags", "urgency_score"),
        "sla": clocks.shown(clocks.from_json(row["sla"]), now),
        **fields(row, "contacts", "merged_into", "compensation"),
        "customer": _customer(row, caller) if row["customer_id"] else None,
        "feedback": {
            "id": row["pressing_id"],
            "channel": said(row["feedback_channel"], caller),
            **moments("created_at", row["feedback_created_at"]),
            "text": seen.text,
            "tags": seen.tags,
        },
    }


def case(seen: Case, caller: Caller, now: datetime) -> Json:
    """Return a ticket with everything that belongs to it, and what may be done to it now."""
    return ticket(seen.ticket, caller, now) | {
        "comments": [feedback(row, caller) for row in seen.comments],
        "messages": [message(row, seen.ticket, caller) for row in seen.messages],
        "promises": [promise(row) for row in seen.promises],
        "audit": [trail(row) for row in lines(seen, caller)],
        "actions": list(steps(seen.ticket)),
    }


def ticket_event(row: Row) -> Json:
    """Return what a webhook is told of a ticket: nobody's words, no customer."""
    facts = (
        "id",
        "version",
        "feedback_id",
        "queue",
        "priority",
        "status",
        "assignee",
        "rule",
        "urgency_score",
    )
    return fields(row, *facts) | dated(row, "due_at")


def promise(row: Row) -> Json:
    """Return a promise and its day."""
    return fields(row, "id", "ticket_id", "made_by", "status") | dated(row, "due_at", "at")


def correction(row: Row) -> Json:
    """Return a correction: who said what instead of what, and whether it still stands."""
    facts = ("id", "feedback_id", "field", "before", "after", "actor", "model_version", "source")
    return fields(row, *facts) | dated(row, "at", "undone_at")


def receipt(row: Row, outcome: Outcome, ticket: Json | None) -> Json:
    """Return what the sender of a comment gets back; offsets in its tags point into the text that was sent."""
    original, tags = row["original"], row["tags"]
    return {
        **fields(row, "id", "external_id", "channel"),
        "outcome": outcome,
        **dated(row, "created_at", "received_at"),
        "masked_text": row["masked"],
        "tags": tags if original is None else redact(original, tags),
        "labels": labels.plain(tags),
        "ticket": ticket,
    }


def comment_event(receipt: Json, tags: Row) -> Json:
    """Return what a webhook is told of a comment, by its receipt; `tags` point into its masked text."""
    told = {name: receipt[name] for name in receipt if name not in {"ticket", "masked_text"}}
    told |= {"tags": tags, "text": receipt["masked_text"]}
    return told | {name: named(told[name]) for name in ("external_id", "channel")}


def ticket_receipt(row: Row, *, joined: bool) -> Json:
    """Return what the sender of a comment is told of its ticket: who acts, how soon, and why; `joined` when it was there."""
    return {
        **fields(row, "id", "queue", "priority", "status"),
        **dated(row, "due_at"),
        "rule": row["rule"],
        "reason": row["reason_fa"],
        "joined": joined,
    }


def message(row: Row, ticket: Row, caller: Caller) -> Json:
    """Return a reply or a note on a ticket, as this caller may see it."""
    body = told_by_us(row["body"], ticket, caller)
    return fields(row, "id", "kind", "author") | {"body": body} | dated(row, "at")


def lines(seen: Case, caller: Caller) -> list[Row]:
    """Return the trail of a ticket as this caller may see it: why something was done is in words of ours, too."""
    if caller.sees_originals:
        return list(seen.trail)
    return [{**row, "after": _reason_told(row["after"], seen.ticket, caller)} for row in seen.trail]


def _reason_told(after: Row | None, ticket: Row, caller: Caller) -> Row | None:
    if after is None or not after.get("reason"):
        return after
    return {**after, "reason": told_by_us(after["reason"], ticket, caller)}


def trail(row: Row) -> Json:
    """Return a line of the audit trail."""
    return fields(row, "actor", "action", "object_id", "before", "after") | dated(row, "at")


def key(row: Row) -> Json:
    """Return an API key without its secret."""
    facts = ("id", "name", "role", "prefix", "queues", "scopes", "requests_per_minute")
    return fields(row, *facts) | dated(row, "created_at", "expires_at", "revoked_at", "last_used_at")


def topic(row: Row) -> Json:
    """Return a topic of the company's own."""
    facts = ("id", "name_fa", "query", "queue", "touchpoint", "version", "created_by", "merged_into")
    return fields(row, *facts) | dated(row, "created_at", "since", "archived_at")


def link(row: Row) -> Json:
    """Return what lets somebody in without a key."""
    week = None if row["week"] is None else date.fromordinal(row["week"]).isoformat()
    told = fields(row, "id", "kind", "name", "role", "department")
    return told | {"week": week} | dated(row, "created_at", "expires_at")


def said(value: Any, caller: Caller) -> Any:
    """Return what a sender named, such as a customer or a branch, as this caller may see it: it may be a phone number."""
    return value if caller.sees_originals else named(value)


def told_by_us(words: str, ticket: Row, caller: Caller) -> str:
    """Return what the desk wrote on a ticket as this caller may see it: it calls the customer by their name."""
    return words if caller.sees_originals else unnamed(named(words), ticket["customer_name"])


def without_personal(values: Sequence[str], caller: Caller) -> list[str]:
    """Return those of some values that this caller may see as they are."""
    return [value for value in values if said(value, caller) == value]


def refuse_personal(caller: Caller, *asked: str | None) -> None:
    """Refuse to look for what this caller may not see: what is found by a phone number tells whose it is. `Forbidden`."""
    if any(said(value, caller) != value for value in asked):
        raise Forbidden(
            "personal_filter", "جست‌وجو با دادهٔ شخصی، مانند شمارهٔ تلفن، از نقش کارشناس به بالا ممکن است."
        )


def _customer(row: Row, caller: Caller) -> Json:
    known = {
        "external_id": said(row["customer_external_id"], caller),
        "tier": said(row["customer_tier"], caller),
        "contacts": row["customer_contacts"],
    }
    if not caller.sees_originals:
        return known
    return known | {"name": row["customer_name"], "lifetime_value": row["customer_lifetime_value"]}


def _ticket_of(row: Row) -> Json | None:
    if row["ticket_id"] is None:
        return None
    return {"id": row["ticket_id"], "queue": row["ticket_queue"], "status": row["ticket_status"]}
