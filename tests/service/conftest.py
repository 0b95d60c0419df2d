"""Databases, a real model and a running desk for the tests of the service."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.storage import Engine, migrate, open_engine

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
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    subprocess.run(_as_postgres([*control, "-o", options, "start"]), **run)
    try:
        yield f"postgresql://tests@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(_as_postgres([*control, "-m", "immediate", "stop"]), **run)
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
        yield engine
        engine.dispose()
    else:
        yield from _postgres_database(request.getfixturevalue("postgres_url"), f"t_{tmp_path.name}".lower())


def _postgres_database(url: str, name: str) -> Iterator[Engine]:
    server = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=sa.NullPool,
    )
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)[:60]
    with server.connect() as conn:
        conn.exec_driver_sql(f'DROP DATABASE IF EXISTS "{plain}" WITH (FORCE)')
        conn.exec_driver_sql(f'CREATE DATABASE "{plain}"')
    engine = open_engine(sa.make_url(url).set(database=plain).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with server.connect() as conn:
        conn.exec_driver_sql(f'DROP DATABASE "{plain}" WITH (FORCE)')
    server.dispose()


@pytest.fixture
def engine(empty_engine: Engine) -> Engine:
    """A database with the newest schema."""
    migrate(empty_engine)
    return empty_engine
