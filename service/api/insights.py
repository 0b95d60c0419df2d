"""What customers say, counted and compared: every answer as JSON, or its table as CSV with `format=csv`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, TypeVar, get_args

from fastapi import Query
from starlette.responses import Response

from service.api import insight_answers as answers
from service.api import watch_answers as watched
from service.api.described import CONFLICT, MISSING, Out, Responses
from service.api.insight_queries import (
    AboutQuery,
    DigestLinkIn,
    DigestQuery,
    EmergingQuery,
    FactorsQuery,
    InsightQuery,
    PerformanceQuery,
    ScoreQuery,
    TrendsQuery,
)
from service.api.strict import part
from service.api.writing import Json, attached
from service.comments import exporting
from service.deps import Agent, DeskDep, Now, Reader
from service.insight import reports, satisfaction, trending, watch, weekly
from service.jalali import moments
from service.period import parse_day, week_of
from service.rules.topics import labels
from service.storage import read

#: Besides JSON: the table of the answer.
TABLE: Responses = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
router = part("insights")
_Handler = TypeVar("_Handler", bound=Callable[..., Response])


def _table(path: str, model: type[Out], summary: str) -> Callable[[_Handler], _Handler]:
    """Declare an answer of which one table can be had as CSV."""
    return router.get(path, response_model=model, responses=TABLE, summary=summary)


@_table("/trends", answers.TrendsOut, "حجم، سهم، احساس خالص و فوریت هر موضوع در زمان")
def trends(query: Annotated[TrendsQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return every topic with the period before and what is usual beside it; as CSV, the series.

    Both are of whole days. A period or step whose last day is not over says `is_running`: more may come, and its
    counts are no match for theirs yet. Of a week or month that `is_cut` only the days within the period are counted.
    """
    scope = query.scope(now, caller)
    with read(desk.engine) as conn:
        found = trending.trends(conn, scope, now, query.by)
        found["segments"] = trending.segments(conn, scope, query.segment, caller) if query.segment else []
    table = "segments" if query.segment else "series"
    return answer(found, query.format, "trends", answers.TrendsOut, table)


@_table("/trends/moved", answers.MovedOut, "چه چیزی احساس خالص را جابه‌جا کرد")
def moved(query: Annotated[InsightQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return how much of the change is topic mix and how much topic sentiment, adding up exactly."""
    with read(desk.engine) as conn:
        found = trending.moved(conn, query.scope(now, caller))
    return answer(found, query.format, "moved", answers.MovedOut)


@_table("/drivers", answers.DriversOut, "اثر هر موضوع بر امتیاز، با بازهٔ اطمینان، و ارزش در خطر")
def drivers(query: Annotated[ScoreQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return what each topic does to CSAT, NPS, CES or stars; the value at risk is read from the 180 days before `until`.

    A mean of fewer than five comments has no interval (`mean_low` and `mean_high` are null), an impact of too few is null.
    """
    with read(desk.engine) as conn:
        found = satisfaction.drivers(conn, query.scope(now, caller), now, query.score)
    return answer(found, query.format, "drivers", answers.DriversOut)


@_table("/kano", answers.KanoOut, "دستهٔ کانوی هر موضوع، با احتمالش")
def kano(query: Annotated[ScoreQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return must-be, one-dimensional, attractive, indifferent, or insufficient data."""
    with read(desk.engine) as conn:
        found = satisfaction.kano(conn, query.scope(now, caller), query.score)
    return answer(found, query.format, "kano", answers.KanoOut)


@_table("/journey", answers.JourneyOut, "نقاط تماس، مشتریان ناراضی در دو نقطه، تماس دوباره و NPS")
def journey(query: Annotated[InsightQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return how every touchpoint does, in mentions (اشاره), and which customers were hit at two of them."""
    with read(desk.engine) as conn:
        found = satisfaction.journey(conn, query.scope(now, caller))
    return answer(found, query.format, "journey", answers.JourneyOut)


@_table("/factors", answers.FactorsOut, "کارنامهٔ شش شاخص سطح مشتری")
def factors(query: Annotated[FactorsQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return the six factors per branch, product, channel or tier."""
    with read(desk.engine) as conn:
        found = satisfaction.factors(conn, query.scope(now, caller), query.by, caller)
    return answer(found, query.format, "factors", answers.FactorsOut)


@_table("/leaving", answers.LeavingOut, "مشتریانی که گفته‌اند می‌روند، نزدیک‌ترین نخست")
def leaving(query: Annotated[InsightQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return who said they will leave in the 180 days before `until`; the wish halves every ninety days.

    A topic or touchpoint leaves those who are unhappy with it, with the risk they have anyway. JSON has the fifty who are
    the nearest to it, CSV all of them.
    """
    most = None if query.format == "csv" else satisfaction.LEAVING_SHOWN
    with read(desk.engine) as conn:
        found = satisfaction.leaving(conn, query.scope(now, caller), caller, now, most)
    return answer(found, query.format, "leaving", answers.LeavingOut)


@_table("/alerts", watched.AlertsOut, "هشدارها: چه، از کی، با چه اطمینانی، با سه نظر نمونه")
def alerts(query: Annotated[AboutQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return the alerts that were open within the period, the newest first.

    A wave and a used-up urgent budget are counted and not tested: `sure` is null, as are a wave's `customers` where a
    writer is not known.
    """
    with read(desk.engine) as conn:
        found = watch.listing(conn, query.about(now))
    return answer(found, query.format, "alerts", watched.AlertsOut)


@_table("/emerging", watched.EmergingOut, "موضوع‌ها و واژه‌هایی که تازه زیاد شده‌اند")
def emerging(query: Annotated[EmergingQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return what rises within the period against the eight weeks before it.

    Topics are counted. Words are read from at most 1,500 comments of the period and 3,000 of the weeks before, spread
    evenly over their days; `sampled` among the figures says that there were more.
    """
    with read(desk.engine) as conn:
        found = watch.rising(conn, query.scope(now, caller))
    return answer(found, query.format, "emerging", watched.EmergingOut)


@_table("/trends/marks", watched.MarksOut, "روزهای دور از معمول و تغییر سطح هر موضوع")
def marks(query: Annotated[InsightQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return anomalies and changes of level of the topics of the scope, all topics by default."""
    scope = query.scope(now, caller)
    about = scope.topics if scope.topics is not None else ("", *labels().topics)
    with read(desk.engine) as conn:
        items = watch.marks(conn, scope, about, desk.line.calendars.days_off, now)
    found = {"period": trending.spoken_period(scope.period), "items": items}
    return answer(found, query.format, "marks", watched.MarksOut)


@_table("/performance", watched.PerformanceOut, "کار خود میز: پاسخ، حل، بازگشایی، قول و جبران")
def performance(
    query: Annotated[PerformanceQuery, Query()], desk: DeskDep, now: Now, caller: Reader
) -> Response:
    """Return how the desk does by queue, topic or week; a topic leaves the tickets whose comments speak of it.

    Shares in time are `answers_met` of `answers_due` and `resolutions_met` of `resolutions_due`: of what was done, and of
    what is overdue and not done.
    """
    with read(desk.engine) as conn:
        found = reports.performance(conn, query.about(now), now, query.by, desk.line.rules.queue_names)
    return answer(found, query.format, "performance", watched.PerformanceOut, query.table)


@router.get(
    "/digest",
    response_model=watched.DigestOut,
    responses=MISSING | TABLE,
    summary="گزارش هفتگی یک واحد، بی دادهٔ شخصی",
)
def digest_(query: Annotated[DigestQuery, Query()], desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Return what rose and fell, what to read and what was promised in a week; JSON, or CSV of the topics.

    Its sentences call a mood better or worse only where the interval of the change, 95 times in 100, leaves no doubt.
    """
    found = weekly.body_of(desk.line, query.department, query.period(now), now)
    if query.format == "csv":
        found = {"rose": [*found["rose"], *found["fell"]]}
    return answer(found, query.format, "digest", watched.DigestOut, "rose")


@router.post(
    "/digest/links",
    status_code=201,
    response_model=watched.DigestLinkOut,
    responses=MISSING | CONFLICT,
    summary="پیوندی فقط‌خواندنی و مهلت‌دار به یک گزارش",
)
def share_digest(body: DigestLinkIn, desk: DeskDep, now: Now, caller: Agent) -> Json:
    """Return the path of a page with this digest that any colleague can read without a key until it expires.

    A week that is not over is refused: its digest still changes.
    """
    week = week_of(parse_day(body.week)) if body.week else weekly.last_week(now)
    token = weekly.share(desk.line, body.department, week, caller.id, now, body.days)
    told = {"token": token, "path": f"/digest/shared/{token}"}
    return Json(told | moments("expires_at", now + timedelta(days=body.days)), 201)


def answer(
    found: Mapping[str, Any], format_: str, name: str, model: type[Out], table: str = "items"
) -> Response:
    """Return JSON, or one table of it as a CSV file that spreadsheets open in Persian."""
    if format_ == "json":
        return Json(found)
    return attached(name, _as_csv(found[table], _columns(model, table)))


def _columns(model: type[Out], table: str) -> list[str]:
    """Return the names of a table's columns, as the answer is described."""
    (row,) = get_args(model.model_fields[table].annotation)
    return [field.alias or name for name, field in row.model_fields.items()]


def _as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> exporting.Pieces:
    """Return flat rows as CSV; they know the better order of their columns, `columns` are those of a table without rows."""
    header = tuple(dict.fromkeys(name for row in rows for name in row)) or tuple(columns)
    return exporting.as_csv(header, ([_cell(row.get(name)) for name in header] for row in rows))


def _cell(value: object) -> object:
    if isinstance(value, list | tuple):
        value = "؛ ".join(str(_cell(item)) for item in value)
    elif isinstance(value, dict):
        value = "، ".join(f"{key}={item}" for key, item in value.items())
    elif isinstance(value, date):
        value = value.isoformat()
    return exporting.cell(value)
