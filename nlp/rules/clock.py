"""Minutes of the clock, which look like a duration: «هشت و بیست دقیقه», «پنج دقیقه مونده به ده»."""

import re
from functools import cache

from nlp.rules import numbers

_MINUTES = ("دقیقه", "دیقه", "دقه", "دقیق", "دیق")
_NOON = 12


def tells_time(match: re.Match[str], text: str) -> bool:
    """Say whether a find of the pattern `duration` tells the time: «یه ربع به پنج», «ساعت هشت و بیست دقیقه»."""
    if not match["quarter"] and match["unit"] not in _MINUTES:
        return False
    if _from_hour().search(text, max(0, match.start() - 16), match.end()) or _to_hour().match(
        text, match.end()
    ):
        return True
    # «نوبتم نه بود، نه و پنج دقیقه صدام کردن»; «بین پنج و ده دقیقه» is how long
    is_between = text.endswith("بین ", 0, match.start())
    return _hour_itself().match(text, match.start()) is not None and not is_between


def _hours() -> str:
    return numbers.any_of(word for word in numbers.words() if 1 < (numbers.value(word) or 0) <= _NOON)


@cache
def _from_hour() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)ساعت ?(?:\d{{1,2}}|یک|{_hours()}) ?و(?!\w)")


@cache
def _hour_itself() -> re.Pattern[str]:
    return re.compile(rf"(?:\d{{1,2}}|{_hours()}) ?و (?!نیم|ربع)")


@cache
def _to_hour() -> re.Pattern[str]:
    """Return what makes minutes those before an hour; «ده دقیقه به دو نفر …» is none."""
    counted = f"نفر|تا(?!\\w)|بار|عدد|دفعه|مورد|جا(?!\\w)|شماره|چیز|کارشناس|اپراتور|همکار|هزار|می?لیون|{numbers.TIMES}|{numbers.MONEY}"
    alone = r"(?:یک|1)(?= ?(?:[.,!?\n]|$)| (?:ظهر|شب|صبح|بعد|نصف|نیمه|رسید|اومد|امد|بود|شد))"
    return re.compile(
        rf" (?:(?:مونده|مانده|قبل|به) )?به (?:ساعت )?(?:{alone}|(?:{_hours()}|[2-9]|1[0-2])(?!\w|[.:,]\d)(?! ?(?:{counted})))"
    )
