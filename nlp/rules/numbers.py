"""Numbers as people write them: digits with separators, words, and mixtures («۲ و نیم میلیون»).

Words may stand together: the normalizer joins «یک میلیون», and half-spaces are gone («سه‌روزه», «چهل‌و‌پنج»).
Of an approximation the last number counts, which is its upper end: «دو سه روز» is three days, in digits
(«۲ تا ۳ روز») as in words.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from nlp.spelling.folding import spelling

_UNITS = {
    "یک": 1, "یه": 1, "دو": 2, "سه": 3, "چهار": 4, "چار": 4, "پنج": 5, "شش": 6, "شیش": 6, "هفت": 7, "هشت": 8,
    "نه": 9, "ده": 10, "یازده": 11, "دوازده": 12, "سیزده": 13, "چهارده": 14, "پانزده": 15, "پونزده": 15,
    "شانزده": 16, "شونزده": 16, "هفده": 17, "هیفده": 17, "هجده": 18, "هیجده": 18, "نوزده": 19, "بیست": 20,
    "سی": 30, "چهل": 40, "پنجاه": 50, "شصت": 60, "هفتاد": 70, "هشتاد": 80, "نود": 90, "صد": 100, "یکصد": 100,
    "دویست": 200, "دیویست": 200, "سیصد": 300, "چهارصد": 400, "چارصد": 400, "پانصد": 500, "پونصد": 500,
    "ششصد": 600, "شیشصد": 600, "هفتصد": 700, "هشتصد": 800, "نهصد": 900,
    # as they are heard, and typed
    "پونزه": 15, "شونزه": 16, "هیژده": 18, "هژده": 18, "بیس": 20, "چل": 40, "پنجا": 50,
    "پن": 5, "هف": 7, "هش": 8, "دویس": 200, "پنصد": 500, "شصد": 600, "شیصد": 600, "هفصد": 700, "هشصد": 800,
}  # fmt: skip
_SCALES = {"هزار": 1_000, "هزارتا": 1_000, "میلیون": 1_000_000, "ملیون": 1_000_000, "میلیارد": 1_000_000_000}
_PARTS = {"نیم": Fraction(1, 2), "ربع": Fraction(1, 4)}
#: What is counted: it may follow a word without a space.
TIMES = "ثانیه|دقیقه|دیقه|دقه|ساعت|شبانه ?روز|روز|هفته|ماه|سال"
MONEY = "تومان|تومن|تمن|ریال"
#: Behind a number these say that it counts something; so do times and «تا», which have readings of their own.
COUNTED = rf"%|درصد|هزار|می?لیون|میلیارد|{MONEY}|ت(?!\w)|نفر|عدد|گیگ|مگ|کیلو|گرم|متر|لیتر|امتیاز|بار(?!\w)"
#: «دو میلیونم پرید», «پنج میلیونمو پس بدید»: whose sum it is, or what became of it; «قیمتش ۳۵ میلیونه».
OWNED = r"(?:(?<=لیون)|(?<=یارد))(?:ا?م|مو|مون|مونو|ش|شو|و|ی?ه)(?!\w)"
_HUNDRED, _THOUSAND, _MILLION = 100, 1_000, 1_000_000
#: Nothing is counted with more digits: of thousands of them Python makes no number at all, and tagging ended there.
_MOST_DIGITS = 18
_SCALE = "|".join(_SCALES)
#: Groups are bounded: of a page of them each would be tried with all that follow.
#: The normalizer parts «۲،۵۰۰» into «2 , 500»; «۲۵۰، ۳۰۰» and what goes on with a scale are two numbers.
_PARTED = rf"(?!\d{{3}} , [1-9]00(?! ,))\d{{1,3}}(?: , \d{{3}}){{1,16}}(?!\d| ?(?:{_SCALE}))"
_GROUPED = r"\d{1,3}(?:[,٬/.٫]\d{3}){1,16}(?!\d)"
#: «۱ ۲۵۰ ۰۰۰»: nothing but a sum goes on with three zeros of their own.
_SPACED = r"[1-9]\d{0,2}(?: \d{3}){0,3} 000(?!\d)"
#: «۲۵۰ ۵۰۰ تومان», «۱ ۲۵۰ ۷۵۰ ریال»: without three zeros only where money is counted; «۲ ۴۵۰ تومن» may be two of something.
SPACED = r"(?:[1-9]\d{0,2}(?: \d{3}){2,3}|[1-9]\d{1,2} \d{3})(?<! 000)(?!\d)"
_DIGITS = rf"{_GROUPED}|{_SPACED}|{_PARTED}|\d+(?:[.٫/]\d+)?"


@cache
def pattern(*, scaled: bool = True) -> str:
    """Return a regular expression for one number, for use inside larger patterns; it captures nothing.

    A number is at most sixteen words long, as billions to the last rial are, so that matching stays linear. Without scales («هزار», «میلیون»)
    it fits what is never counted in thousands, as days.
    """
    words = _told_once((*_UNITS, *_PARTS, *(_SCALES if scaled else ())))
    ends = rf"(?!(?!(?:و ?)?(?:{words})|{TIMES}|{MONEY}|ی(?!\w)|{OWNED})\w)"
    # «50 میلیونیه» has no «یه», «سینه» and «دونه» no «نه»
    word = rf"(?!{OWNED}|(?<!\w)(?:سی|دو)نه(?!\w))(?:{words}){ends}"
    behind = "|".join(f"(?<={scale})" for scale in _SCALES)
    # «4 میلیون و 800 هزار», «4 میلیون 800 هزار»
    further = rf"|(?:{behind}) ?(?:و ?(?!0)(?:{_DIGITS})(?!\d)(?<!\d{{7}})|[1-9]\d{{0,2}}(?= ?هزار))|(?<=میلیارد) ?[1-9]\d{{0,2}}(?= ?می?لیون)"
    apart = rf"(?!(?<=\d{{4}}) (?:{any_of(_UNITS)}){ends})"  # «سفارش 44567 سه روزه نیومده»
    return rf"(?:(?:{_DIGITS}){apart}|{word})(?:(?: ?و ?| ?){word}{further if scaled else ''}){{0,15}}"


def _told_once(words: Collection[str]) -> str:
    """Return an expression for any of the words in which «نهصد» is no «نه صد».

    With two readings for each word the ways to read sixteen of them are thousands, at every word of a text.
    """
    parted = {word: "".join(f"(?<!{head})" for head in words if head + word in words) for word in words}
    return "|".join(parted[word] + word for word in sorted(words, key=len, reverse=True))


@cache
def _token() -> re.Pattern[str]:
    return re.compile(rf"{_DIGITS}|{any_of((*_UNITS, *_SCALES, *_PARTS))}|و|[^\W\d]+")


def any_of(words: Iterable[str]) -> str:
    """Return an expression for any of the words, the longest first."""
    return "|".join(sorted(words, key=len, reverse=True))


@lru_cache(maxsize=1024)  # comments count in the same few numbers
def value(text: str) -> Fraction | None:
    """Return the number that folded words and digits stand for, None when they are none.

    >>> value("دو میلیون و پونصد هزار"), value("یکمیلیون و پونصد")
    (Fraction(2500000, 1), Fraction(1500000, 1))
    >>> value("2 و نیم"), value("سه ربع"), value("یه نیم")
    (Fraction(5, 2), Fraction(3, 4), Fraction(1, 2))
    >>> value("سی و پنج شش"), value("دو میلیون سه میلیون")
    (Fraction(36, 1), Fraction(3000000, 1))
    """
    tokens = _token().findall(spelling(text))
    if not set(tokens) - {"و"}:
        return None
    number, before = _Number(), ""
    for word, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if word in _SCALES:
            number.scale(_SCALES[word])
        elif word in _PARTS:
            if (before, word) == ("یه", "نیم"):
                number.group -= 1  # «یه نیم ساعتی» is half an hour
            # «سه ربع» is three quarters, «سه و ربع» three and a quarter
            number.add_part(_PARTS[word], is_counted=word == "ربع" and before != "و")
        elif word != "و":
            count = _atom(word, decimal=following in _SCALES)
            if count is None:
                return None
            number.add(count, behind_digits=before[:1].isdigit())
        before = word
    return number.value()


def upper(text: str) -> Fraction | None:
    """Return the upper end of «3/4», as it is said of days and hours, None of what is no such pair: «4/5» is four and a half.

    >>> upper("3/4"), upper("4/5"), upper("1/5")
    (Fraction(4, 1), None, None)
    """
    low, _, high = text.partition("/")
    are_neighbours = high.isdecimal() and low.isdecimal() and int(high) == int(low) + 1
    return Fraction(high) if are_neighbours and high != "5" else None


def spaced(text: str) -> Fraction | None:
    """Return the number whose thousands stand apart, None of two neighbours, of which either may be meant.

    >>> spaced("250 500"), spaced("200 300")
    (Fraction(250500, 1), None)
    """
    first, *others = text.split()
    are_alike = len(others) == 1 and len(first) == len(others[0])
    if are_alike and 0 < int(others[0]) - int(first) <= _HUNDRED:
        return None
    return Fraction("".join((first, *others)))


@dataclass(slots=True)
class _Number:
    """A number as far as it has been read: what is complete, and the group that a scale may still multiply."""

    total: Fraction = Fraction(0)
    group: Fraction = Fraction(0)
    last_scale: int = 0

    def scale(self, scale: int) -> None:
        """Multiply the group, or all: «دو هزار میلیارد» goes on, «دو میلیون سه میلیون» begins anew."""
        if not self.last_scale or scale < self.last_scale:
            self.total += (self.group or 1) * scale
        else:
            self.total = (self.group or self.total) * scale
        self.group, self.last_scale = Fraction(0), scale

    def add_part(self, part: Fraction, *, is_counted: bool) -> None:
        """Add a half or a quarter, of the scale just before it («یک میلیون و نیم») or of one."""
        if self.last_scale and not self.group:
            self.total += part * self.last_scale
        elif is_counted and self.group:
            self.group *= part
        else:
            self.group += part

    def add(self, count: Fraction, *, behind_digits: bool) -> None:
        """Add to the group; what is too large to follow its last word takes that word's place («سی و پنج شش» is 36).

        «هفت صد» is seven hundred, whose words somebody parted.
        """
        if count == _HUNDRED and self.group in range(2, 10):
            self.group *= count
            return
        place = self.group + 1 if behind_digits else 10 ** len(str(int(count)))
        self.group = self.group // place * place + count

    def value(self) -> Fraction:
        """Return the number; «یک میلیون و پونصد» is said for five hundred thousand."""
        if self.last_scale >= _MILLION and self.group < _THOUSAND:
            return self.total + self.group * (self.last_scale // _THOUSAND)
        return self.total + self.group


def few(text: str) -> Fraction | None:
    """Return how many thousands or millions are meant where which of them goes without saying, None elsewhere.

    >>> few("دو و پونصد"), few("2 و 500"), few("بیست و پنج")
    (Fraction(5, 2), Fraction(5, 2), None)
    """
    match = _few().fullmatch(text)
    number = value(match["few"]) if match else None
    if match is None or not number or number >= _HUNDRED:
        return None
    return number + (value(match["rest"]) or Fraction(0)) / _THOUSAND


def is_neither(text: str, start: int, end: int) -> bool:
    """Say whether a «نه» at a range of a folded text is no nine, as another one stands in its sentence.

    >>> text = "نه روزه زنگ می‌زنم"
    >>> is_neither(text, 0, 2), is_neither(text + ", نه جواب میدن", 0, 2)
    (False, True)
    """
    places = _noes(text)
    before, behind = bisect_left(places, start), bisect_left(places, end)
    return bool(
        (before and not _SENTENCE_END.search(text, places[before - 1], start))
        or (behind < len(places) and not _SENTENCE_END.search(text, end, places[behind]))
    )


_NO, _SENTENCE_END = re.compile(r"(?<!\w)نه(?!\w)"), re.compile(r"[.!?\n]")


@lru_cache(maxsize=4)  # once for a text: who writes it a thousand times would have it read a thousand times
def _noes(text: str) -> tuple[int, ...]:
    return tuple(match.start() for match in _NO.finditer(text))


@cache
def _few() -> re.Pattern[str]:
    return re.compile(rf"(?P<few>.*\w) ?و ?(?P<rest>{hundreds()})")


def hundreds() -> str:
    """Return a regular expression for what is said behind a thousand or a million: «پونصد», «هفتصد و پنجاه»."""
    round_ = any_of(word for word, number in _UNITS.items() if number >= _HUNDRED)
    return rf"(?:(?:{round_})(?: ?و ?(?:پنجاه|پنجا))?|[1-9][05]0(?!\d))"


def is_scaled(text: str) -> bool:
    """Say whether a number names its scale («هزار», «میلیون») or is written out in full."""
    return any(scale in text for scale in _SCALES)


_FRACTION = re.compile(r"\d+[./٫]\d+")
#: Three digits behind a point are thousands where no scale follows.
_SURE_FRACTION = re.compile(r"\d+[./٫](?:\d{1,2}|\d{4,})|\d{4,}[./٫]\d+")


def _atom(token: str, *, decimal: bool) -> Fraction | None:
    """Return what a word or digits stand for; before a scale «1.250» is a fraction, else a thousand and more."""
    if token in _UNITS:
        return Fraction(_UNITS[token])
    if not token[0].isdigit() or sum(map(str.isdigit, token)) > _MOST_DIGITS:
        return None
    if (_FRACTION if decimal else _SURE_FRACTION).fullmatch(token):
        return Fraction(re.sub(r"\D", ".", token))
    return Fraction(re.sub(r"\D", "", token))


def words() -> tuple[str, ...]:
    """Return the number words below a thousand, in their folded spelling."""
    return tuple(_UNITS)
