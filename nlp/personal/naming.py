"""The words that say what a number is: before it in its clause, or behind it with its owner or a call."""

import re
from bisect import bisect

from nlp.rules import numbers

#: Whose telephone it is, and where it stands.
_HOLDERS = "همسر شوهرم خانمم پدرم بابام برادرم داداشم خواهرم پسرم دخترم دوستم خطم".split()
_ROOMS = ("منزل", "خونه", "خانه", "مغازه", "دفترم", "دفتر ما", "مطب", "محل کار")
LANDLINE_WORDS = (
    *("تلفن", "تماس", "زنگ", "شماره ثابت", "خط ثابت", "telefon"),
    *(f"شماره {room}" for room in _ROOMS),
)
PHONE_WORDS = (
    *LANDLINE_WORDS,
    *(f"شماره {holder}" for holder in _HOLDERS),
    *("شماره خط م", "این شماره پیام"),
    "موبایل",
    "همراه",
    *("واتساپ", "واتس اپ", "واتس‌اپ", "واتس آپ"),
    "تلگرام",
    "خطم",
    "شماره م",
    "شمارم",
    "شماره‌ام",
    "شماره ام",
    "شماره‌م",
    "شماره‌ی م",
    "شماره ی م",
    "شمارهٔ م",
    "شمارۀ م",
    "شماره بنده",
    *("سیم کارت", "سیم‌کارت", "سیمکارت"),
    *("shomaram", "shomare man", "shomare tamas", "mobile", "Mobile"),
)
ID_WORDS = ("ملی",)
POSTAL_WORDS = ("پستی",)
SHEBA_WORDS = ("شبا",)
CARD_WORDS = ("کارت",)
REFERENCE_WORDS = tuple("سفارش پیگیری رهگیری فاکتور مرسوله بارکد ارجاع تراکنش سریال قرارداد پرونده".split())
_NAMES = (*PHONE_WORDS, *ID_WORDS, *POSTAL_WORDS, *SHEBA_WORDS, *CARD_WORDS, *REFERENCE_WORDS)
_CLAUSE_END = re.compile(r"[،,؛.!؟?\n]")
REACH = 24  # how far before a number the word that names it may stand
#: «… شماره منه», «… موبایل خودمه»: whose number it is, said behind it.
_OWNED = re.compile(
    r"[\s\u200c،,:]{0,3}(?:شماره|موبایل|تلفن|خط)[\s\u200c]?ی?[\s\u200c]?(?:تماس|موبایل|همراه|تلفن)?[\s\u200c]?"
    r"(?:من|ما|م|خودم|خودمون|(?:همسر|شوهر|پدر|مادر|برادر|خواهر|پسر|دختر|دوست)م)[\s\u200c]?(?:ه|ست|است|هست|هستش)\b"
)
#: «به … زنگ بزنید», «با … تماس بگیرید»: what one calls.
_CALL = re.compile(
    r"[\s\u200c،,:]{0,3}(?:لطفا\w?\s)?(?:تماس|زنگ|پیامک?|اس[\s\u200c]?ام[\s\u200c]?اس)\s(?:ب?گیر|ب?زن|ب?د[هی]|گرفت|زد|داد|بفرست)"
)
#: At every place, so that «شماره ملی» is heard as «ملی» although «شماره م» begins before it.
_NAME = re.compile(f"(?=({numbers.any_of(_NAMES)}))(?!(?<=سیم)کارت|(?<=سیم[ \u200c])کارت)")


class Names:
    """The words of a text that say what a number is, found once."""

    def __init__(self, plain: str) -> None:
        self._plain = plain
        found = list(_NAME.finditer(plain))
        self._starts = [match.start() for match in found]
        self._words = [match[1] for match in found]

    def before(self, start: int, floor: int) -> str:
        """Return the nearest name in the clause before a number, not before `floor`, and empty if none."""
        place = bisect(self._starts, start) - 1
        if place < 0:
            return ""
        at, word = self._starts[place], self._words[place]
        if at < max(floor, start - REACH) or at + len(word) > start:
            return ""
        return "" if _CLAUSE_END.search(self._plain, at, start) else word

    def behind(self, end: int) -> str:
        """Return the name of a number behind which its owner is told, or that it is called, and empty if none."""
        is_phone = any(told.match(self._plain, end) for told in (_OWNED, _CALL))
        return "تلفن" if is_phone else ""
