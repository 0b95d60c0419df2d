"""Who wrote: one row per customer the sender can name again."""

from datetime import datetime

import sqlalchemy as sa

from service.feedback import Customer
from service.ids import new_id
from service.storage.dialect import insert_new
from service.storage.schema import customers


def touch(conn: sa.Connection, customer: Customer, now: datetime) -> str:
    """Count a contact of this customer and return the customer's id; newer facts replace older ones."""
    fresh = {
        "id": new_id("cu", now),
        "external_id": customer.external_id,
        "contacts": 0,
        "first_seen_at": now,
        "last_seen_at": now,
    }
    created = conn.scalar(insert_new(conn, customers).values(fresh).returning(customers.c.id))
    mine = customers.c.id == created if created else customers.c.external_id == customer.external_id
    counted = sa.update(customers).where(mine).values(_facts(customer, now)).returning(customers.c.id)
    id_: str = conn.execute(counted).scalar_one()
    return id_


def _facts(customer: Customer, now: datetime) -> dict[str, object]:
    told = {"name": customer.name, "tier": customer.tier, "lifetime_value": customer.lifetime_value}
    fresh: dict[str, object] = {field: value for field, value in told.items() if value is not None}
    return fresh | {"contacts": customers.c.contacts + 1, "last_seen_at": now}
