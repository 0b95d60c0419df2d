"""Looking only where a pattern may begin finds exactly what a search everywhere finds."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import cues, scope
from nlp.openings import Openings, beginnings

PATTERNS = [rule.pattern for rule in cues.rules()]
MARKERS = [cues.marker(name) for name in cues._file()["markers"]]
WORDS = sorted(
    {word for pattern in [*PATTERNS, *MARKERS] for word in re.findall(r"[آ-ی0-9]+", pattern.pattern.pattern)}
)
TEXTS = st.lists(
    st.sampled_from([*WORDS, "بود", "خیلی"]) | st.sampled_from("!?. ,\nو3۴a_«»🙏"), max_size=30
).map(lambda words: "".join(word + " " * (len(word) % 3 > 0) for word in words))


def at_words(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Search everywhere, and keep what begins where no letter or digit stands before."""
    found, place = [], 0
    while match := pattern.search(text, place):
        begins = match.start() == 0 or not text[match.start() - 1].isalnum()
        found += [match.span()] if begins else []
        place = max(match.end(), match.start() + 1) if begins else match.start() + 1
    return found


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_cue_is_found_where_a_full_search_finds_it(text: str) -> None:
    for pattern in PATTERNS:
        found = [match.span() for match in pattern.finditer(text)]
        assert found == at_words(pattern.pattern, text), pattern.name


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_no_cue_is_found_without_what_it_needs(text: str) -> None:
    for rule in cues.rules():
        if rule.needs and any(rule.pattern.finditer(text)):
            assert rule.needs.search(text), rule.name


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_clause_has_no_cue_that_its_comment_has_not(text: str) -> None:
    for clause in scope.clauses(text):
        piece = text[clause.start : clause.end]
        assert scope.features(piece, text) == scope.features(piece)


@given(TEXTS, st.integers(0, 40), st.integers(0, 80))
@settings(max_examples=300, deadline=None)
def test_every_marker_is_found_where_a_full_search_finds_it(text: str, start: int, end: int) -> None:
    for marker in MARKERS:
        everywhere = [match.span() for match in marker.pattern.finditer(text)]
        assert [match.span() for match in marker.finditer(text)] == everywhere
        inside, expected = marker.search(text, start, end), marker.pattern.search(text, start, end)
        assert (inside and inside.span()) == (expected and expected.span())


@pytest.mark.parametrize(
    ("expression", "letters"),
    [
        ("سرد|یخ", {"سرد", "یخ"}),
        ("دیر(?:تر)? رسید", {"دیر ", "دیرتر"}),
        ("[آا]شغال", {"آشغال"[:5], "اشغال"[:5]}),
        (r"(?<!\w)بد(?!\w)", {"بد"}),
        (r"\w+ بد", {""}),
        ("(?i:a)b", {""}),
        ("بد[ \n]?جور", {"بد ", "بدجور"}),
        ("(?:به )*بد", {"به ", "بد"}),
    ],
)
def test_a_pattern_begins_with_known_letters(expression: str, letters: set[str]) -> None:
    assert beginnings(re.compile(expression)) == letters


def test_more_words_than_are_remembered_are_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.openings._MOST_CHUNKS", 3)
    pattern = Openings({"late": re.compile("دیر")}).pattern("late")
    text = " ".join(f"کلمه{number} دیر" for number in range(20))
    assert len(list(pattern.finditer(text))) == 20
