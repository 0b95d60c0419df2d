"""How money, days, durations, order numbers and promises are written: regular expressions for folded texts.

All begin where a word does. What a find means is told by `entities`, `days` and `promises`.
"""

from collections.abc import Mapping
from fractions import Fraction

import jdatetime

from nlp.rules import numbers
from nlp.spelling.folding import spelling


def expressions() -> dict[str, str]:
    """Return the regular expressions by name."""
    return {
        "amount": amount(),
        "duration": _duration(),
        "order": _order(),
        "day": _day(),
        "span": _span(),
        "frame": _frame(),
    }


#: «۲۰۰ و خورده‌ای», «پونصد و اندی»: and some more.
_ODD = "(?:خو?رده ?ای|اندی)"


def amount() -> str:
    """Return what a sum of money looks like, in digits and words, with or without its unit."""
    money, apart = numbers.MONEY, f"هزار|می?لیون|{numbers.TIMES}|{numbers.MONEY}|تا(?!\\w)|نفر|عدد|بار"
    rest = rf"(?:نیم|{numbers.hundreds()})(?!\w)(?! ?(?:{apart}))"  # «۲ تومن و نیم», «یک تومن و پونصد»
    return (
        rf"(?<![\w.,/])(?P<number>{numbers.SPACED}(?= ?(?:{money}))|\d{{1,2}} ?و ?[1-9][05]0(?= ?(?:{money}))|{numbers.pattern()})"
        rf"(?P<short> (?:{'|'.join(SHORT)})(?= (?:{money}))|(?<=\d\d) [کk](?!\w))?"
        rf"(?P<odd> ?(?:و ?)?{_ODD}(?= (?:{money})))?(?: ?(?:\( ?(?P<again>{numbers.pattern()}) ?\) ?)?(?P<unit>{money}|ت(?!\w))(?: ?و ?(?P<rest>{rest}))?|(?P<million>(?:ی|{numbers.OWNED})?)(?!\w)(?:(?<=میلیون)|(?<=ملیون)|(?<=میلیارد)|(?! ?(?:{numbers.TIMES}))))"
    )


#: The normalizer writes «200 ک» for «200ک», and «که» for a lone k of romanized Persian.
SHORT = {"ک": 1_000, "k": 1_000, "که": 1_000, "م": 1_000_000, "m": 1_000_000}


def _duration() -> str:
    """Return what says how long: «۳ روزه», «نیم ساعت», «یه ربع»."""
    clipped = "(?:هفت|دقیق|دیق)(?=ست?(?!\\w))"  # «دو هفتس»
    # «سه هفته‌ی گذشته», «سه ساعتی نشستیم»; «دو ماهی» are fish, «یه روزی» is some day
    end = r"ه(?:ست?)?|(?:ه ?)?ای(?:ه|ست)?|ست|س|یه|یست|(?:(?<=[^ا]ه)|(?<=ساعت))ی|ی(?= (?:هست|است|می ?ش|شده?(?!\w)|که|طول))"
    return (
        rf"(?<![\w.,/:])(?:(?P<number>{numbers.pattern(scaled=False)}) ?(?P<unit>{numbers.TIMES}|{clipped})(?:{end})?"
        r"(?: ?و ?(?P<part>نیمه?|(?:(?:یک|یه|سه) ?)?ربع))?(?!\w)|(?P<quarter>(?:یک|یه|سه|(?<!ساعت )[13]) ?ربع)(?:ه|ست)?(?!\w| ?ساعت| سکه))"
    )


def _order() -> str:
    """Return what names an order: «شماره سفارش», «سفارش», or «رزرو شماره»; neither several nor a date."""
    thing = "سفارش|پیگیری|رهگیری|مرسوله|فاکتور|پرونده|تراکنش|تیکت|رزرو|بلیط|بلیت|مرجوعی|درخواست|ارجاع|بارنامه|بیمه ?نامه|شکایت|خرید|اشتراک|پذیرش|قرارداد|مرجع|قبض|پرداخت"
    letters = "[A-Za-z]{1,5}-? ?"
    kind = "تراکنش|پستی|پست|خسارت|بیمه|بانکی|بانک|خرید|پرداخت|اینترنتی|سایت|قطار|هواپیما|پرواز|اتوبوس|هتل|وام"
    return (
        rf"(?<!\w)(?:(?:شماره|کد|شناسه|ش) ?(?:ی )?(?:{thing})|(?:سفارش|مرسوله|تیکت|فاکتور|پرونده)(?!ها(?!ی \d{{5}}))|تراکنش(?=\w{{0,2}} \d{{9}})|بارکد(?=\w{{0,2}} (?:پستی )?\d{{20}})|رزرو(?=\w{{0,2}} {letters}\d)|(?:{thing})(?=\w{{0,3}} (?:(?:{kind}) )?(?:(?:با|به) )?(?:شماره|کد)))\w{{0,3}}"
        rf"(?: (?:{kind}))?(?: ?(?:من|ما|شما|بنده|هم|(?:که )?شماره(?: ?(?:ی|ا?ش|ا?م|مون))?|با کد|(?:با|به) شماره|ام|هست|است|:|#|-|=|[«\"(])){{0,3}} ?"
        rf"(?P<number>{ORDER_NUMBER})"
    )


#: With its year before the dash; a longer number than the year is no second order, as in «۴۴۵۶۷-۴۴۵۶۸».
_PARTED = r"(?:[A-Za-z]{1,5}-? ?\d{2,8}-\d{3,12}(?:-\d{2,12})?|1[34]\d\d-\d{5,12})(?![\d/]|-\d)"
#: Up to five letters and at least four digits, which are no date; and that of a parcel as post offices write it.
ORDER_NUMBER = rf"(?:[A-Za-z]{{2}} ?\d{{9}} ?[A-Za-z]{{2}}(?![A-Za-z])|{_PARTED}|(?:[A-Za-z]{{1,5}}-? ?)?\d{{4,24}}(?!\d|/\d|[.-]\d{{1,2}}[.-]\d))"


MONTHS = tuple(map(spelling, jdatetime.date.j_months_fa))
#: Monday is 0, as in Python's calendar; the Iranian week starts on Saturday.
WEEKDAYS = {
    "": 5, "یک": 6, "یه": 6, "1": 6, "دو": 0, "2": 0, "سه": 1, "س": 1, "3": 1, "چهار": 2, "چار": 2, "4": 2,
    "پنج": 3, "پن": 3, "5": 3,
}  # fmt: skip
#: «خیالم جمعه»: it is gathered.
_NO_FRIDAY = "".join(
    f"(?<!{mind}{whose} )" for mind in ("خیال", "خاطر", "حواس") for whose in "م ت ش مون تون شون".split()
)
_DAY_OF_WEEK = (
    rf"(?:(?:{numbers.any_of(filter(None, WEEKDAYS))}) ?)?ش[نم]به|{_NO_FRIDAY}جمعه(?! (?:سیاه|بازار))"
)
#: «روزای پنجشنبه»: each of them.
_EACH = "".join(f"(?<!{each} )" for each in "هر روزای روزهای شبای شبهای صبحای صبحهای عصرای عصرهای".split())
_PART = "(?: ?(?:صبح|ظهر|عصر|غروب|شب))?"
#: A weekday as people name it, whichever week it is of: «پنج شنبه», «شنبه صبح».
WEEKDAY = rf"(?:{_DAY_OF_WEEK}){_PART}"
#: Days named by how far they are, in days from today.
NEAR = {
    "امروز": 0, "امشب": 0, "فردا": 1, "پس فردا": 2, "پسفردا": 2, "پسون فردا": 3, "پسونفردا": 3,
    "دیروز": -1, "دیشب": -1, "پریروز": -2, "پریشب": -2,
}  # fmt: skip
#: «امروز و فردا می‌کنن»: they put it off.
_PUT_OFF = "(?:امروز (?:و )?|(?<=امروز )|(?<=امروز و ))فردا ن?می ?کن"
#: «فردا که شنبه‌ست», «امروز دوشنبه»: the same day by its other name.
_CALLED = rf"(?: (?:که |یعنی )?(?P<called>{_DAY_OF_WEEK}){_PART})?"
#: What makes a part of a day that of another one: «تا شب جمعه», «تا شب عید».
OTHER_DAY = rf"(?: (?:صبح|ظهر|عصر|غروب|شب))? (?:{'|'.join(NEAR)}|روز|\w{{0,4}} ?ش[نم]به|جمعه|عید|یلدا|\d)"
NEXT, LAST = r"(?:بعدی|بعد(?! از)|دیگه|دیگر|اینده)", r"(?:قبلی|قبل(?! از)|پیش(?! از)|گذشته)"
UNITS: Mapping[str, int | Fraction] = {
    "دقیقه": 0,
    "دیقه": 0,
    "دقه": 0,
    "ساعت": Fraction(1, 24),
    **dict.fromkeys(("روز", "شبانه روز", "شبانهروز"), 1),
    "هفته": 7,
    "ماه": 30,
}  # in days
_ENDS = "(?:اخر|اخرای|اواخر|پایان)"
#: «شب سوم ماه مبارک رمضان» is of another calendar.
_LUNAR = "(?:مبارک|رمضان|محرم|صفر|رجب|شعبان|شوال|ذی)"
#: «سر برج حقوق میدن»: the month, as it is paid by; «برج میلاد» is a tower.
_MONTH = "ماه|برج(?! (?:میلاد|ازادی))"
ORDINALS = {"اول": "یک", "دوم": "دو", "سوم": "سه"}


def _day() -> str:
    """Return what names a day: a date with or without its year, a weekday, «فردا», the end of a month."""
    months = "|".join(MONTHS)
    near = numbers.any_of(NEAR)
    year, month, day = r"1[34]\d\d", "1[0-2]|0?[1-9]", r"3[01]|[12]\d|0?[1-9]"
    week = "هفته ?(?:ی )?"
    of_week = rf"(?:{WEEKDAY} ?,? ?(?:مورخه? )?)?"  # «دوشنبه 10 اذر» is one day
    # the normalizer writes «ده» for «دهه»; «هفته دوم مهر» is no day, «این هفته دوازدهم مهر» is one
    parts = "هفته هفتهی نیمه نیمهی ده دهی".split()
    counted = "".join(f"(?<!{each} )" for each in ("طبقه طبقهی بار دفعه دفعهی مرتبه".split() + parts))
    part = rf"(?!(?:{'|'.join(f'(?<={each} )' for each in parts)})(?:اول|دوم|سوم|چهارم)(?!\w))"
    # «5 اذر 96», but for «5 اذر 90 هزار تومن»
    counted_year = rf"[/.,:-]?\d| (?:, )?\d{{3}}(?!\d)| ?(?:{numbers.COUNTED}|{numbers.TIMES}|دفعه|مورد|تا(?!\w)(?! \d{{1,2}} ?(?:{months})))"
    turned = rf"{week}(?:{NEXT}|{LAST})|(?:این|همین) هفته"
    stamp = "(?!(?:یه|یک) مهر(?!ماه| ماه| [0-9]))"  # «یه مهر بزنید»
    return (
        rf"(?<![\w/.-]){of_week}(?P<y>{year}|20[2-4]\d) ?[/.-] ?(?P<m>{month}) ?[/.-] ?(?P<d>{day})(?![\w/-])"
        rf"|(?<![\w/.-])(?P<ld>{day}) ?[/.-] ?(?P<lm>{month}) ?[/.-] ?(?P<ly>{year}|20[2-4]\d)(?![\w/-])"
        rf"|(?<![\w/.-])(?:(?P<sy>[09]\d) ?/ ?(?P<sm>{month}) ?/ ?(?P<sd>{day})|(?P<td>3[01]|[12]\d|[1-9]) ?/ ?(?P<tm>{month}) ?/ ?(?P<ty>[09]\d))(?![\w/-])"
        rf"|(?<![\w/.-])(?:(?<!هر )(?P<dw>{_DAY_OF_WEEK}){_PART} ?,? ?(?:مورخه? )?)?(?P<dd>\d{{1,2}})/(?P<dm>\d{{1,2}})(?![\w/-]|[.,]\d)"
        rf"|(?<!\w)(?!سی ?دی(?!\w)|دودی)(?<!هفتهی ){part}{of_week}{stamp}(?P<nd>(?:{day}|(?:(?:بیست|سی) ?و ?)?(?:{_words()}))(?: ?ا?م)?) ?(?P<nm>{months})(?: ?ماه)?(?: (?:(?:سال )?(?P<ny>{year}|[09]\d(?!{counted_year}))|(?P<nz>پارسال|امسال|سال (?:{NEXT}|{LAST}))))?(?!\w)"
        rf"|(?<!\w){_EACH}(?:(?P<before>{turned}) ?,? (?:روز )?)?(?P<week>{_DAY_OF_WEEK}){_PART}(?P<after>(?: ?ی)? (?:{turned}|{NEXT}|{LAST}))?(?!\w)"
        rf"|(?<!\w)(?!{_PUT_OFF})(?P<near>{near}){_PART}م?{_CALLED}(?!\w)"
        rf"|(?<!\w){_ENDS} (?:این |همین )?(?P<end>هفته|{_MONTH}|سال)(?:ی(?= جاری))?(?P<turn> ?(?:ی )?(?:{NEXT}|{LAST}))?(?!\w)"
        rf"|(?<!\w){_ENDS} (?P<last>{months})(?: ?ماه)?(?: (?:سال )?(?P<lasty>{year}))?(?!\w)"
        rf"|(?<!\w)(?:اول|اوایل|ابتدای|سر(?= (?:ماه|برج))) (?:این |همین )?(?P<begin>هفته|{_MONTH})(?P<begun> ?(?:ی )?(?:{NEXT}|{LAST}))?(?!\w)"
        rf"|(?<!\w){counted}(?P<of>(?:{day})(?: ?ا?م|(?= (?:این|همین) (?:ماه|برج)))|(?!سیم)(?:(?:بیست|سی) ?و ?)?(?:{_words()}|سو)م|(?:بیست|سی) ?ام)(?P<month> (?:(?:این|همین) )?(?:{_MONTH})(?! ?{_LUNAR})(?: ?(?:ی )?(?:{NEXT}|{LAST}))?)?(?!\w)"
        rf"|(?<!\w){_many()}(?P<later>{week}{NEXT})(?!\w)"
    )  # fmt: skip


def _span() -> str:
    """Return what says how long from now: «ظرف ۳ روز», «۴۸ ساعت دیگه»."""
    hour = r"(?:1[0-2]|[7-9]) شب|(?:1[0-2]|[1-3]) ظهر|[3-8] (?:عصر|غروب)"
    today = rf"{hour}|شب|ظهر|عصر|غروب|ساعت ?(?:1\d|2[0-4]|\d)(?::[0-5]\d)?"
    return (
        r"(?<!\w)(?P<within>(?:تا|ظرف|طی|عرض|مدت|حداکثر|نهایتا?|ماکسیمم|فوقش|کمتر از|زیر)(?: مدت| حداکثر)? )?(?P<after>(?:(?:بعد|پس)(?: از)?|توی?) )?"
        rf"(?:{numbers.pattern(scaled=False)} ?(?:الی|-|یا) ?)?(?P<count>{numbers.pattern(scaled=False)}) ?(?P<unit>{'|'.join(UNITS)})(?P<half> ?و ?نیم)?(?: کاری)?"
        rf"(?(within)ه?(?:(?: ?ی)? {NEXT})?|(?:(?(after){_COMING}|(?!))|(?: ?ی)? {NEXT}|(?:ه|ای|(?<=کاری)){_COMING}|(?= {_WAIT})|(?<=کاری)(?:ه|ست)?(?= ?(?:[.,!?;\n]|$))|(?<!دقیقه) (?:زمان )?(?:طول )?می ?(?:کشه|کشد|بره|برد)))(?!\w)"
        rf"|(?<!\w){_many()}ماه ?(?:ی )?{NEXT}(?!\w)|(?<!\w)(?P<today>تا (?:اخر )?(?:{today})(?!\w)(?!{OTHER_DAY})|(?:یک|یه|سه) ?ربع(?: ساعت)? {NEXT}(?!\w))"
    )


#: «۷۲ ساعت صبر کنید».
_WAIT = "(?:صبر کن|منتظر (?:ب|وای))"
#: «۲۴ ساعته برمی‌گرده» lies ahead, «۳ روزه درگیرم» does not.
_COMING = r"(?= (?:\w+ ){0,2}?(?:برمی ?گرد|می ?رس|میاد|میشه|می ?شه|می ?فرست|میار|میام|میای?م|میان|بفرست|برس|بیا|بده|پس می|نصب|وصل|می ?دیم|حل|واریز|تحویل|ارسال|اماده|تعمیر|درست|انجام|جواب می))"


def _many() -> str:
    """Return an assertion that nothing is counted: «دو هفته دیگه»."""
    return "".join(f"(?<!{word} )" for word in (r"\d", "چند", *numbers.words()))


def _words() -> str:
    small = [word for word in numbers.words() if (numbers.value(word) or 0) <= 31]
    return numbers.any_of((*small, *ORDINALS))


#: «قول شنبه دادن»: the day stands between.
_BETWEEN = r"قول(?= (?:\w+ ){1,5}?(?P<given>(?:داد|داده بود|مید)\w*(?<![^ی]م)(?!\w)))"
#: «تا جمعه باید واریز می‌شد»: what they had to do, and did not.
_DEED = "واریز|ارسال|تحویل|نصب|تعمیر|درست|اماده|حل|زنگ|تماس|جواب|خبر|پس|شارژ|تعویض|عوض|پرداخت|انجام|تموم|تمام|فعال|وصل|صادر|ثبت|تایید|اصلاح|رسیدگی|بررسی|برگشت"
_OWED = rf"باید(?= (?:\w+ ){{0,6}}?(?:می ?(?:رسید|رسوند|اومد|امد|فرستاد|اورد)|(?:{_DEED}) (?:داده |زده |کرده )?می ?(?:شد|کرد|داد|گرفت|زد|خورد|گشت))(?:ن|ند|ید|ین)?(?!\w))"


#: «پیامک» and the like tell of a day in the words of the company; «جواب دادن» does where what they answered follows.
_MESSAGE = "(?:پیامک?|اس ?ام ?اس|ایمیل) (?:داد|زد|ا?ومد|امد)"
_ANSWER = r"(?:(?:اطلاع|جواب|پاسخ|خبر) داد|عنوان (?:کرد|شد|نمود))(?=\w{0,3} (?:که|تا)(?!\w))"
_SURE = "(?:صد ?در ?صدی?|مساعد|قطعی|حتمی|مردونه)"
#: «قول داده بودن», «مقرر گردید», «اعلام نمودند», up to where their person stands.
_GIVEN = rf"قول (?:{_SURE} )?(?:داد|مید)|قرار (?:بود|شد|گذاشت)|مقرر (?:بود|شد|گردید|کرد)|متعهد (?:بود|شد)|اطمینان (?:داد|مید)|اعلام ?(?:کرد|شد|نمود)|نوشته(?: بود| شده)?|{_MESSAGE}|{_ANSWER}"


def _frame() -> str:
    """Return what begins a promise of somebody else: «گفتم» and «قول دادم» are mine, «کی گفته» asks who, «میشه گفت» is nobody."""
    person = "(?:ید|ین|ن|ند)"
    told = rf"گفت(?:ه (?:بود|شد))?(?:{person}|ه)?|گفته ?شده?(?: بود)?|می ?گفت{person}?|می ?گ(?:ن|ه|ید|ین|وید|ویند)|فرمود{person}"
    said = rf"(?:{told}|(?:{_GIVEN})\w*(?: بود{person}?)?(?<![^ی]م)|وعده(?! ?ی? ?(?:غذا|شام|نا?هار|صبح))|تعهد|{_BETWEEN}|{_OWED})"
    return rf"(?<!\w)(?<!(?<!\w)کی )(?<!میشه )(?<!میتوان )(?<!باید ){said}(?!\w)(?! بودی?م(?!\w))"
