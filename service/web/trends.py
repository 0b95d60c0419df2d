"""«روندها»: what is said how often and in which mood, what moved, and the comments behind every point."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from service.auth import Caller
from service.deps import Reader
from service.insight import trending, watch
from service.insight.trends import NOTHING, Tally, by_bucket
from service.jalali import day_of
from service.period import By, Period, bucket, buckets, last_days
from service.rules.topics import labels
from service.storage import Connection, insights, read, tally
from service.storage.insight_tables import WHOLE
from service.storage.scope import Scope
from service.web.failures import pages
from service.web.narrow import STEPS, NarrowedDep, PageFilter
from service.web.page import VisitDep
from service.web.sought import SearchQuery

router = pages()
#: What the chart shows of a topic, and how it is written: a count, a share or a balance.
METRICS = {"n": "حجم", "share": "سهم", "net": "احساس خالص", "urgent_share": "سهم فوری و بحرانی"}
#: Lines beside that of all comments; more of them would be a thicket.
_LINES = 4
_RISING = 12
#: Topics that have a row of their own among what moved the score; the others share one.
_MOVED = 8
_COLOURS = ("accent", "red", "blue", "amber", "violet")
Row = Mapping[str, Any]


@router.get("/trends")
def page(
    visit: VisitDep, caller: Reader, narrowed: NarrowedDep, metric: Annotated[str, Query(max_length=20)] = "n"
) -> Response:
    """Show volume, share, mood and urgency of topics over time, with the period before beside them."""
    scope, by, today = narrowed.scope(visit.now), narrowed.step(visit.now), day_of(visit.now)
    metric = metric if metric in METRICS else "n"
    with read(visit.desk.engine) as conn:
        found = trending.trends(conn, scope, visit.now, by)
        old = _before(conn, scope, by)
        moved = trending.moved(conn, scope)
        # as on «هشدارها»: an alert that was stored may be of weeks ago, and over
        week = last_days(visit.now, watch.WEEK_DAYS)
        risen = watch.rising(conn, scope.over(week))["items"][:_RISING]
        rising = _behind_each(conn, caller, narrowed, week, risen)
        # what is marked is an unusual volume, which says nothing about a line of moods or shares
        of, off = scope.topics or (WHOLE,), visit.desk.line.calendars.days_off
        marks = watch.marks(conn, scope, of, off, visit.now) if metric == "n" else []
        choices = trending.choices(conn, caller)
    own = _own(found, scope)
    return visit.page(
        "trends.html",
        narrowed=narrowed,
        by=by,
        found=found,
        own=own,
        moved=moved | _as_written(moved),
        chart=chart(found, own, old, metric, _by_step(marks, by), bucket(today, by).isoformat()),
        is_ahead=scope.period.last > today,
        marks=marks,
        rising=rising,
        metric=metric,
        metrics=METRICS,
        choices=choices,
        steps=STEPS,
        topics=labels().topics.values(),
        behind=lambda start: _behind(narrowed, start, by, scope.period),
        compared=lambda topic: trending.is_comparable(topic, scope.period),
    )


def chart(
    found: Row, own: Row, old: Sequence[Row], metric: str, marks: Mapping[str, Row], begun: str
) -> dict[str, Any]:
    """Return the table a chart is drawn from: one row per step, one column per line; `marks` stand on some steps.

    The first line is that of `own`, the only one when that is a topic. All comments are no share of anything. Lines end
    with the step that has `begun` last: none fell to nothing in days that have not come.
    """
    others = [] if own["topic"] else [item["topic"] for item in found["items"][:_LINES]]
    firsts = [own["topic"]] if own["topic"] or metric != "share" or not others else []
    lines = [*firsts, *others]
    series = {(row["topic"], row["bucket"]): row for row in found["series"]}
    starts = list(dict.fromkeys(row["bucket"] for row in found["series"]))
    told = {(topic, start) for topic, start in series if start <= begun or series[WHOLE, start]["n"]}
    rows = [
        {
            "bucket": start,
            "label": series[WHOLE, start]["bucket_fa"],
            "values": [series[topic, start][metric] if (topic, start) in told else None for topic in lines],
            "mark": marks[start]["kind"] if start in marks else "",
            "is_running": series[WHOLE, start]["is_running"],
            "is_cut": series[WHOLE, start]["is_cut"],
            "old": old[place][metric] if firsts and place < len(old) else None,
        }
        for place, start in enumerate(starts)
    ]
    heads = [
        {"name": trending.named(topic)["label_fa"], "colour": _COLOURS[place]}
        for place, topic in enumerate(lines)
    ]
    return {"heads": heads, "rows": rows, "with_old": bool(firsts and old)}


def _own(found: Row, scope: Scope) -> Row:
    """Return what the page is about: the topic that was chosen, or all comments."""
    if not scope.topics:
        whole: Row = found["total"]
        return whole
    unheard = trending.named(scope.topics[0]) | trending.numbers(NOTHING, 0) | {"previous_n": 0}
    return next((item for item in found["items"] if item["topic"] in scope.topics), unheard)


def _behind_each(
    conn: Connection, caller: Caller, narrowed: PageFilter, week: Period, rising: Sequence[Row]
) -> list[Row]:
    """Return what rises with the list behind it and how long that is.

    A rise is told of a word by itself, perhaps in a sample; the list has whatever begins with it, of all comments.
    """
    found: list[Row] = []
    for one in rising:
        is_topic = one["kind"] == "emerging_topic"
        sought = SearchQuery(
            q=narrowed.q if is_topic else f"{narrowed.q} {one['subject']}".strip(),
            topic=one["subject"] if is_topic else narrowed.topic,
            **{name: getattr(narrowed, name) for name in ("channel", "product", "branch", "tier")},
            since=week.since.isoformat(),
            until=week.last.isoformat(),
        )
        tallied = tally.of_comments(conn, sought.filters(caller), 0)
        found.append({**one, "address": sought.address(), "tallied": tallied})
    return found


def _as_written(moved: Row) -> dict[str, Any]:
    """Return a change, its two parts and its rows as they are written, so that a reader who adds finds the same.

    As in the digest the change is that of what is written; what rounding leaves is shared by the parts.
    """
    if not moved["items"]:
        return {}
    change = round(moved["net"], 3) - round(moved["previous_net"], 3)
    left = change - moved["mix"] - moved["sentiment"]
    mix = round(moved["mix"] + left / 2, 3)
    parts = {"mix": mix, "sentiment": round(change - mix, 3)}
    return {"change": round(change, 3), **parts, "rows": _moved_rows(moved["items"], parts)}


def _moved_rows(items: Sequence[Row], parts: Mapping[str, float]) -> list[Row]:
    """Return the topics that moved most, and the others as one; the rows add up to the parts.

    What rounding leaves falls to the others, and where there are none to the topic that moved most.
    """
    rows: list[dict[str, Any]] = [
        {"label_fa": item["label_fa"], **{part: round(item[part], 3) for part in parts}}
        for item in items[:_MOVED]
    ]
    rest: dict[str, Any] = (
        {"label_fa": "موضوع‌های دیگر", **dict.fromkeys(parts, 0.0)} if items[_MOVED:] else rows[0]
    )
    rows += [rest] if rest is not rows[0] else []
    for part, whole in parts.items():
        rest[part] = round(rest[part] + whole - sum(row[part] for row in rows), 3)
    return [row | {"total": round(row["mix"] + row["sentiment"], 3)} for row in rows]


def _before(conn: Connection, scope: Scope, by: By) -> list[Row]:
    """Return the line of the period before, step by step: each of its days stands where it is that much later.

    So a step holds as many days as the one it is compared with, whatever weekday the period began on. An own topic that
    was not counted on all of them has no such line.
    """
    period, own = scope.period, (scope.topics or (WHOLE,))[0]
    later = timedelta(days=period.days)
    days: dict[str, dict[date, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for row in insights.counts(conn, scope.over(period.before), only=(WHOLE, own)):
        days[row.topic][row.day + later] += Tally(row.n, row.negative, row.positive, row.urgent)
    known, whole = (by_bucket(days[topic], period, by) for topic in (own, WHOLE))
    steps = [(known.get(start, NOTHING), whole.get(start, NOTHING).n) for start in buckets(period, by)]
    is_known = days[own] and trending.is_comparable(own, period)
    return [trending.numbers(*step) for step in steps] if is_known else []


def _by_step(marks: Sequence[Row], by: By) -> dict[str, Row]:
    """Return the mark of each step of the chart; where several fall on one, an anomaly tells more than a new level."""
    anomalies_last = sorted(marks, key=lambda mark: bool(mark["kind"] == "anomaly"))
    return {bucket(date.fromisoformat(mark["day"]), by).isoformat(): mark for mark in anomalies_last}


def _behind(narrowed: PageFilter, start: str, by: By, period: Period) -> str:
    """Return the address of the comments that one point counts: those of its days that lie in the period."""
    first = date.fromisoformat(start)
    last = first
    while bucket(last + timedelta(days=1), by) == first:
        last += timedelta(days=1)
    since, until = max(first, period.since), min(last, period.until - timedelta(days=1))
    return narrowed.address("/comments", days="", by="", since=since.isoformat(), until=until.isoformat())
