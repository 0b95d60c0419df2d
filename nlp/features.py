"""Text to numbers, once for all heads: word and character n-grams that remember where they stood, and cues."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise, repeat
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp import scope
from nlp.normalize import Normalized
from nlp.windows import Table

#: Half-spaces stay inside a word («نمی‌رسد» is one token); emoji and punctuation runs are tokens too.
_TOKEN = re.compile(r"[\w\u200c]+|[^\w\s]")
_CHUNK = re.compile(r"\S+")
_CHAR_GRAMS = (2, 5)
_CUE_VALUE = 0.4  # beside n-gram values of about 0.1: loud, but not alone
_FEWEST_CUES = 5
_FEWEST_WORDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrences:
    """Where the columns of comments stand: parallel arrays of comment, column, and range in its normalized text."""

    owners: NDArray[np.int64]
    columns: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """The values of a sparse matrix: parallel arrays of row, column and value, the rows in order."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float32]


def word_grams(text: str) -> list[str]:
    """Return every token, and behind them every pair of neighbouring tokens.

    >>> word_grams("نان تازه بود")
    ['نان', 'تازه', 'بود', 'نان تازه', 'تازه بود']
    """
    found = tokens(text)
    return [*found, *map(" ".join, pairwise(found))]


def _word_spans(text: str) -> list[tuple[int, int]]:
    """Return where each of the `word_grams` stands."""
    found = [match.span() for match in _TOKEN.finditer(text)]
    return found + [(start, end) for (start, _), (_, end) in pairwise(found)]


def char_grams(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the character n-grams inside each word, its borders marked by a space, with their places."""
    low, high = _CHAR_GRAMS
    for match in _CHUNK.finditer(text):
        padded, begin, last = f" {match.group()} ", match.start(), match.end()
        for size in range(low, min(high, len(padded)) + 1):
            for first in range(len(padded) - size + 1):
                start = begin + first - 1
                yield (
                    padded[first : first + size],
                    max(start, begin),
                    min(start + size, last),
                )


def _chars_only(text: str) -> list[str]:
    return [gram for gram, _, _ in char_grams(text)]


#: Folded hands and flowers end thanks and complaints alike: they are read as spaces, so that no place moves.
_POLITE = re.compile("[🙏🤲🌹🌺🌸🌷💐🌻🌼🍀🌿✨💫]")


def silenced(text: str) -> str:
    """Return a text without the emoji that say nothing, every other letter in its place.

    >>> silenced("سرد بود 🌹")
    'سرد بود  '
    """
    return _POLITE.sub(" ", text)


def tokens(text: str) -> list[str]:
    """Return the words, emoji and marks of a normalized text.

    >>> tokens("سرد بود!")
    ['سرد', 'بود', '!']
    """
    return _TOKEN.findall(text)


class Grams:
    """Which n-grams are columns and how much each tells: sublinear TF-IDF in rows of length one.

    scikit-learn learns it; to score, a table and a few array operations do, so that it is not even imported.
    """

    def __init__(self, vocabulary: Mapping[str, int], idf: NDArray[np.float32], *, words: bool) -> None:
        self.vocabulary = vocabulary
        self.idf = idf
        self.words = words

    def __getstate__(self) -> dict[str, Any]:
        """Save the n-grams as one text: a hundred thousand strings would be slow to read."""
        return {"idf": self.idf, "words": self.words, "grams": "\n".join(_in_order(self.vocabulary))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.idf, self.words = np.asarray(state["idf"]), state["words"]
        grams = state["grams"].split("\n") if state["grams"] else []
        self.vocabulary = {gram: column for column, gram in enumerate(grams)}

    @classmethod
    def learned(
        cls,
        texts: Sequence[str],
        *,
        words: bool,
        columns: int | None = None,
        vocabulary: Sequence[str] | None = None,
    ) -> Self:
        """Learn at most `columns` n-grams that occur twice, or the weights of a given vocabulary."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        learner = TfidfVectorizer(
            analyzer=word_grams if words else _chars_only,
            min_df=2 if vocabulary is None else 1,
            max_features=columns,
            vocabulary=vocabulary,
        ).fit(texts)
        places = {str(gram): int(column) for gram, column in learner.vocabulary_.items()}
        return cls(places, learner.idf_.astype(np.float32), words=words)

    def known(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the text and the column of every known n-gram; what occurs twice is there twice."""
        if not self.words:
            found = self._table.windows(texts)
            return found.owners, found.columns
        owners, columns = self._looked_up(texts)
        known = np.flatnonzero(columns >= 0)
        return owners.take(known), columns.take(known)

    def word_places(self, texts: Sequence[str]) -> Occurrences:
        """Return where every known word and pair of words stands."""
        owners, columns = self._looked_up(texts)
        known = np.flatnonzero(columns >= 0)
        spans = np.array([span for text in texts for span in _word_spans(text)], dtype=np.int64).reshape(
            -1, 2
        )
        starts, ends = spans.take(known, axis=0).T
        return Occurrences(owners=owners.take(known), columns=columns.take(known), starts=starts, ends=ends)

    def _looked_up(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the text and the column of every word and pair, -1 for an unknown one."""
        grams = [word_grams(text) for text in texts]
        owners = np.repeat(np.arange(len(texts)), [len(each) for each in grams])
        columns = map(self.vocabulary.get, chain.from_iterable(grams), repeat(-1))
        return owners, np.fromiter(columns, dtype=np.int64, count=len(owners))

    def char_places(self, texts: Sequence[str]) -> Occurrences:
        """Return where every known character n-gram stands, without the spaces at the borders of its word."""
        found = self._table.windows(texts)
        spans = [match.span() for text in texts for match in _CHUNK.finditer(text)]
        begins, ends = np.array(spans, dtype=np.int64).reshape(-1, 2).T
        padded = np.cumsum(ends - begins + 2) - (ends - begins + 2)
        word = np.searchsorted(padded, found.places, side="right") - 1
        starts = begins[word] + found.places - padded[word] - 1
        return Occurrences(
            owners=found.owners,
            columns=found.columns,
            starts=np.maximum(starts, begins[word]),
            ends=np.minimum(starts + found.sizes, ends[word]),
        )

    @cached_property
    def _table(self) -> Table:
        return Table(self.vocabulary, _CHAR_GRAMS)


class Features:
    """Word and character TF-IDF and lexical cues side by side in one sparse matrix.

    `max_words` and `max_chars` bound the columns, and with them the size of the saved model; `max_known`
    bounds the words that only unlabelled comments have, which reach the models through their meaning.
    """

    def __init__(self, max_words: int = 30_000, max_chars: int = 45_000, max_known: int = 10_000) -> None:
        self.max_words = max_words
        self.max_chars = max_chars
        self.max_known = max_known

    def fit(self, comments: Sequence[Normalized], y: object = None, more: Sequence[str] = ()) -> Self:
        """Learn the columns and their weights from the comments; `more` are unlabelled normalized texts."""
        texts = [silenced(comment.text) for comment in comments]
        words = Grams.learned(texts, words=True, columns=self.max_words)
        known = sorted({*words.vocabulary, *_usual_words(more, self.max_known)})
        self.words_ = Grams.learned(texts, words=True, vocabulary=known) if more else words
        self.chars_ = Grams.learned(texts, words=False, columns=self.max_chars)
        self.cues_ = _usual_cues([scope.features(text) for text in texts])
        return self

    def transform(self, comments: Sequence[Normalized]) -> csr_matrix:
        """Return one row per comment."""
        return self.matrix([comment.text for comment in comments])

    def matrix(self, texts: Sequence[str], owners: Sequence[int] = ()) -> csr_matrix:
        """Return one row per normalized text; the last ones are clauses of those that `owners` names."""
        texts = [silenced(text) for text in texts]
        grams, cues = self._grams(texts), self._cues(texts, owners)
        width = self.blocks["cues"].stop
        behind = np.searchsorted(grams.rows, cues.rows, side="right")
        rows = np.insert(grams.rows, behind, cues.rows)
        ends = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(texts)))])
        return csr_matrix(
            (
                np.insert(grams.values, behind, cues.values),
                np.insert(grams.columns, behind, cues.columns).astype(np.int32),
                ends.astype(np.int32),
            ),
            shape=(len(texts), width),
        )

    def _grams(self, texts: Sequence[str]) -> Cells:
        """Return what each text holds of each n-gram: words and characters each have length one."""
        first = len(self.words_.vocabulary)
        width = first + len(self.chars_.vocabulary)
        (word_owners, words), (char_owners, chars) = self.words_.known(texts), self.chars_.known(texts)
        keys = np.concatenate([word_owners * width + words, char_owners * width + (chars + first)])
        keys.sort(kind="stable")  # numpy's other sort is three times as slow on some processors
        cells = np.flatnonzero(np.diff(keys, prepend=-1))
        counted = np.diff(cells, append=len(keys)).astype(np.float32)
        rows, columns = np.divmod(keys.take(cells), width)
        idf = np.concatenate([self.words_.idf, self.chars_.idf])
        values = (1.0 + np.log(counted)) * idf.take(columns)
        block = 2 * rows + (columns >= first)
        length = np.sqrt(np.bincount(block, weights=values**2, minlength=2 * len(texts)))
        return Cells(rows, columns, (values / length.take(block)).astype(np.float32))

    def _cues(self, texts: Sequence[str], owners: Sequence[int]) -> Cells:
        known, first = self.cues_, self.blocks["cues"].start
        wholes = chain(repeat(None, len(texts) - len(owners)), (texts[owner] for owner in owners))
        found = [
            sorted((known[name], value) for name, value in scope.features(*pair).items() if name in known)
            for pair in zip(texts, wholes, strict=True)
        ]
        flat = list(chain.from_iterable(found))
        return Cells(
            np.repeat(np.arange(len(found)), [len(each) for each in found]),
            np.array([first + column for column, _ in flat], dtype=np.int64),
            np.array([_CUE_VALUE * value for _, value in flat], dtype=np.float32),
        )

    @property
    def blocks(self) -> Mapping[str, slice]:
        """Where words, characters and cues stand among the columns."""
        words = len(self.words_.vocabulary)
        characters = words + len(self.chars_.vocabulary)
        return {
            "words": slice(0, words),
            "characters": slice(words, characters),
            "cues": slice(characters, characters + len(self.cues_)),
        }

    def names(self) -> list[str]:
        """Return a readable name for every column: `word=…`, `char=…`, `cue=…` or `flag=…`."""
        words = [f"word={name}" for name in _in_order(self.words_.vocabulary)]
        characters = [f"char={name}" for name in _in_order(self.chars_.vocabulary)]
        return words + characters + _in_order(self.cues_)

    def occurrences(self, comments: Sequence[Normalized]) -> Occurrences:
        """Return the place of every known n-gram of the comments."""
        texts = [silenced(comment.text) for comment in comments]
        words, characters = self.words_.word_places(texts), self.chars_.char_places(texts)
        return Occurrences(
            owners=np.concatenate([words.owners, characters.owners]),
            columns=np.concatenate([words.columns, characters.columns + len(self.words_.vocabulary)]),
            starts=np.concatenate([words.starts, characters.starts]),
            ends=np.concatenate([words.ends, characters.ends]),
        )


def _usual_cues(found: Sequence[Mapping[str, float]]) -> dict[str, int]:
    """Return a column for each cue that occurs often enough to learn from; at least one."""
    counts = Counter(name for one in found for name in one)
    kept = [name for name, count in counts.items() if count >= _FEWEST_CUES] or ["flag=question"]
    return {name: column for column, name in enumerate(sorted(kept))}


def _in_order(places: Mapping[str, int]) -> list[str]:
    return sorted(places, key=places.__getitem__)


def _usual_words(texts: Sequence[str], most: int) -> list[str]:
    counts = Counter(word for text in texts for word in set(tokens(text)))
    return [word for word, count in counts.most_common(most) if count >= _FEWEST_WORDS]
