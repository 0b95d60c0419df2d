"""What has to be done from time to time although nobody asks: each chore is one small function, safe in many workers.

Rows are taken with a lock or changed only as they were seen, so two workers that do the same chore do it once. What may
find much to do takes one short step and says whether more is left: nobody waits long to write, and a worker that is told
to stop does so after the step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service import tickets as life
from service import views
from service.casework import keeping
from service.comments.understanding import Line
from service.insight import notices, watch, weekly
from service.jalali import day_of, moments
from service.masking import mask
from service.period import midnight
from service.routing import over_budget
from service.storage import (
    alerts,
    audit,
    begin,
    cut_log,
    digests,
    erasure,
    idempotency,
    jobs,
    keys,
    outbox,
    packing,
    promises,
    tickets,
    webhooks,
)
from service.storage import feedback as stored

#: How long before its day a promise is called to mind.
REMIND_BEFORE = timedelta(hours=2)
#: Receivers have so long to take up a new secret before the old one stops signing.
ROTATION = timedelta(hours=24)
#: Events are kept for replay so long.
KEEP_EVENTS = timedelta(days=30)
#: Which rows of a file were refused, and why, is told so long after its end.
KEEP_REFUSED = timedelta(days=30)
_SOME = 200
#: Short rows that nothing hangs on go in larger steps.
_MANY = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something to do every so many seconds; while it returns True more is left, and it is done again after a breath."""

    name: str
    every_s: float
    do: Callable[[Line, datetime], object]


def watch_clocks(line: Line, now: datetime) -> bool:
    """Announce deadlines that are near or have passed, each of them once."""
    with begin(line.engine) as conn:
        found = tickets.to_check(conn, now, _SOME)
        for row in found:
            change = life.changed(life.clocks_of(row), now, {})
            told = {facts["target"]: event for event, facts in change.events}
            # whoever is about to take a step has seen the ticket as it is
            keeping.keep(conn, row, change, keeping.WORKER, "ticket.clocks", now, told=told, is_step=False)
    return len(found) == _SOME


def free_lapsed_claims(line: Line, now: datetime) -> None:
    """Give tickets back to their queue that somebody claimed and left alone."""
    with begin(line.engine) as conn:
        for row in tickets.lapsed(conn, now, _SOME):
            change = life.expired(row, now)
            if change is not None:
                keeping.keep(conn, row, change, keeping.WORKER, "ticket.lease_expired", now)


def relieve_queues(line: Line, now: datetime) -> None:
    """Hand tickets that nobody took in time to the queue that helps out; no deadline moves later."""
    for queue in line.rules.queues.values():
        if queue.overflow is None:
            continue
        before = now - timedelta(minutes=queue.overflow_minutes)
        with begin(line.engine) as conn:
            # whoever waits the longest has waited long enough first: nobody stands before them who may still wait
            for row in tickets.waiting(conn, queue.id, before, _SOME, unmarked=life.OVERFLOW_TAG):
                change = life.overflowed(row, queue, line.calendars, now)
                if change is not None:
                    keeping.keep(conn, row, change, keeping.WORKER, "ticket.overflowed", now)


def remind_of_promises(line: Line, now: datetime) -> None:
    """Call to mind what was promised to a customer, once, before its day."""
    with begin(line.engine) as conn:
        for promise in promises.remind(conn, now, now + REMIND_BEFORE):
            row = tickets.get(conn, promise["ticket_id"])
            if row is None or row["status"] not in life.OPEN:
                continue
            told = {"promise": promise["id"], **moments("promised_for", promise["due_at"])}
            outbox.emit(conn, now, "sla.warning", row["id"], {"ticket": views.ticket_event(row), **told})
            audit.record(conn, now, keeping.WORKER, "promise.reminded", row["id"], after=told)


def watch_urgent_budget(line: Line, now: datetime) -> None:
    """Raise one alert on a day that has more urgent tickets than the rules allow for."""
    guards = line.rules.guards
    today = day_of(now)
    with begin(line.engine) as conn:
        urgent = tickets.urgent_since(conn, midnight(today))
        if over_budget(guards, urgent):
            told = {"kind": "urgent_budget", "urgent": urgent, "budget": guards.urgent_per_day}
            outbox.emit_once(conn, now, "trend.anomaly", f"urgent_budget_{today}", told)
            alerts.raise_(conn, now, notices.of_budget(today, urgent, guards.urgent_per_day))


def forget_originals(line: Line, now: datetime) -> bool:
    """Replace originals that are past retention by their masked text."""
    days = line.settings.retention_days
    if days is None:
        return False
    with begin(line.engine) as conn:
        found = stored.with_originals(conn, now - timedelta(days=days), _SOME)
        for row in found:
            tags = mask(row["original"], row["tags"]).tags
            said = row["model_tags"] and mask(row["original"], row["model_tags"]).tags
            stored.forget_original(conn, row["id"], tags, said)
    return len(found) == _SOME


def tidy_up(line: Line, now: datetime) -> bool:
    """Drop what is only kept for a while: answered requests, ended sessions and links, replaced secrets, old events, refused rows.

    What was erased becomes unreadable in the files of SQLite, too: in the search index and in the write-ahead log.
    """
    with begin(line.engine) as conn:
        idempotency.forget(conn, now, line.settings.idempotency_hours)
        keys.forget_sign_ins(conn, now)
        digests.forget_links(conn, now)
        webhooks.finish_rotations(conn, now - ROTATION)
        more = outbox.forget(conn, now - KEEP_EVENTS, _SOME) == _SOME
    with begin(line.engine) as conn:
        more |= jobs.forget_refused(conn, now - KEEP_REFUSED, _MANY) > 0
    with begin(line.engine) as conn:
        more |= erasure.wipe(conn)
    if not more:
        cut_log(line.engine)
    return more


def pack_facts(line: Line, _now: datetime) -> bool:
    """Put what was counted since into blocks."""
    with begin(line.engine) as conn:
        return packing.pack(conn)


#: Every chore of the worker.
CHORES: tuple[Chore, ...] = (
    Chore(name="watch_clocks", every_s=10, do=watch_clocks),
    Chore(name="free_lapsed_claims", every_s=10, do=free_lapsed_claims),
    Chore(name="relieve_queues", every_s=30, do=relieve_queues),
    Chore(name="remind_of_promises", every_s=60, do=remind_of_promises),
    Chore(name="watch_urgent_budget", every_s=60, do=watch_urgent_budget),
    Chore(name="pack_facts", every_s=60, do=pack_facts),
    Chore(name="watch_trends", every_s=3_600, do=watch.watch),
    Chore(name="write_digests", every_s=3_600, do=weekly.write),
    Chore(name="forget_originals", every_s=3_600, do=forget_originals),
    Chore(name="tidy_up", every_s=3_600, do=tidy_up),
)
