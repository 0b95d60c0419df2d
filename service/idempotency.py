"""A request that has one effect however often it is sent: its key is claimed in the transaction that does the work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.errors import Conflict
from service.storage import Connection, idempotency


@dataclass(slots=True, kw_only=True)
class Once:
    """Who sent a request under which key, what tells it from another one, and whether it turned out to be a repetition."""

    sender: str
    key: str
    request_hash: str
    hours: int  # for how long the key is remembered
    is_repeated: bool = field(default=False, init=False)

    def claim(self, conn: Connection, now: datetime) -> Mapping[str, Any] | None:
        """Take the key, or return the `status` and `response` of the request that took it before.

        `Conflict` when that was another one.
        """
        if idempotency.claim(conn, self.sender, self.key, self.request_hash, now, self.hours):
            return None
        return self.earlier(conn, now)

    def earlier(self, conn: Connection, now: datetime) -> Mapping[str, Any] | None:
        """Return the `status`, the `response` of an earlier request with the key; `Conflict` likewise."""
        found = idempotency.find(conn, self.sender, self.key, now, self.hours)
        if found is not None and found["request_hash"] != self.request_hash:
            detail = "این Idempotency-Key پیش‌تر با درخواست دیگری به کار رفته است."
            raise Conflict("idempotency_key_reused", detail)
        self.is_repeated = found is not None
        return found

    def answer(self, conn: Connection, status: int, response: Any) -> None:
        """Keep the answer beside the work, for those who ask again."""
        idempotency.answer(conn, self.sender, self.key, status, response)
