"""A comment in, tags out: the one path that the API, the command line and the evaluation share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from nlp import artifacts, entities, explain, language, pii, taxonomy, urgency
from nlp.bundle import Bundle
from nlp.heads import SENTIMENTS, HeadScores
from nlp.normalize import Normalized, normalize
from nlp.tags import (
    Abstention,
    Category,
    Language,
    Level,
    ModelId,
    Sentiment,
    Signal,
    Span,
    Tags,
    TopicTag,
    Urgency,
)

#: Confidence from which a label is shown as high or medium to people.
LEVELS = (0.80, 0.55)
#: A category less sure than this is shown to a person.
REVIEW_BELOW = 0.5
_FIELDS = ("category", "sentiment", "topics", "signals", "urgency")
_SCORES = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A comment before any model has seen it."""

    text: str
    normalized: Normalized
    language: Language
    reason: str | None  # why it is not tagged


class Tagger:
    """Tags comments with one trained version.

    >>> tagger = Tagger.load(Path("models"))            # doctest: +SKIP  (reads the installed model)
    >>> tagger.tag("غذا سرد بود").category.label        # doctest: +SKIP
    'complaint'
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.taxonomy = taxonomy.load()
        self.model = ModelId(
            version=bundle.version,
            taxonomy=str(bundle.facts["taxonomy"]),
            normalizer=str(bundle.facts["normalizer"]),
        )

    @classmethod
    def load(cls, models: Path) -> "Tagger":
        """Return a tagger of the version that `models/CURRENT` names; `ModelError` when it is not sound."""
        return cls(artifacts.load(artifacts.current(models)))

    def tag(self, text: str, *, now: date | None = None) -> Tags:
        """Return the tags of one comment; `TextError` when it is no text at all."""
        return self.tag_many([text], now=now)[0]

    def tag_many(self, texts: Sequence[str], *, evidence: bool = True, now: date | None = None) -> list[Tags]:
        """Return the tags of each comment, in order, from one pass through the model.

        `evidence=False` leaves the spans out, which is faster. `now` dates «تا شنبه»; without it such
        promises stay undated.
        """
        read = [_read(text) for text in texts]
        rows = [number for number, comment in enumerate(read) if comment.reason is None]
        tagged: dict[int, Tags] = {}
        if rows:
            comments = [read[number].normalized for number in rows]
            matrix = self.bundle.features.transform(comments)
            scores = self.bundle.heads.predict(matrix)
            for row, number in enumerate(rows):
                laid = explain.words(self.bundle.features, comments[row], matrix[row]) if evidence else None
                tagged[number] = self._tags(read[number], scores, row, laid, now)
        return [tagged.get(number) or self._abstain(comment, now) for number, comment in enumerate(read)]

    def _tags(self, read: _Read, scores: HeadScores, row: int, laid: explain.Words | None, now: date | None) -> Tags:
        category = self._category(scores, row)
        signals = self._signals(read.normalized, scores, row, laid)
        level, unsure = self._urgency(read.normalized, scores, row)
        sarcastic = any(signal.name == "sarcasm" for signal in signals)
        return Tags(
            language=read.language,
            category=category,
            sentiment=self._sentiment(read.normalized, scores, row, laid),
            topics=self._topics(read.normalized, scores, row, laid),
            signals=signals,
            urgency=level,
            entities=entities.find(read.normalized, now),
            pii=pii.find(read.text),
            needs_review=unsure or sarcastic or category.confidence < REVIEW_BELOW,
            abstained=(),
            model=self.model,
        )

    def _abstain(self, read: _Read, now: date | None) -> Tags:
        reason = read.reason or "empty"
        return Tags(
            language=read.language,
            category=None,
            sentiment=None,
            topics=(),
            signals=(),
            urgency=Urgency(level="none", score=0),
            entities=entities.find(read.normalized, now),
            pii=pii.find(read.text),
            needs_review=reason == "unsupported_language",
            abstained=tuple(Abstention(field=field, reason=reason) for field in _FIELDS),
            model=self.model,
        )

    def _category(self, scores: HeadScores, row: int) -> Category:
        best = int(scores.category[row].argmax())
        return Category(label=list(self.taxonomy.categories)[best], confidence=_share(scores.category[row, best]))

    def _sentiment(
        self, comment: Normalized, scores: HeadScores, row: int, laid: explain.Words | None
    ) -> Sentiment:
        shares = scores.sentiment[row]
        label = SENTIMENTS[int(shares.argmax())]
        return Sentiment(
            label=label,
            score=round(float(shares @ _SCORES), 2),
            confidence=_share(shares.max()),
            mixed=bool(scores.mixed[row] >= self.bundle.thresholds.mixed),
            spans=self._spans(comment, laid, "sentiment", label),
        )

    def _topics(
        self, comment: Normalized, scores: HeadScores, row: int, laid: explain.Words | None
    ) -> tuple[TopicTag, ...]:
        found = []
        for column, topic in enumerate(self.taxonomy.topics.values()):
            confidence = scores.topics[row, column]
            if confidence < self.bundle.thresholds.topics[column]:
                continue
            tag = TopicTag(
                id=topic.id,
                label_fa=topic.fa,
                label_en=topic.en,
                confidence=_share(confidence),
                level=level(confidence),
                sentiment=taxonomy.POLARITIES[int(scores.topic_sentiment[row, column].argmax())],
                touchpoint=topic.touchpoint,
                factor=topic.factor,
                spans=self._spans(comment, laid, "topics", topic.id),
            )
            found.append(tag)
        return tuple(sorted(found, key=lambda tag: -tag.confidence))

    def _signals(
        self, comment: Normalized, scores: HeadScores, row: int, laid: explain.Words | None
    ) -> tuple[Signal, ...]:
        found = [
            Signal(name=name, confidence=_share(confidence), spans=self._spans(comment, laid, "signals", name))
            for name, confidence, least in zip(
                self.taxonomy.signals, scores.signals[row], self.bundle.thresholds.signals, strict=True
            )
            if confidence >= least
        ]
        return tuple(sorted(found, key=lambda signal: -signal.confidence))

    def _urgency(self, comment: Normalized, scores: HeadScores, row: int) -> tuple[Urgency, bool]:
        least = self.bundle.thresholds
        return urgency.decide(
            urgency.evidence(comment),
            dict(zip(self.taxonomy.signals, scores.signals[row].tolist(), strict=True)),
            scores.urgency[row].tolist(),
            urgency.UrgencyThresholds(high=least.high, critical=least.critical),
        )

    def _spans(self, comment: Normalized, laid: explain.Words | None, head: str, label: str) -> tuple[Span, ...]:
        if laid is None:
            return ()
        heads = self.bundle.heads
        weights = explain.sentiment_weights(heads, label) if head == "sentiment" else heads.weights(head, label)
        return () if weights is None else explain.evidence(comment, laid, weights)


def level(confidence: float) -> Level:
    """Return the confidence as people read it.

    >>> level(0.97), level(0.6), level(0.3)
    ('high', 'medium', 'low')
    """
    high, medium = LEVELS
    return "high" if confidence >= high else "medium" if confidence >= medium else "low"


def _read(text: str) -> _Read:
    normalized = normalize(text)
    detected = language.detect(text)
    return _Read(
        text=text, normalized=normalized, language=detected, reason=language.abstention(normalized, detected)
    )


def _share(value: float) -> float:
    return round(float(value), 4)
