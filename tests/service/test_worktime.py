"""Working time: tables for what people know by heart, properties for everything else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import sla, worktime
from service.jalali import TEHRAN, from_jalali
from service.worktime import Calendar

CALENDARS = sla.load().calendars
OFFICE, EVENING, ALWAYS = CALENDARS["office"], CALENDARS["evening"], CALENDARS["always"]

_FIRST = datetime(2026, 3, 22, tzinfo=UTC)
moments = st.integers(0, 680 * 24 * 60).map(lambda minute: _FIRST + timedelta(minutes=minute))
lengths = st.integers(0, 6_000).map(lambda minutes: timedelta(minutes=minutes))
calendars = st.sampled_from([OFFICE, EVENING, ALWAYS])


def tehran(jalali_day: str, clock: str) -> datetime:
    """`tehran("1405-09-04", "16:50")` is that moment in Tehran."""
    hour, minute = map(int, clock.split(":"))
    day = from_jalali(jalali_day)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TEHRAN)


def is_open(calendar: Calendar, moment: datetime) -> bool:
    return worktime.between(calendar, moment, moment + timedelta(seconds=1)) > timedelta()


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        (("1405-09-04", "09:00"), 60, ("1405-09-04", "10:00")),  # Wednesday morning
        (("1405-09-04", "16:50"), 15, ("1405-09-05", "08:35")),  # ten minutes today, five on Thursday
        (("1405-09-05", "12:00"), 60, ("1405-09-07", "09:00")),  # Thursday is half a day, Friday is off
        (("1405-09-06", "11:00"), 15, ("1405-09-07", "08:45")),  # written on Friday
        (("1405-09-04", "03:00"), 15, ("1405-09-04", "08:45")),  # written at night
        (("1405-09-04", "08:30"), 510, ("1405-09-04", "17:00")),  # a deadline may fall on closing time
        (
            ("1405-12-27", "12:00"),
            60,
            ("1406-01-05", "09:00"),
        ),  # Nowruz: the last day of the year and four of the next
        (("1405-04-02", "16:00"), 120, ("1405-04-06", "09:30")),  # Tasua, Ashura and a Friday in between
        (("1405-10-01", "16:59"), 2, ("1405-10-03", "08:31")),  # a lunar holiday in the middle of the week
    ],
)
def test_a_deadline_skips_nights_fridays_and_holidays(
    start: tuple[str, str], minutes: int, due: tuple[str, str]
) -> None:
    assert worktime.add(OFFICE, tehran(*start), timedelta(minutes=minutes)) == tehran(*due)


def test_the_safety_desk_never_closes() -> None:
    friday_night = tehran("1405-01-07", "03:10")
    assert worktime.add(ALWAYS, friday_night, timedelta(minutes=15)) == tehran("1405-01-07", "03:25")
    assert is_open(ALWAYS, friday_night)
    assert not is_open(OFFICE, friday_night)


def test_who_works_at_any_hour_may_still_have_holidays() -> None:
    feast = from_jalali("1405-01-07")
    rested = replace(ALWAYS, holidays={feast: "جشن"})
    eve = tehran("1405-01-06", "23:50")
    assert worktime.add(rested, eve, timedelta(minutes=15)) == tehran("1405-01-08", "00:05")
    assert worktime.between(rested, eve, tehran("1405-01-08", "00:05")) == timedelta(minutes=15)


def test_opening_minutes_are_open_and_closing_minutes_are_not() -> None:
    assert is_open(OFFICE, tehran("1405-09-04", "08:30"))
    assert not is_open(OFFICE, tehran("1405-09-04", "17:00"))
    assert worktime.add(OFFICE, tehran("1405-09-04", "17:00"), timedelta()) == tehran("1405-09-05", "08:30")


def test_a_negative_length_is_refused() -> None:
    with pytest.raises(ValueError, match="backwards"):
        worktime.add(OFFICE, tehran("1405-09-04", "09:00"), timedelta(minutes=-1))


def test_a_calendar_that_never_opens_is_an_error_and_no_endless_search() -> None:
    never = Calendar(name="never", zone=TEHRAN, week=((),) * 7)
    with pytest.raises(ValueError, match="never"):
        worktime.add(never, tehran("1405-09-04", "09:00"), timedelta(minutes=1))


def test_working_time_is_real_time_also_when_clocks_change() -> None:
    """Iran keeps one time all year now, but a calendar may name another zone."""
    from zoneinfo import ZoneInfo

    berlin = Calendar(name="berlin", zone=ZoneInfo("Europe/Berlin"), week=(((0, 1440),),) * 7, holidays={})
    night = datetime(2026, 10, 25, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert worktime.between(berlin, night, night + timedelta(days=1)) == timedelta(hours=25)


@given(calendar=calendars, start=moments, length=lengths)
def test_a_deadline_is_never_inside_closed_time(
    calendar: Calendar, start: datetime, length: timedelta
) -> None:
    due = worktime.add(calendar, start, length)
    just_before = due - timedelta(seconds=1)
    assert is_open(calendar, just_before if length else due)


@given(calendar=calendars, start=moments, length=lengths)
def test_the_working_time_until_a_deadline_is_what_was_promised(
    calendar: Calendar, start: datetime, length: timedelta
) -> None:
    assert worktime.between(calendar, start, worktime.add(calendar, start, length)) == length


@given(calendar=calendars, start=moments, later=lengths, length=lengths, more=lengths)
def test_deadlines_grow_with_the_start_and_with_the_minutes(
    calendar: Calendar, start: datetime, later: timedelta, length: timedelta, more: timedelta
) -> None:
    due = worktime.add(calendar, start, length)
    assert worktime.add(calendar, start + later, length) >= due
    assert worktime.add(calendar, start, length + more) >= due


@given(calendar=calendars, start=moments, first=lengths, second=lengths)
def test_working_time_adds_up(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    middle, end = start + first, start + first + second
    parts = worktime.between(calendar, start, middle) + worktime.between(calendar, middle, end)
    assert worktime.between(calendar, start, end) == parts
    assert worktime.between(calendar, end, start) == -parts
