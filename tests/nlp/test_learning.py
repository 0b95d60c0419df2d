"""The parts that learn: each promise on data small enough to see through."""

import json
import pickle
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_config
from scipy.sparse import csr_matrix
from typer.testing import CliRunner

from nlp import artifacts, taxonomy, train
from nlp.blend import Blend, _OneOf, draw_weights
from nlp.bundle import Bundle
from nlp.clausewise import Spoken
from nlp.cli import app
from nlp.committee import Committee
from nlp.compact import Narrow
from nlp.errors import ExampleError
from nlp.examples import Example
from nlp.features import Features, tokens
from nlp.heads import _weights
from nlp.judging.against import assemble
from nlp.labels import LIMIT, HeadScores, columns, targets, trade_one_hot
from nlp.layers import Layers
from nlp.learning import weak
from nlp.learning.embeddings import word_vectors
from nlp.learning.kernel import Kernel
from nlp.normalize import normalize
from nlp.rules.scope import Cut
from nlp.student import Student
from nlp.thresholds import best_threshold, choose, favoured, offsets
from nlp.votes import MOODS, Votes

FOODS = ("پیتزا", "کباب", "سوپ", "سالاد", "برنج", "ماهی")
GOOD = ("داغ و خوشمزه بود", "تازه و عالی رسید", "طعمش حرف نداشت")
BAD = ("سرد و بی‌مزه بود", "مانده و بدبو رسید", "خام و افتضاح بود")


def invented() -> Iterator[Example]:
    for number, (food, end) in enumerate((food, end) for food in FOODS for end in GOOD + BAD):
        good = end in GOOD
        yield Example(
            id=f"t{number}",
            text=f"{food} {end}",
            category="praise" if good else "complaint",
            sentiment=1 if good else -1,
            topics={"food_quality": "positive" if good else "negative"},
            urgency="none" if good else "normal",
        )


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return train.fit(list(invented()), seed=3)[0]


def scores_of(bundle: Bundle, *texts: str) -> HeadScores:
    return bundle.score([normalize(text) for text in texts])


def test_a_few_dozen_comments_without_weak_data_already_tell_praise_from_complaint(bundle: Bundle) -> None:
    scores = scores_of(bundle, "جوجه داغ و خوشمزه بود", "جوجه خام و افتضاح بود")
    labels = [label for head, label in columns() if head == "category"]
    assert [labels[best] for best in scores.category.argmax(axis=1)] == ["praise", "complaint"]
    assert scores.topic_sentiment[:, 3].argmax(axis=1).tolist() == [2, 0]


def test_a_model_learned_from_few_comments_says_of_them_what_its_folds_promised() -> None:
    """Nobody asks, suggests or threatens here, and each fold has as many comments."""
    kinds = (("پیک {} دقیقه دیر کرد", "complaint", -1), ("طعم غذا عالی بود، {} بار سفارش دادم", "praise", 1))
    few = [
        Example(
            id=f"t{number}", text=text.format(number + 2), category=category, sentiment=mood, urgency="none"
        )
        for number in range(15)
        for text, category, mood in kinds
    ]
    scores = scores_of(train.fit(few, seed=3)[0], *(example.text for example in few))
    labels = [label for head, label in columns() if head == "category"]
    assert [labels[best] for best in scores.category.argmax(axis=1)] == [each.category for each in few]


def test_probabilities_of_one_head_are_shares_of_one_whole(bundle: Bundle) -> None:
    scores = scores_of(bundle, "سوپ سرد بود", "نظری ندارم", "😊")
    for shares in (scores.category, scores.sentiment, scores.urgency, scores.topic_sentiment):
        assert np.allclose(shares.sum(axis=-1), 1.0)
        assert (shares >= 0).all()


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_examples_and_seed_give_the_same_bundle(bundle: Bundle, workers: int) -> None:
    with parallel_config(n_jobs=workers):
        again, _ = train.fit(list(invented()), seed=3)
    assert again.thresholds == bundle.thresholds
    assert np.array_equal(scores_of(again, "ماهی بدبو بود").topics, scores_of(bundle, "ماهی بدبو بود").topics)


def test_a_training_is_measured_on_the_folds_that_it_was_calibrated_by(tmp_path: Path) -> None:
    data, models = tmp_path / "own.jsonl", tmp_path / "models"
    data.write_text("\n".join(json.dumps(asdict(each)) for each in invented()), encoding="utf-8")
    told = CliRunner().invoke(
        app, ["train", str(data), "--out", str(models), "--version", "2026.12.1", "--seed", "3"]
    )
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, str(models / "2026.12.1"))
    assert artifacts.current(models).name == "2026.12.1"
    kept = json.loads((models / "2026.12.1" / artifacts.METRICS).read_text(encoding="utf-8"))
    assert (kept["examples"], kept["folds"], kept["seed"]) == (36, 5, 3)
    assert kept["data"] == artifacts.verify(models / "2026.12.1")["data"]["sha256"]
    assert kept["heads"]["category"]["macro_f1"]["value"] > 0.9


def test_of_two_files_of_cases_with_one_name_is_told_before_anything_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "load", lambda _: pytest.fail("an hour's work"))
    files = [f"--behaviour={tmp_path / folder / 'cases.jsonl'}" for folder in "ab"]
    told = CliRunner().invoke(app, ["train", str(tmp_path), "--out", str(tmp_path / "models"), *files])
    assert (told.exit_code, "two files have one name" in told.stderr) == (2, True)
    assert not (tmp_path / "models").exists()


def test_the_card_tells_of_ones_own_comments_what_stands_beside_them_and_nothing_of_ours(
    bundle: Bundle, tmp_path: Path
) -> None:
    assert "nobody told" in bundle.facts["annotation"]["how"]
    (tmp_path / "card.toml").write_text('changes = ["2027.1.1: the first of our own"]', encoding="utf-8")
    told = train.fit(list(invented()), data=tmp_path, seed=3)[0].facts
    assert told["changes"] == ["2027.1.1: the first of our own"]
    assert told["annotation"] == bundle.facts["annotation"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('changes = ["x"\n', "no TOML"),
        ('version = "../evil"', "'version' is none of known_failures, changes, annotation"),
        ('changes = "x"', "changes is no list"),
        ("annotation = 1", "annotation: is no table"),
        ("[annotation]\nagreement = 0.9", "annotation: agreement is no table"),
    ],
)
def test_a_mistake_in_what_the_card_says_is_told_before_anything_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, said: str
) -> None:
    monkeypatch.setattr(train, "poll", lambda *_, **__: pytest.fail("an hour's work"))
    (tmp_path / "card.toml").write_text(written, encoding="utf-8")
    with pytest.raises(ExampleError, match=said):
        train.fit(list(invented()), data=tmp_path)


def test_nothing_is_learned_from_a_handful() -> None:
    with pytest.raises(ExampleError, match="it takes 20"):
        train.fit(list(invented())[:6])
    with pytest.raises(ExampleError, match="0 labelled comments with a word"):
        train.fit([replace(example, text=" ") for example in invented()])


def test_what_is_saved_scores_exactly_as_what_was_judged(bundle: Bundle) -> None:
    reread = pickle.loads(pickle.dumps((bundle.features, bundle.heads)))
    spoken = Spoken.of(reread[0], [normalize("کباب سرد بود")])
    assert np.array_equal(reread[1].predict(spoken).category, scores_of(bundle, "کباب سرد بود").category)


def test_a_comment_in_a_batch_scores_as_it_does_alone(bundle: Bundle) -> None:
    together = scores_of(bundle, "برنج تازه بود", "سالاد خام بود")
    assert np.allclose(together.topics[1], scores_of(bundle, "سالاد خام بود").topics[0], atol=1e-5)


def test_words_of_unlabelled_comments_become_columns_of_their_own() -> None:
    comments = [normalize(example.text) for example in invented()]
    features = Features().fit(comments, more=["راننده مودب"] * 5)
    assert "راننده" in features.words_.vocabulary
    assert features.matrix(["راننده"]).shape[1] == features.blocks["cues"].stop


def test_no_texts_give_no_rows() -> None:
    features = Features().fit([normalize(example.text) for example in invented()])
    assert features.matrix([]).shape == (0, features.blocks["cues"].stop)


def test_words_with_the_same_neighbours_get_similar_vectors() -> None:
    texts = [tokens(f"{who} {verb} دیر رسید") for who in ("پیک", "راننده") for verb in ("امروز", "دیشب")] * 9
    texts += [tokens(f"{what} خوش طعم شد") for what in ("سوپ", "کباب")] * 9
    places = {word: n for n, word in enumerate(sorted({word for text in texts for word in text}))}
    vectors = word_vectors(texts, places, size=6)
    near = vectors[places["پیک"]] @ vectors[places["راننده"]]
    assert near > vectors[places["پیک"]] @ vectors[places["سوپ"]] + 0.3


def test_the_kernel_agrees_with_its_nearest_examples() -> None:
    angle = np.linspace(0.0, np.pi, 60)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    wanted = np.where(angle < 1.0, 1.0, -1.0)[:, None].astype(np.float32)
    said = Kernel(landmarks=40, sharpness=8.0).fit(points, wanted).predict(points)
    assert np.mean((said > 0) == (wanted > 0)) > 0.95


def test_a_student_says_what_labels_and_the_teacher_taught() -> None:
    rows = csr_matrix(np.repeat(0.3 * np.eye(4, dtype=np.float32), 60, axis=0))
    wanted = np.repeat(np.array([[1, -1], [-1, 1]], dtype=np.float32), 60, axis=0)
    student = Student(rounds=40).fit(rows[:120], wanted, np.ones(120), rows[120:], wanted)
    said = student.predict(Narrow.of(rows[::60]))
    assert (said[:, 0] > said[:, 1]).tolist() == [True, False, True, False]


def test_what_was_said_outweighs_what_was_invented() -> None:
    alike = np.full((100, 2), 0.7, dtype=np.float32)
    is_invented = np.arange(100) >= 45  # the larger part
    weight = np.where(is_invented, 0.4, 1.0)
    odds = (
        Layers(hidden=8, rounds=400)
        .fit(alike, is_invented[:, None] & [True, True], weight)
        .predict(alike[:1])
    )
    assert (odds < 0).all()


def test_a_blend_trusts_the_model_that_was_right() -> None:
    examples = [e for e in invented() for _ in range(4)]
    truth = targets(examples) * 4.0 - 2.0
    noise = np.random.default_rng(0).normal(size=truth.shape)
    polarity = np.zeros((len(examples), 2, 23, 3))
    votes = Votes(np.stack([noise, truth], axis=1), polarity)
    blend = Blend().fit(votes, examples)
    kinds = [label for head, label in columns() if head == "category"]
    said = blend.predict(votes).category.argmax(axis=1)
    assert [kinds[place] for place in said] == [example.category for example in examples]


def test_told_the_trade_the_same_votes_mean_another_topic() -> None:
    meant = {"food_order": "food_quality", "hotel": "place_facilities", "": "packaging"}
    domains = [*meant] * 400
    examples = [
        Example(id=str(row), text="", category="complaint", sentiment=-1, domain=domain, topics={meant[domain]: "negative"})
        for row, domain in enumerate(domains)
    ]  # fmt: skip
    noise = np.random.default_rng(4).normal(size=(len(examples), 1, len(columns())))
    votes = Votes(noise, np.zeros((len(examples), 1, 23, 3)))
    blend = Blend().fit(votes, examples)
    topics = [label for head, label in columns() if head == "topics"]
    likeliest = {
        domain: [
            topics[place] for place in blend.predict(votes, trade_one_hot([domain])).topics.argmax(axis=1)
        ]
        for domain in ("food_order", "hotel")
    }
    assert all(said.count(meant[domain]) > 0.95 * len(said) for domain, said in likeliest.items())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_committee_says_what_its_members_say_on_average_in_whatever_parts_it_hears() -> None:
    from sklearn.neural_network import MLPClassifier

    dice = np.random.default_rng(2)
    heard = dice.normal(1.0, 3.0, (900, 6))
    kinds = np.where(
        (heard[:, 1] > 0.5) ^ (heard[:, 4] > 1.0), 2, 0
    )  # no single input tells it, and 1 is never seen
    weight = dice.random(900) + 0.1
    committee = Committee(hidden=16, members=3, rounds=60).fit(heard, kinds, weight, 3)
    rows = ((heard - heard.mean(axis=0)) / heard.std(axis=0)).astype(np.float32)
    theirs = [
        MLPClassifier((16,), alpha=0.1, batch_size=256, max_iter=60, random_state=seed)
        .fit(rows, kinds, sample_weight=weight)
        .predict_proba(rows)[:, 1]
        for seed in range(3)
    ]
    odds = committee.odds(heard)
    expected = np.mean([np.log(each / (1 - each)) for each in theirs], axis=0)
    np.testing.assert_allclose(odds[:, 2] - odds[:, 0], expected, atol=1e-3)
    np.testing.assert_allclose(committee.odds(heard[:, None, :2], heard[:, None, 2:])[:, 0], odds, atol=1e-4)
    assert np.mean(odds.argmax(axis=1) == kinds) > 0.8  # one input by itself tells six of ten
    assert odds[:, 1].max() <= -LIMIT


def test_a_committee_that_has_seen_one_kind_only_says_that() -> None:
    committee = Committee(members=1).fit(np.zeros((9, 2)), np.full(9, 1), np.ones(9), 3)
    assert committee.odds(np.ones((1, 2))).argmax(axis=1).tolist() == [1]


def test_what_other_labels_say_makes_a_comment_urgent() -> None:
    kinds = columns()
    calm, high = kinds.index(("urgency", "normal")), kinds.index(("urgency", "high"))
    blocked = kinds.index(("signals", "blocked"))
    dice = np.random.default_rng(3)
    is_urgent = dice.random(12_000) < 0.3
    examples = [
        Example(
            id=str(number),
            text="",
            category="complaint",
            sentiment=-1,
            urgency="high" if is_high else "normal",
            signals=("blocked",) if is_high else (),
        )
        for number, is_high in enumerate(is_urgent)
    ]
    said = dice.normal(-2.0, 0.5, (len(examples), 1, len(kinds)))
    said[:, 0, [calm, high]] = 0.0  # the models cannot tell the level itself
    said[:, 0, blocked] = np.where(is_urgent, 2.0, -2.0)
    votes = Votes(said, np.zeros((len(examples), 1, 23, 3)))
    found = Blend().fit(votes, examples).predict(votes).urgency
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert np.mean((found[:, 2:].sum(axis=1) > 0.5) == is_urgent) > 0.99


def test_an_offset_lets_a_rare_kind_win_where_it_would_never_be_said() -> None:
    wanted = np.array([0] * 90 + [1] * 10)
    shares = np.where(wanted[:, None] == 1, [[0.6, 0.4]], [[0.9, 0.1]])
    assert favoured(shares, (0.0, 0.0)).sum() == 0
    assert (favoured(shares, offsets(shares, wanted)) == wanted).all()


@pytest.mark.parametrize("least", [0.0, 0.5, 0.9, 1.0])
def test_a_threshold_keeps_the_recall_that_is_asked_of_it(least: float) -> None:
    random = np.random.default_rng(5)
    wanted = random.random(400) < 0.2
    scores = np.clip(random.normal(0.35 + 0.2 * wanted, 0.15), 0, 1)
    said = scores >= best_threshold(scores, wanted, least)
    assert (said & wanted).sum() / wanted.sum() >= least


def test_labelled_comments_that_name_no_draw_are_a_companys_own_but_for_the_invented_file(
    tmp_path: Path,
) -> None:
    for name in (*train.LABELLED, "mine.jsonl"):
        lines = [
            {"id": f"{name}-{draw}", "text": f"چای سرد بود {name}", "category": "complaint", "sentiment": -1, "draw": draw}
            for draw in ("", "stratified")
        ]  # fmt: skip
        (tmp_path / name).write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    draws = {each.id.removesuffix("-"): each.draw for each in train.load(tmp_path) if each.id.endswith("-")}
    assert draws == {"gold_train.jsonl": "own", "invented_train.jsonl": "", "corrected.jsonl": "own"}
    alone = train.load(tmp_path / "mine.jsonl")
    assert [each.draw for each in alone] == ["own", "stratified"]
    assert (_weights([*alone, *invented()])[:3] == [1.0, 1.0, 0.6]).all()
    assert draw_weights(alone).tolist() == [1.0, 1.0]
    assert train.fingerprint(alone)["draws"] == {"own": 1, "stratified": 1}


@pytest.mark.parametrize(("real", "heard"), [(120, 120), (40, 640)])
def test_thresholds_come_from_what_customers_wrote_where_that_is_enough(real: int, heard: int) -> None:
    chance = np.random.default_rng(7)
    signal = next(iter(taxonomy.load().signals))
    examples = [
        Example(
            id=str(row), text="", category="complaint", sentiment=-1, draw="correction" if row < real else "joined",
            signals=(signal,) if chance.random() < (0.1 if row < real else 0.6) else (),
        )
        for row in range(real + 600)
    ]  # fmt: skip
    odds = np.clip(0.6 * targets(examples) + 0.4 * chance.random((len(examples), len(columns()))), 0.01, 0.99)
    pairs = np.full((len(examples), 3 * len(taxonomy.load().topics)), 1 / 3)
    scores = assemble(np.hstack([odds, pairs]))
    rows = np.arange(heard)
    assert choose(scores, examples) == choose(
        scores.take(rows), [replace(examples[row], draw="") for row in rows]
    )


def weak_file(folder: Path, name: str, *rows: object) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")


def test_missing_stars_are_no_answer_and_unhappy_means_negative(tmp_path: Path) -> None:
    weak_file(tmp_path, "food_order_reviews", {"text": "پیتزا خوب بود", "stars": 0})
    weak_file(tmp_path, "food_order_happy_sad", {"text": "دیر آوردن", "label": "SAD"})
    first, second = weak.read(tmp_path)
    assert "stars_low" not in first.answers
    assert "negative" not in first.answers
    assert second.answers["negative"] is True


def test_comments_kept_to_judge_never_teach(tmp_path: Path) -> None:
    weak_file(
        tmp_path,
        "food_order_happy_sad",
        {"text": "سرد بود!!", "label": "SAD"},
        {"text": "گرم بود", "label": "HAPPY"},
    )
    assert [comment.text for comment in weak.read(tmp_path, without={"سرد بود"})] == ["گرم بود"]


def test_pros_and_cons_are_comments_of_their_own(tmp_path: Path) -> None:
    row = {"text": "گوشی خوبی است", "stars": 5, "pros": ["باتری قوی"], "cons": ["ندارد"]}
    weak_file(tmp_path, "online_shop_reviews", row)
    whole, point = weak.read(tmp_path)
    assert whole.answers["stars_high"] is True
    assert (point.text, point.answers["negative"]) == ("باتری قوی", False)


def test_each_topic_takes_the_mood_of_the_clause_that_speaks_of_it() -> None:
    whole = Votes(np.zeros((1, 2, len(columns()))), np.zeros((1, 2, 23, 3)))
    labels = np.zeros((2, 2, len(columns())))
    labels[0, :, MOODS], labels[1, :, MOODS + 3] = (
        5.0,
        5.0,
    )  # the first topic in clause 0, the fourth in clause 1
    polarity = np.zeros((2, 2, 23, 3))
    polarity[0, ..., 0], polarity[1, ..., 2] = 1.0, 1.0
    heard = whole.heard(Votes(labels, polarity), np.array([0, 0]), np.array([0, 1]), np.array([0, 0]))
    assert heard.polarity[0, 2:, 0].argmax(axis=1).tolist() == [0, 0]
    assert heard.polarity[0, 2:, 3].argmax(axis=1).tolist() == [2, 2]
    assert heard.labels[0, 2:, [MOODS, MOODS + 3]].min() == 5.0


def test_kinds_are_said_as_often_as_they_are_true_of_comments_drawn_at_random() -> None:
    chance = np.random.default_rng(0)
    centres = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    often, drawn = chance.choice(3, 600, p=[0.2, 0.4, 0.4]), chance.choice(3, 300, p=[0.7, 0.2, 0.1])
    chosen, random = (centres[kinds] + chance.normal(size=(len(kinds), 2)) for kinds in (often, drawn))
    model = _OneOf(1.0).fit(chosen, chosen, np.eye(3, dtype=bool)[often], np.ones(len(often)))
    right_before = (model.predict(random, random).argmax(axis=1) == drawn).mean()
    model.settle(random, random, drawn)
    said = model.predict(random, random)
    assert np.allclose(said.mean(axis=0), np.bincount(drawn) / len(drawn), atol=1e-3)
    assert (said.argmax(axis=1) == drawn).mean() > right_before


def test_a_comment_of_one_clause_is_its_own_clause() -> None:
    whole = Votes(np.ones((1, 2, len(columns()))), np.ones((1, 2, 23, 3)))
    nothing = Votes(np.zeros((0, 2, len(columns()))), np.zeros((0, 2, 23, 3)))
    none = np.array([], dtype=np.int64)
    heard = whole.heard(nothing, none, none, none)
    assert (heard.course == whole.course).all()
    assert np.array_equal(heard.labels[:, :2], heard.labels[:, 2:])


def test_a_clause_has_the_n_grams_that_it_has_by_itself(bundle: Bundle) -> None:
    texts = [
        "برنج کته شده بود ولی جوجه عالی بود 😍",
        "مرسی",
        "نصفش ریخته بود! بسته ش هم پاره. اما پیک مودب بود",
    ]
    cut = Cut.of(texts)
    pieces = [texts[owner][each.start : each.end] for owner, each in zip(cut.owner, cut.clauses, strict=True)]
    features = bundle.features
    within = features.rows(features.look(cut))[len(texts) :, : features.blocks["cues"].start]
    alone = features.matrix(pieces)[:, : features.blocks["cues"].start]
    assert len(pieces) == 5
    assert np.allclose(within.toarray(), alone.toarray())


def test_clauses_follow_their_comments_when_some_are_taken(bundle: Bundle) -> None:
    comments = [
        normalize(text) for text in ("سوپ سرد بود", "پیتزا داغ بود ولی سالاد خام بود", "کباب خوب بود")
    ]
    spoken = Spoken.of(bundle.features, comments)
    assert spoken.owner.tolist() == [1, 1]
    assert spoken.take(np.array([2, 1])).owner.tolist() == [1, 1]
    assert spoken.take(np.array([0])).rows.shape[0] == 1
