"""How alerts, the desk's own figures and the digest look, for OpenAPI and for the tests that hold the answers against it."""

from datetime import date, datetime
from typing import Any

from service.api.described import Out
from service.api.insight_answers import Number, PeriodOut


class SampleOut(Out):
    """A comment to read, masked."""

    id: str
    text: str
    channel: str
    created_at: datetime
    created_at_jalali: str


class RisingOut(Out):
    """A topic or term that rises: since when, how sure, in which words, with which figures and comments.

    A wave is counted and not tested: its `sure` is null, and so are its `customers` where a writer is not known.
    """

    kind: str
    kind_fa: str
    subject: str
    label_fa: str
    since: date
    since_jalali: str
    sure: Number
    message_fa: str
    figures: dict[str, Any]
    samples: list[SampleOut]


class AlertOut(RisingOut):
    """An episode that was told of, and whether it still goes on."""

    id: str
    open: bool
    opened_at: datetime
    opened_at_jalali: str
    closed_at: datetime | None
    closed_at_jalali: str | None


class AlertsOut(Out):
    """The alerts of a period; `open` is how many go on now."""

    period: PeriodOut
    open: int
    items: list[AlertOut]


class EmergingOut(Out):
    """What rises within a period against the weeks before it; `sampled` in the figures of words: not all were read."""

    period: PeriodOut
    weeks_before: int
    items: list[RisingOut]


class MarkOut(Out):
    """A day far from usual, or on which the level changed."""

    topic: str
    kind: str
    kind_fa: str
    day: date
    day_jalali: str
    sure: float
    message_fa: str


class MarksOut(Out):
    """The marks on the lines of some topics."""

    period: PeriodOut
    items: list[MarkOut]


class WorkOut(Out):
    """What became of tickets: answers and resolutions in time, reopenings, first touches and compensation.

    `answered_in_time` is `answers_met` of `answers_due`: of those that were given and those that are overdue.
    """

    n: int
    tickets: int
    open: int
    overdue: int
    answered: int
    answers_met: int
    answers_due: int
    answered_in_time: Number
    answered_in_time_low: Number
    answered_in_time_high: Number
    answer_minutes: Number
    resolved: int
    resolutions_met: int
    resolutions_due: int
    resolved_in_time: Number
    resolved_in_time_low: Number
    resolved_in_time_high: Number
    resolution_hours: Number
    reopened: int
    reopened_share: Number
    reopened_share_low: Number
    reopened_share_high: Number
    urgent: int
    urgent_touch_minutes: Number
    compensation_asked: int
    compensation_paid: int
    paid_rials: int
    small: bool


class GroupWorkOut(WorkOut):
    """The tickets of one queue, topic or week."""

    by: str
    value: str
    label_fa: str


class KeptPromisesOut(Out):
    """What became of promised days."""

    made: int
    kept: int
    broken: int
    told_by_customers: int
    kept_share: Number
    kept_share_low: Number
    kept_share_high: Number


class BacklogOut(Out):
    """How many tickets were open at the end of a week; of one that is not over, how many are open now."""

    bucket: str
    bucket_jalali: str
    bucket_fa: str
    open: int


class PerformanceOut(Out):
    """How the desk does; `sampled` says that only the newest tickets were read one by one."""

    period: PeriodOut
    by: str
    tickets: int
    sampled: bool
    total: WorkOut
    items: list[GroupWorkOut]
    promises: KeptPromisesOut
    backlog: list[BacklogOut]


class DigestTopicOut(Out):
    """A topic that rose or fell."""

    topic: str
    label_fa: str
    n: int
    previous_n: int
    net: Number
    previous_net: Number
    small: bool


class DigestTicketsOut(Out):
    """The tickets of the week."""

    n: int
    open: int
    overdue: int
    answered_in_time: Number


class DigestOut(Out):
    """The week of a department in figures and in Persian sentences made of them."""

    department: str
    department_fa: str
    week: str
    week_fa: str
    since: date
    n: int
    previous_n: int
    net: Number
    previous_net: Number
    rose: list[DigestTopicOut]
    fell: list[DigestTopicOut]
    alerts: list[str]
    comments: list[SampleOut]
    promises: KeptPromisesOut
    tickets: DigestTicketsOut
    sentences: list[str]
    written_at: datetime | None
    written_at_jalali: str | None


class DigestLinkOut(Out):
    """A link to a digest: the token is shown once, and opens it without a key until it expires."""

    token: str
    path: str
    expires_at: datetime
    expires_at_jalali: str
