"""Urgency: what words prove in their scope, and how far they may move the trained head."""

import pytest

from nlp import scope, urgency
from nlp.folding import fold
from nlp.normalize import normalize
from nlp.urgency import BANDS, Evidence, UrgencyThresholds

CALM = (0.65, 0.3, 0.04, 0.01)
TORN = (0.1, 0.5, 0.25, 0.15)
ALARMED = (0.02, 0.18, 0.5, 0.3)
LEAST = UrgencyThresholds(high=0.35, critical=0.4)


def signals(text: str) -> set[str]:
    return {cue.signal for cue in urgency.evidence(normalize(text)).cues}


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("بعد از خوردن ساندویچتون همه‌مون مسموم شدیم", "health_safety"),
        ("توی سالاد یه سوسک زنده بود", "health_safety"),
        ("شوفاژ رو که وصل کردن بوی گاز خونه رو برداشت", "health_safety"),
        ("ازتون به تعزیرات شکایت کردم", "legal_threat"),
        ("فردا میرم شورای حل اختلاف", "legal_threat"),
        ("نگهبانتون به من سیلی زد", "violence"),
        ("اطلاعات کارت من رو فروختید به یه شرکت تبلیغاتی", "privacy"),
        ("از کارتم بدون اجازه من دو میلیون برداشت شده", "fraud"),
        ("پولم هنوز برنگشته", "money_at_risk"),
        ("هر چی زنگ میزنم جواب نمیدن", "no_response"),
        ("بار سومه که همین مشکل پیش میاد", "repeat_contact"),
        ("قول داده بودید دیروز بفرستید ولی نفرستادید", "broken_promise"),
        ("دیگه از اینجا خرید نمی‌کنم", "churn_intent"),
        ("لطفا پولم رو پس بدید", "compensation_request"),
        ("تا فردا باید برسه وگرنه به درد نمیخوره", "time_critical"),
        ("از کیک تولدش یه مگس دراومد و هیچ کس پاسخ نمیده", "health_safety"),
        ("اکانتم هک شد و پشتیبانی جواب نمیده", "fraud"),
        ("من هیچ خریدی نکردم و پیامک برداشت اومد", "fraud"),
        ("در شیشه‌ای افتاد و انگشت پسرم برید", "health_safety"),
        ("لای سالاد یه تیکه شیشه پیدا کردیم", "health_safety"),
    ],
)
def test_words_that_ask_for_haste_are_named(text: str, signal: str) -> None:
    assert signal in signals(text)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("کسی اینجا مزاحمت ایجاد نکرد", "violence"),
        ("شکایتی ندارم", "legal_threat"),
        ("پول اضافه نگرفتن", "money_at_risk"),
        ("اگه یه روز پولم برنگرده چه کار کنم؟", "churn_intent"),
        ("دوستم می‌گفت پولش رو پس ندادن", "money_at_risk"),
        ("تا امروز هیچ وقت سوسک تو غذاشون ندیدم", "health_safety"),
        ("شکر خدا حسابم هک نشد", "fraud"),
        ("قفل ضد سرقت دوچرخه محکمه", "fraud"),
        ("بالاخره پولم برگشت", "money_at_risk"),
    ],
)
def test_denied_imagined_quoted_and_told_words_prove_nothing(text: str, signal: str) -> None:
    assert signal not in signals(text)


@pytest.mark.parametrize(
    "text",
    [
        "من مشتری قدیمی شما هستم، پیک زنگ زد و مودب بود",
        "قالب سیلیکونی رو زدم تو فر",
        "خرید از اینجا راحته، از این به بعد ازتون می‌خرید",
        "شیر گاو تازه و گاوصندوق سنگین",
        "غذای حیوانات خانگی همیشه می‌مونه",
        "شلوارش گشاده و برای سگم خریدم",
        "نفهمیدم قسط عقب افتاده رو چطور بدم",
        "قیمت‌ها سقوط کرد و از حرص منفجر شدم",
        "کتاب انگلیسی روانی داره، احیاناً جلد دومش هم میاد",
        "با خوردن دسرش احساس تازگی کردم",
        "آشپز مرغ رو خودش تمیز میکنه و چای رو هم دم میکنه",
        "یادم رفت، سفارشم رو فراموش کردم تایید کنم",
        "دستگاه بعد یه ماه سوخت و سرویس چینی هم شکسته بود",
        "پاکت آرد پاره شده بود ولی سر موقع رسید",
        "بسته به دستم رسید، یکی از لیوان‌ها شکسته بود",
        "دلم می‌خواست ته ظرف رو هم بخورم",
        "بسته‌بندی استاندارد بود و قبل از ارسال بازرسی می‌کنن",
        "ببخشید مزاحمتون شدم، تا ساعت چند بازید؟",
        "دکتر با حوصله بخیه رو کشید، بخش اورژانس هم تمیز بود",
        "هتل برق اضطراری داشت",
        "مدل یقه‌ش قشنگه، کارتن هم خالی نبود",
        "پیک تو برف موتورش رو هل داد و رسوند",
        "راننده چمدون‌ها رو تا طبقه سوم بالا آورد",
    ],
)
def test_an_ordinary_word_that_begins_like_a_grave_one_proves_nothing(text: str) -> None:
    assert not signals(text) & {"violence", "abusive", "health_safety", "fraud"}


@pytest.mark.parametrize(
    "text",
    [
        "هنگام تحویل همه چیز سالم بود و شعبه تا شب باز بود",
        "سه وعده غذای کامل دادن، سر موعد هم رسیدیم",
        "سوپش کمی شوره ولی من بهتر از این جایی نخوردم",
        "پذیرایی آبرومندانه بود، همیشه تو خاطر ما میمونید",
        "به همه همکارا گفتم بیان، ممنون بابت پیگیری خوبتون",
        "کاش قابلیت استوری هم به برنامه اضافه کنید",
        "۰۲۱۴۴۵۵۶۶۷۷ تماس بگیرید",
        "تعهد و ادب کارکنان مثال‌زدنیه",
    ],
)
def test_praise_and_wishes_have_no_reason_for_haste(text: str) -> None:
    assert signals(text) <= {"repeat_contact"}


@pytest.mark.parametrize(
    "text",
    [
        "پولم دو روز گیر کرده بود ولی دیروز کامل برگشت",
        "جاروبرقی خراب بود، بردم نمایندگی و همون روز تعویضش کردن",
        "قبلا خیلی قطع میشد، الان عالی شده",
        "اگه بسته گم بشه خسارتش رو میدین؟",
    ],
)
def test_a_story_that_ends_well_or_is_imagined_asks_for_no_haste(text: str) -> None:
    found = urgency.evidence(normalize(text))
    assert found.settled
    assert urgency.decide(found, True, ALARMED, LEAST)[0].level == "normal"


@pytest.mark.parametrize(
    "text",
    [
        "گفتن حل شده ولی هنوز پولم نیومده",
        "یه بار درستش کردن دوباره خراب شد",
        "نه پول برگشت نه کالا اومد",
        "اگه پولم رو ندید میرم شکایت می‌کنم",
    ],
)
def test_a_story_that_goes_on_is_not_settled(text: str) -> None:
    assert not urgency.evidence(normalize(text)).settled


def test_hard_evidence_is_critical_when_the_head_agrees() -> None:
    found = urgency.evidence(normalize("بچه‌م از غذای شما مسموم شده و بیمارستانه"))
    told, review = urgency.decide(found, True, ALARMED, LEAST)
    assert (told.level, review) == ("critical", False)


def test_an_unsure_hard_signal_gives_high_and_a_person_looks() -> None:
    found = urgency.evidence(normalize("حالم بد شد از این همه مسمومیت فکری"))
    told, review = urgency.decide(found, True, (0.5, 0.36, 0.1, 0.04), LEAST)
    assert (told.level, review) == ("high", True)


def test_hard_words_against_a_calm_head_only_ask_for_review() -> None:
    found = urgency.evidence(normalize("از بوی گازش خوشم میاد"))
    told, review = urgency.decide(found, True, CALM, LEAST)
    assert told.level == "none"
    assert review


def test_strong_words_alone_never_make_a_comment_urgent() -> None:
    found = urgency.evidence(normalize("افتضاح محض، خاک تو سرتون با این غذا"))
    shares = (0.05, 0.5, 0.4, 0.05)
    assert urgency.decide(found, False, shares, LEAST)[0].level == "normal"
    assert urgency.decide(found, True, shares, LEAST)[0].level == "high"


@pytest.mark.parametrize("shares", [CALM, TORN, ALARMED])
@pytest.mark.parametrize("text", ["", "پولم برنگشته و جواب نمیدن", "مسموم شدیم و شکایت کردم تعزیرات"])
def test_the_score_never_contradicts_the_level_and_its_reasons_add_up(text: str, shares: tuple) -> None:
    found = urgency.evidence(normalize(text)) if text else Evidence(cues=())
    told, _ = urgency.decide(found, True, shares, LEAST)
    low, high = BANDS[told.level]
    assert low <= told.score <= high
    assert sum(reason.points for reason in told.reasons) == told.score
    assert all(reason.text_fa for reason in told.reasons)


def test_two_cues_of_one_threat_count_once() -> None:
    found = urgency.evidence(normalize("شکایت می‌کنم، رفتم تعزیرات ثبت کردم"))
    told, _ = urgency.decide(found, True, ALARMED, LEAST)
    assert [reason.signal for reason in told.reasons].count("legal_threat") == 1


def test_clauses_end_at_contrast_and_sentence_ends() -> None:
    text = "پیک مودب بود ولی غذا سرد بود. دیگه سفارش نمیدم"
    assert [text[each.start : each.end] for each in scope.clauses(text)] == [
        "پیک مودب بود",
        "ولی غذا سرد بود.",
        "دیگه سفارش نمیدم",
    ]


def test_only_a_solution_at_the_end_closes_a_story() -> None:
    assert scope.solution(fold("مشکل اول حل شد بعدش کلی قطعی داشتیم و کار ما راه نیفتاد امروز").text) is None
    assert scope.solution(fold("حل شد").text) == len("حل شد")


def test_what_might_be_a_reason_is_none_where_nothing_is_to_be_done() -> None:
    found = urgency.evidence(normalize("همیشه غذاشون گرمه"))
    assert found.cues
    assert [reason.signal for reason in urgency.decide(found, False, CALM, LEAST)[0].reasons] == ["model"]


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("اینجا اصلا معطلی نداشت", "said=problem|negated"),
        ("غذاش خوب نبود", "said=good|negated"),
        ("یه بارم نشده دیر بیارن", "said=problem|never"),
        ("خیلی تمیز بود", "said=good"),
        ("خیلی محکم بود! همه چی شکسته", "said=clash"),
    ],
)
def test_what_is_denied_counts_as_its_opposite(text: str, feature: str) -> None:
    assert feature in scope.features(normalize(text).text)


def test_the_two_halves_of_a_concession_stand_on_two_sides() -> None:
    assert scope.sides(["با اینکه گرونه،", "کیفیتش عالیه"]) == [0, 1]
    assert scope.sides(["خوب بود.", "تمیز هم بود"]) == [0, 0]


@pytest.mark.parametrize(
    "text",
    [
        "دستتون درد نکنه با این غذای یخ",
        "ممنون که دو ماه منو واسه یه کارت معطل کردین",
        "مرسی از اینکه جواب نمیدین",
        "آفرین به این بانک، هر بار یه خطا میده",
        "احسنت! سه بار فرستادین هر سه بار اشتباه",
        "چه نظمی! نوبت من ساعت نه بود، چهار ساعت منتظر نشستم",
        "لطف کردین اتاق ما رو کنسل کردین",
        "بعد از یک هفته لباس پاره فرستادن. خسته نباشید",
        "اگه دوست دارین پولتون رو دور بریزید حتما از اینجا بخرید",
        "این که سوپ نبود، اسمشو باید بذارن آب گرم",
        "هتل خوبیه، سوسک هم رایگان میدن",
        "فقط سه ساعت پشت خط منتظر بودم",
    ],
)
def test_thanks_for_a_failure_and_praise_beside_one_are_ironic(text: str) -> None:
    assert urgency.evidence(normalize(text)).ironic


@pytest.mark.parametrize(
    "text",
    [
        "دستتون درد نکنه، غذا داغ بود",
        "ممنون که ما رو معطل نکردین",
        "ممنون که پولم رو که یک ماه گیر بود برگردوندین",
        "ممنون که تو این هوای سرد سفارش رو آوردین",
        "آفرین به این بانک، بدون خطا کار میکنه",
        "آفرین، سریع و تمیز، یه بار هم اشتباه نکردن",
        "گوشیم خراب بود فرداش عوض کردن، دمتون گرم",
        "چه نظمی داشتن ولی غذا سرد بود",
        "خسته نباشید، برنامه بعد از آپدیت خطا میده، لطفا درستش کنید",
        "اگه دوست دارین یه غذای خونگی بخورین حتما برید",
        "اگه میخواین از دردسر صف خلاص بشید نصب کنید",
        "اگه قصد خرید دارین معطل نکنین",
        "کاش میشد برای هر کارت یه اسم دلخواه بذاریم",
        "خیلی هم خوب نبود، کم بود",
    ],
)
def test_courtesy_and_praise_that_is_meant_are_not_ironic(text: str) -> None:
    assert not urgency.evidence(normalize(text)).ironic
