"""What the insight pages are narrowed to, as their addresses say it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Annotated, ClassVar, TypeVar

from fastapi import Depends, Query

from service import views
from service.deps import CallerDep
from service.errors import Invalid
from service.feedback import counted_name
from service.jalali import day_of
from service.period import By, Period, between, buckets
from service.rules import topics
from service.search import search_terms
from service.storage.scope import Scope, Words
from service.web.days import iso_day, read_day
from service.web.frame import address
from service.web.page import AskedWord

_USUAL = 30
#: Of so many days each is drawn, unless other steps are asked for.
_BY_DAY = 45
STEPS: dict[By, str] = {"day": "روزانه", "week": "هفتگی", "month": "ماهانه"}
#: A chart with more points than this is drawn by larger steps.
_POINTS = 120
_Choice = TypeVar("_Choice", bound=str)
_Default = TypeVar("_Default", bound=str | None)


def chosen(allowed: Iterable[_Choice], written: str | None, default: _Default) -> _Choice | _Default:
    """Return the value that was written, in the type of those allowed; the default when it is none of them.

    >>> chosen(("day", "week"), "week", "day"), chosen(("day", "week"), "hour", None)
    ('week', None)
    """
    return next((each for each in allowed if each == written), default)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFilter:
    """The period and the part of the comments that a page is about; empty means all.

    The last `days`, unless somebody says since or until when.
    """

    SPANS: ClassVar[Mapping[int, str]] = {
        7: "هفتهٔ اخیر",
        30: "ماه اخیر",
        90: "سه ماه اخیر",
        180: "شش ماه اخیر",
        365: "یک سال اخیر",
        730: "دو سال اخیر",
    }
    days: Annotated[int, Query(ge=1, le=3660)] = _USUAL
    since: AskedWord = ""
    until: AskedWord = ""
    by: AskedWord = ""
    topic: AskedWord = ""
    channel: AskedWord = ""
    product: AskedWord = ""
    branch: AskedWord = ""
    tier: AskedWord = ""
    q: AskedWord = ""

    def scope(self, now: datetime) -> Scope:
        """Return the scope as storage knows it."""
        return Scope(
            period=self.period(now),
            topics=(self.topic,) if self.topic else None,
            channel=self.channel or None,
            product=self.product or None,
            branch=self.branch or None,
            tier=self.tier or None,
            words=Words.of(search_terms(self.q)),
        )

    def period(self, now: datetime) -> Period:
        """Return the days that are asked for; `Invalid` when the first is after the last, or has not come yet."""
        since, until, today = read_day(self.since), read_day(self.until), day_of(now)
        if since is not None and since > min(until or today, today):
            raise Invalid("wrong_period", "آغاز بازه پس از پایان آن است، یا هنوز نرسیده است.")
        return between(now, since, until, self.days)

    @property
    def is_dated(self) -> bool:
        """Tell whether the days were typed in, not chosen."""
        return bool(self.since or self.until)

    @property
    def about(self) -> "PageFilter":
        """The period and the topic alone, for pages on what has no channel, product or words of its own."""
        return PageFilter(days=self.days, since=self.since, until=self.until, topic=self.topic)

    def step(self, now: datetime) -> By:
        """Return how finely to draw: as asked, or as fits the width of a page."""
        period = self.period(now)
        asked: By | None = chosen(STEPS, self.by, None)
        usual: By = "day" if period.days <= _BY_DAY else "week"
        steps: tuple[By, ...] = (asked or usual, "week")
        return next((step for step in steps if len(buckets(period, step)) <= _POINTS), "month")

    def usual_step(self, now: datetime) -> By:
        """Return how finely to draw when nobody asks for a step."""
        return replace(self, by="").step(now)

    def address(self, path: str, **changed: str | int) -> str:
        """Return the address of a page with the same filters, some of them changed; an empty one is left out."""
        plain = {field.name: field.default for field in fields(self)}
        said = {**asdict(self), **changed}
        return address(path, {name: value for name, value in said.items() if value != plain.get(name)})

    def source(self, path: str, **told: str | int) -> str:
        """Return the address at the API of what a page shows.

        The API has defaults of its own, so whatever is not empty is said; the steps of a chart only where `told`.
        """
        return address(f"/v1{path}", {**asdict(self), "by": "", **told})


async def get_narrowed(caller: CallerDep, asked: Annotated[PageFilter, Depends()]) -> PageFilter:
    """Read the filters of an insight page; what a page does not offer is not asked for."""
    views.refuse_personal(caller, asked.channel, asked.product, asked.branch, asked.tier)
    return PageFilter(
        days=asked.days if asked.days in PageFilter.SPANS else _USUAL,
        since=iso_day(asked.since),
        until=iso_day(asked.until),
        by=asked.by if asked.by in STEPS else "",
        topic=asked.topic if asked.topic in topics.labels().topics else "",
        channel=asked.channel.strip(),
        product=counted_name(asked.product),
        branch=counted_name(asked.branch),
        tier=counted_name(asked.tier),
        q=asked.q.strip(),
    )


NarrowedDep = Annotated[PageFilter, Depends(get_narrowed)]
