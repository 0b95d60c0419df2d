"""Files to take away: comments with their tags, tickets, corrections and training examples, always masked."""

from typing import Annotated

from fastapi import Query
from pydantic import Field
from starlette.responses import StreamingResponse

from service.api.queries import FeedbackFilter, TicketFilter
from service.api.strict import KnownRoute, part
from service.api.writing import attached
from service.comments import exporting
from service.comments.exporting import MEDIA_TYPES, Format, Wanted, What
from service.deps import Agent, DeskDep, Now, Reader
from service.jalali import day_of
from service.storage import finding, read
from service.storage.feedback import Filters
from service.storage.tickets import Criteria

_FILES = {
    "content": {media.partition(";")[0]: {} for media in MEDIA_TYPES.values()},
    "description": "پرونده، به‌صورت پیوسته",
}
router = part("exports", "/exports", route=KnownRoute, told={200: _FILES})
_Form = Annotated[Format, Query(alias="format", description="csv برای صفحه‌گسترده، jsonl برای برنامه")]


class FeedbackExportQuery(FeedbackFilter):
    """Which comments are taken away, and in which form."""

    format: Format = Field(default="csv", description="csv برای صفحه‌گسترده، jsonl برای برنامه")


class TicketExportQuery(TicketFilter):
    """Which tickets are taken away, and in which form."""

    format: Format = Field(default="csv", description="csv برای صفحه‌گسترده، jsonl برای برنامه")


@router.get("/feedback", response_class=StreamingResponse, summary="برون‌بری نظرها با برچسب")
def feedback(
    query: Annotated[FeedbackExportQuery, Query()], desk: DeskDep, now: Now, caller: Reader
) -> StreamingResponse:
    """Return comments with their tags, the newest first; filters as in `GET /v1/feedback`."""
    return _file(desk, "feedback", query.format, now, filters=query.filters(caller))


@router.get("/tickets", response_class=StreamingResponse, summary="برون‌بری تیکت‌ها")
def tickets(
    query: Annotated[TicketExportQuery, Query()], desk: DeskDep, now: Now, caller: Reader
) -> StreamingResponse:
    """Return tickets, those of every status by default, in the order they were opened; filters as in the inbox."""
    with read(desk.engine) as conn:
        named = finding.named(conn, query.q or "", caller)
    return _file(desk, "tickets", query.format, now, which=query.which(caller, named))


@router.get("/corrections", response_class=StreamingResponse, summary="برون‌بری اصلاح‌ها")
def corrections(desk: DeskDep, now: Now, caller: Agent, form: _Form = "csv") -> StreamingResponse:
    """Return what people corrected: who, when, from what to what."""
    return _file(desk, "corrections", form, now)


@router.get("/examples", response_class=StreamingResponse, summary="برون‌بری نمونه‌های آموزشی")
def examples(desk: DeskDep, now: Now, caller: Agent, form: _Form = "jsonl") -> StreamingResponse:
    """Return corrected comments with all their labels, as `bazkhord train` reads them."""
    return _file(desk, "examples", form, now)


def _file(
    desk: DeskDep,
    what: What,
    form: Format,
    now: Now,
    *,
    filters: Filters = Filters(),
    which: Criteria = Criteria(),
) -> StreamingResponse:
    wanted = Wanted(what=what, format=form, filters=filters, which=which, trade=desk.settings.trade)
    content = exporting.content(desk.engine, wanted, now)
    return attached(f"bazkhord-{what}-{day_of(now):%Y%m%d}", content, form)
