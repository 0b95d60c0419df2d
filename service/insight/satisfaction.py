"""What the pages on drivers, Kano classes, the journey and the factors answer: reads, rules and plain JSON."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from service import views
from service.auth import Caller
from service.insight import drivers as rules
from service.insight import journey as ways
from service.insight import kano as classes
from service.insight.drivers import Answers
from service.insight.trending import Json, estimate, named, numbers, per_value, spoken_period, tally_of
from service.insight.trends import NOTHING, SMALL, Tally
from service.jalali import day_of, jalali_day
from service.period import Period, last_days
from service.rules.topics import labels
from service.storage import Connection, customers, insights
from service.storage.insight_tables import WHOLE
from service.storage.scope import Scope

Score = Literal["csat", "nps", "ces", "stars"]
#: What comments are compared by.
Segment = Literal["channel", "product", "branch", "tier"]
#: More scored comments than this make the intervals no narrower than a reader can see; the last days are taken.
ENOUGH = 6_000
#: Whoever said longer ago that they leave is gone or has stayed: a quarter of the weight is left.
WISH_DAYS = 2 * rules.HALF_LIFE_DAYS
#: As many as a screen has room for.
LEAVING_SHOWN = 50
_TOP_TOPICS = 3
_NPS = ("nps_n", "nps_promoters", "nps_detractors")


def drivers(conn: Connection, scope: Scope, now: datetime, score: Score) -> Json:
    """Return what each topic does to a score, and the lifetime value of those who would leave because of it."""
    return _drivers(conn, scope, now, score, _answers(conn, scope, score))


def kano(conn: Connection, scope: Scope, score: Score) -> Json:
    """Return the Kano class of every topic with its probability, or that the data do not suffice."""
    return _kano(scope, score, _answers(conn, scope, score))


def drivers_and_kano(conn: Connection, scope: Scope, now: datetime, score: Score) -> tuple[Json, Json]:
    """Return both from one reading of the scored comments."""
    weighed = _answers(conn, scope, score)
    return _drivers(conn, scope, now, score, weighed), _kano(scope, score, weighed)


def journey(conn: Connection, scope: Scope) -> Json:
    """Return mentions and mood at every touchpoint, who was hit at two of them, and who comes again.

    A comment on two topics of a touchpoint counts twice there; shares are of all mentions and add up to 1.
    """
    places = {topic.id: topic.touchpoint for topic in labels().topics.values() if topic.touchpoint}
    sums = {row["topic"]: row for row in insights.mentions(conn, scope, also=_NPS)}
    tallies = {topic: tally_of(row) for topic, row in sums.items()}
    at = ways.together(tallies, places)
    mentions = sum(tally.n for tally in at.values())
    contacts, unhappy = insights.known_to_write(conn, scope)
    whole = tallies.get(WHOLE, NOTHING)
    return {
        "period": spoken_period(scope.period),
        "n": whole.n,
        "items": [
            {
                "touchpoint": point,
                "touchpoint_fa": fa,
                **numbers(at.get(point, NOTHING), mentions),
                "topics": _loudest(
                    {topic: tallies[topic] for topic in tallies if places.get(topic) == point}
                ),
            }
            for point, fa in ways.TOUCHPOINT_FA.items()
        ],
        "hand_overs": [
            {
                "first": pair.first,
                "first_fa": ways.TOUCHPOINT_FA[pair.first],
                "second": pair.second,
                "second_fa": ways.TOUCHPOINT_FA[pair.second],
                "customers": pair.customers,
                **estimate("share", pair.share),
            }
            for pair in ways.hand_overs(unhappy, places)
        ],
        "contact": _contact(ways.contact(contacts)),
        "nps": _nps(sums.get(WHOLE)),
    }


def factors(conn: Connection, scope: Scope, by: Segment, caller: Caller) -> Json:
    """Return the six factors that customers judge by, per branch or product, as a scorecard.

    Counts and shares are of mentions, as on the journey.
    """
    places = {topic.id: topic.factor for topic in labels().topics.values() if topic.factor}
    rows = insights.mentions(conn, scope, by, also=_NPS)
    columns = per_value(rows, caller)
    scores: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["topic"] == WHOLE:
            scores[views.said(row["segment"], caller) or ""].update({name: int(row[name]) for name in _NPS})
    nps = [{by: value, "comments": columns[value][WHOLE].n, **_nps(row)} for value, row in scores.items()]
    order = sorted(columns, key=lambda value: (-columns[value].get(WHOLE, NOTHING).n, value))
    nps.sort(key=lambda row: (-row["comments"], row[by]))
    items = []
    for value in order:
        at = ways.together(columns[value], places)
        mentions = sum(tally.n for tally in at.values())
        for factor, fa in ways.FACTOR_FA.items():
            told = numbers(at.get(factor, NOTHING), mentions)
            items.append({"by": by, "value": value, "factor": factor, "factor_fa": fa, **told})
    return {"period": spoken_period(scope.period), "by": by, "values": order, "items": items, "nps": nps}


def leaving(
    conn: Connection, scope: Scope, caller: Caller, now: datetime, most: int | None = LEAVING_SHOWN
) -> Json:
    """Return the customers who said they will leave, the likeliest first, with what they are worth to who may know.

    `n` counts them all, `items` has as many as `most`, or all of them where that is None.
    Of the period only its end counts: the wish fades by itself. Topics choose among the customers and leave their
    risk as it is.
    """
    wish = _wish(scope, now)
    found = ways.leaving(insights.leavers(conn, replace(wish, topics=None)), wish.period.last)
    if scope.topics is not None:
        found = [one for one in found if set(one.topics) & set(scope.topics)]
    shown = found[:most]
    known = customers.of_ids(conn, [one.customer for one in shown])
    ids = {id_: views.said(row["external_id"], caller) for id_, row in known.items()}
    return {
        "period": spoken_period(wish.period),
        "n": len(found),
        "items": [
            {
                "customer": ids[one.customer],
                "masked": ids[one.customer] != known[one.customer]["external_id"],
                "tier": views.said(known[one.customer]["tier"], caller),
                "contacts": known[one.customer]["contacts"],
                "lifetime_value": known[one.customer]["lifetime_value"] if caller.sees_originals else None,
                "risk": one.risk,
                "said_on": one.said_on.isoformat(),
                "said_on_jalali": jalali_day(one.said_on),
                "topics": [named(topic)["label_fa"] for topic in one.topics],
            }
            for one in shown
        ],
    }


def _drivers(
    conn: Connection, scope: Scope, now: datetime, score: Score, weighed: tuple[Answers, bool]
) -> Json:
    found, sampled = weighed
    at_risk = {one.topic: one for one in _at_risk(conn, _wish(scope, now))}
    fitted = rules.regression(found) if found.n else None
    pulls = {pull.topic: pull for pull in rules.pulls(found, fitted)} if fitted else {}
    items = []
    for one in rules.impacts(found):
        risk = at_risk.get(one.topic)
        items.append(
            {
                **named(one.topic),
                "n": one.n,
                "mean": one.mean,
                **dict(zip(("mean_low", "mean_high"), one.range or (None, None), strict=True)),
                **estimate("impact", one.impact),
                **_pull(pulls[one.topic]),
                "leaving_customers": risk.customers if risk else 0,
                **estimate("value_at_risk", risk.value if risk else None),
                "small": one.n < SMALL,
            }
        )
    return {
        "period": spoken_period(scope.period),
        "score": score,
        "n": found.n,
        "mean": round(float((found.weight * found.score).sum() / found.n), 3) if found.n else None,
        "sampled": sampled,
        "items": [item for item in items if scope.topics is None or item["topic"] in scope.topics],
        "value_at_risk": [
            {**named(one.topic), "customers": one.customers, **estimate("value", one.value)}
            for one in at_risk.values()
        ],
    }


def _kano(scope: Scope, score: Score, weighed: tuple[Answers, bool]) -> Json:
    found, sampled = weighed
    items = [
        {
            **named(one.pull.topic),
            "class": one.kind,
            "class_fa": classes.CLASS_FA[one.kind],
            "probability": one.probability,
            "n": one.pull.negative + one.pull.positive,
            **_pull(one.pull),
        }
        for one in classes.classes(found)
        if scope.topics is None or one.pull.topic in scope.topics
    ]
    told = {"score": score, "n": found.n, "floor": classes.FLOOR, "sampled": sampled}
    return {"period": spoken_period(scope.period), **told, "items": items}


def risk_of(conn: Connection, customer: str, now: datetime) -> ways.Leaving | None:
    """Return how likely a customer is to leave, as `leaving` says it of all; None when they never said so."""
    wish = _wish(Scope(period=last_days(now, 1)), now)
    return next(iter(ways.leaving(insights.leavers(conn, wish, customer), day_of(now))), None)


def _pull(found: rules.Pull) -> Json:
    return {
        "negative": found.negative,
        "positive": found.positive,
        **estimate("penalty", found.penalty),
        **estimate("reward", found.reward),
        "confounded_with": found.confounded_with,
    }


def _answers(conn: Connection, scope: Scope, score: Score) -> tuple[Answers, bool]:
    """Return scored comments, and whether they are only the newest of them.

    They come with all that they speak of: what one topic does to a score is known only beside the others.
    """
    found = insights.scored(conn, replace(scope, topics=None), score, ENOUGH)
    points = rules.nps_points if score == "nps" else float
    scores = [(seq, points(value)) for seq, value in found.scores]
    return rules.answers(scores, found.mentions), found.is_cut


def _at_risk(conn: Connection, wish: Scope) -> list[rules.AtRisk]:
    return rules.value_at_risk(insights.at_risk(conn, wish), wish.period.last)


def _wish(scope: Scope, now: datetime) -> Scope:
    """Return the days up to the end of a scope, or to today: no wish fades in days that have not come."""
    until = min(scope.period.until, last_days(now, 1).until)
    return scope.over(Period(until - timedelta(days=WISH_DAYS), until))


def _contact(found: ways.Contact) -> Json:
    told = {"customers": found.customers, "repeated": found.repeated}
    return told | {"per_customer": found.per_customer} | estimate("repeat_share", found.share)


def _nps(row: Mapping[str, int] | None) -> Json:
    n, promoters, detractors = (int(row[name]) if row else 0 for name in _NPS)
    return {
        "n": n,
        "promoters": promoters,
        "passives": n - promoters - detractors,
        "detractors": detractors,
        **estimate("nps", ways.promoter_score(n, promoters, detractors)),
        "small": n < SMALL,
    }


def _loudest(tallies: Mapping[str, Tally]) -> list[str]:
    order = sorted(tallies, key=lambda topic: (-tallies[topic].n, topic))
    return [named(topic)["label_fa"] for topic in order[:_TOP_TOPICS] if tallies[topic].n]
