"""What a sender may say, through whichever door it comes, and the words in which it is refused. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from service.jalali import persian
from service.period import SENSIBLE

#: The most characters of a value on one line, such as a name or an id, and of a longer one, such as a question.
LINE, PARAGRAPH = 200, 2_000
#: Beyond this a float no longer tells whole numbers apart.
MOST = 2**53
#: The lowest and the highest answer to each question about satisfaction.
SCORES: Mapping[str, tuple[int, int]] = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7), "stars": (1, 5)}
#: Values that a sender may tell beside our fields.
MOST_METADATA = 50
_OLDEST, _NEWEST = (datetime(year, 1, 1, tzinfo=UTC) for year in (SENSIBLE.start, SENSIBLE.stop))
#: Clocks differ; a comment from further ahead is a mistake.
_AHEAD = timedelta(days=1)
#: What no eye can see: a comment of these only is an empty comment.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
_SURROGATE = re.compile("[\ud800-\udfff]")


class Refusal(NamedTuple):
    """Why a value is refused: a stable code for programs and a Persian sentence for people."""

    code: str
    detail: str


EMPTY = Refusal("text_empty", "متن خالی است.")
NUL = Refusal("nul_character", "نویسهٔ NUL پذیرفته نمی‌شود.")
HALF = Refusal("lone_surrogate", "این متن یونیکد درستی نیست (نویسهٔ جانشین تنها دارد).")
FAR = Refusal("out_of_range", "این زمان بیش از اندازه دور است.")
IRANIAN = Refusal(
    "out_of_range", "سال این زمان شمسی است؛ آن را میلادی بنویسید، مانند ‎2026-11-24T10:00:00+03:30."
)
TOO_MANY = Refusal("too_many", "حداکثر ۵۰ مقدار پذیرفته می‌شود.")
FUTURE = Refusal("in_the_future", "این زمان هنوز نرسیده است.")


def is_blank(value: str) -> bool:
    """Tell whether nobody can see anything of a text.

    >>> is_blank("\u200c \u200c"), is_blank("می\u200cروم")
    (True, False)
    """
    return not value.translate(_INVISIBLE).strip()


def unstorable(value: str) -> Refusal | None:
    """Return why no database can keep a text: it has NUL, or half of a character."""
    if "\0" in value:
        return NUL
    return HALF if not value.isascii() and _SURROGATE.search(value) else None


def too_long(text: str, max_chars: int) -> Refusal | None:
    """Return why a comment is refused that has more characters than the settings allow."""
    if len(text) <= max_chars:
        return None
    return Refusal("text_too_long", f"متن از {persian(max_chars)} نویسه بلندتر است.")


def is_far(moment: datetime) -> bool:
    """Tell whether no customer can have lived at this moment."""
    return not _OLDEST <= moment < _NEWEST


def misdated(moment: datetime, now: datetime) -> Refusal | None:
    """Return why a comment cannot have been written at this moment."""
    if is_far(moment):
        return FAR
    return FUTURE if moment > now + _AHEAD else None
