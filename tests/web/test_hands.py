"""Hands: where the focus, the caret and half-written words are after an answer has taken the place of the page."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from service import triage
from service.auth import Caller
from service.triage import TicketAction

Visit = Callable[..., Page]
#: Every answer comes so much later.
_SLOWLY = "const quick = window.fetch; window.fetch = async (...all) => (await new Promise((go) => setTimeout(go, 700)), quick(...all));"

#: Answers wait until the test lets them come.
_HELD_BACK = "const asked = window.fetch, held = new Promise((go) => { window.go = go; }); window.fetch = async (...all) => (await held, asked(...all)); 0"


def test_who_types_on_after_a_search_writes_behind_their_own_words(sampled, visit: Visit) -> None:
    page = visit("/comments")
    page.keyboard.press("/")
    page.keyboard.type("پیک")
    page.keyboard.press("Enter")
    page.wait_for_url("**/comments?q=*")
    page.keyboard.type(" دیر")
    expect(page.locator("#q")).to_have_value("پیک دیر")


def test_what_is_typed_while_the_answer_is_on_its_way_stays(sampled, visit: Visit) -> None:
    page = visit("/try")
    page.evaluate(_SLOWLY)
    page.locator("#text").fill("غذا سرد بود")
    page.keyboard.press("Control+Enter")
    page.keyboard.type(" و پیک")
    expect(page.locator(".tags-card")).to_be_visible()
    page.keyboard.type(" دیر آمد")
    expect(page.locator("#text")).to_have_value("غذا سرد بود و پیک دیر آمد")


@pytest.mark.parametrize(("before", "after"), [("۱", "۴۰۵/۸/۳۰"), ("۱۴۰۵/۸/۳۰", "")])
def test_a_filter_that_is_being_typed_is_sent_by_nobody_else(
    sampled, visit: Visit, before: str, after: str
) -> None:
    page = visit("/trends")
    page.get_by_role("link", name="روزهای دلخواه").click()
    until = page.locator("#by-until")
    expect(until).to_be_visible()
    page.wait_for_load_state()  # with its scripts
    asked: list[str] = []
    page.on("request", lambda request: asked.extend(parse_qs(urlsplit(request.url).query).get("until", ())))
    page.evaluate(_HELD_BACK)
    page.locator("#by-since").fill("۱۴۰۵/۸/۱")
    page.keyboard.press("Tab")
    expect(page.locator("html")).to_have_class("busy")
    page.keyboard.press("Control+a")
    page.keyboard.type(before)
    page.evaluate("go()")
    expect(page.locator("#by-since")).to_have_value("۱۴۰۵/۰۸/۰۱")
    expect(until).to_be_focused()
    page.keyboard.type(after)
    page.keyboard.press("Tab")
    expect(until).to_have_value("۱۴۰۵/۰۸/۳۰")
    assert asked[1:] == ["۱۴۰۵/۸/۳۰"]


def test_rules_that_are_being_written_outlive_the_test_of_a_text(sampled, visit: Visit) -> None:
    page = visit("/settings/rules")
    page.locator("summary", has_text="قاعده‌های دیگری").click()
    rules = page.locator("#written")
    rules.fill("# پیش‌نویس\n" + rules.input_value())
    page.locator("#text").fill("غذا سرد بود")
    page.get_by_role("button", name="کدام قاعده؟").click()
    expect(page.get_by_text("قاعدهٔ «", exact=False).first).to_be_visible()
    assert rules.input_value().startswith("# پیش‌نویس\n")


def test_a_reply_that_was_sent_does_not_come_back(sampled, visit: Visit) -> None:
    page = visit(_ticket(sampled, "hands-1"), role="agent")
    page.locator("#reply").fill("پوزش می‌خواهیم؛ تا فردا خبر می‌دهیم.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.reply")).to_be_visible()
    expect(page.locator("#reply")).to_have_value("")


def test_advice_on_a_reply_does_not_come_behind_it(sampled, visit: Visit) -> None:
    page = visit(_ticket(sampled, "hands-10"), role="agent")
    with page.expect_response("**/check"):  # a moment after the last letter, when the reply is gone
        page.locator("#reply").fill("همین حالا پیگیری می‌کنیم.")
        page.get_by_role("button", name="فرستادن و حل شد").click()
    expect(page.locator("#toasts")).to_contain_text("حل شد")
    page.wait_for_timeout(300)
    expect(page.locator("#advice")).to_be_empty()


def test_the_key_after_a_sent_reply_is_a_step_and_no_letter(sampled, visit: Visit) -> None:
    page = visit(_ticket(sampled, "hands-6"), role="agent")
    page.keyboard.press("r")
    page.keyboard.type("پوزش می‌خواهیم؛ تا فردا خبر می‌دهیم.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.reply")).to_be_visible()
    page.keyboard.press("y")
    expect(page.locator("#toasts")).to_contain_text("تأیید شد.")
    expect(page.locator("#composer")).to_be_focused()  # not the first link of the page
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("حل شد.")


def test_who_opens_the_labels_by_key_goes_on_into_them(sampled, visit: Visit) -> None:
    page = visit(_ticket(sampled, "hands-7"), role="agent")
    page.keyboard.press("c")
    page.keyboard.press("Tab")
    expect(page.locator(".correct fieldset button").first).to_be_focused()


def test_a_sum_that_is_not_sent_yet_outlives_another_step(sampled, visit: Visit) -> None:
    page = visit(_ticket(sampled, "hands-2"), role="agent")
    page.locator("summary", has_text="قول تازه").click()
    page.locator("#amount").fill("۲۵۰ هزار")
    page.get_by_role("button", name="انتظار مشتری").click()
    expect(page.locator("#toasts")).to_contain_text("در انتظار مشتری")
    expect(page.locator("#amount")).to_be_visible()
    expect(page.locator("#amount")).to_have_value("۲۵۰ هزار")


def test_what_is_chosen_and_not_sent_outlives_another_step(sampled, visit: Visit) -> None:
    page = visit(_ticket(sampled, "hands-11"), role="agent")
    page.locator("#more-acts > summary").click()
    (queue,) = page.locator("#move-to").select_option(index=1)
    page.locator(".correct > summary").click()
    page.locator("[id^=topics-] > summary").click()
    page.locator("select[name=mood]").select_option("positive")
    page.locator("[id^=topics-] button", has_text="قیمت").first.click()
    expect(page.locator("#toasts")).to_contain_text("اصلاح شد")
    expect(page.locator("select[name=mood]")).to_have_value("positive")
    expect(page.locator("#move-to")).to_be_visible()
    expect(page.locator("#move-to")).to_have_value(queue)
    page.locator("form[action$='/escalate'] button").click()
    expect(page.locator("#toasts")).to_contain_text("به صف دیگر ارجاع شد")
    expect(page.locator("#move-to")).to_have_value("")  # it is there: it cannot be sent there again


def test_who_comes_back_to_a_long_list_goes_on_where_they_were(sampled, visit: Visit) -> None:
    page = visit("/comments")
    # a browser that does not know the place of a page that must not be stored
    page.evaluate("history.scrollRestoration = 'manual'")
    page.evaluate("scrollTo(0, 900)")
    page.wait_for_function("history.state?.top === 900")
    page.locator("a.cover").nth(9).dispatch_event("click")
    page.wait_for_url(re.compile("/(tickets|comments)/"))
    assert page.evaluate("scrollY") == 0
    page.go_back()
    page.wait_for_function("scrollY === 900")


def test_who_presses_a_button_by_keyboard_goes_on_from_there(sampled, visit: Visit) -> None:
    page = visit("/settings/rules")
    page.locator("#text").fill("غذا سرد بود")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="کدام قاعده؟")).to_be_focused()

    page.goto(_ticket(sampled, "hands-3"))
    page.get_by_role("button", name="به من").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="به من")).to_have_count(0)
    # the button is gone, and another one in its place might be pressed by mistake
    expect(page.locator("#acts")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="حل شد e", exact=True)).to_be_focused()


def test_a_refusal_is_told_to_who_went_on_before_it_came(
    sampled, visit: Visit, still: Callable[[Page], Page]
) -> None:
    said = [sampled.say("فرغون چرخش کج است", customer=f"hands-{n}")["ticket"]["id"] for n in (4, 5)]
    # the list must not tell of the colleague before the click does
    page = still(visit("/inbox?q=فرغون", role="agent"))
    expect(page.locator(".ticket")).to_have_count(2)
    colleague = Caller(id="key_mahdi", name="مهدی", role="agent", kind="key")
    triage.assign(
        TicketAction(line=sampled.desk.line, caller=colleague, ticket_id=said[0], now=datetime.now(UTC)),
        "مهدی",
    )
    page.evaluate(_SLOWLY)
    for id_ in said:
        page.locator(f"[id='{id_}']").hover()
        page.locator(f"[id='{id_}'] [data-key=e]").click()
    expect(page.locator("#toasts .alarm")).to_contain_text("کسی زودتر دست به کار شد")
    expect(page.locator("#toasts")).to_contain_text("حل شد.")


def test_a_refusal_stays_until_it_is_dismissed(sampled, visit: Visit) -> None:
    page = visit("/trends")
    page.clock.install()
    page.route("**/trends?*", lambda route: route.fulfill(status=500, body="{}", content_type="text/plain"))
    told = page.locator("#toasts .refusal")
    for days in ("7", "90"):  # the same is told once
        page.locator("#by-days").select_option(days)
        expect(told).to_have_count(1)
        expect(told).to_contain_text("کد ۵۰۰")
    page.clock.run_for(60_000)
    expect(told).to_be_visible()
    told.get_by_role("button", name="بستن").press("Enter")
    expect(told).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()
    page.locator("#by-days").select_option("7")
    expect(told).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("Escape")
    expect(told).to_have_count(0)


def test_good_news_tells_no_refusal_anew(sampled, visit: Visit) -> None:
    page = visit(_ticket(sampled, "hands-7"), role="agent")
    page.route("**/assign", lambda route: route.abort())
    page.get_by_role("button", name="به من").click()
    expect(page.locator("#toasts .refusal")).to_be_visible()
    page.evaluate(
        """() => { window.heard = []; new MutationObserver((all) => all.forEach((one) =>
        window.heard.push(...[...one.addedNodes].map((node) => node.textContent))
        )).observe(document.getElementById("toasts"), { childList: true }); }"""
    )
    page.unroute("**/assign")
    page.get_by_role("button", name="به من").click()
    expect(page.locator("#toasts")).to_contain_text("به شما سپرده شد")
    expect(page.locator("#toasts .refusal")).to_be_visible()
    assert [one for one in page.evaluate("window.heard") if "ارتباط" in one] == []


def test_a_refused_field_tells_why_and_is_where_one_goes_on(sampled, visit: Visit) -> None:
    page = visit("/form/delivery", role=None)
    page.locator("#text").fill("   ")
    page.get_by_role("button", name="فرستادن").click()
    _refused(page.locator("#text"), "چند کلمه بنویسید")
    page = visit("/settings/webhooks")
    page.get_by_label("نشانی").fill("ftp://crm.example")
    page.get_by_role("button", name="افزودن").click()
    _refused(page.get_by_label("نشانی"), "https")


def test_columns_that_do_not_come_are_told(served, visit: Visit) -> None:
    page = visit("/settings/import", role="agent")
    page.route("**/settings/import/preview", lambda route: route.abort())
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": "متن\nچای سرد بود\n".encode()}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("#toasts .alarm")).to_contain_text("ارتباط با سرور برقرار نشد")
    page.unroute("**/settings/import/preview")
    page.route("**/settings/import/preview", lambda route: route.fulfill(status=503, body="busy"))
    page.locator("[name=encoding]").select_option("cp1256")
    expect(page.locator("#toasts .alarm").last).to_contain_text("کد ۵۰۳")
    page.unroute("**/settings/import/preview")
    page.context.clear_cookies()
    page.locator("[name=encoding]").select_option("")
    page.wait_for_url("**/sign-in?ended=true&next=%2Fsettings%2Fimport")


def test_a_line_is_called_by_its_words(sampled, visit: Visit) -> None:
    sampled.say("فانوس دریایی کج رسید و کسی جواب نمی‌دهد", customer="hands-8")
    called = re.compile("^فانوس دریایی کج رسید")
    page = visit("/comments?q=فانوس", role="agent")
    expect(page.locator(".ticket")).to_have_accessible_name(called)
    expect(page.locator(".cover")).to_have_accessible_name(called)
    page.goto("/inbox?q=فانوس")
    expect(page.locator(".ticket")).to_have_accessible_name(called)
    expect(page.locator(".pick input")).to_have_accessible_description(called)


def test_what_is_said_twice_is_one_tag(sampled, visit: Visit) -> None:
    text = "سفارش ۸۸۴۴۲۲ نرسید، به ۰۹۱۲۳۴۵۶۷۸۹ زنگ بزنید؛ تکرار می‌کنم سفارش ۸۸۴۴۲۲ و ۰۹۱۲۳۴۵۶۷۸۹"
    page = visit(f"/tickets/{sampled.say(text, customer='hands-9')['ticket']['id']}", role="agent")
    assert page.locator(".tag-list .chip", has_text="۸۸۴۴۲۲").count() == 1
    assert page.locator(".tag-list .chip.private").count() == 1


def _refused(field: Locator, why: str) -> None:
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile(why))


def _ticket(sampled, customer: str) -> str:
    said = sampled.say("بشقاب شکسته رسید و کسی جواب نمی‌دهد، پولم را پس بدهید", customer=customer)
    return f"/tickets/{said['ticket']['id']}"
