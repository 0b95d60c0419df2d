"""What comes in and what the sender gets back: frozen values, known to every door and to no framework."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

Outcome = Literal["created", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who wrote, as far as the sender says. Without `external_id` nobody is recognised a second time."""

    external_id: str | None = None
    name: str | None = None
    tier: str | None = None
    lifetime_value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What the customer ticked: CSAT 1-5, NPS 0-10, CES 1-7, stars 1-5."""

    csat: int | None = None
    nps: int | None = None
    ces: int | None = None
    stars: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One comment as it came in, checked but not yet understood."""

    text: str
    external_id: str | None = None
    channel: str = "api"
    created_at: datetime | None = None
    customer: Customer | None = None
    scores: Scores = field(default_factory=Scores)
    question: str | None = None
    product: str | None = None
    branch: str | None = None
    touchpoint: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReceipt:
    """The ticket a comment opened: who acts, how soon, and why, in Persian."""

    id: str
    queue: str
    priority: str
    status: str
    due_at: datetime | None
    due_at_jalali: str | None
    rule: str
    reason: str
    joined: bool = False  # it was open already: the comment is another message on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the sender gets back. Offsets in `tags` point into the text that was sent."""

    id: str
    external_id: str | None
    channel: str
    outcome: Outcome
    created_at: datetime
    created_at_jalali: str
    received_at: datetime
    received_at_jalali: str
    masked_text: str
    tags: Mapping[str, Any]
    ticket: TicketReceipt | None


def fingerprint(value: object) -> str:
    """Return the sha256 of a value's JSON, the same for the same content in any order."""
    raw = json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain, separators=(",", ":"))
    return hashlib.sha256(raw.encode("utf-8")).hexdigest()


def body_hash(incoming: Incoming) -> str:
    """Return what tells a repeated delivery from another comment under the same `external_id`."""
    return fingerprint(asdict(incoming))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
