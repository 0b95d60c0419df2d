"""Where patterns may begin: a search over hundreds of alternatives becomes one look at every place of a text.

A regular expression tries each of its alternatives at each letter. Here the first letters of all patterns are
known beforehand, and a pattern is tried only where some of its first letters stand. What it finds is the same.
Here all digits are one sign, `0`: Unicode has seven hundred, and a pattern that takes one takes nearly always all.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module
from itertools import groupby
from operator import itemgetter
from typing import Any

_DEPTH = 5  # first letters that are compared
_SHORT, _AHEAD = 2, 2  # letters of a short word, and signs behind it that are looked at too
_MOST = 4000  # beginnings of one pattern; more would say little
_MOST_CHUNKS = 50_000  # words that are remembered
_LONGEST = 30  # letters of a word worth remembering
#: So many texts are remembered: a batch, which is asked about for features first, then for clauses and urgency. Long
#: ones take half a megabyte each, and more of them would fill the memory of whoever serves.
MOST_TEXTS = 288
_DIGIT = re.compile(r"\d")
#: Letters of the longest word that is read. Patterns that step over some words try every way to part one into several:
#: a word of thousands of letters would take them minutes.
_LONGEST_WORD = 40
_BEYOND = re.compile(rf"(?<!\w)(\w{{{_LONGEST_WORD}}})(\w+)")
_ZERO_WIDTH = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})

#: Only they know the syntax, and to parse it takes longer than all the rest: it is done once for both ends.
_parser, _compiler = import_module("re._parser"), import_module("re._compiler")

Places = Mapping[str, Sequence[int]]


class Openings:
    """The first letters of named patterns.

    >>> pattern = Openings({"late": "دیر (?:رسید|آمد)"}).pattern("late")
    >>> [match.span() for match in pattern.finditer("غذا دیر رسید")]
    [(4, 12)]
    """

    def __init__(
        self, patterns: Mapping[str, str], *, at_words: Collection[str] = (), whole: Collection[str] = ()
    ) -> None:
        """Take regular expressions by name; `ValueError` names an unsound one.

        Those named in `at_words` count only where no letter or digit stands before. Those in `whole` look at all of a
        word however long it is, as a number of fifty digits is none of forty.
        """
        parsed = {name: _parsed(name, each) for name, each in patterns.items()}
        self._patterns = {
            name: Pattern(name, patterns[name], tree, self, is_whole=name in whole)
            for name, tree in parsed.items()
        }
        self._chunks = _Chunks({name: _beginnings(tree) for name, tree in parsed.items()}, at_words)
        self.seen = lru_cache(maxsize=MOST_TEXTS)(self._seen)

    def pattern(self, name: str) -> "Pattern":
        """Return one of the patterns."""
        return self._patterns[name]

    def _seen(self, text: str) -> tuple[str, Places]:
        """Return the text as far as it is read, and where each pattern that may match at all may begin, in order."""
        text = readable(text)
        found: dict[str, list[int]] = {}
        spaced, at = text.replace("\n", " "), 0
        for chunk in spaced.split(" "):
            size = len(chunk)
            seen = chunk if size > _SHORT else spaced[at : at + size + _AHEAD]
            for offset, name in self._chunks[seen]:
                found.setdefault(name, []).append(at + offset)
            at += size + 1
        return text, found


def readable(text: str) -> str:
    """Return a text of the same length without what lies beyond the longest word's letters."""
    if max(map(len, text.split()), default=0) <= _LONGEST_WORD:
        return text
    return _BEYOND.sub(lambda word: word[1] + "-" * len(word[2]), text)


class _Chunks(dict[str, tuple[tuple[int, str], ...]]):
    """What stands between two spaces → where in it which pattern may begin, worked out when first met.

    Short words begin many patterns: for them the first letters of the next word are looked at as well.
    """

    def __init__(self, openings: Mapping[str, Collection[str]], at_words: Collection[str]) -> None:
        super().__init__()
        #: First letters → the patterns that they complete, at the start of a word and within one.
        self._starting = _Known(openings)
        self._inside = _Known({name: openings[name] for name in openings if name not in at_words})
        # a match may go on behind the space, but only what stands before it is always seen
        inside = _any_of({_first_word(letters) for letters, (names, _) in self._inside.items() if names})
        self._hopeful = re.compile(
            rf"(?:(?<![^\W_])|(?={inside}))(?s:.)"
        )  # a letter where something may begin

    def __missing__(self, seen: str) -> tuple[tuple[int, str], ...]:
        if len(self) >= _MOST_CHUNKS:
            self.clear()
        chunk, _, ahead = _DIGIT.sub("0", seen).partition(" ")
        found = tuple(self._found(f"{chunk} {ahead}", len(chunk)))
        if len(seen) <= _LONGEST:
            self[seen] = found
        return found

    def _found(self, seen: str, size: int) -> Iterator[tuple[int, str]]:
        for match in self._hopeful.finditer(seen, 0, size + 1):
            place = match.start()
            known = self._inside if place and seen[place - 1].isalnum() else self._starting
            for name in known.names(seen[place : place + _DEPTH]):
                yield place, name


class _Known(dict[str, tuple[tuple[str, ...], tuple[str, ...]]]):
    """Every beginning of first letters → the patterns that it, or a part of it, completes, and those it may become."""

    def __init__(self, openings: Mapping[str, Collection[str]]) -> None:
        super().__init__({"": ((), ())})
        complete: dict[str, list[str]] = {}
        becoming: dict[str, list[str]] = {}
        for name, found in openings.items():
            for letters in found:
                complete.setdefault(letters, []).append(name)
            for start in {letters[:size] for letters in found for size in range(len(letters))}:
                becoming.setdefault(start, []).append(name)
        for letters in sorted(complete.keys() | becoming, key=len):
            names, own = self[letters[:-1]][0], complete.get(letters, ())
            names = tuple(dict.fromkeys((*names, *own))) if own else names
            self[letters] = names, tuple(becoming.get(letters, ()))

    def names(self, letters: str) -> Iterable[str]:
        """Return the patterns that may begin with letters, behind which others may follow."""
        names, open_ = self[""]
        for end in range(1, len(letters) + 1):
            longer = self.get(letters[:end])
            if longer is None:
                return names
            names, open_ = longer
        return dict.fromkeys(names + open_)


def _first_word(letters: str) -> str:
    """Return letters up to their first space, which is kept."""
    word, space, _ = letters.partition(" ")
    return word + space


def _any_of(words: Collection[str]) -> str:
    """Return an expression for any of the words that gives up at the first letter with which none goes on."""
    if "" in words:
        return ""
    by_letter = groupby(sorted(words), key=itemgetter(0))
    return "|".join(
        f"{re.escape(letter)}(?:{_any_of({word[1:] for word in group})})" for letter, group in by_letter
    )


class Pattern:
    """A compiled pattern that asks `Openings` where to look; the methods are those of `re.Pattern`."""

    def __init__(self, name: str, expression: str, tree: Any, openings: Openings, *, is_whole: bool) -> None:
        self.name = name
        self.expression = expression
        self._is_whole = is_whole
        self._openings = openings
        self._match: Callable[..., re.Match[str] | None] = _compiler.compile(tree).match

    def search(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """Return the first match."""
        end = len(text) if end is None else end
        read, found = self._openings.seen(text)
        places, text = found.get(self.name, ()), text if self._is_whole else read
        for at in range(bisect_left(places, start), len(places)):
            if places[at] > end:
                break
            if match := self._match(text, places[at], end):
                return match
        return None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Return the matches from left to right, none within another."""
        read, found = self._openings.seen(text)
        places = found.get(self.name)
        return self._matches(text if self._is_whole else read, places) if places else iter(())

    def _matches(self, text: str, places: Sequence[int]) -> Iterator[re.Match[str]]:
        free = 0
        for place in places:
            if place >= free and (match := self._match(text, place)):
                yield match
                free = max(match.end(), place + 1)


def _parsed(name: str, expression: str) -> Any:
    try:
        return _parser.parse(expression)
    except re.error as error:
        raise ValueError(f"{name}: {error}") from error


def beginnings(expression: str) -> frozenset[str]:
    """Return strings of at most five letters so that every match of an expression begins with one of them.

    Digits are written `0`, new lines as spaces.

    >>> sorted(beginnings("آن|ای?ن .*"))
    ['آن', 'ان ', 'این ']
    """
    return _beginnings(_parser.parse(expression))


def _beginnings(tree: Any) -> frozenset[str]:
    if tree.state.flags & re.IGNORECASE:
        return frozenset({""})
    alive, done = _walk(tree, frozenset({""}))
    found, size = alive | done, _DEPTH
    while len(found) > _MOST:
        size -= 1
        found = frozenset(letters[:size] for letters in found)
    return found


_Starts = frozenset[str]


def _walk(items: Any, alive: _Starts) -> tuple[_Starts, _Starts]:
    """Follow a sequence; return the beginnings that may go on behind it, and those that are complete."""
    done: _Starts = frozenset()
    for operation, value in items.data:
        if not alive:
            break
        alive, finished = _step(str(operation), value, alive)
        done |= finished
        if len(alive) > _MOST:
            return frozenset(), done | alive
    return alive, done


def _step(operation: str, value: Any, alive: _Starts) -> tuple[_Starts, _Starts]:
    if operation in _ZERO_WIDTH:
        return alive, frozenset()
    if operation == "SUBPATTERN" and not value[1]:  # with flags of its own it is not followed
        return _walk(value[3], alive)
    if operation == "BRANCH":
        ways = [_walk(branch, alive) for branch in value[1]]
        return frozenset().union(*(way[0] for way in ways)), frozenset().union(*(way[1] for way in ways))
    if operation in _REPEATS:
        return _repeated(value, alive)
    signs = _signs(operation, value)
    if signs is None:
        return frozenset(), alive
    return _grown(alive, signs)


def _repeated(value: Any, alive: _Starts) -> tuple[_Starts, _Starts]:
    """Follow what may be left out, or may come again: after the first time everything may follow."""
    fewest, most, items = value
    once, done = _walk(items, alive)
    skipped = alive if fewest == 0 else frozenset()
    return (skipped | once, done) if most == 1 else (skipped, done | once)


def _grown(alive: _Starts, signs: _Starts) -> tuple[_Starts, _Starts]:
    grown = {start + sign for start in alive for sign in signs}
    full = frozenset([start for start in grown if len(start) >= _DEPTH])
    return frozenset(grown - full), full


def _signs(operation: str, value: Any) -> _Starts | None:
    """Return the characters that one place of a pattern accepts, None when they are too many to list."""
    if operation == "LITERAL":
        return _one(value)
    if operation != "IN":
        return None
    found: set[str] = set()
    for kind, what in value:
        if str(kind) == "LITERAL":
            found.add(chr(what))
        elif str(kind) == "RANGE" and what[1] - what[0] < 64:
            found.update(map(chr, range(what[0], what[1] + 1)))
        elif str(what) == "CATEGORY_DIGIT":
            found.add("0")
        else:
            return None
    return _alike(found)


@cache
def _one(code: int) -> _Starts:
    return _alike({chr(code)})


def _alike(signs: set[str]) -> _Starts:
    """Return the signs with a space for a new line, as both end what stands between spaces, and one for all digits."""
    return frozenset(" " if sign == "\n" else "0" if sign.isdecimal() else sign for sign in signs)
