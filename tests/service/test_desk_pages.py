"""What agents do in the forms of a ticket, as the forms come to the server."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from httpx import Response

from service import chores
from service.storage import begin, keys, performance, promises, read, tickets
from service.storage import feedback as stored
from service.web.page import csrf_token

LATE = "سه هفته است یخچالم را نفرستاده‌اید، خیلی ناراضی‌ام"
Fill = Callable[..., Response]


@pytest.fixture
def post(lite: Any) -> Fill:
    """Send forms as an agent who is signed in."""
    session = lite.sign_in(name="لیلا")

    def posted(path: str, **fields: Any) -> Response:
        answer: Response = lite.client.post(
            path,
            data={"csrf": csrf_token(session), **fields},
            headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=False,
        )
        return answer

    return posted


@pytest.fixture
def fill(post: Fill) -> Fill:
    """Fill in the forms of a ticket."""
    return lambda ticket, step, **fields: post(f"/tickets/{ticket}/{step}", **fields)


def _case(desk: Any, ticket: str) -> Any:
    return desk.get(f"/v1/tickets/{ticket}", role="agent").json()


@pytest.mark.parametrize(
    ("written", "rials", "shown"),
    [
        ("۲ میلیون", 20_000_000, "۲٬۰۰۰٬۰۰۰ تومان"),
        ("پانصد هزار تومان", 5_000_000, "۵۰۰٬۰۰۰ تومان"),
        ("۷۵٬۰۰۰", 750_000, "۷۵٬۰۰۰ تومان"),
    ],
)
def test_a_compensation_is_written_and_shown_in_tomans(
    lite: Any, fill: Fill, written: str, rials: int, shown: str
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    assert fill(ticket, "compensate", state="offered", amount=written).status_code == 303
    assert _case(lite, ticket)["compensation"] == {"state": "offered", "amount": rials, "currency": "IRR"}
    page = lite.client.get(f"/tickets/{ticket}").text
    assert shown in page
    assert "ریال" not in page
    (field,) = re.findall(r'name="amount"[^>]* value="([^"]*)"', page)
    assert f"{field} تومان" == shown  # the next step speaks of the same sum
    fill(ticket, "compensate", state="paid", amount=field)
    assert _case(lite, ticket)["compensation"] == {"state": "paid", "amount": rials, "currency": "IRR"}


@pytest.mark.parametrize("written", ["1.5", "-50", "abc", "پانصد", "۹" * 17, "۹" * 60])
def test_an_amount_that_is_no_clear_sum_is_refused_and_changes_nothing(
    lite: Any, fill: Fill, written: str
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    answer = fill(ticket, "compensate", state="offered", amount=written)
    assert answer.status_code == 422
    assert "مبلغ را به تومان" in answer.text
    assert _case(lite, ticket)["compensation"] is None


def test_a_step_without_an_amount_keeps_the_one_that_was_offered(lite: Any, fill: Fill) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    lite.post(f"/v1/tickets/{ticket}/compensation", {"state": "offered", "amount": 50_000, "currency": "IRT"})
    fill(ticket, "compensate", state="paid", amount="")
    assert "۵۰٬۰۰۰ تومان" in lite.client.get(f"/tickets/{ticket}").text


def test_a_promised_hour_is_kept_and_shown_and_a_day_ends_alike_in_forms_and_replies(
    lite: Any, fill: Fill
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    fill(ticket, "reply", body="پوزش می‌خواهیم. فردا ساعت ۱۰:۲۰ با شما تماس می‌گیریم.")
    fill(ticket, "reply", body="تا دوشنبه نتیجه را خبر می‌دهیم.")
    fill(ticket, "promise", days="3")
    due = [one["due_at_jalali"] for one in _case(lite, ticket)["promises"]]
    assert due == ["1405-09-08 10:20", "1405-09-09 18:00", "1405-09-10 18:00"]
    assert "قول برای ۸ آذر ۱۴۰۵، ۱۰:۲۰" in lite.client.get(f"/tickets/{ticket}").text


@pytest.mark.parametrize(
    ("step", "fields", "kept"),
    [
        ("reply", {"body": "به انبار سپردم", "then": "note"}, "messages"),
        ("promise", {"days": "2"}, "promises"),
    ],
)
def test_a_form_that_is_sent_twice_is_stored_once(
    lite: Any, fill: Fill, step: str, fields: dict[str, str], kept: str
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    seen = _case(lite, ticket)["version"]
    answers = [fill(ticket, step, version=seen, **fields).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert len(_case(lite, ticket)[kept]) == 1


def _pended(desk: Any, ticket: str) -> None:
    desk.post(f"/v1/tickets/{ticket}/pend", {})


def _claimed(desk: Any, ticket: str) -> None:
    queue = _case(desk, ticket)["queue"]
    assert desk.post(f"/v1/queues/{queue}/claim").json()["id"] == ticket


def _handed(desk: Any, ticket: str) -> None:
    desk.post(f"/v1/tickets/{ticket}/assign", {"assignee": "مینا"})


def _waiting(desk: Any, ticket: str) -> None:
    assert _case(desk, ticket)["status"] == "open"


@pytest.mark.parametrize("stand", [_pended, _claimed, _handed, _waiting])
@pytest.mark.parametrize("together", [False, True])
def test_taking_back_that_a_ticket_was_resolved_leaves_it_exactly_as_it_was(
    lite: Any, post: Fill, fill: Fill, stand: Callable[[Any, str], None], together: bool
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    fill(ticket, "promise", days="2")
    stand(lite, ticket)
    lite.clock.forward(minutes=5)
    before = _stored(lite, ticket)
    settled = fill(ticket, "resolve")
    assert _case(lite, ticket)["promises"][0]["status"] == "kept"
    lite.clock.forward(seconds=10)
    if together:
        post("/inbox/bulk", do="unresolve", ticket=ticket)
    else:
        assert f"undo={ticket}" in settled.headers["location"]
        assert "done=undone" in fill(ticket, "unresolve").headers["location"]
    assert _stored(lite, ticket) == before
    assert [line["action"] for line in _case(lite, ticket)["audit"]][-2:] == [
        "ticket.resolve",
        "ticket.unresolve",
    ]
    lite.clock.forward(minutes=40)
    chores.free_lapsed_claims(lite.client.app.state.desk.line, lite.clock())
    assert _stored(lite, ticket)["assignee"] == (None if stand is _claimed else before["assignee"])


def _stored(desk: Any, ticket: str) -> dict[str, Any]:
    """Return a ticket and its promises as they are stored, but for the version."""
    with read(desk.engine) as conn:
        row, promised = tickets.get(conn, ticket), promises.of_ticket(conn, ticket)
    return {**(row or {}), "promises": promised, "version": None}


def test_what_went_on_since_is_not_taken_back(lite: Any, fill: Fill) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    assert fill(ticket, "unresolve").status_code == 409
    fill(ticket, "resolve")
    fill(ticket, "reopen")
    assert fill(ticket, "unresolve").status_code == 409
    assert _case(lite, ticket)["status"] == "reopened"


@pytest.mark.parametrize("together", [False, True])
def test_what_somebody_else_settled_since_is_not_taken_back(
    lite: Any, post: Fill, fill: Fill, together: bool
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    if together:
        said = post("/inbox/bulk", do="resolve", ticket=f"{ticket}:1").headers["location"]
    else:
        said = fill(ticket, "reply", body="حل شد.", then="resolve", version=1).headers["location"]
    page = lite.client.get(said).text
    (own,) = re.findall(
        r'action="/inbox/bulk".*?name="ticket" value="(tk_\w+:\d+)"', page.split('id="toasts"')[1]
    )
    lite.post(f"/v1/tickets/{ticket}/reopen", {})
    lite.post(f"/v1/tickets/{ticket}/resolve", {})
    answer = post("/inbox/bulk", do="unresolve", ticket=own)
    assert (answer.status_code, "کسی زودتر دست به کار شد" in answer.text) == (409, True)
    assert _case(lite, ticket)["status"] == "resolved"


def test_a_correction_that_was_replaced_is_taken_back_and_the_other_stands(lite: Any, post: Fill) -> None:
    id_ = lite.send(LATE)["id"]
    own = post(f"/comments/{id_}/correct", set="category=praise").headers["location"].split("undo=")[1]
    lite.clock.forward(seconds=5)
    other = post(f"/comments/{id_}/correct", set="category=question").headers["location"].split("undo=")[1]
    assert "done=undone_below" in post(f"/corrections/{own}/undo").headers["location"]
    assert lite.get(f"/v1/feedback/{id_}").json()["tags"]["category"]["label"] == "question"
    assert post(f"/corrections/{other}/undo").headers["location"].endswith("done=undone")


def test_a_reopened_ticket_is_given_back_on_its_page(lite: Any, fill: Fill) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    button = f'action="/tickets/{ticket}/release"'
    assert button not in lite.client.get(f"/tickets/{ticket}").text
    _handed(lite, ticket)
    fill(ticket, "resolve")
    fill(ticket, "reopen")
    assert button in lite.client.get(f"/tickets/{ticket}").text
    assert "release" in _case(lite, ticket)["actions"]
    assert "done=released" in fill(ticket, "release").headers["location"]
    seen = _case(lite, ticket)
    assert (seen["status"], seen["assignee"], "release" in seen["actions"]) == ("reopened", None, False)


def test_a_resolution_that_is_taken_back_counts_nowhere(lite: Any, fill: Fill) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    counted = _counted(lite)
    fill(ticket, "resolve")
    assert _counted(lite) != counted
    fill(ticket, "unresolve")
    assert _counted(lite) == counted
    with read(lite.engine) as conn:
        assert performance.reopened(conn, [ticket]) == set()


def _counted(desk: Any) -> list[Any]:
    with read(desk.engine) as conn:
        return list(conn.exec_driver_sql("SELECT * FROM facts ORDER BY 1").all())


def test_an_import_that_is_not_there_cannot_be_stopped(post: Fill) -> None:
    assert post("/settings/import/job_1/cancel").status_code == 404


def test_how_often_a_label_is_given_is_told_in_figures_beside_its_bar(lite: Any, post: Fill) -> None:
    for text in (LATE, "خیلی ممنون، عالی بود"):
        post(f"/review/{lite.send(text)['id']}/accept")
    page = lite.client.get("/review/quality").text
    rows = re.findall(r'<th scope="row">(.*?)</th>.*?</svg><small>(.*?)</small>', page)
    assert ("شکایت", "۵۰٫۰٪") in rows
    assert ("تحسین", "۵۰٫۰٪") in rows


def test_where_nothing_is_to_be_done_no_page_tells_reasons_for_haste(lite: Any, post: Fill) -> None:
    praise = lite.send("خیلی خوب بود ممنون از پیک مودبتون")
    assert praise["tags"]["urgency"]["level"] == "none"
    shown = lite.client.get(f"/comments/{praise['id']}").text
    tried = post("/try", text="خیلی خوب بود ممنون از پیک مودبتون").text
    for page in (shown, tried):
        assert "بدون اقدام" in page
        assert "امتیاز فوریت" not in page
        assert "برآورد مدل" not in page
    assert "امتیاز فوریت" in post("/try", text="بسته‌بندی پاره بود و غذا سرد رسید").text


def test_what_else_a_comment_may_be_is_shown_until_a_person_says_it(lite: Any, post: Fill) -> None:
    nearly = "شاید تحسین یا شکایت"
    said = "ممنون ولی کاش زودتر می‌رسید"
    assert nearly in " ".join(re.sub("<[^>]+>", " ", post("/try", text=said).text).split())
    sent = lite.send(said)
    address = f"/tickets/{sent['ticket']['id']}" if sent["ticket"] else f"/comments/{sent['id']}"

    def page() -> str:
        return " ".join(re.sub("<[^>]+>", " ", lite.client.get(address).text).split())

    assert nearly in page()
    with begin(lite.engine) as conn:  # tags of an earlier version have none
        row = stored.get(conn, sent["id"])
        assert row is not None
        del row["tags"]["category"]["alternatives"]
        stored.retag(conn, sent["id"], row["tags"], None, doubted=row["tags"])
    assert lite.get(f"/v1/feedback/{sent['id']}").json()["tags"]["category"].keys() == {"label", "confidence"}
    assert "پیشنهاد اطمینان متوسط" in page()
    assert nearly not in page()
    lite.post(f"/v1/feedback/{sent['id']}/corrections", {"category": "praise"})
    assert nearly not in page()


def test_a_signal_is_put_right_with_a_click_and_back_with_another(lite: Any, post: Fill) -> None:
    sent = lite.send("اگه نرسه شکایت میکنم")
    address = f"/tickets/{sent['ticket']['id']}"

    def steps() -> list[str]:
        return re.findall(r'value="(signals[+-]\w+)" aria-pressed="true"', lite.client.get(address).text)

    assert steps() == ["signals-legal_threat"]
    for step in ("signals-legal_threat", "signals+fraud"):
        done = post(f"/comments/{sent['id']}/correct", set=step, next=address).headers["location"]
    assert steps() == ["signals-fraud"]
    assert "نشانه: بی‌نشانه ← ادعای تقلب" in " ".join(
        re.sub("<[^>]+>", " ", lite.client.get(address).text).split()
    )
    post(f"/corrections/{done.split('undo=')[1].split('#')[0]}/undo", next=address)
    assert steps() == []
    assert post(f"/comments/{sent['id']}/correct", set="signals+rain", next=address).status_code == 422
    assert post(f"/comments/{sent['id']}/correct", set="signals", next=address).status_code == 422


def test_the_page_of_suspects_says_why_and_one_click_settles_each(lite: Any, post: Fill) -> None:
    sent = [lite.send(f"غذا سرد بود و پیک دیر رسید، سفارش {number}")["id"] for number in (21, 22)]
    for id_ in sent:
        lite.post(f"/v1/feedback/{id_}/corrections", {"category": "praise", "topics": {}})
    lite.clock.forward(hours=2)

    def page() -> str:
        answer = lite.client.get("/review/suspects")
        assert answer.status_code == 200
        return str(answer.text)

    said = " ".join(re.sub("<[^>]+>", " ", page()).split())
    assert len(re.findall("با اطمینان (?:زیاد|متوسط) گفته بود: شکایت", said)) == 2
    assert re.search(r"موضوع: [^←]+ ← بی‌موضوع .*?گفته بود: [^(]+ \(منفی\)", said)
    undo = re.findall(r'action="(/corrections/co_\w+/undo)"', page())
    assert len(undo) == 4
    assert post(undo[0], next="/review/suspects").headers["location"].startswith("/review/suspects")
    assert len(re.findall("پس گرفتن اصلاح", page())) == 3
    for id_ in sent:
        post(f"/review/{id_}/accept", next="/review/suspects")
    assert "اصلاح مشکوکی نیست" in page()


def test_where_tags_are_judged_the_question_and_the_customer_stand_beside_the_answer(
    lite: Any, post: Fill
) -> None:
    asked = "آیا با شمارهٔ 09121112233 تماس گرفتند؟"
    sent = lite.send("غذا سرد بود، نه", question=asked, customer={"external_id": "C-17"})["id"]
    lite.send("غذا سرد بود و دیر رسید")
    lite.post(f"/v1/feedback/{sent}/corrections", {"category": "praise", "topics": {}})
    lite.clock.forward(hours=2)
    for path, is_named in ((f"/comments/{sent}", True), ("/review/suspects", True), ("/comments", False)):
        page = lite.client.get(path).text
        assert f"پرسش: <bdi>{asked}</bdi>" in page, path
        assert not is_named or "<bdi>C-17</bdi>" in page, path
    assert "مشتری ناشناس" in lite.client.get("/review").text
    lite.sign_in("reader", name="سارا")
    page = lite.client.get(f"/comments/{sent}").text
    assert "پرسش: <bdi>آیا با شمارهٔ [" in page
    assert "09121112233" not in page


def test_tickets_that_none_may_have_are_not_said_to_be_handed_over(lite: Any, post: Fill) -> None:
    with begin(lite.engine) as conn:
        keys.create(conn, lite.clock.now, "مینا", "agent", queues=["safety"])
    case = _case(lite, lite.send(LATE)["ticket"]["id"])
    picked = f"{case['id']}:{case['version']}"
    answer = post("/inbox/bulk", ticket=picked, do="assign", to="مینا")
    assert answer.status_code == 422
    assert "مینا عضو صف" in answer.text
    assert _case(lite, case["id"])["assignee"] is None


def test_no_ticket_is_handed_to_somebody_whose_key_was_revoked_meanwhile(lite: Any, post: Fill) -> None:
    with begin(lite.engine) as conn:
        made = keys.create(conn, lite.clock.now, "مینا", "agent")
    case = _case(lite, lite.send(LATE)["ticket"]["id"])
    hand = {"ticket": f"{case['id']}:{case['version']}", "do": "assign", "to": "مینا"}
    assert lite.call("DELETE", f"/v1/keys/{made.id}").status_code == 204
    for path, form in (("/inbox/bulk", hand), (f"/tickets/{case['id']}/assign", {"to": "مینا"})):
        answer = post(path, **form)
        assert answer.status_code == 422
        assert "«مینا» دیگر در این میز کار نمی‌کند" in answer.text
    assert _case(lite, case["id"])["assignee"] is None


def test_the_trail_of_a_ticket_says_which_deadline_has_passed(lite: Any, post: Fill) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    lite.clock.forward(days=20)
    chores.watch_clocks(lite.client.app.state.desk.line, lite.clock.now)
    lite.clock.forward(days=-20)  # the session is of that day
    page = lite.client.get(f"/tickets/{ticket}").text
    assert "نخستین پاسخ: گذشت" in page
    assert "حل مسئله: گذشت" in page


def test_a_colleague_is_offered_by_the_name_that_they_have(lite: Any, fill: Fill) -> None:
    with begin(lite.engine) as conn:
        keys.create(conn, lite.clock.now, "علی  رضایی", "agent")
    ticket = lite.send(LATE)["ticket"]["id"]
    (name,) = re.findall(r'<option value="(علی[^"]*)"', lite.client.get(f"/tickets/{ticket}").text)
    fill(ticket, "assign", to=name)
    assert _case(lite, ticket)["assignee"] == "علی  رضایی"


@pytest.mark.parametrize(("length", "code"), [(9_990, 303), (10_001, 422)])
def test_a_reply_without_scripts_is_as_long_as_its_page_allows(
    lite: Any, fill: Fill, length: int, code: int
) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    body = ("سلام\n" * 2_001)[:length]
    assert fill(ticket, "reply", body=body.replace("\n", "\r\n")).status_code == code


def test_no_step_fails_for_the_length_of_the_way_back(lite: Any, fill: Fill) -> None:
    ticket = lite.send(LATE)["ticket"]["id"]
    back = f"/tickets/{ticket}?" + urlencode({"q": "ن" * 200, "branch": "و" * 200, "product": "م" * 200})
    answer = fill(ticket, "assign", next=back)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{back}&done=assigned")
    answer = fill(ticket, "release", next=f"{back}&x={'%D9%86' * 3_000}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tickets/{ticket}?done=released")


def test_the_door_opens_from_the_longest_address(lite: Any) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    led = lite.client.get("/comments", params={"q": "ن" * 200, "branch": "و" * 200}, follow_redirects=False)
    assert led.status_code == 303
    page = lite.client.get(led.headers["location"])
    assert page.status_code == 200
    wanted = unescape(re.findall(r'name="next" value="([^"]+)"', page.text)[0])
    form = {"key": lite.keys["agent"], "next": wanted}
    opened = lite.client.post("/sign-in", data=form, headers=own, follow_redirects=False)
    assert (opened.status_code, opened.headers["location"]) == (303, wanted)
    form["next"] = f"/comments?q={'%D9%86' * 3_000}"
    opened = lite.client.post("/sign-in", data=form, headers=own, follow_redirects=False)
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
