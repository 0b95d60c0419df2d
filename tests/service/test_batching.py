"""One model, many callers: together when they meet, alone when one of them is odd, refused when there are too many."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

import pytest

from service import jsontext
from service.batching import Batcher
from service.comments.sparing import read_each
from service.errors import Busy
from service.model_process import InProcessModel

DAY = date(2026, 11, 28)
TEXTS = [f"سفارش شمارهٔ {1000 + number} دیر رسید و غذا سرد بود" for number in range(40)]


class Gate:
    """The real tagger behind a gate, which notes how many comments went through together."""

    def __init__(self, tagger) -> None:
        self._model = InProcessModel(tagger)
        self.asked, self.open = Event(), Event()
        self.sizes: list[int] = []

    def tag_many(self, texts, *, now=None):
        self.asked.set()
        self.open.wait()
        self.sizes.append(len(texts))
        if len(texts) > 1 and "بد" in texts:
            raise ValueError("together with others this one fails")
        return self._model.tag_many(texts, now=now)


@pytest.fixture
def gate(tagger):
    return Gate(tagger)


@pytest.fixture
def batcher(gate):
    batcher = Batcher(gate, capacity=50, together=16)
    yield batcher
    gate.open.set()
    batcher.close()


def _waits_for(batcher, count):
    while batcher.waiting < count:
        pass


def test_those_who_wait_at_the_same_time_go_through_together_and_each_gets_their_own(
    batcher, gate, tagger, said
):
    with ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(batcher.tag_many, [text], now=DAY) for text in TEXTS]
        _waits_for(batcher, 40)
        gate.open.set()
        answers = [future.result()[0] for future in asked]
    assert [said(answer) for answer in answers] == [
        said(jsontext.encoded(tagger.tag(text, now=DAY))) for text in TEXTS
    ]
    assert len({str(said(answer)["entities"]) for answer in answers}) == 40
    assert max(gate.sizes) == 16
    assert sum(gate.sizes) == 40


def test_coroutines_and_threads_share_the_model(batcher, gate):
    async def together():
        return await asyncio.gather(*(batcher.tag(text, now=DAY) for text in TEXTS[:10]))

    gate.open.set()
    tags = asyncio.run(together())
    assert len(tags) == 10
    assert gate.sizes == [10]
    assert len(batcher.tag_many(TEXTS[:3], now=DAY)) == 3


def test_one_odd_comment_does_not_take_its_neighbours_down(batcher, gate):
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(batcher.tag_many, [TEXTS[0]])
        _waits_for(batcher, 1)
        others = [pool.submit(batcher.tag_many, [text]) for text in (TEXTS[1], "بد")]
        _waits_for(batcher, 3)
        gate.open.set()
        assert len(first.result()) == 1
        assert all(len(future.result()) == 1 for future in others)


def test_comments_of_different_days_go_through_together_each_by_its_own(batcher, gate, tagger, said):
    text = "گفتید تا فردا می‌رسد"
    days = [DAY, DAY.replace(day=27), None, DAY]
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(batcher.tag_many, [text], now=day) for day in days]
        _waits_for(batcher, 4)
        gate.open.set()
        answers = [future.result() for future in asked]
    assert [said(answer) for (answer,) in answers] == [
        said(jsontext.encoded(tagger.tag(text, now=day))) for day in days
    ]
    assert said(answers[0][0]) != said(answers[1][0])
    assert max(gate.sizes) > 1


def test_a_full_queue_says_when_to_come_back_and_an_empty_one_takes_any_size(batcher, gate):
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(batcher.tag_many, TEXTS)
        _waits_for(batcher, 40)
        with pytest.raises(Busy) as refused:
            batcher.tag_many(TEXTS[:20])
        assert refused.value.retry_after == 2
        gate.open.set()
        assert len(waiting.result()) == 40
    assert len(batcher.tag_many(TEXTS * 2)) == 80


def test_of_many_that_wait_half_go_through_at_a_time_but_not_too_few(gate):
    batcher = Batcher(gate, capacity=100, together=64)
    with ThreadPoolExecutor(81) as pool:
        first = pool.submit(batcher.tag_many, TEXTS[:1])
        while not gate.asked.is_set():
            pass
        others = [pool.submit(batcher.tag_many, [text]) for text in TEXTS * 2]
        _waits_for(batcher, 81)
        gate.open.set()
        assert all(len(each.result()) == 1 for each in [first, *others])
    batcher.close()
    assert gate.sizes == [1, 40, 20, 16, 4]


def test_a_closed_batcher_finishes_what_waits_and_takes_nothing_new(gate):
    batcher = Batcher(gate, capacity=50, together=16)
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(batcher.tag_many, TEXTS)
        _waits_for(batcher, 40)
        closing = pool.submit(batcher.close)
        gate.open.set()
        closing.result()
        assert len(waiting.result()) == 40
    with pytest.raises(Busy):
        batcher.tag_many(TEXTS[:1])


def test_whoever_comes_to_a_closed_batcher_late_goes_on_at_its_successor(gate, batcher):
    gate.open.set()
    old, newer = (Batcher(gate, capacity=50, together=16) for _ in range(2))
    old.close(newer)
    newer.close(batcher)
    assert len(old.tag_many(TEXTS[:3], now=DAY)) == 3
    assert len(asyncio.run(old.tag(TEXTS[0], now=DAY))) > 0
    assert gate.sizes == [3, 1]


def test_whoever_awaits_a_model_that_hangs_is_told_to_come_back(batcher, monkeypatch):
    monkeypatch.setattr("service.batching._PATIENCE_S", 0.2)
    with pytest.raises(Busy) as refused:
        asyncio.run(batcher.tag(TEXTS[0], now=DAY))
    assert refused.value.retry_after == 2


def test_a_model_that_hangs_or_says_it_cannot_work_is_known_not_to_answer(batcher, gate, monkeypatch):
    assert batcher.answers
    monkeypatch.setattr("service.batching._PATIENCE_S", 0.1)
    with pytest.raises(Busy):
        batcher.tag_many(TEXTS[:1])
    assert not batcher.answers
    gate.open.set()
    while batcher.waiting:
        pass
    assert batcher.answers


def test_a_desk_whose_model_cannot_work_is_not_ready_until_it_can(lite, monkeypatch):
    def cannot(_self, _texts, *, now=None):
        raise Busy("model_unavailable", "مدل بار نشد.", retry_after=10)

    with monkeypatch.context() as patched:
        patched.setattr(InProcessModel, "tag_many", cannot)
        for answer in (lite.post("/v1/analyze", {"text": "غذا سرد بود"}), lite.get("/readyz", role=None)):
            assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
            assert answer.headers["Retry-After"] == "10"
    monkeypatch.setattr("service.batching._SORE_S", 0.0)
    assert lite.get("/readyz", role=None).status_code == 200


def test_a_comment_that_breaks_the_model_is_refused_and_no_other_of_its_batch(lite, monkeypatch, capsys):
    tag_many = InProcessModel.tag_many

    def breaks(self, texts, *, now=None):
        if any("شکننده" in text for text in texts):
            raise KeyError(*texts)
        return tag_many(self, texts, now=now)

    monkeypatch.setattr(InProcessModel, "tag_many", breaks)
    items = [{"text": text} for text in ["پیک دیر رسید", "متن شکننده", "ممنون، عالی بود"]]
    for path in ("/v1/analyze/batch", "/v1/feedback/batch"):
        results = lite.post(path, {"items": items}, role="sender").json()["results"]
        assert ["error" in one for one in results] == [False, True, False], path
        assert (results[1]["status"], results[1]["error"]["code"]) == (500, "reading_failed")
    told = capsys.readouterr().out
    assert told.count("reading_failed") == 2
    assert "شکننده" not in told


def test_a_model_that_is_busy_is_the_fault_of_no_comment():
    def busy(_texts):
        raise Busy("overloaded", "سامانه شلوغ است.")

    with pytest.raises(Busy):
        read_each(busy, ["پیک دیر رسید", "غذا سرد بود"])
