"""Reading a JSON body without guessing: what is not JSON in UTF-8 is refused with a reason."""

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from service.errors import BadRequest, Unsupported


class StrictRoute(APIRoute):
    """A route whose body is read by `parse`, before FastAPI's more forgiving reader sees it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with our reader in front."""
        handler = super().get_route_handler()

        async def read_strictly(request: Request) -> Response:
            if self.body_field is not None:
                _check_headers(request)
                # FastAPI takes the body from here, so it is parsed once
                request._json = parse(await request.body())  # noqa: SLF001  (there is no public way to hand it over)
            return await handler(request)

        return read_strictly


def parse(raw: bytes) -> object:
    """Return the value of a JSON document; `BadRequest` says what is wrong with it.

    NaN, Infinity and numbers too large for a float are refused: they are not JSON, and not every database has them.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest("wrong_encoding", "بدنهٔ درخواست باید UTF-8 باشد.") from error
    if not text.strip():
        raise BadRequest("empty_body", "بدنهٔ درخواست خالی است.")
    try:
        return json.loads(text, parse_constant=_not_json, parse_float=_finite)
    except RecursionError as error:
        raise BadRequest("too_deep", "بدنهٔ درخواست بیش از اندازه تودرتو است.") from error
    except ValueError as error:
        where = {"position": error.pos} if isinstance(error, json.JSONDecodeError) else None
        raise BadRequest("broken_json", "بدنهٔ درخواست JSON درستی نیست.", more=where) from error


def _check_headers(request: Request) -> None:
    media, _, options = request.headers.get("content-type", "").lower().partition(";")
    kind = media.strip()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Unsupported("wrong_media_type", "بدنهٔ درخواست باید «application/json» باشد.")
    charset = options.replace(" ", "").partition("charset=")[2].partition(";")[0].strip('"')
    if charset not in {"", "utf-8", "utf8"}:
        raise Unsupported("wrong_charset", "بدنهٔ درخواست باید UTF-8 باشد.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unsupported("wrong_content_encoding", "بدنهٔ فشرده پذیرفته نمی‌شود.")


def _not_json(word: str) -> float:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("the number is too large")
    return value
