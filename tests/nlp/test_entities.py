"""Values in a comment: money, durations, order numbers, days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import entities
from nlp.normalize import normalize

NOW = date(2026, 11, 25)  # چهارشنبه ۴ آذر ۱۴۰۵


def found(text: str, now: date | None = None) -> list[tuple[str, str]]:
    return [(entity.kind, entity.value) for entity in entities.find(normalize(text), now)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("۲۵۰ هزار تومان کم شد", "IRR:2500000"),
        ("دو میلیون و پانصد هزار تومن دادم", "IRR:25000000"),
        ("۴ میلیون و ۸۰۰ هزار تومن طلبکارم", "IRR:48000000"),
        ("1 میلیارد و 20 میلیون تومان وام", "IRR:10200000000"),
        ("۳,۵۰۰,۰۰۰ ریال پرداخت کردم", "IRR:3500000"),
        ("مبلغ ٤٥٠٠٠ تومان", "IRR:450000"),
        ("نیم میلیون تومن ضرر کردم", "IRR:5000000"),
    ],
)
def test_money_is_read_in_rials_from_digits_and_words(text: str, value: str) -> None:
    assert ("amount", value) in found(text)


@pytest.mark.parametrize(
    ("text", "rials"),
    [
        ("۲ میلیون", 20_000_000),
        ("۵۰۰ هزار", 5_000_000),
        (" پانصد هزار تومان ", 5_000_000),
        ("یک و نیم میلیون", 15_000_000),
        ("۱٫۵ میلیون تومن", 15_000_000),
        ("۲م", 20_000_000),
        ("۵۰۰٬۰۰۰", 5_000_000),
        ("500,000", 5_000_000),
        ("1200000", 12_000_000),
        ("۵۰۰۰ ریال", 5_000),
        ("1.5", None),
        ("500.000", None),  # five hundred, or half a million?
        ("1500.5", None),
        ("پانصد", None),
        ("-50", None),
        ("0", None),
        ("abc", None),
        ("۲ میلیون و خرده‌ای", None),
        ("۵۰۰ هزار یا یک میلیون", None),
        ("۳ میلیون نفر", None),
        ("", None),
    ],
)
def test_an_amount_that_stands_alone_is_in_tomans_and_one_clear_sum(text: str, rials: int | None) -> None:
    assert entities.in_rials(text) == rials


def test_money_that_may_mean_two_sums_says_so() -> None:
    assert ("amount_ambiguous", "IRR:5000|IRR:5000000") in found("پونصد تومن ازم گرفتن")


def test_counted_things_are_no_money() -> None:
    assert not [kind for kind, _ in found("سه میلیون نفر عضو داره") if kind.startswith("amount")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("سه روزه منتظرم", "P3D"),
        ("دو هفته گذشته", "P2W"),
        ("۴۵ دقیقه معطل شدم", "PT45M"),
        ("دو ساعت و نیم طول کشید", "PT2H30M"),
    ],
)
def test_durations_are_read(text: str, value: str) -> None:
    assert ("duration", value) in found(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("شماره سفارش ۹۸۷۶۵۴ هنوز نیومده", "987654"),
        ("کد پیگیری: BZ-20394", "BZ-20394"),
        ("سفارش 445566 رو لغو کنید", "445566"),
    ],
)
def test_order_numbers_are_read(text: str, number: str) -> None:
    assert ("order_number", number) in found(text)


def test_a_price_after_the_order_is_no_order_number() -> None:
    assert not [kind for kind, _ in found("سفارش ۴۵۰۰۰ تومانی") if kind == "order_number"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("گفتید تا شنبه می‌رسه", "2026-11-28"),
        ("قول دادن فردا واریز بشه", "2026-11-26"),
        ("گفتید دوشنبه میاد ولی نیومد", "2026-11-23"),
        ("قرار بود ۱۵ آذر تحویل بدید", "2026-12-06"),
        ("گفتن ۱۴۰۵/۰۹/۱۰ میاریم", "2026-12-01"),
    ],
)
def test_a_promise_gets_the_day_by_which_it_is_due(text: str, day: str) -> None:
    assert ("promise_due", day) in found(text, NOW)


def test_without_a_today_relative_promises_stay_undated() -> None:
    assert not found("گفتید تا شنبه می‌رسه")


def test_an_impossible_date_is_left_out() -> None:
    assert not found("قرار بود ۳۱ مهر بیاد", NOW)


@given(st.text(alphabet="آابپتسرمنهی ۰۱۲۳456۷۸۹0تومان‌،.:/ریالهزارمیلیونروزسفارش \n", max_size=80))
def test_entities_lie_inside_the_comment(text: str) -> None:
    for entity in entities.find(normalize(text), NOW):
        assert 0 <= entity.start < entity.end <= len(text)
