"""What those who run the desk read in its log when it cannot do its work."""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Timer
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs
from typer.testing import CliRunner

from service import worker
from service.cli import app
from service.comments import exporting
from service.errors import Busy
from service.live import _tried
from service.storage import begin, open_engine, read

FULL = {"event": "unavailable", "code": "storage_unavailable", "reason": "database or disk is full"}
LONG = "پیتزا سرد رسید و هیچ‌کس جواب نداد. " * 130


@pytest.fixture
def full(lite: Any) -> Any:
    """A desk whose file cannot grow any more."""
    inside = lite.client.app.state.desk.engine
    inside.dispose()
    sa.event.listen(inside, "connect", lambda raw, _record: raw.execute("PRAGMA max_page_count = 1"))
    return lite


def _fill(desk: Any) -> None:
    with begin(desk.client.app.state.desk.engine) as conn:
        conn.exec_driver_sql("CREATE TABLE filling AS SELECT zeroblob(1000000)")


def _by_api(desk: Any) -> None:
    assert desk.post("/v1/feedback", {"text": LONG}, "sender").status_code == 503


def _by_page(desk: Any) -> None:
    form = {"text": LONG, "score": "1"}
    own = {"Sec-Fetch-Site": "same-origin"}
    answer = desk.client.post("/form/delivery", data=form, headers=own)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert LONG.strip() in answer.text  # what a customer wrote stays with them
    assert "هنوز ثبت نشده است" in answer.text


def _by_worker(desk: Any) -> None:
    worker._guarded("chore", lambda: _fill(desk))


@pytest.mark.parametrize("work", [_by_api, _by_page, _by_worker])
def test_a_full_disk_stands_in_the_log_without_anybodys_words(full: Any, work: Callable[[Any], None]) -> None:
    with capture_logs() as logs:
        work(full)
    assert FULL.items() <= next(log for log in logs if log["event"] == "unavailable").items()
    assert "پیتزا" not in str(logs)


def _no_room(*_: Any) -> Iterator[bytes]:
    yield b"a"
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/علی رضایی.csv")


def _gone(*_: Any) -> Iterator[bytes]:
    yield b"a"
    with read(open_engine("postgresql://nobody@127.0.0.1:1/nothing")):
        yield b"b"


@pytest.mark.parametrize(
    ("content", "event", "reason"),
    [(_no_room, "unexpected_error", "No space left"), (_gone, "unavailable", "Connection refused")],
)
def test_why_a_file_broke_off_on_its_way_out_stands_in_the_log(
    lite: Any, monkeypatch: pytest.MonkeyPatch, content: Any, event: str, reason: str
) -> None:
    monkeypatch.setattr(exporting, "content", content)
    with capture_logs() as logs, pytest.raises((OSError, RuntimeError)):
        lite.get("/v1/exports/feedback")
    (told,) = (log["reason"] for log in logs if log["event"] == event)
    assert reason in told
    assert "رضایی" not in str(logs)


def test_what_the_system_says_of_a_failed_task_stands_in_the_log() -> None:
    with capture_logs() as logs:
        worker._guarded("imports", lambda: list(_no_room()))
    (told,) = logs
    assert (told["event"], told["what"], told["kind"]) == ("work_failed", "imports", "OSError")
    assert told["reason"] == "No space left on device"
    assert "رضایی" not in str(logs)


class _Third(Event):
    """Is set the third time that somebody waits for it, and remembers how long they would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        if len(self.waited) == 3:
            self.set()
        return self.is_set()


@pytest.mark.parametrize(("is_away", "least", "most"), [(False, 0.1, 1.0), (True, 2.0, 30.0)])
def test_a_worker_whose_database_is_away_asks_again_in_a_while(
    lite: Any, is_away: bool, least: float, most: float
) -> None:
    away = open_engine("postgresql://nobody@127.0.0.1:1/nothing")
    desk, stop = lite.client.app.state.desk, _Third()
    with capture_logs() as logs:
        worker.run(away if is_away else desk.engine, desk.settings, desk.live, stop, desk.now)
    away.dispose()
    assert all(least <= seconds <= most for seconds in stop.waited[:3])
    assert sum(log.get("what") == "deliveries" for log in logs) == (3 if is_away else 0)


def test_what_could_not_be_sent_for_lack_of_room_is_not_tried_again_at_once(lite: Any) -> None:
    hook = {"url": "https://crm.example/hook", "events": ["feedback.created"]}
    name = lite.post("/v1/webhooks", hook, "admin").json()["id"]
    lite.post("/v1/feedback", {"text": LONG}, "sender")
    desk, stop = lite.client.app.state.desk, Event()
    desk.engine.dispose()
    sa.event.listen(desk.engine, "connect", lambda raw, _record: raw.execute("PRAGMA query_only = ON"))
    ending = Timer(2, stop.set)
    ending.start()
    with capture_logs() as logs:
        worker.run(desk.engine, desk.settings, desk.live, stop, desk.now)
    ending.join()
    assert [log["what"] for log in logs if log.get("what") == name] == [name]


def test_a_log_that_takes_no_more_lines_ends_no_work(lite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, stop = lite.client.app.state.desk, _Third()
    with suppress(OSError), Path("/dev/full").open("w") as full:  # to close it is to write what is left
        monkeypatch.setattr(sys, "stdout", full)
        worker.run(desk.engine, desk.settings, desk.live, stop, desk.now)
    assert stop.is_set()


def test_who_cannot_look_at_what_others_changed_says_why_and_not_that_it_was_refused(
    lite: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, live = open_engine("postgresql://nobody@127.0.0.1:1/nothing"), lite.client.app.state.desk.live
    monkeypatch.setattr(live, "_engine", away)
    with capture_logs() as logs:
        _tried("topics", live.follow_topics)
        _tried("rules", live.follow_rules)
    away.dispose()
    assert {log["event"] for log in logs} == {"unavailable"}
    assert all("Connection refused" in log["reason"] for log in logs)


def test_a_command_says_what_stood_in_the_way(full: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(*_: Any, **__: Any) -> None:
        _fill(full)

    monkeypatch.setenv("BAZKHORD_DATABASE_URL", str(full.engine.url))
    monkeypatch.setattr("service.keyring.make", make)
    answer = CliRunner().invoke(app, ["keys", "create", "x"])
    assert answer.exit_code == 2
    assert "(database or disk is full)" in answer.stderr


def test_a_desk_that_is_only_full_of_work_does_not_complain() -> None:
    assert Busy("overloaded", "سامانه شلوغ است.").why is None
