"""Steps from one schema to the next, run by `migrate`; Alembic keeps the count inside the database."""

import time
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from service.errors import Busy, first_line
from service.storage.dialect import unhurried
from service.storage.engine import DatabaseError, begin, read

#: Any number will do, as long as every process of the desk asks for the same lock.
_LOCK = 0x62617A6B
#: No step of SQLite takes longer; who waits for it asks again and again.
_LONGEST_S = 300.0


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
            _upgrade(conn)
    except Busy as error:
        if "locked" in str(error.why) and time.monotonic() < given_up:
            return False
        raise _unusable(error.__cause__ or error) from error
    except (sa.exc.DBAPIError, CommandError) as error:
        raise _unusable(error) from error
    return True


def _upgrade(conn: sa.Connection) -> None:
    unhurried(conn)
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def _unusable(cause: BaseException) -> DatabaseError:
    return DatabaseError(first_line(cause))


def is_current(engine: sa.Engine) -> bool:
    """Tell whether the database has exactly the schema this program was written for."""
    with read(engine) as conn:
        heads = MigrationContext.configure(conn).get_current_heads()
    return set(heads) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
