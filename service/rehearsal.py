"""A rehearsal on what really came in, the comments of the last days: routed by other rules, or held against a query."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from service import dryrun
from service.comments.understanding import Line, tags_of
from service.dryrun import Trial
from service.feedback import Incoming
from service.masking import mask, unlabelled
from service.period import last_days, midnight
from service.routing import Rules
from service.rules.conditions import Facts, facts_of, facts_of_row
from service.rules.textquery import Query
from service.storage import Connection
from service.storage import feedback as stored
from service.storage.feedback import Filters

#: A rehearsal looks at so many comments, the newest first.
MOST = 5_000
#: It looks back no further than this.
MOST_DAYS = 90
#: A query is held against so many days; from this share on, what it finds is there under another name already.
QUERY_DAYS, _SAME = 30, 0.6
_SAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a query finds in `n` of the newest `among` comments, and the topic that most of those carry already."""

    n: int
    among: int
    samples: tuple[Mapping[str, Any], ...]
    topic: str | None = None
    share: float = 0.0

    @property
    def is_cut(self) -> bool:
        """Tell whether there may be more comments than were read."""
        return self.among == MOST


def facts_of_text(line: Line, text: str, now: datetime) -> Facts:
    """Return what rules would know of a text if it came in now; nothing is stored."""
    tags = tags_of(line, [text], now)[0]
    return facts_of(Incoming(text=text), tags, mask(text, tags).text)


def of_last_days(conn: Connection, before: Rules, after: Rules, days: int, now: datetime) -> Trial:
    """Return how two sets of rules differ on the comments of the last `days`; nothing is stored or announced."""
    rows = _newest(conn, days, now)
    return dryrun.compare(before, after, ((row["id"], facts_of_row(row)) for row in rows))


def of_query(conn: Connection, query: Query, now: datetime, own: str | None = None) -> Heard:
    """Return what a query finds among the comments of the last days; `own` is the topic that asks it already."""
    rows = _newest(conn, QUERY_DAYS, now)
    found = [row for row in rows if query.matches(unlabelled(row["masked"]))]
    carried = Counter(topic["id"] for row in found for topic in row["tags"]["topics"] if topic["id"] != own)
    heard = Heard(n=len(found), among=len(rows), samples=tuple(found[:_SAMPLES]))
    for topic, n in carried.most_common(1):
        if n >= _SAME * len(found):
            return replace(heard, topic=topic, share=n / len(found))
    return heard


def _newest(conn: Connection, days: int, now: datetime) -> list[dict[str, Any]]:
    """Return the newest comments of so many whole days, today among them, as everything is counted by the day."""
    period = last_days(now, days)
    filters = Filters(since=midnight(period.since), until=midnight(period.until))
    return stored.listing(conn, filters, limit=MOST)
