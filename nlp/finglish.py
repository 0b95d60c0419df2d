"""Romanized Persian into Persian letters: «kheyli bad bood» becomes «خیلی بد بود»."""

import re
from functools import cache
from importlib.resources import files
from typing import TypeVar

from nlp import language
from nlp.offsets import Draft

AnyDraft = TypeVar("AnyDraft", bound=Draft)

#: A romanized word; digits and addresses are none.
WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_SOUND = re.compile(r"kh|gh|sh|ch|zh|oo|ou|aa|ee|[a-z]")
_LETTERS = dict(
    zip(
        "kh gh sh ch zh oo ou aa ee a b c d e f g h i j k l m n o p q r s t u v w x y z".split(),
        "خ ق ش چ ژ و و ا ی ا ب ک د - ف گ ه ی ج ک ل م ن و پ ق ر س ت و و و خ ی ز".split(),
        strict=True,
    )
)


def word(romanized: str) -> str:
    """Return the Persian spelling of one romanized word.

    >>> word("ashghal")
    'آشغال'
    """
    plain = romanized.casefold()
    return _lexicon().get(plain) or _spelled(plain)


def _spelled(plain: str) -> str:
    sounds = _SOUND.findall(plain)
    letters = "".join(_LETTERS[sound].replace("-", "") for sound in sounds)
    if sounds and sounds[-1] == "e":
        letters += "ه"
    return letters or plain


@cache
def _lexicon() -> dict[str, str]:
    lines = files("nlp").joinpath("finglish.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))


def replaced(draft: AnyDraft) -> AnyDraft:
    """Return the text with its romanized Persian in Persian letters; other languages stay as they are."""
    if not WORD.search(draft.text) or language.detect(draft.text).code != "fa-Latn":
        return draft
    return draft.sub(WORD, lambda match: word(match[0]))
