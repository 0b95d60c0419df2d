"""What the insight pages are narrowed to, as their addresses say it. Pure."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from nlp import taxonomy
from service.period import By, buckets, last_days
from service.search import search_terms
from service.storage.scope import Scope, Words

_Word = Annotated[str, Query(max_length=200)]
SPANS = {7: "هفتهٔ اخیر", 30: "ماه اخیر", 90: "سه ماه اخیر", 180: "شش ماه اخیر", 365: "یک سال اخیر"}
STEPS: dict[By, str] = {"day": "روزانه", "week": "هفتگی", "month": "ماهانه"}
#: A chart with more points than this is drawn by larger steps.
_POINTS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """The period and the part of the comments that a page is about; empty means all."""

    days: int = 30
    by: str = ""
    topic: str = ""
    channel: str = ""
    product: str = ""
    branch: str = ""
    tier: str = ""
    q: str = ""

    def scope(self, now: datetime) -> Scope:
        """Return the scope as storage knows it; an unknown topic is no topic."""
        return Scope(
            period=last_days(now, self.days if self.days in SPANS else 30),
            topics=(self.topic,) if self.topic in taxonomy.load().topics else None,
            channel=self.channel or None,
            product=self.product or None,
            branch=self.branch or None,
            tier=self.tier or None,
            words=Words.of(search_terms(self.q)),
        )

    @property
    def about(self) -> "Narrowed":
        """The period and the topic alone, for pages on what has no channel, product or words of its own."""
        return Narrowed(days=self.days, topic=self.topic)

    def step(self, now: datetime) -> By:
        """Return how finely to draw: as asked, or as fits the width of a page."""
        asked: By | None = next((step for step in STEPS if step == self.by), None)
        step: By = asked or ("day" if self.days <= 45 else "week")
        fits = len(buckets(self.scope(now).period, step)) <= _POINTS
        return step if fits else "week"

    def address(self, path: str, **changed: str | int) -> str:
        """Return the address of a page with the same filters, some of them changed; an empty one is left out."""
        plain = {field.name: field.default for field in fields(self)}
        kept = {
            name: value
            for name, value in {**asdict(self), **changed}.items()
            if value != "" and value != plain.get(name)
        }
        return f"{path}?{urlencode(kept)}" if kept else path


def get_narrowed(
    days: Annotated[int, Query(ge=1, le=3660)] = 30,
    by: _Word = "",
    topic: _Word = "",
    channel: _Word = "",
    product: _Word = "",
    branch: _Word = "",
    tier: _Word = "",
    q: _Word = "",
) -> Narrowed:
    """Read the filters of an insight page."""
    return Narrowed(
        days=days, by=by, topic=topic, channel=channel, product=product, branch=branch, tier=tier, q=q
    )


NarrowedDep = Annotated[Narrowed, Depends(get_narrowed)]
