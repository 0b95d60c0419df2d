"""A support team can live in this API for a day."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from nlp.tagger import Tagger

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture
def support_day() -> ModuleType:
    spec = importlib.util.spec_from_file_location("support_day", TESTS / "support_day.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_support_team_lives_through_a_day_and_every_event_arrives_once(
    support_day: ModuleType, tagger: Tagger, tmp_path: Path
) -> None:
    with support_day.begun(tmp_path, tagger) as day:
        support_day.live(day)
    told = [what for _, _, what in day.lines]
    assert len(told) > 35
    assert day.crm.count("ticket.opened") == len(
        {
            event["data"]["ticket"]["id"]
            for event in day.crm.heard.values()
            if event["type"] == "ticket.opened"
        }
    )
    assert "۰۹۱۲" not in str(day.crm.heard)


def test_the_page_of_the_day_is_what_the_script_writes(support_day: ModuleType) -> None:
    page = support_day.PAGE.read_text(encoding="utf-8")
    assert page.startswith("# A support day")
    assert page.count("\n| ") > 40
