"""Settings: the routing rules, the queues and the working times in force, and what they would do with a comment."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any

from fastapi import Form
from starlette.responses import RedirectResponse, Response

from service import dryrun, rehearsal, rulefile, sla
from service.comments.understanding import Line
from service.deps import Admin, Desk
from service.dryrun import Trial
from service.errors import ServiceError
from service.feedback import CHANNEL_FA, TIER_FA
from service.jalali import WEEKDAYS, day_of, persian
from service.routing import Rule, Rules, decide
from service.rules import labels, topics
from service.rules.conditions import CONDITION_FA, When
from service.rules.labels import POLARITY_FA
from service.storage import feedback as stored
from service.storage import read, tickets
from service.tomlfile import FileMistakes, Source
from service.web.failures import pages
from service.web.names import SCORES
from service.web.page import VisitDep

router = pages()
#: As many changed comments as a page shows.
_SHOWN = 20
_SPANS = {1: "روز گذشته", 7: "هفتهٔ گذشته", 30: "۳۰ روز گذشته", 90: "۹۰ روز گذشته"}


@router.get("/settings")
def home(visit: VisitDep, caller: Admin) -> Response:
    """Lead to the first of the settings."""
    return RedirectResponse("/settings/rules", status_code=303)


@router.get("/settings/rules")
def page(visit: VisitDep, caller: Admin) -> Response:
    """Show the rules in the order they are tried."""
    return _page(visit)


@router.post("/settings/rules/test")
def tried(visit: VisitDep, caller: Admin, text: Annotated[str, Form(max_length=10_000)] = "") -> Response:
    """Show which rule would act on a comment, and why; nothing is stored."""
    text = text.strip()
    try:
        tried = _outcome(visit.desk.line, text, visit.now) if text else None
    except ServiceError as error:
        return _page(visit, text=text, wrong=error.detail)
    return _page(visit, text=text, tried=tried)


@router.post("/settings/rules/rehearse")
def rehearsed(
    visit: VisitDep,
    caller: Admin,
    days: Annotated[int, Form(ge=1, le=rehearsal.MOST_DAYS)] = 30,
    rules: Annotated[str, Form(max_length=200_000)] = "",
) -> Response:
    """Show how often each rule would act on the comments of the last days, and what would change for whom."""
    before, written = visit.desk.line.rules, rules.replace("\r\n", "\n")
    try:
        after = _written(visit.desk, written)
    except FileMistakes as error:
        return _page(visit, days=days, written=written, misread=error.mistakes)
    with read(visit.desk.engine) as conn:
        trial = rehearsal.of_last_days(conn, before, after, days, visit.now)
        texts = {one.id: stored.get(conn, one.id) for one in trial.differences[:_SHOWN]}
    changes = [
        {"id": one.id, "text": row["masked"], "before": one.before, "after": one.after}
        for one in trial.differences[:_SHOWN]
        if (row := texts[one.id]) is not None
    ]
    return _page(
        visit,
        days=days,
        written=written,
        trial=trial,
        counts=_per_rule(trial, before, after),
        changes=changes,
    )


@router.post("/settings/rules/reload")
def reload(visit: VisitDep, caller: Admin) -> Response:
    """Read the files again; when one is wrong its mistakes are shown and the old rules stay."""
    try:
        visit.desk.live.reload(caller.id, visit.now)
    except FileMistakes as error:
        return _page(visit, mistakes=error.mistakes)
    return visit.back("/settings/rules", done="reloaded")


@router.get("/settings/queues")
def queues(visit: VisitDep, caller: Admin) -> Response:
    """Show the queues with their calendars and what waits in them."""
    with read(visit.desk.engine) as conn:
        counts = tickets.counts(conn, visit.now)
    return visit.page(
        "settings_queues.html",
        queues=visit.desk.line.rules.queues.values(),
        counts=counts,
        calendars=visit.desk.line.calendars,
    )


@router.get("/settings/calendar")
def calendar(visit: VisitDep, caller: Admin) -> Response:
    """Show who works when, the holidays that stop the clocks, and how soon each priority is served."""
    today, said = day_of(visit.now), visit.desk.line.calendars
    weeks = [(one, _week(one.week)) for one in said.calendars.values()]
    return visit.page(
        "settings_calendar.html",
        weeks=weeks,
        policies=said.policies.values(),
        missing_year=sla.missing_year(said, today),
        holidays=[one for one in said.holidays if one.day >= today][:20],
    )


def _page(visit: VisitDep, **told: Any) -> Response:
    present = visit.desk.line.rules
    rules = [(rule, list(_said(rule.when))) for rule in present.rules]
    around = {
        "text": "",
        "tried": None,
        "wrong": "",
        "mistakes": (),
        "days": 30,
        "written": _file(visit.desk),
        "misread": (),
        "trial": None,
    }
    return visit.page(
        "settings_rules.html", rules=rules, guards=present.guards, spans=_SPANS, **around | told
    )


def _outcome(line: Line, text: str, now: datetime) -> Mapping[str, Any]:
    return dryrun.outcome(decide(line.rules, rehearsal.facts_of_text(line, text, now)))


def _file(desk: Desk) -> str:
    """Return the rules as their file says them, to be changed for a rehearsal; nothing where it cannot be read."""
    try:
        return (desk.settings.rules or rulefile.FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _written(desk: Desk, text: str) -> Rules:
    return rulefile.parse(Source(text or _file(desk), "routing.toml"), desk.line.calendars.policies)


def _per_rule(trial: Trial, before: Rules, after: Rules) -> list[tuple[Rule, int, int]]:
    """Return how many comments each rule decides on, in the order of the new rules; a dropped rule comes last."""
    counts = {name: (old, new) for name, old, new in trial.by_rule}
    kept = {rule.name for rule in after.rules}
    rules = [*after.rules, *(rule for rule in before.rules if rule.name not in kept)]
    return [(rule, *counts.get(rule.name, (0, 0))) for rule in rules]


def _said(when: When) -> Sequence[str]:
    """Return the conditions of a rule as a person reads them."""
    names = topics.labels().fields
    plainly = {**POLARITY_FA, **TIER_FA, **CHANNEL_FA}
    found = []
    for field in fields(when):
        value = getattr(when, field.name)
        if field.name in CONDITION_FA and value:
            known = names.get(field.name, {})
            plain = [known[id_].fa if id_ in known else plainly.get(id_, labels.fa(id_)) for id_ in value]
            found.append(f"{CONDITION_FA[field.name]}: {' یا '.join(plain)}")
    for name, (low, high) in when.scores.items():
        found.append(f"{SCORES[name]} از {persian(f'{low:g}')} تا {persian(f'{high:g}')}")
    if when.text is not None:
        found.append("واژه‌های متن")
    if when.abstained is not None:
        found.append("متن خوانده نشد" if when.abstained else "متن خوانده شد")
    if when.confidence and found:
        found.append(f"اطمینان دست‌کم {persian(round(when.confidence * 100))}٪")
    return found or ["هر چیز دیگر"]


def _week(week: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[str, str]]:
    """Return the days from Saturday with their open hours; Python's week begins on Monday."""
    order = (5, 6, 0, 1, 2, 3, 4)
    return [(WEEKDAYS[place], " و ".join(_hours(*part) for part in week[place])) for place in order]


def _hours(opens: int, closes: int) -> str:
    return persian(f"{opens // 60:02}:{opens % 60:02} تا {closes // 60:02}:{closes % 60:02}")
