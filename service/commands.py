"""What the commands do without a server, whose routes take two seconds to put together."""

import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from threading import Event

from service import curating, logs, rulefile, worker
from service.comments.understanding import Line
from service.live import Live
from service.routing import Rules
from service.settings import Settings
from service.storage import Engine, migrate, open_engine, read


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """Open the database with the newest schema and let the process know its own topics; close it again."""
    engine = open_engine(settings.database_url)
    try:
        migrate(engine)
        with read(engine) as conn:
            curating.taken(conn)  # rules may name them
        yield engine
    finally:
        engine.dispose()


@contextmanager
def line(settings: Settings) -> Iterator[Line]:
    """Open what a comment passes on its way in, without a server."""
    with opened(settings) as engine:
        live = Live(engine, settings)
        try:
            yield live.in_force
        finally:
            live.close()


def rules(settings: Settings) -> Rules:
    """Return the routing rules that the settings name."""
    return rulefile.load_with_calendar(settings.rules, settings.calendar)[0]


def work(settings: Settings, now: Callable[[], datetime]) -> None:
    """Do what the desk owes to others until a signal says stop."""
    logs.configure(settings.log_format)
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the rules are read
    with opened(settings) as engine, closing(Live(engine, settings)) as live, live.following(now):
        signal.signal(signal.SIGHUP, lambda *_: live.ask())
        worker.run(engine, settings, live, stop, now)
