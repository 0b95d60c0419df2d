"""How values read from comments, and amounts, are written on the pages."""

from pathlib import Path

import pytest

from service.figures import money
from service.web import wording
from service.web.wording import value_of


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("PT30S", "۳۰ ثانیه"),
        ("PT30M", "۳۰ دقیقه"),
        ("P2M", "۲ ماه"),
        ("PT2H30M", "۲ ساعت و ۳۰ دقیقه"),
        ("P1DT12H", "۱ روز و ۱۲ ساعت"),
        ("P1M15D", "۱ ماه و ۱۵ روز"),
    ],
)
def test_every_part_of_a_duration_is_told_in_its_unit(value: str, told: str) -> None:
    assert value_of(value, "duration") == told


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (999_400, "۹۹۹ هزار تومان"),
        (999_500, "۱ میلیون تومان"),
        (999_950_000, "۱ میلیارد تومان"),
        (1_500_000_000, "۱٫۵ میلیارد تومان"),
        (99_940, "۹۹٫۹ هزار تومان"),
        (99_960, "۱۰۰ هزار تومان"),
        (999_460, "۹۹۹ هزار تومان"),
        (2_040_000, "۲ میلیون تومان"),
    ],
)
def test_an_amount_is_told_as_people_round_it(amount: float, told: str) -> None:
    assert money(amount) == told


@pytest.mark.parametrize(
    ("other", "settled"),
    [
        ("ارزش طول عمر", "ارزش مشتری"),
        (">باشگاه<", "سطح باشگاه"),
        ("هر مشتری‌ای", "هر سطح باشگاهی"),
        ("از مهلت گذشته", "دیرشده"),
        ("به صف دیگر سپرده", "به صف دیگر ارجاع"),
    ],
)
def test_a_thing_has_one_name_on_all_pages(other: str, settled: str) -> None:
    pages = Path(wording.__file__).parent
    said = "".join(
        path.read_text(encoding="utf-8") for path in pages.glob("**/*.*") if path.suffix in {".py", ".html"}
    )
    assert other not in said
    assert settled in said
