"""Invented comments: ninety days of four businesses that do not exist, as if they ended now. Pure.

Each line of the file is a body as the API takes it. Two things are planted for the insight pages to find: a payment
outage in one week and a word that rises from nothing. The last day lets the inbox open with something to do at whatever
hour it is loaded.
"""

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from service.feedback import Customer, Incoming, Scores
from service.jalali import TEHRAN, day_of

FILE = Path(__file__).with_name("invented.jsonl")
#: The moment at which the comments of the file end.
_END = datetime(2026, 11, 28, 10, tzinfo=TEHRAN)


def comments_until(now: datetime) -> list[Incoming]:
    """Return the sample comments of the ninety days that end at `now`, the oldest first."""
    with FILE.open(encoding="utf-8") as lines:
        return [_comment(json.loads(line), now) for line in lines]


def meant(comment: Incoming) -> dict[str, str]:
    """Return the topics that the writer of a sample comment had in mind, each with its sentiment."""
    words = str(comment.metadata["meant"]).split()
    return dict(word.split(":") for word in words)


@cache
def answers() -> Mapping[str, list[str]]:
    """Return the names of the agents and what they write."""
    return tomllib.loads(FILE.with_suffix(".toml").read_text(encoding="utf-8"))


def _comment(told: dict[str, Any], now: datetime) -> Incoming:
    who = told.get("customer")
    parts: dict[str, Any] = {
        "created_at": _moved(datetime.fromisoformat(told["created_at"]), now),
        "customer": who and Customer(**who),
        "scores": Scores(**told.get("scores", {})),
    }
    return Incoming(**told | parts)


def _moved(written: datetime, now: datetime) -> datetime:
    """Return when a comment of the file was written if it ends at `now`: it keeps its hour, in the last day its distance."""
    if _END - written < timedelta(days=1):
        return (now - (_END - written)).replace(microsecond=0)
    return (written + (day_of(now) - day_of(_END))).astimezone(now.tzinfo)
