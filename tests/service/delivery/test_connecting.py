"""Connections leave the desk for checked addresses only, and never stay longer than they may."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

import httpcore
import pytest

from service.webhooks import connecting, targets
from service.webhooks.connecting import TargetRefused


@contextmanager
def _server(pieces: list[bytes], pause_s: float = 0.0) -> Iterator[int]:
    """A server that answers one request with these pieces, slowly."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.recv(65_536)
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause_s)

    thread = Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        thread.join()
        listening.close()


def _post(port: int, host: str = "127.0.0.1", **options: Any) -> connecting.Answered:
    given = {"seconds": 5.0, "allow_private": True, **options}
    return connecting.post(f"http://{host}:{port}/", {"x": "y"}, b"{}", **given)


def test_an_answer_that_drips_is_cut_off_when_the_time_is_up() -> None:
    drip = [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b"."] * 20]
    started = time.monotonic()
    with _server(drip, pause_s=0.1) as port, pytest.raises(httpcore.TimeoutException):
        _post(port, seconds=0.5)
    assert time.monotonic() - started < 4


def test_only_the_beginning_of_a_long_answer_is_read() -> None:
    with _server([b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 3_000_000]) as port:
        answer = _post(port)
    assert (answer.status, len(answer.body)) == (200, 16_384)


def test_a_receiver_may_ask_for_time() -> None:
    with _server([b"HTTP/1.1 429 Slow Down\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"]) as port:
        answer = _post(port)
    assert answer.retry_after is not None
    assert answer.retry_after.total_seconds() == 120


def test_what_is_no_http_is_an_error_and_not_a_crash() -> None:
    with (
        _server([b"SSH-2.0-OpenSSH_9.2\r\n"]) as port,
        pytest.raises((httpcore.ProtocolError, httpcore.NetworkError)),
    ):
        _post(port)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"])  # fmt: skip
def test_every_way_to_write_this_machine_is_refused_at_the_connection(host: str) -> None:
    with pytest.raises((TargetRefused, httpcore.ConnectError)) as refused:
        _post(9, host, allow_private=False)
    assert refused.type is TargetRefused or host == "[::1]"


def test_a_name_that_leads_nowhere_is_unreachable() -> None:
    with pytest.raises(httpcore.ConnectError):
        _post(80, "no-such-host.invalid")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True),
        ("10.0.0.1", False), ("172.16.0.1", False), ("192.168.1.1", False), ("127.0.0.1", False),
        ("0.0.0.0", False), ("100.64.0.1", False), ("169.254.169.254", False), ("192.0.0.1", False),
        ("198.18.0.1", False), ("224.0.0.1", False), ("240.0.0.1", False), ("255.255.255.255", False),
        ("::", False), ("::1", False), ("fe80::1%eth0", False), ("fc00::1", False), ("fec0::1", False),
        ("ff02::1", False), ("2001:db8::1", False), ("::ffff:127.0.0.1", False), ("::ffff:169.254.169.254", False),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("not an address", False),
    ],
)  # fmt: skip
def test_public_addresses_are_told_from_all_others(address: str, expected: bool) -> None:
    assert targets.is_public(address) is expected


def test_a_name_that_takes_long_to_resolve_is_left_when_the_time_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = Event()

    def never(*_: Any, **_options: Any) -> None:
        over.wait(30)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", never)
    started = time.monotonic()
    with pytest.raises(httpcore.TimeoutException):
        _post(1, host="slow.example", seconds=0.3)
    assert time.monotonic() - started < 4
    over.set()
