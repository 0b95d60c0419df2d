"""From checked JSON to the desk's own values, with the limits that settings may change."""

import base64
import binascii
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Path, Request
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from nlp.normalize import TextError
from service import limits
from service.api import problems
from service.api.bodies import AnalyzeIn, Body, FeedbackIn, KeyIn, storable
from service.batching import Batcher
from service.deps import CallerDep, DeskDep
from service.errors import BadRequest, FieldError, Invalid, wrong_field, wrong_fields
from service.feedback import Incoming, fingerprint
from service.idempotency import Once
from service.jalali import day_of, persian
from service.limits import Refusal
from service.settings import Settings

_BodyT = TypeVar("_BodyT", bound=Body)
_Read = TypeVar("_Read")
Id = Annotated[str, Path(max_length=64, pattern=r"^[0-9a-z_]+$")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="تکرار همین درخواست اثر دوباره ندارد، تا زمانی که BAZKHORD_IDEMPOTENCY_HOURS می‌گوید (بی آن ۲۴ ساعت).",
    ),
]


def incoming(body: FeedbackIn, settings: Settings, now: datetime) -> Incoming:
    """Return the comment of a checked body; `Invalid` when it is too long or from the future."""
    written = None if body.created_at is None else limits.misdated(body.created_at, now)
    _refuse({"text": limits.too_long(body.text, settings.max_text_chars), "created_at": written})
    return body.incoming()


def text(body: AnalyzeIn, settings: Settings) -> str:
    """Return the text of a checked body; `Invalid` when it is too long."""
    _refuse({"text": limits.too_long(body.text, settings.max_text_chars)})
    return body.text


def key(body: KeyIn, queues: Collection[str], now: datetime) -> KeyIn:
    """Return the key that is asked for; `Invalid` when its queue does not exist or its end has passed."""
    found = []
    unknown = [name for name in body.queues or () if name not in queues]
    if unknown:
        detail = f"صفی به نام «{unknown[0]}» نیست؛ صف‌ها: {'، '.join(queues)}."
        found.append(FieldError(path="queues", code="queue_not_found", detail=detail))
    if body.expires_at is not None and body.expires_at <= now:
        found.append(FieldError(path="expires_at", code="in_the_past", detail="این زمان گذشته است."))
    if found:
        raise wrong_fields(found)
    return body


async def tags_of(tagger: Batcher, text: str, now: datetime) -> bytes:
    """Return the JSON of the tags of one text when its turn at the model has come; `Invalid` when it is no text at all."""
    try:
        return await tagger.tag(text, now=day_of(now))
    except TextError as error:
        raise Invalid("text_unreadable", "این متن یونیکد درستی نیست.") from error


def each(items: Sequence[Any], settings: Settings, read: Callable[[Any], _Read]) -> list[_Read | Invalid]:
    """Read every item of a batch by itself; `Invalid` when there are more than the settings allow."""
    if len(items) > settings.max_batch:
        detail = f"حداکثر {persian(settings.max_batch)} مورد در هر درخواست پذیرفته می‌شود."
        raise wrong_field("items", "too_many", detail)
    return [_or_error(read, item) for item in items]


async def get_once(
    request: Request, desk: DeskDep, caller: CallerDep, key: IdempotencyKey = None
) -> Once | None:
    """Return what makes two requests the same one: who sends it, the key, the address and the body."""
    if key is None:
        return None
    return Once(
        sender=caller.id,
        key=key,
        request_hash=fingerprint([request.method, request.url.path, _plain(await request.body())]),
        hours=desk.settings.idempotency_hours,
    )


def _plain(body: bytes) -> str:
    """Return a body in one spelling of its JSON."""
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


OnceDep = Annotated[Once | None, Depends(get_once)]


def to_cursor(values: Sequence[object]) -> str:
    """Return an opaque mark of where a page ended."""
    return (
        base64.urlsafe_b64encode(json.dumps(values, default=datetime.isoformat).encode()).decode().rstrip("=")
    )


def from_cursor(cursor: str, size: int) -> list[Any]:
    """Return what a mark stands for; `BadRequest` when it is none of ours."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError, binascii.Error) as error:
        raise bad_cursor() from error
    if not isinstance(values, list) or len(values) != size:
        raise bad_cursor()
    try:
        storable("".join(map(str, values)))
    except PydanticCustomError as error:
        raise bad_cursor() from error
    return values


def seq_of(cursor: str | None) -> int | None:
    """Return the number of the row where a page ended, if one did; `BadRequest` when the cursor is none of ours."""
    if cursor is None:
        return None
    (seq,) = from_cursor(cursor, 1)
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 < seq < 2**62:
        raise bad_cursor()
    return seq


def id_of(cursor: str | None) -> str | None:
    """Return the id where a page ended, if one did; `BadRequest` when the cursor is none of ours."""
    if cursor is None:
        return None
    (id_,) = from_cursor(cursor, 1)
    if not isinstance(id_, str) or not id_.isascii():
        raise bad_cursor()
    return id_


def bad_cursor() -> BadRequest:
    """Return the error for a cursor that is none of ours."""
    return BadRequest("bad_cursor", "این نشانگر صفحه (cursor) درست نیست؛ از صفحهٔ نخست آغاز کنید.")


def checked(model: type[_BodyT], values: Any) -> _BodyT:
    """Return the body that these values make, for doors that read no JSON; `Invalid` names each wrong field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = problems.field_errors(error.errors(include_url=False, include_input=False))
        raise wrong_fields(found) from error


def _or_error(read: Callable[[Any], _Read], item: Any) -> _Read | Invalid:
    try:
        return read(item)
    except Invalid as error:
        return error


def _refuse(fields: Mapping[str, Refusal | None]) -> None:
    found = [
        FieldError(path=path, code=wrong.code, detail=wrong.detail)
        for path, wrong in fields.items()
        if wrong is not None
    ]
    if found:
        raise wrong_fields(found)
