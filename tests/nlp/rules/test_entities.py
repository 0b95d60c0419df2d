"""Values in a comment: money, durations, order numbers, days."""

from datetime import date, timedelta

import jdatetime
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nlp.normalize import normalize
from nlp.rules import entities, numbers

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
        ("۱۰ میلیون ۵۰۰ هزار تومن پیش گرفتن", "IRR:105000000"),
        ("۲میلیون۲۰۰هزار تومان هزینهٔ تعمیر شد", "IRR:22000000"),
        ("یک میلیارد ۳۵۰ میلیون تومان بابت خونه دادم", "IRR:13500000000"),
        ("۳,۵۰۰,۰۰۰ ریال پرداخت کردم", "IRR:3500000"),
        ("مبلغ ٤٥٠٠٠ تومان", "IRR:450000"),
        ("۱۵۰ ۰۰۰ تومان از حسابم کم شد", "IRR:1500000"),
        ("مبلغ 2\u00a0450\u00a0000 ریال کسر شد", "IRR:2450000"),
        ("سفارش ۴۴۵۶۷ ۲۵۰ ۰۰۰ تومان شد", "IRR:2500000"),
        ("نیم میلیون تومن ضرر کردم", "IRR:5000000"),
        ("یک میلیون تومن از کارتم پرید", "IRR:10000000"),
        ("یک میلیون و دویست هزار تومن خسارت خورد", "IRR:12000000"),
        ("یک میلیون و سیصد تومن دادم", "IRR:13000000"),
        ("۲ میلیون و ۲۵۰ تومن دادم", "IRR:22500000"),
        ("۳ هزار و ۵۰۰ تومن کرایه گرفت", "IRR:35000"),
        ("دو‌میلیون تومان پیش دادم", "IRR:20000000"),
        ("سیصد‌هزار تومن اضافه گرفتن", "IRR:3000000"),
        ("صد‌و‌بیست هزار تومن شد", "IRR:1200000"),
        ("۸۰۰ هزارتومان هزینه کردم", "IRR:8000000"),
        ("دو هزار میلیارد تومن", "IRR:20000000000000"),
        ("یک میلیون شیشصدو پنجاه هزار تومن دادم", "IRR:16500000"),
        ("1.350.000 تومان دادم", "IRR:13500000"),
        ("180.000 تومان شد", "IRR:1800000"),
        ("1.350 میلیون تومان دادم", "IRR:13500000"),
        ("۳،۴۰۰،۰۰۰ تومان دادم", "IRR:34000000"),
        ("۶۵،۰۰۰ تومان شد", "IRR:650000"),
        ("۲۵۰، ۳۰۰ هزار تومن میشه", "IRR:3000000"),
        ("۱۵۰ ک تومن دادم", "IRR:1500000"),
        ("150k toman dadam", "IRR:1500000"),
        ("7m تومن دادم", "IRR:70000000"),
        ("نود هزار تومن ازم گرفتن", "IRR:900000"),
        ("هشصد و پنجاه هزار تومن دادم", "IRR:8500000"),
        ("بیس هزار تومن اضافه گرفتن", "IRR:200000"),
        ("۳۲۰٫۰۰۰ تومان شد", "IRR:3200000"),
        ("۱٫۲۵۰٫۰۰۰ تومان شد", "IRR:12500000"),
        ("۱٫۲۵۰ میلیون تومان شد", "IRR:12500000"),
        ("صد هزار تومن و نیم ساعت وقتم رفت", "IRR:1000000"),
        ("۲۰۰ و خورده‌ای هزار تومن دادم", "IRR:2000000"),
        ("دویست و خرده‌ای هزار تومن گرفتن", "IRR:2000000"),
        ("۵۰۰ و اندی هزار تومن شد", "IRR:5000000"),
        ("سیصد و خورده ای میلیون تومن خواب سرمایه", "IRR:3000000000"),
        ("۲ میلیون و خورده‌ای تومن دادم", "IRR:20000000"),
        ("هف هش ده هزار تومن کرایه دادم", "IRR:100000"),
        ("پن میلیون تومن ریختم", "IRR:50000000"),
        ("هفت صد هزار تومن دادم", "IRR:7000000"),
        ("یک میلیون و نه صد و پنجاه هزار تومن شد", "IRR:19500000"),
        ("نود صد هزار تومن شد", "IRR:1000000"),
        ("مبلغ ۵۰۰٬۰۰۰ (پانصد هزار) تومان کسر شد", "IRR:5000000"),
        ("مبلغ 2500000(دو میلیون و پانصد هزار) ریال", "IRR:2500000"),
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
        ("۵۰۰٬۰۰۰", 5_000_000),
        ("500,000", 5_000_000),
        ("۱ ۵۰۰ ۰۰۰", 15_000_000),
        ("1200000", 12_000_000),
        ("۵۰۰۰ ریال", 5_000),
        ("1.5", None),
        ("500.000", 5_000_000),
        ("1500.5", None),
        ("پانصد", None),
        ("دو و پونصد", None),
        ("۵۰۰۰۰۰ تومن و نیم", None),
        ("-50", None),
        ("0", None),
        ("abc", None),
        ("۲ میلیون و خرده‌ای", None),
        ("۲ میلیون و خرده‌ای تومان", None),
        ("۵۰۰ هزار یا یک میلیون", None),
        ("۳ میلیون نفر", None),
        ("", None),
    ],
)
def test_an_amount_that_stands_alone_is_in_tomans_and_one_clear_sum(text: str, rials: int | None) -> None:
    assert entities.in_rials(text) == rials


def test_money_that_may_mean_two_sums_says_so() -> None:
    assert ("amount_ambiguous", "IRR:5000|IRR:5000000") in found("پونصد تومن ازم گرفتن")
    for text in ("ازم ۱۵۰ک گرفتن", "ازم 150k گرفتن", "ازم 150K گرفتن"):
        assert found(text) == [("amount_ambiguous", "IRR:1500000|IRR:150000")]
    assert not found("تلویزیون 4k با کابل 5m خریدم")


@pytest.mark.parametrize(
    ("text", "readings", "words"),
    [
        ("از من ۲ تومن ونیم گرفتن", "IRR:25000000|IRR:25000", "۲ تومن ونیم"),
        ("یه تومن و نیم دادم", "IRR:15000000|IRR:15000", "یه تومن و نیم"),
        ("یک تومن و پونصد دادم", "IRR:15000000|IRR:15000", "یک تومن و پونصد"),
        ("هفت و نیم تومن دادم", "IRR:75000000|IRR:75000", "هفت و نیم تومن"),
        ("بلیط دو و پونصد بود", "IRR:25000000|IRR:25000", "دو و پونصد"),
        ("سه و هفتصد و پنجاه تومن شد", "IRR:37500000|IRR:37500", "سه و هفتصد و پنجاه تومن"),
        ("۲ و ۵۰۰ تومن دادم", "IRR:25000000|IRR:25000", "۲ و ۵۰۰ تومن"),
        ("دو تومن دادم", "IRR:20|IRR:20000|IRR:20000000", "دو تومن"),
        ("یه تومن و نیم ساعت وقتم رفت", "IRR:10|IRR:10000|IRR:10000000", "یه تومن"),
        ("صد تومن و ۱۵۰ تومن", "IRR:1000|IRR:1000000", "صد تومن"),
        ("هف هشت میلیون دادم", "IRR:80000000|IRR:8000000", "هف هشت میلیون"),
        ("پن شیش تومن شد", "IRR:60|IRR:60000|IRR:60000000", "پن شیش تومن"),
        ("۳ و خورده‌ای میلیون دادم", "IRR:30000000|IRR:3000000", "۳ و خورده‌ای میلیون"),
        ("پونصد و خورده‌ای تومن دادم", "IRR:5000|IRR:5000000", "پونصد و خورده‌ای تومن"),
        ("دو میلیونم پرید", "IRR:20000000|IRR:2000000", "دو میلیونم"),
        ("۵ میلیونمو پس بدید", "IRR:50000000|IRR:5000000", "۵ میلیونمو"),
        ("یه میلیونو دویست شد", "IRR:12000000|IRR:1200000", "یه میلیونو دویست"),
        ("این گوشی ۵۰ میلیونیه", "IRR:500000000|IRR:50000000", "۵۰ میلیونیه"),
        ("قیمتش سی و پنج میلیونه", "IRR:350000000|IRR:35000000", "سی و پنج میلیونه"),
        ("وامش ۲ میلیاردیه", "IRR:20000000000|IRR:2000000000", "۲ میلیاردیه"),
    ],
)
def test_a_sum_whose_scale_goes_without_saying_has_the_readings_that_make_sense(
    text: str, readings: str, words: str
) -> None:
    first = entities.find(normalize(text))[0]
    assert (first.kind, first.value, text[first.start : first.end]) == ("amount_ambiguous", readings, words)


@pytest.mark.parametrize(
    "number",
    ["02188776655", "۰۲۱-۸۸۷۷۶۶۵۵", "021 88776655", "09123456789", "۰۹۱۲ ۳۴۵ ۶۷۸۹", "0912 345 67 89"],
)
@pytest.mark.parametrize("unit", ["ریال", "تومان", "هزار تومن"])
def test_a_telephone_number_is_no_sum(number: str, unit: str) -> None:
    text = f"مبلغ {number} {unit} و ۵۰۰۰۰ تومان"
    assert found(text) == [("amount", "IRR:500000")]
    assert entities.in_rials(number.replace(" ", "").replace("-", "")) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("۰۵۰۰۰۰ تومان", "IRR:500000"),
        ("کد 021 را زدم 50000 تومان کم شد", "IRR:500000"),
        ("بین 050 تا 200000 تومن", "IRR:2000000"),
    ],
)
def test_a_zero_before_a_sum_costs_nothing(text: str, value: str) -> None:
    assert ("amount", value) in found(text)


@pytest.mark.parametrize("text", ["۱۰۰-هزار تومان", "۲۰۰ (دویست) هزار تومان"])
def test_a_scale_that_its_number_stands_apart_from_is_no_sum(text: str) -> None:
    assert ("amount", "IRR:10000") not in found(text)


def test_counted_things_are_no_money() -> None:
    for text in ("سه میلیون نفر عضو داره", "یک میلیون دلار جایزه داشت"):
        assert not [kind for kind, _ in found(text) if kind.startswith("amount")]
    assert ("amount_ambiguous", "IRR:40000000|IRR:4000000") in found("۴ میلیون ساعت ۱۰ واریز کردم")
    assert found("یک میلیون و چهارصدی آب خورد") == [("amount_ambiguous", "IRR:14000000|IRR:1400000")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("سه روزه منتظرم", "P3D"),
        ("دو هفته گذشته", "P2W"),
        ("۴۵ دقیقه معطل شدم", "PT45M"),
        ("نیم ثانیه هم نشد", "PT1S"),
        ("دو ساعت و نیم طول کشید", "PT2H30M"),
        ("یک ماه و نیمه منتظرم", "P1M15D"),
        ("دو ساعت و یه ربع طول کشید", "PT2H15M"),
        ("یک ربع ساعت پشت خط بودم", "PT15M"),
        ("سه ربع ساعت پشت خط بودم", "PT45M"),
        ("نه ماه گذشته", "P9M"),
        ("۴ میلیون دادم و ۲ روز معطلم", "P2D"),
        ("۴ میلیون و ۲ روز از دستم رفت", "P2D"),
        ("یه ربع پشت خط بودم", "PT15M"),
        ("سه ربعه تو صفم", "PT45M"),
        ("بیست دقه صبر کردم", "PT20M"),
        ("چل و پنج دقیقه پشت خط", "PT45M"),
        ("دو هفتس جواب ندادن", "P2W"),
        ("یه هفتست منتظرم", "P1W"),
        ("ده دقیقس پشت خطم", "PT10M"),
        ("۱۰ روزیه که منتظرم", "P10D"),
        ("یک ماهی میشه خریدم", "P1M"),
        ("یه هفته‌ایه که منتظرم", "P1W"),
        ("سه شبانه‌روز منتظر موندم", "P3D"),
        ("سه هفته‌ی پیش خریدم", "P3W"),
        ("دو هفته‌ی تمام گذشت", "P2W"),
        ("یه دو ساعتی معطل شدیم", "PT2H"),
        ("دو ساعته‌ست پشت خطم", "PT2H"),
    ],
)
def test_durations_are_read(text: str, value: str) -> None:
    assert ("duration", value) in found(text)


@pytest.mark.parametrize(
    ("text", "durations"),
    [
        ("یک ساعت و بیست دقیقه دیر آورد", ["PT1H20M"]),
        ("۲ ساعت و ۵ دقیقه تو راه بود", ["PT2H5M"]),
        ("دو هفته و سه روزه منتظرم", ["P17D"]),
        ("یک سال و دو ماه کار کرد", ["P1Y2M"]),
        ("یک ماه و ده روزه منتظرم", ["P1M10D"]),
        ("یک ساعت معطل شدم و بیست دقیقه بعد رفتم", ["PT1H", "PT20M"]),
        ("بیست دقیقه و یک ساعت", ["PT20M", "PT1H"]),
        ("آستین سه ربع", []),
        ("۱۴۰۳ سال بدی بود", []),
        ("5000mAh", []),
        ("دو ماهی خریدم", []),
        ("یه روزی خراب میشه", []),
    ],
)
def test_a_duration_in_two_units_is_one(text: str, durations: list[str]) -> None:
    assert [value for kind, value in found(text) if kind == "duration"] == durations


@pytest.mark.parametrize(
    ("text", "durations"),
    [
        ("یه ربع به پنج رسیدن", []),
        ("ده دقیقه به هشت زنگ زدن", []),
        ("پنج دقیقه مونده به ده بستن", []),
        ("بیست دقیقه به ساعت ۱۲ اومد", []),
        ("ده دقیقه به یک رسید", []),
        ("قرارمون ساعت هشت و بیست دقیقه بود", []),
        ("ساعت ۸ و ۲۰ دقیقه رسید", []),
        ("ده دقیقه به دو نفر توضیح دادم", ["PT10M"]),
        ("ده دقیقه به یک کارمند التماس کردم", ["PT10M"]),
        ("ساعت ۸ ده دقیقه معطل شدم", ["PT10M"]),
        ("دو ساعت و بیست دقیقه طول کشید", ["PT2H20M"]),
        ("هر ساعت ده دقیقه قطع میشه", ["PT10M"]),
        ("پن دقیقه صبر کردم", ["PT5M"]),
    ],
)
def test_minutes_of_the_clock_are_no_duration(text: str, durations: list[str]) -> None:
    assert [value for kind, value in found(text) if kind == "duration"] == durations


@pytest.mark.parametrize(
    "text",
    [
        "چند میلیون پول دادم",
        "پنیر و قلم پن خریدم",
        "چندصد هزار تومن دادم",
        "صدها هزار تومن دادم",
        "۳,۵ میلیون دادم",
        "ده‌ها میلیون تومن دادم",
        "هزاران میلیارد تومن بردن",
        "میلیونی خرج کردم",
        "کانال میلیاردی ساختن",
        "سومین میلیونم",
        "۵۰ (صد) تومان",
    ],
)
def test_a_sum_that_is_not_told_exactly_is_none(text: str) -> None:
    assert not [kind for kind, _ in found(text) if kind.startswith("amount")]


def test_neither_nor_is_no_nine() -> None:
    assert not found("نه ساعت کارشون معلومه نه روز تعطیلشون")
    assert found("نه هزار تومن شد. نه جواب دادن") == [("amount", "IRR:90000")]


UNITS = {"دقیقه": "PT{}M", "ساعت": "PT{}H", "روز": "P{}D", "هفته": "P{}W", "ماه": "P{}M", "سال": "P{}Y"}
BELOW_TWENTY = {value: word for word, value in reversed(numbers._UNITS.items()) if value < 20}
TENS = {value: word for word, value in reversed(numbers._UNITS.items()) if 20 <= value < 100}
HUNDREDS = {value: word for word, value in reversed(numbers._UNITS.items()) if value >= 100}
GAPS = st.sampled_from([" ", "\u200c"])


@st.composite
def written(draw: st.DrawFn, most: int = 999) -> tuple[int, str]:
    """Return a number up to 999 and its words, with spaces or half-spaces between them."""
    number = draw(st.integers(1, most))
    rest, words = number, []
    for table, size in ((HUNDREDS, 100), (TENS, 10)):
        if rest >= 20 and rest >= size:
            words.append(table[rest // size * size])
            rest %= size
    words += [BELOW_TWENTY[rest]] if rest else []
    gap = draw(GAPS)
    return number, f"{gap}و{gap}".join(words)


@given(written(), GAPS, st.sampled_from(sorted(UNITS)), st.sampled_from(["", "ه"]))
def test_words_with_spaces_or_half_spaces_are_read_as_their_digits(
    counted: tuple[int, str], gap: str, unit: str, ending: str
) -> None:
    number, words = counted
    assume(not words.endswith("نه") or unit != "هفته")  # «نه‌هفته» is normalized to «نهفته», which is hidden
    ending = "" if unit.endswith("ه") else ending
    expected = [("duration", UNITS[unit].format(number))]
    assert found(f"الان {words}{gap}{unit}{ending} منتظرم") == expected
    assert found(f"الان {number}{gap}{unit}{ending} منتظرم") == expected


@given(written(), written(), GAPS)
def test_money_in_words_is_the_sum_of_its_scales(
    millions: tuple[int, str], thousands: tuple[int, str], gap: str
) -> None:
    sum_in_rials = 10 * (millions[0] * 1_000_000 + thousands[0] * 1_000)
    text = f"{millions[1]}{gap}میلیون و {thousands[1]}"
    for end in (f"{gap}هزار تومن", "\u200cهزار\u200cتومن", " تومن", " تومان"):  # «یک میلیون و پونصد تومن»
        assert found(f"حدود {text}{end} دادم") == [("amount", f"IRR:{sum_in_rials}")]
    assert found(f"{millions[0]} میلیون و {thousands[0]} تومن") == [("amount", f"IRR:{sum_in_rials}")]


@given(written(), written(), written(), written(), st.sampled_from(["ریال", "تومان"]))
def test_a_sum_in_words_is_read_to_its_last_rial(
    billions: tuple[int, str],
    millions: tuple[int, str],
    thousands: tuple[int, str],
    ones: tuple[int, str],
    unit: str,
) -> None:
    parts = (billions[1], "میلیارد"), (millions[1], "میلیون"), (thousands[1], "هزار"), (ones[1], unit)
    number = ((billions[0] * 1_000 + millions[0]) * 1_000 + thousands[0]) * 1_000 + ones[0]
    text = " و ".join(f"{words} {scale}" for words, scale in parts)
    assert found(f"مبلغ {text} کسر شد") == [("amount", f"IRR:{number * (10 if unit == 'تومان' else 1)}")]


@given(st.integers(1, 19), st.integers(1, 5), st.sampled_from([" ", "\u200c", " تا ", "، ", " یا "]))
def test_of_an_approximation_the_last_number_counts_in_words_as_in_digits(
    low: int, step: int, gap: str
) -> None:
    high = min(low + step, 19)
    words = f"{BELOW_TWENTY[low]}{gap}{BELOW_TWENTY[high]}"
    for pair in (words, f"{low} تا {high}", f"{low}-{high}"):
        assert found(f"حدود {pair} ساعت") == [("duration", f"PT{high}H")]
        assert found(f"حدود {pair} میلیون تومن") == [("amount", f"IRR:{high}0000000")]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("۳/۴ روزه منتظرم", ["P4D"]),
        ("گفتن ۶/۷ روز دیگه میاد", ["2026-12-02", "P7D"]),
        ("۲/۳ ساعت معطل شدم", ["PT3H"]),
        ("۱/۵ ساعت معطل شدم", ["PT1H30M"]),
        ("۴/۵ ساعت معطل شدم", ["PT4H30M"]),
        ("۲/۳ میلیون تومن دادم", ["IRR:23000000"]),
    ],
)
def test_days_and_hours_between_which_a_slash_stands_are_two(text: str, values: list[str]) -> None:
    assert [value for _, value in found(text, NOW)] == values


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("سی و پنج شش", 36),
        ("صد و بیست سی", 130),
        ("صد صد و پنجاه", 150),
        ("چهارصد پانصد", 500),
        ("بیست پنج", 25),
        ("هفت هشت ده", 10),
        ("96 سه", 3),
        ("یک میلیون دو میلیون", 2_000_000),
        ("دوست", None),
    ],
)
def test_what_does_not_fit_below_the_last_word_takes_its_place(words: str, number: int | None) -> None:
    assert numbers.value(words) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("شماره سفارش ۹۸۷۶۵۴ هنوز نیومده", "987654"),
        ("کد پیگیری: BZ-20394", "BZ-20394"),
        ("سفارش 445566 رو لغو کنید", "445566"),
        ("سفارش 445566 تا الان نیومده", "445566"),
        ("شماره سفارش: ۱۴۰۴", "1404"),
        ("سفارش شماره‌ی ۷۷۶۶۵۵ کجاست", "776655"),
        ("رزرو شماره ۴۴۵۵۶ کنسل شد", "44556"),
        ("بلیط قطار شماره 5544332 صادر نشد", "5544332"),
        ("پرونده خسارت ۹۸۷۶۵۴۳ خوابیده", "9876543"),
        ("کد رهگیری پستی 210987654321098765432109", "210987654321098765432109"),
        ("سفارشم با شماره ۹۸۷۶۵۴ نیومده", "987654"),
        ("رزرو با کد ۴۴۵۵۶ لغو شد", "44556"),
        ("شماره بیمه‌نامه ۴۴۵۵۶۶۷۷", "44556677"),
        ("شماره قرارداد ۱۲۳۴۵ رو چک کنید", "12345"),
        ("شماره مرجع تراکنش 123456789012", "123456789012"),
        ("شناسه پرداخت: 1234567890", "1234567890"),
        ("تیکتم 55321 بسته شد بدون جواب", "55321"),
        ("تراکنش 112233445566 ناموفق بود", "112233445566"),
        ("رزرو HT88213 لغو شد", "HT88213"),
        ("سفارش شما با شماره DK-4456712 ثبت شد", "DK-4456712"),
        ("شماره سفارش «۱۲۳۴۵۶۷» نیومد", "1234567"),
        ("کد مرسوله RX123456789IR هنوز در تهرانه", "RX123456789IR"),
        ("سفارشم که شماره‌ش ۱۲۳۴۵۶ بود نیومد", "123456"),
    ],
)
def test_order_numbers_are_read(text: str, number: str) -> None:
    assert ("order_number", number) in found(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("سفارش ۴۴۵۶۷ و ۴۴۵۶۸ نرسید", ["44567", "44568"]),
        ("سفارش‌های ۴۴۵۶۷، ۴۴۵۶۸ و ۴۴۵۶۹ ناقص بود", ["44567", "44568", "44569"]),
        ("سفارش ۴۴۵۶۷ و ۲۵۰۰۰ تومن", ["44567"]),
        ("سفارش ۴۴۵۶۷ و ۱۲۰۰ بار زنگ زدم", ["44567"]),
    ],
)
def test_orders_named_one_after_the_other_are_all_read(text: str, numbers: list[str]) -> None:
    assert [value for kind, value in found(text) if kind == "order_number"] == numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "سفارش ۴۴۵۶۷۱۲ پونصد هزار تومن شد و ۴۴۵۶۷ سه روزه نیومده",
            ["۴۴۵۶۷۱۲", "پونصد هزار تومن", "سه روزه"],
        ),
        ("فاکتور ۹۸۸۲۱ یک میلیون تومن شد", ["۹۸۸۲۱", "یک میلیون تومن"]),
        ("سفارش ۵۵۱۲۰۳ دو‌هفته‌ست نیومده", ["۵۵۱۲۰۳", "دو‌هفته‌ست"]),
        ("به ۰۹۳۵۱۱۱۲۲۳۳ یک میلیون تومن شارژ زدم و نرسید", ["یک میلیون تومن"]),
        ("به کارت ۶۰۳۷۹۹۱۹۰۰۰۱۲۳۴۵ پنجاه‌هزار تومان ریختم", ["پنجاه‌هزار تومان"]),
    ],
)
def test_a_number_in_words_does_not_swallow_the_one_before_it(text: str, words: list[str]) -> None:
    assert [text[each.start : each.end] for each in entities.find(normalize(text))] == words


@pytest.mark.parametrize(
    "text",
    [
        "سفارش ۴۵۰۰۰ تومانی",
        "سفارش ۵۰۰۰ بسته داشتم",
        "سفارش ۱۴۰۵/۷/۹ هنوز نیومده",
        "سفارش 1405-07-09 هنوز نیومده",
        "سفارش ۳۰۰۰ تایی داشتم",
        "سفارش ۲۵۰۰ عددی داشتم",
        "سفارش‌های ۱۴۰۳ پاک شدن",
        "سفارشم ۲۵۰۰۰۰ شد",
        "سفارش ۳۵۰۰۰۰ت شد",
    ],
)
def test_a_price_a_date_or_how_many_is_no_order_number(text: str) -> None:
    assert not [kind for kind, _ in found(text) if kind == "order_number"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("تا شنبه وقت دارم", "2026-11-28"),
        ("قراره سه‌شنبه تکنسین بیاد", "2026-12-01"),
        ("جمعه پرواز دارم", "2026-11-27"),
        ("از شنبه تا دوشنبه اینجا بودیم", "2026-11-23"),
        ("شنبه رسید", "2026-11-21"),
        ("برای جمعه رزرو کردم", "2026-11-27"),
        ("برای جمعه رزرو کردم ولی اتاق نداشتن", "2026-11-20"),
        ("جمعه‌ی پیش رفتم", "2026-11-20"),
        ("تا ۲۰ام لازم دارم", "2026-12-11"),
        ("از ۲۰ام اینترنتم قطعه", "2026-11-11"),
        ("بیستم این ماه نوبت دارم", "2026-12-11"),
        ("اول ماه حقوقمو ندادن", "2026-11-22"),
        ("اواخر آذر سررسیدمه", "2026-12-21"),
        ("آخر اسفند ۱۴۰۳ خریدم", "2025-03-20"),
        ("2026-11-10 خریدم", "2026-11-10"),
        ("آخر برج قسط دارم", "2026-12-21"),
        ("اول برج حقوقمو ندادن", "2026-11-22"),
        ("پنجم برج نوبت دارم", "2026-11-26"),
        ("۱۵ این ماه نوبت دارم", "2026-12-06"),
        ("دیروزم نیومد", "2026-11-24"),
        ("از دیشبم بدتره", "2026-11-24"),
        ("۱۲ مهر پارسال خریدم", "2025-10-04"),
        ("پنجم آبان سال قبل خریدم", "2025-10-27"),
        ("۲۰ فروردین سال آینده نوبت دارم", "2027-04-09"),
        ("۲۰ / ۸ / ۱۴۰۵ خریدم", "2026-11-11"),
        ("پرواز ۲۴/۱۱/۲۰۲۶ کنسل شد", "2026-11-24"),
        ("قرار بود 5.12.2026 برسه", "2026-12-05"),
        ("در تاریخ ۰۵/۰۸/۱۲ خریدم", "2026-11-03"),
        ("۹۹/۱۲/۵ خریدم", "2021-02-23"),
        ("روز ۱۰/۸/۰۵ رفتم شعبه", "2026-11-01"),
        ("قرار شد تا ۰۵/۰۹/۱۵ واریز کنن", "2026-12-06"),
    ],
)
def test_a_weekday_lies_ahead_where_the_sentence_says_so(text: str, day: str) -> None:
    assert day in [value for kind, value in found(text, NOW) if kind in ("date", "promise_due")]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("گفتید تا شنبه می‌رسه", "2026-11-28"),
        ("قول دادن فردا واریز بشه", "2026-11-26"),
        ("گفتید دوشنبه میاد ولی نیومد", "2026-11-23"),
        ("گفتن شنبه میاد ولی من شنبه نیستم", "2026-11-28"),
        ("گفتن تا شنبه درست میشه، الان چیکار کنم؟", "2026-11-28"),
        ("گفتن شنبه میاد الان دوشنبه‌ست", "2026-11-21"),
        ("گفتن شنبه یا یکشنبه میاد", "2026-11-29"),
        ("گفتن بین شنبه تا دوشنبه می‌رسه", "2026-11-30"),
        ("قرار بود ۱۵ آذر تحویل بدید", "2026-12-06"),
        ("گفتن ۱۴۰۵/۰۹/۱۰ میاریم", "2026-12-01"),
        ("گفتن ۱۰/۹/۱۴۰۵ میاریم", "2026-12-01"),
        ("گفتید تا پنجم دی درست میشه", "2026-12-26"),
        ("گفتید تا بیست‌و‌یکم آذر درست میشه", "2026-12-12"),
        ("گفتید سی‌ام آذر میاد", "2026-12-21"),
        ("قول دادن جمعه شب برسه", "2026-11-27"),
        ("قول دادن فرداشب برسه", "2026-11-26"),
        ("گفتن تا ۳ روز دیگه تعویض میشه", "2026-11-28"),
        ("گفتید ۴۸ ساعت دیگه واریز میشه", "2026-11-27"),
        ("قرار شد ظرف سه روز بررسی کنن", "2026-11-28"),
        ("گفتن دو هفته دیگه نوبت شماست", "2026-12-09"),
        ("گفتن تا یک ساعت دیگه پیک میرسه", "2026-11-25"),
        ("قرار بود ۲۰ آبان بیاد", "2026-11-11"),
        ("قول دادن سوم آذر بیاد", "2026-11-24"),
        ("قول دادن ۱۵ دی بیاد", "2027-01-05"),
        ("قرار بود شنبه نصب کنن", "2026-11-21"),
        ("گفتن آخر هفته میاد ولی نیومد", "2026-11-20"),
        ("یکی گفت جمعه میان", "2026-11-27"),
        ("قرار گذاشتیم شنبه بیان", "2026-11-28"),
        ("گفتن ۴۸ ساعته برمی‌گرده", "2026-11-27"),
        ("گفتن ۳ روز کاری طول می‌کشه", "2026-11-28"),
        ("اعلام کردند بررسی ۵ روز کاری طول می‌کشد", "2026-11-30"),
        ("گفتن برگشت پول یه هفته زمان می‌بره", "2026-12-02"),
        ("گفتن این هفته دوازدهم آذر میان نصب", "2026-12-03"),
        ("قول دادن اول ماه بعد واریز کنن", "2026-12-22"),
        ("قرار شد اول هفته آینده زنگ بزنن", "2026-11-28"),
        ("گفتن دوشنبه ۱۰ آذر میاد", "2026-12-01"),
        ("گفتید دوشنبه‌ی بعد میرسه", "2026-11-30"),
        ("گفتین سشنبه میرسه", "2026-12-01"),
        ("گفتین پنشنبه میرسه", "2026-11-26"),
        ("گفتین یکشمبه میرسه", "2026-11-29"),
        ("گفتین یه شنبه میرسه", "2026-11-29"),
        ("گفتن تا آخر آذر واریز میشه", "2026-12-21"),
        ("گفتن آخر دی ماه ۱۴۰۵ واریز میشه", "2027-01-20"),
        ("گفتن تا آخر سال درست میشه", "2027-03-20"),
        ("قرار بود آخر مهر بدن", "2026-10-22"),
        ("گفتن تا ۲۰ام میرسه", "2026-12-11"),
        ("گفتن که تا بیستم میرسه", "2026-12-11"),
        ("گفتن ۳م میرسه", "2026-12-24"),
        ("قرار شد تا ۱۵ ام بریزن", "2026-12-06"),
        ("قرار بود ۲۰ام بریزن", "2026-11-11"),
        ("قول دادن پنجم ماه بعد بریزن", "2026-12-26"),
        ("گفتن اول ماه میدن", "2026-12-22"),
        ("قرار بود اول ماه بدن", "2026-11-22"),
        ("گفتن ماه دیگه میاد", "2026-12-25"),
        ("گفتن یه هفته و نیم دیگه میاد", "2026-12-05"),
        ("قول دادن تا یه ماه و نیم دیگه درست بشه", "2027-01-09"),
        ("گفتن یک ساعت و نیم دیگه پیک میرسه", "2026-11-25"),
        ("گفتن تا آخر برج واریز میشه", "2026-12-21"),
        ("گفتن سر برج میدن", "2026-12-22"),
        ("قول دادن پنجم برج بعد بریزن", "2026-12-26"),
        ("گفتین سه روز کاریه", "2026-11-28"),
        ("گفتن تا آخر هفته‌ی جاری حل میشه", "2026-11-27"),
        ("گفتن ظرف سه الی پنج روز کاری وجه برمی‌گرده", "2026-11-30"),
        ("گفتن ظرف ۳-۵ روز کاری برمی‌گرده", "2026-11-30"),
        ("گفت یه ربع دیگه اونجام", "2026-11-25"),
        ("گفتن شنبه زنگ میزنن ولی دوشنبه شد", "2026-11-21"),
        ("عنوان کردند که تا دوشنبه وصل می‌شود", "2026-11-30"),
        ("مقرر گردید تا پایان هفته تسویه شود", "2026-11-27"),
        ("متعهد شدید تا ۵ دی تحویل بدید", "2026-12-26"),
        ("تا شنبه اطمینان دادن می‌رسه", "2026-11-28"),
        ("اعلام نمودند تا دوشنبه وصل می‌شود", "2026-11-30"),
        ("جواب دادن که تا دوشنبه بررسی میشه", "2026-11-30"),
        ("اس ام اس اومد که سفارش فردا می‌رسه", "2026-11-26"),
        ("فروشنده می‌گفت شنبه می‌فرسته", "2026-11-28"),
        ("قول صددرصد دادن که شنبه بیاد", "2026-11-28"),
        ("قول داده بودند تا شنبه پول را برگردانند", "2026-11-21"),
        ("قرار شده بود شنبه بیان", "2026-11-21"),
        ("گفتن ۱۴۰۵.۹.۷ میاد", "2026-11-28"),
        ("گفتن زیر ۲۴ ساعت برمی‌گرده", "2026-11-26"),
        ("گفتن توی ۴۸ ساعت برمی‌گرده", "2026-11-27"),
        ("گفتن فوقش ۳ روز", "2026-11-28"),
        ("گفتن پس از ۳ روز کاری واریز می‌شود", "2026-11-28"),
        ("گفتن بعد از یک هفته میاد", "2026-12-02"),
        ("قول دادن سه روزه بفرستن", "2026-11-28"),
        ("پیک گفت ۵ دقیقه‌ای میام", "2026-11-25"),
        ("گفتن دوم ماه میدن", "2026-12-23"),
        ("گفتن سوم برج میدن", "2026-12-24"),
        ("گفتن تا بیست و سوم میرسه", "2026-12-14"),
        ("گفتن تا سه هفته‌ی دیگه میاد", "2026-12-16"),
        ("قول دادن ظرف سه شبانه‌روز", "2026-11-28"),
        ("گفتن یه هفته‌ای درست میشه", "2026-12-02"),
        ("گفتن تا شب میرسه", "2026-11-25"),
        ("گفتن تا ساعت ۵ میرسه", "2026-11-25"),
        ("گفتن تا ظهر فردا میرسه", "2026-11-26"),
        ("گفتن تا ساعت ۵ عصر شنبه میرسه", "2026-11-28"),
        ("گفتن پسون‌فردا میاد", "2026-11-28"),
        ("میگن تا شنبه درست میشه", "2026-11-28"),
        ("می‌گه پیک فردا میاد", "2026-11-26"),
        ("اعلام شده تا شنبه رسیدگی میشه", "2026-11-28"),
        ("تو سایت نوشته شنبه تحویل میشه", "2026-11-28"),
        ("پیامک دادن شنبه میرسه", "2026-11-28"),
        ("تا آخر هفته قول دادن درستش کنن", "2026-11-27"),
        ("تا پنجشنبه گفتن میاد", "2026-11-26"),
        ("تا دو روز دیگه قول دادن واریز کنن", "2026-11-27"),
        ("برای روز دوشنبه وعده دادید نصاب بفرستید", "2026-11-30"),
        ("برای جمعه قول دادن ولی نیومدن", "2026-11-20"),
    ],
)
def test_a_promise_gets_the_day_by_which_it_is_due(text: str, day: str) -> None:
    assert ("promise_due", day) in found(text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "گفته بودید فردا میرسه ولی نرسید",
        "گفتن تا ۳ روز دیگه میاد، هنوز خبری نیست",
        "قول دادید هفته بعد بفرستید اما نفرستادید",
        "قول دادن شنبه هفته بعد بیان ولی نیومدن",
        "گفتن تا شب میرسه ولی نرسید",
        "گفتین ۴۸ ساعته حل میشه، شد یک هفته",
        "گفتید ۲۴ ساعته وصل میشه سه روز شد",
        "گفتن ۳۱ام میرسه",
        "تا فردا قول دادن ولی خبری نشد",
    ],
)
def test_a_day_counted_from_a_promise_that_has_lapsed_is_not_known(text: str) -> None:
    assert not [kind for kind, _ in found(text, NOW) if kind in ("promise_due", "date")]


@given(st.dates(date(2026, 3, 21), date(2028, 3, 20)), st.sampled_from(["", "که ", "یعنی "]))
def test_a_day_that_is_named_twice_is_one(now: date, link: str) -> None:
    names = ["دوشنبه", "سه‌شنبه", "چهارشنبه", "پنج شنبه", "جمعه", "شنبه", "یک‌شنبه"]
    for near, ahead in (("دیروز", -1), ("امروز", 0), ("فردا", 1), ("پس‌فردا", 2)):
        day = now + timedelta(days=ahead)
        named = f"{near} {link}{names[day.weekday()]}"
        assert found(f"{named} باید خونه باشم", now) == [("date", day.isoformat())]
        assert found(f"گفتن {named} میان برای نصب", now) == [("promise_due", day.isoformat())]
    last = now - timedelta(days=1)
    assert found(f"قرار بود فردا {names[last.weekday()]} بیان", now) == [("promise_due", last.isoformat())]


@pytest.mark.parametrize(
    ("now", "text", "day"),
    [
        ((1405, 12, 28), "گفتن یک ماه دیگه پولم برمی‌گرده", (1406, 1, 28)),
        ((1405, 1, 15), "قول دادن ظرف شش ماه قطعه رو عوض کنن", (1405, 7, 15)),
        ((1405, 6, 31), "گفتن ماه دیگه نصب میکنن", (1405, 7, 30)),
        ((1405, 11, 30), "گفتن تا یک ماه دیگه میاد", (1405, 12, 29)),
        ((1405, 9, 4), "گفتن تا دو ماه و نیم دیگه تحویل میدن", (1405, 11, 19)),
    ],
)
def test_a_month_from_now_is_the_same_day_of_the_next(
    now: tuple[int, int, int], text: str, day: tuple[int, int, int]
) -> None:
    today, due = (jdatetime.date(*each).togregorian() for each in (now, day))
    assert ("promise_due", due.isoformat()) in found(text, today)


def test_a_day_belongs_to_one_promise() -> None:
    days = [value for kind, value in found("گفتید تا شنبه قول دادید درست بشه", NOW) if kind == "promise_due"]
    assert days == ["2026-11-28"]


@pytest.mark.parametrize("digits", [9, 18, 19, 4_300, 9_000])
def test_a_number_beyond_all_counting_breaks_nothing(digits: int) -> None:
    number = "۹" * digits
    for text in (f"گفتید تا {number} روز دیگه میاد", f"قول دادید {number} ماه دیگه بیاد"):
        assert "promise_due" not in dict(found(text, NOW))
    for text in (f"{number} هزار میلیارد تومان شد", f"{number} روزه منتظرم", f"۲ میلیون و {number} تومان"):
        kinds = dict(found(text, NOW))
        assert digits <= 18 or not {"amount", "duration"} & kinds.keys()


@pytest.mark.parametrize(
    "text",
    [
        "گفتم شنبه زنگ میزنم",
        "قول دادم شنبه بیام",
        "کی گفته جمعه تعطیله",
        "گفتن پیگیرن، سه روزه درگیرم",
        "گفته بودم شنبه بیان",
        "پیام داده بودم شنبه جواب ندادن",
        "شوهرم گفت شنبه بریم",
        "دوستم میگه فردا بریم",
        "همه میگن خوبه از فردا میخرم",
        "پست نوشته تحویل شد جمعه",
        "گفتن یکم صبر کنید",
        "گفتن طبقه پنجم بیا",
        "برای شنبه گفتن تعطیله",
        "از شنبه تا دوشنبه گفتن بسته‌ست",
        "تا شنبه قول دادم پولشو بدم",
        "می‌گفتم شنبه میام",
        "به اپراتور اطلاع دادم که تا شنبه لازم دارم",
        "سه ماه تضمین دادن",
        "متعهد بودن و شنبه اومدن",
        "خبر دادن که دیروز بسته بوده",
        "قبلا هم عنوان شد، امروز جلسه است",
    ],
)
def test_what_nobody_of_the_company_said_is_no_promise(text: str) -> None:
    assert not [kind for kind, _ in found(text, NOW) if kind == "promise_due"]


@pytest.mark.parametrize(
    "text",
    [
        "گفتن سالمه، سه روز بعد دوباره خاموش شد",
        "فروشنده گفت اورجیناله، دو روز بعد فهمیدم کپیه",
        "گفت تموم کردیم، فردا رفتم شعبه بعدی",
        "نصاب گفت مشکلی نداره، یه هفته بعد شیرش ترکید",
        "گفتن فیلترشو عوض کردیم، شنبه باز همون بو رو میداد",
        "قول دادن درستش کنن، دو روز بعد باز چکه کرد",
        "گفت فردا رفتم نبود",
        "گفتن جمعه فرستادن",
        "گفتید تعویض شده، دیروز باز همون ایراد رو داشت",
        "گفتن نوه، فردا صبحش سوخت",
        "گفتن خوب میشه، بعد از دو روز بدتر شد",
        "قرار شد تعویض کنن بعد از یک ماه میگن نمیشه",
        "گفتن ۳ روز کاری گذشته",
        "میشه گفت خوبه، شنبه هم بازه",
        "میگن تو ۳ ماهه اول درگیر بودن",
        "گفتن شنبه یکشنبه اومد",
    ],
)
def test_a_day_of_a_story_is_no_promise(text: str) -> None:
    told = found(text, NOW)
    assert not [kind for kind, _ in told if kind == "promise_due"]
    assert ("date", "2026-11-26") not in told


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("گفتن فردا بیا", "2026-11-26"),
        ("نگهبان گفت شنبه مراجعه کن", "2026-11-28"),
        ("میگن هفته دیگه زنگ بزن", "2026-12-02"),
        ("گفتن فردا خودتون بیاید ببرید", "2026-11-26"),
        ("گفتن سیستم قطعه، دوشنبه تشریف بیارید", "2026-11-30"),
        ("گفتن زنگ بزن شنبه", "2026-11-28"),
        ("میگه شنبه تماس بگیرین", "2026-11-28"),
        ("گفتن شنبه برم دفتر مرکزی", "2026-11-28"),
        ("گفتید فردا زنگ بزنم", "2026-11-26"),
        ("گفتن تا شنبه صبر کن", "2026-11-28"),
        ("گفتن شنبه باید بیای", "2026-11-28"),
        ("گفتید اگه تا شنبه نیومد زنگ بزنم", "2026-11-28"),
        ("میگن شنبه بیا ببینیم چی میشه", "2026-11-28"),
        ("گفتن تا دوشنبه مهلت داری", "2026-11-30"),
        ("قرار شد شنبه برم تحویل بگیرم", "2026-11-28"),
    ],
)
def test_a_day_for_which_the_customer_is_asked_to_do_something_is_a_date(text: str, day: str) -> None:
    assert found(text, NOW) == [("date", day)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("گفتن فردا میایم", "2026-11-26"),
        ("گفتن تا شنبه صبر کنید درست میشه", "2026-11-28"),
        ("گفتن تا شنبه صبر کنید، پولتون برمی‌گرده", "2026-11-28"),
        ("گفتن باشه، فردا می‌فرستیم", "2026-11-26"),
        ("گفتن موجود نیست، شنبه شارژ میشه", "2026-11-28"),
        ("گفتن فردا بیاید تحویل میدیم", "2026-11-26"),
        ("گفتید شنبه بیاید نصب کنید", "2026-11-28"),
        ("قول دادید تا شنبه ارسال کنید", "2026-11-28"),
        ("گفتن شنبه رسیدشو میدن", "2026-11-28"),
        ("گفتن شنبه هر طور شده میارن", "2026-11-28"),
        ("گفتن یکشنبه حاضره رفتم نبود", "2026-11-22"),
        ("گفت الان موجود نیست، شنبه میارم", "2026-11-28"),
        ("گفتن اگه تا شنبه نرسید پیگیری میکنیم", "2026-11-28"),
        ("گفتن شنبه شد سه‌شنبه", "2026-11-28"),
        ("شنبه قرار بود زنگ بزنن", "2026-11-21"),
        ("دوشنبه که قرار بود بفرستن هیچ خبری نشد", "2026-11-23"),
        ("شنبه ساعت ۱۰ قرار بود نصاب بیاد", "2026-11-21"),
        ("جمعه قول دادن تحویل بدن", "2026-11-27"),
        ("شنبه قول دادن تا دوشنبه درست بشه", "2026-11-30"),
        ("دیروز قرار بود بیان", "2026-11-24"),
        ("قول شنبه دادن", "2026-11-28"),
        ("وعده شنبه داده بودید", "2026-11-21"),
        ("قول فردا رو دادن", "2026-11-26"),
        ("۷۲ ساعت گفتید واریز میشه", "2026-11-28"),
        ("۴۸ ساعته قول دادید", "2026-11-27"),
        ("سه روز کاری گفتن میرسه", "2026-11-28"),
        ("تا جمعه باید واریز می‌شد که نشد", "2026-11-20"),
        ("باید تا دوشنبه زنگ می‌زدن", "2026-11-23"),
        ("شنبه باید می‌رسید", "2026-11-21"),
        ("قول دادن فردا پس‌فردا بفرستن", "2026-11-27"),
        ("گفتن شنبه یکشنبه میاد", "2026-11-29"),
    ],
)
def test_verbs_tell_promises_from_orders_and_stories(text: str, day: str) -> None:
    assert [value for kind, value in found(text, NOW) if kind == "promise_due"] == [day]


@pytest.mark.parametrize(
    "text",
    [
        "دیروز قول دادن بیان",
        "از شنبه قول دادن ولی هیچی",
        "هر شنبه قرار بود بیان",
        "دو ساعت گفتن الان میاد",
        "بعد از دو روز گفتن موجود نیست",
        "۷۲ ساعت گفتید، شد ده روز",
        "تا جمعه باید قسطمو می‌دادم",
        "قول عودت وجه داد، امروز میگن نه",
        "قول یه روزه میدن سه روز طول میکشه",
    ],
)
def test_what_stands_before_a_promise_may_belong_elsewhere(text: str) -> None:
    assert not [kind for kind, _ in found(text, NOW) if kind == "promise_due"]


WEEK = ["شنبه", "یکشنبه", "دوشنبه", "سه شنبه", "چهارشنبه", "پنجشنبه", "جمعه"]
SOME_DAY = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(SOME_DAY, st.integers(0, 6), st.sampled_from(["{day} {week}", "{week} {day}"]))
def test_a_weekday_of_another_week_is_in_the_week_that_begins_on_saturday(
    now: date, place: int, order: str
) -> None:
    saturday = now - timedelta(days=(now.weekday() + 2) % 7)
    for week, weeks in {
        "هفته بعد": 1,
        "هفته‌ی دیگه": 1,
        "هفته آینده": 1,
        "هفته پیش": -1,
        "هفته قبل": -1,
    }.items():
        told = found(order.format(day=WEEK[place], week=week), now)
        assert told == [("date", (saturday + timedelta(days=7 * weeks + place)).isoformat())]
    for end, weeks in {"": 0, " بعد": 1, " گذشته": -1}.items():
        expected = saturday + timedelta(days=7 * weeks + 6)
        assert found(f"آخر هفته{end}", now) == [("date", expected.isoformat())]


@given(SOME_DAY)
def test_the_end_of_another_month_is_its_last_day(now: date) -> None:
    for words, months in {"آخر ماه": 0, "آخر ماه بعد": 1, "پایان ماه گذشته": -1}.items():
        [(_, value)] = found(words, now)
        day = jdatetime.date.fromgregorian(date=date.fromisoformat(value))
        today = jdatetime.date.fromgregorian(date=now)
        assert (day + jdatetime.timedelta(days=1)).day == 1
        assert day.year * 12 + day.month == today.year * 12 + today.month + months


@given(SOME_DAY, st.integers(1, 12))
def test_the_end_of_a_month_that_is_named_is_the_day_before_the_next(now: date, month: int) -> None:
    name = jdatetime.date.j_months_fa[month - 1]
    [(_, value)] = found(f"گفتن تا آخر {name} میاد", now)
    day = jdatetime.date.fromgregorian(date=date.fromisoformat(value))
    assert day.month == month
    assert (day + jdatetime.timedelta(days=1)).day == 1
    assert abs((day.togregorian() - now).days) <= 183


@given(SOME_DAY, st.integers(1, 29))
def test_a_day_of_the_month_is_the_next_one_in_a_promise_and_the_last_one_in_a_report(
    now: date, day: int
) -> None:
    for text, ahead in ((f"گفتن {day}ام میاد", True), (f"از {day}ام قطعه", False)):
        [(_, value)] = found(text, now)
        told = date.fromisoformat(value)
        assert jdatetime.date.fromgregorian(date=told).day == day
        assert 0 <= (told - now).days * (1 if ahead else -1) <= 31


@given(SOME_DAY, SOME_DAY)
def test_a_promised_date_without_a_year_is_the_nearest_one(now: date, day: date) -> None:
    named = jdatetime.date.fromgregorian(date=day)
    assume((named.month, named.day) != (12, 30))  # no year nearby may have that day
    [(kind, value)] = found(f"قول دادن {named.day} {named.j_months_fa[named.month - 1]} بیاد", now)
    assert kind == "promise_due"
    assert named.month == 12 or abs((date.fromisoformat(value) - now).days) <= 183


def test_several_weeks_from_now_are_not_next_week() -> None:
    assert found("دو هفته دیگه تولدشه", NOW) == [("duration", "P2W")]


def test_without_a_today_relative_promises_stay_undated() -> None:
    assert not found("گفتید تا شنبه می‌رسه")


@pytest.mark.parametrize(
    "text",
    [
        "هر شنبه کلاس دارم",
        "از روز اول خراب بود",
        "بار پنجم زنگ زدم",
        "گفتن سیم خرابه",
        "طبقه پنجم برج",
        "دفعه‌ی سوم این ماه",
        "شب سوم ماه مبارک رمضان",
        "هفته‌ی دوم مهر",
        "هفته دوم مهر ثبت‌نام کردم",
        "گفتن نیمهٔ دوم آذر میاد",
        "گفتن دهه اول دی تحویل میدن",
        "دهه‌ی سوم این ماه",
        "هفته‌ی سوم این ماه",
        "آخر برج میلاد",
        "دور سینه و کمر ۹۰/۶۰/۹۰ سفارش دادم",
        "لاستیک ۲۰۵/۵۵/۱۶ سر خورد",
        "نسخه ۰۵.۰۸.۱۲ باز نمیشه",
    ],
)
def test_what_comes_again_or_counts_something_else_is_no_day(text: str) -> None:
    assert not found(text, NOW)


def test_an_impossible_date_is_left_out() -> None:
    assert not found("قرار بود ۳۱ مهر بیاد", NOW)
    assert not found("یک سی دی و شیشه دودی خریدم", NOW)


@given(st.text(alphabet="آابپتسرمنهی ۰۱۲۳456۷۸۹0تومان‌،.:/ریالهزارمیلیونروزسفارش \n", max_size=80))
def test_entities_lie_inside_the_comment(text: str) -> None:
    for entity in entities.find(normalize(text), NOW):
        assert 0 <= entity.start < entity.end <= len(text)
