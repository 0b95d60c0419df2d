"""The server process itself: the address it tells is where it answers, and a signal ends it in time."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

MODELS = Path(__file__).resolve().parents[2] / "models"
IMPATIENT = "from service import serving; serving._MANNERS['timeout_graceful_shutdown'] = 1\n"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Start]:
    """Start servers, on ports that the system chooses if nobody does; they end with the test."""
    env = {"BAZKHORD_DATABASE_URL": f"sqlite:///{tmp_path / 'desk.db'}", "BAZKHORD_MODELS": str(MODELS)}
    env = os.environ | env | {"BAZKHORD_PORT": "0", "BAZKHORD_WORKER": "false"}
    running: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", IMPATIENT + "from service.cli import app; app()", "serve", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        running.append(subprocess.Popen(command, env=env, **pipes))
        return running[-1]

    yield start
    for process in running:
        process.terminate()
        process.communicate(timeout=60)


def _told(process: subprocess.Popen[str]) -> str:
    return process.stderr.readline().removeprefix("Bazkhord: ").strip()


def _is_alive(address: str) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return httpx.get(f"{address}/healthz").status_code == 200
        except httpx.TransportError:
            time.sleep(0.2)  # of several processes none may be there yet
    return False


@pytest.mark.parametrize("words", [(), ("--workers", "2"), ("--host", "::1")])
def test_the_address_it_tells_is_where_it_answers(started: Start, words: tuple[str, ...]) -> None:
    process = started(*words)
    address = _told(process)
    assert re.fullmatch(r"http://(127\.0\.0\.1|\[::1\]):[1-9]\d+", address)
    assert f" {address}/sign-in?token=" in process.stderr.readline()
    assert _is_alive(address)
    process.terminate()
    logged, _ = process.communicate(timeout=60)
    assert "sign-in" not in logged  # the log may be shipped
    assert [line for line in logged.splitlines() if json.loads(line)["event"] == "request"]


def test_an_address_that_somebody_else_has_is_told_in_one_line(started: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words in ((), ("--workers", "2")):
            process = started("--port", str(port), *words)
            told, why = process.communicate(timeout=60)
            assert process.returncode == 2
            (line,) = why.splitlines()
            assert (told, line.startswith(f"bazkhord: 127.0.0.1 port {port}: Address already in use")) == (
                "",
                True,
            )


def test_a_request_that_trickles_in_does_not_hold_a_server_that_is_to_stop(started: Start) -> None:
    process = started()
    where = urlsplit(_told(process))
    assert _is_alive(where.geturl())
    with socket.create_connection((where.hostname, where.port)) as slow:
        slow.sendall(b"POST /v1/feedback HTTP/1.1\r\nHost: desk\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode is not None
