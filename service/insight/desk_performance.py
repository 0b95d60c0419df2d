"""How the desk does: answers and resolutions against their deadlines, what comes back, what was promised and paid. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from service.insight.trends import Estimate, share
from service.tickets import OPEN, RIALS

Row = Mapping[str, Any]
_MINUTE, _HOUR = 60.0, 3_600.0
#: Who tells of a promise that the desk did not make.
_CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """The tickets of one queue, topic or week. Shares are of those that are due or done; times are on the clock.

    So `answered_in_time` is `answers_met` of `answers_due`, to which whoever waits beyond the deadline belongs as well.
    """

    tickets: int
    open: int
    overdue: int
    answered: int
    answers_met: int
    answers_due: int
    answered_in_time: Estimate | None
    answer_minutes: float | None
    resolved: int
    resolutions_met: int
    resolutions_due: int
    resolved_in_time: Estimate | None
    resolution_hours: float | None
    reopened: int
    reopened_share: Estimate | None
    urgent: int
    urgent_touch_minutes: float | None
    compensation_asked: int
    compensation_paid: int
    paid_rials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What became of promised days: of the agents', and of those the customers tell of."""

    made: int
    kept: int
    broken: int
    told_by_customers: int
    kept_share: Estimate | None


def performance(
    rows: Sequence[Row], reopened: AbstractSet[str], touches: Mapping[str, datetime], now: datetime
) -> Performance:
    """Sum up tickets with their clocks; `touches` is when a person first did something to the urgent ones."""
    answers = [row for row in rows if row["answered_at"] or _is_late(row, "answer", now)]
    ends = [row for row in rows if row["resolved_at"] or _is_late(row, "resolution", now)]
    met = sum(_in_time(row, "answer", "answered_at") for row in answers)
    ended = sum(_in_time(row, "resolution", "resolved_at") for row in ends)
    urgent = [row for row in rows if row["priority"] == "urgent"]
    answered = [row for row in rows if row["answered_at"]]
    resolved = [row for row in rows if row["resolved_at"]]
    owed = [row["compensation"] for row in rows if row["compensation"]]
    paid = [one for one in owed if one["state"] == "paid"]
    return Performance(
        tickets=len(rows),
        open=sum(row["status"] in OPEN for row in rows),
        overdue=sum(_is_overdue(row, now) for row in rows),
        answered=len(answered),
        answers_met=met,
        answers_due=len(answers),
        answered_in_time=share(met, len(answers)),
        answer_minutes=_median(
            (row["answered_at"] - row["opened_at"]).total_seconds() / _MINUTE for row in answered
        ),
        resolved=len(resolved),
        resolutions_met=ended,
        resolutions_due=len(ends),
        resolved_in_time=share(ended, len(ends)),
        resolution_hours=_median(
            (row["resolved_at"] - row["opened_at"]).total_seconds() / _HOUR for row in resolved
        ),
        reopened=sum(row["id"] in reopened for row in rows),
        reopened_share=share(
            sum(row["id"] in reopened for row in rows),
            sum(bool(row["resolved_at"]) or row["id"] in reopened for row in rows),
        ),
        urgent=len(urgent),
        urgent_touch_minutes=_median(
            (touches[row["id"]] - row["opened_at"]).total_seconds() / _MINUTE
            for row in urgent
            if row["id"] in touches
        ),
        compensation_asked=len(owed),
        compensation_paid=len(paid),
        paid_rials=sum(int(one["amount"] or 0) * RIALS.get(one["currency"], 1) for one in paid),
    )


def grouped(rows: Iterable[Row], keys: Callable[[Row], Iterable[str]]) -> dict[str, list[Row]]:
    """Return tickets by every key that belongs to them, the largest group first."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for key in keys(row):
            found[key].append(row)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def promises(rows: Iterable[Row]) -> Promises:
    """Sum up promises, from their maker, status and count."""
    counts: dict[str, int] = defaultdict(int)
    told = 0
    for row in rows:
        if row["made_by"] == _CUSTOMER:
            told += row["n"]
        else:
            counts[row["status"]] += row["n"]
    kept, broken = counts["kept"], counts["broken"]
    return Promises(
        made=sum(counts.values()),
        kept=kept,
        broken=broken,
        told_by_customers=told,
        kept_share=share(kept, kept + broken),
    )


def _in_time(row: Row, clock: str, done: str) -> bool:
    return bool(row[done]) and not row[f"{clock}_missed"]


def _is_late(row: Row, clock: str, now: datetime) -> bool:
    """Tell whether a deadline has passed; while a ticket waits for its customer the clocks stand still."""
    return bool(row[f"{clock}_missed"]) or _past(row[f"{clock}_due_at"], row["paused_at"] or now)


def _is_overdue(row: Row, now: datetime) -> bool:
    """Tell whether the nearest deadline that still runs has passed, as queues count it: a next answer has one too."""
    return row["status"] in OPEN and _past(row["due_at"], now)


def _past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment < now


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(median(found), 1) if found else None
