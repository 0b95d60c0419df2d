"""Personal data is found in every spelling; order numbers, prices and dates are left alone."""

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from nlp.normalize import normalize
from nlp.pii import LABELS, find, mask

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def national_id(chance: random.Random) -> str:
    digits = [chance.randrange(10) for _ in range(9)]
    rest = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    found = "".join(map(str, [*digits, rest if rest < 2 else 11 - rest]))
    return national_id(chance) if len(set(found)) == 1 else found


def card(chance: random.Random) -> str:
    body = chance.choice(["603799", "627412", "610433", "502229"]) + f"{chance.randrange(10**9):09d}"
    return body + luhn.calc_check_digit(body)


def sheba(chance: random.Random) -> str:
    account = f"{chance.randrange(10**22):022d}"
    check = 98 - int(account + "182700") % 97  # I is 18, R is 27
    return f"IR{check:02d}{account}"


def mobile(chance: random.Random) -> str:
    return f"09{chance.choice('01239')}{chance.randrange(10**8):08d}"


def landline(chance: random.Random) -> str:
    return f"0{chance.choice([21, 26, 31, 51, 71])}{chance.choice('345678')}{chance.randrange(10**7):07d}"


def grouped(digits: str, sizes: list[int], separator: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(digits[at : at + size])
        at += size
    return separator.join(parts)


def written_mobile(chance: random.Random, separator: str) -> str:
    front = chance.choice(["0", "+98", "0098", "+98 ", "98"])
    sizes = chance.choice([[3, 3, 4], [3, 3, 2, 2], [10]])
    return front + grouped(mobile(chance)[1:], sizes, separator)


def written_landline(chance: random.Random, separator: str) -> str:
    number = landline(chance)
    return chance.choice([number, f"{number[:3]}-{number[3:]}", f"({number[:3]}) {number[3:]}"])


def written_sheba(chance: random.Random, separator: str) -> str:
    number = sheba(chance)
    return number[:4] + separator + grouped(number[4:], [4, 4, 4, 4, 4, 2], separator)


def written_postal_code(chance: random.Random, separator: str) -> str:
    digits = f"{chance.randrange(1_100_000_000, 9_999_999_999)}"
    return f"کد پستی {chance.choice([digits, f'{digits[:5]}-{digits[5:]}'])}"


def written_email(chance: random.Random, separator: str) -> str:
    host = chance.choice(["gmail.com", "mail.example.ir"])
    return f"{chance.choice(['ali.rezaei', 'sara_78', 'm-k+1'])}@{host}"


def written_plate(chance: random.Random, separator: str) -> str:
    pair, triple, region = chance.randrange(11, 99), chance.randrange(111, 999), chance.randrange(11, 99)
    letter = chance.choice([" ب ", "ص", " الف "])
    plate = chance.choice([f"{pair}{letter}{triple}", f"{triple}{letter}{pair}"])
    there = chance.choice([f"ایران {region}", f"{region} ایران", f"ایران{region}"])
    dash = chance.choice([" ", " - ", "|"])
    return chance.choice([f"{plate}{dash}{there}", f"{there}{dash}{plate}"])


def written_account(chance: random.Random, separator: str) -> str:
    digits = f"{chance.randrange(1, 10):04d}{chance.randrange(10**9):09d}"
    number = chance.choice([digits, grouped(digits, [4, 3, 5, 1], chance.choice("-."))])
    return f"شماره حساب {number}"


def written_secret(chance: random.Random, separator: str) -> str:
    return f"رمز دوم {chance.choice([chance.randrange(1000, 10**6), f'Ali@{chance.randrange(100, 10**4)}'])}"


def written_passport(chance: random.Random, separator: str) -> str:
    return f"پاسپورت {chance.choice('ABKNTX')}{chance.randrange(10**7, 10**8)}"


def written_handle(chance: random.Random, separator: str) -> str:
    return f"آیدی {chance.choice(['@ali_rezaei', '@sara.m78', 'reza_k', 'mina.78'])}"


#: What names a number before it stays.
NAMED = re.compile("^(?:کد پستی|شماره حساب|رمز دوم|پاسپورت|آیدی) ")


WRITTEN = {
    "mobile": written_mobile,
    "landline": written_landline,
    "national_id": lambda chance, _: grouped(national_id(chance), chance.choice([[10], [3, 6, 1]]), "-"),
    "card": lambda chance, separator: grouped(card(chance), [4, 4, 4, 4], separator),
    "sheba": written_sheba,
    "email": written_email,
    "postal_code": written_postal_code,
    "plate": written_plate,
    "account": written_account,
    "secret": written_secret,
    "passport": written_passport,
    "handle": written_handle,
}


def planted(kind: str, chance: random.Random) -> str:
    """Return one piece of personal data in one of the ways people write it."""
    return WRITTEN[kind](chance, chance.choice([" ", "-", "", ".", "\u200c", " - "]))


SURVIVORS = [
    "سفارش {n8}", "شماره سفارش {n10} هنوز نرسیده", "کد رهگیری مرسوله {n24}", "مبلغ {price} تومان",
    "{price} ریال کم شد", "تاریخ 1404/09/03", "ساعت 10:30", "کد تخفیف {n4}", "از سال 1398 تا 1402",
    "نسخه 4.12.1", "فاکتور {n7}", "۹۰ درصد",
    "12 تا 345 تومنی", "{n5} و {n6}", "رمز دوم {n5} تومن کارمزد داشت", "حسابم {price} تومان کم داره", "کارمزد {n4} شد", "رمز 5 رقمی",
    "نسخه ۴٫۲ با رنگ قرمز {n5}", "IMEI 35{n6}{n7}", "آیدی کالا DKP-{n7}", "بلیت پاسپورت {n8} تومان شد",
]  # fmt: skip


def survivor(chance: random.Random) -> str:
    numbers = {
        f"n{size}": str(chance.randrange(10 ** (size - 1), 10**size)) for size in (4, 5, 6, 7, 8, 10, 24)
    }
    price = chance.choice([str(chance.randrange(10**4, 10**10)), f"{chance.randrange(10**6, 10**9):,}"])
    return chance.choice(SURVIVORS).format(price=price, **numbers)


KINDS = sorted(LABELS)
FILLERS = ["لطفا پیگیری کنید", "خیلی دیر رسید", "با من تماس بگیرید", "ممنون", "چرا کسی جواب نمیده؟"]


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_what_is_planted_is_found_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    for kinds in (chance.choices(KINDS, k=chance.randint(1, 3)) for _ in range(40)):
        text, expected = comment(kinds, chance)
        assert [(pii.kind, text[pii.start : pii.end]) for pii in find(text)] == expected, text


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_masked_is_masked_once_and_read_as_one_word(kind: str) -> None:
    masked = mask(f"لطفا {planted(kind, random.Random(7))} را ببینید")
    assert masked.count(LABELS[kind]) == 1
    assert find(masked) == ()
    assert "piix" in normalize(masked).text.split()


def comment(kinds: list[str], chance: random.Random) -> tuple[str, list[tuple[str, str]]]:
    """Return a comment with personal data among other numbers, and what is to be found in it."""
    parts: list[tuple[str, str]] = [("", chance.choice(FILLERS))]
    for kind in kinds:
        digits = chance.choice([{}, PERSIAN, ARABIC])
        parts += [(kind, planted(kind, chance).translate(digits)), ("", chance.choice(FILLERS))]
        parts += [("", survivor(chance).translate(digits)), ("", chance.choice(FILLERS))]
    expected = [(kind, NAMED.sub("", part)) for kind, part in parts if kind]
    return "، ".join(part for _, part in parts), expected


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("شماره من ۰۹۱۲-۳۴۵-۶۷۸۹ است", "شماره من [موبایل] است"),
        ("رسید 9123456789 آمد، شماره تماس 9123456789", "رسید 9123456789 آمد، شماره تماس [موبایل]"),
        (
            "به 9123456789 زنگ بزنید یا با ۸۸۷۷۶۶۵۵ تماس بگیرید",
            "به [موبایل] زنگ بزنید یا با [تلفن] تماس بگیرید",
        ),
        ("۰۹۱۲\u2060۳۴۵\ufeff۶۷\u00ad۸۹ مال منه", "[موبایل] مال منه"),
        ("telefonam 9123456789 e, telefon 88776655", "telefonam [موبایل] e, telefon [تلفن]"),
        ("با کد 6037-9912-3456-7893 زنگ بزنید", "با کد [کارت] زنگ بزنید"),
        ("شماره سفارش ۹۱۲۳۴۵۶۷۸۹ پیام داد", "شماره سفارش ۹۱۲۳۴۵۶۷۸۹ پیام داد"),
        ("با تلفن ۸۸۷۷۶۶۵۵ تماس بگیرید", "با تلفن [تلفن] تماس بگیرید"),
        ("واریز به IR062960000000100324200001 انجام نشد", "واریز به [شبا] انجام نشد"),
        ("کارت ۶۲۷۴ ۱۲۹۰ ۰۵۴۷ ۳۷۴۲ مسدوده", "کارت [کارت] مسدوده"),
        ("پلاک ۱۲ب۳۴۵-۶۷ جریمه شد", "پلاک [پلاک] جریمه شد"),
        ("پلاک ۱۲-ب-۳۴۵ ایران ۶۷ تخلف زدن", "پلاک [پلاک] تخلف زدن"),
        ("پژو ۱۲\u200cط\u200c۳۴۵ ایران\u200c۶۷ بود", "پژو [پلاک] بود"),
        ("راننده ایران ۱۱ - ۴۵۶ - ص - ۷۸", "راننده [پلاک]"),
        ("پلاک ۱۲-۳۴۵، ایران ۱۲ - ۳۴۵", "پلاک ۱۲-۳۴۵، ایران ۱۲ - ۳۴۵"),
        ("پلاک ماشینم ۳۴ ج ۵۶۷ - ۱۱ بود", "پلاک ماشینم [پلاک] بود"),
        ("پلاک ۳۴ واحد ۵۶۷ طبقه ۱۱", "پلاک ۳۴ واحد ۵۶۷ طبقه ۱۱"),
        ("رانندهٔ ۱۲ ط ۳۴۵ ۱۱ دیر رسید", "رانندهٔ [پلاک] دیر رسید"),
        ("۱۲ و ۳۴۵ ۱۱ بار", "۱۲ و ۳۴۵ ۱۱ بار"),
        ("ساعت ۱۰ ص ۱۵۰ ۲۰ نفر", "ساعت ۱۰ ص ۱۵۰ ۲۰ نفر"),
        ("مدل ۱۲ S ۲۵۶ ۱۱", "مدل ۱۲ S ۲۵۶ ۱۱"),
        ("شماره سفارشم ۱۲۳۴۵۶۷۸۹۰ هست", "شماره سفارشم ۱۲۳۴۵۶۷۸۹۰ هست"),
        ("شماره ۹۱۲۳۴۵۶۷۸۹ هزار بار گفتم موبایل", "شماره ۹۱۲۳۴۵۶۷۸۹ هزار بار گفتم موبایل"),
        ("تماس از ۹۱۲۳۴۵۶۷۸۹ هزار بار", "تماس از [موبایل] هزار بار"),
        ("۹۱۲۳۴۵۶۷۸۹ شماره منه", "[موبایل] شماره منه"),
        ("۹۱۲۳۴۵۶۷۸۹ شماره‌ی تماس خودمه", "[موبایل] شماره‌ی تماس خودمه"),
        ("۴۴۳۳۲۲۱۱ تلفن ماست", "[تلفن] تلفن ماست"),
        ("سفارش ۹۱۲۳۴۵۶۷۸۹ شماره منه", "سفارش ۹۱۲۳۴۵۶۷۸۹ شماره منه"),
        ("۹۱۲۳۴۵۶۷۸۹ شماره سفارشمه", "۹۱۲۳۴۵۶۷۸۹ شماره سفارشمه"),
        ("تاریخ ۱۴۰۴/۰۹/۱۲ ۳۴۵۶۷۸۹", "تاریخ ۱۴۰۴/۰۹/۱۲ ۳۴۵۶۷۸۹"),
        ("۱۲۵۰۰۰۰۰۰۰ ریال از حسابم کم شد", "۱۲۵۰۰۰۰۰۰۰ ریال از حسابم کم شد"),
        ("شماره‌م ۹۱۲۳۴۵۶۷۸۹ بود", "شماره‌م [موبایل] بود"),
        ("شمارهٔ من ۹۱۲۳۴۵۶۷۸۹ بود", "شمارهٔ من [موبایل] بود"),
        ("شماره بنده ۹۱۲ ۳۴۵ ۶۷ ۸۹", "شماره بنده [موبایل]"),
        ("شماره ثابت ما ۴۴۲۲۳۳۴۴ است", "شماره ثابت ما [تلفن] است"),
        ("دفترمون ۸۸۷۷۶۶۵۵-۰۲۱ و ۰۲۱/۸۸۷۷۶۶۵۵", "دفترمون [تلفن] و [تلفن]"),
        ("سفارش ۸۸۷۷۶۶۵۵-۰۲۱ نیومد", "سفارش ۸۸۷۷۶۶۵۵-۰۲۱ نیومد"),
        ("سریال ۸۸۷۷۶۶۵۵-۰۱۲ و ۱۲/۸۸۷۷۶۶۵۵", "سریال ۸۸۷۷۶۶۵۵-۰۱۲ و ۱۲/۸۸۷۷۶۶۵۵"),
        ("زنگ زدم گفتن ۴۸۰۰۰۰۰۰ واریز شده", "زنگ زدم گفتن ۴۸۰۰۰۰۰۰ واریز شده"),
        ("شماره خونه‌مون ۴۴۲۲۳۳۴۴", "شماره خونه‌مون [تلفن]"),
        ("شماره محل کارم ۴۴۲۲۳۳۴۴ است", "شماره محل کارم [تلفن] است"),
        ("شماره همسرم ۹۱۲۱۲۳۴۵۶۷ است", "شماره همسرم [موبایل] است"),
        ("به این شماره پیام بدید ۹۱۲۱۲۳۴۵۶۷", "به این شماره پیام بدید [موبایل]"),
        ("شماره دفترچه ۴۴۲۲۳۳۴۴ و شماره خطای ۹۱۲۱۲۳۴۵۶۷", "شماره دفترچه ۴۴۲۲۳۳۴۴ و شماره خطای ۹۱۲۱۲۳۴۵۶۷"),
        ("شبام ۸۲۰۵۴۰۱۰۲۶۸۰۰۲۰۸۱۷۹۰۹۰۰۳ است", "شبام [شبا] است"),
        ("شماره شبا: 82 0540 1026 8002 0817 9090 03", "شماره شبا: [شبا]"),
        ("شبا ندارم، کد رهگیری ۲۱۰۰۰۱۲۳۴۵۶۷۸۹۰۱۲۳۴۵۶۷۸۹", "شبا ندارم، کد رهگیری ۲۱۰۰۰۱۲۳۴۵۶۷۸۹۰۱۲۳۴۵۶۷۸۹"),
        ("برای سفارشم به ۰۲۱۸۸۷۷۶۶۵۵ خبر بدید", "برای سفارشم به [تلفن] خبر بدید"),
        ("سفارش ۸۸۷۷۶۶۵۵ نرسید، تلفن سفارش ۸۸۷۷۶۶۵۵", "سفارش ۸۸۷۷۶۶۵۵ نرسید، تلفن سفارش ۸۸۷۷۶۶۵۵"),
        ("قیمت ثابت ۴۴۲۲۳۳۴۴ بود", "قیمت ثابت ۴۴۲۲۳۳۴۴ بود"),
        ("Tel09123456789 و mobile09123456789", "Tel[موبایل] و mobile[موبایل]"),
        ("کالای DKP09123456789", "کالای DKP09123456789"),
        ("+9809123456789 و 0098 0912 345 6789", "[موبایل] و [موبایل]"),
        ("۹۸+ ۹۱۲ ۳۴۵ ۶۷۸۹", "[موبایل]"),
        ("سریال 9801234567890", "سریال 9801234567890"),
        ("ali.rezaei @ gmail.com", "[ایمیل]"),
        ("ali＠gmail.com", "[ایمیل]"),
        ("ایمیلم ali@gmail ثبت نمیشه", "ایمیلم [ایمیل] ثبت نمیشه"),
        ("سیم کارت ۹۳۵۱۲۳۴۵۶۷ سوخت", "سیم کارت [موبایل] سوخت"),
        ("shomaram 9121234567 hast", "shomaram [موبایل] hast"),
        ("۰۹۱۲، ۱۲۳، ۴۵۶۷ شماره منه", "[موبایل] شماره منه"),
        ("0912,123,45,67", "[موبایل]"),
        ("کارت به کارت به 6104,3378,3235,9127", "کارت به کارت به [کارت]"),
        ("مبلغ 6,104,337,832 تومان و 912,123,456 ریال", "مبلغ 6,104,337,832 تومان و 912,123,456 ریال"),
        ("خط ثابت ۴۴۲۲۳۳۴۴ قطعه", "خط ثابت [تلفن] قطعه"),
        ("تماس با ۰۲۱۹۱۰۰۱۲۳۴", "تماس با [تلفن]"),
        ("کد ملیم ۰۸۳۰۱۶۶۱۳۱ خطا میده", "کد ملیم [کد ملی] خطا میده"),
        ("شماره کارت من: 6104 3378 3235 9128", "شماره کارت من: [کارت]"),
        ("کد ملی پدرم ۰۸۳۰۱۶۶۱۳۱", "کد ملی پدرم [کد ملی]"),
        ("شماره کارت بانکی من 6104337832359128", "شماره کارت بانکی من [کارت]"),
        ("بانک ملی ۰۸۳۰۱۶۶۱۳۱", "بانک ملی ۰۸۳۰۱۶۶۱۳۱"),
        ("قیمت از 1500000000 به 7200000000 رسید", "قیمت از 1500000000 به 7200000000 رسید"),
        ("مبلغ کل 1234567903 و موجودی: ۱۲۳۴۵۶۷۹۰۳", "مبلغ کل 1234567903 و موجودی: ۱۲۳۴۵۶۷۹۰۳"),
        ("مبلغ به ۰۴۹۹۳۷۰۸۹۹ رفت", "مبلغ به [کد ملی] رفت"),
        ("با ۰۱۰۰۴۰۰۰۰۰ ثبت نام کردم", "با [کد ملی] ثبت نام کردم"),  # no sum begins with a nought
        ("کد ملی 1500000000", "کد ملی [کد ملی]"),
        ("کارت هدیه 6104337832359128", "کارت هدیه 6104337832359128"),
        ("از کارت 6104-3378-3235-9128 کم شد", "از کارت [کارت] کم شد"),
        ("به کارت مامانم ۶۱۰۴ ۳۳۷۸ ۳۲۳۵ ۹۱۲۸ واریز کنید", "به کارت مامانم [کارت] واریز کنید"),
        ("کارتم ۶۱۰۴۳۳۷۸۳۲۳۵۹۱۲۸ مسدوده", "کارتم [کارت] مسدوده"),
        ("کارت‌مون به شماره 6104337832359128 سوخت", "کارت‌مون به شماره [کارت] سوخت"),
        ("kartam 6104337832359128 masdoode", "kartam [کارت] masdoode"),
        ("با کارت خریدم، پیگیری 6104337832359128", "با کارت خریدم، پیگیری 6104337832359128"),
        ("از کارت هدیه 6104337832359128 کم نشد", "از کارت هدیه 6104337832359128 کم نشد"),
        ("سفارش کارت‌خوان شماره 6104337832359128", "سفارش کارت‌خوان شماره 6104337832359128"),
        ("شبا IR966425254557732504050379", "شبا [شبا]"),
        ("پلاک ۱۲ جیم ۳۴۵ ایران ۶۷ بود", "پلاک [پلاک] بود"),
        ("پیک با پلاک موتور ۱۲۳ ۴۵۶۷۸", "پیک با پلاک موتور [پلاک]"),
        ("پلاک موتورش ۱۲۳-۴۵۶۷۸ بود", "پلاک موتورش [پلاک] بود"),
        ("موتور پلاک ۱۲۳۴۵۶۷۸ و موتوری با پلاک 123 45678", "موتور پلاک [پلاک] و موتوری با پلاک [پلاک]"),
        ("پلاک ۱۲۳ واحد ۴۵۶۷۸", "پلاک ۱۲۳ واحد ۴۵۶۷۸"),
        ("شماره حساب ۰۱۰۵۱۲۳۴۵۶۷۸۹ بسته شده", "شماره حساب [شماره حساب] بسته شده"),
        ("شماره‌ی حسابم 4567-800-1234567-1 ئه", "شماره‌ی حسابم [شماره حساب] ئه"),
        ("حساب ملت شماره ۰۱۰۵ ۱۲۳۴ ۵۶۷۸۹", "حساب ملت شماره [شماره حساب]"),
        ("به شماره حساب ۱۲۳۴۵۶۷۸۹ ۵۰۰۰۰۰ تومن ریختم", "به شماره حساب [شماره حساب] ۵۰۰۰۰۰ تومن ریختم"),
        ("۰۱۰۵۱۲۳۴۵۶۷۸۹ شماره حسابمه", "[شماره حساب] شماره حسابمه"),
        ("شماره حساب ۵۰۰۰۰۰۰۰ تومن خالی شد", "شماره حساب ۵۰۰۰۰۰۰۰ تومن خالی شد"),
        ("به حسابم ۰۱۰۵۱۲۳۴۵۶۷۸۹ برنگشت", "به حسابم [شماره حساب] برنگشت"),
        ("حساب سپهر پدرم: ۰۱۰۱۲۳۴۵۶۷۰۰۸ بسته شده", "حساب سپهر پدرم: [شماره حساب] بسته شده"),
        ("به حساب ۰۹۳۵۱۱۱۲۲۳۳ شارژ نیومد", "به حساب [موبایل] شارژ نیومد"),
        ("صورت حساب ۲۳۴۵۶۷۸۹۰۱۲۳۴ و حساب ۱۲۰۰۰۰۰۰۰۰", "صورت حساب ۲۳۴۵۶۷۸۹۰۱۲۳۴ و حساب ۱۲۰۰۰۰۰۰۰۰"),
        ("shomare hesabam 0105123456789 e", "shomare hesabam [شماره حساب] e"),
        ("cvv2 کارتم ۱۲۳ هست", "cvv2 کارتم [رمز] هست"),
        ("سی‌وی‌وی ۱۲۳۴ رو میگیره", "سی‌وی‌وی [رمز] رو میگیره"),
        ("سی وی وی دو کارتم ۵۶۷", "سی وی وی دو کارتم [رمز]"),
        ("رمزم ۱۲۳۴ بود و عوض شد", "رمزم [رمز] بود و عوض شد"),
        ("رمز دوم کارت مادرم: 87654", "رمز دوم کارت مادرم: [رمز]"),
        ("پسوردم Sara@1234 رو قبول نمیکنه", "پسوردم [رمز] رو قبول نمیکنه"),
        ("رمز عبورم hamid85", "رمز عبورم [رمز]"),
        ("۱۲۳۴ رمزمه", "[رمز] رمزمه"),
        ("ramzam 1234 bood, ramze dovomam 87654", "ramzam [رمز] bood, ramze dovomam [رمز]"),
        ("رمز ۵ رقمی رو ۱۲۰۰ بار زدم، ۱۴۰۳/۰۵/۱۲", "رمز ۵ رقمی رو ۱۲۰۰ بار زدم، ۱۴۰۳/۰۵/۱۲"),
        ("رمز ۱۴۰۳/۰۵/۱۲ عوض شد", "رمز ۱۴۰۳/۰۵/۱۲ عوض شد"),
        ("رمز دوم ۱۲۰۰ تومن کارمزد داره، رنگ قرمز ۱۲۳۴", "رمز دوم ۱۲۰۰ تومن کارمزد داره، رنگ قرمز ۱۲۳۴"),
        ("کد تأییدم ۴۸۲۹۱۳ رو سه بار زدم، قبول نکرد", "کد تأییدم [رمز] رو سه بار زدم، قبول نکرد"),
        ("کد ورود: 48291 اومد ولی باز نشد", "کد ورود: [رمز] اومد ولی باز نشد"),
        ("کد یک‌بار مصرف 719203 باطل بود، OTP 5512 هم", "کد یک‌بار مصرف [رمز] باطل بود، OTP [رمز] هم"),
        ("رمز عابر بانکم ۱۳۵۷ و رمز موبایل بانک ۸۷۶۵۴", "رمز عابر بانکم [رمز] و رمز موبایل بانک [رمز]"),
        ("پسورد وای‌فای mehdi1362 رو تکنسین عوض کرد", "پسورد وای‌فای [رمز] رو تکنسین عوض کرد"),
        ("کد تایید ۱۲۰۰ بار خواستم، ۱۸۰ ثانیه صبر کردم", "کد تایید ۱۲۰۰ بار خواستم، ۱۸۰ ثانیه صبر کردم"),
        (
            "کد تایید سفارش ۱۲۳۴۵ و کد تخفیف ۴۵۶۷۸، passat2012",
            "کد تایید سفارش ۱۲۳۴۵ و کد تخفیف ۴۵۶۷۸، passat2012",
        ),
        ("رمزمو زدم ۸۷۶۵۴ قبول نکرد", "رمزمو زدم [رمز] قبول نکرد"),
        ("رمزمو می‌زنم ۵۰۰۰ تومن کم میشه، ۱۲۰۰ بار", "رمزمو می‌زنم ۵۰۰۰ تومن کم میشه، ۱۲۰۰ بار"),
        ("به حسابم ۸۰۰-۱۲-۳۴۵۶۷۸-۱ واریز کنید", "به حسابم [شماره حساب] واریز کنید"),
        ("سپرده‌م ۱۲۳.۴۵۶.۷۸۹۰۱۲۳.۱ بسته شد", "سپرده‌م [شماره حساب] بسته شد"),
        ("شماره سپرده ۱۲۳۴۵۶۷۸۹۰۱۲ مسدود شد", "شماره سپرده [شماره حساب] مسدود شد"),
        ("حساب ۱.۲۵۰.۰۰۰.۰۰۰ بود، سپرده 1405-08-12", "حساب ۱.۲۵۰.۰۰۰.۰۰۰ بود، سپرده 1405-08-12"),
        ("پاسپورت A12345678 گم شد", "پاسپورت [گذرنامه] گم شد"),
        ("شماره گذرنامه‌م ۹۸۷۶۵۴۳۲ است", "شماره گذرنامه‌م [گذرنامه] است"),
        ("پاسپورت ۸۰۰۰۰۰۰۰ تومن شد", "پاسپورت ۸۰۰۰۰۰۰۰ تومن شد"),
        ("به @hamid_karimi پیام بدید", "به [آیدی] پیام بدید"),
        ("https://t.me/hamid_karimi پیام بدید", "https://t.me/[آیدی] پیام بدید"),
        ("عکسش اینجاست www.instagram.com/sara.m78/", "عکسش اینجاست www.instagram.com/[آیدی]/"),
        ("instagram.com/p/CxYz123 و t.me/joinchat/AbC", "instagram.com/p/CxYz123 و t.me/joinchat/AbC"),
        ("آیدی تلگرامم: hamid_karimi", "آیدی تلگرامم: [آیدی]"),
        ("آیدیم hamidkarimi هست", "آیدیم [آیدی] هست"),
        ("آیدی instagram رو قبول نمیکنه، @gmail هم", "آیدی instagram رو قبول نمیکنه، @gmail هم"),
        ("آیدی محصول DKP123456", "آیدی محصول DKP123456"),
        ("یوزرم hamid_karimi و اینستام: hamid78", "یوزرم [آیدی] و اینستام: [آیدی]"),
        ("تلگرام: hamid_karimi پیام بدید", "تلگرام: [آیدی] پیام بدید"),
        ("تلگرامم update نمیشه و اکانت xbox360 بسته‌ست", "تلگرامم update نمیشه و اکانت xbox360 بسته‌ست"),
        ("واتس اپ 9121112233", "واتس اپ [موبایل]"),
        ("۶۰۳۷۹۹۱۲۳۴۵۶۷۸۹۱ کارتمه", "[کارت] کارتمه"),
        ("۶۰۳۷ ۹۹۱۲ ۳۴۵۶ ۷۸۹۱ شماره کارت همسرمه", "[کارت] شماره کارت همسرمه"),
        ("۶۰۳۷۹۹۱۲۳۴۵۶۷۸۹۱ شماره سفارشمه", "۶۰۳۷۹۹۱۲۳۴۵۶۷۸۹۱ شماره سفارشمه"),
        ("", ""),
    ],
)
def test_masking_puts_a_persian_label_in_place(text: str, masked: str) -> None:
    assert mask(text) == masked


#: Words of an order before a number that is not the order's, and before one that is.
SPOKEN_OF = [
    "سفارش دادم با {}",
    "پیگیری کردم، سفارش من با {}",
    "شماره سفارش را با {} دادم",
    "کد پیگیری نیامد، تراکنش از {}",
]
NUMBERED = [
    "سفارش {}", "سفارش: {}", "سفارش ({})", "سفارش شماره‌ی {}", "تراکنش به شماره {}", "شماره سفارشم {}", "شمارهٔ سفارش من {}",
    "شماره‌ی فاکتورم هست {}", "شماره تیکت {}", "کد رزرو من {}", "شناسه پرداخت: {}", "شماره بیمه‌نامه {}", "کد رهگیری مرسوله {}", "شناسه ثبت سفارش {}", "کد پیگیری #{}",
]  # fmt: skip


@given(st.integers(0, 2**32))
def test_an_order_that_is_spoken_of_hides_no_card_and_no_national_id(seed: int) -> None:
    chance = random.Random(seed)
    for kind, number in (("card", card(chance)), ("national_id", national_id(chance))):
        for text in SPOKEN_OF:
            assert mask(text.format(number)) == text.format(LABELS[kind])
        for text in NUMBERED:
            assert find(text.format(number)) == ()
        mine = {"card": LABELS["card"], "national_id": number}[kind]
        assert mask(f"سفارشم {number} نرسید") == f"سفارشم {mine} نرسید"


@given(
    st.integers(0, 2**32),
    st.sampled_from(["هزار بار", "هزار تومن", "۲ میلیون ریال", "تومان", "ریال", "درصد"]),
)
def test_no_amount_behind_it_hides_a_number_that_can_be_no_amount(seed: int, amount: str) -> None:
    chance = random.Random(seed)
    written = {"mobile": mobile(chance), "landline": landline(chance), "card": card(chance)}
    for kind, number in written.items():
        assert mask(f"از {number} {amount} رفت") == f"از {LABELS[kind]} {amount} رفت"


@given(st.integers(0, 2**32), st.sampled_from(["/", " / "]))
def test_slashes_may_part_a_mobile_and_a_card_but_no_price(seed: int, slash: str) -> None:
    chance = random.Random(seed)
    number, price = mobile(chance), grouped(str(chance.randrange(10**10, 10**12)), [3, 3, 3, 3], "/")
    for sizes in ([4, 7], [4, 3, 4], [4, 3, 2, 2]):
        assert mask(f"به {grouped(number, sizes, slash)} بگید") == "به [موبایل] بگید"
    assert mask(grouped(card(chance), [4, 4, 4, 4], slash)) == "[کارت]"
    assert find(f"{price} ریال و تماس {price}") == ()


@pytest.mark.parametrize("gap", ["ـ", "*", " * ", "ـ ", "\t", "—", "−", "+", "\u2009", "\u202f"])
def test_any_sign_may_part_a_mobile(gap: str) -> None:
    assert mask(f"به ۰۹۱۲{gap}۳۴۵{gap}۶۷۸۹ زنگ بزنید") == "به [موبایل] زنگ بزنید"


def test_a_wrong_checksum_is_no_card_and_no_national_id() -> None:
    assert find("6037991234567891") == ()
    assert find("0499370898") == ()


@pytest.mark.parametrize(
    "unit",
    [
        "0 ",
        "1-",
        "0912 ",
        "a@",
        "12ب",
        "a.",
        "IR06 ",
        "پلاک 12 ",
        "شماره حساب 0",
        "رمز دوم ",
        "آیدی من ",
        "@a_",
        "رمز a",
        "کد تایید ",
        "t.me/a.",
    ],
)
def test_searching_takes_work_in_proportion_to_the_text(unit: str, calls_of: Callable[..., int]) -> None:
    find("۰۹۱۲")  # tables are built on first use
    short, long = (calls_of(find, unit * (size // len(unit))) for size in (800, 3_200))
    assert long <= 4.4 * short + 200
