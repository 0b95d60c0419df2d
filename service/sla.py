"""How soon each priority is served and when its team works: what `calendar.toml` says, checked and frozen."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jdatetime

from service.jalali import from_jalali, persian
from service.tomlfile import Source, read
from service.worktime import WHOLE_DAY, Calendar, Hours

FILE = Path(__file__).with_name("calendar.toml")
Priority = Literal["urgent", "high", "medium", "low"]
#: The most pressing first; a priority's place here is the `priority_rank` of a ticket.
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
PRIORITY_FA: Mapping[str, str] = {"urgent": "بحرانی", "high": "بالا", "medium": "متوسط", "low": "کم"}
#: In the order of Python's weekdays.
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Kind = Literal["solar", "lunar", "own"]
_KINDS: tuple[Kind, ...] = get_args(Kind)
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_MINUTES_OF_A_YEAR = 366 * 24 * 60
_WEEKS = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Minutes of working time for each promise, and the share of them (0 to 1) after which a warning is due."""

    name: str
    first_response: int
    next_response: int
    resolution: int
    warn_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day off, and where its date comes from: fixed in the solar year, counted by the moon, or the company's own."""

    day: date
    jalali: str
    name_fa: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """Everything `calendar.toml` says: who works when, and how soon each priority is served."""

    calendars: Mapping[str, Calendar]
    default: str
    queues: Mapping[str, str]
    policies: Mapping[str, Policy]
    holidays: tuple[Holiday, ...]

    @property
    def days_off(self) -> frozenset[date]:
        """The days of all holidays."""
        return frozenset(holiday.day for holiday in self.holidays)

    def of_queue(self, queue: str) -> Calendar:
        """Return the calendar a queue works by."""
        return self.calendars[self.queues.get(queue, self.default)]

    def calendar(self, name: str) -> Calendar:
        """Return a calendar that a ticket was opened with; the default one when the file no longer has it."""
        return self.calendars.get(name, self.calendars[self.default])

    def policy(self, name: str) -> Policy:
        """Return a policy that a ticket was opened with; the ordinary one when the file no longer has it."""
        return self.policies.get(name, self.policies["medium"])


def load(path: Path | None = None) -> Calendars:
    """Read and check a calendar file, the one shipped with the package by default; `FileMistakes` says what is wrong."""
    return parse(read(path or FILE))


def parse(source: Source) -> Calendars:
    """Return what a calendar file says; `FileMistakes` names every mistake with its line."""
    raw = source.data
    source.known(raw, ("zone", "default", "policies", "calendars", "queues", "holidays"), "")
    holidays = _holidays(source, raw)
    calendars = _calendars(source, raw, holidays)
    queues = source.table(raw, "queues", "queues")
    found = Calendars(
        calendars=calendars,
        default=source.choice(raw.get("default"), calendars or ("?",), "default", "تقویم پیش‌فرض"),
        queues={
            name: source.choice(value, calendars or ("?",), f"queues.{name}", "تقویم")
            for name, value in queues.items()
        },
        policies=_policies(source, source.table(raw, "policies", "policies")),
        holidays=holidays,
    )
    _within_a_year(source, found)
    source.check()
    return found


def check_queues(source: Source, found: Calendars, queues: Collection[str]) -> None:
    """Refuse hours of queues that the rules do not have: of a misspelt one nobody would see that it has the default hours."""
    for name in found.queues:
        if name not in queues:
            choices = "، ".join(sorted(queues))
            source.wrong(
                f"queues.{name}", f"صف «{name}» در [queues] فایل قاعده‌ها نیست؛ یکی از این‌ها: {choices}"
            )
    source.check()


def _within_a_year(source: Source, found: Calendars) -> None:
    """Note deadlines that take the team with the shortest week longer than a year."""
    weeks = [
        sum(closes - opens for day in calendar.week for opens, closes in day)
        for calendar in found.calendars.values()
    ]
    most = _WEEKS * min(weeks, default=0)
    for policy in found.policies.values() if weeks else ():
        for name in ("first_response", "next_response", "resolution"):
            if getattr(policy, name) > most:
                detail = f"مهلت از یک سال کار کوتاه‌ترین تقویم ({persian(most)} دقیقه) بلندتر است."
                source.wrong(f"policies.{policy.name}.{name}", detail)


def missing_year(calendars: Calendars, today: date) -> int | None:
    """Return the Jalali year, this one or the one that begins within two months, whose holidays nobody has written yet.

    Its deadlines would fall on Nowruz: somebody has to be told in time.
    """
    known = {holiday.jalali[:4] for holiday in calendars.holidays if holiday.kind != "own"}
    for day in (today, today + timedelta(days=60)):
        year = jdatetime.date.fromgregorian(date=day).year
        if str(year) not in known:
            return int(year)
    return None


def _policies(source: Source, raw: Mapping[str, Any]) -> dict[str, Policy]:
    for name in PRIORITIES:
        if name not in raw:
            source.wrong("policies", f"برای اولویت «{name}» مهلتی تعیین نشده است.")
    return {name: _policy(source, name, source.table(raw, name, f"policies.{name}")) for name in raw}


def _policy(source: Source, name: str, raw: Mapping[str, Any]) -> Policy:
    path = f"policies.{name}"
    source.known(raw, ("first_response", "next_response", "resolution", "warn_after"), path)

    def minutes(key: str, default: float) -> int:
        return int(source.number(raw, key, path, default, low=1, high=_MINUTES_OF_A_YEAR))

    first = minutes("first_response", 0)
    resolution = minutes("resolution", 0)
    if 0 < resolution < first:
        source.wrong(f"{path}.resolution", "مهلت حل مسئله نباید کوتاه‌تر از مهلت نخستین پاسخ باشد.")
    return Policy(
        name=name,
        first_response=first,
        next_response=minutes("next_response", first or 1),
        resolution=resolution,
        warn_after=source.number(raw, "warn_after", path, 0.75, low=0.1, high=1),
    )


def _calendars(source: Source, raw: Mapping[str, Any], holidays: tuple[Holiday, ...]) -> dict[str, Calendar]:
    zone = _zone(source, raw)
    closed = {holiday.day: holiday.name_fa for holiday in holidays}
    found = {}
    for name, week in source.table(raw, "calendars", "calendars").items():
        path = f"calendars.{name}"
        if not isinstance(week, dict):
            source.wrong(path, "هر تقویم یک جدول از روزهای هفته است.")
            continue
        source.known(week, (*_DAYS, "around_the_clock", "holidays"), path)
        always = source.flag(week, "around_the_clock", path, default=False)
        hours = tuple(
            WHOLE_DAY if always else _hours(source, week.get(day, ""), f"{path}.{day}") for day in _DAYS
        )
        if not any(hours):
            source.wrong(path, f"تقویم «{name}» هیچ ساعت بازی ندارد.")
        keeps = source.flag(week, "holidays", path, default=not always)
        found[name] = Calendar(name=name, zone=zone, week=hours, holidays=closed if keeps else {})
    if not found:
        source.wrong("calendars", "دست‌کم یک تقویم لازم است.")
    return found


def _zone(source: Source, raw: Mapping[str, Any]) -> ZoneInfo:
    name = source.text(raw, "zone", "", "Asia/Tehran")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        source.wrong("zone", f"منطقهٔ زمانی «{name}» شناخته‌شده نیست.")
        return ZoneInfo("UTC")


def _hours(source: Source, value: object, path: str) -> Hours:
    """Return the open hours of `08:30-12:00, 13:00-17:00`; an empty string is a day off."""
    if not isinstance(value, str):
        source.wrong(path, "ساعت کار باید رشته‌ای مانند «08:30-17:00» باشد.")
        return ()
    found: list[tuple[int, int]] = []
    for part in filter(None, (part.strip() for part in value.split(","))):
        match = _HOURS.fullmatch(part)
        if match is None:
            source.wrong(path, f"«{part}» ساعت کار نیست؛ نمونه: «08:30-17:00».")
            return ()
        opens = int(match[1]) * 60 + int(match[2])
        closes = 24 * 60 if match[3] is None else int(match[3]) * 60 + int(match[4])
        if closes <= opens or (found and opens <= found[-1][1]):
            source.wrong(path, f"«{part}» باید پس از آغاز خود و پس از بازهٔ پیشین پایان یابد.")
            return ()
        found.append((opens, closes))
    return tuple(found)


def _holidays(source: Source, raw: Mapping[str, Any]) -> tuple[Holiday, ...]:
    given = source.table(raw, "holidays", "holidays")
    source.known(given, _KINDS, "holidays")
    found = [
        _holiday(source, written, name, kind)
        for kind in _KINDS
        for written, name in source.table(given, kind, f"holidays.{kind}").items()
    ]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.day))


def _holiday(source: Source, written: str, name: object, kind: Kind) -> Holiday | None:
    path = f"holidays.{kind}.{written}"
    if not isinstance(name, str) or not name.strip():
        source.wrong(path, "مناسبت تعطیلی باید رشته‌ای ناتهی باشد.")
        return None
    try:
        return Holiday(day=from_jalali(written), jalali=written, name_fa=name, kind=kind)
    except ValueError:
        source.wrong(path, f"«{written}» تاریخ جلالی درستی نیست؛ نمونه: «1405-01-01».")
        return None
