"""Sample data: the invented comments taken in by the real line, each on its own day, and a desk that answered them."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from service import intake
from service.feedback import Incoming
from service.intake import Line
from service.invented import comments_until
from service.storage import feedback as stored
from service.storage import read

SENDER = "sample-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What `load` did: how many comments came in, how many tickets they opened, how many were worked on."""

    comments: int
    tickets: int
    worked: int


def load(line: Line, now: datetime, seed: int = 1) -> Loaded:
    """Take the sample comments in, each on its own day; a database that has them is left as it is."""
    comments = comments_until(now, seed)
    first = comments[0]
    with read(line.engine) as conn:
        if stored.by_external_id(conn, first.channel, str(first.external_id)) is not None:
            return Loaded(comments=0, tickets=0, worked=0)
    opened = 0
    for moment, together in groupby(comments, key=_arrival):
        answer = intake.receive_many(line, list(together), sender=SENDER, now=min(moment, now))
        opened += sum(item["feedback"]["ticket"] is not None for item in answer.body["results"])
    return Loaded(comments=len(comments), tickets=opened, worked=0)


def _arrival(comment: Incoming) -> datetime:
    """Comments of the same third of a day come in together."""
    made = comment.created_at
    assert made is not None
    return made.replace(hour=made.hour // 8 * 8 + 7, minute=59, second=0, microsecond=0)
