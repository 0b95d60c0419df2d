"""One spelling for every letter: compatibility forms, Arabic twins, digits, marks, stretched letters, white space."""

import re
import unicodedata
from functools import cache
from typing import TypeVar

from nlp import vocabulary
from nlp.offsets import Draft

AnyDraft = TypeVar("AnyDraft", bound=Draft)

#: A letter three times or more is stretched: «عالیییی».
_STRETCHED = re.compile(r"([^\W\d_])\1\1+")
_DOUBLED = re.compile(r"([^\W\d_])\1")
_DOUBLED_VOWEL = re.compile(r"([اویه])\1+")
_WORD = re.compile(r"[^\W\d_]+")
_DOTS = re.compile(r"\s*(?:\.[.…]+|…[.…]*)\s*")
_REPEATED = re.compile(r"([!?؟،,;*_=~\-\u2190-\u21ff\u2300-\u27bf\u2900-\u2bff\U0001f000-\U0001faff])(?:\s*\1)+")
_SPACES = re.compile(r"[^\S\n]*\n\s*|[^\S\n]{2,}")
_TWICE = re.compile(r"([^\w\s]|\w)\s*\1")
#: A character that NFKC may change, with the marks that follow it.
_MARKS = "\u0300-\u036f\u064b-\u065f\u0670"
_CLUSTER = re.compile(rf"[^\u0000-\u007f][{_MARKS}]*|[\u0000-\u007f][{_MARKS}]+")

_TWINS = {
    "ی": "كي"[1:] + "ىېۍێےۑ",
    "ک": "كڪګڬڭڮ",
    "ه": "ةەہۂۀھۃ",
    "و": "ۆۇۈۉۊۋ",
    "ا": "ٱٲٳ",
    "%": "٪",
    "'": "’‘`´",
    '"': "“”„",
    "،": "‚",
    ".": "۔",
    "٬": "",
    "-": "‐‑‒–—―−",
}


def folded(draft: AnyDraft) -> AnyDraft:
    """Return the text in plain letters: what is invisible or decorative falls away, nothing is reordered.

    Half-spaces fall away too: «می‌رود» and «میرود» are one word.
    """
    draft = _composed(draft)
    if _table_signs().search(draft.text):
        draft = draft.letters(_table())
    if _TWICE.search(draft.text) or "…" in draft.text:
        draft = draft.sub(_WORD, _spelled).sub(_DOTS, _ellipsis).sub(_REPEATED, _first)
    if _SPACES.search(draft.text):
        draft = draft.sub(_SPACES, _space)
    return draft.stripped()


def kept_apart(text: str) -> str:
    """Return the text in plain letters with its half-spaces, to count how words are written."""
    return unicodedata.normalize("NFKC", text).translate({**_table(), 0x200C: "\u200c"})


def _spelled(match: re.Match[str]) -> str:
    """Return a word with doubled or stretched letters as it is mostly written: «خیلیی» is «خیلی», «پااایین» «پایین»."""
    word = match[0]
    if not _DOUBLED.search(word):
        return word
    known, once = vocabulary.words(), _STRETCHED.sub(r"\1", word)
    spellings = [once, _STRETCHED.sub(r"\1\1", word), _DOUBLED_VOWEL.sub(r"\1", once)]
    best = max(spellings, key=lambda spelling: known.get(spelling, 0))
    return best if best in known else spellings[0]


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
def _table_signs() -> re.Pattern[str]:
    """Return a pattern that finds any character the table would change."""
    changed = [code for code, sign in _table().items() if sign != chr(code)]
    return re.compile("[" + "".join(_ranges(sorted(changed))) + "]")


def _ranges(codes: list[int]) -> list[str]:
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return [f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges]


@cache
def _table() -> dict[int, str | None]:
    """Return the table of single letters: Arabic twins, digits of both scripts, marks and controls."""
    gone = ("Cc", "Cf", "Co", "Cn", "Mn", "Me")
    table: dict[int, str | None] = {code: None for code in range(0x11000) if unicodedata.category(chr(code)) in gone}
    table |= {code: None for code in (*range(0xE0000, 0xE01F0), *range(0x1F3FB, 0x1F400), *_ARABIC_SIGNS, ord("ـ"))}
    table |= {ord(sign): " " for sign in "\t\v\f\x1c\x1d\x1e\x1f\u2028\u2029"}
    table |= {ord("\n"): "\n", ord("\r"): "\n", 0x85: "\n"}
    table |= {ord(other): letter for letter, others in _TWINS.items() for other in others}
    table |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    table |= {zero + value: str(value) for zero in (0x660, 0x6F0) for value in range(10)}
    return table


#: Signs of the Qur'an and of chant, which hazm drops as well.
_ARABIC_SIGNS = (0x61E, 0x6DE, 0x6E9, 0x6E5, 0x6E6, 0x6FD, 0x6FE, 0xFD3E, 0xFD3F, *range(0xFBB2, 0xFBC2))
