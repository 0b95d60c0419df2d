"""From a request to stored comments and an answer: all or nothing, and once however often it is sent.

The model runs before the transaction begins: a prediction inside would make every other writer wait for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple

from service import bulk, views
from service.drafting import Draft, draft
from service.errors import Conflict, ServiceError
from service.feedback import Incoming, Receipt
from service.landing import land
from service.storage import Connection, begin, idempotency, read
from service.together import Together
from service.understanding import Line, Understood, read_alone, understand, understand_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """A request that must have one effect however often it is sent."""

    key: str
    request_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request is answered: a status, a JSON body, and whether it is a repetition."""

    status: int
    body: Any
    replayed: bool = False


def receive(
    line: Line,
    incoming: Incoming,
    *,
    sender: str,
    now: datetime,
    once: Once | None = None,
    together: Together | None = None,
) -> Answer:
    """Store one comment and answer with its receipt (201), or with the stored one when it was sent before (200).

    With `together` it may share its transaction with others; a request that is sent `once` has one of its own.
    """
    replay = _replay(line, sender, once, now)
    if replay is not None:
        return replay
    if once is None and together is not None:
        return together.write_with(_receive_all, _arrived(line, incoming, sender, now))
    ready = understand(line, [incoming], now)[0]
    with begin(line.engine) as conn:
        replay = _claim(conn, line, sender, once, now)
        if replay is not None:
            return replay
        return _answer(conn, sender, once, _told(land(conn, line, ready, sender, now)))


def _told(given: Receipt) -> Answer:
    status = HTTPStatus.CREATED if given.outcome == "created" else HTTPStatus.OK
    return Answer(status=status, body=views.receipt(given))


class _Arrived(NamedTuple):
    """A comment that the model has read, waiting to be stored with others."""

    line: Line
    incoming: Incoming
    draft: Draft
    sender: str
    now: datetime


def _arrived(line: Line, incoming: Incoming, sender: str, now: datetime) -> _Arrived:
    (read,) = read_alone(line, [incoming], now)
    made = draft(line, read, now)._replace(understood=read)
    return _Arrived(line=line, incoming=incoming, draft=made, sender=sender, now=now)


def _receive_all(conn: Connection, arrived: Sequence[_Arrived]) -> list[Answer | ServiceError]:
    """Store comments of many requests; those of one sender in a few statements."""
    answers: dict[int, Answer | ServiceError] = {}
    for sender in dict.fromkeys(one.sender for one in arrived):
        places = [place for place, one in enumerate(arrived) if one.sender == sender]
        told = _receive_from(conn, sender, [arrived[place] for place in places])
        answers |= dict(zip(places, told, strict=True))
    return [answers[place] for place in range(len(arrived))]


def _receive_from(conn: Connection, sender: str, arrived: Sequence[_Arrived]) -> list[Answer | ServiceError]:
    line, now = arrived[-1].line, arrived[-1].now  # the rules in force are those of the last who came
    comments = [(one.incoming, one.draft) for one in arrived]
    landed = bulk.land_many(conn, line, comments, sender, now, in_full=True)
    return [_answered(one) for one in landed]


def _answered(one: bulk.Landed) -> Answer | ServiceError:
    if isinstance(one, ServiceError):
        return one
    given = one.receipt if isinstance(one, bulk.Placed) else one
    assert isinstance(given, Receipt)  # landed in full, everybody gets one
    return _told(given)


def receive_many(
    line: Line,
    items: Sequence[Incoming | ServiceError],
    *,
    sender: str,
    now: datetime,
    once: Once | None = None,
) -> Answer:
    """Store a batch in one transaction; an item that cannot be stored gets its own error and stops nobody."""
    replay = _replay(line, sender, once, now)
    if replay is not None:
        return replay
    good = [item for item in items if not isinstance(item, ServiceError)]
    ready = iter(understand_each(line, good, now))
    with begin(line.engine) as conn:
        replay = _claim(conn, line, sender, once, now)
        if replay is not None:
            return replay
        results = [
            failed(number, item)
            if isinstance(item, ServiceError)
            else _stored(conn, line, number, next(ready), sender, now)
            for number, item in enumerate(items)
        ]
        return _answer(conn, sender, once, Answer(status=HTTPStatus.OK, body=summary(results)))


def summary(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the answer to a batch: how it went, then each item in the order it was sent."""
    failed = sum("error" in result for result in results)
    return {
        "count": len(results),
        "succeeded": len(results) - failed,
        "failed": failed,
        "results": list(results),
    }


def _stored(
    conn: Connection, line: Line, number: int, ready: Understood | ServiceError, sender: str, now: datetime
) -> dict[str, Any]:
    if isinstance(ready, ServiceError):
        return failed(number, ready)
    try:
        told = _told(land(conn, line, ready, sender, now))
    except ServiceError as error:
        return failed(number, error)
    return {"index": number, "status": int(told.status), "feedback": told.body}


def failed(number: int, error: ServiceError) -> dict[str, Any]:
    """Return what a batch says of an item that was refused."""
    return {"index": number, "status": int(error.status), "error": error.to_json()}


def _replay(line: Line, sender: str, once: Once | None, now: datetime) -> Answer | None:
    """Look before the model runs: a repeated request costs one read."""
    if once is None:
        return None
    with read(line.engine) as conn:
        return _earlier(conn, line, sender, once, now)


def _claim(conn: Connection, line: Line, sender: str, once: Once | None, now: datetime) -> Answer | None:
    if once is None:
        return None
    if idempotency.claim(conn, sender, once.key, once.request_hash, now, line.settings.idempotency_hours):
        return None
    return _earlier(conn, line, sender, once, now)


def _earlier(conn: Connection, line: Line, sender: str, once: Once, now: datetime) -> Answer | None:
    found = idempotency.find(conn, sender, once.key, now, line.settings.idempotency_hours)
    if found is None:
        return None
    if found.request_hash != once.request_hash:
        detail = "این Idempotency-Key پیش‌تر با درخواست دیگری به کار رفته است."
        raise Conflict("idempotency_key_reused", detail)
    return Answer(status=found.status, body=found.response, replayed=True)


def _answer(conn: Connection, sender: str, once: Once | None, answer: Answer) -> Answer:
    if once is not None:
        idempotency.answer(conn, sender, once.key, answer.status, answer.body)
    return answer
