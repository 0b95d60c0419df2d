"""What a comment says was promised, and by which day: «گفتید تا شنبه», «قول دادن فردا», «قرار شد ظرف ۳ روز»."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from operator import itemgetter

from nlp import days, patterns
from nlp.days import Day, How, Place


def expressions() -> dict[str, str]:
    """Return the regular expressions; all begin where a word does."""
    return {"frame": _frame()}


def dated(text: str, now: date | None) -> Iterator[tuple[str, Day]]:
    """Yield each day of a comment as a `promise_due`, by which something was promised, or as a `date`.

    «گفتید تا شنبه», «قول دادن فردا», «قرار شد ظرف ۳ روز». When the promise lies back («قرار بود») or the words after
    it say that its day has passed («ولی نیومد»), a weekday is the one before today; a day that was counted from
    the day of the promise («فردا», «۳ روز دیگه») is not known then, and left out.
    """
    promised = list(_promised(text, now)) if now else []
    for start, end, day in promised:
        if day is not None:
            yield "promise_due", Day(start=start, end=end, day=day)
    for named in days.named(text, now):
        if not any(start <= named.start < end for start, end, _ in promised):
            yield "date", named


def _promised(text: str, now: date) -> Iterator[Place]:
    free = 0
    for frame in patterns.openings().pattern("frame").finditer(text):
        if frame.start() < free or _KIN.search(text, max(0, frame.start() - 16), frame.start()):
            continue
        stretch_end = frame.end() + _reach(text, frame.end())
        lapsed = "بود" in frame[0] or _LAPSED.search(text, frame.end(), min(len(text), stretch_end + 60))
        how: How = "lapsed" if lapsed else "promise"
        if (before := _set_before(text, free, frame, now, how)) is not None:
            free = frame.end()
            yield before
            continue
        stretch = text[frame.end() : stretch_end]
        named = (*_latest(stretch, days.places(stretch, now, how)), *islice(days.spans(stretch, now, how), 1))
        first = min(named, key=itemgetter(0), default=None)
        at_once = frame[0].startswith(("می", "پیام", "نوشته")) and "بود" not in frame[0]
        if first is not None and (not at_once or _AT_ONCE.fullmatch(stretch, 0, first[0])):
            _, end, day = first
            free = frame.end() + end
            yield frame.start(), free, day


def _latest(text: str, named: Iterator[Place]) -> list[Place]:
    """Return the first day that is named; of «شنبه یا یکشنبه» the later one, which is in time as well."""
    first, second = next(named, None), next(named, None)
    if first and second and second[2] and text[first[1] : second[0]] in (" یا ", " تا ", " الی "):
        return [(first[0], second[1], second[2])]
    return [first] if first else []


def _set_before(text: str, free: int, frame: re.Match[str], now: date, how: How) -> Place | None:
    """Return the day that stands before its promise («تا شنبه قول دادن») and belongs to none before `free`."""
    by = _BY.search(text, max(free, frame.start() - 40), frame.start())
    is_given = by is not None and (by["by"] == "تا" or frame[0].startswith(_GIVEN))
    if by is None or not is_given or days.STRETCH.search(text, max(0, by.start() - 32), by.start("day")):
        return None
    named = (*days.places(by["day"], now, how), *days.spans(by["day"], now, how))
    of_it = (day for _, end, day in named if end == len(by["day"]) - 1)
    return next(((by.start(), frame.end(), day) for day in of_it), None)


#: What something is promised for, as far as the verb. «برای شنبه گفتن …» may tell anything of that day.
_BY = re.compile(r"(?<!\w)(?P<by>تا|برای|واسه) (?:روز )?(?P<day>(?:\w+ ){1,4})$")
_GIVEN = ("قول", "قرار", "وعده", "تعهد")


#: «میگن تا شنبه», but not «همه میگن خوبه، فردا میخرم», nor «نوشته تحویل شد جمعه».
_AT_ONCE = re.compile(r"(?: (?:که|تا|حتما|احتمالا|روز|سفارش\w*|بسته\w*|پول\w*|پیک\w*|تحویل|ارسال))* ")
#: «شوهرم گفت», «دوستم میگه»: nobody of the company.
_KIN = re.compile(
    r"(?<!\w)(?:دوست|رفیق|مادر|مامان|پدر|بابا|همسر|شوهر|خانو?م|زن|برادر|داداش|خواهر|ابجی|دختر|پسر|همکار|همسایه)(?:ا?م|ا?مون|مان) (?:هم |که |بهم )?$"
)
_LAPSED = re.compile(
    r"(?<!\w)(?:هنوز|نیومد|نیامد|نشد|نرسید|نکرد|نداد|نگرفت|نفرستاد|نیاورد|نزد|نبود|خبری|دروغ|گذشت|رد شد|شده|شد \w+ (?:ساعت|روز|هفته|ماه|سال)"
    r"|(?:الان|امروز) (?:که )?(?:\w* ?ش[نم]به|جمعه|\d|چند|یک|یه|دو|سه))"
)


def _reach(text: str, start: int) -> int:
    """Return how far a promise may stand from its day: 45 characters, and not past a sentence end."""
    stop = re.search(r"[.!?\n]", text[start : start + 45])
    return stop.start() if stop else 45


def _frame() -> str:
    """Return what begins a promise of somebody else: «گفتم» and «قول دادم» are mine, «کی گفته» asks who."""
    said = r"(?:گفت(?:ه بود)?(?:ید|ین|ن|ند|ه)?|می ?گ(?:ن|ه|ید|ین|وید|ویند)|فرمود(?:ید|ین|ن|ند)|(?:قول (?:داد|داده بود|مید)|قرار (?:بود|شد|گذاشت)|اعلام ?(?:کرد|شد)|نوشته(?: بود| شده)?|پیامک? (?:داد|اومد))\w*(?<![^ی]م)|وعده|تعهد)"
    return rf"(?<!\w)(?<!(?<!\w)کی ){said}(?!\w)(?! بودی?م(?!\w))"
