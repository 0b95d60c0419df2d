"""Which Persian word a romanized word sounds like.

Both spellings are cut into consonants with vowels between. Words of the same consonants are compared
vowel by vowel, and the more frequent word wins where the sound does not decide.
"""

import math
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from operator import attrgetter
from typing import NamedTuple

from nlp.spelling import vocabulary

#: One sign per consonant sound; letters that sound alike share it.
_PERSIAN = {
    sign: sound
    for sound, signs in {
        "b": "ب", "p": "پ", "t": "تط", "s": "ثسص", "j": "ج", "c": "چ", "h": "حه", "x": "خ", "d": "د",
        "z": "ذزضظ", "r": "ر", "J": "ژ", "S": "ش", "q": "غق", "f": "ف", "k": "ک", "g": "گ", "l": "ل",
        "m": "م", "n": "ن",
    }.items()
    for sign in signs
}  # fmt: skip
_LATIN = {
    "kh": "x", "gh": "q", "sh": "S", "ch": "c", "zh": "J", "ph": "f", "ck": "k", "c": "k", "w": "v",
    "x": "ks", "aa": "A", "oo": "U", "ou": "U", "ee": "I",
}  # fmt: skip
_SOUND = re.compile(r"kh|gh|sh|ch|zh|ph|ck|aa|oo+|ou|ee|[a-z]")
_TWICE = re.compile(r"([^aeiou])\1")
_VOWELS = frozenset("aAeoUuiIyv")
_CONSONANTS = {sound: sound for sound in _PERSIAN.values()}
#: What it costs to read a romanized vowel as a Persian letter; what is missing does not match.
_READ = {
    "aا": 0.2, "aآ": 0.3, "Aا": 0.0, "Aآ": 0.0, "aه": 0.8, "eه": 0.1, "eی": 1.0, "eا": 1.4, "oو": 0.2,
    "oا": 1.4, "uو": 0.0, "Uو": 0.0, "uا": 1.0, "Uا": 1.0, "iی": 0.0, "Iی": 0.0, "iئ": 0.3, "yی": 0.0,
    "yئ": 0.2, "vو": 0.0, "eئ": 0.6, "aع": 0.1, "eع": 0.1, "oع": 0.3, "oؤ": 0.2, "iع": 0.8,
}  # fmt: skip
_READ_FIRST = {"aا": 0.1, "aآ": 0.0, "eا": 0.0, "oا": 0.0, "uا": 0.4, "Uا": 0.4, "iا": 0.8}
_UNREAD = {"a": 0.1, "e": 0.1, "o": 0.15, "A": 1.5}
_UNREAD_LAST = {"e": 0.45}  # an ezafe; other vowels at the end of a word are written, as are first ones
_UNWRITTEN = {"ع": 0.2, "ئ": 0.5, "ء": 0.2, "أ": 0.3, "ؤ": 0.5}
_FAR = 1.6
_LONGEST = 24  # letters of a romanized word
_WEIGHT = 5.0  # one unit of sound against the logarithm of how often a word is seen


class Sounds(NamedTuple):
    """A word as its consonants and the vowels before, between and after them."""

    consonants: str
    vowels: tuple[str, ...]


class Reading(NamedTuple):
    """A Persian word and how well it fits: above zero is a good guess."""

    word: str
    score: float


@lru_cache(maxsize=4096)
def reading(romanized: str) -> Reading | None:
    """Return the best Persian word for a romanized one in lower case, or None if nothing sounds like it.

    >>> reading("khoshmaze").word
    'خوشمزه'
    """
    if len(romanized) > _LONGEST:
        return None
    found = (
        Reading(known.word, _score(sounds, known, penalty))
        for sounds, penalty in _variants(romanized)
        for known in _index().get(sounds.consonants, ())
    )
    return max(found, key=attrgetter("score"), default=None)


def _score(heard: Sounds, known: "_Known", penalty: float) -> float:
    """Weigh how often a word is seen against how far its sound lies from what was heard, with what both readings cost."""
    cost = _distance(heard.vowels, known.vowels) + (penalty + known.penalty)
    return math.log(known.frequency) - _WEIGHT * cost


def _variants(romanized: str) -> list[tuple[Sounds, float]]:
    """Return the ways to cut a romanized word: a last h may be mute, x may be خ, s may be careless for ش."""
    found = _SOUND.findall(romanized)
    sounds = [_LATIN.get(sound, "U" if sound.startswith("oo") else sound) for sound in found]
    plain = "".join(sounds)
    spellings = {plain: 0.0}
    if len(plain) > 2 and plain[-1] == "h" and plain[-2] in _VOWELS:
        spellings[plain[:-1]] = 0.4
    if "x" in romanized and "kx" not in romanized:
        spellings["".join("x" if one == "ks" else one for one in sounds)] = 0.1
    for careless, meant in (("s", "S"), ("g", "q"), ("j", "J"), ("S", "sh")):
        if careless in plain:
            spellings.setdefault(plain.replace(careless, meant, 1), 0.9)
    return [(_cut(_TWICE.sub(r"\1", spelling), _CONSONANTS), cost) for spelling, cost in spellings.items()]


def _cut(signs: str, consonants: Mapping[str, str]) -> Sounds:
    """Return the consonants of a word, as they sound, and what stands between them."""
    heard, between = "", [""]
    for sign in signs:
        if sound := consonants.get(sign):
            heard += sound
            between.append("")
        else:
            between[-1] += sign
    return Sounds(heard, tuple(between))


class _Known(NamedTuple):
    """A Persian word with one way to say it, and what that way costs."""

    word: str
    vowels: tuple[str, ...]
    frequency: int
    penalty: float


@cache
def _index() -> Mapping[str, list[_Known]]:
    """Return the known words by their consonants, each in every way it is said."""
    index: dict[str, list[_Known]] = {}
    for word, count in vocabulary.words().items():
        for sounds, penalty in _pronunciations(word):
            index.setdefault(sounds.consonants, []).append(_Known(word, sounds.vowels, count, penalty))
    return index


def _pronunciations(word: str) -> Iterator[tuple[Sounds, float]]:
    """Yield how a word is said, and what that costs: a last ه may be mute, a last ا may be said -an."""
    heard = word.replace("خوا", "خا")
    if heard.endswith("ه") and len(heard) > 1:
        sounds = _cut(heard[:-1], _PERSIAN)
        yield Sounds(sounds.consonants, (*sounds.vowels[:-1], sounds.vowels[-1] + "ه")), 0.0
    yield _cut(heard, _PERSIAN), 0.0
    if heard.endswith("ا") and len(heard) > 3:
        yield _cut(heard + "ن", _PERSIAN), 0.2


def _distance(romanized: tuple[str, ...], persian: tuple[str, ...]) -> float:
    last = len(romanized) - 1
    return sum(
        _apart(heard, written, first=place == 0, last=place == last)
        for place, (heard, written) in enumerate(zip(romanized, persian, strict=True))
    )


@lru_cache(maxsize=65536)
def _apart(heard: str, written: str, *, first: bool, last: bool) -> float:
    """Return the least cost of reading some romanized vowels as some Persian letters."""
    if not heard:
        return sum(_unwritten(letter, written, first=first) for letter in written)
    if not written:
        end = len(heard) - 1
        return sum(
            _unread(sound, first=first, last=last and place == end) for place, sound in enumerate(heard)
        )
    pair = heard[0] + written[0]
    read = (_READ | _READ_FIRST if first else _READ).get(pair, 2 * _FAR)
    return min(
        read + _apart(heard[1:], written[1:], first=False, last=last),
        _unread(heard[0], first=first, last=last and len(heard) == 1)
        + _apart(heard[1:], written, first=first, last=last),
        _unwritten(written[0], written, first=first) + _apart(heard, written[1:], first=False, last=last),
    )


def _unread(sound: str, *, first: bool, last: bool) -> float:
    if last:
        return _UNREAD_LAST.get(sound, _FAR)
    return _FAR if first else _UNREAD.get(sound, _FAR)


def _unwritten(letter: str, letters: str, *, first: bool) -> float:
    if first and letter == "ا" and letters[1:2] in ("ی", "و"):
        return 0.0
    return _UNWRITTEN.get(letter, _FAR)
