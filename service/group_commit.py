"""Writes that wait for each other anyway share a transaction: the first to come leads, the others find theirs done.

Each is answered only when all of them are committed. A write that refuses (`ServiceError`) refuses for itself alone;
when the transaction as a whole fails, everybody tries once more in one of their own.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
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
    outcome: Future[Any] = field(default_factory=Future)


class GroupCommit:
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
            while not mine.outcome.done():
                self._lead()
        given: _T = mine.outcome.result()
        return given

    def _lead(self) -> None:
        with self._gathering:
            led, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            self._commit(led)
        except Busy as error:  # nothing was written, and asking again one by one would only take longer
            for write in led:
                write.outcome.set_exception(error)
        except Exception:  # noqa: BLE001 - one of them spoiled it for all, so each shows alone whether it is the one
            for write in led:
                self._alone(write)

    def _alone(self, write: _Write) -> None:
        try:
            self._commit([write])
        except Exception as error:  # noqa: BLE001 - whoever asked must hear of it
            write.outcome.set_exception(error)

    def _commit(self, writes: Sequence[_Write]) -> None:
        told: list[tuple[_Write, Any]] = []
        with begin(self._engine) as conn:
            for write_all, alike in groupby(writes, lambda write: write.write_all):
                together = list(alike)
                outcomes = write_all(conn, [write.item for write in together])
                told += zip(together, outcomes, strict=True)
        for write, outcome in told:
            if isinstance(outcome, ServiceError):
                write.outcome.set_exception(outcome)
            else:
                write.outcome.set_result(outcome)
