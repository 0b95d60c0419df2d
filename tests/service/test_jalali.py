"""Moments as people in Iran read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.jalali import from_jalali, jalali, persian, spoken, spoken_day


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 3, 20, 20, 29, tzinfo=UTC), "1404-12-29 23:59"),
        (datetime(2026, 3, 20, 20, 30, tzinfo=UTC), "1405-01-01 00:00"),  # the year begins in Tehran
        (datetime(2025, 3, 20, 8, 0, tzinfo=UTC), "1403-12-30 11:30"),  # a leap year
    ],
)
def test_days_begin_and_years_turn_in_tehran(moment: datetime, shown: str) -> None:
    assert jalali(moment) == shown


def test_a_moment_is_spoken_with_weekday_month_and_persian_digits() -> None:
    assert spoken(datetime(2026, 11, 28, 6, 30, tzinfo=UTC)) == "شنبه ۷ آذر ۱۴۰۵، ساعت ۱۰:۰۰"
    assert spoken_day(date(2026, 11, 27)) == "جمعه ۶ آذر ۱۴۰۵"
    assert persian(3.5) == "۳.۵"


@given(days=st.integers(0, 20_000))
def test_there_and_back_is_the_same_day(days: int) -> None:
    day = date(2000, 1, 1) + timedelta(days=days)
    noon = datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC)
    assert from_jalali(jalali(noon)[:10]) == day


@pytest.mark.parametrize("text", ["1405-13-01", "1405-12-30", "1405-1", "سلام", ""])
def test_a_day_that_does_not_exist_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        from_jalali(text)
