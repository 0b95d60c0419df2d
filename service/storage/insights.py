"""What the insight pages read: daily sums where they answer the question, the facts behind them where they do not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from service.period import Period
from service.storage.feedback import spoken_in
from service.storage.insight_tables import WHOLE, daily, facts
from service.storage.rollups import ALL, DRAWN, SEGMENTS, summed
from service.storage.schema import customers, feedback

#: Comments to read are chosen among so many of the newest.
_NEWEST = 300
#: Looking so many days up one by one is quicker than reading past the others.
_FEW_DAYS = 100
_COUNTS = ("n", "negative", "positive", "urgent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an insight is narrowed to; None means everything. `topics` is what a touchpoint or a team comes down to."""

    period: Period
    channel: str | None = None
    product: str | None = None
    branch: str | None = None
    tier: str | None = None
    urgency: str | None = None
    topics: tuple[str, ...] | None = None
    terms: tuple[str, ...] = ()
    version: str | None = None

    def over(self, period: Period) -> "Scope":
        """Return the same scope in another period."""
        return replace(self, period=period)

    @property
    def narrowed(self) -> dict[str, str]:
        """The segments it is narrowed to."""
        told = {name: getattr(self, name) for name in SEGMENTS}
        return {name: value for name, value in told.items() if value is not None}


class Counted(NamedTuple):
    """How often a topic was spoken of on one day, in one segment; there may be tens of thousands."""

    day: date
    topic: str
    segment: str
    n: int
    negative: int
    positive: int
    urgent: int


def counts(
    conn: sa.Connection,
    scope: Scope,
    *,
    segment: str | None = None,
    weekly: bool = False,
    only: Sequence[str] | None = None,
) -> list[Counted]:
    """Return mentions per day, topic and value of `segment`; `WHOLE` is the comments themselves.

    `weekly` adds the days of each week up under the first of them within the scope; `only` reads these topics and no
    others.
    """
    if not is_summed(scope, segment):
        return _from_facts(conn, scope, segment, only)
    if not weekly:
        return _from_sums(conn, scope, segment, only, daily.c.day)
    first = scope.period.since
    found = _from_sums(conn, scope, segment, only, daily.c.day - (daily.c.day + 1) % 7)  # its Saturday
    return [row if row.day >= first else row._replace(day=first) for row in found]


def hours(conn: sa.Connection, scope: Scope) -> list[tuple[str, int, int, int, int, int]]:
    """Return (topic, hour of the day, n, negative, positive, urgent), all days of a period together."""
    query = sa.select(facts.c.topic, facts.c.hour, *summed()[: len(_COUNTS)])
    query = query.where(*_facts_of(conn, scope)).group_by(facts.c.topic, facts.c.hour)
    return [tuple(row) for row in conn.execute(query)]


def mentions(
    conn: sa.Connection, scope: Scope, segment: str | None = None, also: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return how often each topic was spoken of over a whole period, per value of `segment`.

    A row has `topic`, `segment`, the four counts of `Counted` and those of `SUMS` that `also` names.
    """
    return _sums_by(conn, scope, segment, (*_COUNTS, *also))


def _sums_by(
    conn: sa.Connection, scope: Scope, segment: str | None, names: Sequence[str], *, is_whole: bool = False
) -> list[dict[str, Any]]:
    """Return sums over a period; `is_whole` leaves the topics out."""
    sums: list[sa.ColumnElement[int]]
    if is_summed(scope, segment):
        table, where, value = daily, _sums_of(scope, segment), daily.c.value if segment else None
        sums = [sa.func.sum(daily.c[name]).label(name) for name in names]
    else:
        table, where = facts, _comments_of(conn, scope) if is_whole else _facts_of(conn, scope)
        value = facts.c[segment] if segment else None
        sums = [total for total in summed() if total.name in names]
    by = [table.c.topic] if value is None else [value, table.c.topic]  # in the order in which daily sums lie
    told = sa.literal("") if value is None else value
    query = sa.select(table.c.topic, told.label("segment"), *sums).where(*where).group_by(*by)
    if is_whole:
        query = query.where(table.c.topic == WHOLE)
    return [dict(row) for row in conn.execute(query).mappings() if row["segment"] is not None]


def versions(conn: sa.Connection, scope: Scope) -> list[dict[str, Any]]:
    """Return which model versions tagged the comments of a period: how many, from which day to which."""
    first, last = sa.func.min(daily.c.day), sa.func.max(daily.c.day)
    query = (
        sa.select(
            daily.c.version, sa.func.sum(daily.c.n).label("n"), first.label("first"), last.label("last")
        )
        .where(
            *_sums_of(replace(scope, version=None, channel=None, product=None, branch=None, tier=None), None)
        )
        .where(daily.c.topic == WHOLE)
        .group_by(daily.c.version)
        .order_by(first)
    )
    return [
        {
            "version": row.version,
            "n": int(row.n),
            "since": date.fromordinal(row.first),
            "until": date.fromordinal(row.last),
        }
        for row in conn.execute(query)
    ]


def first_day(conn: sa.Connection) -> date | None:
    """Return the first day anything was said."""
    query = sa.select(sa.func.min(daily.c.day)).where(
        daily.c.kind == ALL, daily.c.value == "", daily.c.topic == WHOLE
    )
    found = conn.scalar(query)
    return None if found is None else date.fromordinal(found)


def values(conn: sa.Connection, kind: str) -> list[str]:
    """Return every channel, product, branch or tier that was ever counted, for the filters of a page."""
    # from value to the next one, past all the days between: there are a dozen values and a million days
    known = (
        sa.select(sa.func.min(daily.c.value).label("value")).where(daily.c.kind == kind).cte(recursive=True)
    )
    following = sa.select(sa.func.min(daily.c.value)).where(
        daily.c.kind == kind, daily.c.value > known.c.value
    )
    known = known.union_all(sa.select(following.scalar_subquery()).where(known.c.value.is_not(None)))
    return list(conn.execute(sa.select(known.c.value).where(known.c.value.is_not(None))).scalars())


def scored(
    conn: sa.Connection, scope: Scope, score: str, enough: int
) -> tuple[list[tuple[int, int]], list[tuple[int, str, int]]]:
    """Return comments of a scope that carry a score, and what they speak of: as many last days as make `enough`.

    The first list holds (seq, score), the second (seq, topic, polarity).
    """
    column = facts.c[score]
    recent = _last_days_with(conn, replace(scope, topics=None), score, enough)
    query = sa.select(facts.c.seq, facts.c.topic, facts.c.polarity, column)
    rows = conn.execute(query.where(*_facts_of(conn, recent), column.is_not(None))).all()
    scores = [(seq, value) for seq, topic, _, value in rows if topic == WHOLE]
    return scores, [(seq, topic, polarity) for seq, topic, polarity, _ in rows if topic != WHOLE]


def totals(conn: sa.Connection, scope: Scope) -> dict[str, Counted]:
    """Return mentions per topic of a whole period; the day is its first."""
    first, rows = scope.period.since.toordinal(), _sums_by(conn, scope, None, _COUNTS)
    return {row["topic"]: _counted(first, row["topic"], "", *(row[name] for name in _COUNTS)) for row in rows}


def comments(
    conn: sa.Connection, scope: Scope, *, limit: int, topic: str | None = None
) -> list[dict[str, Any]]:
    """Return comments among the newest of a scope, the most urgent first, masked, for people to read."""
    which = _once(scope) if topic is None else facts.c.topic == topic
    inside = sa.select(facts.c.seq).where(*_facts_of(conn, scope), which)
    inside = inside.order_by(facts.c.day.desc(), facts.c.seq.desc()).limit(_NEWEST)
    return _masked(conn, feedback.c.seq.in_(inside), limit)


def by_ids(conn: sa.Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return these comments, masked."""
    return _masked(conn, feedback.c.id.in_(ids), len(ids))


def texts(conn: sa.Connection, scope: Scope, limit: int) -> list[dict[str, Any]]:
    """Return id, masked text, moment and customer of the newest comments of a scope, for counting words."""
    newest = sa.select(facts.c.seq, facts.c.day).where(*_facts_of(conn, scope), _once(scope)).distinct()
    few = newest.order_by(facts.c.day.desc(), facts.c.seq.desc()).limit(limit).subquery()
    read = ("id", "seq", "masked", "created_at", "customer_id", "channel")
    query = sa.select(*(feedback.c[name] for name in read)).where(feedback.c.seq.in_(sa.select(few.c.seq)))
    return [dict(row) for row in conn.execute(query.order_by(feedback.c.seq.desc())).mappings()]


def customers_share(conn: sa.Connection, scope: Scope, many: int) -> int:
    """Return 1, or `DRAWN` where a scope holds so many comments that only the drawn customers are to be asked for."""
    return DRAWN if _at_most(conn, scope, "n") > many else 1


def _at_most(conn: sa.Connection, scope: Scope, name: str) -> int:
    """Return what a scope holds at most of what `name` sums up: what the rarest of its segments holds by itself."""
    ways = [_only(scope, segment) for segment in scope.narrowed]
    ways = ways or [Scope(period=scope.period, version=scope.version)]
    return min(_whole(conn, one, name) for one in ways)


def _whole(conn: sa.Connection, scope: Scope, name: str) -> int:
    return sum(int(row[name]) for row in _sums_by(conn, scope, None, (name,), is_whole=True))


def _only(scope: Scope, segment: str) -> Scope:
    """Return a scope that is narrowed by one segment alone."""
    kept: dict[str, Any] = {segment: getattr(scope, segment)}
    return Scope(period=scope.period, version=scope.version, **kept)


def unhappy_customers(conn: sa.Connection, scope: Scope, share: int = 1) -> Iterable[tuple[str, str]]:
    """Return (customer, topic) once for everything a known customer was unhappy with, of one customer in `share`."""
    query = sa.select(facts.c.customer, facts.c.topic).distinct()
    bad = (facts.c.customer.is_not(None), facts.c.polarity < 0, facts.c.topic != WHOLE)
    return [tuple(row) for row in conn.execute(query.where(*_facts_of(conn, scope), *bad, *_drawn(share)))]


def contacts(conn: sa.Connection, scope: Scope, share: int = 1) -> list[int]:
    """Return how often each known customer wrote in a period, of one customer in `share`."""
    known = (facts.c.customer.is_not(None), *_drawn(share))
    which = _comments_of(conn, scope) if share == 1 else (*_facts_of(conn, scope), facts.c.topic == WHOLE)
    query = sa.select(sa.func.count()).where(*which, *known)
    return list(conn.execute(query.group_by(facts.c.customer)).scalars())


def leavers(conn: sa.Connection, scope: Scope) -> list[tuple[str, str, date]]:
    """Return of every comment of a known customer who said they will leave when, and what they were unhappy with.

    Rows are customer, topic and day, the newest first; `WHOLE` is the comment itself.
    """
    unhappy = sa.or_(facts.c.topic == WHOLE, facts.c.polarity < 0)
    query = sa.select(facts.c.customer, facts.c.topic, facts.c.day).where(*_facts_of(conn, scope), unhappy)
    query = query.where(facts.c.churn == 1, facts.c.customer.is_not(None))
    rows = conn.execute(query.order_by(facts.c.day.desc(), facts.c.seq.desc()))
    return [(customer, topic, date.fromordinal(day)) for customer, topic, day in rows]


def at_risk(conn: sa.Connection, scope: Scope) -> list[tuple[str, str, date, float]]:
    """Return (customer, topic, day, lifetime value) of what those were unhappy with who said they will leave."""
    query = sa.select(facts.c.customer, facts.c.topic, sa.func.max(facts.c.day), customers.c.lifetime_value)
    query = query.join(customers, customers.c.id == facts.c.customer).where(*_facts_of(conn, scope))
    query = query.where(facts.c.churn == 1, facts.c.topic != WHOLE, facts.c.polarity < 0)
    query = query.where(customers.c.lifetime_value > 0)
    rows = conn.execute(query.group_by(facts.c.customer, facts.c.topic, customers.c.lifetime_value))
    return [(customer, topic, date.fromordinal(day), float(value)) for customer, topic, day, value in rows]


def known_customers(conn: sa.Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what is known of these customers, by id."""
    rows = conn.execute(sa.select(customers).where(customers.c.id.in_(ids))).mappings()
    return {row["id"]: dict(row) for row in rows}


def _drawn(share: int) -> list[sa.ColumnElement[bool]]:
    # spelled out: an index on the drawn ones is taken only for a statement that names them
    return [] if share == 1 else [facts.c.drawn == sa.literal_column("1")]


def _once(scope: Scope) -> sa.ColumnElement[bool]:
    """Comments themselves, or only those that speak of the topics of the scope."""
    return facts.c.topic == WHOLE if scope.topics is None else facts.c.topic != WHOLE


def _last_days_with(conn: sa.Connection, scope: Scope, score: str, enough: int) -> Scope:
    """Return the scope in its last week, fortnight and so on, until it holds enough scores or is whole."""
    days, counted, found = 7, scope.period.until, 0
    while days < scope.period.days:
        recent = scope.over(Period(scope.period.until - timedelta(days=days), scope.period.until))
        # sums are read in no time, and mostly say that the facts need not be asked yet
        if _at_most(conn, recent, f"{score}_n") >= enough:
            found += _whole(conn, scope.over(Period(recent.period.since, counted)), f"{score}_n")
            counted = recent.period.since
            if found >= enough:
                return recent
        days *= 2
    return scope


def is_summed(scope: Scope, segment: str | None = None) -> bool:
    """Tell whether daily sums answer for a scope, split by `segment`; if not, its facts are read one by one."""
    kinds = set(scope.narrowed) | ({segment} if segment else set())
    return len(kinds) <= 1 and scope.urgency is None and not scope.terms


def _sums_of(scope: Scope, segment: str | None) -> list[sa.ColumnElement[bool]]:
    kind = segment or next(iter(scope.narrowed), ALL)
    # of many days all are read in the order they lie in, and summed without sorting; few days are looked up
    day = daily.c.day + 0 if scope.period.days > _FEW_DAYS else daily.c.day
    found = [
        daily.c.kind == kind,
        day >= scope.period.since.toordinal(),
        day < scope.period.until.toordinal(),
    ]
    if kind == ALL or kind in scope.narrowed:
        found.append(daily.c.value == scope.narrowed.get(kind, ""))
    if scope.version is not None:
        found.append(daily.c.version == scope.version)
    if scope.topics is not None:
        found.append(daily.c.topic.in_([WHOLE, *scope.topics]))
    return found


def _facts_of(conn: sa.Connection, scope: Scope) -> list[sa.ColumnElement[bool]]:
    found = [
        facts.c.day >= scope.period.since.toordinal(),
        facts.c.day < scope.period.until.toordinal(),
        *(facts.c[name] == value for name, value in scope.narrowed.items()),
    ]
    if scope.urgency is not None:
        found.append(facts.c.urgency == scope.urgency)
    if scope.version is not None:
        found.append(facts.c.version == scope.version)
    if scope.topics is not None:
        found.append(facts.c.topic.in_([WHOLE, *scope.topics]))
    if scope.terms:
        found.append(facts.c.seq.in_(spoken_in(conn, scope.terms, *_seqs(conn, scope.period))))
    return found


def _seqs(conn: sa.Connection, period: Period) -> tuple[int, int]:
    """Return the first and the last number among the comments of a period: no word is looked for outside of them."""
    own = (facts.c.day == daily.c.day, facts.c.topic == WHOLE)  # one step into the facts of each day
    ends = [sa.select(end(facts.c.seq)).where(*own).scalar_subquery() for end in (sa.func.min, sa.func.max)]
    days = sa.select(*(end.label(name) for end, name in zip(ends, ("first", "last"), strict=True))).where(
        *_sums_of(Scope(period=period), None), daily.c.topic == WHOLE
    )
    of_day = days.subquery()
    first, last = conn.execute(sa.select(sa.func.min(of_day.c.first), sa.func.max(of_day.c.last))).one()
    return (1, 0) if first is None else (first, last)


def _comments_of(conn: sa.Connection, scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Match comments themselves: day by day, because facts lie by day and topic, and of the topics none is read."""
    found = [*_facts_of(conn, replace(scope, topics=None)), facts.c.topic == WHOLE]
    if not scope.terms:  # a second list to look up would be looked up for every day of the first one
        found.append(facts.c.day.in_(range(scope.period.since.toordinal(), scope.period.until.toordinal())))
    return found


def _from_sums(
    conn: sa.Connection,
    scope: Scope,
    segment: str | None,
    only: Sequence[str] | None,
    day: sa.ColumnElement[int],
) -> list[Counted]:
    value = daily.c.value if segment else sa.literal("")
    told, sums = day.label("told"), [sa.func.sum(daily.c[name]) for name in _COUNTS]
    query = sa.select(told, daily.c.topic, value, *sums).where(*_sums_of(scope, segment))
    query = query if only is None else query.where(daily.c.topic.in_(only))
    query = query.group_by(*([daily.c.value] if segment else []), daily.c.topic, told)
    return [_counted(*row) for row in conn.execute(query)]


def _from_facts(
    conn: sa.Connection, scope: Scope, segment: str | None, only: Sequence[str] | None
) -> list[Counted]:
    value = facts.c[segment] if segment else sa.literal("")
    query = sa.select(facts.c.day, facts.c.topic, value, *summed()[: len(_COUNTS)]).where(
        *_facts_of(conn, scope)
    )
    query = query if only is None else query.where(facts.c.topic.in_(only))
    query = query.group_by(facts.c.day, facts.c.topic, *([facts.c[segment]] if segment else []))
    return [_counted(*row) for row in conn.execute(query) if row[2] is not None]


def _counted(
    day: int, topic: str, segment: object, n: int, negative: int, positive: int, urgent: int
) -> Counted:
    numbers = (int(n), int(negative), int(positive), int(urgent))  # PostgreSQL sums to Decimal
    return Counted(date.fromordinal(day), topic, str(segment), *numbers)


def _masked(conn: sa.Connection, which: sa.ColumnElement[bool], limit: int) -> list[dict[str, Any]]:
    read = ("id", "masked", "created_at", "channel", "product", "branch", "sentiment", "urgency", "ticket_id")
    query = sa.select(*(feedback.c[name] for name in read)).where(which, feedback.c.erased_at.is_(None))
    query = query.order_by(feedback.c.urgency_score.desc(), feedback.c.seq.desc()).limit(limit)
    return [dict(row) for row in conn.execute(query).mappings()]
