"""The desk's own figures narrowed to topics, on SQLite and on PostgreSQL, and week by week."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from service.insight import reports
from service.storage import Engine, begin, filling, performance
from service.storage.schema import feedback, feedback_topics, promises, tickets

NOW = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
TOPICS = ("courier", "delivery_time", "packaging", "support", "payment_refund")


def test_the_work_on_some_topics_is_that_of_the_tickets_that_speak_of_them(engine: Engine) -> None:
    plan = filling.Filling(
        comments=240, days=60, now=NOW, texts=["پیک دیر رسید"], topics=TOPICS, queues=["support"]
    )
    since, until = NOW - timedelta(days=40), NOW + timedelta(days=1)
    about = ("courier", "support")
    with begin(engine) as conn:
        filling.fill(conn, plan)
        ids = conn.execute(sa.select(tickets.c.id).order_by(tickets.c.id)).scalars().all()
        # a second comment joins some tickets, and may bring them a topic
        later = conn.execute(sa.select(feedback.c.id).where(feedback.c.ticket_id.is_(None))).scalars().all()
        for ticket, comment in zip(ids[::4], later, strict=False):
            conn.execute(sa.update(feedback).where(feedback.c.id == comment).values(ticket_id=ticket))
            conn.execute(sa.update(tickets).where(tickets.c.id == ticket).values(contacts=2))
        still_open = {"status": "assigned", "resolved_at": None}
        conn.execute(sa.update(tickets).where(tickets.c.id.in_(ids[::9])).values(still_open))
        said = sa.select(feedback.c.ticket_id).join(
            feedback_topics, feedback_topics.c.feedback_id == feedback.c.id
        )
        mine = set(conn.execute(said.where(feedback_topics.c.topic.in_(about))).scalars()) - {None}
        rows = {row.id: row for row in conn.execute(sa.select(tickets)) if row.id in mine}
        made = conn.execute(sa.select(promises).where(promises.c.ticket_id.in_(mine))).all()
        opened_since = {id_ for id_, row in rows.items() if since <= row.opened_at < until}
        assert 0 < len(opened_since) < len(rows) < len(ids)
        assert performance.count(conn, since, until, about) == len(opened_since)
        assert {row["id"] for row in performance.opened(conn, since, until, 900, about)} == opened_since
        spoken = performance.topics(conn, sorted(rows))
        assert all(spoken[id_] & set(about) for id_ in rows)
        counts = performance.promised(conn, since, until, about)
        moments = [NOW - timedelta(days=days) for days in range(63, -8, -7)]
        found = performance.backlog(conn, moments, about)
    assert sum(row["n"] for row in counts) == sum(since <= row.due_at < until for row in made)
    assert found == [
        sum(
            row.opened_at < at and (row.resolved_at is None or row.resolved_at >= at) for row in rows.values()
        )
        for at in moments
    ]


def test_of_weeks_that_have_not_begun_no_open_tickets_are_told(lite: Any) -> None:
    lite.send("سه روزه سفارشم نرسیده")
    today = lite.clock.now.date()
    days = {
        "since": (today - timedelta(days=8)).isoformat(),
        "until": (today + timedelta(days=30)).isoformat(),
    }
    told = lite.get("/v1/performance", params=days).json()["backlog"]
    begun = [date(2026, 11, 14), date(2026, 11, 21), date(2026, 11, 28)]
    assert [(row["bucket"], row["open"]) for row in told] == [
        (week.isoformat(), int(week == begun[-1])) for week in begun
    ]


def test_a_week_without_a_ticket_stands_between_those_that_have_some(lite: Any) -> None:
    asked = {"by": "week", "days": 60}
    assert lite.get("/v1/performance", params=asked).json()["items"] == []
    lite.send("سه روزه سفارشم نرسیده")
    lite.clock.forward(days=15)
    lite.send("پیک غذا را سرد آورد و کسی جواب نداد")
    lite.clock.forward(days=7)
    told = lite.get("/v1/performance", params=asked).json()
    assert [row["n"] for row in told["items"]] == [1, 0, 1, 0]
    assert [row["value"] for row in told["items"]] == [row["bucket"] for row in told["backlog"]][-4:]
    assert told["items"][1]["answered_in_time"] is None


def test_whatever_a_person_does_first_is_the_first_touch_of_an_urgent_ticket(lite: Any) -> None:
    ticket = lite.send("توی غذا شیشه بود و دهنم زخم شد")["ticket"]
    assert ticket["priority"] == "urgent"
    lite.clock.forward(minutes=4)
    due = {"due_at": (lite.clock.now + timedelta(hours=5)).isoformat()}
    assert lite.post(f"/v1/tickets/{ticket['id']}/promises", due).status_code == 200
    lite.clock.forward(minutes=90)
    assert lite.post(f"/v1/tickets/{ticket['id']}/note", {"body": "با مشتری صحبت شد"}).status_code == 200
    assert lite.get("/v1/performance").json()["total"]["urgent_touch_minutes"] == 4


def test_what_was_paid_on_two_tickets_is_paid_on_the_one_they_become(lite: Any) -> None:
    customer, made = {"external_id": "c-4"}, []
    for text, amount, currency in (
        ("غذا سرد و بی‌مزه بود", 900_000, "IRR"),
        ("پیک سفارشم رو گم کرد", 40_000, "IRT"),
    ):
        ticket = lite.send(text, customer=customer)["ticket"]["id"]
        for state in ("offered", "paid"):
            body = {"state": state, "amount": amount, "currency": currency}
            assert lite.post(f"/v1/tickets/{ticket}/compensation", body).status_code == 200
        assert lite.post(f"/v1/tickets/{ticket}/resolve", {}).status_code == 200
        lite.clock.forward(days=8)  # what comes now is another matter
        made.append(ticket)
    for ticket in made:
        assert lite.post(f"/v1/tickets/{ticket}/reopen", {}).status_code == 200
    before = lite.get("/v1/performance").json()["total"]["paid_rials"]
    assert lite.post(f"/v1/tickets/{made[0]}/merge", {"into": made[1]}).status_code == 200
    after = lite.get("/v1/performance").json()["total"]["paid_rials"]
    assert before == after == 1_300_000


@pytest.mark.parametrize("most", [2, 3, 4])
def test_who_reads_figures_of_the_newest_tickets_is_told_so(
    lite: Any, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Three tickets were opened."""
    for number in range(3):
        lite.send(f"سه روزه سفارش {number} من نرسیده", customer={"external_id": f"c-{number}"})
    monkeypatch.setattr(reports, "MOST", most)
    week = lite.clock.now.date().isoformat()
    told = lite.get("/v1/performance", params={"days": 7}).json()
    digest = lite.get("/v1/digest", params={"week": week}).json()
    lite.sign_in()
    page = lite.client.get("/work").text
    assert (told["tickets"], told["total"]["n"], told["sampled"]) == (3, min(most, 3), most < 3)
    assert digest["tickets"]["n"] == 3
    newest = "از ۲ تای تازه‌تر ۲" if most < 3 else "۳"
    assert f"۳ تیکت باز شد و {newest} تا باز مانده است." in digest["sentences"]
    assert ("از ۳ تیکت این بازه، ۲ تای تازه‌تر شمرده شده است." in page) == (most < 3)
