"""No delivery is lost, none is made twice, whoever dies in between."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from time import sleep

import pytest

from service.outbox import Attempt
from service.storage import Engine, begin, outbox, read, webhooks

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def _one_event(engine: Engine, number: int = 1) -> None:
    with begin(engine) as conn:
        webhooks.create(conn, NOW, "https://crm.example/hook", [], "whsec_x")
        for place in range(number):
            outbox.emit(conn, NOW, "feedback.created", f"fb_{place}", {"id": f"fb_{place}"})


def _record(
    engine: Engine, delivery: outbox.Delivery, worker: str, *, delivered: bool, next_at: datetime | None
) -> bool:
    with begin(engine) as conn:
        attempt = Attempt(status=200 if delivered else 500, response="پاسخ\0", milliseconds=12)
        return outbox.record(conn, delivery, worker, NOW, attempt, next_at)


def _claim(engine: Engine, worker: str, now: datetime = NOW, limit: int = 10) -> list[outbox.Delivery]:
    with begin(engine) as conn:
        hooks = outbox.due_webhooks(conn, now)
        return [one for hook in hooks for one in outbox.claim(conn, now, 60, limit, worker, hook)]


def test_an_event_is_delivered_only_to_the_webhooks_that_want_it(engine: Engine) -> None:
    with begin(engine) as conn:
        wanted = webhooks.create(conn, NOW, "https://a.example", ["ticket.opened"], "whsec_a")
        webhooks.create(conn, NOW, "https://b.example", ["feedback.created"], "whsec_b")
        closed = webhooks.create(conn, NOW, "https://c.example", [], "whsec_c")
        assert webhooks.disable(conn, closed, NOW, "پنج روز پاسخ نداد")
        outbox.emit(conn, NOW, "ticket.opened", "tk_1", {"queue": "finance"})
    (delivery,) = _claim(engine, "w1")
    assert delivery.webhook_id == wanted
    assert delivery.data == {"queue": "finance"}
    assert delivery.secrets == ("whsec_a",)


def test_a_claimed_delivery_is_nobody_elses_until_its_lease_ends(engine: Engine) -> None:
    _one_event(engine)
    assert len(_claim(engine, "w1")) == 1
    assert _claim(engine, "w2") == []
    assert len(_claim(engine, "w2", NOW + timedelta(seconds=61))) == 1


def test_a_worker_that_lost_its_lease_cannot_overwrite_the_result(engine: Engine) -> None:
    _one_event(engine)
    (slow,) = _claim(engine, "w1")
    (quick,) = _claim(engine, "w2", NOW + timedelta(seconds=61))
    assert _record(engine, quick, "w2", delivered=True, next_at=None)
    assert not _record(engine, slow, "w1", delivered=False, next_at=NOW)
    assert _claim(engine, "w3", NOW + timedelta(days=1)) == []


def test_a_failed_delivery_comes_back_when_its_time_has_come(engine: Engine) -> None:
    _one_event(engine)
    (delivery,) = _claim(engine, "w1")
    assert _record(engine, delivery, "w1", delivered=False, next_at=NOW + timedelta(minutes=5))
    assert _claim(engine, "w1", NOW + timedelta(minutes=4)) == []
    (again,) = _claim(engine, "w1", NOW + timedelta(minutes=5))
    with read(engine) as conn:
        failing_since = webhooks.failing_since(conn, again.webhook_id, NOW + timedelta(minutes=5))
    assert (again.attempts, again.event_id, failing_since) == (1, delivery.event_id, NOW)


def test_a_delivery_that_is_given_up_is_not_tried_again(engine: Engine) -> None:
    _one_event(engine)
    (delivery,) = _claim(engine, "w1")
    assert _record(engine, delivery, "w1", delivered=False, next_at=None)
    with read(engine) as conn:
        assert outbox.waiting(conn) == 0


@pytest.mark.parametrize("workers", [4])
def test_many_workers_share_the_deliveries_without_doubling_one(engine: Engine, workers: int) -> None:
    _one_event(engine, number=40)
    taken: list[str] = []
    together = Barrier(workers)

    def work(name: str) -> None:
        together.wait()
        while claimed := _claim(engine, name, limit=3):
            taken.extend(delivery.id for delivery in claimed)
            for delivery in claimed:
                assert _record(engine, delivery, name, delivered=True, next_at=None)

    threads = [Thread(target=work, args=(f"w{number}",)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 40
    assert max(Counter(taken).values()) == 1


def test_a_closed_webhook_keeps_no_event_for_ever_and_an_open_one_does(engine: Engine) -> None:
    _one_event(engine, 2)
    with begin(engine) as conn:
        (hook,) = webhooks.listing(conn)
        assert (outbox.forget(conn, NOW + timedelta(days=1), 10), outbox.waiting(conn)) == (0, 2)
        assert webhooks.disable(conn, hook["id"], NOW, "پنج روز پاسخ نداد")
        assert outbox.waiting(conn) == 0
        assert outbox.forget(conn, NOW, 10) == 0  # what is young goes out when it is opened again
        assert outbox.forget(conn, NOW + timedelta(days=1), 10) == 2


def test_a_secret_that_is_made_while_old_ones_are_forgotten_stays(engine: Engine) -> None:
    later = NOW + timedelta(days=2)

    def forget() -> None:
        with begin(engine) as conn:
            webhooks.finish_rotations(conn, later - timedelta(days=1))

    with begin(engine) as conn:
        id_ = webhooks.create(conn, NOW, "https://crm.example/hook", [], "whsec_first")
        webhooks.rotate(conn, id_, NOW, "whsec_second")
        outbox.emit(conn, NOW, "feedback.created", "fb_1", {})
    forgetting = Thread(target=forget)
    with begin(engine) as conn:
        webhooks.rotate(conn, id_, later, "whsec_third")
        forgetting.start()
        forgetting.join(0.5)  # as far as it comes before this is committed
    forgetting.join()
    (delivery,) = _claim(engine, "w1", later)
    assert delivery.secrets == ("whsec_third", "whsec_second")


def test_a_webhook_that_is_deleted_while_something_is_announced_to_it_stops_nobody(engine: Engine) -> None:
    _one_event(engine)
    with read(engine) as conn:
        (hook,) = webhooks.listing(conn)

    def delete() -> bool:
        with begin(engine) as conn:
            return webhooks.delete(conn, hook["id"])

    with ThreadPoolExecutor(1) as pool:
        with begin(engine) as conn:
            wanted = outbox.listeners(conn, ["ticket.opened"])
            deleted = pool.submit(delete)
            sleep(0.3)  # it comes as far as it can
            (delivery,) = outbox.emit_many(conn, NOW, [("ticket.opened", "tk_1", {})], wanted)
        assert deleted.result()
    with read(engine) as conn:
        assert outbox.get(conn, delivery) is None
