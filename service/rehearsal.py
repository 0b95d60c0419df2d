"""A rehearsal of rules on what really came in: the comments of the last days, routed once more by two sets of rules."""

from datetime import datetime, timedelta

from service import dryrun
from service.conditions import Facts, facts_of, facts_of_row
from service.dryrun import Trial
from service.feedback import Incoming
from service.masking import mask
from service.routing import Rules
from service.storage import Connection
from service.storage import feedback as stored
from service.storage.feedback import Filters
from service.understanding import Line, tags_of

#: A rehearsal looks at so many comments, the newest first.
MOST = 5_000
#: It looks back no further than this.
MOST_DAYS = 90


def facts_of_text(line: Line, text: str, now: datetime) -> Facts:
    """Return what rules would know of a text if it came in now; nothing is stored."""
    tags = tags_of(line, text, now)
    return facts_of(Incoming(text=text), tags, mask(text, tags).text)


def of_last_days(conn: Connection, before: Rules, after: Rules, days: int, now: datetime) -> Trial:
    """Return how two sets of rules differ on the comments of the last `days`; nothing is stored or announced."""
    rows = stored.listing(conn, Filters(since=now - timedelta(days=days)), limit=MOST)
    return dryrun.compare(before, after, ((row["id"], facts_of_row(row)) for row in rows))
