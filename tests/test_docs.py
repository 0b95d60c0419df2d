"""The documentation says what the code does."""

import doctest
import importlib.util
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from nlp.tagger import Tagger

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted(
    path.relative_to(ROOT)
    for package in ("nlp", "service")
    for path in (ROOT / package).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
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


@pytest.mark.parametrize("file", EXAMPLES, ids=str)
def test_every_example_in_the_code_is_true(file: Path) -> None:
    module = import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))
    tried = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried.attempted
    assert not tried.failed


def test_the_comment_of_the_readme_has_the_tags_that_it_shows() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    comment = re.search(r"echo '([^']+)' \| \.venv/bin/bazkhord tag", page)
    block = re.search(r"```json\n(.+?)```", page, re.DOTALL)
    assert comment
    assert block
    shown = json.loads(re.sub(r",\s*…", "", block[1]))
    said = json.loads(json.dumps(Tagger.load(ROOT / "models").tag(comment[1]).to_json()))
    assert shown["text"] == comment[1]
    assert not list(_untrue(shown["tags"], said))


def _untrue(shown: Any, said: Any, place: str = "tags") -> Iterator[str]:
    """Yield where something is shown that is not said there; what is left out is not looked at."""
    if isinstance(shown, dict):
        for name, each in shown.items():
            yield from _untrue(each, said.get(name), f"{place}.{name}")
    elif isinstance(shown, list):
        for number, each in enumerate(shown):
            yield from _untrue(each, said[number] if number < len(said) else None, f"{place}.{number}")
    elif isinstance(shown, float):  # another processor may round otherwise
        if abs(shown - said) >= 0.01:
            yield place
    elif shown != said:
        yield place


def test_the_python_of_the_guide_prints_what_it_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.+?)```", (ROOT / "docs" / "how-to.md").read_text(), re.DOTALL)
    exec(code, {})
    assert capsys.readouterr().out.splitlines() == re.findall(r"^# (.+)", code, re.MULTILINE)


def test_the_documentation_stays_in_four_pages() -> None:
    assert {path.name for path in (ROOT / "docs").glob("*.md")} == {
        "start.md",
        "how-to.md",
        "reference.md",
        "why.md",
    }
