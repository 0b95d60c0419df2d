"""The view of a comment for those who may not see personal data: masked text, and tags that point into it."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain, count, pairwise
from typing import Any

from nlp import pii
from nlp.rules.ranges import Ranges
from nlp.spelling.folding import spelling
from nlp.tags import Pii
from service.jalali import persian

TagsJson = dict[str, Any]
_LABEL = re.compile("|".join(map(re.escape, pii.LABELS.values())))
#: What stands in a quotation where personal data was, and what makes a piece of such data tell something by itself.
_HIDDEN = "…"
_HIDDEN_RUN = re.compile(rf"{_HIDDEN}(?:\s*{_HIDDEN})+")
_TELLING = re.compile(r"[\d@]")
#: A mobile that stands alone without its zero: spreadsheets drop it.
_BARE_MOBILE = re.compile(r"\A\s*([9۹٩]\d{9})\s*\Z")


#: What stands where a customer was called by their name.
NAME = "[نام]"
#: What people leave out of names, or put in: «علیرضا», «علی‌رضا» and «علی رضا» is one.
_GAP = "[ \u200c]?"
#: Letters that Arabic and Persian keyboards write for each other, in names too.
_ALIKE = {letter: f"[{letters}]" for letters in ("اآأإٱ", "یيىئ", "کك", "هةۀ", "وؤ") for letter in letters}
#: What a name may hold beside names, and what it is where nobody gave one: by themselves they tell of nobody.
_TITLES = frozenset(
    spelling(
        "آقا آقای خانم خانوم جناب سرکار دکتر مهندس استاد سید سیده حاج حاجی مشتری کاربر مهمان ناشناس گرامی عزیز شرکت فروشگاه"
    ).split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A stretch of the original and the stretch of the masked text that stands for it."""

    start: int
    end: int
    at: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A text without personal data, with its tags."""

    text: str
    tags: TagsJson


def mask(original: str, tags: Mapping[str, Any]) -> Masked:
    """Return the text with labels such as «[موبایل]» for personal data, and the tags moved to the new places.

    A span that touches personal data grows over the whole label, so that `text == masked[start:end]` holds and
    no digit of it is left. Entities read out of personal data are dropped.
    """
    found = _found(tags)
    if not found:
        return Masked(text=original, tags=dict(tags))
    text, cuts = _cut(original, found)
    urgency = _urgency(tags["urgency"], original, found)
    return Masked(text=text, tags=_carried(tags, cuts, text) | {"urgency": urgency})


def restored(original: str, masked: str, tags: Mapping[str, Any], read: Mapping[str, Any]) -> TagsJson:
    """Return the tags of a masked text with their places in the original, which somebody sent again.

    `read` are the tags of the original as it is read now: they say where its personal data is, and stand in for the
    others when that is no longer what was masked.
    """
    text, cuts = _cut(original, _found(read))
    if text != masked:
        return dict(read)
    return _carried(
        tags, [_Cut(start=cut.at, end=cut.until, at=cut.start, until=cut.end) for cut in cuts], original
    )


def named(value: Any) -> Any:
    """Return a single value, such as who a customer is or what a branch is called, with labels for personal data.

    A number is looked at as it is written; one that tells of nobody stays a number.

    >>> named("شعبهٔ 09120000000"), named(9120000000), named(12), named("ونک")
    ('شعبهٔ [موبایل]', '[موبایل]', 12, 'ونک')
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
        written = str(int(value))
    elif isinstance(value, str):
        written = value
    else:  # the digits of a measure are nobody's number
        return value
    dialled = _BARE_MOBILE.sub(r"0\1", written)
    hidden = pii.mask(dialled)
    return value if hidden == dialled else hidden


def named_each(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands beside a comment with labels for personal data; names that become the same are numbered.

    A name without such data is kept as it is.

    >>> named_each({"09120000000": "کار", "09350000000": "خانه", "شهر": "یزد"})
    {'[موبایل]': 'کار', '[موبایل] ۲': 'خانه', 'شهر': 'یزد'}
    """
    taken = {name for name in metadata if named(name) == name}
    told: dict[str, Any] = {}
    for name, value in metadata.items():
        label = name if name in taken else _free(named(name), taken | told.keys())
        told[label] = named(value)
    return told


def _free(label: str, taken: AbstractSet[str]) -> str:
    """Return a label, or the first one of its numbers that is not taken."""
    numbers = (f"{label} {persian(number)}" for number in count(2))
    return next(each for each in chain([label], numbers) if each not in taken)


def unnamed(text: str, name: str | None) -> str:
    """Return words without the name of somebody who is known, be it whole or one part of it, however it is spelled.

    Titles stay, and so do parts of one or two letters, which are words of their own more often than somebody.

    >>> unnamed("سارا احمدي عزیز، سلام. خانم احمدی گفت …", "سارا احمدی")
    '[نام] عزیز، سلام. خانم [نام] گفت …'
    >>> unnamed("علیرضا رو دیدم، محمد مهدیو نه", "علی‌رضا محمدمهدی")
    '[نام] رو دیدم، [نام] نه'
    """
    words = re.findall(r"[^\W_]+", name or "")
    parts = [word for word in words if len(word) > 2 and word.isalpha() and spelling(word) not in _TITLES]
    if not parts and (len("".join(words)) < 2 or set(map(spelling, words)) <= _TITLES):
        return text
    whole = r"[\W_]{0,3}".join(map(_spelled, words))
    near = [(one, other) for one, other in pairwise(words) if {one, other} & set(parts)]
    pairs = [one + other for one, other in near if not _TITLES & {spelling(one), spelling(other)}]
    found = "|".join([whole, *map(_spelled, sorted([*parts, *pairs], key=len, reverse=True))])
    # labels are nobody's name; «رضای عزیز» is Reza, and «مریمو دیدم» Maryam
    pattern = re.compile(rf"(?P<label>{_LABEL.pattern})|(?<!\w)(?:{found})[یو]?(?!\w)", re.IGNORECASE)
    return pattern.sub(lambda match: match["label"] or NAME, text)


def _spelled(word: str) -> str:
    """Return a pattern of a word as either keyboard writes it."""
    return _GAP.join(_ALIKE.get(letter, re.escape(letter)) for letter in word)


def unlabelled(masked: str) -> str:
    """Return a masked text without its labels, which nobody wrote.

    >>> unlabelled("به [موبایل] زنگ بزنید")
    'به   زنگ بزنید'
    """
    return _LABEL.sub(" ", masked)


def redact(original: str, tags: Mapping[str, Any]) -> TagsJson:
    """Return the tags with offsets that still point into the original, but with no personal data quoted in them."""
    found = _found(tags)
    if not found:
        return dict(tags)

    private = _stretches(found)
    kept = dict(tags)
    for field in ("topics", "signals"):
        kept[field] = [{**tag, "spans": _untouched(tag["spans"], private)} for tag in tags[field]]
    if tags["sentiment"] is not None:
        kept["sentiment"] = {**tags["sentiment"], "spans": _untouched(tags["sentiment"]["spans"], private)}
    kept["entities"] = _untouched(tags["entities"], private)
    return kept | {"urgency": _urgency(tags["urgency"], original, found)}


def without(original: str, tags: Mapping[str, Any]) -> str:
    """Return the text with personal data cut out, for the search index."""
    kept = list(original)
    for hit in tags["pii"]:
        kept[hit["start"] : hit["end"]] = " " * (hit["end"] - hit["start"])
    return "".join(kept)


def _found(tags: Mapping[str, Any]) -> list[Pii]:
    return [Pii(kind=hit["kind"], start=hit["start"], end=hit["end"]) for hit in tags["pii"]]


def _cut(original: str, found: Sequence[Pii]) -> tuple[str, list[_Cut]]:
    pieces: list[str] = []
    cuts: list[_Cut] = []
    done = length = 0
    for hit in sorted(found, key=lambda hit: hit.start):
        if hit.start < done:  # two readings of the same digits: the first one already hides them
            continue
        between = original[done : hit.start]
        inside = Pii(kind=hit.kind, start=0, end=hit.end - hit.start)
        label = pii.mask(original[hit.start : hit.end], (inside,))
        at = length + len(between)
        cuts.append(_Cut(start=hit.start, end=hit.end, at=at, until=at + len(label)))
        pieces += [between, label]
        done, length = hit.end, at + len(label)
    return "".join([*pieces, original[done:]]), cuts


def _carried(tags: Mapping[str, Any], cuts: Sequence[_Cut], text: str) -> TagsJson:
    """Return the tags with their places moved to another text, in which the cuts say what stands for what."""
    moved = dict(tags)
    moved["pii"] = [_place(hit, cuts) for hit in tags["pii"]]
    private = _stretches(cuts)
    moved["entities"] = [_place(entity, cuts) for entity in _untouched(tags["entities"], private)]
    moved["topics"] = [_with_spans(topic, cuts, text) for topic in tags["topics"]]
    moved["signals"] = [_with_spans(signal, cuts, text) for signal in tags["signals"]]
    if tags["sentiment"] is not None:
        moved["sentiment"] = _with_spans(tags["sentiment"], cuts, text)
    return moved


def _moved(position: int, cuts: Sequence[_Cut], *, is_end: bool) -> int:
    place = bisect_right(cuts, position, key=lambda cut: cut.start) - 1
    if place < 0:
        return position
    cut = cuts[place]
    if position == cut.start:
        return cut.at
    if position < cut.end:
        return cut.until if is_end else cut.at
    return cut.until + position - cut.end


def _place(item: Mapping[str, Any], cuts: Sequence[_Cut]) -> dict[str, Any]:
    start, end = item["start"], item["end"]
    return {**item, "start": _moved(start, cuts, is_end=False), "end": _moved(end, cuts, is_end=True)}


def _with_spans(tag: Mapping[str, Any], cuts: Sequence[_Cut], text: str) -> dict[str, Any]:
    spans = [_place(span, cuts) for span in tag["spans"]]
    return {**tag, "spans": [{**span, "text": text[span["start"] : span["end"]]} for span in spans]}


def _stretches(found: Iterable[_Cut | Pii]) -> Ranges:
    return Ranges((each.start, each.end) for each in found)


def _untouched(items: Iterable[Mapping[str, Any]], private: Ranges) -> list[Mapping[str, Any]]:
    return [item for item in items if not private.meet(item["start"], item["end"])]


def _urgency(urgency: Mapping[str, Any], original: str, found: Sequence[Pii]) -> dict[str, Any]:
    """Reasons quote the comment, so what they quote is masked as well."""
    hits = [original[hit.start : hit.end].split() for hit in found]
    reasons = [{**reason, "text_fa": _unquoted(reason["text_fa"], hits)} for reason in urgency["reasons"]]
    return {**urgency, "reasons": reasons}


def _unquoted(words: str, hits: Iterable[Sequence[str]]) -> str:
    """Return a quotation without personal data, of which it may hold a part, and in which it has other white space."""
    for parts in hits:
        if not any(part in words for part in parts):
            continue  # each pattern is compiled anew: of a page of numbers a quotation holds one or two
        words = re.sub(r"\s+".join(map(re.escape, parts)), _HIDDEN, words)
        for part in parts:
            if _TELLING.search(part):
                words = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", _HIDDEN, words)
    return _HIDDEN_RUN.sub(_HIDDEN, words)
