"""Who gets in and who does not, and what hostile input can do: nothing."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, expect

from service import triage
from service.auth import SESSION_COOKIE
from service.storage import begin, keys
from service.web.page import csrf_token

Visit = Callable[..., Page]
Still = Callable[[Page], Page]


def now() -> datetime:
    return datetime.now(UTC)


def test_a_link_opens_once(served, visit: Visit) -> None:
    with begin(served.desk.engine) as conn:
        token = keys.create_link(conn, "agent", now())
    page = visit(f"/sign-in?token={token}", role=None)
    page.wait_for_url("**/inbox*")
    again = visit(f"/sign-in?token={token}", role=None)
    expect(again.get_by_role("alert")).to_contain_text("پیش‌تر به کار رفته")


def test_a_click_while_the_link_opens_does_not_use_it_twice(served, visit: Visit) -> None:
    with begin(served.desk.engine) as conn:
        token = keys.create_link(conn, "agent", now())
    page = visit("/sign-in", role=None)
    page.add_init_script("addEventListener('submit', (event) => event.preventDefault())")  # it takes for ever
    page.goto(f"/sign-in?token={token}")
    expect(page.get_by_role("button", name="ورود به میز")).to_be_disabled()


def test_a_mail_scanner_that_follows_a_link_uses_nothing_up(served) -> None:
    with begin(served.desk.engine) as conn:
        token = keys.create_link(conn, "agent", now())
    assert httpx.get(f"{served.url}/sign-in?token={token}").status_code == 200
    with begin(served.desk.engine) as conn:
        assert keys.redeem_link(conn, token, now()) is not None


def test_a_key_opens_a_session_that_ends_with_the_key(served, visit: Visit) -> None:
    with begin(served.desk.engine) as conn:
        made = keys.create(conn, now(), "سارا", "agent")
    page = visit("/review", role=None)
    page.get_by_label("کلید شما").fill(made.secret.shown)
    page.get_by_role("button", name="ورود").click()
    page.wait_for_url("**/review")
    cookie = next(one for one in page.context.cookies() if one["name"] == SESSION_COOKIE)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    with begin(served.desk.engine) as conn:
        keys.revoke(conn, made.id, now())
    page.goto("/review")
    page.wait_for_url("**/sign-in?*")


def test_a_wrong_key_is_told_so(served, visit: Visit) -> None:
    page = visit("/sign-in", role=None)
    page.get_by_label("کلید شما").fill("bzk_wrong")
    page.get_by_role("button", name="ورود").click()
    expect(page.get_by_role("alert")).to_contain_text("شناخته‌شده نیست")


def test_who_signs_out_is_out_in_every_tab(served, visit: Visit) -> None:
    page = visit("/try", role="agent")
    other = page.context.new_page()
    other.goto("/try")
    page.get_by_role("button", name="خروج").click()
    page.wait_for_url("**/sign-in")
    other.goto("/inbox")
    other.wait_for_url("**/sign-in?*")


def test_a_session_that_ended_leads_to_the_door_and_back(served, visit: Visit) -> None:
    page = visit("/try", role="agent")
    token = next(one["value"] for one in page.context.cookies() if one["name"] == SESSION_COOKIE)
    with begin(served.desk.engine) as conn:
        keys.end_session(conn, token, datetime.now(UTC))
    page.locator("#text").fill("سلام")
    page.get_by_role("button", name="برچسب بزن").click()
    page.wait_for_url("**/sign-in?*")
    expect(page.get_by_role("alert")).to_contain_text("نشست شما به پایان رسیده")


def test_what_was_written_outlives_a_session_that_ended(served, visit: Visit) -> None:
    page = visit("/settings/rules")
    page.get_by_text("قاعده‌های دیگری را بنویسید").click()
    page.locator("#written").fill("[[rules]]")
    page.locator("#text").fill("پیک نیامد")
    page.get_by_role(
        "button", name="کدام قاعده؟"
    ).click()  # the text that was tried comes back as one of the page
    expect(page.locator(".rules .hit")).to_be_visible()
    page.context.clear_cookies()
    page.get_by_role("button", name="آزمودن").click()
    page.wait_for_url("**/sign-in?*")
    _enter(served, page, "لیلا")
    expect(page.locator("#written")).to_be_visible()
    expect(page.locator("#written")).to_have_value("[[rules]]")
    expect(page.locator("#text")).to_have_value("پیک نیامد")
    page.reload()
    expect(page.locator("#text")).to_have_value("")


def test_a_reply_outlives_a_session_that_ended_without_scripts(sampled, visit: Visit) -> None:
    ticket = sampled.say("چرخ کالسکه شکسته رسید، تعویض کنید")["ticket"]["id"]
    page = visit(f"/tickets/{ticket}", java_script_enabled=False)
    page.locator("#reply").fill("پوزش می‌خواهیم.\nچرخ نو تا شنبه می‌رسد.")
    page.context.clear_cookies()
    page.get_by_role("button", name="فرستادن", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("نشست شما به پایان رسیده")
    page.get_by_label("کلید شما").fill("bzk_wrong")
    page.get_by_role("button", name="ورود").click()
    _knock(sampled, page, "لیلا")
    expect(page.get_by_role("heading", name="وارد شدید")).to_be_visible()
    expect(page.locator("textarea")).to_have_value("پوزش می‌خواهیم.\nچرخ نو تا شنبه می‌رسد.")
    page.get_by_role("link", name="ادامهٔ کار").click()
    assert page.url == f"{sampled.url}/tickets/{ticket}"


def test_a_reply_that_is_refused_is_given_back_without_scripts(sampled, visit: Visit) -> None:
    ticket = sampled.say("آینهٔ کمد ترک داشت، پس می‌دهم")["ticket"]["id"]
    page = visit(f"/tickets/{ticket}", java_script_enabled=False)
    page.locator("#reply").fill("فردا آینه را پس می‌گیریم.")
    again = {"name": SESSION_COOKIE, "value": sampled.session("admin"), "url": sampled.url}
    page.context.add_cookies([again])  # somebody signed in again, in another window
    page.get_by_role("button", name="فرستادن", exact=True).click()
    expect(page.get_by_text("این فرم کهنه شده است")).to_be_visible()
    expect(page.locator("textarea")).to_have_value("فردا آینه را پس می‌گیریم.")


def test_a_search_outlives_a_session_that_ended(sampled, visit: Visit, still: Still) -> None:
    page = still(visit("/inbox", role="agent"))
    page.context.clear_cookies()
    page.locator("#q").fill("ظرف کاغذی")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in?*")
    _enter(sampled, page, "لیلا")
    expect(page.locator("#q")).to_have_value("ظرف کاغذی")


def test_a_window_of_a_former_session_is_loaded_anew_with_what_was_written(served, visit: Visit) -> None:
    page = visit("/settings/topics")
    page.locator("#topic-name").fill("گارانتی")
    page.locator("#topic-query").fill("ضمانت")
    again = {"name": SESSION_COOKIE, "value": served.session("admin"), "url": served.url}
    page.context.add_cookies([again])  # somebody signed in again, in another window
    page.get_by_role("button", name="ذخیره").click()
    expect(page.locator("#toasts")).to_contain_text("انجام نشد: این فرم کهنه شده است")
    page.reload()
    expect(page.locator("#topic-name")).to_have_value("گارانتی")
    expect(page.locator("#topic-query")).to_have_value("ضمانت")


def test_nobody_finds_what_somebody_else_wrote_before_their_session_ended(served, visit: Visit) -> None:
    page = visit("/settings/topics")
    page.locator("#topic-name").fill("گارانتی")
    page.locator("#topic-query").fill("گارانتی")
    page.context.clear_cookies()
    page.get_by_role("button", name="ذخیره").click()
    page.wait_for_url("**/sign-in?*")
    _enter(served, page, "بهرام")
    expect(page.locator("#topic-name")).to_have_value("")


def _enter(served, page: Page, name: str) -> None:
    """Open the door with a key, and come where one wanted to go."""
    _knock(served, page, name)
    expect(page.locator(".who b")).to_have_text(name)


def _knock(served, page: Page, name: str) -> None:
    with begin(served.desk.engine) as conn:
        made = keys.create(conn, datetime.now(UTC), name, "admin")
    page.get_by_label("کلید شما").fill(made.secret.shown)
    page.get_by_role("button", name="ورود").click()


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("reader", "/settings/keys"),
        ("agent", "/settings/webhooks"),
        ("reader", "/review"),
        ("sender", "/inbox"),
    ],
)
def test_a_page_above_a_role_says_so_in_persian(served, visit: Visit, role: str, path: str) -> None:
    page = visit(path, role=role)
    expect(page.locator("h1")).to_have_text("اجازهٔ این کار را ندارید")


def test_a_reader_sees_masked_texts_and_no_buttons(sampled, visit: Visit) -> None:
    told = "پول من برنگشته، به ۰۹۱۲۳۴۵۶۷۸۹ زنگ بزنید وگرنه شکایت می‌کنم"
    ticket = sampled.say(told, customer="reader-1", name="مریم نوری")["ticket"]
    page = visit(f"/tickets/{ticket['id']}", role="reader")
    expect(page.locator(".words").first).to_contain_text("[موبایل]")
    text = page.locator("body").inner_text()
    assert "۰۹۱۲۳۴۵۶۷۸۹" not in text
    assert "مریم نوری" not in text
    assert page.locator("#composer, .acts-card, .correct").count() == 0


def test_a_form_without_its_token_changes_nothing(sampled) -> None:
    ticket = sampled.say("بلیت کنسرت دو بار صادر شد و پولش برنگشت", customer="csrf-1")["ticket"]
    own = {"Sec-Fetch-Site": "same-origin", "Cookie": f"{SESSION_COOKIE}={sampled.session()}"}
    answer = httpx.post(f"{sampled.url}/tickets/{ticket['id']}/resolve", headers=own, data={"csrf": "guess"})
    assert answer.status_code == 403
    assert "این فرم کهنه شده" in answer.text
    nobody = own | {"Cookie": ""}
    answer = httpx.post(
        f"{sampled.url}/tickets/{ticket['id']}/resolve", headers=nobody, data={"csrf": csrf_token("")}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F&ended=1")
    assert triage.look(sampled.desk.engine, ticket["id"]).ticket["status"] == "open"
    foreign = own | {"Sec-Fetch-Site": "cross-site"}
    assert httpx.post(f"{sampled.url}/sign-out", headers=foreign).status_code == 403


def test_html_in_a_comment_is_only_words(sampled, visit: Visit) -> None:
    hostile = (
        "<img src=x onerror=alert(1)><script>document.title='hacked'</script> غذا سرد بود \"><b>پررنگ</b>"
    )
    said = sampled.say(hostile, customer="<script>alert(2)</script>", name="<b>نام</b>")
    where = [
        f"/comments/{said['id']}",
        "/comments?q=پررنگ",
        "/inbox?q=پررنگ",
        "/comments?q=<script>alert(3)</script>",
    ]
    if said["ticket"]:
        where.append(f"/tickets/{said['ticket']['id']}")
    page = visit("/inbox")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for path in where:
        page.goto(path)
        assert page.locator("main img, main script, .words b, .clip b").count() == 0
        assert "hacked" not in page.title()


def test_html_is_only_words_wherever_a_stranger_may_put_it(sampled, visit: Visit, tmp_path) -> None:
    evil = "<img src=x onerror=alert(4)>"
    ticket = sampled.say(
        "چای سرد و بی‌مزه بود و کسی جواب نداد", customer="evil-1", name=evil, product=evil, branch=f'"{evil}'
    )["ticket"]
    file = tmp_path / "<img src=x onerror=alert(5)>.csv"
    file.write_text(f"{evil},متن\n{evil},نان بیات بود\n", encoding="utf-8")
    page = visit("/settings/import")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("#columns")).to_contain_text(evil)
    page.get_by_role("button", name="وارد کردن").click()
    page.wait_for_url("**/settings/import/job_*")
    expect(page.locator("main h2").first).to_contain_text("onerror=alert(5)")
    page.goto(f"/tickets/{ticket['id']}")
    page.locator("#reply").fill(f"پوزش می‌خواهیم {evil}")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.reply")).to_contain_text(evil)
    for path in (
        f"/tickets/{ticket['id']}",
        "/comments",
        "/trends?days=30",
        "/journey?days=30&side=product",
        f"/comments?branch={evil}&product={evil}",
        f"/form/delivery?branch={evil}&product={evil}",
        "/settings/import",
    ):
        page.goto(path)
        assert page.locator("main img, main script, option *").count() == 0, path


def test_hidden_direction_marks_are_shown_and_turn_nothing_around(sampled, visit: Visit) -> None:
    said = sampled.say("مبلغ \u202e000,5\u202c تومان کم شد \u2067خوب\u2069", customer="bidi-1")
    page = visit(f"/comments/{said['id']}")
    words = page.locator(".words").first
    expect(words.locator(".ctl")).to_have_count(4)
    assert not set(words.inner_text()) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_nothing_in_the_address_puts_words_into_our_mouth(served, visit: Visit) -> None:
    page = visit("/try?done=<b>حساب شما مسدود شد</b>")
    assert page.locator(".toast").count() == 0
    page.goto("/sign-in?next=https://evil.example/")
    page.wait_for_url("**/inbox*")


def test_a_flood_of_forms_is_slowed_down(another) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=another().url, headers=own) as client:
        codes = [client.post("/form/order", data={"text": "", "score": "3"}).status_code for _ in range(8)]
    assert codes[0] == 422
    assert codes[-1] == 429
