"""What people wrote, as it stands on the pages: at which edge, and in which order its numbers are read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

Visit = Callable[..., Page]
_TELEPHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True}
#: How far the words of an element stand from its right edge.
_FROM_THE_RIGHT = """(one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  const edge = one.getBoundingClientRect().right - parseFloat(getComputedStyle(one).paddingRight);
  return Math.round(edge - range.getBoundingClientRect().right);
}"""


def _at_the_right(words: Locator) -> None:
    expect(words).to_be_visible()
    assert words.evaluate(_FROM_THE_RIGHT) == 0


@pytest.mark.parametrize("text", ["۴", "!!!", "😍😍"])
def test_words_without_a_letter_stand_where_a_persian_page_begins(served, visit: Visit, text: str) -> None:
    id_ = served.say(text, customer=f"wordless-{ord(text[0])}")["id"]
    page = visit(f"/comments?customer=wordless-{ord(text[0])}", **_TELEPHONE)
    _at_the_right(page.locator(".words", has_text=text))
    page.goto(f"/comments/{id_}")
    _at_the_right(page.locator(".words"))
    page.goto("/try")
    page.locator("#text").fill(text)
    page.keyboard.press("Control+Enter")
    _at_the_right(page.locator(".words"))


def test_a_reply_without_a_letter_stands_where_a_persian_page_begins(served, visit: Visit) -> None:
    ticket = served.say("قفل صندوق امانات گیر کرد و باز نمی‌شود")["ticket"]["id"]
    page = visit(f"/tickets/{ticket}", role="agent")
    page.locator("#reply").fill("🙏🙏")
    page.keyboard.press("Control+Enter")
    _at_the_right(page.locator(".message.reply p"))


def test_english_words_begin_at_the_left(served, visit: Visit) -> None:
    id_ = served.say("The soup was cold and nobody came")["id"]
    page = visit(f"/comments/{id_}")
    assert page.locator(".words").evaluate(_FROM_THE_RIGHT) > 0


def test_the_label_of_a_hidden_control_turns_no_line_of_the_inbox(served, visit: Visit) -> None:
    served.say("\u202bکشوی قفسه سه‌هفته‌ای گیر می‌کند و کسی جواب نمی‌دهد")
    page = visit("/inbox?q=کشوی قفسه")
    _at_the_right(page.locator(".ticket .clip"))
