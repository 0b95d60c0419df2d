"""Which comments have the words that are searched for, and whose names."""

from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from service.search import name_start
from service.storage.schema import customer_names

#: What the number of a comment is called in the table of words.
_SEQ = {"sqlite": "rowid", "postgresql": "seq"}
#: No letter stands behind it.
_LAST = "\U0010ffff"


def spoken_in(
    conn: sa.Connection, terms: tuple[str, ...], since: int, until: int | None = None
) -> NDArray[np.int64]:
    """Return the numbers, from `since` to before `until`, of the comments with a word beginning with each term."""
    found = having_words(conn, terms, since).subquery()
    seq = found.c[0]
    inside = sa.true() if until is None else seq < until
    # one text is read many times faster than a hundred thousand rows
    told = sa.select(sa.func.aggregate_strings(sa.cast(seq, sa.Text), ",")).where(inside)
    return np.sort(np.fromstring(conn.scalar(told) or "", dtype=np.int64, sep=","))


def having_words(conn: sa.Connection, terms: tuple[str, ...], since: int | None = None) -> sa.TextualSelect:
    """Select the numbers, from `since` on, of the comments with a word beginning with each term; without terms none."""
    if not terms:
        return sa.text("SELECT seq FROM feedback WHERE 1 = 0").columns(sa.column("seq", sa.BigInteger))
    words = _asked(conn.dialect.name, terms)
    if conn.dialect.name == "postgresql":
        query = "SELECT seq FROM feedback_search WHERE words @@ to_tsquery('simple', :words)"
    else:
        query = "SELECT rowid AS seq FROM feedback_search WHERE feedback_search MATCH :words"
    told: dict[str, str | int] = {"words": words}
    if since is not None:
        query += f" AND {_SEQ[conn.dialect.name]} >= :since"
        told["since"] = since
    # under names of their own, so that several of these stand in one statement
    own: list[sa.BindParameter[Any]] = [
        sa.bindparam(name, value, unique=True) for name, value in told.items()
    ]
    return sa.text(query).bindparams(*own).columns(sa.column("seq", sa.BigInteger))


def _asked(dialect: str, terms: tuple[str, ...]) -> str:
    """Return terms in the language of the word index; of a term in parts, the joined word or all of the parts.

    Only the last part may be the beginning of a word: the others were typed to their end.
    """
    quote, rest, both, either = (
        ("'", ":*", " & ", " | ") if dialect == "postgresql" else ('"', "*", " AND ", " OR ")
    )
    asked = []
    for term in terms:
        parts = [f"{quote}{part}{quote}" for part in term.split()]
        found = both.join(parts) + rest
        joined = f"{quote}{term.replace(' ', '')}{quote}{rest}"
        asked.append(found if len(parts) == 1 else f"({joined}{either}({found}))")
    return both.join(asked)


def called(customer: sa.ColumnElement[Any], terms: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Match customers of whose name a word begins with each term, in any order; without terms none.

    Terms are also found where the name has them in one word: «علی رضا» of «علیرضا». Names are looked up one by one:
    what begins with a letter or two is half of them, too much for PostgreSQL to keep at hand.
    """
    if not terms:
        return sa.false()
    starts = [name_start(term) for term in terms]
    apart = sa.and_(*(_has(customer, start) for start in starts))
    return apart if len(starts) == 1 else apart | _has(customer, name_start("".join(starts)))


def meant(name: str) -> sa.Select[tuple[str]]:
    """Select the ids of the customers of this very name, in any spelling; nobody where others have it, too, and more."""
    whole = name_start(name)
    longer = customer_names.alias("longer")
    more = sa.select(longer.c.rest).where(
        _begins(longer, whole), (longer.c.rest != whole) | ~longer.c.is_whole
    )
    this = customer_names.c.is_whole & (customer_names.c.rest == whole)
    return sa.select(customer_names.c.customer_id).where(this, ~more.exists())


def _has(customer: sa.ColumnElement[Any], start: str) -> sa.ColumnElement[bool]:
    names = customer_names.alias()
    return sa.select(names.c.rest).where(names.c.customer_id == customer, _begins(names, start)).exists()


def _begins(names: sa.FromClause, start: str) -> sa.ColumnElement[bool]:
    """Match names that begin so from one of their words on; as a range, so that an index leads to them."""
    return sa.and_(names.c.rest >= start, names.c.rest < start + _LAST)
