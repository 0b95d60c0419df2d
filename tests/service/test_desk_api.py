"""A support team's day through the API: claim, answer, wait, settle; nobody in anybody's way, everything on record."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from service import chores
from service.auth import SESSION_COOKIE
from service.storage import audit, begin, keys, performance, schema, tickets
from service.storage import feedback as stored
from service.web.page import csrf_token

ANGRY = "سه روزه سفارشم نرسیده و هیچ‌کس جواب نمی‌دهد، خیلی ناراضی‌ام"
POISON = "بعد از خوردن غذا مسموم شدیم و بچه‌ام در بیمارستان بستری است"


def _open(desk, text=ANGRY, **fields):
    return desk.send(text, **fields)["ticket"]


def _do(desk, ticket, action, body=None, role="agent", **sent):
    return desk.post(f"/v1/tickets/{ticket['id']}/{action}", {} if body is None else body, role=role, **sent)


def _agent(desk, name, **facts):
    with begin(desk.engine) as conn:
        return keys.create(conn, desk.clock.now, name, "agent", **facts).secret.shown


def test_the_most_pressing_ticket_is_claimed_first(desk):
    _open(desk)
    urgent = _open(desk, POISON)
    queues = {queue["id"]: queue for queue in desk.get("/v1/queues").json()["items"]}
    assert queues[urgent["queue"]]["urgent"] == 1
    claimed = desk.post(f"/v1/queues/{urgent['queue']}/claim").json()
    assert (claimed["id"], claimed["status"], claimed["assignee"]) == (urgent["id"], "assigned", "agent")
    assert desk.post(f"/v1/queues/{urgent['queue']}/claim").status_code == 204


def test_a_ticket_is_handed_to_whom_a_name_means(lite):
    ticket = _open(lite)
    # people who work in a help desk of their own have no key here
    for said, meant in ((" agent ", "agent"), ("me", "agent"), ("نسرین", "نسرین"), (None, None)):
        answer = _do(lite, ticket, "assign", {"assignee": said})
        assert (answer.status_code, answer.json()["assignee"]) == (200, meant), said
    nobody = _do(lite, ticket, "assign", {"assignee": "nobody"})
    assert (nobody.status_code, nobody.json()["errors"][0]["code"]) == (422, "not_a_name")
    made = lite.post("/v1/keys", {"name": " مینا ", "role": "agent"}, role="admin").json()
    assert made["name"] == "مینا"


def test_a_step_that_is_sent_again_with_its_key_is_taken_once(desk):
    ticket = _open(desk, customer={"external_id": "c-1"})
    said, key = {"body": "پوزش می‌خواهیم؛ تا فردا خبر می‌دهیم."}, {"Idempotency-Key": "reply-1"}
    seen = desk.get(f"/v1/tickets/{ticket['id']}").headers["ETag"]
    first = _do(desk, ticket, "reply", said, headers=key | {"If-Match": seen})
    assert "Idempotency-Replayed" not in first.headers
    desk.clock.forward(minutes=1)
    again = _do(
        desk, ticket, "reply", said, headers=key | {"If-Match": seen}
    )  # whoever heard nothing asks alike
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert len(again.json()["messages"]) == len(again.json()["promises"]) == 1
    for wrong in (
        _do(desk, ticket, "reply", {"body": "سلام"}, headers=key),
        _do(desk, ticket, "resolve", headers=key),
    ):
        assert (wrong.status_code, wrong.json()["code"]) == (409, "idempotency_key_reused")
    other = _do(desk, ticket, "reply", said, role="admin", headers=key)  # a key is its sender's
    assert len(other.json()["messages"]) == 2


def test_a_step_that_was_refused_leaves_its_key_free(desk):
    ticket = _open(desk)
    key = {"Idempotency-Key": "k-7"}
    assert _do(desk, ticket, "resume", headers=key).status_code == 409
    _do(desk, ticket, "pend")
    assert _do(desk, ticket, "resume", headers=key).status_code == 200


def test_twins_of_a_reply_that_arrive_together_say_it_once(desk):
    ticket = _open(desk)
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda _: _do(desk, ticket, "reply", {"body": "سلام"}, headers={"Idempotency-Key": "k"}),
                range(6),
            )
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len(desk.get(f"/v1/tickets/{ticket['id']}").json()["messages"]) == 1


def test_agents_who_claim_at_the_same_moment_never_get_the_same_ticket(desk):
    opened = [_open(desk, ANGRY)["id"] for _ in range(12)]
    queue = desk.get(f"/v1/tickets/{opened[0]}").json()["queue"]
    agents = [_agent(desk, f"همکار {number}") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda secret: desk.post(f"/v1/queues/{queue}/claim", role=secret), agents * 2)
        )
    taken = [answer.json()["id"] for answer in answers if answer.status_code == 200]
    assert sorted(taken) == sorted(opened)
    assert Counter(answer.json()["assignee"] for answer in answers if answer.status_code == 200) == Counter(
        {f"همکار {number}": 2 for number in range(6)}
    )


def test_an_agent_holds_no_more_than_the_queue_allows_even_when_claiming_twice_at_once(desk):
    for _ in range(30):
        ticket = _open(desk, ANGRY)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: desk.post(f"/v1/queues/{ticket['queue']}/claim"), range(30)))
    codes = Counter(answer.status_code for answer in answers)
    full = next(answer.json() for answer in answers if answer.status_code == 409)
    assert full["code"] == "hands_full"
    assert codes[200] == full["capacity"] == full["held"]


def test_a_claim_that_nobody_acts_on_returns_to_the_queue(desk):
    ticket = _open(desk)
    desk.post(f"/v1/queues/{ticket['queue']}/claim")
    desk.clock.forward(minutes=31)
    again = desk.post(f"/v1/queues/{ticket['queue']}/claim", role=_agent(desk, "مینا"))
    assert (again.json()["id"], again.json()["assignee"]) == (ticket["id"], "مینا")
    _do(desk, ticket, "note", {"body": "تماس گرفتم"}, role="admin")
    actions = [line["action"] for line in desk.get(f"/v1/tickets/{ticket['id']}").json()["audit"]]
    assert actions == ["ticket.opened", "ticket.claim", "ticket.lease_expired", "ticket.claim", "ticket.note"]


@pytest.mark.parametrize("deed", ["note", "reply"])
def test_a_claim_returns_to_the_queue_also_when_a_colleague_wrote_something_meanwhile(lite, deed):
    ticket = _open(lite)
    for author, status in ((_agent(lite, "مینا"), "open"), ("agent", "assigned")):
        lite.post(f"/v1/queues/{ticket['queue']}/claim")
        _do(lite, ticket, deed, {"body": "مشتری دوباره زنگ زد"}, role=author)
        lite.clock.forward(minutes=31)
        chores.free_lapsed_claims(lite.client.app.state.desk.line, lite.clock.now)
        assert lite.get(f"/v1/tickets/{ticket['id']}").json()["status"] == status, author


def test_a_ticket_lives_from_open_to_resolved_and_back(desk):
    ticket = _open(desk, customer={"external_id": "c-1"})
    claimed = desk.post(f"/v1/queues/{ticket['queue']}/claim").json()
    due = claimed["due_at"]
    assert _do(desk, ticket, "reply", {"body": "پوزش می‌خواهیم؛ تا فردا خبر می‌دهیم."}).json()["promises"]
    pending = _do(desk, ticket, "pend", {"reason": "عکس کالا را خواستیم"}).json()
    assert (pending["status"], pending["due_at"]) == ("pending", None)
    desk.clock.forward(hours=3)
    back = _do(desk, ticket, "resume").json()
    assert (back["status"], back["due_at"] > due) == ("assigned", True)
    done = _do(desk, ticket, "resolve").json()
    assert (done["status"], done["actions"], done["promises"][0]["status"]) == (
        "resolved",
        ["note", "reopen"],
        "kept",
    )
    refused = _do(desk, ticket, "reply", {"body": "سلام"})
    assert (refused.status_code, refused.json()["code"], refused.json()["allowed"]) == (
        409,
        "transition_not_allowed",
        ["note", "reopen"],
    )
    assert _do(desk, ticket, "reopen", {"reason": "هنوز نرسیده"}).json()["status"] == "reopened"


@pytest.mark.parametrize(("then", "status"), [("resolve", "resolved"), ("pend", "pending")])
def test_a_reply_and_what_follows_it_are_done_together_or_not_at_all(lite, then, status):
    ticket = _open(lite)
    path = f"/v1/tickets/{ticket['id']}"
    with begin(lite.engine) as conn:
        conn.exec_driver_sql(
            f"CREATE TRIGGER refused BEFORE UPDATE ON tickets WHEN new.status = '{status}' "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    session = lite.sign_in()
    sent = {
        "headers": {"sec-fetch-site": "same-origin", "x-csrf-token": csrf_token(session)},
        "data": {"body": "پوزش می‌خواهیم؛ همین حالا فرستادیم.", "then": then, "version": "1"},
        "follow_redirects": False,
    }
    answer = lite.call("POST", f"/tickets/{ticket['id']}/reply", None, **sent)
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"  # it is stamped like any other
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    seen = lite.get(path).json()
    assert (seen["messages"], seen["status"], seen["version"]) == ([], "open", 1)
    with begin(lite.engine) as conn:
        conn.exec_driver_sql("DROP TRIGGER refused")
    assert lite.call("POST", f"/tickets/{ticket['id']}/reply", None, **sent).status_code == 303
    seen = lite.get(path).json()
    assert (len(seen["messages"]), seen["status"]) == (1, status)
    assert [line["action"] for line in seen["audit"]][-2:] == ["ticket.reply", f"ticket.{then}"]


def test_the_trail_says_who_did_what_and_what_it_was_before(desk):
    ticket = _open(desk)
    _do(desk, ticket, "escalate", {"priority": "urgent", "reason": "۰۹۱۲۱۲۳۴۵۶۷ زنگ زد"})
    line = desk.get(f"/v1/tickets/{ticket['id']}").json()["audit"][-1]
    assert (line["action"], line["before"]["priority"], line["after"]["priority"]) == (
        "ticket.escalate",
        ticket["priority"],
        "urgent",
    )
    assert line["after"]["reason"] == "[موبایل] زنگ زد"
    assert line["actor"].startswith("key_")
    assert line["at_jalali"].startswith("1405-09-07")
    trail = desk.get("/v1/audit", role="admin", params={"object_id": ticket["id"], "limit": 1}).json()
    assert [item["action"] for item in trail["items"]] == ["ticket.escalate"]
    older = desk.get(
        "/v1/audit", role="admin", params={"object_id": ticket["id"], "cursor": trail["next_cursor"]}
    )
    assert [item["action"] for item in older.json()["items"]] == ["ticket.opened"]


def test_the_trail_of_a_deed_and_of_a_person_can_be_asked_for(desk):
    ticket, other = _open(desk), _open(desk, POISON)
    _do(desk, ticket, "escalate", {"priority": "urgent"})
    _do(desk, other, "note", {"body": "زنگ زدم"})
    asked = {"action": "ticket.escalate"}, {"action": "ticket.opened", "object_id": other["id"]}
    found = [desk.get("/v1/audit", role="admin", params=told).json()["items"] for told in asked]
    assert [[line["object_id"] for line in lines] for lines in found] == [[ticket["id"]], [other["id"]]]
    who = found[0][0]["actor"]
    lines = desk.get("/v1/audit", role="admin", params={"actor": who}).json()["items"]
    assert [line["action"] for line in lines] == ["ticket.note", "ticket.escalate"]


@pytest.mark.parametrize(
    ("told", "index"),
    [
        ({"action": "key.created"}, "action"),
        ({"actor": "mina", "before": 9}, "actor"),
        ({"object_id": "tk_1"}, "object_id"),
        ({"object_id": "tk_1", "action": "ticket.reply", "actor": "mina"}, "object_id"),
    ],
)
def test_a_rare_line_of_a_long_trail_is_looked_up(lite, planned, told, index):
    steps = planned(lite.engine, "audit", lambda conn: audit.listing(conn, **told, limit=50))
    assert len(steps) == 1  # in the order of the trail: nothing has to be sorted
    assert steps[0].startswith(f"SEARCH audit USING INDEX ix_audit_{index} ({index}=?")
    if "action" in told and "object_id" in told:
        assert planned(lite.engine, "audit", lambda conn: audit.latest(conn, "ticket.reply", "tk_1")) == steps


def test_what_came_back_is_looked_up_ticket_by_ticket(lite, planned):
    steps = planned(lite.engine, "audit", lambda conn: performance.reopened(conn, ["tk_1"]))
    assert [step for step in steps if "audit" in step] == [
        f"SEARCH audit USING INDEX ix_audit_{index} (object_id=?)" for index in ("reopened", "object_id")
    ]


def test_whoever_changes_what_somebody_else_has_changed_is_told_the_present_version(desk):
    ticket = _open(desk)
    seen = desk.get(f"/v1/tickets/{ticket['id']}").headers["ETag"]
    assert _do(desk, ticket, "note", {"body": "نخست"}, headers={"If-Match": seen}).status_code == 200
    _do(desk, ticket, "assign", {"assignee": "مینا"})
    late = _do(desk, ticket, "resolve", headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (409, "stale_version", 3)
    fresh = desk.get(f"/v1/tickets/{ticket['id']}").headers["ETag"]
    assert _do(desk, ticket, "resolve", headers={"If-Match": fresh}).status_code == 200
    assert (
        _do(desk, ticket, "note", {"body": "x"}, headers={"If-Match": "seven"}).json()["code"]
        == "bad_if_match"
    )


def test_two_agents_who_resolve_at_once_resolve_once(desk):
    ticket = _open(desk)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: _do(desk, ticket, "resolve").status_code, range(4)))
    assert sorted(answers) == [200, 409, 409, 409]


def test_a_new_message_of_the_same_customer_joins_and_may_only_raise_the_urgency(desk):
    first = _open(desk, customer={"external_id": "c-1"})
    _do(desk, first, "pend")
    joined = desk.send(POISON, customer={"external_id": "c-1"})["ticket"]
    assert (joined["id"], joined["joined"], joined["priority"]) == (first["id"], True, "urgent")
    case = desk.get(f"/v1/tickets/{first['id']}").json()
    assert (case["status"], case["contacts"], len(case["comments"])) == ("open", 2, 2)
    desk.send("ممنون، پیک مؤدب بود", customer={"external_id": "c-1"})
    after = desk.get(f"/v1/tickets/{first['id']}").json()
    assert (after["priority"], after["contacts"]) == ("urgent", 3)
    assert _open(desk, customer={"external_id": "c-2"})["id"] != first["id"]


def _two_of_one_customer(desk):
    first = _open(desk, customer={"external_id": "c-1"})
    _do(desk, first, "resolve")
    desk.clock.forward(days=8)
    second = _open(desk, customer={"external_id": "c-1"})
    _do(desk, first, "reopen")
    return first, second


def test_duplicate_tickets_of_one_customer_are_merged_and_others_refused(desk):
    first, second = _two_of_one_customer(desk)
    stranger = _open(desk, customer={"external_id": "c-2"})
    assert second["id"] != first["id"]
    refused = _do(desk, second, "merge", {"into": stranger["id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_merge")
    merged = _do(desk, second, "merge", {"into": first["id"]}).json()
    assert (merged["status"], merged["merged_into"]) == ("merged", first["id"])
    kept = desk.get(f"/v1/tickets/{first['id']}").json()
    assert (kept["contacts"], len(kept["comments"])) == (2, 2)
    assert _do(desk, first, "merge", {"into": "tk_none"}).status_code == 404


def test_who_waits_for_an_answer_is_not_left_on_a_ticket_that_waits_for_them(desk):
    pending, unanswered = _two_of_one_customer(desk)
    _do(desk, pending, "reply", {"body": "شمارهٔ سفارش را بفرستید"})
    _do(desk, pending, "pend")
    _do(desk, unanswered, "merge", {"into": pending["id"]})
    kept = desk.get(f"/v1/tickets/{pending['id']}").json()
    assert (kept["status"], kept["sla"]["paused_at"]) == ("assigned", None)
    assert kept["due_at"] == unanswered["due_at"]


def test_a_merge_into_a_ticket_that_has_ended_says_so_of_that_one(desk):
    first, second = _two_of_one_customer(desk)
    _do(desk, first, "resolve")
    refused = _do(desk, second, "merge", {"into": first["id"]})
    told = refused.json()
    assert (refused.status_code, told["code"]) == (409, "merge_target_finished")
    assert (told["into"], told["into_status"], told["merged_into"]) == (first["id"], "resolved", None)
    assert not {"allowed", "ticket_status"} & told.keys()
    _do(desk, first, "reopen")
    _do(desk, first, "merge", {"into": second["id"]})
    told = _do(desk, second, "merge", {"into": first["id"]}).json()
    assert (told["code"], told["into_status"]) == ("merge_target_finished", "merged")
    assert (told["into"], told["merged_into"]) == (first["id"], second["id"])
    told = _do(desk, first, "merge", {"into": second["id"]}).json()  # of this one its own steps are told
    assert (told["code"], told["ticket_status"], told["allowed"]) == ("transition_not_allowed", "merged", [])


def test_nothing_is_said_where_nobody_looks_once_a_ticket_was_merged(desk):
    into, gone = _two_of_one_customer(desk)
    _do(desk, gone, "merge", {"into": into["id"]})
    for step in ("note", "reply"):
        refused = _do(desk, gone, step, {"body": "انباردار خبر دارد"})
        assert (refused.status_code, refused.json()["code"]) == (409, "transition_not_allowed")
        assert refused.json()["merged_into"] == into["id"]
    assert desk.get(f"/v1/tickets/{gone['id']}").json()["actions"] == []


def test_nobody_merges_into_a_queue_that_is_not_theirs(desk):
    first, second = _two_of_one_customer(desk)
    _do(desk, second, "escalate", {"queue": "finance"})
    clerk = _agent(desk, "مینا", queues=["finance"])
    answer = _do(desk, second, "merge", {"into": first["id"]}, role=clerk)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_queue")
    assert desk.get(f"/v1/tickets/{second['id']}").json()["status"] != "merged"


def test_who_merges_waits_for_who_corrects_and_holds_them_up_in_nothing(opened, newest_postgres_engine):
    desk = opened(newest_postgres_engine)
    first, second = _two_of_one_customer(desk)
    comment = desk.get(f"/v1/tickets/{second['id']}").json()["comments"][0]["id"]
    with ThreadPoolExecutor(1) as pool:
        with begin(desk.engine) as conn:
            stored.locked(conn, comment)
            merged = pool.submit(_do, desk, second, "merge", {"into": first["id"]})
            with pytest.raises(TimeoutError):
                merged.result(timeout=0.5)
            tickets.lock(conn, [second["id"]])  # was a deadlock as long as the merge held it already
        assert merged.result().status_code == 200


def test_of_two_opposite_merges_one_is_done(opened, newest_postgres_engine):
    desk = opened(newest_postgres_engine)
    for _ in range(3):
        pair = _two_of_one_customer(desk)
        with ThreadPoolExecutor(2) as pool:
            wishes = [(pair[0], pair[1]["id"]), (pair[1], pair[0]["id"])]
            answers = list(
                pool.map(lambda one: _do(desk, one[0], "merge", {"into": one[1]}).status_code, wishes)
            )
        assert sorted(answers) == [200, 409]
        for ticket in pair:
            _do(desk, ticket, "resolve")


def test_a_queue_that_the_rules_have_given_up_is_read_as_long_as_it_holds_something(desk):
    ticket = _open(desk)
    with begin(desk.engine) as conn:
        conn.execute(sa.update(schema.tickets).values(queue="former"))
    assert "former" in {queue["id"] for queue in desk.get("/v1/queues").json()["items"]}
    assert [one["id"] for one in desk.get("/v1/queues/former/tickets").json()["items"]] == [ticket["id"]]
    assert desk.get("/v1/queues/never/tickets").status_code == 404


def test_who_came_by_a_link_is_named_in_the_trail_long_after(lite):
    ticket = _open(lite)
    session = lite.sign_in(name="لیلا")
    own = {"headers": {"sec-fetch-site": "same-origin", "x-csrf-token": csrf_token(session)}}
    assert _do(lite, ticket, "note", {"body": "دیدم"}, role=None, **own).status_code == 200
    assert lite.client.post("/sign-out", **own).url.path == "/sign-in"
    lite.client.cookies.set(SESSION_COOKIE, session)
    assert lite.get("/v1/queues", role=None).status_code == 401
    lite.clock.forward(days=30)
    chores.tidy_up(lite.client.app.state.desk.line, lite.clock.now)
    lite.sign_in(name="سارا")
    trail = lite.client.get(f"/tickets/{ticket['id']}").text.split("سیر رسیدگی")[1]
    assert "<b>لیلا</b>" in trail


def test_a_ticket_is_claimed_once_under_a_key(desk):
    tickets_ = [_open(desk), _open(desk)]
    queue, key = tickets_[0]["queue"], {"Idempotency-Key": "next-1"}
    first = desk.post(f"/v1/queues/{queue}/claim", headers=key)
    desk.clock.forward(minutes=1)
    again = desk.post(f"/v1/queues/{queue}/claim", headers=key)
    assert (again.json()["id"], again.headers["Idempotency-Replayed"]) == (first.json()["id"], "true")
    assert desk.post(f"/v1/queues/{queue}/claim").json()["id"] != first.json()["id"]
    nothing, again = (
        desk.post(f"/v1/queues/{queue}/claim", headers={"Idempotency-Key": "next-2"}) for _ in range(2)
    )
    assert (nothing.status_code, again.status_code) == (204, 204)
    assert "Idempotency-Replayed" not in nothing.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_merged_ticket_leaves_its_conversation_promises_and_trail_to_the_one_that_goes_on(desk):
    into, gone = _two_of_one_customer(desk)
    _do(desk, gone, "reply", {"body": "پوزش می‌خواهیم؛ تا فردا پیگیری می‌کنیم."})
    _do(desk, gone, "note", {"body": "انباردار خبر دارد"})
    _do(desk, gone, "compensation", {"state": "offered", "amount": 700_000})
    _do(desk, gone, "merge", {"into": into["id"]})

    case = desk.get(f"/v1/tickets/{into['id']}", role="agent").json()
    assert [one["kind"] for one in case["messages"]] == ["reply", "note"]
    assert case["compensation"]["amount"] == 700_000
    (promise,) = case["promises"]
    told = next(line["after"] for line in case["audit"] if line["action"] == "ticket.absorbed")
    assert (told["absorbed"], told["comments"], told["messages"], told["promises"]) == (gone["id"], 1, 2, 1)
    replied = next(line for line in case["audit"] if line["action"] == "ticket.reply")
    assert replied["object_id"] == gone["id"]
    assert _do(desk, into, f"promises/{promise['id']}/fulfil").json()["promises"][0]["status"] == "kept"
    desk.clock.forward(days=30)
    chores.watch_clocks(desk.client.app.state.desk.line, desk.clock())
    left = desk.get(f"/v1/tickets/{gone['id']}", role="agent").json()
    assert (left["messages"], left["promises"], left["audit"][-1]["action"]) == ([], [], "ticket.merge")
    # whoever still has the old page open is advised as before
    assert _do(desk, gone, "reply/check", {"body": "پوزش می‌خواهیم"}).json()["code"] == "ticket_merged"


def test_compensation_goes_step_by_step_with_its_amount(desk):
    ticket = _open(desk)
    step = lambda **body: _do(desk, ticket, "compensation", body)  # noqa: E731
    assert step(state="paid").json()["allowed"] == ["requested", "offered"]
    step(state="offered", amount=2_000_000)
    paid = step(state="paid").json()["compensation"]
    assert paid == {"state": "paid", "amount": 2_000_000, "currency": "IRR"}
    assert step(state="refused").json()["allowed"] == ["paid", "offered"]


def test_a_sum_that_was_not_paid_or_was_another_is_put_right_where_it_is_counted(desk):
    ticket = _open(desk)
    step = lambda **body: _do(desk, ticket, "compensation", body)  # noqa: E731
    paid = lambda: desk.get("/v1/performance").json()["total"]["paid_rials"]  # noqa: E731
    step(state="offered", amount=2_000_000)
    step(state="paid", amount=20_000_000)
    assert step(state="paid", amount=2_000_000).status_code == 200
    assert paid() == 2_000_000
    assert step(state="offered").json()["compensation"]["state"] == "offered"
    assert paid() == 0


def test_compensation_that_a_later_message_asks_for_stands_on_its_ticket(desk):
    ticket = _open(desk, customer={"external_id": "c-1"})
    asked = desk.send("پانصد هزار تومان پولم را پس بدهید", customer={"external_id": "c-1"})["ticket"]
    assert asked["id"] == ticket["id"]
    owed = desk.get(f"/v1/tickets/{ticket['id']}", role="agent").json()["compensation"]
    assert owed == {"state": "requested", "amount": 5_000_000, "currency": "IRR"}
    assert desk.get("/v1/performance").json()["total"]["compensation_asked"] == 1


def test_an_amount_keeps_the_currency_it_was_named_in(lite):
    ticket = _open(lite)
    _do(lite, ticket, "compensation", {"state": "offered", "amount": 50_000, "currency": "IRT"})
    paid = _do(lite, ticket, "compensation", {"state": "paid"}).json()["compensation"]
    assert paid == {"state": "paid", "amount": 50_000, "currency": "IRT"}


def test_promises_are_listed_when_their_day_comes_near_and_are_kept_or_broken(desk):
    ticket = _open(desk)
    _do(desk, ticket, "promises", {"due_at": "2026-11-29T12:00:00+03:30"})
    (promise,) = desk.get("/v1/promises", params={"hours": 48}).json()["items"]
    assert desk.get("/v1/promises", params={"hours": 1}).json()["items"] == []
    desk.clock.forward(days=2)
    late = _do(desk, ticket, f"promises/{promise['id']}/fulfil").json()
    assert late["promises"][0]["status"] == "broken"
    assert _do(desk, ticket, f"promises/{promise['id']}/fulfil").status_code == 404


@pytest.mark.parametrize(
    ("again", "statuses"),
    [
        (None, ["kept", "open", "withdrawn"]),
        ("کارتان را نکردید، هنوز سفارشم نرسیده و خیلی ناراضی‌ام", ["kept", "open", "withdrawn"]),
        ("یک سؤال دیگر: شعبهٔ ونک جمعه‌ها باز است؟", ["kept", "kept", "withdrawn"]),
        ("ممنون، سفارشم رسید و عالی بود", ["kept", "kept", "withdrawn"]),
    ],
)
def test_what_was_promised_is_owed_again_when_the_matter_was_not_settled(desk, again, statuses):
    who = {"customer": {"external_id": "c-1"}}
    ticket = _open(desk, **who)
    for day in (28, 29, 30):
        _do(desk, ticket, "promises", {"due_at": f"2026-11-{day}T12:00:00+03:30"})
    promised = desk.get(f"/v1/tickets/{ticket['id']}").json()["promises"]
    settled = _do(desk, ticket, "resolve").json()["promises"]
    assert [one["status"] for one in settled] == ["kept"] * 3
    _do(desk, ticket, f"promises/{promised[2]['id']}/withdraw")
    desk.clock.forward(hours=6)  # the first day's moment has passed
    if again is None:
        _do(desk, ticket, "reopen")
    else:
        desk.send(again, **who)
    left = desk.get(f"/v1/tickets/{ticket['id']}").json()["promises"]
    assert [one["status"] for one in left] == statuses


def test_what_was_misread_as_a_promise_is_taken_back_and_stays_so(desk):
    ticket = _open(desk)
    for hour in (12, 15):
        _do(desk, ticket, "promises", {"due_at": f"2026-11-29T{hour}:00:00+03:30"})
    misread, real = desk.get("/v1/promises", params={"hours": 48}).json()["items"]
    after = _do(desk, ticket, f"promises/{misread['id']}/withdraw").json()
    assert [one["status"] for one in after["promises"]] == ["withdrawn", "open"]
    assert [one["id"] for one in desk.get("/v1/promises", params={"hours": 48}).json()["items"]] == [
        real["id"]
    ]
    assert _do(desk, ticket, f"promises/{misread['id']}/withdraw").status_code == 404
    settled = _do(desk, ticket, "resolve").json()["promises"]
    assert [one["status"] for one in settled] == ["withdrawn", "kept"]
    desk.clock.forward(days=3)
    made = desk.get("/v1/performance", params={"days": 7}).json()["promises"]
    assert (made["made"], made["kept"], made["broken"]) == (1, 1, 0)


def test_a_reply_is_proposed_and_checked_but_never_blocked(lite):
    ticket = _open(lite)
    draft = lite.get(f"/v1/tickets/{ticket['id']}/reply?tone=friendly", role="agent").json()["text"]
    good = lite.post(f"/v1/tickets/{ticket['id']}/reply/check", {"body": draft}).json()
    rude = lite.post(f"/v1/tickets/{ticket['id']}/reply/check", {"body": "به ما ربطی ندارد"}).json()
    assert good["ok"]
    assert not rude["ok"]
    assert _do(lite, ticket, "reply", {"body": "به ما ربطی ندارد"}).status_code == 200


def _lacks(desk, ticket):
    said = desk.post(f"/v1/tickets/{ticket['id']}/reply/check", {"body": "باشه"}).json()["advice"]
    return {one["code"] for one in said if not one["ok"]}


def test_what_a_reply_needs_follows_the_most_urgent_comment_that_waits_for_one(lite):
    customer = {"external_id": "c-asks"}
    ticket = _open(lite, "ساعت کاری شعبهٔ ونک چیست؟", customer=customer)
    assert _lacks(lite, ticket) == {"next_step"}
    for text in (ANGRY, "ممنون از همه"):
        lite.clock.forward(minutes=5)
        lite.send(text, customer=customer)
    assert "apology" in _lacks(lite, ticket)
    draft = lite.get(f"/v1/tickets/{ticket['id']}/reply", role="agent").json()["text"]
    assert "پوزش" in draft

    lite.clock.forward(minutes=5)
    _do(lite, ticket, "note", {"body": "با انبار حرف زدم"})
    assert "apology" in _lacks(lite, ticket)
    _do(lite, ticket, "reply", {"body": draft})
    assert "apology" in _lacks(lite, ticket)
    lite.clock.forward(minutes=5)
    lite.send("ممنون از همه", customer=customer)
    assert _lacks(lite, ticket) == {"thanks"}


def test_an_agent_works_only_in_their_own_queues(desk):
    ticket = _open(desk, POISON)
    outsider = _agent(desk, "مینا", queues=["finance"])
    queues = desk.get("/v1/queues", role=outsider).json()["items"]
    assert [queue["id"] for queue in queues if queue["mine"]] == ["finance"]
    assert not any(queue["mine"] for queue in desk.get("/v1/queues", role="reader").json()["items"])
    assert all(queue["mine"] for queue in desk.get("/v1/queues", role="agent").json()["items"])
    for answer in (
        desk.post(f"/v1/queues/{ticket['queue']}/claim", role=outsider),
        _do(desk, ticket, "resolve", role=outsider),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_queue")
        assert answer.json()["detail"] == "شما عضو صف «ایمنی و بهداشت» نیستید."


def test_a_queue_is_paged_in_working_order(desk):
    for number in range(5):
        ticket = _open(desk, ANGRY, customer={"lifetime_value": number * 10})
        desk.clock.forward(seconds=1)
    path = f"/v1/queues/{ticket['queue']}/tickets"
    whole = [item["id"] for item in desk.get(path).json()["items"]]
    seen, cursor = [], None
    while True:
        page = desk.get(path, params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    assert len(whole) == 5


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("assign", {}, "missing"),
        ("assign", {"assignee": " "}, "text_empty"),
        ("reply", {"body": ""}, "text_empty"),
        ("reply", {"body": "x" * 10_001}, "too_long"),
        ("escalate", {"priority": "now"}, "not_allowed"),
        ("relax", {}, "missing"),
        ("compensation", {"state": "paid", "amount": -1}, "out_of_range"),
        ("promises", {"due_at": "tomorrow"}, "wrong_datetime"),
        ("promises", {"due_at": "2020-01-01T00:00:00Z"}, "out_of_range"),
        ("promises", {"due_at": "2026-11-28T06:30:00Z"}, "out_of_range"),
        ("promises", {"due_at": "2027-03-01T06:30:00Z"}, "out_of_range"),
        ("promises", {"due_at": "2999-01-01T00:00:00Z"}, "out_of_range"),
        ("pend", {"why": "x"}, "unknown_field"),
    ],
)
def test_a_wrong_step_is_explained(lite, action, body, code):
    answer = _do(lite, _open(lite), action, body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


def test_a_step_that_needs_no_words_needs_no_body(lite):
    ticket = _open(lite)
    steps = ("pend", "resume", "resolve", "reopen")
    answers = [lite.post(f"/v1/tickets/{ticket['id']}/{step}") for step in steps]
    assert [answer.json()["status"] for answer in answers] == ["pending", "open", "resolved", "reopened"]
    assert lite.post(f"/v1/tickets/{ticket['id']}/reply").status_code == 415


def test_a_suggestion_that_nobody_made_cannot_be_confirmed(lite):
    ticket = _open(lite)
    answer = _do(lite, ticket, "confirm")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_suggested")
    assert "confirm" not in lite.get(f"/v1/tickets/{ticket['id']}", role="agent").json()["actions"]


def test_a_ticket_that_its_customer_took_up_again_counts_as_reopened(desk):
    first = desk.send(POISON, customer={"external_id": "again-1"})["ticket"]
    _do(desk, first, "resolve")
    desk.clock.forward(hours=2)
    assert desk.send(POISON, customer={"external_id": "again-1"})["ticket"]["id"] == first["id"]
    assert desk.get("/v1/performance", params={"days": 7}).json()["total"]["reopened"] == 1
