"""Writes that wait for each other anyway share a transaction: the first to come leads, the others find theirs done.

Each is answered only when all of them are committed. A write that refuses (`ServiceError`) refuses for itself alone;
when the transaction as a whole fails, everybody tries once more in one of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from service.errors import Busy, ServiceError
from service.storage import Connection, Engine, begin

_T = TypeVar("_T")
#: So many writes hold the database together; readers see them all at once.
_MOST = 64


@dataclass(slots=True, eq=False)
class _Write(Generic[_T]):
    """What somebody wants written, and what came of it."""

    do: Callable[[Connection], _T]
    given: list[_T] = field(default_factory=list)
    error: Exception | None = None

    def run(self, conn: Connection) -> None:
        """Write; a refusal is kept for whoever asked."""
        self.given, self.error = [], None
        try:
            self.given = [self.do(conn)]
        except ServiceError as error:
            self.error = error

    @property
    def done(self) -> bool:
        """Whether somebody has led this write to its end."""
        return bool(self.given) or self.error is not None


class Together:
    """Gathers the writes of many threads into few transactions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[_Write[object]] = []
        self._gathering = Lock()
        self._leading = Lock()

    def write(self, do: Callable[[Connection], _T]) -> _T:
        """Return what `do` returns once it is committed; it must write nothing before it refuses."""
        mine = _Write(do)
        with self._gathering:
            self._waiting.append(mine)  # type: ignore[arg-type]  # whatever it gives, nobody else looks at it
        with self._leading:
            while not mine.done:
                self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.given[0]

    def _lead(self) -> None:
        with self._gathering:
            led, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            with begin(self._engine) as conn:
                for write in led:
                    write.run(conn)
        except Busy as error:  # nothing was written, and asking again one by one would only take longer
            for write in led:
                write.given, write.error = [], error
        except Exception:  # noqa: BLE001 - one of them spoiled it for all, so each shows alone whether it is the one
            for write in led:
                self._alone(write)

    def _alone(self, write: _Write[object]) -> None:
        try:
            with begin(self._engine) as conn:
                write.run(conn)
        except Exception as error:  # noqa: BLE001 - whoever asked must hear of it
            write.given, write.error = [], error
