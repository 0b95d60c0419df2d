"""The calendar file: what ships with the package, and what is said of a wrong one."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import jdatetime
import pytest

from service import sla
from service.jalali import from_jalali
from service.tomlfile import FileMistakes, Source

SHIPPED = sla.load()
GOOD = sla.FILE.read_text(encoding="utf-8")


def _mistakes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(FileMistakes) as caught:
        sla.parse(Source(text, "calendar.toml"))
    return [(mistake.line, mistake.text) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("priority", "first", "resolution"),
    [("urgent", 15, 120), ("high", 60, 480), ("medium", 240, 1440), ("low", 1440, 4320)],
)
def test_the_defaults_are_those_of_the_contract(priority: str, first: int, resolution: int) -> None:
    policy = SHIPPED.policies[priority]
    assert (policy.first_response, policy.next_response, policy.resolution) == (first, first, resolution)


@pytest.mark.parametrize("year", [1405, 1406])
def test_the_solar_holidays_of_a_year_are_the_ten_that_the_law_fixes(year: int) -> None:
    days = {
        one.jalali[5:] for one in SHIPPED.holidays if one.kind == "solar" and one.jalali.startswith(str(year))
    }
    assert days == {
        "01-01", "01-02", "01-03", "01-04", "01-12", "01-13", "03-14", "03-15", "11-22", "12-29",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("1405-04-04", "عاشورای حسینی"),
        ("1405-05-13", "اربعین حسینی"),
        ("1405-12-19", "عید سعید فطر"),
        ("1406-03-25", "عاشورای حسینی"),
    ],
)
def test_lunar_holidays_stand_on_their_day(day: str, name: str) -> None:
    assert name in {one.name_fa for one in SHIPPED.holidays if one.jalali == day}


def test_the_lunar_days_of_both_years_lie_as_far_apart_as_the_moon_puts_them() -> None:
    """Twelve moons later the same occasion comes back, a sighting sooner or later; each year brings all seventeen."""
    days: dict[str, list[date]] = {}
    for one in SHIPPED.holidays:
        if one.kind == "lunar":
            days.setdefault(one.name_fa, []).append(one.day)
    assert len(days) == 17
    for found in days.values():
        gaps = {(later - earlier).days for earlier, later in pairwise(found)}
        assert gaps <= {353, 354, 355, 356}


def test_friday_is_off_thursday_is_half_and_the_safety_desk_never_closes() -> None:
    office = SHIPPED.of_queue("finance")
    assert office.week[4] == ()
    assert sum(end - start for start, end in office.week[3]) < sum(
        end - start for start, end in office.week[0]
    )
    assert SHIPPED.of_queue("safety").around_the_clock


@pytest.mark.parametrize(
    ("day", "missing"),
    [("1405-09-04", None), ("1406-10-01", None), ("1406-12-01", 1407), ("1407-01-01", 1407)],
)
def test_a_year_without_holidays_is_noticed_before_it_begins(day: str, missing: int | None) -> None:
    assert sla.missing_year(SHIPPED, from_jalali(day)) == missing


def test_a_holiday_is_the_jalali_day_that_the_file_names() -> None:
    for one in SHIPPED.holidays:
        assert jdatetime.date.fromgregorian(date=one.day).isoformat() == one.jalali


def test_every_mistake_is_named_with_its_line_in_persian() -> None:
    wrong = GOOD.replace('monday = "08:30-17:00"', 'monday = "17:00-08:30"', 1).replace(
        "first_response = 60\n", 'first_response = "soon"\n', 1
    )
    lines = wrong.splitlines()
    found = _mistakes(wrong)
    assert [lines[line - 1] for line, _ in found] == ['first_response = "soon"', 'monday = "17:00-08:30"']
    assert "عددی" in found[0][1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('zone = "Asia/Tehran"', 'zone = "Asia/Tehrun"', "منطقهٔ زمانی"),
        ('default = "office"', 'default = "offise"', "تقویم پیش‌فرض"),
        ('safety = "always"', 'safety = "allways"', "تقویم"),
        ('"1405-11-22"', '"1405-12-30"', "تاریخ جلالی"),
        ("resolution = 120", "resolution = 10", "کوتاه‌تر"),
        ("[policies.low]", "[policies.lowest]", "اولویت «low»"),
        ("resolution = 120", "resolution = 400000", "یک سال کار"),
        ("warn_after = 0.6", "warn_at = 0.6", "شناخته‌شده نیست"),
        ('thursday = "08:30-12:30"', 'thursday = "08:30-12:30, 12:00-13:00"', "پایان یابد"),
        ("zone =", "zone", "دستور زبان TOML"),
    ],
)
def test_a_calendar_with_a_mistake_is_not_used(old: str, new: str, said: str) -> None:
    assert any(said in text for _, text in _mistakes(GOOD.replace(old, new, 1)))


def test_a_calendar_without_an_open_hour_is_refused() -> None:
    assert any("ساعت باز" in text for _, text in _mistakes(GOOD + '\n[calendars.closed]\nfriday = ""\n'))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_a_mistake_of_the_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "calendar.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileMistakes, match=r"calendar\.toml:1"):
        sla.load(path)
