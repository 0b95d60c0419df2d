"""The company's own topics are made, changed and put away here, by every door; what they were before is in the trail."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nlp.spelling.folding import spelling
from service.errors import Conflict, FieldError, NotFound, wrong_field, wrong_fields
from service.ids import new_id
from service.insight.journey import TOUCHPOINT_FA
from service.jalali import day_of, persian
from service.rules import topics
from service.rules.textquery import QueryError
from service.rules.topics import Own
from service.storage import Connection, Engine, audit, begin
from service.storage import topics as stored
from service.storage.dialect import advisory_lock

#: What a person says of a topic.
FIELDS = ("name_fa", "query", "queue", "touchpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curator:
    """Who changes topics, when, and the queues that may own one."""

    engine: Engine
    actor: str
    now: datetime
    queues: Collection[str]


def taken(conn: Connection) -> tuple[Own, ...]:
    """Let this process know the own topics that are stored, and return those that tag comments."""
    own = [_own(row) for row in stored.listing(conn)]
    topics.take(own)
    return tuple(one for one in own if one.end is None)


def create(curator: Curator, wanted: Mapping[str, Any]) -> str:
    """Make a topic and return its id; it tags every comment that comes in from now on."""
    with _in_turn(curator.engine) as conn:
        return _create(conn, curator, wanted)


def change(curator: Curator, id_: str, changes: Mapping[str, Any], version: int | None = None) -> None:
    """Make another version of a topic; other words count from now on. `version` is the one that was seen."""
    with _in_turn(curator.engine) as conn:
        row = _alive(conn, id_, version)
        _change(conn, curator, row, {name: value for name, value in changes.items() if row[name] != value})


def archive(curator: Curator, id_: str) -> None:
    """Let a topic tag no more comments; those of the past still speak of it."""
    with _in_turn(curator.engine) as conn:
        _archive(conn, curator, _alive(conn, id_))


def merge(curator: Curator, id_: str, into: str) -> None:
    """Let a topic find from now on what another one found besides, and archive that one."""
    with _in_turn(curator.engine) as conn:
        row, other = _alive(conn, id_), _alive(conn, into)
        if id_ == into:
            raise wrong_field("into", "same_topic", "موضوع در خودش ادغام نمی‌شود؛ موضوع دیگری را برگزینید.")
        _change(conn, curator, other, {"query": f"({other['query']}) | ({row['query']})"})
        _archive(conn, curator, row, merged_into=into)


def split(curator: Curator, id_: str, parts: Sequence[Mapping[str, Any]]) -> None:
    """Make topics out of one that meant several things, and archive it."""
    with _in_turn(curator.engine) as conn:
        row = _alive(conn, id_)
        _archive(conn, curator, row)
        for part in parts:
            _create(conn, curator, {**row, **part}, split_from=id_)


@contextmanager
def _in_turn(engine: Engine) -> Iterator[Connection]:
    """Change topics alone: of two at a time neither would see the name that the other one takes."""
    with begin(engine) as conn:
        advisory_lock(conn, "topics")
        yield conn


def known(conn: Connection, id_: str) -> dict[str, Any]:
    """Return a topic, also an archived one; `NotFound` when there is none."""
    row = stored.get(conn, id_)
    if row is None:
        raise NotFound("topic_not_found", "موضوعی از خودتان با این شناسه نیست.")
    return row


def living(conn: Connection, besides: str | None = None) -> list[dict[str, Any]]:
    """Return the topics that are not archived, without the one `besides` which others are looked for."""
    return [row for row in stored.listing(conn) if row["archived_at"] is None and row["id"] != besides]


def _own(row: Mapping[str, Any]) -> Own:
    return Own(
        id=row["id"],
        fa=row["name_fa"],
        en=row["name_fa"],  # nobody is asked for another one
        query=row["query"],
        queue=row["queue"],
        touchpoint=row["touchpoint"],
        factor=None,
        first=day_of(row["since"]) + timedelta(days=1),
        end=None if row["archived_at"] is None else day_of(row["archived_at"]),
        merged_into=row["merged_into"],
    )


def _alive(conn: Connection, id_: str, version: int | None = None) -> dict[str, Any]:
    row = known(conn, id_)
    if row["archived_at"] is not None:
        raise Conflict("topic_archived", "این موضوع بایگانی شده است و دیگر عوض نمی‌شود.")
    if version not in {None, row["version"]}:
        raise _changed()
    return row


def _create(conn: Connection, curator: Curator, wanted: Mapping[str, Any], **told: str) -> str:
    others = living(conn)
    if len(others) >= topics.MOST:
        detail = (
            f"بیش از {persian(topics.MOST)} موضوع از خودتان هم‌زمان شدنی نیست؛ یکی را بایگانی یا ادغام کنید."
        )
        raise Conflict("too_many_topics", detail)
    _check(curator, wanted, others)
    id_ = new_id(topics.PREFIX, curator.now)
    row = {name: wanted.get(name) for name in FIELDS}
    made = {"id": id_, "created_at": curator.now, "created_by": curator.actor, "since": curator.now}
    stored.insert(conn, row | made)
    audit.record(conn, curator.now, curator.actor, "topic.created", id_, after=row | told)
    return id_


def _change(conn: Connection, curator: Curator, row: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    if not changes:
        return
    _check(curator, changes, living(conn, besides=row["id"]))
    began = {"since": curator.now} if "query" in changes else {}
    _write(conn, curator, row, "topic.changed", changes, began)


def _archive(conn: Connection, curator: Curator, row: Mapping[str, Any], **told: str) -> None:
    _write(
        conn, curator, row, "topic.merged" if told else "topic.archived", told, {"archived_at": curator.now}
    )


def _write(
    conn: Connection,
    curator: Curator,
    row: Mapping[str, Any],
    action: str,
    changes: Mapping[str, Any],
    besides: Mapping[str, Any],
) -> None:
    """Write a topic's next version, and in the trail what changed; `besides` needs no telling."""
    if not stored.update(conn, row["id"], row["version"], {**changes, **besides}):
        raise _changed()
    before: dict[str, Any] = {"version": row["version"]} | {name: row[name] for name in changes}
    after = {"version": row["version"] + 1, **changes}
    audit.record(conn, curator.now, curator.actor, action, row["id"], before=before, after=after)


def _changed() -> Conflict:
    return Conflict("topic_changed", "این موضوع در این میان عوض شده است؛ تازه‌اش را ببینید و دوباره بفرستید.")


def _check(curator: Curator, wanted: Mapping[str, Any], others: Collection[Mapping[str, Any]]) -> None:
    """Refuse what no topic can be; `errors` names each field."""
    found = []
    if "name_fa" in wanted:
        names = [label.fa for label in topics.offered().topics.values() if not topics.is_own(label.id)]
        taken_names = {spelling(name).strip() for name in (*names, *(row["name_fa"] for row in others))}
        if spelling(wanted["name_fa"]).strip() in taken_names:
            found.append(("name_fa", "name_taken", "موضوع دیگری همین نام را دارد."))
    if "query" in wanted:
        try:
            topics.read(wanted["query"])
        except QueryError as error:
            found.append(("query", "query_invalid", str(error)))
    if wanted.get("queue") not in {None, *curator.queues}:
        found.append(("queue", "queue_not_found", f"چنین صفی نیست؛ صف‌ها: {'، '.join(curator.queues)}."))
    if wanted.get("touchpoint") not in {None, *TOUCHPOINT_FA}:
        detail = f"چنین نقطهٔ تماسی نیست؛ نقطه‌ها: {'، '.join(TOUCHPOINT_FA)}."
        found.append(("touchpoint", "unknown_touchpoint", detail))
    if found:
        raise wrong_fields([FieldError(path=path, code=code, detail=detail) for path, code, detail in found])
