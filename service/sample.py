"""Sample data: invented comments taken in by the real line, each on its own day, and a desk that answered them.

They are ninety days of four businesses that do not exist, as if they ended now. Each line of the file is a body as the
API takes it. Two things are planted for the insight pages to find: a payment outage in one week and a word that rises
from nothing. The last day lets the inbox open with something to do at whatever hour it is loaded.
"""

import heapq
import json
import random
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any

from nlp.files.records import batched
from service import intake, pledges, triage
from service.auth import Caller
from service.batching import Precomputed
from service.casework import promises
from service.comments import correcting
from service.comments.understanding import Line
from service.corrections import Correction, value_of
from service.errors import Conflict
from service.feedback import Customer, Incoming, Scores
from service.insight import watch
from service.jalali import TEHRAN, day_of
from service.storage import Engine, begin, digests, keys, read
from service.storage import feedback as stored
from service.triage import TicketAction

FILE = Path(__file__).with_name("invented.jsonl")
#: The moment at which the comments of the file end.
_END = datetime(2026, 11, 28, 10, tzinfo=TEHRAN)
SENDER = "sample-data"
#: For so many hours nobody need have looked at a ticket, and after so many it is settled.
_HOURS_OPEN = {"urgent": (0.2, 2.0), "high": (2.0, 26.0), "medium": (8.0, 60.0), "low": (20.0, 110.0)}
#: How a hundred tickets stand that have just come, that are worked on, and that should be settled by now.
_STAGES = {
    "new": {"untouched": 72, "in_hand": 28},
    "due": {"in_hand": 44, "asked": 24, "settled": 16, "untouched": 16},
    "old": {"settled": 91, "in_hand": 3, "untouched": 6},
}
#: After so many days nothing is left lying.
_FORGOTTEN = timedelta(days=4)
#: Of a hundred comments whose tags miss what their writer meant, agents put so many right.
_CORRECTED = 45
#: Hours until a typical first answer.
_TYPICAL_HOURS = {"urgent": 0.15, "high": 0.6, "medium": 2.5, "low": 10.0}
#: So many comments the slowest model reads in the half minute that it is waited for.
_TOGETHER = 60
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
    act: Callable[[TicketAction], object] = field(compare=False)


def comments_until(now: datetime) -> list[Incoming]:
    """Return the sample comments of the ninety days that end at `now`, the oldest first."""
    with FILE.open(encoding="utf-8") as lines:
        return [_comment(json.loads(line), now) for line in lines]


@cache
def size() -> int:
    """Return how many sample comments there are."""
    with FILE.open(encoding="utf-8") as lines:
        return sum(1 for _ in lines)


def meant(comment: Incoming) -> dict[str, str]:
    """Return the topics that the writer of a sample comment had in mind, each with its sentiment."""
    words = str(comment.metadata["meant"]).split()
    return dict(word.split(":") for word in words)


@cache
def answers() -> Mapping[str, list[str]]:
    """Return the names of the agents and what they write."""
    return tomllib.loads(FILE.with_suffix(".toml").read_text(encoding="utf-8"))


def load(line: Line, now: datetime) -> Loaded:
    """Take the sample comments in, each on its own day; a desk that has them is left as it is.

    `Conflict` when other comments are there: nobody could tell them apart any more.
    """
    comments = comments_until(now)
    if is_loaded(line.engine, comments[0]):
        return Loaded(comments=0, tickets=0, worked=0)
    agents = _hire(line, comments[0].created_at or now)
    dice = random.Random(1)
    steps: list[_Step] = []
    opened: set[str] = set()
    worked: set[str] = set()
    watched = now - _WATCHED
    for moment, arrived in _arrivals(line, comments, now):
        worked |= _work(line, agents, steps, moment)
        if moment - watched >= _WATCHED_EVERY:
            watched = moment
            watch.watch(line, moment)
        for comment, receipt in arrived:
            if receipt["ticket"] is not None:
                opened.add(receipt["ticket"]["id"])
                for step in _plan(comment, receipt, moment, now - moment, dice):
                    heapq.heappush(steps, step)
    worked |= _work(line, agents, steps, now)
    watch.watch(line, now)
    with begin(line.engine) as conn:
        digests.forget(conn)  # such as were written while half of it was there
    return Loaded(comments=len(comments), tickets=len(opened), worked=len(worked))


def is_loaded(engine: Engine, first: Incoming) -> bool:
    """Tell whether the sample that begins with this comment is there; `Conflict` when other comments are."""
    with read(engine) as conn:
        if stored.known(conn, first.channel, [str(first.external_id)]):
            return True
        if stored.any_stored(conn):
            raise Conflict("desk_not_empty", "دادهٔ نمونه فقط در سامانهٔ خالی بار می‌شود و اینجا نظرهایی هست.")
    return False


def _hire(line: Line, since: datetime) -> dict[str, Caller]:
    """Give every agent of the sample a place among the colleagues; the secrets of their keys are thrown away."""
    with begin(line.engine) as conn:
        made = {name: keys.create(conn, since, name, "agent").id for name in answers()["agent"]}
    return {name: Caller(id=id_, name=name, role="agent", kind="key") for name, id_ in made.items()}


def _arrivals(
    line: Line, comments: list[Incoming], now: datetime
) -> Iterator[tuple[datetime, list[tuple[Incoming, Json]]]]:
    """Yield comments with their receipts as they come in."""
    tags = _tags(line, comments, now)
    for moment, group in groupby(comments, key=partial(_taken_in, now)):
        together = list(group)
        known = replace(line, tagger=Precomputed(tags=[next(tags) for _ in together]))
        answer = intake.receive_many(known, together, sender=SENDER, now=moment)
        yield moment, list(zip(together, (item["feedback"] for item in answer.body["results"]), strict=True))


def _tags(line: Line, comments: list[Incoming], now: datetime) -> Iterator[bytes]:
    """Let the model read many comments at a time, but not more than it can while somebody waits for it."""
    for part in batched(comments, _TOGETHER):
        days = [day_of(comment.created_at or now) for comment in part]
        yield from line.tagger.tag_many([comment.text for comment in part], now=days)


def _taken_in(now: datetime, comment: Incoming) -> datetime:
    """Return when a comment is taken in: those of the last days at once, older ones with their third of a day."""
    assert comment.created_at is not None
    if now - comment.created_at < _FORGOTTEN:
        return comment.created_at
    hour = comment.created_at.hour // 8 * 8 + 7
    return comment.created_at.replace(hour=hour, minute=59, second=0, microsecond=0)


def _plan(
    comment: Incoming, receipt: Json, moment: datetime, age: timedelta, dice: random.Random
) -> Iterator[_Step]:
    """Yield what an agent will do to a ticket: as much as its age lets one expect, and now and then less."""
    ticket, words = receipt["ticket"], answers()
    stage = _stage(ticket["priority"], age, dice)
    if stage == "untouched" or ticket["status"] == "resolved":
        return
    agent = dice.choice(words["agent"])
    step = partial(_Step, ticket_id=ticket["id"], agent=agent)
    wait = timedelta(hours=_TYPICAL_HOURS[ticket["priority"]] * dice.lognormvariate(0, 0.9))
    at = moment + (wait if stage == "settled" else min(wait, age * 0.7))
    if dice.random() < 0.5:
        yield step(at=at - (at - moment) * 0.4, act=partial(triage.assign, assignee=agent))
    wrong = _missed(comment, receipt["tags"])
    if wrong and dice.randrange(100) < _CORRECTED:
        yield step(at=at, act=partial(_put_right, feedback_id=receipt["id"], wanted=wrong))
    if dice.random() < 0.08:
        yield step(at=at, act=partial(triage.note, body=dice.choice(words["notes"])))
    if stage == "asked":
        yield step(at=at, act=partial(triage.reply, body=dice.choice(words["asking"])))
        yield step(at=at, act=partial(triage.pend, reason="منتظر پاسخ مشتری"))
        return
    kind = "sorry" if _complains(receipt["tags"]) else "thanks"
    yield step(at=at, act=partial(triage.reply, body=dice.choice(words[kind])))
    if stage == "settled":
        yield from _settled(step, receipt, at, dice)


def _stage(priority: str, age: timedelta, dice: random.Random) -> str:
    """Return how far the work on a ticket of this age has come."""
    if age >= _FORGOTTEN:
        return "settled"
    new, due = (timedelta(hours=hours) for hours in _HOURS_OPEN[priority])
    chances = _STAGES["new" if age < new else "due" if age < due else "old"]
    return dice.choices(list(chances), list(chances.values()))[0]


def _settled(step: Callable[..., _Step], receipt: Json, at: datetime, dice: random.Random) -> Iterator[_Step]:
    """Yield how a matter is made good and closed, and sometimes taken up again."""
    unhappy = _complains(receipt["tags"])
    if promises.compensation(receipt["tags"]):
        toman = dice.choice([50_000, 120_000, 300_000, 450_000])
        offer = partial(pledges.compensate, amount=toman, currency="IRT")
        yield step(at=at + timedelta(minutes=20), act=partial(offer, state="offered"))
        if dice.random() < 0.7:
            yield step(at=at + timedelta(hours=1), act=partial(offer, state="paid"))
    at += timedelta(hours=2 + 6 * dice.lognormvariate(0, 1.0)) if unhappy else timedelta(minutes=5)
    settle = partial(triage.resolve, reason=dice.choice(answers()["settled"]))
    yield step(at=at, act=settle)
    if unhappy and dice.random() < 0.06:
        yield step(at=at + timedelta(hours=20), act=partial(triage.reopen, reason="مشتری هنوز ناراضی است"))
        yield step(at=at + timedelta(hours=30), act=settle)


def _missed(comment: Incoming, tags: Json) -> list[Correction]:
    """Return what an agent would put right, knowing what the writer meant: topics, and a mood turned around."""
    said = meant(comment)
    sure = {topic["id"]: topic["sentiment"] for topic in tags["topics"] if topic["level"] != "low"}
    found = [Correction(field="topics", value=sure | said)]
    moods = set(said.values())
    if moods in ({"negative"}, {"positive"}):
        (mood,) = moods
        found.append(Correction(field="category", value={"negative": "complaint"}.get(mood, "praise")))
        if not str(value_of(tags, "sentiment")).endswith(mood):
            found.append(Correction(field="sentiment", value=mood))
    return [one for one in found if value_of(tags, one.field) != one.value]


def _put_right(action: TicketAction, feedback_id: str, wanted: list[Correction]) -> None:
    correcting.judge(action.line, feedback_id, wanted, action.caller.id, action.now)


def _work(line: Line, agents: dict[str, Caller], steps: list[_Step], until: datetime) -> set[str]:
    """Do what is due; a step that a newer message of the customer has overtaken is left out."""
    done = set()
    while steps and steps[0].at <= until:
        step = heapq.heappop(steps)
        with suppress(Conflict):
            step.act(
                TicketAction(line=line, caller=agents[step.agent], ticket_id=step.ticket_id, now=step.at)
            )
            done.add(step.ticket_id)
    return done


def _complains(tags: Json) -> bool:
    return bool(tags["category"]) and tags["category"]["label"] == "complaint"


def _comment(told: dict[str, Any], now: datetime) -> Incoming:
    who = told.get("customer")
    parts: dict[str, Any] = {
        "created_at": _moved(datetime.fromisoformat(told["created_at"]), now),
        "customer": who and Customer(**who),
        "scores": Scores(**told.get("scores", {})),
    }
    return Incoming(**told | parts)


def _moved(written: datetime, now: datetime) -> datetime:
    """Return when a comment of the file was written if it ends at `now`: it keeps its hour, in the last day its distance."""
    if _END - written < timedelta(days=1):
        return (now - (_END - written)).replace(microsecond=0)
    return (written + (day_of(now) - day_of(_END))).astimezone(now.tzinfo)
