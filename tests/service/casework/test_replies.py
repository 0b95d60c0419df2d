"""Replies to start from, and advice on replies; nothing is ever blocked."""

from datetime import UTC, datetime, timedelta

import pytest

from nlp import taxonomy
from service import clocks, sla
from service.casework import replies
from service.casework.replies import Tone
from service.tomlfile import FileMistakes, Source

SHIPPED = replies.load()
CALENDARS = sla.load()
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)


def lacks(text: str, category: str | None = "complaint") -> list[str]:
    return [one.code for one in replies.check(SHIPPED, text, category=category, now=NOW) if not one.ok]


@pytest.mark.parametrize("tone", replies.TONES)
@pytest.mark.parametrize("topic", [*taxonomy.load().topics, None])
def test_every_suggested_reply_to_a_complaint_passes_its_own_check(topic: str | None, tone: Tone) -> None:
    text = replies.suggest(
        SHIPPED, category="complaint", topic=topic, tone=tone, name="خانم رضایی", agent="سارا", due="شنبه"
    )
    assert lacks(text) == []
    assert "خانم رضایی" in text
    assert "{" not in text


@pytest.mark.parametrize("tone", replies.TONES)
@pytest.mark.parametrize("category", ["praise", "question", "suggestion", "other", None])
def test_every_other_suggested_reply_passes_too(category: str | None, tone: Tone) -> None:
    assert lacks(replies.suggest(SHIPPED, category=category, tone=tone), category) == []


def test_each_topic_has_words_of_its_own() -> None:
    found = {replies.suggest(SHIPPED, category="complaint", topic=topic) for topic in taxonomy.load().topics}
    assert len(found) == len(taxonomy.load().topics)


def test_a_danger_to_somebodys_health_is_answered_as_one() -> None:
    assert "پزشک" in replies.suggest(SHIPPED, category="complaint", topic="food_quality", danger=True)


def test_a_reply_promises_the_end_of_the_matter_by_its_own_deadline() -> None:
    running = clocks.start(CALENDARS, "finance", "high", NOW)
    assert replies.promised_by(running, NOW) == "شنبه ۷ آذر ۱۴۰۵، ساعت ۰۹:۰۰"
    assert replies.promised_by(running, NOW + timedelta(days=9)) == "فردا"
    assert replies.promised_by(clocks.paused(running, NOW), NOW) == "فردا"


@pytest.mark.parametrize(
    ("category", "promises"), [("praise", False), ("suggestion", False), ("question", True)]
)
def test_praise_and_suggestions_are_thanked_for_and_promised_nothing(category: str, promises: bool) -> None:
    assert ("تا فردا" in replies.suggest(SHIPPED, category=category)) is promises


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("بابت تأخیر پوزش می‌خواهیم؛ من پیگیری می‌کنم و تا شنبه خبر می‌دهم.", []),
        ("سلام، بررسی میشه", ["apology", "owner", "date"]),
        ("مشکل خودتونه، باید دقت می‌کردید", ["apology", "owner", "next_step", "date", "blame"]),
        ("ببخشید ولی شما نفهمید! همکارم تا فردا پیگیری می‌کنه", []),  # «نفهمید» is no insult here
        ("ببخشید ولی خیلی نفهمی! همکارم تا فردا پیگیری می‌کنه", ["rude"]),
        ("پوزش می‌خواهیم؛ واحد مالی تا فردا به ۰۹۱۲۳۴۵۶۷۸۹ زنگ می‌زند و پیگیری می‌کند", ["personal_data"]),
    ],
)
def test_a_reply_to_a_complaint_is_told_what_it_lacks(text: str, missing: list[str]) -> None:
    assert lacks(text) == missing


def test_advice_is_a_persian_sentence() -> None:
    advice = replies.check(SHIPPED, "باشه", category="praise", now=NOW)
    assert (advice[0].code, advice[0].ok) == ("thanks", False)
    assert advice[0].text_fa == "از مشتری تشکر کنید."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{due}", "{when}", "جای خالی"),
        ("[topics.courier]", "[topics.courrier]", "courrier"),
        ('sign = "با سپاس از شکیبایی شما"', 'sign = ""', "ناتهی"),
    ],
)
def test_a_file_of_replies_with_a_mistake_is_not_used(old: str, new: str, said: str) -> None:
    text = replies.FILE.read_text(encoding="utf-8").replace(old, new)
    with pytest.raises(FileMistakes) as caught:
        replies.parse(Source(text, "replies.toml"))
    assert any(said in mistake.text for mistake in caught.value.mistakes)
