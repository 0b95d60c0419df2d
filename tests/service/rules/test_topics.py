"""Topics of the company's own: which comments speak of one, and what is known of it. Without a database."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.routing import decide
from service.rulefile import load
from service.rules import topics
from service.rules.conditions import Facts
from service.rules.textquery import QueryError, parse
from service.rules.topics import Own, tagged

pytestmark = pytest.mark.usefixtures("forgotten")

DAY = date(2026, 11, 28)


def own(id_: str = "own_a", query: str = "گارانتی", **told: Any) -> Own:
    plain = {
        "fa": "گارانتی",
        "en": "گارانتی",
        "queue": None,
        "touchpoint": None,
        "factor": None,
        "first": DAY,
    }
    return Own(id=id_, query=query, **{**plain, **told})


def tags(mood: str | None = "very_negative", **told: Any) -> dict[str, Any]:
    return {"topics": [], "pii": [], "sentiment": mood and {"label": mood}, **told}


def test_a_comment_whose_words_meet_the_query_speaks_of_the_topic_in_its_own_mood() -> None:
    text = "سه ماهه گارانتي‌ش تموم نشده ولی قبول نمی‌کنن"
    (one,) = tagged([own()], text, tags())["topics"]
    assert (one["id"], one["label_fa"], one["sentiment"], one["level"]) == (
        "own_a",
        "گارانتی",
        "negative",
        "high",
    )
    assert [span["text"] for span in one["spans"]] == ["گارانتي‌ش"]
    assert all(text[span["start"] : span["end"]] == span["text"] for span in one["spans"])
    assert tagged([own()], "عالی بود", tags())["topics"] == []


@pytest.mark.parametrize(
    ("spans", "mood"),
    [
        ([("packaging", "negative", "ظرف کاغذی افتضاحه")], "negative"),
        ([("food_quality", "positive", "غذا عالی"), ("packaging", "neutral", "ظرف")], "neutral"),
        (
            [("food_quality", "positive", "غذا عالی")],
            "positive",
        ),  # no topic shares its words: the comment's mood
        (
            [("packaging", "neutral", "ظرف"), ("price_value", "negative", "کاغذی")],
            "negative",
        ),  # the longer words
    ],
)
def test_it_has_the_mood_of_the_topic_that_shares_its_words(
    spans: list[tuple[str, str, str]], mood: str
) -> None:
    text = "غذا عالی بود ولی ظرف کاغذی افتضاحه"
    said = [
        {
            "id": id_,
            "sentiment": felt,
            "spans": [{"start": text.index(words), "end": text.index(words) + len(words)}],
        }
        for id_, felt, words in spans
    ]
    one = tagged([own(query='"ظرف کاغذی"')], text, tags("positive", topics=said))["topics"][-1]
    assert one["sentiment"] == mood


def test_a_comment_that_the_model_cannot_read_may_speak_of_one() -> None:
    (one,) = tagged([own(query="warranty")], "Is there any warranty?", tags(None))["topics"]
    assert one["sentiment"] == "neutral"


def test_personal_data_is_no_word() -> None:
    text = "شماره‌ام 09120000000"
    hidden = tags(pii=[{"kind": "mobile", "start": 9, "end": 20}])
    assert tagged([own(query="09120000000")], text, hidden)["topics"] == []


@pytest.mark.parametrize(
    ("query", "text", "words"),
    [
        ('"کد تخفیف" | بن', "کد تخفیفم سوخت", ["کد تخفیفم"]),
        ("تخفیف | تخفی", "تخفیف‌ها", ["تخفیف‌ها"]),
        ("کارت -(هدیه | -بانک)", "کارت بانک هدیه", ["کارت", "بانک"]),
        ("۵۰ درصد", "50 درصد", ["50", "درصد"]),
        ("خیلی", "خیلییییی خوب، خیـلی!", ["خیلی", "خیـلی"]),
    ],
)
def test_the_words_that_a_query_asks_for_are_found_where_they_stand(
    query: str, text: str, words: list[str]
) -> None:
    assert [text[start:end] for start, end in parse(query).places(text)] == words


@given(st.text(alphabet='اأبيك‌ ـ\u064bßİ1١"()|-', max_size=40), st.text(alphabet="ابيكß‌ ()|-", max_size=12))
def test_whatever_is_asked_of_whatever_text_its_places_lie_within_it(text: str, query: str) -> None:
    try:
        places = parse(query).places(text)
    except QueryError:
        return
    assert all(0 <= start < end <= len(text) for start, end in places)


def test_a_topic_needs_a_word_to_be_found_by() -> None:
    with pytest.raises(QueryError, match="واژه‌ای"):
        topics.read("-خوب")


def test_an_archived_topic_keeps_its_name_and_is_no_longer_offered() -> None:
    topics.take([own(), own("own_b", fa="قدیمی", end=DAY)])
    assert topics.labels().topics["own_b"].fa == "قدیمی"
    assert "own_b" not in topics.offered().topics
    assert "own_a" in topics.offered().topics


def test_a_topic_neither_rose_nor_fell_where_its_counting_begins_or_ends() -> None:
    topics.take([own(), own("own_b", first=date(2026, 1, 1), end=DAY)])
    before, after = DAY - timedelta(days=1), DAY + timedelta(days=60)
    assert topics.is_counted("courier", before, after)
    assert not topics.is_counted("own_a", before, after)
    assert topics.is_counted("own_a", DAY, after)
    assert topics.is_settled("own_a", after)
    assert not topics.is_settled("own_b", DAY)
    assert topics.is_counted("own_b", date(2026, 2, 1), before)


def test_the_owner_of_an_own_topic_gets_its_comments_and_one_without_owner_leaves_them_to_the_next() -> None:
    rules = load()
    topics.take([own(queue="finance"), own("own_b"), own("own_c", queue="given_up")])
    model = {"id": "courier", "label_fa": "پیک", "confidence": 0.9, "sentiment": "negative", "spans": []}

    def queue(*ids: str) -> str:
        mine = [{"id": id_, "label_fa": id_, "confidence": 1.0, "sentiment": "negative"} for id_ in ids]
        said = tags(topics=[model, *mine], category={"label": "complaint", "confidence": 0.9}, signals=[])
        said |= {"urgency": {"level": "normal", "reasons": []}, "needs_review": False}
        return decide(rules, Facts(tags=said, text="")).queue

    assert queue("own_a") == "finance"
    assert queue("own_b", "own_c") == queue() == "delivery"
