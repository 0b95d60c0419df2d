"""The benchmark measures what it says, on few comments: no figure is judged here."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from nlp.cli import app
from nlp.judging import bench, bench_rivals
from nlp.judging.plain_rival import Plain
from nlp.normalize import hazm_form
from nlp.tagger import Tagger

MODELS = Path(__file__).resolve().parents[3] / "models"
WHO = ("پیک", "پشتیبان", "فروشنده", "راننده", "اپراتور", "مدیر شعبه")
WHAT = ("خیلی دیر جواب داد", "عالی و مودب بود", "پولم را پس نداد", "کی جواب می‌دهد؟", "بسته را خراب رساند")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bench") / "comments.jsonl"
    texts = [f"{who} {what}" for who in WHO for what in WHAT]
    file.write_text("\n".join(json.dumps({"text": text}) for text in texts * 2), encoding="utf-8")
    return file


def test_a_run_measures_every_contender_and_tells_the_ratios(data: Path) -> None:
    left_out: list[str] = []
    figures = bench.run(bench.Plan(models=MODELS, data=data, starts=1), say=left_out.append)
    assert figures["comments"] == 30
    assert len(figures["rates"]) + len(left_out) == 6
    assert all(rate > 0 for rate in figures["rates"].values())
    assert all(rate > 0 for rate in figures["normalization"].values())
    assert figures["latency"]["p50_ms"] <= figures["latency"]["p99_ms"]
    assert figures["starts"]["import nlp"]["seconds"] < figures["starts"]["ready to tag"]["seconds"]
    assert figures["starts"]["import nlp"]["megabytes"] < figures["starts"]["ready to tag"]["megabytes"]
    lines = list(bench.report_lines(figures))
    assert sum("tag_many without evidence is" in line for line in lines) == len(figures["rates"])


def test_the_sample_is_mixed_without_repetition_and_the_same_for_a_seed(data: Path) -> None:
    plan = bench.Plan(data=data.parent, count=12)
    sample = bench.comments(plan)
    assert sample == bench.comments(plan)
    assert len(set(sample)) == 12
    assert sample != sorted(sample)


@pytest.mark.parametrize("name", [".", "missing", "empty.jsonl"])
@pytest.mark.parametrize("command", [["bench"], ["bench", "growth"]])
def test_a_place_without_comments_is_told_in_one_line(tmp_path: Path, command: list[str], name: str) -> None:
    (tmp_path / "empty.jsonl").touch()
    told = CliRunner().invoke(app, [*command, "--data", str(tmp_path / name), "--models", str(MODELS)])
    assert (told.exit_code, type(told.exception)) == (2, SystemExit)
    assert told.stderr.startswith("bazkhord: ")
    assert str(tmp_path / name) in told.stderr


def test_a_model_that_is_not_there_and_comments_that_are_too_few_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "few.txt").write_text("چای سرد بود\nنان بیات بود\n", encoding="utf-8")
    few = ["--data", str(tmp_path / "few.txt")]
    for command, said in (
        (["bench", "growth", *few, "--size", "5", "--models", str(tmp_path)], "no model is installed"),
        (["bench", *few, "--models", str(MODELS)], "20"),
    ):
        told = CliRunner().invoke(app, command)
        assert (told.exit_code, type(told.exception)) == (2, SystemExit)
        assert said in told.stderr


def test_the_plain_pipelines_learn_no_head_that_says_nothing(tagger: Tagger) -> None:
    texts = [f"{what} عالی بود" for what in ("چای", "نان", "ماست", "سوپ", "کیک", "غذا")]
    labels = bench_rivals.labels_of(tagger.tag_many(texts, evidence=False))
    assert "signals" not in labels
    assert len(Plain(texts, list(labels.values()), hazm_form).shared(texts)) == len(labels)


def test_no_file_is_measured_that_holds_nothing(data: Path) -> None:
    command = ["bench", "growth", "--data", str(data), "--size", "0", "--models", str(MODELS)]
    assert CliRunner().invoke(app, command).exit_code == 2


def test_files_of_growing_size_are_measured_each_in_a_process_of_its_own(data: Path) -> None:
    (figures,) = bench.growth(bench.Plan(models=MODELS, data=data), [40])
    assert figures["cpu_us_each"] > 0
    assert "40 comments" in next(bench.told_growth([figures]))


def test_the_plain_pipelines_learn_what_the_tagger_says(tagger: Tagger) -> None:
    texts = [f"{who} {what}" for who in WHO for what in WHAT]
    labels = bench_rivals.labels_of(tagger.tag_many(texts, evidence=False))
    assert set(labels) == {"category", "sentiment", "urgency", "topics", "topic_sentiment", "signals"}
    assert (labels["category"].sum(axis=1) == 1).all()
    plain = Plain(texts, list(labels.values()), hazm_form)
    shared, per_head = plain.shared(texts), plain.per_head(texts)
    assert all(np.array_equal(one, other) for one, other in zip(shared, per_head, strict=True))
    assert (shared[0].argmax(axis=1) == labels["category"].argmax(axis=1)).mean() > 0.8
