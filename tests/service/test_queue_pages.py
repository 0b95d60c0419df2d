"""The pages of a queue: none is missed and none comes twice while people work, and no cursor tells what a reader may not know."""

import base64
import json
from typing import Any

import pytest
import sqlalchemy as sa

from service.storage import begin
from service.storage.schema import tickets

LATE = "سه روزه سفارشم نرسیده و هیچ‌کس جواب نمی‌دهد، خیلی ناراضی‌ام"


def _five(desk: Any) -> str:
    """Open tickets that nothing but the value of their customers puts in an order, and return the path of their queue."""
    for number in range(5):
        worth = {"external_id": f"c-{number}", "lifetime_value": 7_000_001.5 + number}
        ticket = desk.send(LATE, customer=worth)["ticket"]
    return f"/v1/queues/{ticket['queue']}/tickets"


def _read(cursor: str) -> list[Any]:
    values: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return values


def _ids(page: Any) -> list[str]:
    return [item["id"] for item in page["items"]]


def _rest(desk: Any, path: str, cursor: str | None) -> list[str]:
    """Return what stands behind a cursor, a page at a time."""
    seen: list[str] = []
    for _ in range(9):
        if cursor is None:
            return seen
        page = desk.get(path, params={"limit": 2, "cursor": cursor}).json()
        seen, cursor = seen + _ids(page), page["next_cursor"]
    raise AssertionError("the pages of a queue have no end")


def test_no_cursor_of_a_queue_tells_what_a_customer_is_worth(desk: Any) -> None:
    path = _five(desk)
    whole = _ids(desk.get(path).json())
    for place in range(1, 5):
        page = desk.get(path, params={"limit": place}).json()
        assert not [one for one in _read(page["next_cursor"]) if isinstance(one, float)]
        assert "700000" not in json.dumps(_read(page["next_cursor"]))
        assert _ids(page) + _rest(desk, path, page["next_cursor"]) == whole


@pytest.mark.parametrize("deed", ["escalate", "pend", "resolve"])
def test_a_ticket_that_moves_between_two_pages_has_no_other_missed_or_shown_twice(
    desk: Any, deed: str
) -> None:
    path = _five(desk)
    page = desk.get(path, params={"limit": 2}).json()
    whole, last = _ids(desk.get(path).json()), page["items"][-1]["id"]
    told = {"priority": "urgent"} if deed == "escalate" else {}
    assert desk.post(f"/v1/tickets/{last}/{deed}", told).status_code == 200
    found = [id_ for id_ in _rest(desk, path, page["next_cursor"]) if id_ != last]
    assert found == whole[2:]


def test_the_pages_of_a_queue_end_also_when_the_last_customer_was_erased_meanwhile(desk: Any) -> None:
    path = _five(desk)
    page = desk.get(path, params={"limit": 2}).json()
    comment = page["items"][-1]["feedback"]["id"]
    assert desk.call("DELETE", f"/v1/feedback/{comment}").status_code == 200
    assert not set(_rest(desk, path, page["next_cursor"])) & set(_ids(page)[:1])


def test_a_cursor_that_ends_with_no_ticket_is_refused(lite: Any) -> None:
    path = _five(lite)
    values = _read(lite.get(path, params={"limit": 2}).json()["next_cursor"])
    strange = base64.urlsafe_b64encode(json.dumps([*values[:-1], "tk_none"]).encode()).decode()
    answer = lite.get(path, params={"cursor": strange})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_what_was_finished_in_a_queue_that_the_rules_gave_up_can_still_be_read(desk: Any) -> None:
    ticket = desk.send(LATE)["ticket"]["id"]
    assert desk.post(f"/v1/tickets/{ticket}/resolve", {}).status_code == 200
    with begin(desk.engine) as conn:
        conn.execute(sa.update(tickets).values(queue="former"))
    path = "/v1/queues/former/tickets"
    assert _ids(desk.get(path, params={"status": "resolved"}).json()) == [ticket]
    assert desk.get(path).json()["items"] == []
    assert desk.get("/v1/queues/never/tickets").json()["code"] == "queue_not_found"
    desk.sign_in()
    assert "صفی به نام" not in desk.client.get("/inbox", params={"queue": "former"}).text
