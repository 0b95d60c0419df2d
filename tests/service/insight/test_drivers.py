"""Effects that were planted are found again, as often as the intervals and probabilities promise."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from service.insight import drivers, kano
from service.insight.drivers import Answers, answers, impacts, value_at_risk

#: topic: probability of a bad and of a good mention, and what each does to the score
PLANTED = {
    "payment_refund": (0.18, 0.20, -1.3, 0.0),  # must-be
    "delivery_time": (0.18, 0.18, -1.0, 1.0),  # one-dimensional
    "packaging": (0.15, 0.20, 0.0, 1.2),  # attractive
    "appearance": (0.15, 0.15, 0.0, 0.0),  # indifferent
    "courier": (0.05, 0.03, -1.0, 0.5),  # too few at n = 400
}
KINDS = {
    "payment_refund": "must_be",
    "delivery_time": "one_dimensional",
    "packaging": "attractive",
    "appearance": "indifferent",
    "courier": "insufficient",
}


def _draw(seed: int, n: int = 400) -> Answers:
    dice = np.random.default_rng(seed)
    score = 3.2 + dice.normal(0, 0.8, n)
    said = []
    for topic, (bad, good, penalty, reward) in PLANTED.items():
        mood = np.where((u := dice.random(n)) < bad, -1, np.where(u < bad + good, 1, 0))
        score += np.where(mood < 0, penalty, 0) + np.where(mood > 0, reward, 0)
        said += [(int(row), topic, int(mood[row])) for row in np.flatnonzero(mood)]
    scores = [(row, float(value)) for row, value in enumerate(np.clip(np.rint(score), 1, 5))]
    return answers(scores, said)


def _rates(draws: int) -> dict[str, float]:
    found = [{one.pull.topic: one.kind for one in kano.classes(_draw(seed))} for seed in range(draws)]
    return {topic: sum(one[topic] == kind for one in found) / draws for topic, kind in KINDS.items()}


def test_planted_kano_classes_are_found_in_most_draws() -> None:
    rates = _rates(40)
    assert rates["payment_refund"] >= 0.9
    assert rates["courier"] == 1.0
    assert min(rates.values()) >= 0.8


@pytest.mark.slow
def test_a_planted_must_be_topic_is_classed_so_in_95_of_100_draws() -> None:
    rates = _rates(200)
    assert rates["payment_refund"] >= 0.95
    assert rates["courier"] == 1.0


def _coverage(draws: int) -> float:
    truth = {one.topic: one.impact.value for one in impacts(_draw(10_000, 400_000))}
    held = [
        one.impact.low <= truth[one.topic] <= one.impact.high
        for seed in range(draws)
        for one in impacts(_draw(seed), seed)
    ]
    return sum(held) / len(held)


def test_impact_intervals_hold_the_planted_truth_about_as_often_as_they_say() -> None:
    assert 0.91 <= _coverage(60) <= 0.98


@pytest.mark.slow
def test_impact_intervals_hold_the_planted_truth_as_often_as_they_say() -> None:
    assert _coverage(1_000) == pytest.approx(0.95, abs=0.02)


def test_leaving_a_topic_out_gives_its_impact_exactly() -> None:
    scores = [(1, 1.0), (2, 5.0), (3, 4.0), (4, 2.0)]
    found = {one.topic: one for one in impacts(answers(scores, [(1, "support", -1), (4, "support", -1)]))}
    assert found["support"].n == 2
    assert found["support"].mean == 1.5
    assert found["support"].impact.value == 3.0 - 4.5


def test_two_topics_that_always_come_together_are_not_told_apart() -> None:
    dice = np.random.default_rng(3)
    scores, said = [], []
    for row in range(600):
        mood = int(dice.choice([-1, 0, 1]))
        scores.append((row, float(3 + mood)))
        if mood:
            said += [(row, "courier", mood), (row, "delivery_time", mood)]
    found = {one.pull.topic: one for one in kano.classes(answers(scores, said))}
    assert found["courier"].kind == "insufficient"
    assert found["courier"].pull.confounded_with == "delivery_time"


@pytest.mark.parametrize("added", [0.0, 90.0])
def test_what_all_scores_have_in_common_pulls_at_none(added: float) -> None:
    # every comment speaks of one of these topics, well or badly: no other is left to compare with
    moods = [("courier", -1), ("courier", 1), ("packaging", -1), ("packaging", 1)] * 50
    said = [(row, topic, mood) for row, (topic, mood) in enumerate(moods)]
    scores = [(row, added + 3.0 + mood) for row, (_, mood) in enumerate(moods)]
    pulls = [one.pull for one in kano.classes(answers(scores, said))]
    assert [(pull.penalty.value, pull.reward.value) for pull in pulls] == [(1.0, 1.0), (1.0, 1.0)]


def test_a_topic_that_everybody_speaks_badly_of_has_no_penalty_to_tell() -> None:
    scores = [(row, float(row % 5 + 1)) for row in range(50)]
    (one,) = kano.classes(answers(scores, [(row, "support", -1) for row in range(50)]))
    assert one.pull.penalty is None
    assert one.pull.negative == 50


def test_where_all_scores_are_equal_every_topic_is_indifferent() -> None:
    scores = [(row, 5.0) for row in range(200)]
    said = [(row, "courier", -1 if row < 50 else 1) for row in range(100)]
    (one,) = kano.classes(answers(scores, said))
    assert (one.kind, one.probability) == ("indifferent", 1.0)
    assert one.pull.penalty.value == one.pull.reward.value == 0.0


def test_nothing_scored_says_nothing() -> None:
    assert impacts(answers([], [])) == []
    assert kano.classes(answers([], [])) == []


def test_a_topic_that_everybody_speaks_of_has_no_impact_to_leave_out() -> None:
    scores = [(row, float(row % 5 + 1)) for row in range(50)]
    (one,) = impacts(answers(scores, [(row, "support", -1) for row in range(50)]))
    assert one.impact is None


def test_a_mean_of_a_few_comments_has_no_interval() -> None:
    scores = [(row, float(1 + row % 5)) for row in range(40)]
    found = impacts(
        answers(scores, [(row, topic, -1) for topic, n in (("few", 4), ("more", 5)) for row in range(n)])
    )
    told = {one.topic: (one.mean, one.range is None) for one in found}
    assert told == {"few": (2.5, True), "more": (3.0, False)}


def test_the_wish_to_leave_halves_every_ninety_days() -> None:
    today = date(2026, 11, 25)
    days = [today - timedelta(days=90 * number) for number in range(3)]
    found = [value_at_risk([("c1", "support", day, 1_000_000.0)], today)[0].value for day in days]
    values = [one.value for one in found if one is not None]
    assert len(values) == len(days)
    assert all(later == pytest.approx(earlier / 2, abs=1) for earlier, later in pairwise(values))


def test_a_customer_who_says_it_often_is_lost_once() -> None:
    today = date(2026, 11, 25)
    rows = [("c1", "support", today, 5.0), ("c1", "support", today, 5.0), ("c2", "support", today, 7.0)]
    (one,) = value_at_risk(rows, today)
    assert (one.customers, one.value and one.value.value) == (2, 12)


def test_who_leaves_is_counted_also_where_nobody_told_what_they_are_worth() -> None:
    today = date(2026, 11, 25)
    rows = [("c1", "support", today, 0.0), ("c2", "support", today, 0.0), ("c2", "courier", today, 0.0)]
    found = value_at_risk([*rows, ("c3", "courier", today, 7.0)], today)
    assert [(one.topic, one.customers, one.value and one.value.value) for one in found] == [
        ("courier", 2, 7),
        ("support", 2, None),
    ]


def test_no_less_than_nothing_is_at_risk_where_the_worth_of_few_of_many_is_known() -> None:
    today = date(2026, 11, 25)
    rows = [(f"c{number}", "support", today, 5e6 if number < 2 else 0.0) for number in range(230)]
    (one,) = value_at_risk(rows, today)
    assert one.value is not None
    assert (one.customers, one.value.value, one.value.low) == (230, 10_000_000, 0)


def test_promoters_and_detractors_weigh_a_hundred_points() -> None:
    assert [drivers.nps_points(score) for score in (0, 6, 7, 8, 9, 10)] == [-100, -100, 0, 0, 100, 100]
