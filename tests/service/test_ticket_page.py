"""What the page of a ticket says and offers, without a browser: names of deeds, days that can be promised."""

import ast
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import service
from service import rulefile, sla
from service.storage import begin, keys
from service.web import names, ticket

HOUSE = Path(service.__file__).parent
CALENDARS = sla.load()


def _deeds() -> set[str]:
    """Return every deed that the code writes into the trail of a ticket."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in HOUSE.rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    written = {
        leaf.value
        for call in calls
        if getattr(call.func, "attr", getattr(call.func, "id", "")) in {"keep", "record"}
        for leaf in ast.walk(call)
        if isinstance(leaf, ast.Constant) and str(leaf.value).startswith(("ticket.", "promise."))
    }
    steps = {
        leaf.value
        for call in calls
        if getattr(call.func, "id", "") == "act" and len(call.args) > 2
        for leaf in ast.walk(call.args[1])
        if isinstance(leaf, ast.Constant)
    }
    # `triage.act` puts the step behind the dot
    return (written - {"ticket."}) | {f"ticket.{step}" for step in steps} | {"ticket.opened"}


def test_every_deed_of_the_trail_has_a_persian_name_and_every_name_a_deed() -> None:
    assert _deeds() == set(names.DEEDS)


def test_who_raises_a_priority_hands_nothing_over(lite) -> None:
    ticket = lite.send("غذا سرد بود و پیک دیر رسید")["ticket"]
    address = f"/v1/tickets/{ticket['id']}/escalate"
    assert lite.post(address, {"priority": "high"}).status_code == 200
    lite.sign_in()
    told = lite.client.get(f"/tickets/{ticket['id']}").text
    assert "اولویت را بالا برد" in told
    assert "ارجاع داد" not in told
    assert lite.post(address, {"queue": "legal"}).status_code == 200
    assert "ارجاع داد" in lite.client.get(f"/tickets/{ticket['id']}").text


def test_what_a_rule_proposes_is_told_by_its_name_until_somebody_decides(
    opened: Any, sqlite_engine: Any, tmp_path: Path
) -> None:
    file = tmp_path / "routing.toml"
    rule = '[[rules]]\nname = "kitchen"\nfa = "آشپزخانه"\nwhen = { text = "سرد" }\nqueue = "legal"\nmode = "suggest"'
    file.write_text(rulefile.FILE.read_text().replace("[[rules]]", f"{rule}\n\n[[rules]]", 1))
    desk = opened(sqlite_engine, rules=file)
    moved, settled = (desk.send(text)["ticket"]["id"] for text in ("غذا سرد بود", "چای سرد بود، پس بگیرید"))
    read = lambda path: desk.client.get(path, headers=desk.person()).text  # noqa: E731
    assert "قاعدهٔ «<bdi>آشپزخانه</bdi>» پیشنهاد کرده" in read(f"/tickets/{moved}")
    assert read("/inbox").count("مسیر پیشنهادی") == 2
    desk.post(f"/v1/tickets/{moved}/escalate", {"queue": "quality"})
    desk.post(f"/v1/tickets/{settled}/resolve")
    assert not any("پیشنهاد کرده" in read(f"/tickets/{one}") for one in (moved, settled))
    assert "مسیر پیشنهادی" not in read("/inbox?state=all")


@pytest.mark.parametrize(
    ("queue", "moment", "first", "off"),
    [
        ("support", "2026-11-25T10:00+03:30", 0, {2, 9}),  # a Wednesday morning
        ("support", "2026-11-25T17:10+03:30", 1, {2, 9}),  # offices are closed
        ("support", "2026-11-26T10:00+03:30", 0, {1, 8}),  # a Thursday, until noon
        ("support", "2026-11-26T13:00+03:30", 1, {1, 8}),
        ("support", "2026-11-27T10:00+03:30", 1, {7, 14}),  # a Friday
        ("delivery", "2026-11-27T12:00+03:30", 0, set()),  # works on Fridays, too
        ("safety", "2026-11-27T23:00+03:30", 1, set()),  # never closes, but the day is over
    ],
)
def test_days_off_are_marked_and_today_is_offered_while_its_work_goes_on(
    queue: str, moment: str, first: int, off: set[int]
) -> None:
    days = ticket._days(CALENDARS.of_queue(queue), datetime.fromisoformat(moment))
    assert [day["ahead"] for day in days] == list(range(first, 15))
    assert {day["ahead"] for day in days if day["off"]} == off


def test_the_day_that_is_chosen_at_first_is_a_working_day_and_not_today(lite) -> None:
    lite.clock.now = datetime.fromisoformat("2026-11-26T10:00+03:30")  # a Thursday
    opened = lite.send("درز چمدان باز شد و کسی جواب نمی‌دهد")["ticket"]
    lite.sign_in()
    page = lite.client.get(f"/tickets/{opened['id']}").text
    days = re.search(r'<select name="days"[^>]*>(.*?)</select>', page)[1]
    assert re.findall(r">([^<]+)</option>", days)[:3] == [
        "پنجشنبه ۵ آذر ۱۴۰۵ (امروز)",
        "جمعه ۶ آذر ۱۴۰۵ (تعطیل)",
        "شنبه ۷ آذر ۱۴۰۵",
    ]
    assert re.search(r"selected>([^<]+)<", days)[1] == "شنبه ۷ آذر ۱۴۰۵"


def test_a_colleague_who_left_is_offered_no_ticket_and_keeps_their_name_in_its_trail(lite) -> None:
    ticket = lite.send("درز چمدان باز شد و کسی جواب نمی‌دهد")["ticket"]["id"]
    until = lite.clock.now + timedelta(hours=1)
    with begin(lite.engine) as conn:
        gone = keys.create(conn, lite.clock.now, "مینا", "agent", until)
        keys.create(conn, lite.clock.now, "بهار", "agent")
    lite.sign_in()
    assert lite.post(f"/v1/tickets/{ticket}/note", {"body": "x"}, role=gone.secret.shown).status_code == 200
    assert {"مینا", "بهار", "نسرین"} <= set(_offered(lite, ticket))
    lite.clock.now = until
    assert {"مینا", "بهار", "نسرین"} - set(_offered(lite, ticket)) == {"مینا"}
    with begin(lite.engine) as conn:
        keys.revoke(conn, gone.id, lite.clock.now)
    assert "<b>مینا</b> یادداشت گذاشت" in lite.client.get(f"/tickets/{ticket}").text


def test_who_settles_too_late_with_a_reply_in_hand_is_told_and_not_asked(lite) -> None:
    ticket = lite.send("درز چمدان باز شد و کسی جواب نمی‌دهد")["ticket"]["id"]
    lite.sign_in()
    page = lite.client.get(f"/tickets/{ticket}").text
    form = dict(re.findall(r'name="(csrf|version|seen)" value="(\w+)"', page)) | {
        "body": "تا فردا خبر می‌دهیم"
    }

    def settle() -> str:
        sent = lite.client.post(
            f"/tickets/{ticket}/resolve", data=form, headers={"Origin": "http://testserver"}
        )
        assert sent.status_code == 409
        assert re.search(r'<textarea id="reply"[^>]*>تا فردا خبر می‌دهیم<', sent.text)
        return str(sent.text)

    assert "پاسخ شما هنوز فرستاده نشده است" in settle()
    lite.post(f"/v1/tickets/{ticket}/note", {"body": "x"})
    late = settle()
    assert "کار شما انجام نشد" in late
    assert "پاسخ شما هنوز فرستاده نشده است" not in late


def test_pages_of_tickets_and_comments_are_told_apart_by_their_titles(lite) -> None:
    said = "گلدان ترک داشت، به ۰۹۱۲۳۴۵۶۷۸۹ زنگ بزنید و پولش را پس بدهید"
    first = lite.send(said, customer={"external_id": "t-1", "name": "مریم نوری"})
    other = lite.send("گلدان دوم هم شکسته بود و کسی جواب نداد", customer={"external_id": "t-2"})

    def titles() -> list[str]:
        paths = [f"/tickets/{first['ticket']['id']}", f"/tickets/{other['ticket']['id']}"]
        paths += [f"/comments/{one['id']}" for one in (first, other)]
        return [re.search("<title>(.*?)</title>", lite.client.get(path).text)[1] for path in paths]

    lite.sign_in("agent")
    shown = titles()
    assert len(set(shown)) == 4
    assert all(one.startswith("مریم نوری: گلدان ترک") and "۰۹۱۲" in one for one in (shown[0], shown[2]))
    assert all(one.startswith("گلدان دوم هم شکسته") for one in (shown[1], shown[3]))
    lite.sign_in("reader")
    masked = titles()
    assert masked[0].startswith("گلدان ترک داشت، به [موبایل]")
    assert not any("مریم" in one or "۰۹۱۲" in one for one in masked)


def test_the_trail_is_read_in_words_that_stand_apart(lite) -> None:
    ticket = lite.send("گلدان ترک داشت و کسی جواب نداد")["ticket"]["id"]
    lite.post(f"/v1/tickets/{ticket}/escalate", {"priority": "urgent"})
    lite.sign_in()
    trail = lite.client.get(f"/tickets/{ticket}").text.partition('class="card trail later"')[2]
    assert re.search(r"\d \S+ اولویت را بالا برد اولویت: ", re.sub("<[^>]+>", "", trail))


def test_the_page_of_a_comment_tells_the_keys_that_work_there(lite) -> None:
    said = lite.send("چسب خیلی خوب بود، ممنون")
    for role, keys_there in (("agent", ["c", "y", "u"]), ("reader", ["u"])):
        lite.sign_in(role)
        page = lite.client.get(f"/comments/{said['id']}").text
        told = re.findall(r"<kbd>([cyu])</kbd></dt>", page)
        assert told == keys_there
        assert set(told) <= set(re.findall(r'data-key="(\w)"', page))


def _offered(lite: Any, ticket: str) -> list[str]:
    offer = re.search(
        r'<select name="to" id="hand-to" required>(.*?)</select>', lite.client.get(f"/tickets/{ticket}").text
    )
    return re.findall(r"<option value=\"(\w[^\"]*)\">", offer[1])


def test_who_said_they_will_leave_is_known_beside_their_next_ticket_and_the_risk_fades(lite) -> None:
    who = {"external_id": "c-77"}
    lite.sign_in()
    first = lite.send("دیگه از شما خرید نمی‌کنم، کالا خراب رسید", customer=who)["ticket"]["id"]
    stranger = lite.send("کالا خراب رسید")["ticket"]["id"]

    def risk(ticket: str) -> int | None:
        found = re.search("([۰-۹]+) از ۱۰۰</span>", lite.client.get(f"/tickets/{ticket}").text)
        return found and int(found[1])

    told = lite.get("/v1/leaving").json()["items"][0]["risk"]
    assert risk(first) == told
    assert risk(stranger) is None
    lite.clock.forward(days=20)
    lite.sign_in()
    assert risk(first) < told


def test_who_writes_again_is_a_reason_with_its_points(lite) -> None:
    lite.sign_in()
    who = {"external_id": "c-78"}
    said = [
        lite.send(text, customer=who)["ticket"]
        for text in ("غذا سرد رسید", "غذا سرد رسید، جواب بدید", "غذا سرد بود")
    ]

    def shown() -> list[str]:
        page = lite.client.get(f"/tickets/{said[0]['id']}").text
        return re.findall(
            "<span>([۰-۹]+) پیام از همین مشتری؛ امتیاز تیکت ([۰-۹]+)</span><b>[^۰-۹]*([۰-۹]+)</b>", page
        )

    case = lite.get(f"/v1/tickets/{said[0]['id']}").json()
    hottest = max(one["tags"]["urgency"]["score"] for one in case["comments"])
    ((times, score, points),) = shown()
    assert (int(times), int(score), int(points)) == (
        3,
        case["urgency_score"],
        case["urgency_score"] - hottest,
    )
    assert 0 < int(points) <= 25
    lone = lite.send("غذا سرد رسید", customer={"external_id": "c-79"})["ticket"]["id"]
    assert "پیام از همین مشتری؛" not in lite.client.get(f"/tickets/{lone}").text
