"""The clocks of a ticket: what was promised and what became of it. Pure: every moment is given.

Three promises run per ticket: the first answer, the next answer after the customer wrote again, and the resolution.
While a ticket is pending on the customer every clock stands still. A promise that was missed stays missed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from service import worktime
from service.jalali import from_iso, iso, moments
from service.sla import Calendars, Policy
from service.worktime import Calendar

State = Literal["active", "hit", "missed", "active_with_misses"]
Event = Literal["sla.warning", "sla.breached", "sla.met"]
TARGET_FA: Mapping[str, str] = {
    "first_response": "نخستین پاسخ",
    "next_response": "پاسخ بعدی",
    "resolution": "حل مسئله",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One promise: when it is due, when to warn, when it was kept, and which events were announced for it."""

    due_at: datetime
    warn_at: datetime
    done_at: datetime | None = None
    missed: bool = False
    told: tuple[Event, ...] = ()

    @property
    def running(self) -> bool:
        """Whether somebody still has to do something for it."""
        return self.done_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The promises of one ticket. `next_response` exists once the customer wrote again."""

    policy: str
    calendar: str
    first_response: Target
    resolution: Target
    next_response: Target | None = None
    paused_at: datetime | None = None
    missed_before: bool = False  # an earlier next answer came late


def start(calendars: Calendars, queue: str, policy: str, now: datetime) -> Clocks:
    """Start the clocks of a new ticket."""
    promised, calendar = calendars.policy(policy), calendars.of_queue(queue)
    return Clocks(
        policy=policy,
        calendar=calendar.name,
        first_response=_promise(promised, "first_response", calendar, now),
        resolution=_promise(promised, "resolution", calendar, now),
    )


def answered(clocks: Clocks, now: datetime) -> Clocks:
    """The team answered: the first answer is given, and so is the next one if the customer was waiting.

    An answer while the clocks stand still is in time if it was when they stopped.
    """
    following, judge_at = clocks.next_response, clocks.paused_at or now
    return replace(
        clocks,
        first_response=_done(clocks.first_response, now, judge_at),
        next_response=None if following is None else _done(following, now, judge_at),
    )


def written(clocks: Clocks, calendars: Calendars, now: datetime) -> Clocks:
    """The customer wrote again: a paused clock runs on, and a customer who was answered is owed the next answer."""
    going = resumed(clocks, calendars, now)
    if _owed_answers(going):
        return going
    promised, calendar = calendars.policy(going.policy), calendars.calendar(going.calendar)
    return replace(going, **_owing(going, _promise(promised, "next_response", calendar, now)))


def _owing(clocks: Clocks, answer: Target) -> dict[str, Any]:
    """Return what changes when the next answer is owed: that an earlier one came late is not forgotten."""
    following = clocks.next_response
    missed = clocks.missed_before or (following is not None and following.missed)
    return {"next_response": answer, "missed_before": missed}


def paused(clocks: Clocks, now: datetime) -> Clocks:
    """Stop every running clock; what is late by now is missed. Pausing twice changes nothing."""
    return clocks if clocks.paused_at is not None else replace(judged(clocks, now), paused_at=now)


def resumed(clocks: Clocks, calendars: Calendars, now: datetime) -> Clocks:
    """Let the clocks run on: every running deadline moves by exactly the working time that was paused."""
    if clocks.paused_at is None:
        return clocks
    calendar, since = calendars.calendar(clocks.calendar), clocks.paused_at
    return replace(_each(clocks, lambda one: _moved(calendar, one, since, now)), paused_at=None)


def resolved(clocks: Clocks, calendars: Calendars, now: datetime) -> Clocks:
    """The matter is settled: every promise that still ran is kept now, or late; a pause is held against nobody.

    Deadlines move by what was paused, so that a reopened ticket finds what was left of them.
    """
    return _each(resumed(clocks, calendars, now), lambda one: _done(one, now, now))


def reopened(clocks: Clocks, calendars: Calendars, now: datetime) -> Clocks:
    """The matter was not settled: the resolution runs on with what was left of it, and an answer is owed.

    The time in which it counted as settled is not held against the team; a missed resolution stays missed.
    """
    settled = clocks.resolution.done_at
    if settled is None:
        return written(clocks, calendars, now)
    told = tuple(event for event in clocks.resolution.told if event != "sla.met")
    running = replace(clocks.resolution, done_at=None, told=told)
    return written(replace(clocks, resolution=running, paused_at=settled), calendars, now)


def tightened(clocks: Clocks, calendars: Calendars, queue: str, policy: str, now: datetime) -> Clocks:
    """Promise by another policy from now on, as when urgency rises or another team takes over; nothing moves later."""
    return _repromised(clocks, calendars, queue, policy, now, sooner=True)


def loosened(clocks: Clocks, calendars: Calendars, queue: str, policy: str, now: datetime) -> Clocks:
    """Promise by a slower policy from now on, as when an agent lowers the urgency; nothing moves earlier."""
    return _repromised(clocks, calendars, queue, policy, now, sooner=False)


def absorbed(clocks: Clocks, other: Clocks, calendars: Calendars, now: datetime) -> Clocks:
    """Keep the sooner of every promise that still runs on two tickets which become one.

    An answer that is owed on the other ticket is owed on, whatever was answered on this one. Of a ticket whose clocks
    stand still, what is left of a promise is compared, not the day on which they stopped; they run on with the other's.
    """
    going, theirs = resumed(clocks, calendars, now), resumed(other, calendars, now)
    changed: dict[str, Any] = {}
    if theirs.resolution.running:
        changed["resolution"] = _other(going.resolution, theirs.resolution, sooner=True)
    asked = min(_owed_answers(theirs).values(), key=lambda one: one.due_at, default=None)
    if asked is not None:
        mine = {name: _other(one, asked, sooner=True) for name, one in _owed_answers(going).items()}
        changed |= mine or _owing(going, asked)
    kept = going if other.paused_at is None else _standing_as(clocks, going, now)
    return replace(kept, **changed)


def _owed_answers(clocks: Clocks) -> dict[str, Target]:
    return {name: one for name, one in targets(clocks).items() if name != "resolution" and one.running}


def due_at(clocks: Clocks) -> datetime | None:
    """Return the nearest deadline that still runs, None while the clocks stand still or nothing is owed."""
    if clocks.paused_at is not None:
        return None
    return min((one.due_at for one in targets(clocks).values() if one.running), default=None)


def check_at(clocks: Clocks) -> datetime | None:
    """Return when the next warning or breach falls due, None when there is none to wait for."""
    if clocks.paused_at is not None:
        return None
    waiting = [one for one in targets(clocks).values() if one.running]
    moments = [one.warn_at for one in waiting if "sla.warning" not in one.told and not one.missed]
    moments += [one.due_at for one in waiting if "sla.breached" not in one.told]
    return min(moments, default=None)


def state(clocks: Clocks, now: datetime) -> State:
    """Return how the ticket stands: `active_with_misses` is still open but has broken a promise."""
    seen = targets(judged(clocks, now)).values()
    missed = clocks.missed_before or any(one.missed for one in seen)
    if any(one.running for one in seen):
        return "active_with_misses" if missed else "active"
    return "missed" if missed else "hit"


def events(clocks: Clocks, now: datetime) -> tuple[Clocks, tuple[tuple[Event, str], ...]]:
    """Return what must be announced now, each event once per promise, and the clocks that remember it.

    Called after every change of a ticket and whenever `check_at` has come.
    """
    found: list[tuple[Event, str]] = []
    seen = judged(clocks, now)
    told: dict[str, Any] = {}
    for name, one in targets(seen).items():
        event = _event(one, now, paused=seen.paused_at is not None)
        if event is not None and event not in one.told:
            found.append((event, name))
            told[name] = replace(one, told=(*one.told, event))
    return replace(seen, **told), tuple(found)


def judged(clocks: Clocks, now: datetime) -> Clocks:
    """Mark the promises that are late by now; while the clocks stand still nothing becomes late."""
    at = clocks.paused_at or now
    return _each(clocks, lambda one: replace(one, missed=True) if one.running and one.due_at < at else one)


def targets(clocks: Clocks) -> dict[str, Target]:
    """Return the promises by name."""
    found = {"first_response": clocks.first_response, "resolution": clocks.resolution}
    return found if clocks.next_response is None else {**found, "next_response": clocks.next_response}


def to_json(clocks: Clocks) -> dict[str, Any]:
    """Return the clocks as `tickets.sla` keeps them."""
    return {
        "policy": clocks.policy,
        "calendar": clocks.calendar,
        "paused_at": iso(clocks.paused_at),
        "missed_before": clocks.missed_before,
        "targets": {
            name: {
                "due_at": iso(one.due_at),
                "warn_at": iso(one.warn_at),
                "done_at": iso(one.done_at),
                "missed": one.missed,
                "told": list(one.told),
            }
            for name, one in targets(clocks).items()
        },
    }


def from_json(raw: Mapping[str, Any]) -> Clocks:
    """Return the clocks that `to_json` wrote."""
    kept = {name: _target(one) for name, one in raw["targets"].items()}
    return Clocks(
        policy=raw["policy"],
        calendar=raw["calendar"],
        paused_at=from_iso(raw["paused_at"]),
        missed_before=raw["missed_before"],
        **kept,
    )


def shown(clocks: Clocks, now: datetime) -> dict[str, Any]:
    """Return the clocks for people: the state, and every promise with its Persian name and Jalali moments."""
    seen = judged(clocks, now)
    return {
        "policy": clocks.policy,
        "calendar": clocks.calendar,
        "state": state(clocks, now),
        **moments("paused_at", clocks.paused_at),
        "targets": [
            {
                "name": name,
                "name_fa": TARGET_FA[name],
                **moments("due_at", one.due_at),
                **moments("done_at", one.done_at),
                "missed": one.missed,
            }
            for name, one in targets(seen).items()
        ],
    }


def _promise(policy: Policy, name: str, calendar: Calendar, now: datetime) -> Target:
    """Return what a policy promises from now on: `name` is that of a target."""
    length = timedelta(minutes=getattr(policy, name))
    return Target(
        due_at=worktime.add(calendar, now, length),
        warn_at=worktime.add(calendar, now, length * policy.warn_after),
    )


def _done(one: Target, now: datetime, judge_at: datetime) -> Target:
    if not one.running:
        return one
    return replace(one, done_at=now, missed=one.missed or judge_at > one.due_at)


def _moved(calendar: Calendar, one: Target, since: datetime, now: datetime) -> Target:
    """A deadline that had passed before the pause stays where it is: it was missed."""
    if not one.running or one.due_at < since:
        return one

    def later(moment: datetime) -> datetime:
        left = worktime.between(calendar, since, moment)
        return worktime.add(calendar, now, left)

    return replace(
        one, due_at=later(one.due_at), warn_at=one.warn_at if one.warn_at <= since else later(one.warn_at)
    )


def _repromised(
    clocks: Clocks, calendars: Calendars, queue: str, policy: str, now: datetime, *, sooner: bool
) -> Clocks:
    # what is late by now stays so, however far its day moves
    going = judged(resumed(clocks, calendars, now), now)
    promised, calendar = calendars.policy(policy), calendars.of_queue(queue)
    changed: dict[str, Any] = {
        name: _other(one, _promise(promised, name, calendar, now), sooner=sooner)
        for name, one in targets(going).items()
    }
    promising = replace(going, policy=policy, calendar=calendar.name)
    return replace(_standing_as(clocks, promising, now), **changed)


def _standing_as(before: Clocks, going: Clocks, now: datetime) -> Clocks:
    """Stop clocks again that were only let run to move their deadlines up to now."""
    return going if before.paused_at is None else replace(going, paused_at=now)


def _other(one: Target, fresh: Target, *, sooner: bool) -> Target:
    if not one.running or (fresh.due_at >= one.due_at) == sooner:
        return one
    told = tuple(event for event in one.told if event != "sla.warning")
    return replace(one, due_at=fresh.due_at, warn_at=fresh.warn_at, told=told)


def _event(one: Target, now: datetime, *, paused: bool) -> Event | None:
    if one.missed:
        return "sla.breached"
    if not one.running:
        return "sla.met"
    return "sla.warning" if not paused and now >= one.warn_at else None


def _each(clocks: Clocks, change: Callable[[Target], Target]) -> Clocks:
    changed: dict[str, Any] = {name: change(one) for name, one in targets(clocks).items()}
    return replace(clocks, **changed)


def _target(raw: Mapping[str, Any]) -> Target:
    at: dict[str, Any] = {name: from_iso(raw[name]) for name in ("due_at", "warn_at", "done_at")}
    return Target(missed=raw["missed"], told=tuple(raw["told"]), **at)
