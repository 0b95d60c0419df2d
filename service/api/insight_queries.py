"""What the insight endpoints may be asked: one set of filters, and what each endpoint adds to it."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from nlp.tags import UrgencyLevel
from service import views
from service.api.bodies import Body, CountedName, Line, Name, example, mistake
from service.api.queries import Parameters, day
from service.auth import Caller
from service.errors import wrong_field
from service.insight import reports, trending, weekly
from service.insight.satisfaction import Score, Segment
from service.jalali import day_of
from service.period import By, Period, between, parse_day, week_of
from service.rules.topics import labels
from service.search import search_terms
from service.storage.scope import Scope, Words

#: A longer series is asked for by week or month.
MOST_BUCKETS = 200


def _is_day(value: object) -> object:
    """Refuse what is no day before its length is looked at: who writes a moment hears how a day is written."""
    if isinstance(value, str):
        day(value)
    return value


def _is_topic(value: str) -> str:
    if value not in labels().topics:
        raise mistake("unknown_topic", "چنین موضوعی در طبقه‌بندی نیست.")
    return value


def _is_touchpoint(value: str) -> str:
    if not trending.topics_of(touchpoint=value):
        raise mistake("unknown_touchpoint", "چنین نقطهٔ تماسی در طبقه‌بندی نیست.")
    return value


Day = Annotated[str, Field(max_length=10), BeforeValidator(_is_day)]


class AboutQuery(Parameters):
    """Which days, and which topics. Days are Tehran's, Gregorian or Jalali, both ends included."""

    since: Day | None = Field(default=None, description="نخستین روز؛ 2026-11-25 یا 1405-09-04")
    until: Day | None = Field(default=None, description="واپسین روز، خودش هم به شمار می‌آید")
    days: int = Field(default=30, ge=1, le=1830, description="اگر since نیاید: این تعداد روز تا until")
    touchpoint: Annotated[str, Field(max_length=40), AfterValidator(_is_touchpoint)] | None = None
    topic: Annotated[str, Field(max_length=40), AfterValidator(_is_topic)] | None = None
    format: Literal["json", "csv"] = "json"

    @model_validator(mode="after")
    def _in_order(self) -> "AboutQuery":
        if self.since and self.until and parse_day(self.until) < parse_day(self.since):
            raise mistake("wrong_period", "پایان بازه پیش از آغاز آن است.")
        return self

    def period(self, now: datetime) -> Period:
        """Return the days that are asked for; today is the last one unless `until` says otherwise.

        `Invalid` when the first of them has not come yet.
        """
        since, until = (parse_day(day) if day else None for day in (self.since, self.until))
        found = between(now, since, until, self.days)
        if found.since > day_of(now):
            detail = "آغاز بازه هنوز نرسیده است."
            raise wrong_field("since" if since else "until", "wrong_period", detail)
        return found

    def about(self, now: datetime) -> Scope:
        """Return these days and topics as storage knows them."""
        topics = None if self.touchpoint is None else trending.topics_of(touchpoint=self.touchpoint)
        if self.topic is not None:
            topics = (self.topic,) if topics is None or self.topic in topics else ()
        return Scope(period=self.period(now), topics=topics)


class InsightQuery(AboutQuery):
    """What an insight is narrowed to: days and topics, and what the comments themselves must have."""

    channel: Name | None = None
    product: CountedName | None = None
    branch: CountedName | None = None
    tier: CountedName | None = None
    urgency: UrgencyLevel | None = None
    q: Line | None = Field(default=None, description="جست‌وجوی فارسی در متن؛ آغاز هر واژه بس است")
    model: Name | None = Field(default=None, description="تنها برچسب‌های این نسخهٔ مدل")

    def scope(self, now: datetime, caller: Caller) -> Scope:
        """Return the scope as storage knows it; `Forbidden` when the caller may not ask for whom this is."""
        views.refuse_personal(caller, self.channel, self.product, self.branch, self.tier)
        same = ("channel", "product", "branch", "tier", "urgency")
        return replace(
            self.about(now),
            words=Words.of(search_terms(self.q or "")),
            version=self.model,
            **{name: getattr(self, name) for name in same},
        )


class TrendsQuery(InsightQuery):
    """What the trends page can be asked."""

    by: By = "day"
    segment: Segment | None = None

    def period(self, now: datetime) -> Period:
        """Return the days that are asked for; `Invalid` when they are too many to be told one by one."""
        found = super().period(now)
        if self.by == "day" and found.days > MOST_BUCKETS:
            detail = "برای بازهٔ بلند، by=week یا by=month را بخواهید."
            raise wrong_field("by", "too_many_buckets", detail)
        return found


class ScoreQuery(InsightQuery):
    """Which of the scores is explained."""

    days: int = Field(default=90, ge=1, le=1830)
    score: Score = "csat"


class EmergingQuery(InsightQuery):
    """The stretch in which something new is looked for."""

    days: int = Field(default=7, ge=1, le=92)


class PerformanceQuery(AboutQuery):
    """What the desk's own figures are drawn up by."""

    by: reports.Grouping = "queue"
    table: Literal["items", "backlog"] = Field(default="items", description="جدولی که CSV نشان می‌دهد")


class DigestQuery(Parameters):
    """Whose digest, and of which week."""

    department: Name = weekly.EVERYBODY
    week: Day | None = Field(default=None, description="روزی از آن هفته؛ بی آن، هفتهٔ پیش")
    format: Literal["json", "csv"] = "json"

    def period(self, now: datetime) -> Period:
        """Return the week that is asked for."""
        return weekly.last_week(now) if self.week is None else week_of(parse_day(self.week))


class DigestLinkIn(Body, json_schema_extra=example(department="all", days=7)):
    """A digest that somebody wants to show around."""

    department: Line = weekly.EVERYBODY
    week: Day | None = None
    days: Annotated[int, Field(ge=1, le=90)] = 14


class FactorsQuery(InsightQuery):
    """What the scorecard is drawn up by."""

    by: Segment = "branch"
