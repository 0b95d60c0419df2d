"""How rules, their rehearsal, working times, models and drafts of replies look, for OpenAPI and for the tests."""

from datetime import date
from typing import Any, Literal

from service.api.described import Out
from service.casework.replies import Tone
from service.routing import Mode
from service.sla import Kind, Priority


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


class ModelOut(Out):
    """An installed version; `problem`, and `problem_fa` in Persian, says why one that is not `sound` cannot be loaded."""

    version: str
    current: bool
    sound: bool
    problem: str | None
    problem_fa: str | None
    taxonomy: str | None = None
    normalizer: str | None = None
    seed: int | None = None


class ModelsOut(Out):
    """The installed versions, the newest first, the one in force, and the trade they are told."""

    in_force: str | None
    trade: str | None
    items: list[ModelOut]


class InForceOut(Out):
    """The version that is in force now; `uncompared` says why the one before could not be measured beside it."""

    in_force: str | None
    uncompared: str | None = None


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
