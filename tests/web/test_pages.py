"""Every page at both widths and in both themes: quiet, at home, and open to everybody."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service import importing
from service.auth import SESSION_COOKIE, signing_secret
from service.comments.uploads import Upload
from service.insight import weekly
from service.storage import begin, jobs, outbox, read, tickets, webhooks
from service.storage.tickets import Criteria
from service.tickets import OPEN

Visit = Callable[..., Page]
AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text(encoding="utf-8")
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 780}
INSIDE = (
    "/inbox",
    "/tickets/{ticket}",
    "/tickets/{settled}",
    "/comments",
    "/comments/{comment}",
    "/trends?days=90",
    "/drivers?days=90",
    "/journey?days=90",
    "/alerts?days=90",
    "/work?days=90",
    "/promises",
    "/digest",
    "/digest?link={digest}",
    "/review",
    "/review/quality",
    "/review/suspects",
    "/try",
    "/settings/rules",
    "/settings/queues",
    "/settings/calendar",
    "/settings/import",
    "/settings/import/{job}",
    "/settings/webhooks",
    "/settings/webhooks/{webhook}",
    "/settings/keys",
    "/settings/models",
    "/settings/models/{model}",
    "/settings/forms",
)
OUTSIDE = ("/sign-in", "/form/delivery", "/form/loyalty", "/nowhere")
_SERIOUS = """async (only) => {
  const options = only ? { runOnly: { type: "rule", values: only } } : { resultTypes: ["violations"] };
  const found = await axe.run(document, options);
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""


@pytest.fixture(scope="module")
def furnished(sampled) -> dict[str, str]:
    """What the addresses of pages need: a waiting ticket, a settled one, a receiver, an import with a broken row."""
    desk, at = sampled.desk, datetime.now(UTC)
    with begin(desk.engine) as conn:
        waiting = tickets.listing(conn, Criteria(statuses=OPEN), limit=1)[0]
        settled = tickets.listing(conn, Criteria(statuses=("resolved",)), limit=1)[0]
        # nobody listens on port 9: its log fills with attempts that failed
        webhook = webhooks.create(conn, at, "http://127.0.0.1:9/", ["ticket.opened"], signing_secret())
        for _ in range(2):
            outbox.emit_to(conn, at, webhook, "webhook.test", {"message": "سلام"})
    file = BytesIO("متن,ستاره\nچای سرد بود,۲\nنان تازه بود,۹\n".encode())
    job = importing.accept(desk.engine, Upload(file=file, filename="نظرها.csv"), sender="tests", now=at)
    digest = weekly.share(desk.line, weekly.EVERYBODY, weekly.last_week(at), "tests", at, days=7)
    _wait(lambda: _finished(sampled, job) and _tried(sampled, webhook))
    return {
        "ticket": waiting["id"],
        "comment": waiting["feedback_id"],
        "settled": settled["id"],
        "webhook": webhook,
        "job": job,
        "model": desk.line.model_version,
        "digest": digest,
    }


def _finished(served, job: str) -> bool:
    with read(served.desk.engine) as conn:
        return jobs.get(conn, job)["status"] == "done"


def _tried(served, webhook: str) -> bool:
    with read(served.desk.engine) as conn:
        return any(one["tries"] for one in outbox.log(conn, webhook, limit=5))


def _wait(ready: Callable[[], bool]) -> None:
    for _ in range(600):
        if ready():
            return
        time.sleep(0.1)
    pytest.fail("the worker did not come to it")


@pytest.mark.parametrize("path", INSIDE)
def test_a_page_is_quiet_readable_and_fits(furnished: dict[str, str], visit: Visit, path: str) -> None:
    _inspect(visit(path.format(**furnished)))


def test_a_digest_that_is_passed_on_is_quiet_readable_and_fits(
    furnished: dict[str, str], visit: Visit
) -> None:
    _inspect(visit(f"/digest/shared/{furnished['digest']}", role=None))


def test_letters_that_a_browser_enlarges_are_larger_and_fit(sampled, enlarged: Browser) -> None:
    context = enlarged.new_context(base_url=sampled.url, viewport=WIDE)
    context.add_cookies([{"name": SESSION_COOKIE, "value": sampled.session(), "url": sampled.url}])
    page = context.new_page()
    for path in (
        "/inbox",
        "/comments",
        "/trends?days=90",
        "/work?days=90",
        "/settings/import",
        "/form/loyalty",
    ):
        page.goto(path)
        assert page.locator("body").evaluate("(one) => getComputedStyle(one).fontSize") == "30px", path
        assert page.evaluate("document.documentElement.scrollWidth") == WIDE["width"], path
        cut = "(all) => all.filter((one) => one.clientHeight < parseFloat(getComputedStyle(one).fontSize) * 1.3).length"
        assert page.locator(".filters select:visible").evaluate_all(cut) == 0, path
    page.goto("/inbox")
    icon, field = (page.locator(f".filters .search {part}").bounding_box() for part in (".icon", "input"))
    assert field["width"] > 400
    assert abs(icon["y"] + icon["height"] / 2 - field["y"] - field["height"] / 2) < 2
    hidden = page.get_by_role("link", name="پرش به محتوا").bounding_box()
    assert hidden["y"] + hidden["height"] <= 0
    spills = "(all) => all.filter((one) => one.clientWidth < 2 * parseFloat(getComputedStyle(one).fontSize)).length"
    assert page.locator(".face:visible").count() > 1
    assert page.locator(".face:visible").evaluate_all(spills) == 0


def test_letters_that_a_browser_enlarges_fit_on_a_telephone(
    furnished: dict[str, str], sampled, enlarged: Browser
) -> None:
    context = enlarged.new_context(base_url=sampled.url, viewport=NARROW)
    context.add_cookies([{"name": SESSION_COOKIE, "value": sampled.session(), "url": sampled.url}])
    page = context.new_page()
    for path in ("/inbox", "/tickets/{ticket}", "/journey?days=90", "/digest", "/settings/calendar"):
        page.goto(path.format(**furnished))
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"], path


def test_rehearsed_rules_are_readable_with_all_their_figures(sampled, visit: Visit) -> None:
    page = visit("/settings/rules")
    page.locator("summary", has_text="قاعده‌های دیگری").click()
    rules = page.locator("#written")
    rules.fill(rules.input_value().replace('queue = "legal"', 'queue = "support"'))
    page.get_by_role("button", name="آزمودن", exact=True).click()
    page.locator("#trial .changes").wait_for()
    _inspect(page)


def test_the_first_page_of_an_empty_desk_is_readable(another, visit: Visit) -> None:
    page = visit("/inbox", desk=another(worker=False))
    page.get_by_role("button", name="بارگذاری دادهٔ نمونه").wait_for()
    _inspect(page)


@pytest.mark.parametrize(("role", "path"), [("reader", "/settings/keys"), ("sender", "/inbox")])
def test_a_closed_door_is_readable(served, visit: Visit, role: str, path: str) -> None:
    _inspect(visit(path, role=role))


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_page_outside_is_quiet_readable_and_fits(served, visit: Visit, path: str) -> None:
    _inspect(visit(path, role=None))


def test_a_tried_comment_is_readable_with_all_its_tags(served, visit: Visit) -> None:
    page = visit("/try")
    page.locator(".example").first.click()
    page.locator(".tags-card").wait_for()
    _inspect(page)


@pytest.mark.parametrize("path", ["/inbox", "/tickets/{ticket}", "/trends?days=90", "/try"])
def test_without_scripts_nothing_is_offered_that_only_they_serve(
    furnished: dict[str, str], visit: Visit, path: str
) -> None:
    page = visit(path.format(**furnished), java_script_enabled=False)
    offered = (
        "[data-do], [data-copy], [data-open], [data-draft], [data-fill], .pick input, .chart, button kbd"
    )
    assert [one.text_content() for one in page.locator(offered).all() if one.is_visible()] == []


def test_the_keys_are_told_to_who_does_not_know_the_key_for_it(served, visit: Visit) -> None:
    page = visit("/try")
    page.get_by_role("button", name="میان‌برهای صفحه‌کلید").click()
    expect(page.get_by_role("dialog")).to_contain_text("همین راهنما")


def test_nobody_is_told_keys_that_their_role_has_not(sampled, visit: Visit) -> None:
    page = visit("/inbox", role="reader")
    page.keyboard.press("?")
    keys = page.locator("#keys dt").all_inner_texts()
    assert [key for key in keys if len(key) == 1] == ["/", "?"]
    assert "g سپس r" not in " ".join(" ".join(keys).split())
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/promises")


def test_the_keys_that_are_told_are_those_of_the_page_that_came(sampled, visit: Visit) -> None:
    queue = sampled.say("تشک بادی سوراخ بود", customer="keys-1")["ticket"]["queue"]
    page = visit(f"/inbox?queue={queue}", role="agent")
    page.keyboard.press("n")
    page.wait_for_url("**/tickets/*")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("بازگشت به فهرست")
    expect(page.locator("#keys")).not_to_contain_text("برداشتن بعدی")


def test_what_stands_in_a_row_is_of_one_height(sampled, visit: Visit) -> None:
    page = visit("/inbox")
    chips = page.locator(".ticket .chips", has=page.locator(".urgency + .why-box")).first
    for row in (page.locator(".filters :is(select, input[type=search])"), chips.locator(".urgency, .chip")):
        boxes = [one.bounding_box() for one in row.all()]
        assert len({(round(box["y"]), round(box["height"])) for box in boxes}) == 1


def test_reasons_lie_above_the_lines_below(sampled, visit: Visit) -> None:
    page = visit("/inbox")
    badge = page.locator(".ticket:has(+ .ticket .why-box) .why", has=page.locator("li:nth-child(3)")).first
    badge.hover()
    below = page.locator(".ticket:has(.why:hover) + .ticket .urgency").bounding_box()
    seen = "(at) => document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2).closest('.why-box') !== null"
    box = badge.locator(".why-box").bounding_box()
    assert box["y"] + box["height"] > below["y"] + below["height"] / 2
    assert page.evaluate(seen, below)


def test_escape_closes_the_reasons_that_lie_over_the_lines_below(sampled, visit: Visit) -> None:
    page = visit("/inbox")
    badge = page.locator(".why", has=page.locator("li:nth-child(3)")).first
    badge.hover()
    expect(badge.locator(".why-box")).to_be_visible()
    page.keyboard.press("Escape")
    expect(badge.locator(".why-box")).to_be_hidden()
    page.locator("h1").hover()
    badge.locator("[tabindex]").focus()
    expect(badge.locator(".why-box")).to_be_visible()
    page.keyboard.press("Escape")
    expect(badge.locator(".why-box")).to_be_hidden()


def test_the_foot_of_the_side_bar_stays_in_sight(sampled, visit: Visit) -> None:
    page = visit("/inbox", viewport={"width": 1280, "height": 560})
    assert page.locator(".side").evaluate("(side) => side.scrollHeight > side.clientHeight")
    expect(page.get_by_role("button", name="خروج")).to_be_in_viewport(ratio=1)
    page.locator(".side-list a").last.focus()
    expect(page.get_by_role("button", name="خروج")).to_be_in_viewport(ratio=1)
    under = "(one) => { const at = one.getBoundingClientRect(); return one.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2)); }"
    assert page.locator(".side-list a").last.evaluate(under)


def test_an_import_that_is_done_has_a_full_bar(furnished: dict[str, str], visit: Visit) -> None:
    page = visit("/settings/import/{job}".format(**furnished))
    expect(page.locator(".meter .fill")).to_have_attribute("width", "100.0%")


def test_a_bar_fills_from_where_reading_begins_and_its_ends_stay_round(sampled, visit: Visit) -> None:
    page = visit("/work?days=90")
    meter = page.locator("tbody .meter").first
    rail, fill = (meter.locator(part).bounding_box() for part in (".rail", ".fill"))
    assert fill["width"] < rail["width"]
    assert abs(fill["x"] + fill["width"] - rail["x"] - rail["width"]) < 1
    assert meter.locator(".fill").evaluate("(one) => one.getScreenCTM().a") == 1


def test_the_line_under_the_pointer_is_shaded_with_its_name(sampled, visit: Visit) -> None:
    line = visit("/work?days=90").locator("tbody tr").first
    line.locator("th").hover()
    shades = "(one) => [...one.children].map((cell) => getComputedStyle(cell).backgroundColor)"
    assert line.evaluate(shades).count("rgb(243, 241, 236)") == line.locator("th, td").count()


@pytest.mark.parametrize("path", ["/tickets/{ticket}", "/trends?days=90"])
def test_paper_is_light_and_takes_no_orders(furnished: dict[str, str], visit: Visit, path: str) -> None:
    page = visit(path.format(**furnished))
    page.locator("[data-do=theme]").click()
    page.emulate_media(media="print")
    paint = "(one) => getComputedStyle(one)"
    assert page.locator(".card").first.evaluate(f"{paint}.backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("h1").evaluate(f"{paint}.color") == "rgb(0, 0, 0)"
    orders = page.locator("main :is(button, .button, textarea, input[type=search])").all()
    assert [one.text_content() for one in orders if one.is_visible()] == []


def test_a_name_of_two_words_is_read_in_full(served, visit: Visit) -> None:
    page = visit("/try", role=None)
    token = served.session("agent", name="فاطمه‌سادات ابراهیمی")
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": served.url}])
    page.goto("/try")
    assert page.locator(".who b").evaluate("(name) => name.scrollWidth - name.clientWidth") == 0
    assert len({round(one.bounding_box()["y"]) for one in page.locator(".side-foot button").all()}) == 1


def _inspect(page: Page) -> None:
    found = {}
    page.evaluate(AXE)
    for width, theme, rules in (
        (WIDE, "light", None),
        (WIDE, "dark", ["color-contrast"]),
        (NARROW, "dark", None),
    ):
        page.set_viewport_size(width)
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        place = f"{width['width']} {theme}"
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        found[place] = [f"{too_wide} px too wide"] if too_wide > 0 else []
        # what a page is made of does not depend on its colours, nor a pair of colours on the width
        found[place] += page.evaluate(_SERIOUS, rules)
    assert found == {place: [] for place in found}
