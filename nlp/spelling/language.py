"""The language gate: Persian and romanized Persian are tagged, everything else is named and left alone."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path

from nlp.spelling import finglish, vocabulary
from nlp.spelling.letters import kept_apart
from nlp.spelling.protect import ADDRESS, STANDS_FOR
from nlp.tags import Language

_ENOUGH = 1500  # characters that tell a language
_FAMILIAR = 20  # a word seen more often than that is no foreign name
_WORD = re.compile(r"[^\W\d_]+(?:\u200c[^\W\d_]+)*")
_ARABIC_SCRIPT = re.compile(r"[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufefc]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
#: Letters that only one of the neighbours writes, and those that some Persian keyboards write too.
_OWN = {"ur": "ٹڈڑں", "ckb": "ڵۆێڕ", "ps": "ځڅډړږښېۍڼ"}
_SHARED = {"ur": "ےہھۓ", "ckb": "ەھ", "ps": "ۍ"}
_ARABIC, _PERSIAN = "ةأإ", "پچژگ"
#: Letters that no Arabic keyboard has.
_PERSIAN_KEYS = re.compile("[پچژگکی]")
_URDU_LETTERS = re.compile("[ہےھۓٹڈڑں]")
#: Arabic that Persians say, too: it tells nothing of the language of the rest.
_PIOUS = re.compile(
    r"\b(?:[اإ]ن|ما) شا[ءأ]? ?الله|\bالحمد ?لله|\bلا اله الا الله|\bبسم الله(?: الرحمن)?(?: الرح[یي]م)?"
    r"|\b[اإ]نا لله و ?[اإ]نا ال[یي]ه راجعون|\b(?:ال)?سلام عل[یي][کك]م(?: و رحم[ةه] الله)?"
)
_IN_PIOUS = ("لله", "سلام عل")  # asked first: hardly a comment has either
#: Letters and endings of romanized Persian that English hardly knows.
_ROMANIZED = re.compile(
    r"kh|gh|zh|aa|oo\b|^(?:ne)?mi[a-z]{2,}|(?:am|id|in|an|eh|esh|et|etoon|tun|shoon|shun|moon|mun)$|[bcdfghjklmnpqrstvwxz]e$"
)

#: What no English word begins with or, but for a few from our parts, has within: «khak», «pakhsh».
_UNENGLISH = re.compile(r"kh|zh|^gh")
#: Latin letters of others, from «très» to «çox»; those of learned Persian («â», «š») are none.
_ACCENTED = re.compile("[çğışöüəßñèêéëàùîôœæãõúíó]")

#: «mige», «nemizanan»: a prefix and the stem of a Persian verb.
_VERB = re.compile(
    r"ne?mi[a-z]{2}|mi(?:g(?:e|an|id|in)|r(?:an|im|id|in)|sh|kon|d(?:e|an|in|id)|a[dny]|z(?:an|ar)|kh|to[nou]|d[ou]n|gir|bin|f[er]|res)"
)

#: Asked first, which is quicker: a dot before Latin letters or digits, or how an address begins.
_MAY_HOLD_ADDRESS = re.compile(r"\.[a-z0-9-]|://|www\.", re.IGNORECASE)


def detect(text: str) -> Language:
    """Return the language of a comment and whether it is tagged.

    Codes follow BCP 47: `fa`, `fa-Latn` (Persian in Latin letters), `en`, `ar`, `azb`, `ur`, `ckb`, `ps`, and
    `und` for what has no words (a letter or two are none, nor are addresses) or an unknown script. One foreign word among Persian ones does not
    change the language.

    >>> detect("غذا سرد رسید"), detect("kheyli dir resid").code, detect("The food was cold").code
    (Language(code='fa', supported=True), 'fa-Latn', 'en')
    """
    start = text[:_ENOUGH]
    if _MAY_HOLD_ADDRESS.search(start):
        start = ADDRESS.sub(" ", start)
    words = [word.casefold() for word in _WORD.findall(start)]
    together = "".join(words)
    persian_script, latin = _letters(_ARABIC_SCRIPT, together), _letters(_LATIN, together)
    letters = len(together)
    if not any(map(_is_word, words)) or max(persian_script, latin) < letters / 2:
        return Language(code="und", supported=False)
    latin_words = [word for word in words if not _ARABIC_SCRIPT.search(word)]
    in_persian = persian_script >= latin / 2 or (
        _persian(words) > 0 and _surely_english(latin_words) < 2 and not _surely_romanized(latin_words)
    )
    if in_persian:
        # beside Latin letters spelling hangs on the answer, and with it what the model has learned
        code = (None if latin else _neighbour(words)) or _arabic_script(words)
    else:
        code = _latin_script(latin_words)
    return Language(code=code, supported=code.startswith("fa"))


def abstention(original: str, text: str, language: Language) -> str | None:
    """Return why a comment with this normal form (`text`) is not tagged: `empty`, `no_words`, `unsupported_language`, or None when it is."""
    if not original.strip() or not text:
        return "empty"
    words = (word[0].casefold() for word in _WORD.finditer(text))
    if not any(_is_word(word) for word in words if word not in STANDS_FOR.values()):
        return "no_words"
    return None if language.supported else "unsupported_language"


@cache
def romanized() -> frozenset[str]:
    """Return romanized words that mean Persian even within a Persian sentence; short ones may be anything."""
    return frozenset(word for word in _vocabulary("fa-Latn") - _vocabulary("en") if len(word) > 3)


@cache
def borrowed() -> frozenset[str]:
    """Return English words that a Persian sentence borrows, and those that it is mixed with."""
    return _vocabulary("loan") | _vocabulary("mixed")


def _is_word(letters: str) -> bool:
    """Tell whether somebody may have meant a word: a letter is none, however long it is held, nor are «bd» and «x»."""
    if len(set(letters)) == 1:
        return False
    return (
        len(letters) > 2
        or not _LATIN.fullmatch(letters)
        or finglish.listed(letters)
        or _known([letters], "en") > 0
    )


def _letters(script: re.Pattern[str], text: str) -> int:
    return sum(map(len, script.findall(text)))


def _arabic_script(words: list[str]) -> str:
    text = " ".join(words)
    for code, letters in _OWN.items():
        if 20 * sum(map(text.count, letters)) > len(text):
            return code
    if any(map(text.__contains__, _IN_PIOUS)):
        words = _PIOUS.sub(" ", text).split() or words
    if 2 * _persian(words) >= len(words):
        return "fa"
    for code, letters in _SHARED.items():
        if 10 * sum(map(text.count, letters + _OWN[code])) > len(text):
            return code
    arabic = _known(words, "ar") + sum(word.startswith(("ال", "وال", "بال")) for word in words) / 2
    arabic += sum(map(text.count, _ARABIC))
    persian = _known(words, "fa") + sum(word.endswith(("ها", "های", "یم", "ید", "شه")) for word in words) / 2
    persian += sum(map(text.count, _PERSIAN))
    return "ar" if arabic >= 1.5 and arabic > 1.5 * persian else "fa"


def _neighbour(words: Sequence[str]) -> str | None:
    """Name the neighbour whose own words make up a quarter of a text without a word that is surely Persian.

    Azeris and Kurds write Persian words among their own: there the own ones have to prevail.
    """
    urdu, arabic = (4 * _known(words, own) >= len(words) > 0 for own in ("ur-own", "ar-own"))
    plain = list(map(_plain, words))
    for code in ("azb", "ckb"):
        if _prevails(plain, code):
            return code
    if urdu and not _surely([word for word in words if not _URDU_LETTERS.search(word)], "ur-both"):
        return "ur"
    if arabic and not _PERSIAN_KEYS.search(" ".join(words)):
        rest = [word for word in words if not word.endswith("ة") and word not in _vocabulary("ar-own")]
        return None if _surely(rest, "ar-both") else "ar"
    return None


def _prevails(words: Sequence[str], code: str) -> bool:
    """Tell whether a neighbour's own words are a third of a text, and more than those that are surely Persian."""
    theirs = _vocabulary(f"{code}-own")
    if theirs.isdisjoint(words):
        return False
    rest = [word for word in words if word not in theirs]
    own = len(words) - len(rest)
    return len(words) <= 3 * own and own > _surely(rest, f"{code}-both")


def _surely(words: Sequence[str], shared: str) -> int:
    """Count the words that Persian customers use, but for those that the neighbour shares."""
    return sum(_familiar(word) for word in words if word not in _vocabulary(shared))


def _persian(words: list[str]) -> int:
    """Count the words that Persian customers use and Arabic ones do not, whatever keyboard wrote them."""
    return sum(map(_familiar, words)) - 2 * _known(words, "ar")


@lru_cache(maxsize=16_384)
def _familiar(word: str) -> bool:
    return vocabulary.words().get(_plain(word), 0) >= _FAMILIAR


@lru_cache(maxsize=16_384)
def _plain(word: str) -> str:
    return kept_apart(word).replace("\u200c", "")


def _latin_script(words: list[str]) -> str:
    """Tell romanized Persian from English by function words, spellings and words that sound Persian."""
    if _in_another_language(words):
        return "und"
    own = [word for word in words if word not in _vocabulary("both") | _vocabulary("mixed")]
    # beside «kheyli», «nist» and «khak» a borrowed «bad» is no English, alone it is
    if not _surely_persian(own) and not any(map(_UNENGLISH.search, own)):
        own = words
    sure = _surely_persian(own)
    english = _vocabulary("en") | _vocabulary("mixed")
    foreign = [word for word in own if word.isascii() and word not in english]
    known = list(map(finglish.known, foreign))
    heard, typical = sum(known), sum(bool(_ROMANIZED.search(word)) for word in own)
    likely = sum(sounds or bool(_ROMANIZED.search(word)) for sounds, word in zip(known, foreign, strict=True))
    weight = sure + heard / 2 + typical / 4
    if (
        weight >= 0.5
        and weight > 2 * sum(map(english.__contains__, own))
        and likely >= 0.6 * len(own)
        and (sure or typical > 1 or heard == len(own))
    ):
        return "fa-Latn"
    return "und" if english.isdisjoint(words) else "en"


def _in_another_language(words: list[str]) -> bool:
    others = sum(word in _vocabulary("other") or bool(_ACCENTED.search(word)) for word in words)
    return 3 * others >= len(words) and others > _surely_persian(words)


def _surely_persian(words: list[str]) -> int:
    """Count the words that nothing but romanized Persian writes: frequent ones, and verbs («nemiad»)."""
    return sum(word in _vocabulary("fa-Latn") or bool(_VERB.match(word)) for word in words)


def _surely_english(words: list[str]) -> int:
    """Count the English words that no Persian sentence borrows."""
    return _known((word for word in words if word not in _vocabulary("both") | borrowed()), "en")


def _surely_romanized(words: list[str]) -> bool:
    """Tell Finglish behind a Persian greeting from brands in a Persian sentence, which may sound Persian too."""
    return _known(words, "fa-Latn") > 0 and _latin_script(words) == "fa-Latn"


def _known(words: Iterable[str], code: str) -> int:
    return sum(map(_vocabulary(code).__contains__, words))


@cache
def _vocabulary(code: str) -> frozenset[str]:
    text = Path(__file__).with_name("language.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)[code]["words"].split())
