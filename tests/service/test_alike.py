"""Comments that say the like share enough words, on SQLite and on PostgreSQL."""

import pytest

from service.storage import alike, read

ASKED = "راننده دستگاه کارتخوان نداشت و مجبور شدم نقدی پرداخت کنم"


def _near(desk, text: str) -> list[str]:
    id_ = desk.send(text)["id"]
    with read(desk.engine) as conn:
        return [one["masked"] for one in alike.similar(conn, id_, 4)]


def test_the_comment_that_shares_most_words_comes_first(desk):
    some = "راننده کارتخوان نداشت، پرداخت چطور ممکن است؟"
    most = "راننده دستگاه کارتخوان نداشت، مجبور شدم"
    for text in (most, some, "پرداخت اینترنتی خیلی راحت بود"):
        desk.send(text)
    assert _near(desk, ASKED) == [most, some]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (ASKED, "پرداخت اینترنتی خیلی راحت بود"),
        (ASKED, "راننده خوش‌اخلاق بود و پرداخت راحت انجام شد"),
        ("بسته‌بندی افتضاح، شیشه شکسته", "بسته‌بندی عالی و محکم"),
        ("عالیه", "عالیه دمتون گرم"),
        ("بد بود", "بد نبود"),
    ],
)
def test_a_word_or_two_in_common_are_chance(desk, text, other):
    desk.send(other)
    assert _near(desk, text) == []


def test_a_comment_is_not_like_itself_and_an_erased_one_like_nothing(desk):
    erased = desk.send(ASKED)["id"]
    assert desk.call("DELETE", f"/v1/feedback/{erased}").status_code in {200, 204}
    assert _near(desk, ASKED) == []
