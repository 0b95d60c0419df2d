"""The judge: cross-validation without leaks, measures that are right, duels, behaviour cases, and a card without gaps."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from nlp import artifacts, card, evaluate, train
from nlp.cli import app
from nlp.errors import BehaviourError, CardError, ExampleError, MissingExtraError, UserError
from nlp.examples import Example, folds, group_key, judged_rows, read
from nlp.judging import ablation, against, behaviour, gate, metrics, report
from nlp.labels import HeadScores, columns
from nlp.learning import crossval
from nlp.learning.perturb import PERTURBATIONS
from nlp.learning.polling import poll
from nlp.tagger import Tagger

MODELS = Path(__file__).resolve().parents[2] / "models"
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
            urgency="none" if good else "high",
            signals=() if good else ("health_safety",),
            draw="stratified" if number % 2 else "rare",
        )


@pytest.fixture(scope="module")
def judged() -> crossval.Judged:
    variants = {name: PERTURBATIONS[name] for name in ("arabic_letters", "one_typo")}
    return crossval.cross_validate(poll(list(invented()), k=3), variants)


@pytest.fixture(scope="module")
def figures(judged: crossval.Judged) -> dict[str, Any]:
    measured = report.report(judged, folds=3, resamples=50).to_json()
    duels = against.duel(judged, {"coin": lambda _, __: coin}, k=3, seed=0, resamples=50)
    measured["against"] = {name: {k: asdict(v) for k, v in each.items()} for name, each in duels.items()}
    measured["behaviour"] = {"cases": {"passed": {"negation": 1}, "total": {"negation": 2}, "failures": []}}
    return json.loads(json.dumps(measured))


def coin(examples: Sequence[Example], seed: int) -> Callable[[Sequence[str]], HeadScores]:
    """A rival that knows only how often each label occurs."""
    rates = against._wanted(examples).mean(axis=0)
    return lambda asked: against.assemble(np.tile(rates, (len(asked), 1)))


def test_every_example_is_judged_in_its_place(judged: crossval.Judged) -> None:
    assert judged.examples == tuple(invented())
    assert len(judged.thresholds) == 3
    true = crossval.truth(judged.examples)
    assert (judged.said.category == true.category).mean() > 0.9


def test_a_label_that_no_word_tells_is_not_known() -> None:
    chance = np.random.default_rng(0)
    examples = [
        Example(id=each.id, text=each.text, category=("praise", "complaint")[chance.integers(2)], sentiment=0)
        for each in invented()
    ]
    said = crossval.cross_validate(poll(examples, k=3)).said.category
    assert (said == crossval.truth(examples).category).mean() < 0.75, (
        "who has seen the labels knows nearly all"
    )


def test_near_duplicates_never_stand_on_both_sides_of_a_fold() -> None:
    examples = [
        *invented(),
        *(Example(**{**asdict(e), "id": e.id + "x", "text": e.text + "!!"}) for e in invented()),
    ]
    fold = folds(examples, 3, seed=0)
    sides: dict[str, set[int]] = {}
    for example, number in zip(examples, fold, strict=True):
        sides.setdefault(group_key(example.text), set()).add(int(number))
    assert all(len(numbers) == 1 for numbers in sides.values())


def test_comments_of_every_kind_are_shared_out_evenly_and_most_keep_their_fold_when_others_come() -> None:
    examples = [
        Example(
            id=str(number), text=f"نظر شمارهٔ {number}", sentiment=0,
            category=("praise", "complaint")[number % 3 == 0], urgency=("none", "high")[number % 5 == 0],
        )
        for number in range(600)
    ]  # fmt: skip
    fold = folds(examples, 5, seed=0)
    for kind in {(each.category, each.urgency) for each in examples}:
        sizes = np.bincount(
            [
                number
                for each, number in zip(examples, fold, strict=True)
                if (each.category, each.urgency) == kind
            ]
        )
        assert sizes.max() - sizes.min() <= 1
    assert (folds(examples[20:], 5, seed=0) == fold[20:]).mean() > 0.9
    assert (folds(examples, 5, seed=1) == fold).mean() < 0.4


def test_only_comments_drawn_at_random_are_counted(figures: dict[str, Any]) -> None:
    assert (figures["examples"], figures["judged"]) == (36, 18)
    assert (
        figures["heads"]["category"]["labels"]["complaint"]["n"]
        + figures["heads"]["category"]["labels"]["praise"]["n"]
        == 18
    )


@pytest.mark.parametrize(
    ("draws", "counted"),
    [
        (("stratified", "correction", "joined"), [0]),
        (("correction", "joined", ""), [0]),
        (("invented", "joined", ""), [0, 1, 2]),
    ],
)
def test_invented_comments_are_not_judged_beside_real_ones(
    draws: tuple[str, ...], counted: list[int]
) -> None:
    examples = [replace(each, draw=draw) for each, draw in zip(invented(), draws, strict=False)]
    assert judged_rows(examples).tolist() == counted


def test_letters_of_an_arabic_keyboard_change_nothing(figures: dict[str, Any]) -> None:
    assert set(figures["robustness"]["arabic_letters"].values()) == {0.0}
    assert set(figures["robustness"]) == {"arabic_letters", "one_typo"}


def test_everything_less_is_measured_beside_the_whole() -> None:
    fitted: list[int] = []
    rows = ablation.ablate(list(invented()), k=2, after_fold=lambda: fitted.append(1))
    assert len(fitted) == 2 * ablation.count()
    assert {"everything", "student alone", "without the clauses", "25% of the labelled comments"} <= set(rows)
    assert all(set(row) == set(against.MEASURES) for row in rows.values())
    assert rows["everything"]["category"].value >= rows["25% of the labelled comments"]["category"].value


def test_without_invented_comments_corrections_stay() -> None:
    draws = ("stratified", "rare", "annotated", "correction", "invented", "joined", "")
    examples = [replace(each, draw=draw) for each, draw in zip(invented(), draws, strict=False)]
    rows = {name: known for name, known, _ in ablation._less(examples, None, seed=0)}
    assert rows["without invented comments"].tolist() == [True] * 4 + [False] * 3


def test_fewer_comments_to_learn_from_leave_as_many_to_judge_and_the_labels_of_the_others_teach_nothing() -> (
    None
):
    examples = list(invented())
    known = {name: rows for name, rows, _ in ablation._less(examples, None, 0)}[
        "50% of the labelled comments"
    ]
    kept = ablation._kept(examples, known)
    assert 0 < known.sum() < len(examples)
    assert set(judged_rows(examples)) | set(np.flatnonzero(known)) == set(kept.tolist())
    said = []
    for mood in ("positive", "negative"):
        relabelled = [
            each if is_known else replace(each, topics={"courier": mood}, sentiment=2)
            for each, is_known in zip(examples, known, strict=True)
        ]
        polled = poll(relabelled, k=2, known=known)
        said.append(crossval.judged(polled, polled.votes, polled.blends).drawn())
    assert len(said[0].examples) == 18
    assert (said[0].scores.topics == said[1].scores.topics).all()
    assert (said[0].scores.topic_sentiment == said[1].scores.topic_sentiment).all()
    assert said[0].thresholds == said[1].thresholds


def test_nothing_left_to_learn_from_is_told() -> None:
    with pytest.raises(ExampleError, match="0 comments to learn from are too few for 2 folds"):
        poll(list(invented()), k=2, known=np.zeros(36, dtype=bool))


def test_what_is_left_out_leaves_no_too_few() -> None:
    few = list(invented())[:12]
    with pytest.raises(ExampleError, match=r"12 labelled comments .* it takes 20"):
        poll(few, k=2)
    assert len(poll(few, k=2, known=np.ones(12, dtype=bool)).votes.labels) == 12


def test_a_rival_that_only_counts_is_beaten_on_the_category(figures: dict[str, Any]) -> None:
    gain = figures["against"]["category"]["coin"]["gain"]
    assert gain["low"] > 0


def test_every_head_is_compared_and_topics_also_by_macro_f1() -> None:
    heads = {measure.head for measure in against.MEASURES.values()}
    assert heads == set(report.label_names())
    assert "macro-F1 (n >= 30)" in {measure.name for measure in against.MEASURES.values()}


def test_the_figures_are_told_with_their_intervals(figures: dict[str, Any]) -> None:
    lines = "\n".join(evaluate.report_lines(figures))
    for said in (
        "category: micro-F1",
        "missed urgent comments",
        "ECE topics",
        "arabic_letters",
        "against",
        "negation",
    ):
        assert said in lines


def manifest() -> dict[str, Any]:
    return artifacts.verify(artifacts.current(MODELS))


def test_the_card_shows_every_label_that_occurs(figures: dict[str, Any]) -> None:
    text = card.render(manifest(), figures)
    for said in (
        "| complaint* |", "food_quality*", "Agreement of two independent passes", "Licence:", "split-conformal bound",
        "Share of urgent comments that it misses", "arabic_letters", "coin", "negation", "Known failures", "What changed",
        "How to reproduce", "Not for", "█",
    ):  # fmt: skip
        assert said in text


def test_the_card_claims_a_random_draw_only_where_there_was_one(figures: dict[str, Any]) -> None:
    facts = manifest()
    assert "18 comments drawn at random" in card.render(facts, figures)
    other = facts | {"data": facts["data"] | {"draws": {"correction": 40, "invented": 2000}}}
    assert "18 comments, none known to be drawn at random" in card.render(other, figures)


NEEDED = [
    "judged", "folds", "heads", "urgent", "urgent.n", "urgent.precision", "urgent.recall", "urgent.f1", "urgent.missed",
    "urgent.bound", "urgent.curve", "calibration", "robustness", "against", "behaviour", "behaviour.cases.passed",
    "behaviour.cases.total",
]  # fmt: skip
NEEDED_FACTS = [
    "version", "taxonomy", "normalizer", "data.examples", "data.domains", "data.draws", "data.sha256", "annotation.how",
    "annotation.agreement", "annotation.licence", "thresholds.high", "thresholds.critical", "known_failures", "changes",
    "seed", "packages",
]  # fmt: skip


def without(facts: dict[str, Any], path: str) -> dict[str, Any]:
    copied = json.loads(json.dumps(facts))
    *way, last = path.split(".")
    part = copied
    for name in way:
        part = part[name]
    del part[last]
    return copied


@pytest.mark.parametrize("path", NEEDED)
def test_a_figure_that_was_not_measured_fails_the_card(figures: dict[str, Any], path: str) -> None:
    with pytest.raises(CardError, match=path.replace(".", r"\.")):
        card.render(manifest(), without(figures, path))


def test_the_card_says_what_measures_a_missing_figure_and_the_guide_measures_them_all(
    figures: dict[str, Any],
) -> None:
    guide = (MODELS.parent / "docs" / "how-to.md").read_text(encoding="utf-8")
    command = next(line for line in guide.splitlines() if "train data --version" in line)
    for kind, option in (("heads", "DATA"), ("against", "DATA --against"), ("behaviour", "--behaviour FILE")):
        with pytest.raises(CardError, match=f"`bazkhord evaluate {option} --save` measures it"):
            card.render(manifest(), without(figures, kind))
        assert all(part in command for part in option.split() if part.startswith("--"))


def test_the_shipped_card_is_written_from_the_shipped_figures_and_names_files_that_are_there() -> None:
    folder = artifacts.current(MODELS)
    facts, measured = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("manifest.json", "metrics.json")
    )
    assert (folder / "MODEL_CARD.md").read_text(encoding="utf-8") == card.render(facts, measured)
    cases = MODELS.parent / "notebooks" / "data"
    assert all((cases / f"{name}.jsonl").is_file() for name in measured["behaviour"])


def test_of_behaviour_cases_the_rates_stay_and_not_which_of_them_fail(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(artifacts.current(MODELS), tmp_path / "2026.1.1"))
    failed = {"id": "k1", "kind": "negation", "missed": ["category: expected praise, found complaint"]}
    evaluate.keep(
        {"behaviour": {"held": {"passed": {}, "total": {"negation": 1}, "failures": [failed]}}}, folder
    )
    kept = json.loads((folder / artifacts.METRICS).read_text(encoding="utf-8"))
    assert kept["behaviour"] == {"held": {"passed": {}, "total": {"negation": 1}}}


@pytest.mark.parametrize("other", ["data", "folds", "seed"])
def test_a_duel_on_other_comments_or_folds_does_not_stay_beside_new_figures(
    figures: dict[str, Any], tmp_path: Path, other: str
) -> None:
    folder = Path(shutil.copytree(artifacts.current(MODELS), tmp_path / "2026.1.1"))
    first = figures | {"data": "a"}
    evaluate.keep(first, folder)
    again = {name: each for name, each in first.items() if name not in ("against", "behaviour")}
    evaluate.keep(again, folder)
    assert {"against", "behaviour"} <= set(
        json.loads((folder / artifacts.METRICS).read_text(encoding="utf-8"))
    )
    evaluate.keep(again | {other: "b"}, folder)
    kept = json.loads((folder / artifacts.METRICS).read_text(encoding="utf-8"))
    assert ("against" in kept, "behaviour" in kept, kept[other]) == (False, True, "b")
    artifacts.verify(folder)


def test_the_card_says_what_comments_without_a_draw_were_taken_for(figures: dict[str, Any]) -> None:
    facts = manifest()
    assert "does not say how they were chosen" not in card.render(facts, figures)
    own = {**facts, "data": {**facts["data"], "draws": {"own": 40}}}
    assert "By draw: own 40. Of the draw `own` are labelled comments" in card.render(own, figures)


@pytest.mark.parametrize("path", NEEDED_FACTS)
def test_a_fact_that_is_not_known_fails_the_card(figures: dict[str, Any], path: str) -> None:
    with pytest.raises(CardError, match=path.replace(".", r"\.")):
        card.render(without(manifest(), path), figures)


def test_measures_agree_with_a_count_by_hand() -> None:
    said = np.array([[1, 0], [1, 0], [1, 1], [0, 1]], dtype=bool)
    true = np.array([[1, 0], [0, 0], [1, 1], [1, 0]], dtype=bool)
    result = metrics.head_result(("a", "b"), said, true, metrics.draws(4, 200, 0), few_count=True)
    assert (result.labels["a"].precision, result.labels["a"].recall) == (0.6667, 0.6667)
    assert result.labels["b"].f1.value == 0.6667
    assert (result.micro_f1.value, result.macro_f1.value) == (0.6667, 0.6667)
    assert result.micro_f1.low <= result.micro_f1.value <= result.micro_f1.high


def test_of_what_never_occurs_nothing_is_known() -> None:
    nothing, weights = np.zeros((40, 2), dtype=bool), metrics.draws(40, 50, 0)
    rare = nothing.copy()
    rare[:5, 0] = True
    never = metrics.head_result(("a", "b"), nothing, nothing, weights, few_count=True)
    assert never.micro_f1 == never.macro_f1 == metrics.UNKNOWN
    seldom = metrics.head_result(("a", "b"), rare, rare, weights)
    assert (seldom.micro_f1.value, seldom.macro_f1) == (1.0, metrics.UNKNOWN)
    missed = metrics.head_result(("a", "b"), nothing, rare, weights, few_count=True)
    assert (missed.macro_f1.value, missed.macro_f1.high) == (0.0, 0.0)


def test_bootstrap_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    covered = 0
    for seed in range(60):
        chance = np.random.default_rng(seed)
        true = chance.random((300, 1)) < 0.4
        said = np.where(chance.random((300, 1)) < 0.85, true, ~true)
        result = metrics.head_result(("a",), said, true, metrics.draws(300, 200, seed), few_count=True)
        covered += (
            result.micro_f1.low <= 2 * 0.4 * 0.85 / (0.4 + 0.4 * 0.85 + 0.6 * 0.15) <= result.micro_f1.high
        )
    assert covered >= 52


def test_calibration_error_is_zero_for_honest_and_large_for_boastful_confidence() -> None:
    chance = np.random.default_rng(1)
    confidence = chance.random(50_000)
    assert metrics.calibration_error(confidence, chance.random(50_000) < confidence) < 0.02
    assert metrics.calibration_error(np.full(100, 0.99), np.zeros(100, dtype=bool)) == pytest.approx(0.99)


def test_moods_are_calibrated_over_the_topics_that_are_shown_as_they_are_shown() -> None:
    examples = [
        Example(id=str(row), text="", category="complaint", sentiment=-1, topics={topic: "negative"})
        for row, topic in enumerate(("courier", "courier", "packaging"))
    ]
    true = crossval.truth(examples)
    moods = np.tile([0.6, 0.1, 0.3], (*true.topics.shape, 1))
    moods[0] = [0.1, 0.1, 0.8]
    scores = against.assemble(np.full((3, len(columns()) + moods[0].size), 0.2))
    scores = replace(scores, topic_sentiment=moods)
    said = replace(
        true, topics=true.topics & (np.arange(3) < 2)[:, None]
    )  # all blamed; one topic is not heard
    found = report._calibration(scores, said, true)["topic_sentiment"]
    assert found.ece == pytest.approx((0.8 + 2 * 0.4) / 3, abs=1e-3)
    assert found.ece_shown == pytest.approx((0.9 + 0.4) / 2, abs=1e-3)


def test_what_an_older_version_did_not_measure_is_no_figure(figures: dict[str, Any]) -> None:
    unmeasured = json.loads(json.dumps(figures))
    unmeasured["calibration"]["topic_sentiment"]["ece_shown"] = None
    assert re.search(r"\| topic_sentiment \| 0\.\d+ \| – \|", card.render(manifest(), unmeasured))


def test_the_share_of_missed_urgents_keeps_an_interval_and_a_bound_even_without_a_miss() -> None:
    assert metrics.wilson(0, 50).high > 0.05
    assert metrics.conformal_bound(0, 50) == pytest.approx(1 / 51, abs=1e-4)
    assert metrics.wilson(0, 0).high == metrics.conformal_bound(0, 0) == 1.0


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_perturbed_comment_is_the_same_each_time_and_not_empty(name: str) -> None:
    for text in ("غذا عالی بود و می‌رسد", "ok", "", "😊"):
        change = PERTURBATIONS[name]
        assert change(text, 1) == change(text, 1)
        assert bool(change(text, 1)) >= bool(text)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not a labelled comment"),
        ('{"id": "1", "text": "خوب", "category": "praise"}', "sentiment"),
        ('{"id": "1", "text": "خوب", "category": "joy", "sentiment": 1}', "unknown category 'joy'"),
        ('{"id": "1", "text": "خوب", "category": "praise", "sentiment": 7}', "unknown sentiment 7"),
        (
            '{"id": "1", "text": "خوب", "category": "praise", "sentiment": 1, "topics": {"x": "positive"}}',
            "unknown topics",
        ),
        (
            '{"id": "1", "text": "خوب", "category": "praise", "sentiment": 1, "signals": ["x"]}',
            "unknown signals",
        ),
        ('{"id": "1", "text": null, "category": "praise", "sentiment": 1}', "the text is None"),
        ('{"id": "1", "text": "خوب", "category": null, "sentiment": 1}', "unknown category None"),
        (
            '{"id": "1", "text": "خوب", "category": "praise", "sentiment": 1, "urgency": null}',
            "unknown urgency None",
        ),
        (
            '{"id": "1", "text": "خوب", "category": "praise", "sentiment": 1, "mixed": "false"}',
            "mixed is 'false'",
        ),
        *(
            (f'{{"id": "1", "text": "خوب", "category": "praise", "sentiment": {said}}}', "sentiment is ")
            for said in ("-0.9", '"1"', "true", "1e999")
        ),
        *(
            (f'{{"id": {said}, "text": "خوب", "category": "praise", "sentiment": 1}}', "the id is ")
            for said in ("null", "true", "[1]")
        ),
        (r'{"id": "1", "text": "\ud83d", "category": "praise", "sentiment": 1}', "surrogates"),
        ('{"id": "1", "text": "خوب", "category": ["praise"], "sentiment": 1}', "not a labelled comment"),
    ],
)
def test_a_wrong_label_is_named_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "gold.jsonl").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(ExampleError, match=r"gold\.jsonl:2") as error:
        list(read(tmp_path / "gold.jsonl"))
    assert said in str(error.value)


def test_comments_of_two_files_that_number_them_alike_are_all_learned(tmp_path: Path) -> None:
    for name, text in (("gold_train", "خوب"), ("corrected", "بد"), ("invented_train", "خوب")):
        line = {"id": 1, "text": text, "category": "praise", "sentiment": 1.0, "domain": name}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(line), encoding="utf-8")
    own = [example for example in train.load(tmp_path) if example.id == "1"]
    assert [(each.text, each.sentiment, each.domain) for each in own] == [
        ("خوب", 1, "gold_train"),
        ("بد", 1, "corrected"),
    ]


def test_what_is_not_said_of_a_labelled_comment_may_be_null(tmp_path: Path) -> None:
    said = {"id": "1", "text": "خوب", "category": "praise", "sentiment": 1}
    unsaid = said | {"id": "2", "domain": None, "draw": None, "mixed": None}
    (tmp_path / "gold.jsonl").write_text(json.dumps(said) + "\n" + json.dumps(unsaid), encoding="utf-8")
    one, other = read(tmp_path / "gold.jsonl")
    assert replace(other, id="1") == one


def test_a_labelled_file_of_another_encoding_is_told_and_one_with_a_mark_is_read(tmp_path: Path) -> None:
    line = '{"id": "1", "text": "خوب", "category": "praise", "sentiment": 1}\n'
    (tmp_path / "gold.jsonl").write_bytes(line.encode("utf-8-sig"))
    assert [example.text for example in read(tmp_path / "gold.jsonl")] == ["خوب"]
    (tmp_path / "gold.jsonl").write_bytes(line.replace("خوب", "خوب secret").encode("cp1256"))
    with pytest.raises(ExampleError, match=r"gold\.jsonl:1") as told:
        list(read(tmp_path / "gold.jsonl"))
    assert "secret" not in str(told.value), "messages repeat no comment"


def test_data_without_a_labelled_comment_is_told(tmp_path: Path) -> None:
    (tmp_path / "corrected.jsonl").write_text("\n", encoding="utf-8")
    for data in (tmp_path, tmp_path / "corrected.jsonl"):
        with pytest.raises(ExampleError, match="no labelled comment"):
            train.load(data)


def test_data_that_is_not_there_is_told_apart_from_a_folder_without_labels(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gold\.jsonl: there is no such file"):
        train.load(tmp_path / "gold.jsonl")
    with pytest.raises(FileNotFoundError, match=r"none of .*corrected\.jsonl is there"):
        train.load(tmp_path)


def cases(path: Path, *lines: dict[str, Any]) -> list[behaviour.Case]:
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return behaviour.read(path)


def test_a_behaviour_case_passes_or_names_what_it_missed(tagger: Tagger, tmp_path: Path) -> None:
    good = {
        "id": "1",
        "kind": "plain",
        "text": "غذا سرد بود و دیر رسید",
        "expect": {"category": "complaint", "sentiment_sign": -1},
    }
    bad = {
        "id": "2",
        "kind": "plain",
        "text": "غذا عالی بود، ممنون",
        "expect": {"urgency_min": 3},
        "forbid": {"category": "praise", "topics_polarity": {"courier": "-", "food_quality": "+"}},
    }
    found = behaviour.run(tagger, cases(tmp_path / "cases.jsonl", good, bad))
    assert (found.passed, found.total, found.rate) == ({"plain": 1}, {"plain": 2}, 0.5)
    assert [failure.id for failure in found.failures] == ["2"]
    assert [missed.split(":")[0] for missed in found.failures[0].missed] == [
        "urgency_min",
        "category",
        "topics_polarity",
    ]


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "1"}',
        "[]",
        '{"id": "1", "kind": "a", "text": null}',
        *(
            f'{{"id": "1", "kind": "a", "text": "b", {said}}}'
            for said in (
                '"expect": 5',
                '"expect": ["praise"]',
                '"expect": {"mood": 1}',
                '"expect": {"urgency_min": "high"}',
                '"expect": {"abstain": 1}',
                '"expect": {"topics": "courier"}',
                '"expect": {"topics_polarity": {"courier": "negative"}}',
                '"forbid": {"topics": ["couriers"]}',
                '"forbid": {"category": []}',
            )
        ),
    ],
)
def test_a_case_that_cannot_be_checked_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "cases.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(BehaviourError, match=r"cases\.jsonl:1"):
        behaviour.read(tmp_path / "cases.jsonl")


def test_a_missing_rival_is_said_before_the_work_begins(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").write_text(
        "\n".join(json.dumps(asdict(e)) for e in invented()), encoding="utf-8"
    )
    try:
        import fasttext  # noqa: F401  # an extra that may be there
    except ImportError:
        with pytest.raises(MissingExtraError, match="fasttext-wheel"):
            evaluate.run(evaluate.Plan(data=tmp_path / "gold.jsonl", models=MODELS, against=True))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "nothing to measure"),
        ({"against": True}, "nothing to measure"),
        ({"ablate": True, "behaviour": (Path("cases.jsonl"),)}, "nothing to measure"),
        ({"data": Path("gold.jsonl"), "folds": 1}, "--folds 1"),
        ({"data": Path("gold.jsonl"), "folds": 0, "ablate": True}, "--folds 0"),
        ({"behaviour": (Path("a/cases.jsonl"), Path("b/cases.jsonl"))}, "one name"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_before_any_file_is_read(
    asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        evaluate.run(evaluate.Plan(models=MODELS, **asked))


@pytest.mark.parametrize(
    ("asked", "save", "said"),
    [
        ({"behaviour": ("cases.jsonl",)}, False, "No such file"),
        ({"behaviour": ("empty.jsonl",)}, False, "no behaviour case"),
        ({"version": "2026.1.1"}, True, "no such version"),
        ({}, True, "learned from other comments"),
        ({"version": "2026.1.1", "behaviour": ("case.jsonl",)}, False, "no such version"),
    ],
)
def test_what_is_not_there_is_said_before_anything_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], save: bool, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.jsonl").touch()
    Path("case.jsonl").write_text('{"id": "1", "kind": "plain", "text": "چای سرد بود"}', encoding="utf-8")
    monkeypatch.setattr(evaluate, "cross_validate", lambda *_, **__: pytest.fail("an hour's work"))
    Path("gold.jsonl").write_text(
        "\n".join(json.dumps(asdict(each)) for each in invented()), encoding="utf-8"
    )
    plan = evaluate.Plan(
        models=MODELS,
        data=Path("gold.jsonl"),
        folds=2,
        version=asked.get("version"),
        behaviour=[Path(name) for name in asked.get("behaviour", ())],
    )
    with pytest.raises((UserError, OSError), match=said):
        evaluate.run(plan, save=save)


def test_figures_are_told_also_where_their_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "case.jsonl").write_text(
        '{"id": "1", "kind": "plain", "text": "چای سرد بود"}', encoding="utf-8"
    )
    command = [
        "evaluate",
        "--behaviour",
        str(tmp_path / "case.jsonl"),
        "--json",
        str(tmp_path / "none" / "x.json"),
    ]
    result = CliRunner().invoke(app, [*command, "--models", str(MODELS)])
    assert result.exit_code == 2
    assert "1 of   1" in result.stdout
    assert result.stderr.startswith("bazkhord: ")


def test_figures_of_comments_that_it_learned_from_are_not_kept() -> None:
    with pytest.raises(UserError, match="had not seen"):
        evaluate.run(evaluate.Plan(data=Path("gold.jsonl"), models=MODELS, folds=0), save=True)


@pytest.mark.parametrize(
    ("count", "folds", "said"), [(0, 0, "no labelled"), (19, 5, "takes 20"), (30, 16, "takes 32")]
)
def test_labelled_comments_that_are_too_few_are_counted(
    tmp_path: Path, count: int, folds: int, said: str
) -> None:
    lines = [json.dumps(asdict(example)) for example in list(invented())[:count]]
    (tmp_path / "gold.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ExampleError, match=said):
        evaluate.run(evaluate.Plan(data=tmp_path / "gold.jsonl", models=MODELS, folds=folds))


def test_one_comment_many_times_is_too_few(tmp_path: Path) -> None:
    first = next(invented())
    lines = [json.dumps(asdict(replace(first, id=str(number)))) for number in range(20)]
    (tmp_path / "gold.jsonl").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ExampleError, match="1 different comments are too few for 2 folds"):
        evaluate.run(evaluate.Plan(data=tmp_path / "gold.jsonl", models=MODELS, folds=2))


def changed(figures: dict[str, Any], path: str, value: float) -> dict[str, Any]:
    copied = json.loads(json.dumps(figures))
    *way, last = path.split("/")
    part = copied
    for name in way:
        part = part[name]
    part[last] = value
    return copied


BETTER = ("heads/signals/micro_f1/value", 1.1)


@pytest.mark.parametrize(
    ("changes", "promoted", "said"),
    [
        ([BETTER], True, "signals: F1 rises"),
        ([], False, "better at nothing"),
        ([BETTER, ("heads/topics/micro_f1/value", 0.1)], False, "topics: F1 falls"),
        ([BETTER, ("heads/category/labels/complaint/f1/value", 0.1)], False, "category complaint: F1 falls"),
        ([BETTER, ("heads/topics/labels/courier/f1/value", -1.0)], True, "signals: F1 rises"),
        ([BETTER, ("urgent/missed/value", 0.9)], False, "urgent: 90.0% missed"),
        ([BETTER, ("data", 1.0)], False, "measured on other comments"),
    ],
)
def test_a_candidate_goes_live_only_if_it_wins_and_loses_no_topic(
    figures: dict[str, Any], changes: list[tuple[str, float]], promoted: bool, said: str
) -> None:
    current = changed(figures, "heads/category/labels/complaint/n", 300) | {"data": 0.0}
    candidate = current
    for path, value in changes:
        candidate = changed(candidate, path, value)
    found = gate.verdict(candidate, current)
    assert found.promoted is promoted
    assert said in found.reasons[0]


def guesses(dice: np.random.Generator, true: np.ndarray, right: float) -> np.ndarray:
    """Say yes of so many of the true cases, and of as many others as are missed on average."""
    share = true.mean()
    return np.where(true, dice.random(true.shape) < right, dice.random(true.shape) < (1 - right) * share)


def test_of_equal_versions_hardly_one_is_refused_for_a_label_and_a_label_that_is_lost_is_seen() -> None:
    refused, seen, felt = 0, 0, 0
    for seed in range(60):
        dice = np.random.default_rng(seed)
        true = dice.random((800, 30)) < 0.06
        before, after = guesses(dice, true, 0.85), guesses(dice, true, 0.85)
        weights = metrics.draws(800, 200, seed)
        was, now = (metrics.f1(metrics.counts(weights[:1], said, true))[0] for said in (before, after))
        allowed = metrics.lost_by_chance(before, after, true, weights, 30)
        felt += ((was - now) > gate.LABEL_LOSS).any()
        refused += ((was - now) > np.maximum(gate.LABEL_LOSS, allowed)).any()
        after[:, 0] &= dice.random(800) < 0.4
        lost = metrics.f1(metrics.counts(weights[:1], after, true))[0, 0]
        seen += was[0] - lost > metrics.lost_by_chance(before, after, true, weights, 30)[0]
    assert (refused <= 6, seen >= 50, felt) == (True, True, 60)


def fallen(
    before: np.ndarray, after: np.ndarray, true: np.ndarray, average: metrics.Average
) -> tuple[float, float]:
    """Return how far a head falls, and how far it may."""
    weights = metrics.draws(len(true), 200, 0)
    was, now = (
        metrics.f1_draws(said, true, weights[:1], few_count=False).of(average)[0] for said in (before, after)
    )
    heads = len(gate.HEADLINES)
    chance = metrics.head_lost_by_chance(
        before, after, true, weights, heads, average=average, few_count=False
    )
    return was - now, max(gate.HEAD_LOSS, chance)


@pytest.mark.parametrize("average", ["micro", "macro"])
def test_of_equal_versions_hardly_one_is_refused_for_a_head_and_a_head_that_is_worse_is_seen(
    average: metrics.Average,
) -> None:
    refused, seen, felt = 0, 0, 0
    for seed in range(60):
        dice = np.random.default_rng(seed)
        true = dice.random((800, 30)) < 0.06
        before, after = guesses(dice, true, 0.85), guesses(dice, true, 0.85)
        lost, allowed = fallen(before, after, true, average)
        felt += lost > gate.HEAD_LOSS
        refused += lost > allowed
        worse = after & (dice.random(true.shape) < 0.9)
        lost, allowed = fallen(before, worse, true, average)
        seen += lost > allowed
    assert (refused <= 3, seen >= 50, felt >= 10) == (True, True, True), (refused, seen, felt)


def test_what_chance_takes_from_a_label_is_no_loss(figures: dict[str, Any]) -> None:
    current = changed(figures, "heads/category/labels/complaint/n", 300)
    candidate = changed(changed(current, *BETTER), "heads/category/labels/complaint/f1/value", 0.9)
    assert not gate.verdict(
        candidate, current, gate.Chances(labels={"category": {"complaint": 0.05}})
    ).promoted
    assert gate.verdict(candidate, current, gate.Chances(labels={"category": {"complaint": 0.15}})).promoted


def test_what_chance_takes_from_a_head_is_no_loss(figures: dict[str, Any]) -> None:
    was = figures["heads"]["topics"]["micro_f1"]["value"]
    candidate = changed(changed(figures, *BETTER), "heads/topics/micro_f1/value", was - 0.02)
    assert not gate.verdict(candidate, figures, gate.Chances(heads={"topics": 0.01})).promoted
    assert gate.verdict(candidate, figures, gate.Chances(heads={"topics": 0.03})).promoted


def test_judges_who_say_the_same_differ_by_nothing(judged: crossval.Judged) -> None:
    found = report.chances(judged, judged, gate.PER_LABEL, gate.HEADLINES)
    assert not any(found.heads.values())
    assert not any(value for each in found.labels.values() for value in each.values())


def test_a_first_version_only_has_to_be_measured(figures: dict[str, Any]) -> None:
    assert gate.verdict(figures, None).promoted
    assert not gate.verdict({"heads": {}}, None).promoted


def test_two_versions_are_measured_on_the_same_frozen_comments(tmp_path: Path) -> None:
    current = artifacts.current(MODELS)
    shutil.copytree(current, tmp_path / current.name)
    artifacts.promote(tmp_path, current.name)
    frozen = [json.dumps(asdict(example), ensure_ascii=False) for example in invented()]
    (tmp_path / artifacts.FROZEN).write_text("\n".join(frozen), encoding="utf-8")
    assert evaluate.gated(tmp_path, current.name) == gate.Verdict(
        promoted=False, reasons=("better at nothing",)
    )
