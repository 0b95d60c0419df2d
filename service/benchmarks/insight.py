"""How long the insight endpoints take on a large desk: `bazkhord bench insight`.

The desk is real and asked through its whole application, inside this process; only the comments are drawn by dice.
Processor time is told beside the clock, because other work on the machine lengthens only the clock.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from nlp import taxonomy
from service.app import create_app, utc_now
from service.sample import comments_until
from service.settings import Settings
from service.storage import Engine, begin, filling, keys, migrate, open_engine, read, rollups
from service.storage import feedback as stored
from service.storage.filling import Filling

Question = Mapping[str, str]
#: What endpoints can be narrowed to that are not about comments: other filters are refused.
_TAKES: Mapping[str, frozenset[str]] = dict.fromkeys(
    ("/v1/alerts", "/v1/performance"), frozenset({"days", "topic", "touchpoint"})
)
#: Every filter, alone and with others, over days, weeks and years; words that are rare and words that one in nine has.
_FILTERS: tuple[Question, ...] = (
    {},
    {"days": "7"},
    {"days": "90"},
    {"days": "730"},
    {"product": "محصول 3"},
    {"branch": "شعبه 5", "days": "90"},
    {"product": "محصول 3", "channel": "app", "days": "30"},
    {"topic": "courier", "days": "90"},
    {"touchpoint": "payment"},
    {"urgency": "high"},
    {"tier": "vip", "days": "365"},
    {"q": "پیک"},
    {"q": "پرداخت", "product": "محصول 3", "days": "90"},
    {"q": "پرداخت", "days": "365"},
)
#: What else an endpoint can be asked; every filter is put to each of these forms.
_FORMS: Mapping[str, tuple[Question, ...]] = {
    "/v1/trends": ({"by": "week", "segment": "product"}, {"by": "hour"}),
    "/v1/drivers": ({"score": "csat"}, {"score": "nps"}),
    "/v1/factors": ({"by": "branch"}, {"by": "product"}),
    "/v1/performance": ({"by": "queue"}, {"by": "topic"}, {"by": "week"}),
}
#: Endpoints that are asked about something else than filtered comments.
_OTHERS: Mapping[str, tuple[Question, ...]] = {
    "/v1/digest": ({}, {"department": "finance"}),
    "/v1/quality": ({}, {"days": "30"}, {"days": "365"}),
}
#: The longest stretch in which something new is looked for.
_MOST_DAYS = {"/v1/emerging": 92}
ENDPOINTS = (
    "/v1/trends",
    "/v1/trends/moved",
    "/v1/trends/marks",
    "/v1/drivers",
    "/v1/kano",
    "/v1/journey",
    "/v1/factors",
    "/v1/leaving",
    "/v1/alerts",
    "/v1/emerging",
    "/v1/performance",
    "/v1/digest",
    "/v1/quality",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How large the desk is, where it is kept, and how often each question is asked.

    A database that holds comments already is asked as it is, so that it need not be filled for every measurement.
    """

    comments: int = 1_000_000
    days: int = 730
    database_url: str | None = None
    models: Path = Path("models")
    rounds: int = 3


def run(plan: Plan) -> dict[str, Any]:
    """Fill a desk, ask every endpoint every question, and return seconds: filling, recounting, and per endpoint."""
    with _desk(plan) as (engine, settings, seconds):
        now = utc_now()
        with begin(engine) as conn:
            secret = keys.create(conn, now, "bench", "reader").secret.shown
        asked = asyncio.run(_ask_all(create_app(settings), secret, plan.rounds))
    return {"comments": plan.comments, "days": plan.days, **seconds, "endpoints": asked}


def report_lines(figures: Mapping[str, Any]) -> list[str]:
    """Return the figures as lines for a person."""
    lines = [
        f"{figures['comments']:,} comments over {figures['days']} days: filled in {figures['fill_s']:.0f} s, "
        f"counted in {figures['recount_s']:.0f} s"
    ]
    for path, found in figures["endpoints"].items():
        lines.append(
            f"{path:<20} p50 {found['p50_ms']:6.0f} ms   p95 {found['p95_ms']:6.0f} ms "
            f"({found['p95_cpu_ms']:.0f} ms of processor)   "
            f"slowest {found['slowest_ms']:6.0f} ms {found['slowest']}"
        )
    return lines


@contextmanager
def _desk(plan: Plan) -> Iterator[tuple[Engine, Settings, dict[str, float]]]:
    with tempfile.TemporaryDirectory() as folder:
        url = plan.database_url or f"sqlite:///{folder}/desk.db"
        engine = open_engine(url)
        try:
            migrate(engine)
            with read(engine) as conn:
                is_filled = stored.any_stored(conn)
            seconds = {"fill_s": 0.0, "recount_s": 0.0} if is_filled else _filled(engine, plan)
            yield engine, Settings(database_url=url, models=plan.models, worker=False), seconds
        finally:
            engine.dispose()


def _filled(engine: Engine, plan: Plan) -> dict[str, float]:
    """Fill an empty desk, count what it holds, and return how many seconds each took."""
    labels = taxonomy.load().topics
    wanted = Filling(
        comments=plan.comments,
        days=plan.days,
        now=utc_now(),
        texts=[comment.text for comment in comments_until(utc_now())],
        topics=list(labels),
        queues=sorted({topic.queue for topic in labels.values() if topic.queue}),
    )
    start = time.perf_counter()
    with begin(engine) as conn:
        filling.fill(conn, wanted)
    after = time.perf_counter()
    with begin(engine) as conn:
        rollups.rebuild(conn)
        filling.settle(conn)
    return {"fill_s": after - start, "recount_s": time.perf_counter() - after}


async def _ask_all(app: FastAPI, secret: str, rounds: int) -> dict[str, Any]:
    inside = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {secret}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=inside, base_url="http://desk", headers=headers) as client,
    ):
        return {path: await _ask(client, path, rounds) for path in ENDPOINTS}


async def _ask(client: httpx.AsyncClient, path: str, rounds: int) -> dict[str, Any]:
    """Ask each question once to warm up and then `rounds` times; the p95 is over all of them."""
    times: list[tuple[float, float, str]] = []
    for number in range(rounds + 1):
        for question in questions(path):
            start, worked = time.perf_counter(), time.process_time()
            answer = await client.get(path, params=question)
            spent, cpu = time.perf_counter() - start, time.process_time() - worked
            assert answer.status_code == 200, (path, question, answer.text[:300])
            if number:
                asked_for = " ".join(f"{name}={value}" for name, value in question.items())
                times.append((spent * 1_000, cpu * 1_000, asked_for))
    times.sort()
    efforts = sorted(cpu for _, cpu, _ in times)
    return {
        "n": len(times),
        "p50_ms": times[len(times) // 2][0],
        "p95_ms": times[int(len(times) * 0.95)][0],
        "p95_cpu_ms": efforts[int(len(times) * 0.95)],
        "slowest_ms": times[-1][0],
        "slowest": times[-1][2],
    }


def questions(path: str) -> list[dict[str, str]]:
    """Return everything an endpoint is asked: each filter in each of its forms."""
    if path in _OTHERS:
        return [dict(question) for question in _OTHERS[path]]
    taken = [one for one in _FILTERS if path not in _TAKES or one.keys() <= _TAKES[path]]
    asked = [{**filters, **form} for form in _FORMS.get(path, ({},)) for filters in taken]
    most = _MOST_DAYS.get(path)
    if most is None:
        return asked
    return [one | {"days": str(min(int(one["days"]), most))} if "days" in one else one for one in asked]
