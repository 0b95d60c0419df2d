"""Comments that other programs push to us: is the signature right, and what does their document say. Pure.

A generic sender signs as Standard Webhooks does; Chatwoot signs `timestamp.body` with the secret it shows for the
webhook. Either way a signature that is older than five minutes is refused, so a captured request cannot be replayed.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks import Webhook

TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """The values of a comment by our field names; or, when it is no customer's comment, why it is ignored."""

    values: Mapping[str, Any] = field(default_factory=dict)
    ignored: str | None = None


def signed(kind: str, secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Tell whether the sender knows the secret and sent this body just now; header names in lower case."""
    if kind == "chatwoot":
        return _signed_by_chatwoot(secret, headers, body, now)
    return _signed_by_standard(secret, headers, body, now)


def read(kind: str, document: Mapping[str, Any], paths: Mapping[str, str]) -> Pushed:
    """Return what a document says; `paths` leads a generic sender's document to our fields (`data.items.0.text`)."""
    if kind == "chatwoot":
        return _chatwoot(document)
    values = {name: at(document, path) for name, path in paths.items()}
    return Pushed(values={name: value for name, value in values.items() if value is not None})


def at(document: Any, path: str) -> Any:
    """Return the value at a dotted path, None where there is none.

    >>> at({"data": {"notes": [{"body": "سرد بود"}]}}, "data.notes.0.body")
    'سرد بود'
    """
    for step in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def _signed_by_chatwoot(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    stamp, given = headers.get("x-chatwoot-timestamp", ""), headers.get("x-chatwoot-signature", "")
    content = stamp.encode("utf-8", "replace") + b"." + body
    wanted = "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return _fresh(stamp, now) and hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))


def _signed_by_standard(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    stamp, id_ = headers.get("webhook-timestamp", ""), headers.get("webhook-id", "")
    if not id_ or not _fresh(stamp, now):
        return False
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    wanted = Webhook(secret).sign(id_, datetime.fromtimestamp(int(stamp), UTC), text)
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(wanted.encode(), each.encode("utf-8", "replace")) for each in given)


def _fresh(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 11):
        return False
    return abs(now - datetime.fromtimestamp(int(stamp), UTC)) <= TOLERANCE


def _chatwoot(document: Mapping[str, Any]) -> Pushed:
    if document.get("event") != "message_created":
        return Pushed(ignored="other_event")
    if document.get("message_type") not in ("incoming", 0) or document.get("private"):
        return Pushed(ignored="not_from_customer")
    if not str(document.get("content") or "").strip():
        return Pushed(ignored="no_text")  # a picture or a sticker
    account = at(document, "account.id")
    sender = at(document, "sender.id")
    named = at(document, "sender.identifier") or (sender and f"chatwoot-{account}-{sender}")
    values = {
        "text": document["content"],
        "external_id": f"{account}-{document.get('id')}",
        "created_at": _moment(document.get("created_at")),
        "customer.external_id": named,
        "customer.name": _short(at(document, "sender.name")),
        "metadata.conversation": _short(at(document, "conversation.id")),
        "metadata.inbox": _short(at(document, "inbox.name")),
    }
    return Pushed(values={name: value for name, value in values.items() if value})


def _short(value: Any) -> str | None:
    return None if value is None else str(value)[:200]


def _moment(value: Any) -> Any:
    """Chatwoot writes a moment as ISO 8601 or as seconds, depending on where the event comes from."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e11:
        return value
    return datetime.fromtimestamp(value, UTC).isoformat()
