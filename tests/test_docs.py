"""The documentation says what the code does."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_the_reference_is_what_the_code_says() -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tests" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    assert reference.PAGE.read_text(encoding="utf-8") == reference.render(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_of_the_project_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]
    assert not [target for target in local if not (page.parent / target).exists()]


def test_the_documentation_stays_in_four_pages() -> None:
    assert {path.name for path in (ROOT / "docs").glob("*.md")} == {
        "start.md",
        "how-to.md",
        "reference.md",
        "why.md",
    }


def test_what_the_guide_measures_is_all_that_a_card_needs() -> None:
    guide = (ROOT / "docs" / "how-to.md").read_text(encoding="utf-8")
    said = re.search(r"bazkhord evaluate .*--save", guide)
    assert said
    assert {"--against", "--behaviour"} <= set(said[0].split()), "the card shows both"
