"""Words that half-spaces chain to one: «دیگه‌سفارش‌نمیدم» is a sentence, «بسته‌بندی‌هاشون» is a word."""

import re
from collections.abc import Iterator
from functools import lru_cache

from nlp.spelling import vocabulary
from nlp.spelling.letters import kept_apart
from nlp.spelling.offsets import AnyDraft

HALF_SPACE = "\u200c"
PREFIXES = frozenset(("می", "نمی"))
ENDINGS = frozenset(
    "ام ات اش ای ایم اید اند ست م ت ش یم ید ند ی ها های هایی هام هات هاش هامون هاتون هاشون هایم هایت هایش "
    "هایمان هایتان هایشان تر ترین تری گر گری مون تون شون مان تان شان".split()
)
#: … and those that are only said.
_SPOKEN_ENDINGS = frozenset("ن ان این ین س ه ایه ایم مو تو شو".split())
_LETTER = r"(?:[^\W\d_]|[\u064b-\u065f\u0670ـ])"
_CHAIN = re.compile(rf"(?<!{_LETTER}){_LETTER}++(?:{HALF_SPACE}++{_LETTER}++)++")
#: Beside these a word ends: no compound has them («رو» and «هم» are in «پیاده‌رو» and «هم‌سفر»).
_ALONE = frozenset(
    "دیگه خیلی اصلا همیشه هنوز فقط لطفا واقعا متاسفانه ممنون مرسی الان که از ازتون ازشون برای بهتون بهشون شما بود نبود "
    "بودن نبودن بودم نبودم شد نشد شدم نشدم نشده نیست نیستم نیستن هستم هستن نداره ندارن ندارم نداشت میشه میکنه میکنم میکنن "
    "میده میدن نداد ندادن ندادید ندادین نکرد نکردن نکردید نکردین نرسید نرسیده نیومد نیومده عالیه خوبه افتضاحه".split()
)
_MANY = 3
_DENIED = re.compile("نمی..")


def parted(draft: AnyDraft) -> AnyDraft:
    """Return the text with spaces between words that only half-spaces hold together.

    >>> from nlp.spelling.offsets import Plain
    >>> parted(Plain("دیگه‌نمیخرم، بسته‌بندی‌هاشون هم خراب")).text == "دیگه نمیخرم، بسته‌بندی‌هاشون هم خراب"
    True
    """
    if HALF_SPACE not in draft.text:
        return draft
    return draft.spaced(_spaced)


def _spaced(text: str) -> str:
    # who writes no space at all means one by each half-space: «بسته‌بندی‌سالم.راضی‌ام»
    always = " " not in text and text.count(HALF_SPACE) >= _MANY
    return " ".join(
        [_read(piece, always=always) if HALF_SPACE in piece else piece for piece in text.split(" ")]
    )


@lru_cache(maxsize=4096)
def _read(piece: str, *, always: bool) -> str:
    return _CHAIN.sub(lambda match: _apart(match[0], always=always), piece)


def _apart(chain: str, *, always: bool) -> str:
    """Return the words of a sentence with spaces; a compound, a known word and one with an unknown part as they are."""
    known = vocabulary.words()
    if kept_apart(chain).replace(HALF_SPACE, "") in known:
        return chain
    words = list(_words(chain))
    plain = [kept_apart(word).replace(HALF_SPACE, "") for word in words]
    said = len(words) > 1 and (always or any(word in _ALONE or _DENIED.match(word) for word in plain))
    return " ".join(words) if said and all(map(known.__contains__, plain)) else chain


def _words(chain: str) -> Iterator[str]:
    """Yield the parts of a chain, each with its prefix and its endings."""
    word = ""
    for part in filter(None, chain.split(HALF_SPACE)):
        if word and kept_apart(part) not in ENDINGS | _SPOKEN_ENDINGS and kept_apart(word) not in PREFIXES:
            yield word
            word = part
        else:
            word = word + HALF_SPACE + part if word else part
    yield word
