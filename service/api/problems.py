"""Every failure as `application/problem+json` (RFC 9457), whoever raised it."""

import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match

from service import limits, logs
from service.errors import BadRequest, FieldError, ServiceError, wrong_fields
from service.jalali import persian

MEDIA_TYPE = "application/problem+json"
#: A body with ten thousand mistakes is explained by the first hundred.
_MAX_ERRORS = 100
#: How pydantic ends the place of a field whose name is wrong, not its value.
_NAME = ("[key]",)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_BY_STATUS = {
    400: ("bad_request", "درخواست خوانا نیست."),
    404: ("not_found", "چنین نشانی‌ای وجود ندارد."),
    405: ("method_not_allowed", "این نشانی این روش HTTP را نمی‌پذیرد."),
}
_NO_MOMENT = ("wrong_datetime", "زمان باید به شکل ISO 8601 باشد، مانند ‎2026-11-24T10:00:00+03:30.")
_BY_TYPE = {
    "missing": ("missing", "این فیلد لازم است."),
    "extra_forbidden": ("unknown_field", "چنین فیلدی شناخته‌شده نیست."),
    "string_too_long": ("too_long", "این مقدار از {max_length} نویسه بلندتر است."),
    "string_too_short": ("too_short", "این مقدار دست‌کم {min_length} نویسه می‌خواهد."),
    "string_pattern_mismatch": ("wrong_form", "شکل این مقدار درست نیست."),
    "string_unicode": limits.HALF,
    "timezone_aware": (
        "naive_datetime",
        "زمان باید منطقهٔ زمانی داشته باشد، مانند ‎2026-11-24T10:00:00+03:30.",
    ),
    "datetime_parsing": _NO_MOMENT,
    "datetime_from_date_parsing": _NO_MOMENT,
    "too_long": ("too_many", "بیش از {max_length} مورد پذیرفته نمی‌شود."),
    "too_short": ("too_few", "دست‌کم {min_length} مورد لازم است."),
    "finite_number": ("not_finite", "این عدد باید متناهی باشد."),
    "greater_than_equal": ("out_of_range", "این مقدار نباید از {ge} کمتر باشد."),
    "less_than_equal": ("out_of_range", "این مقدار نباید از {le} بیشتر باشد."),
    "literal_error": ("not_allowed", "این مقدار باید یکی از این‌ها باشد: {expected}."),
}
#: By the beginning of what pydantic calls an error of the type (`int_type`, `int_parsing`, `int_from_float`).
_TYPES = {
    "string": "متن",
    "int": "عددی درست",
    "float": "عدد",
    "bool": "true یا false",
    "list": "آرایه",
    "dict": "شیء JSON",
    "model": "شیء JSON",
}


def install(app: FastAPI) -> None:
    """Make the application answer every failure as a problem document."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientDisconnect, _cut_off)
    app.add_exception_handler(Exception, _bug)


def response(problem: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem document; the request's id is in it, so that a person can name the log line."""
    known = structlog.contextvars.get_contextvars()
    body = {**problem, "request_id": known["request_id"]} if "request_id" in known else dict(problem)
    return Response(
        # it may quote half a character
        json.dumps(body, ensure_ascii=False).encode("utf-8", errors="replace"),
        status_code=int(str(problem["status"])),
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def of(error: ServiceError) -> Response:
    """Return the answer to a failure of ours."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="bazkhord"'
    return response(error.to_json(), headers)


def field_errors(found: Iterable[Mapping[str, Any]], *, skip: int = 0) -> list[FieldError]:
    """Translate pydantic's errors: where, a stable code, a Persian sentence; never the value that was sent."""
    errors = []
    for error in list(found)[:_MAX_ERRORS]:
        code, detail = _explained(error)
        place = error["loc"][skip:]
        if place[-1:] == _NAME:
            place, detail = place[:-1], f"در نام این فیلد: {detail}"
        path = ".".join(_readable(part) for part in place)
        errors.append(FieldError(path=path, code=code, detail=detail))
    return errors


def _explained(error: Mapping[str, Any]) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _BY_TYPE:
        code, detail = _BY_TYPE[kind]
        return code, detail.format_map({name: _spoken(value) for name, value in context.items()})
    # our own validators raise `PydanticCustomError(code, detail)`; their message is already Persian
    if context.get("ours"):
        return kind, error["msg"]
    wanted = _TYPES.get(kind.partition("_")[0])
    return "wrong_type", f"این مقدار باید {wanted} باشد." if wanted else "نوع این مقدار درست نیست."


def _spoken(limit: object) -> str:
    """Return a limit as a sentence names it; of words that are allowed pydantic writes «'a', 'b' or 'c'»."""
    if isinstance(limit, float) and limit.is_integer():
        return persian(int(limit))
    words = re.findall(r"'([^']*)'", limit) if isinstance(limit, str) else []
    return "، ".join(words) or persian(limit)


def _readable(part: object) -> str:
    # a batch keeps its answer with its key, and that must be storable too
    return str(part).encode("utf-8", "replace").decode("utf-8").replace("\0", "?")[:100]


def _service_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    logs.unavailable(error)
    return of(error)


def _validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return of(wrong_fields(field_errors(error.errors(), skip=1)))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, detail = _BY_STATUS.get(error.status_code, ("http_error", "درخواست پذیرفته نشد."))
    problem = {
        "type": f"urn:bazkhord:problem:{code}",
        "title": HTTPStatus(error.status_code).phrase,  # a title is one of a kind: forms break in many ways
        "status": error.status_code,
        "code": code,
        "detail": detail,
    }
    return response(problem, _allowed(request) if error.status_code == 405 else error.headers)


def _allowed(request: Request) -> dict[str, str]:
    """Return every method that an address takes: the router names those of the first endpoint there."""
    methods = [method for method in _METHODS if _takes(request, method)]
    return {"Allow": ", ".join([*(["HEAD"] if "GET" in methods else []), *methods])}


def _takes(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def _cut_off(_request: Request, _error: Exception) -> Response:
    # nobody hears it any more; but a telephone that lost its network is no failure of ours in log and counters
    return of(BadRequest("body_cut_off", "ارتباط پیش از رسیدن همهٔ بدنهٔ درخواست بریده شد."))


def _bug(_request: Request, error: Exception) -> Response:
    # of what happened when half an answer was out, Starlette only says that it came too late to be told
    known = error.__cause__ if isinstance(error.__cause__, ServiceError) else error
    logs.failed("unexpected_error", known)
    detail = "خطایی در سامانه رخ داد؛ شناسهٔ درخواست را برای پیگیری نگه دارید."
    return of(ServiceError("internal_error", detail))
