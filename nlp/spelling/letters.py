"""One spelling for every letter: compatibility forms, Arabic twins, digits, marks, stretches, white space."""

import re
import unicodedata
from functools import cache, lru_cache

from nlp.spelling import vocabulary
from nlp.spelling.offsets import AnyDraft

#: For what people read: digits as Persian writes them.
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
#: A letter three times or more is stretched: «عالیییی».
_STRETCHED = re.compile(r"([^\W\d_])\1\1+")
#: Other signs than letters as well: what is asked first has to be fast.
_DOUBLED = re.compile("([a-z\u00c0-\U0010ffff])\\1")
_DOUBLED_WORD = re.compile(r"(?<![^\W\d_])(?:([^\W\d_])(?!\1))*+([^\W\d_])\2[^\W\d_]*")
_DOUBLED_VOWEL = re.compile(r"([اویه])\1+")
#: «جایی», «مویی», «ماهه»: a vowel and an ending of the same letter.
_MEANT = re.compile(r"(?:[او]یی|[اوی]هه)(?:م|ش|ت|ه|مون|شون|تون)?$")
_DOTS = re.compile(r"(?:(?<!\s)\s++)?(?:\.[.…]+|…[.…]*)\s*")
_REPEATED = re.compile(
    r"([!?؟،,;*_=~\-\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\U0001f000-\U0001faff])(?:\s*\1)+"
)
_BEYOND = re.compile("[\U00010000-\U0010ffff]")  # asked first: one range is fast
_SPACES = re.compile(r"[^\S\n]*\n\s*|[^\S\n]{2,}")
#: A character that NFKC may change, with the marks that follow it.
_MARKS = "\u0300-\u036f\u064b-\u065f\u0670"
_CLUSTER = re.compile(rf"[^\u0000-\u007f][{_MARKS}]*|[\u0000-\u007f][{_MARKS}]+")

#: «راضی نیسم», «میخواسم»: a «ت» that is not said, in words that customers also write with it.
_UNSAID = re.compile(r"(?<!\w)(?:نیس|(?:ن?می|ن|ب)?(?:خوا|تون|دون)س)(?=(?:م|ی|یم|ید|ین|ن|ند|ش)(?!\w))\w+")

_TWINS = {
    "ی": "يىېۍێےۑ",
    "ک": "كڪګڬڭڮ",
    "ه": "ةەہۂۀھۃ",
    "و": "ۆۇۈۉۊۋ",
    "ا": "ٱٲٳ",
    "%": "٪",
    "'": "’‘`´",
    '"': "“”„",
    "،": "‚",
    ".": "۔",
    "-": "‐‑‒–—―−",
}


def plain(draft: AnyDraft, most: int) -> AnyDraft:
    """Return at most so many characters, one sign for all that look alike, without marks, controls and half-spaces."""
    draft = _composed(draft).stripped(most)
    basic, beyond = _changeable()
    if basic.search(draft.text):
        draft = draft.letters(table(), basic)
    if _BEYOND.search(draft.text) and beyond.search(draft.text):
        draft = draft.letters(table(), beyond)
    return draft


def unstretched(draft: AnyDraft) -> AnyDraft:
    """Return the text with doubled and stretched letters as the word is mostly written."""
    return draft.sub(_DOUBLED_WORD, _usual) if _DOUBLED.search(draft.text) else draft


def spoken(draft: AnyDraft) -> AnyDraft:
    """Return the text with words that lost a letter in speech as they are written: «نیسم» is «نیستم»."""
    if not any(map(draft.text.__contains__, ("نیس", "واس", "ونس"))):
        return draft
    return draft.sub(_UNSAID, _written)


def tidied(draft: AnyDraft) -> AnyDraft:
    """Return the text with each mark once and single spaces."""
    if ".." in draft.text or "…" in draft.text:
        draft = draft.sub(_DOTS, _ellipsis)
    if _REPEATED.search(draft.text):
        draft = draft.sub(_REPEATED, _first)
    if any(map(draft.text.__contains__, ("  ", " \n", "\n ", "\n\n"))):
        draft = draft.sub(_SPACES, _space)
    return draft.stripped()


def kept_apart(text: str) -> str:
    """Return the text in plain letters with its half-spaces, to count how words are written."""
    return unicodedata.normalize("NFKC", text).translate(_table_with_half_spaces())


@cache
def _table_with_half_spaces() -> dict[int, str | None]:
    return {**table(), 0x200C: "\u200c"}


@lru_cache(maxsize=4096)
def _spelled(word: str) -> str:
    """Return the usual spelling: «خیلیی» is «خیلی», «پااایین» is «پایین»."""
    known, once = vocabulary.words(), _STRETCHED.sub(r"\1", word)
    if word in known and _MEANT.search(word):
        return word
    spellings = [once, _STRETCHED.sub(r"\1\1", word), _DOUBLED_VOWEL.sub(r"\1", once)]
    best = max(spellings, key=lambda spelling: known.get(spelling, 0))
    return best if best in known else once


def _usual(match: re.Match[str]) -> str:
    return _spelled(match[0])


def _written(match: re.Match[str]) -> str:
    known, word = vocabulary.words(), match[0].replace("س", "ست", 1)
    return word if word in known and match[0] not in known else match[0]


def _first(match: re.Match[str]) -> str:
    return match[1]


def _ellipsis(match: re.Match[str]) -> str:
    return " …\n" if "\n" in match[0] else " … "


def _space(match: re.Match[str]) -> str:
    return "\n" if "\n" in match[0] else " "


def _composed(draft: AnyDraft) -> AnyDraft:
    """Return NFKC, letter by letter with its marks, so that the origins stay exact."""
    while not unicodedata.is_normalized("NFKC", draft.text):
        before = draft.text
        draft = draft.sub(_CLUSTER, lambda match: unicodedata.normalize("NFKC", match[0]))
        if draft.text == before:
            return draft.whole(unicodedata.normalize("NFKC", before))
    return draft


@cache
def _changeable() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns for what the table would change in the basic plane and beyond."""
    changed = sorted(code for code, sign in table().items() if sign != chr(code))
    planes = [code for code in changed if code <= 0xFFFF], [code for code in changed if code > 0xFFFF]
    basic, beyond = (re.compile("[" + "".join(_ranges(codes)) + "]") for codes in planes)
    return basic, beyond


def _ranges(codes: list[int]) -> list[str]:
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return [f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges]


@cache
def table() -> dict[int, str | None]:
    """Return the table of single letters: Arabic twins, digits of both scripts, marks and controls."""
    gone = ("Cc", "Cf", "Co", "Cn", "Mn", "Me")
    signs: dict[int, str | None] = {
        code: None for code in range(0x11000) if unicodedata.category(chr(code)) in gone
    }
    signs |= dict.fromkeys((*_TAGS_AND_SELECTORS, *_SKIN_TONES, *_ARABIC_SIGNS, ord("ـ")))
    signs |= {ord(sign): " " for sign in "\t\v\f\x1c\x1d\x1e\x1f\u2028\u2029"}
    signs |= {ord("\n"): "\n", ord("\r"): "\n", 0x85: "\n"}
    signs |= {ord(other): letter for letter, others in _TWINS.items() for other in others}
    signs |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    signs |= {zero + value: str(value) for zero in (0x660, 0x6F0) for value in range(10)}
    return signs


#: What only changes how the emoji before it looks; flags of regions are spelled in tags.
_TAGS_AND_SELECTORS = range(0xE0000, 0xE01F0)
_SKIN_TONES = range(0x1F3FB, 0x1F400)


#: Signs of the Qur'an and of chant, which hazm drops as well.
_ARABIC_SIGNS = (0x61E, 0x6DE, 0x6E9, 0x6E5, 0x6E6, 0x6FD, 0x6FE, 0xFD3E, 0xFD3F, *range(0xFBB2, 0xFBC2))
