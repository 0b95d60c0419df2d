"""Boolean text queries as people write them in rules: `"لغو سفارش" | (کنسل -تخفیف)`.

    word word     both must occur         a | b     one of them
    -word         must not occur          "a b"     these words side by side
    ( )           grouping; `-` may stand before a group too

A word stands for every word that begins with it («سفارش» finds «سفارشم»). Half-spaces, Arabic letters, stretched
letters and digits of any script make no difference.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nlp.rules.ranges import together
from nlp.spelling.folding import fold, spelling
from service.jalali import persian

_TOKEN = re.compile(r'\s*(?:(?P<quoted>"[^"]*")|(?P<sign>[()|-])|(?P<word>[^\s()|"]+))')
_WORD = re.compile(r"[^\W_]+")
#: Every word and sign counts; a longer query is two rules.
_MAX_TOKENS = 120
_Test = Callable[[str], bool]


class QueryError(ValueError):
    """A query that cannot be read; the message is Persian."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A checked query; `text` is how it was written, `words` are those that it asks for, side by side in quotes."""

    text: str
    words: tuple[tuple[str, ...], ...]
    _test: _Test

    def matches(self, text: str) -> bool:
        """Say whether a comment satisfies the query."""
        return self._test(_folded(text))

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return where in a text the words stand that the query asks for, from the left."""
        folded = fold(text)
        found = [(word[0].casefold(), *word.span()) for word in _WORD.finditer(folded.text)]
        spans: list[tuple[int, int]] = []
        for *before, last in self.words:
            for place in range(len(before), len(found)):
                first = place - len(before)
                if found[place][0].startswith(last) and [each[0] for each in found[first:place]] == before:
                    start, end = folded.back(found[first][1], found[place][2])
                    spans.append((start, end))
        return together(spans)

    def __reduce__(self) -> tuple[Callable[[str], "Query"], tuple[str]]:
        """Let a query go to other processes as it was written: large files are read there, by the rules in force."""
        return parse, (self.text,)


def parse(text: str, *, need_words: bool = False) -> Query:
    """Return the query that a text stands for; `QueryError` says in Persian what is wrong with it.

    One that only says what must not occur may be told to name some word besides.

    >>> parse('"لغو سفارش" | کنسل').matches("چرا سفارشم کنسل‌شده؟")
    True
    """
    tokens = _tokens(text)
    if not tokens:
        raise QueryError("پرس‌وجوی متن خالی است.")
    if len(tokens) > _MAX_TOKENS:
        raise QueryError(f"پرس‌وجو بیش از {persian(_MAX_TOKENS)} واژه و نشانه دارد؛ آن را به دو قاعده بشکنید.")
    test, rest = _either(tokens)
    if rest:
        raise QueryError(f"«{rest[0]}» در پرس‌وجو جایی ندارد؛ پرانتزها را بشمارید.")
    words = tuple(tuple(_folded(token).split()) for token in _asked(tokens))
    if need_words and not words:
        raise QueryError("پرس‌وجو فقط می‌گوید چه نباید باشد؛ واژه‌ای هم که باید باشد لازم است.")
    return Query(text, words, test)


def _asked(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the words of a query that do not stand behind a `-`."""
    hidden, negated = [False], False  # by the brackets that are open
    for each in tokens:
        if each == "-":
            negated = not negated
            continue
        if each == "(":
            hidden.append(hidden[-1] != negated)
        elif each == ")":
            hidden.pop()
        elif each != "|" and hidden[-1] == negated:
            yield each
        negated = False


@lru_cache(maxsize=64)  # rules and topics hold many queries against one comment
def _folded(text: str) -> str:
    """Return the words of a text, each behind a space, so that " word" finds beginnings of words."""
    return "".join(f" {word}" for word in _WORD.findall(spelling(text).casefold()))


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryError("گیومهٔ بازشده بسته نشده است.")
        tokens.append(match["quoted"] or match["sign"] or match["word"])
        position = match.end()
    return tokens


def _either(tokens: Sequence[str]) -> tuple[_Test, Sequence[str]]:
    first, rest = _all(tokens)
    if not rest or rest[0] != "|":
        return first, rest
    other, rest = _either(rest[1:])
    return (lambda text: first(text) or other(text)), rest


def _all(tokens: Sequence[str]) -> tuple[_Test, Sequence[str]]:
    first, rest = _one(tokens)
    if not rest or rest[0] in {"|", ")"}:
        return first, rest
    other, rest = _all(rest)
    return (lambda text: first(text) and other(text)), rest


def _one(tokens: Sequence[str]) -> tuple[_Test, Sequence[str]]:
    if not tokens or tokens[0] in {"|", ")"}:
        raise QueryError("جای یک واژه در پرس‌وجو خالی است.")
    head, rest = tokens[0], tokens[1:]
    if head == "-":
        test, rest = _one(rest)
        return (lambda text: not test(text)), rest
    if head == "(":
        test, rest = _either(rest)
        if not rest:
            raise QueryError("پرانتز بازشده بسته نشده است.")
        return test, rest[1:]
    return _term(head), rest


def _term(token: str) -> _Test:
    wanted = _folded(token)
    if not wanted:
        raise QueryError(f"«{token}» هیچ واژه‌ای ندارد.")
    return lambda text: wanted in text
