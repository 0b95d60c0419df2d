"""A person's word counts at once, for the comment and for all that say the same, and can be taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep

import pytest
import sqlalchemy as sa

from service import chores
from service.comments import correcting
from service.corrections import Correction
from service.jalali import TEHRAN
from service.storage import audit, begin, customers, erasure, read, review, schema

COLD = "غذا سرد بود و پیک دیر رسید"
PHONE = "به ۰۹۱۲۱۲۳۴۵۶۷ زنگ بزنید، غذای خراب فرستادید و کسی پاسخ‌گو نیست"


def _correct(desk, id_, **said):
    return desk.post(f"/v1/feedback/{id_}/corrections", said)


def _tags(desk, id_):
    return desk.get(f"/v1/feedback/{id_}").json()["tags"]


def test_words_that_proved_a_mood_do_not_prove_the_one_that_a_person_said(lite):
    sent = lite.send(COLD)
    was = sent["tags"]["sentiment"]
    assert was["spans"]
    _correct(lite, sent["id"], sentiment="neutral")
    assert (_tags(lite, sent["id"])["sentiment"]["label"], _tags(lite, sent["id"])["sentiment"]["spans"]) == (
        "neutral",
        [],
    )
    _correct(lite, sent["id"], sentiment=was["label"])
    assert _tags(lite, sent["id"])["sentiment"]["spans"] == was["spans"]


def test_a_correction_counts_at_once_with_who_said_it_and_what_it_was(desk):
    sent = desk.send(COLD)
    answer = _correct(desk, sent["id"], category="question", topics={"packaging": "negative"}, urgency="high")
    assert answer.status_code == 201
    assert answer.json()["changed"] == ["category", "topics", "urgency"]
    line = answer.json()["items"][0]
    assert (line["field"], line["before"], line["after"]) == ("category", "complaint", "question")
    assert line["model_version"] == sent["tags"]["model"]["version"]
    tags = _tags(desk, sent["id"])
    assert tags["category"] == {"label": "question", "confidence": 1.0}
    assert [topic["id"] for topic in tags["topics"]] == ["packaging"]
    assert (tags["urgency"]["level"], tags["urgency"]["score"] >= 40) == ("high", True)
    assert len(desk.get("/v1/feedback", params={"topic": "packaging"}).json()["items"]) == 1
    with read(desk.engine) as conn:
        events = conn.scalars(sa.select(schema.outbox.c.type)).all()
    assert "feedback.corrected" in events


def test_a_correction_holds_for_comments_that_say_the_same_and_for_no_others(desk):
    _correct(desk, desk.send(COLD)["id"], category="suggestion", sentiment="neutral")
    same = desk.send("سلام! غذا سرررد بود، و پيك دير رسيد!!!")
    other = desk.send("غذا سرد نبود و پیک دیر رسید")
    assert same["tags"]["category"]["label"] == "suggestion"
    assert same["tags"]["sentiment"]["label"] == "neutral"
    assert other["tags"]["category"]["label"] != "suggestion"
    followed = desk.get(f"/v1/feedback/{same['id']}/corrections").json()["items"]
    assert all(line["source"] for line in followed)


def test_comments_that_came_before_and_say_the_same_follow_and_wait_no_more_for_a_review(desk, monkeypatch):
    monkeypatch.setattr(correcting, "_TOGETHER", 3)
    sent = [desk.send(COLD, external_id=f"n{number}") for number in range(5)]
    other = desk.send("غذا سرد نبود و پیک دیر رسید")
    said = {"category": "suggestion", "sentiment": "neutral", "urgency": "critical"}
    line = _correct(desk, sent[2]["id"], **said).json()["items"][0]
    for one in sent:
        tags = _tags(desk, one["id"])
        assert (tags["category"]["label"], tags["urgency"]["level"]) == ("suggestion", "critical")
        assert desk.get(f"/v1/tickets/{one['ticket']['id']}").json()["urgency_score"] >= 80
    assert _tags(desk, other["id"])["category"] == other["tags"]["category"]
    followed = desk.get(f"/v1/feedback/{sent[0]['id']}/corrections").json()["items"]
    assert line["id"] in {one["source"] for one in followed}
    with read(desk.engine) as conn:
        doubts = {row["id"]: row["confidence"] for row in review.uncertain(conn, 10)}
    assert doubts[sent[0]["id"]] == 1.0
    undone = desk.call("DELETE", f"/v1/corrections/{line['id']}", "agent").json()["changed"]
    assert sorted(undone) == sorted(one["id"] for one in sent)
    assert _tags(desk, sent[4]["id"])["category"] == sent[4]["tags"]["category"]


def test_a_correction_that_is_sent_again_reaches_those_that_a_broken_one_did_not(desk, monkeypatch):
    # the database was away before those that say the same were changed
    monkeypatch.setattr(correcting, "_ROUNDS", 0)
    first, second = (desk.send(COLD, external_id=f"n{number}")["id"] for number in range(2))
    _correct(desk, first, category="suggestion")
    assert _tags(desk, second)["category"]["label"] != "suggestion"
    monkeypatch.undo()
    assert _correct(desk, first, category="suggestion").status_code == 201
    assert _tags(desk, second)["category"]["label"] == "suggestion"


def test_what_a_person_said_of_a_comment_itself_outlives_what_is_said_of_another(desk):
    judged, corrected, old, last = (desk.send(COLD, external_id=f"n{number}")["id"] for number in range(4))
    long_ago = desk.clock.now - timedelta(days=31)
    with begin(desk.engine) as conn:
        came = sa.update(schema.feedback).where(schema.feedback.c.id == old)
        conn.execute(came.values(received_at=long_ago))
    _correct(desk, judged)
    line = desk.client.app.state.desk.line
    one_click = Correction(field="category", value="question")
    assert correcting.correct(line, corrected, one_click, "key_1", desk.clock.now)
    assert _tags(desk, last)["category"]["label"] == "question"
    _correct(desk, last, category="suggestion")
    labels = [_tags(desk, id_)["category"]["label"] for id_ in (judged, corrected, old, last)]
    assert labels == ["complaint", "question", "complaint", "suggestion"]


def test_an_undone_correction_is_undone_wherever_it_was_applied(desk):
    first = desk.send(COLD)
    line = _correct(desk, first["id"], category="suggestion").json()["items"][0]
    second = desk.send(COLD)
    undone = desk.call("DELETE", f"/v1/corrections/{line['id']}", "agent")
    assert sorted(undone.json()["changed"]) == sorted([first["id"], second["id"]])
    for id_ in (first["id"], second["id"]):
        assert _tags(desk, id_)["category"] == first["tags"]["category"]
    assert desk.send(COLD)["tags"]["category"] == first["tags"]["category"]
    again = desk.call("DELETE", f"/v1/corrections/{line['id']}", "agent")
    assert (again.status_code, again.json()["code"]) == (409, "correction_not_standing")


def test_what_was_said_before_stands_again_on_comments_that_followed_a_later_word(desk):
    first = desk.send(COLD)["id"]
    _correct(desk, first, category="suggestion")
    items = _correct(desk, first, category="question").json()["items"]
    (later,) = [line["id"] for line in items if line["after"] == "question"]
    second = desk.send(COLD)["id"]
    desk.call("DELETE", f"/v1/corrections/{later}", "agent")
    third = desk.send(COLD)["id"]
    labels = [_tags(desk, id_)["category"]["label"] for id_ in (first, second, third)]
    assert labels == ["suggestion"] * 3


def test_many_that_say_the_same_are_changed_a_few_at_a_time_and_none_is_left(desk, monkeypatch):
    sent = [desk.send(COLD)["id"]]
    line = _correct(desk, sent[0], category="suggestion").json()["items"][0]
    sent += [desk.send(COLD, external_id=f"n{number}")["id"] for number in range(7)]
    monkeypatch.setattr(correcting, "_TOGETHER", 3)
    untagged = correcting._untagged
    some = []

    def break_off(conn, line, undone, ids, *told):
        if some:
            raise RuntimeError("the process died")
        some.extend(ids)
        return untagged(conn, line, undone, ids, *told)

    monkeypatch.setattr(correcting, "_untagged", break_off)
    address = f"/v1/corrections/{line['id']}"
    assert desk.call("DELETE", address, "agent").status_code == 500
    labels = [_tags(desk, id_)["category"]["label"] for id_ in sent]
    assert (len(some), labels.count("suggestion")) == (3, 5)
    monkeypatch.setattr(correcting, "_untagged", untagged)
    left = desk.call("DELETE", address, "agent").json()["changed"]  # goes on where it broke off
    assert sorted(left) == sorted(set(sent) - set(some))
    assert {_tags(desk, id_)["category"]["label"] for id_ in sent} == {"complaint"}
    assert desk.call("DELETE", address, "agent").status_code == 409


def test_a_corrected_urgency_moves_the_ticket_in_its_queue_and_back(desk):
    sent = desk.send(COLD)
    before = desk.get(f"/v1/tickets/{sent['ticket']['id']}").json()["urgency_score"]
    line = _correct(desk, sent["id"], urgency="critical").json()["items"][0]
    assert desk.get(f"/v1/tickets/{sent['ticket']['id']}").json()["urgency_score"] >= 80
    desk.call("DELETE", f"/v1/corrections/{line['id']}", "agent")
    assert desk.get(f"/v1/tickets/{sent['ticket']['id']}").json()["urgency_score"] == before


def test_what_a_person_calls_critical_is_urgent_at_once_and_for_who_says_the_same(desk):
    said = "بسته‌بندی کمی ساده بود، بهتر است محکم‌تر باشد"
    sent = desk.send(said, customer={"external_id": "p-9"})
    id_ = sent["ticket"]["id"]
    assert sent["ticket"]["priority"] in {"low", "medium"}
    desk.post(f"/v1/tickets/{id_}/pend", {})
    line = _correct(desk, sent["id"], urgency="critical", topics={"security_privacy": "negative"}).json()
    ticket = desk.get(f"/v1/tickets/{id_}").json()
    assert (ticket["priority"], ticket["queue"], ticket["status"]) == ("urgent", "security", "open")
    assert ticket["rule"] == "security_incident"
    assert ticket["urgency_score"] >= 80
    due = datetime.fromisoformat(ticket["due_at"])
    assert due - desk.clock.now <= timedelta(minutes=15)
    with read(desk.engine) as conn:
        (raised,) = conn.scalars(
            sa.select(schema.outbox.c.payload).where(schema.outbox.c.type == "urgency.raised")
        )
    assert raised["to"] == "urgent"
    other = desk.send(said, customer={"external_id": "p-10"})["ticket"]
    assert (other["priority"], other["queue"]) == ("urgent", "security")
    assert "قطعی نیست" not in other["reason"]
    (urgency,) = (one for one in line["items"] if one["field"] == "urgency")
    desk.call("DELETE", f"/v1/corrections/{urgency['id']}", "agent")
    back = desk.get(f"/v1/tickets/{id_}").json()
    assert (back["priority"], back["queue"]) == ("urgent", "security")  # only a person lowers it
    assert back["urgency_score"] < 80


THREAT = "سه بار زنگ زدم و کسی جواب نداد، پولم را برنگردانید می‌روم تعزیرات"


def _heard(tags):
    return {signal["name"]: signal["confidence"] for signal in tags["signals"]}


def test_signals_are_corrected_like_any_tag_and_found_by_what_they_are_now(desk):
    sent = desk.send(THREAT)
    heard = _heard(sent["tags"])
    assert "legal_threat" in heard
    wanted = ["fraud", *sorted(heard.keys() - {"legal_threat"}), "fraud"]
    answer = _correct(desk, sent["id"], signals=wanted)
    assert answer.json()["changed"] == ["signals"]
    (line,) = answer.json()["items"]
    assert (line["before"], line["after"]) == (sorted(heard), sorted(set(wanted)))
    tags = _tags(desk, sent["id"])
    assert _heard(tags) == dict.fromkeys(sorted(set(wanted)), 1.0)
    kept = {signal["name"]: signal["spans"] for signal in sent["tags"]["signals"]}
    assert all(signal["spans"] == kept.get(signal["name"], []) for signal in tags["signals"])
    for signal, n in (("fraud", 1), ("legal_threat", 0)):
        assert len(desk.get("/v1/feedback", params={"signal": signal}).json()["items"]) == n
    assert _heard(desk.send(THREAT)["tags"]) == _heard(tags)
    judged = {(row["field"], row["label"]): row for row in desk.get("/v1/quality").json()["labels"]}
    assert judged["signals", "legal_threat"]["corrected"] == 1
    assert ("signals", "fraud") not in judged  # that it was missed is no mistake of its tags
    desk.call("DELETE", f"/v1/corrections/{line['id']}", "agent")
    assert _heard(_tags(desk, sent["id"])) == heard
    assert _correct(desk, sent["id"], signals=sorted(heard)).json()["changed"] == []


def test_danger_that_a_person_hears_raises_the_ticket_that_is_open(desk):
    sent = desk.send("بسته‌بندی کمی ساده بود، بهتر است محکم‌تر باشد", customer={"external_id": "p-3"})
    id_ = sent["ticket"]["id"]
    assert sent["ticket"]["priority"] in {"low", "medium"}
    _correct(desk, sent["id"], signals=["fraud"])
    assert desk.get(f"/v1/tickets/{id_}").json()["priority"] in {"high", "urgent"}


def test_a_signal_that_nobody_knows_is_refused_by_name(lite):
    answer = _correct(lite, lite.send(COLD)["id"], signals=["rain"])
    assert answer.status_code == 422
    assert [(error["path"], error["code"]) for error in answer.json()["errors"]] == [
        ("signals.rain", "unknown_label")
    ]


def test_a_comment_without_a_ticket_gets_one_when_a_person_sees_danger_in_it(desk):
    usual = desk.send(COLD)["ticket"]
    sent = desk.send("مرسی که شماره‌ام ۰۹۱۲۱۲۳۴۵۶۷ را یادتان بود، عالی بودید", customer={"external_id": "p-9"})
    assert sent["ticket"] is None
    _correct(desk, sent["id"], category="complaint", topics={"security_privacy": "negative"})
    assert desk.get(f"/v1/feedback/{sent['id']}").json()["ticket"] is None  # nobody said that it is urgent
    _correct(desk, sent["id"], urgency="critical")
    id_ = desk.get(f"/v1/feedback/{sent['id']}").json()["ticket"]["id"]
    ticket = desk.get(f"/v1/tickets/{id_}").json()
    assert (ticket["priority"], ticket["queue"], ticket["status"]) == ("urgent", "security", "open")
    assert [one["id"] for one in ticket["comments"]] == [sent["id"]]
    assert [line["action"] for line in ticket["audit"]] == ["ticket.opened"]
    assert ticket["audit"][0]["actor"] != "routing"
    with read(desk.engine) as conn:
        query = sa.select(schema.outbox.c.payload).where(schema.outbox.c.type == "ticket.opened")
        first, told = conn.scalars(query.order_by(schema.outbox.c.id))
    assert (first["ticket"]["id"], told["ticket"]["id"]) == (usual["id"], id_)
    assert (first.keys(), first["feedback"].keys()) == (told.keys(), told["feedback"].keys())
    assert "۰۹۱۲" not in str(told)
    _correct(desk, sent["id"], urgency="none")
    assert desk.get(f"/v1/tickets/{id_}").json()["priority"] == "urgent"


def test_danger_that_was_taken_for_thanks_takes_up_the_ticket_that_was_settled_before_it_came(desk):
    customer = {"external_id": "p-12"}
    late = desk.send("سفارشم سه روز است نیامده، پیگیری کنید", customer=customer)
    id_ = late["ticket"]["id"]
    desk.post(f"/v1/tickets/{id_}/resolve", {})
    desk.clock.forward(hours=5)
    thanks = desk.send("ممنون، دستتان درد نکند، واقعاً سنگ تمام گذاشتید", customer=customer)
    assert (thanks["ticket"]["id"], thanks["ticket"]["status"]) == (id_, "resolved")
    _correct(desk, late["id"], urgency="critical")  # of what was dealt with
    assert desk.get(f"/v1/tickets/{id_}").json()["status"] == "resolved"
    _correct(desk, thanks["id"], category="complaint", signals=["health_safety"], urgency="critical")
    ticket = desk.get(f"/v1/tickets/{id_}").json()
    assert (ticket["status"], ticket["priority"], ticket["queue"]) == ("reopened", "urgent", "safety")
    assert ticket["due_at"] is not None
    assert ticket["contacts"] == 2
    with read(desk.engine) as conn:
        events = conn.scalars(sa.select(schema.outbox.c.type).where(schema.outbox.c.object_id == id_)).all()
    assert {"ticket.reopened", "urgency.raised"} <= set(events)


@pytest.mark.parametrize(("touched", "status"), [(False, "resolved"), (True, "open")])
def test_a_ticket_that_was_opened_by_a_slip_goes_with_it(lite, touched, status):
    sent = lite.send("مرسی که یادتان بود، عالی بودید")
    line = _correct(lite, sent["id"], urgency="critical").json()["items"][0]
    id_ = lite.get(f"/v1/feedback/{sent['id']}").json()["ticket"]["id"]
    if touched:
        lite.post(f"/v1/tickets/{id_}/note", {"body": "با فروشگاه هماهنگ شد"})
    lite.call("DELETE", f"/v1/corrections/{line['id']}", "agent")
    assert lite.get(f"/v1/tickets/{id_}").json()["status"] == status
    again = lite.send(COLD)
    line = _correct(lite, again["id"], urgency="critical").json()["items"][0]
    lite.call("DELETE", f"/v1/corrections/{line['id']}", "agent")
    assert lite.get(f"/v1/tickets/{again['ticket']['id']}").json()["status"] == "open"


def test_a_ticket_of_a_correction_outlives_a_second_thought_that_is_taken_back(lite):
    sent = lite.send("مرسی که یادتان بود، عالی بودید")
    _correct(lite, sent["id"], urgency="critical")
    id_ = lite.get(f"/v1/feedback/{sent['id']}").json()["ticket"]["id"]
    items = _correct(lite, sent["id"], urgency="high").json()["items"]
    (second,) = [one["id"] for one in items if one["after"] == "high"]
    lite.call("DELETE", f"/v1/corrections/{second}", "agent")
    assert _tags(lite, sent["id"])["urgency"]["level"] == "critical"
    assert lite.get(f"/v1/tickets/{id_}").json()["status"] == "open"
    for level, status in (("none", "resolved"), ("critical", "reopened"), ("normal", "resolved")):
        _correct(lite, sent["id"], urgency=level)
        assert lite.get(f"/v1/tickets/{id_}").json()["status"] == status


@pytest.mark.parametrize("last", ["resolve", "reopen"])
def test_a_ticket_that_a_person_settled_or_took_up_again_is_moved_by_no_correction(lite, last):
    sent = lite.send("مرسی که یادتان بود، عالی بودید")
    line = _correct(lite, sent["id"], urgency="high").json()["items"][0]
    id_ = lite.get(f"/v1/feedback/{sent['id']}").json()["ticket"]["id"]
    for step in ("resolve", "reopen")[: 1 + (last == "reopen")]:
        status = lite.post(f"/v1/tickets/{id_}/{step}", {}).json()["status"]
    if last == "resolve":
        _correct(lite, sent["id"], signals=["fraud"])
    else:
        lite.call("DELETE", f"/v1/corrections/{line['id']}", "agent")
    assert lite.get(f"/v1/tickets/{id_}").json()["status"] == status


def test_a_ticket_that_only_the_clock_touched_goes_with_the_slip_that_opened_it(lite):
    sent = lite.send("مرسی که یادتان بود، عالی بودید")
    line = _correct(lite, sent["id"], urgency="critical").json()["items"][0]
    id_ = lite.get(f"/v1/feedback/{sent['id']}").json()["ticket"]["id"]
    lite.clock.forward(minutes=12)
    chores.watch_clocks(lite.client.app.state.desk.line, lite.clock.now)
    trail = lite.get(f"/v1/tickets/{id_}").json()["audit"]
    assert "ticket.clocks" in {line["action"] for line in trail}
    lite.call("DELETE", f"/v1/corrections/{line['id']}", "agent")
    assert lite.get(f"/v1/tickets/{id_}").json()["status"] == "resolved"


def test_what_was_promised_goes_with_the_slip_that_opened_the_ticket_and_comes_back_with_it(lite):
    sent = lite.send("عالی بود، گفتید تا دوشنبه کد تخفیف می‌دهید ممنون")
    assert sent["ticket"] is None
    line = _correct(lite, sent["id"], urgency="high").json()["items"][0]
    id_ = lite.get(f"/v1/feedback/{sent['id']}").json()["ticket"]["id"]

    def promised():
        return [one["status"] for one in lite.get(f"/v1/tickets/{id_}").json()["promises"]]

    assert promised() == ["open"]
    lite.call("DELETE", f"/v1/corrections/{line['id']}", "agent")
    assert promised() == ["kept"]
    _correct(lite, sent["id"], urgency="high")
    assert promised() == ["open"]
    _correct(lite, sent["id"], urgency="none")
    answer = lite.client.post(f"/tickets/{id_}/unresolve", headers=lite.person(), follow_redirects=False)
    assert (answer.status_code, promised()) == (303, ["open"])


def test_a_ticket_whose_opener_was_milder_than_it_seemed_is_as_pressing_as_the_rest(lite):
    customer = {"external_id": "p-9"}
    opener = lite.send("بسته‌بندی کمی ساده بود، بهتر است محکم‌تر باشد", customer=customer)
    danger = lite.send("توی غذام سوسک بود و بچه‌م مسموم شد", customer=customer)
    assert opener["ticket"]["id"] == danger["ticket"]["id"]
    _correct(lite, opener["id"], urgency="none")
    kept = lite.get(f"/v1/tickets/{opener['ticket']['id']}").json()["urgency_score"]
    assert kept == danger["tags"]["urgency"]["score"] >= 80


def test_labels_that_do_not_exist_are_refused_by_name(lite):
    id_ = lite.send(COLD)["id"]
    topics = {"weather": "negative", "packaging": "negative", "courier": "angry", "rain": "positive"}
    wrong = _correct(lite, id_, category="rant", topics=topics, urgency="high")
    assert [error["path"] for error in wrong.json()["errors"]] == [
        "category", "topics.weather", "topics.courier", "topics.rain",
    ]  # fmt: skip
    assert _tags(lite, id_)["urgency"]["level"] != "high"
    assert _correct(lite, "fb_none", category="praise").status_code == 404


def test_thanks_that_come_after_a_ticket_was_settled_were_seen_by_nobody(desk):
    customer = {"external_id": "p-9"}
    settled = desk.send(COLD, customer=customer)["ticket"]["id"]
    desk.clock.forward(minutes=9)
    desk.post(f"/v1/tickets/{settled}/resolve", {})
    desk.clock.forward(hours=9)
    assert desk.send("ممنون، عالی بود", customer=customer)["ticket"]["status"] == "resolved"
    accepted = {row["label"]: row["accepted"] for row in desk.get("/v1/quality").json()["labels"]}
    assert (accepted["complaint"], accepted["praise"]) == (1, 0)


def test_quality_counts_what_people_left_and_what_they_changed(desk):
    kept, changed, _unseen = (desk.send(f"{COLD} سفارش {number}")["id"] for number in range(3))
    _correct(desk, kept)
    _correct(desk, changed, category="praise")
    row = _of_complaints(desk)
    assert (row["tagged"], row["accepted"], row["corrected"], row["coverage"]) == (3, 1, 1, 1.0)
    assert (row["accuracy"], row["enough_data"]) == (0.5, False)
    assert row["interval"][0] < 0.5 < row["interval"][1]


def test_quality_counts_a_correction_once_however_often_the_text_is_sent_again(desk):
    first = desk.send(COLD)["id"]
    _correct(desk, first, category="praise")
    again = [desk.send(COLD)["id"] for _ in range(3)]
    row = _of_complaints(desk)
    assert (row["tagged"], row["accepted"], row["corrected"]) == (4, 0, 1)
    _correct(desk, again[0])  # whoever leaves it as it is says nothing of the model's word, which is gone
    _correct(desk, again[1], category="question")
    assert (_of_complaints(desk)["accepted"], _of_complaints(desk)["corrected"]) == (0, 2)


def _of_complaints(desk):
    labels = desk.get("/v1/quality").json()["labels"]
    return next(row for row in labels if (row["field"], row["label"]) == ("category", "complaint"))


def test_the_review_queue_shows_the_unsure_and_a_draw_until_somebody_looked(desk):
    ids = {desk.send(f"{COLD} سفارش {number}")["id"] for number in range(6)}
    queue = desk.get("/v1/review-queue?limit=4&random_share=0.5", role="agent").json()["items"]
    assert len({item["id"] for item in queue} & ids) == 4
    assert {item["drawn"] for item in queue} == {"uncertain", "random"}
    for id_ in ids:
        _correct(desk, id_)
    assert desk.get("/v1/review-queue", role="agent").json()["items"] == []


def test_as_many_are_drawn_by_chance_on_every_day_and_the_same_all_day(desk):
    for number in range(6):
        desk.send(f"{COLD} سفارش {number}")
    midnight = desk.clock.now.astimezone(TEHRAN).replace(hour=0, minute=0)
    days = [midnight + timedelta(days=ahead) for ahead in range(40)]
    with read(desk.engine) as conn:
        mornings = [_drawn(conn, day + timedelta(minutes=1)) for day in days]
        evenings = [_drawn(conn, day + timedelta(hours=23, minutes=59)) for day in days]
    assert {len(drawn) for drawn in mornings} == {2}
    assert mornings == evenings
    assert len(set(map(frozenset, mornings))) > 1


def _drawn(conn, now):
    return [row["id"] for row, why in review.to_look_at(conn, 4, 2, now) if why == "random"]


def _file_bytes(engine):
    path = Path(engine.url.database)
    return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))


def test_an_erased_comment_is_gone_from_every_table_and_file(desk):
    sent = desk.post(
        "/v1/feedback",
        {"text": PHONE, "external_id": "e-1", "customer": {"external_id": "c-1", "name": "سارا"}},
        role="sender",
        headers={"Idempotency-Key": "once"},
    ).json()
    _correct(desk, sent["id"], category="question")
    desk.post(f"/v1/tickets/{sent['ticket']['id']}/reply", {"body": "غذای خراب را جبران می‌کنیم"})
    report = desk.call("DELETE", f"/v1/feedback/{sent['id']}", "admin").json()
    assert report["removed"]["payloads"] >= 2
    assert (report["removed"]["answers"], report["removed"]["messages"]) == (1, 1)
    everything = _everything(desk.engine)
    for words in ("۰۹۱۲", "خراب", "فرستادید", "سارا"):
        assert words not in everything, words
    while chores.tidy_up(desk.client.app.state.desk.line, desk.clock.now):
        pass
    if desk.engine.dialect.name == "sqlite":
        for words in ("۰۹۱۲", "خراب", "فرستادید", "سارا"):
            assert words.encode() not in _file_bytes(desk.engine), words
    seen = desk.get(f"/v1/feedback/{sent['id']}", role="admin").json()
    assert (seen["text"], bool(seen["erased_at"])) == ("", True)
    assert desk.get("/v1/feedback").json()["items"] == []
    assert desk.get("/v1/feedback", params={"q": "خراب"}).json()["items"] == []
    assert desk.call("DELETE", f"/v1/feedback/{sent['id']}", "admin").status_code == 404
    back = desk.post("/v1/feedback", {"text": PHONE, "external_id": "e-1"}, role="sender")
    assert (back.status_code, back.json()["code"]) == (409, "erased")


ID = "09351112233"


def test_with_the_last_comment_go_its_question_the_reasons_of_its_ticket_and_whose_it_was(desk):
    asked = {"question": "سارا، از پیک راضی بودید؟", "customer": {"external_id": ID, "name": "سارا"}}
    first, second = desk.send(PHONE, **asked), desk.send(COLD, **asked)
    ticket = f"/v1/tickets/{first['ticket']['id']}"
    assert second["ticket"]["joined"]
    desk.post(f"{ticket}/escalate", {"priority": "urgent", "reason": "سارا دوباره زنگ زد"})
    desk.post(f"{ticket}/resolve", {"reason": "با سارا صحبت شد"})
    desk.call("DELETE", f"/v1/feedback/{first['id']}", "admin")
    assert "با سارا صحبت شد" in desk.get(ticket, role="agent").text
    assert ID in desk.get(f"/v1/feedback/{second['id']}", role="agent").text
    desk.call("DELETE", f"/v1/feedback/{second['id']}", "admin")
    everything = _everything(desk.engine)
    for words in ("سارا", ID):
        assert words not in everything, words
    with read(desk.engine) as conn:
        done = audit.latest(conn, "ticket.resolve", first["ticket"]["id"])["after"]
    # what was done stays, and so does the way back from it
    assert (done["reason"], done["status"], done["was"]["status"]) == ("", "resolved", "open")


def test_an_open_ticket_of_which_nothing_is_left_is_settled_and_says_why(desk):
    first, second = (desk.send(text, customer={"external_id": ID}) for text in (PHONE, COLD))
    ticket = f"/v1/tickets/{first['ticket']['id']}"
    assert second["ticket"]["id"] == first["ticket"]["id"]
    desk.call("DELETE", f"/v1/feedback/{first['id']}", "admin")
    assert desk.get(ticket).json()["status"] == "open"
    desk.call("DELETE", f"/v1/feedback/{second['id']}", "admin")
    left = desk.get(ticket, role="agent").json()
    assert (left["status"], left["audit"][-1]["action"]) == ("resolved", "ticket.resolve")
    assert left["audit"][-1]["after"]["reason"] == "نظرهای این تیکت پاک شد."
    assert desk.post(f"/v1/queues/{left['queue']}/claim").status_code == 204


def test_who_writes_after_all_their_comments_were_erased_is_somebody_new(desk):
    first = desk.send(PHONE, customer={"external_id": ID, "tier": "vip"})
    desk.call("DELETE", f"/v1/feedback/{first['id']}", "admin")
    again = desk.send(COLD, customer={"external_id": ID})
    assert (again["ticket"]["joined"], again["ticket"]["id"] == first["ticket"]["id"]) == (False, False)
    customer = desk.get(f"/v1/feedback/{again['id']}", role="agent").json()["customer"]
    assert (customer["external_id"], customer["tier"], customer["contacts"]) == (ID, None, 1)
    desk.call("DELETE", f"/v1/feedback/{again['id']}", "admin")
    assert ID not in _everything(desk.engine)


def test_what_a_customer_is_worth_is_forgotten_with_their_last_comment(desk):
    who = {"external_id": ID, "name": "سارا", "tier": "vip", "lifetime_value": 777_000}
    first, second = desk.send(PHONE, customer=who), desk.send(COLD, customer=who)

    def worth():
        with read(desk.engine) as conn:
            known = conn.execute(sa.select(schema.customers.c.tier, schema.customers.c.lifetime_value))
            return [*known, *conn.execute(sa.select(schema.tickets.c.customer_value))]

    desk.call("DELETE", f"/v1/feedback/{first['id']}", "admin")
    assert worth()[0] == ("vip", 777_000)
    desk.call("DELETE", f"/v1/feedback/{second['id']}", "admin")
    assert worth()[0] == (None, None)
    assert {value for (value,) in worth()[1:]} == {0.0}


def test_who_writes_while_their_last_comment_is_erased_is_somebody_new(desk):
    known, now = customers.Customer(external_id=ID), desk.clock.now

    def write():
        with begin(desk.engine) as conn:
            customers.meet(conn, [ID], now)
            return customers.touch(conn, [known], now)[ID]

    id_ = write()
    with ThreadPoolExecutor(1) as pool:
        with begin(desk.engine) as conn:
            customers.hold(conn, id_)
            written = pool.submit(write)
            sleep(0.3)  # it found the customer, and waits for us
            erasure.clear_customer(conn, id_)
        assert written.result() != id_


def test_erasing_looks_the_events_of_a_comment_up_and_reads_past_no_others(lite, planned):
    id_, cleared = lite.send(PHONE)["id"], []
    steps = planned(lite.engine, "outbox", lambda conn: cleared.append(erasure.clear_events(conn, id_, [])))
    assert cleared == [2]
    assert any(step.startswith("SEARCH outbox USING INDEX ix_outbox_object_id") for step in steps)
    assert not any(step.startswith("SCAN outbox") for step in steps)


def test_the_search_index_is_rid_of_many_erased_comments_together_and_step_by_step(lite, monkeypatch):
    monkeypatch.setattr(erasure, "_PAGES", 1)
    line, steps = lite.client.app.state.desk.line, []
    sa.event.listen(line.engine, "before_cursor_execute", lambda *told: steps.append(told[2]))
    merges = lambda: sum("feedback_search" in step for step in steps)  # noqa: E731
    sent = [lite.send(f"{COLD} {'زنجبیل' if number < 9 else 'نعنا'} {number}")["id"] for number in range(30)]
    for id_ in sent[:9]:
        assert lite.call("DELETE", f"/v1/feedback/{id_}", "admin").status_code == 200
    assert merges() == 0
    rest = "نجبیل".encode()  # the index writes only what a word does not share with the one before
    assert rest in _file_bytes(lite.engine)
    while chores.tidy_up(line, lite.clock.now):
        pass
    assert merges() > 1
    assert rest not in _file_bytes(lite.engine)
    steps.clear()
    chores.tidy_up(line, lite.clock.now)
    assert merges() == 0
    assert len(lite.get("/v1/feedback", params={"q": "نعنا"}).json()["items"]) == 21
    assert lite.get("/v1/feedback", params={"q": "زنجبیل"}).json()["items"] == []


def _duplicates(desk, *texts):
    """Return the comments of one customer, each with a ticket of its own, as duplicates come about."""
    sent = []
    for text in texts:
        sent.append(desk.send(text, customer={"external_id": "c-1"}))
        desk.post(f"/v1/tickets/{sent[-1]['ticket']['id']}/resolve", {})
        desk.clock.forward(days=8)
    for one in sent:
        desk.post(f"/v1/tickets/{one['ticket']['id']}/reopen", {})
    return sent


def _merge(desk, one, into):
    answer = desk.post(f"/v1/tickets/{one['ticket']['id']}/merge", {"into": into["ticket"]["id"]})
    assert answer.status_code == 200, answer.text


def _everything(engine):
    with read(engine) as conn:
        return str([conn.execute(sa.select(table)).all() for table in schema.metadata.tables.values()])


def test_a_comment_is_erased_from_every_ticket_that_was_merged(desk):
    first, second, third = _duplicates(desk, PHONE, COLD, "بسته پاره رسید و جواب نمی‌دهید")
    desk.post(f"/v1/tickets/{first['ticket']['id']}/reply", {"body": "غذای خراب را جبران می‌کنیم"})
    _correct(desk, first["id"], category="question")
    _merge(desk, first, second)
    _merge(desk, second, third)
    report = desk.call("DELETE", f"/v1/feedback/{first['id']}", "admin").json()
    assert report["removed"]["payloads"] >= 3  # created, classified, and the ticket that it opened
    everything = _everything(desk.engine)
    for words in ("۰۹۱۲", "فرستادید"):
        assert words not in everything, words
    assert "پیک دیر رسید" in everything
    with read(desk.engine) as conn:
        hashes = sa.select(schema.corrections.c.text_hash)
        assert set(conn.scalars(hashes)) == {None}
        reasons = sa.select(schema.tickets.c.id, schema.tickets.c.reason_fa)
        kept = {id_: bool(reason) for id_, reason in conn.execute(reasons)}
    assert kept == {first["ticket"]["id"]: False, second["ticket"]["id"]: True, third["ticket"]["id"]: True}
    for one in (second, third):
        desk.call("DELETE", f"/v1/feedback/{one['id']}", "admin")
    everything = _everything(desk.engine)
    for words in ("خراب", "پیک دیر", "پاره"):
        assert words not in everything, words


def test_only_admins_erase(lite):
    id_ = lite.send(COLD)["id"]
    answer = lite.call("DELETE", f"/v1/feedback/{id_}", "agent")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    assert answer.json()["detail"] == "نقش «کارشناس» برای این کار کافی نیست؛ نقش «مدیر» لازم است."
