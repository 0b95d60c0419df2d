"""The same comment as other people would have typed it: pure functions that keep its meaning."""

import random
import re
from collections.abc import Callable, Mapping

#: Text and seed to the same comment, typed differently.
Change = Callable[[str, int], str]

_ARABIC = str.maketrans({"ی": "ي", "ک": "ك", "۰": "٠", "۴": "٤", "۵": "٥", "۶": "٦"})
_ZWNJ = "\u200c"
_WORD = re.compile(r"[آ-ی]{4,}")
_LONG_VOWEL = re.compile(r"[اویآ](?!.*[اویآ])")
#: Keys that stand side by side on the Persian keyboard.
_NEIGHBOURS: Mapping[str, str] = dict(
    zip("ضصثقفغعهخحجشسیبلاتنمکگظطزرذدپو", "صثقفغعهخحجچسیبلاتنمکگگطزرذدپوو", strict=True)
)


def arabic_letters(text: str) -> str:
    """Write ي and ك for ی and ک, as an Arabic keyboard does."""
    return text.translate(_ARABIC)


def joined(text: str) -> str:
    """Leave the half-spaces out: «می‌رسد» becomes «میرسد»."""
    return text.replace(_ZWNJ, "")


def spaced(text: str) -> str:
    """Write a space for every half-space: «می‌رسد» becomes «می رسد»."""
    return text.replace(_ZWNJ, " ")


def stretched(text: str, seed: int = 0) -> str:
    """Stretch one long vowel of one word: «عالی» becomes «عاااالی»."""
    places = [match for match in _WORD.finditer(text) if _LONG_VOWEL.search(match.group())]
    if not places:
        return text
    word = _chance(text, seed).choice(places)
    vowel = _LONG_VOWEL.search(word.group())
    at = word.start() + (vowel.start() if vowel else 0)
    return text[:at] + text[at] * 4 + text[at + 1 :]


def emoji_added(text: str, seed: int = 0) -> str:
    """Put an emoji that says little after the text."""
    return f"{text} {_chance(text, seed).choice('🙏🌹')}"


def typo(text: str, seed: int = 0) -> str:
    """Hit a neighbouring key, or swap two letters, in one word of four letters or more."""
    words = list(_WORD.finditer(text))
    if not words:
        return text
    chance = _chance(text, seed)
    word = chance.choice(words)
    at = chance.randrange(word.start() + 1, word.end() - 1)
    if chance.random() < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + _NEIGHBOURS.get(text[at], text[at]) + text[at + 1 :]


def _chance(text: str, seed: int) -> random.Random:
    return random.Random(f"{seed}{text}")  # repeatable, not secret


#: What the robustness table measures, by the name it prints.
PERTURBATIONS: Mapping[str, Change] = {
    "arabic_letters": lambda text, _: arabic_letters(text),
    "zwnj_removed": lambda text, _: joined(text),
    "zwnj_spaced": lambda text, _: spaced(text),
    "stretched_word": stretched,
    "emoji_added": emoji_added,
    "one_typo": typo,
}
