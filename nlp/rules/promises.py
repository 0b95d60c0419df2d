"""What a comment says was promised, and by which day: «گفتید تا شنبه», «قول دادن فردا», «قرار شد ظرف ۳ روز»."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Literal, NamedTuple

from nlp.rules import days, numbers, patterns, phrases, verbs
from nlp.rules.days import Day, How, Mention


def dated(text: str, now: date | None) -> Iterator[tuple[str, Day]]:
    """Yield each day of a comment as a `promise_due`, by which something was promised, or as a `date`.

    «گفتید تا شنبه», «قول دادن فردا», «قرار شد ظرف ۳ روز». When the promise lies back («قرار بود») or the words after
    it say that its day has passed («ولی نیومد»), a weekday is the one before today; a day that was counted from
    the day of the promise («فردا», «۳ روز دیگه») is not known then, and left out. A day for which the customer is
    told to do something («گفتن فردا بیا») is a date, and so is one of a story («گفت سالمه، شنبه خراب شد»).
    """
    said = list(_said(text, now)) if now else []
    for kind, mention in said:
        if mention.day is not None:
            yield kind, Day(start=mention.start, end=mention.end, day=mention.day)
    for named in days.named(text, now):
        if not any(mention.start <= named.start < mention.end for _, mention in said):
            yield "date", named


def _said(text: str, now: date) -> Iterator[tuple[str, Mention]]:
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
        behind = _behind(text, frame, stretch_end, now, how)
        use = _use(text, frame, behind.mention) if behind else "story"
        if behind is None or use == "story":
            continue
        start, free, day = behind.mention
        if _is_told_again(text, frame, behind):
            yield "promise_due", Mention(frame.start(), free, None)
        elif use == "promise":
            yield "promise_due", Mention(frame.start(), free, day)
        else:  # «گفتن ۳ روز دیگه بیا» is counted from the day of the order, which nobody knows
            yield "date", Mention(start, free, None if behind.is_counted else day)


def _is_over(text: str, frame: re.Match[str], stretch_end: int) -> bool:
    """Say whether a promise lies back, or its day is said to have passed; «اگه تا شنبه نیومد …» says neither."""
    if _IS_BACK.search(frame[0]):
        return True
    passed = _LAPSED.search(text, frame.end(), min(len(text), stretch_end + 60))
    return passed is not None and not _IF.match(text, frame.end())


_IF = re.compile(r" (?:که )?(?:اگه|اگر)(?!\w)")


def _is_told_again(text: str, frame: re.Match[str], behind: "_Behind") -> bool:
    """Say whether the day is named each time anew: from which day «هر بار میگن فردا» counts, nobody knows."""
    moves = behind.is_counted or _MOVING.match(text, behind.mention.start)
    return bool(moves and _AGAIN.search(text, max(0, frame.start() - 32), frame.start()))


_MOVING = re.compile(rf"(?:{numbers.any_of(phrases.NEAR)}|هفته|ماه)(?!\w)")
_AGAIN = re.compile(
    r"(?<!\w)(?:هر ?(?:بار|دفعه|سری|روز|وقت|موقع)|هی|همش|همه ?اش|همیشه|مدام|دایم\w?|مرتبا?)"
    r"(?: (?:هم|که|به\w{0,3}|زنگ (?:می ?زنم|زدم)|پیگیری? (?:می ?کنم|کردم)|تماس (?:می ?گیرم|گرفتم))){0,3} ?,? $"
)


class _Behind(NamedTuple):
    """The day that stands behind a frame; `is_counted` from another day: «۳ روز دیگه»."""

    mention: Mention
    is_counted: bool


def _behind(text: str, frame: re.Match[str], stretch_end: int, now: date, how: How) -> _Behind | None:
    """Return the first day that is named behind a frame and may belong to it."""
    stretch = text[frame.end() : stretch_end]
    named = _latest(stretch, days.mentions(stretch, now, how))
    counted = next(days.spans(stretch, now, how), None)
    first = min(filter(None, (named, counted)), key=attrgetter("start"), default=None)
    at_once = frame[0].startswith(("می", "پیام", "ایمیل", "اس", "نوشته")) and "بود" not in frame[0]
    if first is None or (at_once and not _AT_ONCE.fullmatch(stretch, 0, first.start)):
        return None
    return _Behind(first.moved(frame.end()), is_counted=first == counted)


def _latest(text: str, named: Iterator[Mention]) -> Mention | None:
    """Return the first day that is named; of «شنبه یا یکشنبه» and «فردا پس فردا» the later one, in time as well."""
    first, second = next(named, None), next(named, None)
    if first and second and _are_alternatives(text, first, second):
        return Mention(first.start, second.end, second.day)
    return first


def _are_alternatives(text: str, first: Mention, second: Mention) -> bool:
    between = text[first.end : second.start]
    if between in (" یا ", " تا ", " الی "):
        return second.day is not None
    are_weekdays = [bool(_WEEKDAY.fullmatch(text, each.start, each.end)) for each in (first, second)]
    is_later = first.day is None or (second.day is not None and first.day < second.day)
    has_happened = verbs.tells(text, second.end, second.end + 30)  # «گفت شنبه یکشنبه اومد»
    return between == " " and are_weekdays[0] == are_weekdays[1] and is_later and not has_happened


_WEEKDAY = re.compile(phrases.WEEKDAY)


def _use(text: str, frame: re.Match[str], named: Mention) -> Literal["promise", "order", "story"]:
    """Return what the verb of its clause makes of a day that stands behind what somebody said."""
    start, end, _ = named
    clause_end = _end(_CLAUSE, text, end)
    clause = text.rfind(",", frame.end(), start) + 1
    is_of_frame = frame[0] == "باید" or (frame[0].startswith(_GIVEN) and _GIVING.match(text, end))
    now = _IS_NOW.search(text, max(frame.end(), start - 5), clause_end)
    if (now and now.start() <= start) or (not is_of_frame and verbs.tells(text, end, clause_end)):
        return "story"
    asked = _asked(frame[0])
    if asked and (order := asked.search(text, frame.end(), clause_end)):
        waits = _WAIT.search(text, frame.end(), order.end())
        reach = (frame.end(), _end(_SENTENCE, text, end)) if waits else (end, clause_end)
        return "promise" if verbs.WILL.search(text, *reach) else "order"
    will_not = _WILL_NOT.match(text, end, clause_end) and not _UNTIL.search(text, frame.end(), end)
    if will_not or _NO_DEED.search(text, end, clause_end):
        return "order"
    if verbs.WILL.search(text, clause or frame.end(), clause_end):
        return "promise"
    is_finished = clause and (_FINISHED.search(text, frame.end(), clause) or _IS.match(text, end))
    return "story" if is_finished and text[end:clause_end].strip() else "promise"


def _asked(frame: str) -> re.Pattern[str] | None:
    """Return what the customer is asked to do where so much was said; «قول دادید زنگ بزنید» asks for nothing."""
    if frame.startswith(("قرار", "مقرر")):
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
#: «گفتن جمعه تعطیله», «تا دوشنبه مهلت داری», «تا ۱۱ شب بازه»: a day to know of.
_NO_DEED = re.compile(r"(?<!\w)(?:تعطیل|مهلت|فرصت|باز ?(?:ه|ن|ین|ید|یم|ست|است|هست\w*)(?!\w)|جا (?:دار|هست))")
#: «گفتن امروز نمیاد», «شنبه دکتر نداریم»: what will not be, but for «تا شنبه نمیاد»; «فردا جواب نمیدن» is of now.
_WILL_NOT = re.compile(
    r" (?:(?!(?:و|که|هنوز|باز|هم|جواب|پاسخ|گوشی|تلفن|خبری?|محل)(?!\w)|(?:بر|در)?می)\w+ )?(?:نمی(?!دون|دان)|ندار|نیست|نیس(?!\w))"
)
_UNTIL = re.compile(r"(?<!\w)تا(?!\w)")
#: «…، الان چهارشنبه‌ست»: what day it is.
_IS_NOW = re.compile(r"(?<!\w)(?:الان|حالا|امروز) (?:که )?(?:\w{1,5} ?)?(?:ش[نم]به|جمعه) ?(?:ست|س|است)(?!\w)")
#: «قول دادن برسونن، امشب عروسیه»: what the day is.
_IS = re.compile(r" (?!(?:نوبت|وقت|موعد|همی|صبح|شب|عصر)\w*)\w{2,}(?:ه|ست)(?!\w)")
#: «… مشکلی نیست،», «… اصله،»: what was said ends there. «باشه» and «میشه» are no end.
_FINISHED = re.compile(
    r"(?<!\w)(?:(?:نیست|هست|است|بود|شد|دار[هدن])\w{0,3}|(?!ن?می|باشه|بله|اره|هفته|بسته)\w{2,}ه(?:ست)?) ?,$"
)


def _before(text: str, free: int, frame: re.Match[str], now: date, how: How) -> Mention | None:
    """Return the day that stands before its promise and belongs to none before `free`."""
    return (
        _set_before(text, free, frame, now, how)
        or _right_before(text, free, frame, now, how)
        or _span_before(text, free, frame, now, how)
    )


def _set_before(text: str, free: int, frame: re.Match[str], now: date, how: How) -> Mention | None:
    """Return the day of «تا شنبه قول دادن»."""
    by = _BY.search(text, max(free, frame.start() - 40), frame.start())
    is_given = by is not None and (by["by"] == "تا" or frame[0].startswith(_GIVEN))
    if (
        by is None
        or not is_given
        or verbs.tells(text, *by.span("day"))
        or days.STRETCH.search(text, max(0, by.start() - 32), by.start("day"))
    ):
        return None
    named = (*days.mentions(by["day"], now, how), *days.spans(by["day"], now, how))
    of_it = (day for _, end, day in named if end == len(by["day"]) - 1)
    return next((Mention(by.start(), frame.end(), day) for day in of_it), None)


#: What something is promised for, as far as the verb. «برای شنبه گفتن …» may tell anything of that day.
_BY = re.compile(r"(?<!\w)(?P<by>تا|برای|واسه) (?:روز )?(?P<day>(?:\w+ ){1,4})$")
_GIVEN = ("قول", "قرار", "مقرر", "وعده", "تعهد", "متعهد", "باید")


def _right_before(text: str, free: int, frame: re.Match[str], now: date, how: How) -> Mention | None:
    """Return the day of «شنبه قرار بود زنگ بزنن»; of «شنبه قول دادن تا دوشنبه» it is the day when that was said."""
    if not frame[0].startswith(_DATED):
        return None
    clause = text[frame.end() : _end(_CLAUSE, text, frame.end())]
    if any(True for _ in (*days.mentions(clause, now, how), *days.spans(clause, now, how))):
        return None
    at = text.find(" ", max(free, frame.start() - 40) - 1, frame.start()) + 1 if frame.start() > 40 else free
    before = text[at : frame.start()]
    for start, end, day in days.mentions(before, now, how):
        is_past = not _IS_BACK.search(frame[0]) and _SAID_ON.search(before, start, end)
        if _LINK.fullmatch(before, end) and not is_past and not _SINCE.search(before, 0, start):
            return Mention(at + start, frame.end(), day)
    return None


#: What is dated by the word before it, unlike «شنبه گفتن …».
_DATED = ("قرار", "مقرر", "قول د", "باید")
_LINK = re.compile(r"(?: ساعت ?\d{1,2}(?::\d\d| ?و ?نیم)?(?: (?:صبح|ظهر|عصر|غروب|شب))?)? (?:که |هم )?")
#: «دیروز قول دادن» tells when they did, «دیروز قرار بود» for when.
_SAID_ON = re.compile("دیروز|دیشب|پریروز|پریشب|امروز|امشب|پیش|قبل|گذشته")
_SINCE = re.compile(r"(?<!\w)(?:از|قبل|بعد) (?:روز )?$")


def _span_before(text: str, free: int, frame: re.Match[str], now: date, how: How) -> Mention | None:
    """Return the day of «72 ساعت گفتید، …»; «دو ساعت گفتن الان میاد» only says how long they said so."""
    if not text.endswith(_UNIT_ENDS, 0, frame.start()):
        return None
    span = _span().search(text, max(free, frame.start() - 40), frame.start())
    count = numbers.value(span["count"]) if span else None
    if span is None or not count or _SINCE.search(text, max(free, span.start() - 8), span.start()):
        return None
    is_long = "کاری" in (span["working"] or "") or (span["unit"] == "ساعت" and count >= _DAY)
    if span["within"] or _ALONE.match(text, frame.end()) or (is_long and _SAYS_WHAT.match(text, frame.end())):
        return Mention(span.start(), frame.end(), days.ahead(count, span["unit"], now, how))
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
    r"(?<!\w)(?:هنوز|نیومد|نیامد|نشد|نرسید|نکرد|نداد|نگرفت|نفرستاد|نیاورد|نزد|نبود|خبری|دروغ|(?:داده|کرده) بود|گذشت|رد شد|(?<!طور )(?<!جور )شده|شد \w+ (?:ساعت|روز|هفته|ماه|سال)|(?:ساعت|روز|هفته|ماه|سال) شد(?!\w)|ولی (?:\w{0,5} ?ش[نم]به|جمعه) شد(?!\w)"
    r"|(?:الان|امروز) (?:که )?(?:\w* ?ش[نم]به|جمعه|\d|چند|یک|یه|دو|سه))"
)


def _reach(text: str, start: int) -> int:
    """Return how far a promise may stand from its day: 45 characters, and not past a sentence end."""
    stop = re.search(r"[!?\n]|\.(?!\d)", text[start : start + 45])
    return stop.start() if stop else 45
