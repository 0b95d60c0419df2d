"""Personal data that is spelled out: a telephone or a card number in words, an e-mail without its signs.

«صفر نهصد و دوازده ۱۲۳ ۴۵ ۶۷» and «ali at gmail dot com» say to a reader what 09121234567 and ali@gmail.com say.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise

from stdnum import luhn

from nlp.rules import numbers
from nlp.tags import Pii

#: Tells whether what stands between two places is called a mobile, or a card.
Named = Callable[[int, int, str], bool]
#: Those of the provinces, with which landlines begin.
AREA_CODES = frozenset(
    "11 13 17 21 23 24 25 26 28 31 34 35 38 41 44 45 51 54 56 58 61 66 71 74 76 77 81 83 84 86 87".split()
)

_AT = r"(?:[\[({]\s?(?:at|ات)\s?[\])}]|(?<![^\W_])(?:at(?:[ -]?sign)?|(?:[اآ]ت|اد)(?:[ \u200c]?ساین)?)(?![^\W_]))"
#: Without any of these nothing is spelled out; each begins with a letter, so that the search skips all others.
_HEARD = re.compile(
    r"صفر|کارت|نه(?:صد|(?<!\w..)(?!\w))|[0۰٠] ?[9۹٩]|(?<!\d)[0۰٠][1-8۱-۸١-٨]|[aAاآ](?:[tTت]|(?<=ا)د)(?<![^\W_]..)(?![^\W_])|[اآ][تد]ساین"
)
_DOT = r"(?:\s?(?:\.|[\[({]\s?(?:dot|دات)\s?[\])}])\s?|\s(?:dot|دات|نقطه)\s)"
_PROVIDER = r"(?:g[ -]?mail|yahoo|ymail|outlook|hotmail|icloud|جی[ \u200c]?میل|یاهو|هات[ \u200c]?میل|[اآ][وئ]ت[ \u200c]?لوک|آی[ \u200c]?کلا?ود)"
_ENDING = r"(?:com|ir|net|org|co|info|کام|[اآ]ی[ \u200c]?[اآ]ر|نت|[اآ]رگ|اورگ)"
_DOMAIN = re.compile(
    rf"{_AT}\s?(?:(?P<known>{_PROVIDER})|[^\W_][\w-]{{1,40}}){_DOT}{_ENDING}(?![^\W_])", re.IGNORECASE
)
_LINK = r"(?:\s?[._+-]\s?|\s(?:dot|دات|نقطه|underline|underscore|[اآ]ندر[ \u200c]?لاین|dash|دش|خط[ \u200c]تیره)\s)"
_PIECE = r"[^\W_]{1,40}(?:\u200c[^\W_]{1,40}){0,2}"
#: What stands before the «at»: words with signs between them, and digits behind them.
_NAME = re.compile(rf"(?<![^\W_])(?:{_PIECE}{_LINK}){{0,4}}{_PIECE}(?:\s\d{{1,4}})?(?=\s?$)", re.IGNORECASE)
_MAIL_WORDS = re.compile(r"ایمیل|میل(?!یون)|رایانامه|e-?mail", re.IGNORECASE)
_REACH = 90  # letters before an «at» that may be a name, and those before a name that may say what it is
_NEAR = 32

#: What may stand between two numbers that are said one after the other.
_GAP = re.compile(r"[\s\u200c،,.()_/–-]{0,3}(?:و[\s\u200c]{0,2})?")
#: … between two words of one number, and where it is said to be one.
_JOINED, _AND = re.compile(r"[\s\u200c]*و?[\s\u200c]*"), re.compile(r"[\s\u200c]*و[\s\u200c]*")
#: Behind a number these say that it counts something.
_COUNTED = re.compile(rf"[\s\u200c]{{0,3}}(?:{numbers.TIMES}|{numbers.MONEY}|میلیون|میلیارد|نفر|درصد|عدد)")
_LONGEST = 16  # digits of a card; a mobile with all that may stand before it has one less
_MOBILE = re.compile(r"(?:0|980?|00980?)9\d{9}")
#: The network is said as one number or digit by digit: «صفر نهصد و دوازده», «صفر نه یک دو»; «صفر نه ده یازده» counts.
_DIALLED = re.compile(
    r"(?:(?:0|00|0098|00980|98|980|9 8) ){0,4}(?:9(?:\d\d |\d{4,} | \d \d )|(?:0|0098|980?)9\d{2,} )"
)
_LANDLINE = re.compile(rf"0(?:(?:{'|'.join(sorted(AREA_CODES))})[2-8]|219)\d{{7}}")
#: With its area code as one number or digit by digit, and what follows in groups or as it is written.
_DIALLED_LANDLINE = re.compile(r"0 ?[1-8] ?\d (?:(?:\d{1,4} ){2,8}|\d{8} )")
_CARD = re.compile(r"[56]\d{15}")
_CARD_BLOCKS = {4, 8, 12}
_BARE_MOBILE = re.compile(r"9\d{9}")
_HUNDRED, _THOUSAND = 100, 1000
_NEVER = "-"  # stands for «نهصد و دوازده هزار» where digits are read: no mobile goes over it


@dataclass(frozen=True, slots=True)
class _Number:
    """One number as it is said: a word, or digits of a text."""

    said: str
    start: int
    end: int

    @property
    def value(self) -> int | None:
        return _values().get(self.said)


def heard(text: str) -> bool:
    """Tell at a glance whether anything may be spelled out."""
    return _HEARD.search(text) is not None


def find(plain: str, named: Named) -> Iterator[Pii]:
    """Yield what is spelled out in a text with ASCII digits and Persian letters, in all readings.

    >>> next(find("صفر نهصد و دوازده 123 45 67", lambda *_: False))
    Pii(kind='mobile', start=0, end=27)
    """
    yield from _emails(plain)
    chain: list[_Number] = []
    for number in _numbers(plain):
        if chain and not _GAP.fullmatch(plain, chain[-1].end, number.start):
            yield from _chained(plain, chain, named)
            chain = []
        chain.append(number)
    yield from _chained(plain, chain, named)


def _emails(plain: str) -> Iterator[Pii]:
    for domain in _DOMAIN.finditer(plain):
        name = _NAME.search(plain, max(0, domain.start() - _REACH), domain.start())
        if name and (
            domain["known"] or _MAIL_WORDS.search(plain, max(0, name.start() - _NEAR), name.start())
        ):
            yield Pii(kind="email", start=name.start(), end=domain.end())


@cache
def _values() -> dict[str, int]:
    """Return what each word stands for."""
    said = {word: numbers.value(word) for word in numbers.words()}
    return {"صفر": 0, "هزار": _THOUSAND} | {word: int(value) for word, value in said.items() if value}


@cache
def _words() -> re.Pattern[str]:
    return re.compile(numbers.any_of(_values()))


@cache
def _tokens() -> re.Pattern[str]:
    """Return words, also several that stand together («نهصدودوازده»), and digits."""
    word = f"(?:{_words().pattern})"
    return re.compile(
        rf"(?<!\w)و?(?P<words>{word}(?:و{word}){{0,3}})و?(?!(?!(?<=صفر)9)\w)|(?:(?<![^\W_])|(?<=صفر))(?P<digits>\d{{1,10}})(?![^\W_])"
    )


def _numbers(plain: str) -> Iterator[_Number]:
    for match in _tokens().finditer(plain):
        if match["digits"]:
            yield _Number(match["digits"], *match.span())
            continue
        for word in _words().finditer(plain, *match.span("words")):
            yield _Number(word[0], *word.span())


def _chained(plain: str, chain: Sequence[_Number], named: Named) -> Iterator[Pii]:
    """Read numbers that follow each other as the groups of one, in every way in which they may be meant.

    «بیست سه» may be 23, or 20 and 3; «… سه هزار» its end, or three and a thousand of what follows.
    """
    if len(chain) < 2 or all(number.value is None for number in chain):
        return
    counted = chain[-1].value == _THOUSAND
    for said in (chain, chain[:-1]) if counted else (chain,):
        for loose in (True, False):
            found = _read(_grouped(plain, said, loose=loose), named)
            yield from (pii for pii in found if not _COUNTED.match(plain, pii.end))


@dataclass(slots=True)
class _Group:
    """Digits that are said as one number; `room` is what may still be added to it."""

    digits: str
    start: int
    end: int
    room: int = 0
    in_words: bool = False


def _grouped(plain: str, chain: Sequence[_Number], *, loose: bool) -> list[_Group]:
    """Put words together that make up one number: «صد و بیست و سه», and if `loose` also «صد بیست سه»."""
    groups: list[_Group] = []
    ends = [None, *(before.end for before, _ in pairwise(chain))]
    for number, end in zip(chain, ends, strict=True):
        value, last = number.value, groups[-1] if groups else None
        link = _JOINED if loose or value == _THOUSAND else _AND
        joined = end is not None and link.fullmatch(plain, end, number.start)
        if value is None or last is None or not last.in_words or not joined or not _fits(value, last):
            is_amount = value == _THOUSAND and joined and last is not None and last.in_words
            groups.append(_Group(_NEVER, number.start, number.end) if is_amount else _group(number))
            continue
        is_scale = value == _THOUSAND or (value == _HUNDRED and len(last.digits) == 1)
        total = int(last.digits) * value if is_scale else int(last.digits) + value
        groups[-1] = _Group(str(total), last.start, number.end, _room(value), in_words=True)
    return groups


def _group(number: _Number) -> _Group:
    if number.value is None:
        return _Group(number.said, number.start, number.end)
    return _Group(str(number.value), number.start, number.end, _room(number.value), in_words=True)


def _fits(value: int, last: _Group) -> bool:
    if value == _THOUSAND:
        return last.digits in set("123456789")
    if value == _HUNDRED and last.digits in set("3456789"):  # «نه صد»
        return True
    return 0 < value <= last.room


def _room(value: int) -> int:
    """Return the largest number that may be added to what ends in this one: 99 to hundreds, 9 to tens from twenty on."""
    if value == _THOUSAND:
        return 999
    return 99 if value >= 100 else 9 if value >= 20 else 0


def _read(groups: Sequence[_Group], named: Named) -> Iterator[Pii]:
    """Yield the telephone and card numbers that groups make up, from left to right."""
    first = 0
    while first < len(groups):
        found = _found(groups, first, named)
        if found is None:
            first += 1
            continue
        last, kind = found
        yield Pii(kind=kind, start=groups[first].start, end=groups[last].end)
        first = last + 1


def _found(groups: Sequence[_Group], first: int, named: Named) -> tuple[int, str] | None:
    """Return the last group of a number that begins with this one, and what it is."""
    digits, shape, in_words = "", "", False
    for place in range(first, min(len(groups), first + _LONGEST)):
        digits += groups[place].digits
        shape += groups[place].digits + " "
        in_words |= groups[place].in_words
        if len(digits) > _LONGEST:
            return None
        kind = _kind(digits, shape) if in_words else None
        if kind and (_is_sure(digits) or named(groups[first].start, groups[place].end, kind)):
            return place, kind
    return None


def _kind(digits: str, shape: str) -> str | None:
    """Return what digits may be that are said in groups of this shape."""
    if _DIALLED.match(shape) and (_MOBILE.fullmatch(digits) or _BARE_MOBILE.fullmatch(digits)):
        return "mobile"
    if _DIALLED_LANDLINE.fullmatch(shape) and _LANDLINE.fullmatch(digits):
        return "landline"
    # four by four, as it stands on the card
    ends = accumulate(map(len, shape.split()))
    return "card" if _CARD.fullmatch(digits) and set(ends) >= _CARD_BLOCKS and luhn.is_valid(digits) else None


def _is_sure(digits: str) -> bool:
    """Tell a number that is dialled, from its first zero on, from one that needs a name before it."""
    return not _BARE_MOBILE.fullmatch(digits) and not _CARD.fullmatch(digits)
