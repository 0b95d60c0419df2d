"""The model in a process of its own: the same tags, and a process that is lost costs nobody an answer."""

import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from nlp import artifacts
from nlp.errors import ModelError
from nlp.normalize import TextError
from nlp.tagger import Tagger
from service import apart, jsontext
from service.apart import Apart, Beside
from service.batching import Batcher

MODELS = Path("models")
DAY = date(2026, 11, 28)
TEXTS = ["پیتزا سرد رسید و پشتیبانی جواب نداد", "اتاق تمیز بود، ممنون", "تا شنبه پولم رو برگردونید", "?"]


@pytest.fixture(scope="module")
def model():
    (started,) = apart.started(artifacts.current(MODELS), 1)
    yield started
    started.close()


def test_it_tags_as_the_tagger_does(model, tagger):
    assert model.model == tagger.model
    assert model.tag_many(TEXTS, now=DAY) == Beside(tagger).tag_many(TEXTS, now=DAY)


def test_it_is_told_the_trade(tagger):
    (model,) = apart.started(artifacts.current(MODELS), 1, "hotel")
    assert model.tag_many(TEXTS) == Beside(Tagger(tagger.bundle, "hotel")).tag_many(TEXTS)
    assert model.tag_many(TEXTS) != Beside(tagger).tag_many(TEXTS)
    model.close()


def test_what_goes_wrong_with_one_comment_is_told_and_the_next_is_served(model, tagger):
    with pytest.raises(TextError) as refused:
        model.tag_many(["سرد \ud800 بود"])
    assert refused.value.code == "surrogate"
    assert model.tag_many(TEXTS[:1]) == Beside(tagger).tag_many(TEXTS[:1])


def test_a_process_that_is_killed_is_started_again_and_answers(model, tagger):
    killed = model.process
    os.kill(killed.pid, signal.SIGKILL)
    killed.join()
    assert model.tag_many(TEXTS) == Beside(tagger).tag_many(TEXTS)
    assert model.process.pid != killed.pid


def test_several_share_the_work_and_end_with_the_queue(tagger):
    models = apart.started(artifacts.current(MODELS), 2)
    batcher = Batcher(*models, capacity=100, together=8, release=lambda: [each.close() for each in models])
    texts = [f"سفارش {number} دو ساعت دیر آمد" for number in range(60)]
    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda text: batcher.tag_many([text])[0], texts))
    assert answers == [jsontext.encoded(tagger.tag(text)) for text in texts]
    batcher.close()
    assert not any(each.process.is_alive() for each in models)


def test_a_version_that_is_not_sound_is_named(tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(artifacts.current(MODELS), folder)
    (folder / "heads.joblib").write_bytes(b"no model")
    model = Apart(folder)
    with pytest.raises(ModelError, match=r"heads\.joblib"):
        model.tag_many(TEXTS[:1])
    model.close()
