"""Telephone and card numbers and e-mails that are spelled out are found; amounts, durations and counts in words are left alone."""

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from nlp.personal.spoken import AREA_CODES
from nlp.pii import find, mask

ONES = (
    "صفر یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده".split()
)
TENS = "- - بیست سی چهل پنجاه شصت هفتاد هشتاد نود".split()
HUNDREDS = "- صد دویست سیصد چهارصد پانصد ششصد هفتصد هشتصد نهصد".split()


def said(digits: str, link: str) -> str:
    """Say digits as one number, with a zero for each that leads them."""
    if digits.startswith("0"):
        return " ".join(["صفر", *([said(digits[1:], link)] if digits[1:] else [])])
    value, parts = int(digits), []
    if value >= 1000:
        parts.append(f"{ONES[value // 1000]} هزار")
    value %= 1000
    parts += [HUNDREDS[value // 100]] if value >= 100 else []
    value %= 100
    parts += [TENS[value // 10]] if value >= 20 else []
    value = value % 10 if value >= 20 else value
    parts += [ONES[value]] if value else []
    return link.join(parts)


def spoken_mobile(chance: random.Random) -> str:
    """Return a mobile in one of the ways people say it, some of its groups in digits."""
    digits = f"09{chance.choice('01239')}{chance.randrange(10**8):08d}"
    return grouped(chance, digits, [[4, 3, 2, 2], [4, 3, 4], [1] * 11, [4, 2, 2, 1, 1, 1]])


def spoken_landline(chance: random.Random) -> str:
    code, first = chance.choice(sorted(AREA_CODES)), chance.choice("2345678")
    digits = f"0{code}{first}{chance.randrange(10**7):07d}"
    return grouped(chance, digits, [[3, 2, 2, 2, 2], [3, 4, 4], [1] * 11, [3, 4, 2, 2], [3, 2, 3, 3], [3, 8]])


def spoken_card(chance: random.Random) -> str:
    known = f"{chance.choice(['6037', '5892', '6104'])}{chance.randrange(10**11):011d}"
    digits = known + luhn.calc_check_digit(known)
    return "کارت " + grouped(chance, digits, [[2] * 8, [4] * 4, [1] * 16, [4, 2, 2, 4, 4]])


def grouped(chance: random.Random, digits: str, ways: list[list[int]]) -> str:
    """Say digits in groups, some of them in digits behind the first ones."""
    sizes = chance.choice(ways)
    link, between = chance.choice([(" و ", " "), (" و ", "، "), ("‌و‌", " "), (" ", "، "), ("و", " - ")])
    parts, at = [], 0
    for size in sizes:
        group, at = digits[at : at + size], at + size
        in_words = size <= 4 and (at <= 4 or chance.random() < 0.7)
        parts.append(said(group, link) if in_words else group)
    return between.join(parts)


def spoken_email(chance: random.Random) -> str:
    name = chance.choice(["ali", "علی", "sara.m", "reza dot karimi", "مینا نقطه رضایی", "ali 65", "m_k_78"])
    at = chance.choice([" at ", " ات ", " آت ", " اد ساین ", " ات‌ساین ", " [at] ", "(at)", " At Sign "])
    host = chance.choice(["gmail", "یاهو", "جیمیل", "جی میل", "هات میل", "Yahoo", "outlook"])
    return name + at + host + chance.choice([" dot com", ".com", " دات کام", " نقطه کام", " [dot] com"])


BEFORE = ["با این شماره تماس بگیرید", "لطفا جواب بدید", "من هنوز منتظرم", "سه روز گذشت", "call me"]
AFTER = ["ممنون", "هزار بار گفتم", "خیلی ناراحتم", "زود زنگ بزنید", "thanks"]


@given(st.integers(0, 2**32), st.sampled_from(["، ", "\n", ": "]))
def test_what_is_spelled_out_is_masked_whole(seed: int, stop: str) -> None:
    chance = random.Random(seed)
    spelled = (
        (spoken_mobile(chance), "[موبایل]"),
        (spoken_landline(chance), "[تلفن]"),
        (spoken_card(chance), "کارت [کارت]"),
        (spoken_email(chance), "[ایمیل]"),
    )
    for written, label in spelled:
        before, after = chance.choice(BEFORE), chance.choice(AFTER)
        assert mask(f"{before}{stop}{written} {after}") == f"{before}{stop}{label} {after}", written


INNOCENT = [
    "{n} تومان", "{n} هزار تومن", "{n} میلیون و {n} هزار ریال", "{n} روز", "{n} ساعت و {n} دقیقه", "{n} تا", "{n} نفر", "{n} بار زنگ زدم",
    "از صفر تا صد", "صفر تا صدش با خودم بود", "از صفر شروع کردن", "امتیاز صفر", "نه {n} تا نه {n} تا", "نه یک بار نه دو بار", "ساعت نه و سی دقیقه",
    "نهصد و دوازده هزار تومن", "سفارش 09123456 سه روزه نیومده", "کد 0912 پنج بار خطا داد", "نه ده یازده دوازده", "{d} عدد", "واحد {d} طبقه {n}",
    "بیست سی تا پیام", "صفر کیلومتر", "دو صفر اضافه زدن", "ات و آشغال", "خدمات یاهو دات کام", "look at digikala dot com", "سایت شما ات دیجی دات کام",
]  # fmt: skip


@given(st.integers(0, 2**32))
def test_amounts_durations_and_counts_in_words_are_no_mobile(seed: int) -> None:
    chance = random.Random(seed)

    def amount() -> str:
        digits = str(chance.randrange(1, 10 ** chance.randint(1, 4)))
        return said(digits, chance.choice([" و ", " "]))

    parts = [
        re.sub("{(.)}", lambda hole: amount() if hole[1] == "n" else str(chance.randrange(1000)), each)
        for each in chance.choices(INNOCENT, k=8)
    ]
    text = chance.choice([" ", "، ", " و "]).join(parts)
    assert find(text) == (), text


EIGHT = "هشتاد و هشت هفتاد و هفت شصت و شش پنجاه و پنج"
CARD = "شصت سی و هفت نود و نه هفتاد و پنج دوازده سی و چهار پنجاه و شش"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("صفر نهصد و دوازده ۱۲۳ ۴۵ ۶۷", "[موبایل]"),
        ("صفر ۹۱۲۳۴۵۶۷۸۹", "[موبایل]"),
        ("صفر نه صد و دوازده صد و بیست و سه چهل و پنج شصت و هفت", "[موبایل]"),
        ("صفر۹۱۲ ۳۴۵ ۶۷۸۹ زنگ بزنید", "[موبایل] زنگ بزنید"),
        ("صفر تا صد، صفر ۵۱۲۳۴۵۶۷۸۹", "صفر تا صد، صفر ۵۱۲۳۴۵۶۷۸۹"),
        ("صفر نهصد دوازده صد و بیست و سه چهل و پنج شصت و هفت", "[موبایل]"),
        ("به صفر نه يك دو يك دو سه چهار پنج شش هفت زنگ بزنید", "به [موبایل] زنگ بزنید"),
        ("۰۹۱۲ صد و بیست و سه چهل و پنج شصت و هفت", "[موبایل]"),
        ("شماره‌م نهصد و سی و پنج ۱۲۳ ۴۵ شصت و هفت", "شماره‌م [موبایل]"),
        ("نهصد و سی و پنج ۱۲۳ ۴۵ شصت و هفت شماره منه", "[موبایل] شماره منه"),
        ("به نهصدو دوازده سیصدو چهل و پنج شصت و هفت هشتاد و نه زنگ بزنید", "به [موبایل] زنگ بزنید"),
        ("نهصد و سی و پنج ۱۲۳ ۴۵ شصت و هفت تومن", "نهصد و سی و پنج ۱۲۳ ۴۵ شصت و هفت تومن"),
        ("صفر صفر نود و هشت نهصد و دوازده سیصد و چهل و پنج ۶۷ ۸۹", "[موبایل]"),
        ("صفر نهصد و بیست هشت صد و بیست و سه چهل و پنج شصت", "[موبایل]"),
        ("صفر نهصدو دوازده، سیصدو چهلو پنج، شش هزار و هفتصد و هشتاد و نه", "[موبایل]"),
        ("صفر بیست و یک هشتاد و هشت هفتاد و هفت شصت و شش پنجاه و پنج زنگ بزنید", "[تلفن] زنگ بزنید"),
        ("۰۲۱ هشتاد و هشت هفتاد و هفت ۶۶ ۵۵", "[تلفن]"),
        ("صفر بیست و یک ۸۸۷۷۶۶۵۵", "[تلفن]"),
        ("صفر بیست و یک هشتاد و هشت هفتاد و هفت", "صفر بیست و یک هشتاد و هشت هفتاد و هفت"),
        (f"صفر بیست و یک {EIGHT} تومن", f"صفر بیست و یک {EIGHT} تومن"),
        (f"صفر نود و یک {EIGHT}", f"صفر نود و یک {EIGHT}"),
        (f"شماره کارتم {CARD} هفتاد", "شماره کارتم [کارت]"),
        (f"شماره کارتم {CARD} هفتاد و یک", f"شماره کارتم {CARD} هفتاد و یک"),
        (f"قیمت‌ها {CARD} هفتاد", f"قیمت‌ها {CARD} هفتاد"),
        ("ali at gmail dot com", "[ایمیل]"),
        ("علی ات جیمیل دات کام", "[ایمیل]"),
        ("ایمیلم sara at shop dot ir است", "ایمیلم [ایمیل] است"),
    ],
)
def test_a_label_stands_for_what_is_spelled_out(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "unit",
    [
        "صفر ",
        "کارت شصت ",
        "صفر بیست و یک ",
        "صفر نه ",
        "نهصد و ",
        "0912 صد ",
        "a_a_a_a! at x.com ",
        "ات جیمیل ",
        "at ",
    ],
)
def test_listening_takes_work_in_proportion_to_the_text(unit: str, calls_of: Callable[..., int]) -> None:
    find("صفر نه")  # tables are built on first use
    short, long = (calls_of(find, unit * (size // len(unit))) for size in (800, 3_200))
    assert long <= 4.4 * short + 200
