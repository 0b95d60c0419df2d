"""How the desk writes its log: one event per line, with the request's id, without anybody's words or secrets."""

import logging
import traceback
from contextlib import suppress
from typing import Literal

import structlog

from service.errors import Busy


class _Line(structlog.PrintLogger):
    """Writes to stdout, and goes on when nothing can be written there: a full disk under the log must end no work."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    info = warning = error = msg


def configure(form: Literal["json", "console"]) -> None:
    """Set the form of this process's log lines."""
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Line(),
    )


def places(error: BaseException) -> list[str]:
    """Return where in the code an error came from, the innermost last: its message may quote a comment, these never do."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames][-12:]


def failed(event: str, error: BaseException, **facts: str) -> None:
    """Write down what went wrong with us, and where: of the message only what the system itself says, such as of a full disk."""
    told = {"reason": error.strerror} if isinstance(error, OSError) and error.strerror else {}
    kind = type(error).__name__
    structlog.get_logger().error(event, **facts, kind=kind, **told, places=places(error))
    unavailable(error)


def unavailable(error: BaseException) -> None:
    """Write down why we could not do what was asked; without it a full disk looks like many callers."""
    if isinstance(error, Busy) and error.why is not None:
        structlog.get_logger().error("unavailable", code=error.code, reason=error.why)
