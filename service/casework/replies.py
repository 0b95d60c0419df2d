"""Replies to start from, and advice on a reply before it is sent. Pure; nothing is sent or blocked here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from nlp import pii
from nlp.spelling.folding import spelling
from service import clocks
from service.casework import promises
from service.clocks import Clocks
from service.jalali import spoken
from service.rules.topics import labels
from service.tomlfile import Source, read

FILE = Path(__file__).with_name("replies.toml")
Tone = Literal["formal", "friendly"]
TONES: tuple[Tone, ...] = get_args(Tone)
_KINDS = ("praise", "question", "suggestion", "complaint", "danger")
_PARTS = ("greeting", "stranger", "promise", "sign", *_KINDS)
_FIELDS = frozenset({"name", "agent", "due"})
_FIELD = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """What `replies.toml` says: parts of a reply by tone, openings by topic and tone, and words to avoid."""

    parts: Mapping[Tone, Mapping[str, str]]
    topics: Mapping[str, Mapping[Tone, str]]
    rude: tuple[str, ...]
    blame: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing a good reply has, whether this one has it, and a Persian sentence for the agent when it has not."""

    code: str
    ok: bool
    text_fa: str


def load(path: Path | None = None) -> Replies:
    """Read and check a file of replies, the one shipped with the package by default; `FileMistakes` says what is wrong."""
    return parse(read(path or FILE))


def parse(source: Source) -> Replies:
    """Return what a file of replies says; `FileMistakes` names every mistake with its line."""
    raw = source.data
    source.known(raw, (*TONES, "topics", "words"), "")
    parts: dict[Tone, dict[str, str]] = {}
    for tone in TONES:
        said = source.table(raw, tone, tone)
        source.known(said, _PARTS, tone)
        parts[tone] = {part: _text(source, said, part, tone) for part in _PARTS}
    topics: dict[str, dict[Tone, str]] = {}
    given = source.table(raw, "topics", "topics")
    source.known(given, labels().topics, "topics")
    for topic in given:
        path = f"topics.{topic}"
        topics[topic] = {tone: _text(source, source.table(given, topic, path), tone, path) for tone in TONES}
    words = source.table(raw, "words", "words")
    source.known(words, ("rude", "blame"), "words")
    rude, blame = source.words(words, "rude", "words"), source.words(words, "blame", "words")
    source.check()
    return Replies(parts=parts, topics=topics, rude=rude, blame=blame)


def about(tags: Mapping[str, Any]) -> list[str | None]:
    """Return what a reply may begin with: each topic that was complained of, the surest first, or none."""
    bad = [topic for topic in tags["topics"] if topic["sentiment"] == "negative"]
    return [topic["id"] for topic in bad] or [None]


def suggest(
    replies: Replies,
    *,
    category: str | None,
    topic: str | None = None,
    danger: bool = False,
    tone: Tone = "formal",
    name: str | None = None,
    agent: str = "همکار ما",
    due: str = "فردا",
) -> str:
    """Return a reply to start from: who is greeted, what we say of the topic, who follows it up and by when.

    `danger` is danger to somebody's health; `due` is a day or a moment as people say it. Praise and suggestions
    promise nothing.
    """
    parts = replies.parts[tone]
    kind = "danger" if danger else category if category in _KINDS else "question"
    body = parts[str(kind)]
    if kind == "complaint" and topic in replies.topics:
        body = replies.topics[str(topic)][tone]
    lines = [parts["greeting"] if name else parts["stranger"], body]
    if kind not in ("praise", "suggestion"):
        lines.append(parts["promise"])
    lines.append(parts["sign"])
    filled = {"name": name or "", "agent": agent, "due": due}
    return "\n".join(_FIELD.sub(lambda match: filled[match[1]], line) for line in lines)


def draft(
    replies: Replies,
    ticket: Mapping[str, Any],
    said: Mapping[str, Any],
    *,
    topic: str | None,
    tone: Tone,
    agent: str,
    now: datetime,
) -> str:
    """Return a reply to start from on a ticket whose most pressing comment is `said`."""
    return suggest(
        replies,
        category=said["category"],
        topic=topic,
        danger=any(signal["name"] == "health_safety" for signal in said["tags"]["signals"]),
        tone=tone,
        name=ticket["customer_name"],
        agent=agent,
        due=promised_by(clocks.from_json(ticket["sla"]), now),
    )


def promised_by(running: Clocks, now: datetime) -> str:
    """Return by when a reply may promise the end of the matter, as people say it: its own deadline, or tomorrow."""
    due_at = running.resolution.due_at
    open_until = running.resolution.running and running.paused_at is None and due_at > now
    return spoken(due_at) if open_until else "فردا"


def check(replies: Replies, text: str, *, category: str | None, now: datetime) -> tuple[Advice, ...]:
    """Return what a reply has and lacks; it advises and never blocks.

    A complaint wants an apology, an owner, a next step and a date; a question a next step; praise wants thanks.
    """
    folded = spelling(text)
    asked = _ASKED.get(category or "other", ("rude", "blame", "personal_data"))
    tests: Mapping[str, Callable[[], bool]] = {
        "apology": lambda: bool(_APOLOGY.search(folded)),
        "thanks": lambda: bool(_THANKS.search(folded)),
        "owner": lambda: bool(_OWNER.search(folded)),
        "next_step": lambda: bool(_STEP.search(folded)),
        "date": lambda: bool(promises.made(text, now)),
        "rude": lambda: not _found(replies.rude, folded),
        "blame": lambda: not _found(replies.blame, folded),
        "personal_data": lambda: not pii.find(text),
    }
    return tuple(Advice(code=code, ok=tests[code](), text_fa=_ADVICE[code]) for code in asked)


_APOLOGY = re.compile(r"پوزش|معذرت|عذر ?خواه|متاسف|شرمنده|ببخشید|ببخشین")
_THANKS = re.compile(r"ممنون|سپاس|متشکر|تشکر|مرسی|قدردان|خوشحال")
_OWNER = re.compile(
    r"(?<!\w)(?:من|بنده|اینجانب|خودم)(?!\w)|مسیول|مسئول|پیگیر (?:این|موضوع|کار)|همکار(?:م|ما|مون|مان)|(?:واحد|تیم|مدیر|سرپرست|کارشناس|بخش) \w+"
    r"|پیگیری میکنم|بررسی میکنم"
)
_STEP = re.compile(
    r"پیگیری|بررسی|رسیدگی|تماس (?:می|خواه)|جایگزین|جبران|واریز|(?<!\w)(?:بر|باز)?میگرد(?:ان|ون)|ارسال (?:می|خواه)|میفرست|اصلاح|منتقل می|عوض(?:ش)? می|اطلاع می|خبر می|بفرستید|بفرمایید|کافی است|کافیه|مراجعه کنید|وارد .{0,40}شوید"
    r"|(?<!\w)(?:بر|باز)?می(?!خوا|خاه|توا|تون)\w+یم(?!\w)"
)
#: «نفهم» and «نفهم‌ها», but not «نفهمیدم».
_ENDING = r"(?:ی|ین|ان|ها|انه|ست|ه)?(?!\w)"
_ASKED: Mapping[str, tuple[str, ...]] = {
    "complaint": ("apology", "owner", "next_step", "date", "rude", "blame", "personal_data"),
    "question": ("next_step", "rude", "blame", "personal_data"),
    "suggestion": ("thanks", "rude", "blame", "personal_data"),
    "praise": ("thanks", "rude", "blame", "personal_data"),
}
_ADVICE: Mapping[str, str] = {
    "apology": "عذرخواهی کنید؛ مشتری ناراضی پیش از هر چیز آن را می‌خواهد.",
    "thanks": "از مشتری تشکر کنید.",
    "owner": "بگویید پیگیری با چه کسی یا کدام واحد است.",
    "next_step": "بگویید گام بعدی چیست.",
    "date": "بگویید تا چه روز یا ساعتی نتیجه را خبر می‌دهید.",
    "rude": "واژه‌ای در این پاسخ بی‌ادبانه است.",
    "blame": "این پاسخ تقصیر را به گردن مشتری می‌اندازد.",
    "personal_data": "در این پاسخ دادهٔ شخصی (شمارهٔ تلفن، کارت و مانند آن) هست؛ لازم است؟",
}


def _text(source: Source, raw: Mapping[str, object], key: str, path: str) -> str:
    text = source.text(raw, key, path)
    for name in _FIELD.findall(text):
        if name not in _FIELDS:
            source.wrong(
                f"{path}.{key}", f"جای خالی «{{{name}}}» شناخته‌شده نیست؛ یکی از این‌ها: name، agent، due"
            )
    return text


def _found(words: tuple[str, ...], folded: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(spelling(word))}{_ENDING}", folded) for word in words)
