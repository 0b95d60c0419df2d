"""Databases, a real model and a running desk for the tests of the service."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Response
from starlette.testclient import TestClient

from nlp.tagger import Tagger
from service import rulefile, sample, sla
from service.app import create_app
from service.auth import ROLES, SESSION_COOKIE
from service.comments.understanding import Line
from service.model_process import InProcessModel
from service.rules import topics
from service.settings import Settings
from service.storage import Engine, begin, keys, migrate, open_engine, read
from service.web.page import csrf_token

MODELS = Path(__file__).resolve().parents[2] / "models"

_BINARIES = (
    Path("/usr/lib/postgresql/15/bin"),
    Path("/usr/lib/postgresql/16/bin"),
    Path("/usr/lib/postgresql/17/bin"),
)


def _server_binaries() -> Path | None:
    on_path = shutil.which("initdb")
    found = [folder for folder in _BINARIES if (folder / "initdb").exists()]
    return found[0] if found else Path(on_path).parent if on_path else None


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def said() -> Callable[[bytes], Any]:
    """How to read tags without their probabilities, whose last digit hangs on who was tagged together."""
    return lambda tags: json.loads(tags, parse_float=lambda _: None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server: TEST_POSTGRES_URL, or a cluster that lives as long as the tests."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    binaries = _server_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server binaries here; install `postgresql` or set TEST_POSTGRES_URL")
    folder = Path(tempfile.mkdtemp(prefix="bazkhord-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", _free_port()
    run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "tests",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "-N",
    ]
    subprocess.run(_as_postgres(initdb), **run)
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        " -c fsync=off -c max_wal_size=128MB"
    )
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    subprocess.run(_as_postgres([*control, "-o", options, "start"]), **run)
    try:
        yield f"postgresql://tests@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(_as_postgres([*control, "-m", "immediate", "stop"]), **run)
        shutil.rmtree(folder)


@pytest.fixture
def postgres_engine(postgres_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A database of PostgreSQL with nothing in it."""
    with _postgres_database(postgres_url, f"t_{tmp_path.name}".lower()) as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
        yield engine
        engine.dispose()
    else:
        yield request.getfixturevalue("postgres_engine")


@contextmanager
def _postgres_database(url: str, name: str, like: str = "template1") -> Iterator[Engine]:
    server = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)[:60]
    with server.connect() as conn:
        conn.exec_driver_sql(f'DROP DATABASE IF EXISTS "{plain}" WITH (FORCE)')
        conn.exec_driver_sql(f'CREATE DATABASE "{plain}" TEMPLATE "{like}"')
    engine = open_engine(sa.make_url(url).set(database=plain).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with server.connect() as conn:
        conn.exec_driver_sql(f'DROP DATABASE "{plain}" WITH (FORCE)')
    server.dispose()


@pytest.fixture(scope="session")
def newest_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and nothing in it, made once; tests copy it."""
    file = tmp_path_factory.mktemp("schema") / "desk.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def newest_database(postgres_url: str) -> Iterator[str]:
    """The name of a database of PostgreSQL with the newest schema and nothing in it, made once; tests copy it."""
    with _postgres_database(postgres_url, f"newest_{os.getpid()}") as engine:
        migrate(engine)
        engine.dispose()  # what is copied must not be in use
        yield str(engine.url.database)


@pytest.fixture
def newest_postgres_engine(postgres_url: str, newest_database: str, tmp_path: Path) -> Iterator[Engine]:
    """A database of PostgreSQL with the newest schema."""
    with _postgres_database(postgres_url, f"t_{tmp_path.name}".lower(), like=newest_database) as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A database with the newest schema, once on SQLite and once on PostgreSQL."""
    name = {"sqlite": "sqlite_engine", "postgresql": "newest_postgres_engine"}[request.param]
    engine: Engine = request.getfixturevalue(name)
    return engine


class Clock:
    """The desk's clock, moved by hand."""

    def __init__(self) -> None:
        #: A Saturday morning in Tehran: everybody is at work.
        self.now = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass: `forward(minutes=16)`."""
        self.now += timedelta(**span)


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running desk, and a key of every role."""

    client: TestClient
    engine: Engine
    clock: Clock
    keys: dict[str, str]

    def call(self, method: str, path: str, role: str | None = "admin", **sent: Any) -> Response:
        """Send one request with the key of this role; None sends no key."""
        headers = {} if role is None else {"Authorization": f"Bearer {self.keys.get(role, role)}"}
        return self.client.request(method, path, headers=headers | sent.pop("headers", {}), **sent)

    def get(self, path: str, role: str | None = "reader", **sent: Any) -> Response:
        return self.call("GET", path, role, **sent)

    def post(self, path: str, json: Any = None, role: str | None = "agent", **sent: Any) -> Response:
        return self.call("POST", path, role, **({"json": json} if json is not None else {}), **sent)

    def session(self, role: str = "agent", name: str = "نسرین") -> str:
        """Let somebody in by a link, and return their session."""
        with begin(self.engine) as conn:
            link = keys.create_link(conn, role, self.clock.now, name=name)
            session = keys.redeem_link(conn, link, self.clock.now)
        assert session is not None
        return session

    def sign_in(self, role: str = "agent", name: str = "نسرین") -> str:
        """Let somebody in who looks at pages from now on, and return their session."""
        session = self.session(role, name)
        self.client.cookies.set(SESSION_COOKIE, session)
        return session

    def person(self, role: str = "admin") -> dict[str, str]:
        """Return the headers of the forms of somebody who is signed in."""
        session = self.session(role)
        own = {"X-Csrf-Token": csrf_token(session), "Sec-Fetch-Site": "same-origin"}
        return {"Cookie": f"{SESSION_COOKIE}={session}", **own}

    def send(self, text: str, **fields: Any) -> dict[str, Any]:
        """Send one comment and return its receipt."""
        answer = self.post("/v1/feedback", {"text": text, **fields}, role="sender")
        assert answer.status_code in {200, 201}, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tagger: Tagger, clock: Clock) -> Iterator[Callable[..., Served]]:
    """Start desks on given databases, with settings of the test's choice; they stop with the test."""
    with ExitStack() as stack:

        def start(engine: Engine, **chosen: Any) -> Served:
            url = engine.url.render_as_string(hide_password=False)
            settings = Settings(**{"database_url": url, "models": MODELS, "worker": False, **chosen})
            client = stack.enter_context(
                TestClient(create_app(settings, taggers=[InProcessModel(tagger)], now=clock))
            )
            with begin(engine) as conn:
                made = {role: keys.create(conn, clock.now, role, role).secret.shown for role in ROLES}
            return Served(client=client, engine=engine, clock=clock, keys=made)

        yield start


@pytest.fixture
def desk(opened: Callable[..., Served], engine: Engine) -> Served:
    """A running desk on a fresh database, once on SQLite and once on PostgreSQL."""
    return opened(engine)


@pytest.fixture
def sqlite_engine(newest_schema: Path, tmp_path: Path) -> Iterator[Engine]:
    """A database of SQLite with the newest schema."""
    engine = open_engine(f"sqlite:///{shutil.copy(newest_schema, tmp_path / 'desk.db')}")
    yield engine
    engine.dispose()


@pytest.fixture
def lite(opened: Callable[..., Served], sqlite_engine: Engine) -> Served:
    """A running desk on SQLite, for what no database can change."""
    return opened(sqlite_engine)


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Own topics are known to the whole process: what a test lets it know is gone with the test."""
    yield
    topics.take(())


@pytest.fixture
def person(lite: Served) -> dict[str, str]:
    """The headers of an admin who is signed in."""
    return lite.person()


@pytest.fixture(scope="session")
def sample_file(tagger: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the sample data up to `Clock().now`, made once for all processes; tests copy it."""
    folder = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder = folder.parent
    file = folder / "sample.db"
    with (folder / "sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _fill(tagger, folder / "sample.part.db").rename(file)
    return file


def _fill(tagger: Tagger, file: Path) -> Path:
    settings = Settings(database_url=f"sqlite:///{file}", models=MODELS)
    engine = open_engine(settings.database_url)
    migrate(engine)
    calendars = sla.load()
    rules = rulefile.load(None, calendars.policies)
    line = Line(
        engine=engine, tagger=InProcessModel(tagger), rules=rules, calendars=calendars, settings=settings
    )
    assert sample.load(line, Clock().now).comments == 600
    engine.dispose()  # the last to leave takes what stands in the log into the file
    return file


@pytest.fixture
def alive(opened: Callable[..., Served], sample_file: Path, tmp_path: Path) -> Iterator[Served]:
    """A running desk with the sample data in it."""
    engine = open_engine(f"sqlite:///{shutil.copy(sample_file, tmp_path / 'alive.db')}")
    yield opened(engine)
    engine.dispose()


@pytest.fixture
def planned() -> Callable[[Engine, str, Callable[[sa.Connection], object]], list[str]]:
    """Do something on SQLite and return the steps by which it looks into a table."""

    def steps(engine: Engine, table: str, do: Callable[[sa.Connection], object]) -> list[str]:
        asked: list[tuple[str, Any]] = []

        def listen(_conn: Any, _cursor: Any, said: str, told: Any, *_: Any) -> None:
            if f"FROM {table}" in said:
                asked.append((said, told))

        sa.event.listen(engine, "before_cursor_execute", listen)
        with begin(engine) as conn:
            do(conn)
        sa.event.remove(engine, "before_cursor_execute", listen)
        with read(engine) as conn:
            plans = [conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", told).all() for said, told in asked]
        return [step.detail for plan in plans for step in plan]

    return steps
