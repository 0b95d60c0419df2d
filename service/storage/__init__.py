"""Where the desk remembers: the only package that imports SQLAlchemy.

Functions take `conn` first and never commit; who needs a transaction writes `with begin(engine) as conn:`.
"""

from sqlalchemy import Connection, Engine

from service.storage.engine import begin, cut_log, open_engine, read
from service.storage.migrations import is_current, migrate

__all__ = ["Connection", "Engine", "begin", "cut_log", "is_current", "migrate", "open_engine", "read"]
