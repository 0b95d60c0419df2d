"""Persian search without a Persian dictionary: both sides are folded to the same plain words."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_JOINER = "\u200c"
_FOLD = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ئ": "ی",
        "ك": "ک",
        "ة": "ه",
        "ۀ": "ه",
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ؤ": "و",
        "ـ": None,
    }
)
_MAX_TERMS = 12
_STRETCHED = re.compile(r"(.)\1+")
#: Politeness that changes nothing of what a comment says.
_POLITE = frozenset(["سلام", "درود", "لطفا", "خواهشا", "خواهشمندم", "باسلام", "سلامعلیکم"])


def search_text(text: str) -> str:
    """Return the words a text can be found by, separated by single spaces.

    Arabic letters, digits of any script, vowel marks, stretching and case are folded away. A word with a
    half-space is kept joined and in its parts, since people type it either way.

    >>> search_text("سفارش‌هاي من نرسيد، ۲ روزه!")
    'سفارشهای سفارش های من نرسید 2 روزه'
    """
    folded = _folded(text)
    if _JOINER not in folded:
        return " ".join(_WORD.findall(folded))
    words: list[str] = []
    for chunk in folded.split():
        joined = _WORD.findall(chunk.replace(_JOINER, ""))
        words += joined
        if _JOINER in chunk:
            words += [
                word for part in chunk.split(_JOINER) for word in _WORD.findall(part) if word not in joined
            ]
    return " ".join(words)


def search_terms(query: str) -> tuple[str, ...]:
    """Return the beginnings of words that must all occur; empty when the query holds no word.

    >>> search_terms("  ارسال «سفارش‌ها» ")
    ('ارسال', 'سفارشها')
    """
    words = _WORD.findall(_folded(query).replace(_JOINER, ""))
    return tuple(dict.fromkeys(words))[:_MAX_TERMS]


def likeness(text: str) -> str:
    """Return what near-identical comments share: their letters, emoji and question mark.

    Spacing, punctuation, stretching, letter forms and greetings do not count; digits and every other word do,
    since «نبود» for «بود» turns a comment around.

    >>> likeness("سلام، غذا عاااالي بود!!!") == likeness("غذا عالی‌بود")
    True
    >>> likeness("رسید؟") == likeness("رسید")
    False
    """
    words = _WORD.findall(_folded(text).replace(_JOINER, ""))
    kept = [word for word in words if word not in _POLITE] or words
    signs = sorted(letter for letter in set(text) if unicodedata.category(letter) == "So")
    asks = "?" if "?" in text or "؟" in text else ""
    return _STRETCHED.sub(r"\1", "".join(kept)) + "".join(signs) + asks or text.strip()


@lru_cache(
    maxsize=1
)  # a comment is folded twice in a row: for what it can be found by, and for what it is like
def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_FOLD).casefold()
    return unicodedata.normalize("NFKC", plain).translate(_PLAIN)


class _Plain(dict[int, str]):
    """What a letter is folded to, worked out the first time it is seen."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        kind = unicodedata.category(letter)
        folded = str(unicodedata.digit(letter)) if kind == "Nd" else letter
        self[code] = "" if kind in {"Mn", "Cf"} and letter != _JOINER else folded
        return self[code]


_PLAIN = _Plain()
