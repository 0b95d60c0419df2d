"""What is said of a comment hangs together: its mood with its category, and its topics with both."""

from dataclasses import replace

import numpy as np
import pytest

from nlp import taxonomy
from nlp.decide import Decisions, decide, in_keeping
from nlp.labels import SENTIMENTS, HeadScores, Thresholds
from nlp.normalize import normalize
from nlp.tags import URGENCY_LEVELS

LABELS = taxonomy.load()
CATEGORIES, TOPICS = list(LABELS.categories), list(LABELS.topics)


@pytest.mark.parametrize(
    ("category", "mixed", "felt", "said"),
    [
        ("complaint", False, "very_negative", "very_negative"),
        ("complaint", False, "neutral", "negative"),
        ("complaint", False, "very_positive", "negative"),  # «آفرین به این سرعت!»
        ("complaint", True, "neutral", "neutral"),
        ("complaint", True, "positive", "negative"),
        ("praise", False, "positive", "positive"),
        ("praise", False, "neutral", "positive"),
        ("praise", False, "negative", "positive"),
        ("praise", True, "neutral", "neutral"),
        ("question", False, "very_negative", "very_negative"),
        ("suggestion", False, "positive", "positive"),
        ("other", False, "neutral", "neutral"),
    ],
)
def test_the_mood_of_a_comment_is_in_keeping_with_its_category(
    category: str, mixed: bool, felt: str, said: str
) -> None:
    found = in_keeping(
        np.array([SENTIMENTS.index(felt)]), np.array([CATEGORIES.index(category)]), np.array([mixed])
    )
    assert SENTIMENTS[found[0]] == said


@pytest.mark.parametrize(
    ("category", "mixed", "said"),
    [
        ("complaint", 0.1, "negative"),
        ("complaint", 0.9, "positive"),
        ("praise", 0.1, "positive"),
        ("other", 0.1, "positive"),
    ],
)
def test_only_a_mixed_complaint_praises_a_topic(category: str, mixed: float, said: str) -> None:
    found = _decided(category, mixed, "courier", "positive")
    assert found.topics[0, TOPICS.index("courier")]
    assert taxonomy.POLARITIES[found.polarity[0, TOPICS.index("courier")]] == said


@pytest.mark.parametrize(
    ("text", "level", "category", "decided", "agreed"),
    [
        ("پیک ساعت نه رسید", "high", "praise", "normal", "praise"),
        ("پیک ساعت نه رسید", "high", "complaint", "high", "complaint"),
        ("پیک ساعت نه رسید", "none", "praise", "none", "praise"),
        ("تو سوپش سوسک بود", "critical", "praise", "critical", "complaint"),
        ("تو سوپش سوسک بود", "critical", "question", "critical", "question"),
    ],
)
def test_the_haste_of_a_comment_is_in_keeping_with_its_category(
    text: str, level: str, category: str, decided: str, agreed: str
) -> None:
    found = _decided(category, 0.1, "courier", "negative", text=text, urgency=level)
    assert (found.urgency[0].level, CATEGORIES[found.category[0]]) == (decided, agreed)
    assert found.review[0] or decided == level


@pytest.mark.parametrize(
    ("category", "said", "agreed"),
    [("praise", False, "praise"), ("complaint", True, "complaint"), ("suggestion", True, "complaint")],
)
def test_who_mocks_complains_and_what_is_called_praise_is_meant(
    category: str, said: bool, agreed: str
) -> None:
    signals = list(LABELS.signals)
    found = _decided(category, 0.1, "courier", "positive", signals=_sure(signals, "sarcasm"))
    assert found.signals[0, signals.index("sarcasm")] == said
    assert CATEGORIES[found.category[0]] == agreed
    assert found.review[0] or said  # where it sounds sarcastic and is not called so, a person looks


@pytest.mark.parametrize(
    ("category", "mixed", "polarity", "review"),
    [
        ("praise", 0.1, "negative", True),  # «چقدر مهربونید که هر بار کارمزد برمی‌دارید»
        ("praise", 0.1, "positive", False),
        ("praise", 0.9, "negative", False),
        ("complaint", 0.1, "negative", False),
    ],
)
def test_praise_that_blames_every_topic_is_looked_at(
    category: str, mixed: float, polarity: str, review: bool
) -> None:
    assert _decided(category, mixed, "courier", polarity).review == (review,)


def test_of_more_than_five_topics_the_surest_are_said() -> None:
    shares = np.linspace(0.55, 0.99, len(TOPICS))
    found = _decided("complaint", 0.1, "courier", "negative", topics=shares[None])
    assert np.flatnonzero(found.topics[0]).tolist() == list(range(len(TOPICS)))[-5:]


@pytest.mark.parametrize(("text", "stays"), [("پولم نرسید", True), ("پولم نرسید ولی حل شد", False)])
def test_a_good_end_undoes_what_was_at_stake_and_not_how_it_was_written(text: str, stays: bool) -> None:
    signals = list(LABELS.signals)
    both = np.maximum(_sure(signals, "abusive"), _sure(signals, "money_at_risk"))
    found = _decided("complaint", 0.1, "courier", "negative", text=text, signals=both)
    assert found.signals[0, signals.index("abusive")]
    assert found.signals[0, signals.index("money_at_risk")] == stays


def test_decisions_on_parts_come_back_in_the_order_of_the_comments() -> None:
    said = [_decided(category, 0.1, "courier", "positive") for category in ("praise", "other", "complaint")]
    whole = Decisions.joined([(np.array([2]), said[2]), (np.array([0]), said[0]), (np.array([1]), said[1])])
    for row, alone in enumerate(said):
        again = whole.take(np.array([row]))
        assert (again.category, again.urgency, again.review) == (alone.category, alone.urgency, alone.review)
        assert (again.polarity == alone.polarity).all()
    assert replace(whole, urgency=()).take(np.array([0])).urgency == ()


def _decided(
    category: str,
    mixed: float,
    topic: str,
    polarity: str,
    *,
    text: str = "پیک ساعت نه رسید",
    urgency: str = "none",
    signals: np.ndarray | None = None,
    topics: np.ndarray | None = None,
) -> Decisions:
    """Decide on a comment whose probabilities are sure of one category, one topic and its polarity."""
    scores = HeadScores(
        category=_sure(CATEGORIES, category),
        sentiment=_sure(SENTIMENTS, "neutral"),
        mixed=np.array([mixed]),
        topics=_sure(TOPICS, topic) if topics is None else topics,
        topic_sentiment=np.tile(_sure(taxonomy.POLARITIES, polarity), (len(TOPICS), 1))[None],
        signals=np.zeros((1, len(LABELS.signals))) if signals is None else signals,
        urgency=_sure(URGENCY_LEVELS, urgency),
    )
    thresholds = Thresholds(
        topics=(0.5,) * len(TOPICS), signals=(0.5,) * len(LABELS.signals), mixed=0.5, high=0.5, critical=0.5
    )
    return decide([normalize(text)], scores, thresholds)


def _sure(names: list[str] | tuple[str, ...], name: str) -> np.ndarray:
    return np.array([[0.9 if each == name else 0.02 for each in names]])
