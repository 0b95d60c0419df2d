"""What people wrote, as it stands on the pages: at which edge, and in which order its numbers are read."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from nlp import pii
from service.web import evidence

Visit = Callable[..., Page]
Still = Callable[[Page], Page]
_TELEPHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True}
#: How far the words of an element stand from its right edge.
_FROM_THE_RIGHT = """(one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  const edge = one.getBoundingClientRect().right - parseFloat(getComputedStyle(one).paddingRight);
  return Math.round(edge - range.getBoundingClientRect().right);
}"""

#: Where each letter of an element stands from the left of the screen, as one reads them.
_AS_SEEN = """(one) => {
  const walk = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), range = document.createRange(), letters = [];
  for (let text; (text = walk.nextNode()); ) [...text.data].forEach((letter, at) => {
    range.setStart(text, at), range.setEnd(text, at + 1);
    letters.push([range.getBoundingClientRect().left, letter]);
  });
  return letters.sort((a, b) => a[0] - b[0]).map(([, letter]) => letter).join("");
}"""


def _at_the_right(words: Locator) -> None:
    expect(words).to_be_visible()
    assert words.evaluate(_FROM_THE_RIGHT) == 0


@pytest.mark.parametrize("text", ["۴", "!!!", "😍😍"])
def test_words_without_a_letter_stand_where_a_persian_page_begins(
    sampled, visit: Visit, still: Still, text: str
) -> None:
    customer = f"wordless-{ord(text[0])}"
    id_ = sampled.say(text, customer=customer)["id"]
    page = still(visit(f"/inbox?q={customer}", **_TELEPHONE))
    _at_the_right(page.locator(".ticket .clip"))
    page.goto(f"/comments?customer={customer}")
    _at_the_right(page.locator(".words"))
    page.goto(f"/comments/{id_}")
    _at_the_right(page.locator(".words"))
    page.goto("/try")
    page.locator("#text").fill(text)
    page.keyboard.press("Control+Enter")
    _at_the_right(page.locator(".words"))


def test_words_in_latin_letters_keep_the_digits_that_were_typed(served, visit: Visit) -> None:
    page = visit("/try")
    page.locator("#text").fill("3 rooze javab nemidid, sefaresh 88213")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".words")).to_be_visible()
    for words in (page.locator(".words"), page.locator("#text")):
        assert words.evaluate("(one) => getComputedStyle(one).fontFeatureSettings") == "normal"


@pytest.mark.parametrize("code", ["A55", "DG-88213/AB", "iPhone 13", "X2"])
def test_a_latin_code_among_persian_words_keeps_its_digits_and_its_order(
    sampled, visit: Visit, still: Still, code: str
) -> None:
    said = f"{code} 2 روزه خراب شد، اسپیکر {code} هم صدا ندارد"
    ticket = sampled.say(said, customer=f"code-{code}")["ticket"]["id"]
    page = still(visit(f"/inbox?q=code-{code}", role="agent"))
    for place in (".ticket .clip", ".words"):
        words = page.locator(place).first
        expect(words).to_contain_text(said)
        assert words.evaluate(_AS_SEEN).count(code) == 2
        isolated = words.locator("bdi")
        assert set(isolated.all_text_contents()) == {code}
        assert isolated.first.evaluate("(one) => getComputedStyle(one).fontFeatureSettings") == "normal"
        assert words.evaluate("(one) => one.matches(':dir(rtl)')")
        page.goto(f"/tickets/{ticket}")


def test_an_order_number_in_latin_letters_keeps_its_digits_among_tags_and_reasons(
    sampled, visit: Visit
) -> None:
    code = "DG-88213"
    page = visit(f"/tickets/{sampled.say(f'شماره سفارش {code}/AB هنوز نرسیده')['ticket']['id']}")
    number = page.locator(".tag-list .chip", has_text="سفارش")
    expect(number).to_contain_text(code)
    for words in (number, page.locator(".reasons li", has_text=code)):
        assert code in words.evaluate(_AS_SEEN)
        assert words.locator("bdi").evaluate("(one) => getComputedStyle(one).fontFeatureSettings") == "normal"


def test_latin_words_are_told_apart_in_persian_lines_alone() -> None:
    def latin(text: str) -> list[str]:
        return [part for part, is_latin in evidence.in_parts(text) if is_latin]

    assert latin("گفت «hello, dear world!» و رفت") == ["hello, dear world"]
    assert latin("مدل A55، B66 و 4K ها") == ["A55", "B66", "4K"]
    assert latin("سفارش ۸۸۲۱۳ بعد از 3 روز") == []
    assert latin("The پیک was late") == []
    assert latin("salam, order 5\nگوشی A۵۵ نرسید") == ["A۵۵"]
    text = "قاب <b>A55</b> شکست و افتاد"
    tags = {
        "sentiment": {"label": "negative", "spans": [{"start": 3, "end": 9}]},  # ends within the code
        "topics": [],
        "signals": [],
        "pii": [],
    }
    cut = evidence.pieces(text, tags)
    assert "".join(piece.text for piece in cut) == text
    assert "".join(part for piece in cut for part, _ in piece.parts) == text
    assert [part for piece in cut for part, is_latin in piece.parts if is_latin] == ["b", "A55", "b"]


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("برای Snapp Food 250,000 تومان دادم", ["Snapp Food"]),
        ("برای Snapp Food ۲۵۰٬۰۰۰ تومان دادم", ["Snapp Food"]),
        ("نوشته بود cost 2,500,000 IRR ولی بیشتر گرفتند", ["cost 2,500,000 IRR"]),
        ("از Snapp 250,00 تومان برگشت", ["Snapp"]),
        ("گوشی iPhone 13 را 250,000 تومان ارزان‌تر دادند", ["iPhone 13"]),
        ("دورهٔ C++ و C# نیمه‌کاره ماند", ["C++", "C#"]),
        ("کد OFF50% کار نکرد", ["OFF50%"]),
        ("گوشی S21+، سالم بود", ["S21+"]),
        ("گوشی A55 #خراب بود و A55#خراب ماند", ["A55", "A55"]),
        ("پیک order #A-123 را نیاورد، به @shop_ir گفتم", ["order #A-123", "@shop_ir"]),
        ("سفارش #123 و خط @ علی نرسید", []),
    ],
)
def test_amounts_and_signs_are_not_torn_from_what_they_belong_to(text: str, latin: list[str]) -> None:
    parts = list(evidence.in_parts(text))
    assert "".join(part for part, _ in parts) == text
    assert [part for part, is_latin in parts if is_latin] == latin


def test_a_reply_without_a_letter_stands_where_a_persian_page_begins(sampled, visit: Visit) -> None:
    ticket = sampled.say("قفل صندوق امانات گیر کرد و باز نمی‌شود")["ticket"]["id"]
    page = visit(f"/tickets/{ticket}", role="agent")
    page.locator("#reply").fill("🙏🙏")
    page.keyboard.press("Control+Enter")
    _at_the_right(page.locator(".message.reply p"))


def test_english_words_begin_at_the_left(sampled, visit: Visit) -> None:
    id_ = sampled.say("The soup was cold and nobody came")["id"]
    page = visit(f"/comments/{id_}")
    assert page.locator(".words").evaluate(_FROM_THE_RIGHT) > 0


def test_the_label_of_a_hidden_control_turns_no_line_of_the_inbox(
    sampled, visit: Visit, still: Still
) -> None:
    sampled.say("\u202bکشوی قفسه سه‌هفته‌ای گیر می‌کند و کسی جواب نمی‌دهد")
    page = still(visit("/inbox?q=کشوی قفسه"))
    _at_the_right(page.locator(".ticket .clip"))


@pytest.mark.parametrize("number", ["۰۲۱-۸۸۷۷۶۶۵۵", "6037-9912-3456-7893", "۰۹۱۲ ۱۱۱ ۲۲ ۳۳"])
def test_the_groups_of_a_number_stand_in_the_order_in_which_they_are_dialled(
    sampled, visit: Visit, still: Still, number: str
) -> None:
    said = f"بالابر انبار گیر کرده، به {number} زنگ بزنید"
    ticket = sampled.say(said, customer=number)["ticket"]["id"]
    sampled.say(said, customer=f"{number} نیز")
    page = visit("/try", role="agent")
    page.locator("#text").fill(said)
    page.keyboard.press("Control+Enter")
    _read_in_order(page.locator(".words"), number)
    page.goto("/inbox?q=بالابر انبار")
    still(page)
    _read_in_order(page.locator(".ticket .clip", has_text=number).first, number)
    page.goto(f"/tickets/{ticket}")
    _read_in_order(page.locator(".words"), number)
    _read_in_order(page.locator(".brief .clip", has_text=number).first, number)
    page.locator("#reply").fill(f"پوزش می‌خواهیم؛ با شماره {number} تماس می‌گیریم")
    page.keyboard.press("Control+Enter")
    _read_in_order(page.locator(".message.reply p"), number)


def _read_in_order(words: Locator, number: str) -> None:
    expect(words).to_contain_text(number)
    assert number in words.evaluate(_AS_SEEN)


def test_a_latin_name_keeps_the_digits_that_were_typed(sampled, visit: Visit) -> None:
    ticket = sampled.say("ساز دهنی کوک نیست", customer="cust-41", product="iPhone 13", branch="ونک 2")[
        "ticket"
    ]
    page = visit(f"/tickets/{ticket['id']}", role="agent")
    for name in ("cust-41", "iPhone 13"):
        expect(page.locator(".said-by bdi", has_text=name)).to_have_css("font-feature-settings", "normal")
    expect(page.locator(".said-by bdi", has_text="ونک 2")).to_have_css("font-feature-settings", '"ss01"')
    page.goto("/settings/import")
    page.locator("input[type=file]").set_input_files(
        {"name": "report-2026.csv", "mimeType": "text/csv", "buffer": "متن\nبد بود".encode()}
    )
    chosen = page.locator("[data-chosen]")
    expect(chosen).to_have_text("report-2026.csv")
    expect(chosen).to_have_css("font-feature-settings", "normal")


def test_a_latin_name_takes_no_number_beside_it_along(sampled, visit: Visit) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    said = [
        sampled.say(
            "ساز دهنی کوکش به هم خورده", customer=f"latin-{n}", product="ساز دهنی X2", channel="kiosk", at=at
        )
        for n in range(2)
    ]
    page = visit(f"/tickets/{said[0]['ticket']['id']}", role="agent")
    assert "۲ · X2" in page.locator(".said-by small").evaluate(_AS_SEEN)
    assert "۲ · kiosk" in page.locator(".later .brief small").first.evaluate(_AS_SEEN)
    page.goto(f"/comments/{said[0]['id']}")
    assert "X2 · " not in page.locator(".said-by small").evaluate(_AS_SEEN)


def test_what_a_topic_would_find_keeps_the_codes_that_were_typed(sampled, visit: Visit) -> None:
    sampled.say("برچسب فیلامنت روی سفارش DG-77120/K نبود")
    page = visit("/settings/topics")
    page.locator("#topic-name").fill("فیلامنت")
    page.locator("#topic-query").fill("فیلامنت")
    page.get_by_role("button", name="پیش‌نمایش").click()
    found = page.get_by_label("پیش‌نمایش").locator(".clip")
    assert "DG-77120/K" in found.evaluate(_AS_SEEN)
    assert found.locator("bdi").evaluate("(one) => getComputedStyle(one).fontFeatureSettings") == "normal"


def test_evidence_tears_no_number_apart() -> None:
    text = "به ۰۲۱-۸۸۷۷۶۶۵۵ زنگ بزنید"
    tags = {
        "sentiment": {"label": "negative", "spans": [{"start": 7, "end": 19}]},  # begins within the number
        "topics": [],
        "signals": [],
        "pii": [{"kind": "landline", "start": 3, "end": 15}],
    }
    cut = evidence.pieces(text, tags)
    assert [piece.text for piece in cut] == ["به ", "۰۲۱-۸۸۷۷۶۶۵۵", " زنگ", " بزنید"]
    assert [piece.tags for piece in cut] == [(), ("sentiment", "pii-landline"), ("sentiment",), ()]


def test_a_number_in_words_is_read_as_words_are() -> None:
    text = "به صفر نهصد و دوازده ۱۲۳ ۴۵ ۶۷ یا ۰۹۱۲ ۱۲۳ ۴۵ ۶۷"
    cut = evidence.plain(text, [asdict(hit) for hit in pii.find(text)])
    assert [(piece.text, piece.dialled) for piece in cut if piece.tags] == [
        ("صفر نهصد و دوازده ۱۲۳ ۴۵ ۶۷", False),
        ("۰۹۱۲ ۱۲۳ ۴۵ ۶۷", True),
    ]
