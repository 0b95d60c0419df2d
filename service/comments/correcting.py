"""Corrections in practice: valid at once for the comment and for every text that says the same, and undone as well."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from service import tickets as life
from service import views
from service.casework import joining, keeping
from service.casework.opening import opened_by
from service.comments.understanding import Line
from service.corrections import FIELDS, Correction, corrected, followed, mistakes, taken_over, value_of
from service.errors import Conflict, FieldError, Invalid, NotFound
from service.ids import new_id
from service.masking import mask
from service.routing import RoutingDecision, decide
from service.rules.conditions import facts_of_row
from service.storage import Connection, audit, begin, corrections, outbox, promises, review, tickets
from service.storage import feedback as stored
from service.tickets import Change

Row = Mapping[str, Any]
#: So many comments are changed in one transaction, and in so many transactions while somebody waits.
_TOGETHER, _ROUNDS = 100, 2
#: Comments of so long ago that say the same are corrected as well; what was reported before stays.
_LATELY = timedelta(days=30)
#: Levels of urgency with which a comment that had no ticket gets one when a person sees them in it.
_PRESSING = frozenset({"high", "critical"})
#: What the trail of a ticket calls a change that follows from a correction of its comment.
_BY_CORRECTION = "correction"


def judge(line: Line, feedback_id: str, wanted: Sequence[Correction], actor: str, now: datetime) -> list[str]:
    """Correct a comment and return the fields that really changed; all its other tags are right, it has been reviewed.

    What it says now is true from this moment on. `Invalid` names labels that do not exist, `NotFound` a comment that
    is missing or erased.
    """
    with begin(line.engine) as conn:
        row, changed = _corrected(conn, line, feedback_id, wanted, actor, now)
        review.reviewed(conn, feedback_id, actor, now)
    if wanted:  # also what stands already: those that say the same may lack it, where the database was away in between
        _spread(line, row["text_hash"], actor, now)
    return changed


def correct(line: Line, feedback_id: str, wanted: Correction, actor: str, now: datetime) -> bool:
    """Correct one tag of a comment and tell whether that changed anything; of its other tags nothing is said yet."""
    with begin(line.engine) as conn:
        row, changed = _corrected(conn, line, feedback_id, [wanted], actor, now)
        if row["reviewed_at"] is not None:
            review.reviewed(conn, feedback_id, actor, now)
    _spread(line, row["text_hash"], actor, now)
    return bool(changed)


def look_again(line: Line, feedback_id: str) -> None:
    """Take back that a comment has been reviewed; its corrections stand."""
    with begin(line.engine) as conn:
        row = stored.held(conn, feedback_id)
        tickets.lock(conn, [row["ticket_id"]])
        review.unseen(conn, row)


def undo(line: Line, correction_id: str, actor: str, now: datetime) -> list[str]:
    """Take a correction back wherever it was applied and return the comments that changed: they wait for review again.

    Of a text that came a thousand times some are changed at a time, so that nobody waits long to write; it itself stands
    until the last of them.
    """
    changed: list[str] = []
    while True:
        with begin(line.engine) as conn:
            stored.take_turn(conn)  # or what just comes in would follow it for ever
            _check_standing(corrections.get(conn, correction_id))
            said = corrections.undo(conn, correction_id, now, _TOGETHER)
            changed += _untagged(conn, line, correction_id, [one["feedback_id"] for one in said], actor, now)
        if correction_id in {one["id"] for one in said}:
            return changed


def _check_standing(first: Row | None) -> None:
    if first is None:
        raise NotFound("correction_not_found", "اصلاحی با این شناسه نیست.")
    if first["undone_at"] is not None or first["source"] is not None:
        detail = "این اصلاح پیش‌تر پس گرفته شده یا تکرار اصلاح دیگری است."
        raise Conflict("correction_not_standing", detail)


def _untagged(
    conn: Connection, line: Line, undone: str, ids: Sequence[str], actor: str, now: datetime
) -> list[str]:
    """Tag comments that followed a correction as if nobody had made it, and return those that are left.

    What was said of a like text before it stands again.
    """
    alive = _held(conn, ids)
    said = corrections.for_texts(conn, [row["text_hash"] for row in alive], besides=undone)
    for row in alive:
        if left := said.get(row["text_hash"]):
            was = {**row, "tags": row["model_tags"] or row["tags"]}
            fields = left.keys() - corrections.standing(conn, row["id"]).keys()
            repeat(conn, was, {field: left[field] for field in fields}, now)
        _retag(conn, line, row, actor, now)
        review.unseen(conn, row)
    return [row["id"] for row in alive]


def _held(conn: Connection, ids: Sequence[str]) -> list[Row]:
    """Return those of these comments that are left, with their tickets locked; all who hold several take one order."""
    rows = [stored.locked(conn, id_) for id_ in sorted(ids)]
    alive: list[Row] = [row for row in rows if row is not None and row["erased_at"] is None]
    tickets.lock(conn, [row["ticket_id"] for row in alive])
    return alive


def repeat(conn: Connection, row: Row, said: Mapping[str, Row], now: datetime) -> bool:
    """Note on a comment that its tags follow corrections of a like text, and tell whether they change any of its tags."""
    wanted = [one for one in taken_over(said) if value_of(row["tags"], one.field) != one.value]
    for one in wanted:
        line = said[one.field]
        _keep(conn, row, one, line["actor"], now, source=line["id"])
    return bool(wanted)


def _spread(line: Line, text_hash: str, actor: str, now: datetime) -> None:
    """Let the comments that came lately and say the same say so as well, the newest first.

    What a person looked at themselves, or corrected otherwise, stays as they left it.
    """
    before = None
    for _ in range(_ROUNDS):
        with begin(line.engine) as conn:
            stored.take_turn(conn)  # or what just comes in would stay as the model read it
            alike = stored.unseen_alike(conn, text_hash, now - _LATELY, before, _TOGETHER)
            said = corrections.for_texts(conn, [text_hash]).get(text_hash, {})
            rows = _held(conn, [one["id"] for one in alike])
            own = corrections.fields_by_person(conn, [row["id"] for row in rows])
            for row in rows:
                left = said.keys() - own.get(row["id"], set())
                if repeat(conn, row, {field: said[field] for field in left}, now):
                    _retag(conn, line, row, actor, now)
        if len(alike) < _TOGETHER:
            return
        before = alike[-1]["seq"]


def _check(wanted: Sequence[Correction]) -> None:
    found = [
        FieldError(path=path[:100], code="unknown_label", detail="این برچسب در طبقه‌بندی نیست.")
        for one in wanted
        for path in mistakes(one)
    ]
    if found:
        raise Invalid("invalid_fields", "برخی از برچسب‌ها شناخته‌شده نیستند.", errors=found)


def _corrected(
    conn: Connection, line: Line, feedback_id: str, wanted: Sequence[Correction], actor: str, now: datetime
) -> tuple[Row, list[str]]:
    """Correct a comment and return it as it was before, with the fields that really changed."""
    _check(wanted)
    row = stored.held(conn, feedback_id)
    tickets.lock(conn, [row["ticket_id"]])
    changed = [one for one in wanted if value_of(row["tags"], one.field) != one.value]
    for one in changed:
        _keep(conn, row, one, actor, now)
    if changed:
        _retag(conn, line, row, actor, now)
    return row, [one.field for one in changed]


def _keep(
    conn: Connection, row: Row, one: Correction, actor: str, now: datetime, source: str | None = None
) -> None:
    values = {
        "feedback_id": row["id"],
        "text_hash": row["text_hash"],
        "field": one.field,
        "before": value_of(row["tags"], one.field),
        "after": one.value,
        "actor": actor,
        "model_version": row["tags"]["model"]["version"],
        "source": source,
    }
    corrections.insert(conn, now, values)


def _retag(conn: Connection, line: Line, row: Row, actor: str, now: datetime) -> None:
    """Let the comment say what the model had said, with every standing correction on top.

    While a person corrects a comment it keeps its place in the review, which follows the model's own doubts.
    """
    model_tags = row["model_tags"] or row["tags"]
    standing = corrections.standing(conn, row["id"])
    said = followed(standing)
    tags = corrected(model_tags, said)
    is_by_hand = any(one["source"] is None for one in standing.values())
    stored.retag(
        conn, row["id"], tags, model_tags if said else None, doubted=model_tags if is_by_hand else tags
    )
    changed = [field for field in FIELDS if value_of(tags, field) != value_of(row["tags"], field)]
    if {"signals", "urgency"} & set(changed):
        _rejudge(conn, line, row["id"], actor, now)
    before: dict[str, Any] = {field: value_of(row["tags"], field) for field in changed}
    after: dict[str, Any] = {field: value_of(tags, field) for field in changed}
    audit.record(conn, now, actor, "feedback.corrected", row["id"], before=before, after=after)
    outbox.emit(
        conn, now, "feedback.corrected", row["id"], {"id": row["id"], "before": before, "after": after}
    )


def _rejudge(conn: Connection, line: Line, feedback_id: str, actor: str, now: datetime) -> None:
    """Let the ticket of a comment be as pressing as a person hears it; a comment that is pressing gets one."""
    row = stored.get(conn, feedback_id)
    assert row is not None  # it has just been tagged anew
    decision = decide(line.rules, facts_of_row(row))
    is_pressing = row["tags"]["urgency"]["level"] in _PRESSING
    if row["ticket_id"] is None:
        if decision.ticket and is_pressing:
            _open(conn, line, row, decision, actor, now)
        return
    ticket = tickets.locked(conn, row["ticket_id"])
    if ticket is None:
        return
    told: dict[str, Any] = {_BY_CORRECTION: feedback_id}
    is_settled = ticket["status"] == "resolved"
    if is_settled == is_pressing and _is_untouched(conn, ticket["id"]):
        change, deed = _turned(conn, line, ticket, now)
        keeping.keep(conn, ticket, change, actor, deed, now, told=told)
    elif is_settled and is_pressing and decision.ticket and row["received_at"] > ticket["resolved_at"]:
        # taken for thanks when it came, it was left with what was settled, and nobody has dealt with it
        message = joining.heard(decision, row["tags"], ticket["contacts"])
        change = joining.joined(ticket, message, line.calendars, line.rules.guards, now)
        keeping.owed_again(conn, ticket, now)
        keeping.keep(conn, ticket, change, actor, "ticket.reopen", now, told=told)
    else:
        told["urgency_score"] = _score(conn, ticket, row)
        change = joining.judged(ticket, decision, told["urgency_score"], line.calendars, now)
        keeping.keep(conn, ticket, change, actor, "ticket.rescore", now, told=told)


def _score(conn: Connection, ticket: Row, row: Row) -> int:
    """Return how pressing a ticket is with a corrected comment: only the one that stands for it lets it fall, to the next."""
    if ticket["feedback_id"] != row["id"]:
        return int(max(row["urgency_score"], ticket["urgency_score"]))
    return int(max(one["urgency_score"] for one in stored.of_ticket(conn, ticket["id"])))


def _turned(conn: Connection, line: Line, ticket: Row, now: datetime) -> tuple[Change, str]:
    """Settle a ticket that only a slip opened, or take it up again with what was promised; say which."""
    if ticket["status"] != "resolved":
        return keeping.settled(conn, ticket, line.calendars, now), "ticket.resolve"
    settled = audit.latest(conn, "ticket.resolve", ticket["id"])
    promises.reopen(conn, settled["after"].get("settled", ()) if settled else ())
    return life.reopen(ticket, line.calendars, now), "ticket.reopen"


def _open(
    conn: Connection, line: Line, row: Row, decision: RoutingDecision, actor: str, now: datetime
) -> None:
    """Open a ticket for a stored comment; its clocks start now, when somebody saw what it says."""
    opening = opened_by(decision, line.calendars, row["tags"], row["customer_lifetime_value"], now)
    made = keeping.drafted(opening, row["tags"], now)
    opened = keeping.Opened(new_id("tk", now), row["id"], row["customer_id"], made)
    keeping.store(conn, [opened], actor, now)
    stored.give(conn, row["id"], opened.ticket_id)
    ticket = views.ticket_receipt({**opening.row(now), "id": opened.ticket_id}, joined=False)
    tags = row["tags"] if row["original"] is None else mask(row["original"], row["tags"]).tags
    told = {"ticket": ticket, "feedback": views.comment_event(views.receipt(row, "created", None), tags)}
    notify = {"notify": list(decision.notify)}
    outbox.emit(conn, now, "ticket.opened", opened.ticket_id, told | notify)


def _is_untouched(conn: Connection, ticket_id: str) -> bool:
    """Say whether a ticket was opened by a correction alone, and no person has done anything on it since."""
    trail = audit.trail(conn, ticket_id)
    is_corrected = (
        bool(trail) and trail[0]["action"] == "ticket.opened" and trail[0]["actor"] != keeping.ROUTING
    )
    return is_corrected and all(
        one["actor"] == keeping.WORKER or _BY_CORRECTION in (one["after"] or {}) for one in trail[1:]
    )
