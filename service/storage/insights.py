"""What the insight pages read: daily sums where they answer the question, packed facts where they do not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from service.period import Period
from service.storage.counting import Facts, facts_of, grouped, sums
from service.storage.dialect import one_of
from service.storage.fetching import fetch_all
from service.storage.insight_rows import Hourly, Labelled, Scored
from service.storage.insight_tables import WHOLE, daily, facts
from service.storage.packing import NO_SCORE, NONE, Ints
from service.storage.rollups import ALL, LABELS
from service.storage.schema import customers, feedback
from service.storage.scope import Scope

#: Comments to read are chosen among so many of the newest.
_NEWEST = 300
#: 2**64 over the golden ratio: the numbers whose multiples of it fall lowest lie apart as evenly as can be.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
#: Looking so many days up one by one is quicker than reading past the others.
_FEW_DAYS = 100
_GAP_DAYS = 30  # behind a silence as long as this nothing was recorded
_COUNTS = ("n", "negative", "positive", "urgent")
Row = dict[str, Any]


class Counted(NamedTuple):
    """How often a topic was spoken of on one day; there may be tens of thousands."""

    day: date
    topic: str
    n: int
    negative: int
    positive: int
    urgent: int


def counts(
    conn: sa.Connection, scope: Scope, *, weekly: bool = False, only: Sequence[str] | None = None
) -> list[Counted]:
    """Return mentions per day and topic; `WHOLE` is the comments themselves.

    `weekly` adds the days of each week up under the first of them within the scope; `only` reads these topics and no
    others.
    """
    if not is_summed(scope):
        return _from_facts(conn, scope, only, weekly=weekly)
    if not weekly:
        return _from_sums(conn, scope, only, daily.c.day)
    first = scope.period.since
    found = _from_sums(conn, scope, only, daily.c.day - (daily.c.day + 1) % 7)  # its Saturday
    return [row if row.day >= first else row._replace(day=first) for row in found]


def labels(conn: sa.Connection, period: Period) -> list[Labelled]:
    """Return what the comments of a period were labelled, and how many there are in all."""
    of_field = daily.c.kind.in_((ALL, *LABELS))
    inside = (daily.c.day >= period.since.toordinal(), daily.c.day < period.until.toordinal())
    key = (daily.c.version, daily.c.kind, daily.c.value, daily.c.topic)
    query = sa.select(*key, sa.func.sum(daily.c.n)).where(of_field, *inside).group_by(*key)
    return [
        Labelled(version, kind, value, topic, int(n))
        for version, kind, value, topic, n in conn.execute(query)
    ]


def hours(conn: sa.Connection, scope: Scope) -> list[Hourly]:
    """Return mentions per topic and hour of the day, all days of a period together."""
    told = facts_of(conn, scope)
    (topics, at), found = grouped([told.topic, told.of("hour")], sums(told, _COUNTS))
    names = told.called(set(topics.tolist()))
    rows = zip(topics.tolist(), at.tolist(), *(found[name].tolist() for name in _COUNTS), strict=True)
    return [Hourly(names[topic], *rest) for topic, *rest in rows]


def mentions(
    conn: sa.Connection, scope: Scope, segment: str | None = None, also: Sequence[str] = ()
) -> list[Row]:
    """Return how often each topic was spoken of over a whole period, per value of `segment`.

    A row has `topic`, `segment`, the four counts of `Counted` and those of `SUMS` that `also` names.
    """
    names = (*_COUNTS, *also)
    if is_summed(scope, segment):
        return _mentions_from_sums(conn, scope, segment, names)
    told = facts_of(conn, scope)
    values = told.of(segment) if segment else np.full(len(told.row), NONE)
    (topics, own), found = grouped([told.topic, values], sums(told, names))
    called = told.called({*topics.tolist(), *own.tolist()})
    return [
        {"topic": called[topic], "segment": called[value], **dict(zip(names, numbers, strict=True))}
        for topic, value, *numbers in zip(
            topics.tolist(), own.tolist(), *(found[name].tolist() for name in names), strict=True
        )
        if segment is None or value != NONE
    ]


def _mentions_from_sums(
    conn: sa.Connection, scope: Scope, segment: str | None, names: Sequence[str]
) -> list[Row]:
    added = [sa.func.sum(daily.c[name]).label(name) for name in names]
    by = [daily.c.value, daily.c.topic] if segment else [daily.c.topic]  # in the order in which sums lie
    told = daily.c.value if segment else sa.literal("")
    query = sa.select(daily.c.topic, told.label("segment"), *added)
    return fetch_all(conn, query.where(*_sums_of(scope, segment)).group_by(*by))


def versions(conn: sa.Connection, scope: Scope) -> list[Row]:
    """Return which model versions tagged the comments of a scope: how many, from which day to which."""
    found = _versions_from_sums(conn, scope) if is_summed(scope) else _versions_from_facts(conn, scope)
    return [
        {
            "version": version,
            "n": int(n),  # PostgreSQL sums to Decimal
            "since": date.fromordinal(first),
            "until": date.fromordinal(last),
        }
        for version, n, first, last in sorted(found, key=lambda row: (row[2], row[0]))
    ]


def _versions_from_sums(conn: sa.Connection, scope: Scope) -> list[tuple[str, int, int, int]]:
    told = (sa.func.sum(daily.c.n), sa.func.min(daily.c.day), sa.func.max(daily.c.day))
    whole = (*_sums_of(replace(scope, topics=None), None), daily.c.topic == WHOLE)
    query = sa.select(daily.c.version, *told).where(*whole).group_by(daily.c.version)
    return [(version, n, first, last) for version, n, first, last in conn.execute(query)]


def _versions_from_facts(conn: sa.Connection, scope: Scope) -> list[tuple[str, int, int, int]]:
    whole = facts_of(conn, replace(scope, topics=())).whole
    own, days = whole.of("version"), whole.of("day")
    found = {number: days[own == number] for number in set(own.tolist())}
    called = whole.called(found)
    return [(called[number], len(at), int(at.min()), int(at.max())) for number, at in found.items()]


def known_since(conn: sa.Connection, version: str | None = None) -> date | None:
    """Return the first day of what is known without a gap, of all or of what a model version tagged; None of nothing.

    One old comment, or a mistyped year, is no history: in the months behind it nothing was recorded, which is not
    the same as nothing said.
    """
    whole = (daily.c.kind == ALL, daily.c.value == "", daily.c.topic == WHOLE)
    mine = sa.true() if version is None else daily.c.version == version
    query = sa.select(daily.c.day).where(*whole, mine).distinct().order_by(daily.c.day.desc())
    first = None
    for day in conn.scalars(query):
        if first is not None and first - day > _GAP_DAYS:
            break
        first = day
    return None if first is None else date.fromordinal(first)


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


def scored(conn: sa.Connection, scope: Scope, score: str, enough: int) -> Scored:
    """Return the comments of a scope that carry a score: as many last days as make `enough`."""
    told, is_cut = _recent(conn, scope, score, enough)
    whole, said = told.whole, told.spoken
    called = told.called(set(said.topic.tolist()))
    topics = [called[topic] for topic in said.topic.tolist()]
    return Scored(
        scores=list(zip(whole.of("seq").tolist(), whole.of(score).tolist(), strict=True)),
        mentions=list(zip(said.of("seq").tolist(), topics, said.polarity.tolist(), strict=True)),
        is_cut=is_cut,
    )


def _recent(conn: sa.Connection, scope: Scope, score: str, enough: int) -> tuple[Facts, bool]:
    """Return what has a score in the last week, fortnight and so on, until it is enough or the scope ends.

    Beside it stands whether earlier days have scores as well.
    """
    for inside in _ever_longer(scope):
        told = _with_score(conn, inside, score)
        if len(told.whole.row) >= enough:
            break
    rest = _ever_longer(scope.over(Period(scope.period.since, inside.period.since)))
    return told, any(len(_with_score(conn, earlier, score).row) for earlier in rest)


def _ever_longer(scope: Scope) -> Iterator[Scope]:
    """Return the last week of a scope, its last fortnight and so on, and at last all of it."""
    days = 7
    while days < scope.period.days:
        yield scope.over(Period(scope.period.until - timedelta(days=days), scope.period.until))
        days *= 2
    yield scope


def _with_score(conn: sa.Connection, scope: Scope, score: str) -> Facts:
    told = facts_of(conn, scope)
    return told.only(told.of(score) != NO_SCORE)


def speaking(conn: sa.Connection, scope: Scope) -> int:
    """Return how many comments speak of the topics of a scope, each once."""
    return int(np.count_nonzero(np.diff(facts_of(conn, scope).spoken.row, prepend=-1)))  # they lie in order


def comments(conn: sa.Connection, scope: Scope, *, limit: int, topic: str | None = None) -> list[Row]:
    """Return comments among the newest of a scope, the most urgent first, masked, for people to read."""
    return _masked(conn, feedback.c.seq.in_(_newest(conn, scope, _NEWEST, topic)), limit)


def by_ids(conn: sa.Connection, ids: Sequence[str]) -> list[Row]:
    """Return these comments, masked."""
    return _masked(conn, feedback.c.id.in_(ids), len(ids))


def texts(conn: sa.Connection, scope: Scope, limit: int) -> list[Row]:
    """Return id, masked text, moment and known writer of the newest comments of a scope, for counting words."""
    return _texts(conn, _newest(conn, scope, limit))


def drawn(conn: sa.Connection, scope: Scope, limit: int) -> tuple[list[Row], bool]:
    """Return the same of so many comments that are spread evenly over a scope, and whether others were left out."""
    # by their numbers and not by dice: one that was drawn is drawn again while others come
    seqs = np.unique(_asked(conn, scope).of("seq"))
    chosen = seqs[np.argsort(seqs.astype(np.uint64) * _GOLDEN)[:limit]]
    return _texts(conn, chosen.tolist()), len(seqs) > limit


def _texts(conn: sa.Connection, seqs: Sequence[int]) -> list[Row]:
    said = (feedback.c[name] for name in ("id", "seq", "masked", "created_at"))
    of = feedback.outerjoin(customers, customers.c.id == feedback.c.customer_id)
    query = sa.select(*said, customers.c.external_id.label("writer")).select_from(of)
    return fetch_all(conn, query.where(one_of(conn, feedback.c.seq, seqs)).order_by(feedback.c.seq.desc()))


def _newest(conn: sa.Connection, scope: Scope, limit: int, topic: str | None = None) -> Sequence[int]:
    """Return the numbers of the newest comments of a scope that speak of its topics, or of `topic`."""
    if scope.words is None:
        which = facts.c.topic == (topic or WHOLE)
        if topic is None and scope.topics is not None:
            which = facts.c.topic != WHOLE
        query = sa.select(facts.c.seq, facts.c.day).where(*_facts_of(scope), which).distinct()
        query = query.order_by(facts.c.day.desc(), facts.c.seq.desc()).limit(limit)
        return conn.execute(query).scalars().all()
    told = _asked(conn, scope if topic is None else replace(scope, topics=(topic,)))
    days, seqs = told.of("day"), told.of("seq")
    newest = np.lexsort((seqs, days))[::-1]
    return list(dict.fromkeys(seqs[newest].tolist()))[:limit]


def _asked(conn: sa.Connection, scope: Scope) -> Facts:
    """Return comments themselves, or what they say of the topics of the scope."""
    told = facts_of(conn, scope)
    return told.whole if scope.topics is None else told.spoken


def known_to_write(conn: sa.Connection, scope: Scope) -> tuple[Ints, dict[str, Ints]]:
    """Return how often each customer wrote who is known again, and for every topic who were unhappy with it, each time.

    Customers are numbers that stand for them.
    """
    told = facts_of(conn, scope)
    who = told.of("customer")
    nameless = conn.scalars(sa.select(customers.c.id).where(customers.c.external_id.is_(None))).all()
    again = (who != NONE) & ~np.isin(who, list(told.names.numbers(nameless).values()))
    counted = np.bincount(who[(told.topic == NONE) & again])
    bad = (told.topic != NONE) & (who != NONE) & (told.polarity < 0)
    topics, unhappy = told.topic[bad], who[bad]
    called = told.called(np.flatnonzero(np.bincount(topics)).tolist())
    return counted[counted > 0], {
        name: unhappy[topics == topic] for topic, name in called.items() if topic != NONE
    }


def leavers(conn: sa.Connection, scope: Scope, customer: str | None = None) -> list[tuple[str, str, date]]:
    """Return of every comment of a known customer, or of this one, who said they will leave when, and why.

    Rows are customer, topic and day, the newest first; `WHOLE` is the comment itself, a topic one they were unhappy with.
    """
    query = sa.select(facts.c.seq, facts.c.customer, facts.c.topic, facts.c.day).where(*_leaving(scope))
    query = query if customer is None else query.where(facts.c.customer == customer)
    rows = conn.execute(query.order_by(facts.c.day.desc(), facts.c.seq.desc())).all()
    return [
        (customer, topic, date.fromordinal(day)) for _, customer, topic, day in _with_words(conn, scope, rows)
    ]


def at_risk(conn: sa.Connection, scope: Scope) -> list[tuple[str, str, date, float]]:
    """Return (customer, topic, day, lifetime value) of what those were unhappy with who said they will leave.

    The value is 0 where nobody told it.
    """
    read = (facts.c.seq, facts.c.customer, facts.c.topic, facts.c.day, customers.c.lifetime_value)
    query = sa.select(*read).join(customers, customers.c.id == facts.c.customer)
    query = query.where(*_leaving(scope), facts.c.topic != WHOLE)
    return [
        (customer, topic, date.fromordinal(day), value or 0.0)
        for _, customer, topic, day, value in _with_words(conn, scope, conn.execute(query).all())
    ]


def _leaving(scope: Scope) -> list[sa.ColumnElement[bool]]:
    unhappy = sa.or_(facts.c.topic == WHOLE, facts.c.polarity < 0)
    return [*_facts_of(scope), unhappy, facts.c.churn == 1, facts.c.customer.is_not(None)]


def _with_words(conn: sa.Connection, scope: Scope, rows: Sequence[Any]) -> Sequence[Any]:
    """Return the rows (the number of their comment first) in which the words of a scope are spoken."""
    if scope.words is None:
        return rows
    seqs = [row[0] for row in rows]
    said = np.isin(seqs, scope.words.seqs(conn, min(seqs, default=0)))
    return [row for row, is_said in zip(rows, said.tolist(), strict=True) if is_said]


def is_summed(scope: Scope, segment: str | None = None) -> bool:
    """Tell whether daily sums answer for a scope, split by `segment`; if not, its facts are read one by one."""
    kinds = set(scope.narrowed) | ({segment} if segment else set())
    return len(kinds) <= 1 and scope.urgency is None and scope.words is None


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


def _facts_of(scope: Scope) -> list[sa.ColumnElement[bool]]:
    first, end = scope.days
    found = [facts.c.day >= first, facts.c.day < end]
    found += [facts.c[name] == value for name, value in scope.texts.items()]
    if scope.topics is not None:
        found.append(facts.c.topic.in_([WHOLE, *scope.topics]))
    return found


def _from_sums(
    conn: sa.Connection, scope: Scope, only: Sequence[str] | None, day: sa.ColumnElement[int]
) -> list[Counted]:
    told, added = day.label("told"), [sa.func.sum(daily.c[name]) for name in _COUNTS]
    query = sa.select(told, daily.c.topic, *added).where(*_sums_of(scope, None))
    query = query if only is None else query.where(daily.c.topic.in_(only))
    query = query.group_by(daily.c.topic, told)
    # PostgreSQL sums to Decimal
    return [
        Counted(date.fromordinal(day), topic, *(int(number) for number in numbers))
        for day, topic, *numbers in conn.execute(query)
    ]


def _from_facts(
    conn: sa.Connection, scope: Scope, only: Sequence[str] | None, *, weekly: bool
) -> list[Counted]:
    told = facts_of(conn, scope)
    day = told.of("day")
    day = np.maximum(day - (day + 1) % 7, scope.days[0]) if weekly else day
    (days, topics), found = grouped([day, told.topic], sums(told, _COUNTS))
    called = told.called(set(topics.tolist()))
    rows = zip(days.tolist(), topics.tolist(), *(found[name].tolist() for name in _COUNTS), strict=True)
    return [
        Counted(date.fromordinal(day), called[topic], *numbers)
        for day, topic, *numbers in rows
        if only is None or called[topic] in only
    ]


def _masked(conn: sa.Connection, which: sa.ColumnElement[bool], limit: int) -> list[Row]:
    read = ("id", "masked", "created_at", "channel")
    query = sa.select(*(feedback.c[name] for name in read)).where(which, feedback.c.erased_at.is_(None))
    query = query.order_by(feedback.c.urgency_score.desc(), feedback.c.seq.desc()).limit(limit)
    return fetch_all(conn, query)
