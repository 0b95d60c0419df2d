"""Events reach their receivers: signed, masked, under one id, for as long as the receiver can be hoped for."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore
import pytest
import sqlalchemy as sa
from standardwebhooks import Webhook
from structlog.testing import capture_logs

from service import chores
from service.storage import begin, outbox, read, schema, webhooks
from service.webhooks import delivering

GOLDEN = Path(__file__).parent / "golden"
TEXT = "سه روزه سفارشم نرسیده، به ۰۹۱۲۱۲۳۴۵۶۷ زنگ بزنید وگرنه شکایت می‌کنم"
Work = Callable[..., None]


@pytest.fixture
def near(opened: Any, sqlite_engine: Any) -> Any:
    """A desk that may send to loopback."""
    return opened(sqlite_engine, allow_private_targets=True, lease_seconds=5)


@pytest.fixture
def near_both(opened: Any, engine: Any) -> Any:
    """The same, once on SQLite and once on PostgreSQL."""
    return opened(engine, allow_private_targets=True, lease_seconds=5)


def _hook(desk: Any, url: str, *events: str) -> dict[str, Any]:
    answer = desk.post("/v1/webhooks", {"url": url, "events": list(events)}, role="admin")
    assert answer.status_code == 201, answer.text
    return answer.json()


def _sender(desk: Any, name: str) -> delivering.Sender:
    return delivering.Sender(
        engine=desk.engine,
        worker_id=name,
        lease_s=60,
        allow_private=True,
        trust=httpcore.default_ssl_context(),
    )


def _log(desk: Any, hook: dict[str, Any]) -> list[dict[str, Any]]:
    return desk.get(f"/v1/webhooks/{hook['id']}/deliveries", role="admin").json()["items"]


def _signed(got: Any, secret: str) -> str:
    at = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(got.id, at, got.body)


def test_a_comment_is_announced_signed_and_without_personal_data(
    near_both: Any, receiver: Any, working: Work
) -> None:
    hook = _hook(near_both, receiver.url, "feedback.classified", "ticket.opened")
    receipt = near_both.send(TEXT)
    working(near_both, lambda: len(receiver.got) == 2)
    assert sorted(receiver.types()) == ["feedback.classified", "ticket.opened"]
    for got in receiver.got:
        assert got.headers["webhook-signature"] == _signed(got, hook["secret"])
        assert "۰۹۱۲" not in got.body
        assert "[موبایل]" in got.body
    told = next(got.json for got in receiver.got if got.json["type"] == "feedback.classified")
    assert told["data"]["id"] == receipt["id"]


def test_a_secret_is_shown_once_and_is_in_no_log(near: Any, receiver: Any, working: Work) -> None:
    with capture_logs() as logs:
        hook = _hook(near, receiver.url)
        near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
        working(near, lambda: len(receiver.got) == 1)
    assert hook["secret"].startswith("whsec_")
    assert "secret" not in near.get(f"/v1/webhooks/{hook['id']}", role="admin").json()
    assert hook["secret"] not in near.get("/v1/webhooks", role="admin").text
    assert hook["secret"] not in json.dumps(logs, default=str)
    assert hook["secret"] not in near.get(f"/v1/webhooks/{hook['id']}/deliveries", role="admin").text


def test_a_failed_delivery_is_tried_again_under_the_same_id(
    near_both: Any, receiver: Any, working: Work
) -> None:
    hook = _hook(near_both, receiver.url, "feedback.created")
    receiver.answers = [(503, {}, "در دست تعمیر".encode())]
    near_both.send("غذا عالی بود")
    working(near_both, lambda: len(receiver.got) == 1)
    near_both.clock.forward(seconds=6)
    working(near_both, lambda: _log(near_both, hook)[0]["status"] == "delivered")
    first, second = receiver.got
    assert first.id == second.id
    assert first.body == second.body
    (delivery,) = _log(near_both, hook)
    assert [try_["status_code"] for try_ in delivery["attempts"]] == [503, 204]
    assert delivery["attempts"][0]["response"] == "در دست تعمیر"
    assert delivery["event_id"] == first.id


def test_while_a_secret_is_replaced_both_of_them_sign(near: Any, receiver: Any, working: Work) -> None:
    hook = _hook(near, receiver.url)
    newer = near.post(f"/v1/webhooks/{hook['id']}/rotate", role="admin").json()["secret"]
    near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near, lambda: len(receiver.got) == 1)
    both = {_signed(receiver.got[0], newer), _signed(receiver.got[0], hook["secret"])}
    assert set(receiver.got[0].headers["webhook-signature"].split()) == both
    near.clock.forward(hours=25)
    chores.tidy_up(near.client.app.state.desk.line, near.clock.now)
    assert near.get(f"/v1/webhooks/{hook['id']}", role="admin").json()["rotated_at"] is None
    near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near, lambda: len(receiver.got) == 2)
    assert receiver.got[1].headers["webhook-signature"] == _signed(receiver.got[1], newer)


def test_a_redirect_is_an_answer_and_not_a_direction(near: Any, receiver: Any, working: Work) -> None:
    hook = _hook(near, receiver.url)
    receiver.answers = [(302, {"location": receiver.url + "/elsewhere"}, b"")]
    near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near, lambda: bool(_log(near, hook)[0]["attempts"]))
    (attempt,) = _log(near, hook)[0]["attempts"]
    assert (attempt["status_code"], attempt["error"]) == (302, "redirected")
    assert "ارجاع" in attempt["detail"]
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [302, 401, 404])
def test_an_event_outlives_an_hour_in_which_its_receiver_was_not_itself(
    near: Any, receiver: Any, working: Work, status: int
) -> None:
    hook = _hook(near, receiver.url)
    receiver.answers = [(status, {}, b"")] * 2
    near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near, lambda: len(_log(near, hook)[0]["attempts"]) == 1)
    near.clock.forward(minutes=1)
    working(near, lambda: len(_log(near, hook)[0]["attempts"]) == 2)
    near.clock.forward(hours=1)
    working(near, lambda: _log(near, hook)[0]["status"] == "delivered")
    assert len({got.id for got in receiver.got}) == 1


def test_a_receiver_that_takes_too_long_is_left_and_asked_again(
    near: Any, receiver: Any, working: Work
) -> None:
    hook = _hook(near, receiver.url)
    receiver.slow_s = 4
    near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near, lambda: bool(_log(near, hook)[0]["attempts"]))
    (delivery,) = _log(near, hook)
    (attempt,) = delivery["attempts"]
    assert attempt["error"] == "timeout"
    assert delivery["status"] == "pending"
    wait = datetime.fromisoformat(delivery["next_at"]) - datetime.fromisoformat(attempt["at"])
    assert wait >= timedelta(milliseconds=attempt["milliseconds"], seconds=5)


def test_after_five_days_of_failure_a_receiver_is_closed_with_a_reason(
    near_both: Any, receiver: Any, working: Work
) -> None:
    hook = _hook(near_both, receiver.url)
    receiver.answers = [(500, {}, b"")] * 7
    near_both.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near_both, lambda: bool(_log(near_both, hook)[0]["attempts"]))
    for tries in range(2, 8):
        assert near_both.get(f"/v1/webhooks/{hook['id']}", role="admin").json()["disabled_at"] is None
        near_both.clock.forward(hours=20, seconds=1)
        working(near_both, lambda so_far=tries: len(_log(near_both, hook)[0]["attempts"]) == so_far)
    closed = near_both.get(f"/v1/webhooks/{hook['id']}", role="admin").json()
    assert closed["disabled_at"] is not None
    assert "پنج روز" in closed["disabled_reason"]
    refused = near_both.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_disabled")
    assert near_both.post(f"/v1/webhooks/{hook['id']}/enable", role="admin").json()["disabled_at"] is None
    near_both.clock.forward(hours=11)
    working(near_both, lambda: _log(near_both, hook)[0]["status"] == "delivered")


def test_a_receiver_is_not_closed_for_days_on_which_nothing_was_sent_to_it(
    near_both: Any, receiver: Any, working: Work
) -> None:
    hook = _hook(near_both, receiver.url)
    receiver.answers = [(500, {}, b"")] * 8 + [(503, {}, b"")]
    for tries in range(1, 9):
        near_both.clock.forward(hours=11)
        if tries == 1:
            near_both.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
        working(near_both, lambda so_far=tries: len(_log(near_both, hook)[0]["attempts"]) == so_far)
    assert _log(near_both, hook)[0]["status"] == "dead"
    near_both.clock.forward(days=6)
    near_both.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near_both, lambda: bool(_log(near_both, hook)[0]["attempts"]))
    shown = near_both.get(f"/v1/webhooks/{hook['id']}", role="admin").json()
    assert (shown["disabled_at"], shown["failing_since"][:10]) == (None, near_both.clock().date().isoformat())
    near_both.clock.forward(seconds=6)
    working(near_both, lambda: _log(near_both, hook)[0]["status"] == "delivered")


def test_a_receiver_is_not_closed_for_what_failed_at_the_address_that_it_left(
    near: Any, receiver: Any, working: Work
) -> None:
    hook = _hook(near, receiver.url)
    receiver.answers = [(500, {}, b""), (503, {}, b"")]
    near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near, lambda: bool(_log(near, hook)[0]["attempts"]))
    near.clock.forward(days=5, seconds=1)
    there = {"url": receiver.url.replace("/hook", "/new"), "events": ["ticket.opened"]}
    moved = near.call("PATCH", f"/v1/webhooks/{hook['id']}", json=there).json()
    assert (moved["url"], moved["events"], moved["failing_since"]) == (there["url"], ["ticket.opened"], None)
    working(near, lambda: len(_log(near, hook)[0]["attempts"]) == 2)
    assert receiver.got[1].path == "/new"
    failing = near.call("PATCH", f"/v1/webhooks/{hook['id']}", json=there).json()
    assert (failing["disabled_at"], failing["failing_since"] is None) == (None, False)


def test_a_receiver_that_is_gone_is_closed_at_once(near: Any, receiver: Any, working: Work) -> None:
    hook = _hook(near, receiver.url)
    receiver.answers = [(410, {}, b"")]
    near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near, lambda: bool(_log(near, hook)[0]["attempts"]))
    assert near.get(f"/v1/webhooks/{hook['id']}", role="admin").json()["disabled_reason"]
    assert _log(near, hook)[0]["status"] == "dead"


def test_a_receiver_that_has_just_accepted_an_event_is_not_closed_for_the_days_before(
    near: Any, receiver: Any
) -> None:
    hook = _hook(near, receiver.url)
    for _ in range(7):
        near.clock.forward(hours=20, seconds=1)
        with begin(near.engine) as conn:
            webhooks.failed(conn, hook["id"], near.clock())
    receiver.answers = [(200, {}, b""), (500, {}, b"")]
    for _ in receiver.answers:
        near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    with begin(near.engine) as conn:
        claimed = outbox.claim(conn, near.clock(), 60, 9, "w1", hook["id"])
    assert [delivering.deliver(_sender(near, "w1"), one, near.clock()) for one in claimed] == [True, True]
    assert near.get(f"/v1/webhooks/{hook['id']}", role="admin").json()["disabled_at"] is None


def test_a_receiver_that_two_workers_find_gone_is_closed_once(near: Any, receiver: Any) -> None:
    hook = _hook(near, receiver.url)
    receiver.answers = [(410, {}, b"")] * 2
    for _ in range(2):
        near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    sent = []
    for name in ("w1", "w2"):
        with begin(near.engine) as conn:
            claimed = outbox.claim(conn, near.clock(), 60, 1, name, hook["id"])
        sent.append((_sender(near, name), *claimed))
    assert not any(delivering.deliver(*each, near.clock()) for each in sent)
    closed = near.get("/v1/audit?action=webhook.disabled", role="admin").json()["items"]
    assert [line["object_id"] for line in closed] == [hook["id"]]


def test_a_finished_delivery_can_be_sent_once_more(near: Any, receiver: Any, working: Work) -> None:
    hook = _hook(near, receiver.url)
    queued = near.post(f"/v1/webhooks/{hook['id']}/test", role="admin").json()["delivery_id"]
    early = near.post(f"/v1/deliveries/{queued}/replay", role="admin")
    assert (early.status_code, early.json()["code"]) == (409, "delivery_pending")
    working(near, lambda: _log(near, hook)[0]["status"] == "delivered")
    assert near.post(f"/v1/deliveries/{queued}/replay", role="admin").status_code == 202
    working(near, lambda: len(receiver.got) == 2)
    assert receiver.got[0].id == receiver.got[1].id
    assert receiver.types() == ["webhook.test"] * 2


def test_what_waits_for_its_next_attempt_is_sent_at_once_when_it_is_asked_for(
    near_both: Any, receiver: Any, working: Work
) -> None:
    hook = _hook(near_both, receiver.url, "feedback.created")
    receiver.answers = [(503, {"Retry-After": "7200"}, b"")]
    near_both.send("غذا سرد و بی‌نمک بود")
    working(near_both, lambda: len(receiver.got) == 1 and len(_log(near_both, hook)[0]["attempts"]) == 1)
    (waits,) = _log(near_both, hook)
    assert near_both.post(f"/v1/deliveries/{waits['id']}/replay", role="admin").status_code == 202
    working(near_both, lambda: _log(near_both, hook)[0]["status"] == "delivered")
    assert receiver.got[0].id == receiver.got[1].id


def test_one_receiver_that_is_down_holds_up_no_other(near: Any, receiver: Any, working: Work) -> None:
    down = _hook(near, "http://127.0.0.1:9/hook", "feedback.created")
    up = _hook(near, receiver.url, "feedback.created")
    for number in range(3):
        near.send(f"سفارش شماره {number} خوب بود")
    working(near, lambda: len(receiver.got) == 3 and bool(_log(near, down)[0]["attempts"]))
    assert {each["status"] for each in _log(near, up)} == {"delivered"}
    assert {each["status"] for each in _log(near, down)} == {"pending"}
    assert _log(near, down)[0]["attempts"][0]["error"] == "unreachable"


def test_many_slow_receivers_hold_up_no_chore_and_each_has_its_turn(
    opened: Any, sqlite_engine: Any, receiver: Any, working: Work
) -> None:
    desk = opened(sqlite_engine, allow_private_targets=True, lease_seconds=30)
    hooks = [_hook(desk, f"{receiver.url}/{number}", "feedback.created") for number in range(30)]
    desk.send(TEXT)
    desk.clock.forward(days=20)  # every deadline has passed, and nobody has been told
    receiver.slow_s = 3
    asked_when_told: list[int] = []

    def is_told_and_served() -> bool:
        with read(desk.engine) as conn:
            told = conn.scalar(sa.select(sa.func.count()).where(schema.outbox.c.type == "sla.breached"))
        if told and not asked_when_told:
            asked_when_told.append(len(receiver.got))
        return len(receiver.got) >= len(hooks)

    working(desk, is_told_and_served)
    assert asked_when_told[0] <= 16
    assert {_log(desk, hook)[-1]["status"] for hook in hooks} == {"delivered"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/x",
        "http://[::1]/x",
        "http://[::ffff:10.0.0.1]/x",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/x",
        "http://2130706433/",
        "http://127.1/",
        "http://0x7f000001/",
        "http://0X7F.1/",
        "http://017700000001/",
        "http://crm.example.1/",
        "http://./",
        "http://a..b/",
        "http://.example/",
        "http://db.internal/x",
        "ftp://crm.example/x",
        "https://user:secret@crm.example/x",
        "https:///x",
        "https://crm.example/x#y",
        "not a url",
    ],
)
def test_a_target_that_must_not_be_sent_to_is_refused_when_it_is_named(lite: Any, url: str) -> None:
    answer = lite.post("/v1/webhooks", {"url": url}, role="admin")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "url"


def test_a_private_target_behind_a_name_is_refused_when_it_is_connected_to(
    near: Any, opened: Any, receiver: Any, working: Work
) -> None:
    hook = _hook(near, f"http://localhost:{receiver.port}/hook")
    near.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    strict = opened(near.engine, lease_seconds=5)
    working(strict, lambda: bool(_log(strict, hook)[0]["attempts"]))
    assert _log(strict, hook)[0]["attempts"][0]["error"] == "private_target"
    assert receiver.got == []


@pytest.mark.parametrize("role", ["sender", "reader", "agent"])
def test_only_admins_see_and_change_receivers(lite: Any, role: str) -> None:
    assert lite.get("/v1/webhooks", role=role).status_code == 403
    assert lite.post("/v1/webhooks", {"url": "https://crm.example/x"}, role=role).status_code == 403


def test_what_is_wrong_in_a_receiver_is_named(lite: Any) -> None:
    unknown = lite.post(
        "/v1/webhooks", {"url": "https://crm.example/x", "events": ["ticket.closed"]}, "admin"
    )
    assert unknown.json()["errors"][0]["code"] == "unknown_event"
    for path in ("/v1/webhooks/wh_1", "/v1/webhooks/wh_1/deliveries"):
        assert lite.get(path, role="admin").json()["code"] == "webhook_not_found"
    assert lite.post("/v1/deliveries/dl_1/replay", role="admin").json()["code"] == "delivery_not_found"


def test_no_event_is_sent_twice_to_one_address(desk: Any) -> None:
    url = "https://crm.example/hook"
    first = _hook(desk, url, "ticket.opened", "ticket.replied")
    for events in (["ticket.replied"], []):
        again = desk.post("/v1/webhooks", {"url": url, "events": events}, role="admin")
        assert (again.status_code, again.json()["code"]) == (409, "webhook_exists")
        assert again.json()["webhook_id"] == first["id"]
    other = _hook(desk, url, "ticket.resolved")
    _hook(desk, f"{url}/all")
    path = f"/v1/webhooks/{other['id']}"
    assert desk.call("PATCH", path, json={"events": ["ticket.opened"]}).json()["code"] == "webhook_exists"
    assert desk.call("PATCH", path, json={"url": f"{url}/all"}).json()["code"] == "webhook_exists"
    assert desk.call("PATCH", path, json={"events": ["ticket.reopened"]}).status_code == 200


def test_a_form_that_is_sent_twice_makes_one_receiver(lite: Any, person: dict[str, str]) -> None:
    hook = {"url": "https://crm.example/hook", "events": ["sla.breached"]}
    first, second = (lite.client.post("/settings/webhooks", data=hook, headers=person).text for _ in range(2))
    assert ("whsec_" in first, "whsec_" in second) == (True, False)
    assert "این نشانی همین رویدادها را می‌گیرد" in second
    assert len(lite.get("/v1/webhooks", role="admin").json()["items"]) == 1


def test_a_receiver_can_be_pointed_elsewhere_and_forgotten(lite: Any) -> None:
    hook = _hook(lite, "https://crm.example/a", "ticket.opened")
    there = "https://other.example/b?token=x"
    changed = lite.call("PATCH", f"/v1/webhooks/{hook['id']}", json={"url": there}).json()
    assert (changed["url"], changed["events"]) == (there, ["ticket.opened"])
    line = lite.get("/v1/audit?action=webhook.changed", role="admin").json()["items"][0]
    assert (line["before"]["host"], line["after"]["host"]) == ("crm.example", "other.example")
    assert "token" not in str(line)
    assert lite.call("DELETE", f"/v1/webhooks/{hook['id']}").status_code == 204
    assert lite.call("DELETE", f"/v1/webhooks/{hook['id']}").status_code == 404


def test_the_log_is_read_page_by_page(lite: Any) -> None:
    hook = _hook(lite, "https://crm.example/a", "feedback.created")
    for number in range(5):
        lite.send(f"نظر {number}")
    path, cursor, seen = f"/v1/webhooks/{hook['id']}/deliveries", "", []
    while cursor is not None:
        page = lite.get(path, role="admin", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen += [each["id"] for each in page.json()["items"]]
        cursor = page.json()["next_cursor"]
    assert len(set(seen)) == len(seen) == 5


def test_the_body_of_a_webhook_looks_as_agreed(sqlite_engine: Any) -> None:
    at = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)
    with begin(sqlite_engine) as conn:
        hook = webhooks.create(conn, at, "https://crm.example/x", [], "whsec_x")
        data = {
            "ticket": {
                "id": "tk_1",
                "queue": "delivery",
                "priority": "urgent",
                "due_at": "2026-11-28T06:45:00Z",
            },
            "feedback": {"id": "fb_1", "text": "به [موبایل] زنگ بزنید وگرنه شکایت می‌کنم"},
        }
        outbox.emit(conn, at, "ticket.opened", "tk_1", data)
        (delivery,) = outbox.claim(conn, at, 60, 1, "w", hook)
    assert delivering.body(delivery) + "\n" == (GOLDEN / "webhook.json").read_text(encoding="utf-8")


def test_an_event_that_is_too_long_is_announced_by_its_id(sqlite_engine: Any) -> None:
    at = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)
    with begin(sqlite_engine) as conn:
        hook = webhooks.create(conn, at, "https://crm.example/x", [], "whsec_x")
        outbox.emit(conn, at, "feedback.created", "fb_1", {"text": "دیر رسید " * 30_000})
        (delivery,) = outbox.claim(conn, at, 60, 1, "w", hook)
    assert json.loads(delivering.body(delivery))["data"] == {"id": "fb_1", "truncated": True}


@pytest.mark.parametrize(
    "host", ["crm.example", "crm.example.", "a1.b2", "8.8.8.8", "[2606:4700::1111]", "xn--mgb.ir"]
)
def test_a_target_of_the_open_internet_is_taken(lite: Any, host: str) -> None:
    assert lite.post("/v1/webhooks", {"url": f"https://{host}/hook"}, role="admin").status_code == 201


@pytest.mark.parametrize(
    ("status", "headers", "cause"),
    [(302, {"Location": "http://elsewhere.example/"}, "به نشانی دیگری ارجاع داد"), (503, {}, ">503<")],
)
def test_the_list_of_receivers_says_at_once_why_one_fails(
    near_both: Any, receiver: Any, working: Work, status: int, headers: dict[str, str], cause: str
) -> None:
    hook, sound = _hook(near_both, receiver.url), _hook(near_both, "https://crm.example/hook")
    receiver.answers = [(status, headers, b"")]
    near_both.post(f"/v1/webhooks/{hook['id']}/test", role="admin")
    working(near_both, lambda: bool(_log(near_both, hook)[0]["attempts"]))
    page = near_both.get("/settings/webhooks", role=None, headers=near_both.person()).text
    assert page.count("ناموفق") == 1
    assert page.index(hook["id"]) < page.index(cause) < page.index(sound["id"])
    (attempt,) = _log(near_both, hook)[0]["attempts"]
    assert attempt["detail"] is None or attempt["detail"].rstrip(".") in page  # one sentence for both
