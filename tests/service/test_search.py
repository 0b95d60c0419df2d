"""What a search finds: the same comments in the listing and in the insights, however the words are typed."""

from time import thread_time
from typing import Any

import pytest

from service.search import likeness, search_terms, search_text

SAID = {
    "space": "ظرف کاغذی خیس شد",
    "half-space": "باز هم ظرف‌کاغذی آوردید",
    "joined": "ظرفکاغذی بد است",
    "plural": "سفارش‌های من دیر رسید",
    "apart": "سفارش من با قیمت‌ها نمی‌خواند",
    "longer": "کاغذی بودن ظرفها بد است",
    "thousands": "مبلغ ۱٬۲۵۰٬۰۰۰ تومان برنگشت",
    "digits": "1250000 تومان برنگشت",
    "few": "۲۵۰ تا از ۱ میلیون",
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ظرف‌کاغذی", {"space", "half-space", "joined"}),
        ("ظرف‌کاغ", {"space", "half-space", "joined"}),  # the last part may go on, as any word
        ("ظرف کاغذی", {"space", "half-space", "longer"}),
        ("ظرفکاغذی", {"half-space", "joined"}),
        ("بد ظرف‌کاغذی", {"joined"}),
        ("سفارش‌ها", {"plural"}),
        ("سفارش‌هایِ دیر", {"plural"}),
        ("سفارش", {"plural", "apart"}),
        ("نمی‌خواند", {"apart"}),
        ("1,250,000", {"thousands", "digits"}),
        ("۱٬۲۵۰٬۰۰۰", {"thousands", "digits"}),
        ("۱،۲۵۰،۰۰۰", {"thousands", "digits"}),
        ("۱۲۵۰۰۰۰", {"thousands", "digits"}),
        ("1,25", {"thousands", "few"}),  # not yet typed to its end
        ("؟", set()),
        ("!!!", set()),
        ("😡", set()),
    ],
)
def test_listing_and_insights_find_the_same_however_a_word_is_typed(
    desk: Any, query: str, found: set[str]
) -> None:
    for name, text in SAID.items():
        desk.send(text, external_id=name)
    listed = desk.get("/v1/feedback", params={"q": query}).json()["items"]
    assert {item["external_id"] for item in listed} == found
    for path in ("/v1/trends", "/v1/journey"):
        answer = desk.get(path, params={"q": query})
        assert answer.status_code == 200, path
    trends = desk.get("/v1/trends", params={"q": query}).json()
    assert trends["total"]["n"] == len(found)


def test_an_export_of_a_query_without_a_word_is_empty(desk: Any) -> None:
    desk.send("غذا سرد بود")
    all_of_it, none_of_it = (
        desk.get("/v1/exports/feedback", params=params).content for params in ({}, {"q": "!!!"})
    )
    assert len(none_of_it.splitlines()) == 1 < len(all_of_it.splitlines())


def test_a_word_of_very_many_parts_is_asked_for_by_its_first() -> None:
    assert search_terms("\u200c".join("abcdefgh")) == ("a b c d",)


def test_every_word_of_a_long_query_counts():
    words = "کیف چرم قهوه ای دوخت سه شنبه رسید ولی بند بلندش پاره زنجیرش زنگ".split()
    assert len(words) > 12
    assert search_terms(" ".join(words)) == tuple(words)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("سفارشم ۲۲ روزه نرسیده", "سفارشم ۲ روزه نرسیده", False),
        ("۱۰۰۰۰ تومان پس بدید", "۱۰ تومان پس بدید", False),
        ("میز ۱ ۱ نفر", "میز ۱۱ نفر", False),
        ("میز ۱۱ نفر", "میز 11نفر", True),
        ("خیلیییی بد بود", "خیلی بد بود", True),
    ],
)
def test_numbers_make_comments_differ_and_stretching_does_not(one, other, alike):
    assert (likeness(one) == likeness(other)) is alike


def test_a_word_of_thousands_of_parts_is_folded_in_work_that_grows_with_it() -> None:
    text = ".\u200c".join(map(str, range(16_000)))
    started = thread_time()
    assert len(search_text(text).split()) == 16_000
    assert thread_time() - started < 1  # it was four seconds
