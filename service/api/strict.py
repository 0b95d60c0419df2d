"""Reading requests without guessing: a parameter nobody knows and a body that is not JSON in UTF-8 are refused."""

import json
import math
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from service.api.described import PROBLEMS, Responses
from service.auth import Scope
from service.deps import judge, takes_file
from service.errors import BadRequest, FieldError, Unsupported, wrong_fields
from service.jalali import persian

#: Ten times the most that any body of ours takes, and more than foreign programs put into their pushes.
_MOST_FIELDS = 500
_ONCE = "این {} بیش از یک بار آمده است؛ یک مقدار پذیرفته می‌شود."


class KnownRoute(APIRoute):
    """A route that is read with the parameters it knows: a typing error is no silent filter. Nobody unknown sends a file."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with our look at the parameters in front."""
        handler = super().get_route_handler()
        known, is_for_files = _known(self.dependant), takes_file(self.dependant)

        async def read_known(request: Request) -> Response:
            if is_for_files:
                await judge(request, self.dependant)
            _check_once(request)
            if known is not None:
                _check_names(request, known)
            if is_for_files:
                _check_form(request)
            return await handler(request)

        return read_known


class StrictRoute(KnownRoute):
    """A route whose body is read by `parse`, before FastAPI's more forgiving reader sees it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with our reader in front."""
        handler = super().get_route_handler()

        async def read_strictly(request: Request) -> Response:
            field = self.body_field
            if field is not None and (field.field_info.is_required() or await request.body()):
                _check_headers(request)
                # FastAPI takes the body from here, so it is parsed once
                request._json = parse(await request.body())  # noqa: SLF001  (there is no public way to hand it over)
            return await handler(request)

        return read_strictly


def part(
    scope: Scope, path: str = "", *, route: type[KnownRoute] = StrictRoute, told: Responses | None = None
) -> APIRouter:
    """Return the router of a part of the API; `scope` is what a key that may reach no other part is narrowed to.

    `told` is what all its endpoints answer beside `PROBLEMS`.
    """
    return APIRouter(prefix=f"/v1{path}", tags=[scope], route_class=route, responses=PROBLEMS | (told or {}))


def parse(raw: bytes) -> object:
    """Return the value of a JSON document; `BadRequest` says what is wrong with it.

    NaN, Infinity and numbers too large for a float are refused: they are not JSON, and not every database has them.
    So is an object of very many fields, each unknown one would be a mistake of its own, and one that has a field twice.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest("wrong_encoding", "بدنهٔ درخواست باید UTF-8 باشد.") from error
    if not text.strip():
        raise BadRequest("empty_body", "بدنهٔ درخواست خالی است.")
    try:
        doubled: list[_Ambiguous] = []
        hook = partial(_of_few, doubled)
        value = json.loads(text, parse_constant=_not_json, parse_float=_finite, object_pairs_hook=hook)
        if doubled:  # it is hardly ever looked for where they stand
            _refuse(list(_given_twice(value)), "given_twice", _ONCE.format("فیلد"))
    except RecursionError as error:
        raise BadRequest("too_deep", "بدنهٔ درخواست بیش از اندازه تودرتو است.") from error
    except ValueError as error:
        where = {"position": error.pos} if isinstance(error, json.JSONDecodeError) else None
        raise BadRequest("broken_json", "بدنهٔ درخواست JSON درستی نیست.", more=where) from error
    return value


def _known(dependant: Dependant) -> set[str] | None:
    """Return the parameters that an endpoint and what it depends on know; None when a model of theirs refuses others."""
    names: set[str] = set()
    for parameter in dependant.query_params:
        kind = parameter.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return None
        names.add(parameter.alias)
    for each in dependant.dependencies:
        found = _known(each)
        if found is None:
            return None
        names |= found
    return names


def _check_names(request: Request, known: set[str]) -> None:
    strange = [name for name in dict.fromkeys(request.query_params.keys()) if name not in known]
    _refuse(strange, "unknown_field", "چنین پارامتری شناخته‌شده نیست.")


def _check_once(request: Request) -> None:
    """Refuse `topic=a&topic=b`: no parameter of ours is a list, and the last one alone would count."""
    _refuse(_repeated(request.query_params.multi_items()), "given_twice", _ONCE.format("پارامتر"))


def _repeated(named: Sequence[tuple[str, object]]) -> list[str]:
    counted = Counter(name for name, _ in named)
    return [name for name, times in counted.items() if times > 1]


def _refuse(names: Sequence[str], code: str, detail: str) -> None:
    if names:
        raise wrong_fields([FieldError(path=name[:100], code=code, detail=detail) for name in names[:100]])


def _check_form(request: Request) -> None:
    """Refuse a file that is the body itself: read as a form it has no parts, and only those would be missed."""
    kind, _ = _media(request)
    if kind != "multipart/form-data":
        detail = "پرونده باید بخش file از یک فرم «multipart/form-data» باشد."
        raise Unsupported("wrong_media_type", detail)


def _media(request: Request) -> tuple[str, str]:
    """Return what a body is said to be, and what else is said of it."""
    kind, _, options = request.headers.get("content-type", "").lower().partition(";")
    return kind.strip(), options


def _check_headers(request: Request) -> None:
    kind, options = _media(request)
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Unsupported("wrong_media_type", "بدنهٔ درخواست باید «application/json» باشد.")
    charset = options.replace(" ", "").partition("charset=")[2].partition(";")[0].strip('"')
    if charset not in {"", "utf-8", "utf8"}:
        raise Unsupported("wrong_charset", "بدنهٔ درخواست باید UTF-8 باشد.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unsupported("wrong_content_encoding", "بدنهٔ فشرده پذیرفته نمی‌شود.")


def _of_few(doubled: list["_Ambiguous"], fields: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object that has few fields; one that has a field twice is put among the `doubled` ones."""
    if len(fields) > _MOST_FIELDS:
        detail = f"هیچ شیئی در بدنهٔ درخواست بیش از {persian(_MOST_FIELDS)} فیلد ندارد."
        raise BadRequest("too_many_fields", detail)
    found = dict(fields)
    if len(found) < len(fields):
        found = _Ambiguous(found, names=_repeated(fields))
        doubled.append(found)
    return found


class _Ambiguous(dict[str, object]):
    """An object that had a field twice, of which the last one alone would count."""

    def __init__(self, fields: dict[str, object], names: list[str]) -> None:
        super().__init__(fields)
        self.names = names


def _given_twice(value: object, path: str = "") -> Iterator[str]:
    """Yield where fields were given twice: `items.1.metadata.k`."""
    if isinstance(value, _Ambiguous):
        yield from (f"{path}{name}" for name in value.names)
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in inside:
            yield from _given_twice(each, f"{path}{name}.")


def _not_json(word: str) -> float:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("the number is too large")
    return value
