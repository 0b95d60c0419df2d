"""One event goes to one webhook: signed, sent outside any transaction, and written down whatever comes of it."""

import random
import time
from dataclasses import dataclass
from datetime import datetime
from ssl import SSLContext

import httpcore
import structlog
from standardwebhooks import Webhook

from service import jsontext
from service.casework import keeping
from service.jalali import iso
from service.outbox import Attempt, fate
from service.storage import Engine, audit, begin, webhooks
from service.storage import outbox as stored
from service.storage.outbox import Delivery
from service.webhooks import connecting
from service.webhooks.connecting import TargetRefused

#: What a receiver gets at most; a longer event is announced by its id alone.
MAX_BODY_BYTES = 262_144
_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whatever sending needs besides the delivery."""

    engine: Engine
    worker_id: str
    lease_s: float
    allow_private: bool
    trust: SSLContext

    @property
    def timeout_s(self) -> float:
        """Seconds for one attempt: never so long that the lease could end while it is under way."""
        return min(_TIMEOUT_S, self.lease_s / 2)


def body(delivery: Delivery) -> str:
    """Return the document a receiver gets, the same on every attempt."""
    told = {"type": delivery.type, "timestamp": iso(delivery.at), "data": delivery.data}
    whole = jsontext.dumps(told)
    if len(whole.encode()) <= MAX_BODY_BYTES:
        return whole
    return jsontext.dumps(told | {"data": {"id": delivery.object_id, "truncated": True}})


def headers(delivery: Delivery, content: str, now: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks; while a secret is being replaced both of them sign."""
    signed = [Webhook(secret).sign(delivery.event_id, now, content) for secret in delivery.secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Bazkhord",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def deliver(sender: Sender, delivery: Delivery, now: datetime) -> bool:
    """Send a claimed delivery once and record the attempt; False when the webhook was closed because of it."""
    content = body(delivery)
    attempt = _send(sender, delivery.url, headers(delivery, content, now), content.encode())
    structlog.get_logger().info(
        "webhook_attempt",
        delivery=delivery.id,
        webhook=delivery.webhook_id,
        status=attempt.status,
        error=attempt.error,
        ms=attempt.milliseconds,
    )
    return _record(sender, delivery, attempt, now)


def fail(sender: Sender, delivery: Delivery, now: datetime) -> bool:
    """Record an attempt that broke on our side, so that it counts and is not tried forever."""
    attempt = Attempt(error="internal_error", milliseconds=0)
    return _record(sender, delivery, attempt, now)


def _send(sender: Sender, url: str, sent: dict[str, str], content: bytes) -> Attempt:
    started = time.perf_counter()
    answer, error = None, None
    try:
        answer = connecting.post(
            url,
            sent,
            content,
            seconds=sender.timeout_s,
            allow_private=sender.allow_private,
            trust=sender.trust,
        )
    except TargetRefused:
        error = "private_target"
    except httpcore.TimeoutException:
        error = "timeout"
    except httpcore.NetworkError:
        error = "unreachable"
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol):
        error = "not_http"
    spent = round((time.perf_counter() - started) * 1000)
    if answer is None:
        return Attempt(error=error, milliseconds=spent)
    return Attempt(
        status=answer.status,
        error="redirected" if 300 <= answer.status < 400 else None,
        response=answer.body,
        milliseconds=spent,
        retry_after=answer.retry_after,
    )


def _record(sender: Sender, delivery: Delivery, attempt: Attempt, now: datetime) -> bool:
    """Write down an attempt and what follows from it; False when that is to close the webhook."""
    with begin(sender.engine) as conn:
        # asked only now: one that was claimed together with it may have been accepted meanwhile
        failing_since = webhooks.failing_since(conn, delivery.webhook_id, now)
        follows = fate(attempt, delivery.attempts + 1, failing_since, now, random.random())
        kept = stored.record(conn, delivery, sender.worker_id, now, attempt, follows.next_at)
        if not kept or follows.disable is None:
            return True
        if webhooks.disable(conn, delivery.webhook_id, now, follows.disable):
            why = {"reason": follows.disable}
            audit.record(conn, now, keeping.WORKER, "webhook.disabled", delivery.webhook_id, after=why)
        return False
