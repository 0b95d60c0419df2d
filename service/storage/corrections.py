"""What people corrected: kept with the old value and the model's version, valid for every text that says the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from service.ids import new_id
from service.storage.fetching import fetch_all, fetch_one
from service.storage.schema import corrections, feedback

_STANDING = corrections.c.undone_at.is_(None)
_BY_PERSON = corrections.c.source.is_(None)
# built once: it is asked for every comment that comes in
_FOR_TEXTS = (
    sa.select(corrections)
    .where(corrections.c.text_hash.in_(sa.bindparam("hashes", expanding=True)), _STANDING, _BY_PERSON)
    .order_by(corrections.c.at, corrections.c.id)
)


def insert(conn: sa.Connection, now: datetime, values: Mapping[str, Any]) -> None:
    """Keep a correction."""
    conn.execute(sa.insert(corrections).values({**values, "id": new_id("co", now), "at": now}))


def get(conn: sa.Connection, id_: str) -> dict[str, Any] | None:
    """Return a correction."""
    return fetch_one(conn, sa.select(corrections).where(corrections.c.id == id_))


def of_feedback(conn: sa.Connection, feedback_id: str) -> list[dict[str, Any]]:
    """Return the corrections of one comment, oldest first, also those that were undone."""
    query = sa.select(corrections).where(corrections.c.feedback_id == feedback_id)
    return fetch_all(conn, query.order_by(corrections.c.at, corrections.c.id))


def for_texts(
    conn: sa.Connection, hashes: Sequence[str], besides: str | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what stands for each of these texts: hash, then field, then the newest correction by a person.

    `besides` is the id of one that is about to be taken back.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in conn.execute(_FOR_TEXTS, {"hashes": hashes}).mappings():
        if row["id"] == besides:
            continue
        found.setdefault(row["text_hash"], {})[row["field"]] = dict(row)
    return found


def standing(conn: sa.Connection, feedback_id: str) -> dict[str, dict[str, Any]]:
    """Return what stands for one comment: for each field the newest correction."""
    lines = of_feedback(conn, feedback_id)
    return {line["field"]: line for line in lines if line["undone_at"] is None}


def fields_by_person(conn: sa.Connection, comments: sa.Select[Any] | Sequence[str]) -> dict[str, set[str]]:
    """Return which fields of these comments a person corrected there, and not on another one that says the same."""
    query = sa.select(corrections.c.feedback_id, corrections.c.field)
    found: dict[str, set[str]] = {}
    for row in conn.execute(query.where(corrections.c.feedback_id.in_(comments), _STANDING, _BY_PERSON)):
        found.setdefault(row.feedback_id, set()).add(row.field)
    return found


def by_people(conn: sa.Connection, most: int) -> list[dict[str, Any]]:
    """Return the last corrections that people made and that stand, oldest first, with what the model had said.

    Beside it stands when somebody looked at the comment last; erased comments are left out.
    """
    told = feedback.c.model_tags, feedback.c.reviewed_at
    query = sa.select(corrections, *told).join(feedback, feedback.c.id == corrections.c.feedback_id)
    query = query.where(_STANDING, _BY_PERSON, feedback.c.erased_at.is_(None))
    return fetch_all(conn, query.order_by(corrections.c.id.desc()).limit(most))[::-1]


def undo(conn: sa.Connection, id_: str, now: datetime, most: int) -> list[dict[str, Any]]:
    """Take back so many repetitions of a correction, and it itself once fewer are left; return what stood until now."""
    repeated = sa.select(corrections.c.id).where(corrections.c.source == id_, _STANDING)
    ids = list(conn.scalars(repeated.order_by(corrections.c.id).limit(most)))
    if len(ids) < most:
        ids.append(id_)
    these = sa.and_(corrections.c.id.in_(ids), _STANDING)
    statement = sa.update(corrections).where(these).values(undone_at=now).returning(*corrections.c)
    return fetch_all(conn, statement)


def page(conn: sa.Connection, after: str, limit: int) -> list[dict[str, Any]]:
    """Return corrections in the order they were made, also undone ones, from behind the correction `after`."""
    query = sa.select(corrections).where(corrections.c.id > after).order_by(corrections.c.id).limit(limit)
    return fetch_all(conn, query)


def corrected_comments(conn: sa.Connection, after: str, limit: int) -> list[dict[str, Any]]:
    """Return comments that a person corrected, with their present tags, from behind the comment `after`.

    Erased ones are left out.
    """
    whose = sa.select(corrections.c.feedback_id).where(_STANDING, _BY_PERSON)
    query = sa.select(feedback.c.id, feedback.c.masked, feedback.c.original, feedback.c.tags)
    query = query.where(feedback.c.id.in_(whose), feedback.c.erased_at.is_(None), feedback.c.id > after)
    return fetch_all(conn, query.order_by(feedback.c.id).limit(limit))
