"""How long a list is: exact as far as anybody counts, and quick on a million comments."""

from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from service.jalali import TEHRAN
from service.storage.feedback import Filters, conditions, shown
from service.storage.insight_tables import WHOLE, daily, facts
from service.storage.rollups import ALL
from service.storage.schema import feedback, tickets
from service.storage.tickets import Criteria, is_over, said, standing

#: Nobody pages through more.
MOST = 10_000
#: Where nothing leads to the comments that are counted, so many of the newest are looked at.
_LOOKED_AT = 100_000
#: What facts tell of a comment as a whole; they are small, and comments are not.
_TOLD = ("channel", "product", "branch", "tier", "category", "sentiment", "urgency")


class Length(NamedTuple):
    """So many are in a list, or as many `at_least`."""

    n: int
    at_least: bool = False


def of_comments(conn: sa.Connection, filters: Filters, seen: int) -> Length:
    """Return how many comments meet the filters, whose moments are midnights of Tehran; `seen` of them are known.

    Daily sums answer up to one filter, indexes most of the others; for those that are left the newest comments are
    looked through.
    """
    told = {name: value for name in _TOLD if (value := getattr(filters, name)) is not None}
    rest = conditions(conn, replace(filters, since=None, until=None, **dict.fromkeys(_TOLD)))
    if not rest and len(told) <= 1:
        kind, value = next(iter(told.items()), (ALL, ""))
        summed = (daily.c.kind == kind, daily.c.value == value, daily.c.topic == WHOLE)
        n = conn.scalar(sa.select(sa.func.sum(daily.c.n)).where(*summed, *_days(daily, filters)))
        return Length(int(n or 0))
    whole = sa.select(facts).where(facts.c.topic == WHOLE, *_days(facts, filters))
    if rest:
        looked = whole.where(facts.c.seq.in_(shown().with_only_columns(feedback.c.seq).where(*rest)))
    else:
        looked = whole.order_by(facts.c.day.desc()).limit(_LOOKED_AT)
    of = looked.subquery()
    found = _upto(
        conn, sa.select(of.c.seq).where(*(of.c[name] == value for name, value in told.items())), MOST
    )
    if found.at_least or rest:
        return found
    return Length(max(found.n, seen), _upto(conn, whole, _LOOKED_AT).at_least)


def _days(table: sa.Table, filters: Filters) -> list[sa.ColumnElement[bool]]:
    since, until = (each and each.astimezone(TEHRAN).toordinal() for each in (filters.since, filters.until))
    return [
        *([] if since is None else [table.c.day >= since]),
        *([] if until is None else [table.c.day < until]),
    ]


def of_tickets(conn: sa.Connection, which: Criteria, seen: int) -> Length:
    """Return how many tickets `tickets.listing` finds; comments are looked at of so many as are counted at most."""
    found = standing(which)
    if is_over(which):  # the first page is among those that are looked at
        found = found.order_by(tickets.c.resolved_at.desc())
    lying = _upto(conn, found, MOST)
    met = said(conn, which.filters)
    if not met:
        return lying
    looked = tickets.c.id.in_(found.limit(MOST).correlate(None))
    return Length(max(_upto(conn, sa.select(tickets.c.id).where(looked, *met), MOST).n, seen), lying.at_least)


def _upto(conn: sa.Connection, found: sa.Select[Any], most: int) -> Length:
    counted = sa.select(sa.func.count()).select_from(found.limit(most + 1).subquery())
    n = conn.execute(counted).scalar_one()
    return Length(min(n, most), n > most)
