"""What agents do to tickets from the pages: each form is one step of the desk, the same that the API takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from service import pledges, triage
from service.deps import Agent, Desk, DeskDep, Now
from service.errors import Invalid, NotFound, ServiceError
from service.jalali import TEHRAN
from service.triage import Hand
from service.web.failures import pages
from service.web.page import VisitDep

router = pages()
_Word = Annotated[str, Form(max_length=2_000)]
_Text = Annotated[str, Form(max_length=10_000)]
_Version = Annotated[int | None, Form(ge=1)]
_Back = Annotated[str, Form(alias="next", max_length=2_000)]
#: A promise for a day is a promise for the end of the working day.
_END_OF_DAY = time(17, 0, tzinfo=TEHRAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was written into a form; a field that a form does not have is empty."""

    body: str = ""
    then: str = ""
    reason: str = ""
    to: str = ""
    queue: str = ""
    priority: str = ""
    state: str = ""
    amount: str = ""
    days: str = ""
    promise: str = ""


def _assign(hand: Hand, filled: Filled) -> str:
    triage.assign(hand, filled.to or hand.caller.name)
    return "handed" if filled.to and filled.to != hand.caller.name else "assigned"


def _release(hand: Hand, filled: Filled) -> str:
    triage.assign(hand, None)
    return "handed"


def _reply(hand: Hand, filled: Filled) -> str:
    body = _written(filled)
    if filled.then == "note":
        triage.note(hand, body)
        return "noted"
    if filled.then == "resolve":
        triage.reply(hand, body, then="resolve")
        return "resolved"
    if filled.then == "pend":
        triage.reply(hand, body, then="pend")
        return "pended"
    triage.reply(hand, body)
    return "replied"


def _pend(hand: Hand, filled: Filled) -> str:
    triage.pend(hand, filled.reason or None)
    return "pended"


def _resume(hand: Hand, filled: Filled) -> str:
    triage.resume(hand, filled.reason or None)
    return "saved"


def _resolve(hand: Hand, filled: Filled) -> str:
    triage.resolve(hand, filled.reason or None)
    return "resolved"


def _reopen(hand: Hand, filled: Filled) -> str:
    triage.reopen(hand, filled.reason or None)
    return "reopened"


def _escalate(hand: Hand, filled: Filled) -> str:
    triage.escalate(hand, filled.priority or None, filled.queue or None, filled.reason or None)  # type: ignore[arg-type]  # checked by the desk
    return "escalated"


def _relax(hand: Hand, filled: Filled) -> str:
    triage.relax(hand, filled.priority, filled.reason or None)  # type: ignore[arg-type]  # checked by the desk
    return "saved"


def _confirm(hand: Hand, filled: Filled) -> str:
    triage.confirm(hand)
    return "confirmed"


def _merge(hand: Hand, filled: Filled) -> str:
    triage.merge(hand, filled.to)
    return "merged"


def _compensate(hand: Hand, filled: Filled) -> str:
    digits = "".join(str(int(letter)) for letter in filled.amount if letter.isdecimal())
    pledges.compensate(hand, filled.state, int(digits) * 10 if digits else None, "IRR")
    return "compensated"


def _promise(hand: Hand, filled: Filled) -> str:
    if not (filled.days.isdigit() and 0 <= int(filled.days) <= 365):
        raise Invalid("wrong_day", "روزِ قول را از فهرست بردارید.")
    day = hand.now.astimezone(TEHRAN).date() + timedelta(days=int(filled.days))
    pledges.promise(hand, datetime.combine(day, _END_OF_DAY))
    return "promised"


def _fulfil(hand: Hand, filled: Filled) -> str:
    pledges.fulfil(hand, filled.promise)
    return "saved"


_STEPS: Mapping[str, Callable[[Hand, Filled], str]] = {
    "assign": _assign,
    "release": _release,
    "reply": _reply,
    "pend": _pend,
    "resume": _resume,
    "resolve": _resolve,
    "reopen": _reopen,
    "escalate": _escalate,
    "relax": _relax,
    "confirm": _confirm,
    "merge": _merge,
    "compensate": _compensate,
    "promise": _promise,
    "fulfil": _fulfil,
}


_IN_BULK = {"assign": _assign, "resolve": _resolve, "reopen": _reopen}


@router.post("/tickets/{ticket_id}/{step}")
def act(
    ticket_id: str,
    step: str,
    visit: VisitDep,
    desk: DeskDep,
    now: Now,
    caller: Agent,
    version: _Version = None,
    body: _Text = "",
    then: _Word = "",
    reason: _Word = "",
    to: _Word = "",
    queue: _Word = "",
    priority: _Word = "",
    state: _Word = "",
    amount: _Word = "",
    days: _Word = "",
    promise: _Word = "",
    back: _Back = "",
) -> Response:
    """Take one step with a ticket and return to where it was taken."""
    if step not in _STEPS:
        raise NotFound("no_such_step", "چنین کاری با تیکت نمی‌شود.")
    filled = Filled(
        body=body, then=then, reason=reason, to=to, queue=queue, priority=priority, state=state, amount=amount,
        days=days, promise=promise,
    )  # fmt: skip
    done = _STEPS[step](
        Hand(line=desk.line, caller=caller, ticket_id=ticket_id, now=now, version=version), filled
    )
    undo = {"undo": ticket_id} if done == "resolved" else {}
    return visit.back(back or f"/tickets/{ticket_id}", done=done, **undo)


@router.post("/inbox/claim")
def claim(visit: VisitDep, desk: DeskDep, now: Now, caller: Agent, queue: _Word) -> Response:
    """Take the next free ticket of a queue and open it."""
    if queue not in desk.rules.queues:
        raise NotFound("queue_not_found", "چنین صفی نیست.")
    taken = triage.claim(desk.line, queue, caller, now)
    if taken is None:
        return visit.back(f"/inbox?queue={queue}", done="nothing_to_claim")
    return visit.back(f"/tickets/{taken}", done="claimed")


@router.post("/inbox/bulk")
def bulk(
    visit: VisitDep,
    desk: DeskDep,
    now: Now,
    caller: Agent,
    ticket: Annotated[list[str] | None, Form()] = None,
    do: _Word = "assign",
    to: _Word = "",
    back: _Back = "/inbox",
) -> Response:
    """Do the same with every ticket that was picked; one that somebody changed meanwhile is left as it is."""
    step, picked = _IN_BULK.get(do, _assign), (ticket or [])[:200]
    taken = [each for each in picked if _taken(desk, caller, now, each, step, Filled(to=to))]
    undo = {"undo": ".".join(each.partition(":")[0] for each in taken)} if taken and do == "resolve" else {}
    return visit.back(back, done="bulk" if len(taken) == len(picked) else "bulk_partly", **undo)


def _taken(
    desk: Desk, caller: Agent, now: datetime, picked: str, step: Callable[[Hand, Filled], str], filled: Filled
) -> bool:
    id_, _, version = picked.partition(":")
    seen = int(version) if version.isdecimal() else None
    try:
        step(Hand(line=desk.line, caller=caller, ticket_id=id_, now=now, version=seen), filled)
    except ServiceError:
        return False
    return True


def _written(filled: Filled) -> str:
    body = filled.body.replace("\r\n", "\n").strip()
    if not body:
        raise Invalid("empty_body", "متنی ننوشته‌اید.")
    return body
