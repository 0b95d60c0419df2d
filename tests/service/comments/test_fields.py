"""Other people's columns are understood: Persian and English headings, either calendar, either digits."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api import reading
from service.api.bodies import FeedbackIn
from service.comments import fields
from service.errors import Invalid
from service.settings import Settings

NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)


def _read(**values: Any) -> Any:
    told = {name.replace("__", "."): value for name, value in values.items()}
    return fields.incoming(told, channel="import", external_id="row-1", max_chars=1_000, now=NOW)


def _codes(**values: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        _read(**values)
    return {error.path: error.code for error in caught.value.errors}


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (["text", "id", "rating"], {"text": "text", "external_id": "id", "scores.stars": "rating"}),
        (["شناسه", "متن نظر", "امتیاز"], {"external_id": "شناسه", "text": "متن نظر", "scores.stars": "امتیاز"}),
        (["كد نظر", "ديدگاه"], {"external_id": "كد نظر", "text": "ديدگاه"}),
        (["Review Date", "REVIEW", "Customer_ID"],
         {"created_at": "Review Date", "text": "REVIEW", "customer.external_id": "Customer_ID"}),
        (["comment", "text"], {"text": "text"}),
        (["نام‌محصول", "نظر", "شعبه"], {"product": "نام‌محصول", "text": "نظر", "branch": "شعبه"}),
        ([" متن ", "metadata.city ", " stars"],
         {"text": " متن ", "scores.stars": " stars", "metadata.city": "metadata.city "}),
        (["تاریخ و ساعت", "نام و نام خانوادگی", "متن نظر مشتری", "امتیاز (۱ تا ۵)"],
         {"created_at": "تاریخ و ساعت", "customer.name": "نام و نام خانوادگی", "text": "متن نظر مشتری",
          "scores.stars": "امتیاز (۱ تا ۵)"}),
        (["نظر مشتری", "امتیاز (از ۵)"], {"text": "نظر مشتری", "scores.stars": "امتیاز (از ۵)"}),
        (["text", "metadata"], {"text": "text", "metadata": "metadata"}),
        (["text", "metadata", "metadata.city"], {"text": "text", "metadata.city": "metadata.city"}),
        (["رنگ", "اندازه"], {}),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_headings(headings: list[str], expected: dict[str, str]) -> None:
    assert fields.guess(headings) == expected


def test_names_that_are_counted_have_one_spelling() -> None:
    found = _read(
        text="خوب", branch=" ونك  شمالي", product="چاي", customer__tier="نقره‌اي", customer__name="علي"
    )
    assert (found.branch, found.product) == ("ونک شمالی", "چای")
    assert (found.customer.tier, found.customer.name) == ("نقره‌ای", "علي")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1405/09/04", "2026-11-25T00:00:00+03:30"),
        ("۱۴۰۵-۹-۴ ۸:۰۵", "2026-11-25T08:05:00+03:30"),
        ("1405/09/04 23:59:30", "2026-11-25T23:59:30+03:30"),
        ("2026-11-25", "2026-11-25T00:00:00+03:30"),
        ("2026/11/5 10:30", "2026-11-05T10:30:00+03:30"),
        ("2026-11-25T10:00:00Z", "2026-11-25T10:00:00+00:00"),
        ("2026-11-25T10:00:00+03:30", "2026-11-25T06:30:00+00:00"),
        ("1405/09/04 9:05:30", "2026-11-25T09:05:30+03:30"),
        ("2026/11/25 9:30", "2026-11-25T09:30:00+03:30"),
        ("2026-11-25T10:00:00.1234567Z", "2026-11-25T10:00:00.123456+00:00"),
        ("2026-11-25 10:00:00 +0330", "2026-11-25T06:30:00+00:00"),
        ("1405-09-04T09:05:30Z", "2026-11-25T09:05:30+00:00"),
        ("1405-09-04T12:30:00+03:30", "2026-11-25T09:00:00+00:00"),
        ("1405/09/04 - 12:30", "2026-11-25T12:30:00+03:30"),
        ("۱۴۰۵/۰۹/۰۴، ۱۲:۳۰", "2026-11-25T12:30:00+03:30"),
        ("04/09/1405", "2026-11-25T00:00:00+03:30"),
        ("4.9.1405 7:05", "2026-11-25T07:05:00+03:30"),
        ("۴ آذر ۱۴۰۵", "2026-11-25T00:00:00+03:30"),
        ("چهارشنبه ۴ آذر ۱۴۰۵، ساعت ۱۲:۳۰", "2026-11-25T12:30:00+03:30"),
        ("سه‌شنبه، 5 ارديبهشت ماه 1402 - 9:00", "2023-04-25T09:00:00+03:30"),
        ("1405/09/04 ساعت 7:05", "2026-11-25T07:05:00+03:30"),
        ("۳۱ آذر ۱۴۰۵", None),
        ("۴ نوامبر ۱۴۰۵", None),
        ("1795593600", "2026-11-25T08:00:00+00:00"),
        ("1795593600000", "2026-11-25T08:00:00+00:00"),
        ("25/11/2026", None),
        ("1405/09/04 25:00", None),
        ("1405/09/04 12:30 PM", "2026-11-25T12:30:00+03:30"),
        ("1405/09/04 12:30:05 a.m.", "2026-11-25T00:30:05+03:30"),
        ("2026-11-25 9:05 am", "2026-11-25T09:05:00+03:30"),
        ("2026-11-25 09:05 PM +0330", "2026-11-25T17:35:00+00:00"),
        ("۱۴۰۵/۰۹/۰۴ ۱:۳۰ ب.ظ", "2026-11-25T13:30:00+03:30"),
        ("۴ آذر ۱۴۰۵، ساعت ۱۱:۰۵ ق.ظ.", "2026-11-25T11:05:00+03:30"),
        ("1405/9/4، 7:15:00 بعدازظهر", "2026-11-25T19:15:00+03:30"),
        ("1405/09/04 12:10 قبل‌ازظهر", "2026-11-25T00:10:00+03:30"),
        ("1405/09/04 13:30 ب.ظ", None),
        ("1405/09/04 0:30 AM", None),
        ("179559360", None),
        ("1405/13/04", None),
        ("1404/12/30", None),
        ("دیروز", None),
        ("", None),
    ],
)
def test_moments_are_read_in_either_calendar(written: str, expected: str | None) -> None:
    found = fields.moment(written)
    assert (found and found.isoformat()) == expected


def test_blanks_behind_a_time_are_read_once_however_many() -> None:
    assert (
        fields.moment(f"1405/09/04 12:30{' ' * 200_000}x") is None
    )  # read twice, it takes a quarter of an hour


def test_cells_become_the_comment_they_mean() -> None:
    comment = _read(
        text="غذا سرد بود",
        external_id=1024.0,
        created_at="۱۴۰۵/۰۹/۰۴",
        customer__external_id=" c-7 ",
        customer__lifetime_value="۱۲٬۵۰۰٬۰۰۰",
        scores__stars="۲",
        scores__nps="",
        product="چلوکباب",
    )
    assert comment.external_id == "1024"
    assert (comment.customer.external_id, comment.customer.lifetime_value) == ("c-7", 12_500_000)
    assert (comment.scores.stars, comment.scores.nps) == (2, None)
    assert (comment.channel, comment.product, comment.branch) == ("import", "چلوکباب", None)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"text": "  \u200c "}, {"text": "text_empty"}),
        ({"text": None}, {"text": "text_empty"}),
        ({"text": "آ" * 1_001}, {"text": "text_too_long"}),
        ({"text": "خوب\0"}, {"text": "nul_character"}),
        ({"text": "خوب \ud800"}, {"text": "lone_surrogate"}),
        ({"text": {"fa": "خوب"}}, {"text": "wrong_type"}),
        ({"text": "خوب", "scores__stars": "6"}, {"scores.stars": "out_of_range"}),
        ({"text": "خوب", "scores__stars": "3.5"}, {"scores.stars": "out_of_range"}),
        ({"text": "خوب", "scores__csat": "عالی"}, {"scores.csat": "not_a_number"}),
        ({"text": "خوب", "customer__lifetime_value": "inf"}, {"customer.lifetime_value": "not_a_number"}),
        ({"text": "خوب", "created_at": "پارسال"}, {"created_at": "wrong_datetime"}),
        ({"text": "خوب", "created_at": "2030-01-01"}, {"created_at": "in_the_future"}),
        ({"text": "خوب", "branch": "ش" * 201}, {"branch": "too_long"}),
        ({"text": "خوب", "metadata": "قم"}, {"metadata": "wrong_type"}),
        ({"text": "خوب", "metadata": "[1]"}, {"metadata": "wrong_type"}),
        ({"text": "خوب", "metadata": '{"a": [1]}'}, {"metadata.a": "wrong_type"}),
        ({"text": "خوب", "metadata": r'{"\u0000": 1}'}, {"metadata": "nul_character"}),
        ({"text": "خوب", "metadata": {str(n): n for n in range(51)}}, {"metadata": "too_many"}),
        ({"text": "", "scores__nps": "11"}, {"text": "text_empty", "scores.nps": "out_of_range"}),
    ],
)
def test_what_is_wrong_is_named_by_field(values: dict[str, Any], expected: dict[str, str]) -> None:
    found = _codes(**values)
    assert {path: found.get(path) for path in expected} == expected


@pytest.mark.parametrize(
    "sent",
    [
        {"text": " \u200c "},
        {"text": "آ" * 1_001},
        {"text": "خوب\0"},
        {"text": "خوب \ud800"},
        {"text": "خوب", "branch": "\0"},
        {"text": "خوب", "created_at": "2026-11-29T06:31:00Z"},
        {"text": "خوب", "created_at": "1989-12-31T00:00:00Z"},
        {"text": "خوب", "created_at": "2300-01-01T00:00:00Z"},
    ],
)
def test_files_and_the_api_refuse_the_same_in_the_same_words(sent: dict[str, str]) -> None:
    settings = Settings(max_text_chars=1_000)
    with pytest.raises(Invalid) as by_api:
        reading.incoming(reading.checked(FeedbackIn, sent), settings, NOW)
    with pytest.raises(Invalid) as by_file:
        _read(**sent)
    assert by_api.value.errors == by_file.value.errors


@pytest.mark.parametrize(
    ("name", "low", "high"), [("csat", 1, 5), ("nps", 0, 10), ("ces", 1, 7), ("stars", 1, 5)]
)
def test_files_and_the_api_take_the_same_scores(name: str, low: int, high: int) -> None:
    for score in (low, high):
        body = reading.checked(FeedbackIn, {"text": "خوب", "scores": {name: score}})
        assert body.incoming().scores == _read(text="خوب", **{f"scores__{name}": score}).scores
    for score in (low - 1, high + 1):
        with pytest.raises(Invalid) as caught:
            reading.checked(FeedbackIn, {"text": "خوب", "scores": {name: score}})
        by_api = {error.path: error.code for error in caught.value.errors}
        assert (
            by_api == _codes(text="خوب", **{f"scores__{name}": score}) == {f"scores.{name}": "out_of_range"}
        )


@pytest.mark.parametrize(
    ("whole", "told"),
    [
        (
            '{"city": "قم", "items": 3, "gift": false, "none": null}',
            {"city": "قم", "items": 3, "gift": False},
        ),
        ({"city": "قم"}, {"city": "قم"}),
        ("{}", {}),
        (" ", {}),
        (None, {}),
    ],
)
def test_what_is_told_beside_our_fields_may_be_one_object(whole: Any, told: dict[str, Any]) -> None:
    assert _read(text="خوب", metadata=whole).metadata == told


def test_a_value_that_nobody_can_see_says_nothing() -> None:
    assert _read(text="خوب", branch="\u200c \u200c").branch is None


@given(
    st.dictionaries(
        st.sampled_from(sorted(fields.HEADINGS)), st.text() | st.floats() | st.integers() | st.none()
    )
)
def test_no_cell_breaks_the_reading(values: dict[str, Any]) -> None:
    with suppress(Invalid):
        assert fields.incoming(values, channel="c", external_id="x", max_chars=100, now=NOW).text.strip()


@given(st.lists(st.text(max_size=20), unique=True))
def test_every_column_is_used_once_at_most(headings: list[str]) -> None:
    found = fields.guess(headings)
    assert len(set(found.values())) == len(found)
    assert set(found.values()) <= set(headings)
