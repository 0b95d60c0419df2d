"""Numbers, moments and names as Persian readers write them. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jdatetime

from nlp import taxonomy

TEHRAN = ZoneInfo("Asia/Tehran")
_DIGITS = str.maketrans("0123456789,.", "۰۱۲۳۴۵۶۷۸۹٬٫")
_MONTHS = (
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
)
_DAYS = ("شنبه", "یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400

PRIORITIES = {"urgent": "آنی", "high": "بالا", "medium": "متوسط", "low": "پایین"}
STATUSES = {
    "open": "باز",
    "assigned": "در دست",
    "pending": "در انتظار مشتری",
    "resolved": "حل‌شده",
    "reopened": "بازگشوده",
    "merged": "ادغام‌شده",
}
QUEUES = {
    "safety": "ایمنی",
    "security": "امنیت",
    "legal": "حقوقی",
    "finance": "مالی",
    "delivery": "ارسال",
    "orders": "سفارش‌ها",
    "quality": "کیفیت",
    "commercial": "بازرگانی",
    "after_sales": "پس از فروش",
    "support": "پشتیبانی",
    "technical": "فنی",
    "branches": "شعبه‌ها",
    "retention": "نگه‌داشت",
    "overflow": "سرریز",
    "general": "عمومی",
    "triage": "بررسی نخست",
    "product": "محصول",
    "praise": "قدردانی",
    "archive": "بایگانی",
    "review": "بازبینی",
}
CHANNELS = {
    "api": "API",
    "web": "وبگاه",
    "app": "برنامک",
    "form": "فرم نظرسنجی",
    "telegram": "تلگرام",
    "instagram": "اینستاگرام",
    "sms": "پیامک",
    "email": "ایمیل",
    "phone": "تلفن",
    "chat": "گفت‌وگو",
    "chatwoot": "چت‌ووت",
    "survey": "نظرسنجی",
    "branch": "شعبه",
    "import": "پروندهٔ واردشده",
    "sample": "نمونه",
    "store": "فروشگاه برنامک",
    "whatsapp": "واتساپ",
    "bale": "بله",
    "eitaa": "ایتا",
    "site": "وبگاه",
    "shop": "فروشگاه",
}
TOUCHPOINTS = {
    "marketing": "بازاریابی",
    "order": "سفارش",
    "payment": "پرداخت",
    "delivery": "تحویل",
    "product_use": "استفاده از محصول",
    "support": "پشتیبانی",
    "after_sales": "پس از فروش",
    "loyalty": "وفاداری",
}
FACTORS = {
    "product_quality": "کیفیت محصول",
    "service_quality": "کیفیت خدمت",
    "after_sales_quality": "کیفیت پس از فروش",
    "flexibility": "انعطاف",
    "competence": "شایستگی",
    "reliability_friendliness": "اعتماد و خوش‌رویی",
}
ROLES = {"sender": "فرستنده", "reader": "خواننده", "agent": "کارشناس", "admin": "مدیر"}
POLARITIES = {"negative": "منفی", "neutral": "خنثی", "positive": "مثبت"}
SCORES = {"csat": "رضایت (CSAT)", "nps": "توصیه (NPS)", "ces": "سادگی (CES)", "stars": "ستاره"}
LEVELS = {"high": "زیاد", "medium": "متوسط", "low": "کم"}
FIELDS = {
    "category": "نوع",
    "sentiment": "لحن",
    "topics": "موضوع",
    "signals": "نشانه",
    "urgency": "فوریت",
    "language": "زبان",
}
ABSTENTIONS = {
    "unsupported_language": "زبان این متن پشتیبانی نمی‌شود.",
    "language": "زبان این متن پشتیبانی نمی‌شود.",
    "empty": "متنی برای خواندن نیست.",
    "too_short": "متن کوتاه‌تر از آن است که بشود چیزی گفت.",
    "noise": "متن خوانا نیست.",
    "low_confidence": "مدل به اندازهٔ کافی مطمئن نیست.",
    "uncertain": "مدل به اندازهٔ کافی مطمئن نیست.",
}
ENTITIES = {
    "amount": "مبلغ",
    "money": "مبلغ",
    "date": "تاریخ",
    "duration": "مدت",
    "order": "شمارهٔ سفارش",
    "order_number": "شمارهٔ سفارش",
    "promise": "قول",
    "deadline": "مهلت",
    "authority": "مرجع",
    "percent": "درصد",
    "count": "تعداد",
    "time": "ساعت",
}
PII = {
    "mobile": "موبایل",
    "landline": "تلفن ثابت",
    "phone": "تلفن",
    "national_id": "کد ملی",
    "card": "شمارهٔ کارت",
    "iban": "شبا",
    "sheba": "شبا",
    "email": "ایمیل",
    "postal_code": "کد پستی",
    "plate": "پلاک",
    "name": "نام",
    "address": "نشانی",
}


def fa(value: Any) -> str:
    """Return a text or a whole number with Persian digits.

    >>> fa("1405/09/04"), fa(12)
    ('۱۴۰۵/۰۹/۰۴', '۱۲')
    """
    return str(value).translate(_DIGITS) if not isinstance(value, str) else value.translate(_JUST_DIGITS)


_JUST_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def number(value: float | None, digits: int = 0) -> str:
    """Return a number with Persian digits and thousands apart; an em dash when there is none.

    >>> number(12345), number(-0.5, 1), number(None)
    ('۱۲٬۳۴۵', '‎−۰٫۵', '—')
    """
    if value is None:
        return "—"
    shown = f"{abs(value):,.{digits}f}".translate(_DIGITS)
    return f"\u200e−{shown}" if value < 0 and shown.strip("۰٫٬") else shown


def signed(value: float | None, digits: int = 0) -> str:
    """Return a difference with its sign.

    >>> signed(0.25, 2), signed(-3)
    ('‎+۰٫۲۵', '‎−۳')
    """
    if value is None:
        return "—"
    shown = number(value, digits)
    return f"\u200e+{shown}" if value > 0 and shown.strip("۰٫٬") else shown


def percent(share: float | None, digits: int = 0) -> str:
    """Return a share of one as a percentage.

    >>> percent(0.256)
    '۲۶٪'
    """
    return "—" if share is None else f"{number(share * 100, digits)}٪"


def local(value: datetime) -> jdatetime.datetime:
    """Return a moment in Tehran and in the Jalali calendar."""
    return jdatetime.datetime.fromgregorian(datetime=value.astimezone(TEHRAN).replace(tzinfo=None))


def day(value: datetime | None) -> str:
    """Return a date: «چهارشنبه ۴ آذر ۱۴۰۵»."""
    if value is None:
        return "—"
    told = local(value)
    return fa(f"{_DAYS[told.weekday()]} {told.day} {_MONTHS[told.month - 1]} {told.year}")


def moment(value: datetime | None) -> str:
    """Return a date and a time: «۴ آذر ۱۴۰۵، ۱۹:۴۸»."""
    if value is None:
        return "—"
    told = local(value)
    return fa(f"{told.day} {_MONTHS[told.month - 1]} {told.year}، {told.hour:02}:{told.minute:02}")


def duration(seconds: float) -> str:
    """Return a stretch of time in at most two units.

    >>> duration(1500), duration(8000), duration(200000)
    ('۲۵ دقیقه', '۲ ساعت و ۱۳ دقیقه', '۲ روز و ۷ ساعت')
    """
    whole = int(abs(seconds))
    if whole < _MINUTE:
        return "کمتر از یک دقیقه"
    if whole < _HOUR:
        return f"{fa(whole // _MINUTE)} دقیقه"
    if whole < _DAY:
        return _pair(whole // _HOUR, "ساعت", whole % _HOUR // _MINUTE, "دقیقه")
    return _pair(whole // _DAY, "روز", whole % _DAY // _HOUR, "ساعت")


def _pair(large: int, name: str, small: int, smaller: str) -> str:
    return f"{fa(large)} {name}" + (f" و {fa(small)} {smaller}" if small else "")


def until(value: datetime | None, now: datetime) -> str:
    """Return what is left to a deadline, or how late it is.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    >>> until(now + timedelta(minutes=25), now), until(now - timedelta(hours=2), now)
    ('۲۵ دقیقه مانده', '۲ ساعت دیر شده')
    """
    if value is None:
        return "بی‌مهلت"
    left = (value - now).total_seconds()
    return f"{duration(left)} {'مانده' if left >= 0 else 'دیر شده'}"


def ago(value: datetime | None, now: datetime) -> str:
    """Return how long ago something was; after a week, its date.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    >>> ago(now - timedelta(minutes=3), now), ago(now - timedelta(seconds=5), now)
    ('۳ دقیقه پیش', 'همین حالا')
    """
    if value is None:
        return "—"
    past = now - value
    if past < timedelta(minutes=1):
        return "همین حالا"
    if past < timedelta(days=7):
        return f"{duration(past.total_seconds()).split(' و ')[0]} پیش"
    return moment(value).split("،")[0]


def urgency_of_deadline(value: datetime | None, now: datetime) -> str:
    """Return the class a deadline is painted by: late, soon (within an hour), later or none."""
    if value is None:
        return "none"
    if value <= now:
        return "late"
    return "soon" if value - now <= timedelta(hours=1) else "later"


def tone(label: str | None) -> str:
    """Return the class a polarity is painted by."""
    for end, painted in (("negative", "bad"), ("positive", "good")):
        if label is not None and label.endswith(end):
            return painted
    return "plain"


def value_of(value: str, kind: str) -> str:
    """Return a value read from a comment as a person writes it; `P3D` is «۳ روز».

    >>> value_of("P3D", "duration"), value_of("2026-11-28", "date")
    ('۳ روز', 'شنبه ۷ آذر ۱۴۰۵')
    """
    units = {"D": "روز", "W": "هفته", "M": "ماه", "Y": "سال"}
    if kind == "duration" and value.startswith("P") and value[1:-1].isdigit() and value[-1] in units:
        return f"{fa(value[1:-1])} {units[value[-1]]}"
    if kind == "duration" and value.startswith("PT") and value[2:-1].isdigit():
        return f"{fa(value[2:-1])} {'ساعت' if value[-1] == 'H' else 'دقیقه'}"
    try:
        return day(datetime.fromisoformat(value).replace(hour=12, tzinfo=TEHRAN))
    except ValueError:
        return fa(value)


def topic(id_: str) -> str:
    """Return the Persian name of a topic."""
    found = taxonomy.load().topics.get(id_)
    return id_ if found is None else found.fa


def _label(kind: str) -> Callable[[str | None], str]:
    def name(id_: str | None) -> str:
        if id_ is None:
            return "نامشخص"
        found: Mapping[str, taxonomy.Label] = getattr(taxonomy.load(), kind)
        return found[id_].fa if id_ in found else id_

    return name


def named(names: Mapping[str, str]) -> Callable[[str | None], str]:
    """Return a function that names an id in Persian, and shows an unknown id as it is."""
    return lambda id_: "—" if id_ is None else names.get(id_, id_)


FILTERS: dict[str, Callable[..., Any]] = {
    "fa": fa,
    "number": number,
    "signed": signed,
    "percent": percent,
    "day": day,
    "moment": moment,
    "duration": duration,
    "until": until,
    "ago": ago,
    "deadline": urgency_of_deadline,
    "topic": topic,
    "category": _label("categories"),
    "sentiment": _label("sentiments"),
    "urgency": _label("urgency"),
    "signal": _label("signals"),
    "priority": named(PRIORITIES),
    "status": named(STATUSES),
    "queue": named(QUEUES),
    "channel": named(CHANNELS),
    "touchpoint": named(TOUCHPOINTS),
    "factor": named(FACTORS),
    "role": named(ROLES),
    "polarity": named(POLARITIES),
    "score": named(SCORES),
    "level": named(LEVELS),
    "field": named(FIELDS),
    "abstention": named(ABSTENTIONS),
    "entity": named(ENTITIES),
    "pii": named(PII),
    "tone": tone,
    "value_of": value_of,
}
