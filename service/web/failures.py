"""Every failure as a page that says in Persian what happened and what to do next."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from service import limits, logs
from service.deps import from_own_pages, judge, takes_file
from service.errors import BadRequest, Invalid, ServiceError, Unauthorized
from service.web.frame import bearable
from service.web.page import check_form, check_session, own_path, render

_TITLES = {
    400: "درخواست خوانا نبود",
    401: "وارد شوید",
    403: "اجازهٔ این کار را ندارید",
    404: "چنین صفحه‌ای نیست",
    405: "این نشانی فقط خواندنی است",
    409: "انجام نشد",
    413: "این پرونده بزرگ است",
    422: "چیزی در فرم درست نیست",
    429: "کمی آهسته‌تر",
    500: "مشکلی در سامانه پیش آمد",
    503: "سامانه برای لحظه‌ای در دسترس نیست",
}
#: Failures that are nobody's mistake: a colleague was quicker, or oneself signed in anew in another window.
_TITLES_OF = {
    "stale_form": _TITLES[409],
    "stale_version": "کسی زودتر دست به کار شد",
    "already_claimed": "کسی زودتر دست به کار شد",
    "merge_target_finished": "کسی زودتر دست به کار شد",
}
_DETAILS = {
    404: "شاید نشانی را اشتباه نوشته باشید، یا آنچه می‌خواهید پاک شده باشد.",
    500: "این مشکل ثبت شد. اگر دوباره دیدید، شناسهٔ درخواست را برای پشتیبان سامانه بفرستید.",
}
#: What the company's customers open, and whoever a digest is passed on to: the desk is none of their business.
_OUTSIDE = ("/form/", "/digest/shared/")
_DETAILS_OUTSIDE = _DETAILS | {500: "این مشکل ثبت شد؛ کمی بعد دوباره امتحان کنید."}
#: The fields of our forms that take long to write.
_LONG = ("body", "text", "rules", "query")
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_Said = list[tuple[str, Any]]
_Answer = Callable[[Request, Exception], Any]


class PageRoute(APIRoute):
    """A route whose failures are pages, not problem documents."""

    def get_route_handler(self) -> _Handler:
        """Return the handler with our failures around it."""
        handler = super().get_route_handler()
        is_for_files = takes_file(self.dependant)

        async def handle(request: Request) -> Response:
            said: _Said = []
            try:
                if is_for_files:
                    check_session(request)
                    await judge(request, self.dependant)
                said = await _check_words(request)
                return await handler(request)
            except Unauthorized as error:
                return _to_sign_in(request, error, said)
            except ServiceError as error:
                logs.unavailable(error)
                title, words = _TITLES_OF.get(error.code), _written(request, said)
                answer = failure(request, int(error.status), error.detail, title, words)
                if error.retry_after is not None:
                    answer.headers["Retry-After"] = str(error.retry_after)
                return answer
            except RequestValidationError:
                wrong = "یکی از مقدارها خالی، نادرست یا بیش از اندازه بلند است."
                return failure(request, 422, wrong, words=_written(request, said))

        return handle


def pages(*, for_anybody: bool = False) -> APIRouter:
    """Return the router of a room: its failures are pages, and every form is checked, unless nobody need be signed in."""
    checks = [] if for_anybody else [Depends(check_form)]
    return APIRouter(route_class=PageRoute, dependencies=checks, tags=["pages"])


def install(app: FastAPI) -> None:
    """Answer browsers that ask for something outside the API with a page."""
    app.add_exception_handler(HTTPException, _for_browsers(app.exception_handlers[HTTPException]))
    app.add_exception_handler(Exception, _for_browsers(app.exception_handlers[Exception]))


def failure(
    request: Request, status: int, detail: str = "", title: str | None = None, words: str = ""
) -> Response:
    """Return the page of a failure, with the `words` that came to nothing; who is no colleague is not led to the desk."""
    is_outside = request.url.path.startswith(_OUTSIDE)
    details = _DETAILS_OUTSIDE if is_outside else _DETAILS
    return render(
        request,
        "failure.html",
        status=status,
        is_outside=is_outside,
        code=status,
        title=title or _TITLES.get(status, "درخواست پذیرفته نشد"),
        detail=detail or details.get(status, ""),
        words=words,
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
    )


async def _check_words(request: Request) -> _Said:
    """Refuse what no database can keep, wherever it stands in a request; return all that it says."""
    said: _Said = [*request.path_params.items(), *request.query_params.multi_items()]
    if request.method == "POST":
        try:
            said += (await request.form()).multi_items()
        except (UnicodeError, LookupError) as error:  # of a form in parts the sender names the encoding
            raise BadRequest("form_not_readable", "این فرم با این کدگذاری خوانده نشد.") from error
    for _, value in said:
        if isinstance(value, str) and (refused := limits.unstorable(value)):
            raise Invalid(*refused)
    return said


def _written(request: Request, said: _Said) -> str:
    """Return what somebody wrote at length in a form of ours; where scripts run, the page that stands still holds it."""
    if request.method != "POST" or _is_fragment(request) or not from_own_pages(request):
        return ""
    return "\n\n".join(value for name, value in said if name in _LONG and isinstance(value, str) and value)


def _is_fragment(request: Request) -> bool:
    return "fragment" in request.headers.get("x-requested-with", "")


def _to_sign_in(request: Request, error: Unauthorized, said: _Said) -> Response:
    """Lead to the door; words that were sent wait there, and are given back inside."""
    if _is_fragment(request):
        return failure(request, 401, error.detail)
    if words := _written(request, said):
        wanted = own_path(bearable(dict(said).get("next", "/")))
        told = {"token": "", "next": wanted, "wrong": error.detail, "words": words}
        return render(request, "sign_in.html", status=401, **told)
    wanted = request.url.path if request.method == "GET" else "/"
    if request.url.query and request.method == "GET":
        wanted += f"?{request.url.query}"
    ended = "&ended=1" if error.code == "session_ended" else ""
    return RedirectResponse(f"/sign-in?next={quote(wanted, safe='')}{ended}", status_code=303)


def _for_browsers(otherwise: _Answer) -> _Answer:
    def answer(request: Request, error: Exception) -> Any:
        given = otherwise(request, error)
        if request.url.path.startswith("/v1/") or "text/html" not in request.headers.get("accept", ""):
            return given
        return failure(request, given.status_code)

    return answer
