"""People at work: what they do with mouse and keyboard, and what the desk remembers of it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from service import pledges, triage, web
from service.auth import Caller
from service.storage import alerts, begin, corrections, read
from service.storage import feedback as stored
from service.storage.feedback import Filters
from service.triage import TicketAction
from service.web import frame

Visit = Callable[..., Page]
#: Names on the map that another name lies upon, and names of corners under a dot; touching lines are not covered.
_COVERED = """() => {
  const box = (one) => one.getBoundingClientRect();
  const over = (a, b) => a.left < b.right && b.left < a.right && a.top + 5 < b.bottom && b.top + 5 < a.bottom;
  const names = [...document.querySelectorAll(".kano text")];
  const corners = names.filter((one) => one.matches(".corner"));
  const dots = [...document.querySelectorAll(".kano circle")];
  return [
    ...names.flatMap((one, at) => names.slice(at + 1).filter((two) => over(box(one), box(two)))),
    ...corners.filter((one) => dots.some((dot) => over(box(one), box(dot)))),
  ].map((one) => one.textContent);
}"""
_POISONED = "سالاد مسموم دادید، پسرم الان بیمارستان است، از شما به تعزیرات و وزارت بهداشت شکایت کردم"


def test_the_first_run_makes_every_page_alive(sampled, visit: Visit) -> None:
    page = visit("/inbox")
    assert page.locator(".ticket").count() > 5
    page.goto("/trends?days=90")
    expect(page.locator(".figure").first).to_contain_text("نظرها")
    expect(page.locator(".chart canvas")).to_be_visible()


def test_an_urgent_complaint_is_resolved_by_keyboard_alone(sampled, visit: Visit) -> None:
    page = visit("/inbox", role="agent")
    page.wait_for_function("fetch('/inbox/pulse').then(() => true)")
    page.wait_for_timeout(300)
    ticket = sampled.say(_POISONED, customer="kbd-1")["ticket"]
    assert ticket["priority"] == "urgent"
    news = page.locator(".toast.alarm")
    expect(news).to_contain_text("تیکت بحرانی تازه")
    expect(news.get_by_role("link", name="دیدن")).to_have_attribute("href", f"/tickets/{ticket['id']}")

    page.keyboard.press("/")
    page.keyboard.type("سالاد مسموم")
    page.keyboard.press("Enter")
    expect(page.locator(".ticket")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#toasts")).to_contain_text("به شما سپرده شد")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{ticket['id']}?q=*")
    page.keyboard.press("r")
    page.keyboard.type("بابت این اتفاق پوزش می‌خواهیم. من پیگیر هستم و تا فردا نتیجه را خبر می‌دهیم.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.reply")).to_contain_text("پوزش می‌خواهیم")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("حل شد")

    case = triage.look(sampled.desk.engine, ticket["id"])
    assert case.ticket["status"] == "resolved"
    assert case.ticket["assignee"] == "لیلا"
    assert [promise["status"] for promise in case.promises] == ["kept"]


def test_the_reasons_of_an_urgent_ticket_are_told_on_focus(sampled, visit: Visit) -> None:
    sampled.say("پیک شما با موتور زد به بچه‌ام و فرار کرد، از شما به پلیس شکایت می‌کنم", customer="why-1")
    page = visit("/inbox?q=موتور زد به بچه")
    badge = page.locator(".why .urgency").first
    box = page.locator(".why-box").first
    expect(box).to_be_hidden()
    badge.focus()
    expect(box).to_be_visible()
    expect(box).to_contain_text("+")


def test_a_tag_lights_up_its_words(sampled, visit: Visit) -> None:
    ticket = sampled.say("غذا یخ رسید و پیک بداخلاق بود، پولم را پس بدهید", customer="light-1")["ticket"]
    page = visit(f"/tickets/{ticket['id']}")
    chip = page.locator(".tag-list [data-tag^=topic]").first
    chip.hover()
    tag = chip.get_attribute("data-tag")
    lit = page.locator("mark.lit")
    assert lit.count() >= 1
    assert all(tag in mark.get_attribute("data-tags").split() for mark in lit.all())


def test_a_correction_holds_at_once_and_is_taken_back_with_one_click(sampled, visit: Visit) -> None:
    receipt = sampled.say("سفارش من سه روز دیر رسید و پشتیبانی جواب نداد", customer="fix-1")
    before = receipt["tags"]["category"]["label"]
    page = visit(f"/tickets/{receipt['ticket']['id']}", role="agent")
    page.keyboard.press("c")
    page.get_by_role("button", name="تحسین", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("اصلاح شد")
    expect(page.locator(".correct")).to_have_attribute("open", "")
    assert _tags(sampled, receipt["id"])["category"]["label"] == "praise"

    page.get_by_role("button", name="بازگرداندن").click()
    expect(page.locator("#toasts")).to_contain_text("برگشت")
    assert _tags(sampled, receipt["id"])["category"]["label"] == before
    with read(sampled.desk.engine) as conn:
        assert corrections.standing(conn, receipt["id"]) == {}


def test_a_correction_is_made_and_taken_back_without_the_mouse(sampled, visit: Visit) -> None:
    receipt = sampled.say("پارکینگ هتل جا نداشت و نگهبان سر ما داد زد", customer="fix-2")
    before = receipt["tags"]["sentiment"]["label"]
    page = visit(f"/tickets/{receipt['ticket']['id']}", role="agent")
    page.keyboard.press("c")
    expect(page.locator(".correct > summary")).to_be_visible()
    _tab_to(page, "بسیار مثبت")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("اصلاح شد")
    assert _tags(sampled, receipt["id"])["sentiment"]["label"] == "very_positive"
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("برگشت")
    assert _tags(sampled, receipt["id"])["sentiment"]["label"] == before


def test_several_wrong_labels_are_corrected_before_the_card_is_done_on_a_persian_keyboard(
    sampled, visit: Visit
) -> None:
    page = visit("/review", role="agent")
    _press(page, "ت")
    card = page.locator(".review > li.here")
    id_ = card.get_attribute("id")
    _press(page, "ز")
    told = {"category": "other", "sentiment": "very_positive"}
    for field, label in told.items():
        chip = page.locator(f"[id='{id_}-{field}-{label}']")
        chip.focus()
        page.keyboard.press("Enter")
        expect(chip).to_have_attribute("aria-pressed", "true")
        expect(chip).to_be_focused()
    expect(card.locator(".tag-list")).to_contain_text("به گفتهٔ لیلا")
    assert {field: _tags(sampled, id_)[field]["label"] for field in told} == told
    _press(page, "غ")
    expect(page.locator(f"[id='{id_}']")).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text("تأیید شد")
    _press(page, "ظ")
    expect(page.locator(f"[id='{id_}']")).to_have_count(1)
    assert {field: _tags(sampled, id_)[field]["label"] for field in told} == told


def _press(page: Page, key: str) -> None:
    """Press a key of a Persian layout, which the browser of the tests does not have."""
    page.evaluate(
        "key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))",
        key,
    )


def test_every_key_of_the_pages_is_on_a_persian_keyboard() -> None:
    folder = Path(web.__file__).parent
    script = (folder / "static/keys.js").read_text()
    templates = " ".join(file.read_text() for file in folder.glob("templates/*.html"))
    places = [place.key for group in frame.GROUPS for place in group.places if place.key]
    keys = {*re.findall(r'data-key="([a-z])"', templates), *places, *"gjkx"}
    assert keys >= {"y", "z", "r", "i"}
    persian = dict(re.findall(r'"(\w)": "(\w)"', script))
    # ISIRI 9147
    layout = dict(zip("qwertyuiopasdfghjklzxcvbnm", "ضصثقفغعهخحشسیبلاتنمظطزرذدپ", strict=True))
    assert {key: persian.get(layout[key]) for key in keys} == {key: key for key in keys}


def _ask_often(page: Page) -> None:
    """Load the page anew with a clock that lets it ask for news eight times as often."""
    page.add_init_script("const real = setInterval; setInterval = (work, pause) => real(work, pause / 8);")
    page.reload()


def _living_inbox(visit: Visit, address: str = "/inbox") -> Page:
    page = visit(address, role="agent")
    _ask_often(page)
    page.wait_for_function("fetch('/inbox/pulse').then(() => true)")
    return page


def test_a_new_ticket_comes_by_itself_and_an_urgent_one_is_announced(sampled, visit: Visit) -> None:
    page = visit("/inbox?channel=kiosk", role="agent")  # a list that is never longer than a page
    _ask_often(page)
    page.evaluate("window.neverReloaded = true")
    page.wait_for_function("fetch('/inbox/pulse').then(() => true)")
    ordinary = sampled.say("طعم بستنی زعفرانی معمولی بود و قاشقش شکست", customer="live-1", channel="kiosk")
    assert ordinary["ticket"]["priority"] != "urgent"
    expect(page.locator(f"[id='{ordinary['ticket']['id']}']")).to_be_visible()
    assert page.locator(".toast.alarm").count() == 0

    urgent = sampled.say(
        "گاز اتاق هتل نشت کرد، دو نفر مسموم و بیهوش شدند، آمبولانس بفرستید",
        customer="live-2",
        channel="kiosk",
    )
    assert urgent["ticket"]["priority"] == "urgent"
    expect(page.locator(".toast.alarm")).to_contain_text("گاز اتاق هتل نشت کرد")
    expect(page.locator(f"[id='{urgent['ticket']['id']}']")).to_be_visible()
    expect(page).to_have_title(re.compile("بحرانی"))
    assert page.evaluate("window.neverReloaded") is True


def test_one_urgent_ticket_that_goes_hides_no_other_that_comes(sampled, visit: Visit) -> None:
    first = sampled.say(f"{_POISONED} یک", customer="mark-1")["ticket"]["id"]
    page = visit("/inbox?q=وزارت بهداشت", role="agent")
    _ask_often(page)
    expect(page.locator(f"[id='{first}']")).to_be_visible()
    page.evaluate("document.hasFocus = () => false")  # another window is looked at
    line, caller = sampled.desk.line, Caller(id="key_m", name="مهدی", role="agent", kind="key")
    with page.expect_response("**/inbox/pulse"):
        triage.resolve(TicketAction(line=line, caller=caller, ticket_id=first, now=datetime.now(UTC)), None)
        sampled.say(f"{_POISONED} دو", customer="mark-2")
    expect(page.locator(".toast.alarm")).to_have_count(1)
    expect(page.locator(".toast.alarm")).to_contain_text(re.compile(r"سالاد مسموم"))
    expect(page).to_have_title(re.compile("^● "))
    _come_anew(page, sampled, 7)
    expect(page).to_have_title(re.compile("^● "))
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page).to_have_title(re.compile("^[^●]*$"))


def test_a_searched_or_filtered_inbox_goes_on_living(sampled, visit: Visit) -> None:
    page = _living_inbox(visit)
    page.keyboard.press("/")
    page.keyboard.type("جوجه‌تیغی")
    page.keyboard.press("Enter")
    expect(page.locator(".nothing")).to_be_visible()
    first = sampled.say("توی سوپ جوجه‌تیغی بود، مسموم شدیم و بیمارستانیم", customer="find-1")["ticket"]
    expect(page.locator(f"[id='{first['id']}']")).to_be_visible()
    expect(page.locator("#q")).to_be_focused()

    page.keyboard.type(" کباب")  # not asked for yet
    second = sampled.say("جوجه‌تیغی زنده روی کباب بود، از شما شکایت می‌کنم", customer="find-2")["ticket"]
    with page.expect_response("**/inbox/pulse"):
        pass
    page.wait_for_timeout(500)
    assert page.locator(f"[id='{second['id']}']").count() == 0
    page.locator("#q").fill("جوجه‌تیغی")
    page.locator("#by-state").focus()
    expect(page.locator(f"[id='{second['id']}']")).to_be_visible()
    third = sampled.say("باز هم جوجه‌تیغی در غذا بود و مسموم شدیم، اورژانس بفرستید", customer="find-3")[
        "ticket"
    ]
    expect(page.locator(f"[id='{third['id']}']")).to_be_visible()


def test_who_does_not_see_a_list_hears_how_long_it_has_become(sampled, visit: Visit) -> None:
    page = visit("/comments")
    heard = page.locator("#tally[role=status]")
    expect(heard).to_have_text("")  # told by the page itself
    page.locator("#by-urgency").select_option("critical")
    expect(heard).to_have_text(re.compile("^[۰-۹٬]+ نظر$"))
    expect(page.locator("[data-tally]")).to_have_text(heard.text_content())
    page.locator("#q").fill("واژه‌ای که هیچ‌کس ننوشت")
    page.keyboard.press("Enter")
    expect(heard).to_have_text("۰ نظر")


def test_nothing_moves_under_the_hands_of_somebody_who_chooses(sampled, visit: Visit) -> None:
    sampled.say("پشتی صندلی تاکسی شکسته بود", customer="live-7", channel="rank")
    page = _living_inbox(visit, "/inbox?channel=rank")  # a list that is never longer than a page
    page.locator("input[name=ticket]").first.check()
    said = "روکش صندلی تاکسی پاره بود و لباسم گیر کرد"
    row = sampled.say(said, customer="live-3", channel="rank")["ticket"]
    with page.expect_response("**/inbox/pulse"):
        pass
    page.wait_for_timeout(500)
    assert page.locator(f"[id='{row['id']}']").count() == 0
    page.locator("input[name=ticket]").first.uncheck()
    expect(page.locator(f"[id='{row['id']}']")).to_be_visible()


def test_what_came_after_a_list_was_drawn_and_before_the_first_question_comes_too(
    sampled, visit: Visit
) -> None:
    page = visit("/inbox", role="agent")
    told = {"stamp": "of another moment", "urgent": 0, "newest": None}
    page.route("**/inbox/pulse", lambda route: route.fulfill(json=told))
    with page.expect_request(lambda sent: sent.url.endswith("/inbox") and not sent.is_navigation_request()):
        _ask_often(page)


def test_a_list_that_comes_anew_calls_nobody_back_to_the_line_they_left(sampled, visit: Visit) -> None:
    page = _living_inbox(visit)
    page.keyboard.press("j")
    page.keyboard.press("/")
    _come_anew(page, sampled, 4)
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.evaluate("scrollTo(0, 900)")
    _come_anew(page, sampled, 5)
    assert page.evaluate("scrollY") == 900
    page.keyboard.press("j")
    _come_anew(page, sampled, 6)
    assert page.evaluate("document.activeElement.classList.contains('here')")


def test_who_goes_by_the_tabulator_stays_where_they_are_in_a_list_that_comes_anew(
    sampled, visit: Visit
) -> None:
    page = _living_inbox(visit)
    page.keyboard.press("j")
    places = (
        "#nav a[href*='queue=']",
        "#nav [data-do=theme]",
        ".ticket:nth-child(3) .why [tabindex]",
        ".head a",
    )
    for n, place in enumerate(places, 10):
        page.locator(place).first.focus()
        held = page.evaluate("document.activeElement.outerHTML.split('>')[0]")
        _come_anew(page, sampled, n)
        assert page.evaluate("document.activeElement.outerHTML.split('>')[0]") == held


def _come_anew(page: Page, sampled, n: int) -> None:
    """Let a customer write, and wait for the list that tells of it."""
    with page.expect_response(lambda answer: "/inbox?" in f"{answer.url}?"):
        sampled.say("نردبان تاشو لق می‌زند", customer=f"anew-{n}")
    expect(page.locator("html.busy")).to_have_count(0)


def test_an_unusual_volume_is_marked_on_the_volume_alone(sampled, visit: Visit) -> None:
    page = visit("/trends?days=90&by=day")
    assert page.locator("#series [data-mark]").count() > 0
    expect(page.locator(".marks")).to_be_visible()
    for metric in ("share", "net", "urgent_share"):
        page.goto(f"/trends?days=90&by=day&metric={metric}")
        expect(page.locator(".chart canvas")).to_be_visible()
        assert page.locator("#series [data-mark], .marks").count() == 0


def test_no_name_or_dot_of_the_kano_map_covers_another_name(sampled, visit: Visit) -> None:
    page = visit("/drivers?days=90")
    assert page.locator(".kano g").count() > 3
    covered = page.evaluate(_COVERED)
    assert covered == []


def test_a_click_into_the_chart_leads_to_the_comments_of_that_week(sampled, visit: Visit) -> None:
    page = visit("/trends?days=90&by=week")
    rows = page.locator("#series tbody tr")
    weeks = rows.count()
    at = weeks - 4
    counted = int(rows.nth(at).locator("td").first.get_attribute("data-value"))
    asked = parse_qs(urlsplit(rows.nth(at).locator("a").get_attribute("href")).query)
    box = page.locator(".chart .u-over").bounding_box()
    # the oldest week is at the right edge
    x = box["x"] + box["width"] * (1 - at / (weeks - 1))
    page.mouse.move(x, box["y"] + box["height"] / 2)
    page.mouse.click(x, box["y"] + box["height"] / 2)
    page.wait_for_url("**/comments?*")
    found = parse_qs(urlsplit(page.url).query)
    assert (found["since"], found["until"]) == (asked["since"], asked["until"])
    assert _count_pages(page) == counted > 0


def test_a_narrowed_trend_leads_to_comments_narrowed_alike(sampled, visit: Visit) -> None:
    page = visit("/trends?days=90&by=month&product=سفره‌رو&branch=ونک")
    row = page.locator("#series tbody tr").nth(-2)
    counted = int(row.locator("td").first.get_attribute("data-value"))
    page.locator("details:has(#series) > summary").click()
    row.locator("a").click()
    page.wait_for_url("**/comments?*")
    expect(page.locator("#by-product")).to_have_value("سفره‌رو")
    expect(page.locator("#by-branch")).to_have_value("ونک")
    narrowed = _count_pages(page)
    assert narrowed == counted > 0
    page.goto(page.url.split("&before=")[0])
    page.locator("#by-branch").select_option("")
    page.wait_for_url(re.compile("^(?!.*branch=).*$"))
    assert _count_pages(page) > narrowed


def test_a_point_of_a_trend_leads_to_the_comments_it_counts(sampled, visit: Visit) -> None:
    page = visit("/trends?days=90&by=week")
    page.locator("details:has(#series) > summary").click()
    row = page.locator("#series tbody tr").nth(-3)
    counted = int(row.locator("td").first.get_attribute("data-value"))
    row.locator("a").click()
    page.wait_for_url("**/comments?*")
    assert _count_pages(page) == counted > 0


def test_a_broken_row_of_an_import_is_named_and_stops_no_other(sampled, visit: Visit, tmp_path) -> None:
    file = tmp_path / "نظرها.csv"
    rows = ("متن نظر,ستاره", "سینما تمیز بود و صدا عالی,۵", "صندلی شکسته بود,۹", "صف بوفه خیلی طولانی بود,۲")
    file.write_text("\n".join(rows), encoding="utf-8")
    page = visit("/settings/import")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("select[name='column.text']")).to_have_value("متن نظر")
    page.get_by_role("button", name="وارد کردن").click()
    page.wait_for_url("**/settings/import/job_*")
    expect(page.locator("main")).to_contain_text("پایان یافت")
    figures = page.locator(".figure dd:not(.beside)").all_inner_texts()
    assert figures == ["۳", "۲", "۰", "۱"]
    expect(page.locator("table")).to_contain_text("ستاره: این مقدار باید عددی درست از ۱ تا ۵ باشد")


def test_many_broken_rows_are_told_with_all_that_is_wrong_and_where_the_others_are(
    sampled, visit: Visit, tmp_path
) -> None:
    file = tmp_path / "broken.csv"
    file.write_text("متن نظر,ستاره\nبرگشت پولم طول کشید,۲\n" + ",۹\n" * 51, encoding="utf-8")
    page = visit("/settings/import", role="agent")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("select[name='column.text']")).to_have_value("متن نظر")
    page.get_by_role("button", name="وارد کردن").click()
    page.wait_for_url("**/settings/import/job_*")
    expect(page.locator("main")).to_contain_text("پایان یافت")
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(page.locator("main")).to_contain_text("۵۰ سطر نخست اینجاست و همهٔ ۵۱ سطر در پروندهٔ CSV")
    expect(page.locator("tbody tr").first).to_contain_text("متن نظر: متن خالی است؛ ستاره: این مقدار")
    page.get_by_role(
        "link", name="پرونده‌ای دیگر"
    ).click()  # an agent has no tabs of the settings to go back by
    expect(page.get_by_role("link", name="broken.csv")).to_be_visible()


def test_twenty_comments_are_reviewed_without_the_mouse(sampled, visit: Visit) -> None:
    page = visit("/review", role="agent")
    first = page.locator(".review > li").first.get_attribute("id")
    page.keyboard.press("j")
    for _ in range(3):
        done = page.locator(".review > li.here").get_attribute("id")
        page.keyboard.press("y")
        expect(page.locator(f"[id='{done}']")).to_have_count(0)
    with read(sampled.desk.engine) as conn:
        row = stored.get(conn, first)
    assert row["reviewed_at"] is not None


def test_a_reply_is_advised_while_it_is_written(sampled, visit: Visit) -> None:
    ticket = sampled.say("دو بار پول از حسابم کم شد و کسی جواب نمی‌دهد", customer="advice-1")["ticket"]
    page = visit(f"/tickets/{ticket['id']}", role="agent")
    page.locator("#reply").fill("باشه بررسی می‌کنیم")
    expect(page.locator("#advice")).to_contain_text("عذرخواهی")
    page.locator("#draft").select_option(index=1)
    expect(page.locator("#advice .good").first).to_be_visible()


def test_ready_texts_follow_the_complaint_that_came_after_a_question(sampled, visit: Visit) -> None:
    sampled.say("ساعت کاری شعبهٔ ونک چیست؟", customer="later-1")
    said = sampled.say("دو بار پول از حسابم کم شد و کسی جواب نمی‌دهد", customer="later-1")
    page = visit(f"/tickets/{said['ticket']['id']}", role="agent")
    expect(page.locator("article.card")).to_have_count(2)
    page.locator("#reply").fill("باشه بررسی می‌کنیم")
    expect(page.locator("#advice")).to_contain_text("عذرخواهی")
    page.locator("#draft").select_option(index=1)
    expect(page.locator("#reply")).to_have_value(re.compile("پوزش"))


def test_trends_and_alerts_name_the_same_risers_and_no_alert_that_is_over(another, visit: Visit) -> None:
    desk, now = another(worker=False), datetime.now(UTC)
    for number in range(30):
        desk.say(f"غذا سرد رسید {number}", at=now - timedelta(days=20, hours=number))
        desk.say(f"فاکتور رسمی ندادید {number}")
    long_ago = now - timedelta(days=21)
    facts = {"kind": "emerging_term", "subject": "کارتخوان", "since": long_ago.toordinal(), "sure": 0.999}
    told = {"message_fa": "«کارتخوان» تازه زیاد شده است", "figures": {"n": 9}, "samples": []}
    with begin(desk.desk.engine) as conn:
        alerts.raise_(conn, long_ago, facts | told)
        alerts.close_calm(conn, now)
    page = visit("/alerts?days=30", desk=desk)
    told_there = page.locator("section[aria-label='تازه زیاد شده‌ها'] h3").all_inner_texts()
    page.goto("/trends?days=30")
    chips = page.locator("section.card", has_text="در هفت روز اخیر تازه زیاد شده").locator(".chip")
    assert [chip.get_attribute("title") for chip in chips.all()] == told_there
    (rise,) = told_there
    assert "رسمی" in rise


def test_tickets_are_handed_over_together(sampled, visit: Visit) -> None:
    said = [sampled.say(f"بستهٔ شماره {n} با جعبهٔ له‌شدهٔ ارغوانی رسید", customer=f"bulk-{n}") for n in (1, 2)]
    page = visit("/inbox?q=ارغوانی", role="agent")
    for box in page.locator("input[name=ticket]").all():
        box.check()
    page.get_by_role("button", name="سپردن", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("انجام شد")
    for one in said:
        assert triage.look(sampled.desk.engine, one["ticket"]["id"]).ticket["assignee"] == "لیلا"


def test_tickets_are_handed_over_together_on_a_telephone(sampled, visit: Visit) -> None:
    said = [sampled.say(f"لیوان شماره {n} لب‌پریده و فیروزه‌ای رسید", customer=f"small-{n}") for n in (1, 2, 3)]
    page = visit("/inbox?q=فیروزه", role="agent", viewport={"width": 360, "height": 780}, has_touch=True)
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    page.locator(".pick").first.tap()
    expect(bar).to_be_in_viewport(ratio=1)
    bar.get_by_label("همه").tap()
    expect(bar).to_contain_text("۳ تیکت")
    bar.get_by_role("button", name="سپردن", exact=True).tap()
    expect(page.locator("#toasts")).to_contain_text("انجام شد")
    for one in said:
        assert triage.look(sampled.desk.engine, one["ticket"]["id"]).ticket["assignee"] == "لیلا"


def test_keys_are_for_all_that_is_picked(sampled, visit: Visit) -> None:
    said = [sampled.say(f"قوری شماره {n} لاجوردی نبود و ترک داشت", customer=f"pick-{n}") for n in (1, 2, 3)]
    page = visit("/inbox?q=لاجورد", role="agent")
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator("#bulk")).to_contain_text("۲ تیکت")
    page.keyboard.press("e")
    expect(page.locator(".ticket")).to_have_count(1)
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("به حالت پیش برگشت")
    expect(page.locator(".ticket")).to_have_count(3)
    assert {triage.look(sampled.desk.engine, one["ticket"]["id"]).ticket["status"] for one in said} == {
        "open"
    }


def test_what_is_picked_stays_while_it_is_seen_and_no_longer(sampled, visit: Visit) -> None:
    for n in (1, 2, 3):
        sampled.say(f"قاشق شماره {n} زنگاری بود", customer=f"back-{n}")
    page = visit("/inbox?q=زنگاری", role="agent")
    page.locator("input[name=ticket]").nth(1).check()
    picked = page.locator("input[name=ticket]:checked").get_attribute("value")
    page.locator(".ticket").first.hover()
    page.locator(".ticket").first.get_by_role("button", name="به من").click()
    expect(page.locator("#toasts")).to_contain_text("به شما سپرده شد")
    expect(page.locator("input[name=ticket]:checked")).to_have_value(picked)
    expect(page.locator("#bulk")).to_contain_text("۱ تیکت")
    page.locator("a.cover").first.click()
    page.wait_for_url("**/tickets/*")
    page.go_back()
    expect(page.locator(".ticket")).to_have_count(3)
    page.wait_for_load_state()
    assert page.locator("input[name=ticket]:checked").count() == 0
    expect(page.locator("#bulk")).to_be_hidden()


def test_a_list_that_is_not_fresh_any_more_says_so(sampled, visit: Visit) -> None:
    page = visit("/inbox?q=سفارش&state=all", role="agent")
    listed = page.evaluate("location.pathname + location.search")
    page.route("**/inbox/pulse", lambda route: route.abort())
    _ask_often(page)
    expect(page.locator("#stale")).to_contain_text("ارتباط با سرور قطع است")
    page.unroute("**/inbox/pulse")
    expect(page.locator("#stale")).to_have_count(0)
    page.context.clear_cookies()
    expect(page.locator("#stale")).to_contain_text("نشست شما به پایان رسیده است")
    page.get_by_role("link", name="ورود", exact=True).click()
    page.wait_for_url("**/sign-in?*")
    expect(page.locator("input[name=next]")).to_have_value(listed)


def test_a_jump_within_the_page_changes_nothing_of_it(visit: Visit) -> None:
    page = visit("/try", viewport={"width": 390, "height": 800})
    page.locator("#text").fill("کتاب دو روز زودتر رسید")
    page.locator(".top-menu").click()
    page.wait_for_url("**#nav")
    page.locator(".side-close").click()
    page.wait_for_url("**#main")
    expect(page.locator("#text")).to_have_value("کتاب دو روز زودتر رسید")


def test_the_tickets_of_a_name_are_narrowed_and_gone_through_like_any_others(sampled, visit: Visit) -> None:
    name = "شهین دخت مهرورز"
    said = [
        sampled.say(f"ترازو شماره {n} کار نمی‌کند", customer=f"name-{n}", name=name, channel=channel)
        for n, channel in enumerate(("web", "phone", "phone"))
    ]
    ids = [one["ticket"]["id"] for one in said]
    caller = Caller(id="key_desk", name="مهدی", role="agent", kind="key")
    triage.resolve(
        TicketAction(line=sampled.desk.line, caller=caller, ticket_id=ids[2], now=datetime.now(UTC)),
        reason=None,
    )
    page = visit(f"/inbox?q={name}", role="agent")
    expect(page.locator(".ticket")).to_have_count(3)
    page.locator("#by-channel").select_option("phone")
    expect(page.locator(".ticket")).to_have_count(2)
    page.locator("#by-state").select_option("resolved")
    expect(page.locator(".ticket")).to_have_count(1)
    page.goto(f"/inbox?q={name}&channel=phone")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/*")
    first = page.url
    page.keyboard.press("j")
    page.wait_for_function("there => location.href !== there", arg=first)
    assert {first.split("/tickets/")[1][:29], page.url.split("/tickets/")[1][:29]} == set(ids[1:])


def test_a_customer_is_found_by_a_word_of_the_name_as_it_is_typed(sampled, visit: Visit) -> None:
    said = sampled.say("پرده اتاق کج دوخته شده", customer="word-1", name="گلشید ارجمند‌پور")["ticket"]
    for role, found in (("agent", 1), ("reader", 0)):
        page = visit("/inbox", role=role)
        for typed in ("ارجم", "ارجمندپور گلشيد"):
            page.locator("#q").fill(typed)
            page.keyboard.press("Enter")
            page.wait_for_url("**q=*")
            expect(page.locator("#q")).to_have_value(typed)
            expect(page.locator(".ticket")).to_have_count(found)
            expect(page.locator(f"[id='{said['id']}']")).to_have_count(found)


def test_a_ticket_settled_by_mistake_comes_back_with_one_key(sampled, visit: Visit) -> None:
    ticket = sampled.say("سبد حصیری بندش پاره بود", customer="slip-1")["ticket"]
    page = visit("/inbox?q=حصیری", role="agent")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("حل شد")
    expect(page.locator(".ticket")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("به حالت پیش برگشت")
    expect(page.locator(f"[id='{ticket['id']}']")).to_be_visible()


@pytest.mark.parametrize(("name", "said"), [("عمل شد", "بسته شد"), ("قول نبود", "کنار گذاشته شد")])
def test_a_promise_closed_by_mistake_comes_back_with_one_key(
    sampled, visit: Visit, name: str, said: str
) -> None:
    ticket = sampled.say("گلدان سفالی لبش پریده بود", customer=f"slip-{said}")["ticket"]["id"]
    line, me = sampled.desk.line, Caller(id="tests", name="لیلا", role="agent", kind="session")
    now = datetime.now(UTC)
    pledges.promise(TicketAction(line=line, caller=me, ticket_id=ticket, now=now), now + timedelta(minutes=1))
    page = visit("/promises", role="agent")
    item = page.locator(".ticket").filter(has=page.locator(f"[href*='{ticket}']"))
    item.get_by_role("button", name=name).click()
    expect(page.locator("#toasts")).to_contain_text(said)
    expect(item).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("به حالت پیش برگشت")
    expect(item).to_be_visible()
    item.get_by_role("button", name=name).click()
    expect(item).to_have_count(0)
    page.goto(f"/tickets/{ticket}")
    page.get_by_role("button", name="بازگرداندن", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("به حالت پیش برگشت")
    (promise,) = triage.look(sampled.desk.engine, ticket).promises
    assert promise["status"] == "open"


def test_the_way_back_outlives_a_list_that_comes_anew_by_itself(sampled, visit: Visit) -> None:
    sampled.say("تخته‌نرد خاتم مهره‌هایش کم بود", customer="slip-4")
    page = visit("/inbox?q=خاتم", role="agent")
    _ask_often(page)
    page.wait_for_function("fetch('/inbox/pulse').then(() => true)")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator(".ticket")).to_have_count(0)
    fresh = sampled.say("تخته‌نرد خاتم درش شکسته بود", customer="slip-5")["ticket"]
    expect(page.locator(f"[id='{fresh['id']}']")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator(".ticket")).to_have_count(2)


def test_tickets_settled_together_by_mistake_come_back_together(sampled, visit: Visit) -> None:
    said = [sampled.say("گلدان نیلوفری ترک‌خورده رسید", customer=f"slip-{n}") for n in (2, 3)]
    page = visit("/inbox?q=نیلوفر", role="agent")
    for box in page.locator("input[name=ticket]").all():
        box.check()
    page.locator("#bulk").get_by_role("button", name="حل شد").click()
    expect(page.locator(".ticket")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator(".ticket")).to_have_count(2)
    for one in said:
        assert triage.look(sampled.desk.engine, one["ticket"]["id"]).ticket["status"] == "open"


def test_two_tickets_of_one_customer_become_one(sampled, visit: Visit) -> None:
    now = datetime.now(UTC)
    old = sampled.say("کیف خریدم زیپش خراب بود", customer="twice-1", at=now - timedelta(days=10))["ticket"]
    line, me = sampled.desk.line, Caller(id="tests", name="لیلا", role="agent", kind="session")
    first = TicketAction(line=line, caller=me, ticket_id=old["id"], now=now - timedelta(days=9))
    triage.resolve(first, "تعمیر شد")
    new = sampled.say("زیپ این کیف هم خراب بود", customer="twice-1", at=now - timedelta(hours=1))["ticket"]
    assert new["id"] != old["id"]
    triage.reopen(TicketAction(line=line, caller=me, ticket_id=old["id"], now=now), "هنوز خراب است")

    page = visit(f"/tickets/{new['id']}", role="agent")
    page.locator("#reply").fill("پوزش می‌خواهیم؛ تا شنبه کیف تازه را می‌فرستیم.")
    page.get_by_role("button", name="فرستادن", exact=False).first.click()
    expect(page.locator(".message.reply")).to_have_count(1)
    questions = []
    page.on("dialog", lambda dialog: (questions.append(dialog.message), dialog.accept()))
    page.locator("summary", has_text="ادغام").click()
    merge = page.locator("form[action$='/merge']")
    expect(merge.locator("option")).to_have_text(["کیف خریدم زیپش خراب بود"])
    merge.get_by_role("button", name="ادغام").click()
    expect(page.locator("#toasts")).to_contain_text("ادغام شد")
    assert triage.look(sampled.desk.engine, new["id"]).ticket["merged_into"] == old["id"]
    # the address of the merged ticket leads to the one that goes on
    page.wait_for_url(f"**/tickets/{old['id']}")
    expect(page.locator("article .words")).to_have_count(2)
    expect(page.locator(".message.reply")).to_contain_text("کیف تازه را می‌فرستیم")
    expect(page.get_by_role("button", name="عمل شد")).to_have_count(1)
    assert len(questions) == 1
    page.locator("details.trail > summary").click()
    absorbed = page.locator("details.trail li", has_text="تیکت دیگری را در خود گرفت")
    expect(absorbed.locator(".chip")).to_have_text(["نظر: ۱", "پاسخ و یادداشت: ۱", "قول: ۱"])
    expect(page.locator("details.trail li", has_text="در تیکت ادغام‌شده").first).to_be_visible()


def test_a_settled_ticket_takes_notes_only_until_it_is_opened_again(sampled, visit: Visit) -> None:
    ticket = sampled.say("دستهٔ قوری چینی شکسته بود", customer="closed-1")["ticket"]
    page = visit(f"/tickets/{ticket['id']}", role="agent")
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("حل شد")
    assert page.get_by_role("button", name="فرستادن").count() == 0
    page.keyboard.press("r")
    page.keyboard.type("قوری تازه را فردا می‌فرستیم")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.note")).to_contain_text("قوری تازه")
    page.get_by_role("button", name="بازگشایی").click()
    expect(page.get_by_role("button", name="فرستادن", exact=False).first).to_be_visible()
    kinds = [one["kind"] for one in triage.look(sampled.desk.engine, ticket["id"]).messages]
    assert kinds == ["note"]


def test_what_a_customer_writes_in_the_public_form_is_tagged_like_any_other(sampled, visit: Visit) -> None:
    page = visit("/form/delivery?branch=ونک", role=None)
    page.get_by_role("radio").first.check()
    page.get_by_label("چند کلمه بنویسید").fill("پیک نیم ساعت دیر آورد و جعبه له شده بود")
    page.get_by_role("button", name="فرستادن").click()
    expect(page.locator("h1")).to_have_text("سپاس از شما")
    with read(sampled.desk.engine) as conn:
        row = stored.listing(conn, stored.Filters(channel="form"), limit=1)[0]
    assert (row["touchpoint"], row["branch"], row["csat"]) == ("delivery", "ونک", 1)
    assert {topic["id"] for topic in row["tags"]["topics"]} & {"delivery_time", "packaging", "courier"}


def test_the_search_does_not_care_how_letters_are_typed(sampled, visit: Visit) -> None:
    sampled.say("کیف‌های چرمیِ شما بعد از ۲ هفته پاره شد", customer="search-1")
    page = visit("/comments")
    for typed in ("كيفهاي چرمي", "کیف های چرمی", "2 هفته پاره"):
        page.goto(f"/comments?q={typed}")
        expect(page.locator(".ticket").first).to_contain_text(re.compile("چرمی"))


def test_comments_are_narrowed_by_product_and_branch(sampled, visit: Visit) -> None:
    page = visit("/comments")
    page.locator("#by-product").select_option("هتل نارنجستان")
    page.wait_for_url("**product=*")
    page.locator("#by-branch").select_option("شیراز")
    page.wait_for_url("**branch=*")
    with read(sampled.desk.engine) as conn:
        rows = stored.listing(conn, Filters(product="هتل نارنجستان", branch="شیراز"), limit=1_000)
    assert _count_pages(page) == len(rows) > 0
    page.get_by_role("link", name="پاک کردن").click()
    expect(page.locator("#by-branch")).to_have_value("")


def _count_pages(page: Page) -> int:
    """Count the comments of a listing over all its pages."""
    found = page.locator(".ticket").count()
    more = page.get_by_role("link", name="نظرهای پیشین")
    while more.count():
        with page.expect_navigation():
            more.click()
        found += page.locator(".ticket").count()
    return found


def _tab_to(page: Page, name: str) -> None:
    """Go on with the tabulator until the thing with this name has the focus."""
    for _ in range(120):
        if page.evaluate("document.activeElement.textContent.trim()").startswith(name):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach «{name}»")


def _tags(served, feedback_id: str) -> dict:
    with read(served.desk.engine) as conn:
        return stored.get(conn, feedback_id)["tags"]
