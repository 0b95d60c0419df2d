"""What customers say, counted and compared: every answer as JSON, or its table as CSV with `format=csv`."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from starlette.responses import JSONResponse, Response

from nlp import taxonomy
from nlp.tags import UrgencyLevel
from service import insight, reports, satisfaction, watch
from service.api.bodies import mistake
from service.api.described import PROBLEMS
from service.api.queries import Word
from service.deps import DeskDep, Now, Reader
from service.period import By, Period, buckets, last_days, parse_day
from service.satisfaction import Score
from service.search import search_terms
from service.storage import read
from service.storage.insights import Scope

router = APIRouter(prefix="/v1", tags=["insights"], responses=PROBLEMS)

Segment = Literal["channel", "product", "branch", "tier"]
#: A longer series is asked for by week or month.
_BUCKETS = 200
_LONGEST = timedelta(days=366 * 5)


def _is_day(value: str) -> str:
    try:
        parse_day(value)
    except (ValueError, TypeError) as error:
        raise mistake("wrong_day", "روز باید مانند 2026-11-25 یا 1405-09-04 نوشته شود.") from error
    return value


def _is_topic(value: str) -> str:
    if value not in taxonomy.load().topics:
        raise mistake("unknown_topic", "چنین موضوعی در تاکسونومی نیست.")
    return value


def _is_touchpoint(value: str) -> str:
    if not insight.topics_of(touchpoint=value):
        raise mistake("unknown_touchpoint", "چنین نقطهٔ تماسی در تاکسونومی نیست.")
    return value


Day = Annotated[str, Field(max_length=10), AfterValidator(_is_day)]


class InsightQuery(BaseModel):
    """What an insight is narrowed to. Days are Tehran's, Gregorian or Jalali, both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Day | None = Field(default=None, description="نخستین روز؛ 2026-11-25 یا 1405-09-04")
    until: Day | None = Field(default=None, description="واپسین روز، خودش هم به شمار می‌آید")
    days: int = Field(default=30, ge=1, le=1830, description="اگر since نیاید: این تعداد روز تا until")
    channel: Word | None = None
    product: Word | None = None
    branch: Word | None = None
    tier: Word | None = None
    touchpoint: Annotated[str, Field(max_length=40), AfterValidator(_is_touchpoint)] | None = None
    topic: Annotated[str, Field(max_length=40), AfterValidator(_is_topic)] | None = None
    urgency: UrgencyLevel | None = None
    q: Word | None = Field(default=None, description="جست‌وجوی فارسی در متن؛ آغاز هر واژه بس است")
    model: Word | None = Field(default=None, description="تنها برچسب‌های این نسخهٔ مدل")
    format: Literal["json", "csv"] = "json"

    @model_validator(mode="after")
    def _in_order(self) -> "InsightQuery":
        if self.since and self.until and parse_day(self.until) < parse_day(self.since):
            raise mistake("wrong_period", "پایان بازه پیش از آغاز آن است.")
        return self

    def period(self, now: datetime) -> Period:
        """Return the days that are asked for; today is the last one unless `until` says otherwise."""
        until = last_days(now, 1).until if self.until is None else parse_day(self.until) + timedelta(days=1)
        since = until - timedelta(days=self.days) if self.since is None else parse_day(self.since)
        return Period(max(min(since, until - timedelta(days=1)), until - _LONGEST), until)

    def scope(self, now: datetime) -> Scope:
        """Return the scope as storage knows it."""
        topics = None if self.touchpoint is None else insight.topics_of(touchpoint=self.touchpoint)
        if self.topic is not None:
            topics = (self.topic,) if topics is None or self.topic in topics else ()
        same = ("channel", "product", "branch", "tier", "urgency")
        return Scope(
            period=self.period(now),
            topics=topics,
            terms=() if self.q is None else search_terms(self.q),
            version=self.model,
            **{name: getattr(self, name) for name in same},
        )


class TrendsQuery(InsightQuery):
    """What the trends page can be asked."""

    by: By = "day"
    segment: Segment | None = None

    @model_validator(mode="after")
    def _not_too_fine(self) -> "TrendsQuery":
        if self.by == "day" and self.days > _BUCKETS and self.since is None:
            raise mistake("too_many_buckets", "برای بازهٔ بلند، by=week یا by=month را بخواهید.")
        return self


@router.get("/trends", summary="حجم، سهم، احساس خالص و فوریت هر موضوع در زمان")
def trends(query: Annotated[TrendsQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return every topic with the period before beside it; as CSV, the series."""
    scope = query.scope(now)
    by: By = query.by if len(buckets(scope.period, query.by)) <= _BUCKETS else "week"
    with read(desk.engine) as conn:
        found = insight.trends(conn, scope, by, query.segment)
    return answer(found, query.format, "trends", "segments" if query.segment else "series")


@router.get("/trends/moved", summary="چه چیزی احساس خالص را جابه‌جا کرد")
def moved(query: Annotated[InsightQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return how much of the change is topic mix and how much topic sentiment, adding up exactly."""
    with read(desk.engine) as conn:
        found = insight.moved(conn, query.scope(now))
    return answer(found, query.format, "moved")


class ScoreQuery(InsightQuery):
    """Which of the scores is explained."""

    days: int = Field(default=90, ge=1, le=1830)
    score: Score = "csat"


class EmergingQuery(InsightQuery):
    """The stretch in which something new is looked for."""

    days: int = Field(default=7, ge=1, le=92)


class PerformanceQuery(InsightQuery):
    """What the desk's own figures are drawn up by."""

    by: reports.Grouping = "queue"


class FactorsQuery(InsightQuery):
    """What the scorecard is drawn up by."""

    by: Segment = "branch"


@router.get("/drivers", summary="اثر هر موضوع بر امتیاز، با بازهٔ اطمینان، و ارزش در خطر")
def drivers(query: Annotated[ScoreQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return what each topic does to CSAT, NPS, CES or stars."""
    with read(desk.engine) as conn:
        found = satisfaction.drivers(conn, query.scope(now), query.score)
    return answer(found, query.format, "drivers")


@router.get("/kano", summary="دستهٔ کانوی هر موضوع، با احتمالش")
def kano(query: Annotated[ScoreQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return must-be, one-dimensional, attractive, indifferent, or insufficient data."""
    with read(desk.engine) as conn:
        found = satisfaction.kano(conn, query.scope(now), query.score)
    return answer(found, query.format, "kano")


@router.get("/journey", summary="نقاط تماس، رنج جابه‌جایی، تماس دوباره و NPS")
def journey(query: Annotated[InsightQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return how every touchpoint does, and which customers were hit at two of them."""
    with read(desk.engine) as conn:
        found = satisfaction.journey(conn, query.scope(now))
    return answer(found, query.format, "journey")


@router.get("/factors", summary="کارنامهٔ شش شاخص سطح مشتری")
def factors(query: Annotated[FactorsQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return the six factors per branch, product, channel or tier."""
    with read(desk.engine) as conn:
        found = satisfaction.factors(conn, query.scope(now), query.by)
    return answer(found, query.format, "factors")


@router.get("/leaving", summary="مشتریانی که گفته‌اند می‌روند، نزدیک‌ترین نخست")
def leaving(query: Annotated[InsightQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return who said they will leave; the wish halves every ninety days."""
    with read(desk.engine) as conn:
        found = satisfaction.leaving(conn, query.scope(now))
    return answer(found, query.format, "leaving")


@router.get("/alerts", summary="هشدارها: چه، از کی، با چه اطمینانی، با سه نظر نمونه")
def alerts(query: Annotated[InsightQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return the alerts that were open within the period, the newest first."""
    with read(desk.engine) as conn:
        found = watch.listing(conn, query.scope(now))
    return answer(found, query.format, "alerts")


@router.get("/emerging", summary="موضوع‌ها و واژه‌هایی که تازه زیاد شده‌اند")
def emerging(query: Annotated[EmergingQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return what rises within the period against the eight weeks before it."""
    with read(desk.engine) as conn:
        found = watch.rising(conn, query.scope(now))
    return answer(found, query.format, "emerging")


@router.get("/trends/marks", summary="روزهای دور از معمول و تغییر سطح هر موضوع")
def marks(query: Annotated[InsightQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return anomalies and changes of level of the topics of the scope, all topics by default."""
    scope = query.scope(now)
    topics = scope.topics if scope.topics is not None else ("", *taxonomy.load().topics)
    off = {holiday.day for holiday in desk.calendars.holidays}
    with read(desk.engine) as conn:
        found = {
            "period": insight.spoken_period(scope.period),
            "items": watch.marks(conn, scope, topics, off),
        }
    return answer(found, query.format, "marks")


@router.get("/performance", summary="کار خود میز: پاسخ، حل، بازگشایی، وعده و جبران")
def performance(
    query: Annotated[PerformanceQuery, Query()], desk: DeskDep, now: Now, caller: Reader
) -> Response:
    """Return how the desk does by queue, topic or week; of the filters the period and the topics count."""
    names = {queue.id: queue.fa for queue in desk.rules.queues.values()}
    with read(desk.engine) as conn:
        found = reports.performance(conn, query.scope(now), now, query.by, names)
    return answer(found, query.format, "performance")


def answer(found: Mapping[str, Any], format_: str, name: str, table: str = "items") -> Response:
    """Return JSON, or one table of it as a CSV file that spreadsheets open in Persian."""
    if format_ == "json":
        return JSONResponse(found)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(as_csv(found[table]), media_type="text/csv; charset=utf-8", headers=headers)


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return flat rows as CSV with a byte order mark; nothing in it is run as a formula."""
    written = io.StringIO()
    flat = [{name: _cell(value) for name, value in row.items()} for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    writer = csv.DictWriter(written, columns, restval="")
    writer.writeheader()
    writer.writerows(flat)
    return "\ufeff" + written.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, list | tuple):
        return "؛ ".join(str(_cell(item)) for item in value)
    if isinstance(value, dict):
        return "، ".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value.isoformat() if isinstance(value, date) else value
