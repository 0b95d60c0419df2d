"""Evidence: exact contributions of the linear machine, laid back over whole words."""

import numpy as np
import pytest

from nlp import explain
from nlp.compact import Narrow
from nlp.heads import place
from nlp.normalize import normalize
from nlp.rules.scope import Cut
from nlp.tagger import Tagger

TEXT = "پیک دیر رسید و غذا سرد بود، ولی پشتیبانی خوب جواب داد"


def laid(tagger: Tagger, text: str) -> explain.Words:
    comment = normalize(text)
    features, heads = tagger.bundle.features, tagger.bundle.heads
    looked = features.look(Cut.of([comment.text]))
    return explain.words(features, heads, [comment], looked, features.rows(looked))[0]


def test_the_words_add_up_to_what_the_n_grams_push(tagger: Tagger) -> None:
    features, heads = tagger.bundle.features, tagger.bundle.heads
    matrix = features.matrix([normalize(TEXT).text])
    matrix.data[matrix.indices >= features.blocks["cues"].start] = 0.0  # cues stand nowhere
    words = explain.contributions(laid(tagger, TEXT), "topics", "food_quality")
    pushed = heads.pushes(Narrow.of(matrix))[0, place("topics", "food_quality")]
    assert words.sum() == pytest.approx(pushed, abs=1e-3)


def test_each_topic_is_proved_by_its_own_words(tagger: Tagger) -> None:
    comment, words = normalize(TEXT), laid(tagger, TEXT)
    assert any(
        "غذا" in span.text or "سرد" in span.text
        for span in explain.evidence(comment, words, "topics", "food_quality")
    )
    assert any(
        "پشتیبانی" in span.text or "جواب" in span.text
        for span in explain.evidence(comment, words, "topics", "support")
    )


def test_praise_and_blame_pull_a_sentiment_in_opposite_directions(tagger: Tagger) -> None:
    words = laid(tagger, TEXT)
    up = explain.contributions(words, "sentiment", "positive")
    assert np.allclose(up, -explain.contributions(words, "sentiment", "negative"))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("فوق‌العاده بود", ["فوق‌العاده"]),  # known by what it says, not by its letters
        ("مرسی", ["مرسی"]),
        ("هدفون صداش خوبه، باتریش ضعیفه", ["خوبه", "ضعیفه"]),  # balanced: the best and the worst
        ("غذا عالی بود ولی پیک خیلی بی‌ادب برخورد کرد", ["عالی", "پیک خیلی بی‌ادب برخورد"]),
    ],
)
def test_a_sentiment_is_proved_by_what_judges_and_a_balance_by_both_sides(
    tagger: Tagger, text: str, pieces: list[str]
) -> None:
    sentiment = tagger.tag(text).sentiment
    assert sentiment is not None
    assert [span.text for span in sentiment.spans] == pieces


def test_nothing_proves_that_nothing_was_felt(tagger: Tagger) -> None:
    assert explain.evidence(normalize(TEXT), laid(tagger, TEXT), "sentiment", "neutral") == ()


@pytest.mark.parametrize(
    ("pushes", "pieces"),
    [
        ([0.5, 0, 1, 0, 0.6, 0, 0.9, 0], ["c", "e", "g"]),  # at most three, in reading order
        ([1, 1, 1, 1, 1, 1, 1, 1], ["a b c d e f", "g h"]),  # neighbours are one, up to six words
        ([1, 0, 0.36, 0, 0.34, 0, 0, -1], ["a", "c"]),  # a third of the strongest is too weak
        ([0, 0, 0, -1, -1, 0, 0, 0], []),
    ],
)
def test_the_strongest_words_are_put_into_pieces(pushes: list[float], pieces: list[str]) -> None:
    text = "a b c d e f g h"
    spans = [(at, at + 1) for at in range(0, len(text), 2)]
    words = explain.Words(spans=spans, pushes=np.zeros((8, 0), np.float32))
    assert [text[start:end] for start, end in explain.strongest(text, words, pushes)] == pieces


@pytest.mark.parametrize(
    ("text", "topic", "piece"),
    [
        ("غذاش خوب بود ولی پیک خیلی بی‌ادب بود", "courier", "پیک خیلی بی‌ادب"),
        ("هر چی زنگ می‌زنم کسی جواب نمیده", "support", "جواب نمیده"),
        ("کارشناس هم برخورد خوبی نداشت", "staff_behaviour", "برخورد خوبی نداشت"),
        ("گوشی اصل نیست، تعجب کردم", "authenticity", "اصل نیست"),
        ("غذا و پیک خوب", "food_quality", "غذا"),  # what is judged behind «و» is something else
    ],
)
def test_a_piece_reaches_the_word_that_judges_and_the_verb_that_denies(
    tagger: Tagger, text: str, topic: str, piece: str
) -> None:
    found = explain.evidence(normalize(text), laid(tagger, text), "topics", topic)
    assert any(span.text.endswith(piece) for span in found), found


@pytest.mark.parametrize(("pushes", "pieces"), [([1, 0, 0.6, 0], ["زنگ"]), ([1, 0, 0, 0], ["و"])])
def test_a_word_that_tells_nothing_stands_only_where_no_other_does(
    pushes: list[float], pieces: list[str]
) -> None:
    text = "و تو زنگ تو"
    words = explain.Words(spans=[(0, 1), (2, 4), (5, 8), (9, 11)], pushes=np.zeros((4, 0), np.float32))
    assert [text[start:end] for start, end in explain.strongest(text, words, pushes)] == pieces


def found(tagger: Tagger, text: str, kept: str) -> list[str]:
    """Return the pieces of a text of which a label is proved by the words of `kept` alone."""
    comment, spans = normalize(text), laid(tagger, text).spans
    pushes = np.zeros((len(spans), place("topics", "food_quality") + 1), np.float32)
    pushes[:, -1] = [comment.text[slice(*word)] in kept.split() for word in spans]
    words = explain.Words(spans=spans, pushes=pushes)
    return [span.text for span in explain.evidence(comment, words, "topics", "food_quality")]


@pytest.mark.parametrize(
    ("text", "kept", "pieces"),
    [
        ("جنسش عالی\nکیفیت معمولی", "عالی کیفیت معمولی", ["عالی", "کیفیت معمولی"]),  # a title and its text
        ("غذا عالی ولی پیک بد", "عالی ولی پیک", ["عالی", "پیک بد"]),
        ("غذا داغ بود و سر وقت رسید", "و سر وقت", ["سر وقت"]),
        ("طعم خوب و غذا هم داغ", "خوب و", ["خوب"]),
        ("کباب تازه و نرم بود", "تازه و نرم", ["تازه و نرم"]),
    ],
)
def test_a_piece_ends_with_its_clause_and_not_with_what_joins_it(
    tagger: Tagger, text: str, kept: str, pieces: list[str]
) -> None:
    assert found(tagger, text, kept) == pieces


@pytest.mark.parametrize(
    ("text", "kept", "piece"),
    [
        ("سه ساعت دیر آوردن", "ساعت دیر", "سه ساعت دیر"),
        ("۳۲۰ هزار تومن گرفتن", "تومن", "۳۲۰ هزار تومن"),
        ("مبلغ ۳۲۰ هزار تومن رفت", "مبلغ 320", "مبلغ ۳۲۰ هزار تومن"),
        ("صد و بیست هزار تومن دادم", "هزار", "صد و بیست هزار تومن"),
        ("بعد از یک ساعت و نیم اومد", "ساعت", "یک ساعت و نیم"),
        ("از ساعت ۱۴ اینجام", "ساعت", "ساعت ۱۴"),
        ("دو تا و سه نفر", "نفر", "سه نفر"),
        ("سفارش 44567 سه روزه تو راهه", "روزه", "سه روزه"),
        ("گفتن نه هفته بعد", "هفته", "هفته"),
        ("واحد ۳\nساعت دیواری", "ساعت", "ساعت"),
    ],
)
def test_a_number_is_proof_with_what_it_counts(tagger: Tagger, text: str, kept: str, piece: str) -> None:
    assert found(tagger, text, kept) == [piece]


@pytest.mark.parametrize(
    ("text", "kept", "piece"),
    [
        ("آخر جواب دادن", "دادن", "جواب دادن"),
        ("مبل رو سالم تحویل گرفتم", "گرفتم", "تحویل گرفتم"),
        ("کارت رو مسدود می‌کنن", "میکنن", "مسدود می‌کنن"),
        ("غذا رو داد به نگهبان", "داد", "غذا رو داد"),
        ("شماره رو نوشتم، زدن رفت", "زدن", "زدن"),
        ("داد و بیداد", "داد", "داد"),
        ("یه زن اونجا بود", "زن", "زن"),
    ],
)
def test_a_light_verb_is_proof_with_what_it_does(tagger: Tagger, text: str, kept: str, piece: str) -> None:
    assert found(tagger, text, kept) == [piece]


@pytest.mark.parametrize(
    ("text", "topic", "polarity", "piece"),
    [
        ("سوپ داغ بود دهنمو سوزوند ولی خوشمزه بود", "food_quality", "positive", "خوشمزه"),
        (
            "ویوی دریا فوق‌العاده، اما دیوارا کاغذیه، صدای همسایه تا صبح",
            "place_facilities",
            "negative",
            "صدای همسایه",
        ),
        ("غذا خوشمزه بود ولی برنجش خام بود", "food_quality", "positive", "غذا خوشمزه"),
        ("اتاق کوچیک بود ولی ویوی اتاق عالی", "place_facilities", "positive", "ویوی اتاق عالی"),
    ],
)
def test_a_topic_of_a_mixed_comment_is_proved_by_what_is_said_in_its_mood(
    tagger: Tagger, text: str, topic: str, polarity: str, piece: str
) -> None:
    tags = tagger.tag(text)
    proof = {each.id: (each.sentiment, [span.text for span in each.spans]) for each in tags.topics}
    assert tags.sentiment is not None
    assert tags.sentiment.mixed
    assert proof[topic] == (polarity, [piece])


@pytest.mark.parametrize(
    ("text", "signal", "piece"),
    [
        ("به بانک مرکزی شکایت کردم ازتون", "legal_threat", "بانک مرکزی شکایت"),
        ("اینجانب از طریق مراجع قضایی پیگیری خواهم کرد", "legal_threat", "از طریق مراجع"),
        ("چهار روزه پیگیرم و چمدونم پیدا نشده", "repeat_contact", "چهار روزه پیگیرم"),
        ("احراز هویت ویدیویی هی رد میشه، ۵ بار امتحان کردم", "repeat_contact", "هی رد میشه"),
        ("دیگه از اینجا پیتزا نمی‌گیرم", "churn_intent", "دیگه از اینجا پیتزا نمی‌گیرم"),
    ],
)
def test_a_signal_is_proved_by_the_words_of_its_cue(
    tagger: Tagger, text: str, signal: str, piece: str
) -> None:
    signals = {each.name: each.spans for each in tagger.tag(text).signals}
    assert any(piece in span.text for span in signals[signal]), signals
    assert len(signals[signal]) <= explain.MAX_SPANS


@pytest.mark.parametrize("mark", ["\u0654", "ـــ", "\u064f", "\u064b"])
def test_evidence_keeps_the_marks_on_its_last_letter(tagger: Tagger, mark: str) -> None:
    text = f"غذا{mark} سرد{mark} بود"
    found = explain.evidence(normalize(text), laid(tagger, text), "topics", "food_quality")
    assert found
    for span in found:
        assert text[span.start : span.end] == span.text
        assert text[span.end :][:1] in ("", " ")


@pytest.mark.parametrize("amount", ["250,000", "۲،۵۰۰،۰۰۰", "۴٬۲۰۰٬۰۰۰", "1403/05/12", "12:30", "۲.۵"])
def test_a_number_is_one_word_however_its_digits_are_parted(tagger: Tagger, amount: str) -> None:
    comment = normalize(f"دیروز {amount} تومن کم شد")
    words = [comment.span(*span).text for span in laid(tagger, comment.original).spans]
    assert words == ["دیروز", amount, "تومن", "کم", "شد"]
