"""Alerts in words and as JSON: what, since when, how sure, with figures and comments."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from nlp import taxonomy
from service.figures import percent
from service.insight import trending
from service.insight.change import Anomaly, ChangePoint
from service.insight.drift import Drift
from service.insight.terms import Rising
from service.jalali import jalali_day, moments, persian, spoken_day
from service.masking import named

Json = dict[str, Any]
KIND_FA: Mapping[str, str] = {
    "anomaly": "دور از معمول",
    "change_point": "تغییر سطح",
    "emerging_topic": "موضوع نوظهور",
    "emerging_term": "واژهٔ نوظهور",
    "wave": "موج نظرهای یکسان",
    "drift": "دگرگونی برچسب‌ها",
    "urgent_budget": "سقف تیکت‌های بحرانی روز",
}
#: Fields whose labels are watched for a drift.
FIELD_FA: Mapping[str, str] = {"category": "نوع‌ها", "sentiment": "لحن‌ها", "topics": "موضوع‌ها"}


def of_row(row: Mapping[str, Any], samples: Sequence[Mapping[str, Any]]) -> Json:
    """Return an alert as people and programs see it; the comments in it are masked."""
    since = date.fromordinal(row["since"])
    episode, dates = {}, {}
    if "id" in row:  # it is kept, not only seen
        episode = {"id": row["id"], "open": row["closed_at"] is None}
        dates = moments("opened_at", row["opened_at"]) | moments("closed_at", row["closed_at"])
    return {
        **episode,
        "kind": row["kind"],
        "kind_fa": KIND_FA[row["kind"]],
        "subject": row["subject"],
        "label_fa": _called(row["kind"], row["subject"]),
        "since": since.isoformat(),
        "since_jalali": jalali_day(since),
        "sure": row["sure"],
        "message_fa": row["message_fa"],
        "figures": row["figures"],
        **dates,
        "samples": [sample(one) for one in samples],
    }


def sample(row: Mapping[str, Any]) -> Json:
    """Return a comment as alerts and digests quote it: masked, whoever reads them."""
    told = {"id": row["id"], "text": row["masked"], "channel": named(row["channel"])}
    return told | moments("created_at", row["created_at"])


def of_anomaly(topic: str, hit: Anomaly) -> Json:
    """Return the mark of an anomaly on a topic's line; it stands on the day that the words name."""
    return _mark(topic, "anomaly", hit.since, hit.sure, unusual(topic, hit))


def of_change(topic: str, point: ChangePoint) -> Json:
    """Return the mark of a change of level on a topic's line."""
    return _mark(topic, "change_point", point.day, point.sure, levelled(topic, point))


def of_budget(day: date, urgent: int, budget: int) -> Json:
    """Return the alert of a day with more urgent tickets than the rules allow for, as it is stored."""
    counted = (
        f"{persian(urgent)} تیکت با اولویت بحرانی در {spoken_day(day)}، بیش از سقف {persian(budget)} در روز"
    )
    return {
        "kind": "urgent_budget",
        "subject": "",
        "since": day.toordinal(),
        "sure": None,
        "message_fa": f"{counted}: یا رخدادی در کار است یا قاعده‌ای زیادی گشاد",
        "figures": {"urgent": urgent, "budget": budget, "since": day.isoformat()},
        "samples": [],
    }


def unusual(topic: str, hit: Anomaly) -> str:
    """Say in Persian that a topic was far from usual: since when, and on which of its days how many were counted."""
    name, more = trending.named(topic)["label_fa"], "بیشتر" if hit.rose else "کمتر"
    counted = f"{persian(hit.n)} نظر به جای {_number(hit.expected)}"
    begun = f"«{name}» {'در' if hit.since == hit.until else 'از'} {spoken_day(hit.since)}"
    return f"{begun} {more} از معمول بود{_counted_on(hit)}: {counted}"


def levelled(topic: str, point: ChangePoint) -> str:
    """Say in Persian that a topic is on another level."""
    name, way = trending.named(topic)["label_fa"], "بالا" if point.after > point.before else "پایین"
    levels = f"از روزی {_number(point.before)} به {_number(point.after)}"
    return f"«{name}» از {spoken_day(point.day)} {way} رفته است: {levels} نظر"


def risen(one: Rising, days: int, is_drawn: bool = False, was_drawn: bool = False) -> str:
    """Say in Persian how a topic or term has risen in the last `days`, and where not all comments were read."""
    now = f"{persian(one.now)} نظر از {persian(one.of)}{' نمونه' if is_drawn else ''}"
    before = f"{persian(one.before)} از {persian(one.of_before)}{' نمونهٔ' if was_drawn else ''}"
    return f"تازه زیاد شده است: {now} در {persian(days)} روز، {before} پیش از آن"


def alike(term: str, n: int, customers: int | None, newest: int | None) -> str:
    """Say in Persian that nearly the same is written again and again; of how many people where all are known.

    `newest` is how many comments were read where two days had more.
    """
    people = "" if customers is None else f" از {persian(customers)} نفر"
    among = "دو روز" if newest is None else f"تازه‌ترین {persian(newest)} نظر"
    return f"{persian(n)} نظر تقریباً یکسان{people} در {among}: «{term}»"


def drifted(field: str, found: Drift) -> str:
    """Say in Persian that the labels of a week are not those of the weeks before."""
    names = taxonomy.load().fields[field]
    label = names[found.label].fa if found.label in names else found.label or "بی‌برچسب"
    moved = f"سهم «{label}» از {percent(found.share_before)} به {percent(found.share)} رسیده است"
    return f"{FIELD_FA[field]} در این هفته به هفته‌های پیش نمی‌مانند: {moved}"


def figures(one: Rising, *, sampled: bool = False) -> Json:
    """Return the figures of a rise; `sampled` says that not all comments were read for it."""
    counts = {"n": one.now, "of": one.of, "before": one.before, "of_before": one.of_before}
    return counts | {"z": one.z, "sampled": sampled}


def _counted_on(hit: Anomaly) -> str:
    """Say on which days the comments were counted; a single day is named already."""
    first, last = hit.peak
    if first == last == hit.since == hit.until:
        return ""
    days = (last - first).days + 1
    stretch = spoken_day(last) if days == 1 else f"{persian(days)} روز تا {spoken_day(last)}"
    most = "" if hit.peak == (hit.since, hit.until) else "بیش از همه "
    return f"؛ {most}در {stretch}"


def _called(kind: str, subject: str) -> str:
    return FIELD_FA[subject] if kind == "drift" else str(trending.named(subject)["label_fa"])


def _number(value: float) -> str:
    return persian(f"{value:g}".replace(".", "٫"))


def _mark(topic: str, kind: str, day: date, sure: float, message_fa: str) -> Json:
    named = {"topic": topic, "kind": kind, "kind_fa": KIND_FA[kind]}
    return named | {
        "day": day.isoformat(),
        "day_jalali": jalali_day(day),
        "sure": sure,
        "message_fa": message_fa,
    }
