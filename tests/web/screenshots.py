"""Take the pictures of the README: `python tests/web/screenshots.py SIGN_IN_LINK`, against a desk with sample data."""

import sys
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parents[2] / "docs/images"
COMMENT = "سه روزه سفارشم نرسیده، گفتید تا شنبه می‌رسه! به ۰۹۱۲۱۲۳۴۵۶۷ زنگ بزنید وگرنه به تعزیرات شکایت می‌کنم."


def main(link: str) -> None:
    """Sign in, and take the inbox, a ticket, the trends and the try-it page, light, 1440 px wide."""
    home = "{0.scheme}://{0.netloc}".format(urlsplit(link))
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=which("chromium-headless-shell") or which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light", locale="fa-IR")
        page.goto(link)
        page.wait_for_url("**/inbox*")
        take(page, "inbox")
        page.locator(".ticket", has_text="تعزیرات").locator("a[data-open-item]").first.click()
        page.wait_for_url("**/tickets/*")
        page.locator(".tag-list [data-tag]").nth(1).hover()
        take(page, "ticket")
        page.goto(f"{home}/trends?days=90")
        page.locator(".chart canvas").wait_for()
        take(page, "trends")
        page.goto(f"{home}/try")
        page.locator("#text").fill(COMMENT)
        page.get_by_role("button", name="برچسب بزن").click()
        page.locator(".tags-card").wait_for()
        take(page, "try")
        browser.close()


def take(page: Page, name: str) -> None:
    """Write one picture."""
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1])
