"""One comment goes in and comes out tagged, routed and stored, through the real application and the real model."""

import json

import pytest
import sqlalchemy as sa

from service import chores
from service.comments import landing
from service.storage import begin, read, schema, tiers, webhooks

ANGRY = "سه روزه سفارشم نرسیده، به ۰۹۱۲۱۲۳۴۵۶۷ زنگ بزنید وگرنه شکایت می‌کنم"
KIND = "پیک خیلی مؤدب بود و غذا داغ رسید، ممنونم"


def _events(desk):
    with read(desk.engine) as conn:
        return conn.execute(sa.select(schema.outbox.c.type, schema.outbox.c.payload)).all()


def test_an_angry_comment_comes_back_tagged_routed_and_with_a_deadline(desk):
    answer = desk.post("/v1/feedback", {"text": ANGRY, "channel": "app"}, role="sender")
    receipt = answer.json()
    assert answer.status_code == 201
    assert receipt["tags"]["category"]["label"] == "complaint"
    assert receipt["tags"]["urgency"]["level"] in {"high", "critical"}
    assert receipt["ticket"]["priority"] in {"high", "urgent"}
    assert receipt["ticket"]["due_at"] > "2026-11-28T06:30"
    assert receipt["ticket"]["due_at_jalali"].startswith("1405-09-07")
    assert "قاعدهٔ" in receipt["ticket"]["reason"]
    stored = desk.get(f"/v1/feedback/{receipt['id']}", role="agent").json()
    assert stored["text"] == ANGRY
    assert stored["ticket"]["id"] == receipt["ticket"]["id"]


def test_every_span_points_into_the_text_that_the_caller_sees(desk):
    receipt = desk.send(ANGRY)
    for role in ("reader", "agent"):
        seen = desk.get(f"/v1/feedback/{receipt['id']}", role=role).json()
        tags = seen["tags"]
        spans = [
            span for tag in (*tags["topics"], *tags["signals"], tags["sentiment"]) for span in tag["spans"]
        ]
        assert spans
        assert all(seen["text"][span["start"] : span["end"]] == span["text"] for span in spans)


def test_readers_events_and_receipts_never_hold_the_phone_number(desk):
    with begin(desk.engine) as conn:
        webhooks.create(conn, desk.clock.now, "https://crm.example/hook", [], "whsec_x")
    receipt = desk.send(
        ANGRY, customer={"external_id": "c-1", "name": "سارا"}, metadata={"tel": "09121234567"}
    )
    ticket = desk.get(f"/v1/tickets/{receipt['ticket']['id']}").text
    told = [desk.get(f"/v1/feedback/{receipt['id']}").text, ticket, desk.get("/v1/feedback").text]
    told += [str(payload) for _, payload in _events(desk)] + [str(receipt)]
    for text in told:
        assert "۰۹۱۲۱۲۳۴۵۶۷" not in text
        assert "09121234567" not in text
    assert "[موبایل]" in told[0]
    assert "سارا" not in ticket


def test_a_customer_who_is_known_by_a_phone_number_is_masked_for_readers_at_every_door(desk):
    text = "سه روزه سفارشم نرسیده، دیگر هرگز از شما خرید نمی‌کنم و می‌روم سراغ رقیبتان"
    number = "09121234567"
    receipt = desk.send(text, customer={"external_id": number, "lifetime_value": 10})
    desk.send(text, customer={"external_id": "c17", "lifetime_value": 10})
    doors = [
        "/v1/feedback",
        f"/v1/feedback/{receipt['id']}",
        f"/v1/queues/{receipt['ticket']['queue']}/tickets",
        f"/v1/tickets/{receipt['ticket']['id']}",
        "/v1/leaving",
        "/v1/leaving?format=csv",
        "/v1/exports/feedback?format=csv",
        "/v1/exports/tickets?format=jsonl",
        f"/tickets/{receipt['ticket']['id']}",
        f"/comments/{receipt['id']}",
        "/comments",
        "/inbox",
        "/journey",
    ]
    for door in doors:
        answer = desk.get(door, headers={"Accept": "text/html"})
        assert answer.status_code in {200, 303}, door
        assert number not in answer.text, door
    assert number not in str(_events(desk))
    assert "[موبایل]" in desk.get(doors[0]).text
    assert "[موبایل]" in desk.get(doors[8]).text
    leavers = {"reader": {("[موبایل]", True), ("c17", False)}, "agent": {(number, False), ("c17", False)}}
    for role, told in leavers.items():
        found = desk.get("/v1/leaving", role=role).json()["items"]
        assert {(one["customer"], one["masked"]) for one in found} == told
        page = desk.get("/journey", role=role).text
        assert 'href="/comments?customer=c17"' in page
        assert (f'href="/comments?customer={number}"' in page) == (role == "agent")
    assert number in desk.get(doors[8], role="agent").text
    assert number not in desk.get("/v1/exports/feedback", role="agent").text  # a file leaves the house


def test_the_ticket_and_its_events_are_stored_with_the_comment(desk):
    receipt = desk.send(ANGRY)
    events = dict(_events(desk))
    assert set(events) == {"feedback.created", "feedback.classified", "ticket.opened"}
    assert events["ticket.opened"]["ticket"]["id"] == receipt["ticket"]["id"]
    assert events["feedback.classified"]["tags"]["category"]["label"] == "complaint"


def test_originals_can_be_left_out_of_the_database(opened, engine):
    desk = opened(engine, keep_originals=False)
    receipt = desk.send(ANGRY)
    seen = desk.get(f"/v1/feedback/{receipt['id']}", role="admin").json()
    assert "[موبایل]" in seen["text"]
    assert seen["masked"]


@pytest.mark.parametrize("chosen", [{"keep_originals": False}, {"retention_days": 1}, {}])
def test_the_receipt_of_what_is_sent_again_points_into_what_was_sent(opened, sqlite_engine, chosen):
    desk = opened(sqlite_engine, **chosen)
    text = (
        "به ۰۹۱۲۰۰۰۰۰۰۰ زنگ بزنید، سه روزه سفارشم نرسیده وگرنه شکایت می‌کنم؛ ایمیلم a@b.ir است، پیک بی‌ادب بود"
    )
    sent = {"text": text, "external_id": "r-1", "created_at": "2026-11-28T06:00:00Z"}
    first = desk.send(**sent)
    assert len(first["tags"]["pii"]) == 2
    desk.clock.forward(days=3)
    chores.forget_originals(desk.client.app.state.desk.line, desk.clock.now)
    again = desk.send(**sent)
    assert (again["outcome"], again["tags"]) == ("unchanged", first["tags"])
    assert "[موبایل]" in again["masked_text"]
    spans = [span for tag in again["tags"]["topics"] + again["tags"]["signals"] for span in tag["spans"]]
    assert spans
    assert all(text[span["start"] : span["end"]] == span["text"] for span in spans)
    # what people corrected meanwhile is said, in its places
    desk.post(f"/v1/feedback/{first['id']}/corrections", {"category": "praise"})
    after = desk.send(**sent)["tags"]
    assert (after["category"]["label"], after["pii"]) == ("praise", first["tags"]["pii"])


def test_no_personal_data_is_written_beside_the_text_either(opened, sqlite_engine):
    desk = opened(sqlite_engine, keep_originals=False)
    who = {"external_id": "c-1", "name": f"علی {PHONE}", "tier": PHONE}
    named = dict.fromkeys(("question", "product", "branch", "touchpoint"), PHONE)
    body = {
        "text": f"{ANGRY} به {PHONE} زنگ بزنید",
        "customer": who,
        "metadata": {"تلفن": int(PHONE), PHONE: 1},
    }
    first = desk.send(**body, **named, external_id="r-1")
    desk.send(**body, **named)
    again = desk.send(**body, **named, external_id="r-1")
    assert (again["id"], again["outcome"]) == (first["id"], "unchanged")
    other = {**body, **named, "external_id": "r-1", "branch": "09351112244"}
    assert desk.post("/v1/feedback", other, role="sender").json()["code"] == "external_id_conflict"
    assert desk.get(f"/v1/tickets/{first['ticket']['id']}").json()["contacts"] == 2
    with read(desk.engine) as conn:
        stored = [conn.execute(sa.select(table)).all() for table in schema.metadata.sorted_tables]
    assert "9351112233" not in str(stored)
    seen = desk.get(f"/v1/feedback/{first['id']}", role="agent").json()
    assert (seen["branch"], seen["customer"]["name"]) == ("[موبایل]", "علی [موبایل]")
    assert seen["metadata"] == {"تلفن": "[موبایل]", "[موبایل]": 1}


@pytest.mark.parametrize("keeps", [True, False])
def test_metadata_whose_names_are_masked_to_the_same_is_kept_beside_each_other(opened, engine, *, keeps):
    desk = opened(engine, keep_originals=keeps)
    told = {PHONE: "کار", "09351112244": "خانه", "[موبایل] ۲": "همراه", "شهر": "یزد", "09351112255": "مغازه"}
    sent = desk.send(ANGRY, metadata=told)
    masked = desk.get(f"/v1/feedback/{sent['id']}").json()["metadata"]
    assert sorted(masked.values()) == sorted(told.values())
    assert set(masked) == {"[موبایل]", "[موبایل] ۲", "[موبایل] ۳", "[موبایل] ۴", "شهر"}
    assert (masked["[موبایل] ۲"], masked["شهر"]) == ("همراه", "یزد")
    line = desk.get("/v1/exports/feedback", params={"format": "jsonl"}).json()
    assert line["metadata"] == masked
    own = desk.get(f"/v1/feedback/{sent['id']}", role="agent").json()["metadata"]
    assert own == (told if keeps else masked)


@pytest.mark.parametrize("gap", ["  ", "\t", "\u00a0", " "])
@pytest.mark.parametrize("keeps", [True, False])
def test_no_reason_quotes_a_number_however_it_is_spaced(opened, sqlite_engine, gap, *, keeps):
    desk = opened(sqlite_engine, keep_originals=keeps)
    desk.post("/v1/webhooks", {"url": "https://crm.example/h"}, role="admin")
    sent = desk.send(gap.join(("شماره من را ۰۹۱۲", "۳۴۵", "۶۷۸۹ به دیگران دادید")))
    assert "[موبایل]" in sent["masked_text"]
    assert any("…" in reason["text_fa"] for reason in sent["tags"]["urgency"]["reasons"])
    said = [sent, desk.get(f"/v1/feedback/{sent['id']}", role="reader").json()]
    said.append(desk.get("/v1/exports/feedback", params={"format": "jsonl"}, role="reader").text)
    with read(desk.engine) as conn:
        said.append(conn.scalars(sa.select(schema.outbox.c.payload)).all())
        said.append([] if keeps else conn.scalars(sa.select(schema.feedback.c.tags)).all())
    assert "۶۷۸۹" not in str(said)


def test_tags_come_as_plain_strings_too_in_every_shape(desk):
    desk.post("/v1/webhooks", {"url": "https://crm.example/h"}, role="admin")
    sent = desk.send("غذا عالی بود ولی پیک بی‌ادب بود")
    assert {"topic__courier", "topic__courier__negative", "topic__food_quality__positive"} <= set(
        sent["labels"]
    )
    assert sent["labels"][-1] == f"urgency__{sent['tags']['urgency']['level']}"
    assert desk.get(f"/v1/feedback/{sent['id']}").json()["labels"] == sent["labels"]
    (line,) = desk.get("/v1/exports/feedback", params={"format": "csv"}).text.splitlines()[1:]
    assert "|".join(sent["labels"]) in line
    with read(desk.engine) as conn:
        told = dict(map(tuple, conn.execute(sa.select(schema.outbox.c.type, schema.outbox.c.payload))))
    assert told["feedback.classified"]["labels"] == sent["labels"]
    assert "labels" not in told["feedback.created"]
    desk.post(f"/v1/feedback/{sent['id']}/corrections", {"topics": {"packaging": "negative"}})
    assert "topic__courier" not in desk.get(f"/v1/feedback/{sent['id']}").json()["labels"]


def test_the_same_idempotency_key_gives_the_same_answer_and_one_comment(desk):
    body, key = {"text": ANGRY}, {"Idempotency-Key": "k-1"}
    first = desk.post("/v1/feedback", body, role="sender", headers=key)
    again = desk.post("/v1/feedback", body, role="sender", headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    spelled = json.dumps(body, ensure_ascii=True, indent=1)  # the same, as another client writes it
    sent = {"content": spelled, "headers": key | {"Content-Type": "application/json"}}
    assert desk.post("/v1/feedback", role="sender", **sent).headers["Idempotency-Replayed"] == "true"
    assert len(desk.get("/v1/feedback").json()["items"]) == 1
    other = desk.post("/v1/feedback", {"text": KIND}, role="sender", headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    desk.clock.forward(hours=25)
    late = desk.post("/v1/feedback", {"text": KIND}, role="sender", headers=key)
    assert late.status_code == 201


def test_an_external_id_names_one_comment_per_channel(desk):
    first = desk.send(KIND, external_id="r-1", channel="app")
    again = desk.post("/v1/feedback", {"text": KIND, "external_id": "r-1", "channel": "app"}, role="sender")
    assert (again.status_code, again.json()["id"], again.json()["outcome"]) == (200, first["id"], "unchanged")
    other = desk.post("/v1/feedback", {"text": ANGRY, "external_id": "r-1", "channel": "app"}, role="sender")
    assert (other.status_code, other.json()["code"], other.json()["id"]) == (
        409,
        "external_id_conflict",
        first["id"],
    )
    assert desk.send(ANGRY, external_id="r-1", channel="site")["outcome"] == "created"


@pytest.mark.parametrize(
    "nothing",
    [
        {"scores": None, "metadata": None, "customer": None, "product": None},
        {"customer": {}},
        {"customer": {"external_id": None, "name": None}, "scores": {"csat": None}},
    ],
)
def test_null_says_the_same_as_a_field_that_is_left_out(lite, nothing):
    first = lite.send(KIND, external_id="r-1")
    again = lite.post("/v1/feedback", {"text": KIND, "external_id": "r-1"} | nothing, role="sender")
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    alone = lite.post("/v1/feedback", {"text": KIND} | nothing, role="sender").json()["id"]
    assert lite.get(f"/v1/feedback/{alone}").json()["customer"] is None
    assert first["id"] != alone


def test_the_same_moment_in_another_zone_makes_no_other_comment(lite):
    sent = {"text": KIND, "external_id": "r-1"}
    moments = ("2026-11-24T10:00:00+03:30", "2026-11-24T06:30:00Z")
    answers = [lite.post("/v1/feedback", sent | {"created_at": one}, role="sender") for one in moments]
    assert [answer.status_code for answer in answers] == [201, 200]


def test_a_batch_with_one_bad_item_stores_the_others(desk):
    items = [{"text": KIND}, {"text": "  "}, {"text": ANGRY, "stars": 3}, {"text": ANGRY}]
    answer = desk.post("/v1/feedback/batch", {"items": items}, role="sender").json()
    assert [result["status"] for result in answer["results"]] == [201, 422, 422, 201]
    assert (answer["succeeded"], answer["failed"]) == (2, 2)
    assert answer["results"][1]["error"]["errors"][0] == {
        "path": "text",
        "code": "text_empty",
        "detail": "متن خالی است.",
    }
    assert answer["results"][2]["error"]["errors"][0]["code"] == "unknown_field"
    assert len(desk.get("/v1/feedback").json()["items"]) == 2


def test_pages_show_every_comment_once_the_newest_first(desk):
    sent = [desk.send(f"نظر شمارهٔ {number}: پیک دیر آمد")["id"] for number in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        page = desk.get(f"/v1/feedback?limit=3{cursor and '&cursor=' + cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        desk.send("نظری که در میان ورق زدن می‌رسد")
    assert seen == sent[::-1]


def test_comments_are_found_by_persian_words_as_people_type_them(desk):
    found = desk.send("سفارش‌هاي من با ۲ روز تأخير رسید")
    desk.send(KIND)
    for query in ("سفارش های", "سفارش‌ها", "تاخیر", "2 روز"):
        items = desk.get("/v1/feedback", params={"q": query}).json()["items"]
        assert [item["id"] for item in items] == [found["id"]], query
    assert desk.get("/v1/feedback", params={"q": "؟!"}).json()["items"] == []
    assert desk.get("/v1/feedback", params={"q": "۰۹۱۲۱۲۳۴۵۶۷"}).json()["items"] == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"category": "praise"}, 1),
        ({"channel": "app"}, 1),
        ({"customer": "c-9"}, 1),
        ({"external_id": "x"}, 0),
        ({"since": "2026-11-29T00:00:00Z"}, 0),
        ({"until": "2026-11-29T00:00:00Z"}, 2),
        ({"category": "complaint", "channel": "app"}, 1),
    ],
)
def test_filters_narrow_the_listing(lite, filters, expected):
    lite.send(KIND, customer={"external_id": "c-9"})
    lite.send(ANGRY, channel="app")
    assert len(lite.get("/v1/feedback", params=filters).json()["items"]) == expected


def test_a_misspelt_filter_is_refused_and_not_ignored(lite):
    answer = lite.get("/v1/feedback?catgory=praise")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_field")
    for path in (
        "/v1/feedback?category=prase",
        "/v1/feedback?topic=weather",
        "/v1/queues/support/tickets?status=done",
    ):
        assert lite.get(path).json()["errors"][0]["code"] in {"unknown_label", "not_allowed"}, path


def test_what_a_customer_is_worth_is_told_to_agents_and_admins_alone(desk):
    worth = {"external_id": "c-1", "name": "مینا", "lifetime_value": 2_500_000.0}
    receipt = desk.send(ANGRY, customer=worth)
    for path in (f"/v1/feedback/{receipt['id']}", f"/v1/tickets/{receipt['ticket']['id']}"):
        for role in ("agent", "admin"):
            customer = desk.get(path, role=role).json()["customer"]
            assert (customer["name"], customer["lifetime_value"]) == ("مینا", 2_500_000.0)
        assert not {"name", "lifetime_value"} & desk.get(path, role="reader").json()["customer"].keys()


def test_no_contact_is_counted_of_a_comment_that_lost_its_id_to_another(desk):
    customer = {"external_id": "c-9", "tier": "gold"}
    first = desk.send(KIND, external_id="r-1", customer=customer)
    items = [
        {"text": ANGRY, "external_id": "r-1", "customer": customer | {"tier": "vip"}},
        {"text": KIND, "external_id": "r-2", "customer": {"external_id": "c-8"}},
        {"text": ANGRY, "external_id": "r-2", "customer": {"external_id": "c-7"}},
    ]
    results = desk.post("/v1/feedback/batch", {"items": items}, role="sender").json()["results"]
    assert [one.get("error", {}).get("code") for one in results] == [
        "external_id_conflict", None, "external_id_conflict",
    ]  # fmt: skip
    seen = desk.get(f"/v1/feedback/{first['id']}", role="agent").json()["customer"]
    assert (seen["contacts"], seen["tier"]) == (1, "gold")
    with read(desk.engine) as conn:
        assert set(conn.scalars(sa.select(schema.customers.c.external_id))) == {"c-9", "c-8"}


def test_who_loses_the_same_id_again_and_again_is_asked_to_send_once_more(lite, monkeypatch):
    lite.send(KIND, external_id="r-1")
    monkeypatch.setattr(landing, "_known", lambda *_: {})
    again = lite.post("/v1/feedback", {"text": KIND, "external_id": "r-1"}, role="sender")
    assert (again.status_code, again.json()["code"]) == (409, "external_id_taken")
    assert len(lite.get("/v1/feedback").json()["items"]) == 1


def test_analyze_stores_nothing_and_answers_each_item_of_a_batch(lite):
    tags = lite.post("/v1/analyze", {"text": KIND}, role="sender").json()
    assert tags["category"]["label"] == "praise"
    batch = lite.post("/v1/analyze/batch", {"items": [{"text": KIND}, {"text": 3}, {"text": ANGRY}]}).json()
    assert [result["status"] for result in batch["results"]] == [200, 422, 200]
    assert batch["results"][0]["tags"] == tags
    assert lite.get("/v1/feedback").json()["items"] == []


def test_the_desk_tells_that_it_is_alive_ready_and_what_it_counts(lite):
    lite.send(ANGRY)
    assert lite.get("/healthz", role=None).json() == {"status": "ok"}
    assert lite.get("/readyz", role=None).json()["status"] == "ready"
    told = lite.get("/metrics", role=None).text
    assert 'bazkhord_feedback_total{category="complaint"' in told
    assert 'bazkhord_requests_total{method="POST",route="/v1/feedback",status="201"} 1.0' in told
    assert "bazkhord_tickets_total{" in told


def test_a_comment_of_a_public_form_is_counted_like_any_other(lite):
    form = {"text": ANGRY}
    assert lite.client.post("/form/order", data=form, headers={"Sec-Fetch-Site": "same-origin"}).is_success
    assert 'bazkhord_feedback_total{category="complaint"' in lite.get("/metrics", role=None).text


def test_comments_are_narrowed_by_product_branch_and_tier(lite):
    lite.send("چای سرد بود", product="کافه", branch="ونک", customer={"external_id": "p-1", "tier": "gold"})
    lite.send("نان بیات بود", product="کافه", branch="تجریش", customer={"external_id": "p-2", "tier": "vip"})
    lite.send("کتاب پاره بود", product="کتاب", branch="ونک")

    def found(**narrowed: str) -> list[str]:
        answer = lite.get("/v1/feedback", params=narrowed)
        assert answer.status_code == 200
        return sorted(item["text"] for item in answer.json()["items"])

    assert found(product="کافه") == ["نان بیات بود", "چای سرد بود"]
    assert found(branch="ونک") == ["چای سرد بود", "کتاب پاره بود"]
    assert found(product="کافه", branch="ونک") == ["چای سرد بود"]
    assert found(tier="vip") == ["نان بیات بود"]
    assert found(branch="نیست") == []


@pytest.mark.parametrize("few", [5_000, 1])
def test_a_comment_is_found_by_the_tier_of_its_day_as_it_is_counted(desk, monkeypatch, few):
    monkeypatch.setattr(tiers, "_FEW", few)
    desk.send("چای سرد بود", customer={"external_id": "p-1", "tier": "silver"})
    desk.send("چای گرم بود", customer={"external_id": "p-1", "tier": "vip"})
    desk.send("نان بیات بود", customer={"external_id": "p-2", "tier": "silver"})
    desk.send("پیک دیر رسید")
    for tier, texts in (("silver", ["نان بیات بود", "چای سرد بود"]), ("vip", ["چای گرم بود"]), ("gold", [])):
        listed = desk.get("/v1/feedback", params={"tier": tier}).json()["items"]
        rows = desk.get("/v1/exports/feedback", params={"tier": tier, "format": "jsonl"}).text.splitlines()
        assert [item["text"] for item in listed] == [json.loads(row)["text"] for row in rows] == texts
        assert desk.get("/v1/trends", params={"tier": tier}).json()["total"]["n"] == len(texts)


PHONE = "09351112233"


def test_a_number_that_stands_where_an_id_should_is_masked_too(lite):
    with begin(lite.engine) as conn:
        webhooks.create(conn, lite.clock.now, "https://crm.example/hook", [], "whsec_x")
    sent = lite.send(
        KIND,
        external_id=PHONE,
        channel=f"sms {PHONE}",
        customer={"external_id": PHONE, "tier": PHONE},
        metadata={PHONE: "شماره"},
    )
    assert sent["external_id"] == PHONE  # whoever sent it knows it
    assert PHONE not in lite.get(f"/v1/feedback/{sent['id']}").text
    assert PHONE not in lite.get("/v1/exports/feedback").text
    assert PHONE not in str(_events(lite))
    assert PHONE in lite.get(f"/v1/feedback/{sent['id']}", role="agent").text


def test_a_number_is_masked_too_where_it_is_sent_as_one(lite):
    told = {"card": 6037991234567893, "mobile": 989121234567, "nid": 1234567891, "cell": 9351112233.0}
    plain = {"visits": 12, "sure": 0.9351112233, "vip": True, "order": 84213377, "left": None}
    sent = lite.send(KIND, metadata=told | plain, branch="9351112233", customer={"external_id": "۹۳۵۱۱۱۲۲۳۳"})
    (listed,) = lite.get("/v1/exports/feedback?format=jsonl").text.splitlines()
    for seen in (lite.get(f"/v1/feedback/{sent['id']}").json(), json.loads(listed)):
        masked = {"card": "[کارت]", "mobile": "[موبایل]", "nid": "[کد ملی]", "cell": "[موبایل]"}
        assert seen["metadata"] == masked | plain
        assert (seen["branch"], seen["customer"]["external_id"]) == ("[موبایل]", "[موبایل]")
    assert lite.get(f"/v1/feedback/{sent['id']}", role="agent").json()["metadata"] == told | plain
    assert lite.get("/v1/feedback?branch=9351112233").status_code == 403
    assert lite.get("/v1/feedback?branch=9351112233", role="agent").json()["items"]


ANYWHERE = ("channel", "product", "branch", "tier")


def test_a_number_that_comments_are_told_apart_by_is_masked_as_well(lite):
    told = {"channel": PHONE, "product": PHONE, "branch": PHONE}
    lite.send("سفارشم نرسید، دیگر از شما نمی‌خرم", customer={"external_id": "c-1", "tier": PHONE}, **told)
    (ticket,) = lite.get("/v1/exports/tickets?format=jsonl").text.splitlines()
    paths = [
        *(f"/v1/trends?segment={name}" for name in ANYWHERE),
        *(f"/v1/factors?by={name}" for name in ANYWHERE),
        *("/v1/leaving", "/v1/digest?week=2026-11-28", "/digest?week=2026-11-28"),
        *("/inbox", f"/tickets/{json.loads(ticket)['id']}", "/comments", "/trends", "/drivers", "/journey"),
    ]
    for path in paths:
        answer = lite.get(path)
        assert (answer.status_code, PHONE in answer.text) == (200, False), path
    assert PHONE in lite.get("/v1/factors?by=tier", role="agent").text
    assert PHONE in lite.get("/comments", role="agent").text


@pytest.mark.parametrize("path", ["/comments", "/inbox", "/tickets/{}", "/trends", "/drivers", "/journey"])
def test_no_page_looks_for_a_number_where_none_is_shown(lite, path):
    page = path.format(lite.send("سفارشم نرسید، دیگر از شما نمی‌خرم")["ticket"]["id"])
    assert lite.get(page, params={"channel": PHONE}).status_code == 403
    assert lite.get(page, params={"channel": PHONE}, role="agent").status_code == 200
    assert lite.get(page, params={"channel": "sms"}).status_code == 200


NARROWED = (
    "trends",
    "trends/moved",
    "trends/marks",
    "drivers",
    "kano",
    "journey",
    "factors",
    "leaving",
    "emerging",
)


@pytest.mark.parametrize("path", NARROWED)
@pytest.mark.parametrize("name", ANYWHERE)
def test_no_insight_is_narrowed_to_a_number_where_none_is_shown(lite, path, name):
    refused = lite.get(f"/v1/{path}", params={name: PHONE})
    assert (refused.status_code, refused.json()["code"]) == (403, "personal_filter")
    assert lite.get(f"/v1/{path}", params={name: PHONE}, role="agent").status_code == 200
    assert lite.get(f"/v1/{path}", params={name: "vip"}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"since": "2026-11-20"}, "bcd"),
        ({"until": "2026-11-20"}, "abc"),  # the day belongs to it, as to an insight
        ({"since": "1405-08-29", "until": "1405-08-29"}, "bc"),
        ({"since": "2026-11-20", "until": "2026-11-20T12:00:00+03:30"}, "b"),
        ({"since": "2026-11-20T20:30:00Z"}, "d"),
        ({"since": "2026-11-20T12:00:00 03:30"}, "cd"),  # a plus that was not written as %2B
    ],
    ids=str,
)
def test_a_plain_day_is_one_of_tehran(lite, asked, found):
    moments = ("2026-11-19T20:29:00Z", "2026-11-19T20:30:00Z", "2026-11-20T20:29:00Z", "2026-11-20T20:30:00Z")
    for id_, moment in zip("abcd", moments, strict=True):
        lite.send(f"{KIND} {id_}", external_id=id_, created_at=moment)
    listed = lite.get("/v1/feedback", params=asked).json()["items"]
    assert sorted(one["external_id"] for one in listed) == list(found)
    lines = lite.get("/v1/exports/feedback", params=asked | {"format": "jsonl"}).text.splitlines()
    assert len(lines) == len(found)


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-13-01", "wrong_day"),
        ("1405-12-30", "wrong_day"),
        ("0001-01-01", "wrong_day"),
        ("2026-11-20T12:00:00", "naive_datetime"),
        ("yesterday", "wrong_datetime"),
        ("1700000000", "wrong_datetime"),  # no seconds since 1970, as in bodies
        ("20261120", "wrong_datetime"),
    ],
)
def test_a_day_that_is_none_is_refused(lite, name, written, code):
    refused = lite.get("/v1/feedback", params={name: written})
    assert refused.status_code == 422
    assert [(error["path"], error["code"]) for error in refused.json()["errors"]] == [(name, code)]


@pytest.mark.parametrize("written", ["1405/09/04", "yesterday", "1405"])
def test_who_writes_a_day_wrongly_hears_how_days_are_written(lite, written):
    (error,) = lite.get("/v1/feedback", params={"since": written}).json()["errors"]
    assert "1405-09-04" in error["detail"]


@pytest.mark.parametrize("path", ["/v1/feedback", "/v1/exports/feedback", "/v1/exports/tickets"])
@pytest.mark.parametrize(
    ("since", "until"), [("2026-11-20", "2026-11-19"), ("2026-11-20T12:00:00Z", "2026-11-20T11:59:59Z")]
)
def test_no_stretch_of_time_ends_before_it_begins(lite, path, since, until):
    refused = lite.get(path, params={"since": since, "until": until})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "wrong_period")


@pytest.mark.parametrize("path", ["/v1/feedback", "/v1/exports/feedback"])
@pytest.mark.parametrize("name", ["customer", "external_id", *ANYWHERE])
def test_only_who_sees_numbers_looks_for_them(lite, path, name):
    lite.send(KIND, external_id="order-7", customer={"external_id": PHONE})
    refused = lite.get(path, params={name: PHONE})
    assert (refused.status_code, refused.json()["code"]) == (403, "personal_filter")
    assert lite.get(path, params={name: PHONE}, role="agent").status_code == 200
    assert lite.get(path, params={name: "order-7"}).status_code == 200


def test_tomorrow_is_counted_from_the_day_a_comment_was_written(lite):
    text = "قول دادید تا فردا بفرستید"
    days = ("2026-10-01T08:00:00Z", "2026-10-05T22:00:00Z")  # the second is a day later in Tehran
    single = [lite.send(text, created_at=day) for day in days]
    batch = lite.post(
        "/v1/feedback/batch",
        {"items": [{"text": text, "created_at": day, "external_id": f"b-{day}"} for day in days]},
        role="sender",
    ).json()["results"]
    for sent in (single, [one["feedback"] for one in batch]):
        promised = [
            entity["value"]
            for one in sent
            for entity in one["tags"]["entities"]
            if entity["kind"] == "promise_due"
        ]
        assert promised == ["2026-10-02", "2026-10-07"]


def test_the_page_of_a_comment_leads_to_all_that_its_customer_said(lite):
    for id_, leads in (("c 7", True), ("09121112233", False)):  # a reader may not look for a number
        said = {"text": "پیک خیلی مؤدب بود، ممنون", "customer": {"external_id": id_}}
        receipt = lite.post("/v1/feedback", said).json()
        page = lite.get(f"/comments/{receipt['id']}").text
        assert ('href="/comments?customer=c+7"' in page) == leads
        assert ("همهٔ نظرهای این مشتری" in page) == leads
