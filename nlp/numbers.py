"""Numbers as people write them: digits with separators, words, and mixtures («۲ و نیم میلیون»)."""

import re
from fractions import Fraction
from functools import cache

from nlp.folding import spelling

_UNITS = {
    "یک": 1, "یه": 1, "دو": 2, "سه": 3, "چهار": 4, "چار": 4, "پنج": 5, "شش": 6, "شیش": 6, "هفت": 7, "هشت": 8,
    "نه": 9, "ده": 10, "یازده": 11, "دوازده": 12, "سیزده": 13, "چهارده": 14, "پانزده": 15, "پونزده": 15,
    "شانزده": 16, "شونزده": 16, "هفده": 17, "هیفده": 17, "هجده": 18, "هیجده": 18, "نوزده": 19, "بیست": 20,
    "سی": 30, "چهل": 40, "پنجاه": 50, "شصت": 60, "هفتاد": 70, "هشتاد": 80, "نود": 90, "صد": 100, "یکصد": 100,
    "دویست": 200, "دیویست": 200, "سیصد": 300, "چهارصد": 400, "چارصد": 400, "پانصد": 500, "پونصد": 500,
    "ششصد": 600, "شیشصد": 600, "هفتصد": 700, "هشتصد": 800, "نهصد": 900,
}  # fmt: skip
_SCALES = {"هزار": 1_000, "هزارتا": 1_000, "میلیون": 1_000_000, "ملیون": 1_000_000, "میلیارد": 1_000_000_000}
_PARTS = {"نیم": Fraction(1, 2), "ربع": Fraction(1, 4)}
_DIGITS = r"\d{1,3}(?:[,٬/]\d{3})+|\d+(?:[.٫/]\d+)?"


@cache
def pattern() -> str:
    """Return a regular expression for one number, for use inside larger patterns; it captures nothing.

    A number is at most eight words long, so that matching stays linear.
    """
    words = "|".join(sorted((*_UNITS, *_SCALES, *_PARTS), key=len, reverse=True))
    atom = rf"(?:{_DIGITS}|(?:{words})(?!\w))"
    joined = rf"(?: ?و ?| ?)(?:{words})(?!\w)"
    behind = "|".join(f"(?<={scale})" for scale in _SCALES)
    further = rf"(?:{behind}) ?و ?(?:{_DIGITS})(?= ?(?:{'|'.join(_SCALES)})(?!\w))"  # «4 میلیون و 800 هزار»
    return rf"{atom}(?:{joined}|{further}){{0,7}}"


def value(text: str) -> Fraction | None:
    """Return the number that folded words and digits stand for, None when they are none.

    >>> value("دو میلیون و پونصد هزار")
    Fraction(2500000, 1)
    >>> value("2 و نیم")
    Fraction(5, 2)
    >>> value("4 میلیون و 800 هزار")
    Fraction(4800000, 1)
    """
    total, group = Fraction(0), Fraction(0)
    seen = scaled = False
    for word in re.findall(rf"{_DIGITS}|[^\W\d]+", spelling(text)):
        if word == "و":
            continue
        seen = True
        if word in _SCALES:
            total += (group or 1) * _SCALES[word]
            group, scale, scaled = Fraction(0), _SCALES[word], True
        elif word in _PARTS:
            if scaled and not group:
                total += _PARTS[word] * scale
            else:
                group += _PARTS[word]
        elif (number := _atom(word)) is not None:
            group += number
        else:
            return None
    return total + group if seen else None


def is_scaled(text: str) -> bool:
    """Say whether a number names its scale («هزار», «میلیون») or is written out in full."""
    return any(scale in text for scale in _SCALES)


def _atom(token: str) -> Fraction | None:
    if token in _UNITS:
        return Fraction(_UNITS[token])
    if not token[0].isdigit():
        return None
    if re.fullmatch(r"\d{1,3}(?:[,٬/]\d{3})+", token):
        return Fraction(re.sub(r"\D", "", token))
    return Fraction(re.sub(r"[٫/]", ".", token))


def words() -> tuple[str, ...]:
    """Return the number words below a thousand, in their folded spelling."""
    return tuple(_UNITS)
