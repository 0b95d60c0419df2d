"""How comments find their team and their deadline: the rules, a rehearsal of new ones, and working times."""

from datetime import date
from typing import Any, Literal

from service import dryrun, rehearsal, routing, rulefile, sla
from service.api import reading
from service.api.bodies import AnalyzeIn, RuleTestIn
from service.api.described import Out
from service.api.strict import part
from service.api.writing import Json
from service.comments.understanding import Line
from service.deps import Admin, Agent, DeskDep, Now, Reader
from service.errors import FieldError, Invalid, wrong_field
from service.jalali import day_of
from service.routing import Mode, Rules, decide
from service.sla import Kind, Priority
from service.storage import read
from service.tomlfile import FileMistakes, Source

router = part("rules")


class QueueOfRulesOut(Out):
    """A team's inbox: how many tickets one person holds, and who helps when they wait too long."""

    id: str
    fa: str
    capacity: int
    overflow: str | None
    overflow_minutes: int


class GuardsOut(Out):
    """What keeps urgent rare and notifications few; a hard signal less sure than `sure` waits for a person."""

    hard_signals: list[str]
    sure: float
    urgent_per_day: int
    notify_every_minutes: int


class RuleOut(Out):
    """A rule: what happens to a comment for which every condition of `when` holds."""

    name: str
    fa: str
    when: dict[str, Any]
    queue: str
    priority: Priority | Literal["by_urgency"]
    sla: str | None
    tags: list[str]
    notify: list[str]
    ticket: bool
    mode: Mode


class RulesOut(Out):
    """The rules in force, in the order in which they are asked."""

    default_queue: str
    queues: list[QueueOfRulesOut]
    guards: GuardsOut
    rules: list[RuleOut]


class OutcomeOut(Out):
    """What rules make of a comment, by which of them, and why in Persian."""

    rule: str
    ticket: bool
    queue: str
    priority: Priority
    sla: str
    mode: Mode
    review: bool
    tags: list[str]
    notify: list[str]
    reason: str


class OfTextOut(Out):
    """What becomes of a text by the rules in force, and by those that are tried."""

    before: OutcomeOut
    after: OutcomeOut


class BeforeAfterOut(Out):
    """A count by the rules in force, and by those that are tried."""

    before: int
    after: int


class ByRuleOut(BeforeAfterOut):
    """Comments that a rule decides on."""

    rule: str


class ByPriorityOut(BeforeAfterOut):
    """Comments that want a ticket of a priority."""

    priority: Priority


class ByQueueOut(BeforeAfterOut):
    """Comments that want a ticket in a queue."""

    queue: str


class DifferenceOut(OfTextOut):
    """A comment of the last days for which something else would have happened."""

    feedback_id: str


class TrialOut(Out):
    """A rehearsal on the comments of the last days, at most `most` of them; the first differences are shown."""

    most: int
    compared: int
    changed: int
    tickets: BeforeAfterOut
    by_rule: list[ByRuleOut]
    by_priority: list[ByPriorityOut]
    by_queue: list[ByQueueOut]
    differences: list[DifferenceOut]


class PolicyOut(Out):
    """Minutes of working time for each promise, and the share of them (0 to 1) after which a warning is due."""

    name: str
    first_response: int
    next_response: int
    resolution: int
    warn_after: float


class PoliciesOut(Out):
    """Every policy."""

    items: list[PolicyOut]


class CalendarOut(Out):
    """The working week of a team: stretches of open minutes since midnight for each weekday (0 is Monday)."""

    zone: str
    week: list[list[tuple[int, int]]]
    around_the_clock: bool


class HolidayOut(Out):
    """A day off, and where its date comes from."""

    day: date
    jalali: str
    name: str
    kind: Kind


class CalendarsOut(Out):
    """Who works when; `missing_year` is a Jalali year near at hand whose holidays have still to be written."""

    default: str
    queues: dict[str, str]
    calendars: dict[str, CalendarOut]
    holidays: list[HolidayOut]
    missing_year: int | None


@router.get("/rules", response_model=RulesOut, summary="قاعده‌های مسیریابی")
def rules(desk: DeskDep, caller: Reader) -> Json:
    """Return the rules in force, in the order in which they are asked."""
    return Json(routing.to_json(desk.line.rules))


@router.post(
    "/rules/test", response_model=OfTextOut | TrialOut, summary="آزمایش قاعده‌ها، بی‌آنکه چیزی عوض شود"
)
def rehearse(body: RuleTestIn, desk: DeskDep, now: Now, caller: Agent) -> Json:
    """Route a text, or the comments of the last days, by the rules of the body or those of the file, and compare."""
    if (body.text is None) == (body.days is None):
        detail = "درست یکی از text و days لازم است."
        raise wrong_field("text", "one_of", detail)
    line = desk.line
    tried = _tried(body, line)
    if body.text is not None:
        text = reading.text(reading.checked(AnalyzeIn, {"text": body.text}), desk.settings)
        facts = rehearsal.facts_of_text(line, text, now)
        before, after = (dryrun.outcome(decide(rules, facts)) for rules in (line.rules, tried))
        return Json({"before": before, "after": after})
    with read(desk.engine) as conn:
        trial = rehearsal.of_last_days(conn, line.rules, tried, body.days or 0, now)
    return Json({"most": rehearsal.MOST, **trial.to_json()})


@router.post("/rules/reload", response_model=RulesOut, summary="خواندن دوبارهٔ فایل قاعده‌ها و تقویم")
def reload(desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Read rules and calendar again; when something is wrong every mistake is named, and the old ones stay."""
    try:
        desk.live.reload(caller.id, now)
    except FileMistakes as error:
        raise _mistaken(error) from error
    return Json(routing.to_json(desk.line.rules))


@router.get("/sla-policies", response_model=PoliciesOut, summary="مهلت‌ها")
def policies(desk: DeskDep, caller: Reader) -> Json:
    """Return how many minutes of working time each promise has, per policy."""
    return Json({"items": list(desk.line.calendars.policies.values())})


@router.get("/calendar", response_model=CalendarsOut, summary="تقویم کاری")
def calendar(desk: DeskDep, now: Now, caller: Reader) -> Json:
    """Return who works when: open minutes of each weekday (0 is Monday), which queue uses which, and the holidays.

    `missing_year` is a year near at hand whose holidays have still to be written.
    """
    said = desk.line.calendars
    calendars = {
        name: {"zone": str(one.zone), "week": one.week, "around_the_clock": one.around_the_clock}
        for name, one in said.calendars.items()
    }
    holidays = [
        {"day": one.day.isoformat(), "jalali": one.jalali, "name": one.name_fa, "kind": one.kind}
        for one in said.holidays
    ]
    return Json(
        {
            "default": said.default,
            "queues": dict(said.queues),
            "calendars": calendars,
            "holidays": holidays,
            "missing_year": sla.missing_year(said, day_of(now)),
        }
    )


def _tried(body: RuleTestIn, line: Line) -> Rules:
    policies = line.calendars.policies
    try:
        if body.rules is not None:
            return rulefile.parse(Source(body.rules, "rules"), policies)
        return rulefile.load(line.settings.rules, policies)
    except FileMistakes as error:
        raise _mistaken(error) from error


def _mistaken(error: FileMistakes) -> Invalid:
    found = [
        FieldError(path=f"{one.file}:{one.line}", code="rule_mistake", detail=one.detail)
        for one in error.mistakes
    ]
    return Invalid("rules_invalid", "قاعده‌ها درست نیستند و قاعده‌های پیشین ماندند.", errors=found)
