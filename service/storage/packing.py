"""Facts of some thousand comments in one row, as columns of numbers: what daily sums do not answer is counted from them.

A comment that was written or changed is marked in the same transaction and read from `facts` until `pack` has put
it into its block. So an answer never waits for the packing, and never misses a comment.
"""

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from service.storage import many
from service.storage.dialect import advisory_lock, one_of
from service.storage.insight_tables import WHOLE, fact_names, facts, packed, unpacked

#: Comments with successive numbers that share a block.
BLOCK = 4_096
#: Fewer marked comments than this are read one by one as quickly as a block is unpacked.
WORTH_IT = 500
#: No customer, product, score …, and the topic of a comment as a whole.
NONE, NO_SCORE = 0, -1
_KEPT = 256  # blocks in memory: about 60 MB, a million comments

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

#: Columns of text, kept as numbers that `fact_names` explains.
TEXTS = ("customer", "channel", "product", "branch", "tier", "version", "urgency")
SCORES = ("csat", "nps", "ces", "stars")
_SMALL = ("hour", "polarity", "churn", *SCORES, "seen", "corrected")
#: One comment as a whole.
COMMENT = np.dtype(
    [("seq", "<i8"), ("day", "<i4"), *((name, "<i4") for name in TEXTS), *((name, "i1") for name in _SMALL)]
)
#: One topic that a comment speaks of; `row` is the comment's place in its block.
MENTION = np.dtype([("row", "<i4"), ("topic", "<i4"), ("polarity", "i1")])


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Comments (`COMMENT`) in the order of their numbers, and what they speak of (`MENTION`)."""

    comments: NDArray[np.void]
    mentions: NDArray[np.void]

    def only(self, kept: Flags) -> "Records":
        """Return some of the comments."""
        if kept.all():
            return self
        # records of some columns are taken by their places three times as fast as by flags
        said = self.mentions.take(np.flatnonzero(kept.take(self.mentions["row"])))
        said["row"] = (np.cumsum(kept) - 1).take(said["row"])
        return Records(self.comments.take(np.flatnonzero(kept)), said)


def mark(conn: sa.Connection, seqs: Iterable[int]) -> None:
    """Have these comments read from their facts until they are packed."""
    many.insert(conn, unpacked, ("seq",), [(seq,) for seq in sorted(set(seqs))])


def forget(conn: sa.Connection) -> None:
    """Drop every block and mark every comment that is counted."""
    conn.execute(sa.delete(packed))
    conn.execute(sa.delete(unpacked))
    whole = sa.select(facts.c.seq).where(facts.c.topic == WHOLE)
    conn.execute(sa.insert(unpacked).from_select(["seq"], whole))


def pack(conn: sa.Connection, least: int = WORTH_IT) -> bool:
    """Pack the block of the first marked comment if at least so many are marked; tell whether as many are left."""
    advisory_lock(conn, "daily")  # nobody counts in between
    marked = conn.scalar(sa.select(sa.func.count()).select_from(unpacked)) or 0
    if marked < least:
        return False
    block = conn.execute(sa.select(sa.func.min(unpacked.c.seq))).scalar_one() // BLOCK
    inside = (facts.c.seq >= block * BLOCK, facts.c.seq < (block + 1) * BLOCK)
    rows = _rows(conn, sa.select(*_COLUMNS).where(*inside))
    records = _records(rows, _numbered(conn, _texts(rows), is_kept=True))
    conn.execute(sa.delete(packed).where(packed.c.block == block))
    if rows:
        days = records.comments["day"]
        told = {"first_day": int(days.min()), "last_day": int(days.max())}
        content = {name: getattr(records, name).tobytes() for name in ("comments", "mentions")}
        stamp = secrets.randbits(62)
        conn.execute(sa.insert(packed).values(block=block, stamp=stamp, **told, **content))
    done = unpacked.c.seq >= block * BLOCK, unpacked.c.seq < (block + 1) * BLOCK
    gone = conn.execute(sa.delete(unpacked).where(*done)).rowcount
    return bool(marked - gone >= least)


@dataclass(frozen=True, slots=True)
class Names:
    """What numbers in columns of text stand for; some are known to this reading only."""

    conn: sa.Connection
    own: Mapping[str, int]

    def numbers(self, values: Iterable[str]) -> dict[str, int]:
        """Return the numbers of those values that any comment has."""
        return _known(self.conn, values) | {value: self.own[value] for value in values if value in self.own}

    def values(self, numbers: Sequence[int]) -> dict[int, str]:
        """Return what these numbers stand for."""
        found = {number: value for value, number in self.own.items()}
        unknown = [number for number in numbers if number not in found]
        query = sa.select(fact_names.c.number, fact_names.c.value)
        query = query.where(one_of(self.conn, fact_names.c.number, unknown))
        return found | dict(map(tuple, self.conn.execute(query)))


def read(conn: sa.Connection, since: int, until: int) -> tuple[list[Records], Names]:
    """Return all blocks that reach into these days, and what is not packed yet; days outside may be among them."""
    marked = np.array(conn.execute(sa.select(unpacked.c.seq)).scalars().all(), dtype=np.int64)
    loose: list[sa.Row[Any]] = []
    if len(marked):
        own = sa.select(*_COLUMNS).join(unpacked, unpacked.c.seq == facts.c.seq)
        loose = _rows(conn, own.where(facts.c.day >= since, facts.c.day < until))
    parts = [_without(block, marked) for block in _blocks(conn, since, until)]
    # after the blocks: a number that is new here can not be in them
    numbers = _numbered(conn, _texts(loose), is_kept=False)
    return [*parts, _records(loose, numbers)], Names(conn, numbers)


class _BlockCache:
    """The blocks that were used last; a block never changes, a new one gets a new stamp."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[int, Records] = OrderedDict()
        self._lock = Lock()

    def get(self, stamps: Iterable[int]) -> dict[int, Records]:
        with self._lock:
            found = {stamp: self._kept[stamp] for stamp in stamps if stamp in self._kept}
            for stamp in found:
                self._kept.move_to_end(stamp)
        return found

    def put(self, blocks: Mapping[int, Records]) -> None:
        with self._lock:
            self._kept.update(blocks)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


_CACHE = _BlockCache(_KEPT)
#: Texts first, in the order of the fields of `COMMENT`; then what a mention adds.
_FIELDS = tuple(COMMENT.names or ())
_COLUMNS = (*(facts.c[name] for name in _FIELDS), facts.c.topic)
_TEXT_PLACES = tuple(_FIELDS.index(name) for name in TEXTS)
_SCORE_PLACES = tuple(_FIELDS.index(name) for name in SCORES)
_POLARITY = _FIELDS.index("polarity")


def _blocks(conn: sa.Connection, since: int, until: int) -> list[Records]:
    inside = (packed.c.last_day >= since, packed.c.first_day < until)
    wanted = conn.execute(sa.select(packed.c.block, packed.c.stamp).where(*inside)).all()
    found = _CACHE.get(stamp for _, stamp in wanted)
    unknown = [block for block, stamp in wanted if stamp not in found]
    # one that was packed anew since is as good: what was marked is read from facts in any case
    query = sa.select(packed.c.stamp, packed.c.comments, packed.c.mentions)
    new = {
        stamp: Records(np.frombuffer(comments, COMMENT), np.frombuffer(mentions, MENTION))
        for stamp, comments, mentions in conn.execute(query.where(one_of(conn, packed.c.block, unknown)))
    }
    _CACHE.put(new)
    return sorted([*found.values(), *new.values()], key=lambda block: int(block.comments["seq"][0]))


def _without(block: Records, seqs: Ints) -> Records:
    own = block.comments["seq"]
    if not ((seqs >= own[0]) & (seqs <= own[-1])).any():
        return block
    return block.only(~np.isin(own, seqs))


def _rows(conn: sa.Connection, query: sa.Select[Any]) -> list[sa.Row[Any]]:
    return list(conn.execute(query.order_by(facts.c.seq, facts.c.topic)).all())  # the whole before its topics


def _texts(rows: Sequence[sa.Row[Any]]) -> set[str]:
    whole = {row[place] for row in rows for place in _TEXT_PLACES}
    return (whole | {row[-1] for row in rows}) - {None, WHOLE}


def _records(rows: Sequence[sa.Row[Any]], numbers: Mapping[str, int]) -> Records:
    comments: list[tuple[int, ...]] = []
    mentions: list[tuple[int, int, int]] = []
    fields: list[Any]
    for *fields, topic in rows:
        if topic != WHOLE:
            mentions.append((len(comments) - 1, numbers[topic], fields[_POLARITY]))
            continue
        for place in _TEXT_PLACES:
            fields[place] = numbers.get(fields[place], NONE)
        for place in _SCORE_PLACES:
            fields[place] = NO_SCORE if fields[place] is None else fields[place]
        comments.append(tuple(fields))
    return Records(np.array(comments, COMMENT), np.array(mentions, MENTION))


def _numbered(conn: sa.Connection, values: Iterable[str], *, is_kept: bool) -> dict[str, int]:
    """Return a number for every value; new ones are stored only if they are to be `is_kept`."""
    found = _known(conn, values)
    new = sorted(set(values) - found.keys())
    if not new:
        return found
    last = conn.scalar(sa.select(sa.func.max(fact_names.c.number))) or NONE
    own = {value: number for number, value in enumerate(new, last + 1)}
    if is_kept:
        rows = [{"number": number, "value": value} for value, number in own.items()]
        conn.execute(sa.insert(fact_names), rows)
    return found | own


def _known(conn: sa.Connection, values: Iterable[str]) -> dict[str, int]:
    query = sa.select(fact_names.c.value, fact_names.c.number)
    query = query.where(one_of(conn, fact_names.c.value, sorted(values)))
    return dict(map(tuple, conn.execute(query)))
