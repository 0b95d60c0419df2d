"""On a telephone: a screen of 360 px, hands that touch, and rows that are longer than it."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

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
