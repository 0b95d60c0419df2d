"""Writes that wait for each other anyway share a transaction: the first to come leads, the others find theirs done.

Each is answered only when all of them are committed. A write that refuses (`ServiceError`) refuses for itself alone;
when the transaction as a whole fails, everybody tries once more in one of their own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from threading import Lock
from typing import Any, TypeVar

from service.errors import Busy, ServiceError
from service.storage import Connection, Engine, begin

_T = TypeVar("_T")
_Item = TypeVar("_Item")
#: Writes items in the order they came and returns, for each, what came of it; a refusal is a `ServiceError`.
WriteAll = Callable[[Connection, Sequence[_Item]], Sequence[_T | ServiceError]]
#: So many writes hold the database together; readers see them all at once.
_MOST = 64


@dataclass(slots=True, eq=False)
class _Write:
    """What somebody wants written, how such things are written, and what came of it."""

    write_all: WriteAll[Any, Any]
    item: Any
    given: list[Any] = field(default_factory=list)
    error: Exception | None = None

    def take(self, outcome: Any) -> None:
        """Keep what came of it; a refusal is for whoever asked."""
        self.given, self.error = ([], outcome) if isinstance(outcome, ServiceError) else ([outcome], None)

    @property
    def done(self) -> bool:
        """Whether somebody has led this write to its end."""
        return bool(self.given) or self.error is not None


class Together:
    """Gathers the writes of many threads into few transactions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[_Write] = []
        self._gathering = Lock()
        self._leading = Lock()

    def write_with(self, write_all: WriteAll[_Item, _T], item: _Item) -> _T:
        """Return what `write_all` makes of this item once it is committed; others may be written in the same call.

        An item that is refused must leave nothing behind.
        """
        mine = _Write(write_all, item)
        with self._gathering:
            self._waiting.append(mine)
        with self._leading:
            while not mine.done:
                self._lead()
        if mine.error is not None:
            raise mine.error
        given: _T = mine.given[0]
        return given

    def _lead(self) -> None:
        with self._gathering:
            led, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            with begin(self._engine) as conn:
                for write_all, alike in groupby(led, lambda write: write.write_all):
                    _run(conn, write_all, list(alike))
        except Busy as error:  # nothing was written, and asking again one by one would only take longer
            for write in led:
                write.given, write.error = [], error
        except Exception:  # noqa: BLE001 - one of them spoiled it for all, so each shows alone whether it is the one
            for write in led:
                self._alone(write)

    def _alone(self, write: _Write) -> None:
        try:
            with begin(self._engine) as conn:
                _run(conn, write.write_all, [write])
        except Exception as error:  # noqa: BLE001 - whoever asked must hear of it
            write.given, write.error = [], error


def _run(conn: Connection, write_all: WriteAll[Any, Any], writes: Sequence[_Write]) -> None:
    outcomes = write_all(conn, [write.item for write in writes])
    for write, outcome in zip(writes, outcomes, strict=True):
        write.take(outcome)
