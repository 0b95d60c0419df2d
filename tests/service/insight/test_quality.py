"""Accuracy as people's corrections tell it, with an honest interval."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.proportions import wilson
from service.insight import quality
from service.insight.quality import Judged


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_the_wilson_interval_is_the_one_of_the_textbooks(
    successes: int, trials: int, low: float, high: float
) -> None:
    found = wilson(successes, trials)
    assert isclose(found[0], low, abs_tol=5e-5)
    assert isclose(found[1], high, abs_tol=5e-5)


@given(trials=st.integers(1, 5_000), data=st.data())
def test_the_interval_holds_the_share_and_narrows_with_more_trials(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    closer = wilson(successes * 4, trials * 4)
    assert closer[1] - closer[0] < high - low


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 2)])
def test_a_share_of_nothing_is_an_error(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="trials"):
        wilson(successes, trials)


def test_labels_are_counted_as_left_alone_taken_away_or_not_yet_judged() -> None:
    judged = [
        quality.FieldLabels("topics", ["courier", "support"], ["courier"]),  # a person took `support` away
        quality.FieldLabels("topics", ["courier"], None),  # nobody looked yet
        quality.FieldLabels(
            "topics", ["courier"], ["courier", "packaging"]
        ),  # an added label is no mistake of another one
        quality.FieldLabels("category", ["praise"], ["complaint"]),
    ]
    assert quality.tally(judged) == [
        Judged(field="category", label="praise", tagged=1, accepted=0, corrected=1),
        Judged(field="topics", label="courier", tagged=3, accepted=2, corrected=0),
        Judged(field="topics", label="support", tagged=1, accepted=0, corrected=1),
    ]


def test_the_report_puts_the_least_certain_labels_first_and_says_when_data_is_too_thin() -> None:
    tallies = [
        Judged(field="topics", label="good", tagged=100, accepted=95, corrected=5),
        Judged(field="topics", label="unjudged", tagged=10, accepted=0, corrected=0),
        Judged(field="topics", label="poor", tagged=20, accepted=5, corrected=15),
    ]
    rows = quality.report(tallies, comments=200)
    assert [row["label"] for row in rows] == ["poor", "good", "unjudged"]
    assert [row["enough_data"] for row in rows] == [False, True, False]
    assert rows[1] == {
        "field": "topics",
        "label": "good",
        "tagged": 100,
        "coverage": 0.5,
        "accepted": 95,
        "corrected": 5,
        "accuracy": 0.95,
        "interval": list(wilson(95, 100)),
        "enough_data": True,
    }
    assert rows[2]["interval"] is None
    assert quality.overall(rows)["topics"]["judged"] == 120


def test_without_comments_there_is_nothing_to_report() -> None:
    assert quality.report([], 0) == []
    assert quality.overall([]) == {}


def test_topics_of_the_company_have_rows_and_do_not_tell_how_good_the_model_is() -> None:
    own = Judged(field="topics", label="own_a", tagged=50, accepted=0, corrected=50)
    model = Judged(field="topics", label="courier", tagged=50, accepted=50, corrected=0)
    rows = quality.report([own, model], 100)
    assert [row["label"] for row in rows] == ["own_a", "courier"]
    assert quality.overall(rows)["topics"]["accuracy"] == 1.0
