"""The pages of the inbox and of the comments: what is found, in which order, and what is said when nothing is."""

import csv
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from service import triage
from service.auth import Caller
from service.storage import begin, finding, keys, schema, tally
from service.triage import TicketAction
from service.web import comments, inbox

Open = Callable[..., str]
LATE = "پیک کمی دیر رسید و غذا سرد بود"
GLASS = "توی غذا شیشه بود و دهن بچه‌م برید، الان بیمارستانیم"


def _page(desk: Any, role: str = "agent") -> Open:
    """Open pages of a desk as somebody of this role."""
    desk.sign_in(role, "سارا")

    def opened(path: str, status: int = 200, **asked: Any) -> str:
        answer = desk.client.get(path, params=asked or None, headers={"Accept": "text/html"})
        assert answer.status_code == status, answer.text
        return str(answer.text)

    return opened


def _tickets(text: str) -> list[str]:
    return re.findall(r'data-item tabindex="-1" id="(tk_\w+)"', text)


def _do(desk: Any, ticket: Any, action: str, **told: str) -> None:
    assert desk.post(f"/v1/tickets/{ticket['id']}/{action}", told).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [{"urgency": "critical"}, {"q": "شیشه"}, {"topic": "hygiene_safety"}, {"channel": "phone"}, {"q": "پیک"}],
)
def test_a_ticket_is_found_by_each_of_its_comments_and_shown_by_the_most_pressing(desk, asked):
    customer = {"external_id": "u-1"}
    ticket = desk.send(LATE, customer=customer, channel="web")["ticket"]
    other = desk.send("پیک مؤدب نبود", customer={"external_id": "u-2"}, channel="web")
    joined = desk.send(GLASS, customer=customer, channel="phone")
    assert joined["ticket"]["id"] == ticket["id"]
    desk.send("ممنون", customer=customer, channel="web")
    text = _page(desk)("/inbox", **asked)
    found = _tickets(text)
    assert found[0] == ticket["id"]
    assert len(found) == (2 if asked == {"q": "پیک"} and other["ticket"] else 1)
    row = text.split(f'id="{ticket["id"]}"')[1].split("</li>")[0]
    assert "شیشه" in row
    assert "کمی دیر" not in row
    listed = desk.get(f"/v1/queues/{joined['ticket']['queue']}/tickets").json()["items"][0]["feedback"]
    assert (listed["id"], listed["channel"]) == (joined["id"], "phone")
    assert listed["text"] == GLASS


def test_a_ticket_that_has_ended_says_so_where_it_is_named_and_offers_no_step_that_it_refuses(lite):
    who = {"external_id": "c-11", "name": "رضا کریمی"}
    into = lite.send(LATE, customer=who)["ticket"]
    _do(lite, into, "resolve")
    lite.clock.forward(days=8)
    gone = lite.send(LATE, customer=who)["ticket"]
    _do(lite, into, "reopen")
    _do(lite, gone, "merge", into=into["id"])
    lite.clock.forward(minutes=5)
    text = _page(lite)("/inbox", q="رضا کریمی")
    assert set(_tickets(text)) == {into["id"], gone["id"]}
    assert '<option value="" selected>همهٔ وضعیت‌ها</option>' in text
    row = text.split(f'id="{gone["id"]}"')[1].split("data-item")[0].split("</ol>")[0]
    assert '<span class="chip">ادغام‌شده</span>' in row
    assert "ادغام شد ۵ دقیقه پیش" in row
    for step in ("به من", "حل شد", "انتخاب این تیکت"):
        assert step not in row
        assert step in text  # for the one that goes on
    assert '<option value="" selected>باز</option>' in _page(lite)("/inbox", q="پیک")


def test_solved_tickets_come_with_the_last_one_first_and_the_day_they_were_solved(desk):
    opened = [desk.send(LATE, customer={"external_id": f"s-{number}"})["ticket"] for number in range(5)]
    ended = [opened[place] for place in (3, 0, 4, 2, 1)]
    for ticket in ended:
        desk.clock.forward(days=9)
        _do(desk, ticket, "resolve")
    last_first = [ticket["id"] for ticket in reversed(ended)]
    text = _page(desk)("/inbox", state="resolved")
    assert _tickets(text) == last_first
    assert "بی‌مهلت" not in text
    assert "حل شد ۱۶ آذر ۱۴۰۵" in text
    seen, cursor = [], None
    while True:
        asked = {"status": "resolved", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = desk.get(f"/v1/queues/{opened[0]['queue']}/tickets", params=asked).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == last_first


def test_one_that_goes_while_another_comes_is_news(desk):
    _page(desk)
    old = desk.send(LATE, customer={"external_id": "n-1"})["ticket"]
    before = desk.client.get("/inbox/pulse").json()
    assert desk.client.get("/inbox/pulse").json() == before
    _do(desk, old, "resolve")
    desk.send(f"{LATE} و تلخ", customer={"external_id": "n-2"})
    assert desk.client.get("/inbox/pulse").json()["stamp"] != before["stamp"]


def test_news_is_the_urgent_ticket_that_last_came_or_was_raised_and_none_that_was_taken_back(desk):
    _page(desk)
    first, second = (desk.send(f"{GLASS} {n}", customer={"external_id": f"u-{n}"})["ticket"] for n in (1, 2))
    old = desk.send(LATE, customer={"external_id": "u-3"})["ticket"]

    def beat():
        told = desk.client.get("/inbox/pulse").json()
        return told["urgent"], told["newest"]

    came, newest = beat()
    assert newest["ticket"] == second["id"]
    assert newest["said"].endswith("2")
    _do(desk, second, "resolve")
    assert beat()[0] < came
    caller = Caller(id="key_desk", name="سارا", role="agent", kind="key")
    line, now = desk.client.app.state.desk.line, desk.clock()
    triage.unresolve(TicketAction(line=line, caller=caller, ticket_id=second["id"], now=now))
    assert beat() == (came, newest)
    _do(desk, old, "escalate", priority="urgent")
    raised, newest = beat()
    assert raised > came
    assert newest == {"ticket": old["id"], "said": LATE}
    _do(desk, first, "resolve")
    desk.clock.forward(hours=1)
    desk.send(f"{GLASS} باز هم", customer={"external_id": "u-1"})  # who writes again has it opened again
    again, newest = beat()
    assert again > raised
    assert newest["ticket"] == first["id"]
    assert newest["said"].startswith(GLASS)


def test_the_channels_that_one_narrows_by_are_those_of_the_desk(desk):
    for number, channel in enumerate(("web", "دیجی‌شاپ")):
        desk.send(LATE, customer={"external_id": f"c-{number}"}, channel=channel)
    text = _page(desk)("/inbox", channel="دیجی‌شاپ")
    assert len(_tickets(text)) == 1
    choice = text.split('id="by-channel"')[1].split("</select>")[0]
    assert re.findall(r'<option value="([^"]*)"( selected)?', choice) == [
        ("", ""),
        ("web", ""),
        ("دیجی‌شاپ", " selected"),
    ]


def test_today_begins_at_midnight_in_tehran(lite):
    lite.clock.forward(hours=10)  # 20:00 in Tehran
    yesterday = lite.send(f"{LATE} دیروز", customer={"external_id": "d-1"})["ticket"]
    lite.clock.forward(hours=4, minutes=30)
    today = lite.send(f"{LATE} امروز", customer={"external_id": "d-2"})["ticket"]
    page = _page(lite)
    assert _tickets(page("/inbox", days="1")) == [today["id"]]
    assert set(_tickets(page("/inbox", days="7"))) == {today["id"], yesterday["id"]}


def test_tickets_are_handed_to_people_and_within_a_queue_to_its_own(desk):
    queue = desk.send(LATE)["ticket"]["queue"]
    with begin(desk.engine) as conn:
        for name, queues in (("ستاره", ["safety"]), ("بهمن", [queue]), ("نادر", None)):
            keys.create(conn, desk.clock.now, name, "agent", queues=queues)
        robot = keys.create(conn, desk.clock.now, "ربات", "agent", scopes=["tickets"])
    page = _page(desk)

    def offered(**asked: str) -> set[str]:
        select = page("/inbox", **asked).split('<select name="to">')[1].split("</select>")[0]
        return {"ستاره", "بهمن", "نادر", "ربات"} & set(re.findall(r">([^<]+)</option>", select))

    assert offered() == {"ستاره", "بهمن", "نادر"}
    assert offered(queue=queue) == {"بهمن", "نادر"}
    assert offered(queue="safety") == {"ستاره", "نادر"}
    assert desk.post(f"/v1/queues/{queue}/claim", role=robot.secret.shown).status_code == 200
    found = page("/inbox", who="ربات")
    assert len(_tickets(found)) == 1
    assert re.search(r"<option[^>]* selected>ربات</option>", found)


def test_the_tickets_of_a_colleague_who_left_are_to_be_found(desk):
    with begin(desk.engine) as conn:
        left = keys.create(conn, desk.clock.now, "ستاره", "agent")
    for number, name in enumerate(("ستاره", "کارمند سامانهٔ دیگر")):
        ticket = desk.send(LATE, customer={"external_id": f"l-{number}"})["ticket"]["id"]
        assert desk.post(f"/v1/tickets/{ticket}/assign", {"assignee": name}).status_code == 200
    assert desk.call("DELETE", f"/v1/keys/{left.id}").status_code == 204
    page = _page(desk)("/inbox")
    asked, handed = (page.split(f'<select name="{name}"')[1].split("</select>")[0] for name in ("who", "to"))
    for name in ("ستاره", "کارمند سامانهٔ دیگر"):
        assert (name in asked, name in handed) == (True, False)


@pytest.mark.parametrize(
    ("asked", "said", "clears"),
    [
        ({"queue": "xyz"}, "صفی به نام «xyz» نیست", False),
        ({"who": "ناشناس"}, "همکاری به نام «ناشناس» نیست", True),
        ({"who": "سارا"}, "چیزی با این پالایه‌ها نیست", True),
        ({"who": "me"}, "همه‌چیز رسیدگی شده", False),
        ({"queue": "finance"}, "همه‌چیز رسیدگی شده", False),
        ({"urgency": "critical"}, "چیزی با این پالایه‌ها نیست", True),
    ],
)
def test_all_is_done_is_said_only_where_it_is_known(lite, asked, said, clears):
    assert lite.send(LATE)["ticket"]["queue"] != "finance"
    text = _page(lite)("/inbox", **asked)
    assert said in text
    assert "عضو این صف نیستید" not in text
    assert ("همه‌چیز رسیدگی شده" in text) == (said == "همه‌چیز رسیدگی شده")
    assert (">پاک کردن</a>" in text) == clears


def test_a_search_that_finds_nothing_open_leads_to_what_is_solved(lite):
    page, ticket = _page(lite), lite.send(f"{LATE} سفارش ۳۷۷۲۵۶")["ticket"]
    _do(lite, ticket, "resolve")
    text = page("/inbox", q="377256")
    assert _tickets(text) == []
    (wider,) = re.findall(r'href="(/inbox\?[^"]*state=all[^"]*)"', text)
    assert _tickets(page(html.unescape(wider))) == [ticket["id"]]
    assert "جست‌وجو در حل‌شده‌ها" not in page("/inbox", q="نیست", state="all")


@pytest.mark.parametrize("role", ["agent", "reader"])
def test_an_exact_id_or_name_finds_its_tickets_for_those_who_may_see_whose_they_are(desk, role):
    customer = {"external_id": "09121234567", "name": "علی نیک‌پی"}
    facts = {"external_id": "order-77", "channel": "shop", "customer": customer}
    sent = desk.send(LATE, **facts)
    desk.send(f"{LATE} دیگری", customer={"external_id": "z-1"})
    _do(desk, sent["ticket"], "resolve")
    page = _page(desk, role)
    ids = sent["ticket"]["id"], sent["id"], "order-77", "09121234567", "۰۹۱۲۱۲۳۴۵۶۷"
    for words in (*ids, "علی نیک‌پی", " علي نيك‌پي ", "علی نیکپی"):
        assert _tickets(page("/inbox", q=words)) == ([sent["ticket"]["id"]] if role == "agent" else [])


@pytest.mark.parametrize("role", ["agent", "reader"])
def test_comments_are_found_by_the_names_of_those_who_wrote_them_as_the_inbox_finds_them(desk, role):
    sent = desk.send(LATE, customer={"external_id": "c-7", "name": "گلناز شکیبا"})
    desk.send(f"{LATE} دیگری", customer={"external_id": "c-8", "name": "مهتاب صدر"})
    found = [sent["id"]] if role == "agent" else []
    text = _page(desk, role)("/comments", q="شکیبا")
    assert re.findall(r'data-item tabindex="-1" id="(fb_\w+)"', text) == found
    named = '<bdi class="faint">گلناز شکیبا</bdi>'  # or nobody would see why it was found
    assert (named in text) == (named in _page(desk, role)("/inbox", q="شکیبا")) == bool(found)
    for path in ("/comments", "/inbox"):
        assert (named in _page(desk, role)(path, q="دیر")) == bool(found)
        assert named not in _page(desk, role)(path)
    listed = desk.get("/v1/feedback", role=role, params={"q": "شکیبا"}).json()["items"]
    assert [one["id"] for one in listed] == found
    file = desk.get("/v1/exports/feedback", role=role, params={"q": "شکیبا", "format": "jsonl"}).text
    assert file.count(sent["id"]) == len(found)


@pytest.mark.parametrize("role", ["agent", "reader"])
def test_the_comments_of_a_customer_are_headed_by_who_it_is(lite, role):
    who = "09121234567" if role == "agent" else "c-41"
    sent = lite.send(LATE, customer={"external_id": who, "name": "مریم رضایی", "tier": "gold"})
    page = _page(lite, role)
    text = page("/comments", customer=who)
    assert ("نظرهای <bdi>مریم رضایی</bdi>" in text) == (role == "agent")
    assert f'<bdi class="mono">{who}</bdi>' in text
    assert "طلایی" in text
    assert role == "agent" or "نقش کارشناس" in page("/comments", 403, customer="09121234567")
    ticket = page(f"/tickets/{sent['ticket']['id']}")
    assert ("/comments?customer=09121234567" in ticket) == (role == "agent")
    assert "مشتری‌ای با این شناسه نیست" in page("/comments", customer="nobody")


def test_a_day_that_is_none_is_refused_and_not_left_out(lite):
    sent = lite.send(LATE)
    page = _page(lite)
    assert "«1405-13-45» روز درستی نیست" in page("/comments", 422, since="1405-13-45")
    assert "«tomorrow» روز درستی نیست" in page("/comments", 422, until="tomorrow")
    assert sent["id"] in page("/comments", since="1405-09-01")
    assert "آغاز بازه پس از پایان آن است" in page("/comments", 422, since="1405-09-02", until="1405-09-01")


def test_a_later_page_is_where_one_comes_back_to(lite, monkeypatch):
    monkeypatch.setattr(inbox, "_PAGE", 2)
    monkeypatch.setattr(comments, "_PAGE", 2)
    sent = [lite.send(f"{LATE} {number}", customer={"external_id": f"p-{number}"}) for number in range(5)]
    page = _page(lite)
    for first, kind in (("/inbox", "tk"), ("/comments", "fb")):
        (more,) = re.findall(rf'class="more"><a class="button" href="({first}\?[^"]+)"', page(first))
        second = page(more)
        assert ">پاک کردن</a>" not in second
        items = re.findall(rf'id="({kind}_\w+)"', second)
        link = html.unescape(re.search(r'data-open-item href="([^"]+)"', second)[1])
        back = html.unescape(re.search(r'href="([^"]+)" data-key="u"', page(link))[1])
        assert back.partition("#")[0] == more
        assert re.findall(rf'id="({kind}_\w+)"', page(back.partition("#")[0])) == items
        elsewhere = second.replace(link.replace("&", "&amp;"), "").split("<main")[0]
        assert more.partition("?")[2] not in elsewhere  # another list begins at its first page
        assert first == "/inbox" or "/v1/exports/feedback?format=csv" in second

    after = re.search(r"after=(\w+)", page("/inbox"))[1]
    for one in sent:
        if one["ticket"]["id"] not in _tickets(page("/inbox"))[:1]:
            _do(lite, one["ticket"], "resolve")
    assert len(_tickets(page("/inbox", after=after))) == 1  # nothing is left behind it


@pytest.mark.parametrize("role", ["agent", "reader"])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "پیک", "channel": "web"},
        {"since": "1405-09-08", "until": "2026-11-29"},
        {"q": " ", "tier": "gold", "category": "complaint"},
        {"customer": "c & d"},
    ],
)
def test_what_comments_are_narrowed_to_is_taken_away_as_it_is(lite, role, asked):
    for days, channel, who in (
        (0, "web", "c-1"),
        (1, "web", "c & d"),
        (1, "phone", "c-3"),
        (2, "web", "c-4"),
    ):
        lite.clock.now = lite.clock.now.replace(day=28 + days)
        lite.send(f"{LATE} {days}", channel=channel, customer={"external_id": who, "tier": "gold"})
    text = _page(lite, role)("/comments", **asked)
    links = re.findall(r'href="(/v1/exports/feedback\?[^"]+)"', text)
    assert [link.rpartition("format=")[2] for link in links] == ["csv", "xlsx"]
    given = [lite.client.get(link.replace("&amp;", "&")) for link in links]
    assert [answer.status_code for answer in given] == [200, 200]
    rows = list(csv.DictReader(given[0].content.decode("utf-8-sig").splitlines()))
    assert [row["id"] for row in rows] == re.findall(r'data-item tabindex="-1" id="(fb_\w+)"', text)
    assert rows


@pytest.mark.parametrize("role", ["agent", "reader"])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "پیک", "channel": "web"},
        {"q": " "},
        {"q": "c & d"},  # names a customer to agents
        {"who": "me"},
        {"who": "nobody", "days": "1"},
        {"state": "resolved"},
        {"state": "all"},
        {"queue": "delivery", "state": "pending"},
    ],
    ids=str,
)
def test_what_the_inbox_is_narrowed_to_is_taken_away_as_it_is(lite, role, asked):
    page = _page(lite, role)
    ids = {}
    for days, channel, who in (
        (0, "web", "c-1"),
        (1, "web", "c & d"),
        (1, "phone", "c-3"),
        (2, "web", "c-4"),
    ):
        lite.clock.now = lite.clock.now.replace(day=28 + days)
        ids[who] = lite.send(f"{LATE} {days}", channel=channel, customer={"external_id": who})["ticket"]
    _do(lite, ids["c-4"], "pend")
    _do(lite, ids["c & d"], "resolve")
    text = page("/inbox", **asked)
    links = re.findall(r'href="(/v1/exports/tickets\?[^"]+)"', text)
    listed = re.findall(r'data-item tabindex="-1" id="(tk_\w+)"', text)
    assert [link.rpartition("format=")[2] for link in links] == (["csv", "xlsx"] if listed else [])
    for link in links[:1]:
        given = lite.client.get(html.unescape(link))
        assert given.status_code == 200, given.text
        rows = list(csv.DictReader(given.content.decode("utf-8-sig").splitlines()))
        assert [row["id"] for row in rows] == sorted(listed)


def test_nothing_is_offered_to_take_away_where_nothing_is_found(lite):
    lite.send(LATE)
    assert "/v1/exports/" not in _page(lite)("/comments", q="نیست")


def test_days_and_states_that_the_inbox_does_not_know_are_refused_and_not_left_out(lite):
    page = _page(lite)
    assert "«2» پالایهٔ صندوق نیست؛ یکی از این‌ها را بردارید: 1، 7، 30، 90." in page("/inbox", 422, days="2")
    assert "«foo» پالایهٔ صندوق نیست" in page("/inbox", 422, state="foo")


def test_ones_own_tickets_are_counted_beside_their_list(desk):
    sent = [
        desk.send(f"{LATE} {number}", customer={"external_id": f"m-{number}"})["ticket"]
        for number in range(3)
    ]
    page = _page(desk)
    for ticket in sent[:2]:
        assert desk.post(f"/v1/tickets/{ticket['id']}/assign", {"assignee": "سارا"}).status_code == 200
    mine = page("/inbox").split("<span>مال من</span>")[1].split("</a>")[0]
    assert re.findall(r">([۰-۹]+)<", mine) == ["۲"]
    desk.clock.forward(days=30)
    late = _page(desk)("/inbox").split("<span>مال من</span>")[1].split("</a>")[0]
    assert re.findall(r">([۰-۹]+)<", late) == ["۲", "۲"]


def test_who_corrects_a_comment_goes_on_with_it_though_another_is_the_most_urgent_then(desk):
    customer = {"external_id": "u-1"}
    ticket = desk.send(LATE, customer=customer)["ticket"]
    pressing = desk.send(GLASS, customer=customer)["id"]
    page = _page(desk)

    def labels(address: str) -> tuple[str, str]:
        ((comment, back),) = re.findall(
            r'action="/comments/(fb_\w+)/correct".*?name="next" value="([^"]*)"', page(address), re.DOTALL
        )
        return comment, html.unescape(back)

    comment, back = labels(f"/tickets/{ticket['id']}")
    assert comment == pressing
    wrong = {"category": "praise", "urgency": "none"}
    desk.post(f"/v1/feedback/{comment}/corrections", wrong)
    assert labels(f"/tickets/{ticket['id']}")[0] != pressing
    assert labels(back) == (pressing, back)


def test_the_history_of_corrections_tells_who_when_and_the_old_value(lite):
    sent = lite.send(LATE)
    lite.post(
        f"/v1/feedback/{sent['id']}/corrections", {"category": "praise", "topics": {"courier": "positive"}}
    )
    page = _page(lite)
    for path in (f"/comments/{sent['id']}", f"/tickets/{sent['ticket']['id']}"):
        text = page(path)
        assert "← پیک (مثبت)" in text
        assert "<small>به گفتهٔ agent</small>" in text
        history = text.split('aria-label="اصلاح‌ها"')[1].split("</section>")[0]
        assert "نوع: شکایت ← تحسین" in history
        assert "٪" not in history
    assert f'href="/comments/{sent["id"]}"' in page(f"/tickets/{sent['ticket']['id']}")


def test_a_correction_leaves_the_comment_in_review_until_somebody_says_it_is_done(desk):
    sent = desk.send("واقعاً دستتون درد نکنه با این غذای یخ!")
    page = _page(desk)
    before = _cards(page("/review"))

    def send(path: str, **form: str) -> str:
        token = re.search(r'name="csrf" value="(\w+)"', page("/review"))
        given = desk.client.post(
            path,
            data={"csrf": token and token[1], **form},
            headers={"Origin": "http://testserver"},
            follow_redirects=False,
        )
        assert given.status_code == 303, given.text
        return str(given.headers["location"])

    wrong = "question", "very_positive"
    send(f"/comments/{sent['id']}/correct", set=f"category={wrong[0]}")
    send(f"/comments/{sent['id']}/correct", set=f"sentiment={wrong[1]}")
    assert _cards(page("/review")) == before == [sent["id"]]
    told = {(row["field"], row["label"]): row for row in desk.get("/v1/quality").json()["labels"]}
    assert sum(row["corrected"] for row in told.values()) == 2
    assert sum(row["accepted"] for row in told.values()) == 0  # what nobody came to yet is not accepted

    done = send(f"/review/{sent['id']}/accept")
    assert _cards(page("/review")) == []
    assert f"/review/{sent['id']}/again" in page(done)
    rows = desk.get("/v1/quality").json()["labels"]
    assert sum(row["accepted"] for row in rows) > 0
    send(f"/review/{sent['id']}/again")
    assert _cards(page("/review")) == [sent["id"]]


def _cards(text: str) -> list[str]:
    return re.findall(r'data-item tabindex="-1" id="(fb_\w+)"', text)


def test_an_undone_correction_brings_its_comments_back_to_review(desk):
    sent = desk.send("واقعاً دستتون درد نکنه با این غذای یخ!")
    doubted = _reviews(desk, sent["id"])
    answer = desk.post(f"/v1/feedback/{sent['id']}/corrections", {"category": "question"})
    assert _reviews(desk, sent["id"]) == (True, False)
    desk.call("DELETE", f"/v1/corrections/{answer.json()['items'][0]['id']}", "agent")
    assert _reviews(desk, sent["id"]) == doubted
    assert [item["id"] for item in desk.get("/v1/review-queue", role="agent").json()["items"]] == [sent["id"]]


def _reviews(desk: Any, id_: str) -> tuple[bool, bool]:
    columns = schema.feedback.c.reviewed_at, schema.feedback.c.needs_review
    with begin(desk.engine) as conn:
        row = conn.execute(sa.select(*columns).where(schema.feedback.c.id == id_)).one()
    return row.reviewed_at is not None, row.needs_review


def test_an_id_is_looked_for_without_reading_the_days_of_every_channel(lite, planned):
    lite.send(LATE, channel="app", external_id="r-1")
    found = []
    steps = planned(lite.engine, "daily", lambda conn: found.append(finding.tickets_of(conn, "r-1", 5)))
    assert len(found[0]) == 1
    assert "RECURSIVE STEP" in steps  # from one channel to the next
    assert not [step for step in steps if step.startswith("SCAN daily")]


def _told(text: str) -> str:
    return re.findall(r"data-tally>([^<]+)<", text)[0]


def test_a_list_says_how_many_it_holds_beside_its_heading(lite, monkeypatch):
    monkeypatch.setattr(inbox, "_PAGE", 2)
    monkeypatch.setattr(comments, "_PAGE", 2)
    sent = [lite.send(f"{LATE} بار {n}", customer={"external_id": f"n-{n}"})["ticket"] for n in range(3)]
    sent.append(lite.send(GLASS, customer={"external_id": "n-9"})["ticket"])
    _do(lite, sent[0], "resolve")
    opened = _page(lite)
    assert _told(opened("/inbox")) == "۳ تیکت"
    assert _told(opened("/inbox", q="شیشه")) == "۱ تیکت"
    assert _told(opened("/inbox", q="واژه‌ای که نیست")) == "۰ تیکت"
    assert _told(opened("/inbox", who="me")) == "۰ تیکت"
    assert _told(opened("/comments")) == "۴ نظر"
    assert _told(opened("/comments", q="شیشه")) == "۱ نظر"
    for one in sent[1:]:
        _do(lite, one, "resolve")
    monkeypatch.setattr(tally, "MOST", 3)
    assert _told(opened("/inbox", state="resolved")) == "دست‌کم ۳ تیکت"
    assert _told(opened("/inbox", state="resolved", urgency="critical")) == "۱ تیکت"
