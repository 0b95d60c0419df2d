"""Romanized Persian is read as Persian, and evidence still points into what was typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.normalize import normalize
from nlp.spelling import finglish
from nlp.spelling.language import borrowed


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
        ("delivery kheyli slow bood, driver ham rude", "ارسال خیلی کند بود, راننده هم بیادب"),
        ("lotfan dark mode ezafe konid", "لطفا حالت تاریک اضافه کنید"),
        ("peyk der resid, jabe pare bood", "پیک دیر رسید, جعبه پاره بود"),
        ("hammam boo midad, hole ham nadashtan", "حمام بو میداد, حوله هم نداشتن"),
        ("barresi konid chera soratesh kame, zamanat ham nadare", "بررسی کنید چرا سرعتش کم, ضمانت هم نداره"),
        ("merci az khadamat e khobetoon", "مرسی از خدمات خوبتون"),
        ("otagha kasif bood, gheymata ham bala", "اتاقا کثیف بود, قیمتا هم بالا"),
        ("peyka bi adab hastan", "پیکا بیادب هستن"),
        ("app kheyli کنده", "اپ خیلی کنده"),
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
        ("App بعد از Update هی crash می‌کنه", "اپ بعد از آپدیت هی کرش میکنه"),
        ("نه login میشه نه register، فقط ERROR میده", "نه لاگین میشه نه ثبتنام، فقط ارور میده"),
        ("UI قشنگه ولی خیلی laggy و slow", "رابط کاربری قشنگه ولی خیلی کند و کند"),
        ("پیک rude بود و یه ساعت late اومد", "پیک بیادب بود و یه ساعت دیر اومد"),
        ("box شکسته بود، refund هم ندادن", "جعبه شکسته بود، بازگشت وجه هم ندادن"),
        ("packaging عالی، product original", "بسته بندی عالی، محصول اورجینال"),
        ("customer service شون صفره", "پشتیبانیشون صفره"),
        ("هی force-close میده، dark mode هم نداره", "هی فورس کلوز میده، حالت تاریک هم نداره"),
        ("Wi-Fi اتاق down بود", "وای فای اتاق قطع بود"),
        ("appشون و loginش خرابه", "اپشون و لاگینش خرابه"),
        ("The best رستوران شهر، staff هم very friendly", "بهترین رستوران شهر، پرسنل هم خیلی خوشبرخورد"),
        ("گوشی Galaxy S23 original نبود", "گوشی galaxy s 23 اورجینال نبود"),
    ],
)
def test_english_words_in_a_persian_comment_are_read(written: str, read: str) -> None:
    assert normalize(written).text == read


@pytest.mark.parametrize(
    "written",
    [
        "هدفون Sony Perfect Sound خریدم",
        "هتل Best Western رفتیم",
        "سرویس Adobe Update Manager نصب نمیشه",
        "گوشی iPhone Pro Max دستم رسید",
        "آیدی @app_support پیام دادم",
        "تلفن AT&Update گرفتم",
        "غذاش not good بود",
    ],
)
def test_an_english_word_beside_another_latin_word_may_be_a_name(written: str) -> None:
    assert normalize(written).text == written.lower()


def test_english_stays_english_around_a_persian_word() -> None:
    written = "the app is slow and i want a refund لطفا"
    assert normalize(written).text == written


def test_every_borrowed_word_has_a_persian_spelling() -> None:
    assert not [word for word in borrowed() if not finglish.listed(word)]


def test_evidence_points_to_the_english_word() -> None:
    comment = normalize("از دیروز App هی force close میشه")
    at = comment.text.index("فورس")
    assert comment.span(at, at + len("فورس کلوز")).text == "force close"
    assert comment.span(comment.text.index("اپ"), comment.text.index("اپ") + 2).text == "App"


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
