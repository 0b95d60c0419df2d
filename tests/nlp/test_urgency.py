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
        ("توی آبگوشت یه مگس شناور بود", "health_safety"),
        ("تشک پر از ساس بود و تا صبح نیش خوردیم", "health_safety"),
        ("مادرم کنار استخر لیز خورد و کسی نیومد کمک", "health_safety"),
        ("راننده مست بود و کج می‌رفت", "health_safety"),
        ("راننده وسط اتوبان پیادمون کرد", "health_safety"),
        ("با سرنگ استفاده‌شده خون گرفتن", "health_safety"),
        ("سقف رختکن ریخت، خدا رحم کرد کسی زیرش نبود", "health_safety"),
        ("سنگ لای عدس‌پلو بود و دندون جلوم پروند", "health_safety"),
        ("دندون سالمم رو کشید", "health_safety"),
        ("به نوزادم شیرخشک تاریخ‌گذشته دادن", "health_safety"),
        ("یه مشتری تو صف از گرما غش کرد", "health_safety"),
        ("آمبولانس یک ساعت دیر رسید", "health_safety"),
        ("دخترم از سرسره افتاد پایین", "health_safety"),
        ("جواب آزمایش مال یه نفر دیگه بود", "health_safety"),
        ("عکس بچه‌م رو بی‌اجازه گذاشتن تو پیجشون", "privacy"),
        ("کارگزاری سهامم رو بدون اجازه فروخته", "fraud"),
        ("وکیلم دنبال خسارت ساختمونه", "legal_threat"),
        ("پدرم از ناهار شما دو شب بستری شد", "health_safety"),
        ("قوری برقی تو دستم آتیش گرفت", "health_safety"),
        ("گزارش مغازه رو به بهداشت دادم", "legal_threat"),
        ("از مهد به بهزیستی شکایت بردیم", "legal_threat"),
        ("فردا با پلیس میام دم در شعبه", "legal_threat"),
        ("انباردارتون با چوب زد تو کمرم", "violence"),
        ("پیک چاقو کشید جلوی نگهبان", "violence"),
        ("چند نفر دم در مزاحم دخترم میشن", "violence"),
        ("تعمیرکار گالری گوشیم رو نگاه کرده", "privacy"),
        ("شماره ملیم لو رفته و همه زنگ میزنن", "privacy"),
        ("ایمیل و اکانتم هک شده", "fraud"),
        ("ساعت سه صبح از کارتم خرید شده، من خواب بودم", "fraud"),
        ("خط من رو به نام یه نفر دیگه زدن", "fraud"),
        ("سر ما کلاه گذاشتن با این بلیط", "fraud"),
        ("اگه میشه جواب بدید، سه روزه سفارشم نیومده", "not_delivered"),
        ("ممنون میشم اگه پیگیری کنید سفارشم گم شده", "not_delivered"),
        ("اگه اشتباه نکنم دو بار از حسابم کم شده", "money_at_risk"),
        ("احتمالا مواد فاسد بوده چون همه مسموم شدیم", "health_safety"),
        ("شاید باورتون نشه تو غذا سوسک بود", "health_safety"),
        ("یه روز تو غذاشون سوسک بود", "health_safety"),
        ("یه هفته‌ست منتظر جوابم", "follow_up"),
        ("گفته بودن تا شنبه پول رو میدن ولی ندادن", "broken_promise"),
        ("کامنت گذاشتم که غذا سوسک داشت، حذفش کردن", "health_safety"),
        ("توی بسته برنج سنگ بود", "health_safety"),
        ("راننده به زور سوارم کرد", "violence"),
        ("هکر دسترسی گرفته به حسابم", "fraud"),
        ("میرم یه بانک دیگه، از بس پولم رو خوردن", "money_at_risk"),
        ("پارسال پول دادم و هنوز پولم رو پس ندادن", "money_at_risk"),
        ("رفتم سراغ یه شرکت دیگه، اینجا مسموم شدیم", "health_safety"),
        ("مسموم شدیم و سود دو سال گذشته رو هم ندادن", "health_safety"),
        ("جلوی خونه پدرم لیز خورد و کسی نیومد", "health_safety"),
        ("ترسیدم و حالم بد شد", "health_safety"),
        ("عروسی خواهرم پس‌فرداست لباس نیومده", "time_critical"),
        ("اون یکی شعبه بهتره، اینجا مسموم شدیم", "health_safety"),
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
        ("یکی نوشته بود تو سوپش سوسک دیده، ما هر هفته می‌خوریم و تمیزه", "health_safety"),
        ("هر کی گفته کلاهبردارن اشتباه کرده، پول من کامل رسید", "fraud"),
        ("تو اخبار دیدم اطلاعات مشتری‌های یه شرکت لو رفته", "privacy"),
        ("تو یه رستوران دیگه مسموم شده بودیم، اینجا ولی خیالم راحته", "health_safety"),
        ("هتل قبلی ساس داشت، اینجا برق میزد", "health_safety"),
        ("از رقیبتون به تعزیرات شکایت کردم، شما ولی منصفید", "legal_threat"),
        ("سال پیش یه بار اینجا مسموم شدیم، آشپز رو عوض کردن و حالا بهتره", "health_safety"),
        ("یه زمانی تو ویترین سوسک بود", "health_safety"),
        ("هم‌کلاسیم می‌گفت از اینجا مسموم شده، ما که چیزیمون نشد", "health_safety"),
        ("اولش فکر کردم حسابم هک شده", "fraud"),
        ("می‌ترسیدم سایتشون جعلی باشه", "fraud"),
        ("برای جلوگیری از سرقت کارت رمز دوم گذاشتن", "fraud"),
        ("شکایت ثبت کردم و فرداش خسارت رو واریز کردن", "legal_threat"),
        ("کلاهبردار نیستن، پول همه رو دادن", "fraud"),
        ("نذاشتن سرم کلاه بره", "fraud"),
        ("فکر می‌کردم بیعانه رو پس نمیدن، اشتباه می‌کردم", "money_at_risk"),
        ("نه سوسکی تو آشپزخونه بود نه کسی مسموم شد", "health_safety"),
        ("نه ازم پول اضافه گرفتن نه حسابم هک شد", "fraud"),
        ("امیدوارم مسموم نشم", "health_safety"),
        ("بانک قبلیم پولم رو دو بار کم کرد، شما دقیقید", "money_at_risk"),
        ("اون یکی بانک پولم رو خورد، شما خوبید", "money_at_risk"),
        ("مادرم تو ویلای قبلی مسموم شد، اینجا خیالمون راحته", "health_safety"),
        ("فلان فروشگاه رو به تعزیرات معرفی کردم، شما منصفید", "legal_threat"),
        ("پدرم پارسال اینجا مسموم شد", "health_safety"),
        ("برادرم مسموم شده بود پارسال", "health_safety"),
        ("این قرص برای سرگیجه و تهوع خوبه", "health_safety"),
        ("برای سوختگی و تاول عالیه این پماد", "health_safety"),
        ("ترسیدم حسابم هک بشه", "fraud"),
        ("رمز دوم جلوی برداشت غیرمجاز رو می‌گیره", "fraud"),
        ("فیلمش پر از دزدی و کتک‌کاری بود", "violence"),
        ("کتابش درباره کلاهبرداری با حساب مردمه", "fraud"),
        ("گوشیم رو دزدیدن، زنگ زدم و همون لحظه کارتم رو بستن", "fraud"),
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
        "تله موش رو گذاشتم و کرم توت‌فرنگی هم خریدم",
        "سوپ داخل ظرف شیشه‌ای بود و با کاغذ پیچیده شده بود",
        "دسته ماهیتابه پیچ داره و محکمه",
        "خفه شدیم از گرما و دهنم آتیش گرفت از تندی",
        "بازی‌های سنگین رو راحت بالا میاره، هر شامپویی به سرم زدم",
        "پاستا تو سس غرق شده بود، گرمای فلاسک از دست رفت",
        "فیلمش جون میده واسه تماشای بعد از بازی",
        "مارکش روی چاقو هک شده، چاقو زنگ نزد",
        "نصف چیزایی که تو منو زدن رو نداشتن",
        "با چوب افتادم به جون قفل، لگد زدم باز نشد",
        "قبلا تهدید کردم که میرم یه اپراتور بهتر",
        "برداشت بدون کارت رو هم بیارید، بیمه سرقت هم دارید؟",
        "خودم حسابم رو خالی کردم رفتم",
        "سالاد بدون پنیر فتا بود",
        "سقف انتقال یهو افتاد پایین و دندونه زیپش هم شکست",
        "بچه‌ها از خنده غش کردن",
        "سوزن چرخ خیاطی رو برای بار دوم استفاده کردم",
        "به یاد جوونی افتادم، عکس رو با اجازه گذاشتن",
        "سالن اسلحه موزه و بقیه اماکن دیدنی رو با راهنما رفتیم و ازش کمک گرفتیم",
        "گوشت خورشت مثل سنگ سفت بود",
        "داخل بسته یه باتری هم بود",
        "به زور جواب گرفتم از پشتیبانی",
        "پیک فقط یه زنگ به من زد",
        "پیک تا سر کوچه دنبالم اومد و بسته رو داد",
        "گوشیم از دستم افتاد و صفحه‌ش شکست",
        "دسته‌ش تو دستم شکست",
        "خریدم رو بدون اطلاع لغو کردن",
        "دسترسی به حسابم مسدود شده",
    ],
)
def test_an_ordinary_word_that_begins_like_a_grave_one_proves_nothing(text: str) -> None:
    assert not signals(text) & {"violence", "abusive", "health_safety", "fraud", "legal_threat"}


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
    ("signal", "proves", "proves_nothing"),
    [
        ("repeat_contact", "هر دفعه زنگ می‌زنم یه چیز دیگه میگن", "مثل همیشه تازه و مرتب بود"),
        ("repeat_contact", "همیشه نصف قبض‌ها رو اشتباه می‌زنن", "هر روز از جلوی شعبه‌شون رد میشم، تمیزه"),
        (
            "repeat_contact",
            "بار سومه که کفش رو لنگه به لنگه می‌فرستن",
            "برای سومین بار این خمیردندون رو سفارش دادم",
        ),
        ("repeat_contact", "چهار بار رفتم باجه و امضا نشد", "بعد از چهار بار شستن هنوز نرمه"),
        ("repeat_contact", "دوباره همون لوله نشت کرد", "دوباره ازشون تشک می‌گیرم"),
        ("blocked", "از صبح نمیشه وارد حسابم بشم", "از این روون‌تر پیدا نمیشه"),
        ("blocked", "سایت بیمه از دیروز قطعه", "دو قطعه پازلش رنگی‌تره"),
        ("blocked", "هر بار برنامه بسته میشه", "درش راحت بسته میشه"),
        ("blocked", "درخواست وامم رد شد", "سرویس از کنار هتل رد میشه"),
        ("money_at_risk", "دوباره از کارتم کم شد", "چرا پول جعبه رو جدا می‌گیرید"),
        ("money_at_risk", "پول بلیطم گیر کرده", "پختنش بیشتر از یه ساعت طول کشید"),
        ("money_at_risk", "پولم رو هوا مونده", "حیف پولم که دور ریختم"),
        ("not_delivered", "تشکم هنوز به دستم نرسیده", "کیفیتش به پای مدل قبلی نرسید"),
        ("not_delivered", "غذا نرسید و مهمونا رفتن", "سس همراه غذا نفرستاده بودن"),
        ("not_delivered", "پرونده‌م تو شعبه گم شده", "این دره یه بهشت گمشده است"),
        ("time_critical", "پروازم فرداست و بلیط صادر نشده", "عملکردش از ساعت قبلیم بهتره"),
        ("time_critical", "تو رو خدا یه فکری برای آب ما بکنید", "تو رو خدا طعمش رو عوض نکنید"),
        ("time_critical", "فوری کارتم رو ببندید", "فوری خشک میشه و لک نمیذاره"),
        ("time_critical", "لطفا زودتر رسیدگی کنید", "یه روز زودتر از موعد رسید"),
        ("broken_promise", "گفتن تا شنبه میاد ولی نیومد", "نوشته بودم پررنگ باشه ولی کم‌رنگ بود"),
        ("broken_promise", "قرار بود دیروز نصب کنن", "قرار بود آبی باشه سبز شد"),
        ("health_safety", "جوجه‌ش کاملا خام بود", "سیب‌زمینی‌هاش یه کم خام بود"),
        ("health_safety", "دستم با بخارش سوخت، سوختگی دارم", "نونش بوی سوختگی میداد"),
        ("compensation_request", "این چمدون رو تعویضش کنید", "کاش منوی صبحانه رو عوض کنید"),
        ("unusable", "همه رو ریختیم دور", "خریدنش پول دور ریختنه"),
        ("staff_incident", "نگهبان بهم توهین کرد", "این قیمت توهین به شعور مشتریه"),
        ("churn_intent", "هرگز از این شعبه بلیط نمی‌گیرم", "هرگز به این خوبی نخوابیده بودم"),
        ("staff_incident", "رفتار گارسون خیلی زننده بود", "رفتار گارسون خیلی محترمانه بود"),
        ("staff_incident", "پرستار با بی‌ادبی جوابم رو داد", "هیچ بی‌ادبی ازشون ندیدم"),
        ("churn_intent", "دفعه آخرم بود از این کافه", "دفعه آخر با مترو رفتم و راحت بود"),
        ("churn_intent", "من که دیگر استفاده نخواهم کرد", "این مهمونی رو فراموش نخواهم کرد"),
        ("unusable", "انقدر شور بود که خورده نشد", "همه‌ش تا ته خورده شد"),
        ("money_at_risk", "نه کالا اومد نه پولی پس دادن", "نه شلوغ بود نه پولی برای پارکینگ گرفتن"),
        ("follow_up", "سه هفته است کارتم نیومده", "سه هفته است استفاده می‌کنم و خراب نشده"),
        ("follow_up", "دو هفته است مرسوله تو راهه", "مرسوله دو روزه رسید، باورم نمیشد"),
        ("blocked", "تلفن شرکت از ظهر قطعه", "قطعه اصلی رو همون روز انداختن"),
        ("blocked", "رمز رو می‌زنم میگه نامعتبره", "مربیش میگه فردا هم بیاید"),
        ("not_delivered", "رزرومون رو شبش لغو کردن", "لغو کردن رزرو توش راحته"),
        ("wrong_item", "به جای مبل قهوه‌ای سبز فرستادن", "به جای پله آسانسور داره"),
        ("wrong_item", "سفارشم رو اشتباه آوردن", "لیوانش شکسته بود"),
        ("churn_intent", "بار اول و آخرم بود", "از اول تا آخرش عالی بود"),
        ("follow_up", "از صبح منتظر نصابیم", "صبح رفتیم و زود برگشتیم"),
        ("abusive", "لعنت به این بانک", "طعمش بهشته لعنتی"),
        ("health_safety", "شیر پاکتی که فرستادن منقضی بود", "کد تخفیفی که فرستادن منقضی بود"),
        ("health_safety", "مادرم رو پله‌های یخ‌زده سر خورد", "مادرم سر میز خورد و کیف کرد"),
        ("health_safety", "راننده پشت فرمون چرت می‌زد", "تو هواپیما یه چرت خوب زدم"),
        ("health_safety", "چایی هتل طعم وایتکس می‌داد", "وایتکسش بوی خوبی داره"),
        ("fraud", "کارتم تو جیبمه ولی از یه شهر دیگه خرید شده", "کارتم تو جیبمه، خرید آنلاین راحته"),
        ("fraud", "ویلایی در کار نبود", "ویلا در کنار دریا بود"),
        ("fraud", "از من کلاهبرداری کردن", "کارگاه مقابله با کلاهبرداریشون مفید بود"),
        (
            "time_critical",
            "قطارم یک ساعت دیگه حرکت می‌کنه و بلیط نیومده",
            "یک ساعت دیگه هم موندیم بس که خوش گذشت",
        ),
        ("time_critical", "گذرنامه‌م پنجشنبه لازمه", "پنجشنبه برگشتیم"),
        ("time_critical", "امروز آخرین مهلت ثبت نامه و سایت قطعه", "امروز آخرین قسمتش رو دیدم"),
        ("blocked", "کارتم رو هیچ دستگاهی نمی‌خونه", "بچه‌م کتاب رو با ذوق می‌خونه"),
        ("blocked", "حسابم رو فریز کردن", "یخچالش خوب فریز می‌کنه"),
        ("blocked", "سر جلسه راهم نمیدن", "راهرو رو تمیز نگه می‌دارن"),
        ("churn_intent", "دیگه مشتری شما نیستم", "مشتری همیشگی شما هستم"),
        ("churn_intent", "ترم بعد جای دیگه ثبت نام می‌کنم", "ترم بعد هم همین‌جا ثبت نام می‌کنم"),
        ("no_response", "پیامم رو نمی‌خونن", "پیام‌های خوبی داشت"),
        ("no_response", "ایمیلم بی‌جواب مونده", "هیچ سوالی بی‌جواب نموند"),
        ("broken_promise", "زدن زیر قولشون", "زیر قولشون نزدن"),
        ("broken_promise", "قرار بود یک ساعته بیاد، سه ساعت گذشت", "قرار بود یک ساعته بیاد، نیم ساعته اومد"),
        ("staff_incident", "متصدی سرم داد زد", "هیچکس سرم داد نزد"),
        ("staff_incident", "راننده وسط راه پیاده‌م کرد", "پیاده تا هتل پنج دقیقه است"),
        ("churn_intent", "خطم رو ترابرد می‌کنم به یه اپراتور دیگه", "ترابرد کردم به شما و راضی‌ام"),
        ("churn_intent", "پولم رو از بانکتون می‌کشم بیرون", "پولم رو از بانکتون راحت گرفتم"),
        ("churn_intent", "محاله دوباره بیام این رستوران", "محاله جای دیگه برم"),
        ("churn_intent", "قید سایتتون رو زدم", "قید شیرینی رو زدم به خاطر رژیم"),
        ("churn_intent", "حساب‌های شرکت رو منتقل می‌کنیم یه بانک دیگه", "آخر هفته میرم یه شعبه دیگه‌تون"),
        ("churn_intent", "ما که رفتیم پیش رقیبتون", "از رقیبتون اومدم پیش شما"),
        ("churn_intent", "دیگه پامو تو این رستوران نمی‌ذارم", "دیگه جای دیگه نمیرم، همین‌جا عالیه"),
        ("churn_intent", "دیگه با این آژانس نمیام", "این کفش رو دیگه درنمیارم از پام"),
        ("no_response", "زنگ می‌زنم قطع می‌کنن", "آب شهر رو قطع کردن"),
        ("no_response", "تو چت هم جوابی نیومد", "جواب آزمایش رو آنلاین فرستادن"),
        ("no_response", "شماره‌ای که گذاشتن خاموشه", "ماشین ظرفشویی خاموشه و صداش نمیاد"),
        ("no_response", "دو بار گفتم، محل نذاشتن", "محل هتل عالیه"),
        ("no_response", "پیام دادم جواب ندادن", "این کرم روی پوست من جواب نداد"),
        ("no_response", "زنگ زدم جواب نداد", "گوشیم رو جواب ندادم، پیک صبر کرد"),
        ("repeat_contact", "هر هفته همین بساطه", "هر هفته همین کیک تازه رو می‌گیرم"),
        ("repeat_contact", "دو بار زنگ زدم و رفتم", "دو بار شارژش کردم تو این هفته"),
        ("broken_promise", "گفتید بررسی می‌کنیم ولی هیچ خبری نشد", "بررسی کردم و همین رو خریدم"),
        ("broken_promise", "قول داده بودن فردا میاد و نیومد", "قول داده بودن فردا بیارن و همون روز آوردن"),
        ("broken_promise", "قرار بود دیروز برسه", "قرار بود سه روزه برسه، دو روزه رسید"),
        ("broken_promise", "قول دادن تعویض کنن، زدن زیرش", "به پسرم قول داده بودم براش دوچرخه بگیرم"),
        ("broken_promise", "تعهد داده بودید تا شنبه تحویل بدید", "تعهد کاریشون بالاست"),
        ("compensation_request", "هزینه‌ی درمانم رو باید تقبل کنید", "هزینه رو راحت پرداخت کردم"),
        ("compensation_request", "این خسارت رو کی میده؟", "خسارت رو همون روز دادن"),
        ("compensation_request", "یه شب اقامت رایگان کمترین کاره", "صبحانه رایگان بود و کامل"),
        ("time_critical", "مراسم ختم پدرم فرداست، گل نرسیده", "فردا امتحانش می‌کنم و نظر میدم"),
        ("time_critical", "مهمونا رسیدن و شام هنوز نیومده", "مهمونا از غذا خوششون اومد"),
        ("time_critical", "تا آخر وقت امروز باید دارو برسه", "تا آخر شب باز بودن"),
        ("not_delivered", "بسته‌م از دوشنبه تو مرکز تجزیه مونده", "یه بسته تو فریزر مونده، فردا می‌پزم"),
        ("not_delivered", "زده تحویل شد ولی دستم نرسید", "زود تحویل شد"),
        ("not_delivered", "غذام رو به یه نفر دیگه دادن", "غذاش رو به بقیه هم پیشنهاد میدم"),
        ("not_delivered", "هنوز کارتم رو نگرفتم", "هنوز تخفیف نگرفتم ولی راضی‌ام"),
        ("staff_incident", "مدیر شعبه گفت هر غلطی می‌خوای بکن", "مدیر شعبه گفت هر وقت خواستی بیا"),
        ("staff_incident", "نگهبان گفت به ما چه", "نگهبان گفت ماشین رو اینجا بذار"),
        ("staff_incident", "اپراتور گوشی رو روم قطع کرد", "برق رو قطع کردن و سیم رو عوض کردن"),
        ("fraud", "پیک کارتم رو کپی کرده بود", "کارت ملیم رو کپی کردن برای پرونده"),
        ("fraud", "نظافتچی هتل انگشترم رو برداشته", "پیک گوشی رو برداشت و جواب داد"),
        ("fraud", "پول رو گرفتن و پیجشون رو بستن", "پول رو آنلاین گرفتن، بسته هم محکم بود"),
        ("fraud", "این خرید رو من انجام ندادم", "تا حالا از این خرید نکردم"),
        ("fraud", "وامی که من نگرفتم به اسمم ثبت شده", "وامی که گرفتم زود واریز شد"),
        ("fraud", "بدون این که بخوام از کارتم پول کم شده", "بدون این که بخوام زنگ زدن و کمک کردن"),
        ("fraud", "گوشیم رو تو اتاق دزدیدن", "دلمو دزدید این گوشواره"),
        ("fraud", "سرم کلاه گذاشتن با این قرارداد", "کلاه پشمی رو سرم گذاشتم، اندازه بود"),
        ("fraud", "اینا دزدن", "این قفل جلوی دزد رو می‌گیره"),
        ("money_at_risk", "بابت سفری که نرفتم ازم کم کردید", "ازم خواستن امتیاز بدم"),
        ("money_at_risk", "راننده دو برابر کرایه گرفت", "از این قرص دو برابر گرفتم بس که خوبه"),
        ("money_at_risk", "سه ماهه خسارتم رو پرداخت نکردن", "وام نمیدن چون ضامن ندارم"),
        ("money_at_risk", "سفته‌م رو بعد از تسویه پس نمیدن", "سفته‌م رو همون روز گرفتم"),
        ("money_at_risk", "پولم رو هوا مونده", "خدا رو شکر پولم نپرید"),
        ("blocked", "حسابم رو بی‌دلیل بستن", "حسابم رو خودم بستم"),
        ("blocked", "سیم‌کارتم یک‌طرفه شده", "شارژ سیم‌کارتم یکساله است"),
        ("blocked", "نصفه شب با بچه دم در هتل موندیم", "یه ربع پشت در منتظر موندیم"),
        ("blocked", "رسیدیم گفتن اتاق نداریم، آواره شدیم", "اتاق دلباز و تمیز بود"),
        ("legal_threat", "مدارک رو دادم دست وکیل", "گفتم برم دستم رو بشورم"),
        ("legal_threat", "کار رو به دادگاه می‌کشم", "خجالت می‌کشم تعریف کنم"),
        ("legal_threat", "بیمه مرکزی رو خبر کردم", "بیمه مرکز شهر رو خودش خبر داد"),
        ("violence", "نگهبان مجتمع پدرم رو زد", "پدرم رمز رو زد و رفت"),
        ("violence", "راننده یقه شوهرم رو گرفت", "یقه پیراهن شوهرم رو اتو کردن"),
        ("violence", "پیک پیام عاشقانه میده", "پیام بده زیر قیمت میدم"),
        ("privacy", "فاکتور مشتری دیگه رو نشون میده با آدرس", "سفارش یکی دیگه رو فرستادن"),
        ("privacy", "تو اتاق پرو دوربین بود", "دوربین گوشیش تو حموم هم خوب میگیره"),
        ("privacy", "اطلاعاتم رو به همسر سابقم دادن", "بسته رو دادن به همسایه"),
        ("health_safety", "راننده تو شهر ۱۳۰ تا می‌رفت و می‌خندید", "شارژش از ۱۳۰ تومن رفت بالا"),
        ("health_safety", "راننده با مسافر چراغ قرمز رو رد کرد", "سر چراغ قرمز منتظر موندیم تا رسید"),
        ("health_safety", "توی پنیر کرم بود", "توی جعبه کرم دست بود"),
        ("health_safety", "صندلی کافه شکست و کمرم ضربه خورد", "جعبه‌ش ضربه خورده بود"),
        ("health_safety", "گارسون روغن داغ ریخت رو پام", "چای داغ ریخت تو لیوان"),
        ("health_safety", "صورتم بعد از تزریقشون فلج شده", "کار شعبه با این سامانه فلج شده"),
        ("health_safety", "ترمز ماشین اجاره‌ای نگرفت", "ترمز دستی دوچرخه نرمه"),
        ("health_safety", "شیمی‌درمانی پدرم رو بدون خبر کنسل کردن", "برای پدرم دارو رو همون ساعت آوردن"),
        ("health_safety", "یه تیکه گاز استریل تو شکم مادرم جا گذاشتن", "کلیدم رو تو کیف جا گذاشتم"),
        ("health_safety", "دود از تلویزیون بلند شد", "کافه پر از دود سیگار بود"),
        ("health_safety", "بچه‌م با این شربت کهیر زده", "با این پماد کهیر خوابید"),
        ("health_safety", "دندونش با سنگ لای برنج شکست", "دندون شکسته‌م رو عالی درست کرد"),
    ],
)
def test_words_count_for_what_goes_wrong_and_not_for_what_only_sounds_like_it(
    signal: str, proves: str, proves_nothing: str
) -> None:
    assert signal in signals(proves)
    assert signal not in signals(proves_nothing)


@pytest.mark.parametrize(
    "text",
    [
        "پولم دو روز گیر کرده بود ولی دیروز کامل برگشت",
        "جاروبرقی خراب بود، بردم نمایندگی و همون روز تعویضش کردن",
        "قبلا خیلی قطع میشد، الان عالی شده",
        "کرایه دوبار کم شد، نیم ساعت بعد برگشت به کارتم",
        "خسارت ماشین سه هفته مونده بود تا دیروز که نشست تو حسابم",
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


def test_who_went_to_a_hospital_need_not_have_been_harmed() -> None:
    found = urgency.evidence(normalize("رفتم بیمارستان شما، پرستارها دلسوز بودن"))
    assert [(cue.signal, cue.hard) for cue in found.cues] == [("health_safety", False)]
    assert any(cue.hard for cue in urgency.evidence(normalize("مسموم شدیم و رفتیم بیمارستان")).cues)


@pytest.mark.parametrize("text", ["تله موش خریدم، موش رو گرفت", "سوسک‌ها رو کامل از بین برد"])
def test_vermin_that_a_product_drives_out_is_no_danger(text: str) -> None:
    assert not any(cue.hard for cue in urgency.evidence(normalize(text)).cues)


@pytest.mark.parametrize(
    "text",
    [
        "برنامه رو پاک کردم دوباره نصب کردم بازم باز نمیشه",
        "آخرین خریدم دیروز رسید",
        "آخرین باری که اومدم پارکینگ نبود",
        "دیگه سفارش نمی‌گیرن",
        "پولم دیگه برنمی‌گرده",
        "دیگه هیچ‌وقت جواب ندادن",
    ],
)
def test_what_ends_without_the_customer_leaving_is_no_wish_to_leave(text: str) -> None:
    assert "churn_intent" not in signals(text)


@pytest.mark.parametrize("text", ["این آخرین خریدم بود", "دیگه ازتون خرید نمی‌کنم", "دیگه برنمی‌گردم"])
def test_who_leaves_says_so(text: str) -> None:
    assert "churn_intent" in signals(text)


def test_where_words_outweigh_the_model_the_reason_does_not_claim_its_word() -> None:
    found = urgency.evidence(normalize("بچه‌م از غذای شما مسموم شده"))
    told, _ = urgency.decide(found, True, (0.8, 0.08, 0.06, 0.06), LEAST)
    assert told.level == "high"
    assert told.reasons[-1].text_fa == "نشانه‌های متن در برابر برآورد مدل: بدون اقدام (80٪)"


def test_what_is_more_than_critical_is_capped_and_said_to_be() -> None:
    found = urgency.evidence(normalize("مسموم شدیم، حسابم هک شد، به تعزیرات شکایت کردم"))
    told, _ = urgency.decide(found, True, ALARMED, LEAST)
    assert (told.level, told.score) == ("critical", 100)
    assert told.reasons[-1].text_fa == "سقف امتیاز، 100"


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


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("اپ روونه، پشتیبانی اما جواب نمیده", {"اپ روونه،": 0, "پشتیبانی اما جواب نمیده": 1}),
        ("اتاق کوچیک بود. صبحانه‌ش ولی مفصل بود", {"اتاق کوچیک بود.": 0, "صبحانه‌ش ولی مفصل بود": 1}),
        ("غذا گرم، سریع ولی گرون", {"غذا گرم، سریع": 0, "ولی گرون": 1}),
        ("رسید، بودش ولی کم", {"رسید، بودش": 0, "ولی کم": 1}),
    ],
)
def test_a_contrast_may_stand_behind_what_it_sets_off(text: str, sides: dict[str, int]) -> None:
    normalized = normalize(text).text
    found = scope.clauses(normalized)
    said = [normalized[each.start : each.end] for each in found]
    assert dict(zip(said, scope.sides(normalized, found), strict=True)) == {
        normalize(clause).text: side for clause, side in sides.items()
    }


def test_only_a_solution_at_the_end_closes_a_story() -> None:
    assert scope.solution(fold("مشکل اول حل شد بعدش کلی قطعی داشتیم و کار ما راه نیفتاد امروز").text) is None
    assert scope.solution(fold("حل شد").text) == len("حل شد")


def test_what_might_be_a_reason_is_none_where_nothing_is_to_be_done() -> None:
    found = urgency.evidence(normalize("هر بار زنگ زدم با حوصله راهنمایی کردن"))
    assert found.cues
    assert [reason.signal for reason in urgency.decide(found, False, CALM, LEAST)[0].reasons] == ["model"]


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("اینجا اصلا معطلی نداشت", "said=problem|negated"),
        ("غذاش خوب نبود", "said=good|negated"),
        ("نه غذا سرد بود نه پیک دیر کرد", "said=problem|negated"),
        ("نه تنها دیر رسید بلکه سرد هم بود، نه گرم", "said=problem"),
        ("یه بارم نشده دیر بیارن", "said=problem|never"),
        ("خیلی تمیز بود", "said=good"),
        ("خیلی محکم بود! همه چی شکسته", "said=clash"),
        ("عالی خسته نباشید", "said=good"),
        ("دوخت پرده عالی دست همه‌تون درد نکنه", "said=good"),
        ("آنتن اینجا ضعیف نمی‌دونم چرا", "said=problem"),
        ("سایت خراب نمی‌تونم وارد بشم", "said=problem"),
        ("عیب خاصی نمی‌تونم ازش بگیرم", "said=problem|negated"),
        ("نشتی کولر و سر و صداش برطرف نشد", "said=problem"),
        ("باگ صفحهٔ قبض رو هنوز درست نکردن", "said=problem"),
        ("بدتر از این تعمیرگاه ندیدم", "said=problem"),
        ("از این تمیزتر نمیشه", "said=good"),
        ("تمیز نمیشه", "said=good|negated"),
        ("نمیشه گفت جاداره", "said=good|hypothetical"),
        ("فکر نمی‌کنم چرمش اصل باشه", "said=good|hypothetical"),
    ],
)
def test_what_is_denied_counts_as_its_opposite(text: str, feature: str) -> None:
    assert feature in scope.features(normalize(text).text)


@pytest.mark.parametrize("text", ["یه پیتزای معمولی خوردیم", "تحولی توی کیفیتش ندیدم"])
def test_a_marker_within_a_word_is_none(text: str) -> None:
    assert "flag=contrast" not in scope.features(normalize(text).text)


def test_what_a_clause_says_means_what_it_means_in_its_comment() -> None:
    text = normalize("اگه بازم غذا سرد بیاد، یعنی دفعه بعد هم خراب باشه، دیگه سفارش نمیدم؟").text
    _, second, _ = scope.clauses(text)
    assert "flag=hypothetical" in scope.features(text, second)
    assert "said=problem|hypothetical" in scope.features(text, second)


def test_the_two_halves_of_a_concession_stand_on_two_sides() -> None:
    for text, sides in (("با اینکه خیلی گرونه، کیفیتش خیلی عالیه", [0, 1]), ("خوب بود. تمیز هم بود", [0, 0])):
        assert scope.sides(text, scope.clauses(text)) == sides


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


@pytest.mark.parametrize(
    ("text", "asides"),
    [
        ("همه می‌گفتن پیکش بداخلاقه، ولی با ما خیلی محترم بود", [True, False]),
        ("اوایل تماس‌ها بی‌جواب می‌موند. الان همون بار اول گوشی رو برمی‌دارن", [True, False]),
        ("از یه کافه دیگه گرفتم سرد بود، اما کیک شما تازه بود", [True, False]),
        ("کیک تازه بود ولی چای سرد شده بود", [False, False]),
    ],
)
def test_what_others_say_elsewhere_or_before_is_told_aside(text: str, asides: list[bool]) -> None:
    normalized = normalize(text).text
    assert scope.asides(normalized, scope.clauses(normalized)) == asides
