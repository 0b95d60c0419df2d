"""Other programs push comments through doors of their own, and only they can."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

MESSAGE = {
    "event": "message_created",
    "id": 5120,
    "content": "سفارشم را اشتباه فرستادید، کی درستش می‌کنید؟",
    "message_type": "incoming",
    "private": False,
    "created_at": "2026-11-28T06:29:00.000Z",
    "account": {"id": 3, "name": "فروشگاه"},
    "inbox": {"id": 1, "name": "واتس‌اپ"},
    "conversation": {"id": 88},
    "sender": {"id": 41, "name": "مریم رضایی", "type": "contact"},
}


def _door(desk: Any, **told: Any) -> dict[str, Any]:
    answer = desk.post("/v1/inbound", {"name": "در", "channel": "chat", **told}, role="admin")
    assert answer.status_code == 201, answer.text
    return answer.json()


def _chatwoot(desk: Any, door: dict[str, Any], document: Any, **forged: Any) -> Any:
    body = json.dumps(document).encode()
    at = str(int((desk.clock.now - forged.get("age", timedelta())).timestamp()))
    digest = hmac.new(forged.get("secret", "s3cret").encode(), f"{at}.".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "X-Chatwoot-Timestamp": at,
        "X-Chatwoot-Signature": f"sha256={digest.hexdigest()}",
    }
    return desk.call("POST", f"/v1/inbound/{door['id']}", None, content=body, headers=headers)


def _generic(desk: Any, door: dict[str, Any], document: Any, id_: str = "msg_1", **forged: Any) -> Any:
    body = json.dumps(document)
    at = desk.clock.now - forged.get("age", timedelta())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(forged.get("secret", door["secret"])).sign(id_, at, body),
    }
    return desk.call("POST", f"/v1/inbound/{door['id']}", None, content=body.encode(), headers=headers)


def test_a_customers_message_in_chatwoot_becomes_a_comment(lite: Any) -> None:
    door = _door(lite, kind="chatwoot", secret="s3cret")
    assert door["secret"] is None
    first = _chatwoot(lite, door, MESSAGE)
    assert (first.status_code, first.json()["outcome"]) == (201, "created"), first.text
    stored = lite.get(f"/v1/feedback/{first.json()['id']}", role="agent").json()
    assert (stored["external_id"], stored["channel"]) == ("3-5120", "chat")
    assert stored["customer"]["external_id"] == "chatwoot-3-41"
    assert stored["metadata"] == {"conversation": "88", "inbox": "واتس‌اپ"}
    assert stored["created_at"] == "2026-11-28T06:29:00Z"
    again = _chatwoot(lite, door, MESSAGE)
    assert (again.status_code, again.json()["outcome"], again.json()["id"]) == (
        200,
        "unchanged",
        stored["id"],
    )


def test_a_long_name_in_chatwoot_costs_no_comment(lite: Any) -> None:
    door = _door(lite, kind="chatwoot", secret="s3cret")
    sender = MESSAGE["sender"] | {"name": "فروشگاه لوازم خانگی " * 20}
    answer = _chatwoot(lite, door, MESSAGE | {"sender": sender})
    assert answer.status_code == 201, answer.text
    stored = lite.get(f"/v1/feedback/{answer.json()['id']}", role="agent").json()
    assert stored["customer"]["name"] == sender["name"][:200].strip()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"event": "conversation_created"}, "other_event"),
        ({"message_type": "outgoing"}, "not_from_customer"),
        ({"private": True}, "not_from_customer"),
        ({"content": None}, "no_text"),
    ],
)
def test_what_no_customer_said_in_chatwoot_is_ignored(
    lite: Any, changed: dict[str, Any], reason: str
) -> None:
    door = _door(lite, kind="chatwoot", secret="s3cret")
    answer = _chatwoot(lite, door, MESSAGE | changed)
    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored", "reason": reason})
    assert lite.get("/v1/feedback").json()["items"] == []


@pytest.mark.parametrize(
    "forged", [{"secret": "other"}, {"age": timedelta(minutes=6)}, {"age": -timedelta(minutes=6)}]
)
def test_a_forged_or_stale_push_is_refused(lite: Any, forged: dict[str, Any]) -> None:
    chatwoot = _door(lite, kind="chatwoot", secret="s3cret")
    generic = _door(lite, kind="generic", fields={"text": "text"})
    forged_generic = {**forged, **({"secret": "whsec_b3RoZXI="} if "secret" in forged else {})}
    for answer in (
        _chatwoot(lite, chatwoot, MESSAGE, **forged),
        _generic(lite, generic, {"text": "خوب بود"}, **forged_generic),
        lite.call("POST", f"/v1/inbound/{generic['id']}", None, json={"text": "خوب بود"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    doors = lite.get("/v1/inbound", role="admin").json()["items"]
    assert [door["last_used_at"] for door in doors] == [None, None]  # nothing came through


def test_a_generic_document_is_read_by_the_map_of_its_door(lite: Any) -> None:
    paths = {
        "text": "data.items.0.comment",
        "external_id": "data.id",
        "scores.stars": "data.rate",
        "customer.external_id": "data.user.id",
        "created_at": "data.when",
    }
    door = _door(lite, kind="generic", fields=paths, channel="site")
    document = {
        "data": {"id": 77, "rate": "۲", "when": "1405/09/06", "user": {"id": 9},
                 "items": [{"comment": "کالای شکسته فرستادید"}]}
    }  # fmt: skip
    answer = _generic(lite, door, document)
    assert answer.status_code == 201, answer.text
    stored = lite.get(f"/v1/feedback/{answer.json()['id']}").json()
    assert (stored["external_id"], stored["scores"]["stars"]) == ("77", 2)
    assert stored["customer"]["external_id"] == "9"


def test_a_door_has_the_name_that_filters_know_and_fills_what_stands_beside_our_fields(lite: Any) -> None:
    paths = {"text": "body", "metadata.city": "shop.city", "metadata.visits": "visits"}
    door = _door(lite, kind="generic", fields=paths, channel=" site ")
    assert door["channel"] == "site"
    answer = _generic(lite, door, {"body": "کالا شکسته بود", "shop": {"city": "یزد"}, "visits": 3})
    assert answer.status_code == 201, answer.text
    (stored,) = lite.get("/v1/feedback", params={"channel": "site "}).json()["items"]
    assert (stored["channel"], stored["metadata"]) == ("site", {"city": "یزد", "visits": 3})
    assert stored["id"] in lite.get("/comments", params={"channel": " site "}).text
    wrong = {"name": "در", "channel": "c", "kind": "generic", "fields": {"text": "t", "metadata.": "m"}}
    assert lite.post("/v1/inbound", wrong, role="admin").status_code == 422


def test_a_push_without_an_id_of_its_own_is_known_by_its_webhook_id(lite: Any) -> None:
    door = _door(lite, kind="generic", fields={"text": "t"})
    assert _generic(lite, door, {"t": "خوب بود"}, "msg_7").status_code == 201
    assert _generic(lite, door, {"t": "خوب بود"}, "msg_7").json()["outcome"] == "unchanged"
    assert _generic(lite, door, {"t": "خوب بود"}, "msg_8").status_code == 201


def test_a_signed_document_that_makes_no_comment_is_refused_by_field(lite: Any) -> None:
    door = _door(lite, kind="generic", fields={"text": "t", "scores.nps": "n"})
    answer = _generic(lite, door, {"t": "خوب", "n": 11})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "scores.nps")
    assert _generic(lite, door, {}).json()["errors"][0]["code"] == "text_empty"
    assert _generic(lite, door, [1]).json()["code"] == "not_an_object"


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ({"kind": "generic"}, "fields.text"),
        ({"kind": "generic", "fields": {"text": "t", "colour": "c"}}, "fields.colour"),
        ({"kind": "generic", "fields": {"text": "a..b"}}, "fields.text"),
        ({"kind": "generic", "fields": {"text": "a\0b"}}, "fields.text"),
        ({"kind": "generic", "fields": {"text": "t", "\0": "c"}}, "fields.?"),
        ({"kind": "generic", "fields": {"text": "t"}, "secret": "mine"}, "secret"),
        ({"kind": "chatwoot"}, "secret"),
    ],
)
def test_a_door_that_could_not_work_is_not_opened(lite: Any, told: dict[str, Any], path: str) -> None:
    answer = lite.post("/v1/inbound", {"name": "در", "channel": "chat", **told}, role="admin")
    assert answer.status_code == 422
    assert path in {error["path"] for error in answer.json()["errors"]}


def test_a_closed_door_lets_nothing_in_and_no_secret_is_shown_twice(lite: Any) -> None:
    door = _door(lite, kind="generic", fields={"text": "t"})
    assert door["secret"] not in lite.get("/v1/inbound", role="admin").text
    assert lite.get("/v1/inbound", role="agent").status_code == 403
    assert lite.call("DELETE", f"/v1/inbound/{door['id']}").status_code == 204
    assert _generic(lite, door, {"t": "خوب"}).json()["code"] == "inbound_not_found"


@pytest.mark.parametrize("poison", ["\ud800", "a\0b"], ids=ascii)
def test_a_signed_document_with_what_no_database_can_keep_is_refused(desk: Any, poison: str) -> None:
    chatwoot = _door(desk, kind="chatwoot", secret="s3cret")
    for place in ("id", "content", "created_at", "conversation.id", "inbox.name", "sender.id", "sender.name"):
        outer, _, inner = place.partition(".")
        spoilt = {outer: {**MESSAGE[outer], inner: poison} if inner else poison}
        answer = _chatwoot(desk, chatwoot, MESSAGE | spoilt)
        assert answer.status_code == 422, (place, answer.text)
    generic = _door(desk, kind="generic", fields={"text": "t", "product": "p"})
    answer = _generic(desk, generic, {"t": poison, "p": poison})
    assert [error["path"] for error in answer.json()["errors"]] == ["text", "product"]
    assert desk.get("/v1/feedback").json()["items"] == []


def test_a_webhook_id_too_long_for_an_id_is_refused(lite: Any) -> None:
    door = _door(lite, kind="generic", fields={"text": "t"})
    answer = _generic(lite, door, {"t": "خوب بود"}, "m" * 201)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "webhook-id")
    assert _generic(lite, door, {"t": "خوب بود"}, "m" * 200).status_code == 201
