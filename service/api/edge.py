"""The outermost layer: a request's id, its log line, its size, and what browsers are told."""

import random
import re
import time
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api import problems
from service.errors import TooLarge
from service.jalali import persian
from service.metrics import Metrics

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: For JSON nothing may be loaded; pages bring a policy of their own.
_POLICY = "default-src 'none'; frame-ancestors 'none'"


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, max_body_bytes: int, larger: Mapping[str, int]
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._max_body = max_body_bytes
        self._larger = larger  # paths that take more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        method = scope["method"]
        stamped = _Stamped(_headed(send) if method == "HEAD" else send, request_id)
        if method == "HEAD":  # what looks whether a desk is there asks so; the server goes by its own scope
            scope = {**scope, "method": "GET"}
        try:
            await self._answer(scope, headers, receive, stamped)
        except Exception as error:
            # half an answer is out: only the connection can say that it is none
            if stamped.status is not None:
                raise
            # here and not outside, where it would be without our headers and the connection be cut
            answer = scope["app"].exception_handlers[Exception](Request(scope), error)
            await answer(scope, receive, stamped)
        finally:
            self._note(scope, method, stamped.status or 500, time.perf_counter() - started)

    async def _answer(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        announced = headers.get("content-length", "")
        limit = self._larger.get(scope["path"], self._max_body)
        if announced.isascii() and announced.isdigit() and int(announced[:18]) > limit:
            await problems.of(_too_large(limit))(scope, receive, send)
        else:
            await self._app(scope, _bounded(receive, limit), send)

    def _note(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "(none)")
        method = method if method in _METHODS else "(other)"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        # the query string stays out: it may hold what somebody searched for
        structlog.get_logger().info(
            "request", method=method, route=route, status=status, ms=round(seconds * 1000, 1)
        )


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    # an id to find a log line by is no secret, and the system's own randomness costs a call into the kernel
    return given if _SAFE_ID.fullmatch(given) else f"{random.getrandbits(64):016x}"


def _too_large(limit: int) -> TooLarge:
    detail = f"بدنهٔ درخواست از {persian(limit)} بایت بزرگ‌تر است."
    return TooLarge("body_too_large", detail, more={"max_bytes": limit})


def _bounded(receive: Receive, limit: int) -> Receive:
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise _too_large(limit)
        return message

    return bounded


def _headed(send: Send) -> Send:
    """Say of an answer what a GET would say, without its body."""

    async def headed(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return headed


class _Stamped:
    """Sends an answer with our headers, and remembers the status that went out; None while nothing did."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            headers.setdefault("Content-Security-Policy", _POLICY)
            headers.setdefault("Cache-Control", "no-store")
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)
