"""What may be asked for in a query string. Unknown parameters are refused, so that a typing error is no silent filter."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from service import views
from service.api.bodies import CountedName, Line, Name, as_written, mistake, plausible
from service.auth import Caller
from service.period import midnight, parse_day
from service.rules import topics
from service.search import search_terms
from service.sla import Priority
from service.storage.feedback import Filters
from service.storage.tickets import Criteria
from service.tickets import FINISHED, OPEN, Status

#: A zone whose «+» was not written as %2B: in an address it stands for a space.
_UNWRITTEN = re.compile(r"(.+T.*\d) (\d\d:?\d\d)")
_PLAIN_DAY = re.compile(r"\d+-\d+-\d+")
_AS_DAY = "روز باید مانند 2026-11-25 یا 1405-09-04 نوشته شود"


def day(value: str) -> date:
    """Return a day that is written in either calendar."""
    try:
        return parse_day(value)
    except (ValueError, TypeError) as error:
        raise mistake("wrong_day", f"{_AS_DAY}.") from error


def _moment(days_on: int) -> BeforeValidator:
    """Read a moment, or the midnight of Tehran at which a plain day begins, or so many days on."""

    def read(value: object) -> object:
        if isinstance(value, str) and _PLAIN_DAY.fullmatch(value):
            return midnight(day(value) + timedelta(days=days_on))
        if isinstance(value, str) and ":" not in value:  # who wrote no time meant a day
            raise mistake("wrong_datetime", f"{_AS_DAY}، و لحظه مانند ‎2026-11-24T10:00:00+03:30.")
        found = _UNWRITTEN.fullmatch(value) if isinstance(value, str) else None
        return as_written(f"{found[1]}+{found[2]}" if found else value)

    return BeforeValidator(read)


_Moment = Annotated[
    AwareDatetime,
    AfterValidator(plausible),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
    ),
]
SINCE = (
    "نظرهایی که از این هنگام به بعد نوشته شده‌اند (created_at): "
    "لحظه‌ای با منطقهٔ زمانی (ISO 8601)، یا روزی به وقت تهران: 2026-11-25 یا 1405-09-04"
)
UNTIL = "نظرهایی که پیش از این لحظه، یا تا پایان این روز، نوشته شده‌اند"
Since = Annotated[_Moment, _moment(0)]
Until = Annotated[_Moment, _moment(1)]  # the day itself belongs to it


def _known(kind: str) -> AfterValidator:
    """Refuse a label that the taxonomy does not have: nothing would ever match it."""

    def check(value: str) -> str:
        if value not in getattr(topics.labels(), kind):
            raise mistake("unknown_label", "این برچسب در طبقه‌بندی نیست.")
        return value

    return AfterValidator(check)


class Parameters(BaseModel):
    """What stands in a query string; what is not told of is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Query(Parameters):
    """Parameters of one page of a listing."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=500, description="next_cursor صفحهٔ پیش")


class QualityQuery(Parameters):
    """The days whose judged tags are counted."""

    days: int = Field(default=90, ge=1, le=365)
    format: Literal["json", "csv"] = "json"


class Dated(Parameters):
    """Narrows a listing to a stretch of time."""

    since: Since | None = Field(default=None, description=SINCE)
    until: Until | None = Field(default=None, description=UNTIL)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until <= self.since:
            raise mistake("wrong_period", "پایان بازه پیش از آغاز آن است.")
        return self


class FeedbackFilter(Dated):
    """Narrows what is said of comments."""

    q: Line | None = Field(
        default=None,
        description="جست‌وجوی فارسی؛ آغاز هر واژه بس است. از نقش کارشناس به بالا، نام مشتری هم",
    )
    channel: Name | None = None
    category: Annotated[Name, _known("categories")] | None = None
    sentiment: Annotated[Name, _known("sentiments")] | None = None
    topic: Annotated[Name, _known("topics")] | None = None
    signal: Annotated[Name, _known("signals")] | None = None
    urgency: Annotated[Name, _known("urgency")] | None = None
    queue: Name | None = None
    customer: Name | None = Field(default=None, description="external_id مشتری")
    product: CountedName | None = None
    branch: CountedName | None = None
    tier: CountedName | None = Field(
        default=None, description="سطح باشگاه مشتری در روزی که نوشت، چنان‌که در روندها شمرده می‌شود"
    )
    external_id: Name | None = None
    needs_review: bool | None = None

    def filters(self, caller: Caller) -> Filters:
        """Return the filters as storage knows them; `Forbidden` when the caller may not ask for whom this is."""
        named = (self.customer, self.external_id, self.channel, self.product, self.branch, self.tier)
        views.refuse_personal(caller, *named)
        told = self.model_dump(include=set(FeedbackFilter.model_fields) - {"q"})
        terms = search_terms(self.q or "")
        return Filters(**told, terms=terms, names=terms if caller.sees_originals else None)


class FeedbackQuery(FeedbackFilter, Query):
    """Narrows the listing of comments."""


class TicketFilter(Dated):
    """Narrows tickets as the inbox does."""

    q: Line | None = Field(
        default=None,
        description="جست‌وجوی فارسی در نظرها؛ از نقش کارشناس به بالا، شناسهٔ دقیق و آغاز هر واژهٔ نام مشتری هم",
    )
    queue: Name | None = None
    status: Status | None = None
    finished: bool | None = Field(
        default=None, description="false: تنها تیکت‌های باز، true: تنها پایان‌یافته‌ها"
    )
    priority: Priority | None = None
    assignee: Name | None = Field(
        default=None, description="نام همکار؛ me: خودم، nobody: بی‌صاحب", examples=["nobody"]
    )
    topic: Annotated[Name, _known("topics")] | None = None
    urgency: Annotated[Name, _known("urgency")] | None = None
    channel: Name | None = None

    def which(self, caller: Caller, named: Sequence[str]) -> Criteria:
        """Return this as storage knows it; tickets that are `named`, if any, are looked for by their ids and not by words.

        `Forbidden` when the caller may not ask for whom this is.
        """
        views.refuse_personal(caller, self.channel)
        terms = None if named else search_terms(self.q or "")
        said = self.model_dump(include={"topic", "urgency", "channel", "since", "until"})
        known = {None: (*OPEN, *FINISHED), True: FINISHED, False: OPEN}[self.finished]
        return Criteria(
            queue=self.queue,
            statuses=[one for one in known if self.status in {None, one}],
            priority=self.priority,
            assignee={"me": caller.name, "nobody": ""}.get(self.assignee or "", self.assignee),
            filters=Filters(**said, terms=terms, names=terms if caller.sees_originals else None),
            among=named or None,
        )


class AuditQuery(Query):
    """Narrows the trail."""

    actor: Name | None = None
    action: Name | None = None
    object_id: Name | None = None


class PromiseQuery(Query):
    """Which open promises are listed: those that fall due within so many hours."""

    hours: int = Field(default=24, ge=1, le=24 * 90)


class TicketQuery(Query):
    """Narrows the listing of a queue."""

    status: Status | None = Field(default=None, description="پیش‌فرض: همهٔ وضعیت‌های باز")
