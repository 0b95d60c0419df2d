"""hazm's normalization, letter for letter, in a fraction of its time and linear in the length of the text.

hazm rebuilds its tables on every call and runs every pattern over every text. Here the tables are built
once, a search decides whether any letter is to be mapped, a pattern runs only where a character that it
needs occurs, and words are joined by looking the right one up. The patterns and word lists are hazm's
own.
"""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import compress, count
from typing import Protocol, Self

_HALF_SPACE = "\u200c"
_LETTERS = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
_RUN = re.compile(f"[{_LETTERS}]+")
_STRETCHED = re.compile(rf"([{_LETTERS}])\1\1+")
_LOOSE_HALF_SPACE = re.compile(r"(?<!\w)\u200c|\u200c(?!\w)")
_CLOSING, _OPENING = ".:!،؛؟»])}", "«[({"
#: hazm replaces a found word everywhere in the text; of more words than this each is replaced in place.
_MOST_REPLACEMENTS = 200

#: Plural and possessive endings that hazm does not know; none of them is a word.
_SPOKEN_SUFFIXES = frozenset(
    ("هام", "هاش", "هامون", "هاتون", "هاشون", "هایم", "هایت", "هایش", "هایمان", "هایتان", "هایشان")
) | {"مون", "تون", "شون"}

_Pattern = tuple[str, str]
_Rewrite = Callable[[str], str]


class HazmNormalizer(Protocol):
    """What is read from hazm's normalizer: its tables and its patterns."""

    translation_src: str
    translation_dst: str
    number_translation_src: str
    number_translation_dst: str
    suffixes: set[str]
    replacements: Sequence[_Pattern]
    persian_style_patterns: Sequence[_Pattern]
    diacritics_patterns: Sequence[_Pattern]
    extra_space_patterns: Sequence[_Pattern]
    affix_spacing_patterns: Sequence[_Pattern]
    punctuation_spacing_patterns: Sequence[_Pattern]
    specials_chars_patterns: Sequence[_Pattern]

    @property
    def tokenizer(self) -> "HazmTokenizer":
        """The word tokenizer."""


class HazmTokenizer(Protocol):
    """hazm's word tokenizer: the pattern that sets punctuation apart."""

    pattern: re.Pattern[str]


class Spacing:
    """hazm's `Normalizer().normalize`, built once from its patterns, words and single-token verb forms.

    `words` are given with how often they were met: those that never were join nothing.
    """

    def __init__(self, hazm: HazmNormalizer, words: Mapping[str, str], verbs: Iterable[str]) -> None:
        self._verbs = frozenset(verbs)
        self._words = frozenset(words)
        self._suffixes = frozenset(hazm.suffixes)
        self._lefts = _lefts([*(word for word, count in words.items() if count != "0"), *self._verbs])
        self._rights = frozenset(self._lefts) | self._suffixes
        self._parts: dict[str, tuple[str, str]] = {}
        self._letters = _letters(hazm)
        self._mapped = _any_of(self._letters)
        self._punctuation = _beginning_with_a_set(hazm.tokenizer.pattern)
        style = _rewrites(hazm.persian_style_patterns)
        self._quotes, self._decimal, self._dots = style
        self._diacritics = _rewrites(hazm.diacritics_patterns)
        # The first joins spaces, which do not outlive the cutting into words.
        _, self._newlines, *self._half_spaces, self._kashida = _rewrites(hazm.extra_space_patterns)
        self._ye, self._mi, self._endings, self._verb_endings, self._plurals = _rewrites(
            hazm.affix_spacing_patterns
        )
        # The last two part digits from letters, which setting punctuation apart has done already.
        self._quoted, _, _, *self._after_closing, self._before_opening = _rewrites(
            hazm.punctuation_spacing_patterns[:6]
        )
        self._specials = _rewrites([*hazm.replacements, *hazm.specials_chars_patterns])
        patterns = (*hazm.diacritics_patterns, *hazm.replacements, *hazm.specials_chars_patterns)
        self._rare = _any_of({"ـ", "\r"}.union(*(pattern for pattern, _ in patterns)) - set("[]()|"))

    def extended(self, compounds: Mapping[tuple[str, str], bool]) -> Self:
        """Return spacing that also joins these pairs, or (False) parts them where hazm does not join them."""
        lefts = dict(self._lefts)
        for (left, right), one in compounds.items():
            if one:
                lefts[right] = lefts.get(right, frozenset()) | {left}
        suffixes = self._suffixes | _SPOKEN_SUFFIXES
        other = copy.copy(self)
        vars(other).update(_lefts=lefts, _suffixes=suffixes, _rights=frozenset(lefts) | suffixes)
        apart = (pair for pair, one in compounds.items() if not one and " " in self.normalize(" ".join(pair)))
        vars(other).update(_parts={"".join(pair): pair for pair in apart})
        return other

    def normalize(self, text: str) -> str:
        """Return what hazm's normalizer returns."""
        text = self.spaced(text)
        return self._parted(text) if "می" in text else text

    def spaced(self, text: str) -> str:
        """Return the same without the last step, in which «می» gets a half-space."""
        for sign in set(self._mapped.findall(text)):
            text = text.replace(sign, self._letters[sign])
        text = self._styled(text)
        rare = self._rare.search(text) is not None
        if rare:
            text = _all(self._diacritics, text)
        text = self._spaced(text, rare=rare)
        if rare:
            text = _all(self._specials, text)
        return self._unstretched(text) if _STRETCHED.search(text) else text

    def _styled(self, text: str) -> str:
        if '"' in text:
            text = self._quotes(text)
        if "." in text:
            text = self._decimal(text)
            if "..." in text:
                text = self._dots(text)
        return text

    def _spaced(self, text: str, *, rare: bool) -> str:
        """Correct spaces, half-spaces, affixes and the spacing of punctuation."""
        if "\n\n\n" in text:
            text = self._newlines(text)
        if _HALF_SPACE in text and (rare or _LOOSE_HALF_SPACE.search(text)):
            text = _all(self._half_spaces, text)
        if rare:
            text = self._kashida(text)
        signs: set[str] = set()
        text = "\n".join([self._joined(line, signs) for line in text.split("\n")])
        text = self._affixed(text)
        return self._marked(text, signs) if signs else text

    def _affixed(self, text: str) -> str:
        """Tie affixes to their words; a pattern runs only where what it needs is there."""
        if " ی " in text:
            text = self._ye(text)
        if "می " in text and (" می " in text or " نمی " in text or text.startswith(("می ", "نمی "))):
            text = self._mi(text)
        if " ها" in text or " تر" in text or " گر" in text:
            text = self._endings(text)
        if "ه ا" in text and any(f"ه ا{letter}" in text for letter in "میشنت"):
            text = self._verb_endings(text)
        return self._plurals(text) if "هها" in text else text

    def _marked(self, text: str, signs: set[str]) -> str:
        """Put spaces behind closing signs and before opening ones, and nowhere else around them."""
        if '"' in signs:
            text = self._quoted(text)
        closing, opening = signs.intersection(_CLOSING), signs.intersection(_OPENING)
        for sign in closing:
            text = text.replace(f" {sign}", sign)
        for sign in opening:
            text = text.replace(f"{sign} ", sign)
        if any(text.count(sign) > text.count(f"{sign} ") + text.endswith(sign) for sign in closing):
            text = _all(self._after_closing, text)
        if any(text.count(sign) > text.count(f" {sign}") + text.startswith(sign) for sign in opening):
            text = self._before_opening(text)
        return text

    def _joined(self, line: str, signs: set[str]) -> str:
        """Set punctuation apart, adding it to `signs`, and join the words that hazm knows as one."""
        if "\t" in line:
            line = line.replace("\t", " ")
        parts = self._punctuation.split(line)
        if len(parts) > 1:
            signs.update(*parts[1::2])
            line = " ".join(parts)
        tokens = list(filter(None, line.split(" ")))
        if self._parts and not self._parts.keys().isdisjoint(tokens):
            tokens = [part for token in tokens for part in self._parts.get(token, (token,))]
        for place in list(compress(count(), map(self._rights.__contains__, tokens))):
            if place and self._belong(tokens[place - 1], tokens[place]):
                tokens[place] = f"{tokens[place - 1]}{_HALF_SPACE}{tokens[place]}"
                tokens[place - 1] = ""
        return " ".join(filter(None, tokens))

    def _belong(self, left: str, right: str) -> bool:
        return left in self._lefts.get(right, ()) or (right in self._suffixes and left in self._words)

    def _unstretched(self, text: str) -> str:
        """Cut runs of three letters to the spelling that is a word, or to two."""
        found = [word for word in _RUN.findall(text) if word not in self._words and _STRETCHED.search(word)]
        return _replaced(text, [(word, self._cut(word)) for word in found])

    def _cut(self, word: str) -> str:
        one, two = _STRETCHED.sub(r"\1", word), _STRETCHED.sub(r"\1\1", word)
        return one if one in self._words and two not in self._words else two

    def _parted(self, text: str) -> str:
        """Part «می» and «نمی» from a verb that is written in one."""
        found = dict.fromkeys(_joint_verbs(text))
        parted = [(prefix + stem, prefix + _HALF_SPACE + stem) for prefix, stem in found]
        return _replaced(text, [pair for pair in parted if pair[1] in self._verbs])


def _joint_verbs(text: str) -> Iterator[tuple[str, str]]:
    """Yield «می» or «نمی» and the letters behind it for every word that begins so."""
    at = text.find("می")
    while at >= 0:
        first = at - 1 if text[at - 1 : at] == "ن" and _begins(text, at - 1) else at
        rest = _RUN.match(text, at + 2) if first < at or _begins(text, at) else None
        if rest:
            yield text[first : at + 2], rest[0]
        at = text.find("می", rest.end() if rest else at + 2)


def _begins(text: str, at: int) -> bool:
    """Tell whether a word begins here."""
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] == "_")


def _replaced(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    if len(pairs) > _MOST_REPLACEMENTS:
        table = dict(pairs)
        return _RUN.sub(lambda match: table.get(match[0], match[0]), text)
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def _all(rewrites: Iterable[_Rewrite], text: str) -> str:
    for rewrite in rewrites:
        text = rewrite(text)
    return text


def _rewrites(patterns: Sequence[_Pattern]) -> list[_Rewrite]:
    return [partial(re.compile(pattern).sub, replacement) for pattern, replacement in patterns]


def _beginning_with_a_set(punctuation: re.Pattern[str]) -> re.Pattern[str]:
    """Return the same pattern of two kinds of runs and single signs so that `re` skips what begins none of them.

    >>> _beginning_with_a_set(re.compile("([!?]+|[0-9]+|[(])")).split("a!?(12")
    ['a', '!?', '', '(', '', '12', '']
    """
    shouts, numbers, single = (kind.removesuffix("+") for kind in punctuation.pattern[1:-1].split("|"))
    any_sign = f"[{shouts[1:-1]}{numbers[1:-1]}{single[1:-1]}]"
    return re.compile(f"({any_sign}(?:(?<={shouts}){shouts}*|(?<={numbers}){numbers}*)?)")


def _any_of(signs: Iterable[str]) -> re.Pattern[str]:
    return re.compile("[" + "".join(map(re.escape, sorted(signs))) + "]")


def _letters(hazm: HazmNormalizer) -> dict[str, str]:
    """Return hazm's two tables as one; nothing that runs between them sees a digit differently.

    No letter is changed twice, so the letters may be replaced one after the other.
    """
    letters = dict(zip(hazm.translation_src, hazm.translation_dst, strict=False))
    numbers = dict(zip(hazm.number_translation_src, hazm.number_translation_dst, strict=True))
    merged = numbers | {old: numbers.get(new, new) for old, new in letters.items()}
    changed = {old: new for old, new in merged.items() if old != new}
    assert changed.keys().isdisjoint(changed.values())
    return changed


def _lefts(compounds: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return for each right part of a compound the left parts that it joins."""
    lefts: dict[str, set[str]] = {}
    for compound in compounds:
        at = compound.find(_HALF_SPACE)
        while at >= 0:
            lefts.setdefault(compound[at + 1 :], set()).add(compound[:at])
            at = compound.find(_HALF_SPACE, at + 1)
    return {right: frozenset(left) for right, left in lefts.items()}
