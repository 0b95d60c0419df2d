"""hazm's normalization, hardened: safe on any input, idempotent, and with a way back to the original text.

hazm corrects letters and spacing well but breaks addresses, numbers and emoticons, is quadratic on
unbroken runs and does not reach a fixed point. So the text is first folded to plain letters, what hazm
would break is set aside, hazm's spacing is applied (`nlp.spelling.spacing`, equal to hazm's output), half-spaces
are dropped, and all is repeated until nothing moves.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol
from unicodedata import is_normalized

from nlp.spelling import finglish, language, vocabulary
from nlp.spelling.chains import parted
from nlp.spelling.letters import plain, spoken, table, tidied, unstretched
from nlp.spelling.offsets import AnyDraft, Plain, Traced
from nlp.spelling.protect import put_back, set_aside
from nlp.spelling.spacing import Spacing
from nlp.tags import Span

#: Part of every model's manifest: a model refuses to load under another version.
NORMALIZER_VERSION = "2"
MAX_CHARS = 10_000
_PASSES = 6  # comments settle in two or three; what still moves is a cycle
_LATIN = re.compile("[a-z]")


class TextError(ValueError):
    """The input is no text: `code` is `not_text` or `surrogate`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type["TextError"], tuple[str, str]]:
        """Let it travel between processes with its code."""
        return TextError, (self.code, str(self))


@dataclass(frozen=True)
class Normalized:
    """A comment as the models see it, and the way back to what the customer wrote."""

    original: str
    text: str  #: Persian letters without half-spaces, Latin digits, single spaces

    def span(self, start: int, end: int) -> Span:
        """Return the words of the original that `text[start:end]` stands for, never empty for any text."""
        return self._traced.span(self.original, start, end)

    @cached_property
    def _traced(self) -> Traced:
        """The text with its origins, made when first asked for: most comments are only scored."""
        start = self.original[:MAX_CHARS]
        if is_normalized("NFKC", start) and (simple := Traced.aligned(start, self.text, table())):
            return simple
        draft = Traced.of(start)
        for _ in range(2 * _PASSES):
            draft = _pass(draft)
            if draft.text == self.text:
                return draft
        raise AssertionError("a traced text follows the plain one step by step")


def normalize(text: str) -> Normalized:
    """Return the normal form of a comment; text beyond `MAX_CHARS` characters is not read.

    Raises `TextError` for anything but a string, and for lone surrogates, which no encoding can carry.

    >>> normalize("سفارشم نمي رسد!!! کد ۱۲۳۴").text
    'سفارشم نمیرسد! کد 1234'
    """
    original = _checked(text)
    forms: list[str] = []
    form = _pass(Plain(original[:MAX_CHARS])).text
    if form == original:
        return Normalized(original, form)
    while form not in forms and len(forms) < _PASSES:
        forms.append(form)
        form = _pass(Plain(form)).text
    return Normalized(original, _settled(forms, form))


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of normalization did, named for people."""

    name_fa: str
    text: str  #: the text after the step


def steps(text: str) -> tuple[Step, ...]:
    """Return the steps of `normalize` that changed the text, in order; the last one holds its result.

    >>> [step.text for step in steps("غذا kheyliii سرد بود!!")]
    ['غذا kheyli سرد بود!!', 'غذا kheyli سرد بود!', 'غذا خیلی سرد بود!']
    """
    now = _checked(text)
    goal, found = normalize(text).text, list[Step]()
    for _ in range(_PASSES):
        for name, after in _named_steps(now):
            found += [Step(name, after)] if after != now else []
            now = after
        if now == goal:
            return tuple(found)
    return (*found, Step("رسیدن به شکل پایدار", goal))


def hazm_form(text: str) -> str:
    """Return exactly what hazm's own normalizer returns, faster and in linear time.

    >>> hazm_form("نمیخواهم کتاب ها را")
    'نمی\u200cخواهم کتاب\u200cها را'
    """
    return _spacing().normalize(text)


@cache
def hazm_itself() -> Callable[[str], str]:
    """Return hazm's own normalizer, built as its users build it: what tests and benchmarks compare with."""
    hazm = sys.modules.get("hazm") or _bare_hazm()
    normalize_as_hazm: Callable[[str], str] = hazm.Normalizer().normalize
    return normalize_as_hazm


def _checked(text: object) -> str:
    """Return the text if it is one; the two halves of a split character are joined."""
    if not isinstance(text, str):
        raise TextError("not_text", f"a comment is a string, not {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise TextError(
                "surrogate", f"lone surrogate at character {error.start}: not valid text"
            ) from None
    return text


def _settled(forms: list[str], repeated: str) -> str:
    """Return the fixed point, or of a cycle the form that sorts first, so that every entry agrees."""
    return min(forms[forms.index(repeated) :]) if repeated in forms else forms[-1]


class _Rewriting(Protocol):
    """A step that needs nothing but the text."""

    def __call__(self, draft: AnyDraft, /) -> AnyDraft: ...


def _plain_letters(draft: AnyDraft) -> AnyDraft:
    return plain(parted(draft), MAX_CHARS)


#: What a pass does before anything is set aside, each step named for people.
_LETTER_STEPS: tuple[tuple[str, _Rewriting], ...] = (
    ("یک‌شکل شدن حروف و رقم‌ها، حذف نیم‌فاصله و اعراب", _plain_letters),
    ("کوتاه شدن حروف کشیده", unstretched),
    ("نوشتن واژه‌های گفتاری به شکل کامل", spoken),
    ("حذف نشانه‌ها و فاصله‌های تکراری", tidied),
)


def _pass(draft: AnyDraft) -> AnyDraft:
    """Write plain letters, set aside, correct the spacing, drop half-spaces, put back."""
    for _, step in _LETTER_STEPS:
        draft = step(draft)
    draft, tokens = set_aside(draft)
    if _LATIN.search(draft.text):
        draft = _persian(draft)
    draft = draft.spaced(_respaced)
    return put_back(draft, tokens).stripped(MAX_CHARS)


def _named_steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield the text after each step of one pass, as people would see it."""
    draft = Plain(text)
    for name, step in _LETTER_STEPS:
        draft = step(draft)
        yield name, draft.text
    draft, tokens = set_aside(draft)
    yield "کنار گذاشتن نشانی، عدد و شکلک", put_back(draft, list(tokens)).text
    if _LATIN.search(draft.text):
        draft = _persian(draft)
        yield "نوشتن فینگلیش به خط فارسی", put_back(draft, list(tokens)).text
    draft = draft.spaced(_respaced)
    yield "درست شدن فاصلهٔ واژه‌ها", put_back(draft, tokens).stripped(MAX_CHARS).text


def _persian(draft: AnyDraft) -> AnyDraft:
    """Write romanized Persian in Persian letters; in a Persian comment only words that are no brand, and loan words."""
    code = language.detect(draft.text).code
    if code == "fa-Latn":
        return finglish.replaced(draft)
    if code == "fa":
        return finglish.borrowed(finglish.replaced(draft, language.romanized()), language.borrowed())
    return draft


def _respaced(text: str) -> str:
    return _usual_spacing().spaced(text).replace("\u200c", "").replace("٪", "%")


@cache
def _usual_spacing() -> Spacing:
    """Extend hazm's compounds by those that customers write."""
    return _spacing().extended(vocabulary.compounds())


@cache
def _spacing() -> Spacing:
    """Build hazm's normalizer once."""
    hazm = sys.modules.get("hazm") or _bare_hazm()
    with _word_list_unread():
        normalizer = hazm.Normalizer(seperate_mi=False)
    return Spacing(normalizer, _word_counts(hazm), _verb_forms(hazm))


def _word_counts(hazm: ModuleType) -> dict[str, str]:
    """Return hazm's words, each with how often it was met. Every line of its file has three fields."""
    fields = hazm.default_words.read_text(encoding="utf-8").replace("\n", "\t").split("\t")
    return dict(zip(fields[::3], fields[1::3], strict=False))


def _verb_forms(hazm: ModuleType) -> set[str]:
    """Return the verb forms of one token: the others can never match.

    hazm conjugates all verbs alike but one, so that two stand for all: to ask it for each takes half a second.
    """
    forms = hazm.Conjugation().get_all
    past, present = stems = "\ue000", "\ue001"
    frames = [form for form in forms("#".join(stems)) if " " not in form]
    found = {"است", *(form for form in forms("دید#بین") if " " not in form)}
    for verb in hazm.verbs_list():
        its_past, its_present = verb.split("#")
        found.update(frame.replace(past, its_past).replace(present, its_present) for frame in frames)
    return {form for form in found if " " not in form}


@contextmanager
def _word_list_unread() -> Iterator[None]:
    """Keep hazm from building its word table, of which only words and counts are needed."""
    tokenizer = sys.modules["hazm.word_tokenizer"]
    read = vars(tokenizer)["words_list"]
    vars(tokenizer)["words_list"] = lambda _: []
    try:
        yield
    finally:
        vars(tokenizer)["words_list"] = read


def _bare_hazm() -> ModuleType:
    """Import hazm's normalizer without the taggers and embeddings that its package root pulls in.

    Of nltk it needs two abstract classes, whose package would import scikit-learn: a second and 90 MB.
    """
    package = _bare("hazm")
    bare = [
        name for name in ("nltk", "nltk.stem", "nltk.tokenize") if name not in sys.modules and _bare(name)
    ]
    for room in ("utils", "stemmer", "word_tokenizer", "lemmatizer", "normalizer"):
        module = import_module(f"hazm.{room}")
        vars(package).update(
            {name: value for name, value in vars(module).items() if not name.startswith("_")}
        )
    for name in bare:
        del sys.modules[name]
    return package


def _bare(name: str) -> ModuleType:
    """Register a package by its folders alone, without running its root."""
    spec = find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError(f"{name} is not installed")
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[name] = package
    return package
