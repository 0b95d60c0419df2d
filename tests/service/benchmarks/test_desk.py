"""The benchmark of the service measures what it says; no figure is judged here."""

import json
from pathlib import Path

import pytest

from service.app import create_app
from service.benchmarks import desk, insight
from service.settings import Settings

MODELS = Path(__file__).resolve().parents[3] / "models"
TEXTS = ("پیک خیلی دیر رسید", "بسته سالم و به‌موقع آمد، ممنون", "چرا کسی جواب تلفن را نمی‌دهد؟")


@pytest.mark.slow
def test_a_run_asks_every_endpoint_and_none_refuses(tmp_path: Path) -> None:
    file = tmp_path / "comments.jsonl"
    file.write_text("\n".join(json.dumps({"text": text}) for text in TEXTS), encoding="utf-8")
    figures = desk.run(desk.Plan(models=MODELS, data=file, seconds=1, connections=4))
    assert set(figures["loads"]) == {"echo", "analyze", "feedback"}
    for load in figures["loads"].values():
        assert load["refused"] == 0
        assert load["per_second"] > 0
        assert load["p50_ms"] <= load["p99_ms"]
    assert figures["start"]["memory_mb"] > 0
    assert "analyze_to_echo" in "\n".join(desk.report_lines(figures))


@pytest.mark.slow
def test_every_insight_is_asked_every_question_of_a_filled_desk(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    plan = insight.Plan(comments=300, days=60, database_url=url, models=MODELS, rounds=1)
    figures = insight.run(plan)
    assert figures["fill_s"] > 0
    for path, found in figures["endpoints"].items():
        assert found["n"] == len(insight.questions(path)), path
        assert 0 < found["p50_ms"] <= found["p95_ms"] <= found["slowest_ms"]
    assert len(insight.report_lines(figures)) == 1 + len(insight.ENDPOINTS)
    assert insight.run(plan)["fill_s"] == 0  # what is filled is asked as it is


def test_the_bench_asks_every_insight_that_there_is() -> None:
    described = create_app(Settings(worker=False)).openapi()["paths"]
    insights = {path for path, ways in described.items() if "insights" in ways.get("get", {}).get("tags", ())}
    assert insights | {"/v1/quality"} == set(insight.ENDPOINTS)
