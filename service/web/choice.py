"""What a visitor chose, when it is one of the things that can be chosen."""

from collections.abc import Iterable
from typing import TypeVar

_Choice = TypeVar("_Choice", bound=str)
_Default = TypeVar("_Default", bound=str | None)


def chosen(allowed: Iterable[_Choice], written: str | None, default: _Default) -> _Choice | _Default:
    """Return the value that was written, in the type of those allowed; the default when it is none of them.

    >>> chosen(("day", "week"), "week", "day"), chosen(("day", "week"), "hour", None)
    ('week', None)
    """
    return next((each for each in allowed if each == written), default)
