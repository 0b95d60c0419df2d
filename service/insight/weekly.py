"""Writing the weekly digests: one per department, once the week is over, and links to them for any colleague."""

from datetime import datetime, timedelta

from service.comments.understanding import Line
from service.errors import Conflict, Invalid, NotFound
from service.insight import digest, notices, reports, trending, trends, watch
from service.insight.trending import Json
from service.insight.trends import NOTHING, Tally
from service.jalali import day_of, iso, moments
from service.period import Period, midnight, week_of
from service.rules import topics
from service.storage import Connection, audit, begin, digests, insights, jobs, links, read
from service.storage.insight_tables import WHOLE
from service.storage.scope import Scope

#: The digest of the whole company.
EVERYBODY = "all"
_TO_READ = 3


def departments(line: Line) -> dict[str, str]:
    """Return the departments that own topics, with their Persian names, the whole company first."""
    names = line.rules.queue_names
    owners = dict.fromkeys(topic.queue for topic in topics.labels().topics.values() if topic.queue)
    return {EVERYBODY: "همهٔ شرکت"} | {owner: names.get(owner, owner) for owner in owners}


def last_week(now: datetime) -> Period:
    """Return the week that ended before this one."""
    return week_of(day_of(now) - timedelta(days=7))


def body_of(line: Line, department: str, week: Period, now: datetime) -> Json:
    """Return the digest of a department and week: as it was written, or drawn up now while the week runs.

    `NotFound` of no department, `Invalid` of a week that has not begun.
    """
    names = departments(line)
    if department not in names:
        detail = "چنین واحدی نیست."
        raise NotFound("department_not_found", detail, more={"departments": list(names)})
    if midnight(week.since) > now:
        raise Invalid("week_not_begun", "این هفته هنوز آغاز نشده است.")
    with read(line.engine) as conn:
        kept = digests.find(conn, department, week.since, midnight(week.until))
        return compose(conn, line, department, week, now) if kept is None else _filled(conn, kept)


def compose(conn: Connection, line: Line, department: str, week: Period, now: datetime) -> Json:
    """Draw up a digest from the figures of a week."""
    about = None if department == EVERYBODY else trending.topics_of(queue=department)
    scope = Scope(period=week, topics=about)
    seen = trending.trends(conn, scope, now, "week")
    # an own topic that was not counted on all of these days would seem to rise or fall, and its department with it
    known = [item for item in seen["items"] if trending.is_comparable(item["topic"], week)]
    told = [item["topic"] for item in seen["items"] if item["n"] or item["previous_n"]]
    is_alike = about is None or all(trending.is_comparable(topic, week) for topic in told)
    total = seen["total"] if about is None else _together(conn, scope)
    desk = reports.performance(conn, scope, now)
    is_recorded = seen["previous"]["is_recorded"]
    return digest.digest(
        department=department,
        department_fa=departments(line)[department],
        week=week,
        is_over=not week.is_running(now),
        is_comparable=is_recorded and is_alike,
        total=total if is_alike else total | trending.estimate("net_change", None),
        topics=known if is_recorded else [],
        comments=[notices.sample(row) for row in insights.comments(conn, scope, limit=_TO_READ)],
        alerts=watch.told_then(conn, scope),
        performance=desk["total"] | {"n": desk["tickets"]},
        promises=desk["promises"],
    )


def write(line: Line, now: datetime) -> int:
    """Write the digests of the week that is over, where they are not written yet; return how many."""
    week, count = last_week(now), 0
    over = midnight(week.until)
    with read(line.engine) as conn:
        known_since = insights.known_since(conn)
        # what has not come in yet, such as a history that is being imported, would be missing for ever
        if known_since is None or known_since >= week.until or jobs.any_open(conn):
            return 0
        done = digests.written(conn, week.since, over)
    for department in departments(line):
        if department not in done:
            with read(line.engine) as conn:
                body = compose(conn, line, department, week, now)
            with begin(line.engine) as conn:
                count += digests.insert(conn, now, department, week.since, over, _emptied(body))
    return count


def share(line: Line, department: str, week: Period, by: str, now: datetime, days: int) -> str:
    """Keep a digest and return the token of a link to it that ends after so many days; the trail tells who made it.

    `Conflict` while the week runs: what is kept then would stand for the whole of it.
    """
    body, over = body_of(line, department, week, now), midnight(week.until)
    if week.is_running(now):
        raise Conflict("week_not_over", "هفته هنوز تمام نشده است؛ گزارش آن پس از پایان هفته فرستادنی است.")
    with begin(line.engine) as conn:
        digests.insert(conn, now, department, week.since, over, _emptied(body))
        kept = digests.find(conn, department, week.since, over)
        assert kept is not None
        ends = now + timedelta(days=days)
        token = digests.link(conn, kept["id"], by, now, ends)
        told = {"kind": "digest", "title": links.title(kept["body"]), "expires_at": iso(ends)}
        audit.record(conn, now, by, "link.created", links.id_of(token), after=told)
    return token


def shared(line: Line, token: str, now: datetime) -> Json:
    """Return the digest a link leads to; `NotFound` when it has expired."""
    with read(line.engine) as conn:
        kept = digests.linked(conn, token, now)
        if kept is None:
            raise NotFound("link_not_found", "این پیوند نیست یا مهلتش گذشته است.")
        return _filled(conn, kept)


def _emptied(body: Json) -> Json:
    """Keep which comments to read, not their words: a comment may be erased later."""
    return body | {"comments": [comment["id"] for comment in body["comments"]]}


def _filled(conn: Connection, kept: Json) -> Json:
    """Return a digest as it was written, and when: what happened since is not in it."""
    comments = [notices.sample(row) for row in insights.by_ids(conn, kept["body"]["comments"])]
    return {**kept["body"], "comments": comments, **moments("written_at", kept["made_at"])}


def _together(conn: Connection, scope: Scope) -> Json:
    """Count the comments that speak of a department's topics; how they speak is told by each of their mentions."""
    earlier = scope.over(scope.period.before)
    now, before = _mentions(conn, scope), _mentions(conn, earlier)
    n, previous_n = insights.speaking(conn, scope), insights.speaking(conn, earlier)
    return {
        "n": n,
        "previous_n": previous_n,
        **trending.estimate("net", trends.net(now)),
        **trending.estimate("previous_net", trends.net(before)),
        # two mentions in one comment are one voice
        **trending.estimate("net_change", trends.net_change(_among(now, n), _among(before, previous_n))),
    }


def _mentions(conn: Connection, scope: Scope) -> Tally:
    """Return the mentions of all topics of a scope together."""
    said = trending.totals(conn, scope)
    return sum((tally for topic, tally in said.items() if topic != WHOLE), NOTHING)


def _among(mentions: Tally, comments: int) -> Tally:
    """Return the moods of mentions as those of as many comments."""
    each = comments / max(mentions.n, 1)
    return Tally(comments, round(mentions.negative * each), round(mentions.positive * each))
