"""The only way out of the desk: a connection to a checked address, closed when its time is up.

A name is resolved here, every address it stands for is checked, and exactly that address is connected to, so that
a name which means something else a moment later leads nowhere.
"""

import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from ssl import SSLContext
from threading import Thread
from typing import Any

import httpcore

from service.webhooks.targets import is_public

#: As much of an answer as is read; whoever sends more is cut off.
_READ_BYTES = 16_384
_PIECE_BYTES = 16_384


class TargetRefused(Exception):
    """The name stands for an address of a private network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a receiver said."""

    status: int
    body: str
    retry_after: timedelta | None


def post(
    url: str,
    headers: dict[str, str],
    body: bytes,
    *,
    seconds: float,
    allow_private: bool,
    trust: SSLContext | None = None,
) -> Answered:
    """Send a request and return the beginning of the answer; redirects are answers, not directions.

    `seconds` is for all of it: resolving, connecting, sending and reading, however slowly the bytes drip. Raises
    `TargetRefused`, or one of httpcore's errors. `trust` is for receivers with a certificate of their own.
    """
    way = _CheckedBackend(time.monotonic() + seconds, allow_private=allow_private)
    sent = list(headers.items())
    with (
        httpcore.ConnectionPool(ssl_context=trust, network_backend=way) as pool,
        pool.stream("POST", url, headers=sent, content=body) as answer,
    ):
        said = dict(answer.headers)
        wait = next((value for name, value in said.items() if name.lower() == b"retry-after"), b"")
        return Answered(
            status=answer.status, body=_beginning(answer.iter_stream()), retry_after=_seconds(wait)
        )


def _beginning(chunks: Iterable[bytes]) -> str:
    read = b""
    for chunk in chunks:
        read += chunk
        if len(read) >= _READ_BYTES:
            break
    return read[:_READ_BYTES].decode("utf-8", "replace")


def _seconds(wait: bytes) -> timedelta | None:
    """Return what `Retry-After: 120` asks for; its other form, a date, is left alone."""
    return timedelta(seconds=int(wait)) if wait.isdigit() and len(wait) < 10 else None


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses only, within the time that is left."""

    def __init__(self, deadline: float, *, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to the first address of `host` that answers."""
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in self._addresses(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address, port, _left(self._deadline), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Timed(stream, self._deadline)
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        addresses = _resolved(host, port, _left(self._deadline))
        if not self._allow_private and not all(map(is_public, addresses)):
            raise TargetRefused
        return addresses


class _Timed(httpcore.NetworkStream):
    """A connection of which every step gets only what is left of the whole time."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # in pieces, because httpcore grants the same time to every piece that the other side takes
        for start in range(0, len(buffer), _PIECE_BYTES):
            self._stream.write(buffer[start : start + _PIECE_BYTES], _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Timed(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolved(host: str, port: int, seconds: float) -> list[str]:
    """Return the addresses of a name; the system's resolver knows no deadline, so it is left behind when time is up."""
    told: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            told.put(error)
        else:
            told.put(list(dict.fromkeys(str(each[4][0]) for each in found)))

    Thread(target=ask, name="resolver", daemon=True).start()
    try:
        answer = told.get(timeout=seconds)
    except Empty as error:
        raise httpcore.ConnectTimeout("the name was not resolved in time") from error
    if isinstance(answer, Exception):
        raise httpcore.ConnectError("the name cannot be resolved") from answer
    return answer


def _left(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.TimeoutException("the time for this request is up")
    return seconds
