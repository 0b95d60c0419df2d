"""What every page is made of: who looks at it, the templates, and what the browser may load."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import AfterValidator
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.auth import SESSION_COOKIE, Caller, Role, allows
from service.deps import SAFE, CallerDep, Desk, DeskDep, Now
from service.errors import Forbidden, Unauthorized
from service.storage import promises, read
from service.web import frame, wording

HERE = Path(__file__).parent
THEME_COOKIE = "bazkhord_theme"
#: Where the dark sheet holds, by what was chosen; until somebody chooses, where their system is dark.
_DARK = {"dark": "screen", "light": "not all", "": "screen and (prefers-color-scheme: dark)"}
#: Everything comes from this server; nothing inline is ever run or styled.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: With no referrer at all browsers would not say which site a form comes from.
_HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
#: A word of an address, a word of a form, and where a form or the door comes back to.
AskedWord = Annotated[str, Query(max_length=200)]
FilledWord = Annotated[str, Form(max_length=200)]
Back = Annotated[str, AfterValidator(frame.bearable), Form(alias="next")]
Wanted = Annotated[str, AfterValidator(frame.bearable), Query(alias="next")]
#: What is due so soon is counted beside the list of promises.
_SOON = timedelta(days=1)


@cache
def templates() -> Environment:
    """Return the templates; a name that is missing in a page is an error, not an empty place."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(wording.FILTERS)
    found.globals.update(static=static)
    return found


@cache
def static(name: str) -> str:
    """Return the address of a file of ours; it changes with the content, so that browsers may keep it for good."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:10]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One look at a page, by somebody who is signed in."""

    request: Request
    desk: Desk
    caller: Caller
    now: datetime
    #: Where forms come back to, when the page is the answer to a form itself.
    at: str = ""

    @property
    def token(self) -> Markup:
        """The field that every form of this session carries; another site cannot know what it says."""
        value = csrf_token(self.request.cookies.get(SESSION_COOKIE, ""))
        return Markup('<input type="hidden" name="csrf" value="{}">').format(value)

    @property
    def plain(self) -> str:
        """The address of this page with its filters, for forms that come back to it."""
        return self.at or frame.without_notice(self.request.url.path, self.request.url.query)

    @property
    def base(self) -> str:
        """The address of this desk for links that leave it: the public one, or the one this visitor came by."""
        return (self.desk.settings.public_url or str(self.request.base_url)).rstrip("/")

    @property
    def navigation(self) -> tuple[frame.Group, ...]:
        """Where this person can go."""
        return frame.navigation(self.caller.role)

    @property
    def owed(self) -> tuple[int, int]:
        """How many promises fall due within a day where this person works, and how many of them are overdue."""
        with read(self.desk.engine) as conn:
            return promises.owed(conn, self.now, self.now + _SOON, self.caller.own_queues)

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return a page inside the frame with the navigation."""
        names = self.desk.line.rules.queue_names
        around = {"visit": self, "caller": self.caller, "now": self.now, "token": self.token}
        return render(self.request, template, status=status, queue_names=names, **around, **values)

    def back(self, path: str, **told: str) -> Response:
        """Return to a page after something was done; `told` is what that page should say about it."""
        path = own_path(path)
        joint = "&" if "?" in path else "?"
        return RedirectResponse(f"{path}{joint}{urlencode(told)}" if told else path, status_code=303)

    def may(self, least: Role) -> bool:
        """Tell whether this person reaches a role."""
        return allows(self.caller.role, least)

    def works_in(self, queue: str) -> bool:
        """Tell whether this person acts on the tickets of a queue."""
        return self.caller.works_in(queue)


def get_visit(request: Request, desk: DeskDep, caller: CallerDep, now: Now) -> Visit:
    """Return this look at a page."""
    return Visit(request=request, desk=desk, caller=caller, now=now)


VisitDep = Annotated[Visit, Depends(get_visit)]


def csrf_token(session: str) -> str:
    """Return the token of a session's forms; it cannot be turned back into the session."""
    return hmac.new(session.encode("utf-8", "surrogateescape"), b"forms", hashlib.sha256).hexdigest()


def own_path(path: str) -> str:
    """Return a path of ours, or the first page when somebody put another site's address there."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path else "/"


async def check_form(request: Request) -> None:
    """Refuse a form that did not come from a page of this session."""
    if request.method in SAFE:
        return
    check_session(request)
    given = request.headers.get("x-csrf-token") or str((await request.form()).get("csrf", ""))
    expected = csrf_token(request.cookies.get(SESSION_COOKIE, ""))
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise Forbidden("stale_form", "این فرم کهنه شده است؛ صفحه را تازه کنید و دوباره بفرستید.")


def check_session(request: Request) -> None:
    """Refuse a form that comes without a session; 401."""
    if SESSION_COOKIE not in request.cookies:
        raise Unauthorized("session_ended", "نشست شما به پایان رسیده است؛ دوباره وارد شوید.")


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page with its policy."""
    around: Mapping[str, Any] = {
        "path": request.url.path,
        "dark": _DARK.get(request.cookies.get(THEME_COOKIE, ""), _DARK[""]),
        "notice": frame.notice(request.query_params),
    }
    html = templates().get_template(template).render({**around, **values})
    return HTMLResponse(html, status, headers=_HEADERS)


def household(request: Request) -> str:
    """Return whom the address of a request stands for, when nobody is signed in."""
    return _household(request.client.host if request.client else "?")


def _household(host: str) -> str:
    """Return whom an address stands for: of IPv6 everybody has 2^64 addresses, whose first half is the same.

    >>> _household("2001:db8:1:2:aaaa::7"), _household("::ffff:192.0.2.1"), _household("192.0.2.1")
    ('2001:db8:1:2::', '192.0.2.1', '192.0.2.1')
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
