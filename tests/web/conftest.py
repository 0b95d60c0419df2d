"""A running desk with the committed model, and a real browser in front of it."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from nlp.tagger import Tagger
from service.app import create_app
from service.auth import SESSION_COOKIE, Role
from service.feedback import Customer, Incoming
from service.intake import receive
from service.model_process import InProcessModel
from service.settings import Settings
from service.storage import begin, keys

#: Without the windows that nobody looks at a page opens three times as fast: the first that is here is taken.
_BROWSERS = ("chromium-headless-shell", "chromium")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: A slow machine is no failure.
_PATIENCE_MS = 60_000
expect.set_options(timeout=_PATIENCE_MS)
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 780}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser and one desk serve all these tests, so they stay in one process."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass(frozen=True, kw_only=True)
class Served:
    """A desk that listens."""

    app: object
    url: str

    @property
    def desk(self):
        return self.app.state.desk

    def session(self, role: Role = "admin", name: str = "لیلا") -> str:
        """Return the token of a fresh session."""
        with begin(self.desk.engine) as conn:
            return keys.redeem_link(conn, keys.create_link(conn, role, now(), name=name), now())

    def say(self, text: str, **more) -> dict:
        """Let a customer say something, and return the receipt."""
        customer = Customer(external_id=more.pop("customer", None), name=more.pop("name", None))
        at = more.pop("at", None) or now()
        incoming = Incoming(text=text, **{"channel": "web", "customer": customer, **more})
        return receive(self.desk.line, incoming, sender="tests", now=at).body


@dataclass
class Seen:
    """What must not happen in a page: errors in the console, and requests that leave the house."""

    houses: list[str]
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._leaves(request.url))

    def _note(self, kind: str, text: str) -> None:
        # a failure that a test provokes is told by the browser as a resource that did not load
        if kind == "error" and "Failed to load resource" not in text:
            self.errors.append(text)

    def _leaves(self, url: str) -> None:
        if not url.startswith((*self.houses, "data:", "blob:")):
            self.outside.append(url)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Receiver:
    """Somebody who is told of events over HTTP: what came, and what is answered."""

    url: str
    answer: int = 200
    words: str = "ok"
    came: list[str] = field(default_factory=list)  # the webhook-id of each request


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.came.append(self.headers["webhook-id"])
            self.send_response(heard.answer)
            self.end_headers()
            self.wfile.write(heard.words.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing: the test looks at what came."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard = Receiver(url=f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield heard
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="package")
def served(tagger: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk with an empty database."""
    with _serving(tagger, tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture
def another(tagger: Tagger, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Return a function that opens one more desk, empty and with settings of the test's choice."""
    with ExitStack() as stack:
        yield lambda **chosen: stack.enter_context(_serving(tagger, tmp_path, **chosen))


@contextmanager
def _serving(tagger: Tagger, folder: Path, **chosen: object) -> Iterator[Served]:
    """Run a desk of its own with its database in a folder."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'desk.db'}",
        requests_per_minute=100_000,
        allow_private_targets=True,
        **chosen,
    )
    app = create_app(settings, taggers=[InProcessModel(Tagger(tagger.bundle, settings.trade))])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the desk did not start"
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(app=app, url=f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join(30)


@pytest.fixture(
    scope="package"
)  # its event loop and the desk's worker would run on beside the tests that come later
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=_chromium(), args=list(_ARGUMENTS))
        yield found
        found.close()


@pytest.fixture
def enlarged(browser: Browser) -> Iterator[Browser]:
    """A second browser, of somebody who has its letters twice as large as usual."""
    chosen = [*_ARGUMENTS, "--blink-settings=defaultFontSize=32"]
    found = browser.browser_type.launch(executable_path=_chromium(), args=chosen)
    yield found
    found.close()


def _chromium() -> str | None:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None and not os.environ.get("CI"):
        pytest.skip(f"no Chromium here: apt-get install {_BROWSERS[0]}")
    return found


@pytest.fixture
def visit(served: Served, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page as somebody; nothing may go wrong in any of them."""
    opened: list[BrowserContext] = []
    seen = Seen([served.url])

    def go(path: str = "/", role: Role | None = "admin", desk: Served = served, **options) -> Page:
        seen.houses.append(desk.url)
        context = browser.new_context(
            base_url=desk.url,
            locale="fa-IR",
            reduced_motion="reduce",
            **{"viewport": WIDE, "color_scheme": "light", **options},
        )
        opened.append(context)
        if role is not None:
            cookie = {"name": SESSION_COOKIE, "value": desk.session(role), "url": desk.url}
            context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        seen.watch(page)
        page.goto(path)
        return page

    yield go
    for context in opened:
        context.close()
    assert seen.errors == []
    assert seen.outside == []


@pytest.fixture
def still() -> Callable[[Page], Page]:
    """Let the list of a page come anew no more: what a test looks at would be gone."""

    def held(page: Page) -> Page:
        page.locator("[data-live]").evaluate("place => place.removeAttribute('data-live')")
        return page

    return held


@pytest.fixture(scope="package")
def sampled(served: Served, browser: Browser) -> Served:
    """The desk after its first run: somebody followed the link and asked for sample data."""
    with begin(served.desk.engine) as conn:
        token = keys.create_link(conn, "admin", now())
    page = browser.new_page(base_url=served.url, locale="fa-IR")
    page.goto(f"/sign-in?token={token}")
    page.get_by_role("button", name="بارگذاری دادهٔ نمونه").click()
    expect(page.get_by_text("دادهٔ نمونه خوانده می‌شود")).to_be_visible()
    page.goto("/inbox?state=all")  # half of it would be taken for all of it
    expect(page.get_by_text("از ۶۰۰ نظر")).to_be_visible()
    expect(page.locator("#nav [aria-current=page]")).to_contain_text("صندوق")
    page.wait_for_url("**/inbox", timeout=240_000)
    expect(page.locator(".ticket").nth(5)).to_be_visible()
    page.close()
    return served
