"""Every page at both widths and in both themes: quiet, at home, and open to everybody."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from service.storage import read, tickets

Visit = Callable[..., Page]
AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text(encoding="utf-8")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 780}
INSIDE = (
    "/inbox",
    "/tickets/{ticket}",
    "/comments",
    "/comments/{comment}",
    "/trends?days=90",
    "/drivers?days=90",
    "/journey?days=90",
    "/alerts?days=90",
    "/work?days=90",
    "/digest",
    "/review",
    "/review/quality",
    "/try",
    "/settings/rules",
    "/settings/queues",
    "/settings/calendar",
    "/settings/import",
    "/settings/webhooks",
    "/settings/keys",
    "/settings/models",
    "/settings/forms",
)
OUTSIDE = ("/sign-in", "/form/delivery", "/form/loyalty", "/nowhere")
_SERIOUS = """async (only) => {
  const options = only ? { runOnly: { type: "rule", values: only } } : { resultTypes: ["violations"] };
  const found = await axe.run(document, options);
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""


@pytest.mark.parametrize("path", INSIDE)
def test_a_page_is_quiet_readable_and_fits(sampled, visit: Visit, path: str) -> None:
    with read(sampled.desk.engine) as conn:
        row = tickets.listing(conn, None, limit=1)[0]
    _inspect(visit(path.format(ticket=row["id"], comment=row["feedback_id"])))


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_page_outside_is_quiet_readable_and_fits(served, visit: Visit, path: str) -> None:
    _inspect(visit(path, role=None))


def test_a_tried_comment_is_readable_with_all_its_tags(served, visit: Visit) -> None:
    page = visit("/try")
    page.locator(".example").first.click()
    page.locator(".tags-card").wait_for()
    _inspect(page)


def _inspect(page: Page) -> None:
    found = {}
    for width, theme in ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")):
        page.set_viewport_size(width)
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        place = f"{width['width']} {theme}"
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        found[place] = [f"{too_wide} px too wide"] if too_wide > 0 else []
        # what a page is made of does not depend on its colours; these are judged in each theme
        found[place] += _findings(page, ["color-contrast"] if theme == "dark" else None)
    assert found == {place: [] for place in found}


def _findings(page: Page, only: list[str] | None) -> list[str]:
    page.evaluate(AXE)
    return page.evaluate(_SERIOUS, only)
