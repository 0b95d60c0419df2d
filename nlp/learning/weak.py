"""Answers that customers and platforms gave beside their comments: stars, recommendations, pros and cons.

They are noisy and no labels of the taxonomy, so they never train a head; models of them become features.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp.examples import group_key
from nlp.normalize import normalize

#: Where a comment was written says which words are usual there; these places have enough of them.
PLACES = (
    "food_order_reviews",
    "online_shop_reviews",
    "instagram_comments",
    "offensive_tweets",
)
FILES = (
    "food_order_reviews",
    "food_order_happy_sad",
    "online_shop_reviews",
    "online_shop_reviews_2",
    "bank_app_reviews",
    "place_comments",
    "hotel_reviews",
    "sentipers_train",
    "instagram_comments",
    "offensive_tweets",
)
#: The yes-or-no questions that some comment answers.
QUESTIONS = (
    "stars_low",
    "stars_high",
    "recommended",
    "discouraged",
    "happy",
    "advantage",
    "sentence_positive",
    "sentence_negative",
    "post_positive",
    "post_negative",
    "offensive",
    "cold_food",
    "delay",
    "courier",
    "platform_replied",
    "negative",
    *(f"from_{place}" for place in PLACES),
)
_PRAISE = ("stars_high", "recommended", "happy", "advantage", "sentence_positive")
_BLAME = ("stars_low", "discouraged", "sentence_negative")
_SHORTEST_POINT = 4  # «خوب» alone as a pro says nothing that the dictionary of words does not know


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakComment:
    """A normalized comment and the questions that it answers."""

    text: str
    answers: Mapping[str, bool]


def read(data: Path, without: Collection[str] = ()) -> list[WeakComment]:
    """Return the weakly labelled comments of a folder, each text once per file; missing files are left out.

    Comments whose group key is in `without` are skipped, because they are labelled or kept to judge the result.
    """
    return [comment for name in FILES for comment in _file(data / f"{name}.jsonl", without)]


def records(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the records of a JSON Lines file as they are; a missing file has none."""
    if path.is_file():
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _file(path: Path, without: Collection[str]) -> Iterator[WeakComment]:
    seen: set[str] = set()
    for raw in records(path):
        key = group_key(raw["text"])
        if not key or key in seen or key in without:
            continue
        seen.add(key)
        yield WeakComment(text=normalize(raw["text"]).text, answers=_answers(raw, path.stem))
        yield from _points(raw, path.stem)


def _points(raw: Mapping[str, Any], source: str) -> Iterator[WeakComment]:
    """Yield each pro and con as a comment of its own."""
    for field, good in (("pros", True), ("cons", False)):
        for point in raw.get(field) or ():
            text = normalize(point).text
            if len(text) >= _SHORTEST_POINT and not text.startswith("ندار"):
                said = {"advantage": good, "negative": not good}
                yield WeakComment(text=text, answers=said | _place(source))


def _answers(raw: Mapping[str, Any], source: str) -> dict[str, bool]:
    said = _stars(raw) | _advice(raw) | _button(raw) | _feeling(raw, source) | _operator(raw, source)
    if source == "offensive_tweets":
        said["offensive"] = bool(raw["offensive"])
    if source not in ("offensive_tweets", "instagram_comments"):
        said |= _pooled(said)
    return said | _place(source)


def _place(source: str) -> dict[str, bool]:
    return {f"from_{place}": source == place for place in PLACES}


def _stars(raw: Mapping[str, Any]) -> dict[str, bool]:
    stars = float(raw.get("stars") or 0)  # 0 and missing mean: not rated
    return {"stars_low": stars < 2.6, "stars_high": stars >= 3.6} if stars else {}


def _advice(raw: Mapping[str, Any]) -> dict[str, bool]:
    said = raw.get("recommendation")
    return {"recommended": said == "recommended", "discouraged": said == "not_recommended"} if said else {}


def _button(raw: Mapping[str, Any]) -> dict[str, bool]:
    return {"happy": raw["label"] == "HAPPY"} if "label" in raw else {}


def _feeling(raw: Mapping[str, Any], source: str) -> dict[str, bool]:
    value = raw.get("sentiment")
    if value is None:
        return {}
    up, down = value in ("positive", 1, 2), value in ("negative", -1, -2)
    kind = "post" if source == "instagram_comments" else "sentence"
    return {f"{kind}_positive": up, f"{kind}_negative": down}


def _operator(raw: Mapping[str, Any], source: str) -> dict[str, bool]:
    """Return what the platform's own answer was about; it answers for heat, delay and the courier only."""
    if source != "food_order_reviews":
        return {}
    topic = raw.get("operator_topic") or ""
    replied = {"platform_replied": bool(topic)}
    return replied | {name: name in topic for name in ("cold_food", "delay", "courier")} if topic else replied


def _pooled(said: Mapping[str, bool]) -> dict[str, bool]:
    """Return whether the answers blame, when they blame or praise at all."""
    blames = any(said.get(name) for name in _BLAME) or said.get("happy") is False
    praises = any(said.get(name) for name in _PRAISE)
    return {"negative": blames and not praises} if blames or praises else {}
