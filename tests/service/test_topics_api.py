"""Topics of the company's own, from the API to all that counts them, on both databases."""

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from service import importing, rulefile
from service.comments import reading_ahead, uploads
from service.insight import watch
from service.period import last_days
from service.storage import Engine, begin, read, rollups
from service.storage.scope import Scope

pytestmark = pytest.mark.usefixtures("forgotten")

WARRANTY = {"name_fa": "گارانتی", "query": "گارانتی | ضمانت", "queue": "finance", "touchpoint": "after_sales"}
TEXT = "گارانتی گوشی رو قبول نکردن، خیلی بد بود"


def made(desk: Any, **told: Any) -> str:
    answer = desk.post("/v1/topics", WARRANTY | told, role="admin")
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["id"]
    return id_


def moods(desk: Any, id_: str) -> dict[str, str]:
    return {tag["id"]: tag["sentiment"] for tag in desk.get(f"/v1/feedback/{id_}").json()["tags"]["topics"]}


def ids(receipt: dict[str, Any]) -> list[str]:
    return [topic["id"] for topic in receipt["tags"]["topics"]]


def test_a_topic_tags_from_the_moment_it_exists_and_the_past_stays_as_it_was(desk: Any) -> None:
    before = desk.send(TEXT)
    id_ = made(desk)
    after = desk.send(TEXT + "!")
    assert ids(after)[-1] == id_
    assert ids(desk.get(f"/v1/feedback/{before['id']}").json()) == ids(before)
    (mine,) = [topic for topic in after["tags"]["topics"] if topic["id"] == id_]
    assert (mine["label_fa"], mine["touchpoint"], mine["factor"]) == ("گارانتی", "after_sales", None)
    assert [span["text"] for span in mine["spans"]] == ["گارانتی"]
    assert after["ticket"]["queue"] == "finance"  # whose topic it is
    assert ids({"tags": desk.post("/v1/analyze", {"text": TEXT}, role="sender").json()})[-1] == id_
    (item,) = desk.post("/v1/analyze/batch", {"items": [{"text": TEXT}]}, role="sender").json()["results"]
    assert ids(item)[-1] == id_
    (sent,) = desk.post("/v1/feedback/batch", {"items": [{"text": TEXT}]}, role="sender").json()["results"]
    assert ids(sent["feedback"])[-1] == id_


def test_what_counts_topics_counts_it_and_knows_its_name(desk: Any) -> None:
    id_ = made(desk)
    for number in range(12):
        desk.send(f"{TEXT} {number}")
    desk.send(TEXT, scores={"csat": 1})
    desk.send("عالی بود ممنون")
    items = {item["topic"]: item for item in desk.get("/v1/trends").json()["items"]}
    assert (items[id_]["label_fa"], items[id_]["n"], items[id_]["negative"]) == ("گارانتی", 13, 13)
    assert items[id_]["share_change"] is None  # nothing is known of the period before
    assert items[id_]["net_change"] is None
    assert items[id_]["usual_n"] is None
    assert desk.get("/v1/feedback", params={"topic": id_}).json()["items"][0]["text"] == TEXT
    assert desk.get("/v1/trends", params={"topic": id_}).json()["items"][0]["topic"] == id_
    assert id_ not in {item["topic"] for item in desk.get("/v1/trends/moved").json()["items"]}
    places = {item["touchpoint"]: item["topics"] for item in desk.get("/v1/journey").json()["items"]}
    assert "گارانتی" in places["after_sales"]
    for path in (
        "/v1/factors",
        "/v1/drivers",
        "/v1/kano",
        "/v1/performance",
        "/v1/trends/marks",
        "/v1/emerging",
    ):
        assert desk.get(path).status_code == 200, path
    rows = csv.DictReader(desk.get("/v1/trends", params={"format": "csv"}).text.lstrip("\ufeff").splitlines())
    assert id_ in {row["topic"] for row in rows}
    desk.clock.forward(days=8)
    week = {"week": (desk.clock.now - timedelta(days=8)).date().isoformat(), "department": "finance"}
    body = desk.get("/v1/digest", params=week).json()
    assert (body["n"], body["rose"], body["tickets"]["n"]) == (13, [], 13)
    assert body["sentences"][0] == "در این هفته ۱۳ نظر رسید (با هفتهٔ پیش سنجیدنی نیست)."
    rose = desk.get("/v1/digest", params=week | {"department": "all"}).json()["rose"]
    assert id_ not in {row["topic"] for row in rose}
    with begin(desk.engine) as conn:
        assert rollups.rebuild(conn) == 14


def test_the_mood_of_an_own_topic_is_compared_with_no_days_on_which_it_was_not_counted(desk: Any) -> None:
    id_ = made(desk)
    desk.send(TEXT, created_at=(desk.clock.now - timedelta(days=40)).isoformat())
    desk.send(TEXT)
    (item,) = [one for one in desk.get("/v1/trends").json()["items"] if one["topic"] == id_]
    assert (item["n"], item["previous_n"]) == (1, 1)
    assert (item["share_change"], item["net_change"]) == (None, None)


def test_an_own_topic_that_begins_is_no_news(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def many(text: str, count: int, days: int) -> None:
        at = (desk.clock.now - timedelta(days=days)).isoformat()
        items = [{"text": f"{text} {number}", "created_at": at} for number in range(count)]
        assert desk.post("/v1/feedback/batch", {"items": items}, role="sender").json()["failed"] == 0

    for days in range(1, 70):
        many("عالی بود ممنون", 4, days)
    id_ = made(desk)
    for days in range(3):
        many(TEXT, 15, days)

    def news() -> tuple[set[str], int]:
        scope = Scope(period=last_days(desk.clock.now, 30))
        with read(desk.engine) as conn:
            alerts = {alert.kind for alert in watch.look(conn, desk.clock.now, ()) if alert.subject == id_}
            return alerts, len(watch.marks(conn, scope, [id_], (), desk.clock.now))

    assert news() == (set(), 0)
    # without what is known of its beginning, it would have come out of nowhere
    monkeypatch.setattr("service.rules.topics.is_counted", lambda *_: True)
    monkeypatch.setattr("service.rules.topics.counted_since", lambda _, first: first)
    assert news()[0] >= {"emerging_topic"}
    assert news()[1]


def test_an_own_topic_is_no_news_either_when_it_has_been_counted_for_eight_weeks(lite: Any) -> None:
    def many(text: str, count: int, days: int) -> None:
        at = (lite.clock.now - timedelta(days=days)).isoformat()
        items = [{"text": f"{text} {number}", "created_at": at} for number in range(count)]
        assert lite.post("/v1/feedback/batch", {"items": items}, role="sender").json()["failed"] == 0

    for days in range(60):
        many("عالی بود ممنون", 1, days)
    id_ = made(lite)
    lite.clock.forward(days=58)
    for days in range(57):
        many(TEXT, 6, days)
    days_off = lite.client.app.state.desk.line.calendars.days_off
    with read(lite.engine) as conn:
        told = [
            alert.message_fa for alert in watch.look(conn, lite.clock.now, days_off) if alert.subject == id_
        ]
        assert told == []
    many(TEXT, 30, 0)
    with read(lite.engine) as conn:
        kinds = [alert.kind for alert in watch.look(conn, lite.clock.now, days_off) if alert.subject == id_]
    assert kinds == ["anomaly"]


def test_of_an_archived_topic_nobody_says_that_it_fell(lite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = made(lite)
    for part in range(2):
        days = [lite.clock.now - timedelta(days=day) for day in range(1 + 30 * part, 31 + 30 * part)]
        items = [{"text": f"{TEXT} {n}", "created_at": day.isoformat()} for day in days for n in range(4)]
        assert lite.post("/v1/feedback/batch", {"items": items}, role="sender").json()["failed"] == 0
    monkeypatch.setattr("service.rules.topics.counted_since", lambda _, first: first)
    assert lite.post(f"/v1/topics/{id_}/archive", role="admin").status_code == 200
    lite.clock.forward(days=10)

    def told() -> tuple[int, float | None]:
        marks = lite.get("/v1/trends/marks", params={"topic": id_, "days": 30}).json()["items"]
        rows = lite.get("/v1/trends", params={"days": 30}).json()["items"]
        (row,) = [row for row in rows if row["topic"] == id_]
        return len(marks), row["usual_n"]

    assert told() == (0, None)
    monkeypatch.setattr("service.rules.topics.counted_until", lambda _, until: until)
    assert told()[0] > 0


def test_a_new_version_counts_other_words_and_the_trail_tells_the_old_ones(desk: Any) -> None:
    id_ = made(desk)
    desk.clock.forward(days=1)
    told = desk.call(
        "PATCH", f"/v1/topics/{id_}", json={"query": "وارانتی", "queue": None, "version": 1}
    ).json()
    assert (told["version"], told["query"], told["queue"], told["name_fa"]) == (2, "وارانتی", None, "گارانتی")
    assert told["since"] > told["created_at"]
    assert id_ not in ids(desk.send(TEXT))
    assert id_ in ids(desk.send("وارانتی نداره"))
    renamed = desk.call("PATCH", f"/v1/topics/{id_}", json={"name_fa": " ضمانت‌نامه "}).json()
    assert (renamed["name_fa"], renamed["since"]) == ("ضمانت‌نامه", told["since"])
    trail = desk.get("/v1/audit", params={"object_id": id_}, role="admin").json()["items"]
    assert [line["action"] for line in trail] == ["topic.changed", "topic.changed", "topic.created"]
    assert trail[1]["before"] == {"version": 1, "query": WARRANTY["query"], "queue": "finance"}
    stale = desk.call("PATCH", f"/v1/topics/{id_}", json={"query": "ضمانت", "version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "topic_changed")
    assert desk.call("PATCH", f"/v1/topics/{id_}", json={}).json()["version"] == 3  # nothing changed


def test_an_archived_topic_tags_no_more_and_keeps_its_past(desk: Any) -> None:
    id_ = made(desk)
    desk.send(TEXT)
    assert desk.post(f"/v1/topics/{id_}/archive", role="admin").json()["archived_at"] is not None
    assert id_ not in ids(desk.send(TEXT + "!"))
    named = {item["topic"]: item["label_fa"] for item in desk.get("/v1/trends").json()["items"]}
    assert named[id_] == "گارانتی"
    again = desk.post(f"/v1/topics/{id_}/archive", role="admin")
    assert (again.status_code, again.json()["code"]) == (409, "topic_archived")
    assert made(desk) != id_  # its name is free again


@pytest.mark.parametrize(
    ("wrong", "path", "code"),
    [
        ({"query": "(گارانتی"}, "query", "query_invalid"),
        ({"query": "-گارانتی"}, "query", "query_invalid"),
        ({"name_fa": "پيك"}, "name_fa", "name_taken"),  # as one of the model's
        ({"queue": "nowhere"}, "queue", "queue_not_found"),
        ({"touchpoint": "moon"}, "touchpoint", "unknown_touchpoint"),
        ({"name_fa": " "}, "name_fa", "text_empty"),
    ],
)
def test_what_no_topic_can_be_is_refused_by_field(
    lite: Any, wrong: dict[str, str], path: str, code: str
) -> None:
    answer = lite.post("/v1/topics", WARRANTY | wrong, role="admin")
    assert answer.status_code == 422
    assert [(error["path"], error["code"]) for error in answer.json()["errors"]] == [(path, code)]


def test_admins_make_topics_and_readers_look(lite: Any) -> None:
    assert lite.post("/v1/topics", WARRANTY, role="agent").status_code == 403
    id_ = made(lite)
    assert [row["id"] for row in lite.get("/v1/topics", role="reader").json()["items"]] == [id_]
    assert lite.get("/v1/topics", role="sender").status_code == 403
    assert lite.call("PATCH", "/v1/topics/own_none", json={}).json()["code"] == "topic_not_found"


def test_of_two_who_make_the_same_topic_at_once_one_does(opened: Any, newest_postgres_engine: Engine) -> None:
    desk = opened(newest_postgres_engine)
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: desk.post("/v1/topics", WARRANTY, role="admin").status_code, range(4))
        )
    assert sorted(answers) == [201, 422, 422, 422]


def test_there_are_never_too_many(lite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.rules.topics.MOST", 1)
    made(lite)
    answer = lite.post("/v1/topics", WARRANTY | {"name_fa": "دیگر"}, role="admin")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_topics")


def test_a_person_has_the_last_word_on_own_topics_too(desk: Any) -> None:
    id_ = made(desk)
    first = desk.send(TEXT)
    body = desk.post(f"/v1/feedback/{first['id']}/corrections", {"topics": {"courier": "negative"}})
    assert body.status_code == 201
    assert id_ not in ids(desk.send(TEXT))
    other = desk.send("وسیله‌ای که فرستادید خراب بود")
    told = desk.post(f"/v1/feedback/{other['id']}/corrections", {"topics": {id_: "negative"}})
    assert told.status_code == 201
    assert id_ in ids(desk.get(f"/v1/feedback/{other['id']}").json())
    examples = desk.get("/v1/exports/examples", role="agent")
    assert "وسیله" in examples.text
    assert id_ not in examples.text  # the model is not taught what a query finds


def test_a_merged_topic_lives_on_in_the_other_one(desk: Any) -> None:
    first, second = made(desk), made(desk, name_fa="وارانتی", query="وارانتی -پیام")
    told = desk.post(f"/v1/topics/{second}/merge", {"into": first}, role="admin").json()
    assert (told["id"], told["version"], told["query"]) == (first, 2, "(گارانتی | ضمانت) | (وارانتی -پیام)")
    assert first in ids(desk.send("وارانتی نداره"))
    assert second not in ids(desk.send("وارانتی هم نداره"))
    rows = {row["id"]: row for row in desk.get("/v1/topics").json()["items"]}
    assert rows[second]["merged_into"] == first
    assert rows[second]["archived_at"] is not None
    line = desk.get("/v1/audit", params={"object_id": second}, role="admin").json()["items"][0]
    assert (line["action"], line["after"]) == ("topic.merged", {"version": 2, "merged_into": first})
    for into, code in ((second, "topic_archived"), ("own_none", "topic_not_found")):
        assert desk.post(f"/v1/topics/{first}/merge", {"into": into}, role="admin").json()["code"] == code
    itself = desk.post(f"/v1/topics/{first}/merge", {"into": first}, role="admin")
    assert itself.json()["errors"][0]["code"] == "same_topic"


def test_what_a_person_said_of_a_topic_lives_on_where_it_was_merged_into_and_ends_with_it(desk: Any) -> None:
    first, second = made(desk), made(desk, name_fa="وارانتی", query="وارانتی")
    said, text = {"courier": "negative", second: "positive"}, "وارانتی نداره"
    told = desk.send(text)["id"]
    assert desk.post(f"/v1/feedback/{told}/corrections", {"topics": said}).status_code == 201
    desk.post(f"/v1/topics/{second}/merge", {"into": first}, role="admin")
    later = desk.send(text)["id"]
    assert moods(desk, later) == {"courier": "negative", first: "positive"}
    assert moods(desk, told) == said  # what was reported stays true
    assert desk.post(f"/v1/topics/{first}/archive", role="admin").status_code == 200
    assert moods(desk, desk.send(text)["id"]) == {"courier": "negative"}
    desk.post(f"/v1/feedback/{later}/corrections", {"category": "question"})
    assert moods(desk, later) == {"courier": "negative", first: "positive"}


def test_two_topics_that_ask_too_much_together_stay_two(lite: Any) -> None:
    many = " | ".join(f"واژه{number}" for number in range(50))
    first, second = made(lite, query=many), made(lite, name_fa="دیگر", query=many)
    answer = lite.post(f"/v1/topics/{second}/merge", {"into": first}, role="admin")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "query_invalid")
    assert [row["version"] for row in lite.get("/v1/topics").json()["items"]] == [1, 1]


def test_rules_may_name_an_own_topic(desk: Any) -> None:
    id_ = made(desk, queue=None)
    rule = f'[[rules]]\nname = "own"\nfa = "گارانتی"\nwhen = {{ topics = ["{id_}"] }}\nqueue = "quality"\n\n[[rules]]'
    rules = rulefile.FILE.read_text(encoding="utf-8").replace("[[rules]]", rule, 1)
    tried = desk.post("/v1/rules/test", {"text": TEXT, "rules": rules}).json()
    assert (tried["after"]["rule"], tried["after"]["queue"]) == ("own", "quality")


def test_another_process_takes_up_what_one_made(opened: Any, engine: Engine) -> None:
    first, second = opened(engine), opened(engine)
    id_ = made(first)
    second.client.app.state.desk.live.follow_topics()
    assert id_ in ids(second.send(TEXT))


def test_a_large_file_is_read_elsewhere_by_the_same_topics(
    lite: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    id_ = made(lite)
    monkeypatch.setattr(reading_ahead, "_LARGE_BYTES", 0)
    file = tmp_path / "comments.csv"
    file.write_text(f"text\n{TEXT}\nعالی بود\n", encoding="utf-8")
    with file.open("rb") as raw:
        upload = uploads.Upload(file=raw, filename=file.name)
        job = importing.run(lite.client.app.state.desk.line, upload, lite.clock, say=print)
    assert job["created"] == 2
    (row,) = lite.get("/v1/feedback", params={"topic": id_}).json()["items"]
    assert row["ticket"]["queue"] == "finance"
