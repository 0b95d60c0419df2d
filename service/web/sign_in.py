"""The door: a one-time link or an API key becomes a session in a cookie that no script can read."""

from datetime import datetime
from typing import Annotated

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from service.auth import SESSION_COOKIE
from service.deps import Desk, DeskDep, Now, from_own_pages
from service.errors import Forbidden
from service.storage import begin, keys, read
from service.web.failures import pages
from service.web.page import Back, FilledWord, Wanted, household, own_path, render

#: Nobody is signed in yet, so the forms here carry no token; they say which site they come from instead.
door = pages(for_anybody=True)
router = pages()
_WRONG_LINK = "این پیوند پیش‌تر به کار رفته یا مهلتش گذشته است. پیوند تازه بگیرید یا با کلید وارد شوید."
#: From one address in one minute. What opens is never refused: an office behind one address signs in at nine.
_WRONG_PER_MINUTE = 10
_WRONG_KEY = "این کلید شناخته‌شده نیست، یا باطل شده، یا مهلتش گذشته است."


@door.get("/sign-in")
def form(
    request: Request, desk: DeskDep, now: Now, token: str = "", wanted: Wanted = "/", ended: bool = False
) -> Response:
    """Show the door. The form redeems a link, so that a mail scanner which follows it uses nothing up."""
    session = request.cookies.get(SESSION_COOKIE)
    with read(desk.engine) as conn:
        known = keys.find_session(conn, session, now) if session else None
    if known is not None and not token:
        return RedirectResponse(own_path(wanted), status_code=303)
    wrong = "نشست شما به پایان رسیده است؛ دوباره وارد شوید." if ended else ""
    return render(request, "sign_in.html", token=token[:200], next=own_path(wanted), wrong=wrong, words="")


@door.post("/sign-in")
def enter(
    request: Request,
    desk: DeskDep,
    now: Now,
    token: FilledWord = "",
    key: FilledWord = "",
    wanted: Back = "/",
    words: Annotated[str, Form(alias="text")] = "",
) -> Response:
    """Open a session by link or by key; `words` that came too late for the last one are given back."""
    if not from_own_pages(request):
        raise Forbidden("foreign_origin", "این درخواست از صفحه‌های این سامانه نیامده است.")
    try:
        session = _session(desk, token, key.strip(), now)
    except Forbidden as error:
        return _refused(request, wanted, 403, error.detail, words)
    if session is None:
        desk.limiter.hit(f"door:{household(request)}", now, _WRONG_PER_MINUTE)
        return _refused(request, wanted, 401, _WRONG_LINK if token else _WRONG_KEY, words)
    response: Response = RedirectResponse(own_path(wanted), status_code=303)
    if words:
        response = render(request, "kept.html", next=own_path(wanted), words=words)
    _remember(response, desk, session)
    return response


@router.post("/sign-out")
def leave(request: Request, desk: DeskDep, now: Now) -> Response:
    """End this session everywhere."""
    with begin(desk.engine) as conn:
        keys.end_session(conn, request.cookies.get(SESSION_COOKIE, ""), now)
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def _session(desk: Desk, token: str, key: str, now: datetime) -> str | None:
    """Trade a link or a key for a session; what opens nothing holds up nobody who writes."""
    with read(desk.engine) as conn:
        if not keys.opens(conn, token or key, now):
            return None
    hours = desk.settings.session_hours
    with begin(desk.engine) as conn:
        if token:
            return keys.redeem_link(conn, token, now, hours)
        return keys.sign_in_with_key(conn, key, now, hours)


def _refused(request: Request, wanted: str, status: int, wrong: str, words: str) -> Response:
    told = {"token": "", "next": own_path(wanted), "wrong": wrong, "words": words}
    return render(request, "sign_in.html", status=status, **told)


def _remember(response: Response, desk: Desk, session: str) -> None:
    response.set_cookie(
        SESSION_COOKIE,
        session,
        max_age=desk.settings.session_hours * 3600,
        path="/",
        httponly=True,
        samesite="lax",
        secure=desk.settings.secure_cookies,
    )
