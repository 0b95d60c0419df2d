"""What a comment says was promised, and by which day: «گفتید تا شنبه», «قول دادن فردا», «قرار شد ظرف ۳ روز»."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Literal

from nlp.rules import days, numbers, patterns, phrases, verbs
from nlp.rules.days import Day, How, Place


def dated(text: str, now: date | None) -> Iterator[tuple[str, Day]]:
    """Yield each day of a comment as a `promise_due`, by which something was promised, or as a `date`.

    «گفتید تا شنبه», «قول دادن فردا», «قرار شد ظرف ۳ روز». When the promise lies back («قرار بود») or the words after
    it say that its day has passed («ولی نیومد»), a weekday is the one before today; a day that was counted from
    the day of the promise («فردا», «۳ روز دیگه») is not known then, and left out. A day for which the customer is
    told to do something («گفتن فردا بیا») is a date, and so is one of a story («گفت سالمه، شنبه خراب شد»).
    """
    heard = list(_heard(text, now)) if now else []
    for kind, (start, end, day) in heard:
        if day is not None:
            yield kind, Day(start=start, end=end, day=day)
    for named in days.named(text, now):
        if not any(start <= named.start < end for _, (start, end, _) in heard):
            yield "date", named


def _heard(text: str, now: date) -> Iterator[tuple[str, Place]]:
    """Yield the days that belong to what somebody said, each as a `promise_due` or as the `date` of an order."""
    free = 0
    for frame in patterns.openings().pattern("frame").finditer(text):
        if frame.start() < free or _KIN.search(text, max(0, frame.start() - 16), frame.start()):
            continue
        stretch_end = frame.start("given") if frame["given"] else frame.end() + _reach(text, frame.end())
        how: How = "lapsed" if _is_over(text, frame, stretch_end) else "promise"
        if (before := _before(text, free, frame, now, how)) is not None:
            free = frame.end()
            yield "promise_due", before
            continue
        first, is_counted = _first(text, frame, stretch_end, now, how)
        use = _use(text, frame, *first[:2]) if first else "story"
        if first and use != "story":
            start, free, day = first
            kept = None if use == "order" and is_counted else day
            yield _KINDS[use], (frame.start() if use == "promise" else start, free, kept)


def _is_over(text: str, frame: re.Match[str], stretch_end: int) -> bool:
    """Say whether a promise lies back, or its day is said to have passed; «اگه تا شنبه نیومد …» says neither."""
    if _IS_BACK.search(frame[0]):
        return True
    passed = _LAPSED.search(text, frame.end(), min(len(text), stretch_end + 60))
    return passed is not None and not _IF.match(text, frame.end())


_IF = re.compile(r" (?:که )?(?:اگه|اگر)(?!\w)")
_KINDS = {"promise": "promise_due", "order": "date"}


def _first(
    text: str, frame: re.Match[str], stretch_end: int, now: date, how: How
) -> tuple[Place | None, bool]:
    """Return the first day that is named behind a frame and may belong to it, and whether it is counted: «۳ روز دیگه»."""
    stretch, at = text[frame.end() : stretch_end], frame.end()
    counted = list(islice(days.spans(stretch, now, how), 1))
    first = min(
        (*_latest(stretch, days.places(stretch, now, how)), *counted), key=itemgetter(0), default=None
    )
    at_once = frame[0].startswith(("می", "پیام", "نوشته")) and "بود" not in frame[0]
    if first is None or (at_once and not _AT_ONCE.fullmatch(stretch, 0, first[0])):
        return None, False
    return (at + first[0], at + first[1], first[2]), first in counted


def _latest(text: str, named: Iterator[Place]) -> list[Place]:
    """Return the first day that is named; of «شنبه یا یکشنبه» and «فردا پس فردا» the later one, in time as well."""
    first, second = next(named, None), next(named, None)
    if first and second and _is_either(text, first, second):
        return [(first[0], second[1], second[2])]
    return [first] if first else []


def _is_either(text: str, first: Place, second: Place) -> bool:
    between = text[first[1] : second[0]]
    if between in (" یا ", " تا ", " الی "):
        return second[2] is not None
    alike = {bool(_WEEKDAY.fullmatch(text, *place[:2])) for place in (first, second)}
    is_later = first[2] is None or (second[2] is not None and first[2] < second[2])
    is_met = verbs.tells(text, second[1], second[1] + 30)  # «گفت شنبه یکشنبه اومد»
    return between == " " and len(alike) == 1 and is_later and not is_met


_WEEKDAY = re.compile(phrases.WEEKDAY)


def _use(text: str, frame: re.Match[str], start: int, end: int) -> Literal["promise", "order", "story"]:
    """Return what the verb of its clause makes of a day that stands behind what somebody said."""
    clause_end = _end(_CLAUSE, text, end)
    clause = text.rfind(",", frame.end(), start) + 1
    is_of_frame = frame[0] == "باید" or (frame[0].startswith(_GIVEN) and _GIVING.match(text, end))
    if not is_of_frame and verbs.tells(text, end, clause_end):
        return "story"
    asked = _asked(frame[0])
    if asked and (order := asked.search(text, frame.end(), clause_end)):
        waits = _WAIT.search(text, frame.end(), order.end())
        reach = (frame.end(), _end(_SENTENCE, text, end)) if waits else (end, clause_end)
        return "promise" if verbs.WILL.search(text, *reach) else "order"
    if _NO_DEED.search(text, end, clause_end):
        return "order"
    if verbs.WILL.search(text, clause or frame.end(), clause_end):
        return "promise"
    is_finished = clause and _FINISHED.search(text, frame.end(), clause)
    return "story" if is_finished and text[end:clause_end].strip() else "promise"


def _asked(frame: str) -> re.Pattern[str] | None:
    """Return what the customer is asked to do where so much was said; «قول دادید زنگ بزنید» asks for nothing."""
    if frame.startswith("قرار"):
        return verbs.MINE
    if frame.startswith(_GIVEN):
        return None
    return verbs.ASKED_ONE if frame.endswith(("ید", "ین")) else verbs.ASKED


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


#: As far as one verb reaches; «ولی» and another promise begin anew.
_CLAUSE = re.compile(r"(?:(?! (?:ولی|اما|قرار|قول)(?!\w))[^.!?,;\n]){0,60}")
_SENTENCE = re.compile(r"(?:(?! (?:ولی|اما)(?!\w))[^.!?\n]){0,60}")
#: «وعده شنبه دادن»: the verb of the frame itself.
_GIVING = re.compile(r" (?:(?:رو|را|هم|بهم|بهمون) )?(?:داد|کرد|گذاشت|بود|شد)")
#: «صبر کنید، درست میشه»: who has to wait waits for what is promised.
_WAIT = re.compile(r"(?<!\w)(?:صبر|منتظر|تحمل|صبور|وایس)")
#: «گفتن جمعه تعطیله», «تا دوشنبه مهلت داری»: a day to know of.
_NO_DEED = re.compile(r"(?<!\w)(?:تعطیل|مهلت|فرصت)")
#: «… مشکلی نیست،», «… اصله،»: what was said ends there. «باشه» and «میشه» are no end.
_FINISHED = re.compile(
    r"(?<!\w)(?:(?:نیست|هست|است|بود|شد|دار[هدن])\w{0,3}|(?!ن?می|باشه|بله|اره|هفته|بسته)\w{2,}ه(?:ست)?) ?,$"
)


def _before(text: str, free: int, frame: re.Match[str], now: date, how: How) -> Place | None:
    """Return the day that stands before its promise and belongs to none before `free`."""
    return (
        _set_before(text, free, frame, now, how)
        or _right_before(text, free, frame, now, how)
        or _span_before(text, free, frame, now, how)
    )


def _set_before(text: str, free: int, frame: re.Match[str], now: date, how: How) -> Place | None:
    """Return the day of «تا شنبه قول دادن»."""
    by = _BY.search(text, max(free, frame.start() - 40), frame.start())
    is_given = by is not None and (by["by"] == "تا" or frame[0].startswith(_GIVEN))
    if by is None or not is_given or days.STRETCH.search(text, max(0, by.start() - 32), by.start("day")):
        return None
    named = (*days.places(by["day"], now, how), *days.spans(by["day"], now, how))
    of_it = (day for _, end, day in named if end == len(by["day"]) - 1)
    return next(((by.start(), frame.end(), day) for day in of_it), None)


#: What something is promised for, as far as the verb. «برای شنبه گفتن …» may tell anything of that day.
_BY = re.compile(r"(?<!\w)(?P<by>تا|برای|واسه) (?:روز )?(?P<day>(?:\w+ ){1,4})$")
_GIVEN = ("قول", "قرار", "وعده", "تعهد", "باید")


def _right_before(text: str, free: int, frame: re.Match[str], now: date, how: How) -> Place | None:
    """Return the day of «شنبه قرار بود زنگ بزنن»; of «شنبه قول دادن تا دوشنبه» it is the day when that was said."""
    if not frame[0].startswith(_DATED):
        return None
    clause = text[frame.end() : _end(_CLAUSE, text, frame.end())]
    if any(True for _ in (*days.places(clause, now, how), *days.spans(clause, now, how))):
        return None
    at = text.find(" ", max(free, frame.start() - 40) - 1, frame.start()) + 1 if frame.start() > 40 else free
    before = text[at : frame.start()]
    for start, end, day in days.places(before, now, how):
        is_past = not _IS_BACK.search(frame[0]) and _SAID_ON.search(before, start, end)
        if _LINK.fullmatch(before, end) and not is_past and not _SINCE.search(before, 0, start):
            return at + start, frame.end(), day
    return None


#: What is dated by the word before it, unlike «شنبه گفتن …».
_DATED = ("قرار", "قول د", "باید")
_LINK = re.compile(r"(?: ساعت ?\d{1,2}(?::\d\d| ?و ?نیم)?(?: (?:صبح|ظهر|عصر|غروب|شب))?)? (?:که |هم )?")
#: «دیروز قول دادن» tells when they did, «دیروز قرار بود» for when.
_SAID_ON = re.compile("دیروز|دیشب|پریروز|پریشب|امروز|امشب|پیش|قبل|گذشته")
_SINCE = re.compile(r"(?<!\w)(?:از|قبل|بعد) (?:روز )?$")


def _span_before(text: str, free: int, frame: re.Match[str], now: date, how: How) -> Place | None:
    """Return the day of «72 ساعت گفتید، …»; «دو ساعت گفتن الان میاد» only says how long they said so."""
    if not text.endswith(_UNIT_ENDS, 0, frame.start()):
        return None
    span = _span().search(text, max(free, frame.start() - 40), frame.start())
    count = numbers.value(span["count"]) if span else None
    if span is None or not count or _SINCE.search(text, max(free, span.start() - 8), span.start()):
        return None
    is_long = "کاری" in (span["working"] or "") or (span["unit"] == "ساعت" and count >= _DAY)
    if span["within"] or _ALONE.match(text, frame.end()) or (is_long and _SAYS_WHAT.match(text, frame.end())):
        return span.start(), frame.end(), days.ahead(count, span["unit"], now, how)
    return None


@cache
def _span() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?P<within>(?:تا|ظرف|طی|عرض|حداکثر|نهایتا) )?(?P<count>{numbers.pattern(scaled=False)}) ?"
        rf"(?P<unit>{'|'.join(phrases.UNITS)})(?P<working>ه|ی? کاری)? $"
    )


_DAY = 24  # hours
_UNIT_ENDS = ("کاری ", *(f"{unit} " for unit in phrases.UNITS), "ساعته ")
_ALONE = re.compile(r" ?(?:[,.;!?\n]|$)| (?:ولی|اما|شد|نشد)(?!\w)")
_SAYS_WHAT = re.compile(rf" (?:(?!(?:الان|صبر|باید|منتظر)(?!\w))\w+ ){{0,4}}?{verbs.WILL.pattern}")


#: «میگن تا شنبه», but not «همه میگن خوبه، فردا میخرم», nor «نوشته تحویل شد جمعه».
_AT_ONCE = re.compile(r"(?: (?:که|تا|حتما|احتمالا|روز|سفارش\w*|بسته\w*|پول\w*|پیک\w*|تحویل|ارسال))* ")
#: «شوهرم گفت», «دوستم میگه»: nobody of the company.
_KIN = re.compile(
    r"(?<!\w)(?:دوست|رفیق|مادر|مامان|پدر|بابا|همسر|شوهر|خانو?م|زن|برادر|داداش|خواهر|ابجی|دختر|پسر|همکار|همسایه)(?:ا?م|ا?مون|مان) (?:هم |که |بهم )?$"
)
#: «قرار بود», «باید … می‌شد»: a promise of the past.
_IS_BACK = re.compile("بود|باید")
_LAPSED = re.compile(
    r"(?<!\w)(?:هنوز|نیومد|نیامد|نشد|نرسید|نکرد|نداد|نگرفت|نفرستاد|نیاورد|نزد|نبود|خبری|دروغ|(?:داده|کرده) بود|گذشت|رد شد|(?<!طور )(?<!جور )شده|شد \w+ (?:ساعت|روز|هفته|ماه|سال)"
    r"|(?:الان|امروز) (?:که )?(?:\w* ?ش[نم]به|جمعه|\d|چند|یک|یه|دو|سه))"
)


def _reach(text: str, start: int) -> int:
    """Return how far a promise may stand from its day: 45 characters, and not past a sentence end."""
    stop = re.search(r"[.!?\n]", text[start : start + 45])
    return stop.start() if stop else 45
