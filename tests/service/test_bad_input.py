"""Whatever is sent, the answer is a clear problem with a stable code, or an abstention; never a failure of ours."""

import json
import re

import pytest
from starlette.testclient import TestClient

from service.api import reading
from service.model_process import InProcessModel
from service.storage import begin, keys

OWN = {"Sec-Fetch-Site": "same-origin"}
TEXT = "غذا سرد رسید و کسی پاسخ نداد"
PARTS = b'--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--X--\r\n'
BODIES = [
    (b"", 400, "empty_body"),
    (b"   \n", 400, "empty_body"),
    (b'{"text": "x"', 400, "broken_json"),
    (b"[" * 100_000, 400, "too_deep"),
    (b'{"text": "x", %s}' % b", ".join(b'"a%d": 1' % n for n in range(500)), 400, "too_many_fields"),
    (b'{"text": "x", "metadata": {%s}}' % b", ".join(b'"a%d": 1' % n for n in range(499)), 422, "too_many"),
    ('{"text": "سرد"}'.encode("cp1256"), 400, "wrong_encoding"),
    ('{"text": "سرد"}'.encode("utf-16"), 400, "wrong_encoding"),
    (b'{"text": "x", "metadata": {"a": NaN}}', 400, "broken_json"),
    (b'{"text": "x", "metadata": {"a": 1e999}}', 400, "broken_json"),
    (b"[1, 2]", 422, "invalid_fields"),
    (b"null", 422, "invalid_fields"),
    (b'"text"', 422, "invalid_fields"),
    (b'{"text": ""}', 422, "text_empty"),
    (b'{"text": " \\u200c\\n\\t"}', 422, "text_empty"),
    (b'{"text": "a\\u0000b"}', 422, "nul_character"),
    (b'{"text": "\\ud800"}', 422, "lone_surrogate"),
    (b'{"text": 5}', 422, "wrong_type"),
    (b'{"text": null}', 422, "wrong_type"),
    (b"{}", 422, "missing"),
    (b'{"text": "x", "txt": "y"}', 422, "unknown_field"),
    (b'{"text": "x", "scores": {"csat": 9}}', 422, "out_of_range"),
    (b'{"text": "x", "scores": {"csat": "5"}}', 422, "wrong_type"),
    (b'{"text": "x", "created_at": "2026-11-24T10:00:00"}', 422, "naive_datetime"),
    (b'{"text": "x", "created_at": "yesterday"}', 422, "wrong_datetime"),
    (b'{"text": "x", "created_at": "2030-01-01T00:00:00Z"}', 422, "in_the_future"),
    (b'{"text": "x", "created_at": "0001-01-01T00:00:00+14:00"}', 422, "out_of_range"),
    (b'{"text": "x", "created_at": 12}', 422, "wrong_type"),
    (b'{"text": "x", "metadata": {"a": {"b": 1}}}', 422, "wrong_type"),
    (b'{"text": "x", "created_at": "1764000000"}', 422, "wrong_datetime"),
    (b'{"text": "x", "created_at": "1405090412"}', 422, "wrong_datetime"),
    (b'{"text": "x", "created_at": "1764000000.5"}', 422, "wrong_datetime"),
    (b'{"text": "x", "created_at": "20261124"}', 422, "wrong_datetime"),
    (b'{"text": "x", "customer": {"lifetime_value": -1}}', 422, "out_of_range"),
    (b'{"text": "x", "text": "y"}', 422, "given_twice"),
    (b'{"text": "x", "metadata": {"a": 1, "\\u0061": 1}}', 422, "given_twice"),
    (b'{"text": "x", "metadata": {"\\ud800": 1, "\\ud800": 1}}', 422, "given_twice"),
]


def _post(lite, raw, **headers):
    sent = {"Content-Type": "application/json", **headers}
    return lite.call("POST", "/v1/feedback", "sender", content=raw, headers=sent)


@pytest.fixture(scope="module")
def walls(tmp_path_factory, tagger):
    """One desk for all refusals: they leave nothing behind."""
    from starlette.testclient import TestClient

    from service.app import create_app
    from service.settings import Settings

    folder = tmp_path_factory.mktemp("walls")
    settings = Settings(database_url=f"sqlite:///{folder / 'desk.db'}", worker=False)
    app = create_app(settings, taggers=[InProcessModel(tagger)])
    with TestClient(app) as client:
        with begin(app.state.desk.engine) as conn:
            secret = keys.create(conn, app.state.desk.now(), "walls", "admin").secret.shown
        client.headers["Authorization"] = f"Bearer {secret}"
        yield client


@pytest.mark.parametrize(("raw", "status", "code"), BODIES, ids=[code for *_, code in BODIES])
@pytest.mark.parametrize("path", ["/v1/feedback"])
def test_a_bad_body_is_refused_with_a_stable_code(walls, path, raw, status, code):
    answer = walls.post(path, content=raw, headers={"Content-Type": "application/json"})
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status, problem
    assert code in {problem["code"], *(error["code"] for error in problem.get("errors", []))}
    assert any("\u0600" <= letter <= "\u06ff" for letter in problem["detail"])
    assert problem["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Type": "text/plain"}, "wrong_media_type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "wrong_media_type"),
        ({"Content-Type": "application/json; charset=windows-1256"}, "wrong_charset"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, "wrong_content_encoding"),
    ],
)
def test_what_is_not_json_in_utf8_is_refused_by_its_headers(walls, headers, code):
    answer = walls.post("/v1/feedback", content=b'{"text": "x"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, code)


def test_a_megabyte_is_too_large_whether_announced_or_not(walls):
    raw = json.dumps({"text": "ب" * 600_000}, ensure_ascii=False).encode()
    announced = walls.post("/v1/feedback", content=raw, headers={"Content-Type": "application/json"})
    pieces = (raw[start : start + 65_536] for start in range(0, len(raw), 65_536))
    streamed = walls.post("/v1/feedback", content=pieces, headers={"Content-Type": "application/json"})
    for answer in (announced, streamed):
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    long = walls.post("/v1/feedback", json={"text": "ب" * 10_001})
    assert (long.status_code, long.json()["errors"][0]["code"]) == (422, "text_too_long")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The delivery was late and the food was cold, nobody answered me", "unsupported_language"),
        ("😡😡😡👎", None),
        ("......", None),
        ("۱۲۳۴۵۶", None),
        ("<p>غذا <b>سرد</b> رسید</p><script>alert(1)</script>", None),
        ("' OR 1=1; DROP TABLE feedback; --", None),
    ],
)
def test_a_strange_comment_is_stored_and_abstained_from_rather_than_refused(walls, text, reason):
    answer = walls.post("/v1/feedback", json={"text": text})
    assert answer.status_code == 201
    abstained = answer.json()["tags"]["abstained"]
    if reason is not None:
        assert {item["reason"] for item in abstained} == {reason}
    assert walls.get(f"/v1/feedback/{answer.json()['id']}").json()["text"] == text


def test_a_full_batch_is_bounded(walls):
    answer = walls.post("/v1/analyze/batch", json={"items": [{"text": "سلام"}] * 201})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too_many")
    assert walls.post("/v1/analyze/batch", json={"items": []}).status_code == 422


BEFORE_TIME = reading.to_cursor(
    [1, "0001-01-01T00:00:00+14:00", 1, *["2026-11-28T06:30:00+00:00"] * 2, "tk_1"]
)


@pytest.mark.parametrize("cursor", ["x", "W10", "e30", "WzFd" * 200, "WyIxIl0", "Wy0xXQ", BEFORE_TIME])
def test_a_cursor_that_is_none_of_ours_is_refused(walls, cursor):
    for path in ("/v1/feedback", "/v1/queues/support/tickets", "/v1/audit"):
        answer = walls.get(path, params={"cursor": cursor})
        assert answer.status_code in {400, 422}, path
        assert answer.json()["code"] in {"bad_cursor", "invalid_fields"}


def test_unknown_addresses_and_methods_are_problems_too(walls):
    assert walls.get("/v1/nothing").json()["code"] == "not_found"
    assert walls.put("/v1/feedback").json()["code"] == "method_not_allowed"
    assert walls.get("/v1/feedback/fb_unknown").json()["code"] == "feedback_not_found"
    assert walls.get("/v1/tickets/tk_unknown").json()["code"] == "ticket_not_found"
    assert walls.get("/v1/queues/nowhere/tickets").json()["code"] == "queue_not_found"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"scores": {"stars": 6}}, "از ۵ بیشتر"),
        ({"scores": {"nps": -1}}, "از ۰ کمتر"),
        ({"customer": {"lifetime_value": -1}}, "از ۰ کمتر"),
        ({"created_at": "1405-09-04T10:00:00+03:30"}, "میلادی بنویسید"),
        ({"scores": {"csat": "5"}}, "عددی درست"),
        ({"text": 5}, "باید متن باشد"),
        ({"customer": "علی"}, "شیء JSON"),
        ({"product": "ب" * 201}, "از ۲۰۰ نویسه"),
        ({"metadata": {"a": "ب" * 2_001}}, "از ۲۰۰۰ نویسه"),
    ],
)
def test_the_refusal_of_a_value_says_what_would_be_taken(walls, wrong, says):
    answer = walls.post("/v1/feedback", json={"text": "غذا سرد بود"} | wrong)
    (error,) = answer.json()["errors"]
    assert says in error["detail"]


def test_a_parameter_that_comes_twice_is_refused_instead_of_the_first_being_dropped(walls):
    for address in ("/v1/feedback?topic=courier&topic=packaging", "/v1/review-queue?limit=1&limit=2"):
        (error,) = walls.get(address).json()["errors"]
        assert error["code"] == "given_twice", address


def test_a_field_that_is_given_twice_is_told_with_its_place(walls):
    raw = b'{"items": [{"text": "x"}, {"text": "y", "metadata": {"k": 1, "k": 2}}], "items": []}'
    sent = {"Content-Type": "application/json"}
    errors = walls.post("/v1/feedback/batch", content=raw, headers=sent).json()["errors"]
    assert [error["path"] for error in errors] == ["items"]
    raw = raw.replace(b', "items": []', b"")
    errors = walls.post("/v1/feedback/batch", content=raw, headers=sent).json()["errors"]
    assert [error["path"] for error in errors] == ["items.1.metadata.k"]


def test_a_plus_that_an_address_turned_into_a_space_is_still_a_zone(walls):
    assert walls.get("/v1/feedback?since=2026-11-01T00:00:00+03:30").status_code == 200
    assert walls.get("/v1/feedback?since=2026-11-01T00:00+0330&until=2026-11-02T00:00:00.5+03:30").is_success
    assert walls.get("/v1/feedback?since=2026-11-01+00:00").status_code == 422


def test_the_refusal_of_a_word_names_those_that_may_stand_there(walls):
    body = {"priority": "low"}
    (error,) = walls.post("/v1/tickets/tk_1/escalate", json=body).json()["errors"]
    assert (error["code"], error["detail"].count("، ")) == ("not_allowed", 2)
    assert "urgent، high، medium" in error["detail"]


@pytest.mark.parametrize("path", ["/v1/feedback", "/v1/inbound/in_1"])
def test_a_connection_that_is_lost_within_a_body_is_no_failure_of_ours(walls, path):
    head = {"method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "type": "http"}
    headers = [(name.lower().encode(), value.encode()) for name, value in walls.headers.items()]
    arriving = iter([{"type": "http.request", "body": b'{"text": "', "more_body": True}])
    sent = []

    async def receive():
        return next(arriving, {"type": "http.disconnect"})

    async def send(message):
        sent.append(message)

    async def ask():
        kind = (b"content-type", b"application/json")
        await walls.app(head | {"headers": [*headers, kind]}, receive, send)

    walls.portal.call(ask)
    assert sent[0]["status"] == 400
    assert b"body_cut_off" in sent[1]["body"]


def test_a_wrong_method_is_told_all_that_an_address_takes(walls):
    assert walls.put("/v1/feedback").headers["allow"] == "HEAD, GET, POST"
    assert walls.post("/v1/webhooks/wh_1").headers["allow"] == "HEAD, GET, PATCH, DELETE"
    assert walls.delete("/v1/analyze").headers["allow"] == "POST"


def test_who_asks_for_the_head_of_an_answer_gets_what_a_get_would_without_the_body(walls):
    for path in ("/healthz", "/readyz", "/v1/feedback?limit=1", "/v1/exports/tickets", "/v1/nothing"):
        whole, head = walls.get(path), walls.head(path)
        assert (head.status_code, head.content) == (whole.status_code, b""), path
        for name in ("content-type", "content-length"):
            assert head.headers.get(name) == whole.headers.get(name), path
    assert walls.head("/v1/analyze").headers["allow"] == "POST"
    assert 'method="HEAD",route="/healthz"' in walls.get("/metrics").text


def test_a_parameter_that_nobody_knows_is_refused_wherever_something_is_read(walls):
    paths = walls.get("/openapi.json").json()["paths"]
    read = [path for path, ways in paths.items() if path.startswith("/v1/") and "get" in ways]
    assert len(read) > 30
    for path in read:
        answer = walls.get(re.sub(r"{\w+}", "support", path), params={"colour": "red"})
        assert answer.status_code == 422, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        (error,) = answer.json()["errors"]
        assert (error["path"], error["code"]) == ("colour", "unknown_field"), path


def test_a_parameter_that_nobody_knows_is_refused_wherever_something_is_done(walls):
    paths = walls.get("/openapi.json").json()["paths"]
    done = [
        (method, path) for path, ways in paths.items() for method in ways
        if path.startswith("/v1/") and method != "get" and path != "/v1/inbound/{inbound_id}"
    ]  # fmt: skip
    assert len(done) > 35
    for method, path in [*done, ("delete", "/v1/inbound/{inbound_id}")]:
        where = re.sub(r"{\w+}", "support", path)
        answer = walls.request(method, where, params={"colour": "red"}, json={})
        assert answer.status_code == 422, (method, path, answer.text)
        (error,) = answer.json()["errors"]
        assert (error["path"], error["code"]) == ("colour", "unknown_field"), path


def test_a_foreign_program_may_put_parameters_of_its_own_into_the_address_of_its_door(walls):
    answer = walls.post("/v1/inbound/in_none", params={"utm": "1"}, json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "inbound_not_found")


@pytest.mark.parametrize(
    "path",
    ["/v1/review-queue?limit=3&random_share=0", "/v1/promises?hours=5", "/v1/exports/tickets?format=jsonl"],
)
def test_a_parameter_that_is_known_is_taken(walls, path):
    assert walls.get(path).status_code == 200


@pytest.mark.parametrize(
    ("step", "form"),
    [
        ("escalate", {"priority": "foo"}),
        ("relax", {"priority": "foo"}),
        ("relax", {}),
        ("promise", {"days": "²"}),
        ("promise", {"days": "9" * 1_999}),
        ("note", {"body": "الف\0ب"}),
    ],
)
def test_a_step_with_values_that_no_form_offers_is_refused(lite, step, form):
    ticket = lite.send(TEXT)["ticket"]["id"]
    answer = lite.client.post(f"/tickets/{ticket}/{step}", data=form, headers=lite.person("agent"))
    assert answer.status_code == 422, answer.text


def test_a_picked_ticket_with_an_endless_version_is_passed_over(lite):
    ticket = lite.send(TEXT)["ticket"]["id"]
    picked = {"ticket": [f"{ticket}:{'9' * 5_000}"], "do": "resolve"}
    answer = lite.client.post(
        "/inbox/bulk", data=picked, headers=lite.person("agent"), follow_redirects=False
    )
    assert answer.status_code == 303, answer.text


def test_a_step_that_is_none_is_taken_with_no_ticket(lite):
    ticket = lite.send(TEXT)["ticket"]["id"]
    picked = {"ticket": [f"{ticket}:1"], "do": "remove"}
    assert lite.client.post("/inbox/bulk", data=picked, headers=lite.person("agent")).status_code == 404
    assert lite.get(f"/v1/tickets/{ticket}").json()["assignee"] is None


@pytest.mark.parametrize(
    "path", ["/comments?q=a%00b", "/comments?customer=%00", "/comments/a%00", "/tickets/%00"]
)
def test_a_page_asked_for_what_no_database_can_keep_says_so(desk, path):
    answer = desk.client.get(path, headers=desk.person("agent"))
    assert (answer.status_code, "NUL" in answer.text) == (422, True), answer.text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"text": "a\0b"}, "NUL"),
        ({"text": "خوب", "product": "\0"}, "NUL"),
        ({"text": "خ" * 301}, "متن از ۳۰۰ نویسه بلندتر است."),
        ({"text": "خوب", "score": "9"}, "از ۱ تا ۵"),
        ({"text": "\u200b"}, "متن خالی است."),
    ],
)
def test_the_public_form_stores_nothing_that_the_api_refuses(opened, engine, form, told):
    desk = opened(engine, max_text_chars=300)
    answer = desk.client.post("/form/order", data=form, headers=OWN)
    assert (answer.status_code, told in answer.text) == (422, True), answer.text
    assert desk.get("/v1/feedback").json()["items"] == []


def test_a_line_break_is_one_letter_however_a_browser_sends_it(lite):
    text = ("غذا سرد بود\r\n" * 417)[:5_416]
    assert len(text.replace("\r\n", "\n")) <= 5_000 < len(text)
    answer = lite.client.post("/form/order", data={"text": text, "score": "2"}, headers=OWN)
    assert (answer.status_code, answer.url.path) == (200, "/form/order/thanks")
    assert lite.client.get(answer.url.path).status_code == 200
    (stored,) = lite.get("/v1/feedback").json()["items"]
    assert stored["text"] == text.replace("\r\n", "\n").strip()
    answer = lite.client.post("/form/order", data={"text": text + "و کم\r\n" * 90}, headers=OWN)
    assert (answer.status_code, "غذا سرد بود\nغذا" in answer.text) == (422, True)
    assert lite.client.get("/form/nowhere/thanks").status_code == 404


def test_forms_from_one_ipv6_network_are_counted_together(lite):
    def codes(addresses):
        clients = [TestClient(lite.client.app, client=(address, 50_000)) for address in addresses]
        return [client.post("/form/order", data={"text": ""}, headers=OWN).status_code for client in clients]

    assert codes([f"2001:db8:1:2::{last:x}" for last in range(7)]) == [422] * 6 + [429]
    assert codes(["2001:db8:1:3::1", "192.0.2.1", "::ffff:192.0.2.2"]) == [422] * 3
    assert codes([f"192.0.2.{last}" for last in range(10, 17)]) == [422] * 7


def test_a_customer_who_comes_too_often_keeps_the_words_and_hears_what_to_do(lite):
    said = {"text": "غذا سرد بود", "score": "2", "branch": "ونک"}
    for _ in range(6):
        assert lite.client.post("/form/order", data=said, headers=OWN).url.path == "/form/order/thanks"
    answer = lite.client.post("/form/order", data=said, headers=OWN)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert "نظرتان هنوز ثبت نشده است؛ یک دقیقه دیگر دوباره بفرستید." in answer.text
    assert ">غذا سرد بود</textarea>" in answer.text
    assert re.search(r'value="2" checked', answer.text)
    assert 'name="branch" value="ونک"' in answer.text
    lite.clock.forward(seconds=61)
    assert lite.client.post("/form/order", data=said, headers=OWN).url.path == "/form/order/thanks"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/form/order?branch={'و' * 201}", 422),
        ("/form/nowhere", 404),
        ("/form/order/no/such/page", 404),
        ("/digest/shared/nothing", 404),
    ],
)
def test_a_failure_that_customers_see_leads_nobody_to_the_desk(walls, path, status):
    page = walls.get(path, headers={"Accept": "text/html"})
    assert page.status_code == status
    assert "<h1>" in page.text
    ours = ("رفتن به میز", "شناسهٔ درخواست", "بازخورد")
    assert [word in page.text for word in ours] == [False] * 3
    inside = walls.get("/no/such/page", headers={"Accept": "text/html"}).text
    assert [word in inside for word in ours] == [True] * 3


def test_a_public_form_that_is_closed_takes_nothing_in(opened, sqlite_engine):
    desk = opened(sqlite_engine, public_forms=False)
    assert desk.client.post("/form/order", data={"text": "خوب بود"}, headers=OWN).status_code == 404
    assert desk.get("/v1/feedback").json()["items"] == []


@pytest.mark.parametrize("id_", ["a\0", "\ud800"])
def test_a_cursor_with_what_no_database_can_keep_is_refused(desk, id_):
    day = "2026-11-28T06:30:00+00:00"
    made = desk.post("/v1/webhooks", {"url": "https://crm.example/hook"}, role="admin").json()
    for path, values in (
        (f"/v1/webhooks/{made['id']}/deliveries", [id_]),
        ("/v1/queues/support/tickets", [1, day, 1, day, day, id_]),
    ):
        answer = desk.get(path, role="admin", params={"cursor": reading.to_cursor(values)})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor"), path


def test_a_reply_to_a_merged_ticket_is_pointed_to_the_one_that_goes_on(lite):
    ids = []
    for text in (TEXT, "بسته پاره رسید و جواب نمی‌دهید"):
        ids.append(lite.send(text, customer={"external_id": "c-1"})["ticket"]["id"])
        lite.post(f"/v1/tickets/{ids[-1]}/resolve", {})
        lite.clock.forward(days=8)
    old, new = ids
    for id_ in ids:
        lite.post(f"/v1/tickets/{id_}/reopen", {})
    assert lite.post(f"/v1/tickets/{old}/merge", {"into": new}).status_code == 200
    for answer in (
        lite.get(f"/v1/tickets/{old}/reply", role="agent"),
        lite.post(f"/v1/tickets/{old}/reply/check", {"body": "پیگیری می‌کنیم"}),
    ):
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["merged_into"]) == (409, "ticket_merged", new)


#: Every body with all of its strings; `{}` in a path is the ticket's or the comment's id.
WORDS = {
    "/v1/feedback": {
        "text": TEXT, "external_id": "a", "channel": "app", "created_at": "2026-11-24T10:00:00Z",
        "customer": {"external_id": "c", "name": "n", "tier": "vip"}, "question": "q", "product": "p",
        "branch": "b", "touchpoint": "t", "metadata": {"key": "value"},
    },
    "/v1/analyze": {"text": TEXT},
    "/v1/keys": {"name": "n", "role": "reader", "expires_at": "2030-01-01T00:00:00Z", "queues": ["support"],
                 "scopes": ["feedback"]},
    "/v1/inbound": {"kind": "chatwoot", "name": "n", "channel": "c", "secret": "s", "fields": {"text": "a.b"}},
    "/v1/webhooks": {"url": "https://crm.example/hook", "events": ["ticket.opened"]},
    "/v1/rules/test": {"text": TEXT, "rules": "[queues]"},
    "/v1/feedback/{}/corrections": {"category": "praise", "topics": {"price": "negative"}, "urgency": "none"},
    "/v1/tickets/{}/assign": {"assignee": "a"},
    "/v1/tickets/{}/reply": {"body": "b"},
    "/v1/tickets/{}/note": {"body": "b"},
    "/v1/tickets/{}/pend": {"reason": "r"},
    "/v1/tickets/{}/escalate": {"priority": "urgent", "queue": "support", "reason": "r"},
    "/v1/tickets/{}/relax": {"priority": "low", "reason": "r"},
    "/v1/tickets/{}/merge": {"into": "t"},
    "/v1/tickets/{}/compensation": {"state": "offered", "currency": "IRT"},
    "/v1/tickets/{}/promises": {"due_at": "2030-01-01T00:00:00Z"},
}  # fmt: skip


def poisoned(value, poison):
    """Yield a value as often as it has strings and names, each time with one of them spoilt."""
    if isinstance(value, str):
        yield poison
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from ([*value[:place], bad, *value[place + 1 :]] for bad in poisoned(each, poison))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from ({**value, name: bad} for bad in poisoned(each, poison))
            yield {**{other: kept for other, kept in value.items() if other != name}, name + poison: each}


@pytest.mark.parametrize("poison", ["\ud800", "a\0b"], ids=ascii)
def test_what_no_database_can_keep_is_refused_in_every_string_of_every_body(desk, poison):
    receipt = desk.send(TEXT)
    ids = {"feedback": receipt["id"], "tickets": receipt["ticket"]["id"]}
    for path, body in WORDS.items():
        address = path.format(ids.get(path.split("/")[2]))
        for bad in poisoned(body, poison):
            answer = desk.call(
                "POST", address, content=json.dumps(bad), headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 422, (path, ascii(bad), answer.text)
    items = list(poisoned(WORDS["/v1/feedback"], poison))
    for key in ({}, {"Idempotency-Key": "all"}):
        headers = {"Content-Type": "application/json", **key}
        raw = json.dumps({"items": items})
        batch = desk.call("POST", "/v1/feedback/batch", content=raw, headers=headers)
        assert (batch.status_code, batch.json()["failed"]) == (200, len(items)), batch.text


def test_a_batch_under_a_key_is_the_same_one_however_its_items_are_broken(lite):
    for items in (["\ud800"], [{"text": "\0"}, 10**30], [[[[[[]]]]]], [{"a": "\ud800", "\udfff": None}]):
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"key-{len(ascii(items))}"}
        sent = [
            lite.call("POST", "/v1/feedback/batch", content=json.dumps({"items": said}), headers=headers)
            for said in (items, items, [*items, 1])
        ]
        assert [answer.status_code for answer in sent] == [200, 200, 409], ascii(items)
        assert sent[0].json() == sent[1].json()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"b": 1}, "wrong_type"),
        ([1], "wrong_type"),
        (2**53 + 1, "out_of_range"),
        (-1e300, "out_of_range"),
        ("x" * 2_001, "too_long"),
        ("a\0b", "nul_character"),
    ],
)
def test_a_wrong_value_of_metadata_is_one_mistake(walls, value, code):
    answer = walls.post("/v1/feedback", json={"text": TEXT, "metadata": {"a": value, "b": True, "c": None}})
    assert answer.status_code == 422
    assert [(error["path"], error["code"]) for error in answer.json()["errors"]] == [("metadata.a", code)]


@pytest.mark.parametrize(("name", "code"), [("", "text_empty"), ("ب" * 201, "too_long")])
def test_a_wrong_name_of_metadata_is_told_from_a_wrong_value(walls, name, code):
    (error,) = walls.post("/v1/feedback", json={"text": TEXT, "metadata": {name: 1}}).json()["errors"]
    assert (error["path"], error["code"]) == (f"metadata.{name[:100]}", code)
    assert "نام این فیلد" in error["detail"]


def test_the_same_refusal_has_the_same_title_wherever_it_comes_from(walls):
    answers = [
        walls.post("/v1/feedback", json={"text": ""}),
        walls.post("/v1/feedback", json={"text": "x" * 10_001}),
        walls.get("/v1/feedback", params={"colour": "red"}),
    ]
    batch = walls.post("/v1/feedback/batch", json={"items": [{"text": ""}]}).json()["results"][0]["error"]
    assert {answer.json()["title"] for answer in answers} | {batch["title"]} == {"Unprocessable Content"}
    forms = [
        walls.post(
            "/v1/feedback/import", content=b"x", headers={"Content-Type": f"multipart/form-data{more}"}
        )
        for more in ("", "; boundary=X")
    ]
    assert [(answer.status_code, answer.json()["title"]) for answer in forms] == [(400, "Bad Request")] * 2


@pytest.mark.parametrize("cursor", ["W251bGxd", "W3t9XQ", "WzFd", "W1tdXQ"])
def test_a_cursor_of_deliveries_names_one(walls, cursor):
    receiver = walls.post("/v1/webhooks", json={"url": f"https://crm.example/{cursor}"}).json()
    answer = walls.get(f"/v1/webhooks/{receiver['id']}/deliveries", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_the_document_says_how_a_push_is_made_and_what_a_file_is(walls):
    paths = walls.get("/openapi.json").json()["paths"]
    push = paths["/v1/inbound/{inbound_id}"]["post"]
    assert push["requestBody"]["content"]["application/json"]["schema"] == {"type": "object"}
    assert {one["name"] for one in push["parameters"] if one["in"] == "header"} == {
        "webhook-id", "webhook-timestamp", "webhook-signature", "x-chatwoot-timestamp", "x-chatwoot-signature",
    }  # fmt: skip
    for way in (way for ways in paths.values() for way in ways.values()):
        for answer in way["responses"].values():
            assert not [media for media in answer.get("content", {}) if ";" in media], way["operationId"]


def test_the_document_shows_of_every_body_an_example_that_is_taken(lite):
    document = lite.get("/openapi.json").json()
    shown = 0
    for path, ways in document["paths"].items():
        for way, told in ways.items():
            schema = (
                told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            )
            found = [one["$ref"] for one in [schema, *schema.get("anyOf", ())] if "$ref" in one]
            for name in (ref.rpartition("/")[2] for ref in found):
                (body,) = document["components"]["schemas"][name]["examples"]
                answer = lite.call(way.upper(), re.sub(r"\{\w+\}", "nobody", path), json=body)
                assert answer.status_code in (200, 201, 202, 404), (path, answer.text)
                shown += 1
    assert shown > 20


def test_the_document_names_its_parts_as_its_standard_allows(walls):
    parts = walls.get("/openapi.json").json()["components"]
    assert parts["securitySchemes"]
    names = [name for kind in parts.values() for name in kind]
    assert not [name for name in names if not re.fullmatch(r"[a-zA-Z0-9._-]+", name)]


def test_the_document_says_that_a_failure_is_a_problem_and_when_to_come_back(walls):
    document = walls.get("/openapi.json").json()
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert "Problem" in document["components"]["schemas"]
    for way in (way for ways in document["paths"].values() for way in ways.values()):
        for status, answer in way["responses"].items():
            if status >= "400":
                assert answer["content"] == problem, (way["operationId"], status)
            if status in ("429", "503"):
                assert answer["headers"]["Retry-After"]["schema"] == {"type": "integer"}
    assert "503" in document["paths"]["/readyz"]["get"]["responses"]
    told = document["paths"]["/v1/tickets/{ticket_id}"]["get"]["responses"]["200"]
    assert "ETag" in told["headers"]


def test_the_document_says_which_strings_are_moments_and_which_words_may_stand_in_the_others(walls):
    schemas = walls.get("/openapi.json").json()["components"]["schemas"]
    moments = {
        f"{name}.{field}": told.get("anyOf", [told])[0].get("format")
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
        if field.endswith("_at")
    }
    assert len(moments) > 30
    assert set(moments.values()) == {"date-time"}, moments
    chosen = {
        "TicketOut": "status",
        "TicketReceiptOut": "priority",
        "ReceiptOut": "outcome",
        "JobOut": "status",
    }
    for name, field in chosen.items():
        assert "enum" in schemas[name]["properties"][field], name


@pytest.mark.parametrize("query", ["since=9999-12-31", "until=9999-12-31", "since=0001-01-01"])
def test_a_page_refuses_days_that_no_calendar_needs(walls, query):
    answer = walls.get(f"/comments?{query}", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "روز درستی نیست" in answer.text


def test_a_week_beyond_all_calendars_is_the_last_one(walls):
    assert walls.get("/digest?week=0001-01-01", headers={"Accept": "text/html"}).status_code == 200


@pytest.mark.parametrize("charset", ["undefined", "punycode", "unicode_escape", "hex", "no-such", "utf-7"])
@pytest.mark.parametrize("path", ["/sign-in", "/form/order", "/inbox/bulk", "/digest/share", "/sign-out"])
def test_a_form_in_parts_names_no_encoding_that_breaks_a_page(lite, path, charset):
    headers = OWN | {
        "Accept": "text/html",
        "Content-Type": f"multipart/form-data; boundary=X; charset={charset}",
    }
    for cookie in ({}, {"Cookie": "bazkhord_session=x"}):
        for field in (b"text", b"csrf"):
            answer = lite.client.post(
                path, content=PARTS % (field, rb"\ud800"), headers=headers | cookie, follow_redirects=False
            )
            assert answer.status_code < 500


@pytest.mark.parametrize("path", ["/v1/feedback/", "/v1/rules/", "/inbox/"])
def test_an_address_with_a_slash_too_many_is_none_and_leads_nowhere(walls, path):
    answer = walls.get(path, headers={"Host": "evil.example"}, follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"
