"""Those who set the desk up: rules tried on what came, receivers, model versions, files and digests passed on."""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, Route, expect

from service.auth import SESSION_COOKIE
from service.insight import weekly
from service.storage import begin, keys, outbox, read, tickets
from service.storage import feedback as stored
from service.storage.feedback import Filters

Visit = Callable[..., Page]
MODELS = Path(__file__).resolve().parents[2] / "models"
_PERSIAN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٬", "0123456789,")
#: Before all other rules; what it catches is easily counted.
_VIP_FIRST = """[[rules]]
name = "vip_first"
fa = "ویژه‌ها پیش از همه"
when = { tier = ["vip"] }
priority = "high"
queue = "retention"

[[rules]]"""


def _rehearse(page: Page, rules: str, days: str = "90") -> None:
    page.locator("summary", has_text="قاعده‌های دیگری").click()
    page.locator("#written").fill(rules)
    page.get_by_label("بازه").select_option(days)
    page.get_by_role("button", name="آزمودن", exact=True).click()


def _written(page: Page) -> str:
    return page.locator("#written").input_value()


def test_rules_in_force_change_nothing_when_they_are_tried(sampled, visit: Visit) -> None:
    page = visit("/settings/rules")
    since = datetime.now(UTC) - timedelta(days=90)
    page.get_by_label("بازه").select_option("90")
    page.get_by_role("button", name="آزمودن", exact=True).click()
    expect(page.locator("#trial")).to_contain_text("هیچ نظری جور دیگری رسیدگی نمی‌شد")
    told = int(re.sub(r"\D", "", page.locator("#trial h2").inner_text().translate(_PERSIAN).split("نظر")[0]))
    with read(sampled.desk.engine) as conn:
        assert told == len(stored.listing(conn, Filters(since=since), limit=5_000))
    # the address is still that of the page: it can be loaded again
    page.reload()
    expect(page.locator("h1")).to_have_text("تنظیمات")


def test_other_rules_show_how_often_they_act_and_whose_queue_changes(sampled, visit: Visit) -> None:
    page = visit("/settings/rules")
    before = sampled.desk.line.rules
    _rehearse(page, _written(page).replace("[[rules]]", _VIP_FIRST, 1))
    page.locator("#trial").wait_for()
    row = page.locator("#trial tr", has=page.get_by_role("rowheader", name="ویژه‌ها پیش از همه"))
    since = datetime.now(UTC) - timedelta(days=90)
    with read(sampled.desk.engine) as conn:
        vips = stored.listing(conn, Filters(since=since, tier="vip"), limit=5_000)
        stored_tickets = tickets.counts(conn, datetime.now(UTC))
    cells = [cell.translate(_PERSIAN) for cell in row.locator("td").all_inner_texts()]
    assert cells[:2] == ["0", str(len(vips))]
    change = page.locator("#trial .changes tbody tr").first
    expect(change.locator("td").last).to_contain_text("vip_first")
    expect(change.locator("td").last).to_contain_text("حفظ مشتری")
    assert sampled.desk.line.rules is before
    with read(sampled.desk.engine) as conn:
        assert tickets.counts(conn, datetime.now(UTC)) == stored_tickets


def test_mistaken_rules_are_told_with_their_line_and_stay_to_be_mended(sampled, visit: Visit) -> None:
    page = visit("/settings/rules")
    wrong = _written(page).replace("default_queue", "defaultqueue", 1)
    _rehearse(page, wrong)
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"routing\.toml:\d+"))
    expect(page.locator("#written")).to_have_value(wrong)
    told = page.get_by_role("alert").locator("li", has_text="defaultqueue")
    assert told.evaluate("item => getComputedStyle(item).direction") == "rtl"
    where, key = told.locator("bdi").nth(0).bounding_box(), told.locator("bdi").nth(1).bounding_box()
    assert where["x"] > key["x"] or where["y"] < key["y"], "the sentence begins at the right"
    expect(told.locator("bdi").nth(1)).to_have_text("defaultqueue")
    assert page.locator("#trial").count() == 0


def test_a_delivery_is_followed_attempt_by_attempt_and_sent_again(sampled, visit: Visit, receiver) -> None:
    receiver.answer, receiver.words = 410, "<b>gone</b> since Tuesday"
    page = visit("/settings/webhooks")
    page.get_by_label("نشانی").fill(receiver.url)
    expect(page.get_by_label("نشانی")).to_have_css("font-family", re.compile("monospace"))
    page.get_by_label("تیکت باز شد").check()
    page.get_by_role("button", name="افزودن").click()
    expect(page.locator("#secret")).to_contain_text("whsec_")
    page.locator(".brief a", has_text=receiver.url).click()
    page.wait_for_url("**/settings/webhooks/wh_*")
    page.get_by_role("button", name="رویداد آزمایشی").click()
    expect(page.locator("#toasts")).to_contain_text("رویداد آزمایشی")
    _until(lambda: receiver.came)
    _reload_until(page, "نرسید")
    page.locator("table summary").click()
    expect(page.locator("table details")).to_contain_text("410")
    expect(page.locator("table details")).to_contain_text("<b>gone</b>")
    assert page.locator("table details b").count() == 0

    receiver.answer = 200
    if page.get_by_role("button", name="فعال کردن").count():
        page.get_by_role("button", name="فعال کردن").click()
        expect(page.locator("#toasts")).to_contain_text("ذخیره شد")
    page.get_by_role("button", name="ارسال دوباره").click()
    expect(page.locator("#toasts")).to_contain_text("دوباره در صف ارسال")
    _until(lambda: len(receiver.came) == 2)
    _reload_until(page, "رسید")
    assert len(set(receiver.came)) == 1
    webhook = page.url.rpartition("/")[2].partition("?")[0]
    with read(sampled.desk.engine) as conn:
        (delivery,) = outbox.log(conn, webhook, limit=5)
    assert [one["status_code"] for one in delivery["tries"]] == [410, 200]

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="حذف").click()
    page.wait_for_url("**/settings/webhooks")
    expect(page.locator("main")).not_to_contain_text(receiver.url)


def test_the_page_of_models_says_what_trade_they_were_told(another, visit: Visit) -> None:
    page = visit("/settings/models", desk=another(trade="hotel", worker=False))
    expect(page.locator("main")).to_contain_text("صنف این میز «هتل» است")


@pytest.fixture
def versioned(another, several_models, tmp_path: Path):
    """A desk with two sound versions of the model and one that was tampered with."""
    return another(models=several_models(tmp_path / "models", "2031.1.1", "2031.1.2"), worker=False)


def test_a_model_is_put_in_force_and_taken_back_from_its_page(versioned, visit: Visit) -> None:
    before = versioned.desk.line.model_version
    page = visit("/settings/models", desk=versioned)
    page.on("dialog", lambda dialog: dialog.accept())

    def row(version: str):
        return page.locator("tr", has=page.get_by_role("rowheader", name=version))

    expect(page.locator("main")).to_contain_text("BAZKHORD_TRADE")
    expect(row("2031.1.2")).to_contain_text("نادرست")
    assert row("2031.1.2").get_by_role("button").count() == 0
    page.get_by_role("button", name="بازگشت به نسخهٔ پیشین").click()
    expect(page.locator("#toasts")).to_contain_text("مدل دیگری در کار نبوده")

    row("2031.1.1").get_by_role("button", name="به کار گرفتن").click()
    expect(row("2031.1.1")).to_contain_text("در حال کار")
    assert versioned.desk.line.model_version == "2031.1.1"
    assert versioned.say("پیک دیر رسید")["tags"]["model"]["version"] == "2031.1.1"

    page.get_by_role("button", name="بازگشت به نسخهٔ پیشین").click()
    expect(row(before)).to_contain_text("در حال کار")
    assert versioned.desk.line.model_version == before

    row(before).get_by_role("link").click()
    expect(page.locator(".model-card h3").first).to_be_visible()
    assert page.locator(".model-card table").count() > 3


def test_a_digest_is_passed_on_by_a_link_that_ends(sampled, visit: Visit) -> None:
    page = visit("/digest", role="agent")
    told = page.locator(".told li").all_inner_texts()
    page.get_by_role("button", name="پیوند برای همکاران").click()
    link = page.locator("#link").inner_text()
    shared = visit(link, role=None)
    assert shared.locator(".told li").all_inner_texts() == told
    assert shared.locator("nav, form, button, a[href^='/comments']").count() == 0
    quoted = shared.locator("blockquote").all_inner_texts()
    assert quoted
    assert not any(re.search(r"\d{7}", text) for text in quoted), "a telephone number is masked"
    made = datetime.now(UTC) - timedelta(days=15)
    over = weekly.share(sampled.desk.line, weekly.EVERYBODY, weekly.last_week(made), "tests", made, days=14)
    late = visit(f"/digest/shared/{over}", role=None)
    expect(late.locator("main")).to_contain_text("مهلتش گذشته است")


def test_a_reader_passes_no_digest_on(sampled, visit: Visit) -> None:
    page = visit("/digest", role="reader")
    expect(page.locator(".told li").first).to_be_visible()
    assert page.get_by_role("button", name="پیوند برای همکاران").count() == 0


def test_columns_are_named_by_hand_and_a_long_import_is_followed(
    sampled, visit: Visit, tmp_path: Path
) -> None:
    file = tmp_path / "بدون نام.csv"
    rows = [f"قهوهٔ میز {n} خوش‌طعم بود,{n % 5 + 1},تراس" for n in range(1_200)]
    file.write_text("\n".join(("الف,ب,پ", *rows)), encoding="utf-8")
    page = visit("/settings/import")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("[data-chosen]")).to_have_text("بدون نام.csv")
    page.locator("select[name='column.text']").select_option("الف")
    page.locator("select[name='column.scores.stars']").select_option("ب")
    page.locator("select[name='column.branch']").select_option("پ")
    page.get_by_label("کانال سطرهایی").fill("cafe")
    page.get_by_role("button", name="وارد کردن").click()
    page.wait_for_url("**/settings/import/job_*")
    page.evaluate("window.neverReloaded = true")
    chip = page.locator("main .card .chip").first
    expect(chip).to_have_text(re.compile("در صف|در حال خواندن|پایان یافت"))
    expect(chip).to_have_text("پایان یافت", timeout=120_000)
    assert page.evaluate("window.neverReloaded") is True
    done = page.locator(".figure dd:not(.beside)").all_inner_texts()
    assert [figure.translate(_PERSIAN) for figure in done] == ["1,200", "1,200", "0", "0"]
    with read(sampled.desk.engine) as conn:
        found = stored.listing(conn, Filters(channel="cafe", branch="تراس"), limit=2_000)
    assert len(found) == 1_200
    assert {row["stars"] for row in found} == {1, 2, 3, 4, 5}


def test_columns_with_blanks_and_line_breaks_are_read_and_what_came_is_shown(
    sampled, visit: Visit, tmp_path: Path
) -> None:
    file = tmp_path / "گزارش.csv"
    file.write_text('"متن\nنظر"," نام   کانال "\nقایق پدالی کج می‌رفت,بندر\n', encoding="utf-8")
    page = visit("/settings/import", role="agent")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("select[name='column.channel']").select_option(index=2)
    page.get_by_role("button", name="وارد کردن").click()
    page.get_by_role("link", name="دیدن نظرها").click()
    page.wait_for_url("**/comments")
    expect(page.locator(".ticket", has_text="قایق پدالی")).to_contain_text("بندر")


def test_a_file_of_an_older_excel_is_read_once_its_encoding_is_chosen(
    sampled, visit: Visit, tmp_path: Path
) -> None:
    file = tmp_path / "اکسل.csv"
    file.write_bytes("متن نظر,ستاره\r\nکباب سرد بود,2\r\n".encode("cp1256"))
    page = visit("/settings/import")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("Windows-1256")
    page.get_by_label("کدگذاری متن").select_option("cp1256")
    expect(page.locator("select[name='column.text']")).to_have_value("متن نظر")
    expect(page.locator("#columns td").first).to_have_text("کباب سرد بود")
    page.get_by_label("کانال سطرهایی").fill("excel")
    page.get_by_role("button", name="وارد کردن").click()
    page.wait_for_url("**/settings/import/job_*")
    expect(page.locator("main .card .chip").first).to_have_text("پایان یافت", timeout=120_000)
    with read(sampled.desk.engine) as conn:
        (found,) = stored.listing(conn, Filters(channel="excel"), limit=10)
    assert (found["masked"], found["stars"]) == ("کباب سرد بود", 2)


def test_a_file_may_be_dropped_anywhere_on_the_page_but_only_one_at_a_time(sampled, visit: Visit) -> None:
    page = visit("/settings/import", role="agent")
    _drop(page, "h1", "یکم.csv", "دوم.csv")
    expect(page.locator("#toasts")).to_contain_text("هر بار یک پرونده")
    assert page.locator("input[type=file]").input_value() == ""
    for place in ("h1", "input[type=file]"):
        page.goto("/settings/import")
        page.get_by_label("کانال سطرهایی").fill("counter")
        _drop(page, place, "یکم.csv")
        expect(page.locator("[data-chosen]")).to_have_text("یکم.csv")
        expect(page.locator("#columns td").first).to_have_text("چای سرد بود")
    page.get_by_role("button", name="وارد کردن").click()
    page.wait_for_url("**/settings/import/job_*")
    expect(page.locator("main .card .chip").first).to_have_text("پایان یافت")
    with read(sampled.desk.engine) as conn:
        (row,) = stored.listing(conn, Filters(channel="counter"), limit=2)
    assert row["masked"] == "چای سرد بود"


def _drop(page: Page, place: str, *names: str) -> None:
    """Let go of files over an element; the page must not leave them to the browser, which would open them."""
    left = page.locator(place).evaluate(
        """(place, names) => {
          const dataTransfer = new DataTransfer();
          for (const name of names) dataTransfer.items.add(new File(["متن نظر\\nچای سرد بود\\n"], name));
          const told = { bubbles: true, cancelable: true, dataTransfer };
          return ["dragover", "drop"].map((kind) => place.dispatchEvent(new DragEvent(kind, told)));
        }""",
        list(names),
    )
    assert left == [False, False]


def test_columns_are_those_of_the_file_that_was_chosen_last(sampled, visit: Visit, tmp_path: Path) -> None:
    first, last = tmp_path / "نخست.csv", tmp_path / "واپسین.csv"
    first.write_text("متن نظر,رنگ\nنان بیات بود,زرد\n", encoding="utf-8")
    last.write_text("دیدگاه,اندازه\nنان تازه بود,بزرگ\n", encoding="utf-8")
    page = visit("/settings/import")
    held: list[Route] = []
    page.route("**/settings/import/preview", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks it
    for file in (first, last):
        page.locator("input[type=file]").set_input_files(file)
    while len(held) < 2:
        page.wait_for_timeout(20)
    held[1].continue_()
    expect(page.locator("#columns thead th").nth(1)).to_have_text("اندازه")
    with page.expect_response("**/settings/import/preview"):
        held[0].continue_()
    page.wait_for_timeout(200)
    expect(page.locator("#columns thead th").nth(1)).to_have_text("اندازه")


def test_a_channel_that_nobody_names_is_called_as_the_pages_call_it(
    sampled, visit: Visit, tmp_path: Path
) -> None:
    file = tmp_path / "بی‌کانال.csv"
    file.write_text("متن نظر\nدمنوش نعنا خوش‌عطر بود\n", encoding="utf-8")
    page = visit("/settings/import")
    channel = page.get_by_label("کانال سطرهایی")
    expect(channel).to_have_value("")
    expect(channel).to_have_attribute("placeholder", "پروندهٔ واردشده")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("select[name='column.text']")).to_have_value("متن نظر")
    page.get_by_role("button", name="وارد کردن").click()
    page.wait_for_url("**/settings/import/job_*")
    expect(page.locator("main .card .chip").first).to_have_text("پایان یافت", timeout=120_000)
    with read(sampled.desk.engine) as conn:
        found = stored.listing(conn, Filters(channel="import"), limit=200)
    assert "دمنوش نعنا خوش‌عطر بود" in [row["masked"] for row in found]


def test_what_was_chosen_stays_when_the_file_is_refused(sampled, visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "تهی.csv"
    file.write_bytes(b"")
    page = visit("/settings/import")
    page.get_by_label("کدگذاری متن").select_option("cp1256")
    page.get_by_label("کانال سطرهایی").fill("صندوق")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("#columns [role=alert]")).to_contain_text("خالی است")
    page.get_by_role("button", name="وارد کردن").click()
    expect(page.get_by_role("alert")).to_contain_text("ستون متن نظرها پیدا نشد")
    expect(page.get_by_role("alert")).to_contain_text("خالی است")
    expect(page.get_by_label("کدگذاری متن")).to_have_value("cp1256")
    expect(page.get_by_label("کانال سطرهایی")).to_have_value("صندوق")


def test_a_file_without_comments_is_told_so(sampled, visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "خالی.csv"
    file.write_text("الف,ب\n۱,۲\n", encoding="utf-8")
    page = visit("/settings/import")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("select[name='column.text']").wait_for()
    page.get_by_role("button", name="وارد کردن").click()
    expect(page.locator("select[name='column.text']:invalid")).to_be_focused()
    assert (
        page.locator("input[type=file]").evaluate("field => field.files.length") == 1
    )  # and nothing is lost


def test_a_key_is_made_shown_once_and_closed(served, visit: Visit) -> None:
    page = visit("/settings/keys")
    page.get_by_label("نام", exact=True).fill("سامانهٔ فروش")
    page.get_by_role("button", name="ساختن").click()
    secret = page.locator("#secret").inner_text()
    with read(served.desk.engine) as conn:
        assert keys.find(conn, secret)["revoked_at"] is None
    page.goto("/settings/keys")
    assert secret not in page.locator("body").inner_text()
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("tr", has_text="سامانهٔ فروش").get_by_role("button").click()
    expect(page.locator("#toasts")).to_contain_text("باطل شد")
    with read(served.desk.engine) as conn:
        assert keys.find(conn, secret)["revoked_at"] is not None


def test_who_closes_their_own_key_is_told_that_it_shuts_them_out(served, visit: Visit) -> None:
    with begin(served.desk.engine) as conn:
        made = keys.create(conn, datetime.now(UTC), "فرنگیس", "admin")
        token = keys.sign_in_with_key(conn, made.secret.shown, datetime.now(UTC))
    page = visit("/sign-in", role=None)
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": served.url}])
    page.goto("/settings/keys")
    expect(page.locator("tr", has_text="کلید خودتان")).to_have_count(1)
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.locator("tr", has_text="فرنگیس").get_by_role("button").click()
    assert "همین حالا بیرون می‌روید" in asked[0]
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("tr", has_text="فرنگیس").get_by_role("button").click()
    page.wait_for_url("**/sign-in?*")


def _until(ready: Callable[[], object]) -> None:
    for _ in range(600):
        if ready():
            return
        time.sleep(0.1)
    pytest.fail("it did not happen")


def _reload_until(page: Page, state: str) -> None:
    """The log is drawn when it is asked for."""
    for _ in range(100):
        page.reload()
        if page.locator("table .chip").first.inner_text().startswith(state):
            return
        time.sleep(0.1)
    pytest.fail(f"the delivery never was «{state}»")


def test_a_file_that_is_chosen_before_the_script_is_there_shows_its_columns(
    visit: Visit, tmp_path: Path
) -> None:
    file = tmp_path / "نظرها.json"
    file.write_text(json.dumps([{"text": "چای سرد بود", "stars": 2}]), encoding="utf-8")
    page = visit("/comments", role="agent")
    held: list[Route] = []
    page.route("**/files.js*", lambda route: held.append(route))  # noqa: PLW0108 - playwright marks it
    page.goto(urljoin(page.url, "/settings/import"), wait_until="commit")
    page.locator("input[type=file]").set_input_files(file)
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(page.locator("select[name='column.scores.stars']")).to_have_value("stars")


def test_an_agent_brings_in_a_large_array_and_sees_it_as_it_is_written(
    sampled, visit: Visit, tmp_path: Path
) -> None:
    file = tmp_path / "نظرها.json"
    rows = [{"text": "سینی صبحانه سرد بود", "id": "r1", "stars": 2}]
    file.write_text(
        json.dumps([*rows, *[{"id": "c1", "text": " ", "note": "x" * 40_000}] * 30]), encoding="utf-8"
    )
    assert file.stat().st_size > sampled.desk.settings.max_body_bytes
    page = visit("/comments", role="agent")
    page.get_by_role("link", name="ورود داده").click()
    assert page.get_by_role("navigation", name="تنظیمات").count() == 0
    assert ".json," in page.locator("input[type=file]").get_attribute("accept")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("select[name='column.scores.stars']")).to_have_value("stars")
    seen = page.get_by_role("cell", name="r1", exact=True)
    assert seen.evaluate("cell => getComputedStyle(cell).fontFeatureSettings") == "normal"
    page.get_by_label("کانال سطرهایی").fill("tray")
    page.get_by_role("button", name="وارد کردن").click()
    page.wait_for_url("**/settings/import/job_*")
    expect(page.locator("main .card .chip").first).to_have_text("پایان یافت", timeout=120_000)
    with read(sampled.desk.engine) as conn:
        (found,) = stored.listing(conn, Filters(channel="tray"), limit=10)
    assert (found["external_id"], found["stars"]) == ("r1", 2)


def test_a_key_for_a_program_is_narrowed_on_its_page(sampled, visit: Visit) -> None:
    page = visit("/settings/keys")
    page.get_by_label("نام").fill("داشبورد")
    page.locator("form summary", has_text="محدودتر").click()
    page.get_by_label("روندها").check()
    page.get_by_label("سقف درخواست").fill("40")
    page.get_by_role("button", name="ساختن").click()
    expect(page.locator("#secret")).to_contain_text("bzk_")
    with read(sampled.desk.engine) as conn:
        made = keys.find(conn, page.locator("#secret").inner_text())
    assert (made["scopes"], made["requests_per_minute"]) == (["insights"], 40)
    expect(page.locator("tr", has_text="داشبورد")).to_contain_text("۴۰ درخواست در دقیقه")


def test_the_digits_of_an_encoding_stay_latin(sampled, visit: Visit) -> None:
    page = visit("/settings/import")
    expect(page.get_by_label("کدگذاری متن")).to_have_css("font-feature-settings", "normal")
