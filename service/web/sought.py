"""What the list of comments is narrowed to, as its address says it, and as the pages that one opens from it remember it."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from fastapi import Depends, Query

from service.auth import Caller
from service.errors import Invalid
from service.feedback import counted_name
from service.period import midnight
from service.search import search_terms
from service.storage.feedback import Filters
from service.web.days import iso_day, read_day
from service.web.frame import Listed, address
from service.web.page import AskedWord


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery(Listed):
    """What is looked for, as the address says it."""

    PATH: ClassVar[str] = "/comments"
    NAME: ClassVar[str] = "comments"
    q: AskedWord = ""
    topic: AskedWord = ""
    category: AskedWord = ""
    sentiment: AskedWord = ""
    urgency: AskedWord = ""
    signal: AskedWord = ""
    channel: AskedWord = ""
    customer: AskedWord = ""
    product: AskedWord = ""
    branch: AskedWord = ""
    tier: AskedWord = ""
    since: AskedWord = ""
    until: AskedWord = ""
    before: Annotated[str, Query(pattern=r"^\d{0,18}$")] = ""  # the last comment of the page before

    @property
    def narrowed(self) -> bool:
        """Tell whether anything at all is asked for."""
        return replace(self, before="") != SearchQuery()

    @property
    def days(self) -> tuple[datetime | None, datetime | None]:
        """The first and the last day that are asked for; `Invalid` when a day is none."""
        return _midnight(self.since), _midnight(self.until)

    def source(self, form: str) -> str:
        """Return the address at the API of a file of all that is found; the API takes nothing blank."""
        plain = replace(self, before="", since=iso_day(self.since), until=iso_day(self.until))
        kept = {name: value for name, value in asdict(plain).items() if value.strip()}
        return address("/v1/exports/feedback", {**kept, "format": form})

    def filters(self, caller: Caller) -> Filters:
        """Return the filters as storage knows them; `Invalid` when a day is none, or the first is after the last.

        Who sees masked texts must not find out by whom they are.
        """
        since, until = self.days
        if since is not None and until is not None and since > until:
            raise Invalid("wrong_period", "آغاز بازه پس از پایان آن است.")
        named = {name: counted_name(getattr(self, name)) for name in ("product", "branch", "tier")}
        told = {name: value.strip() or None for name, value in (asdict(self) | named).items()}
        del told["q"], told["since"], told["until"], told["before"]
        terms = search_terms(self.q)
        names = terms if caller.sees_originals else None
        return Filters(**told, since=since, until=_midnight(self.until, ahead=1), terms=terms, names=names)


SoughtDep = Annotated[SearchQuery, Depends()]


def _midnight(text: str, ahead: int = 0) -> datetime | None:
    day = read_day(text)
    return None if day is None else midnight(day + timedelta(days=ahead))
