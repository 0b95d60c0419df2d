"""Plates of Iranian cars, as they are read and as they stand on the car."""

import re
from collections.abc import Iterator

_LETTER = "(?:الف|[ابپتثجدزژسشصطعفقکگلمنوهی]|D|S)"
_SPOKEN = "(?:الف|جیم|دال|سین|شین|صاد|طا|عین|قاف|لام|میم|نون|واو|[ابپتثجدزژسشصطعفقکگلمنوهی]|D|S)"
_SPACE = "[ \u200c\u200e\u200f]?"
_DASH = f"{_SPACE}[-–|/:]?{_SPACE}"
#: As it is read, and as it stands on the car: the letter is between two digits and three, the region at either side.
_BODY = rf"(?:\d{{2}}{_DASH}{_SPOKEN}{_DASH}\d{{3}}|\d{{3}}{_DASH}{_SPOKEN}{_DASH}\d{{2}})"
_REGION = rf"(?:ایران{_DASH}\d{{2}}|\d{{2}}{_DASH}ایران)"
#: Where nothing says that it is one, a plate has no zero but in its region, and no letter that is a word or a model's.
_PLAIN = rf"[1-9]{{2}} ?(?![وDS]){_LETTER} ?[1-9]{{3}} ?[-–|/]? ?[1-9]\d"
_PLATE = re.compile(
    rf"(?<!\d)(?:{_BODY}{_DASH}{_REGION}|{_REGION}{_DASH}{_BODY}"
    rf"|\d{{2}}{_LETTER}\d{{3}} ?[-–|/]? ?\d{{2}}|{_PLAIN})(?!\d)"
)
_AFTER_ITS_NAME = re.compile(
    rf"(?:(?<=پلاک)[^\d\n]{{0,16}}?(?P<plate>{_BODY}{_DASH}\d{{2}}|\d{{2}}{_DASH}{_BODY})"
    # that of a motorcycle has no letter: «پلاک موتورش ۱۲۳-۴۵۶۷۸», «موتوری با پلاک …»
    r"|(?:(?<=پلاک)[^\d\n]{0,4}?موتور|موتور[^\d\n]{0,12}?پلاک)[^\d\n]{0,8}?(?P<motor>\d{3} ?[-–|/]? ?\d{5}))(?!\d)"
)


def spans(plain: str) -> Iterator[tuple[int, int]]:
    """Return where plates begin and end in a text with ASCII digits and Persian letters.

    >>> list(spans("راننده 12 ط 345 11 دیر رسید"))
    [(7, 18)]
    """
    yield from (match.span() for match in _PLATE.finditer(plain))
    if "پلاک" in plain:
        yield from (match.span(match.lastgroup or 0) for match in _AFTER_ITS_NAME.finditer(plain))
