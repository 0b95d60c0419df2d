"""Who may do what: keys that are stored as hashes only, and a ladder of four roles."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Role = Literal["sender", "reader", "agent", "admin"]
#: Parts of the API a key can be narrowed to; the names are the tags of the routes.
Scope = Literal[
    "analyze",
    "feedback",
    "tickets",
    "rules",
    "insights",
    "webhooks",
    "imports",
    "exports",
    "keys",
    "models",
    "audit",
]
#: Each role may do all that the ones before it may.
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_FA: Mapping[str, str] = {"sender": "فرستنده", "reader": "خواننده", "agent": "کارشناس", "admin": "مدیر"}
KEY_START = "bzk_"
SESSION_COOKIE = "bazkhord_session"
_SHOWN = len(KEY_START) + 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever is on the other side of a request: an API key or a signed-in person."""

    id: str
    name: str
    role: Role
    kind: Literal["key", "session"]
    #: The queues an agent belongs to; None means all of them.
    queues: tuple[str, ...] | None = None
    #: What the key may reach of all that its role allows; None means everything.
    scopes: tuple[str, ...] | None = None
    #: The limit of the key, also of a session that was opened with it; None means the desk's.
    requests_per_minute: int | None = None
    #: When the key ends; None means never.
    expires_at: datetime | None = None

    @property
    def sees_originals(self) -> bool:
        """Agents and admins see personal data; everybody else sees the masked text."""
        return allows(self.role, "agent")

    @property
    def own_queues(self) -> tuple[str, ...] | None:
        """The queues whose work is this agent's; None means all, as for admins."""
        return None if allows(self.role, "admin") else self.queues

    def works_in(self, queue: str) -> bool:
        """Tell whether the work of a queue is theirs: admins belong to all of them, readers and senders to none."""
        return allows(self.role, "agent") and (self.own_queues is None or queue in self.own_queues)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A fresh secret: `shown` goes to its owner once, the rest is stored."""

    shown: str
    prefix: str
    hash: str


def allows(role: str, least: Role) -> bool:
    """Tell whether a role reaches the rung that is asked for.

    >>> allows("agent", "reader"), allows("sender", "reader")
    (True, False)
    """
    return role in ROLES and ROLES.index(role) >= ROLES.index(least)


def new_secret(start: str = KEY_START) -> Secret:
    """Return a secret of 256 random bits; guessing is hopeless, so a plain hash is enough to store."""
    shown = start + secrets.token_urlsafe(32)
    return Secret(shown=shown, prefix=shown[:_SHOWN], hash=hashed(shown))


def signing_secret() -> str:
    """Return the secret of a webhook as Standard Webhooks writes it; what is shown is what signs."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def hashed(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
