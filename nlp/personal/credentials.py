"""Accounts, secrets, passports and user names: nothing but the words beside them tells what they are.

Their digits pass no checksum, so each counts only right behind its name («رمز دوم ۸۷۶۵۴»), or right before it
(«۱۲۳۴ رمزمه»). «رمز ۵ رقمی» and «۱۲۰۰ بار» count something, and an order has a number of its own.
"""

import re
from collections.abc import Iterator
from functools import cache

from nlp.rules import numbers
from nlp.tags import Pii

#: What comes by message, to be typed once: «کد تایید», «کد ورود».
_SENT = r"کد[\s\u200c]?(?:ت[اأ][یئ]ید|ورود|فعال[\s\u200c]?سازی|یک[\s\u200c]?بار[\s\u200c]?مصرف|پیامکی|احراز[\s\u200c]هویت|امنیتی)|پین[\s\u200c]?کد"
#: Without any of these nothing here is found.
_HEARD = re.compile(
    rf"{_SENT}|[oO][tT][pP]|[pP][iI][nN]|[cC]ode|حساب|سپرده|رمز|پسورد|گذرواژه|عبور|[cC][vV][vV]|سی[\s\u200c]?وی|پاسپورت|گذرنامه|[اآ]ی[\s\u200c]?دی|کاربری|یوزر|اکانت|پیج|تلگرام|اینستا|روبیکا|ایتا|@|[mM][eE]/|[cC][oO][mM]/|hesab|ramz|pass|Pass|PASS|user|User",
)
_BREAK = r"[\s\u200c:=#(«\"'-]{0,4}"
_OF = r"\u200c?(?:هایم|هام|ها|مون|مان|شون|تون|ام|م|ش|ت|ی|یی)"
_KIN = "همسرم|شوهرم|خانمم|پدرم|مادرم|پسرم|دخترم|برادرم|خواهرم|دوستم|شرکت(?:مون|م)?"
_IS = "هست|است|بود|شد|اینه|این|هم|رو|را"
#: What counts something behind a number, and so says that it is no secret.
_NOT_COUNTED = rf"(?!\d|[\s\u200c]{{0,2}}(?:بار(?!\w)|دفعه|مرتبه|رقم|نفر|عدد|تا(?!\w)|درصد|٪|%|هزار|می?لیون|میلیارد|ت(?!\w)|{numbers.TIMES}|{numbers.MONEY}))"

_ACCOUNT = rf"(?:شمار[هۀ][\s\u200c]?ی?[\s\u200c]?(?:حساب|سپرده)(?:{_OF})?|حساب(?:{_OF})?(?:\s[^\W\d]{{2,10}})?\s(?:(?:به|با)\s)?شمار[هۀ](?:\u200c?ی)?)"
_BANKS = "بانکی|بانک|سپهر|سیبا|جام|ملی|ملت|صادرات|تجارت|سپه|پاسارگاد|سامان|پارسیان|رفاه|کشاورزی|مسکن|رسالت|[اآ]ینده|شهر|سینا|بلو"
_ACCOUNT_WORDS = rf"(?:\s(?:من|ما|بنده|{_BANKS}|{_KIN}|{_IS})){{0,4}}"
#: «به حسابم ۰۱۰…»: thirteen digits are no sum, no telephone number and no card; four groups are no day and no sum either.
_GROUPED = r"(?!\d{1,3}(?:\.\d{3})+(?!\.?\d))\d{1,4}(?:[-.]\d{1,10}){3}(?![-.]?\d)"
_ACCOUNT_ALONE = rf"(?<![^\W_])(?<!صورت[\s\u200c])(?:حساب|سپرده)(?:{_OF})?{_ACCOUNT_WORDS}{_BREAK}(?=\d{{13}}(?!\d)|{_GROUPED})"
_LATIN_ACCOUNT = r"(?i:shomare[\s-]?(?:ye\s)?hesab(?:e?m|am|e\sman|\sman)?(?:\s(?:hast|ine|bank\w{0,8}|melli|mellat)){0,2})"
_ACCOUNT_NUMBER = rf"(?P<account>\d(?:[.\-_]?\d){{7,15}}(?![.\-_]?\d)|(?=(?:\s?\d){{8,16}}(?!\s?\d))\d{{3,6}}(?:\s\d{{2,6}}){{1,4}}){_NOT_COUNTED}"

_CVV = r"(?:(?<![A-Za-z])(?i:cvv)\s?2?|(?<![^\W_])سی[\s\u200c]?وی[\s\u200c]?وی(?:[\s\u200c]?(?:2|دو)(?!\d))?)"
_CVV_WORDS = rf"(?:{_OF})?(?:\s(?:کارت(?:{_OF})?|من|{_KIN}|{_IS})){{0,3}}"
_KEY = rf"(?<![^\W_])(?:رمز|پسورد|گذرواژه|کلمه[\s\u200c]عبور|{_SENT})(?:{_OF}|مو)?"
_KEY_WORDS = rf"(?:\s(?:(?:اول|دوم|پویا|ایستا|عبور|ورود|کارت|حساب|گوشی|اینترنتی|اینترنت|(?:همراه|موبایل|اینترنت|عابر)[\s\u200c]?بانک|بانکی|وای[\s\u200c]?فای|مودم|ایمیل|سایت|اپ|اپلیکیشن|پنل|کاربری|گاوصندوق|یک[\s\u200c]?بار[\s\u200c]?مصرف|موقت|قبلی|جدید|فعلی)(?:{_OF})?|من|زدم|می[\s\u200c]?زنم|گذاشتم|{_KIN}|{_IS})){{0,4}}"
_LATIN_KEY = r"(?<![A-Za-z])(?i:ramz(?:e?\s(?:aval|avval|dovom|pooya|pouya|oboor|obur|kart)\w{0,2}|am|e?m|e\sman)?|pass(?:word|e)?(?:am|em)?|otp(?:\scode)?|pin(?:\s?code)?|verification\scode)(?![A-Za-z])(?:\s(?:hast|bood|bud|is|ine|man|kartam)){0,2}"
#: Digits alone, or letters that nobody would write but for a secret: with digits among them.
_SECRET = rf"(?P<secret>(?=[A-Za-z@#$%^&*!_.-]{{0,20}}\d)[A-Za-z0-9@#$%^&*!_-]{{4,24}})(?![A-Za-z0-9]|[/.:]\d){_NOT_COUNTED}"
_PASSPORT = rf"(?:(?:پاسپورت|گذرنامه)(?:{_OF})?(?:\s(?:من|{_KIN}|{_IS}|(?:به\s)?شمار[هۀ])){{0,3}}|(?i:passport)(?:am|em)?(?:\s(?:number|no|man)\.?)?)"
_PASSPORT_NUMBER = rf"(?P<passport>[A-Za-z]{{1,2}}[\s-]?\d{{7,9}}|\d{{8,9}}){_NOT_COUNTED}"
#: «@user» stands for somebody whose name was taken out already, and «@SUM(…)» is a formula.
_AT_NAME = r"(?<![\w.%+@-])(?P<at>@(?!(?i:gmail|yahoo|outlook|hotmail|icloud|user(?![\w.])))[A-Za-z][A-Za-z0-9_]{1,30}(?:\.[A-Za-z0-9_]{1,30}){0,3})(?![A-Za-z0-9_@(])"
#: «t.me/ali_rezaei»; a post, an invitation and the company's own pages of a site have no such name.
_LINK_NAME = r"(?<![\w.-])(?:www\.)?(?i:t\.me|telegram\.me|instagram\.com)/(?P<link>(?!(?i:p|reel|tv|stories|explore|joinchat|s|c)/)[A-Za-z][A-Za-z0-9_]{1,30}(?:\.[A-Za-z0-9_]{1,30}){0,3})(?![A-Za-z0-9_])"
_PLACE = "تلگرام|اینستاگرام|اینستا|روبیکا|ایتا|واتساپ|توییتر|یوزر|کاربری"
_CALLED = rf"(?:(?<![^\W_])(?:[اآ]ی[\s\u200c]?دی|یوزر[\s\u200c]?نیم|نام[\s\u200c]کاربری)(?:{_OF})?(?:\s(?:(?:{_PLACE})(?:{_OF})?|من|{_KIN}|{_IS})){{0,3}}|(?<![A-Za-z])(?i:user[\s-]?name(?:am|em)?))"
#: «یوزرم sara_77», «تلگرامم: sara_77»; «تلگرامم update نمیشه» and «اکانت xbox360» name nobody.
_MINE = rf"(?<![^\W_])(?:یوزر(?:{_OF})?|(?:اکانت|پیج|تلگرام|اینستا(?:گرام)?|روبیکا|ایتا)(?:\u200c?ا?م|(?=\s?:)))(?:\s(?:من|{_IS}))?"
#: «آیدی instagram» is a word of the trade; a name of one's own has a digit or an underline, or is said to be mine.
_CALLED_NAME = r"(?P<called>(?=[A-Za-z.]{0,30}[_0-9])[A-Za-z][A-Za-z0-9_.]{2,30}[A-Za-z0-9_])"
_OWN_NAME = r"(?P<own>(?<=[مm][ :=])(?!(?i:telegram|instagram|whatsapp|admin|support|gmail|apple|google))[A-Za-z][A-Za-z0-9_.]{3,30}|(?<=[مm]: )[A-Za-z][A-Za-z0-9_.]{3,30})"

#: A number before what it is said to be: «۱۲۳۴ رمزمه», «۰۱۰۵… شماره حسابمه».
_BEHIND = (
    r"(?<![\w.,/-])(?:(?P<key_before>\d{4,12})\s(?:رمز|پسورد)(?:\s(?:دوم|اول|عبور|کارت|پویا)){0,2}\u200c?(?:مه|م\s?(?:هست|است|بود)|\sمنه)"
    r"|(?P<account_before>\d(?:[.\-_]?\d){7,15})[\s:]{1,3}شمار[هۀ][\s\u200c]?ی?[\s\u200c]?حساب)"
)
_KINDS = {
    "account": "account", "account_before": "account", "secret": "secret", "key_before": "secret", "cvv": "secret",
    "passport": "passport", "at": "handle", "link": "handle", "called": "handle", "mine": "handle", "own": "handle",
}  # fmt: skip


@cache
def _named() -> re.Pattern[str]:
    return re.compile(
        "|".join(
            (
                rf"(?:(?:{_ACCOUNT}{_ACCOUNT_WORDS}|{_LATIN_ACCOUNT}){_BREAK}|{_ACCOUNT_ALONE}){_ACCOUNT_NUMBER}",
                rf"{_CVV}{_CVV_WORDS}{_BREAK}(?P<cvv>\d{{3,4}}){_NOT_COUNTED}",
                rf"(?:{_KEY}{_KEY_WORDS}|{_LATIN_KEY}){_BREAK}{_SECRET}",
                rf"{_PASSPORT}{_BREAK}{_PASSPORT_NUMBER}",
                rf"{_CALLED}{_BREAK}(?:{_CALLED_NAME}|{_OWN_NAME})",
                rf"{_MINE}{_BREAK}{_CALLED_NAME.replace('called', 'mine')}",
                _AT_NAME,
                _LINK_NAME,
                _BEHIND,
            )
        )
    )


def heard(text: str) -> bool:
    """Tell at a glance whether a name may stand here that has no digits: «آیدی تلگرامم ali_rezaei»."""
    return _HEARD.search(text) is not None


def find(plain: str) -> Iterator[Pii]:
    """Yield what is named in a text with ASCII digits and Persian letters.

    >>> next(find("رمز دوم 87654"))
    Pii(kind='secret', start=8, end=13)
    """
    for match in _named().finditer(plain):
        group = match.lastgroup or ""
        yield Pii(kind=_KINDS[group], start=match.start(group), end=match.end(group))
