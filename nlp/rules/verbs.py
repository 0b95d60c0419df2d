"""Verbs as customers write them: what was done, what will be done, and what somebody is asked to do.

«گفتن فردا میان» is a promise, «گفتن فردا بیا» an order to the customer, «گفت خرابه، فردا رفتم» a story:
only the verb tells them apart. All patterns are for folded text.
"""

import re
from functools import lru_cache

from nlp.spelling.folding import spelling

#: Stems of the past; the others are nouns too where no ending follows them.
_PAST = "رفت|اومد|امد|کرد|زد|گرفت|داد|خورد|اورد|فرستاد|رسوند|رساند|فهمید|شنید|فروخت|افتاد|گشت|گذاشت|موند|ماند|داشت|بود|خواست|تونست|توانست|ریخت|سوخت|ترکید|پرید|خوابید|کشید|انداخت|پرسید|پوسید|ترسید|چرخید|پیچید|وایساد|ایستاد|لرزید|چکید|گفت"
_PAST_OR_NOUN = "رسید|خرید|برگشت|برداشت|شکست|دید|نشست|برد|نوشت"
_PERSON = "(?:م|ی|یم|ید|ین|ن|ند)"
#: Behind «برگشت می‌خوره», «رسید بدن», «هر طور شده می‌فرستن» the verb of the sentence is still to come.
_LAST = r"(?!\w)(?! (?:\w+ )?(?:می|بخور|بزن|بد[نهی]|بش|کن|بفرست|بگیر))"
#: «شنبه شد دوشنبه», «شد ده روز»: a day that became another one is no deed.
_BECAME = r"(?<!(?:شنبه|جمعه|فردا|هفته|ساعت) )(?<!(?:روز|ماه) )شد(?! (?:\d|چند|یک|یه|دو|سه|چهار|پنج|ده|بیست|فردا|\w{0,5} ?ش[نم]به|جمعه))"
#: «قطع می‌شد»; «می‌خورد», «می‌دید» are also said of what will be.
_GOING_ON = r"ن?می ?(?:شد|رفت|ا?ومد|امد|کرد|زد|گرفت|داد|گفت)(?:م|ن|ند)?(?!\w)"
_DONE = rf"{_GOING_ON}|(?:{_BECAME}|شد{_PERSON}|(?:{_PAST}){_PERSON}?)(?!\w)|(?:{_PAST_OR_NOUN}){_PERSON}(?!\w)|(?:شده|(?:{_PAST})ه|{_PAST_OR_NOUN}){_LAST}|(?:شده|(?:{_PAST})ه)(?:{_PERSON}|ا(?:م|ند|ید))(?!\w)"
#: «میگن», «نمیدونن» and «میتونید» promise nothing.
_PROMISES = r"(?<!چی )(?:بر|در|باز|وا)?می ?(?!گ(?:ن|ه|ند)(?!\w)|دون|دان|تون|توان|خوا|لیون|لیارد|بین)\w{1,7}?(?:یم|(?<!ی)[ند]|ه)(?!\w)"
_SHALL = "(?:بش|ش|کن|بکن|رس|برس|برسون|بفرست|بزن|بیار|بگیر|ببر|بذار|بریز|برگرد|برگردون|باش|بشین|بخور|بپرداز|بساز|ببند|بکش|بتون)"
#: «… بیان», «… زنگ بزنن», «… واریز بشه», «… خواهد شد», «… حاضره».
_WILL = rf"{_PROMISES}|{_SHALL}(?:ه|ن|ند)(?!\w)|(?:بیا(?:د|ن|یند)|بدن|بدهند|شود|شوند|کند|گردد|گردند)(?!\w)|می ?(?:ی?ارم|فرستم|ریزم|رسونم)(?!\w)|خواه(?:د|ند|یم)(?!\w)|(?:اماده|حاضر) ?(?:ه|ن|ا?ست?)(?!\w)"
WILL = re.compile(rf"(?<!\w)(?:{_WILL})")
_ASKED = "ب(?:یا|رو|بر|گیر|زن|فرست|یار|خر|مون|نویس|پرس|ذار|کن)|کن|باش|برگرد|برگردون|وایس[ات]ا?"
_I_SHALL = "(?:ب(?:یا|ر|بر|گیر|زن|فرست|یار|خر|مون|پرس|ذار|کن|د)|کن|باش|برگرد|برگردون|وایس)"
#: What one person is asked to do: «بیا», «زنگ بزن», and as they tell it «برم», «مراجعه کنم».
ASKED_ONE = re.compile(rf"(?<!\w)(?:{_ASKED}|{_I_SHALL}[می])(?!\w)")
#: What more of them are asked, or one politely: «بیاید», «صبر کنین», and «بریم».
_ASKED_ANY = rf"(?:{_ASKED}|{_I_SHALL}(?:م|ی|یم|ید|یید|ین))(?!\w)"
ASKED = re.compile(rf"(?<!\w){_ASKED_ANY}")
#: «قرار شد برم»: what is agreed that I do.
MINE = re.compile(rf"(?<!\w)(?:{_I_SHALL}م|بریم)(?!\w)")
#: What is, will be or has to be in another way; «قرار بود» opens a promise of its own.
_ELSE = "ن?می(?!ز|لی|وه)\\w+|ن?دار(?:م|ی|ه|د|یم|ید|ین|ن|ند)(?!\\w)|خواه(?:م|ی|ید|ین)(?!\\w)|(?:قرار|قول|باید|شاید|است|نیست|هست)(?!\\w)"
#: The first verb of a clause, and whether it says what was done.
_FIRST = re.compile(rf"(?<!\w)(?:(?P<done>{_DONE})|{_WILL}|{_ELSE}|{_ASKED_ANY})")


def tells(text: str, start: int, end: int) -> bool:
    """Say whether the first verb of a stretch of folded text says what was done.

    >>> [tells(text, 0, len(text)) for text in ("دوباره قطع شد", "میاد نصب میکنه", "برگشت میخوره")]
    [True, False, False]
    """
    first = _FIRST.search(text, start, end)
    return first is not None and first["done"] is not None


#: Verbs that say what the noun before them names: «جواب دادن», «تحویل گرفتم».
_LIGHT = re.compile(
    r"(?:(?:ن?می ?|ن)?(?:کرد|داد|زد|گرفت|شد|داشت|خورد|کشید|اورد)|(?:ن?می ?|ن|ب)(?:کن|د|زن|گیر|ش|شو)|ن?دار(?!$)|کن(?!$))"
    r"(?:ه|م|ی|یم|ید|ین|ن|ند|د|ش|شون)?"
)


@lru_cache(maxsize=4096)
def is_light(word: str) -> bool:
    """Say whether a word is a verb that tells little without the noun before it: «داد», «می‌کنن», «بدین»."""
    return bool(_LIGHT.fullmatch(spelling(word)))
