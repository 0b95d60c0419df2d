"""What a list shows of a long comment: never less than what it was found by."""

import re
from html import unescape
from typing import Any

import pytest

from service.search import search_terms
from service.web.evidence import Piece, pieces
from service.web.folding import folded

LONG = "غذا دیر رسید و سرد بود. " * 400


def _words(found: list[Piece]) -> str:
    return "".join(piece.text for piece in found)


def test_a_short_comment_is_shown_as_a_whole() -> None:
    for text in ("غذا سرد بود", "خ" * 700, "۱\n" * 8, ""):
        plain = [Piece(text=text)]
        assert folded(plain, [], []) == plain


def test_of_a_long_comment_whole_words_are_shown_and_no_more_than_some_lines() -> None:
    shown = _words(folded([Piece(text=LONG)], [], []))
    assert len(shown) < 650
    assert LONG.startswith(shown.removesuffix(" … ") + " ")
    listed = _words(folded([Piece(text="یک خط\n" * 100)], [], []))
    assert listed.count("\n") == 8


@pytest.mark.parametrize("query", ["زعفران", "زَعفران", "عسل‌ها", "زعفران عسل", "كهنه"])
def test_words_that_were_searched_for_are_shown_wherever_they_stand(query: str) -> None:
    text = f"{LONG}زعفران کهنه بود {LONG} عسل‌ها هم نبود {LONG}"
    shown = _words(folded([Piece(text=text)], [], search_terms(query) or ()))
    assert len(shown) < 1_500
    assert ("زعفران کهنه بود" in shown) is not query.startswith("عسل")
    assert ("عسل‌ها هم نبود" in shown) is ("عسل" in query)
    assert set(shown.split()) <= {*text.split(), "…"}  # no word is cut
    assert "نبود" not in _words(folded([Piece(text=text)], [], []))


def test_evidence_that_was_asked_for_is_shown_and_never_cut() -> None:
    proof = Piece(text="کارت ۶۰۳۷۹۹۱۲۳۴۵۶۷۸۹۰ را دو بار کشیدند " * 5, tags=("topic-payment",), tone="bad")
    whole = [Piece(text=LONG), proof, Piece(text=LONG)]
    assert proof in folded(whole, ["topic-payment"], [])
    assert proof not in folded(whole, ["topic-courier"], [])
    assert proof in folded([Piece(text=LONG[:580]), proof, Piece(text=LONG)], [], [])


def test_latin_words_keep_their_order_in_what_is_left() -> None:
    told: dict[str, Any] = {"topics": (), "signals": (), "pii": (), "sentiment": None}
    shown = folded(pieces(f"گوشی iPhone 13 نرسید {LONG} کد DG-88213/AB ماند {LONG}", told), [], ["dg"])
    latin = [words for piece in shown for words, is_latin in piece.parts if is_latin]
    assert latin == ["iPhone 13", "DG-88213/AB"]


def test_a_comment_of_ten_thousand_letters_is_folded_in_the_list_and_whole_on_its_page(lite: Any) -> None:
    said = lite.send(f"{LONG[:9_000]} پشمک هم نبود")
    lite.sign_in("reader")
    listed = unescape(lite.client.get("/comments").text)
    assert len(listed) < 30_000
    assert "پشمک" not in listed.split("<ol")[1]
    assert "پشمک" in lite.client.get("/comments?q=پشمک").text.split("<ol")[1]
    whole = re.sub("<[^>]+>", "", lite.client.get(f"/comments/{said['id']}").text)
    assert f"{LONG[:9_000]} پشمک هم نبود" in whole
