"""Text to numbers, once for all heads: word and character n-grams that remember where they stood, and cues."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, pairwise, repeat
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.normalize import Normalized
from nlp.rules import scope
from nlp.rules.scope import Cut
from nlp.windows import Indices, Occurrences, Table

#: Normalized text has no half-spaces («نمیرسد» is one token); every emoji and mark is a token too.
_TOKEN = re.compile(r"\w+|[^\w\s]")
_CHUNK = re.compile(r"\S+")
_CHAR_GRAMS = (2, 5)
_CUE_VALUE = 0.4  # beside n-gram values of about 0.1: loud, but not alone
_FEWEST_CUES = 5
_FEWEST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Looked:
    """Texts and their clauses, and the n-grams that were found in them; what stands in a clause is told twice."""

    cut: Cut
    texts: Sequence[str]  # as the models read them
    words: tuple[Indices, Indices]  # the piece and the column of every word and pair, -1 for an unknown one
    characters: Occurrences


@dataclass(frozen=True, slots=True)
class Cells:
    """The values of a sparse matrix: parallel arrays of row, column and value, the rows in order."""

    rows: Indices
    columns: Indices
    values: NDArray[np.float32]


def word_grams(text: str) -> list[str]:
    """Return every token, and behind them every pair of neighbouring tokens.

    >>> word_grams("نان تازه بود")
    ['نان', 'تازه', 'بود', 'نان تازه', 'تازه بود']
    """
    found = tokens(text)
    return [*found, *map(" ".join, pairwise(found))]


def word_spans(texts: Sequence[str]) -> tuple[Indices, Indices]:
    """Return where each of the `word_grams` of all texts starts and ends."""
    starts: list[int] = []
    ends: list[int] = []
    for text in texts:
        found = [match.span() for match in _TOKEN.finditer(text)]
        first, last = [start for start, _ in found], [end for _, end in found]
        starts += first + first[:-1]
        ends += last + last[1:]
    return np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)


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
_SIGNS = re.compile("[\u2639-\U0010ffff]")  # asked first: one range is fast
#: Emoji that few customers choose, read as those by which most say the same.
_USUAL = str.maketrans(
    {
        rare: usual
        for usual, others in {
            "😍": "🥰🤩🥳😘😻💖💕💞💓💗💝💘❣💟",
            "❤": "♥♡💚💙💜🤍🧡💛\U0001fa77",
            "😋": "🤤",
            "👌": "🤌💯🙌🏆🥇",
            "😡": "🤬😠😤👿🤮🤢💩🖕😾",
            "😔": "😞😟☹🙁😣😖😩😫😒💔😢😥😿🤦",
        }.items()
        for rare in others
    }
)


def usual_emoji(text: str) -> str:
    """Return a text without the emoji that say nothing, every other letter in its place.

    An emoji that few customers choose becomes one by which most say the same.

    >>> usual_emoji("سرد بود 🌹"), usual_emoji("چه کیکی 🥰"), usual_emoji("سرد بود ☹")
    ('سرد بود  ', 'چه کیکی 😍', 'سرد بود 😔')
    """
    return _POLITE.sub(" ", text).translate(_USUAL) if _SIGNS.search(text) else text


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
        grams = "\n".join(sorted(self.vocabulary, key=self.vocabulary.__getitem__))
        return {"idf": self.idf, "words": self.words, "grams": grams}

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

    def looked_up(self, texts: Sequence[str], cut: Cut) -> tuple[Indices, Indices]:
        """Return the piece and the column of every word and pair, -1 for an unknown one."""
        found = [list(map(self.vocabulary.get, word_grams(text), repeat(-1))) for text in texts]
        for owner, first, last in _tokens_of_clauses(texts, cut):
            words, pairs = found[owner], (len(found[owner]) + 1) // 2  # pairs stand behind the words
            found.append(words[first:last] + words[pairs + first : pairs + last - 1])
        owners = np.repeat(np.arange(len(found)), [len(each) for each in found])
        return owners, np.fromiter(chain.from_iterable(found), dtype=np.int64, count=len(owners))

    @cached_property
    def table(self) -> Table:
        """The n-grams as windows of characters are looked up."""
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

    def fit(self, comments: Sequence[Normalized], more: Sequence[str] = ()) -> Self:
        """Learn the columns and their weights from the comments; `more` are unlabelled normalized texts."""
        texts = [usual_emoji(comment.text) for comment in comments]
        words = Grams.learned(texts, words=True, columns=self.max_words)
        known = sorted({*words.vocabulary, *_usual_words(more, self.max_known)})
        self.words_ = Grams.learned(texts, words=True, vocabulary=known) if more else words
        self.chars_ = Grams.learned(texts, words=False, columns=self.max_chars)
        self.cues_ = _usual_cues([scope.features(text) for text in texts])
        return self

    def matrix(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row per normalized text."""
        return self.rows(self.look(Cut(texts)))

    def look(self, cut: Cut) -> Looked:
        """Find the n-grams of normalized texts and of their clauses."""
        texts = [usual_emoji(text) for text in cut.texts]
        whole = self.chars_.table.windows(texts)
        return Looked(cut, texts, self.words_.looked_up(texts, cut), _with_clauses(whole, texts, cut))

    def rows(self, looked: Looked) -> csr_matrix:
        """Return one row per text, and behind them one per clause."""
        grams, cues, count = self._grams(looked), self._cues(looked.cut), len(looked.cut)
        rows = np.concatenate([grams.rows, cues.rows])
        order = np.argsort(rows, kind="stable")  # cues stand behind the n-grams
        ends = np.zeros(count + 1, dtype=np.int32)
        np.bincount(rows, minlength=count).cumsum(out=ends[1:])
        return csr_matrix(
            (
                np.concatenate([grams.values, cues.values]).take(order),
                np.concatenate([grams.columns, cues.columns]).take(order).astype(np.int32),
                ends,
            ),
            shape=(count, self.blocks["cues"].stop),
        )

    def _grams(self, looked: Looked) -> Cells:
        """Return what each text holds of each n-gram: words and characters each have length one."""
        first = len(self.words_.vocabulary)
        width = first + len(self.chars_.vocabulary)
        (owners, words), characters = looked.words, looked.characters
        known = words >= 0
        keys = np.concatenate(
            [(owners * width + words)[known], characters.owners * width + (characters.columns + first)]
        )
        keys.sort(kind="stable")  # numpy's other sort is three times as slow on some processors
        cells = np.flatnonzero(keys != np.concatenate([[-1], keys[:-1]]))
        counted = (np.concatenate([cells[1:], [len(keys)]]) - cells).astype(np.float32)
        rows, columns = np.divmod(keys.take(cells), width)
        values = (1.0 + np.log(counted)) * self._idf(columns, first)
        block = 2 * rows + (columns >= first)
        length = np.sqrt(np.bincount(block, weights=values**2, minlength=2 * len(looked.cut)))
        return Cells(rows, columns, (values / length.take(block)).astype(np.float32))

    def _idf(self, columns: Indices, first: int) -> NDArray[np.float32]:
        """Return what each column tells; characters begin at `first`."""
        words, characters = self.words_.idf, self.chars_.idf
        at_words, at_characters = (
            words.take(columns, mode="clip"),
            characters.take(columns - first, mode="clip"),
        )
        return np.where(columns < first, at_words, at_characters)

    def _cues(self, cut: Cut) -> Cells:
        known, first = self.cues_, self.blocks["cues"].start
        said = [scope.features(text) for text in cut.texts]
        said += [
            scope.features(cut.texts[owner], clause)
            for owner, clause in zip(cut.owner, cut.clauses, strict=True)
        ]
        found = [
            sorted((known[name], value) for name, value in each.items() if name in known) for each in said
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

    def occurrences(self, looked: Looked, count: int) -> Occurrences:
        """Return the place of every known n-gram of the first `count` texts."""
        (owners, columns), characters = looked.words, looked.characters
        starts, ends = word_spans(looked.texts[:count])
        known = np.flatnonzero(columns[: len(starts)] >= 0)
        wanted = np.flatnonzero(characters.owners < count)
        behind = len(self.words_.vocabulary)
        return Occurrences(
            owners=np.concatenate([owners.take(known), characters.owners.take(wanted)]),
            columns=np.concatenate([columns.take(known), characters.columns.take(wanted) + behind]),
            starts=np.concatenate([starts.take(known), characters.starts.take(wanted)]),
            ends=np.concatenate([ends.take(known), characters.ends.take(wanted)]),
        )


def _tokens_of_clauses(texts: Sequence[str], cut: Cut) -> Iterator[tuple[int, int, int]]:
    """Yield the text of each clause, and from which to before which of its tokens the clause goes."""
    before, at, last = -1, 0, 0
    for owner, clause in zip(cut.owner, cut.clauses, strict=True):
        if owner != before:
            before, at, last = owner, 0, 0
        first = last + len(_TOKEN.findall(texts[owner], at, clause.start))
        last = first + len(_TOKEN.findall(texts[owner], clause.start, clause.end))
        at = clause.end
        yield owner, first, last


def _with_clauses(whole: Occurrences, texts: Sequence[str], cut: Cut) -> Occurrences:
    """Return what was found in texts, and again, as found in its clause, what begins in one."""
    *base, size = accumulate(map(len, texts), initial=0)
    piece = np.full(size, -1, dtype=np.int64)
    for number, (owner, clause) in enumerate(zip(cut.owner, cut.clauses, strict=True), len(texts)):
        piece[base[owner] + clause.start : base[owner] + clause.end] = number
    owners = piece.take(np.array(base, dtype=np.int64).take(whole.owners) + whole.starts)
    inside = np.flatnonzero(owners >= 0)
    return Occurrences(
        owners=np.concatenate([whole.owners, owners.take(inside)]),
        columns=np.concatenate([whole.columns, whole.columns.take(inside)]),
        starts=np.concatenate([whole.starts, whole.starts.take(inside)]),
        ends=np.concatenate([whole.ends, whole.ends.take(inside)]),
    )


def _usual_cues(found: Sequence[Mapping[str, float]]) -> dict[str, int]:
    """Return a column for each cue that occurs often enough to learn from; at least one."""
    counts = Counter(name for one in found for name in one)
    kept = [name for name, count in counts.items() if count >= _FEWEST_CUES] or ["flag=question"]
    return {name: column for column, name in enumerate(sorted(kept))}


def _usual_words(texts: Sequence[str], most: int) -> list[str]:
    counts = Counter(word for text in texts for word in set(tokens(text)))
    return [word for word, count in counts.most_common(most) if count >= _FEWEST_WORDS]
