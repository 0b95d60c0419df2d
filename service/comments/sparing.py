"""A comment that breaks what reads it costs itself alone: those beside it are read one by one."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import structlog

from nlp.errors import ModelError
from service import logs
from service.errors import Busy, ServiceError

_Item = TypeVar("_Item")
_Read = TypeVar("_Read")


class Failure(NamedTuple):
    """What went wrong where a comment was read, and at which places of the code; it travels between processes."""

    kind: str
    places: list[str]

    def refusal(self) -> ServiceError:
        """Return what its sender is told; those who run the desk find the places in the log."""
        structlog.get_logger().error("reading_failed", kind=self.kind, places=self.places)
        detail = "خواندن این نظر به خطایی در سامانه برخورد؛ نظرهای دیگر آسیبی ندیدند."
        return ServiceError("reading_failed", detail)


def read_each(
    read_all: Callable[[Sequence[_Item]], Sequence[_Read]], items: Sequence[_Item]
) -> list[_Read | Failure]:
    """Return what `read_all` makes of these items, or of each alone when one of them breaks it.

    A model that is busy or not there is the fault of none of them.
    """
    try:
        return list(read_all(items))
    except (Busy, ModelError):
        raise
    except Exception as error:  # noqa: BLE001 - nobody knows what an odd text may find; its neighbours are sound
        if len(items) == 1:
            return [Failure(type(error).__name__, logs.places(error))]
    return [outcome for item in items for outcome in read_each(read_all, [item])]
