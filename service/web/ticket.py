"""One ticket: the words and their proof, the clocks, the person behind it, and the trail of what was done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from fastapi import Form, Query
from starlette.responses import Response

from service import clocks, figures, pledges, routing, triage, views, worktime
from service import tickets as life
from service.auth import Caller
from service.casework import joining, promises, replies
from service.deps import Agent, Reader
from service.insight import satisfaction
from service.jalali import TEHRAN
from service.rules.topics import offered
from service.sla import PRIORITIES
from service.storage import Connection, alike, corrections, keys, read
from service.storage import feedback as stored
from service.storage.feedback import Filters
from service.web import evidence, wording
from service.web.correct import said_by
from service.web.failures import pages
from service.web.frame import Listed
from service.web.inbox import Asked, AskedDep, neighbours
from service.web.page import Visit, VisitDep
from service.web.promises import Owed, OwedDep
from service.web.sought import SearchQuery, SoughtDep
from service.worktime import Calendar

router = pages()
_EARLIER, _ALIKE, _DAYS_AHEAD = 6, 4, 15
_TONES: Mapping[replies.Tone, str] = {"formal": "رسمی", "friendly": "صمیمی"}
Row = Mapping[str, Any]
#: What is written on a ticket: words for the customer, or words for colleagues, which must never be mixed up.
Box = Literal["reply", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Words that did not go out, the box they were written in, and the step before which to ask what becomes of them."""

    words: str = ""
    box: Box = "reply"
    step: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)  # what the step was to be taken with


_NOTHING = Unsent()


@router.get("/tickets/{ticket_id}")
def page(
    ticket_id: str,
    visit: VisitDep,
    caller: Reader,
    asked: AskedDep,
    sought: SoughtDep,
    owed: OwedDep,
    listed: Annotated[str, Query(alias="list", max_length=64)] = "",
    chosen: Annotated[str, Query(alias="comment", max_length=64)] = "",
) -> Response:
    """Show a ticket with all that belongs to it, on its place in the list that one came from.

    The tags are those of the most urgent comment unless one is asked for.
    """
    case = triage.look(visit.desk.engine, ticket_id)
    origin = next((one for one in (sought, owed) if listed == one.NAME), asked)
    if case.ticket["merged_into"] is not None:
        return visit.back(origin.address(f"/tickets/{case.ticket['merged_into']}"), **_told(visit))
    return _show(visit, case, origin, chosen=chosen)


def overtaken(visit: Visit, ticket_id: str, seen: int, written: str, box: Box) -> Response:
    """Show a ticket to somebody whose step came too late: what happened behind line `seen` of the trail, by whom.

    What they wrote stands in the `box` it was written in; where the ticket has another one by now, above it.
    """
    case = triage.look(visit.desk.engine, ticket_id)
    while case.ticket["merged_into"] is not None:
        case = triage.look(visit.desk.engine, case.ticket["merged_into"])
    news = [line for line in case.trail if line["seq"] > seen]
    return _show(
        visit, case, _origin(visit.plain), status=409, news=news, unsent=Unsent(words=written, box=box)
    )


def ask_first(
    visit: Visit, ticket_id: str, version: int | None, written: str, step: str, chosen: Mapping[str, str]
) -> Response | None:
    """Ask what becomes of a reply before a step leaves it behind; None when the step would not be taken anyway."""
    case = triage.look(visit.desk.engine, ticket_id)
    row = case.ticket
    is_seen = version is None or version == row["version"]
    if not (is_seen and visit.works_in(row["queue"]) and step in life.allowed(row["status"])):
        return None
    unsent = Unsent(words=written, step=step, chosen=chosen)
    return _show(visit, case, _origin(visit.plain), status=409, unsent=unsent)


def _origin(address: str) -> Listed:
    """Return the list that the address of a ticket remembers."""
    told = dict(parse_qsl(urlsplit(address).query))
    kind = next((one for one in (SearchQuery, Owed) if told.get("list") == one.NAME), Asked)
    return kind(**{one.name: told.get(one.name, "") for one in fields(kind)})


def _show(
    visit: Visit,
    case: views.Case,
    origin: Listed,
    *,
    chosen: str = "",
    status: int = 200,
    news: Sequence[Row] | None = None,
    unsent: Unsent = _NOTHING,
) -> Response:
    row, caller, desk, now = case.ticket, visit.caller, visit.desk, visit.now
    comments = [comment(one, caller) for one in case.comments]
    hottest = max(comments, key=lambda one: one["tags"]["urgency"]["score"])
    looked_at = next((one for one in comments if one["id"] == chosen), hottest)
    with read(desk.engine) as conn:
        around = _around(conn, row, visit) | _neighbours(conn, origin, visit, row)
        history = corrections.of_feedback(conn, looked_at["id"])
        is_judged = "urgency" in corrections.standing(conn, hottest["id"])
    works_here = visit.works_in(row["queue"])
    return visit.page(
        "ticket.html",
        status=status,
        news=news,
        unsent=unsent,
        origin=origin,
        asked=origin if isinstance(origin, Asked) else None,
        sought=origin if isinstance(origin, SearchQuery) else None,
        row=row,
        customer_id=views.said(row["customer_external_id"], caller),
        tier=views.said(row["customer_tier"], caller),
        said=_in_order(comments, [_message(one, row, caller) for one in case.messages]),
        comments=comments,
        chosen=looked_at,
        history=history,
        said_by=said_by(history, around["names"]),
        promises=case.promises,
        trail=views.lines(case, caller),
        clocks=clocks.shown(clocks.from_json(row["sla"]), now),
        can=set(life.steps(row)) if works_here else set(),
        works_here=works_here,
        labels=offered(),
        higher=PRIORITIES[: row["priority_rank"]],
        lower=PRIORITIES[row["priority_rank"] + 1 :],
        fitting=_fitting(row, hottest["tags"]) if is_judged else None,
        again=_again(row, hottest["tags"]),
        **around,
        days=_days(desk.line.calendars.of_queue(row["queue"]), now),
        **_offers(case, desk.line.rules.rules),
        drafts=_drafts(desk.line.replies, case, caller, now) if works_here else (),
    )


def _proposed(row: Row, rules: Sequence[routing.Rule]) -> str | None:
    """Return what the rule is called whose proposal still waits for a person, None when none does."""
    if row["mode"] != "suggested" or row["status"] in life.FINISHED:
        return None
    return next((rule.fa for rule in rules if rule.name == row["rule"]), row["rule"])


def _fitting(row: Row, tags: Row) -> str | None:
    """Return the lower priority that fits the urgency of a comment, None when there is nothing to lower."""
    priority = routing.OF_URGENCY[tags["urgency"]["level"]]
    return priority if life.rank_of(priority) > row["priority_rank"] else None


def _again(row: Row, tags: Row) -> int:
    """Return what a ticket's score has of its customer's coming again, beside that of its most pressing comment."""
    more: int = row["urgency_score"] - tags["urgency"]["score"]
    return more if row["contacts"] > 1 and 0 < more <= joining.AGAIN_AT_MOST else 0


def _told(visit: Visit) -> dict[str, str]:
    """Return what was just done, to be said on the ticket that goes on."""
    done = visit.request.query_params.get("done", "")
    return {"done": done} if done else {}


def _restorable(case: views.Case) -> set[str]:
    """Return the promises that somebody closed and that can be what they were: open ones only while the ticket is."""
    is_over = case.ticket["status"] in life.FINISHED
    return {id_ for id_, was in pledges.closed(case.trail).items() if not (is_over and was == "open")}


def _days(calendar: Calendar, now: datetime) -> list[dict[str, Any]]:
    """Return the days that can be promised, and whether they are days off; today is one while its work goes on."""
    local = now.astimezone(TEHRAN)
    opens = worktime.add(calendar, now, timedelta()).astimezone(TEHRAN)
    starts = 0 if opens.date() == local.date() and now < promises.by_evening(local.date()) else 1
    days = [(ahead, local + timedelta(days=ahead)) for ahead in range(starts, _DAYS_AHEAD)]
    return [
        {"ahead": ahead, "name": wording.day(day), "off": not worktime.works_on(calendar, day.date())}
        for ahead, day in days
    ]


def _offers(case: views.Case, rules: Sequence[routing.Rule]) -> dict[str, Any]:
    """Return what waits for a decision: a proposal, promises that can be what they were, a compensation and its amount."""
    owed = case.ticket["compensation"] or {"state": None, "amount": None}
    known = figures.toman(owed["amount"], owed["currency"]) if owed["amount"] else ""
    return {
        "proposed": _proposed(case.ticket, rules),
        "restorable": _restorable(case),
        "compensation_steps": pledges.STEPS[owed["state"]],
        "amount": known or _asked(case.pressing["tags"]["entities"]),
    }


def _asked(entities: Sequence[Row]) -> str:
    """Return the amount a comment names, in tomans; an ambiguous one is left to the agent."""
    amounts = [entity["value"] for entity in entities if entity["kind"] == "amount"]
    return figures.toman(int(amounts[0].removeprefix("IRR:"))) if amounts else ""


@router.post("/tickets/{ticket_id}/check")
def check(
    ticket_id: str, visit: VisitDep, caller: Agent, body: Annotated[str, Form(max_length=10_000)] = ""
) -> Response:
    """Say what a reply has and lacks before it is sent; it advises and blocks nothing."""
    category = triage.look(visit.desk.engine, ticket_id).pressing["category"]
    advice = (
        replies.check(visit.desk.line.replies, body, category=category, now=visit.now) if body.strip() else ()
    )
    return visit.page("advice.html", advice=advice)


def _drafts(
    ready: replies.Replies, case: views.Case, caller: Caller, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield replies to start from, by tone and by the topics that were complained of."""
    for topic in replies.about(case.pressing["tags"])[:3]:
        for tone, named in _TONES.items():
            text = replies.draft(
                ready, case.ticket, case.pressing, topic=topic, tone=tone, agent=caller.name, now=now
            )
            yield f"{wording.topic(topic)} · {named}" if topic else named, text


def comment(row: Row, caller: Caller) -> dict[str, Any]:
    """Return a comment as this person may see it, cut where its evidence begins and ends."""
    told = views.feedback(row, caller)
    return {**told, "pieces": evidence.pieces(told["text"], told["tags"])}


def _message(row: Row, ticket: Row, caller: Caller) -> dict[str, Any]:
    """Return a reply or a note as this person may see it."""
    told = views.message(row, ticket, caller)
    return {**told, "pieces": evidence.written(told["body"])}


def _neighbours(conn: Connection, origin: Listed, visit: Visit, row: Row) -> dict[str, str | None]:
    """Return the tickets before and behind one in the inbox; a list of comments or promises has others than tickets, too."""
    if isinstance(origin, Asked):
        return neighbours(conn, origin, visit, row)
    return {"previous": None, "following": None}


def _siblings(earlier: Sequence[Row], ticket_id: str) -> list[Row]:
    """Return one comment for each other open ticket of the customer."""
    open_ones = {one["ticket_id"]: one for one in earlier if one["ticket_status"] in life.OPEN}
    return [one for id_, one in open_ones.items() if id_ != ticket_id]


def _in_order(comments: Sequence[Row], messages: Sequence[Row]) -> list[Row]:
    """Return what the customer and the desk said to each other, oldest first."""
    both = [*({**one, "at": one["created_at"], "kind": "comment"} for one in comments), *messages]
    return sorted(both, key=lambda one: datetime.fromisoformat(one["at"]))


def _around(conn: Connection, row: Row, visit: Visit) -> dict[str, Any]:
    """Return what stands beside a ticket: the customer's past, comments that say the like, and the colleagues."""
    caller, known = visit.caller, row["customer_external_id"]
    earlier = stored.listing(conn, Filters(customer=known), limit=_EARLIER + 1) if known else []
    near = alike.similar(conn, row["feedback_id"], _ALIKE, outside=row["id"])
    return {
        "earlier": [comment(one, caller) for one in earlier if one["ticket_id"] != row["id"]][:_EARLIER],
        "alike": [comment(one, caller) for one in near],
        "names": keys.names(conn),
        "people": keys.people(conn, visit.now, row["queue"]),
        "siblings": _siblings(earlier, row["id"]),
        "leaving": row["customer_id"] and satisfaction.risk_of(conn, row["customer_id"], visit.now),
    }
