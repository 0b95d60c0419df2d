"""«روندها» in a browser: what its figures, lines, points and marks say of the comments behind them."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from service.auth import Caller
from service.storage import begin, read
from service.storage import feedback as stored
from service.web.sought import SearchQuery

Visit = Callable[..., Page]
#: The colours of the points that are being read, and of the lines they lie on.
_READ = """() => {
  const points = [...document.querySelectorAll(".u-cursor-pt")].filter((one) => one.offsetWidth);
  const lines = [...document.querySelectorAll(".u-legend .u-series")].slice(1);
  return [
    points.map((one) => getComputedStyle(one).backgroundColor),
    lines.map((one) => getComputedStyle(one.querySelector(".u-marker")).borderTopColor),
  ];
}"""
#: Counts the charts that a page draws, and those of them that it destroys.
_COUNT_CHARTS = """
window.drawn = window.destroyed = 0;
let count;
Object.defineProperty(window, "uPlot", {
  get: () => count,
  set: (uPlot) => {
    count = function (...told) {
      const chart = new uPlot(...told), { destroy } = chart;
      drawn += 1;
      chart.destroy = () => { destroyed += 1; destroy(); };
      return chart;
    };
  },
});"""
#: What is written on charts, as the browser draws it.
_WRITTEN = """window.written = [];
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) { written.push(text); return draw.call(this, text, ...rest); };
"""
#: Draws the chart anew, and tells in the same task whether anything stands on it.
_INKED_AT_ONCE = """() => {
  const [old] = document.querySelectorAll(".chart canvas");
  document.dispatchEvent(new CustomEvent("swapped"));
  const canvas = document.querySelector(".chart canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return canvas !== old && data.some((value) => value > 0);
}"""


def test_a_filter_that_matches_nothing_says_so(sampled, visit: Visit) -> None:
    page = visit("/trends?q=xyzzy")
    expect(page.locator("#main")).to_contain_text("در این بازه نظری نیست")
    page.goto("/trends?topic=wifi&q=xyzzy")
    expect(page.locator("#main")).to_contain_text("در این بازه نظری نیست")


def test_days_are_chosen_from_a_list_or_typed_as_people_write_them(sampled, visit: Visit) -> None:
    page = visit("/trends?days=7")
    page.get_by_role("link", name="روزهای دلخواه").click()
    expect(page.locator(".u-legend")).to_be_visible()  # the scripts are there
    since, until = page.get_by_label("از روز"), page.get_by_label("تا روز")
    until.fill("فردا")
    until.press("Enter")
    expect(page.locator(".refusal, .toast").first).to_contain_text("روز درستی نیست")
    first = since.input_value()
    until.fill(first)
    until.press("Tab")
    expect(page.locator("#series tbody tr")).to_have_count(1)
    assert since.input_value() == until.input_value() == first
    page.get_by_role("link", name="بازه‌های آماده").click()
    expect(page.locator("#by-days")).to_have_value("30")


def test_other_days_are_drawn_by_the_steps_that_fit_them(sampled, visit: Visit) -> None:
    page = visit("/trends?days=90")
    page.get_by_label("موضوع").select_option("packaging")
    page.wait_for_url("**topic=packaging*")
    expect(page.get_by_label("گام").locator("option:checked")).to_have_text("هفتگی")
    page.get_by_label("بازه").select_option("7")
    expect(page.locator("#series tbody tr")).to_have_count(7)
    expect(page.get_by_label("گام").locator("option:checked")).to_have_text("روزانه")
    page.get_by_label("گام").select_option(label="هفتگی")  # who asks for a step keeps it
    page.wait_for_url("**by=week*")
    page.get_by_label("بازه").select_option("30")
    page.wait_for_url("**days=30*")
    expect(page.get_by_label("گام").locator("option:checked")).to_have_text("هفتگی")


def test_a_query_without_a_word_finds_nothing_on_any_page(sampled, visit: Visit) -> None:
    page = visit("/trends?q=!!!")
    expect(page.locator("#main")).to_contain_text("در این بازه نظری نیست")
    for path in ("/comments", "/inbox"):
        page.goto(path)
        expect(page.locator(".ticket").first).to_be_visible()
        page.goto(f"{path}?q=؟!")
        expect(page.locator("#main")).to_be_visible()
        assert page.locator(".ticket").count() == 0


def test_a_failure_of_the_server_is_not_called_a_lost_connection(another, visit: Visit) -> None:
    broken = another()
    broken.say("پیک سفارش را یک ساعت دیر آورد")
    page = visit("/comments", desk=broken)
    with begin(broken.desk.engine) as conn:
        conn.exec_driver_sql("UPDATE feedback SET tags = '[]'")
    page.locator("#by-topic").select_option("courier")
    expect(page.locator(".toast")).to_contain_text("مشکلی در سامانه پیش آمد")


def test_a_chosen_topic_has_the_line_and_the_figures(sampled, visit: Visit) -> None:
    page = visit("/trends?days=30&by=week&topic=payment_refund")
    heads = page.locator("#series thead th[data-series]")
    assert heads.all_text_contents() == ["پرداخت و برگشت وجه", "دورهٔ پیش"]
    rows = page.locator("#series tbody tr")
    counted = [_value(rows.nth(at), 0) for at in range(rows.count())]
    assert counted == [_behind(sampled, rows.nth(at)) for at in range(rows.count())]
    assert page.locator(".figure dd").first.inner_text() == _persian(int(sum(counted)))
    page.goto("/trends?days=30&by=week&topic=payment_refund&metric=share")
    for column in (0, 1):  # the topic, and the period before
        shares = [_value(rows.nth(at), column) for at in range(rows.count())]
        assert 0 < max(shares) < 1


@pytest.mark.parametrize("by", ["week", "month"])
def test_every_point_leads_to_as_many_comments_as_it_counts(sampled, visit: Visit, by: str) -> None:
    page = visit(f"/trends?days=30&by={by}")
    rows = page.locator("#series tbody tr")
    for at in range(rows.count()):
        assert _behind(sampled, rows.nth(at)) == _value(rows.nth(at), 0) > 0


def test_a_mark_stands_on_the_day_that_its_words_name(sampled, visit: Visit) -> None:
    page = visit("/trends?days=90&by=day&topic=payment_refund")
    said = page.locator(".marks li", has_text="دور از معمول").all_inner_texts()
    days = page.locator("#series [data-mark=anomaly] th a").all_text_contents()
    assert said
    for words in said:
        assert any(re.search(f"(از|در) {day} (بیشتر|کمتر) از معمول", words) for day in days)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_point_that_is_read_has_the_colour_of_its_line(sampled, visit: Visit, scheme: str) -> None:
    page = visit("/trends?days=30", color_scheme=scheme)
    box = page.locator(".chart .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2)
    page.locator(".u-cursor-pt").first.wait_for()
    points, lines = page.evaluate(_READ)
    assert points == lines
    assert len(points) > 3


@pytest.mark.parametrize("metric", ["share", "urgent_share"])
def test_a_chart_of_shares_reads_as_its_table_does(sampled, visit: Visit, metric: str) -> None:
    page = visit(f"/trends?days=30&by=week&metric={metric}")
    row = page.locator("#series tbody tr").nth(2)
    box = page.locator(".chart .u-over").bounding_box()
    rows = page.locator("#series tbody tr").count()
    page.mouse.move(box["x"] + box["width"] * (1 - 2 / (rows - 1)), box["y"] + box["height"] / 2)
    read = page.locator(".u-legend .u-series").nth(1).locator(".u-value")
    expect(read).to_contain_text("٪")
    shown = read.inner_text().removesuffix("٪").translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹٫", "0123456789."))
    assert float(shown) == pytest.approx(100 * _value(row, 0), abs=0.051)


def test_an_axis_that_counts_comments_knows_no_fractions(sampled, visit: Visit) -> None:
    sampled.say("پایهٔ میز لق بود", product="میز تاشو")
    page = visit("/try")
    page.add_init_script(_WRITTEN)
    for metric, has_fractions in (("n", False), ("net", True)):
        page.goto(f"/trends?days=30&product=میز تاشو&metric={metric}")
        page.locator(".chart canvas").wait_for()
        written = page.evaluate("written")
        assert "۰" in written, metric
        assert any("٫" in one for one in written) is has_fractions, (metric, written)


def test_a_chart_has_the_letters_of_the_page_and_its_colours_also_after_dusk(sampled, visit: Visit) -> None:
    page = visit("/trends?days=30")
    names = page.locator(".u-legend .u-series th").nth(1)
    assert names.evaluate("one => getComputedStyle(one).fontFamily").startswith("Vazirmatn")
    gap = "one => one.firstChild.getBoundingClientRect().left - one.lastChild.getBoundingClientRect().right"
    assert names.evaluate(gap) >= 4
    marker = names.locator(".u-marker")
    by_day = marker.evaluate("one => getComputedStyle(one).borderTopColor")
    expect(marker).to_have_css("border-top-color", by_day)
    page.emulate_media(color_scheme="dark")
    expect(marker).not_to_have_css("border-top-color", by_day)


def test_a_chart_that_is_drawn_anew_leaves_nothing_of_the_old_one(sampled, visit: Visit) -> None:
    page = visit("/trends?days=30")
    page.add_init_script(_COUNT_CHARTS)
    page.reload()
    page.get_by_label("بازه").select_option("90")
    page.wait_for_url("**days=90**")
    page.locator("[data-do=theme]").click()
    expect(page.locator(".chart canvas")).to_have_count(1)
    assert page.evaluate("[drawn, destroyed]") == [3, 2]


def test_a_chart_is_there_as_soon_as_it_is_asked_for(sampled, visit: Visit) -> None:
    page = visit("/trends?days=30")
    page.locator(".chart canvas").wait_for()
    # Firefox takes the page to paper before it runs a microtask
    assert page.evaluate(_INKED_AT_ONCE)


def test_paper_out_of_a_wide_window_has_a_chart_that_can_be_read(sampled, visit: Visit) -> None:
    page = visit("/trends?days=90")
    canvas = page.locator(".chart canvas")
    canvas.wait_for()
    page.emulate_media(media="print")
    expect(canvas).to_have_attribute("width", "700")


def test_two_net_sentiments_that_differ_are_told_apart(sampled, visit: Visit) -> None:
    page = visit("/trends?days=30")
    moved = page.locator("section", has_text="چه چیزی احساس خالص را جابه‌جا کرد؟")
    expect(moved).to_contain_text("نظری که از سه موضوع گفته سه بار به شمار می‌آید")
    page.goto("/trends?days=30&topic=payment_refund")
    expect(moved).not_to_contain_text("سه بار به شمار می‌آید")


def _value(row: Locator, column: int) -> float:
    return float(row.locator("td").nth(column).get_attribute("data-value") or 0)


def _behind(desk, row: Locator) -> int:
    """Count the comments that the link of a row leads to."""
    asked = dict(parse_qsl(urlsplit(row.locator("a").get_attribute("href")).query))
    reader = Caller(id="session:1", name="سارا", role="reader", kind="session")
    with read(desk.desk.engine) as conn:
        return len(stored.listing(conn, SearchQuery(**asked).filters(reader), limit=10_000))


def _persian(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
