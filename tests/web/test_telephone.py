"""On a telephone: a screen of 360 px, hands that touch, and rows that are longer than it."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from service.auth import signing_secret
from service.storage import begin, webhooks

Visit = Callable[..., Page]
_TELEPHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True}


def test_a_touch_beside_the_list_of_pages_closes_it_and_does_nothing_else(sampled, visit: Visit) -> None:
    page = visit("/inbox", **_TELEPHONE)
    page.locator(".top-menu").tap()
    expect(page.locator("#nav")).to_be_visible()
    page.touchscreen.tap(20, 400)
    expect(page.locator("#nav")).to_be_hidden()
    assert urlsplit(page.url).path == "/inbox"
    expect(page.locator(".top-menu")).to_be_focused()
    page.locator(".top-menu").tap()
    page.keyboard.press("Escape")
    expect(page.locator("#nav")).to_be_hidden()
    page.locator(".top-menu").tap()
    page.locator("#nav").get_by_role("link", name="روندها").tap()
    page.wait_for_url("**/trends")


def test_a_long_address_stays_within_the_screen(sampled, visit: Visit) -> None:
    with begin(sampled.desk.engine) as conn:
        address = f"http://127.0.0.1:9/hook?{'team_of_support_' * 8}"
        webhook = webhooks.create(conn, datetime.now(UTC), address, ["ticket.opened"], signing_secret())
    page = visit("/settings/webhooks", **_TELEPHONE)
    for path in ("/settings/webhooks", f"/settings/webhooks/{webhook}"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == _TELEPHONE["viewport"]["width"]


def test_long_names_and_ids_stay_within_the_screen(sampled, visit: Visit) -> None:
    who = "3f2b8c1e-9d4a-4c77-8a10-5b6e2f9c0d11@customers.example"
    named = {
        "customer": who,
        "channel": "google_play_store_reviews_fa_and_others",
        "name": "نام‌بسیاربلند" * 6,
    }
    text = "گفتید تا شنبه سفارشم می‌رسد و نرسید"
    ticket = sampled.say(text, product="SM-G991B/" * 9, **named)["ticket"]["id"]
    page = visit("/inbox", role="agent", **_TELEPHONE)
    for path in (f"/comments?customer={who}", "/inbox?q=سفارشم", f"/tickets/{ticket}", "/promises"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == _TELEPHONE["viewport"]["width"], path


def test_a_long_name_of_a_topic_stays_within_the_screen(sampled, visit: Visit) -> None:
    page = visit("/settings/topics", **_TELEPHONE)
    name = "طرح‌بازگشت‌بستهٔ‌شیشه‌ای‌نوشیدنی‌های‌تابستانی‌شعبه‌ها"
    page.locator("#topic-name").fill(name)
    page.locator("#topic-query").fill("بستهٔ شیشه‌ای نوشیدنی")
    page.get_by_role("button", name="ذخیره").tap()
    page.get_by_role("link", name=name).tap()
    for link in ("دو موضوع از این یکی", "بازگشت"):
        page.get_by_role("link", name=link).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == _TELEPHONE["viewport"]["width"]
        page.get_by_role("link", name=link).tap()


def test_the_name_of_a_row_stays_while_its_figures_are_read(sampled, visit: Visit) -> None:
    page = visit("/drivers?days=90", **_TELEPHONE)
    table = page.locator(".scroll").first
    assert table.locator("tbody tr").first.locator("td").first.bounding_box()["x"] > 0
    table.evaluate("(one) => one.scrollTo({ left: -one.scrollWidth, behavior: 'instant' })")
    expect(table.locator("tbody th").first).to_be_in_viewport(ratio=0.9)


def test_no_keys_are_named_where_there_is_no_keyboard(sampled, visit: Visit) -> None:
    page = visit("/try", **_TELEPHONE, is_mobile=True)
    assert [one.text_content() for one in page.locator("main kbd").all() if one.is_visible()] == []


@pytest.mark.parametrize("path", ["/settings/forms", "/digest?department=security"])
def test_the_tab_that_is_open_is_seen(sampled, visit: Visit, path: str) -> None:
    page = visit(path, **_TELEPHONE)
    # its lower edge lies on the line below
    expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.9)


def test_the_filter_that_was_chosen_is_seen(sampled, visit: Visit) -> None:
    page = visit("/inbox", **_TELEPHONE)
    chosen = page.locator("#by-days")
    chosen.scroll_into_view_if_needed()
    chosen.select_option(index=1)
    page.wait_for_url("**/inbox?*days=*")
    expect(chosen).to_be_in_viewport(ratio=1)


def test_the_narrowest_screen_holds_the_journey(sampled, visit: Visit) -> None:
    page = visit("/journey?days=90", viewport={"width": 320, "height": 700}, has_touch=True)
    page.locator(".segmented").last.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_long_topic_stays_within_its_chart(sampled, visit: Visit) -> None:
    page = visit("/trends?days=30", **_TELEPHONE)
    page.locator(".u-legend .u-label").last.evaluate(
        "one => { one.textContent = 'بسته‌بندی سفارش‌های شکستنی ' + 'الف'.repeat(20); }"
    )
    chart, legend = (page.locator(one).bounding_box() for one in (".chart", ".u-legend"))
    assert legend["width"] <= chart["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == _TELEPHONE["viewport"]["width"]


def test_the_names_of_the_kano_map_can_be_read(sampled, visit: Visit) -> None:
    page = visit("/drivers?days=90", **_TELEPHONE)
    letters = "text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a"
    assert page.locator(".kano g text").first.evaluate(letters) >= 11
    assert page.evaluate("document.documentElement.scrollWidth") == _TELEPHONE["viewport"]["width"]


@pytest.mark.parametrize(
    ("path", "field", "written", "button"),
    [("keys", "name", "برنامهٔ فروش", "ساختن"), ("webhooks", "url", "http://127.0.0.1:9/sales", "افزودن")],
)
def test_a_secret_that_is_shown_once_comes_into_sight(
    sampled, visit: Visit, path: str, field: str, written: str, button: str
) -> None:
    page = visit(f"/settings/{path}", **_TELEPHONE)
    page.locator(f"#main input[name={field}]").fill(written)
    page.get_by_role("button", name=button, exact=True).tap()
    expect(page.locator("#secret")).to_be_in_viewport(ratio=0.9)
    expect(page.locator(".secret")).to_be_focused()
