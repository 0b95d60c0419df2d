"""What is answered to customers: a reply to start from, and a look at one before it is sent."""

from typing import Annotated

from fastapi import Query

from service import triage
from service.api.bodies import MessageIn
from service.api.described import CONFLICT, MISSING, Out
from service.api.reading import Id
from service.api.strict import part
from service.api.writing import Json
from service.casework import replies
from service.casework.replies import Tone
from service.deps import Agent, DeskDep, Now

router = part("tickets")


class DraftOut(Out):
    """A reply to start from."""

    tone: Tone
    text: str


class AdviceOut(Out):
    """One thing a good reply has, whether this one has it, and a sentence for the agent when it has not."""

    code: str
    ok: bool
    text_fa: str


class CheckedReplyOut(Out):
    """What a reply has and lacks."""

    ok: bool
    advice: list[AdviceOut]


@router.get(
    "/tickets/{ticket_id}/reply",
    response_model=DraftOut,
    responses=MISSING | CONFLICT,
    summary="پیش‌نویس پاسخ به مشتری",
)
def suggest(
    ticket_id: Id, desk: DeskDep, now: Now, caller: Agent, tone: Annotated[Tone, Query()] = "formal"
) -> Json:
    """Return a reply to start from, by topic and tone, with a day that the deadline allows."""
    case = triage.look(desk.engine, ticket_id)
    text = replies.draft(
        desk.line.replies,
        case.ticket,
        case.pressing,
        topic=replies.about(case.pressing["tags"])[0],
        tone=tone,
        agent=caller.name,
        now=now,
    )
    return Json({"tone": tone, "text": text})


@router.post(
    "/tickets/{ticket_id}/reply/check",
    response_model=CheckedReplyOut,
    responses=MISSING | CONFLICT,
    summary="نگاهی به پاسخ پیش از فرستادن",
)
def check(ticket_id: Id, body: MessageIn, desk: DeskDep, now: Now, caller: Agent) -> Json:
    """Say what a reply has and lacks: apology, owner, next step, day, rude words. It advises and never blocks."""
    category = triage.look(desk.engine, ticket_id).pressing["category"]
    advice = replies.check(desk.line.replies, body.body, category=category, now=now)
    return Json({"ok": all(one.ok for one in advice), "advice": advice})
