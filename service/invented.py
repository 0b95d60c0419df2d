"""Invented comments: ninety days of four businesses that do not exist, the same for the same seed. Pure.

Two things are planted for the insight pages to find: a payment outage in one week and a word that rises from nothing.
The last day is written by hand, so that the inbox opens with something to do at whatever hour it is loaded.
"""

import random
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from service.feedback import Customer, Incoming, Scores
from service.jalali import TEHRAN, day_of, persian

FILE = Path(__file__).with_name("invented.toml")
DAYS = 90
COUNT = 600
#: Days before the last one on which the payment outage began and was over.
OUTAGE = (26, 23)
#: For so many days the new paper box has been complained of.
RISING_DAYS = 18
_BUSINESSES = ("food", "shop", "bank", "hotel")
_OUTAGE_COUNT, _RISING_COUNT = 44, 34
_FRIDAY = 4
#: What a topic does to satisfaction when it went badly and when it went well, on a scale of 1 to 5.
_PULL = {
    "payment_refund": (-2.0, 0.1),
    "hygiene_safety": (-2.4, 0.0),
    "security_privacy": (-2.4, 0.0),
    "delivery_time": (-1.3, 1.3),
    "food_quality": (-1.3, 1.2),
    "packaging": (-0.4, 1.5),
    "appearance": (-0.3, 0.3),
    "usability_features": (-0.4, 1.0),
}
#: Spoken of more than the number of sentences says.
_SPOKEN_OF = {
    ("negative", "delivery_time"): 2.4,
    ("positive", "delivery_time"): 1.8,
    ("positive", "payment_refund"): 5.0,
    ("positive", "packaging"): 4.0,
    ("negative", "food_quality"): 1.5,
    ("positive", "food_quality"): 1.5,
}
#: Of a hundred comments so many are typed like this: without half-spaces, on an Arabic keyboard, with Latin digits.
_TYPED = {"plain": 82, "no_half_space": 10, "arabic": 4, "latin_digits": 4}
_TYPING: Mapping[str, dict[int, int]] = {
    "plain": {},
    "no_half_space": str.maketrans("\u200c", " "),
    "arabic": str.maketrans("یک", "يك"),
    "latin_digits": str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
}
_ENDINGS = {"negative": ("!", "!!", "...", "؟!"), "positive": ("!", " :)", "!!", "…")}
_SLOT = re.compile(r"\{(\w+)\}")
#: Numbers of the customers of a business: few write often.
_OFTEN, _ALL = 25, 240
_TIERS = {"regular": 60, "silver": 22, "gold": 13, "vip": 5}
_HOURS = (1, 0, 0, 0, 0, 0, 1, 2, 4, 6, 7, 7, 8, 9, 8, 6, 5, 5, 6, 8, 10, 10, 7, 3)


@dataclass(slots=True)
class _Draw:
    """One run of invention: the dice, and which sentences were used how often."""

    raw: Mapping[str, Any]
    dice: random.Random
    now: datetime
    used: Counter[str] = field(default_factory=Counter)
    texts: set[str] = field(default_factory=set)

    def one(self, weights: Mapping[str, float]) -> str:
        return self.dice.choices(list(weights), list(weights.values()))[0]

    def sentence(self, sentences: Sequence[str]) -> str:
        """Return one of the sentences that were used least."""
        least = min(self.used[sentence] for sentence in sentences)
        chosen = self.dice.choice([sentence for sentence in sentences if self.used[sentence] == least])
        self.used[chosen] += 1
        return chosen


def comments_until(now: datetime, seed: int = 1) -> list[Incoming]:
    """Return the sample comments of the ninety days that end at `now`, the oldest first."""
    draw = _Draw(_raw(), random.Random(seed), now)
    drawn = [_fresh(draw, told) for told in draw.raw["fresh"]]
    drawn += [_ordinary(draw) for _ in range(COUNT - _OUTAGE_COUNT - _RISING_COUNT - len(drawn))]
    drawn += [_outage(draw) for _ in range(_OUTAGE_COUNT)]
    drawn += [_rising(draw) for _ in range(_RISING_COUNT)]
    drawn.sort(key=lambda comment: (comment.created_at, comment.text))
    return [replace(comment, external_id=f"sample-{n:04}") for n, comment in enumerate(drawn, 1)]


def meant(comment: Incoming) -> dict[str, str]:
    """Return the topics that the writer of a sample comment had in mind, each with its sentiment."""
    words = str(comment.metadata["meant"]).split()
    return dict(word.split(":") for word in words)


def answers() -> Mapping[str, list[str]]:
    """Return the names of the agents and what they write."""
    words: Mapping[str, list[str]] = _raw()["answers"]
    return words


@cache
def _raw() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _fresh(draw: _Draw, told: Mapping[str, Any]) -> Incoming:
    """Return one of the comments of the last hours."""
    raw, draw_one = draw.raw[told["business"]], draw.dice.choice
    said = [(mood, topic, told["text"]) for topic, mood in told["meant"].items()]
    draw.texts.add(told["text"])
    return Incoming(
        text=told["text"],
        channel=told["channel"],
        created_at=(draw.now - timedelta(minutes=told["minutes"])).replace(microsecond=0),
        customer=_customer(draw, told["business"]),
        scores=_scores(draw, said, told["channel"]),
        product=draw_one(raw["product"]),
        branch=draw_one(raw["branch"]),
        metadata=_metadata(told["business"], said),
    )


def _ordinary(draw: _Draw) -> Incoming:
    business = draw.one({name: draw.raw[name]["share"] for name in _BUSINESSES})
    mood = draw.one({"negative": 50, "positive": 41, "neutral": 9})
    return _comment(draw, business, mood, mood, _day(draw, draw.raw[business]["friday"]))


def _outage(draw: _Draw) -> Incoming:
    first, last = OUTAGE
    days_ago = first - min(int(draw.dice.expovariate(0.8)), first - last)
    made = _comment(draw, "bank", "incident", "negative", draw.now - timedelta(days=days_ago))
    return replace(made, product="کیف‌پول آیین", channel=draw.one({"app": 6, "phone": 3, "survey": 1}))


def _rising(draw: _Draw) -> Incoming:
    while True:
        day = draw.now - timedelta(days=RISING_DAYS * (1 - draw.dice.random() ** 0.6))
        if _is_past(draw, day):
            return _comment(draw, "food", "rising", "negative", day)


def _day(draw: _Draw, friday: float) -> datetime:
    """Return a day of the period; later ones are likelier, and Friday is unlike the others."""
    while True:
        day = draw.now - timedelta(days=(DAYS - 1) * (1 - draw.dice.random() ** 0.85))
        weight = friday if day.astimezone(TEHRAN).weekday() == _FRIDAY else 1.0
        if draw.dice.random() * 1.6 < weight and _is_past(draw, day):
            return day


def _is_past(draw: _Draw, day: datetime) -> bool:
    """Tell whether a day is over: the last one is written by hand."""
    return day_of(day) < day_of(draw.now - timedelta(days=1))


def _comment(draw: _Draw, business: str, kind: str, mood: str, day: datetime) -> Incoming:
    raw = draw.raw[business]
    said, text = _worded(draw, raw, kind, mood)
    channel = draw.one(raw["channel"])
    return Incoming(
        text=text,
        channel=channel,
        created_at=_clock(draw, day),
        customer=_customer(draw, business),
        scores=_scores(draw, said, channel),
        product=draw.dice.choices(raw["product"], (3, 2))[0],
        branch=draw.dice.choice(raw["branch"]),
        touchpoint=raw["touchpoint"] if channel == "survey" else None,
        metadata=_metadata(business, said),
    )


def _worded(
    draw: _Draw, raw: Mapping[str, Any], kind: str, mood: str
) -> tuple[list[tuple[str, str, str]], str]:
    """Return what a comment speaks of, and a text that nobody has written yet."""
    while True:
        said = _said(draw, raw, kind, mood)
        text = _text(draw, said, mood)
        if draw.dice.random() < 0.12:
            text = (
                f"{draw.dice.choice(draw.raw['opening']['words'])}{draw.dice.choice(['، ', '. ', ' '])}{text}"
            )
        if text not in draw.texts:
            draw.texts.add(text)
            return said, text


def _metadata(business: str, said: list[tuple[str, str, str]]) -> dict[str, Any]:
    topics = " ".join(f"{topic}:{mood}" for mood, topic, _sentence in said if topic != "other")
    return {"sample": True, "business": business, "meant": topics}


def _said(draw: _Draw, raw: Mapping[str, Any], kind: str, mood: str) -> list[tuple[str, str, str]]:
    """Return (mood, topic, sentence) of what a comment speaks of: mostly one thing, sometimes two."""
    said = [_about(draw, raw[kind], mood)]
    if mood != "neutral" and draw.dice.random() < 0.28:
        other = mood if draw.dice.random() < 0.55 else {"negative": "positive"}.get(mood, "negative")
        second = _about(draw, raw[other], other)
        if second[1] != said[0][1]:
            said.append(second)
    return said


def _about(draw: _Draw, topics: Mapping[str, Sequence[str]], mood: str) -> tuple[str, str, str]:
    topic = draw.one({name: len(said) * _SPOKEN_OF.get((mood, name), 1.0) for name, said in topics.items()})
    return mood, topic, draw.sentence(topics[topic])


def _text(draw: _Draw, said: list[tuple[str, str, str]], mood: str) -> str:
    text = said[0][2]
    if len(said) > 1:
        joint = (
            draw.dice.choice(["، ", ". ", "؛ "])
            if said[1][0] == mood
            else draw.dice.choice(["، ولی ", " اما "])
        )
        text += joint + said[1][2]
    if mood in draw.raw["closing"] and draw.dice.random() < 0.3:
        text += draw.dice.choice([". ", "، ", " "]) + draw.sentence(draw.raw["closing"][mood])
    elif draw.dice.random() < 0.15:
        text += draw.dice.choice(_ENDINGS.get(mood, ("",)))
    return _typed(draw, _SLOT.sub(lambda slot: _filling(draw, slot[1]), text))


def _filling(draw: _Draw, slot: str) -> str:
    if slot == "order":
        return persian(draw.dice.randrange(10_000, 999_999))
    return str(draw.dice.choice(draw.raw["slots"][slot]))


def _typed(draw: _Draw, text: str) -> str:
    """Return the text as this writer types; now and then a word is drawn out."""
    if draw.dice.random() < 0.06:
        text = text.replace("خیلی", "خیلییی", 1).replace("اصلا ", "اصلااا ", 1)
    return text.translate(_TYPING[draw.one(_TYPED)])


def _clock(draw: _Draw, day: datetime) -> datetime:
    """Return a moment of this day in Tehran, by the hours in which people write."""
    hour = draw.dice.choices(range(24), _HOURS)[0]
    local = day.astimezone(TEHRAN).replace(hour=hour, minute=draw.dice.randrange(60), second=0, microsecond=0)
    return local.astimezone(draw.now.tzinfo)


def _customer(draw: _Draw, business: str) -> Customer | None:
    """Return who wrote: a few write often, some say nothing of themselves; facts follow from the number."""
    if draw.dice.random() < 0.1:
        return None
    often = draw.dice.random() < 0.3
    number = draw.dice.randrange(1, _OFTEN if often else _ALL)
    own = random.Random(f"{business}-{number}")
    people = draw.raw["people"]
    tier = own.choices(list(_TIERS), list(_TIERS.values()))[0]
    worth = own.lognormvariate(15.2, 0.9) * (1 + 1.5 * list(_TIERS).index(tier))
    return Customer(
        external_id=f"sample-{business}-{number}",
        name=f"{own.choice(people['first'])} {own.choice(people['last'])}",
        tier=tier,
        lifetime_value=round(worth, -4),
    )


def _scores(draw: _Draw, said: list[tuple[str, str, str]], channel: str) -> Scores:
    """Return what the customer ticked: a base, what each topic did to it, and chance."""
    felt = 3.4 + draw.dice.gauss(0, 0.45)
    for mood, topic, _sentence in said:
        bad, good = _PULL.get(topic, (-0.9, 0.6))
        felt += {"negative": bad, "positive": good}.get(mood, 0.0)
    five = max(1, min(5, round(felt)))
    if channel in {"instagram", "phone"}:
        return Scores(csat=five if draw.dice.random() < 0.6 else None)
    return Scores(
        csat=five if channel == "survey" or draw.dice.random() < 0.95 else None,
        nps=max(0, min(10, round(felt * 2.1 - 0.3 + draw.dice.gauss(0, 0.8))))
        if channel == "survey"
        else None,
        ces=max(1, min(7, round(felt * 1.4 + draw.dice.gauss(0, 0.7)))) if channel == "web" else None,
        stars=five if channel in {"app", "map"} else None,
    )
