"""The promise clock through the running desk: what a customer was told is remembered once, and called to mind."""

from datetime import datetime, timedelta
from typing import Any

from service import chores
from service.api.reading import to_cursor
from service.storage import begin, keys

APP = "برنامه باز نمیشه و نمی‌تونم وارد حسابم بشم"


def test_a_day_the_customer_was_promised_is_kept_once_and_reminded_of(desk: Any) -> None:
    who = {"external_id": "c-5"}
    said = "گفتید تا دوشنبه پولم رو برمی‌گردونید، پیگیری کنید لطفاً"
    ticket = desk.send("پول سفارش لغوشده هنوز برنگشته، پیگیری کنید", customer=who)["ticket"]["id"]
    desk.send(said, customer=who)
    desk.send(said, customer=who, channel="app")
    (promise,) = desk.get(f"/v1/tickets/{ticket}", role="agent").json()["promises"]
    assert promise["due_at_jalali"] == "1405-09-09 18:00"
    desk.clock.forward(days=2, hours=7)  # Monday, 17:00
    chores.remind_of_promises(desk.client.app.state.desk.line, desk.clock())
    trail = desk.get(f"/v1/tickets/{ticket}", role="agent").json()["audit"]
    assert [line["action"] for line in trail].count("promise.reminded") == 1


def test_working_days_the_customer_was_told_end_on_the_same_day_for_every_reader(desk: Any) -> None:
    said = "گفتن ظرف ۶ روز کاری پول سفارش لغوشده برمی‌گرده، پیگیری کنید لطفاً"
    (told,) = [
        one["value"]
        for one in desk.post("/v1/analyze", {"text": said}).json()["entities"]
        if one["kind"] == "promise_due"
    ]
    (promise,) = desk.get(f"/v1/tickets/{desk.send(said)['ticket']['id']}", role="agent").json()["promises"]
    assert told == "2026-12-05"  # today is Saturday, and Friday is off
    assert promise["due_at_jalali"] == "1405-09-14 18:00"


def test_open_promises_are_read_page_by_page_however_many_are_overdue(desk: Any) -> None:
    ticket = desk.send(APP)["ticket"]["id"]
    due = [(desk.clock.now + timedelta(hours=hours)).isoformat() for hours in (1, 2, 2, 2, 3)]
    for moment in reversed(due):
        assert desk.post(f"/v1/tickets/{ticket}/promises", {"due_at": moment}).status_code == 200
    desk.clock.forward(hours=2)
    found, cursor = [], ""
    while cursor is not None:
        page = desk.get(f"/v1/promises?limit=2{cursor and '&cursor='}{cursor}").json()
        assert len(page["items"]) <= 2
        found, cursor = found + page["items"], page["next_cursor"]
    assert len({promise["id"] for promise in found}) == 5
    assert [datetime.fromisoformat(one["due_at"]) for one in found] == list(map(datetime.fromisoformat, due))
    for wrong in ("bm9uZQ", to_cursor(["x", 1])):
        assert desk.get(f"/v1/promises?cursor={wrong}").json()["code"] == "bad_cursor"


def test_a_day_promised_in_a_reply_becomes_a_promise_that_a_late_resolution_breaks(desk: Any) -> None:
    ticket = desk.send(APP)["ticket"]["id"]
    desk.post(f"/v1/tickets/{ticket}/reply", {"body": "پوزش می‌خواهیم؛ تا فردا پیگیری می‌کنیم."})
    desk.clock.forward(days=3)
    desk.post(f"/v1/tickets/{ticket}/resolve", {})
    (promise,) = desk.get(f"/v1/tickets/{ticket}", role="agent").json()["promises"]
    assert promise["status"] == "broken"


def test_a_promise_that_a_second_reply_repeats_is_one_until_it_is_closed(desk: Any) -> None:
    address = f"/v1/tickets/{desk.send('چرخ خیاطی یک هفته است در راه مانده')['ticket']['id']}"

    def told(body: str) -> list[str]:
        desk.clock.forward(minutes=20)
        return [one["status"] for one in desk.post(f"{address}/reply", {"body": body}).json()["promises"]]

    assert told("سلام و پوزش، تا فردا خبر می‌دهیم.") == ["open"]
    assert told("با انبار صحبت شد و تا فردا نتیجه را می‌گوییم.") == ["open"]
    assert told("تا دوشنبه هم کد تخفیف را می‌فرستیم.") == ["open", "open"]
    first = desk.get(address).json()["promises"][0]["id"]
    desk.post(f"{address}/promises/{first}/fulfil")
    assert sorted(told("کرایهٔ پیک را تا فردا واریز می‌کنیم.")) == ["kept", "open", "open"]


def test_nothing_more_is_promised_where_nobody_would_be_reminded_of_it(lite: Any) -> None:
    customer = {"external_id": "c-1"}
    old = lite.send(APP, customer=customer)["ticket"]["id"]
    lite.post(f"/v1/tickets/{old}/resolve", {})
    promise = {"due_at": (lite.clock.now + timedelta(days=20)).isoformat()}
    answer = lite.post(f"/v1/tickets/{old}/promises", promise)
    assert (answer.status_code, answer.json()["code"]) == (409, "transition_not_allowed")
    assert (answer.json()["action"], answer.json()["allowed"]) == ("promise", ["note", "reopen"])
    offer = {"state": "offered", "amount": 5_000}
    assert lite.post(f"/v1/tickets/{old}/compensation", offer).status_code == 200  # money may come afterwards
    lite.clock.forward(days=8)
    new = lite.send("بسته پاره رسید و جواب نمی‌دهید", customer=customer)["ticket"]["id"]
    lite.post(f"/v1/tickets/{old}/reopen", {})
    assert lite.post(f"/v1/tickets/{old}/merge", {"into": new}).status_code == 200
    for step, body in (("promises", promise), ("compensation", {"state": "paid"})):
        answer = lite.post(f"/v1/tickets/{old}/{step}", body)
        assert (answer.status_code, answer.json()["merged_into"]) == (409, new)
        assert answer.json()["allowed"] == []


def test_a_promise_that_was_closed_by_a_slip_is_again_what_it_was(desk: Any) -> None:
    ticket = desk.send(APP)["ticket"]["id"]
    path = f"/v1/tickets/{ticket}/promises"
    due = (desk.clock.now + timedelta(hours=5)).isoformat()
    (made,) = desk.post(path, {"due_at": due}).json()["promises"]
    for step, said in (("fulfil", "kept"), ("withdraw", "withdrawn")):
        assert desk.post(f"{path}/{made['id']}/{step}").json()["promises"] == [{**made, "status": said}]
        again = desk.post(f"{path}/{made['id']}/restore")
        assert again.json()["promises"] == [made]
        assert again.json()["audit"][-1]["action"] == "ticket.restore"
        assert desk.get("/v1/promises?hours=48").json()["items"] == [made]
    twice = desk.post(f"{path}/{made['id']}/restore")
    assert (twice.status_code, twice.json()["code"]) == (409, "nothing_to_undo")
    desk.clock.forward(hours=6)
    desk.post(f"{path}/{made['id']}/fulfil")
    desk.post(f"{path}/{made['id']}/withdraw")  # what was broken stays so when that it was none is taken back
    (broken,) = desk.post(f"{path}/{made['id']}/restore").json()["promises"]
    assert broken["status"] == "broken"


def test_a_restored_promise_is_called_to_mind_once_also_when_its_reminder_fell_due_meanwhile(
    desk: Any,
) -> None:
    ticket = desk.send(APP)["ticket"]["id"]
    path = f"/v1/tickets/{ticket}/promises"
    due = (desk.clock.now + timedelta(hours=3)).isoformat()
    (made,) = desk.post(path, {"due_at": due}).json()["promises"]
    assert _reminders(desk, ticket) == 0
    for step in ("withdraw", "fulfil"):
        desk.post(f"{path}/{made['id']}/{step}")
        desk.clock.forward(hours=2)
        before = _reminders(desk, ticket)
        desk.post(f"{path}/{made['id']}/restore")
        assert (before, _reminders(desk, ticket)) == (0 if step == "withdraw" else 1, 1)
    (late,) = desk.get("/v1/promises?hours=1").json()["items"]
    assert (late["id"], late["status"]) == (made["id"], "open")


def test_a_closed_promise_is_not_open_again_where_the_matter_is_settled(desk: Any) -> None:
    ticket = desk.send(APP)["ticket"]["id"]
    path = f"/v1/tickets/{ticket}/promises"
    due = (desk.clock.now + timedelta(hours=3)).isoformat()
    (made,) = desk.post(path, {"due_at": due}).json()["promises"]
    desk.post(f"{path}/{made['id']}/withdraw")
    desk.post(f"/v1/tickets/{ticket}/resolve", {})
    refused = desk.post(f"{path}/{made['id']}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "transition_not_allowed")
    assert refused.json()["allowed"] == ["note", "reopen"]
    desk.post(f"/v1/tickets/{ticket}/reopen", {})
    assert desk.post(f"{path}/{made['id']}/restore").json()["promises"][0]["status"] == "open"
    # what settling the ticket closed comes back with the ticket, not by itself
    desk.post(f"/v1/tickets/{ticket}/resolve", {})
    assert desk.post(f"{path}/{made['id']}/restore").json()["code"] == "nothing_to_undo"


def test_a_slip_before_a_merge_is_taken_back_on_the_ticket_that_goes_on(desk: Any) -> None:
    who = {"external_id": "c-9"}
    into = desk.send(APP, customer=who)["ticket"]["id"]
    desk.post(f"/v1/tickets/{into}/resolve", {})
    desk.clock.forward(days=8)
    gone = desk.send("بسته پاره رسید و جواب نمی‌دهید", customer=who)["ticket"]["id"]
    desk.post(f"/v1/tickets/{into}/reopen", {})
    due = (desk.clock.now + timedelta(hours=3)).isoformat()
    (made,) = desk.post(f"/v1/tickets/{gone}/promises", {"due_at": due}).json()["promises"]
    desk.post(f"/v1/tickets/{gone}/promises/{made['id']}/withdraw")
    assert desk.post(f"/v1/tickets/{gone}/merge", {"into": into}).status_code == 200
    left = desk.post(f"/v1/tickets/{gone}/promises/{made['id']}/restore")
    assert (left.status_code, left.json()["code"]) == (404, "promise_not_found")
    (open_again,) = desk.post(f"/v1/tickets/{into}/promises/{made['id']}/restore").json()["promises"]
    assert (open_again["status"], open_again["ticket_id"]) == ("open", into)


def test_a_promise_is_restored_by_who_may_once_and_as_it_was_seen(desk: Any) -> None:
    ticket = desk.send(APP)["ticket"]
    path = f"/v1/tickets/{ticket['id']}/promises"
    due = (desk.clock.now + timedelta(hours=3)).isoformat()
    (made,) = desk.post(path, {"due_at": due}).json()["promises"]
    closed = desk.post(f"{path}/{made['id']}/fulfil")
    step = f"{path}/{made['id']}/restore"
    assert desk.post(step, role="reader").status_code == 403
    stranger = _agent_of(desk, next(id_ for id_ in ("finance", "product") if id_ != ticket["queue"]))
    assert desk.client.post(step, headers=stranger).json()["code"] == "not_your_queue"
    seen = {"If-Match": closed.headers["ETag"]}
    desk.post(f"/v1/tickets/{ticket['id']}/note", {"body": "زنگ زدم"})
    assert desk.post(step, headers=seen).json()["code"] == "stale_version"
    key = {"Idempotency-Key": "restore-1"}
    first, again = desk.post(step, headers=key), desk.post(step, headers=key)
    assert first.json()["promises"] == again.json()["promises"] == [made]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.headers["ETag"] == again.headers["ETag"]


def _agent_of(desk: Any, queue: str) -> dict[str, str]:
    with begin(desk.engine) as conn:
        secret = keys.create(conn, desk.clock.now, "بیگانه", "agent", queues=[queue]).secret.shown
    return {"Authorization": f"Bearer {secret}"}


def _reminders(desk: Any, ticket: str) -> int:
    """Let the worker call to mind what is due, and return how often it has done so."""
    chores.remind_of_promises(desk.client.app.state.desk.line, desk.clock())
    trail = desk.get(f"/v1/tickets/{ticket}", role="agent").json()["audit"]
    return [line["action"] for line in trail].count("promise.reminded")
