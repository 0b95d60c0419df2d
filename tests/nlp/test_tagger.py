"""The tagger that is shipped: what it says, where it points, and when it stays silent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp import taxonomy
from nlp.errors import UserError
from nlp.labels import SENTIMENTS
from nlp.rules import claims
from nlp.tagger import Tagger
from nlp.tags import Span, Tags

COMMENTS = (
    "پیتزا يخ بود و پيك هم بي‌ادب",
    "سه روزه سفارشم نرسیده، به ۰۹۱۲۳۴۵۶۷۸۹ زنگ بزنید وگرنه شکایت می‌کنم",
    "kheyli bad bood, ghaza sard resid",
    "عااااالی بود ممنووون 😍😍",
    "می شود آدرس را عوض کرد؟",
    "جنسش خوب بود ولی بسته بندی پاره شده بود!!",
)


def spans(tags: Tags) -> Iterator[Span]:
    yield from tags.sentiment.spans if tags.sentiment else ()
    for part in (*tags.topics, *tags.signals):
        yield from part.spans


def polarity(tags: Tags) -> dict[str, str]:
    return {topic.id: topic.sentiment for topic in tags.topics}


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("غذا سرد بود و دیر رسید", "complaint"),
        ("خیلی راضی بودم، کیفیتش عالیه", "praise"),
        ("لطفا حالت شب رو به برنامه اضافه کنید", "suggestion"),
        ("ساعت کاری شعبه چنده؟", "question"),
        ("تشکر", "praise"),  # thanks alone
        ("ممنون از شما، واقعا سنگ تمام گذاشتین", "praise"),
        ("سپاس از تیم پشتیبانی", "praise"),
    ],
)
def test_plain_comments_get_the_plain_category(tagger: Tagger, text: str, category: str) -> None:
    tags = tagger.tag(text)
    assert tags.category is not None
    assert tags.category.label == category


def test_a_category_tells_what_else_it_may_be_where_that_is_likely(tagger: Tagger) -> None:
    unsure = tagger.tag("ممنون ولی کاش زودتر می‌رسید").category
    assert unsure is not None
    assert unsure.label == "suggestion"
    assert [other.label for other in unsure.alternatives] == ["praise", "complaint"]
    told = [tags.category for tags in tagger.tag_many([*COMMENTS, "سلام", "تنور"]) if tags.category]
    for one in (unsure, *told):
        shares = [other.confidence for other in one.alternatives]
        assert shares == sorted(shares, reverse=True)
        assert len(shares) <= 2
        assert all(share >= 0.1 for share in shares)
        assert sum((one.confidence, *shares)) <= 1.0001
        assert one.label not in [other.label for other in one.alternatives]
    assert any(not one.alternatives for one in told)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("غذا عالی بود ولی پیک بی‌ادب بود", {"food_quality": "positive", "courier": "negative"}),
        (
            "اتاقش تمیز و بزرگ بود اما پرسنل بی‌ادب بودن",
            {"place_facilities": "positive", "staff_behaviour": "negative"},
        ),
        (
            "اتاقش تمیز و بزرگ بود اما پرسنل بداخلاق بودن",
            {"place_facilities": "positive", "staff_behaviour": "negative"},
        ),
        (
            "بسته‌بندی پاره بود ولی کیفیت خود جنس عالیه",
            {"packaging": "negative", "product_quality": "positive"},
        ),
    ],
)
def test_two_clauses_praise_one_topic_and_blame_the_other(tagger: Tagger, text: str, wanted: dict) -> None:
    tags = tagger.tag(text)
    assert polarity(tags).items() >= wanted.items()
    turn = max(text.find(" ولی "), text.find(" اما "))
    places = {topic.id: topic.spans for topic in tags.topics}
    first, second = wanted
    assert all(span.end <= turn for span in places[first])
    assert all(span.start >= turn for span in places[second])


@pytest.mark.parametrize(
    "text",
    [
        "توی غذا شیشه بود و دهن بچه‌م برید",
        "فردا میرم تعزیرات ازتون شکایت می‌کنم",
        "بدون اجازه از حسابم پنج میلیون برداشت شده",
    ],
)
def test_hard_evidence_is_critical_and_says_why(tagger: Tagger, text: str) -> None:
    tags = tagger.tag(text)
    assert tags.urgency.level == "critical"
    assert any("«" in reason.text_fa for reason in tags.urgency.reasons)


def test_anger_about_taste_is_not_urgent(tagger: Tagger) -> None:
    assert tagger.tag("افتضاح بود، بدمزه‌ترین کبابی که خوردم").urgency.level in ("none", "normal")


def hear(monkeypatch: pytest.MonkeyPatch, tagger: Tagger, **shares: dict[str, float]) -> None:
    """Let the model hear these labels with these probabilities, and no other of their heads."""
    known = tagger.taxonomy
    labels = {"category": known.categories, "sentiment": SENTIMENTS, "signals": known.signals}
    given = {
        head: np.array([[told.get(label, 0.0) for label in labels[head]]]) for head, told in shares.items()
    }
    heads = tagger.bundle.heads
    heard = heads.predict
    monkeypatch.setattr(heads, "predict", lambda *asked: replace(heard(*asked), **given))


@pytest.mark.parametrize(("share", "looks"), [(0.99, True), (0.0, False)])
def test_suspected_sarcasm_goes_to_a_person(
    monkeypatch: pytest.MonkeyPatch, tagger: Tagger, share: float, looks: bool
) -> None:
    hear(monkeypatch, tagger, category={"complaint": 1.0}, signals={"sarcasm": share})
    tags = tagger.tag("غذا سرد بود")
    assert ([signal.name for signal in tags.signals], tags.needs_review) == (["sarcasm"] * looks, looks)


@pytest.mark.parametrize(("share", "looks"), [(0.49, True), (0.51, False)])
def test_a_category_that_is_a_guess_goes_to_a_person(
    monkeypatch: pytest.MonkeyPatch, tagger: Tagger, share: float, looks: bool
) -> None:
    hear(monkeypatch, tagger, category={"complaint": share, "other": 0.3}, signals={})
    assert tagger.tag("غذا سرد بود").needs_review == looks


@pytest.mark.parametrize("text", COMMENTS)
def test_evidence_quotes_the_original(tagger: Tagger, text: str) -> None:
    tags = tagger.tag(text, now=date(2026, 11, 25))
    assert tags.abstained == ()
    for span in spans(tags):
        assert text[span.start : span.end] == span.text
        assert not (span.start > 0 and text[span.start - 1].isalnum() and text[span.start].isalnum())
    for part in (tags.sentiment, *tags.topics, *tags.signals):
        assert part is None or len(part.spans) <= 3


PIECES = (
    "غذا",
    " ",
    "عااالی",
    "\u200c",
    "ها",
    "ي",
    "ك",
    "ولی",
    "!",
    "😡",
    "پیک",
    "\n",
    "۱۲",
    "bood",
    "نیومد",
    "سرد",
    ".",
    "ـ",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_spans_and_entities_point_into_whatever_was_written(tagger: Tagger, text: str) -> None:
    tags = tagger.tag(text)
    for span in spans(tags):
        assert text[span.start : span.end] == span.text != ""
    for part in (*tags.entities, *tags.pii):
        assert 0 <= part.start < part.end <= len(text)
    assert tags.to_json()["urgency"]["level"] == tags.urgency.level


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The food was cold and late, I am angry", "unsupported_language"),
        ("كان الطعام بارداً جداً ولن أعود إليكم", "unsupported_language"),
        ("", "empty"),
        ("   \n", "empty"),
    ],
)
def test_what_cannot_be_read_gets_no_invented_tags(tagger: Tagger, text: str, reason: str) -> None:
    tags = tagger.tag(text)
    assert {each.reason for each in tags.abstained} == {reason}
    assert (tags.category, tags.sentiment, tags.topics, tags.signals) == (None, None, (), ())
    assert tags.urgency.level == "none"


def test_a_batch_says_of_each_comment_what_is_said_of_it_alone(tagger: Tagger) -> None:
    together = tagger.tag_many(COMMENTS)
    for text, tags in zip(COMMENTS, together, strict=True):
        alone = tagger.tag(text)
        assert alone.category == pytest.approx(tags.category) or alone.category.label == tags.category.label
        assert polarity(alone) == polarity(tags)
        assert alone.urgency.level == tags.urgency.level


def test_long_comments_that_go_through_in_several_batches_keep_their_order(tagger: Tagger) -> None:
    long = [f"{text}. " * (50_000 // len(text)) for text in COMMENTS]  # far more letters than one batch takes
    together = tagger.tag_many([*long, *COMMENTS], evidence=False)
    assert [polarity(tags) for tags in together[: len(long)]] == [polarity(tagger.tag(text)) for text in long]
    assert [polarity(tags) for tags in together[len(long) :]] == [
        polarity(tagger.tag(text)) for text in COMMENTS
    ]


@pytest.mark.parametrize("text", ["کیفیتش پایین اومده", "کیفیت اصلا خوب نبود"])
def test_told_the_trade_it_says_what_that_trade_is_more_often_blamed_for(tagger: Tagger, text: str) -> None:
    topic = {
        trade: {each.id: each.confidence for each in Tagger(tagger.bundle, trade).tag(text).topics}
        for trade in taxonomy.load().trades
    }
    assert topic["food_order"]["food_quality"] > topic["online_shop"].get("food_quality", 0.0)
    assert topic["online_shop"]["product_quality"] > topic["food_order"].get("product_quality", 0.0)


def test_a_trade_that_nobody_knows_is_refused(tagger: Tagger) -> None:
    with pytest.raises(UserError, match="hotel"):
        Tagger(tagger.bundle, "bakery")


def test_without_evidence_the_same_is_said_without_spans(tagger: Tagger) -> None:
    bare = tagger.tag_many(COMMENTS, evidence=False)
    assert not any(span for tags in bare for span in spans(tags))
    assert [polarity(tags) for tags in bare] == [polarity(tags) for tags in tagger.tag_many(COMMENTS)]


def test_probabilities_are_probabilities(tagger: Tagger) -> None:
    for tags in tagger.tag_many(COMMENTS):
        assert tags.category is not None
        assert tags.sentiment is not None
        shares = [tags.category.confidence, tags.sentiment.confidence]
        shares += [part.confidence for part in (*tags.topics, *tags.signals)]
        assert all(0 <= share <= 1 for share in shares)
        assert -1 <= tags.sentiment.score <= 1


def test_the_score_of_sentiment_never_contradicts_its_label(tagger: Tagger) -> None:
    for tags in tagger.tag_many(COMMENTS):
        assert tags.sentiment is not None
        if "negative" in tags.sentiment.label:
            assert tags.sentiment.score <= 0
        elif "positive" in tags.sentiment.label:
            assert tags.sentiment.score >= 0
        else:
            assert abs(tags.sentiment.score) <= 0.5


@pytest.mark.parametrize(
    ("category", "felt", "label"),
    [("complaint", "very_positive", "negative"), ("praise", "very_negative", "positive")],
)
def test_a_mood_that_its_category_turns_around_has_no_score_of_the_other_side(
    monkeypatch: pytest.MonkeyPatch, tagger: Tagger, category: str, felt: str, label: str
) -> None:
    hear(monkeypatch, tagger, category={category: 1.0}, sentiment={felt: 0.9, label: 0.1})
    sentiment = tagger.tag("غذا سرد بود").sentiment
    assert sentiment is not None
    assert (sentiment.label, sentiment.score) == (label, 0.0)


def test_the_halves_of_a_split_character_move_no_span(tagger: Tagger) -> None:
    said = "\ud83d\ude00 شماره من ۰۹۱۲۳۴۵۶۷۸۹ است، غذا سرد بود"
    joined = said.encode("utf-16", "surrogatepass").decode("utf-16")
    tags = tagger.tag(said)
    assert [joined[one.start : one.end] for one in tags.pii] == ["۰۹۱۲۳۴۵۶۷۸۹"]
    spans = [span for topic in tags.topics for span in topic.spans]
    assert spans
    assert all(joined[span.start : span.end] == span.text for span in spans)


def test_levels_of_confidence_are_those_of_the_contract() -> None:
    assert [taxonomy.level(share) for share in (0.8, 0.79, 0.55, 0.54)] == ["high", "medium", "medium", "low"]


def test_a_topic_may_set_from_when_it_is_sure(monkeypatch: pytest.MonkeyPatch, tagger: Tagger) -> None:
    topics = tagger.taxonomy.topics
    strict = topics | {"courier": replace(topics["courier"], levels=(1.01, 0.5))}
    monkeypatch.setattr(tagger, "taxonomy", replace(tagger.taxonomy, topics=strict))
    shown = {topic.id: topic.level for topic in tagger.tag("غذا عالی بود ولی پیک بی‌ادب").topics}
    assert shown == {"courier": "medium", "food_quality": "high"}


def test_folded_hands_and_flowers_change_nothing(tagger: Tagger) -> None:
    plain, polite = tagger.tag_many(["غذا سرد بود و دیر رسید", "غذا سرد بود و دیر رسید 🙏🌹"])
    assert plain.category == polite.category
    assert polarity(plain) == polarity(polite)
    assert plain.urgency.level == polite.urgency.level


@pytest.mark.parametrize(
    ("rare", "usual", "category"), [("🤩", "😍", "praise"), ("🤤", "😋", "praise"), ("🤬", "😡", "complaint")]
)
def test_a_rare_emoji_says_what_a_usual_one_says(
    tagger: Tagger, rare: str, usual: str, category: str
) -> None:
    tags = [tagger.tag(f"کیک تولد دخترم {emoji}{emoji}") for emoji in (rare, usual)]
    assert {each.category and each.category.label for each in tags} == {category}
    assert all(each.sentiment and [span.text for span in each.sentiment.spans] for each in tags)


def test_judgements_in_rare_words_are_heard(tagger: Tagger) -> None:
    praise = [
        "منشی مطب خوش‌رفتاره",
        "منظره‌ش چشم‌نواز و دل‌انگیز بود",
        "مربیش کارکشته و دلسوزه",
        "طعمش محشره، پیک هم وقت شناس",
    ]
    blame = ["برخورد صندوقدار زننده بود", "نصاب‌شون ناشی و سربه‌هوا بود"]
    said = [each.category and each.category.label for each in tagger.tag_many([*praise, *blame])]
    assert said == ["praise"] * len(praise) + ["complaint"] * len(blame)


def test_of_a_whole_batch_every_comment_is_read_once(tagger: Tagger) -> None:
    claims.read.cache_clear()
    tagger.tag_many(
        [f"پیک سفارش {number} دیر رسید، ولی غذا گرم بود" for number in range(256)], evidence=False
    )
    assert claims.read.cache_info().misses == 256
