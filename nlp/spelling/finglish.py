"""Romanized Persian into Persian letters: «kheyli bad bood» becomes «خیلی بد بود».

A word is looked up in a lexicon, then by its sound among the words that customers write, then without its
endings, and is spelled letter by letter when nothing is like it.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from nlp.spelling import sounds
from nlp.spelling.offsets import AnyDraft

#: A romanized word, with its ezafe if that is written apart; digits and addresses are none.
_WORD = r"[A-Za-z]+(?:['’][A-Za-z]+)*(?:-(?:ye|e)\b)?"
#: Latin words that stand together and to no sign that makes a name of them: «@app_service», «AT&T», «asp.net».
_RUN = re.compile(r"(?<![a-z0-9_@#&+'-])(?<![a-z]\.)[a-z]++(?:[ '-][a-z]++)*+(?![a-z0-9_@&+]|\.[a-z])")
#: These stand in the text for what has been set aside.
HELD = frozenset({"urlx", "emailx", "piix"})
_GOOD = 0.0  # a reading below this is a guess that letters beat
_ENDINGS = {
    "eshoon": "شون", "etoon": "تون", "emoon": "مون", "shoon": "شون", "toon": "تون", "moon": "مون",
    "eshun": "شون", "etun": "تون", "emun": "مون", "haye": "های", "hay": "های", "hash": "هاش",
    "hatoon": "هاتون", "ha": "ها", "tarin": "ترین", "tar": "تر", "a": "ا", "am": "م", "em": "م", "et": "ت", "at": "ت",
    "esh": "ش", "ash": "ش", "im": "یم", "id": "ید", "in": "ین", "an": "ن", "and": "ند", "ie": "یه", "ye": "ی",
    "e": "ه", "eh": "ه", "i": "ی", "o": "و", "ro": "رو", "n": "ن",
}  # fmt: skip
_LETTERS = dict(
    zip(
        "kh gh sh ch zh ck ph oo ou aa ee a b c d e f g h i j k l m n o p q r s t u v w x y z".split(),
        "خ ق ش چ ژ ک ف و و ا ی ا ب ک د - ف گ ه ی ج ک ل م ن و پ ق ر س ت و و و کس ی ز".split(),
        strict=True,
    )
)
_SOUND = re.compile("|".join(_LETTERS))


def replaced(draft: AnyDraft, only: frozenset[str] | None = None) -> AnyDraft:
    """Return the text with every romanized word, or only these words, in Persian letters."""

    def persian(match: re.Match[str]) -> str:
        wanted = match[0] not in HELD if only is None else match[0] in only
        return word(match[0]) if wanted else match[0]

    return draft.sub(_words(), persian)


def borrowed(draft: AnyDraft, loans: frozenset[str]) -> AnyDraft:
    """Return the text with loan words in Persian letters where no other Latin word stands beside them.

    «crash» alone is Persian by now; within «Adobe Crash Reporter» it is a part of a name.
    """
    places = {place for run in _RUN.finditer(draft.text) for place in _places(run, loans)}

    def persian(match: re.Match[str]) -> str:
        return word(match[0]) if match.start() in places else match[0]

    return draft.sub(_words(), persian) if places else draft


def _places(run: re.Match[str], loans: frozenset[str]) -> list[int]:
    """Return where the words of a run start if all of them are loan words, or pairs that are listed."""
    found = list(_words().finditer(run[0]))
    known = all(each[0] in loans or _plain(each[0]) in _pairs() for each in found)
    return [run.start() + each.start() for each in found] if known else []


@lru_cache(maxsize=4096)
def word(romanized: str) -> str:
    """Return the Persian spelling of one romanized word.

    >>> word("kheyli"), word("khoshmaze"), word("gheymatesh")
    ('خیلی', 'خوشمزه', 'قیمتش')
    """
    plain = _plain(romanized)
    if plain in _lexicon():
        return _lexicon()[plain]
    best = max(_readings(plain), key=lambda reading: reading.score, default=None)
    return best.word if best else _spelled(plain)


def known(romanized: str) -> bool:
    """Tell whether a word is in the lexicon or sounds like a word that customers write."""
    found = sounds.reading(_plain(romanized))
    return listed(romanized) or (found is not None and found.score > _GOOD + 1)


def listed(romanized: str) -> bool:
    """Tell whether a word is in the lexicon: short letters may sound like anything."""
    return _plain(romanized) in _lexicon()


def _plain(romanized: str) -> str:
    return re.sub(r"['’]|-(?:ye|e)$", "", romanized.casefold()).replace("-", " ")


def _readings(plain: str) -> Iterator[sounds.Reading]:
    """Yield good readings of the whole word, and of its stem with the ending put back."""
    whole = sounds.reading(plain)
    if whole and whole.score > _GOOD:
        yield whole
    for ending, letters in _ENDINGS.items():
        stem = plain.removesuffix(ending)
        if len(stem) < 2 or stem == plain:
            continue
        found = sounds.Reading(_lexicon()[stem], 5) if stem in _lexicon() else sounds.reading(stem)
        if found and found.score > _GOOD + 2:
            yield sounds.Reading(found.word + letters, found.score - 4)


def _spelled(plain: str) -> str:
    found = _SOUND.findall(plain)
    letters = "".join(_LETTERS[sound].replace("-", "") for sound in found)
    if found and found[-1] == "e":
        letters += "ه"
    return ("ا" + letters if found and found[0] in "eio" else letters) or plain


@cache
def _words() -> re.Pattern[str]:
    """Return a word, or a pair that tells which words are meant («hal nashod», not «hal nadaram»)."""
    pairs = "|".join(pair.replace(" ", "[ -]") for pair in sorted(_pairs(), key=len, reverse=True))
    return re.compile(rf"\b(?:{pairs})\b|{_WORD}")


@cache
def _pairs() -> frozenset[str]:
    return frozenset(listed for listed in _lexicon() if " " in listed)


@cache
def _lexicon() -> dict[str, str]:
    lines = Path(__file__).with_name("finglish.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t", 1) for line in lines if line and not line.startswith("#"))
    return {romanized: persian.replace("\t", " ").replace("\u200c", "") for romanized, persian in rows}
