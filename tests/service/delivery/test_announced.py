"""What OpenAPI and the guide say of the bodies of webhooks is true of those that are sent."""

import re
from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from service import chores
from service.api.announced import DATA, body_of
from service.insight import watch
from service.storage import begin, outbox, read, schema
from service.storage.outbox import Delivery
from service.webhooks import delivering
from service.webhooks.events import EVENTS, TEST_EVENT

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "how-to.md"
#: Told of together as times, and what the guide tells below its table.
_TIMES = ("created_at", "received_at")
_STAND_INS = {"TruncatedTold", "ForgottenOut"}


def _bodies(desk: Any) -> Iterator[tuple[str, str]]:
    with read(desk.engine) as conn:
        for row in conn.execute(sa.select(schema.outbox)):
            told = {name: getattr(row, name) for name in ("type", "object_id", "at")}
            rest: dict[str, Any] = {
                "id": "dl_1", "event_id": row.id, "webhook_id": "wh_1", "url": "https://crm.example",
                "secrets": (), "attempts": 0,
            }  # fmt: skip
            yield row.type, delivering.body(Delivery(data=row.payload, **told, **rest))


def _let_the_rest_happen(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let happen what the sample does not have: the desk's own alerts, a promotion, an erased comment, a long one."""
    now = desk.clock.now
    line = desk.client.app.state.desk.line
    ticket = desk.get("/v1/queues/quality/tickets").json()["items"][0]
    raised = {"queue": "finance", "priority": "urgent"}
    assert desk.post(f"/v1/tickets/{ticket['id']}/escalate", raised, role="admin").status_code == 200
    day = (now + timedelta(hours=20)).isoformat()
    assert desk.post(f"/v1/tickets/{ticket['id']}/promises", {"due_at": day}, role="admin").status_code == 200
    chores.remind_of_promises(line, now)
    drift = watch.Alert(
        kind="drift", subject="category", since=now.date(), sure=1.0, message_fa="…", figures={}, samples=()
    )
    hook = desk.post("/v1/webhooks", {"url": "https://crm.example/hook"}, role="admin").json()
    assert desk.post(f"/v1/webhooks/{hook['id']}/test", role="admin").status_code == 202
    with begin(desk.engine) as conn:
        outbox.emit(conn, now, "model.promoted", "2026.12.1", {"version": "2026.12.1", "before": None})
        outbox.emit(conn, now, "drift.detected", "al_1", watch._body(conn, "al_1", drift))
        outbox.emit(conn, now, "feedback.created", "fb_1", {"text": "دیر رسید " * 30_000})
    erased = desk.get(f"/v1/tickets/{ticket['id']}", role="admin").json()["comments"][0]["id"]
    assert desk.call("DELETE", f"/v1/feedback/{erased}").status_code == 200
    monkeypatch.setattr(chores, "over_budget", lambda *_: True)
    chores.watch_urgent_budget(line, now)


def test_every_body_that_is_sent_is_as_openapi_describes_it(
    alive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _let_the_rest_happen(alive, monkeypatch)
    sent, wrong = set(), []
    for event, body in _bodies(alive):
        sent.add(event)
        try:
            body_of(event).model_validate_json(body)
        except ValidationError as error:
            wrong.append((event, str(error)))
    assert not wrong[:3]
    assert sent == set(DATA) == {*EVENTS, TEST_EVENT}


def test_openapi_describes_every_event_with_its_signature(lite: Any) -> None:
    document = lite.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["webhooks"]) == set(DATA)
    opened = document["webhooks"]["ticket.opened"]["post"]
    assert opened["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/TicketOpenedEvent"
    }
    names = {one["name"] for one in opened["parameters"] if one["required"]}
    assert names == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert set(opened["responses"]) == {"204", "default"}
    assert "Tags" in document["components"]["schemas"]


def _rows() -> list[tuple[list[str], set[str]]]:
    """Return the rows of the guide's table: events, and the fields that are named for them."""
    table = GUIDE.read_text(encoding="utf-8").partition("| events | `data` |")[2].partition("\n\n")[0]
    cells = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return [(re.findall(r"`([\w.*]+)`", events), set(re.findall(r"`(\w+)`", data))) for events, data in cells]


def test_the_guide_names_the_fields_of_every_event() -> None:
    rows, told = _rows(), dict[int, set[str]]()
    for event in DATA:
        place = next(n for n, (names, _) in enumerate(rows) if any(fnmatch(event, one) for one in names))
        schema_ = body_of(event).model_json_schema()
        kinds = {kind["$ref"].rpartition("/")[2] for kind in schema_["properties"]["data"]["anyOf"]}
        own = {name for kind in kinds - _STAND_INS for name in schema_["$defs"][kind]["properties"]}
        known = {name for one in schema_["$defs"].values() for name in one["properties"]}
        plain = {name for name in own if not name.endswith("_jalali") and name not in _TIMES}
        assert plain <= rows[place][1], event
        told.setdefault(place, set()).update(known)
    assert len(told) == len(rows)
    for place, (names, fields) in enumerate(rows):
        assert fields <= told[place], names
