"""How fast the desk is beside the least that its own server can do: `bazkhord bench service`.

The server runs in a process of its own and is asked over loopback by connections that are kept open. Rates are also
counted per second of the server's processor time, so that neither a busy machine nor who asks blurs the comparison.
"""

import asyncio
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from nlp.judging.bench import Plan as Comments
from nlp.judging.bench import comments
from service import commands
from service.app import utc_now
from service.benchmarks import server
from service.benchmarks.server import Stand
from service.storage import begin, keys

_READY_S = 120.0
_ROUNDS = 3
_START = "from service.cli import app; app()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long each endpoint is asked, and by how many connections at once."""

    models: Path = Path("models")
    data: Path | None = None
    seconds: float = 5.0
    connections: int = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of asking one endpoint for a while; times in seconds."""

    requests: int
    refused: int
    wall: float
    cpu: float
    p50: float
    p99: float

    @property
    def per_second(self) -> float:
        """Answers per second on the clock."""
        return self.requests / self.wall

    @property
    def per_cpu_second(self) -> float:
        """Answers per second of the server's processor time."""
        return self.requests / self.cpu


def run(plan: Plan) -> dict[str, Any]:
    """Measure everything and return the figures."""
    load = os.getloadavg()[0]
    wanted = Comments(models=plan.models, data=plan.data, count=2_000)
    bodies = [json.dumps({"text": text}, ensure_ascii=False).encode() for text in comments(wanted)]
    with tempfile.TemporaryDirectory(prefix="bazkhord-bench-") as folder:
        started = _start(plan, Path(folder) / "start")
        with _served(plan, Path(folder)) as (client, key):
            turns = ["/bench/echo", "/v1/analyze"] * _ROUNDS
            loads = [_load(client, key, path, bodies, plan) for path in turns]
            stored = _load(client, key, "/v1/feedback", bodies, plan)
            bare = client.post("/bench/insert", content=bodies[0]).json()
            memory = client.get("/bench/used").json()["rss"]
    echo, analyze = _together(loads[::2]), _together(loads[1::2])
    return {
        "load_before": load,
        "loads": {"echo": _figures(echo), "analyze": _figures(analyze), "feedback": _figures(stored)},
        "analyze_to_echo": {
            "wall": analyze.per_second / echo.per_second,
            "cpu": analyze.per_cpu_second / echo.per_cpu_second,
        },
        "feedback_to_insert": {
            "wall": stored.per_second / (bare["count"] / bare["wall"]),
            "cpu": stored.per_cpu_second / (bare["count"] / bare["cpu"]),
        },
        "bare_insert_per_second": bare["count"] / bare["wall"],
        "start": started,
        "memory_mb_under_load": memory,
    }


def report_lines(figures: Mapping[str, Any]) -> list[str]:
    """Return the figures as lines for people."""
    lines = [f"load of the machine before: {figures['load_before']:.1f} on {os.cpu_count()} cores"]
    lines.append(f"{'endpoint':<12}{'req/s':>9}{'req/cpu-s':>11}{'p50 ms':>9}{'p99 ms':>9}{'refused':>9}")
    for name, load in figures["loads"].items():
        lines.append(
            f"{name:<12}{load['per_second']:>9.0f}{load['per_cpu_second']:>11.0f}"
            f"{load['p50_ms']:>9.1f}{load['p99_ms']:>9.1f}{load['refused']:>9}"
        )
    for name in ("analyze_to_echo", "feedback_to_insert"):
        ratio = figures[name]
        lines.append(f"{name}: {ratio['wall']:.2f} by the clock, {ratio['cpu']:.2f} by processor time")
    start = figures["start"]
    lines.append(f"serve ready after {start['ready_s']:.1f} s, {start['memory_mb']:.0f} MB resident")
    lines.append(f"memory under load: {figures['memory_mb_under_load']:.0f} MB")
    return lines


@contextmanager
def _served(plan: Plan, folder: Path) -> Iterator[tuple[httpx.Client, str]]:
    """Run the measured server, and give a client and a key for it."""
    stand = Stand(folder=folder, models=plan.models.resolve(), port=_free_port())
    with commands.opened(stand.settings) as engine, begin(engine) as conn:
        key = keys.create(conn, utc_now(), "bench", "admin").secret.shown
    process = multiprocessing.get_context("spawn").Process(target=server.serve, args=(stand,))
    process.start()
    headers = {"Content-Type": "application/json"}
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{stand.port}", headers=headers, timeout=120) as client:
            _ready(client, process.is_alive)
            yield client, key
    finally:
        process.terminate()
        process.join()


def _start(plan: Plan, folder: Path) -> dict[str, float]:
    """Start `bazkhord serve` as people do, and return the seconds until it is ready and its memory then."""
    port = _free_port()
    told = {"DATABASE_URL": f"sqlite:///{folder / 'desk.db'}", "MODELS": str(plan.models.resolve())}
    environment = os.environ | {f"BAZKHORD_{name}": value for name, value in told.items()}
    command = [sys.executable, "-c", _START, "serve", "--port", str(port)]
    began = time.perf_counter()
    silent = subprocess.DEVNULL  # nobody signs in here
    process = subprocess.Popen(command, env=environment, stdout=silent, stderr=silent)  # noqa: S603  # our own command
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            _ready(client, lambda: process.poll() is None)
            ready = time.perf_counter() - began
            return {"ready_s": ready, "memory_mb": _resident(client.get("/metrics").text) / 2**20}
    finally:
        process.terminate()
        process.wait()


def _ready(client: httpx.Client, alive: Callable[[], bool]) -> None:
    until = time.perf_counter() + _READY_S
    while time.perf_counter() < until and alive():
        try:
            if client.get("/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the server did not become ready")


def _resident(metrics: str) -> float:
    found = [
        line.split()[1] for line in metrics.splitlines() if line.startswith("process_resident_memory_bytes")
    ]
    return float(found[0]) if found else float("nan")


def _load(client: httpx.Client, key: str, path: str, bodies: Sequence[bytes], plan: Plan) -> Load:
    """Ask one endpoint over many open connections for a while."""
    requests = [_request(path, key, body) for body in bodies]
    used, began = client.get("/bench/used").json()["cpu"], time.perf_counter()
    seconds, refused = asyncio.run(_ask(client.base_url.port or 80, requests, plan))
    wall, cpu = time.perf_counter() - began, client.get("/bench/used").json()["cpu"] - used
    seconds.sort()
    p50, p99 = (seconds[len(seconds) * share // 100] for share in (50, 99))
    return Load(requests=len(seconds), refused=refused, wall=wall, cpu=cpu, p50=p50, p99=p99)


async def _ask(port: int, requests: Sequence[bytes], plan: Plan) -> tuple[list[float], int]:
    until = time.perf_counter() + plan.seconds
    step = max(1, len(requests) // plan.connections)
    asked = [_connection(port, requests, place * step, until) for place in range(plan.connections)]
    answers = await asyncio.gather(*asked)
    return [one for seconds, _ in answers for one in seconds], sum(refused for _, refused in answers)


async def _connection(
    port: int, requests: Sequence[bytes], place: int, until: float
) -> tuple[list[float], int]:
    """Send one request after the other and return how long each took, and how many were refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    seconds: list[float] = []
    refused = 0
    while time.perf_counter() < until:
        place = (place + 1) % len(requests)
        began = time.perf_counter()
        writer.write(requests[place])
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        seconds.append(time.perf_counter() - began)
        refused += not head.startswith(b"http/1.1 2")
    writer.close()
    return seconds, refused


def _request(path: str, key: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _together(loads: Sequence[Load]) -> Load:
    """Return several rounds as one; of their percentiles the middle one."""
    middle = sorted(loads, key=lambda load: load.p99)[len(loads) // 2]
    return Load(
        requests=sum(load.requests for load in loads),
        refused=sum(load.refused for load in loads),
        wall=sum(load.wall for load in loads),
        cpu=sum(load.cpu for load in loads),
        p50=middle.p50,
        p99=middle.p99,
    )


def _figures(load: Load) -> dict[str, float]:
    return {
        "per_second": load.per_second,
        "per_cpu_second": load.per_cpu_second,
        "p50_ms": load.p50 * 1000,
        "p99_ms": load.p99 * 1000,
        "refused": load.refused,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
