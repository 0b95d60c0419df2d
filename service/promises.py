"""What somebody promised and by when: an agent in a reply, or the company as the customer tells it. Pure.

«تا شنبه خبر می‌دهیم», «ظرف ۴۸ ساعت واریز می‌شود» and «فردا تماس می‌گیریم» become moments in Tehran's day.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from nlp import numbers, promises
from nlp.folding import spelling
from service import worktime
from service.jalali import TEHRAN
from service.worktime import Calendar

#: A promise for a day is due when offices close; one for tonight, or made later than that, before the day ends.
_EVENING = time(18)
_NIGHT = time(23, 59)
_SENTENCE = re.compile(r"[^.!?\n؛;]+[.!?]?")
#: We, I or the thing itself will do it; «می‌کنید» is asked of the customer and «نمی‌کنیم» is no promise.
_WILL = re.compile(
    r"(?<!\w)(?:خواه(?:م|یم|د|ند)|(?:بر|باز|در)?می(?!لیون|لیارد|دان|وه|زبان|همان)\w*(?:م|ه|(?<!ی)د|(?<!ی)ن|اید))(?!\w)"
)
_QUESTION = re.compile(r"(?:\?|؟)\s*$|(?<!\w)(?:ایا|میتوانید|میتونید)(?!\w)")
_SPAN = {"دقیقه": 1 / 60, "دیقه": 1 / 60, "ساعت": 1, "روز": 24, "هفته": 7 * 24}
#: Nobody promises anything to a customer for later than that.
FARTHEST = timedelta(days=90)


def made(text: str, now: datetime, calendar: Calendar | None = None) -> tuple[datetime, ...]:
    """Return by when an agent's reply promises something, the nearest first; nothing that lies behind `now`.

    «روز کاری» and «ساعت کاری» are counted in the working time of `calendar`, when one is given.

    >>> made("تا شنبه خبر می‌دهیم", datetime.fromisoformat("2026-11-25T10:00:00+00:00"))
    (datetime.datetime(2026, 11, 28, 18, 0, tzinfo=zoneinfo.ZoneInfo(key='Asia/Tehran')),)
    """
    found: set[datetime] = set()
    for sentence in _SENTENCE.findall(spelling(text)):
        if _WILL.search(sentence) and not _QUESTION.search(sentence):
            found.update(_days(sentence, now), _spans(sentence, now, calendar))
    return tuple(sorted(due for due in found if now < due <= now + FARTHEST))


def told(tags: Mapping[str, Any]) -> tuple[datetime, ...]:
    """Return by when the company promised something, as the customer tells it («گفتید تا شنبه»), past days included."""
    days = {item["value"] for item in tags["entities"] if item["kind"] == "promise_due"}
    return tuple(sorted(_on(date.fromisoformat(day), _EVENING) for day in days))


def compensation(tags: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the compensation a comment asks for, None when it asks for none.

    The amount is in rials and is named only when the comment names exactly one, without doubt about its unit.
    """
    if not any(signal["name"] == "compensation_request" for signal in tags["signals"]):
        return None
    amounts = {item["value"] for item in tags["entities"] if item["kind"].startswith("amount")}
    only = amounts.pop() if len(amounts) == 1 else ""
    amount = int(only.removeprefix("IRR:")) if only and "|" not in only else None
    return {"state": "requested", "amount": amount, "currency": "IRR"}


def _days(sentence: str, now: datetime) -> Iterator[datetime]:
    local = now.astimezone(TEHRAN)
    for named in promises.days(sentence, local.date(), ahead=True):
        tonight = "امشب" in sentence[named.start : named.end]
        late = tonight or (named.day == local.date() and local.time() >= _EVENING)
        yield _on(named.day, _NIGHT if late else _EVENING)


def _spans(sentence: str, now: datetime, calendar: Calendar | None) -> Iterator[datetime]:
    for match in _span().finditer(sentence):
        number = numbers.value(match["number"])
        if not number:
            continue
        hours = float(number) * _SPAN[match["unit"]]
        if timedelta(hours=hours) > FARTHEST:
            continue
        if match["working"] and calendar is not None:
            yield _working(calendar, now, hours, by_day=match["unit"] in ("روز", "هفته"))
        elif match["unit"] in ("روز", "هفته"):
            yield _on((now.astimezone(TEHRAN) + timedelta(hours=hours)).date(), _EVENING)
        else:
            yield (now + timedelta(hours=hours)).astimezone(TEHRAN)


def _working(calendar: Calendar, now: datetime, hours: float, *, by_day: bool) -> datetime:
    if not by_day:
        return worktime.add(calendar, now, timedelta(hours=hours)).astimezone(TEHRAN)
    day, left = now.astimezone(TEHRAN).date(), round(hours / 24)
    while left > 0:
        day += timedelta(days=1)
        left -= worktime.works_on(calendar, day)
    return _on(day, _EVENING)


def _on(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=TEHRAN)


@cache
def _span() -> re.Pattern[str]:
    units = "|".join(_SPAN)
    return re.compile(
        rf"(?<!\w)(?:تا|ظرف|طی|حداکثر|کمتر از|نهایتا|در)(?: مدت| ظرف| حداکثر)? ?(?P<number>{numbers.pattern()}) ?"
        rf"(?P<unit>{units})(?P<working> ?ی? کاری)?(?: (?:دیگر|دیگه|اینده|بعد))?(?!\w)"
    )
