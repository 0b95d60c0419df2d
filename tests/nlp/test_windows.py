"""Character n-grams as numbers: the same n-grams at the same places as when each is cut out of the text."""

from collections import Counter

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlp.features import Grams, char_grams, tokens, word_grams, word_spans
from nlp.rules.scope import Cut
from nlp.windows import Table

PIECES = [
    "سفارش",
    "نرسید",
    "خیلی",
    "بد",
    "بود",
    " ",
    " ",
    "\n",
    "!",
    "😂",
    "می‌شود",
    "kheyli",
    "١",
    "3",
    "\u3000",
]
TEXTS = st.lists(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join), max_size=5
)
KNOWN = sorted({gram for gram, _, _ in char_grams("سفارش نرسید خیلی بد بود! می‌شود kheyli 3 😂😂")})
COLUMNS = {gram: column for column, gram in enumerate(KNOWN)}
TABLE = Table(COLUMNS, (2, 5))


@given(TEXTS)
@example([""])
@example(["", "بد", "", "ن"])
@settings(max_examples=80, deadline=None)
def test_windows_are_the_known_n_grams_of_each_text(texts: list[str]) -> None:
    found = TABLE.windows(texts)
    expected = Counter(
        (owner, COLUMNS[gram])
        for owner, text in enumerate(texts)
        for gram, _, _ in char_grams(text)
        if gram in COLUMNS
    )
    assert Counter(zip(found.owners.tolist(), found.columns.tolist(), strict=True)) == expected


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_a_window_stands_where_its_n_gram_was_cut_out(texts: list[str]) -> None:
    found = TABLE.windows(texts)
    expected = Counter(
        (owner, COLUMNS[gram], start, end)
        for owner, text in enumerate(texts)
        for gram, start, end in char_grams(text)
        if gram in COLUMNS
    )
    places = zip(found.owners, found.columns, found.starts, found.ends, strict=True)
    assert Counter(tuple(map(int, place)) for place in places) == expected


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_words_are_counted_as_they_are_placed(texts: list[str]) -> None:
    known = {gram: column for column, gram in enumerate(sorted(set(word_grams(" ".join(PIECES)))))}
    grams = Grams(known, np.ones(len(known), dtype=np.float32), words=True)
    (owners, columns), (starts, ends) = grams.looked_up(texts, Cut(texts)), word_spans(texts)
    spans = zip(owners.tolist(), columns.tolist(), starts.tolist(), ends.tolist(), strict=True)
    for owner, column, start, end in spans:
        assert known.get(" ".join(tokens(texts[owner][start:end])), -1) == column


@given(st.dictionaries(st.text("ابپتabc 1", min_size=2, max_size=5), st.integers(0, 10**6), max_size=300))
@settings(max_examples=30, deadline=None)
def test_every_n_gram_of_a_table_is_found_again(columns: dict[str, int]) -> None:
    table = Table(columns, (2, 5))
    keys = table._keys(list(columns))
    which, found = table._known(keys)
    assert which.tolist() == list(range(len(keys)))
    assert found.tolist() == list(columns.values())
    assert not len(table._known(keys + np.uint64(10**15))[0])
