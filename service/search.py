"""Persian search without a Persian dictionary: both sides are folded to the same plain words."""

import re
import unicodedata
from functools import lru_cache

from service.feedback import PERSIAN_KEYS

_WORD = re.compile(r"[^\W_]+")
_JOINER = "\u200c"
_JOINED = re.compile(rf"[^\W_]+(?:{_JOINER}+[^\W_]+)*")
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
_ARABIC_KEYS = str.maketrans("یک", "يك")
_MAX_PARTS = 4
#: Nobody types more of a name, and an index of PostgreSQL takes no more than some thousand.
_NAME_LETTERS = 100
_OWN = "[متش](?:ان|ون)?"
_ENDINGS = rf"ها(?:ی+|ی?{_OWN})?|ا?{_OWN}|ا?ی[مد]?|یی|اند?|ا?ست?|تر(?:ین?)?"
#: Half-spaces after «می» and before endings: such parts are in every other comment and tell nothing alone.
_HELD = re.compile(rf"\b(ن?می){_JOINER}+|{_JOINER}+(?=(?:{_ENDINGS})\b)")
#: Between the thousands of a number: they are parts of one word.
_GROUPED = re.compile(r"(?<=\d)[,،٬](?=\d{3}(?!\d))")
_STRETCHED = re.compile(r"([^\W\d_])\1+")
#: Spaces that do not count: between two numbers they do, «۱ ۱» is no eleven.
_SPACE = re.compile(r"(?<!\d) | (?!\d)")
#: Politeness that changes nothing of what a comment says.
_POLITE = frozenset(["سلام", "درود", "لطفا", "خواهشا", "خواهشمندم", "باسلام", "سلامعلیکم"])


def search_text(text: str) -> str:
    """Return the words a text can be found by, separated by single spaces.

    Arabic letters, digits of any script, vowel marks, stretching and case are folded away. A word with a
    half-space is kept joined and in its parts, since people type it either way, and so is a number in thousands.

    >>> search_text("سفارش‌هاي من نرسيد، ۲ روزه!")
    'سفارشهای سفارش های من نرسید 2 روزه'
    >>> search_text("۱٬۲۵۰ تومان")
    '1250 1 250 تومان'
    """
    folded = _grouped(_folded(text))
    if _JOINER not in folded:
        return " ".join(_WORD.findall(folded))
    words: list[str] = []
    for chunk in folded.split():
        joined = _WORD.findall(chunk.replace(_JOINER, ""))
        words += joined
        if _JOINER in chunk:
            told = frozenset(joined)
            words += [
                word for part in chunk.split(_JOINER) for word in _WORD.findall(part) if word not in told
            ]
    return " ".join(words)


def search_terms(query: str) -> tuple[str, ...] | None:
    """Return the beginnings of words that must all occur; None of a blank query, which asks for nothing.

    A query without any word has no terms, and nothing is found by it. A word with a half-space is told by its parts:
    it is found where they stand joined, and where a comment has all of them, as when they are typed with a space.
    «می» and endings are no parts: they are found joined, or with a half-space, and not behind a space.

    >>> search_terms("  ارسال «سفارش‌ها» با کیف‌پول ")
    ('ارسال', 'سفارشها', 'با', 'کیف پول')
    >>> search_terms("؟!"), search_terms(" ")
    ((), None)
    """
    if not query.strip():
        return None
    words = _JOINED.findall(_HELD.sub(r"\1", _grouped(_folded(query))))
    terms = (" ".join(_WORD.findall(word)[:_MAX_PARTS]) for word in words)
    return tuple(dict.fromkeys(terms))


def name_rests(name: str) -> list[str]:
    """Return a name from each of its words on, folded and without blanks: what is typed of it begins one of these.

    So a blank or a half-space that is missing, or one too many, keeps nobody from finding it.

    >>> name_rests("رضا حسن‌زاده")
    ['رضاحسنزاده', 'حسنزاده', 'زاده']
    """
    words = _WORD.findall(_folded(name))
    return ["".join(words[place:])[:_NAME_LETTERS] for place in range(len(words))]


def name_start(typed: str) -> str:
    """Return what was typed of a name as `name_rests` has it.

    >>> name_start("حسن زا")
    'حسنزا'
    """
    return next(iter(name_rests(typed)), "")


def spellings(words: str) -> tuple[str, ...]:
    """Return words as they were typed, as a Persian keyboard writes them, with Latin digits, and as an Arabic one does.

    An id is found by its exact letters, and both keyboards are in use.

    >>> spellings("علي ۰۹۱۲")
    ('علي ۰۹۱۲', 'علی ۰۹۱۲', 'علی 0912', 'علي 0912')
    """
    persian = words.translate(PERSIAN_KEYS)
    latin = "".join(str(unicodedata.digit(letter, letter)) for letter in persian)
    return tuple(dict.fromkeys((words, persian, latin, latin.translate(_ARABIC_KEYS))))


def likeness(text: str) -> str:
    """Return what near-identical comments share: their letters, emoji and question mark.

    Spacing, punctuation, stretching, letter forms and greetings do not count; digits and every other word do,
    since «نبود» for «بود» turns a comment around.

    >>> likeness("سلام، غذا عاااالي بود!!!") == likeness("غذا عالی‌بود")
    True
    >>> likeness("رسید؟") == likeness("رسید")
    False
    >>> likeness("۲۲ روز") == likeness("۲ روز")
    False
    """
    words = _WORD.findall(_folded(text).replace(_JOINER, ""))
    kept = [word for word in words if word not in _POLITE] or words
    signs = sorted(letter for letter in set(text) if unicodedata.category(letter) == "So")
    asks = "?" if "?" in text or "؟" in text else ""
    return _STRETCHED.sub(r"\1", _SPACE.sub("", " ".join(kept))) + "".join(signs) + asks or text.strip()


def _grouped(folded: str) -> str:
    return _GROUPED.sub(_JOINER, folded)


@lru_cache(maxsize=1)  # a comment is folded twice in a row: to be found, and for what it is like
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
