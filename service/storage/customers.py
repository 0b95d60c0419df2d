"""Who wrote: one row per customer the sender can name again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.feedback import Customer
from service.ids import new_id
from service.search import name_rests
from service.storage import many
from service.storage.dialect import insert_new, one_of
from service.storage.fetching import fetch_all, for_change
from service.storage.schema import customer_names, customers, tickets

#: What is shown of whoever wrote, as columns of a comment or ticket.
SHOWN = tuple(
    customers.c[name].label(f"customer_{name}")
    for name in ("external_id", "name", "tier", "lifetime_value", "contacts")
)


def stranger(conn: sa.Connection, customer: Customer, now: datetime) -> str:
    """Keep what is told of somebody whom the sender cannot name again, and return the customer's id."""
    id_ = new_id("cu", now)
    told = {"name": customer.name, "tier": customer.tier, "lifetime_value": customer.lifetime_value}
    own = {"id": id_, "contacts": 1, "first_seen_at": now, "last_seen_at": now}
    conn.execute(sa.insert(customers), told | own)
    if customer.name is not None:
        _index(conn, {id_: customer.name})
    return id_


def standing(conn: sa.Connection, external_ids: Collection[str]) -> dict[str, Customer]:
    """Return tier and value of those of these customers of whom either was told, by `external_id`."""
    if not external_ids:
        return {}
    query = sa.select(customers.c.external_id, customers.c.tier, customers.c.lifetime_value).where(
        customers.c.external_id.in_(external_ids),
        sa.or_(customers.c.tier.is_not(None), customers.c.lifetime_value.is_not(None)),
    )
    return {row["external_id"]: Customer(**row) for row in fetch_all(conn, query)}


def touch(conn: sa.Connection, named: Sequence[Customer], now: datetime) -> dict[str, str]:
    """Count a contact of each of these customers, who were met before; return their ids by `external_id`."""
    if not named:
        return {}
    facts = ("external_id", "name", "tier", "lifetime_value")
    told = [{f"the_{fact}": getattr(one, fact) for fact in facts} | {"moment": now} for one in named]
    theirs = customers.c.external_id.in_([one.external_id for one in named])
    known = conn.execute(sa.select(customers.c.external_id, customers.c.id, customers.c.name).where(theirs))
    before = {row.external_id: row for row in known}
    conn.execute(_TOUCHED, sorted(told, key=lambda row: str(row["the_external_id"])))
    names = {one.external_id: one.name for one in named if one.name is not None}
    changed = {who: name for who, name in names.items() if before[who].name != name}
    forget_names(conn, [row.id for who, row in before.items() if who in changed and row.name is not None])
    _index(conn, {before[who].id: name for who, name in changed.items()})
    return {who: row.id for who, row in before.items()}


def meet(conn: sa.Connection, external_ids: Collection[str], now: datetime) -> set[str]:
    """Make rows for those of these customers who are new, and return which of them ever had a ticket.

    All of them are locked until this transaction ends, with their tickets: meanwhile nobody else opens one for them.
    Whoever finishes a ticket holds it first and counts then; the other order would lock them out.
    """
    if not external_ids:
        return set()
    fresh = {"contacts": 0, "first_seen_at": now, "last_seen_at": now}
    rows = [{"id": new_id("cu", now), "external_id": name, **fresh} for name in sorted(external_ids)]
    conn.execute(insert_new(conn, customers), rows)
    theirs = customers.c.external_id.in_(external_ids)
    lock = sa.select(customers.c.id, customers.c.external_id).where(theirs).order_by(customers.c.external_id)
    names = {row.id: row.external_id for row in conn.execute(for_change(lock))}
    found = sa.select(tickets.c.customer_id).where(tickets.c.customer_id.in_(names)).order_by(tickets.c.id)
    # an erasure may have come between the two: whoever was known by this id no longer is
    forgotten = set(external_ids).difference(names.values())
    return {names[id_] for id_ in conn.scalars(for_change(found))} | meet(conn, forgotten, now)


def hold(conn: sa.Connection, id_: str) -> None:
    """Have new comments of a customer wait until this transaction ends; whoever lands one holds the customer first, too."""
    conn.execute(for_change(sa.select(customers.c.id).where(customers.c.id == id_)))


def forget_names(conn: sa.Connection, ids: Sequence[str]) -> None:
    """Have these customers found by no name any more."""
    if ids:
        conn.execute(sa.delete(customer_names).where(one_of(conn, customer_names.c.customer_id, ids)))


def _index(conn: sa.Connection, names: Mapping[str, str]) -> None:
    """Have customers found by their names, each told by its id."""
    rows = [
        (id_, rest, place == 0) for id_, name in names.items() for place, rest in enumerate(name_rests(name))
    ]
    many.insert(conn, customer_names, ("customer_id", "rest", "is_whole"), rows)


def _touched() -> sa.Update:
    newer = {
        fact: sa.func.coalesce(sa.bindparam(f"the_{fact}", type_=customers.c[fact].type), customers.c[fact])
        for fact in ("name", "tier", "lifetime_value")
    }
    mine = customers.c.external_id == sa.bindparam("the_external_id")
    counted = {"contacts": customers.c.contacts + 1, "last_seen_at": sa.bindparam("moment")}
    return sa.update(customers).where(mine).values(**newer, **counted)


_TOUCHED = _touched()


def of_ids(conn: sa.Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what is known of these customers, by id."""
    found = fetch_all(conn, sa.select(customers).where(one_of(conn, customers.c.id, ids)))
    return {row["id"]: row for row in found}
