"""How the insight answers look, for OpenAPI and for the tests that hold the answers against it.

An estimate is three numbers: `share` with `share_low` and `share_high`, the interval that holds the true one 95 times
in 100; all three are null where nothing was counted.
"""

from datetime import date

from pydantic import Field

from service.api.described import Out
from service.insight.kano import Class
from service.insight.satisfaction import Score, Segment
from service.period import By

Number = float | None


class PeriodOut(Out):
    """The days that were asked for, both ends included, with their Jalali twins."""

    since: date
    until: date
    since_jalali: str
    until_jalali: str
    days: int


class SteppedOut(PeriodOut):
    """A period and the step of its series; `is_running` says that its last day is not over, and more may come."""

    by: By
    is_running: bool


class EarlierOut(PeriodOut):
    """The period before; one that is not `is_recorded` has days before the first comment, and its counts are no match."""

    is_recorded: bool


class TopicOut(Out):
    """A topic with its names and its place in the journey; an empty one is all comments."""

    topic: str
    label_fa: str
    label_en: str
    touchpoint: str | None
    factor: str | None


class CountsOut(Out):
    """How often something was spoken of, in which mood and how urgently; `small` says that it is too little to trust.

    `urgent` counts comments whose urgency is `high` or `critical`; tickets have priorities instead.
    """

    n: int
    share: Number
    share_low: Number
    share_high: Number
    net: Number
    net_low: Number
    net_high: Number
    negative: int
    positive: int
    urgent: int
    urgent_share: Number
    urgent_share_low: Number
    urgent_share_high: Number
    small: bool


class TrendOut(TopicOut, CountsOut):
    """A topic in a period, beside the period before and beside what is usual on these weekdays, both of whole days."""

    previous_n: int
    previous_share: Number
    previous_share_low: Number
    previous_share_high: Number
    previous_net: Number
    previous_net_low: Number
    previous_net_high: Number
    share_change: Number
    share_change_low: Number
    share_change_high: Number
    net_change: Number
    net_change_low: Number
    net_change_high: Number
    usual_n: Number


class CoverageOut(Out):
    """How many comments speak of at least one topic, as a share of all of them; below `target` topics tell too little."""

    n: int
    share: Number
    share_low: Number
    share_high: Number
    target: float


class StepOut(CountsOut):
    """A topic in one hour of the day, day, week or month; more may come in one that `is_running`.

    One that `is_cut` has days outside the period, which are not counted.
    """

    topic: str
    label_fa: str
    bucket: str
    bucket_jalali: str
    bucket_fa: str
    is_running: bool
    is_cut: bool


class SegmentOut(TopicOut, CountsOut):
    """A topic in one channel, product, branch or tier."""

    segment: Segment
    value: str


class ModelOut(Out):
    """A model version: how many comments of the scope it tagged, from which day to which."""

    version: str
    n: int
    since: date
    until: date


class TrendsOut(Out):
    """Every topic over time; `mixed_models` warns that several model versions tagged these comments."""

    period: SteppedOut
    previous: EarlierOut
    total: TrendOut
    coverage: CoverageOut
    items: list[TrendOut]
    series: list[StepOut]
    segments: list[SegmentOut]
    models: list[ModelOut]
    mixed_models: bool


class MovedPartOut(TopicOut):
    """What one topic did to the score: by how often it is spoken of, and by how."""

    mix: float
    sentiment: float
    total: float
    n: int
    previous_n: int


class MovedOut(Out):
    """The change of net sentiment; the totals of the items add up to it. It is null where one period has no topics."""

    period: PeriodOut
    previous: PeriodOut
    net: Number
    previous_net: Number
    change: Number
    mix: Number
    sentiment: Number
    items: list[MovedPartOut]


class PullOut(TopicOut):
    """How far a score falls where a topic goes badly (`penalty`) and rises where it goes well (`reward`)."""

    n: int
    negative: int
    positive: int
    penalty: Number
    penalty_low: Number
    penalty_high: Number
    reward: Number
    reward_low: Number
    reward_high: Number
    confounded_with: str | None


class DriverOut(PullOut):
    """What a topic does to the mean of all scores, and the lifetime value of those who would leave because of it.

    `mean` is that of the comments on the topic; fewer than five of them give no interval.
    """

    mean: Number
    mean_low: Number
    mean_high: Number
    impact: Number
    impact_low: Number
    impact_high: Number
    leaving_customers: int
    value_at_risk: Number
    value_at_risk_low: Number
    value_at_risk_high: Number
    small: bool


class AtRiskOut(TopicOut):
    """What could leave because of a topic: customers who said so, and their lifetime value where any of it is known."""

    customers: int
    value: Number
    value_low: Number
    value_high: Number


class DriversOut(Out):
    """What moves a score; `sampled` says that only the newest scored comments were weighed."""

    period: PeriodOut
    score: Score
    n: int
    mean: Number
    sampled: bool
    items: list[DriverOut]
    value_at_risk: list[AtRiskOut]


class KanoItemOut(PullOut):
    """A topic's Kano class; the probability is null where the data do not suffice."""

    class_: Class = Field(alias="class")
    class_fa: str
    probability: Number


class KanoOut(Out):
    """The Kano class of every topic; `floor` is how many bad and good mentions each a class needs."""

    period: PeriodOut
    score: Score
    n: int
    floor: int
    sampled: bool
    items: list[KanoItemOut]


class TouchpointOut(CountsOut):
    """A point of the journey and what is most spoken of there.

    Mentions are counted: a comment on two topics of a touchpoint has two. `share` is of all mentions of the period.
    """

    touchpoint: str
    touchpoint_fa: str
    topics: list[str]


class HandOverOut(Out):
    """Customers who were hit at two points of the journey."""

    first: str
    first_fa: str
    second: str
    second_fa: str
    customers: int
    share: Number
    share_low: Number
    share_high: Number


class ContactOut(Out):
    """How often known customers write."""

    customers: int
    repeated: int
    per_customer: Number
    repeat_share: Number
    repeat_share_low: Number
    repeat_share_high: Number


class NpsOut(Out):
    """Promoters, passives and detractors, and the score they come to."""

    n: int
    promoters: int
    passives: int
    detractors: int
    nps: Number
    nps_low: Number
    nps_high: Number
    small: bool


class JourneyOut(Out):
    """The journey: touchpoints, who was hit at two of them, and who comes again; `n` counts the comments."""

    period: PeriodOut
    n: int
    items: list[TouchpointOut]
    hand_overs: list[HandOverOut]
    contact: ContactOut
    nps: NpsOut


class FactorOut(CountsOut):
    """One of the six factors in one branch, product, channel or tier; counts and shares are of its mentions."""

    by: str
    value: str
    factor: str
    factor_fa: str


class SegmentNpsOut(NpsOut):
    """The net promoter score of one of the columns, named by what was asked for."""

    comments: int
    branch: str | None = None
    product: str | None = None
    channel: str | None = None
    tier: str | None = None


class FactorsOut(Out):
    """The six factors as a scorecard, the columns with most comments first."""

    period: PeriodOut
    by: str
    values: list[str]
    items: list[FactorOut]
    nps: list[SegmentNpsOut]


class LeavingCustomerOut(Out):
    """A customer who said they will leave; `risk` goes from 0 to 100.

    `masked` says that the id holds personal data which this caller may not see; what the customer is worth is told to
    agents and admins alone.
    """

    customer: str | None
    masked: bool
    tier: str | None
    contacts: int
    lifetime_value: Number
    risk: int
    said_on: date
    said_on_jalali: str
    topics: list[str]


class LeavingOut(Out):
    """Who is about to leave; `n` counts them all, `items` are the likeliest, `period` is what was read for it."""

    period: PeriodOut
    n: int
    items: list[LeavingCustomerOut]


class JudgedOut(Out):
    """How many tags of a field people judged, and the share they left alone; `interval` holds the true one 95 times in 100."""

    judged: int
    accuracy: Number
    interval: tuple[float, float] | None
    enough_data: bool


class LabelOut(Out):
    """One label: how often it was given, accepted and corrected; `coverage` is its share of the comments."""

    field: str
    label: str
    tagged: int
    coverage: float
    accepted: int
    corrected: int
    accuracy: Number
    interval: tuple[float, float] | None
    enough_data: bool


class QualityOut(Out):
    """How good the tags of the last days are, per field and per label, the least certain label first."""

    days: int
    comments: int
    fields: dict[str, JudgedOut]
    labels: list[LabelOut]
