"""Sample data: the invented comments taken in by the real line, each on its own day, and a desk that answered them."""

import heapq
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from service import intake, pledges, triage, watch
from service.auth import Caller
from service.batching import Given
from service.errors import Conflict
from service.feedback import Incoming
from service.invented import answers, comments_until
from service.jalali import TEHRAN
from service.storage import feedback as stored
from service.storage import read
from service.triage import Hand
from service.understanding import Line

SENDER = "sample-data"
#: Of a hundred tickets of the last week so many wait still; the hurried ones less often.
_WAITING = {"urgent": 10, "high": 25, "medium": 45, "low": 60}
_LAST_WEEK = timedelta(days=6)
#: Hours until a typical first answer.
_TYPICAL_HOURS = {"urgent": 0.15, "high": 0.6, "medium": 2.5, "low": 10.0}
#: In so many last days somebody looked at the trends every day.
_WATCHED, _WATCHED_EVERY = timedelta(days=34), timedelta(hours=40)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What `load` did: how many comments came in, how many tickets they opened, how many were worked on."""

    comments: int
    tickets: int
    worked: int


@dataclass(frozen=True, slots=True, order=True)
class _Step:
    """Something an agent will do to a ticket."""

    at: datetime
    ticket_id: str
    agent: str
    act: Callable[[Hand], None] = field(compare=False)


def load(line: Line, now: datetime, seed: int = 1) -> Loaded:
    """Take the sample comments in, each on its own day; a database that has them is left as it is."""
    comments = comments_until(now, seed)
    first = comments[0]
    with read(line.engine) as conn:
        if stored.by_external_id(conn, first.channel, str(first.external_id)) is not None:
            return Loaded(comments=0, tickets=0, worked=0)
    dice = random.Random(seed)
    steps: list[_Step] = []
    opened: set[str] = set()
    worked: set[str] = set()
    watched = now - _WATCHED
    for moment, arrived in _arrivals(line, comments, now):
        worked |= _work(line, steps, moment)
        if moment - watched >= _WATCHED_EVERY:
            watched = moment
            watch.watch(line, moment)
        for receipt in arrived:
            if receipt["ticket"] is not None and receipt["ticket"]["id"] not in opened:
                opened.add(receipt["ticket"]["id"])
                for step in _plan(receipt, moment, now - moment < _LAST_WEEK, dice):
                    heapq.heappush(steps, step)
    worked |= _work(line, steps, now)
    watch.watch(line, now)
    return Loaded(comments=len(comments), tickets=len(opened), worked=len(worked))


def _arrivals(line: Line, comments: list[Incoming], now: datetime) -> Iterator[tuple[datetime, list[Json]]]:
    """Yield the receipts of every third of a day; the model reads all comments at once before."""
    tags = iter(
        line.tagger.tag_many([comment.text for comment in comments], now=now.astimezone(TEHRAN).date())
    )
    for end, group in groupby(comments, key=_end_of_third):
        together = list(group)
        known = replace(line, tagger=Given(tags=[next(tags) for _ in together]))
        moment = min(end, now)
        answer = intake.receive_many(known, together, sender=SENDER, now=moment)
        yield moment, [item["feedback"] for item in answer.body["results"]]


def _end_of_third(comment: Incoming) -> datetime:
    assert comment.created_at is not None
    hour = comment.created_at.hour // 8 * 8 + 7
    return comment.created_at.replace(hour=hour, minute=59, second=0, microsecond=0)


def _plan(receipt: Json, moment: datetime, is_recent: bool, dice: random.Random) -> Iterator[_Step]:
    """Yield what an agent will do to a ticket: answer it, make good what went wrong, and settle it."""
    ticket, unhappy = receipt["ticket"], _complains(receipt["tags"])
    if is_recent and dice.randrange(100) < _WAITING[ticket["priority"]]:
        return
    words = answers()
    agent = dice.choice(words["agent"])
    at = moment + timedelta(hours=_TYPICAL_HOURS[ticket["priority"]] * dice.lognormvariate(0, 0.9))
    step = partial(_Step, ticket_id=ticket["id"], agent=agent)
    if dice.random() < 0.5:
        yield step(at=at - (at - moment) * 0.4, act=partial(triage.assign, assignee=agent))
    yield step(at=at, act=partial(triage.reply, body=dice.choice(words["sorry" if unhappy else "thanks"])))
    if _asks_money(receipt["tags"]):
        toman = dice.choice([50_000, 120_000, 300_000, 450_000])
        offer = partial(pledges.compensate, amount=toman, currency="IRT")
        yield step(at=at + timedelta(minutes=20), act=partial(offer, state="offered"))
        if dice.random() < 0.7:
            yield step(at=at + timedelta(hours=1), act=partial(offer, state="paid"))
    at += timedelta(hours=2 + 6 * dice.lognormvariate(0, 1.0)) if unhappy else timedelta(minutes=5)
    settle = partial(triage.resolve, reason=dice.choice(words["settled"]))
    yield step(at=at, act=settle)
    if unhappy and dice.random() < 0.06:
        yield step(at=at + timedelta(hours=20), act=partial(triage.reopen, reason="مشتری هنوز ناراضی است"))
        yield step(at=at + timedelta(hours=30), act=settle)


def _work(line: Line, steps: list[_Step], until: datetime) -> set[str]:
    """Do what is due; a step that a newer message of the customer has overtaken is left out."""
    done = set()
    while steps and steps[0].at <= until:
        step = heapq.heappop(steps)
        agent = Caller(id=SENDER, name=step.agent, role="agent", kind="session")
        with suppress(Conflict):
            step.act(Hand(line=line, caller=agent, ticket_id=step.ticket_id, now=step.at))
            done.add(step.ticket_id)
    return done


def _complains(tags: Json) -> bool:
    return bool(tags["category"]) and tags["category"]["label"] == "complaint"


def _asks_money(tags: Json) -> bool:
    return any(signal["name"] == "compensation_request" for signal in tags["signals"])
