"""What nobody asks for is done in time: deadlines are watched, claims lapse, promises are called to mind, words forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from service import chores, worker
from service.storage import begin, read
from service.storage import feedback as stored
from service.storage.schema import feedback, outbox, tickets

ANGRY = "سه روزه سفارشم نرسیده و هیچ‌کس جواب نمی‌دهد، خیلی ناراضی‌ام"


def _do(desk: Any, chore: Any) -> None:
    chore(desk.client.app.state.desk.line, desk.clock.now)


def _events(desk: Any, *types: str) -> list[tuple[str, Any]]:
    with read(desk.engine) as conn:
        rows = conn.execute(sa.select(outbox.c.type, outbox.c.payload).order_by(outbox.c.at, outbox.c.id))
        return [
            (row.type, row.payload.get("target", row.payload.get("promise")))
            for row in rows
            if row.type in types
        ]


def _ticket(desk: Any, receipt: dict[str, Any]) -> dict[str, Any]:
    return desk.get(f"/v1/tickets/{receipt['ticket']['id']}").json()


def test_a_deadline_is_warned_of_and_its_breach_is_told_once(desk: Any) -> None:
    receipt = desk.send(ANGRY)
    for _ in range(3):
        _do(desk, chores.watch_clocks)
    assert _events(desk, "sla.warning", "sla.breached") == []
    desk.clock.forward(days=20)
    for _ in range(3):
        _do(desk, chores.watch_clocks)
    told = _events(desk, "sla.warning", "sla.breached")
    assert sorted(told) == [("sla.breached", "first_response"), ("sla.breached", "resolution")]
    assert _ticket(desk, receipt)["sla"]["state"] == "active_with_misses"
    (line,) = [one for one in _ticket(desk, receipt)["audit"] if one["action"] == "ticket.clocks"]
    assert line["after"] == {"first_response": "sla.breached", "resolution": "sla.breached"}


def test_a_ticket_is_not_touched_at_the_very_moment_of_its_deadline(lite: Any) -> None:
    receipt = lite.send(ANGRY)
    lite.clock.now = datetime.fromisoformat(receipt["ticket"]["due_at"]) - timedelta(seconds=1)
    _do(lite, chores.watch_clocks)
    warned = _ticket(lite, receipt)
    lite.clock.forward(seconds=1)
    _do(lite, chores.watch_clocks)
    assert _ticket(lite, receipt)["audit"] == warned["audit"]
    lite.clock.forward(microseconds=1)
    _do(lite, chores.watch_clocks)
    assert _events(lite, "sla.breached") == [("sla.breached", "first_response")]


def test_a_reply_is_not_refused_because_a_deadline_came_near_while_it_was_written(desk: Any) -> None:
    sent = desk.send(ANGRY)["ticket"]
    address = f"/v1/tickets/{sent['id']}"
    seen = {"If-Match": desk.get(address).headers["ETag"]}
    due_at = datetime.fromisoformat(sent["due_at"])
    for desk.clock.now in (due_at - timedelta(minutes=1), due_at + timedelta(days=9)):
        _do(desk, chores.watch_clocks)
    assert {"sla.warning", "sla.breached"} <= {
        name for name, _ in _events(desk, "sla.warning", "sla.breached")
    }
    answer = desk.post(f"{address}/reply", {"body": "شرمنده‌ایم، همین حالا پیگیری می‌کنم"}, headers=seen)
    assert answer.status_code == 200
    assert [one["missed"] for one in answer.json()["sla"]["targets"]] == [True, True]
    assert answer.headers["ETag"] != seen["If-Match"]
    again = desk.post(f"{address}/reply", {"body": "شرمنده‌ایم"}, headers=seen)
    assert (again.status_code, again.json()["code"]) == (409, "stale_version")


def test_a_claim_that_was_left_alone_goes_back_to_its_queue(desk: Any) -> None:
    receipt = desk.send(ANGRY)
    assert desk.post(f"/v1/queues/{receipt['ticket']['queue']}/claim").json()["assignee"] == "agent"
    _do(desk, chores.free_lapsed_claims)
    assert _ticket(desk, receipt)["assignee"] == "agent"
    desk.clock.forward(minutes=31)
    _do(desk, chores.free_lapsed_claims)
    assert (_ticket(desk, receipt)["assignee"], _ticket(desk, receipt)["status"]) == (None, "open")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("relax", {"priority": "low", "reason": "خود مشتری گفت عجله‌ای نیست"}),
        ("escalate", {"priority": "urgent"}),
        ("compensation", {"state": "offered", "amount": 500_000}),
        ("promises", {"due_at": "2026-11-30T18:00:00+03:30"}),
    ],
)
def test_whoever_did_something_with_a_ticket_they_took_keeps_it(
    lite: Any, step: str, said: dict[str, Any]
) -> None:
    receipt = lite.send(ANGRY)
    address = f"/v1/tickets/{receipt['ticket']['id']}/{step}"
    lite.post(f"/v1/queues/{receipt['ticket']['queue']}/claim")
    assert lite.post(address, said, role="agent").status_code == 200
    lite.clock.forward(minutes=31)
    _do(lite, chores.free_lapsed_claims)
    assert _ticket(lite, receipt)["assignee"] == "agent"


def test_what_a_colleague_did_is_not_done_by_whoever_took_the_ticket(lite: Any) -> None:
    receipt = lite.send(ANGRY)
    lite.post(f"/v1/queues/{receipt['ticket']['queue']}/claim")
    lite.post(f"/v1/tickets/{receipt['ticket']['id']}/escalate", {"priority": "urgent"}, role="admin")
    lite.clock.forward(minutes=31)
    _do(lite, chores.free_lapsed_claims)
    assert _ticket(lite, receipt)["assignee"] is None


def test_a_ticket_that_nobody_takes_goes_to_the_queue_that_helps(lite: Any) -> None:
    rules = lite.client.app.state.desk.line.rules
    receipt = lite.send("بعد از خوردن غذا مسموم شدیم و بچه‌ام در بیمارستان بستری است")
    queue = rules.queues[receipt["ticket"]["queue"]]
    assert queue.overflow is not None
    _do(lite, chores.relieve_queues)
    assert _ticket(lite, receipt)["queue"] == queue.id
    lite.clock.forward(minutes=queue.overflow_minutes + 1)
    _do(lite, chores.relieve_queues)
    assert _ticket(lite, receipt)["queue"] == queue.overflow


@pytest.mark.parametrize("first", ["came back", "came at night"])
def test_tickets_that_stay_hold_up_none_behind_them(
    desk: Any, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    monkeypatch.setattr(chores, "_SOME", 1)
    queue, state = "delivery", {"queue": "delivery", "status": "open", "assignee": None}
    rules = desk.client.app.state.desk.line.rules
    stays, waits = desk.send(ANGRY), desk.send(ANGRY)
    tags = [f"overflow_from_{queue}"] if first == "came back" else []
    with begin(desk.engine) as conn:
        top = sa.update(tickets).where(tickets.c.id == stays["ticket"]["id"])
        conn.execute(top.values(**state, priority_rank=0, tags=tags))
        conn.execute(sa.update(tickets).where(tickets.c.id == waits["ticket"]["id"]).values(**state))
        if first == "came at night":  # the team has been at work for a minute since
            desk.clock.now = desk.clock.now.replace(hour=5, minute=31) + timedelta(days=1)
            conn.execute(top.values(opened_at=desk.clock.now - timedelta(hours=2)))
    if first == "came back":
        desk.clock.forward(minutes=rules.queues[queue].overflow_minutes + 1)
    _do(desk, chores.relieve_queues)
    assert (_ticket(desk, stays)["queue"], _ticket(desk, waits)["queue"]) == (queue, "support")


def test_a_promise_is_called_to_mind_once_before_its_day(desk: Any) -> None:
    receipt = desk.send(ANGRY)
    answer = desk.post(
        f"/v1/tickets/{receipt['ticket']['id']}/reply", {"body": "پوزش می‌خواهیم؛ تا فردا خبر می‌دهیم."}
    )
    assert answer.json()["promises"], answer.text
    _do(desk, chores.remind_of_promises)
    assert _events(desk, "sla.warning") == []
    desk.clock.forward(days=1, hours=7)
    _do(desk, chores.remind_of_promises)
    _do(desk, chores.remind_of_promises)
    assert [type_ for type_, promise in _events(desk, "sla.warning") if str(promise).startswith("pr_")] == [
        "sla.warning"
    ]


def test_the_clocks_of_a_merged_ticket_are_not_watched(lite: Any) -> None:
    customer = {"customer": {"external_id": "c-1"}}
    first = _ticket(lite, lite.send(ANGRY, **customer))
    assert lite.post(f"/v1/tickets/{first['id']}/resolve", {}).status_code == 200
    lite.clock.forward(days=8)  # too late to be reopened by a message
    second = _ticket(lite, lite.send(ANGRY, **customer))
    assert lite.post(f"/v1/tickets/{first['id']}/reopen", {}).status_code == 200
    assert lite.post(f"/v1/tickets/{first['id']}/merge", {"into": second["id"]}).status_code == 200
    lite.clock.forward(days=20)
    _do(lite, chores.watch_clocks)
    with read(lite.engine) as conn:
        late = {row.object_id for row in conn.execute(sa.select(outbox)) if row.type == "sla.breached"}
        due = conn.scalar(sa.select(tickets.c.due_at).where(tickets.c.id == first["id"]))
    assert (late, due) == ({second["id"]}, None)


def test_a_reopened_ticket_does_not_go_to_another_queue_at_once(lite: Any) -> None:
    receipt = lite.send("بعد از خوردن غذا مسموم شدیم و بچه‌ام در بیمارستان بستری است")
    path, queue = f"/v1/tickets/{receipt['ticket']['id']}", receipt["ticket"]["queue"]
    lite.post(f"{path}/resolve", {})
    lite.clock.forward(days=6)
    assert lite.post(f"{path}/reopen", {}).json()["assignee"] is None
    _do(lite, chores.relieve_queues)
    assert _ticket(lite, receipt)["queue"] == queue
    lite.clock.forward(minutes=lite.client.app.state.desk.line.rules.queues[queue].overflow_minutes + 1)
    _do(lite, chores.relieve_queues)
    assert _ticket(lite, receipt)["queue"] != queue


@pytest.mark.parametrize("days", [None, 30])
def test_originals_past_retention_become_their_masked_text(
    opened: Any, sqlite_engine: Any, days: int | None
) -> None:
    desk = opened(sqlite_engine, retention_days=days)
    receipt = desk.send("به ۰۹۱۲۱۲۳۴۵۶۷ زنگ بزنید، سفارشم نرسیده و شکایت می‌کنم")
    desk.clock.forward(days=29)
    _do(desk, chores.forget_originals)
    assert "۰۹۱۲" in desk.get(f"/v1/feedback/{receipt['id']}", role="agent").json()["text"]
    desk.clock.forward(days=2)
    _do(desk, chores.forget_originals)
    seen = desk.get(f"/v1/feedback/{receipt['id']}", role="agent").json()
    assert ("۰۹۱۲" in seen["text"]) == (days is None)
    for topic in seen["tags"]["topics"]:
        for span in topic["spans"]:
            assert seen["text"][span["start"] : span["end"]] == span["text"]
    with read(desk.engine) as conn:
        kept = conn.scalar(sa.select(feedback.c.original))
    assert (kept is None) == (days is not None)


def test_a_chore_goes_on_step_by_step_until_nothing_is_left_or_the_worker_stops(lite: Any) -> None:
    def step(_line: Any, _now: datetime) -> bool:
        steps.append(None)
        if len(steps) == 5:
            stop.set()
        return len(steps) != 3

    steps: list[None] = []
    stop = Event()
    chore = chores.Chore(name="stepwise", every_s=10, do=step)
    for count in (3, 5):  # until nothing is left, then until the worker stops
        worker._do(chore, lite.client.app.state.desk.line, lite.clock.now, stop)
        assert len(steps) == count


def test_chores_go_on_when_the_clock_is_set_back(
    lite: Any, working: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[datetime] = []
    chore = chores.Chore(name="noted", every_s=10, do=lambda _line, now: done.append(now))
    monkeypatch.setattr(chores, "CHORES", (chore,))

    def is_done_on_both_days() -> bool:
        if len(done) == 1:
            lite.clock.now = done[0] - timedelta(days=1)
        return len(done) > 1

    working(lite, is_done_on_both_days)
    assert done[1] == done[0] - timedelta(days=1)


def test_originals_past_retention_are_looked_up_among_those_that_are_kept(lite: Any, planned: Any) -> None:
    lite.send("به ۰۹۱۲۱۲۳۴۵۶۷ زنگ بزنید، سفارشم نرسیده")
    steps = planned(
        lite.engine, "feedback", lambda conn: stored.with_originals(conn, lite.clock.now, limit=9)
    )
    assert [step for step in steps if "ix_feedback_originals" in step]
    assert not [step for step in steps if step.startswith("SCAN") or "TEMP B-TREE" in step]
