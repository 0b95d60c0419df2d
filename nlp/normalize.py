"""hazm's normalization, hardened: safe on any input, idempotent, and with a way back to the original text.

hazm corrects letters and spacing well but breaks addresses, numbers and emoticons, is quadratic on unbroken runs and
does not reach a fixed point. So the text is first folded to plain letters, what hazm would break is set aside, hazm
sees only short stretches of words, and the whole is repeated until nothing moves.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol, Self

from sklearn.base import BaseEstimator, TransformerMixin

from nlp import finglish, language
from nlp.offsets import Traced, joined
from nlp.tags import Span

#: Part of every model's manifest: a model refuses to load under another version.
NORMALIZER_VERSION = "1"
MAX_CHARS = 10_000
_STRETCH = 400  # hazm is quadratic: it never sees more characters at once
_UNBROKEN = 40  # no Persian word is longer; a longer run is cut before a pattern can backtrack over it
_PASSES = 6  # real comments settle in two; what still moves is a cycle

_URL = r"(?:https?://|www\.)[^\s<>«»\"]+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:ir|com|net|org|io|app)\b(?:/[^\s<>«»\"]*)?"
_EMAIL = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"
_NUMBER = r"\d+(?:[.,:/٫٬\-]\d+)*"
_EMOTICON = r"(?<!\w)(?:[:;=8xX]['’]?-?[)(DPpoO3|/\\*]{1,4}|<3|\^_?\^|[)(]{2,5})(?!\w)"
_EMOJI = r"[\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff]"
_PROTECTED = re.compile(
    f"(?P<email>{_EMAIL})|(?P<url>{_URL})|(?P<number>{_NUMBER})|(?P<emoticon>{_EMOTICON})|(?P<emoji>{_EMOJI})"
)
#: A letter three times or more is stretched; hazm keeps two of them when it knows neither spelling.
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_DOTS = re.compile(r"\.{2,}|…+")
_REPEATED = re.compile(r"([!?؟،,;*_=~\-])(?:\s*\1)+")
_LONG = re.compile(rf"\S{{{_UNBROKEN}}}(?=\S)")
_SPACES = re.compile(r"[^\S\n]+|\s*\n\s*")
_HALF_SPACES = re.compile(r"\u200c+(?=\W|$)|(?:(?<=\W)|^)\u200c+|\u200c{2,}")


class TextError(ValueError):
    """The input is no text: `code` is `not_text` or `surrogate`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Normalized:
    """A comment as the models see it, and the way back to what the customer wrote."""

    original: str
    traced: Traced

    @property
    def text(self) -> str:
        """The normalized text: Persian letters, Latin digits, single spaces, half-spaces where hazm puts them."""
        return self.traced.text

    def span(self, start: int, end: int) -> Span:
        """Return the words of the original that `text[start:end]` stands for."""
        return self.traced.span(self.original, start, end)


def normalize(text: str, *, max_chars: int = MAX_CHARS) -> Normalized:
    """Return the normal form of a comment; text beyond `max_chars` characters is not read.

    Raises `TextError` for anything but a string, and for surrogates, which no encoding can carry.

    >>> normalize("سفارشم نمي رسد!!! کد ۱۲۳۴").text
    'سفارشم نمی\u200cرسد! کد 1234'
    """
    _refuse(text)
    seen: dict[str, Traced] = {}
    current = _persian(_folded(Traced.of(text[:max_chars])))
    while current.text not in seen and len(seen) < _PASSES:
        seen[current.text] = current
        current = _folded(_spaced(current))[:max_chars]
    if current.text in seen:
        current = seen[_settled(list(seen), current.text)]
    else:
        current = next(iter(seen.values()))
    return Normalized(text, current)


class Normalizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """`normalize` as a step of a scikit-learn pipeline: texts in, normal forms out."""

    def __init__(self, max_chars: int = MAX_CHARS) -> None:
        self.max_chars = max_chars

    def fit(self, texts: Sequence[str], y: object = None) -> Self:
        """Learn nothing; there is nothing to learn."""
        return self

    def transform(self, texts: Sequence[str]) -> list[str]:
        """Return the normal form of every text."""
        return [normalize(text, max_chars=self.max_chars).text for text in texts]

    def __sklearn_is_fitted__(self) -> bool:
        return True


def _refuse(text: object) -> None:
    if not isinstance(text, str):
        raise TextError("not_text", f"a comment is a string, not {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TextError("surrogate", f"lone surrogate at character {error.start}: not valid text") from None


def _settled(forms: list[str], repeated: str) -> str:
    """Return the fixed point, or of a cycle the form that sorts first, so that every entry agrees."""
    return min(forms[forms.index(repeated) :])


def _folded(comment: Traced) -> Traced:
    """Fold compatibility forms, look-alike letters, stretched letters and white space; drop what is invisible."""
    comment = _composed(comment).letters(_letters())
    comment = comment.sub(_STRETCHED, lambda match: match[1]) if _STRETCHED.search(comment.text) else comment
    comment = comment.sub(_DOTS, lambda match: "…" if len(match[0]) > 1 or match[0] == "…" else match[0])
    comment = comment.sub(_REPEATED, lambda match: match[1]).sub(_HALF_SPACES, _half_space)
    comment = comment.sub(_SPACES, lambda match: "\n" if "\n" in match[0] else " ")
    edges = len(comment.text) - len(comment.text.lstrip()), len(comment.text.rstrip())
    return comment[edges[0] : edges[1]] if edges[1] else comment[:0]


def _half_space(match: re.Match[str]) -> str:
    return "\u200c" if 0 < match.start() and match.end() < len(match.string) and len(match[0]) > 1 else ""


def _composed(comment: Traced) -> Traced:
    """Return NFKC, letter by letter with its marks, so that the origins stay exact."""
    while not unicodedata.is_normalized("NFKC", comment.text):
        before = comment.text
        comment = comment.sub(_CLUSTER, lambda match: unicodedata.normalize("NFKC", match[0]))
        if comment.text == before:
            return comment.whole(unicodedata.normalize("NFKC", before))
    return comment


#: A character that NFKC may change, with the marks that follow it.
_CLUSTER = re.compile(r"[^\u0000-\u007f][\u0300-\u036f\u064b-\u065f\u0670]*|[\u0000-\u007f][\u0300-\u036f\u064b-\u065f\u0670]+")


@cache
def _letters() -> dict[int, str | None]:
    """Return the table of single letters: Arabic twins, digits of both scripts, marks and controls."""
    table: dict[int, str | None] = {}
    for code in range(0x110000 // 16):
        category = unicodedata.category(chr(code))
        if category in ("Cc", "Cf", "Co", "Cn", "Mn", "Me"):
            table[code] = None
    table |= {code: None for code in (*range(0xFE00, 0xFE10), *range(0xE0000, 0xE01F0), *range(0x1F3FB, 0x1F400))}
    table |= {ord(sign): " " for sign in "\t\v\f\x1c\x1d\x1e\x1f\u2028\u2029"}
    table |= {ord("\n"): "\n", ord("\r"): "\n", ord("\x85"): "\n", 0x200C: "\u200c", ord("ـ"): None}
    table |= {ord(other): letter for letter, others in _TWINS.items() for other in others}
    for zero in (0x660, 0x6F0):
        table |= {zero + value: str(value) for value in range(10)}
    return table


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
    "-": "‐‑‒–—―−",
}


def _persian(comment: Traced) -> Traced:
    """Return romanized Persian in Persian letters; other text as it is."""
    if language.detect(comment.text).code != "fa-Latn":
        return comment
    return comment.sub(finglish.WORD, lambda match: finglish.word(match[0]))


def _spaced(comment: Traced) -> Traced:
    """Return the text with hazm's spacing, what hazm would break set aside."""
    parts: list[Traced] = []
    at = 0
    for match in _PROTECTED.finditer(comment.text):
        parts += _stretches(comment[at : match.start()])
        parts.append(_kept(comment[match.start() : match.end()], match.lastgroup or ""))
        at = match.end()
    parts += _stretches(comment[at:])
    return joined(_single(parts), " ")


def _kept(token: Traced, kind: str) -> Traced:
    if kind in ("url", "email"):
        return token.whole(f"{kind}x")
    return token


def _single(parts: Sequence[Traced]) -> Iterator[Traced]:
    """Drop an emoji or a placeholder that repeats its neighbour."""
    before = ""
    for part in parts:
        if part.text and (part.text != before or part.text.isalnum()):
            yield part
        before = part.text or before


def _stretches(words: Traced) -> Iterator[Traced]:
    """Give hazm pieces it can handle: at most some hundred characters, cut at white space."""
    text, at = words.text, 0
    while at < len(text):
        end = len(text) if len(text) - at <= _STRETCH else max(text.rfind(" ", at, at + _STRETCH), at) + 1
        end = end if end > at + 1 else min(at + _STRETCH, len(text))
        piece = words[at:end].sub(_LONG, lambda match: match[0] + " ")
        rewritten = _hazm().normalize(piece.text).strip() if piece.text.strip() else ""
        yield piece.aligned(rewritten) if rewritten else piece[:0]
        at = end


class _Spacing(Protocol):
    def normalize(self, text: str) -> str: ...


@cache
def _hazm() -> _Spacing:
    """Build hazm's normalizer once, without importing the taggers and embeddings its package root pulls in."""
    package = sys.modules.get("hazm") or _bare_hazm()
    normalizer: _Spacing = package.Normalizer(persian_numbers=False, persian_style=False)
    # Four in five verb forms contain a space and can never match the single token they are looked up by.
    verbs: dict[str, str] = normalizer.verbs  # type: ignore[attr-defined]
    normalizer.verbs = {form: root for form, root in verbs.items() if " " not in form}  # type: ignore[attr-defined]
    return normalizer


def _bare_hazm() -> ModuleType:
    spec = find_spec("hazm")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("hazm is not installed")
    package = ModuleType("hazm")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["hazm"] = package
    for room in ("utils", "stemmer", "word_tokenizer", "lemmatizer", "normalizer"):
        module = import_module(f"hazm.{room}")
        vars(package).update({name: value for name, value in vars(module).items() if not name.startswith("_")})
    return package
