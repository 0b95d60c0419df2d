"""What the insight endpoints and pages answer: reads, rules, and plain JSON with names, Jalali twins and intervals.

Every function takes an open connection and a `Scope` and returns a dict; `items` is its table, row by row flat.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from service import views
from service.auth import Caller
from service.insight import trends as rules
from service.insight.trends import NOTHING, Estimate, Tally
from service.jalali import TEHRAN, day_of, jalali_day, persian
from service.period import By, Period, bucket, buckets, cut, spoken_bucket
from service.rules import topics as known
from service.storage import Connection, insights
from service.storage.insight_tables import WHOLE
from service.storage.insights import Counted
from service.storage.rollups import SEGMENTS
from service.storage.scope import Scope

Json = dict[str, Any]
_HOURS = range(24)


def trends(conn: Connection, scope: Scope, now: datetime, by: By = "day") -> Json:
    """Return volume, share, net sentiment and urgent share of every topic, with the period before beside it.

    `coverage` tells how many comments speak of any topic, `series` holds the same per bucket. What is compared
    with it are whole days: daily sums know no hours. So a period and a bucket that are not over say so, and a period
    before that began before anything was recorded.
    """
    counted, before = _read(conn, scope, by)
    days = _daily(counted)
    known_since = insights.known_since(conn, scope.version)
    total = days.pop(WHOLE, {})
    for topic in before.keys() - {WHOLE}:  # a long period before reaches further back than what is usual
        days.setdefault(topic, {})
    spoken_of = {topic: rules.total(found, scope.period).n for topic, found in days.items()}
    days = {topic: days[topic] for topic in sorted(days, key=lambda topic: (-spoken_of[topic], topic))}
    return {
        "period": spoken_period(scope.period) | {"by": by, "is_running": scope.period.is_running(now)},
        "previous": spoken_period(scope.period.before)
        | {"is_recorded": known_since is not None and known_since <= scope.period.before.since},
        "total": _item(WHOLE, total, total, before, scope.period, known_since),
        "coverage": _coverage(conn, scope, rules.total(total, scope.period).n),
        "items": [_item(topic, days[topic], total, before, scope.period, known_since) for topic in days],
        "series": _hourly(conn, scope, now) if by == "hour" else _series(days, total, scope.period, now, by),
        **_models(conn, scope),
    }


def segments(conn: Connection, scope: Scope, segment: str, caller: Caller) -> list[Json]:
    """Return how often each topic was spoken of per value of `segment`: channel, product, branch or tier."""
    by_value = per_value(insights.mentions(conn, scope, segment), caller)
    whole = {value: found.get(WHOLE, NOTHING).n for value, found in by_value.items()}
    every = [(topic, tally, value) for value, found in by_value.items() for topic, tally in found.items()]
    return [
        {"segment": segment, "value": value, **named(topic), **numbers(tally, whole[value])}
        for topic, tally, value in sorted(every, key=lambda one: (one[0], -one[1].n, one[2]))
    ]


def per_value(rows: Iterable[Mapping[str, Any]], caller: Caller) -> dict[str, dict[str, Tally]]:
    """Return what was counted per value of a segment and topic; two numbers look the same when they are masked."""
    found: dict[str, dict[str, Tally]] = defaultdict(dict)
    for row in rows:
        at = found[views.said(row["segment"], caller) or ""]
        at[row["topic"]] = at.get(row["topic"], NOTHING) + tally_of(row)
    return dict(found)


#: What all topics did together; null where there is nothing to compare with, which is not the same as no change.
_IN_ALL = {"change": attrgetter("total"), "mix": attrgetter("mix"), "sentiment": attrgetter("sentiment")}


def moved(conn: Connection, scope: Scope) -> Json:
    """Return what moved net sentiment against the period before: topic mix and topic sentiment, adding up exactly.

    An own topic that was not counted on all of these days moved nothing.
    """
    # the earlier period first: what words are looked up for it serves the later one as well
    before, now = (
        {
            topic: tally
            for topic, tally in totals(conn, scope.over(period)).items()
            if topic != WHOLE and is_comparable(topic, scope.period)
        }
        for period in (scope.period.before, scope.period)
    )
    parts = rules.what_moved(now, before)
    return {
        "period": spoken_period(scope.period),
        "previous": spoken_period(scope.period.before),
        "net": estimate("net", rules.net(sum(now.values(), NOTHING)))["net"],
        "previous_net": estimate("net", rules.net(sum(before.values(), NOTHING)))["net"],
        **{name: round(sum(map(of, parts)), 6) if parts else None for name, of in _IN_ALL.items()},
        "items": [
            {
                **named(part.topic),
                "mix": round(part.mix, 6),
                "sentiment": round(part.sentiment, 6),
                "total": round(part.total, 6),
                "n": now.get(part.topic, NOTHING).n,
                "previous_n": before.get(part.topic, NOTHING).n,
            }
            for part in parts
        ],
    }


def choices(conn: Connection, caller: Caller) -> dict[str, list[str]]:
    """Return what each filter can be set to by this caller."""
    return {kind: views.without_personal(insights.values(conn, kind), caller) for kind in SEGMENTS}


def topics_of(*, touchpoint: str | None = None, queue: str | None = None) -> tuple[str, ...]:
    """Return the topics of a point of the journey or of a department."""
    return tuple(
        topic.id
        for topic in known.labels().topics.values()
        if touchpoint in {None, topic.touchpoint} and queue in {None, topic.queue}
    )


def named(topic: str) -> Json:
    """Return a topic with its names and its place in the journey; `WHOLE` is all comments."""
    found = known.labels().topics.get(topic)
    fa, en = ("همهٔ نظرها", "All comments") if topic == WHOLE else (topic, topic)
    return {
        "topic": topic,
        "label_fa": found.fa if found else fa,
        "label_en": found.en if found else en,
        "touchpoint": found and found.touchpoint,
        "factor": found and found.factor,
    }


def is_comparable(topic: str, period: Period) -> bool:
    """Tell whether a topic was counted in a whole period and in the one before it."""
    return known.is_counted(topic, period.before.since, period.last)


def _read(conn: Connection, scope: Scope, by: By) -> tuple[list[Counted], dict[str, Tally]]:
    """Return what was said per day since long enough to know what is usual, and the period before as a whole."""
    usual_since = scope.period.since - timedelta(days=7 * rules.USUAL_WEEKS)
    # the earliest days first: the words that are looked up for them serve the later ones as well
    before = totals(conn, scope.over(scope.period.before))
    counted = insights.counts(conn, scope.over(Period(usual_since, scope.period.since)))
    # of hours only the whole period is told beside
    counted += insights.counts(conn, scope, weekly=by in {"week", "hour"})
    return counted, before


def _coverage(conn: Connection, scope: Scope, whole: int) -> Json:
    """Return how many of all comments speak of at least one topic, whichever of them are asked for."""
    n = insights.speaking(conn, replace(scope, topics=None))
    return {"n": n, **estimate("share", rules.share(n, whole)), "target": rules.COVERED}


def totals(conn: Connection, scope: Scope) -> dict[str, Tally]:
    """Return what was counted of each topic over the whole period of a scope; `WHOLE` is the comments themselves."""
    return {row["topic"]: tally_of(row) for row in insights.mentions(conn, scope)}


def _item(
    topic: str,
    days: rules.Days,
    everything: rules.Days,
    earlier: Mapping[str, Tally],
    period: Period,
    known_since: date | None,
) -> Json:
    now, before = rules.total(days, period), earlier.get(topic, NOTHING)
    whole, whole_before = rules.total(everything, period), earlier.get(WHOLE, NOTHING)
    share_change = net_change = None
    if is_comparable(topic, period):
        share_change = rules.share_change(now.n, whole.n, before.n, whole_before.n)
        net_change = rules.net_change(now, before)
    return {
        **named(topic),
        **numbers(now, whole.n),
        "previous_n": before.n,
        **estimate("previous_share", rules.share(before.n, whole_before.n)),
        **estimate("previous_net", rules.net(before)),
        **estimate("share_change", share_change),
        **estimate("net_change", net_change),
        "usual_n": _usual(topic, days, period, known_since or date.min),
    }


def _usual(topic: str, days: rules.Days, period: Period, known_since: date) -> float | None:
    """Return how many mentions a period like this had; None of a topic that was not counted to its end."""
    if known.counted_until(topic, period.until) < period.until:
        return None
    return rules.usual(days, period, known_since=known.counted_since(topic, known_since))


def numbers(tally: Tally, whole: int) -> Json:
    """Return what is shown of a tally: counts, and shares with their intervals."""
    return {
        "n": tally.n,
        **estimate("share", rules.share(tally.n, whole)),
        **estimate("net", rules.net(tally)),
        "negative": tally.negative,
        "positive": tally.positive,
        "urgent": tally.urgent,
        **estimate("urgent_share", rules.share(tally.urgent, tally.n)),
        "small": tally.n < rules.SMALL,
    }


def _series(
    days: Mapping[str, rules.Days], everything: rules.Days, period: Period, now: datetime, by: By
) -> list[Json]:
    whole = rules.by_bucket(everything, period, by)
    running = bucket(day_of(now), by) if period.is_running(now) else period.until
    some = cut(period, by)
    steps = [
        (
            start,
            named_bucket(start, by) | {"is_running": start >= running, "is_cut": start in some},
            whole.get(start, NOTHING).n,
        )
        for start in buckets(period, by)
    ]
    found: list[Json] = []
    for topic, own in ((WHOLE, everything), *days.items()):
        tallies = rules.by_bucket(own, period, by)
        called = {"topic": topic, "label_fa": named(topic)["label_fa"]}
        if tallies:
            found += (
                {**called, **named_so, **numbers(tallies.get(start, NOTHING), n)}
                for start, named_so, n in steps
            )
    return found


def _hourly(conn: Connection, scope: Scope, now: datetime) -> list[Json]:
    """Return the hours of the day, all days of the period together; of today some may lie ahead."""
    running = now.astimezone(TEHRAN).hour if scope.period.is_running(now) else len(_HOURS)
    hours = {
        (row.topic, row.hour): Tally(row.n, row.negative, row.positive, row.urgent)
        for row in insights.hours(conn, scope)
    }
    topics = dict.fromkeys(topic for topic, _ in sorted(hours))
    return [
        {
            "topic": topic,
            "label_fa": named(topic)["label_fa"],
            "bucket": f"{hour:02}:00",
            "bucket_jalali": f"{hour:02}:00",
            "bucket_fa": f"ساعت {persian(hour)}",
            "is_running": hour >= running,
            "is_cut": False,
            **numbers(hours.get((topic, hour), NOTHING), hours.get((WHOLE, hour), NOTHING).n),
        }
        for topic in topics
        for hour in _HOURS
    ]


def _models(conn: Connection, scope: Scope) -> Json:
    """Tell which model versions tagged the comments of a scope; several of them are never mixed silently."""
    found = insights.versions(conn, scope)
    told = [row | {"since": row["since"].isoformat(), "until": row["until"].isoformat()} for row in found]
    return {"models": told, "mixed_models": len(told) > 1}


def _daily(counted: Iterable[Counted]) -> dict[str, dict[date, Tally]]:
    found: dict[str, dict[date, Tally]] = defaultdict(dict)
    for row in counted:  # one row per topic and day
        found[row.topic][row.day] = Tally(row.n, row.negative, row.positive, row.urgent)
    return dict(found)


def tally_of(row: Mapping[str, Any]) -> Tally:
    """Return what a row of sums counts; PostgreSQL sums to Decimal."""
    return Tally(int(row["n"]), int(row["negative"]), int(row["positive"]), int(row["urgent"]))


def spoken_period(period: Period) -> Json:
    """Return a period with its Jalali twin; both days belong to it."""
    return {
        "since": period.since.isoformat(),
        "until": period.last.isoformat(),
        "since_jalali": jalali_day(period.since),
        "until_jalali": jalali_day(period.last),
        "days": period.days,
    }


def named_bucket(start: date, by: By) -> Json:
    """Return a day, week or month with its Jalali twin and its name."""
    return {
        "bucket": start.isoformat(),
        "bucket_jalali": jalali_day(start),
        "bucket_fa": spoken_bucket(start, by),
    }


def estimate(name: str, found: Estimate | None) -> Json:
    """Return a number and its interval as three flat columns."""
    value, low, high = (None, None, None) if found is None else (found.value, found.low, found.high)
    return {name: value, f"{name}_low": low, f"{name}_high": high}
