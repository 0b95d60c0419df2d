"""What a trained version consists of, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlp.clausewise import Spoken
from nlp.features import Features
from nlp.heads import Heads
from nlp.labels import HeadScores, Thresholds
from nlp.normalize import Normalized


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Features, heads and thresholds that were learned together, and the facts that describe them.

    `facts` are the JSON values of the manifest: `version`, `seed`, `data`, `packages`, `labels` …
    """

    features: Features
    heads: Heads
    thresholds: Thresholds
    facts: Mapping[str, Any]

    @property
    def version(self) -> str:
        """Return the version of the model, such as `2026.11.1`."""
        return str(self.facts["version"])

    def score(self, comments: Sequence[Normalized]) -> HeadScores:
        """Return the calibrated probabilities of every label for every comment."""
        return self.heads.predict(Spoken.of(self.features, comments))
