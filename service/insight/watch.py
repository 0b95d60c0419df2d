"""Watching what customers say: once an hour the last days are compared with what is usual, and each episode told once."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from service import views
from service.comments.understanding import Line
from service.insight import change, drift, notices, terms, trending
from service.jalali import day_of
from service.period import Period, last_days, midnight
from service.rules import topics
from service.storage import Connection, alerts, begin, insights, outbox, read
from service.storage.insight_rows import Labelled
from service.storage.insight_tables import WHOLE
from service.storage.rollups import ALL
from service.storage.scope import Scope

#: As much of the past as tells what is usual, and the days an alert may be about.
_PAST_DAYS, _RECENT = 121, timedelta(days=2)
#: A change of level is told of when it began within these days and is this sure.
_CHANGED, _SURE = timedelta(days=14), 0.999
#: New words are those of a week against the eight weeks before.
WEEK_DAYS, _BEFORE = 7, timedelta(days=56)
#: Texts that are read for their words, spread evenly over their time.
_NOW_TEXTS, _BEFORE_TEXTS = 1_500, 3_000
_WAVE_HOURS = 48
_SAMPLES = 3
#: A period is looked at once more shortly after it is over.
_LOOKED = timedelta(days=1)
#: What the figures of an alert call what was usual, and what is counted instead.
_COMPARED = {"anomaly": ("expected", "n"), "change_point": ("before", "after")}
EVENT = {"emerging_topic": "topic.emerging", "emerging_term": "topic.emerging", "drift": "drift.detected"}

#: The first day of which counts are known, and those of every day since.
_Counts = tuple[date, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What is told: of what, since when, how sure, in which words, with which figures and comments."""

    kind: str
    subject: str
    since: date
    sure: float | None  #: None of what is counted and not tested
    message_fa: str
    figures: Mapping[str, Any]
    samples: tuple[str, ...]


def watch(line: Line, now: datetime) -> list[str]:
    """Look at the last days, remember what is seen, and announce every episode that begins; return their ids."""
    with read(line.engine) as conn:
        found = look(conn, now, line.calendars.days_off)
    begun = []
    with begin(line.engine) as conn:
        for alert in found:
            _end_opposite(conn, now, alert)
            id_ = alerts.raise_(conn, now, _row(alert))
            if id_ is not None:
                begun.append(id_)
                outbox.emit(conn, now, EVENT.get(alert.kind, "trend.anomaly"), id_, _body(conn, id_, alert))
        alerts.close_calm(conn, now)
    return begun


def _end_opposite(conn: Connection, now: datetime, alert: Alert) -> None:
    """End the episode that an alert turns around: more where there was less is news again."""
    for row in alerts.open_of(conn, alert.kind) if alert.kind in _COMPARED else ():
        turned = _rose(row["kind"], row["figures"]) != _rose(alert.kind, alert.figures)
        if turned and row["subject"] == alert.subject:
            alerts.close(conn, row["id"], now)


def _rose(kind: str, figures: Mapping[str, Any]) -> bool:
    usual, seen = _COMPARED[kind]
    return bool(figures[seen] > figures[usual])


def look(conn: Connection, now: datetime, off: Collection[date]) -> list[Alert]:
    """Return everything that is out of the ordinary today."""
    today, week = day_of(now), last_days(now, WEEK_DAYS)
    period = last_days(now, _PAST_DAYS)
    first = insights.known_since(conn)
    if first is None:
        return []
    days, first = _daily(conn, Scope(period=period)), max(period.since, first)
    begun = {topic: topics.counted_since(topic, first) for topic in days if topics.is_settled(topic, today)}
    seen = {topic: (begin, change.filled(days[topic], begin, period.until)) for topic, begin in begun.items()}
    # until it is over, today would pull the level down
    over = {topic: (begin, counts[:-1]) for topic, (begin, counts) in seen.items()}
    return [
        *_anomalies(conn, seen, today, off),
        *_changes(conn, over, today, off),
        *emerging(conn, Scope(period=week)),
        *_waves(conn, now),
        *_drifts(conn, week),
    ]


def emerging(conn: Connection, scope: Scope) -> list[Alert]:
    """Return the topics and terms that rise from a low base within a scope, against the eight weeks before it."""
    since = scope.period.since
    before = scope.over(Period(since - _BEFORE, since))
    return [*_emerging_topics(conn, scope, before), *_emerging_terms(conn, scope, before)]


def listing(conn: Connection, scope: Scope) -> dict[str, Any]:
    """Return the alerts that were open within a period, the newest first, each with its comments.

    Of a scope only the period and the topics count; `open` is how many of them go on now.
    """
    since, until = midnight(scope.period.since), midnight(scope.period.until)
    rows = alerts.listing(conn, since=since, until=until, subjects=scope.topics)
    still = alerts.open_count(conn, since=since, until=until, subjects=scope.topics)
    return {"period": trending.spoken_period(scope.period), "open": still, "items": _shown(conn, rows)}


def told_then(conn: Connection, scope: Scope) -> list[str]:
    """Return the words of the alerts of a period, without those that were last seen before or later: of other days."""
    since, until = midnight(scope.period.since), midnight(scope.period.until)
    rows = alerts.listing(conn, since=since, until=until, subjects=scope.topics)
    return [
        row["message_fa"]
        for row in rows
        if row["seen_at"] < until + _LOOKED and _is_of(row, scope.period.since)
    ]


def _is_of(row: Mapping[str, Any], since: date) -> bool:
    """Say whether an alert tells of a day from `since` on: an anomaly is still seen on the day after it."""
    is_over = row["kind"] == "anomaly" and row["figures"].get("peak_until", "") < since.isoformat()
    return bool(row["seen_at"] >= midnight(since) + (_LOOKED if is_over else timedelta()))


def rising(conn: Connection, scope: Scope) -> dict[str, Any]:
    """Return the topics and terms that rise within a scope, the surest first, each with its comments."""
    items = _shown(conn, [_row(one) for one in emerging(conn, scope)])
    return {"period": trending.spoken_period(scope.period), "weeks_before": 8, "items": items}


def marks(
    conn: Connection, scope: Scope, about: Sequence[str], off: Collection[date], now: datetime
) -> list[dict[str, Any]]:
    """Return anomalies and changes of level within a period, to be drawn on the lines of these topics.

    An anomaly that reaches into the period may have begun before it. Days that have not come say nothing, and of today
    nothing is said but what has come already.
    """
    today = day_of(now)
    until = min(scope.period.until, today + timedelta(days=1))
    period = Period(scope.period.since - _BEFORE, until)
    days = _daily(conn, scope.over(period), about)
    first = insights.known_since(conn, scope.version)
    found: list[dict[str, Any]] = []
    for topic in about:
        since = topics.counted_since(topic, period.since if first is None else max(period.since, first))
        end = topics.counted_until(topic, until)
        counts = change.filled(days.get(topic, {}), since, end)
        hits = change.anomalies(since, counts, off, is_running=end > today)
        over = change.filled(days.get(topic, {}), since, min(end, today))
        points = change.change_points(since, over, off)
        found += [notices.of_anomaly(topic, hit) for hit in hits if hit.until >= scope.period.since]
        # as sure as an alert has to be: a single day without comments makes a week look lower
        sure = [point for point in points if point.day >= scope.period.since and point.sure >= _SURE]
        found += [notices.of_change(topic, point) for point in sure]
    return found


def _anomalies(
    conn: Connection, seen: Mapping[str, _Counts], today: date, off: Collection[date]
) -> Iterable[Alert]:
    begun = _begun(conn, "anomaly")
    for topic, (since, counts) in seen.items():
        for found in change.anomalies(since, counts, off, is_running=True)[-1:]:
            if today - found.until < _RECENT:
                first, _ = begun.get((topic, found.rose), (found.since, 0.0))
                hit = replace(found, since=min(first, found.since))
                figures = {"n": hit.n, "expected": hit.expected, "since": hit.since.isoformat()}
                figures |= dict(zip(("peak_since", "peak_until"), map(date.isoformat, hit.peak), strict=True))
                where = Scope(period=Period(hit.since, today + timedelta(days=1)))
                yield _alert(
                    conn, "anomaly", topic, hit.since, hit.sure, notices.unusual(topic, hit), figures, where
                )


def _changes(
    conn: Connection, seen: Mapping[str, _Counts], today: date, off: Collection[date]
) -> Iterable[Alert]:
    begun = _begun(conn, "change_point")
    for topic, (since, counts) in seen.items():
        points: list[change.ChangePoint] = []
        for found in change.change_points(since, counts, off):
            if today - found.day <= _CHANGED and found.sure >= _SURE:
                # a further step the same way goes on from the day of the first and from the level before it
                way = topic, found.after > found.before
                first, before = begun.setdefault(way, (found.day, found.before))
                points.append(replace(found, day=first, before=before))
        for point in points[-1:]:
            figures = {"before": point.before, "after": point.after, "since": point.day.isoformat()}
            where = Scope(period=Period(point.day, today + timedelta(days=1)))
            words = notices.levelled(topic, point)
            yield _alert(conn, "change_point", topic, point.day, point.sure, words, figures, where)


def _begun(conn: Connection, kind: str) -> dict[tuple[str, bool], tuple[date, float]]:
    """Return the first day of each open episode and what was usual then, by topic and by whether there is more now."""
    return {
        (row["subject"], _rose(kind, row["figures"])): (
            date.fromordinal(row["since"]),
            row["figures"][_COMPARED[kind][0]],
        )
        for row in alerts.open_of(conn, kind)
    }


def _emerging_topics(conn: Connection, scope: Scope, before: Scope) -> Iterable[Alert]:
    now, earlier = (
        {topic: tally.n for topic, tally in trending.totals(conn, each).items()} for each in (scope, before)
    )
    of, of_before = now.pop(WHOLE, 0), earlier.pop(WHOLE, 0)
    known = {
        topic: n
        for topic, n in now.items()
        if topics.is_counted(topic, before.period.since, scope.period.last)
    }
    for one in terms.rising(known, of, earlier, of_before):
        words = f"«{trending.named(one.term)['label_fa']}» {notices.risen(one, scope.period.days)}"
        yield _alert(
            conn, "emerging_topic", one.term, scope.period.since, one.sure, words, notices.figures(one), scope
        )


def _emerging_terms(conn: Connection, scope: Scope, before: Scope) -> Iterable[Alert]:
    texts, is_drawn = insights.drawn(conn, scope, _NOW_TEXTS)
    old, was_drawn = insights.drawn(conn, before, _BEFORE_TEXTS)
    spoken = [(row["id"], terms.terms_of(row["masked"])) for row in texts]
    earlier = [terms.terms_of(row["masked"]) for row in old]
    written = {term: form for _, found in reversed(spoken) for term, form in found.items()}
    # what goes on is told under the name it has, however it is written meanwhile
    written |= {next(reversed(terms.terms_of(name)), name): name for name in _open(conn, "emerging_term")}
    now, counted = terms.counted(found for _, found in spoken), terms.counted(earlier)
    for one in terms.rising(now, len(spoken), counted, len(earlier)):
        samples = tuple(id_ for id_, found in spoken if one.term in found)[:_SAMPLES]
        term = written[one.term]
        yield Alert(
            kind="emerging_term",
            subject=term,
            since=scope.period.since,
            sure=one.sure,
            message_fa=f"«{term}» {notices.risen(one, scope.period.days, is_drawn, was_drawn)}",
            figures=notices.figures(one, sampled=is_drawn or was_drawn),
            samples=samples,
        )


def _open(conn: Connection, kind: str) -> dict[str, list[str]]:
    """Return what the open episodes of a kind are about, each with its comments."""
    return {row["subject"]: row["samples"] for row in alerts.open_of(conn, kind)}


def _waves(conn: Connection, now: datetime) -> Iterable[Alert]:
    since = now - timedelta(hours=_WAVE_HOURS)
    scope = Scope(period=Period(day_of(since), day_of(now) + timedelta(days=1)))
    rows = [row for row in insights.texts(conn, scope, _NOW_TEXTS) if row["created_at"] >= since]
    words = [(row["id"], {term for term in terms.terms_of(row["masked"]) if " " not in term}) for row in rows]
    writers = {row["id"]: row["writer"] or row["id"] for row in rows}
    written = {row["id"]: row["created_at"] for row in rows}
    known_waves = _open(conn, "wave")
    for wave in terms.waves(words):
        # somebody unknown may be anybody: they count as people where few would be no wave, and are not told as such
        people = {writers[id_] for id_ in wave.ids}
        if len(people) >= terms.FEWEST:
            n, known = len(wave.ids), None if people & set(wave.ids) else len(people)
            # other words may be its commonest as it grows
            told = (name for name, ids in known_waves.items() if not {*ids}.isdisjoint(wave.ids))
            term = next(told, wave.term)
            yield Alert(
                kind="wave",
                subject=term,
                since=day_of(min(written[id_] for id_ in wave.ids)),
                sure=None,
                message_fa=notices.alike(term, n, known, _NOW_TEXTS if len(rows) == _NOW_TEXTS else None),
                figures={"n": n, "customers": known},
                samples=wave.ids[:_SAMPLES],
            )


def _drifts(conn: Connection, week: Period) -> Iterable[Alert]:
    """Tell where the labels of a week are not those of the eight weeks before, as the same model gave them."""
    rows = insights.labels(conn, week)
    if not rows:
        return
    said: Counter[str] = Counter()
    for row in rows:
        said[row.version] += row.n
    version = max(said, key=lambda each: (said[each], each))
    now = _labelled(rows, version)
    before = _labelled(insights.labels(conn, Period(week.since - _BEFORE, week.since)), version)
    for field, counts in now.items():
        found = drift.drift(counts, before[field])
        if found is not None:
            figures = {
                "index": found.index,
                "label": found.label or None,
                "share": found.share,
                "share_before": found.share_before,
                "n": sum(counts.values()),
            }
            yield Alert(
                kind="drift",
                subject=field,
                since=week.since,
                sure=found.sure,
                message_fa=notices.drifted(field, found),
                figures=figures,
                samples=(),
            )


def _labelled(rows: Iterable[Labelled], version: str) -> dict[str, Counter[str]]:
    """Return how often a version gave each label of its own, by field; comments without a category count as ones with none."""
    found: dict[str, Counter[str]] = {field: Counter() for field in notices.FIELD_FA}
    for row in (row for row in rows if row.version == version and not topics.is_own(row.topic)):
        if row.kind == ALL:
            field, label = ("category", "") if row.topic == WHOLE else ("topics", row.topic)
            found[field][label] += row.n
        elif row.kind in found:
            found[row.kind][row.value] += row.n
            found["category"][""] -= row.n if row.kind == "category" else 0
    return found


def _alert(
    conn: Connection,
    kind: str,
    topic: str,
    since: date,
    sure: float,
    message_fa: str,
    figures: Mapping[str, Any],
    where: Scope,
) -> Alert:
    samples = insights.comments(conn, where, limit=_SAMPLES, topic=topic)
    return Alert(
        kind=kind,
        subject=topic,
        since=since,
        sure=sure,
        message_fa=message_fa,
        figures=figures,
        samples=tuple(row["id"] for row in samples),
    )


def _shown(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return alerts as people and programs see them, with those of their comments that are still there."""
    texts = {row["id"]: row for row in insights.by_ids(conn, [id_ for row in rows for id_ in row["samples"]])}
    return [notices.of_row(row, [texts[id_] for id_ in row["samples"] if id_ in texts]) for row in rows]


def _daily(
    conn: Connection, scope: Scope, only: Sequence[str] | None = None
) -> Mapping[str, Mapping[date, int]]:
    """Return how many comments spoke of each topic on each day."""
    days: dict[str, dict[date, int]] = defaultdict(dict)
    for row in insights.counts(conn, scope, only=only):
        days[row.topic][row.day] = row.n
    return days


def _row(alert: Alert) -> dict[str, Any]:
    told = {name: getattr(alert, name) for name in ("kind", "subject", "sure", "message_fa")}
    return told | {
        "since": alert.since.toordinal(),
        "figures": dict(alert.figures),
        "samples": list(alert.samples),
    }


def _body(conn: Connection, id_: str, alert: Alert) -> dict[str, Any]:
    """Return what the event says: figures, and three comments, masked."""
    samples = insights.by_ids(conn, alert.samples)
    return {
        "id": id_,
        "kind": alert.kind,
        "subject": alert.subject,
        "since": alert.since.isoformat(),
        "sure": alert.sure,
        "message": alert.message_fa,
        "figures": dict(alert.figures),
        "samples": [
            {"id": row["id"], "text": row["masked"], **views.dated(row, "created_at")} for row in samples
        ],
    }
