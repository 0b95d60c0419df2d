"""Clauses heard in one go: the loudest clause of each comment, the mood across a contrast, and how it runs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.labels import columns
from nlp.votes import MODELS, MOODS, TOPICS, Votes

LABELS = len(columns())


def votes(count: int, chance: np.random.Generator) -> Votes:
    return Votes(chance.normal(size=(count, 3, LABELS)), chance.normal(size=(count, 2, TOPICS, 3)))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_each_comment_hears_the_loudest_of_its_own_clauses(cut: list[int], seed: int) -> None:
    chance = np.random.default_rng(seed)
    whole, clauses = votes(len(cut), chance), votes(sum(cut), chance)
    owner = np.repeat(np.arange(len(cut)), cut)
    side, aside = chance.integers(0, 2, (2, sum(cut)))
    heard = whole.heard(clauses, owner, side, aside)
    for row in range(len(cut)):
        mine = np.flatnonzero(owner == row)
        if not len(mine):
            assert (heard.labels[row, 3:] == whole.labels[row]).all()
            assert (heard.course[row] == whole.mood[row, 0]).all()
            continue
        moods = clauses.mood[mine, 0]
        claimed = moods[aside[mine] == 0] if (aside[mine] == 0).any() else moods
        course = [moods[0], moods[-1], moods.min(axis=0), claimed.mean(axis=0)]
        assert np.allclose(heard.course[row], course)
        assert (heard.labels[row, 3:] == clauses.labels[mine].max(axis=0)).all()
        for topic in range(TOPICS):
            loudest = mine[clauses.labels[mine, :, MOODS + topic].sum(axis=1).argmax()]
            assert (heard.polarity[row, 2:, topic] == clauses.polarity[loudest, :, topic]).all()
            others = mine[side[mine] != side[loudest]]
            across = clauses.mood[others, 0].mean(axis=0) if len(others) else 0.0
            assert np.allclose(heard.mood[row, topic, -3 * MOODS :], across)


def test_moods_are_the_columns_before_the_topics() -> None:
    heads = [head for head, _ in columns()]
    assert (heads.index("topics"), heads.count("topics")) == (MOODS, TOPICS)


def test_some_models_alone_say_what_they_said_among_the_others() -> None:
    chance = np.random.default_rng(3)
    whole, clauses, owner = votes(4, chance), votes(3, chance), np.array([0, 0, 2])
    heard = whole.heard(clauses, owner, np.array([0, 1, 0]), np.array([0, 1, 0]))
    student = heard.only(["student"])
    assert (student.labels == heard.labels[:, [1, 4]]).all()
    assert (student.polarity == heard.polarity[:, [1, 3]]).all()
    assert (student.mood[:, :, :MOODS] == heard.mood[:, :, MOODS : 2 * MOODS]).all()
    assert (student.course == heard.course[:, :, MOODS : 2 * MOODS]).all()
    assert (heard.only(MODELS).mood == heard.mood).all()
    assert (heard.only(MODELS).course == heard.course).all()


def test_without_clauses_only_the_whole_comment_is_heard() -> None:
    chance = np.random.default_rng(4)
    whole = votes(2, chance)
    heard = whole.heard(votes(2, chance), np.array([0, 0]), np.array([0, 0]), np.array([0, 1]))
    alone = heard.only(MODELS, clauses=False)
    assert (alone.labels == whole.labels).all()
    assert (alone.polarity == whole.polarity).all()
    assert (alone.mood == whole.mood).all()
    assert (alone.course == whole.course).all()
