"""The promise clock through the running desk: what a customer was told is remembered once, and called to mind."""

from datetime import datetime, timedelta
from typing import Any

from service import chores
from service.api.reading import to_cursor


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


def test_open_promises_are_read_page_by_page_however_many_are_overdue(desk: Any) -> None:
    ticket = desk.send("برنامه باز نمیشه و نمی‌تونم وارد حسابم بشم")["ticket"]["id"]
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
    ticket = desk.send("برنامه باز نمیشه و نمی‌تونم وارد حسابم بشم")["ticket"]["id"]
    desk.post(f"/v1/tickets/{ticket}/reply", {"body": "پوزش می‌خواهیم؛ تا فردا پیگیری می‌کنیم."})
    desk.clock.forward(days=3)
    desk.post(f"/v1/tickets/{ticket}/resolve", {})
    (promise,) = desk.get(f"/v1/tickets/{ticket}", role="agent").json()["promises"]
    assert promise["status"] == "broken"


def test_nothing_more_is_promised_where_nobody_would_be_reminded_of_it(lite: Any) -> None:
    customer = {"external_id": "c-1"}
    old = lite.send("برنامه باز نمیشه و نمی‌تونم وارد حسابم بشم", customer=customer)["ticket"]["id"]
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
        assert answer.json()["allowed"] == ["note"]
