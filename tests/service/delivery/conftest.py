"""A receiver of webhooks, and a worker that works until something has happened."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from service import worker


@dataclass(frozen=True, kw_only=True)
class Got:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass(kw_only=True)
class Receiver:
    """A real HTTP server on loopback; `answers` are given in turn, then 204 for ever."""

    port: int
    got: list[Got] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    slow_s: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def types(self) -> list[str]:
        return [each.json["type"] for each in self.got]


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.got.append(Got(path=self.path, headers=headers, body=body))
        time.sleep(self.receiver.slow_s)
        status, more, content = self.receiver.answers.pop(0) if self.receiver.answers else (204, {}, b"")
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(_Handler):
        """Hands what it gets to the receiver of one test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.receiver = Receiver(port=server.server_address[1])
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Handler.receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def working() -> Callable[..., None]:
    """Let a worker of a desk work until a condition holds; it fails when that takes a minute."""

    def work(desk: Any, until: Callable[[], bool]) -> None:
        inside, stop = desk.client.app.state.desk, Event()
        args = (desk.engine, inside.settings, inside.live, stop, desk.clock)
        thread = Thread(target=worker.run, args=args)
        thread.start()
        try:
            patience = time.monotonic() + 60
            while not until():
                assert time.monotonic() < patience
                time.sleep(0.01)
        finally:
            stop.set()
            thread.join()

    return work
