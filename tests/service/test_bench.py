"""The benchmark of the service measures what it says; no figure is judged here."""

import json
import shutil
from pathlib import Path

import pytest

from service import bench

MODELS = Path(__file__).resolve().parents[2] / "models"
TEXTS = ("پیک خیلی دیر رسید", "بسته سالم و به‌موقع آمد، ممنون", "چرا کسی جواب تلفن را نمی‌دهد؟")


@pytest.mark.slow
@pytest.mark.parametrize("with_wrk", [True, False], ids=["wrk", "by itself"])
def test_a_run_asks_every_endpoint_and_none_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_wrk: bool
) -> None:
    if with_wrk and shutil.which("wrk") is None:
        pytest.skip("wrk is not installed")
    if not with_wrk:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    file = tmp_path / "comments.jsonl"
    file.write_text("\n".join(json.dumps({"text": text}) for text in TEXTS), encoding="utf-8")
    figures = bench.run(bench.Plan(models=MODELS, data=file, seconds=1, connections=4))
    assert set(figures["loads"]) == {"echo", "analyze", "feedback"}
    for load in figures["loads"].values():
        assert load["refused"] == 0
        assert load["per_second"] > 0
        assert load["p50_ms"] <= load["p99_ms"]
    assert figures["start"]["memory_mb"] > 0
    assert "analyze_to_echo" in "\n".join(bench.told(figures))
