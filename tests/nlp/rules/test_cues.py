"""Signals are heard in the words that customers have for them, and not in what only looks like these."""

import pytest

from nlp import urgency
from nlp.normalize import normalize


def heard(comment: str) -> set[str]:
    return {cue.signal for cue in urgency.evidence(normalize(comment)).cues}


@pytest.mark.parametrize(
    ("comment", "signal"),
    [
        ("قهوه‌جوش باز طبق معمول خراب رسید", "repeat_contact"),
        ("این اولین بار نیست که بلیت رو عوضی می‌زنن", "repeat_contact"),
        ("سری پیش هم لنز رو اشتباه فرستادین", "repeat_contact"),
        ("توی دو سفارش اخیر کتاب‌ها تاخورده بود", "repeat_contact"),
        ("هیچ وقت پیش‌غذا رو با سفارش نمی‌ذارن", "repeat_contact"),
        ("بارها به منشی گفتم نوبت رو پیامک کنه", "repeat_contact"),
        ("دو هفته‌ست دارم تلاش می‌کنم اینترنت خونه رو وصل کنن", "repeat_contact"),
        ("هر سری می‌نویسم زنگ رو نزنید، باز می‌زنن", "repeat_contact"),
        ("خرید اول و آخرم از این عینک‌فروشی شد", "churn_intent"),
        ("این دفعه آخری بود که بلیت گرفتم", "churn_intent"),
        ("اپتون رفت تو بلک‌لیست من", "churn_intent"),
        ("دفعه بعد سفارش نمیدم اگه پیک همین باشه", "churn_intent"),
        ("دوباره نمی‌خرم، کفش یه ماه هم دووم نیاورد", "churn_intent"),
        ("ضدآفتابتون باعث خارش گردنم شد", "health_safety"),
        ("بعد از دوغتون معده‌م به‌هم ریخت", "health_safety"),
        ("لبهٔ تیز قوطی انگشتم رو زخم کرد", "health_safety"),
        ("پولتون رو برای این تور دور نریزید", "publicity_threat"),
        ("امتحانش هم نکنید، کلاس‌هاشون وقت تلف کردنه", "publicity_threat"),
        ("ثبت نام کنید پشیمون میشید", "publicity_threat"),
        ("این هندزفری اصلی نیست", "fraud"),
        ("این کارمزد گرفتن زورگیریه", "fraud"),
        ("شکایت کردیم و هیچ پیگیری هم نکردن", "no_response"),
        ("تلفن نمایندگی رو پیام‌گیره", "no_response"),
        ("هزینهٔ کادوپیچی رو گرفتن و کادو هم نذاشتن", "money_at_risk"),
        ("اختلاف قیمت دو تا بلیت رو ندادن", "money_at_risk"),
        ("مایل به تعویض کفش هستم", "compensation_request"),
        ("کرایهٔ اضافه رو از کیف پولم برگشت بدید، پولمو می‌خوام", "compensation_request"),
        ("در ارسال داروی سفارشی تعجیل کنید", "time_critical"),
    ],
)
def test_a_signal_is_heard_in_many_words(comment: str, signal: str) -> None:
    assert signal in heard(comment)


@pytest.mark.parametrize(
    "comment",
    [
        "من این کتاب رو نخریدم، هدیه گرفتم",
        "سخت نگیرید، بچه‌ها از کارتون لذت بردن",
        "موقع بریدن مراقب باشید چاقوش خیلی تیزه",
        "در خریدش اصلا تردید نکنید",
        "روی سرامیک ازش استفاده نکنید",
        "برای التهاب پوست بچه گرفتم، قرمزیش رو از بین برد",
        "شامپوی ریزش مو گرفتم",
        "کرمش برای پوست مستعد جوش خوبه",
        "هنوز با چرخ خیاطی کار نکردم",
        "به جای نون بربری، سنگک خواستم",
        "فیلم اسب‌های وحشی رو با پسرم دیدیم",
        "عکس‌های اضافه رو پاک کردم تا جا باز شد",
        "بسته‌بندی خداروشکر باز نشده بود",
        "فریب تخفیفش رو نخوردم و صبر کردم",
        "دندونهٔ شونه شکست",
    ],
)
def test_what_looks_like_a_signal_is_none(comment: str) -> None:
    assert heard(comment) == set()
