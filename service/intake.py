"""From a request to stored comments and an answer: all or nothing, and once however often it is sent.

The model runs before the transaction begins: a prediction inside would make every other writer wait for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from service.comments.drafting import Draft, drafted, paired
from service.comments.landing import Landed, land
from service.comments.sparing import read_each
from service.comments.understanding import Line
from service.errors import ServiceError
from service.feedback import Incoming
from service.group_commit import GroupCommit
from service.idempotency import Once
from service.storage import Connection, begin, read


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
    together: GroupCommit | None = None,
) -> Answer:
    """Store one comment and answer with its receipt (201), or with the stored one when it was sent before (200).

    With `together` it may share its transaction with others; a request that is sent `once` has one of its own.
    """
    replay = _replay(line, once, now)
    if replay is not None:
        return replay
    (draft,) = drafted(line, [incoming], now)
    arrived = _Arrived(line=line, incoming=incoming, draft=draft, sender=sender, now=now)
    if once is None and together is not None:
        return together.write_with(_receive_all, arrived)
    return _write_once(line, once, now, partial(_receive_alone, arrived))


def _receive_alone(arrived: "_Arrived", conn: Connection) -> Answer:
    (answer,) = _receive_all(conn, [arrived])
    if isinstance(answer, ServiceError):
        raise answer
    return answer


class _Arrived(NamedTuple):
    """A comment that the model has read, waiting to be stored with others."""

    line: Line
    incoming: Incoming
    draft: Draft
    sender: str
    now: datetime


def _receive_all(conn: Connection, arrived: Sequence[_Arrived]) -> list[Answer | ServiceError]:
    """Store comments of many requests; those of one sender in a few statements."""
    answers: dict[int, Answer | ServiceError] = {}
    for sender in dict.fromkeys(one.sender for one in arrived):
        places = [place for place, one in enumerate(arrived) if one.sender == sender]
        *_, last = theirs = [arrived[place] for place in places]
        comments = [(one.incoming, one.draft) for one in theirs]
        # the rules in force are those of the last who came
        landed = land(conn, last.line, comments, sender, last.now, in_full=True)
        told = [one if isinstance(one, ServiceError) else _as_json(one) for one in landed]
        answers |= zip(places, told, strict=True)
    return [answers[place] for place in range(len(arrived))]


def _as_json(one: Landed) -> Answer:
    status = HTTPStatus.CREATED if one.outcome == "created" else HTTPStatus.OK
    return Answer(status=status, body=one.receipt)


def receive_many(
    line: Line,
    items: Sequence[Incoming | ServiceError],
    *,
    sender: str,
    now: datetime,
    once: Once | None = None,
) -> Answer:
    """Store a batch in one transaction; an item that cannot be stored gets its own error and stops nobody."""
    replay = _replay(line, once, now)
    if replay is not None:
        return replay
    sound = [item for item in items if isinstance(item, Incoming)]
    drafts = paired(items, read_each(lambda some: drafted(line, some, now), sound))

    def write(conn: Connection) -> Answer:
        landed = land(conn, line, drafts, sender, now, in_full=True)
        results = [_result(number, one) for number, one in enumerate(landed)]
        return Answer(status=HTTPStatus.OK, body=summary(results))

    return _write_once(line, once, now, write)


def summary(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the answer to a batch: how it went, then each item in the order it was sent."""
    failed = sum("error" in result for result in results)
    return {
        "count": len(results),
        "succeeded": len(results) - failed,
        "failed": failed,
        "results": list(results),
    }


def _result(number: int, one: Landed | ServiceError) -> dict[str, Any]:
    if isinstance(one, ServiceError):
        return failed(number, one)
    answer = _as_json(one)
    return {"index": number, "status": int(answer.status), "feedback": answer.body}


def failed(number: int, error: ServiceError) -> dict[str, Any]:
    """Return what a batch says of an item that was refused."""
    return {"index": number, "status": int(error.status), "error": error.to_json()}


def _replay(line: Line, once: Once | None, now: datetime) -> Answer | None:
    """Look before the model runs: a repeated request costs one read."""
    if once is None:
        return None
    with read(line.engine) as conn:
        return _again(once.earlier(conn, now))


def _write_once(
    line: Line, once: Once | None, now: datetime, write: Callable[[Connection], Answer]
) -> Answer:
    """Return what `write` answers in a transaction of its own, or what its twin was answered that came before it."""
    with begin(line.engine) as conn:
        earlier = None if once is None else _again(once.claim(conn, now))
        if earlier is not None:
            return earlier
        answer = write(conn)
        if once is not None:
            once.answer(conn, answer.status, answer.body)
        return answer


def _again(found: Mapping[str, Any] | None) -> Answer | None:
    return None if found is None else Answer(status=found["status"], body=found["response"], replayed=True)
