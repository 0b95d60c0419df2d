"""Romanized Persian is read as Persian, and evidence still points into what was typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import finglish
from nlp.normalize import normalize


@pytest.mark.parametrize(
    ("romanized", "persian"),
    [
        ("kheyli dir resid, ghaza sard bood", "خیلی دیر رسید, غذا سرد بود"),
        ("poshtibani javab nemide", "پشتیبانی جواب نمیده"),
        ("bad az update app baz nemishe", "بعد از آپدیت اپ باز نمیشه"),
        ("keyfiatesh bad nabood vali gheymat balast", "کیفیتش بد نبود ولی قیمت بالاست"),
        ("lotfan pool ro bargardoonid", "لطفا پول رو برگردونید"),
        ("vaghean mamnoon, khoshmaze bood", "واقعا ممنون, خوشمزه بود"),
        ("peyk bi adab bood", "پیک بیادب بود"),
        ("2 bar sefaresh dadam", "2 بار سفارش دادم"),
        ("moshkelam hal nashod", "مشکلم حل نشد"),
        ("emrooz hal nadaram", "امروز حال ندارم"),
        ("merc, kheyli sari o tamiz", "مرسی, خیلی سریع و تمیز"),
        ("goole takhfif ro nakhorid", "گول تخفیف رو نخورید"),
    ],
)
def test_a_romanized_comment_becomes_persian(romanized: str, persian: str) -> None:
    assert normalize(romanized).text == persian


def test_a_brand_in_a_persian_comment_stays() -> None:
    assert normalize("یخچال Samsung خریدم خیلی خوبه").text == "یخچال samsung خریدم خیلی خوبه"


def test_a_romanized_word_in_a_persian_comment_is_read() -> None:
    assert normalize("غذا kheyli سرد بود").text == "غذا خیلی سرد بود"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("سلام kheyli dir miresoonid", "سلام خیلی دیر میرسونید"),
        ("مرسی vali ghaza yakh bood", "مرسی ولی غذا یخ بود"),
        ("گوشی Samsung Galaxy عالیه", "گوشی samsung galaxy عالیه"),
    ],
)
def test_a_romanized_comment_may_begin_with_a_persian_greeting(written: str, read: str) -> None:
    assert normalize(written).text == read


def test_an_english_comment_stays_english() -> None:
    assert normalize("The food was cold").text == "the food was cold"


def test_evidence_points_to_the_romanized_word() -> None:
    comment = normalize("ghazash kheyli sard bood")
    at = comment.text.index("سرد")
    assert comment.span(at, at + 3).text == "sard"


@given(st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_latin_word_has_a_persian_spelling_without_latin_letters(word: str) -> None:
    assert not any("a" <= letter <= "z" for letter in finglish.word(word))


def test_a_word_unlike_any_other_is_spelled_by_its_letters() -> None:
    assert finglish.word("zhapoolak") == "ژاپولاک"
