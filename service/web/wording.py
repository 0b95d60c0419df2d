"""Numbers, moments and names as Persian readers write them. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import jdatetime
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from nlp import taxonomy
from service.auth import ROLE_FA
from service.clocks import TARGET_FA
from service.feedback import CHANNEL_FA, TIER_FA
from service.figures import money, number, percent, signed, sure, toman
from service.insight.journey import TOUCHPOINT_FA
from service.jalali import MONTHS, TEHRAN, day_of, persian, spoken_day
from service.outbox import ERROR_FA
from service.rules.labels import POLARITY_FA
from service.rules.topics import labels
from service.sla import PRIORITY_FA
from service.tickets import STATUS_FA
from service.web import evidence
from service.web import names as known
from service.web.days import typed_day
from service.webhooks.events import ANNOUNCED

#: A moment of a row, its ISO form in the JSON of the API, or none.
Moment = datetime | str | None
#: A duration by ISO 8601, and what its parts are called, in their order.
_STRETCH = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_STRETCH_FA = ("سال", "ماه", "هفته", "روز", "ساعت", "دقیقه", "ثانیه")
#: Words of a date that begins with its weekday, or with «هفتهٔ».
_WITH_WEEKDAY = 4
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: Latin words with what stands between them, but without the punctuation of the sentence around them.
_LATIN = re.compile(r"([A-Za-z\[](?:[ -~]*[A-Za-z0-9_\]])?)")


def day(value: Moment) -> str:
    """Return a date: «چهارشنبه ۴ آذر ۱۴۰۵»."""
    return "—" if value is None else spoken_day(day_of(_read(value)))


def spoken(value: date | str) -> str:
    """Return a day, or its ISO form in the JSON of the API, as people say it.

    >>> spoken("2026-11-25")
    'چهارشنبه ۴ آذر ۱۴۰۵'
    """
    return spoken_day(date.fromisoformat(value) if isinstance(value, str) else value)


def short_label(label: str) -> str:
    """Return a step of a chart without its weekday and year.

    >>> short_label("چهارشنبه ۴ آذر ۱۴۰۵"), short_label("هفتهٔ ۳۰ آبان ۱۴۰۵"), short_label("آذر ۱۴۰۵")
    ('۴ آذر', '۳۰ آبان', 'آذر ۱۴۰۵')
    """
    parts = label.split()
    return " ".join(parts[1:3]) if len(parts) == _WITH_WEEKDAY else label


def isolated(text: str) -> Markup:
    """Return a Persian sentence whose Latin parts do not turn it around.

    >>> isolated("rules.toml:3: «when» خالی است.")
    Markup('<bdi class="mono">rules.toml:3</bdi>: «<bdi class="mono">when</bdi>» خالی است.')
    """
    pieces = _LATIN.split(text)
    latin = Markup('<bdi class="mono">{}</bdi>')
    return Markup().join(latin.format(piece) if place % 2 else piece for place, piece in enumerate(pieces))


def reasons(urgency: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what an urgency is made of: that the model sees nothing to be done is no reason for anything.

    >>> reasons({"reasons": [{"points": 0}]})
    []
    """
    return [reason for reason in urgency["reasons"] if reason["points"]]


def moment(value: Moment) -> str:
    """Return a date and a time: «۴ آذر ۱۴۰۵، ۱۹:۴۸»."""
    if value is None:
        return "—"
    local = _read(value).astimezone(TEHRAN)
    told = jdatetime.date.fromgregorian(date=local.date())
    return persian(f"{told.day} {MONTHS[told.month - 1]} {told.year}، {local:%H:%M}")


def _read(value: datetime | str) -> datetime:
    """The desk's own rows hold moments, the API's JSON holds their ISO form."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def duration(seconds: float) -> str:
    """Return a stretch of time in at most two units.

    >>> duration(1500), duration(8000), duration(200000)
    ('۲۵ دقیقه', '۲ ساعت و ۱۳ دقیقه', '۲ روز و ۷ ساعت')
    """
    whole = int(abs(seconds))
    if whole < _MINUTE:
        return "کمتر از یک دقیقه"
    if whole < _HOUR:
        return f"{persian(whole // _MINUTE)} دقیقه"
    if whole < _DAY:
        return _pair(whole // _HOUR, "ساعت", whole % _HOUR // _MINUTE, "دقیقه")
    return _pair(whole // _DAY, "روز", whole % _DAY // _HOUR, "ساعت")


def work(minutes: int) -> str:
    """Return a stretch of working time, whose day is shorter than a day.

    >>> work(15), work(240), work(1440), work(90)
    ('۱۵ دقیقه', '۴ ساعت', '۲۴ ساعت', '۱ ساعت و ۳۰ دقیقه')
    """
    if minutes < _HOUR // _MINUTE:
        return f"{persian(minutes)} دقیقه"
    return _pair(minutes // 60, "ساعت", minutes % 60, "دقیقه")


def shortly(seconds: float) -> str:
    """Return a stretch of time in a glance: minutes count while there are few of them, then hours, then days.

    >>> shortly(8000), shortly(200000)
    ('۲ ساعت و ۱۳ دقیقه', '۲ روز')
    """
    told = duration(seconds)
    return told.split(" و ")[0] if abs(seconds) >= _DAY else told


def _pair(large: int, name: str, small: int, smaller: str) -> str:
    return f"{persian(large)} {name}" + (f" و {persian(small)} {smaller}" if small else "")


def until(value: Moment, now: datetime, late: str = "دیر شده") -> str:
    """Return what is left to a deadline, or how late it is.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    >>> until(now + timedelta(minutes=25), now), until(now - timedelta(hours=2), now)
    ('۲۵ دقیقه مانده', '۲ ساعت دیر شده')
    """
    if value is None:
        return "بی‌مهلت"
    left = (_read(value) - now).total_seconds()
    return f"{shortly(left)} {'مانده' if left >= 0 else late}"


def ago(value: Moment, now: datetime) -> str:
    """Return how long ago something was; after a week, its date.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    >>> ago(now - timedelta(minutes=3), now), ago(now - timedelta(seconds=5), now)
    ('۳ دقیقه پیش', 'همین حالا')
    """
    if value is None:
        return "—"
    past = now - _read(value)
    if past < timedelta(minutes=1):
        return "همین حالا"
    if past < timedelta(days=7):
        return f"{duration(past.total_seconds()).split(' و ')[0]} پیش"
    return moment(value).split("،")[0]


def urgency_of_deadline(value: Moment, now: datetime) -> str:
    """Return the class a deadline is painted by: late, soon (within an hour), later or none."""
    if value is None:
        return "none"
    left = _read(value) - now
    if left <= timedelta(0):
        return "late"
    return "soon" if left <= timedelta(hours=1) else "later"


def tone(label: str | None) -> str:
    """Return the class a polarity is painted by."""
    return evidence.TONES.get(label or "", "plain")


def confidence(share: float) -> str:
    """Return how sure the model is, as people say it.

    >>> confidence(0.97), confidence(0.3)
    ('زیاد', 'کم')
    """
    return known.LEVELS[taxonomy.level(share)]


def value_of(value: str, kind: str) -> str:
    """Return a value read from a comment as a person writes it; `P3D` is «۳ روز».

    >>> value_of("P3D", "duration"), value_of("2026-11-28", "date"), value_of("IRR:5000000", "amount")
    ('۳ روز', 'شنبه ۷ آذر ۱۴۰۵', '۵۰۰٬۰۰۰ تومان')
    """
    if kind.startswith("amount"):
        rials = [int(reading.removeprefix("IRR:")) for reading in value.split("|")]
        return " یا ".join(f"{toman(rial)} تومان" for rial in rials)
    if kind == "duration":
        return _stretch(value) or value
    try:
        return day(datetime.fromisoformat(value).replace(hour=12, tzinfo=TEHRAN))
    except ValueError:
        return value if re.search("[A-Za-z]", value) else persian(value)


def _stretch(value: str) -> str:
    """Return a duration part by part: `PT2H30M` is «۲ ساعت و ۳۰ دقیقه»; nothing where it is none."""
    found = _STRETCH.fullmatch(value)
    parts = zip(found.groups() if found else (), _STRETCH_FA, strict=False)
    return " و ".join(f"{persian(count)} {unit}" for count, unit in parts if count)


def actor(id_: str) -> str:
    """Return who did something, when it was no colleague whose name is known."""
    return known.ACTORS.get(id_, "همکاری" if id_.startswith(("session:", "key_")) else id_)


def _label(field: str) -> Callable[[str | None], str]:
    def name(id_: str | None) -> str:
        if id_ is None:
            return "نامشخص"
        found = labels().fields[field]
        return found[id_].fa if id_ in found else id_

    return name


#: The Persian name of a topic.
topic = _label("topics")


def signal(id_: str | None) -> str:
    """Return the Persian name of a signal, or of a cue that only urgency uses."""
    return known.CUES.get(id_ or "") or _label("signals")(id_)


def label_of(id_: str | None, field: str) -> str:
    """Return the Persian name of a label of a field of the tags."""
    return _label(field)(id_)


def tag_value(value: Any, field: str) -> str:
    """Return what a correction says of a field of the tags.

    >>> tag_value({"courier": "negative"}, "topics"), tag_value(["fraud"], "signals"), tag_value("praise", "category")
    ('پیک (منفی)', 'ادعای تقلب', 'تحسین')
    """
    if field == "signals":
        return "، ".join(map(signal, value)) or "بی‌نشانه"
    if field != "topics":
        return label_of(value, field)
    return "، ".join(f"{topic(id_)} ({POLARITY_FA[mood]})" for id_, mood in value.items()) or "بی‌موضوع"


def named(names: Mapping[str, str]) -> Callable[[str | None], str]:
    """Return a function that names an id in Persian, and shows an unknown id as it is."""
    return lambda id_: "—" if id_ is None else names.get(id_, id_)


@pass_context
def queue(context: Context, id_: str | None) -> str:
    """Return the name that routing.toml gives a queue."""
    names: Mapping[str, str] = context.get("queue_names", {})
    return "—" if id_ is None else names.get(id_, id_)


@pass_context
def part_value(context: Context, value: Any, part: str) -> str:
    """Return what the trail says of one part of a ticket."""
    if part == "queue":
        return queue(context, value)
    if part in {"merged_into", "split_from"}:
        return topic(value)
    if isinstance(value, int):
        return persian(value)
    names: dict[str, Mapping[Any, str]] = dict.fromkeys(TARGET_FA, known.CLOCKS)
    names |= {"priority": PRIORITY_FA, "status": STATUS_FA, "touchpoint": TOUCHPOINT_FA}
    return names.get(part, {}).get(str(value), str(value))


def deed(line: Mapping[str, Any]) -> str:
    """Return what somebody did, as a line of the trail says it.

    >>> deed({"action": "ticket.escalate", "after": {"priority": "urgent"}})
    'اولویت را بالا برد'
    """
    if line["action"] == "ticket.escalate" and "queue" not in (line["after"] or {}):
        return known.RAISED
    return _DEED(line["action"])


_DEED = named({**known.DEEDS, **known.TOPIC_DEEDS})
FILTERS: dict[str, Callable[..., Any]] = {
    "fa": persian,
    "number": number,
    "toman": toman,
    "money": money,
    "signed": signed,
    "percent": percent,
    "sure": sure,
    "day": day,
    "moment": moment,
    "duration": duration,
    "work": work,
    "until": until,
    "ago": ago,
    "deadline": urgency_of_deadline,
    "topic": topic,
    "category": _label("category"),
    "sentiment": _label("sentiment"),
    "urgency": _label("urgency"),
    "signal": signal,
    "priority": named(PRIORITY_FA),
    "status": named({str(id_): name for id_, name in STATUS_FA.items()}),
    "queue": queue,
    "channel": named(CHANNEL_FA),
    "tier": named(TIER_FA),
    "role": named(ROLE_FA),
    "scope": named(known.SCOPES),
    "score": named(known.SCORES),
    "confidence": confidence,
    "level": named(known.LEVELS),
    "field": named(known.FIELDS),
    "abstention": named(known.ABSTENTIONS),
    "entity": named(known.ENTITIES),
    "pii": named(known.PII),
    "tone": tone,
    "event": named({name: fa for name, (_, fa) in ANNOUNCED.items()}),
    "delivery": named(known.DELIVERIES),
    "attempt_error": named(ERROR_FA),
    "job": named(known.JOBS),
    "import_field": known.import_field,
    "calendar": named(known.CALENDARS),
    "label_of": label_of,
    "tag_value": tag_value,
    "advice": named(known.ADVICE),
    "spoken_day": spoken,
    "typed_day": typed_day,
    "short_label": short_label,
    "isolated": isolated,
    "direction": evidence.direction,
    "parts": evidence.in_parts,
    "reasons": reasons,
    "actor": actor,
    "deed": deed,
    "part": named({**known.PARTS, **TARGET_FA}),
    "part_value": part_value,
    "promise": named(known.PROMISES),
    "compensation": named(known.COMPENSATIONS),
    "value_of": value_of,
}
