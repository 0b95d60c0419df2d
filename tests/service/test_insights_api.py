"""The sample data through the insight endpoints: what was planted is seen, and JSON and CSV say the same."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from service.api import insight_answers as answers
from service.api import watch_answers as watched
from service.insight import satisfaction, watch
from service.storage import begin, digests
from service.storage import read as read_from
from service.storage.schema import outbox
from service.web.names import IMPORT_FIELDS

ANSWERS: dict[str, type[BaseModel]] = {
    "/v1/trends": answers.TrendsOut,
    "/v1/trends/moved": answers.MovedOut,
    "/v1/trends/marks": watched.MarksOut,
    "/v1/drivers": answers.DriversOut,
    "/v1/kano": answers.KanoOut,
    "/v1/journey": answers.JourneyOut,
    "/v1/factors": answers.FactorsOut,
    "/v1/leaving": answers.LeavingOut,
    "/v1/alerts": watched.AlertsOut,
    "/v1/emerging": watched.EmergingOut,
    "/v1/performance": watched.PerformanceOut,
    "/v1/digest": watched.DigestOut,
}
TABLES = {
    "/v1/trends": "series",
    "/v1/trends/moved": "items",
    "/v1/trends/marks": "items",
    "/v1/drivers": "items",
    "/v1/kano": "items",
    "/v1/journey": "items",
    "/v1/factors": "items",
    "/v1/leaving": "items",
    "/v1/alerts": "items",
    "/v1/emerging": "items",
    "/v1/performance": "items",
}


def _get(desk: Any, path: str, **params: Any) -> Any:
    answer = desk.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_answer_has_its_table_as_csv(alive: Any) -> None:
    for path, table in TABLES.items():
        found = _get(alive, path, days=60)
        answer = alive.get(path, params={"days": 60, "format": "csv"})
        assert answer.headers["content-type"].startswith("text/csv"), path
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(rows) == len(found[table]), path
        for name in set(rows[0]) & {"n", "share", "net", "impact", "sure", "risk"} if rows else ():
            said = [row[name] for row in found[table]]
            assert [row[name] for row in rows] == ["" if value is None else str(value) for value in said], (
                path,
                name,
            )


@pytest.mark.parametrize(
    "path", [*TABLES, "/v1/trends?segment=product", "/v1/performance?table=backlog", "/v1/digest"]
)
def test_a_table_without_rows_still_names_its_columns(alive: Any, path: str) -> None:
    asked = {"week": "2001-01-01"} if path == "/v1/digest" else {"since": "2001-01-01", "until": "2001-01-02"}
    url = httpx.URL(path).copy_merge_params(asked | {"format": "csv"})
    head, *rows = csv.reader(io.StringIO(alive.get(str(url)).text.removeprefix("\ufeff")))
    assert head
    assert all(head)
    assert len(set(head)) == len(head)
    assert all(len(row) == len(head) for row in rows)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "＝HYPERLINK(1)", "@SUM(1)"])
def test_no_cell_of_a_table_is_taken_for_a_formula(lite: Any, name: str) -> None:
    lite.send("غذا سرد بود و پیک دیر رسید", product=name)
    asked = {"days": 30, "segment": "product", "format": "csv"}
    cells = [
        cell for row in csv.reader(io.StringIO(lite.get("/v1/trends", params=asked).text)) for cell in row
    ]
    assert f"'{name}" in cells


def test_a_table_has_the_same_columns_with_rows_and_without(alive: Any) -> None:
    heads = []
    for asked in ({"days": 60}, {"since": "2001-01-01", "until": "2001-01-02"}):
        text = alive.get("/v1/kano", params=asked | {"format": "csv"}).text
        heads.append(set(text.removeprefix("\ufeff").splitlines()[0].split(",")))
    assert heads[0] == heads[1]
    assert "class" in heads[0]


def test_every_answer_is_what_the_document_says(alive: Any) -> None:
    paths = alive.get("/openapi.json").json()["paths"]
    for path, model in ANSWERS.items():
        for narrowed in ({"days": 60}, {"days": 60, "topic": "courier"}, {"days": 1, "tier": "nobody"}):
            is_refused = path == "/v1/digest" or (path in ABOUT and "tier" in narrowed)
            asked = {} if is_refused else narrowed
            model.model_validate_json(alive.get(path, params=asked).text, by_alias=True)
        if path == "/v1/trends":
            split = alive.get(path, params={"days": 60, "by": "hour", "segment": "product"})
            model.model_validate_json(split.text, by_alias=True)
        content = paths[path]["get"]["responses"]["200"]["content"]
        assert content["application/json"]["schema"]["$ref"].endswith(f"/{model.__name__}")
        assert "text/csv" in content


def test_no_insight_goes_without_a_described_answer(alive: Any) -> None:
    paths = alive.get("/openapi.json").json()["paths"]
    asked = {path for path, ways in paths.items() if "insights" in ways.get("get", {}).get("tags", ())}
    assert asked == set(ANSWERS)


def test_how_good_the_labels_are_is_what_the_document_says(alive: Any) -> None:
    schema = alive.get("/openapi.json").json()["paths"]["/v1/quality"]["get"]["responses"]["200"]
    assert schema["content"]["application/json"]["schema"]["$ref"].endswith("/QualityOut")
    today, quarter = (
        answers.QualityOut.model_validate_json(alive.get("/v1/quality", params={"days": days}).text)
        for days in (1, 90)
    )
    assert {row.field for row in quarter.labels} == set(quarter.fields)
    assert any(row.accuracy is not None for row in quarter.labels)
    assert any(row.accuracy is None for row in today.labels)  # nobody has finished today's tickets yet
    answer = alive.get("/v1/quality", params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["field"], row["label"]) for row in rows] == [
        (row.field, row.label) for row in quarter.labels
    ]


#: Alerts and tickets have topics, but no channel, product or words of their own.
ABOUT = {"/v1/alerts", "/v1/performance"}


def test_every_filter_is_taken_by_every_endpoint_or_refused(alive: Any) -> None:
    filters = (
        {"channel": "app"},
        {"product": "سفره‌رو", "branch": "ونک"},
        {"tier": "gold"},
        {"touchpoint": "payment"},
        {"topic": "food_quality"},
        {"urgency": "high"},
        {"q": "پرداخت"},
        {"since": "1405-08-01", "until": "1405-08-30"},
        {"model": "none-such"},
    )
    for path in TABLES:
        for narrowed in filters:
            is_taken = path not in ABOUT or narrowed.keys() <= {"topic", "touchpoint", "since", "until"}
            answer = alive.get(path, params=narrowed)
            assert answer.status_code == (200 if is_taken else 422), (path, narrowed)
            if not is_taken:
                assert {error["code"] for error in answer.json()["errors"]} == {"unknown_field"}


def test_insights_are_for_readers(alive: Any) -> None:
    assert alive.get("/v1/trends", role="sender").status_code == 403
    assert alive.get("/v1/trends", role=None).status_code == 401


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"since": "2026-13-01"}, "wrong_day"),
        ({"since": "1405-12-30"}, "wrong_day"),
        ({"since": "2026-11-25T00:00:00Z"}, "wrong_day"),
        ({"until": "1405-09-04 10:00"}, "wrong_day"),
        ({"topic": "weather"}, "unknown_topic"),
        ({"touchpoint": "moon"}, "unknown_touchpoint"),
        ({"since": "2026-11-20", "until": "2026-11-10"}, "wrong_period"),
        ({"since": "1406-01-01"}, "wrong_period"),
        ({"until": "1408-01-01", "days": "7"}, "wrong_period"),
        ({"since": "2026-11-29", "until": "2026-12-31"}, "wrong_period"),
        ({"by": "day", "days": "201"}, "too_many_buckets"),
        ({"by": "day", "since": "2026-01-01"}, "too_many_buckets"),
        ({"colour": "red"}, "unknown_field"),
    ],
)
def test_a_wrong_filter_is_refused_with_its_reason(alive: Any, params: dict[str, str], code: str) -> None:
    answer = alive.get("/v1/trends", params=params)
    assert answer.status_code == 422
    problem = answer.json()
    assert code in {item["code"] for item in problem["errors"]}
    assert " : " not in problem["detail"]
    assert problem["errors"][0]["detail"] in problem["detail"]


def test_a_long_period_is_told_by_the_step_that_is_asked_for(alive: Any) -> None:
    for by in ("hour", "week", "month"):
        assert _get(alive, "/v1/trends", days=1830, by=by)["period"]["by"] == by
    assert _get(alive, "/v1/trends", days=200, by="day")["period"]["by"] == "day"


@pytest.mark.parametrize("path", ["/v1/drivers", "/v1/kano"])
def test_a_topic_chooses_rows_and_changes_no_estimate(alive: Any, path: str) -> None:
    everything = _get(alive, path, days=92)["items"]
    one = _get(alive, path, days=92, topic="courier")["items"]
    assert one == [item for item in everything if item["topic"] == "courier"] != []
    point = _get(alive, path, days=92, touchpoint="delivery")["items"]
    assert point == [item for item in everything if item["touchpoint"] == "delivery"]
    assert len(point) > 1


def test_trends_count_what_the_listing_finds(alive: Any) -> None:
    found = _get(alive, "/v1/trends", days=30, by="week", segment="product")
    total = found["total"]["n"]
    listed, cursor = 0, None
    while True:
        params = {"since": f"{found['period']['since']}T00:00:00+03:30", "limit": 200}
        page = _get(alive, "/v1/feedback", **params, **({"cursor": cursor} if cursor else {}))
        listed, cursor = listed + len(page["items"]), page["next_cursor"]
        if cursor is None:
            break
    assert listed == total
    whole = [row for row in found["series"] if row["topic"] == ""]
    assert sum(row["n"] for row in whole) == total
    assert sum(row["n"] for row in found["segments"] if row["topic"] == "") == total
    assert found["period"]["since_jalali"] == "1405-08-08"
    assert not found["mixed_models"]


@pytest.mark.parametrize("by", ["day", "hour"])
def test_the_rows_of_a_series_have_the_names_of_their_topics(alive: Any, by: str) -> None:
    found = _get(alive, "/v1/trends", days=7, by=by)
    names = {item["topic"]: item["label_fa"] for item in found["items"]} | {"": "همهٔ نظرها"}
    assert {(row["topic"], row["label_fa"]) for row in found["series"]} <= set(names.items())
    told = alive.get("/v1/trends", params={"days": 7, "by": by, "format": "csv"}).text.removeprefix("\ufeff")
    assert {row["label_fa"] for row in csv.DictReader(io.StringIO(told))} == {
        row["label_fa"] for row in found["series"]
    }


def test_a_step_of_which_the_period_has_only_some_days_says_so(alive: Any) -> None:
    wanted: dict[str, list[str]] = {
        "week": ["2026-11-07", "2026-11-21"],
        "month": ["2026-10-23", "2026-11-22"],
    }
    for by in ("hour", "day", "week", "month"):
        # from a Tuesday to a Tuesday
        series = _get(alive, "/v1/trends", since="2026-11-10", until="2026-11-24", by=by)["series"]
        assert [row["bucket"] for row in series if row["is_cut"] and not row["topic"]] == wanted.get(by, [])
    series = _get(alive, "/v1/trends", since="2026-11-07", until="2026-11-20", by="week")["series"]
    assert not any(row["is_cut"] for row in series)


def test_what_is_not_over_says_so_where_whole_days_stand_beside_it(alive: Any) -> None:
    today, hour = "2026-11-28", 10  # of the clock of the tests, in Tehran
    for by, first in (("day", today), ("week", today), ("month", "2026-11-22"), ("hour", f"{hour}:00")):
        found = _get(alive, "/v1/trends", days=7, by=by)
        steps = list(dict.fromkeys((row["bucket"], row["is_running"]) for row in found["series"]))
        assert found["period"]["is_running"]
        assert [start for start, is_running in steps if is_running] == [
            start for start, _ in steps if start >= first
        ]
    over = _get(alive, "/v1/trends", days=7, until="2026-11-27")
    assert not over["period"]["is_running"]
    assert not any(row["is_running"] for row in over["series"])


def test_what_moved_adds_up_exactly(alive: Any) -> None:
    found = _get(alive, "/v1/trends/moved", since="1405-08-05", until="1405-08-20")
    assert found["change"] == pytest.approx(found["net"] - found["previous_net"], abs=2e-4)
    assert found["mix"] + found["sentiment"] == pytest.approx(found["change"], abs=2e-6)
    assert sum(item["total"] for item in found["items"]) == pytest.approx(found["change"], abs=1e-4)


def test_the_planted_outage_and_the_planted_word_were_told_once_each(alive: Any) -> None:
    alerts = _get(alive, "/v1/alerts", days=40)["items"]
    outage = [one for one in alerts if one["subject"] == "payment_refund" and one["kind"] == "anomaly"]
    word = [one for one in alerts if one["kind"] == "emerging_term" and "کاغذی" in one["subject"]]
    assert len(outage) == 1
    assert outage[0]["sure"] > 0.999
    assert len(outage[0]["samples"]) == 3
    assert 1 <= len(word) <= 2


def test_an_outage_is_marked_on_the_day_it_began_also_in_a_period_it_reaches_into(alive: Any) -> None:
    alerts = _get(alive, "/v1/alerts", days=40)["items"]
    outage = next(one for one in alerts if (one["subject"], one["kind"]) == ("payment_refund", "anomaly"))
    began = date.fromisoformat(outage["since"])
    for since, is_marked in (
        (began, True),
        (began + timedelta(days=1), True),
        (began + timedelta(days=9), False),
    ):
        marks = _get(alive, "/v1/trends/marks", topic="payment_refund", since=since.isoformat())["items"]
        assert (began.isoformat() in {mark["day"] for mark in marks}) == is_marked


def test_kano_is_honest_about_thin_data(alive: Any) -> None:
    found = {item["topic"]: item for item in _get(alive, "/v1/kano", days=92)["items"]}
    for item in found.values():
        few = min(item["negative"], item["positive"]) < 30 or item["confounded_with"] is not None
        assert (item["class"] == "insufficient") == few
        assert (item["probability"] is None) == few
    assert found["hygiene_safety"]["class"] == "insufficient"
    assert found["hygiene_safety"]["class_fa"] == "دادهٔ ناکافی"
    assert found["hygiene_safety"]["probability"] is None


def test_a_digest_names_no_customer_and_its_link_ends(alive: Any) -> None:
    body = _get(alive, "/v1/digest", department="finance")
    assert body["sentences"]
    assert body["department_fa"]
    made = alive.post("/v1/digest/links", {"department": "finance", "days": 7})
    assert made.status_code == 201
    path = made.json()["path"]
    page = alive.get(path, role=None).text
    assert 'dir="rtl"' in page
    assert body["sentences"][0] in page
    assert "09120000000" not in page
    assert "۰۹۱۲۰۰۰۰۰۰۰" not in page
    alive.clock.forward(days=8)
    assert alive.get(path, role=None).status_code == 404
    assert alive.get("/v1/digest", params={"department": "moon"}).status_code == 404


def test_an_erased_comment_is_in_no_digest_and_no_alert(alive: Any) -> None:
    alive.post("/v1/digest/links", {"department": "all"})
    read = _get(alive, "/v1/digest")["comments"]
    alerts = _get(alive, "/v1/alerts", days=60)["items"]
    gone = [read[0]["id"], alerts[0]["samples"][0]["id"]]
    for id_ in gone:
        assert alive.call("DELETE", f"/v1/feedback/{id_}").status_code in {200, 204}
    assert [one["id"] for one in _get(alive, "/v1/digest")["comments"]] == [
        one["id"] for one in read if one["id"] not in gone
    ]
    samples = [one["id"] for alert in _get(alive, "/v1/alerts", days=60)["items"] for one in alert["samples"]]
    assert not set(gone) & set(samples)
    with read_from(alive.engine) as conn:
        kept = conn.execute(
            sa.select(outbox.c.payload).where(outbox.c.type.in_(["trend.anomaly", "topic.emerging"]))
        )
        quoted = [sample for payload in kept.scalars() for sample in payload.get("samples", ())]
    assert quoted
    assert not [one for one in quoted if one["id"] in gone and "text" in one]


def test_an_alert_keeps_no_words_of_comments_that_are_all_erased(desk: Any) -> None:
    line = desk.client.app.state.desk.line
    for number in range(8):
        desk.send("قورباغک توی سالاد رستوران پیدا کردیم", customer={"external_id": f"c{number}"})
    watch.watch(line, desk.clock.now)

    def waves() -> list[dict[str, Any]]:
        found = _get(desk, "/v1/alerts", days=7)["items"]
        return [one for one in found if one["kind"] == "wave"]

    (wave,) = waves()
    week = desk.clock.now.date()
    with begin(desk.engine) as conn:
        other = "«پیک» ۵ برابر شد"
        digests.insert(
            conn, desk.clock.now, "all", week, desk.clock.now, {"alerts": [wave["message_fa"], other]}
        )
    *first, last = [one["id"] for one in wave["samples"]]
    for id_ in first:
        desk.call("DELETE", f"/v1/feedback/{id_}")
    assert "قورباغک" in waves()[0]["message_fa"]
    desk.call("DELETE", f"/v1/feedback/{last}")
    (emptied,) = waves()
    assert (emptied["subject"], emptied["open"], emptied["figures"]["n"]) == ("", False, 8)
    with read_from(desk.engine) as conn:
        (event,) = conn.scalars(sa.select(outbox.c.payload).where(outbox.c.object_id == wave["id"]))
        kept = digests.find(conn, "all", week, desk.clock.now)
    assert "قورباغک" not in str((emptied, event, kept))
    assert kept is not None
    assert kept["body"]["alerts"] == [other]
    watch.watch(line, desk.clock.now)  # five are left, and say it still
    assert {"قورباغک" in one["message_fa"]: one["open"] for one in waves()} == {True: True, False: False}


def test_a_digest_link_is_made_by_agents_only(alive: Any) -> None:
    assert alive.post("/v1/digest/links", {"department": "finance"}, role="reader").status_code == 403


def test_a_correction_moves_the_numbers_at_once(alive: Any) -> None:
    before = _get(alive, "/v1/trends", days=92, topic="courier")["items"]
    comment = _get(alive, "/v1/feedback", q="صورت‌حساب", limit=1)["items"][0]
    answer = alive.post(f"/v1/feedback/{comment['id']}/corrections", {"topics": {"courier": "negative"}})
    assert answer.status_code in {200, 201}, answer.text
    after = _get(alive, "/v1/trends", days=92, topic="courier")["items"]
    assert after[0]["n"] > before[0]["n"]
    assert after[0]["negative"] > before[0]["negative"]


def test_the_open_tickets_of_each_week_come_as_csv_too(alive: Any) -> None:
    found = _get(alive, "/v1/performance", days=60)["backlog"]
    answer = alive.get("/v1/performance", params={"days": 60, "table": "backlog", "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["bucket"], int(row["open"])) for row in rows] == [(r["bucket"], r["open"]) for r in found]


def test_the_desk_looks_alive(alive: Any) -> None:
    found = _get(alive, "/v1/performance", days=60)
    total = found["total"]
    assert 0.5 < total["answered_in_time"] < 1
    assert total["reopened"] > 0
    assert 0 < total["open"] < total["n"] / 2
    assert found["promises"]["kept"] > 0
    assert total["compensation_paid"] <= total["compensation_asked"]
    assert found["backlog"]


def test_a_topic_chooses_who_leaves_and_does_not_change_their_risk(alive: Any) -> None:
    everybody = _get(alive, "/v1/leaving", days=30)
    risks = {one["customer"]: one for one in everybody["items"]}
    assert everybody["period"]["days"] == 180  # what was read, whatever was asked
    for asked in ({"topic": "courier"}, {"touchpoint": "loyalty"}, {"touchpoint": "delivery"}):
        found = _get(alive, "/v1/leaving", **asked)
        labels = {item["label_fa"] for item in _get(alive, "/v1/trends", days=180, **asked)["items"]}
        wanted = [one for one in everybody["items"] if set(one["topics"]) & labels]
        assert [one["customer"] for one in found["items"]] == [one["customer"] for one in wanted]
        assert all(one == risks[one["customer"]] for one in found["items"])
        assert found["n"] < everybody["n"]


def test_what_a_customer_who_leaves_is_worth_is_told_to_agents_alone(lite: Any) -> None:
    lite.send("دیگر از شما نمی‌خرم", customer={"external_id": "c-9", "lifetime_value": 7_654_321})
    for role, worth in (("reader", None), ("agent", 7_654_321)):
        (told,) = lite.get("/v1/leaving", role=role).json()["items"]
        assert (told["customer"], told["lifetime_value"]) == ("c-9", worth)
        assert ("7654321" in lite.get("/v1/leaving", role=role, params={"format": "csv"}).text) is bool(worth)
        lite.sign_in(role)
        page = lite.client.get("/journey").text
        assert ("c-9" in page, "ارزش" in page) == (True, bool(worth))


def test_what_a_customer_is_worth_is_asked_for_in_the_unit_of_the_pages(lite: Any) -> None:
    lite.send("دیگر از شما نمی‌خرم", customer={"external_id": "c-9", "lifetime_value": 7_700_000})
    lite.sign_in("agent")
    assert "۷٫۷ میلیون تومان" in lite.client.get("/journey").text
    asked = lite.get("/openapi.json").json()["components"]["schemas"]["CustomerIn"]["properties"]
    assert asked["lifetime_value"]["description"] == "به تومان"
    assert "تومان" in IMPORT_FIELDS["customer.lifetime_value"]


def test_no_wish_to_leave_fades_in_days_that_have_not_come(lite: Any) -> None:
    said = lite.send(
        "پشتیبانی جواب نداد، دیگر از شما نمی‌خرم",
        customer={"external_id": "c-5", "lifetime_value": 4_000_000},
        scores={"csat": 1},
    )
    tags = {"topics": {"support": "negative"}, "signals": ["churn_intent"]}
    assert lite.post(f"/v1/feedback/{said['id']}/corrections", tags).status_code == 201
    today = lite.clock.now.date()
    for until in (today, today + timedelta(days=22), today + timedelta(days=300)):
        asked = {"days": 400, "until": until.isoformat()}
        found = _get(lite, "/v1/leaving", **asked)
        assert [one["risk"] for one in found["items"]] == [70]
        assert found["period"]["until"] == today.isoformat()
        (risk,) = _get(lite, "/v1/drivers", **asked)["value_at_risk"]
        assert risk["value"] == 4_000_000


def test_whoever_leaves_is_told_of_or_counted(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(satisfaction, "LEAVING_SHOWN", 16)
    desk.sign_in("reader")
    for number in range(1, 18):
        desk.send("دیگر از شما نمی‌خرم", customer={"external_id": f"c-{number}"})
        if number in {15, 17}:
            assert ("۱۵ نفر از ۱۷ نفر" in desk.client.get("/journey").text) is (number == 17)
    found = _get(desk, "/v1/leaving")
    assert (found["n"], len(found["items"])) == (17, 16)
    table = desk.get("/v1/leaving", params={"format": "csv"}).text.removeprefix("\ufeff")
    assert {row["customer"] for row in csv.DictReader(io.StringIO(table))} == {
        f"c-{number}" for number in range(1, 18)
    }


def test_who_leaves_is_counted_beside_the_score_whatever_they_are_worth(lite: Any) -> None:
    said = lite.send(
        "پشتیبانی جواب نداد، دیگر از شما نمی‌خرم", customer={"external_id": "c-7"}, scores={"csat": 1}
    )
    tags = {"topics": {"support": "negative"}, "signals": ["churn_intent"]}
    assert lite.post(f"/v1/feedback/{said['id']}/corrections", tags).status_code == 201
    (item,) = _get(lite, "/v1/drivers")["items"]
    assert (item["leaving_customers"], item["value_at_risk"]) == (1, None)
    assert _get(lite, "/v1/leaving")["n"] == 1
    lite.sign_in("reader")
    assert ">۱ مشتری</span>" in lite.client.get("/drivers").text


def test_who_cannot_be_known_again_is_not_counted_among_those_who_came_once(lite: Any) -> None:
    for name, who in (("مریم", None), ("مریم", None), ("رضا", "c-1"), ("رضا", "c-1"), ("سارا", "c-2")):
        lite.send("بسته‌بندی پاره بود", customer={"name": name, "external_id": who})
    told = _get(lite, "/v1/journey")["contact"]
    assert (told["customers"], told["repeated"], told["per_customer"]) == (2, 1, 1.5)


def test_touchpoints_and_factors_share_the_mentions_among_them(alive: Any) -> None:
    for asked in ({"days": 60}, {"days": 60, "touchpoint": "delivery"}, {"days": 60, "channel": "app"}):
        found = _get(alive, "/v1/journey", **asked)
        assert sum(item["share"] for item in found["items"]) == pytest.approx(1, abs=1e-3)
    cells = _get(alive, "/v1/factors", days=60, by="channel")["items"]
    for value in {cell["value"] for cell in cells}:
        mine = [cell for cell in cells if cell["value"] == value and cell["n"]]
        assert sum(cell["share"] for cell in mine) == pytest.approx(1 if mine else 0, abs=1e-3)


def test_branches_that_look_the_same_when_masked_are_one(lite: Any) -> None:
    for branch, nps in (("09121234567", 10), ("09351234567", 0)):
        lite.send("پیک دیر رسید", branch=branch, scores={"nps": nps})
    (row,) = _get(lite, "/v1/factors", by="branch")["nps"]
    assert (row["branch"], row["comments"], row["n"], row["nps"]) == ("[موبایل]", 2, 2, 0)
    parts = _get(lite, "/v1/trends", segment="branch")["segments"]
    assert [(row["value"], row["n"]) for row in parts if row["topic"] == ""] == [("[موبایل]", 2)]
    seen = lite.get("/v1/trends", role="agent", params={"segment": "branch"}).json()["segments"]
    assert len([row for row in seen if row["topic"] == ""]) == 2


def test_the_keyboard_of_a_branch_makes_no_second_one(lite: Any) -> None:
    lite.send("پیک دیر رسید", branch="شعبهٔ  مركزي", product="چاي", customer={"tier": "نقره‌اي"})
    lite.send("پیک زود رسید", branch=" شعبهٔ مرکزی", product="چای", customer={"tier": "نقره‌ای"})
    for segment in ("branch", "product", "tier"):
        parts = _get(lite, "/v1/trends", segment=segment)["segments"]
        assert len({row["value"] for row in parts}) == 1, segment
    for asked in ({"branch": "شعبهٔ مركزی "}, {"product": "چاي"}, {"tier": "نقره‌اي"}):
        assert _get(lite, "/v1/trends", **asked)["total"]["n"] == 2, asked
        assert len(_get(lite, "/v1/feedback", **asked)["items"]) == 2, asked


def test_a_comment_counts_under_the_tier_its_customer_had_also_beside_later_ones(lite: Any) -> None:
    said = (
        ("تحویل سریع و تمیز، دستتون درد نکنه", "نقره‌ای"),
        ("عالی بود، ممنون", "طلایی"),
        ("بازم عالی، مرسی", None),
    )
    items = [{"text": text, "customer": {"external_id": "م-۱۲", "tier": tier}} for text, tier in said]
    assert lite.post("/v1/feedback/batch", {"items": items}, role="sender").json()["failed"] == 0
    rows = _get(lite, "/v1/trends", segment="tier")["segments"]
    assert {row["value"]: row["n"] for row in rows if not row["topic"]} == {"نقره‌ای": 1, "طلایی": 2}
    assert len(lite.get("/v1/feedback", params={"tier": "نقره‌ای"}).json()["items"]) == 1


def test_the_desk_narrowed_to_a_topic_is_that_topic_everywhere(alive: Any) -> None:
    whole = _get(alive, "/v1/performance", days=60, by="topic")
    one = next(item for item in whole["items"] if item["value"] == "payment_refund")
    found = _get(alive, "/v1/performance", days=60, topic="payment_refund")
    assert found["tickets"] == found["total"]["n"] == one["n"] < whole["tickets"]
    assert found["total"] == {name: one[name] for name in found["total"]}
    assert found["backlog"][-1]["open"] == one["open"]  # all that are open were opened within the period
    assert found["promises"]["made"] < whole["promises"]["made"]


def test_weeks_of_the_desk_follow_each_other(alive: Any) -> None:
    weeks = [item["value"] for item in _get(alive, "/v1/performance", days=90, by="week")["items"]]
    assert len(weeks) > 5
    assert weeks == sorted(weeks)


def test_open_alerts_are_counted_within_what_is_asked(alive: Any) -> None:
    for asked in ({"days": 30}, {"topic": "packaging"}, {"topic": "courier"}, {"until": "1405-08-15"}):
        found = _get(alive, "/v1/alerts", **asked)
        assert found["open"] == sum(item["open"] for item in found["items"])
    assert _get(alive, "/v1/alerts")["open"] > _get(alive, "/v1/alerts", topic="courier")["open"]
