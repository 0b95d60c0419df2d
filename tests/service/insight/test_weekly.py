"""Digests are written once their week is over, and say what was so within it."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from service import chores
from service.insight import weekly
from service.jalali import persian
from service.period import midnight
from service.storage import alerts, begin, jobs, read
from service.storage.insight_tables import digest_links, digests

#: The clock of the tests stands on its first morning.
THIS_WEEK = date(2026, 11, 28)
NOT_OVER = "هفته هنوز تمام نشده است."


def _digest(desk: Any, **params: Any) -> Any:
    answer = desk.get("/v1/digest", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _share(desk: Any, week: date) -> Any:
    return desk.post("/v1/digest/links", {"department": "technical", "week": week.isoformat()})


def test_a_running_week_is_drawn_up_anew_and_written_when_it_is_over(desk: Any) -> None:
    desk.send("برنامه باز نمی‌شود و خطا می‌دهد")
    first = _digest(desk, week=THIS_WEEK.isoformat())
    answer = _share(desk, THIS_WEEK)
    assert (answer.status_code, answer.json()["code"]) == (409, "week_not_over")
    assert "تمام نشده" in answer.json()["detail"]
    desk.send("سفارشم نرسید")
    second = _digest(desk, week=THIS_WEEK.isoformat())
    assert (first["n"], second["n"]) == (1, 2)
    assert first["sentences"][0] == second["sentences"][0] == NOT_OVER
    desk.clock.forward(days=7)
    line = desk.client.app.state.desk.line
    assert weekly.write(line, desk.clock.now) == len(weekly.departments(line))
    written = _digest(desk)
    assert (written["since"], written["n"]) == (THIS_WEEK.isoformat(), 2)
    assert NOT_OVER not in written["sentences"]
    assert _share(desk, THIS_WEEK).status_code == 201


def test_a_link_is_kept_for_as_long_as_it_leads_somewhere(desk: Any) -> None:
    assert _share(desk, THIS_WEEK - timedelta(days=7)).status_code == 201
    kept = []
    for _ in range(2):
        chores.tidy_up(desk.client.app.state.desk.line, desk.clock.now)
        with read(desk.engine) as conn:
            kept.append(len(conn.execute(sa.select(digest_links.c.hash)).all()))
        desk.clock.forward(days=14)
    assert kept == [1, 0]


def test_the_trail_tells_who_made_a_link_to_a_digest(desk: Any) -> None:
    made = desk.post("/v1/digest/links", {"department": "technical", "days": 7})
    assert made.status_code in {200, 201}
    (open_,) = desk.get("/v1/keys/links", role="admin").json()["items"]
    (line,) = desk.get("/v1/audit", role="admin", params={"action": "link.created"}).json()["items"]
    assert (line["object_id"], line["before"], line["after"]["kind"]) == (open_["id"], None, "digest")
    assert line["after"]["expires_at"] == open_["expires_at"]
    assert made.json()["path"].rsplit("/", 1)[-1] not in str(line)
    assert desk.call("DELETE", f"/v1/keys/links/{open_['id']}").status_code == 204
    lines = desk.get("/v1/audit", role="admin", params={"object_id": open_["id"]}).json()["items"]
    assert [one["action"] for one in lines] == ["link.ended", "link.created"]
    assert lines[0]["before"]["title"] == lines[1]["after"]["title"]
    running = desk.clock.now.date().isoformat()
    assert desk.post("/v1/digest/links", {"week": running}).status_code == 409  # what failed is no deed
    assert len(desk.get("/v1/audit", role="admin", params={"action": "link.created"}).json()["items"]) == 1


def test_a_week_that_was_kept_while_it_ran_is_written_again(desk: Any) -> None:
    line = desk.client.app.state.desk.line
    desk.send("برنامه باز نمی‌شود و خطا می‌دهد")
    early = _digest(desk, week=THIS_WEEK.isoformat()) | {"comments": [], "n": 0}
    values = {"id": "dg_1", "department": "all", "week": THIS_WEEK.toordinal(), "made_at": desk.clock.now}
    with begin(desk.engine) as conn:
        conn.execute(sa.insert(digests).values(**values, body=early))
    assert _digest(desk, week=THIS_WEEK.isoformat())["n"] == 1
    desk.clock.forward(days=7)
    assert _digest(desk)["n"] == 1
    weekly.write(line, desk.clock.now)
    assert weekly.write(line, desk.clock.now) == 0
    with read(desk.engine) as conn:
        kept = conn.execute(sa.select(digests).where(digests.c.department == "all")).mappings().one()
    assert (kept["id"], kept["body"]["n"]) == ("dg_1", 1)


def test_a_week_that_has_not_begun_has_no_digest(lite: Any) -> None:
    future = THIS_WEEK + timedelta(days=7)
    for answer in (lite.get("/v1/digest", params={"week": future.isoformat()}), _share(lite, future)):
        assert (answer.status_code, answer.json()["code"]) == (422, "week_not_begun")
        assert "آغاز نشده" in answer.json()["detail"]


def test_a_past_week_tells_no_alert_of_today(desk: Any) -> None:
    then = midnight(THIS_WEEK - timedelta(days=10))
    facts = {"kind": "anomaly", "since": then.toordinal(), "sure": 0.99, "figures": {"n": 9}, "samples": []}
    with begin(desk.engine) as conn:
        for subject in ("courier", "packaging"):
            alerts.raise_(conn, then, facts | {"subject": subject, "message_fa": subject})
        today = {"figures": {"n": 9, "peak_until": THIS_WEEK.isoformat()}, "message_fa": "امروز"}
        alerts.raise_(conn, desk.clock.now, facts | {"subject": "courier"} | today)
    assert _digest(desk, week=then.date().isoformat())["alerts"] == ["packaging"]
    assert _digest(desk, week=THIS_WEEK.isoformat())["alerts"] == ["امروز"]  # the other one was told then


@pytest.mark.parametrize(("department", "n"), [("delivery", 3), ("all", 4)])
def test_a_comment_on_two_topics_of_a_department_is_one_comment(desk: Any, department: str, n: int) -> None:
    for number in range(3):
        said = desk.send(f"پیک بی‌ادب بود و سفارش خیلی دیر رسید {number}")
        topics = {"courier": "negative", "delivery_time": "negative"}
        answer = desk.post(f"/v1/feedback/{said['id']}/corrections", {"topics": topics})
        assert answer.status_code in {200, 201}, answer.text
    desk.send("برنامه باز نمی‌شود")
    found = _digest(desk, week=THIS_WEEK.isoformat(), department=department)
    assert found["n"] == n


@pytest.mark.parametrize("department", ["all", "delivery"])
def test_a_mood_is_called_worse_only_where_comments_suffice(lite: Any, department: str) -> None:
    def say(text: str, count: int, week: int) -> None:
        at = midnight(THIS_WEEK) - timedelta(days=7 * week - 2)
        for number in range(count):
            lite.send(text, created_at=(at + timedelta(minutes=number)).isoformat())

    for text, week in (("پیک مؤدب و مهربان بود، ممنون", 2), ("پیک بی‌ادب بود و سفارشم خیلی دیر رسید", 1)):
        say(text, 2, week)
    few = _digest(lite, department=department)
    assert few["net"] < few["previous_net"] - 0.5
    assert not any("بدتر" in one for one in few["sentences"])
    for text, week in (("پیک مؤدب و مهربان بود، ممنون", 2), ("پیک بی‌ادب بود و سفارشم خیلی دیر رسید", 1)):
        say(text, 15, week)
    assert any("بدتر از هفتهٔ پیش" in one for one in _digest(lite, department=department)["sentences"])


def _say(lite: Any, count: int, day: date) -> None:
    """Let couriers be spoken of so often on a day."""
    for number in range(count):
        at = midnight(day) + timedelta(minutes=number)
        lite.send("پیک بی‌ادب بود", created_at=at.isoformat())


def test_what_a_running_week_lacks_may_still_come(lite: Any) -> None:
    for count, age in ((1, 14), (9, 5), (1, 0)):
        _say(lite, count, THIS_WEEK - timedelta(days=age))
    running = _digest(lite, week=THIS_WEEK.isoformat())
    lite.clock.forward(days=7)
    over = _digest(lite, week=THIS_WEEK.isoformat())
    assert [[row["topic"] for row in week["fell"]] for week in (running, over)] == [[], ["courier"]]
    said = "بیش از همه «پیک» پایین آمد: ۱ نظر، هفتهٔ پیش ۹."
    assert [said in week["sentences"] for week in (running, over)] == [False, True]


@pytest.mark.parametrize(("age", "is_known"), [(5, False), (13, False), (14, True), (20, True), (60, False)])
def test_nothing_rose_against_a_week_that_was_not_recorded(lite: Any, age: int, is_known: bool) -> None:
    """The desk knows the days since the first comment, but not those behind a gap of a month."""
    for count, days in ((1, age), (9, 3)):
        _say(lite, count, THIS_WEEK - timedelta(days=days))
    told = _digest(lite)
    assert [row["topic"] for row in told["rose"]] == (["courier"] if is_known else [])
    before = f"هفتهٔ پیش {persian(told['previous_n'])}" if is_known else "با هفتهٔ پیش سنجیدنی نیست"
    assert told["sentences"][0] == f"در این هفته {persian(told['n'])} نظر رسید ({before})."


def test_the_page_knows_at_the_midnight_of_tehran_that_a_week_is_over(lite: Any) -> None:
    lite.clock.now = midnight(THIS_WEEK) + timedelta(minutes=30)
    lite.sign_in()
    over, running = (lite.client.get("/digest", params=asked).text for asked in ({}, {"week": "2026-11-28"}))
    assert "هفتهٔ بعد" in over
    assert "پیوند برای همکاران" in over
    assert NOT_OVER in running
    assert "هفتهٔ بعد" not in running
    assert "پیوند برای همکاران" not in running
    assert lite.client.get("/digest", params={"week": "2026-12-05"}).status_code == 422


def test_no_digest_is_written_of_weeks_before_anything_came_in(lite: Any) -> None:
    line = lite.client.app.state.desk.line
    assert weekly.write(line, lite.clock.now) == 0
    lite.send("سفارشم نرسید", created_at=(lite.clock.now - timedelta(days=5)).isoformat())
    assert _digest(lite)["n"] == 1
    assert weekly.write(line, lite.clock.now) == len(weekly.departments(line))


def test_no_digest_is_written_while_a_history_is_imported(lite: Any) -> None:
    line, now = lite.client.app.state.desk.line, lite.clock.now
    lite.send("سفارشم نرسید", created_at=(now - timedelta(days=5)).isoformat())
    with begin(lite.engine) as conn:
        job = jobs.create(conn, now, filename="سال.csv", plan={}, total=2, created_by="key_1")
        jobs.queue(conn, job)
    assert weekly.write(line, now) == 0
    with begin(lite.engine) as conn:
        jobs.finish(conn, job, now, "done")
    assert weekly.write(line, now) == len(weekly.departments(line))


def test_a_digest_page_escapes_what_customers_wrote(lite: Any) -> None:
    lite.send("<script>alert(1)</script> سفارشم نرسید", created_at="2026-11-23T08:00:00Z")
    shared = lite.post("/v1/digest/links", {}).json()["path"]
    lite.sign_in()
    for path in ("/digest", shared):
        page = lite.client.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
        assert "۲ آذر ۱۴۰۵" in page


def test_a_written_digest_says_when_it_was_written(lite: Any) -> None:
    lite.send("سفارشم نرسید", created_at=(lite.clock.now - timedelta(days=5)).isoformat())
    assert _digest(lite)["written_at"] is None
    weekly.write(lite.client.app.state.desk.line, lite.clock.now)
    lite.clock.forward(days=2)
    lite.send("پیک مؤدب بود", created_at=(lite.clock.now - timedelta(days=6)).isoformat())
    kept = _digest(lite)
    assert (kept["n"], kept["written_at"]) == (1, "2026-11-28T06:30:00Z")
    lite.sign_in()
    assert "نوشته‌شده در ۷ آذر ۱۴۰۵" in lite.client.get("/digest").text
