"""Files go in and out from the command line."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from service.cli import app
from service.comments import exporting
from service.errors import Busy

MODELS = Path(__file__).resolve().parents[3] / "models"


@pytest.fixture
def bazkhord(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("BAZKHORD_DATABASE_URL", f"sqlite:///{tmp_path / 'desk.db'}")
    monkeypatch.setenv("BAZKHORD_MODELS", str(MODELS))
    return lambda *words: CliRunner().invoke(app, list(words))


def test_a_file_goes_in_and_comes_out_again(bazkhord: Any, tmp_path: Path) -> None:
    file, out = tmp_path / "نظرها.csv", tmp_path / "out.csv"
    file.write_text("کد,حرف\n1,غذا سرد بود\n2,\n3,پیک مؤدب بود\n", encoding="utf-8")
    first = bazkhord("import", str(file), "--column", "text=حرف", "--channel", "snapp")
    assert (first.exit_code, first.stdout.strip()) == (1, "done: 2 created, 0 unchanged, 1 failed")
    assert "row 2: text_empty" in first.stderr
    again = bazkhord("import", str(file), "--column", "text=حرف", "--channel", "snapp")
    assert again.stdout.strip() == "done: 0 created, 2 unchanged, 1 failed"
    assert bazkhord("export", "feedback", "-o", str(out)).exit_code == 0
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert {(row["external_id"], row["channel"]) for row in rows} == {("1", "snapp"), ("3", "snapp")}
    assert bazkhord("export", "feedback", "-o", "-").stdout_bytes == out.read_bytes()


def test_an_export_that_fails_halfway_leaves_the_one_before(
    bazkhord: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def halfway(*_: Any) -> Iterator[bytes]:
        yield b"id,"
        raise Busy("storage_unavailable", "پایگاه داده در دسترس نیست.", retry_after=2)

    kept, out = tmp_path / "kept.csv", tmp_path / "out.csv"
    out.symlink_to(kept)
    assert bazkhord("export", "tickets", "-o", str(out)).exit_code == 0
    before = kept.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(exporting, "content", halfway)
        assert bazkhord("export", "tickets", "-o", str(out)).exit_code == 2
    assert kept.read_bytes() == before
    bazkhord("export", "corrections", "-o", str(out))
    assert out.is_symlink()
    assert sorted(path.suffix for path in tmp_path.glob("*.csv*")) == [".csv", ".csv"]
    assert kept.read_bytes() != before


def test_a_file_that_cannot_be_read_is_told_in_one_line(bazkhord: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("رنگ\nسرخ\n", encoding="utf-8")
    answer = bazkhord("import", str(file))
    assert answer.exit_code == 2
    assert "ستون متن" in answer.stderr
    assert bazkhord("export", "feedback", "-o", str(tmp_path / "a.pdf")).exit_code == 2


def test_a_field_is_left_out_on_purpose_only(bazkhord: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("متن,ستاره\nغذا سرد بود,9\n", encoding="utf-8")
    refused = bazkhord("import", str(file), "--column", "scores.stars")
    assert (refused.exit_code, "«scores.stars=»" in refused.stderr) == (2, True)
    left_out = bazkhord("import", str(file), "--column", "scores.stars=")
    assert left_out.stdout.strip() == "done: 1 created, 0 unchanged, 0 failed"


def test_bringing_in_a_file_is_measured_on_a_desk_of_its_own(bazkhord: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("غذا سرد بود\nپیک مؤدب بود\n", encoding="utf-8")
    told = bazkhord("bench", "import", "--data", str(file), "--comments", "120")
    assert told.exit_code == 0
    assert "\n120 comments in " in told.stdout
    assert "120 stored, 0 refused" in told.stdout
    assert not (tmp_path / "desk.db").exists()


def test_a_file_that_fails_on_the_way_is_told_in_one_line(bazkhord: Any, tmp_path: Path) -> None:
    file = tmp_path / "نظرها.parquet"
    rows = [{"text": f"سفارش {number} رسید"} for number in range(4_000)]
    parquet.write_table(pa.Table.from_pylist(rows), file, row_group_size=1_000)
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    file.write_bytes(content)
    answer = bazkhord("import", str(file))
    assert answer.exit_code == 2
    assert answer.stdout.startswith("failed: ")
    assert "آخرین سطر خوانا" in answer.stderr


@pytest.mark.parametrize(
    "option", [("--channel", "ک" * 300), ("--encoding", "hex"), ("--encoding", "utf-32")]
)
def test_what_is_said_of_a_file_is_checked_here_too(bazkhord: Any, tmp_path: Path, option: Any) -> None:
    file = tmp_path / "a.csv"
    file.write_text("متن\nنان بیات بود\n", encoding="utf-8")
    answer = bazkhord("import", str(file), *option)
    assert (answer.exit_code, type(answer.exception)) == (2, SystemExit)
    assert len(answer.stderr.splitlines()) == 1
