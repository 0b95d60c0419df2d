"""What may change while the desk runs: rules and models are replaced whole, and what is wrong changes nothing."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from nlp import artifacts, evaluate
from nlp.judging import gate
from service import intake, live, promotion, rulefile, serving, sla
from service.casework import replies
from service.errors import Conflict
from service.feedback import Incoming
from service.storage import audit, begin, read
from service.storage import engine as opening
from service.storage.schema import outbox
from service.tomlfile import FileMistakes

MODELS = Path(__file__).resolve().parents[2] / "models"
TEXT = rulefile.FILE.read_text(encoding="utf-8")
#: Words that a Persian sentence has no place for; the name of a file is one.
ENGLISH = re.compile(r"[a-z]+ [a-z]+")
RENAMED = TEXT.replace('default_queue = "support"', 'default_queue = "quality"')


@pytest.fixture
def ruled(opened, sqlite_engine, tmp_path):
    """A desk with a rules file of its own."""
    path = tmp_path / "routing.toml"
    path.write_text(TEXT, encoding="utf-8")
    return opened(sqlite_engine, rules=path), path


def test_rules_are_read_again_on_request_and_the_trail_says_by_whom(ruled):
    desk, path = ruled
    path.write_text(RENAMED, encoding="utf-8")
    assert desk.get("/v1/rules").json()["default_queue"] == "support"
    assert desk.post("/v1/rules/reload", role="admin").json()["default_queue"] == "quality"
    assert desk.get("/v1/audit", role="admin").json()["items"][0]["action"] == "rules.reloaded"


def test_drafts_of_replies_are_the_company_s_own_and_read_again_with_the_rules(
    opened, sqlite_engine, tmp_path
):
    path = tmp_path / "replies.toml"
    shipped = replies.FILE.read_text(encoding="utf-8")
    path.write_text(shipped, encoding="utf-8")
    desk = opened(sqlite_engine, replies=path)
    desk.sign_in()
    topic = {"name_fa": "گارانتی", "query": "گارانتی", "touchpoint": "after_sales"}
    own = desk.post("/v1/topics", topic, role="admin").json()["id"]
    ticket = desk.send("گارانتی جواب نمی‌دهد و کسی پیگیری نمی‌کند")["ticket"]["id"]
    own_words = "کارشناس گارانتی فردا با شما تماس می‌گیرد."
    path.write_text(
        f'{shipped}\n[topics.{own}]\nformal = "{own_words}"\nfriendly = "سلام"\n', encoding="utf-8"
    )
    assert own_words not in desk.client.get(f"/tickets/{ticket}").text
    assert desk.post("/v1/rules/reload", role="admin").status_code == 200
    assert own_words in desk.client.get(f"/tickets/{ticket}").text
    path.write_text(shipped.replace("[formal]", "[stiff]"), encoding="utf-8")
    answer = desk.post("/v1/rules/reload", role="admin")
    assert (answer.status_code, answer.json()["errors"][0]["path"].split(":")[0]) == (422, "replies.toml")
    assert own_words in desk.client.get(f"/tickets/{ticket}").text


def test_wrong_rules_are_told_with_their_line_and_the_old_ones_stay(ruled):
    desk, path = ruled
    path.write_text(TEXT.replace("default_queue", "defaultqueue"), encoding="utf-8")
    answer = desk.post("/v1/rules/reload", role="admin")
    assert (answer.status_code, answer.json()["code"]) == (422, "rules_invalid")
    assert answer.json()["errors"][0]["path"].startswith("routing.toml:")
    assert desk.get("/v1/rules").json()["default_queue"] == "support"


def test_hours_of_a_queue_that_the_rules_do_not_have_are_refused_with_their_line(
    opened, sqlite_engine, tmp_path
):
    path = tmp_path / "calendar.toml"
    shipped = sla.FILE.read_text(encoding="utf-8")
    wrong = shipped.replace('safety = "always"', 'saftey = "always"')
    line = 1 + wrong.split("saftey")[0].count("\n")
    path.write_text(shipped, encoding="utf-8")
    desk = opened(sqlite_engine, calendar=path)
    path.write_text(wrong, encoding="utf-8")
    answer = desk.post("/v1/rules/reload", role="admin")
    assert (answer.status_code, answer.json()["code"]) == (422, "rules_invalid")
    (told,) = answer.json()["errors"]
    assert told["path"] == f"calendar.toml:{line}"
    assert "«saftey»" in told["detail"]
    assert desk.get("/v1/calendar").json()["queues"]["safety"] == "always"
    with pytest.raises(FileMistakes, match=f"calendar.toml:{line}: .*saftey"):
        opened(sqlite_engine, calendar=path)  # nor does a desk start with it


def _becomes(told, value):
    """Wait until what a desk tells becomes a value."""
    patience = time.monotonic() + 30
    while told() != value:
        assert time.monotonic() < patience, told()
        time.sleep(0.02)


def _default_queue(desk):
    return lambda: desk.get("/v1/rules").json()["default_queue"]


def test_the_signal_reads_the_rules_again_and_survives_wrong_or_missing_ones(ruled):
    desk, path = ruled
    path.write_text("[[rules]", encoding="utf-8")
    serving.reload_rules(desk.client.app)
    path.unlink()
    serving.reload_rules(desk.client.app)
    assert _default_queue(desk)() == "support"
    path.write_text(RENAMED, encoding="utf-8")
    serving.reload_rules(desk.client.app)
    _becomes(_default_queue(desk), "quality")
    assert desk.get("/v1/audit", role="admin").json()["items"][0]["actor"] == "signal"


def test_signals_that_come_while_a_model_is_loaded_hold_nobody_up(ruled):
    desk, path = ruled
    path.write_text(RENAMED, encoding="utf-8")
    with desk.client.app.state.desk.live._lock:
        for _ in range(3):
            serving.reload_rules(desk.client.app)  # returns at once
        assert _default_queue(desk)() == "support"
    _becomes(_default_queue(desk), "quality")


@pytest.fixture
def quick(monkeypatch):
    """Desks that look every moment at what the others did."""
    monkeypatch.setattr(live, "_FOLLOW_S", 0.05)


def test_rules_that_one_process_reads_again_reach_the_others_and_edits_alone_do_not(quick, ruled, opened):
    desk, path = ruled
    other = opened(desk.engine, rules=path)
    path.write_text(RENAMED, encoding="utf-8")
    time.sleep(0.3)
    assert (_default_queue(desk)(), _default_queue(other)()) == ("support", "support")
    assert desk.post("/v1/rules/reload", role="admin").status_code == 200
    _becomes(_default_queue(other), "quality")


def test_a_worker_process_follows_rules_and_models_and_outlives_the_signal(versioned, tmp_path):
    log = tmp_path / "worker.log"
    env = os.environ | {
        "BAZKHORD_DATABASE_URL": versioned.engine.url.render_as_string(hide_password=False),
        "BAZKHORD_MODELS": str(tmp_path / "models"),
        "BAZKHORD_RULES": str(tmp_path / "routing.toml"),
    }
    (tmp_path / "routing.toml").write_text(TEXT, encoding="utf-8")
    command = [sys.executable, "-c", "from service.cli import app; app()", "worker"]
    with log.open("wb") as told, subprocess.Popen(command, env=env, stdout=told, stderr=told) as worker:
        try:
            _becomes(lambda: b"worker_started" in log.read_bytes(), True)
            for _ in range(5):
                worker.send_signal(signal.SIGHUP)
            _becomes(lambda: b"rules_reloaded" in log.read_bytes(), True)
            assert versioned.get("/v1/audit", role="admin").json()["items"][0]["action"] == "rules.reloaded"
            assert versioned.post("/v1/models/2027.1.1/promote", role="admin").status_code == 200
            _becomes(lambda: b"model_changed" in log.read_bytes(), True)
        finally:
            worker.terminate()
        assert worker.wait(30) == 0


@pytest.fixture
def versions(tmp_path, several_models):
    """A models folder that has a second version, and a third one that was tampered with."""
    return several_models(tmp_path / "models", "2027.1.1", "2027.1.2")


@pytest.fixture
def versioned(opened, sqlite_engine, versions):
    """A desk with this folder."""
    return opened(sqlite_engine, models=versions)


def test_of_two_promotions_at_a_time_each_leads_back_to_the_one_before_it(
    engine, versions, tagger, clock, monkeypatch
):
    (versions / "2027.1.2" / "extra.joblib").unlink()
    record, both = audit.record, threading.Barrier(2)

    def meet(*told, **named):
        with suppress(threading.BrokenBarrierError):
            both.wait(0.5)  # neither goes on alone before it had time to
        record(*told, **named)

    monkeypatch.setattr(audit, "record", meet)
    with ThreadPoolExecutor() as two:
        told = [
            two.submit(promotion.promote, engine, versions, name, "admin", clock.now)
            for name in ("2027.1.1", "2027.1.2")
        ]
        assert {each.result().version for each in told} == {"2027.1.1", "2027.1.2"}
    with read(engine) as conn:
        second, first = audit.listing(conn, action="model.promoted", limit=3)
    assert first["before"]["version"] == tagger.model.version
    assert second["before"]["version"] == first["object_id"]
    monkeypatch.setattr(audit, "record", record)
    assert promotion.rollback(engine, versions, "admin", clock.now) == first["object_id"]


def better(*_):
    """Stand for minutes of judging on the frozen comments."""
    return gate.Verdict(promoted=True, reasons=("category: F1 rises",))


def test_a_version_that_was_compared_with_another_than_the_one_in_force_is_judged_again(
    engine, versions, clock, monkeypatch
):
    (versions / "2027.1.2" / "extra.joblib").unlink()
    (versions / "frozen.jsonl").touch()

    def meanwhile(models, candidate):
        monkeypatch.setattr(evaluate, "gated", better)
        promotion.promote(engine, models, "2027.1.1", "admin", clock.now)
        return better()

    monkeypatch.setattr(evaluate, "gated", meanwhile)
    with pytest.raises(Conflict) as refused:
        promotion.promote(engine, versions, "2027.1.2", "admin", clock.now)
    assert refused.value.code == "model_changed_meanwhile"
    assert artifacts.current_name(versions) == "2027.1.1"
    assert promotion.promote(engine, versions, "2027.1.2", "admin", clock.now).version == "2027.1.2"


def test_a_promotion_that_was_killed_before_its_record_was_kept_is_written_down_and_leads_back(
    engine, versions, tagger, clock, monkeypatch
):
    monkeypatch.setattr(artifacts, "promote", partial(killed_after, artifacts.promote))
    with pytest.raises(KeyboardInterrupt):
        promotion.promote(engine, versions, "2027.1.1", "admin", clock.now)
    monkeypatch.undo()
    (versions / "CURRENT").write_text("2027.1.1", encoding="utf-8")  # who is killed takes nothing back
    promotion.promote(engine, versions, "2027.1.1", "admin", clock.now)
    with read(engine) as conn:
        first, found = audit.trail(conn, tagger.model.version) + audit.trail(conn, "2027.1.1")
        assert conn.scalars(sa.select(outbox.c.type)).all() == ["model.promoted"]
    assert (first["action"], first["before"]) == ("model.found", None)
    assert (found["action"], found["before"]) == ("model.found", {"version": tagger.model.version})
    assert promotion.rollback(engine, versions, "admin", clock.now) == tagger.model.version


def killed_after(promote, models, version):
    promote(models, version)
    raise KeyboardInterrupt


def test_a_record_that_cannot_be_kept_takes_the_promotion_back(engine, versions, tagger, clock, monkeypatch):
    @contextmanager
    def failing(engine):
        with begin(engine) as conn:
            yield conn
            if artifacts.current_name(versions) == "2027.1.1":
                raise OSError("no space left on device")

    monkeypatch.setattr(promotion, "begin", failing)
    with pytest.raises(OSError, match="no space"):
        promotion.promote(engine, versions, "2027.1.1", "admin", clock.now)
    assert artifacts.current_name(versions) == tagger.model.version


def test_a_promoted_model_is_in_force_at_once_and_one_step_leads_back(versioned, tagger):
    listed = versioned.get("/v1/models").json()
    assert [item["version"] for item in listed["items"]] == ["2027.1.2", "2027.1.1", tagger.model.version]
    assert [item["sound"] for item in listed["items"]] == [False, True, True]
    nothing = versioned.post("/v1/models/rollback", role="admin")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_roll_back")
    assert versioned.post("/v1/models/2027.1.1/promote", role="admin").json() == {"in_force": "2027.1.1"}
    assert versioned.send("پیک دیر رسید")["tags"]["model"]["version"] == "2027.1.1"
    assert versioned.post("/v1/models/rollback", role="admin").json() == {"in_force": tagger.model.version}
    assert versioned.get("/readyz", role=None).json()["model"] == tagger.model.version


def test_a_rollback_that_is_asked_for_twice_does_not_bring_back_what_was_left(versioned, tagger):
    for _ in range(2):  # a promotion by name opens the way again
        versioned.post("/v1/models/2027.1.1/promote", role="admin")
        back = versioned.post("/v1/models/rollback", role="admin")
        assert back.json() == {"in_force": tagger.model.version}
        again = versioned.post("/v1/models/rollback", role="admin")
        assert (again.status_code, again.json()["code"]) == (409, "already_rolled_back")
        assert versioned.get("/v1/models").json()["in_force"] == tagger.model.version


def test_a_request_that_was_let_in_before_a_promotion_is_read_by_the_new_model(versioned):
    before = versioned.client.app.state.desk.line
    assert versioned.post("/v1/models/2027.1.1/promote", role="admin").status_code == 200
    answer = intake.receive(before, Incoming(text="پیک دیر رسید"), sender="key_1", now=versioned.clock.now)
    assert (answer.status, answer.body["tags"]["model"]["version"]) == (201, "2027.1.1")


def test_promoting_what_is_in_force_changes_nothing_and_keeps_the_way_back(versioned, tagger):
    for _ in range(2):
        assert versioned.post("/v1/models/2027.1.1/promote", role="admin").json() == {"in_force": "2027.1.1"}
    promotions = {"action": "model.promoted"}
    assert len(versioned.get("/v1/audit", role="admin", params=promotions).json()["items"]) == 1
    assert versioned.post("/v1/models/rollback", role="admin").json() == {"in_force": tagger.model.version}


def test_a_promotion_that_cannot_be_recorded_does_not_happen(versioned, tmp_path, tagger, monkeypatch):
    monkeypatch.setattr(opening, "_WAIT_S", 0.1)
    inside = versioned.client.app.state.desk
    with begin(inside.engine):  # another writer holds the database
        busy = versioned.post("/v1/models/2027.1.1/promote", role="admin")
    assert (busy.status_code, busy.json()["code"]) == (503, "storage_unavailable")
    assert (tmp_path / "models" / "CURRENT").read_text(encoding="utf-8").strip() == tagger.model.version
    assert versioned.post("/v1/models/2027.1.1/promote", role="admin").status_code == 200
    assert versioned.post("/v1/models/rollback", role="admin").json() == {"in_force": tagger.model.version}


def test_a_models_folder_that_cannot_be_written_is_told_and_the_present_model_stays(
    versioned, tagger, tmp_path
):
    (tmp_path / "models" / ".CURRENT.new").mkdir()
    refused = versioned.post("/v1/models/2027.1.1/promote", role="admin")
    assert (refused.status_code, refused.json()["code"]) == (409, "models_not_writable")
    assert "Is a directory" in refused.json()["detail"]
    assert versioned.get("/v1/audit", role="admin", params={"action": "model.promoted"}).json()["items"] == []
    assert versioned.get("/v1/models").json()["in_force"] == tagger.model.version


def test_a_model_that_is_missing_or_not_sound_is_refused_and_the_present_one_stays(versioned, tagger):
    wrong = versioned.post("/v1/models/2027.1.2/promote", role="admin")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "model_not_sound")
    assert versioned.post("/v1/models/2030.1.1/promote", role="admin").status_code == 404
    assert versioned.post("/v1/models/..%2Fetc/promote", role="admin").status_code in {404, 422}
    assert versioned.get("/v1/models").json()["in_force"] == tagger.model.version


def test_a_model_that_was_made_for_other_code_is_refused_whichever_way_it_would_come(
    versioned, tagger, tmp_path
):
    models = tmp_path / "models"
    assert versioned.post("/v1/models/2027.1.1/promote", role="admin").status_code == 200
    for name in (tagger.model.version, "2027.1.2"):
        manifest = models / name / "manifest.json"
        facts = json.loads(manifest.read_text(encoding="utf-8"))
        manifest.write_text(json.dumps(facts | {"normalizer": "0"}), encoding="utf-8")
    (models / "2027.1.2" / "extra.joblib").unlink()
    for step in ("2027.1.2/promote", "rollback"):
        refused = versioned.post(f"/v1/models/{step}", role="admin")
        assert (refused.status_code, refused.json()["code"]) == (409, "model_not_sound")
        assert "نرمال‌ساز دیگری" in refused.json()["detail"]
    assert (models / "CURRENT").read_text(encoding="utf-8").strip() == "2027.1.1"
    assert [item["sound"] for item in versioned.get("/v1/models").json()["items"]] == [False, True, False]


@pytest.mark.parametrize("harm", ["normalizer", "file", "folder"])
def test_a_model_in_force_that_can_no_longer_be_loaded_gives_way_and_the_answer_says_so(
    versioned, tagger, tmp_path, harm
):
    models, present = tmp_path / "models", tagger.model.version
    frozen = {"id": "1", "text": "غذا سرد بود", "category": "complaint", "sentiment": -1}
    (models / "frozen.jsonl").write_text(json.dumps(frozen), encoding="utf-8")
    manifest = models / present / "manifest.json"
    if harm == "normalizer":
        manifest.write_text(
            json.dumps(json.loads(manifest.read_bytes()) | {"normalizer": "0"}), encoding="utf-8"
        )
    elif harm == "file":
        (models / present / "heads.joblib").unlink()
    else:
        shutil.rmtree(models / present)
    wrong = versioned.post("/v1/models/2027.1.2/promote", role="admin")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "model_not_sound")
    assert "«2027.1.2»" in wrong.json()["detail"]
    assert not ENGLISH.search(wrong.json()["detail"])
    answer = versioned.post("/v1/models/2027.1.1/promote", role="admin")
    assert answer.json()["in_force"] == "2027.1.1"
    assert present in answer.json()["uncompared"]
    assert not ENGLISH.search(answer.json()["uncompared"])
    back = versioned.post("/v1/models/rollback", role="admin")
    assert (back.status_code, f"«{present}»" in back.json()["detail"]) == (409, True)


def test_from_a_model_whose_folder_is_gone_a_step_leads_back(versioned, tagger, tmp_path):
    assert versioned.post("/v1/models/2027.1.1/promote", role="admin").status_code == 200
    shutil.rmtree(tmp_path / "models" / "2027.1.1")
    assert versioned.post("/v1/models/rollback", role="admin").json() == {"in_force": tagger.model.version}


@pytest.mark.parametrize("kept", [None, "{", '{"behaviour": {}}'])
def test_a_model_that_nobody_measured_does_not_go_live(versioned, tagger, tmp_path, kept):
    folder = tmp_path / "models" / "2027.1.1"
    (folder / "metrics.json").unlink()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]["metrics.json"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    if kept:
        artifacts.add(folder, "metrics.json", kept)
    refused = versioned.post("/v1/models/2027.1.1/promote", role="admin")
    assert (refused.status_code, refused.json()["code"]) == (409, "model_not_measured")
    assert versioned.get("/v1/models").json()["in_force"] == tagger.model.version
    assert versioned.post(f"/v1/models/{tagger.model.version}/promote", role="admin").status_code == 200


def test_a_model_that_wins_nothing_on_the_frozen_comments_does_not_go_live(versioned, tagger, tmp_path):
    frozen = {"id": "1", "text": "غذا سرد بود", "category": "complaint", "sentiment": -1}
    (tmp_path / "models" / "frozen.jsonl").write_text(json.dumps(frozen), encoding="utf-8")
    refused = versioned.post("/v1/models/2027.1.1/promote", role="admin")
    assert (refused.status_code, refused.json()["code"]) == (409, "model_not_better")
    assert "better at nothing" in refused.json()["detail"]
    assert versioned.get("/v1/models").json()["in_force"] == tagger.model.version


@pytest.mark.parametrize(
    ("frozen", "said"),
    [
        ("", "frozen.jsonl: "),
        ("{", "frozen.jsonl:1"),
        ('{"id": "1", "text": "غذا سرد بود", "category": "?"}', "frozen.jsonl:1"),
        ('\n{"id": "1"}\n', "frozen.jsonl:2"),
    ],
)
def test_where_the_frozen_comments_cannot_be_read_no_model_goes_live(
    versioned, tagger, tmp_path, frozen, said
):
    (tmp_path / "models" / "frozen.jsonl").write_text(frozen, encoding="utf-8")
    refused = versioned.post("/v1/models/2027.1.1/promote", role="admin")
    assert (refused.status_code, refused.json()["code"]) == (409, "frozen_not_readable")
    assert said in refused.json()["detail"]
    assert versioned.get("/v1/models").json()["in_force"] == tagger.model.version
