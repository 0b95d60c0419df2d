"""The model in a process of its own: the same tags, and a process that is lost costs nobody an answer."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from nlp import artifacts
from nlp.errors import ModelError
from nlp.normalize import TextError
from nlp.tagger import Tagger
from service import jsontext, model_process
from service.batching import Batcher
from service.errors import Busy
from service.model_process import InProcessModel, ModelProcess

MODELS = Path("models")
DAY = date(2026, 11, 28)
TEXTS = ["پیتزا سرد رسید و پشتیبانی جواب نداد", "اتاق تمیز بود، ممنون", "تا شنبه پولم رو برگردونید", "?"]


@pytest.fixture(scope="module")
def model():
    (started,) = model_process.started(artifacts.current(MODELS), 1)
    yield started
    started.close()


def test_it_tags_as_the_tagger_does(model, tagger):
    assert model.model == tagger.model
    assert model.tag_many(TEXTS, now=DAY) == InProcessModel(tagger).tag_many(TEXTS, now=DAY)


def test_it_is_told_the_trade(tagger):
    (model,) = model_process.started(artifacts.current(MODELS), 1, "hotel")
    assert model.tag_many(TEXTS) == InProcessModel(Tagger(tagger.bundle, "hotel")).tag_many(TEXTS)
    assert model.tag_many(TEXTS) != InProcessModel(tagger).tag_many(TEXTS)
    model.close()


def test_what_goes_wrong_with_one_comment_is_told_and_the_next_is_served(model, tagger):
    with pytest.raises(TextError) as refused:
        model.tag_many(["سرد \ud800 بود"])
    assert refused.value.code == "surrogate"
    assert model.tag_many(TEXTS[:1]) == InProcessModel(tagger).tag_many(TEXTS[:1])


def test_a_process_that_is_killed_is_started_again_and_answers(model, tagger):
    killed = model.process
    _kill(model)
    assert model.tag_many(TEXTS) == InProcessModel(tagger).tag_many(TEXTS)
    assert model.process.pid != killed.pid


def test_how_a_process_ended_stands_in_the_log(tagger):
    (model,) = model_process.started(artifacts.current(MODELS), 1)
    assert model.model == tagger.model
    with capture_logs() as logs, ThreadPoolExecutor(1) as pool:
        for _ in range(3):  # its pipe breaks now before, now after its code is known
            answer = pool.submit(model.tag_many, TEXTS * 200)
            time.sleep(0.1)  # it reads them
            os.kill(model.process.pid, signal.SIGKILL)
            assert len(answer.result()) == len(TEXTS) * 200
    model.close()
    assert [log["exitcode"] for log in logs] == [-signal.SIGKILL] * 3


def test_several_share_the_work_and_end_with_the_queue(tagger, said):
    models = model_process.started(artifacts.current(MODELS), 2)
    batcher = Batcher(*models, capacity=100, together=8, release=lambda: [each.close() for each in models])
    texts = [f"سفارش {number} دو ساعت دیر آمد" for number in range(60)]
    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda text: batcher.tag_many([text])[0], texts))
    assert [said(answer) for answer in answers] == [
        said(jsontext.encoded(tagger.tag(text))) for text in texts
    ]
    batcher.close()
    assert not any(each.process.is_alive() for each in models)


def test_a_version_that_is_not_sound_is_named(tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(artifacts.current(MODELS), folder)
    (folder / "heads.joblib").write_bytes(b"no model")
    model = ModelProcess(folder)
    with pytest.raises(ModelError, match=r"heads\.joblib"):
        assert model.model
    model.close()


def test_a_model_whose_files_went_away_is_told_of_and_comes_back_with_them(tmp_path, tagger):
    folder, away = tmp_path / "version", tmp_path / "away"
    shutil.copytree(artifacts.current(MODELS), folder)
    model = ModelProcess(folder)
    assert model.model == tagger.model
    folder.rename(away)
    _kill(model)
    for _ in range(2):
        with pytest.raises(Busy) as refused:
            model.tag_many(TEXTS)
        assert refused.value.code == "model_unavailable"
    away.rename(folder)
    assert model.tag_many(TEXTS) == InProcessModel(tagger).tag_many(TEXTS)
    model.close()


def test_a_process_that_cannot_be_started_is_tried_again(tagger, monkeypatch):
    def no_memory(_process):
        raise OSError("Cannot allocate memory")

    (model,) = model_process.started(artifacts.current(MODELS), 1)
    assert model.model == tagger.model
    _kill(model)
    with monkeypatch.context() as patched:
        patched.setattr(type(model.process), "start", no_memory)
        for _ in range(2):
            with pytest.raises(Busy) as refused:
                model.tag_many(TEXTS)
            assert refused.value.code == "model_restarting"
    assert model.tag_many(TEXTS) == InProcessModel(tagger).tag_many(TEXTS)
    model.close()


def test_a_process_that_nobody_heard_out_ends_quietly():
    (model,) = model_process.started(artifacts.current(MODELS), 1)
    model._pipe.poll(60)  # it has said what it is
    model.close()
    assert model.process.exitcode == 0


def test_a_process_that_is_lost_twice_in_a_row_is_told_of_and_started_once_more(tagger):
    (model,) = model_process.started(artifacts.current(MODELS), 1)
    first = model.process
    assert model.model == tagger.model

    def kill_the_next() -> None:
        while model.process is first or model.process.pid is None:
            pass
        os.kill(model.process.pid, signal.SIGKILL)

    os.kill(first.pid, signal.SIGKILL)
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(kill_the_next)
        with pytest.raises(Busy) as refused:
            model.tag_many(TEXTS)
        killing.result()
    assert (refused.value.code, refused.value.retry_after) == ("model_restarting", 2)
    assert model.tag_many(TEXTS) == InProcessModel(tagger).tag_many(TEXTS)
    model.close()


def test_a_model_that_hangs_is_closed_when_nobody_waits_for_it_any_more(monkeypatch):
    monkeypatch.setattr("service.batching._PATIENCE_S", 0.5)
    monkeypatch.setattr(model_process, "_HUNG_S", 30)
    (model,) = model_process.started(artifacts.current(MODELS), 1)
    assert model.model
    batcher = Batcher(model, capacity=50, together=16, release=model.close)
    hung = model.process
    os.kill(hung.pid, signal.SIGSTOP)
    with pytest.raises(Busy):
        batcher.tag_many(TEXTS)
    closing = time.monotonic()
    batcher.close()
    assert time.monotonic() - closing < 20
    (thread,) = batcher._models
    thread.join(20)
    assert not thread.is_alive()
    assert (model.process, hung.exitcode) == (hung, -signal.SIGKILL)


def test_the_processes_of_a_pool_are_gone_when_theirs_was_killed():
    script = (
        "import os, time; from concurrent.futures import ProcessPoolExecutor; from multiprocessing import get_context\n"
        "from nlp.files.processes import end_with_parent\n"
        "if __name__ == '__main__':\n"
        "    pool = ProcessPoolExecutor(1, get_context('spawn'), initializer=end_with_parent)\n"
        "    print(pool.submit(os.getpid).result(), flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 20
    while _lives(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(child)


def _kill(model: ModelProcess) -> None:
    os.kill(model.process.pid, signal.SIGKILL)
    model.process.join()


def _lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be fetched does not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
