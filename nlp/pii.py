"""Personal data in a comment: where it stands, and the comment with labels in its place.

Numbers are judged by shape, checksum and the words before them, so that order numbers and prices survive.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from nlp.personal import credentials, naming, plates, spoken
from nlp.tags import Pii

LABELS = {
    "mobile": "[موبایل]",
    "landline": "[تلفن]",
    "national_id": "[کد ملی]",
    "card": "[کارت]",
    "sheba": "[شبا]",
    "email": "[ایمیل]",
    "postal_code": "[کد پستی]",
    "plate": "[پلاک]",
    "account": "[شماره حساب]",
    "secret": "[رمز]",
    "passport": "[گذرنامه]",
    "handle": "[آیدی]",
}

#: Between two groups of one number: space, dash, dot, bracket, plus, half-space, direction mark; a slash or a
#: comma only where `_SLASHED` finds the groups of a mobile or a card: elsewhere they part days, prices and lists.
_GAP = re.compile(
    r"[ \t\u00a0\u00ad\u061c\u0640*+\-.()_‐‑–—−\u2000-\u200f\u202a-\u202f\u2060-\u2069\ufeff]{1,4}"
)
_SLASHED = re.compile(
    r"(?<![\d/,،])(?:(?:(?:\+|00)98 ?|0)9\d\d ?[/,،] ?\d{3}(?: ?[/,،] ?)?(?:\d{4}|\d\d ?[/,،] ?\d\d)|(?:\d{4} ?[/,،] ?){3}\d{4})(?![\d/]|[,،]\d)"
)
#: The area code behind its number, or before a slash: «۸۸۷۷۶۶۵۵-۰۲۱», «۰۲۱/۸۸۷۷۶۶۵۵».
_CODE = f"0(?:{'|'.join(sorted(spoken.AREA_CODES))})"
_CODE_APART = re.compile(
    rf"(?<![\d/.-])(?:{_CODE} ?/ ?[2-8]\d{{7}}|[2-8]\d{{3}} ?\d{{4}} ?[-–—/] ?{_CODE})(?![\d/]|[.-]\d)"
)
_DIGITS = re.compile(r"[0-9]+")
#: Without any of these there is nothing to find.
_SUSPECT = re.compile("[0-9\u06f0-\u06f9\u0660-\u0669\uff10-\uff19@\uff20]")
_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}", re.ASCII)
_LOOSE_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64} ?@ ?(?:gmail|yahoo|outlook|hotmail|icloud)(?: ?\. ?com)?\b",
    re.ASCII | re.IGNORECASE,
)
_MONEY = re.compile(
    r"[\s\u200c]{0,3}(?:میلیون|میلیارد|هزار(?![\s\u200c]?(?:بار|دفعه|مرتبه))|تومان|تومن|ریال|درصد|ت\b|%|٪)"
)
_MOST_OF_AN_AMOUNT = 11  # digits: a hundred billion is more than a comment ever counts
_REFERENCE = "|".join(naming.REFERENCE_WORDS)
_CALLED = "(?:شمار[هۀ]|کد|شناسه)"
#: «شماره سفارش من …», «سفارش …» or «سفارش به شماره …» name the number behind them; «سفارش دادم با …» and «شماره سفارش را
#: با … دادم» only speak of an order.
_NUMBER_OF = re.compile(
    rf"(?:{_CALLED}[\s\u200c\u0650\u0654ی]{{0,4}}(?:ثبت[\s\u200c])?(?:{_REFERENCE})(?:(?!\s(?:با|از)\s)[^\d،,؛.!؟?\n]){{0,24}}"
    rf"|(?:{_REFERENCE})(?:\s(?:(?:به|با)\s)?{_CALLED}(?:\u200c?ی|[\u0650\u0654])?)?[\s\u200c:#(«\"=-]{{0,4}})$"
)
#: «سفارشم …» may do either: ten digits are more often those of the order, sixteen that pass as a card are a card.
_MINE = re.compile(rf"(?:{_REFERENCE})\u200c?(?:ا?م|مون|مان)[\s\u200c:#(«\"=-]{{0,4}}$")
_SPOKEN_OF = {"mobile": naming.PHONE_WORDS, "card": naming.CARD_WORDS}
#: What may stand before a number without a space; behind other Latin letters it is a code.
_GLUED = re.compile(r"(?<![A-Za-z])(?:tel|mob(?:ile)?|phone|call|whatsapp)$", re.IGNORECASE)
_MOST_GROUPS = 16
#: What its own name stands right before is masked even if a digit is wrong: «کد ملی …», «شماره کارتم …».
_ITS_NAME = r"(?:\u200c?(?:ی|ا?م|مون|مان)|am|em|e\sman)?(?:\s(?:من|ما|بنده|ام|بانکی|\w{2,8}م)){0,2}(?:\s?(?:هست|است))?[\s\u200c:=(«\"-]{0,3}$"
_ID_NAMED = re.compile(rf"(?:کد|شماره|کارت)[\s\u200c]?ی?\s?ملی{_ITS_NAME}")
#: «از کارت …», «کارتم …» and «کارت به شماره …» as well; «کارت هدیه …» may have any number.
_CARD_NAMED = re.compile(
    rf"(?:شمار[هۀ][\s\u200c]?ی?\s?کارت|(?<![^\W_])(?:(?:از|به|با)\sکارت|کارت(?=\u200c?(?:ا?م|مون|مان)[\s\u200c:])"
    rf"|کارت(?:\u200c?(?:ا?م|مون|مان))?(?:\s(?:من|بانکی))?\s(?:(?:به|با)\s)?شمار[هۀ]|(?i:kart(?=am|em|e\sman)))){_ITS_NAME}"
)
#: «… کارتمه», «… شماره کارت منه»: said behind it.
_CARD_TOLD = re.compile(
    r"[\s\u200c:]{0,3}(?:شمار[هۀ][\s\u200c]?ی?[\s\u200c]?کارت|کارت[\s\u200c]?(?:بانکی[\s\u200c]?)?(?:من|ما|ا?م|مون|مان)[\s\u200c]?(?:ه|ست|است|هست|بود))"
)
#: A ticket, a booking and the like, which a checksum hits by chance.
_OTHER_NUMBER = re.compile(
    rf"{_CALLED}[\s\u200c]?ی?\s?(?:تیکت|رزرو|بلی[طت]|بارنامه|بیمه[\s\u200c]?نامه|قبض|پرداخت|پذیرش|مرجع|اشتراک|مشتری|دستگاه|کالا|محصول|شکایت|درخواست){_ITS_NAME}"
)


#: «مبلغ ۱۵۰۰۰۰۰۰۰۰»: a sum in rials has as many digits as a national id.
_SUM_OF = re.compile(
    r"(?<![^\W_])(?:مبلغ|قیمت|موجودی|مانده)(?:[\s\u200c](?:کل|حساب|هزینه)(?:ا?م)?)?[\s:]{0,3}$"
)


class _Number(NamedTuple):
    """One way to read neighbouring digit groups as one number."""

    digits: str
    shape: tuple[int, ...]
    start: int
    end: int
    plain: str
    name: str  # the nearest word before it, or behind it, that says what it is

    @property
    def money(self) -> bool:
        """Tell whether a currency or a count follows, and the number is one that may be counted in it."""
        countable = self.digits[0] != "0" and len(self.digits) <= _MOST_OF_AN_AMOUNT
        return countable and _MONEY.match(self.plain, self.end) is not None

    def named(self, words: Sequence[str]) -> bool:
        """Tell whether the nearest name before the number is one of these."""
        return self.name in words

    @property
    def numbers_something(self) -> bool:
        """Tell whether an order or the like is said to have this number, not only spoken of before it."""
        found = _NUMBER_OF.search(self.plain, max(0, self.start - 2 * naming.REACH), self.start)
        return (self.named(naming.REFERENCE_WORDS) and found is not None) or self.right_behind(_OTHER_NUMBER)

    def right_behind(self, name: re.Pattern[str]) -> bool:
        """Tell whether a name stands right before the number."""
        return name.search(self.plain, max(0, self.start - 2 * naming.REACH), self.start) is not None


def find(text: str) -> tuple[Pii, ...]:
    """Return the places of personal data in the original text, in order and without overlaps.

    Time grows linearly with the text: every pattern is bounded, every number has a longest length.

    >>> find("شماره من ۰۹۱۲-۳۴۵-۶۷۸۹ است")
    (Pii(kind='mobile', start=9, end=22),)
    """
    if not (_SUSPECT.search(text) or spoken.heard(text) or credentials.heard(text)):
        return ()
    plain = text.translate(_plain_table())
    if "/" in plain or "," in plain or "،" in plain:
        plain = _SLASHED.sub(lambda match: re.sub("[/,،]", "-", match[0]), plain)
    found = sorted(_everything(plain), key=lambda pii: (pii.start, -pii.end))
    kept: list[Pii] = []
    for pii in found:
        if not kept or pii.start >= kept[-1].end:
            kept.append(pii)
    return tuple(kept)


def mask(text: str, found: Sequence[Pii] | None = None) -> str:
    """Return the text with a Persian label for everything found.

    >>> mask("به ali.rezaei@example.com بنویسید")
    'به [ایمیل] بنویسید'
    """
    parts, at = [], 0
    for pii in find(text) if found is None else sorted(found, key=lambda pii: pii.start):
        if pii.start >= at:
            parts += [text[at : pii.start], LABELS[pii.kind]]
            at = pii.end
    return "".join([*parts, text[at:]])


def _everything(plain: str) -> Iterator[Pii]:
    if "@" in plain:
        for pattern in (_EMAIL, _LOOSE_EMAIL):
            yield from (Pii(kind="email", start=m.start(), end=m.end()) for m in pattern.finditer(plain))
    if credentials.heard(plain):
        yield from credentials.find(plain)
    names = naming.Names(plain)
    if spoken.heard(plain):
        yield from spoken.find(plain, lambda *place: _is_called(names, *place))
    groups = [match.span() for match in _DIGITS.finditer(plain)]
    if not groups:
        return
    yield from (Pii(kind="plate", start=start, end=end) for start, end in plates.spans(plain))
    for match in _CODE_APART.finditer(plain):
        if names.before(match.start(), 0) not in naming.REFERENCE_WORDS:
            yield Pii(kind="landline", start=match.start(), end=match.end())
    yield from _numbers(plain, groups, names)


def _is_called(names: naming.Names, start: int, end: int, kind: str) -> bool:
    """Tell whether what is spelled out is said to be a mobile or a card, before it or behind it."""
    return names.before(start, 0) in _SPOKEN_OF[kind] or (kind == "mobile" and bool(names.behind(end)))


def _numbers(plain: str, groups: list[tuple[int, int]], names: naming.Names) -> Iterator[Pii]:
    """Read the digit groups from left to right; a group belongs to one number at most."""
    floor = first = 0
    for place in range(1, len(groups) + 1):
        if place == len(groups) or not _GAP.fullmatch(plain, groups[place - 1][1], groups[place][0]):
            yield from _chain(plain, groups[first:place], names, floor)
            floor, first = groups[place - 1][1], place


def _chain(plain: str, groups: list[tuple[int, int]], names: naming.Names, floor: int) -> Iterator[Pii]:
    """Read groups between which there are only gaps; `floor` is where the group before them ends."""
    digits = "".join([plain[low:high] for low, high in groups])
    ends = list(accumulate(high - low for low, high in groups))
    behind = {end: place for place, end in enumerate(ends)}
    named_behind = names.behind(groups[-1][1])
    at = first = 0
    while first < len(groups):
        start = groups[first][0]
        named = names.before(start, groups[first - 1][1] if first else floor)
        for length in _lengths(plain, start):
            last = behind.get(at + length, -1)
            count = last - first + 1
            name = named or (named_behind if count == len(groups) else "")
            if not (0 < count <= _MOST_GROUPS and _possible(digits, at, length, count, name)):
                continue
            shape = tuple([high - low for low, high in groups[first : last + 1]])
            number = _Number(digits[at : at + length], shape, start, groups[last][1], plain, name)
            kind = next((kind for kind, holds in _RULES[length] if holds(number)), None)
            if kind:
                yield Pii(kind=kind, start=_front(number, kind), end=number.end)
                first = last
                break
        at, first = ends[first], first + 1


def _possible(digits: str, at: int, length: int, count: int, name: str) -> bool:
    """Tell at a glance whether so many digits in so many groups may be anything, before they are read."""
    if length == 10:
        return bool(name) or count in (1, 2, 3, 10)
    if length == 16:
        return count in (1, 2, 3, 4, 16)
    if length == 8:
        return bool(name)
    return length == 24 or digits.startswith(_PREFIXES[length - 10], at)


def _lengths(plain: str, start: int) -> Iterable[int]:
    """Return how many digits a number that starts here may have, fewest first; after «IR» only an IBAN's."""
    before = plain[start - 1] if start else ""
    if not (before.isascii() and before.isalpha()) or _GLUED.search(plain, max(0, start - 9), start):
        return _RULES
    return (24,) if plain[max(0, start - 2) : start].upper() == "IR" else ()


def _front(number: _Number, kind: str) -> int:
    """Return where the number begins, with its `+`, its bracket or the letters of an IBAN."""
    plain, front = number.plain, number.start
    if kind == "sheba":
        match = _COUNTRY.search(plain, max(0, front - 5), front)
        return match.start() if match else front
    while kind in ("mobile", "landline") and front and plain[front - 1] in "+(":
        front -= 1
    return front


_COUNTRY = re.compile(r"[Ii][Rr][ \-\u00a0]{0,2}$")


def _is_sheba(number: _Number) -> bool:
    if number.plain[max(0, number.start - 2) : number.start].upper() == "IR":
        return True
    if number.named(naming.SHEBA_WORDS):
        return True
    valid: bool = mod_97_10.is_valid(f"{number.digits[2:]}IR{number.digits[:2]}")
    return valid and not number.named(naming.REFERENCE_WORDS)


def _is_card(number: _Number) -> bool:
    if number.digits[0] == "0" or number.shape not in _CARD_SHAPES or number.money:
        return False
    if number.right_behind(_CARD_NAMED) or _CARD_TOLD.match(number.plain, number.end):
        return True
    valid: bool = luhn.is_valid(number.digits)
    return valid and not number.numbers_something


_CARD_SHAPES = frozenset({(16,), (4, 4, 4, 4), (8, 8), (6, 6, 4), (6, 10), (12, 4), (4, 12), (1,) * 16})


#: What stands before the ten digits of a telephone number, by its length; many leave the zero behind +98.
_PREFIXES = {1: "0", 2: "98", 3: "980", 4: "0098", 5: "00980"}


_ROUND = "00000"  # «زنگ زدم، ۴۸۰۰۰۰۰۰ کم شده بود»: so round is money


def _national(digits: str) -> tuple[str, bool]:
    """Return a telephone number without its prefixes, and whether it had one."""
    prefix = _PREFIXES.get(len(digits) - 10)
    return (digits[-10:], True) if prefix and digits.startswith(prefix) else (digits, False)


def _is_mobile(number: _Number) -> bool:
    digits, prefixed = _national(number.digits)
    if len(digits) != 10 or digits[0] != "9" or number.money:
        return False
    return prefixed or number.named(naming.PHONE_WORDS)


def _is_landline(number: _Number) -> bool:
    digits, prefixed = _national(number.digits)
    if prefixed and len(digits) == 10:
        possible = digits[:2] in spoken.AREA_CODES and (digits[2] in "2345678" or digits[:3] == "219")
    else:
        possible = len(digits) == 8 and digits[0] in "2345678" and not digits.endswith(_ROUND)
        possible = possible and number.named(naming.LANDLINE_WORDS)
    # with a zero and an area code before it, it is one whatever was spoken of: «برای سفارشم به ۰۲۱… زنگ بزنید»
    is_else = len(digits) == len(number.digits) and number.named(
        naming.REFERENCE_WORDS + naming.ID_WORDS + naming.POSTAL_WORDS
    )
    return possible and not is_else and not number.money


def _is_national_id(number: _Number) -> bool:
    digits = number.digits
    if number.shape not in _ID_SHAPES or len(set(digits)) == 1:
        return False
    if number.right_behind(_ID_NAMED):
        return True
    rest = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    if int(digits[9]) != (rest if rest < 2 else 11 - rest):
        return False
    owned = _MINE.search(number.plain, max(0, number.start - naming.REACH), number.start)
    if digits[0] != "0" and (digits.endswith(_ROUND) or number.right_behind(_SUM_OF)):
        return False
    return not (owned or number.numbers_something or number.named(naming.POSTAL_WORDS) or number.money)


_ID_SHAPES = frozenset({(10,), (3, 6, 1), (3, 3, 4), (3, 4, 3), (1,) * 10})


def _is_postal_code(number: _Number) -> bool:
    if number.shape not in ((10,), (5, 5)) or number.money:
        return False
    return number.named(naming.POSTAL_WORDS) or (
        number.shape == (5, 5) and bool(_POSTAL_CODE.fullmatch(number.digits))
    )


def _is_named_postal_code(number: _Number) -> bool:
    return number.named(naming.POSTAL_WORDS) and _is_postal_code(number)


#: A postal code is written without 0 and 2 in its first half, and its fifth digit is no 5.
_POSTAL_CODE = re.compile(r"[13-9]{4}[1346-9][013-9][0-9]{4}")

_Rules = tuple[tuple[str, Callable[[_Number], bool]], ...]
_PHONES: _Rules = (("mobile", _is_mobile), ("landline", _is_landline))
#: What a number of so many digits may be; the first rule that holds says it.
_RULES: Mapping[int, _Rules] = {
    8: (("landline", _is_landline),),
    10: (
        ("postal_code", _is_named_postal_code),
        ("mobile", _is_mobile),
        ("national_id", _is_national_id),
        ("postal_code", _is_postal_code),
    ),
    11: _PHONES,
    12: _PHONES,
    13: _PHONES,
    14: _PHONES,
    15: _PHONES,
    16: (("card", _is_card),),
    24: (("sheba", _is_sheba),),
}


@cache
def _plain_table() -> dict[int, str]:
    """Return digits and plus of any script as ASCII and Arabic letters as Persian, one character for one."""
    return {zero + value: str(value) for zero in (0x6F0, 0x660, 0xFF10) for value in range(10)} | {
        0xFF0B: "+",
        0xFF20: "@",
        ord("ي"): "ی",
        ord("ك"): "ک",
    }
