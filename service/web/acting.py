"""What agents do to tickets from the pages: each form is one step of the desk, the same that the API takes."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Form
from starlette.responses import Response

from nlp.rules import entities
from service import pledges, triage
from service.casework import promises
from service.deps import Agent
from service.errors import Conflict, Invalid, NotFound, ServiceError
from service.jalali import day_of
from service.sla import PRIORITIES, Priority
from service.storage import keys, read
from service.triage import TicketAction
from service.web import ticket as shown
from service.web.failures import pages
from service.web.page import Back, Visit, VisitDep

router = pages()
_Word = Annotated[str, Form(max_length=2_000)]
_LONGEST = 10_000
#: Browsers without scripts send two letters for a line break that they count as one.
_Text = Annotated[str, Form(max_length=2 * _LONGEST)]
_Version = Annotated[int | None, Form(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was written into a form; a field that a form does not have is empty."""

    body: _Text = ""
    then: _Word = ""
    reason: _Word = ""
    to: _Word = ""
    queue: _Word = ""
    priority: _Word = ""
    state: _Word = ""
    amount: _Word = ""
    days: _Word = ""
    promise: _Word = ""


#: What may follow a reply, and what the page says of both.
_THEN: Mapping[str, tuple[Literal["resolve", "pend"], str]] = {
    "resolve": ("resolve", "resolved"),
    "pend": ("pend", "pended"),
}


class Done(NamedTuple):
    """What the page says was done, and the version that the ticket has now: as no other one is the step taken back."""

    said: str
    version: int | None = None


#: Takes a step with a ticket.
Step = Callable[[TicketAction, Filled], Done]


def _done(step: Callable[[TicketAction, Filled], int | None], said: str) -> Step:
    """Return a step after which the page always says the same."""
    return lambda action, filled: Done(said, step(action, filled))


def _assign(action: TicketAction, filled: Filled) -> Done:
    if filled.to in {"", action.caller.name}:
        triage.assign(action, action.caller.name)
        return Done("assigned")
    with read(action.line.engine) as conn:
        # whose key was revoked since the page was drawn would have the ticket for ever
        if filled.to not in keys.people(conn, action.now):
            raise Invalid("not_here", f"«{filled.to}» دیگر در این میز کار نمی‌کند؛ همکار دیگری را بردارید.")
    triage.assign(action, filled.to)
    return Done("handed")


def _reply(action: TicketAction, filled: Filled) -> Done:
    if filled.then == "note":
        return _STEPS["note"](action, filled)
    then, said = _THEN.get(filled.then, (None, "replied"))
    return Done(said, triage.reply(action, _written(filled), then))


def _escalate(action: TicketAction, filled: Filled) -> Done:
    priority = _priority(filled) if filled.priority else None
    triage.escalate(action, priority, filled.queue or None, filled.reason or None)
    if priority and filled.queue:
        return Done("raised_and_moved")
    return Done("raised" if priority else "moved")


def _relax(action: TicketAction, filled: Filled) -> Done:
    if not filled.reason.strip():
        raise Invalid("no_reason", "بنویسید چرا اولویت پایین می‌آید.")
    triage.relax(action, _priority(filled), filled.reason)
    return Done("lowered")


def _compensate(action: TicketAction, filled: Filled) -> Done:
    amount = entities.in_rials(filled.amount)
    if filled.amount.strip() and (amount is None or amount > pledges.MOST):
        raise Invalid("wrong_amount", "مبلغ را به تومان و کامل بنویسید؛ مانند «۵۰۰٬۰۰۰» یا «۲ میلیون».")
    pledges.compensate(action, filled.state, amount, "IRR")
    return Done("compensated")


def _promise(action: TicketAction, filled: Filled) -> Done:
    if not (filled.days.isdecimal() and len(filled.days) < 4 and 0 <= int(filled.days) <= 365):
        raise Invalid("wrong_day", "روزِ قول را از فهرست بردارید.")
    day = day_of(action.now) + timedelta(days=int(filled.days))
    pledges.promise(action, promises.by_evening(day))
    return Done("promised")


_STEPS: Mapping[str, Step] = {
    "assign": _assign,
    "release": _done(lambda action, _: triage.assign(action, None), "released"),
    "reply": _reply,
    "note": _done(lambda action, filled: triage.note(action, _written(filled)), "noted"),
    "pend": _done(lambda action, filled: triage.pend(action, filled.reason or None), "pended"),
    "resume": _done(lambda action, filled: triage.resume(action, filled.reason or None), "saved"),
    "resolve": _done(lambda action, filled: triage.resolve(action, filled.reason or None), "resolved"),
    "unresolve": _done(lambda action, _: triage.unresolve(action), "undone"),
    "reopen": _done(lambda action, filled: triage.reopen(action, filled.reason or None), "reopened"),
    "escalate": _escalate,
    "relax": _relax,
    "confirm": _done(lambda action, _: triage.confirm(action), "confirmed"),
    "merge": _done(lambda action, filled: triage.merge(action, filled.to), "merged"),
    "compensate": _compensate,
    "promise": _promise,
    "fulfil": _done(lambda action, filled: pledges.fulfil(action, filled.promise), "fulfilled"),
    "withdraw": _done(lambda action, filled: pledges.withdraw(action, filled.promise), "withdrawn"),
    "restore": _done(lambda action, filled: pledges.restore(action, filled.promise), "undone"),
}
_IN_BULK = ("assign", "resolve", "unresolve")


@router.post("/tickets/{ticket_id}/{step}")
def act(
    ticket_id: str,
    step: str,
    visit: VisitDep,
    caller: Agent,
    filled: Annotated[Filled, Depends()],
    version: _Version = None,
    seen: Annotated[int | None, Form()] = None,
    back: Back = "",
) -> Response:
    """Take one step with a ticket and return to where it was taken.

    Whoever came too late sees the ticket as it is now, what happened behind line `seen` of its trail, and their words;
    whoever settles it or gives it away with a reply in hand is asked first what becomes of that.
    """
    if step not in _STEPS:
        raise NotFound("no_such_step", "چنین کاری با تیکت نمی‌شود.")
    back = back or f"/tickets/{ticket_id}"
    here = replace(visit, at=back)
    if filled.body.strip() and _is_last(visit, step, filled):
        chosen = {name: value for name, value in asdict(filled).items() if value and name != "body"}
        question = shown.ask_first(here, ticket_id, version, filled.body, step, chosen)
        if question is not None:
            return question
    try:
        done = _STEPS[step](_action(visit, ticket_id, version), filled)
    except Conflict as error:
        if error.code != "stale_version" or seen is None:
            raise
        return shown.overtaken(here, ticket_id, seen, filled.body, "note" if step == "note" else "reply")
    return visit.back(back, done=done.said, **_way_back(ticket_id, done, filled))


@router.post("/inbox/claim")
def claim(visit: VisitDep, caller: Agent, queue: _Word) -> Response:
    """Take the next free ticket of a queue and open it."""
    if queue not in visit.desk.line.rules.queues:
        raise NotFound("queue_not_found", "چنین صفی نیست.")
    taken = triage.claim(visit.desk.line, queue, caller, visit.now)
    if taken is None:
        return visit.back(f"/inbox?queue={queue}", done="nothing_to_claim")
    return visit.back(f"/tickets/{taken}?{urlencode({'queue': queue})}", done="claimed")


@router.post("/inbox/bulk")
def bulk(
    visit: VisitDep,
    caller: Agent,
    ticket: Annotated[list[str] | None, Form()] = None,
    do: _Word = "assign",
    to: _Word = "",
    back: Back = "/inbox",
) -> Response:
    """Do the same with every ticket that was picked; one that somebody changed meanwhile is left as it is.

    When none could be taken, the page says why as it does for a single one.
    """
    if do not in _IN_BULK:
        raise NotFound("no_such_step", "چنین کاری با تیکت نمی‌شود.")
    step, picked = _STEPS[do], (ticket or [])[:200]
    answers = [(each.partition(":")[0], _tried(visit, each, step, Filled(to=to))) for each in picked]
    taken = [f"{id_}:{answer.version}" for id_, answer in answers if isinstance(answer, Done)]
    refusals = [answer for _, answer in answers if isinstance(answer, ServiceError)]
    if refusals and not taken:
        raise refusals[0]
    undo = {"undo": ".".join(taken)} if taken and do == "resolve" else {}
    in_full = "undone" if do == "unresolve" else "bulk"
    return visit.back(back, done=in_full if len(taken) == len(picked) else "bulk_partly", **undo)


def _way_back(ticket_id: str, done: Done, filled: Filled) -> dict[str, str]:
    """Return what the page has to know to offer that a step is taken back; nothing when this step is not."""
    if done.said == "resolved":
        return {"undo": f"{ticket_id}:{done.version}"}
    is_promise_closed = done.said in ("fulfilled", "withdrawn")
    return {"undo": f"{ticket_id}:{done.version}:{filled.promise}"} if is_promise_closed else {}


def _action(visit: Visit, ticket_id: str, version: int | None) -> TicketAction:
    return TicketAction(
        line=visit.desk.line, caller=visit.caller, ticket_id=ticket_id, now=visit.now, version=version
    )


def _tried(visit: Visit, picked: str, step: Step, filled: Filled) -> Done | ServiceError:
    id_, _, version = picked.partition(":")
    seen = int(version) if version.isdecimal() and len(version) < 10 else None
    try:
        return step(_action(visit, id_, seen), filled)
    except ServiceError as error:
        return error


def _is_last(visit: Visit, step: str, filled: Filled) -> bool:
    """Tell whether nobody answers on a ticket after their own step: it is settled, or goes where they do not work."""
    is_given_away = step == "escalate" and filled.queue != "" and not visit.works_in(filled.queue)
    return is_given_away or step in {"resolve", "merge"}


def _priority(filled: Filled) -> Priority:
    for known in PRIORITIES:
        if known == filled.priority:
            return known
    raise Invalid("wrong_priority", "اولویت را از فهرست بردارید.")


def _written(filled: Filled) -> str:
    body = filled.body.replace("\r\n", "\n").strip()
    if not body:
        raise Invalid("empty_body", "متنی ننوشته‌اید.")
    if len(body) > _LONGEST:
        raise Invalid("text_too_long", "این متن بلندتر از اندازهٔ مجاز است.")
    return body
