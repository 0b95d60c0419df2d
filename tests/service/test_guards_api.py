"""The guards of the rules at work: few notifications, and one alert on a day with too much that is urgent."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service import chores, rulefile
from service.storage import Engine, read
from service.storage.schema import outbox

POISONED = "بعد از خوردن غذاتون هممون مسموم شدیم و کارمون به بیمارستان کشید"


@pytest.fixture
def desk(opened: Callable[..., Any], engine: Engine, tmp_path: Path) -> Any:
    """A desk whose rules allow for one urgent ticket a day."""
    rules = tmp_path / "routing.toml"
    text = rulefile.FILE.read_text(encoding="utf-8")
    rules.write_text(text.replace("urgent_per_day = 40", "urgent_per_day = 1"), encoding="utf-8")
    return opened(engine, rules=rules)


def events(engine: Engine, type_: str) -> list[dict[str, Any]]:
    with read(engine) as conn:
        query = sa.select(outbox.c.payload).where(outbox.c.type == type_).order_by(outbox.c.id)
        return [dict(row) for row in conn.execute(query).scalars()]


def test_one_alert_is_raised_on_a_day_with_too_many_urgent_tickets(desk: Any) -> None:
    line = desk.client.app.state.desk.line
    desk.send(POISONED)
    chores.watch_urgent_budget(line, desk.clock())
    assert events(desk.engine, "trend.anomaly") == []
    desk.send(f"{POISONED}!", channel="web")
    for _ in range(3):
        chores.watch_urgent_budget(line, desk.clock())
    assert events(desk.engine, "trend.anomaly") == [{"kind": "urgent_budget", "urgent": 2, "budget": 1}]
    (shown,) = desk.get("/v1/alerts").json()["items"]  # who has no receiver sees it all the same
    assert (shown["kind"], shown["open"], shown["sure"]) == ("urgent_budget", True, None)
    assert shown["message_fa"].startswith("۲ تیکت با اولویت بحرانی در شنبه ۷ آذر ۱۴۰۵، بیش از سقف ۱")
    chores.watch_urgent_budget(line, desk.clock() + timedelta(days=1))
    assert len(events(desk.engine, "trend.anomaly")) == 1


def test_a_case_names_whom_to_notify_once_however_often_the_customer_writes(desk: Any) -> None:
    who = {"external_id": "c-9"}
    desk.send("کالا دیر رسید", customer=who)
    desk.clock.forward(minutes=5)
    desk.send(POISONED, customer=who)
    (opened_,) = events(desk.engine, "ticket.opened")
    (raised,) = events(desk.engine, "urgency.raised")
    assert opened_["notify"] == []
    assert raised["notify"] == ["safety-on-call"]
    desk.clock.forward(minutes=5)
    desk.send(POISONED, customer=who, channel="web")
    assert len(events(desk.engine, "urgency.raised")) == 1


def test_two_tickets_that_became_one_use_the_budget_once(desk: Any) -> None:
    who = {"external_id": "c-9"}
    praised = desk.send("ممنون، عالی بود", customer=who)
    poisoned = desk.send(POISONED, customer=who)["ticket"]["id"]
    desk.post(f"/v1/feedback/{praised['id']}/corrections", {"urgency": "critical", "category": "complaint"})
    other = desk.get(f"/v1/feedback/{praised['id']}").json()["ticket"]["id"]
    desk.post(f"/v1/tickets/{other}/escalate", {"priority": "urgent"})
    assert desk.post(f"/v1/tickets/{other}/merge", {"into": poisoned}).status_code == 200
    chores.watch_urgent_budget(desk.client.app.state.desk.line, desk.clock())
    assert desk.get("/v1/performance").json()["total"]["urgent"] == 1
    assert desk.get("/v1/alerts").json()["items"] == []
