"""«تا شنبه خبر می‌دهیم»: what a sentence promises, and by when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalize import normalize
from nlp.rules import entities
from service import sla
from service.casework import promises
from service.jalali import jalali, spoken

OFFICE = sla.load().of_queue("finance")
#: Wednesday 4 Azar 1405, 13:30 in Tehran.
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("تا شنبه خبر می‌دهیم", "1405-09-07 18:00"),
        ("فردا با شما تماس می‌گیریم.", "1405-09-05 18:00"),
        ("همین امروز پیگیری می‌کنم", "1405-09-04 18:00"),
        ("همکارم تا شنبه پیگیری می‌کنه", "1405-09-07 18:00"),
        ("پیک تا فردا می‌آید", "1405-09-05 18:00"),
        ("امشب می‌فرستیم", "1405-09-04 23:59"),
        ("مبلغ ۱۵ آذر واریز خواهد شد", "1405-09-15 18:00"),
        ("ظرف ۴۸ ساعت به حساب شما برمی‌گردد", "1405-09-06 13:30"),
        ("تا دو ساعت دیگه خبرتون می‌کنم", "1405-09-04 15:30"),
        ("حداکثر تا نیم ساعت دیگر پیک می‌رسد", "1405-09-04 14:00"),
        ("ظرف ۲ روز کاری واریز می‌شود", "1405-09-07 18:00"),  # Thursday and Saturday; Friday is off
        ("تا ۴ ساعت کاری نتیجه را اعلام می‌کنیم", "1405-09-05 09:00"),
        ("ظرف ۳ روز رسیدگی خواهیم کرد", "1405-09-07 18:00"),
        ("سلام. عذر می‌خواهیم! تا آخر هفته پاسخ می‌دهیم", "1405-09-06 18:00"),
        ("تا پنجشنبه ۵ آذر ۱۴۰۵، ساعت ۲۲:۰۴ نتیجه را اطلاع می‌دهیم", "1405-09-05 22:04"),
        ("تا شنبه ۷ آذر، ساعت ۹:۳۰ خبر می‌دهیم", "1405-09-07 09:30"),
        ("فردا ساعت ۱۰ تماس می‌گیریم", "1405-09-05 10:00"),
        ("فردا همکارم ساعت ۱۰.۱۵ با شما تماس می‌گیرد", "1405-09-05 10:15"),
        ("ساعت ۱۰ صبح روز شنبه تماس می‌گیریم", "1405-09-07 10:00"),
        ("فردا بین ساعت ۱۰ تا ۱۲ تماس می‌گیریم", "1405-09-05 12:00"),
        ("فردا ساعت ده و نیم تماس می‌گیریم", "1405-09-05 10:30"),
        ("فردا ۹ صبح می‌فرستیم", "1405-09-05 09:00"),
        ("فردا ساعت ۵ می‌رسد", "1405-09-05 17:00"),
        ("شنبه ساعت ۵ عصر می‌رسد", "1405-09-07 17:00"),
        ("چهارشنبه ساعت ۵ عصر می‌رسد", "1405-09-04 17:00"),  # it is Wednesday
        ("تا چهارشنبه ساعت ۱۰ خبر می‌دهم", "1405-09-11 10:00"),
        ("فردا شب ساعت ۹ می‌رسد", "1405-09-05 21:00"),
        ("شنبه ساعت ۰۲:۰۵ واریز خواهد شد", "1405-09-07 02:05"),
        ("شنبه ساعت ۱ ظهر می‌رسد", "1405-09-07 13:00"),
        ("امشب ساعت ۱۰ می‌فرستیم", "1405-09-04 22:00"),
        ("امشب ساعت ۱ می‌رسد", "1405-09-04 23:59"),
        ("تا ساعت ۸ شب چهارشنبه ۱۱ آذر خبر می‌دهیم", "1405-09-11 20:00"),
        ("امشب تا ساعت ۱۲ شب می‌فرستیم", "1405-09-04 23:59"),
        ("همین امروز بررسی می‌کنیم و تا ساعت ۱۷ خبر می‌دهیم", "1405-09-04 17:00"),
        ("تا ساعت ۵ عصر خبر می‌دهیم", "1405-09-04 17:00"),
        ("سفارش ساعت ۱۱ ثبت شد و تا فردا می‌رسد", "1405-09-05 18:00"),
        ("تا فردا برای ۲ شب اقامت کد می‌فرستیم", "1405-09-05 18:00"),
        ("فردا ساعت ۳۰ می‌رسد", "1405-09-05 18:00"),
        ("۲ روز دیگر با شما تماس می‌گیریم", "1405-09-06 18:00"),
        ("۴۸ ساعت آینده مبلغ واریز می‌شود", "1405-09-06 13:30"),
        ("طی ۲ الی ۳ روز کاری رسیدگی می‌کنیم", "1405-09-08 18:00"),
        ("در عرض ۲۴ ساعت پاسخ می‌دهیم", "1405-09-05 13:30"),
        ("ظرف یک ماه نتیجه را می‌فرستیم", "1405-10-04 18:00"),
        ("تا عصر اطلاع می‌دهیم", "1405-09-04 18:00"),
        ("تا شب پیک می‌رسد", "1405-09-04 23:59"),
        ("از تأخیر امروز عذرخواهی می‌کنیم، فردا می‌فرستیم", "1405-09-05 18:00"),
    ],
)
def test_a_promise_becomes_a_moment(text: str, due: str) -> None:
    assert [jalali(moment) for moment in promises.made(text, NOW, OFFICE)] == [due]


def test_a_weekday_named_on_its_own_evening_is_the_next_one() -> None:
    evening = NOW.replace(hour=16)
    for said, due in (
        ("تا چهارشنبه", "1405-09-11 18:00"),
        ("چهار شنبه صبح", "1405-09-11 18:00"),
        ("چهارشنبه شب", "1405-09-04 23:59"),
    ):
        assert [jalali(found) for found in promises.made(f"{said} خبر می‌دهیم", evening)] == [due]
    assert promises.made("تا چهارشنبه ۴ آذر ساعت ۱۰ خبر می‌دهیم", evening) == ()


@pytest.mark.parametrize(
    "text",
    [
        "دیروز ارسال شد",
        "لطفاً تا فردا مدارک را بفرستید",
        "تا شنبه صبر می‌کنید؟",
        "گفته‌اند سفارش شما تا شنبه می‌رسد؟",
        "متأسفانه تا شنبه نمی‌توانیم بفرستیم",
        "ممنون از شما، موضوع را بررسی می‌کنیم",
        "ظرف ۴۰۰ روز واریز می‌شود",
        "ظرف ۹۹۹۹۹۹۹۹۹۹۹۹ ساعت واریز می‌شود",
        "تا شنبه ۲ میلیون تخفیف",
        "بابت تأخیر امروز پوزش می‌خواهیم",
        "از اینکه امروز وقت گذاشتید تشکر می‌کنیم",
        "کد تخفیف شما تا ۳۰ آذر معتبر می‌باشد",
        "از صبح تا شب تلاش می‌کنیم",
        "تا شب عید می‌فرستیم",
        "ساعت ۱۵ به انبار رسید و پیگیری می‌کنیم",
        "تا ساعت ۱۰ پیگیری می‌کنیم",  # it is past noon
        "",
    ],
)
def test_what_is_no_promise_becomes_none(text: str) -> None:
    assert promises.made(text, NOW, OFFICE) == ()


def test_two_promises_in_one_reply_are_both_kept_in_mind() -> None:
    text = "فردا تماس می‌گیریم و تا شنبه وجه را برمی‌گردانیم. تا شنبه خبر می‌دهیم."
    assert [jalali(due) for due in promises.made(text, NOW)] == ["1405-09-05 18:00", "1405-09-07 18:00"]


def test_every_promise_keeps_the_hour_that_is_named_with_it() -> None:
    text = "فردا ساعت ۱۰ تماس می‌گیریم و تا شنبه وجه را برمی‌گردانیم."
    assert [jalali(due) for due in promises.made(text, NOW)] == ["1405-09-05 10:00", "1405-09-07 18:00"]


def test_the_desks_own_words_for_a_moment_promise_that_moment() -> None:
    for hours in range(1, 200, 7):
        due = (NOW + timedelta(hours=hours, minutes=hours % 60)).replace(second=0)
        assert promises.made(f"تا {spoken(due)} نتیجه را به شما اطلاع می‌دهیم.", NOW) == (due,)


def test_a_promise_for_today_made_in_the_evening_ends_with_the_day() -> None:
    evening = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)  # 19:30
    assert [jalali(due) for due in promises.made("همین امروز می‌فرستیم", evening)] == ["1405-09-04 23:59"]


@given(text=st.text(alphabet="تا شنبهفردا۲۴: ساعتروزمی‌دهیمعصر.؟", max_size=60))
def test_no_text_makes_a_promise_for_the_past_or_the_far_future(text: str) -> None:
    for due in promises.made(text, NOW, OFFICE):
        assert NOW < due <= NOW + timedelta(days=90)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("گفتن ۳ روز کاری طول می‌کشه", "2026-11-29"),  # Thursday, Saturday, Sunday
        ("گفتن ۳ روز كاري واريز ميشه", "2026-11-29"),
        ("ظرف ۷۲ ساعت کاری قول دادن", "2026-11-29"),
        ("گفتن ۳ روز طول می‌کشه", "2026-11-28"),
        ("ساعت کاری رو پرسیدم، گفتن ۳ روز دیگه میاد", "2026-11-28"),
        ("گفتن تا ۱۴۰۵/۰۹/۰۷ میاد، روز کاری هم هست", "2026-11-28"),
    ],
)
def test_working_days_that_the_customer_was_told_are_counted_by_the_calendar(text: str, due: str) -> None:
    written = NOW.date()
    found = entities.find(normalize(text), written)
    tags = {"entities": [{"kind": x.kind, "value": x.value, "start": x.start, "end": x.end} for x in found]}
    counted = promises.by_calendar(text, written, tags, OFFICE)["entities"]
    assert [one["value"] for one in counted if one["kind"] == "promise_due"] == [due]


def said(*named: tuple[str, str], signals: tuple[str, ...] = ("compensation_request",)) -> dict[str, Any]:
    return {
        "entities": [{"kind": kind, "value": value, "start": 0, "end": 1} for kind, value in named],
        "signals": [{"name": name, "confidence": 0.9} for name in signals],
    }


def test_a_promise_the_customer_tells_of_is_due_on_its_day_also_when_it_has_passed() -> None:
    found = promises.told(said(("promise_due", "2026-11-21"), ("date", "2026-11-30")))
    assert [jalali(due) for due in found] == ["1405-08-30 18:00"]


@pytest.mark.parametrize(
    ("tags", "amount"),
    [
        (said(("amount", "IRR:5000000")), 5_000_000),
        (said(("amount", "IRR:5000000"), ("amount", "IRR:5000000")), 5_000_000),
        (said(("amount", "IRR:5000000"), ("amount", "IRR:700000")), None),
        (said(("amount_ambiguous", "IRR:5000|IRR:5000000")), None),
        (said(), None),
    ],
)
def test_a_compensation_names_its_amount_only_without_doubt(tags: dict[str, Any], amount: int | None) -> None:
    assert promises.compensation(tags) == {"state": "requested", "amount": amount, "currency": "IRR"}


def test_an_amount_alone_asks_for_nothing() -> None:
    assert promises.compensation(said(("amount", "IRR:5000000"), signals=())) is None
