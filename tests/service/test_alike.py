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


def test_a_ticket_leads_to_comments_that_say_the_like_elsewhere_and_not_to_its_own(desk):
    who = {"external_id": "c-1"}
    first = desk.send(ASKED, customer=who)
    own = desk.send(f"{ASKED}، باز هم", customer=who)
    assert own["ticket"]["id"] == first["ticket"]["id"]
    others = {desk.send(ASKED, customer={"external_id": "c-2"})["id"], desk.send(f"ممنون، {ASKED}")["id"]}
    with read(desk.engine) as conn:
        outside = alike.similar(conn, first["id"], 4, outside=first["ticket"]["id"])
        everywhere = alike.similar(conn, first["id"], 4)
    assert {one["id"] for one in outside} == others
    assert {one["id"] for one in everywhere} == {own["id"], *others}
    desk.sign_in("agent", "سارا")
    page = desk.client.get(f"/tickets/{first['ticket']['id']}").text
    alike_there = page.split("<h2>نظرهای همانند</h2>")[1].split("</section>")[0]
    assert f"/tickets/{first['ticket']['id']}" not in alike_there
    assert alike_there.count("<li>") == 2
