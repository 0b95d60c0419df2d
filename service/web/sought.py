"""What the list of comments is narrowed to, as its address says it, and as the pages that one opens from it remember it."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from service.period import midnight
from service.search import search_terms
from service.storage.feedback import Filters
from service.web.days import iso_day, read_day
from service.web.frame import address

#: The name under which a ticket remembers that it was opened from the comments: the inbox has filters of the same names.
LIST = "comments"
_Word = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for, as the address says it."""

    q: _Word = ""
    topic: _Word = ""
    category: _Word = ""
    sentiment: _Word = ""
    urgency: _Word = ""
    signal: _Word = ""
    channel: _Word = ""
    customer: _Word = ""
    product: _Word = ""
    branch: _Word = ""
    tier: _Word = ""
    since: _Word = ""
    until: _Word = ""
    before: Annotated[str, Query(pattern=r"^\d{0,18}$")] = ""  # the last comment of the page before

    @property
    def narrowed(self) -> bool:
        """Tell whether anything at all is asked for."""
        return replace(self, before="") != Sought()

    @property
    def days(self) -> tuple[datetime | None, datetime | None]:
        """The first and the last day that are asked for; `Invalid` when a day is none."""
        return _midnight(self.since), _midnight(self.until)

    def address(self, path: str = "/comments", **changed: str) -> str:
        """Return the address of the search with some of it changed, or of a page that remembers it."""
        told = {**asdict(self), **changed} | ({"list": LIST} if path.startswith("/tickets/") else {})
        return address(path, told)

    def source(self, form: str) -> str:
        """Return the address at the API of a file of all that is found; the API takes nothing blank."""
        plain = replace(self, before="", since=iso_day(self.since), until=iso_day(self.until))
        kept = {name: value for name, value in asdict(plain).items() if value.strip()}
        return f"/v1/exports/feedback?{urlencode({**kept, 'format': form})}"

    def filters(self) -> Filters:
        """Return the filters as storage knows them; `Invalid` when a day is none."""
        told = {name: value or None for name, value in asdict(self).items()}
        del told["q"], told["since"], told["until"], told["before"]
        return Filters(
            **told,
            since=_midnight(self.since),
            until=_midnight(self.until, ahead=1),
            terms=search_terms(self.q),
        )


SoughtDep = Annotated[Sought, Depends()]


def _midnight(text: str, ahead: int = 0) -> datetime | None:
    day = read_day(text)
    return None if day is None else midnight(day + timedelta(days=ahead))
