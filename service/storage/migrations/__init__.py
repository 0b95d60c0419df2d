"""Steps from one schema to the next, run by `migrate`; Alembic keeps the count inside the database."""

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from service.errors import Busy, first_line
from service.storage.dialect import unhurried
from service.storage.engine import DatabaseError, begin, read

if TYPE_CHECKING:
    from alembic.config import Config

#: Any number will do, as long as every process of the desk asks for the same lock.
_LOCK = 0x62617A6B
#: No step of SQLite takes longer; who waits for it asks again and again.
_LONGEST_S = 300.0
_HERE = Path(__file__).parent
_VERSION = sa.table("alembic_version", sa.column("version_num"))


def migrate(engine: sa.Engine) -> None:
    """Bring the database to the newest schema, all steps in one transaction.

    Processes that start together wait for the first one and then find nothing left to do. `DatabaseError` says in
    the words of its driver why a database cannot be used.
    """
    given_up = time.monotonic() + _LONGEST_S
    while not _migrated(engine, given_up):
        pass


def _migrated(engine: sa.Engine, given_up: float) -> bool:
    """Return False when another process kept the database to itself; it may well be taking the same steps."""
    try:
        with begin(engine) as conn:
            if not _is_newest(conn):
                _upgrade(conn)
    except Busy as error:
        if "locked" in str(error.why) and time.monotonic() < given_up:
            return False
        raise _unusable(engine, error.__cause__ or error) from error
    except sa.exc.DBAPIError as error:
        raise _unusable(engine, error) from error
    return True


def _upgrade(conn: sa.Connection) -> None:
    from alembic import command  # a start with nothing to do is spared a tenth of its imports
    from alembic.util import CommandError

    unhurried(conn)
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    config = _config()
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError as error:  # there is no step from where it stands
        told = f"a newer Bazkhord brought it to a schema that this one does not know ({first_line(error)})"
        raise DatabaseError(f"{told}; start that one, or restore a copy from before the upgrade") from error


def _unusable(engine: sa.Engine, cause: BaseException) -> DatabaseError:
    # SQLite does not say which file, and its address may be relative to a folder that one did not think of
    file = f"{Path(str(engine.url.database)).absolute()}: " if engine.dialect.name == "sqlite" else ""
    return DatabaseError(file + first_line(cause))


def is_current(engine: sa.Engine) -> bool:
    """Tell whether the database has exactly the schema this program was written for."""
    with read(engine) as conn:
        return _is_newest(conn)


def _is_newest(conn: sa.Connection) -> bool:
    if not sa.inspect(conn).has_table(_VERSION.name):
        return False
    return conn.scalars(sa.select(_VERSION.c.version_num)).all() == [_newest()]


@cache
def _newest() -> str:
    """Return the number of the last step, with which the name of its file begins."""
    return max(file.name for file in _HERE.glob("versions/[0-9]*.py")).partition("_")[0]


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
