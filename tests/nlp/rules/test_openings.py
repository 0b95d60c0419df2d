"""Looking only where a pattern may begin finds exactly what a search everywhere finds."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.rules import cuefile, cues, patterns, scope
from nlp.rules.openings import Openings, Pattern, beginnings

PATTERNS = [rule.pattern for rule in cues.rules()]
MARKERS = [cues.marker(name) for name in cuefile.table()["markers"]]
WORDS = sorted(
    {word for pattern in [*PATTERNS, *MARKERS] for word in re.findall(r"[آ-ی0-9]+", pattern.expression)}
)
TEXTS = st.lists(
    st.sampled_from([*WORDS, "بود", "خیلی"]) | st.sampled_from("!?. ,\nو3۴a_«»🙏"), max_size=30
).map(lambda words: "".join(word + " " * (len(word) % 3 > 0) for word in words))


def found(pattern: Pattern, text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Search everywhere; all but some markers count only where no letter or digit stands before."""
    spans, place, end = [], start, len(text) if end is None else end
    while match := re.compile(pattern.expression).search(text, place, end):
        begins = (
            pattern.name in patterns.WITHIN_WORDS
            or match.start() == 0
            or not text[match.start() - 1].isalnum()
        )
        spans += [match.span()] if begins else []
        place = max(match.end(), match.start() + 1) if begins else match.start() + 1
    return spans


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_cue_is_found_where_a_full_search_finds_it(text: str) -> None:
    for pattern in PATTERNS:
        assert [match.span() for match in pattern.finditer(text)] == found(pattern, text), pattern.name


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_no_cue_is_found_without_what_it_needs(text: str) -> None:
    for rule in cues.rules():
        if rule.needs and any(rule.pattern.finditer(text)):
            assert rule.needs.search(text), rule.name


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_every_cue_of_a_comment_is_one_of_its_clauses(text: str) -> None:
    def cues_of(said: dict[str, float]) -> set[str]:
        return {name for name in said if name.startswith(("cue=", "said=")) and name != "said=clash"}

    of_clauses = [cues_of(scope.features(text, clause)) for clause in scope.clauses(text)]
    assert set().union(*of_clauses) == cues_of(scope.features(text))


@given(TEXTS, st.integers(0, 40), st.integers(0, 80))
@settings(max_examples=300, deadline=None)
def test_every_marker_is_found_where_a_full_search_finds_it(text: str, start: int, end: int) -> None:
    for marker in MARKERS:
        assert [match.span() for match in marker.finditer(text)] == found(marker, text)
        inside = marker.search(text, start, end)
        assert ([inside.span()] if inside else []) == found(marker, text, start, end)[:1]


@pytest.mark.parametrize(
    ("expression", "letters"),
    [
        ("سرد|یخ", {"سرد", "یخ"}),
        ("دیر(?:تر)? رسید", {"دیر ر", "دیرتر"}),
        ("[آا]شغال", {"آشغال"[:5], "اشغال"[:5]}),
        (r"(?<!\w)بد(?!\w)", {"بد"}),
        (r"\w+ بد", {""}),
        ("(?i:a)b", {""}),
        ("بد[ \n]?جور", {"بد جو", "بدجور"}),
        ("(?:به )*بد", {"به ", "بد"}),
        (r"\d\d? تا", {"0 تا", "00 تا"}),
        ("[۲3] تا", {"0 تا"}),
    ],
)
def test_a_pattern_begins_with_known_letters(expression: str, letters: set[str]) -> None:
    assert beginnings(expression) == letters


@pytest.mark.parametrize("text", ["دست درد", "بدست درد", "از دست درد", "دست\nدرد"])
def test_a_match_that_begins_within_a_word_may_go_on_behind_it(text: str) -> None:
    pattern = Openings({"pain": r"دست\sدرد"}).pattern("pain")
    assert [match.span() for match in pattern.finditer(text)] == [(len(text) - 7, len(text))]


@pytest.mark.parametrize("text", ["3 روز", "۳ روز", "٣ روز", "३ روز", "x 33 روز"])
def test_a_digit_of_any_script_is_one(text: str) -> None:
    pattern = Openings({"span": r"\d+ روز"}).pattern("span")
    assert [match[0] for match in pattern.finditer(text)] == [text.removeprefix("x ")]


def test_more_words_than_are_remembered_are_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.rules.openings._MOST_CHUNKS", 3)
    pattern = Openings({"late": "دیر"}).pattern("late")
    text = " ".join(f"کلمه{number} دیر" for number in range(20))
    assert len(list(pattern.finditer(text))) == 20


def test_an_unsound_expression_is_named() -> None:
    with pytest.raises(ValueError, match="late: missing"):
        Openings({"late": "دیر|(نرسید"})
