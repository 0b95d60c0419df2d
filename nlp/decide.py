"""From probabilities to what is said: the step that the tagger and the evaluation share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy, urgency
from nlp.labels import SENTIMENTS, SIGN, HeadScores, PerComment, Thresholds
from nlp.normalize import Normalized
from nlp.tags import CRITICAL, URGENCY_LEVELS, Urgency
from nlp.thresholds import by_sign, favoured

#: The guide never gives a comment more topics than this.
MOST_TOPICS = 5
#: Signals of how a comment is written, which a good end does not undo.
_TOLD_ANYWAY = frozenset({"abusive", "sarcasm", "repeat_contact"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions(PerComment):
    """What is said of n comments, as indices in the label order of the taxonomy."""

    category: NDArray[np.int64]  # (n,)
    sentiment: NDArray[np.int64]  # (n,), 0 is very negative
    mixed: NDArray[np.bool_]  # (n,)
    topics: NDArray[np.bool_]  # (n, 23)
    polarity: NDArray[np.int64]  # (n, 23), index in taxonomy.POLARITIES
    signals: NDArray[np.bool_]  # (n, 14)
    level: NDArray[np.int64]  # (n,), index in URGENCY_LEVELS
    urgency: tuple[Urgency, ...] = ()  # level, score and reasons of each, where they are known
    review: tuple[bool, ...] = ()  # urgency that a person should confirm


def decide(comments: Sequence[Normalized], scores: HeadScores, thresholds: Thresholds) -> Decisions:
    """Say of each comment what its probabilities and its words justify."""
    found = [urgency.evidence(comment) for comment in comments]
    signals = _signals(scores.signals >= np.array(thresholds.signals), found)
    category, mixed = scores.category.argmax(axis=1), scores.mixed >= thresholds.mixed
    is_praise = category == _category("praise")
    judged = [
        urgency.decide(each, bool(heard.any()), shares, thresholds, is_praise=bool(praise))
        for each, heard, shares, praise in zip(
            found, signals, scores.urgency.tolist(), is_praise, strict=True
        )
    ]
    level = np.array([URGENCY_LEVELS.index(told.level) for told, _ in judged], dtype=np.int64)
    # of 2,290 critical comments one praises
    category = np.where(is_praise & (level == CRITICAL), _category("complaint"), category)
    # of 2,152 sarcastic comments 2,141 complain and 3 praise: what is called praise is meant, and a person looks
    sarcasm = list(taxonomy.load().signals).index("sarcasm")
    doubted = signals[:, sarcasm] & (category == _category("praise"))
    signals[doubted, sarcasm] = False
    category = np.where(signals[:, sarcasm], _category("complaint"), category)
    topics = _capped(scores.topics, scores.topics >= np.array(thresholds.topics))
    polarity = _blamed(scores.topic_sentiment.argmax(axis=2), category, mixed)
    doubted |= (category == _category("praise")) & ~mixed & _all_blamed(topics, polarity)
    return Decisions(
        category=category,
        sentiment=in_keeping(sentiment(scores.sentiment, thresholds.sign), category, mixed),
        mixed=mixed,
        topics=topics,
        polarity=polarity,
        signals=signals,
        level=level,
        urgency=tuple(told for told, _ in judged),
        review=tuple(review or bool(doubt) for (_, review), doubt in zip(judged, doubted, strict=True)),
    )


def _category(name: str) -> int:
    return list(taxonomy.load().categories).index(name)


def sentiment(shares: NDArray[np.float64], added: Sequence[float]) -> NDArray[np.int64]:
    """Decide between negative, neutral and positive first, then how strongly."""
    sign = favoured(by_sign(shares), added)
    return np.asarray(np.where(sign[:, None] == SIGN, shares, -1.0).argmax(axis=1))


def in_keeping(
    said: NDArray[np.int64], category: NDArray[np.int64], mixed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Let complaints be negative and praise positive, or neutral where it is mixed: of 9,600 such comments 18 are else."""
    neutral = SENTIMENTS.index("neutral")
    for name, mood in (("complaint", "negative"), ("praise", "positive")):
        own = SENTIMENTS.index(mood)
        fits = (SIGN[said] == SIGN[own]) | (mixed & (said == neutral))
        said = np.where((category == _category(name)) & ~fits, own, said)
    return np.asarray(said)


def _blamed(
    polarity: NDArray[np.int64], category: NDArray[np.int64], mixed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Let no topic of a complaint be praised, unless it is mixed: of 7,900 such topics 8 are."""
    plain = (category == _category("complaint")) & ~mixed
    praised = polarity == taxonomy.POLARITIES.index("positive")
    return np.asarray(np.where(plain[:, None] & praised, taxonomy.POLARITIES.index("negative"), polarity))


def _all_blamed(topics: NDArray[np.bool_], polarity: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say where every topic is blamed: of 20,700 comments that praise and are not mixed 39 do so, the others are misread."""
    blamed = polarity == taxonomy.POLARITIES.index("negative")
    return np.asarray(topics.any(axis=1) & (blamed | ~topics).all(axis=1))


def _capped(shares: NDArray[np.float64], said: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the surest `MOST_TOPICS` of what is said."""
    ranked = np.argsort(
        np.argsort(-np.where(said, shares, -1.0), axis=1, kind="stable"), axis=1, kind="stable"
    )
    return np.asarray(said & (ranked < MOST_TOPICS))


def _signals(said: NDArray[np.bool_], found: Sequence[urgency.Evidence]) -> NDArray[np.bool_]:
    """Leave out what a comment only imagines, or tells as settled."""
    settled = np.array([each.settled for each in found], dtype=bool)
    stay = np.array([name in _TOLD_ANYWAY for name in taxonomy.load().signals])
    return np.asarray(said & (stay | ~settled[:, None]))
