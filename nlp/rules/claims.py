"""What a clause really claims: said of here and now, or denied, solved, imagined, quoted, of others, polite, ironic.

Persian denies with the verb («شکایتی ندارم»، «نمی‌خوام شکایت کنم»), closes a story with a solution («حل شد»،
«پولم برگشت») and imagines with «اگه» and a question. What others tell, what happened elsewhere («یه هتل دیگه») or long ago
(«پارسال») is not asked of this company. Only what is claimed may raise urgency.
"""

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from nlp.rules import cuefile, cues, judging
from nlp.rules.openings import MOST_TEXTS, readable
from nlp.rules.ranges import Ranges
from nlp.spelling.folding import spelling

_SENTENCE_END = re.compile(r"[.!?;\n]+")
_COMMA = re.compile(r",")
_QUESTION = re.compile(r"\?(?:[.!;\n]*\?)*")
_WORD = re.compile(r"\w+")
#: Words that make a piece between commas a statement, and that do when they judge: fewer are an item of a list.
_ENOUGH_WORDS, _JUDGED_WORDS = 3, 2


@dataclass(frozen=True, slots=True)
class Claims:
    """A folded comment with the ranges that carry each flag."""

    text: str
    ranges: dict[str, Ranges]
    solved_at: int | None  # where the last solution ends; a cue before that is past

    def flags(self, start: int, end: int, *, stated: bool = False) -> frozenset[str]:
        """Return the flags of what stands at a range of the text; see `denied` for what is `stated`."""
        found = {flag for flag, ranges in self.ranges.items() if ranges.cover(start)}
        if "hearsay" in self.ranges and self.ranges["hearsay"].begin_within(start, end):
            found.add("hearsay")  # «تو اینستاگرام نوشته بودن …»: its «تو» is no part of the telling
        if self.solved_at is not None and end <= self.solved_at:
            found.add("solved")
        if self.denied(start, end, stated=stated):
            found.add("negated")
        return frozenset(found)

    def denied(self, start: int, end: int, *, stated: bool = False) -> bool:
        """Say whether the verb of a cue is negative, or a «بدون», «هیچ», «نه» stands before it.

        A cue that ends in a verb has said its own, and so, unless one follows at once («شکسته نبود»), has what is
        `stated` («گرونه»); else its verb is the first that follows in its clause.
        """
        before = max(0, start - _BARE_REACH)
        is_denied = bool(_BARE.search(self.text, before, start))
        if not is_denied and not _ends_in_verb(self.text, end):
            border = border_behind(self.text, end - 1)
            is_denied = bool((_denial_at_once() if stated else _denial()).match(self.text, end, border))
        if not is_denied or _unmatched(self.text, start, end):
            return False
        return not _EXCEPTED.search(self.text, before, start)


@lru_cache(maxsize=MOST_TEXTS)  # asked for features, then for urgency
def read(text: str) -> Claims:
    """Return what a folded text claims."""
    text = readable(text)
    ranges = {
        "hypothetical": tuple(_imagined(text)),
        "question": tuple(_asked(text)),
        "quoted": tuple(match.span() for match in cues.marker("quote").finditer(text)),
        "negated": tuple(_neither(text)),
        **{flag: tuple(_ranges(text, flag)) for flag in _RANGING},
    }
    return Claims(
        text=text,
        ranges={flag: Ranges(found) for flag, found in ranges.items() if found},
        solved_at=_solved_at(text),
    )


#: Flags that a marker of their name begins.
_RANGING = ("hearsay", "elsewhere", "bygone", "never", "loyal", "disclaimed")


@lru_cache(maxsize=MOST_TEXTS)
def borders(text: str) -> tuple[int, ...]:
    """Return where clauses begin: after sentence ends, at contrasts, at commas between whole statements."""
    found = {end for _, end in sentence_ends(text)} | set(turns(text))
    hard = sorted({0, len(text), *found})
    for low, high in itertools.pairwise(hard):
        found |= set(_commas(text, low, high))
    return tuple(sorted({0, len(text), *found}))


@lru_cache(maxsize=MOST_TEXTS)  # asked for borders, then for the sides of the contrast
def turns(text: str) -> tuple[int, ...]:
    """Return where contrasts turn: at their word, or at what is set off before it («…، پیک اما بی‌ادب بود»)."""
    return tuple(sorted(_set_off(text, match.start()) for match in cues.marker("contrast").finditer(text)))


def _set_off(text: str, place: int) -> int:
    """Return where the subject begins that stands before its contrast word; the place of the word without one.

    «سریع ولی گرون» sets off nothing: what is judged, or ends in a verb, stands for itself.
    """
    found = _SUBJECT.search(text, max(0, place - 30), place) if text.startswith(_POSTPOSED, place) else None
    if not found or _verb().fullmatch(found["last"]):
        return place
    return place if judging.judges(text, found.start("all"), place) else found.start("all")


_POSTPOSED = ("ولی", "اما")
_SUBJECT = re.compile(r"[,.!?;\n]\s*(?P<all>(?:\w+ )?(?P<last>\w+) )$")


def _commas(text: str, low: int, high: int) -> Iterator[int]:
    start = low
    for match in _COMMA.finditer(text, low, high):
        if _states(text, start, match.start()) and _states(text, match.end(), high):
            yield match.end()
            start = match.end()


def _states(text: str, low: int, high: int) -> bool:
    """Say whether a piece between commas is a statement («پذیرش بداخلاق») and no item of a list."""
    words = _count_words(text, low, high, _ENOUGH_WORDS)
    return words >= _ENOUGH_WORDS or (words == _JUDGED_WORDS and judging.judges(text, low, high))


def _count_words(text: str, low: int, high: int, most: int) -> int:
    """Count the words of a range as far as they matter."""
    return sum(1 for _ in itertools.islice(_WORD.finditer(text, low, high), most))


def border_behind(text: str, place: int) -> int:
    """Return where the clause of a place ends."""
    found = borders(text)
    behind = bisect_right(found, place)
    return found[behind] if behind < len(found) else len(text)


def _border_before(text: str, place: int) -> int:
    """Return where the clause of a place begins."""
    found = borders(text)
    return found[bisect_right(found, place) - 1]


@lru_cache(maxsize=16)  # asked for each marker of a text in turn
def sentence_ends(text: str) -> tuple[tuple[int, int], ...]:
    """Return the marks that end the sentences of a text."""
    return tuple(match.span() for match in _SENTENCE_END.finditer(text))


def _sentence(text: str, place: int) -> tuple[int, int]:
    """Return the sentence around a place, its closing mark included."""
    marks = sentence_ends(text)
    before = bisect_right(marks, place, key=lambda mark: mark[1])
    return (marks[before - 1][1] if before else 0), (marks[before][1] if before < len(marks) else len(text))


def _imagined(text: str) -> Iterator[tuple[int, int]]:
    """Yield what stands under «اگه»: its clause, and the whole sentence when that asks."""
    markers = list(cues.marker("hypothetical").finditer(text))
    if not markers:
        return  # as in most texts, which need not be looked through for reasons
    whys, asked = (_spans(each, text) for each in (_WHY, _ASKED_FOR))
    for match in markers:
        if _WISH.search(text, max(0, match.start() - 5), match.start()) or _ASIDE.match(text, match.start()):
            continue
        _, end = _sentence(text, match.start())
        if "?" not in text[match.start() : end]:
            end = min(end, border_behind(text, match.end()))
        if why := _first(whys, match.end(), end):
            end = why[0]
        elif match[0].startswith("اگ") and (deed := _first(asked, match.end(), end)):
            end = deed[1]
        yield match.start(), end


@lru_cache(maxsize=16)  # once for a text, in which a marker may come a thousand times
def _spans(pattern: re.Pattern[str], text: str) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in pattern.finditer(text))


def _first(spans: Sequence[tuple[int, int]], low: int, high: int) -> tuple[int, int] | None:
    """Return the first of some ordered spans that lies between two places."""
    found = bisect_left(spans, low, key=lambda span: span[0])
    return spans[found] if found < len(spans) and spans[found][1] <= high else None


#: «اگه میشه», «شاید باورتون نشه»: asks or swears, and imagines nothing.
_ASIDE = re.compile(
    r"(?:اگ[هر] ?(?:میشه|می ?شود|ممکنه|ممکن است|امکان(?:ش|شو)? ?(?:داره|هست|دارد|داشت)|(?:لطف|محبت) (?:کنید|کنین|بفرمایید)"
    r"|زحمت(?:ی|تون)? ?(?:نیست|نمیشه|نباشه)|اشتباه نکنم|درست یادم باشه|دقت (?:کنید|کنین)|یادتون (?:باشه|هست)|راستش)"
    r"|شاید باور(?:تون)? (?:نشه|نکنید|نکنین)|ممکن(?:ه| است) (?:لطفا|خواهش|پیگیری|بررسی|رسیدگی|راهنمایی|بگید|بفرمایید))(?!\w)"
)
_ASKED_FOR = re.compile(r"(?<!\w)(?:کنید|کنین|بدید|بدین|بفرمایید|فرمایید|برگردونید|برگردونین|بفرستید)(?!\w)")
_WHY = re.compile(r"(?<!\w)(?:چون|زیرا)(?!\w)")
#: «دستتون درد نکنه» thanks; a «نکنه» of its own fears that something is so.
_WISH = re.compile(r"درد[ \n]$")


def _asked(text: str) -> Iterator[tuple[int, int]]:
    """Yield sentences that ask about a possibility; «چرا» and «کی» ask about a fact and stay out."""
    for match in _QUESTION.finditer(text):
        start, _ = _sentence(text, match.start())
        if _POSSIBLE.search(text, start, match.end()):
            yield start, match.end()


_POSSIBLE = re.compile(
    r"(?<!\w)(?:ایا|میشه|ممکنه|امکان|میتونم|میتونید|میتونین|میدین|میدید|اگه|اگر|چطور|چطوری|چجوری|چگونه|کسی|هست)(?!\w)"
)


def _neither(text: str) -> Iterator[tuple[int, int]]:
    """Yield what «نه … نه …» denies: each part as far as its verb. A single «نه» answers, or counts nine."""
    if len(_NOR.findall(text)) < 2:
        return  # as in nearly every text
    ends = (end for _, end in sentence_ends(text))
    for low, high in itertools.pairwise([0, *ends, len(text)]):
        parts = [match.span() for match in _NOR.finditer(text, low, high)]
        if len(parts) < 2:
            continue
        for (_, start), (end, _) in itertools.pairwise([*parts, (high, high)]):
            verbs = (word.end() for word in _WORD.finditer(text, start, end) if _verb().fullmatch(word[0]))
            yield start, next(verbs, end)


#: «نه تنها … بلکه …» denies nothing.
_NOR = re.compile(r"(?<!\w)نه (?!تنها(?!\w)|فقط(?!\w))")


def _ranges(text: str, marker: str) -> Iterator[tuple[int, int]]:
    """Yield what a marker colours: from where it stands to the end of its clause, or to what is said of «اینجا».

    Where and when something happened («تو هتل قبلی», «پارسال») is said of the whole clause, but for what lasts.
    """
    for match in cues.marker(marker).finditer(text):
        start, end = match.start(), border_behind(text, match.end())
        if marker == "elsewhere":
            here = _first(_spans(_HERE, text), match.end(), end)
            end = here[0] if here else end
            if _PLACED.search(text, max(0, start - 5), start):
                start = _border_before(text, start)
        elif marker == "bygone":
            if _first(_spans(_LASTING, text), start, _sentence(text, start)[1]):
                continue
            start = _since(text, match, end)
        yield start, end


_HERE = re.compile(r"(?<!\w)(?:اینجا|شما|این یکی)(?!\w)")
_PLACED = re.compile(r"(?<!\w)(?:تو|توی|در) $")
#: «پارسال خریدم، هنوز پولم رو ندادن» is of today.
_LASTING = re.compile(r"(?<!\w)(?:هنوز|تا (?:الان|حالا|امروز))(?!\w)")


def _since(text: str, match: re.Match[str], end: int) -> int:
    """Return where what happened long ago begins: with its clause when the time stands behind its subject or ends it."""
    begin = _border_before(text, match.start())
    early = _count_words(text, begin, match.start(), _SUBJECT_WORDS + 1) <= _SUBJECT_WORDS
    last = not _WORD.search(text, match.end(), end) and not _COUNTED_YEARS.search(match[0])
    return begin if early or last else match.start()


_SUBJECT_WORDS = 2
#: «سود دو سال گذشته» is no time at which something happened.
_COUNTED_YEARS = re.compile(r"سال ")


def _solved_at(text: str) -> int | None:
    """Return where the last solution ends, None without one or when the story goes on badly after it."""
    found = list(cues.marker("solved").finditer(text))
    if not found:
        return None
    last = found[-1]
    if last[0].startswith("پیدا") and any(_is_found(hit, last) for hit in cues.find(text)):
        return None
    if _NEITHER.search(text, 0, last.start()) or cues.marker("unsolved").search(
        text, max(0, last.start() - 20)
    ):
        return None
    return last.end()


def _is_found(hit: cues.Hit, told: re.Match[str]) -> bool:
    """Say whether words are no solution, but how something came to light that should not be there: «سوسک پیدا شد»."""
    return hit.rule.name == "foreign_body" and hit.start < told.end() and told.start() <= hit.end + 1


#: «نه پول برگشت»: what follows did not happen.
_NEITHER = re.compile(r"(?<!\w)نه (?:\w+ ){0,2}$")


def _ends_in_verb(text: str, end: int) -> bool:
    """Say whether the word that ends at a place, or goes on behind it, is a verb."""
    rest = _WORD_END.match(text, end)
    behind = rest.end() if rest else end
    last = _LAST_WORD.search(text, max(0, behind - _LONGEST_WORD), behind)
    return bool(last and (_verb().fullmatch(last.group()) or _COPULA.fullmatch(last.group())))


_BARE = re.compile(
    r"(?<!\w)(?:بدون|بی|غیر|ضد|عدم|جلوگیری از|پیشگیری از|مقابله با|مبارزه با|در برابر|از ترس|هشدار|هیچ ?گونه|نه) ?(?:هیچ ?)?(?:گونه ?)?(?:مشکل ?|یه ?|اینکه ?|کوچک ?ترین ?|کمترین ?)?$"
    r"|(?<!\w)بدون \w+ و $"  # «بدون درد و خونریزی»
)
_BARE_REACH = 24


def _unmatched(text: str, start: int, end: int) -> bool:
    """Say whether nothing is more so («بدتر از این ندیدم», «به این خوبی ندیدم»), or less was hoped for."""
    than = _THAN.search(text, max(0, start - 12), start)
    as_much = _AS.search(text, max(0, start - 30), start)
    hoped = _HOPED.search(text, max(0, start - 40), start)
    return bool(
        _MORE_THAN.match(text, end)
        or (than and _MORE.match(text, end))
        or (as_much and _SO.match(text, end))
        or (hoped and _NOT_HOPED.match(text, end))
    )


#: «جز دردسر چیزی ندیدم»: what alone is left is claimed.
_EXCEPTED = re.compile(r"(?<!\w)(?:(?:به ?)?جز|به غیر|غیر از) (?:از )?(?:\w+ (?:و )?){0,2}$")
_THAN = re.compile(r"(?<!\w)از ?ا?ین\w* $")
_NEVER_SEEN = r"(?:\w+ ){0,2}ن(?:می|دید|بود|یست|شنید|دا|خورد)"
_MORE = re.compile(rf"(?:\w* ?تر|(?<=تر)) {_NEVER_SEEN}")
_MORE_THAN = re.compile(rf"(?:\w* ?تر|(?<=تر)) ?از ?ا?ین\w* {_NEVER_SEEN}")
#: «به این خوبی», as far as its ending.
_AS = re.compile(r"(?<!\w)(?:به ?(?:این|همین) |(?:همچین|چنین|این ?قدر|انقدر) (?:\w+ ){0,3})$")
_SO = re.compile(rf"(?: ?\w+)?(?:ی|(?<=ی)) {_NEVER_SEEN}")
#: «انتظار این همه تاخیر نداشتم»: it came.
_HOPED = re.compile(r"(?<!\w)(?:انتظار|توقع) [^.!?\n]{0,30}$")
_NOT_HOPED = re.compile(r"\w* (?:\w+ ){0,2}(?:نداشت(?:م|یم)|نمی ?رفت)(?!\w)(?! باش)")


_WORD_END, _LAST_WORD = re.compile(r"\w*"), re.compile(r"(?<!\w)\w++$")
_LONGEST_WORD = 64  # letters: what is longer is no verb, and each cue behind it would look through all of it
#: «فرداست», «شنبه‌ست»: a day that carries its verb.
_COPULA = re.compile(r"\w*(?:فرداس|امشبه|شنبه(?:ه|س)|جمعه(?:ه|س)|هفتهس)ت?")


@cache
def _verb() -> re.Pattern[str]:
    return cuefile.shorthand(["{posverb}", "{negverb}"], "verb")


@lru_cache(maxsize=4096)
def denies(word: str) -> bool:
    """Say whether a word is a negative verb."""
    return bool(_negative_verb().fullmatch(spelling(word)))


@cache
def _negative_verb() -> re.Pattern[str]:
    return cuefile.shorthand(["{negverb}"], "negative verb")


@cache
def _denial() -> re.Pattern[str]:
    words = {"no": "{negverb}", "yes": "{posverb}"}
    pattern = r"\w* ?(?!(?:رو|را)_(?!ندار)){emphatic}(?:(?!(?:{yes}|{no}|و|ولی|اما|که|چون|حتی|قابل|حیف|متاسفانه|ادامه)(?!\w)|اصلا_(?!{no}|{pronoun}|هم_)|{idle})[^\W\d]+[\s,]{{1,2}}){{0,3}}(?!{idle})(?:{no})(?!\w)".format(
        **words, idle=_IDLE, emphatic=_EMPHATIC.format(**words), pronoun=_PRONOUN
    )
    return cuefile.shorthand([pattern], "denial")


@cache
def _denial_at_once() -> re.Pattern[str]:
    return cuefile.shorthand([r"\w* ?(?:هم )?(?:نیس|نبود|نباش|نشد)\w*"], "denial at once")


#: «مشکلی اصلا باهاش نداشتم» denies, «خیلی کثیف اصلا تهویه نداره» does not.
_PRONOUN = "(?:باها|از|بر[اای]|به|در|تو)(?:ش|شون|م|مون)(?!\\w)"
#: «مسموم که نشدیم» denies, «قرار شد پس بدن که ندادن» does not.
_EMPHATIC = r"(?:(?<!بده_)(?<!بدن_)(?<!کنه_)(?<!کنن_)(?<!بشه_)که_(?=(?:{no})))?"
#: Negative verbs that deny nothing of what stands before them: «دستتون درد نکنه», «نمی‌دونم چرا», «قطعه نمی‌تونم وارد بشم»;
#: and what is not solved is still there: «مشکلم حل نشد».
_IDLE = (
    "(?:درد_نکن|خسته_نباش|(?:باور|فکر)(?:م|مون|ش|شو|شم)?_ن|شک_ن|(?:حرف|نظیر|رو_?دست|کم)_ن(?:دا|ذاشت|گذاشت)|(?:معلوم|مشخص)_ن|(?:نگران|ناراحت)_ن|نمی_?دون"
    "|(?:نمی_?تون|نتونست)(?:م|یم)(?!…<(?:بگیر|بذار|بزار|پیدا|بگ))"
    "|(?:توصیه|پیشنهاد|دوست|لب|گیر|نصب|اجرا|به?_?درد)_ن|(?:وارد|باز)_ن(?:می|شد)"
    "|(?:حل|برطرف|رفع|رسیدگی|بررسی|پیگیری|جبران|اصلاح|درست)_ن(?:شد|کرد|می_?ش|می_?کن|ش(?:ه|ود)>))"
)
