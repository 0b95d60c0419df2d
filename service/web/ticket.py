"""One ticket: the words and their proof, the clocks, the person behind it, and the trail of what was done."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Form, Query
from starlette.responses import Response

from nlp import taxonomy
from service import clocks, pledges, replies, triage, views
from service import tickets as life
from service.auth import Caller
from service.deps import Agent, DeskDep, Now, Reader
from service.sla import PRIORITIES, PRIORITY_FA
from service.storage import Connection, alike, corrections, keys, read, tickets
from service.storage import feedback as stored
from service.storage.feedback import Filters
from service.web import evidence, wording
from service.web.correct import said_by
from service.web.failures import pages
from service.web.page import Visit, VisitDep

router = pages()
_EARLIER, _ALIKE = 6, 4
_TONES: Mapping[replies.Tone, str] = {"formal": "رسمی", "friendly": "صمیمی"}
Row = Mapping[str, Any]


@router.get("/tickets/{ticket_id}")
def page(
    ticket_id: str,
    visit: VisitDep,
    desk: DeskDep,
    now: Now,
    caller: Reader,
    asked: Annotated[str, Query(alias="comment", max_length=64)] = "",
) -> Response:
    """Show a ticket with all that belongs to it; the tags are those of the most urgent comment unless one is asked for."""
    case = triage.look(desk.engine, ticket_id)
    row = case.ticket
    if row["merged_into"] is not None:
        return visit.back(f"/tickets/{row['merged_into']}", **_told(visit))
    comments = [comment(one, caller) for one in case.comments]
    hottest = max(comments, key=lambda one: one["tags"]["urgency"]["score"])
    chosen = next((one for one in comments if one["id"] == asked), hottest)
    with read(desk.engine) as conn:
        around = _around(conn, row, caller)
        history = corrections.of_feedback(conn, chosen["id"])
    return visit.page(
        "ticket.html",
        row=row,
        customer_id=views.customer_id(row["customer_external_id"], caller),
        said=_in_order(comments, [views.message(one, caller) for one in case.messages]),
        comments=comments,
        chosen=chosen,
        history=history,
        said_by=said_by(history, around["names"]),
        promises=case.promises,
        trail=case.trail,
        clocks=clocks.shown(clocks.from_json(row["sla"]), now),
        can=set(life.allowed(row["status"])) if visit.may("agent") else set(),
        labels=taxonomy.load(),
        priorities=[(name, PRIORITY_FA[name]) for name in PRIORITIES],
        **around,
        **_offers(case, now),
        drafts=_drafts(desk.live.replies, case, caller, now) if visit.may("agent") else (),
    )


def _told(visit: Visit) -> dict[str, str]:
    """Return what was just done, to be said on the ticket that goes on."""
    done = visit.request.query_params.get("done", "")
    return {"done": done} if done else {}


def _offers(case: views.Case, now: datetime) -> dict[str, Any]:
    """Return the days that can be promised, the next steps of a compensation, and the amount that was asked for."""
    state = (case.ticket["compensation"] or {}).get("state")
    return {
        "days": [wording.day(now + timedelta(days=ahead)) for ahead in range(1, 15)],
        "compensation_steps": pledges.STEPS[state],
        "asked_amount": _asked(case.pressing["tags"]["entities"]),
    }


def _asked(entities: Sequence[Row]) -> str:
    """Return the amount a comment names, in tomans; an ambiguous one is left to the agent."""
    amounts = [entity["value"] for entity in entities if entity["kind"] == "amount"]
    return wording.number(int(amounts[0].removeprefix("IRR:")) / 10) if amounts else ""


@router.post("/tickets/{ticket_id}/check")
def check(
    ticket_id: str,
    visit: VisitDep,
    desk: DeskDep,
    now: Now,
    caller: Agent,
    body: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Say what a reply has and lacks before it is sent; it advises and blocks nothing."""
    category = triage.look(desk.engine, ticket_id).pressing["category"]
    advice = replies.check(desk.live.replies, body, category=category, now=now) if body.strip() else ()
    return visit.page("advice.html", advice=advice)


def _drafts(
    ready: replies.Replies, case: views.Case, caller: Caller, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield replies to start from, by tone and by the topics that were complained of."""
    row, said = case.ticket, case.pressing
    tags = said["tags"]
    topics = [tag["id"] for tag in tags["topics"] if tag["sentiment"] == "negative"] or [None]
    danger = any(tag["name"] == "health_safety" for tag in tags["signals"])
    due = replies.promised_by(clocks.from_json(row["sla"]), now)
    for topic in topics[:3]:
        for tone, named in _TONES.items():
            text = replies.suggest(
                ready, category=said["category"], topic=topic, danger=danger, tone=tone,
                name=row["customer_name"], agent=caller.name, due=due,
            )  # fmt: skip
            yield f"{wording.topic(topic)} · {named}" if topic else named, text


def comment(row: Row, caller: Caller) -> dict[str, Any]:
    """Return a comment as this person may see it, cut where its evidence begins and ends."""
    told = views.feedback(row, caller)
    return {**told, "pieces": evidence.pieces(told["text"], told["tags"])}


def _siblings(earlier: Sequence[Row], ticket_id: str) -> list[Row]:
    """Return one comment for each other open ticket of the customer."""
    open_ones = {one["ticket_id"]: one for one in earlier if one["ticket_status"] in tickets.OPEN}
    return [one for id_, one in open_ones.items() if id_ != ticket_id]


def _in_order(comments: Sequence[Row], messages: Sequence[Row]) -> list[Row]:
    """Return what the customer and the desk said to each other, oldest first."""
    both = [*({**one, "at": one["created_at"], "kind": "comment"} for one in comments), *messages]
    return sorted(both, key=lambda one: datetime.fromisoformat(one["at"]))


def _around(conn: Connection, row: Row, caller: Caller) -> dict[str, Any]:
    """Return what stands beside a ticket: the next one, the customer's past, comments that say the like."""
    following = tickets.listing(conn, row["queue"], limit=1, after=tickets.position(row))
    known = row["customer_external_id"]
    earlier = stored.listing(conn, Filters(customer=known), limit=_EARLIER + 1) if known else []
    here = {row["feedback_id"]}
    near = alike.similar(conn, row["feedback_id"], _ALIKE)
    return {
        "following": following[0]["id"] if following else None,
        "earlier": [comment(one, caller) for one in earlier if one["ticket_id"] != row["id"]][:_EARLIER],
        "alike": [comment(one, caller) for one in near if one["id"] not in here],
        "names": keys.people(conn),
        "siblings": _siblings(earlier, row["id"]),
    }
