"""What moves the score: the impact of each topic, penalty and reward, and the money at risk. Pure, seeded.

Impact is leave-out: the mean of all scores minus the mean of those that do not speak of the topic, with a percentile
bootstrap over comments (Efron; Poisson weights). Penalty and reward are the coefficients of Brandt's penalty-reward regression of the
score on "spoken of badly" and "spoken of well", with MacKinnon and White's HC3 errors.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nlp.proportions import Z
from service.feedback import DETRACTOR, PROMOTER
from service.insight.trends import Estimate

Floats = NDArray[np.float64]
_DRAWS = 300
#: With more customers than this their sum is as good as normal.
_MANY = 200
#: A column that fewer comments than this have, or lack, is left out of the regression: it would explain single comments.
_FEWEST = 8
#: A mean of fewer comments than this gets no interval: drawn from so few, it holds the truth too seldom.
_DRAWABLE = 5
#: Comments that speak of a topic, and others, without which its impact is nobody's guess.
_SIDES = 2
#: A variance inflation above this means that two topics cannot be told apart (a common rule of thumb).
INFLATED = 5.0
#: What is left between columns that are the same, of what the largest of them has.
_ALIKE = 1e-10
#: A wish to leave counts half after so many days.
HALF_LIFE_DAYS = 90


@dataclass(frozen=True, slots=True)
class Answers:
    """Scored comments, equal ones together: score, how many, and which topics each speaks of badly or well."""

    topics: tuple[str, ...]
    score: Floats
    weight: Floats
    mentioned: Floats
    bad: Floats
    good: Floats

    @property
    def n(self) -> int:
        """How many comments there are."""
        return int(self.weight.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What one topic does to the score: its mean where spoken of, and what the mean of all owes to it."""

    topic: str
    n: int
    mean: float
    range: tuple[float, float] | None  #: where the mean may lie; None where too few comments speak of it
    impact: Estimate | None  #: None where too few comments speak of it, or too few of anything else


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """How far the score falls where a topic goes badly and rises where it goes well, and what blurs the two."""

    topic: str
    negative: int
    positive: int
    penalty: Estimate | None
    reward: Estimate | None
    confounded_with: str | None


@dataclass(frozen=True, slots=True)
class Regression:
    """The fitted penalty-reward regression: coefficients and their covariance, column by column."""

    columns: tuple[tuple[str, int], ...]  # topic and polarity
    beta: Floats
    covariance: Floats
    inflation: Floats
    nearest: tuple[str, ...]
    spread: float

    def place(self, topic: str, polarity: int) -> int | None:
        """Return the column of a topic's polarity; None when it was too rare to be estimated."""
        return self.columns.index((topic, polarity)) if (topic, polarity) in self.columns else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRisk:
    """The customers who said they will leave and complained of a topic, and their lifetime value; None of no known one."""

    topic: str
    customers: int
    value: Estimate | None


def answers(scores: Iterable[tuple[int, float]], said: Iterable[tuple[int, str, int]]) -> Answers:
    """Return scored comments ready to be weighed: (comment, score) and (comment, topic, polarity)."""
    spoken: dict[int, dict[str, int]] = defaultdict(dict)
    for comment, topic, polarity in said:
        spoken[comment][topic] = polarity
    counted = Counter((score, tuple(sorted(spoken.get(comment, {}).items()))) for comment, score in scores)
    together = dict(sorted(counted.items()))  # in one order, so that a seed means the same on every database
    topics = tuple(sorted({topic for _, found in together for topic, _ in found}))
    place = {topic: number for number, topic in enumerate(topics)}
    mentioned, bad, good = (np.zeros((len(together), len(topics))) for _ in range(3))
    for row, (_, found) in enumerate(together):
        for topic, polarity in found:
            mentioned[row, place[topic]] = 1
            bad[row, place[topic]] = polarity < 0
            good[row, place[topic]] = polarity > 0
    return Answers(
        topics,
        np.array([score for score, _ in together], dtype=float),
        np.array(list(together.values()), dtype=float),
        mentioned,
        bad,
        good,
    )


def impacts(found: Answers, seed: int = 0) -> list[Impact]:
    """Return the impact of every topic, the heaviest first."""
    if found.n == 0:
        return []
    dice = np.random.default_rng(seed)
    # each comment stands for one of a Poisson number of comments like it: as good as drawing so many again, and faster
    drawn = dice.poisson(found.weight, size=(_DRAWS, len(found.weight))).astype(float)
    weights = np.vstack([found.weight, drawn])
    count, total = weights @ found.mentioned, (weights * found.score) @ found.mentioned
    everything, whole = weights.sum(axis=1, keepdims=True), (weights @ found.score)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / count
        impact = whole / everything - (whole - total) / (everything - count)
    told = []
    for place, topic in enumerate(found.topics):
        n, average = int(count[0, place]), _from_draws(mean[:, place])
        told.append(
            Impact(
                topic=topic,
                n=n,
                mean=average.value,
                range=(average.low, average.high) if n >= _DRAWABLE else None,
                impact=_from_draws(impact[:, place]) if _can_tell(n, found.n) else None,
            )
        )
    return sorted(told, key=lambda one: (-abs(one.impact.value if one.impact else 0.0), one.topic))


def _can_tell(spoken: float, of: int) -> bool:
    """Say whether there are comments enough on both sides to compare."""
    return min(spoken, of - spoken) >= _SIDES


def regression(found: Answers) -> Regression:
    """Fit the penalty-reward regression; columns that cannot be told apart share their effect (least norm)."""
    columns = [
        (topic, sign, side[:, place])
        for place, topic in enumerate(found.topics)
        for sign, side in ((-1, found.bad), (1, found.good))
        if min(n := found.weight @ side[:, place], found.n - n) >= _FEWEST
    ]
    # around their means: what all scores have in common is nobody's effect, not even where columns share theirs
    sides = np.array([column for _, _, column in columns]).reshape(-1, len(found.score)).T
    design = _centred(found.weight, sides)
    score = _centred(found.weight, found.score)
    inverse = np.linalg.pinv(design.T @ (found.weight[:, None] * design), _ALIKE, hermitian=True)
    beta = inverse @ (design.T @ (found.weight * score))
    leverage = (1 / found.n + ((design @ inverse) * design).sum(axis=1)).clip(max=0.99)
    error = (score - design @ beta) / (1 - leverage)
    covariance = inverse @ (design.T @ ((found.weight * error**2)[:, None] * design)) @ inverse
    inflation, nearest = _inflation(found.weight, design)
    names = [topic for topic, _, _ in columns]
    return Regression(
        tuple((topic, sign) for topic, sign, _ in columns),
        beta,
        covariance,
        inflation,
        tuple(names[other] for other in nearest),
        _spread(found),
    )


def pulls(found: Answers, fitted: Regression) -> list[Pull]:
    """Return penalty and reward of every topic with their intervals."""
    return [_pull(found, fitted, place, topic) for place, topic in enumerate(found.topics)]


def faded(said_on: date, today: date) -> float:
    """Return what is left today of a wish to leave: it halves every ninety days."""
    left: float = 0.5 ** (max((today - said_on).days, 0) / HALF_LIFE_DAYS)
    return left


def value_at_risk(rows: Iterable[tuple[str, str, date, float]], today: date) -> list[AtRisk]:
    """Return what could leave, per topic, from (customer, topic, day, lifetime value) of those who said so.

    A customer counts once per topic, by the latest time they said it; the wish fades.
    """
    worth: dict[str, dict[str, float]] = defaultdict(dict)
    for customer, topic, day, value in rows:
        worth[topic][customer] = max(value * faded(day, today), worth[topic].get(customer, 0.0))
    found = [
        _at_risk(topic, [value for _, value in sorted(values.items())])
        for topic, values in sorted(worth.items())
    ]
    return sorted(found, key=lambda one: (-one.value.value if one.value else 0.0, one.topic))


def nps_points(score: int) -> float:
    """Return what one answer adds to the net promoter score: 100 for a promoter, -100 for a detractor."""
    return 100.0 if score >= PROMOTER else -100.0 if score <= DETRACTOR else 0.0


def _pull(found: Answers, fitted: Regression, place: int, topic: str) -> Pull:
    bad, good = fitted.place(topic, -1), fitted.place(topic, 1)
    blurred = [
        fitted.nearest[column]
        for column in (bad, good)
        if column is not None and fitted.inflation[column] > INFLATED
    ]
    return Pull(
        topic=topic,
        negative=int(found.weight @ found.bad[:, place]),
        positive=int(found.weight @ found.good[:, place]),
        penalty=None if bad is None else _coefficient(fitted, bad, -1),
        reward=None if good is None else _coefficient(fitted, good, 1),
        confounded_with=blurred[0] if blurred else None,
    )


def _coefficient(fitted: Regression, column: int, sign: int) -> Estimate:
    value = sign * float(fitted.beta[column])
    half = Z * float(np.sqrt(max(fitted.covariance[column, column], 0.0)))
    return Estimate(round(value, 4), round(value - half, 4), round(value + half, 4))


def _centred(weight: Floats, columns: Floats) -> Floats:
    return np.asarray(columns - np.average(columns, axis=0, weights=weight))


def _inflation(weight: Floats, columns: Floats) -> tuple[Floats, list[int]]:
    """Return the variance inflation of each centred column, and the other column it is most like."""
    if columns.shape[1] < 2:
        return np.ones(columns.shape[1]), [0] * columns.shape[1]
    scaled = columns * np.sqrt(weight)[:, None]
    scaled /= np.linalg.norm(scaled, axis=0).clip(min=1e-12)
    alike = scaled.T @ scaled
    # a little on the diagonal keeps two identical columns finite: their inflation is then enormous, as it should be
    inflation = np.diag(np.linalg.inv(alike + 1e-9 * np.eye(len(alike)))).copy()
    np.fill_diagonal(alike, 0.0)
    return inflation, list(np.abs(alike).argmax(axis=1))


def _spread(found: Answers) -> float:
    if found.n == 0:
        return 0.0
    return float(np.sqrt(np.average(_centred(found.weight, found.score) ** 2, weights=found.weight)))


def _at_risk(topic: str, values: Sequence[float]) -> AtRisk:
    if not any(values):
        return AtRisk(topic=topic, customers=len(values), value=None)
    array = np.array(values)
    total = float(array.sum())
    if len(array) > _MANY:
        half = Z * float(np.sqrt(array @ array))
        low, high = max(total - half, 0.0), total + half
    else:
        # dice of its own, so that no other topic that is asked for changes what is said of this one
        dice = np.random.default_rng((0, crc32(topic.encode())))
        # each customer stands for one of a Poisson number of customers like them
        low, high = np.quantile(dice.poisson(1.0, size=(_DRAWS, len(array))) @ array, (0.025, 0.975))
    return AtRisk(topic=topic, customers=len(array), value=Estimate(round(total), round(low), round(high)))


def _from_draws(draws: Floats) -> Estimate:
    """Return the first value with the percentile interval of the others."""
    known = draws[1:][np.isfinite(draws[1:])]
    value = float(draws[0])
    low, high = np.quantile(known, (0.025, 0.975)) if len(known) else (value, value)
    return Estimate(round(value, 4), round(float(low), 4), round(float(high), 4))
