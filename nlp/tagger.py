"""A comment in, tags out: the one path that the API, the command line and the evaluation share."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import artifacts, explain, pii, taxonomy
from nlp.bundle import Bundle
from nlp.clausewise import Spoken
from nlp.decide import Decisions, decide
from nlp.labels import SENTIMENTS, SIGN, Floats, HeadScores
from nlp.normalize import Normalized, normalize
from nlp.rules import entities
from nlp.rules.scope import Cut
from nlp.spelling import language
from nlp.tags import (
    Abstention,
    Alternative,
    Category,
    Days,
    Entity,
    Language,
    ModelId,
    Pii,
    Sentiment,
    Signal,
    Span,
    Tags,
    TopicTag,
    Urgency,
    each_day,
)

#: A category less sure than this is shown to a person.
REVIEW_BELOW = 0.5
#: What else a comment may be is told from this probability on.
_LIKELY, _MOST_ALTERNATIVES = 0.1, 2
#: Comments that go through the model together: what they share stays in the caches. More would be slower.
_AT_ONCE = 256
#: … and fewer where they are long: memory must not depend on how long they are.
_LETTERS_AT_ONCE = 200_000
_FIELDS = ("category", "sentiment", "topics", "signals", "urgency")
_STEPS = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
#: Lowest and highest score of a negative, a neutral and a positive comment: the score never contradicts the label.
_SCORES = ((-1.0, 0.0), (-0.5, 0.5), (0.0, 1.0))


#: The first comment pays for tables that are read when first used; it need not be a customer's.
_WARM_UP = "سلام، سفارشم هنوز نرسیده است"

#: Takes a head and a label, and returns the words that prove it.
_Prove = Callable[..., tuple[Span, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A comment before any model has seen it."""

    normalized: Normalized
    language: Language
    reason: str | None  # why it is not tagged
    entities: tuple[Entity, ...]
    pii: tuple[Pii, ...]


class Tagger:
    """Tags comments with one trained version.

    >>> tagger = Tagger.load(Path("models"))
    >>> tagger.tag("غذا سرد بود").category.label
    'complaint'
    """

    def __init__(self, bundle: Bundle, trade: str | None = None) -> None:
        self.bundle = bundle
        self._trade = taxonomy.checked_trade(trade)
        self.taxonomy = taxonomy.load()
        self.model = ModelId(
            version=bundle.version,
            taxonomy=str(bundle.facts["taxonomy"]),
            normalizer=str(bundle.facts["normalizer"]),
        )

    @classmethod
    def load(cls, models: Path, trade: str | None = None) -> "Tagger":
        """Return a tagger of the version that `models/CURRENT` names; `ModelError` when it is not sound.

        `trade` is one of the taxonomy's, of the company whose comments these are: knowing it, the model is more often right.
        """
        return cls.ready(artifacts.current(models), trade)

    @classmethod
    def ready(cls, folder: Path, trade: str | None = None) -> "Tagger":
        """Return a tagger of the version in a folder, which has read all that a first comment needs."""
        with _uncollected():
            tagger = cls(artifacts.load(folder), trade)
            tagger.tag(_WARM_UP)
        return tagger

    def tag(self, text: str, *, now: date | None = None) -> Tags:
        """Return the tags of one comment; `TextError` when it is no text at all."""
        return self.tag_many([text], now=now)[0]

    def tag_many(self, texts: Sequence[str], *, evidence: bool = True, now: Days = None) -> list[Tags]:
        """Return the tags of each comment, in order, from few passes through the model.

        `evidence=False` leaves the spans out, which is faster. `now` dates «تا شنبه», all alike or each by
        its own day; without it such promises stay undated.
        """
        return [
            tags
            for batch in _batches(
                _read(text, day) for text, day in zip(texts, each_day(now, len(texts)), strict=True)
            )
            for tags in self._tag_together(batch, evidence)
        ]

    def _tag_together(self, read: Sequence[_Read], evidence: bool) -> list[Tags]:
        rows = [number for number, comment in enumerate(read) if comment.reason is None]
        tagged: dict[int, Tags] = {}
        if rows:
            comments = [read[number].normalized for number in rows]
            features, heads = self.bundle.features, self.bundle.heads
            looked = features.look(Cut.of([comment.text for comment in comments]))
            spoken = Spoken.seen(features, looked)
            scores = heads.predict(spoken, self._trade)
            said = decide(comments, scores, self.bundle.thresholds)
            laid = explain.words(features, heads, comments, looked, spoken.rows) if evidence else []
            for row, number in enumerate(rows):
                spans = partial(explain.evidence, comments[row], laid[row]) if evidence else _unproven
                tagged[number] = self._tags(read[number], scores, said, row, spans)
        return [tagged.get(number) or self._abstain(comment) for number, comment in enumerate(read)]

    def _tags(self, read: _Read, scores: HeadScores, said: Decisions, row: int, spans: _Prove) -> Tags:
        category = _category(
            list(self.taxonomy.categories), scores.category[row].tolist(), said.category[row]
        )
        signals = self._signals(scores, said, row, spans)
        sarcastic = any(signal.name == "sarcasm" for signal in signals)
        return Tags(
            language=read.language,
            category=category,
            sentiment=_sentiment(scores, said, row, spans),
            topics=self._topics(scores, said, row, spans),
            signals=signals,
            urgency=said.urgency[row],
            entities=read.entities,
            pii=read.pii,
            needs_review=said.review[row] or sarcastic or category.confidence < REVIEW_BELOW,
            abstained=(),
            model=self.model,
        )

    def _abstain(self, read: _Read) -> Tags:
        reason = read.reason or "empty"
        return Tags(
            language=read.language,
            category=None,
            sentiment=None,
            topics=(),
            signals=(),
            urgency=Urgency(level="none", score=0),
            entities=read.entities,
            pii=read.pii,
            needs_review=reason == "unsupported_language",
            abstained=tuple(Abstention(field=field, reason=reason) for field in _FIELDS),
            model=self.model,
        )

    def _topics(self, scores: HeadScores, said: Decisions, row: int, spans: _Prove) -> tuple[TopicTag, ...]:
        topics = list(self.taxonomy.topics.values())
        moods = [taxonomy.POLARITIES[polarity] for polarity in said.polarity[row]]
        return tuple(
            TopicTag(
                id=topics[column].id,
                label_fa=topics[column].fa,
                label_en=topics[column].en,
                confidence=_share(scores.topics[row, column]),
                level=taxonomy.level(scores.topics[row, column], topics[column].levels),
                sentiment=moods[column],
                touchpoint=topics[column].touchpoint,
                factor=topics[column].factor,
                spans=spans(
                    "topics", topics[column].id, clause_of=moods[column] if said.mixed[row] else None
                ),
            )
            for column in _surest_first(said.topics[row], scores.topics[row])
        )

    def _signals(self, scores: HeadScores, said: Decisions, row: int, spans: _Prove) -> tuple[Signal, ...]:
        names = list(self.taxonomy.signals)
        return tuple(
            Signal(
                name=names[column],
                confidence=_share(scores.signals[row, column]),
                spans=spans("signals", names[column]),
            )
            for column in _surest_first(said.signals[row], scores.signals[row])
        )


def _sentiment(scores: HeadScores, said: Decisions, row: int, spans: _Prove) -> Sentiment:
    shares, step = scores.sentiment[row], said.sentiment[row]
    lowest, highest = _SCORES[SIGN[step]]
    return Sentiment(
        label=SENTIMENTS[step],
        score=round(min(max(float(shares @ _STEPS), lowest), highest), 2),
        confidence=_share(shares[step]),
        mixed=bool(said.mixed[row]),
        spans=_felt(spans, SENTIMENTS[step], mixed=bool(said.mixed[row])),
    )


def _felt(spans: _Prove, label: str, *, mixed: bool) -> tuple[Span, ...]:
    """Return what proves a sentiment: of a balance of good and bad what is best and what is worst."""
    if label != "neutral" or not mixed:
        return spans("sentiment", label)
    worst, best = (spans("sentiment", side, most=1) for side in ("negative", "positive"))
    apart = [each for each in best if not worst or each.end <= worst[0].start or worst[0].end <= each.start]
    return tuple(sorted((*worst, *apart), key=attrgetter("start")))


def _surest_first(said: NDArray[np.bool_], shares: Floats) -> list[int]:
    return sorted(np.flatnonzero(said).tolist(), key=lambda column: -shares[column])


def _unproven(*_: object, **__: object) -> tuple[Span, ...]:
    return ()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Build much that stays without the collector, which would look through it again and again: a sixth of it all."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _read(text: str, now: date | None) -> _Read:
    normalized = normalize(text)
    detected = language.detect(text)
    return _Read(
        normalized=normalized,
        language=detected,
        reason=language.abstention(normalized.original, normalized.text, detected),
        entities=entities.find(normalized, now),
        pii=pii.find(normalized.original),  # in which the halves of a split character are joined
    )


def _batches(comments: Iterable[_Read]) -> Iterator[list[_Read]]:
    """Yield the comments in order, as many together as go through the model at once."""
    batch: list[_Read] = []
    letters = 0
    for comment in comments:
        batch.append(comment)
        letters += len(comment.normalized.text)
        if len(batch) == _AT_ONCE or letters >= _LETTERS_AT_ONCE:
            yield batch
            batch, letters = [], 0
    if batch:
        yield batch


def _category(names: Sequence[str], shares: Sequence[float], own: int) -> Category:
    others = sorted((place for place in range(len(names)) if place != own), key=lambda place: -shares[place])
    return Category(
        label=names[own],
        confidence=_share(shares[own]),
        alternatives=tuple(
            Alternative(label=names[place], confidence=_share(shares[place]))
            for place in others[:_MOST_ALTERNATIVES]
            if shares[place] >= _LIKELY
        ),
    )


def _share(value: float) -> float:
    return round(float(value), 4)
