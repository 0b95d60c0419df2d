"""The application: everything real is built here, once, when the server starts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from pathlib import Path
from threading import Event, Thread
from collections.abc import Iterator

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from nlp.tagger import Tagger
from service import logs, routing, sla, web, worker
from service.api import admin, analyze, feedback, ops, problems, tickets
from service.api.edge import Edge
from service.batching import Batcher
from service.deps import Desk, Limiter
from service.metrics import Metrics
from service.settings import Settings
from service.storage import Engine, migrate, open_engine

#: The longest a stopping server waits for the worker to finish what it is sending.
_STOP_S = 20.0


def utc_now() -> datetime:
    """Return the present moment; the only clock of the desk."""
    return datetime.now(UTC)


def create_app(
    settings: Settings, *, tagger: Tagger | None = None, now: Callable[[], datetime] = utc_now
) -> FastAPI:
    """Return the application for these settings.

    Without a `tagger` the model that `models/CURRENT` names is loaded. The database is opened and brought to the
    newest schema, and the worker started, when the server starts; nothing happens before.
    """
    metrics = Metrics()
    app = FastAPI(
        title="بازخورد (Bazkhord)",
        description="متن‌کاوی فارسی برای بازخورد مشتری: برچسب، فوریت، مسیر و مهلت.",
        version="1",
        docs_url=None,  # their scripts come from the internet; /openapi.json does not
        redoc_url=None,
        lifespan=partial(_lifespan, settings, tagger, now, metrics),
    )
    app.add_middleware(Edge, metrics=metrics, max_body_bytes=settings.max_body_bytes)
    problems.install(app)
    for room in (analyze, feedback, tickets, admin, ops):
        app.include_router(room.router)
    web.install(app)
    return app
