"""Who may come in, how far, how often and until when."""

import sqlite3
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from service.auth import SESSION_COOKIE
from service.cli import app
from service.storage import begin, digests, keys
from service.storage.schema import api_keys
from service.web import sign_in
from service.web.page import csrf_token

MODELS = Path(__file__).resolve().parents[2] / "models"
LADDER = ("sender", "reader", "agent", "admin")
DOORS = [
    ("POST", "/v1/analyze", "sender"),
    ("POST", "/v1/feedback", "sender"),
    ("GET", "/v1/feedback", "reader"),
    ("GET", "/v1/queues", "reader"),
    ("GET", "/v1/rules", "reader"),
    ("GET", "/v1/quality", "reader"),
    ("GET", "/v1/review-queue", "agent"),
    ("GET", "/v1/review/suspects", "agent"),
    ("POST", "/v1/queues/support/claim", "agent"),
    ("POST", "/v1/rules/test", "agent"),
    ("GET", "/v1/keys", "admin"),
    ("GET", "/v1/audit", "admin"),
    ("POST", "/v1/rules/reload", "admin"),
    ("POST", "/v1/models/rollback", "admin"),
]


@pytest.mark.parametrize(("method", "path", "least"), DOORS)
def test_every_door_opens_from_its_rung_of_the_ladder_upwards(lite, method, path, least):
    for role in LADDER:
        answer = lite.call(method, path, role, json={"text": "سلام"} if method == "POST" else None)
        refused = answer.status_code == 403
        assert refused == (LADDER.index(role) < LADDER.index(least)), (role, answer.text)
    nobody = lite.call(method, path, None, json={"text": "سلام"} if method == "POST" else None)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "missing_key")
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_is_shown_once_and_closed_for_good(desk):
    made = desk.post("/v1/keys", {"name": "فروشگاه", "role": "sender"}, role="admin").json()
    listed = desk.get("/v1/keys", role="admin")
    assert made["key"] not in listed.text
    assert desk.post("/v1/analyze", {"text": "سلام"}, role=made["key"]).status_code == 200
    assert desk.call("DELETE", f"/v1/keys/{made['id']}").status_code == 204
    closed = desk.post("/v1/analyze", {"text": "سلام"}, role=made["key"])
    assert (closed.status_code, closed.json()["code"]) == (401, "revoked_key")
    assert desk.call("DELETE", f"/v1/keys/{made['id']}").status_code == 404
    assert desk.post("/v1/analyze", {"text": "سلام"}, role="bzk_nobody").json()["code"] == "unknown_key"
    actions = [line["action"] for line in desk.get("/v1/audit", role="admin").json()["items"]]
    assert actions[:2] == ["key.revoked", "key.created"]


def test_a_key_ends_with_its_day_and_remembers_when_it_was_used(desk):
    until = (desk.clock.now + timedelta(days=1)).isoformat()
    made = desk.post(
        "/v1/keys", {"name": "مهمان", "role": "reader", "expires_at": until}, role="admin"
    ).json()
    assert desk.get("/v1/queues", role=made["key"]).status_code == 200
    listed = {key["id"]: key for key in desk.get("/v1/keys", role="admin").json()["items"]}
    assert listed[made["id"]]["last_used_at"].startswith("2026-11-28T06:30")
    desk.clock.forward(days=1)
    ended = desk.get("/v1/queues", role=made["key"])
    assert (ended.status_code, ended.json()["code"]) == (401, "expired_key")


def test_who_only_reads_does_not_wait_for_another_process_that_keeps_the_database(lite):
    key = lite.post("/v1/keys", {"name": "گزارش", "role": "reader"}, role="admin").json()["key"]
    inside = lite.client.app.state.desk.engine
    with closing(sqlite3.connect(inside.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        assert lite.get("/v1/queues", role=key).status_code == 200
        assert time.monotonic() - begun < 5
    with begin(inside) as conn:  # which waits as long as ever
        assert conn.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000


@pytest.mark.parametrize("name", ["me", "nobody"])
def test_no_key_is_named_like_a_word_of_lists(lite, name):
    refused = lite.post("/v1/keys", {"name": name, "role": "agent"}, role="admin")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not_a_name")


def test_a_key_with_scopes_reaches_those_parts_only(lite):
    body = {"name": "گزارش", "role": "admin", "scopes": ["feedback", "insights"]}
    made = lite.post("/v1/keys", body, role="admin").json()
    assert lite.get("/v1/feedback", role=made["key"]).status_code == 200
    for path in ("/v1/queues", "/v1/keys", "/v1/rules"):
        answer = lite.get(path, role=made["key"])
        assert (answer.status_code, answer.json()["code"]) == (403, "out_of_scope")
    wrong = lite.post("/v1/keys", {**body, "scopes": ["everything"]}, role="admin")
    assert wrong.json()["errors"][0]["code"] == "not_allowed"
    nowhere = lite.post("/v1/keys", {"name": "الف", "role": "agent", "queues": ["nowhere"]}, role="admin")
    assert (nowhere.status_code, nowhere.json()["errors"][0]["path"]) == (422, "queues")


def test_a_key_has_a_rate_limit_of_its_own(lite):
    body = {"name": "پرکار", "role": "reader", "requests_per_minute": 3}
    slow = lite.post("/v1/keys", body, role="admin").json()["key"]
    answers = [lite.get("/v1/queues", role=slow) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == "rate_limited"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert lite.get("/v1/queues").status_code == 200
    lite.clock.forward(seconds=59)
    assert lite.get("/v1/queues", role=slow).status_code == 429
    lite.clock.forward(seconds=1)
    assert [lite.get("/v1/queues", role=slow).status_code for _ in range(4)] == [200, 200, 200, 429]
    lite.clock.forward(hours=-1)  # set back, it would otherwise shut the key out for an hour
    assert lite.get("/v1/queues", role=slow).status_code == 200


def test_a_session_from_another_site_changes_nothing(lite):
    cookie = {"Cookie": f"{SESSION_COOKIE}={lite.session('admin')}"}
    path, body = "/v1/rules/reload", {}
    foreign = lite.post(path, body, role=None, headers={**cookie, "Sec-Fetch-Site": "cross-site"})
    own = lite.post(path, body, role=None, headers={**cookie, "Sec-Fetch-Site": "same-origin"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
    assert own.status_code == 200
    lite.clock.forward(hours=13)
    assert lite.get("/v1/queues", role=None, headers=cookie).json()["code"] == "session_ended"


def _signed_in(desk, secret):
    """Return the answer of the door to a key; the cookie stays out of the client."""
    own = {"Sec-Fetch-Site": "same-origin"}
    answer = desk.client.post("/sign-in", data={"key": secret}, headers=own, follow_redirects=False)
    desk.client.cookies.clear()
    return answer


def test_a_key_is_used_by_who_signs_in_with_it(lite):
    made = lite.post("/v1/keys", {"name": "سارا", "role": "agent"}, role="admin").json()
    assert _signed_in(lite, made["key"]).status_code == 303
    listed = {key["id"]: key for key in lite.get("/v1/keys", role="admin").json()["items"]}
    assert listed[made["id"]]["last_used_at"].startswith("2026-11-28T06:30")


def test_a_narrowed_key_is_not_traded_for_a_session_that_reaches_everything(lite):
    body = {"name": "گزارش", "role": "admin", "scopes": ["analyze"]}
    narrow = lite.post("/v1/keys", body, role="admin").json()["key"]
    answer = _signed_in(lite, narrow)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "این کلید تنها برای بخش‌هایی از API است" in answer.text


def test_a_key_is_told_of_in_the_trail_whichever_door_made_it(lite, monkeypatch):
    person = lite.person()
    made = {"name": "انبار", "role": "agent", "queues": ["support"]}
    assert lite.post("/v1/keys", made, role="admin").status_code == 201
    assert lite.client.post("/settings/keys", data=made, headers=person).status_code == 200
    monkeypatch.setenv("BAZKHORD_DATABASE_URL", lite.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("BAZKHORD_MODELS", str(MODELS))
    run = lambda *words: CliRunner().invoke(app, ["keys", *words])  # noqa: E731
    assert run("create", "انبار", "--role", "agent", "--queue", "support").exit_code == 0
    lines = lite.get("/v1/audit", role="admin", params={"action": "key.created"}).json()["items"]
    assert len(lines) == 3
    assert all(line["after"] == {**made, "scopes": None} for line in lines)
    assert run("revoke", lines[0]["object_id"]).exit_code == 0
    again = run("revoke", lines[0]["object_id"])
    assert (again.exit_code, "کلید بازی" in again.output) == (2, True)
    closed = lite.get("/v1/audit", role="admin", params={"action": "key.revoked"}).json()["items"]
    assert [(line["actor"], line["object_id"]) for line in closed] == [("cli", lines[0]["object_id"])]


def test_a_page_narrows_a_key_to_no_queue_that_nobody_has(lite):
    person = lite.person()
    made = {"name": "انبار", "role": "agent", "queues": ["nowhere"]}
    assert lite.client.post("/settings/keys", data=made, headers=person).status_code == 422
    hook = {"url": "https://crm.example/hook", "events": ["no.such"]}
    assert "چنین رویدادی نیست" in lite.client.post("/settings/webhooks", data=hook, headers=person).text
    assert lite.get("/v1/webhooks", role="admin").json()["items"] == []


def test_a_part_is_reached_whole_by_the_key_that_is_narrowed_to_it(lite):
    ticket = lite.send("سه روزه سفارشم نرسیده، پولم را پس بدهید")["ticket"]["id"]

    def answers(scope):
        body = {"name": scope, "role": "agent", "scopes": [scope]}
        key = lite.post("/v1/keys", body, role="admin").json()["key"]
        said = {"body": "پیگیری می‌کنیم"}
        return {
            lite.get(f"/v1/tickets/{ticket}", role=key).status_code,
            lite.get(f"/v1/tickets/{ticket}/reply", role=key).status_code,
            lite.post(f"/v1/tickets/{ticket}/reply/check", said, role=key).status_code,
        }

    assert (answers("tickets"), answers("rules")) == ({200}, {403})


def test_a_session_of_a_narrowed_key_from_before_reaches_no_further_than_the_key(lite):
    wide = lite.post("/v1/keys", {"name": "گزارش", "role": "admin"}, role="admin").json()
    cookie = {"Cookie": _signed_in(lite, wide["key"]).headers["set-cookie"].partition(";")[0]}
    assert lite.get("/v1/audit", role=None, headers=cookie).status_code == 200
    with begin(lite.engine) as conn:
        narrowed = sa.update(api_keys).where(api_keys.c.id == wide["id"])
        conn.execute(narrowed.values(scopes=["analyze"]))
    answer = lite.get("/v1/audit", role=None, headers=cookie)
    assert (answer.status_code, answer.json()["code"]) == (403, "out_of_scope")


def test_a_session_counts_against_the_limit_of_its_key(lite):
    body = {"name": "کند", "role": "reader", "requests_per_minute": 3}
    slow = lite.post("/v1/keys", body, role="admin").json()["key"]
    cookie = {"Cookie": _signed_in(lite, slow).headers["set-cookie"].partition(";")[0]}
    assert lite.get("/v1/queues", role=slow).status_code == 200
    answers = [lite.get("/v1/queues", role=None, headers=cookie) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_a_key_that_would_be_dead_at_birth_is_not_made(lite):
    for until in ("2020-01-01T00:00:00Z", lite.clock.now.isoformat()):
        answer = lite.post("/v1/keys", {"name": "الف", "role": "reader", "expires_at": until}, role="admin")
        assert answer.status_code == 422
        assert answer.json()["errors"][0] | {"detail": ""} == {
            "path": "expires_at", "code": "in_the_past", "detail": "",
        }  # fmt: skip


@pytest.mark.parametrize(
    "crafted",
    [
        {"days": "4000"},
        {"days": "0"},
        {"days": "soon"},
        {"queues": ["nowhere"]},
        {"queues": ["support", "nowhere"]},
        {"scopes": ["everything"]},
        {"requests_per_minute": "0"},
        {"role": "owner"},
        {"name": " "},
        {"name": "ن" * 201},
    ],
)
def test_the_page_makes_no_key_that_the_api_would_refuse(lite, crafted):
    headers = lite.person()
    before = len(lite.get("/v1/keys", role="admin").json()["items"])
    sound = {"name": "فروشگاه", "role": "agent", "days": "30"}
    refused = lite.call("POST", "/settings/keys", None, headers=headers, data=sound | crafted)
    assert refused.status_code == 422, refused.text
    narrow = {"queues": ["support"], "scopes": ["feedback", "exports"], "requests_per_minute": "9"}
    made = lite.call("POST", "/settings/keys", None, headers=headers, data=sound | narrow)
    assert made.status_code == 200
    assert "فقط نظرها، برون‌بری" in made.text
    assert "۹ درخواست در دقیقه" in made.text
    listed = lite.get("/v1/keys", role="admin").json()["items"]
    assert len(listed) == before + 1
    assert {name: listed[-1][name] for name in ("queues", "scopes")} == {
        "queues": ["support"], "scopes": ["feedback", "exports"],
    }  # fmt: skip
    assert listed[-1]["expires_at"] == "2026-12-28T06:30:00Z"


def test_a_narrowed_key_makes_no_key_that_reaches_farther(lite):
    end = "2026-12-01T00:00:00Z"
    body = {
        "name": "کلیدساز",
        "role": "admin",
        "scopes": ["keys", "feedback"],
        "requests_per_minute": 50,
        "expires_at": end,
    }
    maker = lite.post("/v1/keys", body, role="admin").json()["key"]
    for scopes in (None, ["audit"], ["feedback", "exports"]):
        wider = lite.post("/v1/keys", {"name": "بازتر", "role": "admin", "scopes": scopes}, role=maker)
        assert (wider.status_code, wider.json()["code"]) == (403, "out_of_scope")
    asked = {"name": "تنگ‌تر", "role": "admin", "scopes": ["feedback"], "requests_per_minute": 900}
    made = lite.post("/v1/keys", asked, role=maker)
    assert (made.status_code, made.json()["scopes"]) == (201, ["feedback"])
    assert (made.json()["requests_per_minute"], made.json()["expires_at"]) == (50, end)
    sooner = lite.post("/v1/keys", asked | {"expires_at": "2026-11-29T00:00:00Z"}, role=maker)
    assert sooner.json()["expires_at"] == "2026-11-29T00:00:00Z"


def test_no_key_makes_one_that_outlives_it(lite):
    body = {"name": "پیمانکار", "role": "admin", "expires_at": "2026-12-01T00:00:00Z"}
    short = lite.post("/v1/keys", body, role="admin").json()["key"]
    for asked in (None, "2027-12-01T00:00:00Z"):
        wanted = {"name": "همیشگی", "role": "admin"} | ({"expires_at": asked} if asked else {})
        assert lite.post("/v1/keys", wanted, role=short).json()["expires_at"] == "2026-12-01T00:00:00Z"
    assert (
        lite.post("/v1/keys", {"name": "همیشگی", "role": "admin"}, role="admin").json()["expires_at"] is None
    )


def test_no_session_makes_a_key_that_outlives_the_key_behind_it(lite):
    end = "2026-12-01T00:00:00Z"
    short = lite.post(
        "/v1/keys", {"name": "پیمانکار", "role": "admin", "expires_at": end}, role="admin"
    ).json()
    with begin(lite.engine) as conn:
        session = keys.sign_in_with_key(conn, short["key"], lite.clock.now)
    lite.client.cookies.set(SESSION_COOKIE, session)
    own = {"X-Csrf-Token": csrf_token(session), "Sec-Fetch-Site": "same-origin"}
    made = lite.post("/v1/keys", {"name": "همیشگی", "role": "admin"}, role=None, headers=own)
    assert (made.status_code, made.json()["expires_at"]) == (201, end)
    assert lite.client.post("/settings/keys", data={"name": "صفحه", "role": "admin"}, headers=own).is_success
    ends = {one["name"]: one["expires_at"] for one in lite.get("/v1/keys", role="admin").json()["items"]}
    assert (ends["همیشگی"], ends["صفحه"]) == (end, end)


def test_a_key_has_an_end_that_a_calendar_knows(lite):
    body = {"name": "همیشگی", "role": "sender", "expires_at": "9999-12-31T23:59:59Z"}
    answer = lite.post("/v1/keys", body, role="admin")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "out_of_range")


def _open(desk):
    return {one["kind"]: one for one in desk.get("/v1/keys/links", role="admin").json()["items"]}


def test_what_lets_people_in_without_a_key_is_listed_and_taken_back(desk):
    now, session = desk.clock.now, desk.session("admin")
    with begin(desk.engine) as conn:
        waiting = keys.create_link(conn, "agent", now, name="مهمان")
        digests.insert(conn, now, "all", date(2026, 11, 21), now, {"department_fa": "همه", "week_fa": "این"})
        kept = digests.find(conn, "all", date(2026, 11, 21), now)
        by = keys.listing(conn)[0]
        token = digests.link(conn, kept["id"], by["id"], now, now + timedelta(days=14))
    found = _open(desk)
    assert {kind: (one["name"], one["role"]) for kind, one in found.items()} == {
        "session": ("نسرین", "admin"),
        "link": ("مهمان", "agent"),
        "digest": (by["name"], None),
    }
    assert (found["digest"]["department"], found["digest"]["week"]) == ("all", "2026-11-21")
    assert found["session"]["expires_at"] == "2026-11-28T18:30:00Z"
    for kind, one in found.items():
        assert desk.call("DELETE", f"/v1/keys/links/{one['id']}").status_code == 204, kind
        assert desk.call("DELETE", f"/v1/keys/links/{one['id']}").status_code == 404
    assert _open(desk) == {}
    cookie = {"Cookie": f"{SESSION_COOKIE}={session}"}
    assert desk.get("/v1/queues", role=None, headers=cookie).json()["code"] == "session_ended"
    with begin(desk.engine) as conn:
        assert keys.redeem_link(conn, waiting, now) is None
        assert digests.linked(conn, token, now) is None
    trail = desk.get("/v1/audit", role="admin", params={"action": "link.ended"}).json()["items"]
    assert [line["before"]["kind"] for line in trail] == list(reversed(found))
    assert desk.get("/v1/keys/links", role="agent").status_code == 403


def test_a_session_by_link_is_ended_on_the_keys_page(lite):
    theirs = lite.session("admin", "پریسا")
    mine = lite.sign_in("admin")
    page = lite.client.get("/settings/keys").text
    assert "نشست‌ها و پیوندهای باز" in page
    assert "پریسا" in page
    ended = next(one for one in lite.get("/v1/keys/links", "admin").json()["items"] if one["name"] == "پریسا")
    form = {"csrf": csrf_token(mine)}
    answer = lite.client.post(
        f"/settings/links/{ended['id']}/end", data=form, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert "پایان یافت" in answer.text
    assert "پریسا" not in answer.text
    lite.client.cookies.set(SESSION_COOKIE, theirs)
    assert "sign-in" in str(lite.client.get("/settings/keys").url)


def test_wrong_keys_at_the_door_write_nothing_and_are_slowed_down(lite, monkeypatch):
    opened = []
    really = sign_in.begin
    monkeypatch.setattr(sign_in, "begin", lambda engine: opened.append(engine) or really(engine))
    answers = [_signed_in(lite, f"bzk_wrong_{number}") for number in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert not opened
    assert _signed_in(lite, lite.keys["agent"]).status_code == 303  # a colleague at the same address
    assert len(opened) == 1
