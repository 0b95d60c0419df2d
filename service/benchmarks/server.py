"""The server that `bazkhord bench service` measures: the desk itself, with the least endpoints beside it."""

import math
import multiprocessing
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import APIRouter

from service.api.bodies import AnalyzeIn
from service.api.strict import StrictRoute
from service.api.writing import Json
from service.app import create_app, utc_now
from service.comments.drafting import drafted
from service.comments.landing import land
from service.deps import DeskDep, Now
from service.feedback import Incoming
from service.settings import Settings
from service.storage import begin

router = APIRouter(route_class=StrictRoute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where the server stands while it is measured."""

    folder: Path
    models: Path
    port: int

    @property
    def settings(self) -> Settings:
        """The desk's defaults, but for the limits that a load from one key would meet."""
        return Settings(
            database_url=f"sqlite:///{self.folder / 'desk.db'}",
            models=self.models,
            port=self.port,
            requests_per_minute=10**8,
        )


@router.post("/bench/echo")
def echo(body: AnalyzeIn) -> Json:
    """Validate and give back: what any endpoint of this server costs."""
    return Json(body.model_dump())


@router.post("/bench/insert")
def insert(body: AnalyzeIn, desk: DeskDep, now: Now) -> dict[str, float]:
    """Store one comment, understood once, five hundred times with all its rows: what the storage alone costs."""
    comment = Incoming(text=body.text)
    (draft,) = drafted(desk.line, [comment], now)
    started, used = time.perf_counter(), time.thread_time()
    for _ in range(500):
        with begin(desk.engine) as conn:
            land(conn, desk.line, [(comment, draft)], "bench", utc_now(), in_full=True)
    return {"count": 500, "wall": time.perf_counter() - started, "cpu": time.thread_time() - used}


@router.get("/bench/used")
def used() -> dict[str, float]:
    """Return the processor time of this process and its model's in seconds, and the larger memory of the two in megabytes."""
    model = [_of_process(child.pid) for child in multiprocessing.active_children()]
    # not `getrusage`: its peak is that of whoever started this process, if theirs was higher
    _, own = _of_process(os.getpid())
    return {
        "cpu": time.process_time() + sum(cpu for cpu, _ in model),
        "rss": max([own, *(size for _, size in model)]),
    }


def _of_process(pid: int | None) -> tuple[float, float]:
    """Return the processor seconds and the largest memory in megabytes of another process; Linux alone tells them."""
    if not Path("/proc").is_dir():
        return math.nan, math.nan
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    peak = re.search(r"VmHWM:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return seconds, int(peak.group(1)) / 1024 if peak else 0.0


def serve(stand: Stand) -> None:
    """Serve until the process is ended."""
    app = create_app(stand.settings)
    app.include_router(router)
    # routes are tried in order: found first, it is at its best
    app.router.routes.insert(0, app.router.routes.pop())
    uvicorn.run(app, port=stand.port, log_config=None, access_log=False)
