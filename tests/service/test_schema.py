"""The migrations build exactly the schema that the code believes in."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from service.errors import Busy
from service.feedback import Customer
from service.storage import (
    Engine,
    alerts,
    begin,
    customers,
    cut_log,
    is_current,
    messages,
    migrate,
    migrations,
    open_engine,
    read,
    tickets,
)
from service.storage import feedback as stored
from service.storage.insight_tables import metadata  # with the tables of schema.py: all of them
from service.storage.words import called

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
#: Full-text search: prefix queries over our own folded words, so the database's idea of a language is not asked.
SEARCH_DDL = {
    "sqlite": (
        "CREATE VIRTUAL TABLE feedback_search USING fts5("
        "search_text, content='feedback', content_rowid='seq', tokenize='unicode61 remove_diacritics 0', prefix='2 3')",
        "CREATE TRIGGER feedback_search_insert AFTER INSERT ON feedback BEGIN "
        "INSERT INTO feedback_search(rowid, search_text) VALUES (new.seq, new.search_text); END",
        "CREATE TRIGGER feedback_search_delete AFTER DELETE ON feedback BEGIN "
        "INSERT INTO feedback_search(feedback_search, rowid, search_text) "
        "VALUES ('delete', old.seq, old.search_text); END",
        "CREATE TRIGGER feedback_search_update AFTER UPDATE OF search_text ON feedback BEGIN "
        "INSERT INTO feedback_search(feedback_search, rowid, search_text) "
        "VALUES ('delete', old.seq, old.search_text); "
        "INSERT INTO feedback_search(rowid, search_text) VALUES (new.seq, new.search_text); END",
    ),
    "postgresql": (
        # beside the comments, as SQLite has it: a row of words is a tenth of a comment, and a search reads those alone
        "CREATE TABLE feedback_search (seq bigint CONSTRAINT pk_feedback_search PRIMARY KEY "
        "CONSTRAINT fk_feedback_search_seq REFERENCES feedback (seq) ON DELETE CASCADE, words tsvector NOT NULL)",
        "CREATE INDEX ix_feedback_search_words ON feedback_search USING gin (words)",
        "CREATE OR REPLACE FUNCTION feedback_search_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO feedback_search (seq, words) VALUES (new.seq, strip(to_tsvector('simple', new.search_text))) "
        "ON CONFLICT (seq) DO UPDATE SET words = excluded.words; RETURN NULL; END $$",
        "CREATE TRIGGER feedback_search_follow AFTER INSERT OR UPDATE OF search_text ON feedback "
        "FOR EACH ROW EXECUTE FUNCTION feedback_search_follow()",
    ),
}


def _described(engine: Engine) -> dict[str, object]:
    """Everything the database says of its tables, in an order of its own."""
    look = sa.inspect(engine)
    told: dict[str, object] = {}
    for table in sorted(set(look.get_table_names()) - {"alembic_version"}):
        columns = [
            (
                column["name"],
                str(column["type"]),
                column["nullable"],
                column["default"],
                bool(column.get("autoincrement")),
            )
            for column in look.get_columns(table)
        ]
        told[table] = {
            "columns": columns,
            "key": look.get_pk_constraint(table),
            "references": sorted(map(str, look.get_foreign_keys(table))),
            "unique": sorted(map(str, look.get_unique_constraints(table))),
            "indexes": sorted(re.sub(r" at 0x\w+", "", str(index)) for index in look.get_indexes(table)),
            "checks": sorted(map(str, look.get_check_constraints(table))),
        }
    return told | {"objects": _objects(engine)}


def _objects(engine: Engine) -> list[str]:
    """Triggers, functions and search tables, which the inspector does not report."""
    queries = {
        "sqlite": "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE type = 'trigger' OR instr(name, 'search') > 0",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND strpos(indexname, 'search') > 0 "
        "UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    }
    with read(engine) as conn:
        return sorted(conn.exec_driver_sql(queries[engine.dialect.name]).scalars())


def _from_metadata(engine: Engine) -> None:
    with begin(engine) as conn:
        metadata.create_all(conn)
        for statement in SEARCH_DDL[engine.dialect.name]:
            conn.exec_driver_sql(statement)


def test_the_migrations_build_the_schema_that_the_code_describes(empty_engine: Engine) -> None:
    _from_metadata(empty_engine)
    wanted = _described(empty_engine)
    with begin(empty_engine) as conn:
        conn.exec_driver_sql("DROP TABLE feedback_search")
        metadata.drop_all(conn)
    migrate(empty_engine)
    assert _described(empty_engine) == wanted
    assert len(wanted) > 15


def test_migrating_twice_changes_nothing_and_the_schema_is_current(empty_engine: Engine) -> None:
    assert not is_current(empty_engine)
    migrate(empty_engine)
    before = _described(empty_engine)
    migrate(empty_engine)
    assert is_current(empty_engine)
    assert _described(empty_engine) == before


def test_the_last_step_has_the_highest_number() -> None:
    assert ScriptDirectory.from_config(migrations._config()).get_heads() == [migrations._newest()]


@contextmanager
def _as_of(revision: str, engine: Engine) -> Iterator[sa.Connection]:
    """Fill a database of an older schema; behind the block it is brought up to date."""
    with begin(engine) as conn:
        config = migrations._config()
        config.attributes["connection"] = conn
        command.upgrade(config, revision)
        yield conn
    migrate(engine)


def test_waves_of_an_older_schema_claim_no_confidence_any_more(empty_engine: Engine) -> None:
    told = {"subject": "courier", "since": 739_000, "message_fa": "خبر", "figures": {}, "samples": []}
    with _as_of("0007", empty_engine) as conn:
        for kind, sure in (("wave", 0.0), ("anomaly", 0.99)):
            assert alerts.raise_(conn, NOW, told | {"kind": kind, "sure": sure})
    with read(empty_engine) as conn:
        rows = conn.exec_driver_sql("SELECT kind, sure FROM alerts ORDER BY kind").all()
    assert [tuple(row) for row in rows] == [("anomaly", 0.99), ("wave", None)]


def test_who_was_erased_under_an_older_schema_is_worth_nothing_any_more(empty_engine: Engine) -> None:
    with _as_of("0009", empty_engine) as conn:
        worth = Customer(tier="vip", lifetime_value=5.0)
        customers.stranger(conn, worth, NOW)
        customers.meet(conn, ["c-1"], NOW)
        customers.touch(conn, [replace(worth, external_id="c-1")], NOW)
    with read(empty_engine) as conn:
        rows = conn.exec_driver_sql("SELECT external_id, tier, lifetime_value FROM customers").all()
    assert {tuple(row) for row in rows} == {(None, None, None), ("c-1", "vip", 5.0)}


def test_names_of_an_older_schema_are_found_by_their_words(empty_engine: Engine) -> None:
    with _as_of("0013", empty_engine) as conn:
        for number, name in enumerate(("مریم احمدي", None, "نیک‌پی", "😀", "سارا احمدیان")):
            row = {
                "id": f"cu_{number}",
                "name": name,
                "contacts": 1,
                "first_seen_at": NOW,
                "last_seen_at": NOW,
            }
            conn.execute(sa.insert(metadata.tables["customers"]), row)
    with read(empty_engine) as conn:
        known = metadata.tables["customers"].c.id
        found = {
            q: sorted(conn.scalars(sa.select(known).where(called(known, (q,)))))
            for q in ("احمدی", "نیکپی", "سارا", "ن")
        }
    assert found == {"احمدی": ["cu_0", "cu_4"], "نیکپی": ["cu_2"], "سارا": ["cu_4"], "ن": ["cu_2"]}


def test_processes_that_start_together_migrate_once(empty_engine: Engine) -> None:
    threads = [Thread(target=migrate, args=(empty_engine,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert is_current(empty_engine)


def test_steps_over_many_comments_may_take_long_on_postgresql(
    postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*words: Any) -> None:
        upgrade(*words)
        conn = words[0].attributes["connection"]
        allowed.append(conn.exec_driver_sql("SHOW statement_timeout").scalar_one())
        time.sleep(1)

    allowed: list[str] = []
    upgrade = command.upgrade
    monkeypatch.setattr(command, "upgrade", slowly)
    impatient = sa.create_engine(postgres_engine.url, connect_args={"options": "-c lock_timeout=200"})
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate, [impatient] * 2))
    impatient.dispose()
    assert allowed == ["0", "0"]
    assert is_current(postgres_engine)


def test_who_starts_while_a_long_step_is_taken_on_sqlite_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.storage.engine._PRAGMAS", ("PRAGMA busy_timeout = 20",))
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    with closing(sqlite3.connect(tmp_path / "desk.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(migrate, engine)
            time.sleep(0.2)
            assert not waiting.done()
            other.execute("COMMIT")
            waiting.result()
    assert is_current(engine)
    engine.dispose()


def test_the_log_is_not_cut_while_somebody_reads_and_no_writer_waits_for_that(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(engine)
    log = tmp_path / "desk.db-wal"
    with read(engine) as conn:
        conn.exec_driver_sql("SELECT count(*) FROM feedback").scalar()
        begun = time.monotonic()
        cut_log(engine)
        assert time.monotonic() - begun < 5  # a writer would be waited for twice as long
        assert log.stat().st_size > 0
    cut_log(engine)
    assert log.stat().st_size == 0
    with read(engine) as conn:
        assert conn.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000
    engine.dispose()


def test_a_postgresql_that_takes_no_writes_for_now_is_out_of_reach(newest_postgres_engine: Engine) -> None:
    def write() -> None:
        with begin(newest_postgres_engine) as conn:
            conn.exec_driver_sql("SET TRANSACTION READ ONLY")
            conn.exec_driver_sql("DELETE FROM outbox")

    with pytest.raises(Busy) as refused:
        write()
    assert refused.value.code == "storage_unavailable"
    assert "read-only" in str(refused.value.why)


@pytest.mark.parametrize("opened_for", [begin, read])
def test_a_damaged_file_is_out_of_reach_and_says_why(
    newest_schema: Path, tmp_path: Path, opened_for: Callable[..., Any]
) -> None:
    file = tmp_path / "desk.db"
    file.write_bytes(newest_schema.read_bytes()[:4096].ljust(newest_schema.stat().st_size, b"\xff"))
    engine = open_engine(f"sqlite:///{file}")
    with pytest.raises(Busy) as refused, opened_for(engine) as conn:
        conn.exec_driver_sql("SELECT count(*) FROM feedback")
    engine.dispose()
    assert "malformed" in str(refused.value.why)


def test_whoever_changes_a_row_keeps_nobody_from_storing_what_refers_to_it(
    newest_postgres_engine: Engine, opened: Callable[..., Any]
) -> None:
    desk = opened(newest_postgres_engine)
    receipt = desk.send("سفارشم نرسید و کسی جواب نمی‌دهد", customer={"external_id": "c-1"})
    ticket = receipt["ticket"]["id"]
    with begin(desk.engine) as conn:
        assert tickets.locked(conn, ticket)
        assert stored.locked(conn, receipt["id"])
        with begin(desk.engine) as other:
            other.exec_driver_sql("SET LOCAL lock_timeout = 500")
            note = {"id": "ms_1", "ticket_id": ticket, "kind": "note", "author": "sara", "body": "زنگ زدم"}
            messages.add(other, {**note, "at": desk.clock.now})


def test_a_new_sqlite_file_is_read_by_nobody_else(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    migrate(engine)
    found = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    engine.dispose()
    assert found == dict.fromkeys(("desk.db", "desk.db-wal", "desk.db-shm"), 0o600)


def test_sqlite_is_opened_for_many_writers_and_strict_references(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'folder' / 'desk.db'}")
    with read(engine) as conn:
        settings = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys")
        }
        synchronous = conn.exec_driver_sql("PRAGMA synchronous").scalar()
    engine.dispose()
    assert settings == {"journal_mode": "wal", "foreign_keys": 1}
    assert synchronous == 1
