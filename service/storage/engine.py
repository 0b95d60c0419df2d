"""Opening a database and the two ways to talk to it: `begin` to write, `read` to look."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.pool import ConnectionPoolEntry

from nlp.errors import UserError
from service import jsontext
from service.errors import Busy

#: Endpoints run in forty threads; each may hold one connection, never two.
_POOL = 40
#: How long a writer waits for another one before the caller is told to come back.
_WAIT_S = 10
_WRITER = "bazkhord_writer"  # and how long it waits, in seconds
_FORM = "the address must look like sqlite:///path or postgresql://user@host/name"
#: What PostgreSQL says while another server is about to take its place.
_READ_ONLY = "25006"
_TURNS: WeakKeyDictionary[sa.Engine, Lock] = WeakKeyDictionary()
#: PostgreSQL would show every statement what was committed until then; a snapshot in WAL is SQLite's only way.
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
#: With this an engine is opened, whichever database it is.
_OPTIONS: dict[str, Any] = {
    "pool_size": _POOL,
    "max_overflow": 0,
    "pool_use_lifo": True,  # few connections with warm caches instead of all of them in turn
    "hide_parameters": True,
    "json_serializer": jsontext.dumps,
    "json_deserializer": jsontext.loads,
}
_PATIENCE = f"PRAGMA busy_timeout = {_WAIT_S * 1000}"
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    _PATIENCE,
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = ON",  # an erased comment is overwritten, not only unlinked
)


class DatabaseError(UserError):
    """The database that was named cannot be used; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the database (BAZKHORD_DATABASE_URL) cannot be used: {why}")


def open_engine(url: str) -> sa.Engine:
    """Return an engine for `sqlite:///path` or `postgresql://…`; the folder of a SQLite file is made.

    `DatabaseError` when it can be neither. Statements are logged and raised without their parameters: those are people's words.
    """
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise DatabaseError(_FORM) from error
    if parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return _open_sqlite(parsed.set(drivername="sqlite"))
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed)
    raise DatabaseError(_FORM)


@contextmanager
def begin(engine: sa.Engine, *, wait_s: float = _WAIT_S) -> Iterator[sa.Connection]:
    """Open a transaction to write in: committed at the end of the block, rolled back when it raises.

    On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), because a transaction that reads first and
    writes later fails when another writer came between. `Busy` when the database cannot be had; SQLite's other
    writers are waited for `wait_s`, those of this process and then those of others.
    """
    try:
        with _turn(engine, wait_s), engine.execution_options(**{_WRITER: wait_s}).begin() as conn:
            yield conn
    except (exc.DatabaseError, exc.TimeoutError) as error:
        if not _is_away(error):
            raise
        raise _out_of_reach() from error


@contextmanager
def read(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a consistent view to read from: all statements see what was stored when the first one ran."""
    try:
        with engine.connect() as conn:
            if engine.dialect.name == "postgresql":
                conn.execution_options(**_SNAPSHOT)
            yield conn
    except (exc.DatabaseError, exc.TimeoutError) as error:
        if not _is_away(error):
            raise
        raise _out_of_reach() from error


def cut_log(engine: sa.Engine) -> None:
    """Bring SQLite's write-ahead log into the database and empty it; not while somebody reads: the next time then."""
    if engine.dialect.name == "sqlite":
        with _turn(engine, _WAIT_S), closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")  # it would keep all writers waiting for whoever reads
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                cursor.execute(_PATIENCE)


@contextmanager
def _turn(engine: sa.Engine, wait_s: float) -> Iterator[None]:
    """Let this process's writers wait for each other here: SQLite itself would have them look again and again."""
    turn = _TURNS.get(engine)
    if turn is None:
        yield
        return
    if not turn.acquire(timeout=wait_s):
        raise _out_of_reach() from TimeoutError(f"another writer of this process took more than {wait_s} s")
    try:
        yield
    finally:
        turn.release()


def _is_away(error: exc.DatabaseError | exc.TimeoutError) -> bool:
    """Tell what ails the database as a whole from what is wrong with a statement or a row."""
    if isinstance(error, exc.InternalError):
        return getattr(error.orig, "sqlstate", None) == _READ_ONLY
    # a damaged file of SQLite is of no kind of its own
    return isinstance(error, exc.OperationalError | exc.TimeoutError) or type(error) is exc.DatabaseError


def _out_of_reach() -> Busy:
    return Busy(
        "storage_unavailable", "پایگاه داده برای لحظه‌ای در دسترس نیست؛ کمی بعد دوباره بفرستید.", retry_after=2
    )


def _open_sqlite(url: sa.URL) -> sa.Engine:
    file = Path(str(url.database))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(f"no folder can be made at {file.parent} ({error.strerror})") from error
    _keep_to_us(file, url)
    engine = sa.create_engine(url, connect_args={"timeout": _WAIT_S}, **_OPTIONS)
    _TURNS[engine] = Lock()
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _keep_to_us(file: Path, url: sa.URL) -> None:
    """Make a new file that nobody else on this machine can read; SQLite gives its log the same rights."""
    if not file.exists() and "uri" not in url.query:
        with suppress(OSError):  # what keeps us from it keeps SQLite from it, which says so
            file.touch(mode=0o600)


def _prepare_sqlite(connection: SqliteConnection, _record: ConnectionPoolEntry) -> None:
    # sqlite3 would begin on its own, late and deferred; we begin ourselves in `_begin_sqlite`
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(conn: sa.Connection) -> None:
    wait_s = conn.get_execution_options().get(_WRITER)
    if wait_s is None:
        conn.exec_driver_sql("BEGIN")
        return
    if wait_s != _WAIT_S:
        conn.exec_driver_sql(f"PRAGMA busy_timeout = {int(wait_s * 1000)}")
    try:
        conn.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        if wait_s != _WAIT_S:
            conn.exec_driver_sql(_PATIENCE)


def _open_postgresql(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _WAIT_S,
            # compiling a statement takes longer than running it: nothing here runs for seconds
            "options": f"-c jit=off -c timezone=UTC -c lock_timeout={_WAIT_S}s -c statement_timeout=60s",
        },
        **_OPTIONS,
    )
