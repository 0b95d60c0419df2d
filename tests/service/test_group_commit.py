"""Writes that meet share a transaction, and none of them feels the others' mistakes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier, Event

import pytest
import sqlalchemy as sa

from service.errors import Conflict, ServiceError
from service.group_commit import GroupCommit
from service.storage import audit, read, schema

NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)


def _note(name):
    def do(conn):
        audit.record(conn, NOW, "test", "noted", name)
        return name

    return do


def _each(conn, dos):
    return [_done(conn, do) for do in dos]


def _done(conn, do):
    try:
        return do(conn)
    except ServiceError as error:
        return error


def _write(together, do):
    return together.write_with(_each, do)


def _noted(engine):
    with read(engine) as conn:
        return sorted(conn.scalars(sa.select(schema.audit.c.object_id)))


def test_every_thread_gets_its_own_result_after_the_commit(engine):
    together, start = GroupCommit(engine), Barrier(12)

    def one(number):
        start.wait()
        given = _write(together, _note(f"n{number:02}"))
        assert given in _noted(engine)
        return given

    with ThreadPoolExecutor(12) as pool:
        given = list(pool.map(one, range(12)))
    assert sorted(given) == _noted(engine)


def test_a_refusal_is_for_whoever_asked_alone(engine):
    together = GroupCommit(engine)

    def refuse(_conn):
        raise Conflict("no", "نه")

    with pytest.raises(Conflict):
        _write(together, refuse)
    assert _write(together, _note("a")) == "a"


def test_a_write_that_breaks_the_transaction_does_not_take_the_others_with_it(engine):
    together, held, entered = GroupCommit(engine), Event(), Event()

    def hold(conn):
        entered.set()
        held.wait()
        return _note("first")(conn)

    def break_it(conn):
        conn.execute(sa.text("INSERT INTO tickets (id) VALUES ('without everything else')"))

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(_write, together, hold)
        entered.wait()
        others = [pool.submit(_write, together, do) for do in (_note("b"), break_it, _note("c"))]
        while len(together._waiting) < 3:
            pass
        held.set()
        assert first.result() == "first"
        assert (others[0].result(), others[2].result()) == ("b", "c")
        with pytest.raises(sa.exc.IntegrityError):
            others[1].result()
    assert _noted(engine) == ["b", "c", "first"]


def test_writes_of_one_kind_are_written_in_one_call(engine):
    together, held, entered, calls = GroupCommit(engine), Event(), Event(), []

    def hold(conn):
        entered.set()
        held.wait()
        return "held"

    def write_all(conn, names):
        calls.append(list(names))
        return [Conflict("no", "نه") if name == "bad" else _note(name)(conn) for name in names]

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(_write, together, hold)
        entered.wait()
        others = [pool.submit(together.write_with, write_all, name) for name in ("a", "bad", "b")]
        while len(together._waiting) < 3:
            pass
        held.set()
        assert first.result() == "held"
        assert (others[0].result(), others[2].result()) == ("a", "b")
        with pytest.raises(Conflict):
            others[1].result()
    assert [sorted(call) for call in calls] == [["a", "b", "bad"]]
    assert _noted(engine) == ["a", "b"]
