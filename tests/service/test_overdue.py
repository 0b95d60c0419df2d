"""A ticket is past its deadline on every page and in every answer at once, or on none."""

from datetime import datetime, timedelta
from typing import Any

LATE = "سه روزه سفارشم نرسیده و هیچ‌کس جواب نمی‌دهد، خیلی ناراضی‌ام"
WHO = {"external_id": "c-1"}


def _overdue(desk: Any) -> tuple[int, int, int]:
    """Return how many tickets queues, performance and digest call overdue."""
    queues = desk.get("/v1/queues").json()["items"]
    total = desk.get("/v1/performance", params={"days": 7}).json()["total"]
    digest = desk.get("/v1/digest", params={"week": desk.clock.now.date().isoformat()}).json()
    return sum(one["overdue"] for one in queues), total["overdue"], digest["tickets"]["overdue"]


def test_a_next_answer_that_is_late_is_overdue_everywhere(desk: Any) -> None:
    path = f"/v1/tickets/{desk.send(LATE, customer=WHO)['ticket']['id']}"
    desk.post(f"{path}/reply", {"body": "پوزش می‌خواهیم؛ پیگیری می‌کنیم."})
    desk.clock.forward(minutes=1)
    desk.send(LATE, customer=WHO)
    targets = {one["name"]: one["due_at"] for one in desk.get(path).json()["sla"]["targets"]}
    assert targets["next_response"] < targets["resolution"]
    assert _overdue(desk) == (0, 0, 0)
    desk.clock.now = datetime.fromisoformat(targets["next_response"]) + timedelta(minutes=1)
    assert _overdue(desk) == (1, 1, 1)
    desk.post(f"{path}/pend", {})  # while its customer is waited for the clocks stand still
    assert _overdue(desk) == (0, 0, 0)
    desk.post(f"{path}/resume", {})
    desk.post(f"{path}/resolve", {})
    assert _overdue(desk) == (0, 0, 0)
