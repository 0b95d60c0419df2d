"""«نظرها»: every comment can be found: by its words, its tags and its day."""

from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response

from nlp import taxonomy
from service import insight, views
from service.deps import DeskDep, Now, Reader
from service.errors import Invalid, NotFound
from service.jalali import TEHRAN
from service.period import parse_day
from service.search import search_terms
from service.storage import alike, corrections, keys, read
from service.storage import feedback as stored
from service.storage.feedback import Filters
from service.web.correct import said_by
from service.web.failures import pages
from service.web.page import VisitDep
from service.web.ticket import comment

router = pages()
_PAGE = 30
_Word = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for, as the address says it."""

    q: str = ""
    topic: str = ""
    category: str = ""
    sentiment: str = ""
    urgency: str = ""
    signal: str = ""
    channel: str = ""
    customer: str = ""
    product: str = ""
    branch: str = ""
    tier: str = ""
    since: str = ""
    until: str = ""

    @property
    def narrowed(self) -> bool:
        """Tell whether anything at all is asked for."""
        return any(asdict(self).values())

    def address(self, **changed: str) -> str:
        """Return the address of the search with some of it changed."""
        kept = {name: value for name, value in {**asdict(self), **changed}.items() if value}
        return f"/comments?{urlencode(kept)}" if kept else "/comments"

    def filters(self) -> Filters:
        """Return the filters as storage knows them; `Invalid` when a day is none."""
        told = {name: value or None for name, value in asdict(self).items()}
        del told["q"], told["since"], told["until"]
        return Filters(
            **told,
            since=_day(self.since),
            until=_day(self.until, ahead=1),
            terms=search_terms(self.q),
        )


@router.get("/comments")
def page(
    visit: VisitDep,
    desk: DeskDep,
    caller: Reader,
    q: _Word = "",
    topic: _Word = "",
    category: _Word = "",
    sentiment: _Word = "",
    urgency: _Word = "",
    signal: _Word = "",
    channel: _Word = "",
    customer: _Word = "",
    product: _Word = "",
    branch: _Word = "",
    tier: _Word = "",
    since: _Word = "",
    until: _Word = "",
    before: Annotated[int | None, Query(ge=1, lt=2**62)] = None,
) -> Response:
    """Show the newest comments that meet what is looked for."""
    sought = Sought(
        q=q, topic=topic, category=category, sentiment=sentiment, urgency=urgency, signal=signal,
        channel=channel, customer=customer, product=product, branch=branch, tier=tier, since=since, until=until,
    )  # fmt: skip
    views.refuse_personal(caller, customer, channel, product, branch, tier)
    with read(desk.engine) as conn:
        rows = stored.listing(conn, sought.filters(), limit=_PAGE + 1, before=before)
        choices = insight.choices(conn, caller)
        theirs = stored.listing(conn, Filters(customer=customer), limit=1) if customer else []
    return visit.page(
        "comments.html",
        sought=sought,
        period=(_day(since), _day(until)),
        comments=[comment(row, caller) for row in rows[:_PAGE]],
        more=rows[_PAGE - 1]["seq"] if len(rows) > _PAGE else None,
        labels=taxonomy.load(),
        choices=choices,
        person=comment(theirs[0], caller)["customer"] if theirs else None,
    )


@router.get("/comments/{feedback_id}")
def one(feedback_id: str, visit: VisitDep, desk: DeskDep, now: Now, caller: Reader) -> Response:
    """Show one comment with its tags; a comment of a ticket is read there."""
    with read(desk.engine) as conn:
        row = stored.get(conn, feedback_id)
        near = alike.similar(conn, feedback_id, 4)
        history = corrections.of_feedback(conn, feedback_id)
        names = keys.names(conn)
    if row is None or row["erased_at"] is not None:
        raise NotFound("feedback_not_found", "نظری با این شناسه نیست، یا پاک شده است.")
    return visit.page(
        "comment.html",
        one=comment(row, caller),
        customer_id=row["customer_external_id"],
        alike=[comment(other, caller) for other in near],
        history=history,
        names=names,
        said_by=said_by(history, names),
        labels=taxonomy.load(),
    )


def _day(text: str, ahead: int = 0) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(parse_day(text) + timedelta(days=ahead), time(), TEHRAN)
    except (ValueError, TypeError, OverflowError) as error:
        raise Invalid(
            "wrong_day", f"«{text}» روز درستی نیست؛ روز را مانند 1405-09-04 یا 2026-11-25 بنویسید."
        ) from error
