"""What the page on the desk's own performance answers: reads, rules and plain JSON."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from service.insight import desk_performance as rules
from service.insight.desk_performance import Performance, Promises, Row
from service.insight.trending import Json, estimate, named, named_bucket, spoken_period
from service.insight.trends import SMALL
from service.jalali import day_of
from service.period import Period, buckets, midnight, spoken_bucket, week_of
from service.storage import Connection
from service.storage import performance as stored
from service.storage.scope import Scope

Grouping = Literal["queue", "topic", "week"]
#: More tickets than this are not read one by one; the newest are.
MOST = 4_000
#: Shares that are estimates, each with its interval.
_SHARES = ("answered_in_time", "resolved_in_time", "reopened_share", "kept_share")


def performance(
    conn: Connection,
    scope: Scope,
    now: datetime,
    by: Grouping = "queue",
    names: Mapping[str, str] | None = None,
) -> Json:
    """Return answers, resolutions, reopenings, urgent touches and compensation per queue, topic or week.

    Of a scope only the period and the topics count: those of the comments of a ticket. `names` are the Persian names
    of the queues.
    """
    since, until = midnight(scope.period.since), midnight(scope.period.until)
    about = scope.topics
    promised = stored.promised(conn, since, until, about)
    rows = stored.opened(conn, since, until, MOST, about)
    opened = stored.count(conn, since, until, about) if len(rows) == MOST else len(rows)
    is_sampled = opened > len(rows)
    ids = [row["id"] for row in rows]
    topics = stored.topics(conn, ids) if by == "topic" else {}
    reopened = stored.reopened(conn, ids)
    touches = stored.first_touches(conn, [row["id"] for row in rows if row["priority"] == "urgent"])
    keys = {
        "queue": lambda row: (row["queue"],),
        "topic": lambda row: topics.get(row["id"], ()),
        "week": lambda row: (week_of(day_of(row["opened_at"])).since.isoformat(),),
    }[by]
    groups = rules.grouped(rows, keys)
    weeks = _begun(scope.period, now)
    if by == "week":
        groups = _each_week(groups, weeks)
    return {
        "period": spoken_period(scope.period),
        "by": by,
        "tickets": opened,
        "sampled": is_sampled,
        "total": _as_json(rules.performance(rows, reopened, touches, now)),
        "items": [
            {"by": by, "value": value, "label_fa": _name(value, by, names or {})}
            | _as_json(rules.performance(group, reopened, touches, now))
            for value, group in groups.items()
        ],
        "promises": _flat(rules.promises(promised)),
        "backlog": _backlog(conn, weeks[-53:], about),  # a year at most
    }


def _as_json(found: Performance) -> Json:
    return {"n": found.tickets, **_flat(found), "small": found.tickets < SMALL}


def _flat(found: Performance | Promises) -> Json:
    told: Json = {}
    for name in found.__dataclass_fields__:
        value = getattr(found, name)
        told |= estimate(name, value) if name in _SHARES else {name: value}
    return told


def _begun(period: Period, now: datetime) -> list[date]:
    """Return the weeks of a period that have begun."""
    return buckets(Period(period.since, min(period.until, day_of(now) + timedelta(days=1))), "week")


def _each_week(groups: Mapping[str, list[Row]], weeks: Sequence[date]) -> dict[str, list[Row]]:
    """Return the weeks from the first with a ticket on, one after the other, also those without one."""
    first = min(groups, default=date.max.isoformat())
    each = [week.isoformat() for week in weeks]
    return {week: groups.get(week, []) for week in each if week >= first}


def _backlog(conn: Connection, weeks: Sequence[date], about: Sequence[str] | None) -> list[Json]:
    """Return how many tickets were open at the end of each week."""
    ends = [week_of(week).until for week in weeks]
    counts = stored.backlog(conn, [midnight(end) for end in ends], about)
    return [named_bucket(week, "week") | {"open": n} for week, n in zip(weeks, counts, strict=True)]


def _name(value: str, by: Grouping, names: Mapping[str, str]) -> str:
    if by == "topic":
        return str(named(value)["label_fa"])
    return spoken_bucket(date.fromisoformat(value), "week") if by == "week" else names.get(value, value)
