"""The application: everything real is built here, once, when the server starts."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from threading import Event, Thread

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from nlp import artifacts
from service import logs, model_process, web, worker
from service.api import (
    analyze,
    announced,
    audit,
    exports,
    feedback,
    imports,
    inbound,
    insights,
    keys,
    models,
    ops,
    problems,
    replies,
    review,
    rules,
    tickets,
    topics,
    webhooks,
)
from service.api.edge import Edge
from service.deps import Desk, Limiter
from service.group_commit import GroupCommit
from service.live import Live
from service.metrics import Metrics
from service.model_process import Model
from service.settings import Settings
from service.storage import Engine, migrate, open_engine
from service.web import failures

#: The longest a stopping server waits for the worker to finish what it is sending.
_STOP_S = 20.0
#: Paths that take a file.
_TAKE_FILES = ("/v1/feedback/import", "/settings/import", "/settings/import/preview")
#: Imports come before comments: what follows `/v1/feedback/` there is no id.
_ROOMS = (
    analyze,
    imports,
    feedback,
    review,
    tickets,
    replies,
    rules,
    topics,
    insights,
    webhooks,
    inbound,
    exports,
    models,
    keys,
    audit,
    ops,
)


def utc_now() -> datetime:
    """Return the present moment: the clock of a desk that is given no other."""
    return datetime.now(UTC)


def create_app(
    settings: Settings, *, taggers: Sequence[Model] = (), now: Callable[[], datetime] = utc_now
) -> FastAPI:
    """Return the application for these settings.

    Without `taggers` the model that `models/CURRENT` names is loaded. The database is opened and brought to the
    newest schema, and the worker started, when the server starts; nothing happens before.
    """
    metrics = Metrics()
    app = FastAPI(
        title="بازخورد (Bazkhord)",
        description="متن‌کاوی فارسی برای بازخورد مشتری: برچسب، فوریت، مسیر و مهلت.",
        version="1",
        docs_url=None,  # their scripts come from the internet; /openapi.json does not
        redoc_url=None,
        separate_input_output_schemas=False,  # tags look the same in what we answer and in what we send
        routes=_routes(),
        redirect_slashes=False,  # it would lead to wherever the Host header says, without our own headers
        webhooks=announced.webhooks(),
        lifespan=partial(_lifespan, partial(_open_desk, settings, taggers, now, metrics)),
    )
    app.add_middleware(
        Edge,
        metrics=metrics,
        max_body_bytes=settings.max_body_bytes,
        larger=dict.fromkeys(_TAKE_FILES, settings.max_import_bytes),
    )
    problems.install(app)
    failures.install(app)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Return the routes of the API and the pages, put together once in a process: that takes a tenth of a second."""
    everything = APIRouter()
    for room in _ROOMS:
        everything.include_router(room.router)
    web.add_routes(everything)
    return everything.routes


@asynccontextmanager
async def _lifespan(open_desk: Callable[[ExitStack], Desk], app: FastAPI) -> AsyncIterator[None]:
    with ExitStack() as stack:
        app.state.desk = await run_in_threadpool(open_desk, stack)
        # starting took a lot of memory that stays: the collector need not look at it again
        gc.collect()
        gc.freeze()
        yield
        await run_in_threadpool(stack.close)


def _open_desk(
    settings: Settings,
    taggers: Sequence[Model],
    now: Callable[[], datetime],
    metrics: Metrics,
    stack: ExitStack,
) -> Desk:
    logs.configure(settings.log_format)
    engine = open_engine(settings.database_url)
    stack.callback(engine.dispose)
    migrate(engine)
    taggers = taggers or model_process.started(
        artifacts.current(settings.models), settings.model_processes, settings.trade
    )
    live = Live(engine, settings, taggers)
    stack.callback(live.close)
    stack.enter_context(live.following(now))
    if settings.worker:
        stack.enter_context(_working(engine, settings, live, now))
    return Desk(
        settings=settings,
        engine=engine,
        live=live,
        now=now,
        metrics=metrics,
        limiter=Limiter(settings.requests_per_minute),
        together=GroupCommit(engine),
    )


@contextmanager
def _working(engine: Engine, settings: Settings, live: Live, now: Callable[[], datetime]) -> Iterator[None]:
    """Run the worker beside the server, and let it finish what it is sending when the server stops."""
    stop = Event()
    thread = Thread(target=worker.run, args=(engine, settings, live, stop, now), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_S)
