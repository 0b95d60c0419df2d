"""Running the desk: the server processes, their signals, and the link that lets the first person in."""

import os
import signal
from collections.abc import Callable, Sequence
from socket import AF_INET, AF_INET6, create_server, socket
from typing import Any

import uvicorn
from fastapi import FastAPI

from nlp import artifacts
from nlp.errors import UserError
from service import commands, logs, model_process
from service.app import create_app, utc_now
from service.casework import replies
from service.model_process import Model, ModelProcess
from service.settings import Settings
from service.storage import begin, keys

#: A stopping server waits so long for requests under way: one that trickles in would otherwise hold it for ever.
_STOP_S = 20
_MANNERS: dict[str, Any] = {"log_config": None, "access_log": False, "timeout_graceful_shutdown": _STOP_S}


def serve(
    settings: Settings, workers: int, taggers: Sequence[ModelProcess], *, say: Callable[[str], None]
) -> None:
    """Serve until a signal says stop; `say` is given the address and the sign-in link once the door is open.

    `taggers` were started before; with more `workers` each starts its own.
    """
    logs.configure(settings.log_format)
    settings = settings.model_copy(update={"port": _free_port(settings)})

    def welcome() -> None:
        say(f"Bazkhord: {settings.address}")
        say(f"Sign in once, within {settings.sign_in_minutes} minutes: {sign_in_link(settings)}")

    if workers > 1:
        _check(settings)
        # each worker loads it, and this process need not
        artifacts.fitting(artifacts.current(settings.models))
        # what was said on the command line reaches them as it would from outside
        os.environ.update(BAZKHORD_HOST=settings.host, BAZKHORD_PORT=str(settings.port))
        welcome()
        uvicorn.run("service.serving:from_environment", factory=True, workers=workers, host=settings.host,
                    port=settings.port, **_MANNERS)  # fmt: skip
        return
    app = create_app(settings, taggers=_sound(settings, taggers))
    signal.signal(signal.SIGHUP, lambda *_: reload_rules(app))
    config = uvicorn.Config(app, host=settings.host, port=settings.port, **_MANNERS)
    _Welcoming(config, welcome).run()


def _sound(settings: Settings, taggers: Sequence[ModelProcess]) -> Sequence[Model]:
    """Return the taggers once they are loaded, or one in this process where there are none."""
    _check(settings)
    for tagger in taggers:
        tagger.model  # noqa: B018 - whatever is wrong with it is told now
    return taggers or [model_process.beside(artifacts.current(settings.models), settings.trade)]


def _free_port(settings: Settings) -> int:
    """Return where to listen, also when 0 leaves it to the system; an address that cannot be had is told now."""
    family = AF_INET6 if ":" in settings.host else AF_INET
    try:
        with create_server((settings.host, settings.port), family=family) as door:
            port: int = door.getsockname()[1]
            return port
    except OSError as error:
        raise UserError(f"{settings.host} port {settings.port}: {error.strerror}") from error


def _check(settings: Settings) -> None:
    """Look at what people set up before the server starts, so that a mistake there is one line, not a trace."""
    with commands.opened(settings):
        pass
    commands.rules(settings)
    replies.load(settings.replies)


class _Welcoming(uvicorn.Server):
    """A server that speaks up when it can answer: a link that is followed too early finds nobody."""

    def __init__(self, config: uvicorn.Config, welcome: Callable[[], None]) -> None:
        super().__init__(config)
        self._welcome = welcome

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Open the door, then say where it is."""
        await super().startup(sockets)
        if self.started:
            self._welcome()


def from_environment() -> FastAPI:
    """Return the application that the environment describes; what a process of `serve --workers` runs."""
    return create_app(Settings())


def reload_rules(app: FastAPI) -> None:
    """Have the rules read again on SIGHUP; wrong ones are told to the log and the old ones stay."""
    desk = getattr(app.state, "desk", None)
    if desk is not None:  # still starting, it will read them anyway
        desk.live.ask()


def sign_in_link(settings: Settings) -> str:
    """Return a link that opens once and makes whoever follows it an admin."""
    with commands.opened(settings) as engine, begin(engine) as conn:
        token = keys.create_link(conn, "admin", utc_now(), settings.sign_in_minutes)
    return f"{settings.address}/sign-in?token={token}"
