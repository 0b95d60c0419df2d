"""What an endpoint may ask for: its policy is its signature.

Endpoints open `read(desk.engine)` themselves instead of receiving a connection: a generator dependency would hold
one while it waits for a free thread, and forty waiting requests would then lock each other out.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Annotated, Any, cast

import structlog
from fastapi import Depends, Request, params
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from service.auth import ROLE_FA, SESSION_COOKIE, Caller, Role, allows, hashed
from service.errors import Busy, Forbidden, TooMany, Unauthorized
from service.group_commit import GroupCommit
from service.live import InForce, Live
from service.metrics import Metrics
from service.settings import Settings
from service.storage import Engine, begin, keys, read

#: Ways to ask that change nothing.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Nobody who only reads shall wait longer for a date to be written.
_COURTESY_S = 0.2


class Limiter:
    """Counts requests per caller in this process's memory, each for a minute after it came."""

    _WINDOW_S = 60.0
    _MOST = 10_000

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._seen: dict[str, deque[float]] = {}
        self._lock = Lock()

    def hit(self, caller: str, now: datetime, per_minute: int | None = None) -> None:
        """Count a request against the key's own limit, or the desk's; `TooMany` says when there is room again."""
        present = now.timestamp()
        with self._lock:
            seen = self._window(caller, present)
            if len(seen) < (per_minute or self._per_minute):
                seen.append(present)
                return
            wait = max(1, round(seen[0] + self._WINDOW_S - present))
        raise TooMany(
            "rate_limited",
            "تعداد درخواست‌ها در یک دقیقه از حد مجاز گذشت؛ کمی صبر کنید.",
            retry_after=min(wait, 60),
        )

    def _window(self, caller: str, present: float) -> deque[float]:
        """Return when this caller came within the last minute, oldest first; a clock that is set back forgets."""
        if len(self._seen) >= self._MOST and caller not in self._seen:
            self._seen = {
                name: seen for name, seen in self._seen.items() if seen[-1] > present - self._WINDOW_S
            }
        seen = self._seen.setdefault(caller, deque())
        while seen and abs(present - seen[0]) >= self._WINDOW_S:
            seen.popleft()
        return seen


class KnownKeys:
    """Keys that were looked up within the last second: a busy sender costs one look a second, not one a request.

    So another process hears of a revocation within a second; this one at once, by `forget`.
    """

    _FRESH_S = 1.0
    _MOST = 10_000

    def __init__(self) -> None:
        self._rows: dict[str, tuple[float, dict[str, Any]]] = {}

    def get(self, secret: str) -> dict[str, Any] | None:
        """Return the key's row unless the look is too long ago."""
        seen = self._rows.get(hashed(secret))
        return seen[1] if seen is not None and monotonic() - seen[0] < self._FRESH_S else None

    def put(self, secret: str, row: dict[str, Any]) -> None:
        """Remember a key's row."""
        if len(self._rows) >= self._MOST:
            self.forget()
        self._rows[hashed(secret)] = (monotonic(), row)

    def forget(self) -> None:
        """Look every key up again."""
        self._rows = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that is built once, when the application starts."""

    settings: Settings
    engine: Engine
    live: Live
    now: Callable[[], datetime]
    metrics: Metrics
    limiter: Limiter
    together: GroupCommit
    known_keys: KnownKeys = field(default_factory=KnownKeys)

    @property
    def line(self) -> InForce:
        """What comments pass and are judged by: taken once for what has to fit together, since it is replaced whole."""
        return self.live.in_force


async def get_desk(request: Request) -> Desk:
    """Return what `create_app` built.

    What only looks at memory is `async`, here and below: a thread would cost more than the work.
    """
    return cast("Desk", request.app.state.desk)


DeskDep = Annotated[Desk, Depends(get_desk)]


async def get_now(request: Request) -> datetime:
    """Return the moment this request is judged by."""
    return cast("Desk", request.app.state.desk).now()


Now = Annotated[datetime, Depends(get_now)]
_bearer = HTTPBearer(
    auto_error=False, scheme_name="api_key", description="کلید API: `Authorization: Bearer bzk_…`"
)
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def get_caller(request: Request, bearer: _Bearer) -> Caller:
    """Return who asks, by API key or by session cookie; 401 tells what is wrong with the key."""
    if hasattr(request.state, "caller"):  # `judge` asked before a file was read
        return cast("Caller", request.state.caller)
    desk = cast("Desk", request.app.state.desk)
    now = desk.now()
    if bearer is not None:
        caller = await _by_key(desk, bearer.credentials, now)
    elif SESSION_COOKIE in request.cookies:
        caller = await run_in_threadpool(_by_session, request, desk, now)
    else:
        raise Unauthorized(
            "missing_key", "برای این درخواست کلید API لازم است: «Authorization: Bearer bzk_…»."
        )
    desk.limiter.hit(caller.id, now, caller.requests_per_minute)
    structlog.contextvars.bind_contextvars(caller=caller.id)
    return caller


CallerDep = Annotated[Caller, Depends(get_caller)]


def require(least: Role) -> Callable[[Request, Caller], Awaitable[Caller]]:
    """Return a dependency that lets callers of this role or a higher one in."""

    async def allowed(request: Request, caller: CallerDep) -> Caller:
        if not allows(caller.role, least):
            detail = f"نقش «{ROLE_FA[caller.role]}» برای این کار کافی نیست؛ نقش «{ROLE_FA[least]}» لازم است."
            raise Forbidden("role_too_low", detail, more={"role": caller.role, "required": least})
        part = getattr(request.scope.get("route"), "tags", [""])[0]
        if caller.scopes is not None and part not in caller.scopes:
            detail = f"این کلید به بخش «{part}» راه ندارد."
            raise Forbidden("out_of_scope", detail, more={"scopes": list(caller.scopes), "required": part})
        return caller

    vars(allowed)["least"] = least  # the reference names it, and `judge` knows it by this
    return allowed


def takes_file(dependant: Dependant) -> bool:
    """Tell whether an endpoint reads a file from its body."""
    return any(isinstance(each.field_info, params.File) for each in dependant.body_params)


async def judge(request: Request, dependant: Dependant) -> None:
    """Let in who an endpoint's signature lets in, before the body is read, and remember who it is.

    FastAPI reads a form before it looks at the signature: anybody could have sent as much as a file may hold.
    """
    request.state.caller = caller = await get_caller(request, await _bearer(request))
    for each in dependant.dependencies:
        if each.call is not None and hasattr(each.call, "least"):
            await each.call(request, caller)


Sender = Annotated[Caller, Depends(require("sender"))]
Reader = Annotated[Caller, Depends(require("reader"))]
Agent = Annotated[Caller, Depends(require("agent"))]
Admin = Annotated[Caller, Depends(require("admin"))]


async def _by_key(desk: Desk, secret: str, now: datetime) -> Caller:
    row = desk.known_keys.get(secret)
    if row is None:
        row = await run_in_threadpool(_looked_up, desk, secret, now)
    if row is None:
        raise Unauthorized("unknown_key", "این کلید API شناخته‌شده نیست.")
    if row["revoked_at"] is not None:
        raise Unauthorized("revoked_key", "این کلید API باطل شده است.")
    if row["expires_at"] is not None and row["expires_at"] <= now:
        raise Unauthorized("expired_key", "مهلت این کلید API به پایان رسیده است.")
    return keys.caller(row, row["id"], "key")


def _looked_up(desk: Desk, secret: str, now: datetime) -> dict[str, Any] | None:
    with read(desk.engine) as conn:
        row = keys.find(conn, secret)
    if row is None:
        return None
    if row["revoked_at"] is None and keys.is_stale(row["last_used_at"], now):
        _remember_use(desk, row["id"], now)
    desk.known_keys.put(secret, row)
    return row


def _remember_use(desk: Desk, id_: str, now: datetime) -> None:
    try:
        with begin(desk.engine, wait_s=_COURTESY_S) as conn:
            keys.used(conn, id_, now)
    except Busy:
        # the date is a courtesy; a full database must not close the door, nor must who keeps it for a recount
        structlog.get_logger().warning("last_used_not_written", key=id_)


def _by_session(request: Request, desk: Desk, now: datetime) -> Caller:
    if request.method not in SAFE and not from_own_pages(request):
        raise Forbidden("foreign_origin", "این درخواست از صفحه‌های این سامانه نیامده است.")
    with read(desk.engine) as conn:
        caller = keys.find_session(conn, request.cookies[SESSION_COOKIE], now)
    if caller is None:
        raise Unauthorized("session_ended", "نشست شما به پایان رسیده است؛ دوباره وارد شوید.")
    return caller


def from_own_pages(request: Request) -> bool:
    """A browser sends the cookie with any site's request, but it also says which site that is."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and origin.split("://")[-1] == request.headers.get("host")
