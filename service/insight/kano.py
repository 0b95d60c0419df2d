"""Kano's classes from scores and topics: what is taken for granted, what delights, what does neither. Pure, seeded.

A topic's range of impact is penalty plus reward, its asymmetry is (reward - penalty) / range (Mikulić and Prebežac,
impact-asymmetry analysis). The class is the one that most draws from the estimates' joint distribution fall in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from service.insight.drivers import Answers, Floats, Pull, pulls, regression

Class = Literal["must_be", "one_dimensional", "attractive", "indifferent", "insufficient"]
CLASS_FA: Mapping[Class, str] = {
    "must_be": "بایدی",
    "one_dimensional": "عملکردی",
    "attractive": "انگیزشی",
    "indifferent": "بی‌تفاوت",
    "insufficient": "دادهٔ ناکافی",
}
#: Fewer bad or fewer good mentions than this say nothing about a class.
FLOOR = 30
#: A range of impact up to this part of the score's spread matters to nobody.
_MATTERS = 0.3
#: Beyond this asymmetry one side is at least twice the other.
_LOPSIDED = 1 / 3
_DRAWS = 2_000
_CLASSES: tuple[Class, ...] = ("must_be", "one_dimensional", "attractive", "indifferent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kano:
    """What pulls at the score with a topic, its class and how probable that is; None where the data do not suffice."""

    pull: Pull
    kind: Class
    probability: float | None


def classes(found: Answers) -> list[Kano]:
    """Return the class of every topic: those with enough data first, by what they can do to the score."""
    if found.n == 0:
        return []
    fitted = regression(found)
    drawn = _draws(fitted.beta, fitted.covariance)
    told = []
    for pull in pulls(found, fitted):
        bad, good = fitted.place(pull.topic, -1), fitted.place(pull.topic, 1)
        kind, probability = None, None
        enough = min(pull.negative, pull.positive) >= FLOOR and pull.confounded_with is None
        if enough and bad is not None and good is not None:
            kind, probability = _most_drawn(-drawn[:, bad], drawn[:, good], fitted.spread)
        told.append(Kano(pull=pull, kind=kind or "insufficient", probability=probability))
    return sorted(told, key=lambda one: (one.kind == "insufficient", -_range(one.pull), one.pull.topic))


def _draws(beta: Floats, covariance: Floats) -> Floats:
    if not len(beta):
        return np.zeros((_DRAWS, 0))
    return np.random.default_rng(0).multivariate_normal(
        beta, covariance, _DRAWS, check_valid="ignore", method="eigh"
    )


def _most_drawn(penalty: Floats, reward: Floats, spread: float) -> tuple[Class, float]:
    penalty, reward = penalty.clip(min=0), reward.clip(min=0)
    range_ = penalty + reward
    asymmetry = (reward - penalty) / range_.clip(min=1e-9)
    place = np.select(
        [range_ <= _MATTERS * spread, asymmetry < -_LOPSIDED, asymmetry > _LOPSIDED], [3, 0, 2], default=1
    )
    counts = np.bincount(place, minlength=len(_CLASSES))
    best = int(counts.argmax())
    return _CLASSES[best], round(float(counts[best] / counts.sum()), 3)


def _range(pull: Pull) -> float:
    return sum(abs(side.value) for side in (pull.penalty, pull.reward) if side is not None)
