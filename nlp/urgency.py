"""How soon the company must act: the trained head and the words of the comment, heard together.

The head decides what is high, and calls a comment critical when it is very sure. Hard evidence in scope (poisoning,
a blade, a theft, an authority by name) makes a comment critical that the head does not hold for harmless. Where the
two differ a person looks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from nlp.normalize import Normalized
from nlp.rules import claims, irony, scope, verbs
from nlp.spelling.folding import Folded, fold
from nlp.spelling.letters import PERSIAN_DIGITS
from nlp.tags import CRITICAL, HIGH, URGENCY_LEVELS, Reason, Urgency, UrgencyLevel

if TYPE_CHECKING:  # the desk asks for the bands alone, and needs no numpy for them
    from nlp.labels import Thresholds

#: Lowest and highest score of each level: the score never contradicts the level.
BANDS: Mapping[UrgencyLevel, tuple[int, int]] = {
    "none": (0, 9),
    "normal": (10, 39),
    "high": (40, 79),
    "critical": (80, 100),
}
_NAMES = {"none": "بدون اقدام", "normal": "عادی", "high": "فوری", "critical": "بحرانی"}
#: From this share of high or critical, the head agrees with hard evidence; below the second, it contradicts it.
_AGREED = 0.2
_DOUBT = 0.1
_HALF = 0.5
#: Points of the words that prove some haste; without them, or a signal, the head must be so many times as sure:
#: strong words alone do not make a comment urgent.
_PROVEN = 15
_UNPROVEN = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Words that raise urgency: offsets in the normalized text, points, and the reason for people.

    `signal` is a signal of the taxonomy or a name that only urgency uses (`violence`, `privacy`,
    `not_delivered`, `unusable`, `undercooked`, `wrong_item`, `follow_up`, `staff_incident`).
    """

    signal: str
    points: int
    start: int
    end: int
    text_fa: str
    hard: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The cues of a comment that are in scope, in the order of the text, one per rule.

    `settled` says that the story ends with a solution, or is only imagined: nothing of it asks for haste.
    `ironic` says that thanks and failure meet as they do in irony: a person should look.
    """

    cues: tuple[Cue, ...]
    settled: bool = False
    ironic: bool = False


def evidence(comment: Normalized) -> Evidence:
    """Return what the words of a comment prove."""
    folded = fold(comment.text)
    cues = _cues(comment, folded)
    solved = scope.solution(folded.text)
    return Evidence(
        cues=cues,
        settled=(solved is not None and not any(cue.end > folded.back(0, solved)[1] for cue in cues))
        or (not cues and scope.imagined(folded.text)),
        ironic=bool(irony.mockeries(folded.text)),
    )


def cued(comment: Normalized, signal: str) -> list[tuple[int, int]]:
    """Return where the words of a comment prove a signal, but for stretches that are too long to be a piece of proof."""
    return [
        (cue.start, cue.end)
        for cue in _cues(comment, fold(comment.text))
        if cue.signal == signal and comment.text.count(" ", cue.start, cue.end) < _LONG
    ]


#: Words of a cue that is shown whole as evidence, at most.
_LONG = 8


def _cues(comment: Normalized, folded: Folded) -> tuple[Cue, ...]:
    first: dict[str, Cue] = {}
    for mention in scope.mentions(folded.text):
        rule = mention.hit.rule
        if mention.counts and rule.name not in first:
            start, end = _whole_words(comment.text, *folded.back(mention.hit.start, mention.hit.end))
            end = _as_denied(comment.text, start, end)
            words = _quoted(comment, start, end)
            first[rule.name] = Cue(
                signal=rule.signal,
                points=rule.points,
                start=start,
                end=end,
                text_fa=f"{rule.reason} («{words}»)",
                hard=rule.hard,
            )
    return tuple(sorted(first.values(), key=lambda cue: (cue.start, -cue.points)))


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return start, end


def _as_denied(text: str, start: int, end: int) -> int:
    """Return where words end together with the verb behind them that denies them: «کسی هم پاسخگو نیست».

    «قطع شده نمی‌تونم …» goes on with what the customer cannot do.
    """
    behind = _NEXT_WORD.match(text, end)
    if behind is None or not claims.denies(behind["word"]) or behind["word"].endswith("م"):
        return end
    return end if claims.denies(text[start:end].rsplit(" ", 1)[-1]) else behind.end()


_NEXT_WORD = re.compile(r" (?P<word>\w+(?:\u200c\w+)*)")


def _quoted(comment: Normalized, start: int, end: int) -> str:
    """Return words of a comment as a reason quotes them: «یکی جواب بده» with its verb, «سوسک تو حموم» with its place."""
    words = comment.text[start:end].split(" ")
    while len(words) > 1 and words[-1] in JOINING:
        words.pop()
    end = start + len(" ".join(words))
    behind = _NEXT_WORD.match(comment.text, end)
    if behind and ((len(words) > 1 and words[-1] in _LEADING_ON) or verbs.is_light(behind["word"])):
        end = behind.end()
    return " ".join(comment.span(start, end).text.split())


#: Words that join those before them to those behind: where they begin or end a piece they say nothing.
JOINING = frozenset({"و", "که", "ولی", "اما"})
#: What needs the next word to say anything.
_LEADING_ON = frozenset("تو توی به از در رو با یه".split())


def decide(
    found: Evidence,
    signalled: bool,
    level_probabilities: Sequence[float],
    thresholds: "Thresholds",
    *,
    is_praise: bool = False,
) -> tuple[Urgency, bool]:
    """Return the level with its score and named reasons, and whether a person should confirm it.

    `signalled` says that the heads heard some signal, `level_probabilities` are those of none, normal, high and
    critical. Praise is not urgent short of hard evidence: of 8,720 comments of level high four praise.
    """
    counted = _strongest(found.cues)
    level, review = _level(counted, signalled, level_probabilities, thresholds)
    if (found.settled and level in ("high", "critical")) or (is_praise and level == "high"):
        level, review = "normal", True
    return _explained(level, counted, level_probabilities), review or found.ironic


def _strongest(cues: Sequence[Cue]) -> list[Cue]:
    """Return one cue per signal, the heaviest: «شکایت» and «تعزیرات» are one legal threat."""
    best: dict[str, Cue] = {}
    for cue in sorted(cues, key=lambda cue: -cue.points):
        best.setdefault(cue.signal, cue)
    return list(best.values())


def _level(
    cues: Sequence[Cue], signalled: bool, shares: Sequence[float], thresholds: "Thresholds"
) -> tuple[UrgencyLevel, bool]:
    urgent, critical = sum(shares[HIGH:]), shares[CRITICAL]
    points = sum(cue.points for cue in cues)
    if any(cue.hard for cue in cues) and urgent >= _DOUBT:
        return ("critical", False) if urgent >= _AGREED else ("high", True)
    if critical >= thresholds.critical:
        return "critical", True
    proven = signalled or points >= _PROVEN
    if urgent >= thresholds.high * (1.0 if proven else _UNPROVEN):
        return "high", points == 0
    none = shares[URGENCY_LEVELS.index("none")]
    return ("none" if none >= _HALF else "normal"), any(cue.hard for cue in cues)


def _explained(level: UrgencyLevel, cues: Sequence[Cue], shares: Sequence[float]) -> Urgency:
    """Return the urgency with a score inside the band of its level, and reasons that add up to it.

    Where nothing is to be done, what could be a reason is none, but for hard evidence that a person should look at.
    """
    low, high = BANDS[level]
    cues = [cue for cue in cues if level != "none" or cue.hard]
    points = sum(cue.points for cue in cues)
    score = min(max(points, low), high)
    reasons = [Reason(signal=cue.signal, points=cue.points, text_fa=cue.text_fa) for cue in cues]
    if score != points or not reasons:
        # nothing is more than critical: there the model has not lowered what is too much
        is_full = level == "critical" and points > high
        told = f"سقف امتیاز، {high}" if is_full else _model_says(level, shares)
        reasons.append(Reason(signal="model", points=score - points, text_fa=told.translate(PERSIAN_DIGITS)))
    return Urgency(level=level, score=score, reasons=tuple(reasons))


def _model_says(level: UrgencyLevel, shares: Sequence[float]) -> str:
    said = shares[URGENCY_LEVELS.index(level)]
    if said >= _DOUBT:
        return f"برآورد مدل از کل متن: {_NAMES[level]} ({round(100 * said)}٪)"
    share, likeliest = max(zip(shares, URGENCY_LEVELS, strict=True), key=itemgetter(0))
    return f"نشانه‌های متن در برابر برآورد مدل: {_NAMES[likeliest]} ({round(100 * share)}٪)"
