"""What somebody promised and by when: an agent in a reply, or the company as the customer tells it. Pure.

«تا شنبه خبر می‌دهیم», «ظرف ۴۸ ساعت واریز می‌شود» and «فردا تماس می‌گیریم» become moments in Tehran's day.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from nlp.rules import days, numbers, phrases
from nlp.rules.days import Day
from nlp.spelling.folding import spelling
from service import worktime
from service.jalali import TEHRAN, day_of
from service.worktime import Calendar

#: A promise for a day is due when offices close; one for tonight, or made later than that, before the day ends.
_EVENING = time(18)
_NIGHT = time(23, 59)
_DUSK, _MORNING, _NOON = 6, 8, 12
#: «تا شب خبر می‌دهیم» is today's, but for what goes on «از صبح تا شب».
_PARTS = {"ظهر": time(13), "عصر": _EVENING, "غروب": _EVENING, "شب": _NIGHT}
_BY_TODAY = re.compile(rf"(?<!\w)(?<!صبح )تا (?:اخر )?(?P<part>ظهر|عصر|غروب|شب)(?!\w)(?!{phrases.OTHER_DAY})")
_SENTENCE = re.compile(r"(?:[^.!?\n؛;]|(?<=\d)\.(?=\d))+[.!?]?")
#: We, I or the thing itself will do it; «می‌کنید» is asked of the customer and «نمی‌کنیم» is no promise.
_WILL = re.compile(
    r"(?<!\w)(?:خواه(?:م|یم|د|ند)|(?:بر|باز|در)?می(?!لیون|لیارد|دان|وه|زبان|همان|باش)\w*(?:م|ه|(?<!ی)د|(?<!ی)ن|اید))(?!\w)"
)
#: «بابت تأخیر امروز پوزش می‌خواهیم»: what is said with courtesy lies back.
_COURTESY = re.compile(
    r"^.*?(?<!\w)(?:پوزش|عذر|معذرت|عذر ?خواهی|تشکر|سپاس ?گزاری|سپاس ?گذاری|قدردانی)(?: \w+)? ?(?:را )?(?:می)(?:خوا|طلب|کن|نما)\w*"
)
_QUESTION = re.compile(r"(?:\?|؟)\s*$|(?<!\w)(?:ایا|میتوانید|میتونید)(?!\w)")
#: Named without a date: today's is the next one once its hour has passed.
_WEEKDAY = re.compile(phrases.WEEKDAY)
_WEEK = timedelta(days=7)
_SPAN = {"دقیقه": 1 / 60, "دیقه": 1 / 60, "ساعت": 1, "روز": 24, "هفته": 7 * 24, "ماه": 30 * 24}
_BY_DAY = ("روز", "هفته", "ماه")
#: Nobody promises anything to a customer for later than that.
FARTHEST = timedelta(days=90)


def made(text: str, now: datetime, calendar: Calendar | None = None) -> tuple[datetime, ...]:
    """Return by when an agent's reply promises something, the nearest first; nothing that lies behind `now`.

    A day is due at the hour that is named with it («فردا ساعت ۱۰»), or else `by_evening`.
    «روز کاری» and «ساعت کاری» are counted in the working time of `calendar`, when one is given.

    >>> made("تا شنبه خبر می‌دهیم", datetime.fromisoformat("2026-11-25T10:00:00+00:00"))
    (datetime.datetime(2026, 11, 28, 18, 0, tzinfo=zoneinfo.ZoneInfo(key='Asia/Tehran')),)
    """
    found: set[datetime] = set()
    for said in _SENTENCE.findall(spelling(text)):
        sentence = _COURTESY.sub("", said)
        if _WILL.search(sentence) and not _QUESTION.search(sentence):
            found.update(_days(sentence, now), _spans(sentence, now, calendar))
    return tuple(sorted(due for due in found if now < due <= now + FARTHEST))


def sentence(text: str, due_at: datetime, now: datetime, calendar: Calendar | None = None) -> str:
    """Return the sentence of a reply that promises something by a moment; nothing when none does.

    >>> at = datetime.fromisoformat("2026-11-25T10:00:00+00:00")
    >>> said = "سلام و پوزش. تا شنبه خبر می‌دهیم."
    >>> sentence(said, made(said, at)[0], at)
    'تا شنبه خبر می‌دهیم.'
    """
    found = (one.strip() for one in _SENTENCE.findall(text))
    return next((one for one in found if due_at in made(one, now, calendar)), "")


def told(tags: Mapping[str, Any]) -> tuple[datetime, ...]:
    """Return by when the company promised something, as the customer tells it («گفتید تا شنبه»), past days included."""
    named = {item["value"] for item in tags["entities"] if item["kind"] == "promise_due"}
    return tuple(sorted(by_evening(date.fromisoformat(day)) for day in named))


#: Stands in the JSON of tags that tell of a promise.
TOLD = b'"promise_due"'


def by_calendar(text: str, written: date, tags: dict[str, Any], calendar: Calendar) -> dict[str, Any]:
    """Return the tags of a text with each promise of «۳ روز کاری» due on the third day on which the company works.

    The model knows no holidays and counts every day from `written`, the day of the text.
    """
    return {**tags, "entities": [_by_calendar(text, written, one, calendar) for one in tags["entities"]]}


def _by_calendar(text: str, written: date, entity: dict[str, Any], calendar: Calendar) -> dict[str, Any]:
    if entity["kind"] != "promise_due":
        return entity
    length = date.fromisoformat(entity["value"]) - written
    if length > FARTHEST or not _WORKING.search(spelling(text[entity["start"] : entity["end"]])):
        return entity
    return {**entity, "value": _working_day(calendar, written, length.days).isoformat()}


#: Only a calendar can count them.
_WORKING = re.compile(r"(?:روز|ساعت) ?ه?ی? ?کاری")


def by_evening(day: date) -> datetime:
    """Return when a promise for a day is due that names no hour."""
    return _on(day, _EVENING)


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
    named = _named(sentence, local.date())
    hours = list(_hours(sentence, named, local.date()))
    weekdays = {one.day for one in named if _WEEKDAY.fullmatch(sentence[one.start : one.end])}
    for day, at in hours:
        due = _on(day, at)
        # «شنبه ساعت ۱۰» of a Saturday noon is the next Saturday
        yield due + _WEEK if due <= now and day in weekdays else due
    if not named:
        yield from (_on(local.date(), _PARTS[match["part"]]) for match in _BY_TODAY.finditer(sentence))
    for one in named:
        if one.day not in {day for day, _ in hours}:
            is_night = _is_night(sentence, one)
            is_over = one.day == local.date() and local.time() >= _EVENING and not is_night
            if is_over and one.day in weekdays:
                yield by_evening(one.day + _WEEK)
            else:
                yield _on(one.day, _NIGHT if is_over or is_night else _EVENING)


def _named(sentence: str, today: date) -> list[Day]:
    """Return the days of a sentence; of «فردا چهارشنبه» one, since the next Wednesday may be another one."""
    found = list(days.named(sentence, today, ahead=True))
    starts = {one.start for one in found}
    begun = {one.end + 1: one.start for one in found if one.end + 1 in starts and sentence[one.end] == " "}
    return [replace(one, start=begun.get(one.start, one.start)) for one in found if one.end + 1 not in begun]


def _hours(sentence: str, named: Sequence[Day], today: date) -> Iterator[tuple[date, time]]:
    """Yield the hours of a sentence, each with the day right behind it or before it; «تا ساعت ۵» alone is today's."""
    for match in _clock().finditer(sentence):
        before = [one for one in named if one.start < match.start()]
        near = next((one for one in named if one.start == match.end()), before[-1] if before else None)
        at = _time(match, at_night=near is not None and _is_night(sentence, near))
        if at is not None and near is not None:
            yield near.day, at
        elif at is not None and match["until"] and not named:
            yield today, at


def _time(match: re.Match[str], *, at_night: bool) -> time | None:
    """Return the hour as a clock with 24 hours has it: «۵ عصر», and a bare «ساعت ۵», are in the afternoon."""
    written = match["hour"]
    hour = int(numbers.value(written) or 0)
    part = match["part"] or match["before"] or ("شب" if at_night else "")
    minute = int(match["minute"] or {"نیم": 30, "ربع": 15}.get(match["more"], 0))
    if hour > 2 * _NOON:
        return None
    if hour == 2 * _NOON or (part == "شب" and (hour == _NOON or hour < _DUSK)):
        return _NIGHT  # what is past midnight belongs to the day after
    afternoon = hour < _MORNING and not written.startswith("0") if part in ("", "ظهر") else part != "صبح"
    return time(hour + _NOON if afternoon and hour < _NOON else hour, minute)


def _is_night(sentence: str, day: Day) -> bool:
    return "شب" in sentence[day.start : day.end]


def _spans(sentence: str, now: datetime, calendar: Calendar | None) -> Iterator[datetime]:
    for match in _span().finditer(sentence):
        number = numbers.value(match["number"])
        if not number:
            continue
        hours = float(number) * _SPAN[match["unit"]]
        if hours > FARTHEST / timedelta(hours=1):  # no timedelta holds whatever somebody types
            continue
        if match["working"] and calendar is not None:
            yield _working(calendar, now, hours, by_day=match["unit"] in _BY_DAY)
        elif match["unit"] in _BY_DAY:
            yield by_evening((now.astimezone(TEHRAN) + timedelta(hours=hours)).date())
        else:
            yield (now + timedelta(hours=hours)).astimezone(TEHRAN)


def _working(calendar: Calendar, now: datetime, hours: float, *, by_day: bool) -> datetime:
    if not by_day:
        return worktime.add(calendar, now, timedelta(hours=hours)).astimezone(TEHRAN)
    return by_evening(_working_day(calendar, day_of(now), round(hours / 24)))


def _working_day(calendar: Calendar, day: date, left: int) -> date:
    while left > 0:
        day += timedelta(days=1)
        left -= worktime.works_on(calendar, day)
    return day


def _on(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=TEHRAN)


@cache
def _span() -> re.Pattern[str]:
    units = "|".join(_SPAN)
    upper = r"(?:\d+ ?(?:-|تا|الی) ?)?"  # of «۲۴ تا ۴۸ ساعت» it is the latter
    ahead = r"(?:دیگر|دیگه|اینده|اتی|بعد)"
    return re.compile(
        rf"(?<!\w)(?P<within>(?:تا|ظرف|طی|حداکثر|کمتر از|نهایتا|در|در عرض|عرض)(?: مدت| ظرف| حداکثر)? ?)?{upper}"
        rf"(?P<number>{numbers.pattern()}) ?(?P<unit>{units})(?P<working> ?ی? کاری)?(?(within)(?: {ahead})?| {ahead})(?!\w)"
    )


@cache
def _clock() -> re.Pattern[str]:
    """Return the pattern of an hour and what may stand between it and its day; «۱۰ صبح» needs no «ساعت».

    Of «ساعت ۱۰ تا ۱۲» it is the latter.
    """
    small = [word for word in numbers.words() if (numbers.value(word) or 0) <= _NOON]
    written = rf"(?:\d{{1,2}}(?!\d)|(?:{'|'.join(sorted(small, key=len, reverse=True))})(?!\w))"
    part = r"(?:صبح|ظهر|بعد ?از ?ظهر|عصر|غروب)"
    return re.compile(
        rf"(?<!\w)(?P<until>(?:تا|قبل از|پیش از) )?"
        rf"(?:(?:(?P<before>{part}|شب) )?ساعت ?(?:{written}(?:[:.]\d\d)? ?(?:تا|الی|-) ?(?:ساعت ?)?)?|(?={written} {part}))"
        rf"(?P<hour>{written})(?:[:.](?P<minute>[0-5]\d)(?!\d)| ?و ?(?P<more>نیم|ربع))?(?: ?(?P<part>{part}|شب))?(?!\w)"
        r"[ ,]*(?:روز )?"
    )
