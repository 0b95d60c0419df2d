"""The desk's commands: ordinary mistakes are told in one line, and nothing is done that the API would refuse."""

import json
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nlp import artifacts
from service.cli import app
from service.storage import begin, keys, open_engine, read

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture
def bazkhord(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("BAZKHORD_DATABASE_URL", f"sqlite:///{tmp_path / 'desk.db'}")
    monkeypatch.setenv("BAZKHORD_MODELS", str(MODELS))
    return lambda *words, **given: CliRunner().invoke(app, list(words), **given)


def _only_line(answer: Any) -> str:
    assert answer.exit_code == 2, (answer.output, answer.exception)
    (line,) = answer.stderr.splitlines()
    assert line.startswith("bazkhord: ")
    assert answer.stdout == ""
    return str(line)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("MAX_TEXT_CHARS", "0"),
        ("LOG_FORMAT", "xml"),
        ("WORKER", "maybe"),
        ("TRADE", "bakery"),
        ("RETENTION_DAYS", "9999999"),
        ("PUBLIC_URL", "desk.example"),
        ("HOST", ""),
        ("MODELS", ""),
        ("RULES", ""),
        ("CALENDAR", ""),
    ],
)
@pytest.mark.parametrize("words", ["migrate", "serve", "worker", "keys list", "keys create x", "rollback"])
def test_a_wrong_setting_is_named_in_one_line(
    bazkhord: Any, monkeypatch: pytest.MonkeyPatch, words: str, name: str, value: str
) -> None:
    monkeypatch.setenv(f"BAZKHORD_{name}", value)
    assert f"BAZKHORD_{name}: " in _only_line(bazkhord(*words.split()))


def test_a_variable_that_is_no_setting_is_told(bazkhord: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAZKHORD_RETENTION_DAY", "90")
    answer = bazkhord("keys", "create", "x")
    assert answer.exit_code == 0, answer.output
    assert answer.stderr == "bazkhord: BAZKHORD_RETENTION_DAY is no setting and does nothing\n"
    assert answer.stdout.startswith("bzk_")


def test_the_versions_of_the_package_and_of_the_model_are_told(
    bazkhord: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = bazkhord("--version")
    told = f"bazkhord {metadata.version('bazkhord')}", f"model {artifacts.current(MODELS).name}"
    assert (answer.exit_code, answer.stdout.splitlines()) == (0, list(told))
    monkeypatch.setenv("BAZKHORD_MODELS", str(tmp_path))
    answer = bazkhord("--version")
    assert (answer.exit_code, answer.stdout.splitlines()) == (2, [told[0]])
    assert "no model is installed" in answer.stderr


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("bogus", "postgresql://"),
        ("mysql://x/y", "postgresql://"),
        ("sqlite:///", "sqlite:///path"),
        ("sqlite:///:memory:", "sqlite:///path"),
        ("postgresql://u@h:port/y", "postgresql://"),
        ("postgresql://u@127.0.0.1:1/y", "Connection refused"),
        ("sqlite:///{folder}/text.db", "{folder}/text.db: file is not a database"),
        ("sqlite:///{folder}", "{folder}: unable to open"),
        ("sqlite:///{folder}/text.db/deeper/desk.db", "Not a directory"),
    ],
)
@pytest.mark.parametrize(
    "words", ["migrate", "serve", "keys list", "keys revoke k", "export tickets -o {out}"]
)
def test_a_database_that_cannot_be_used_is_told_in_one_line(
    bazkhord: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str, url: str, why: str
) -> None:
    (tmp_path / "text.db").write_text("غذا سرد بود\n" * 100, encoding="utf-8")
    monkeypatch.setenv("BAZKHORD_DATABASE_URL", url.format(folder=tmp_path))
    told = _only_line(bazkhord(*words.format(out=tmp_path / "out.csv").split()))
    assert "BAZKHORD_DATABASE_URL" in told
    assert why.format(folder=tmp_path) in told
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("processes", ["0", "1"])
@pytest.mark.parametrize("options", [(), ("--workers", "2")])
def test_a_model_of_another_normalizer_is_told_in_one_line(
    bazkhord: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...], processes: str
) -> None:
    shutil.copytree(MODELS, tmp_path / "models")
    folder = artifacts.current(tmp_path / "models")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"normalizer": "0"}), encoding="utf-8")
    artifacts.verify(folder)  # its files are sound
    monkeypatch.setenv("BAZKHORD_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("BAZKHORD_MODEL_PROCESSES", processes)
    assert "made for normalizer 0" in _only_line(bazkhord("serve", *options))


def test_a_database_of_a_newer_bazkhord_is_told_in_one_line(bazkhord: Any, tmp_path: Path) -> None:
    assert bazkhord("migrate").exit_code == 0
    with sqlite3.connect(tmp_path / "desk.db") as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    conn.close()
    told = _only_line(bazkhord("keys", "list"))
    assert "a newer Bazkhord" in told
    assert "9999" in told


@pytest.mark.parametrize(("column", "said"), [("text", "کدام ستون"), ("colour=text", "«colour»")])
def test_a_column_that_is_named_wrongly_is_told(
    bazkhord: Any, tmp_path: Path, column: str, said: str
) -> None:
    (tmp_path / "in.csv").write_text("text\nچای سرد بود\n", encoding="utf-8")
    assert said in _only_line(bazkhord("import", str(tmp_path / "in.csv"), "--column", column))


@pytest.mark.parametrize("words", ["export feedback -o {folder}", "tag {text} -o {folder}"])
def test_a_folder_in_place_of_a_file_is_told_in_one_line(bazkhord: Any, tmp_path: Path, words: str) -> None:
    text, folder = tmp_path / "a.txt", tmp_path / "a.csv"
    text.write_text("غذا سرد بود\n", encoding="utf-8")
    folder.mkdir()
    assert f"{folder}" in _only_line(bazkhord(*words.format(text=text, folder=folder).split()))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text("غذا سرد بود\n", encoding="utf-8")
    command = [
        sys.executable,
        "-c",
        "from service.cli import app; app()",
        "tag",
        str(text),
        "--models",
        str(MODELS),
    ]
    # append: the device must never be replaced by a file
    with Path("/dev/full").open("ab", buffering=0) as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=MODELS.parent)
    assert (ran.returncode, ran.stderr) == (2, "bazkhord: No space left on device\n")


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["", "--role", "agent"], "name"),
        (["x" * 500], "name"),
        (["x", "--queue", "nope"], "queues"),
        (["x", "--scope", "everything"], "scopes.0"),
    ],
)
def test_a_key_that_the_api_would_refuse_is_not_made(bazkhord: Any, words: list[str], path: str) -> None:
    assert f" {path}: " in _only_line(bazkhord("keys", "create", *words))
    assert bazkhord("keys", "create", "x", "--days", "9999999").exit_code == 2
    assert bazkhord("keys", "list").stdout == ""


def test_who_names_a_part_or_a_queue_wrongly_is_told_which_there_are(bazkhord: Any) -> None:
    assert "feedback، tickets، rules" in _only_line(bazkhord("keys", "create", "x", "--scope", "everything"))
    assert "support" in _only_line(bazkhord("keys", "create", "x", "--queue", "nope"))


def test_a_key_is_narrowed_from_the_command_line(bazkhord: Any, tmp_path: Path) -> None:
    narrowed = "--scope feedback --scope exports --requests-per-minute 7 --queue support --days 30".split()
    made = bazkhord("keys", "create", "گزارش", "--role", "agent", *narrowed)
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    with read(engine) as conn:
        key = keys.find(conn, made.stdout.strip())
    engine.dispose()
    assert (key["scopes"], key["requests_per_minute"], key["queues"]) == (
        ["feedback", "exports"],
        7,
        ["support"],
    )
    assert key["expires_at"] - key["created_at"] == timedelta(days=30)


def test_a_key_that_opens_nothing_any_more_is_not_listed_as_open(bazkhord: Any, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    bazkhord("migrate")
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.db'}")
    with begin(engine) as conn:
        keys.create(conn, now - timedelta(days=9), "کارگزار پارسال", "agent", now - timedelta(days=1))
        keys.create(conn, now - timedelta(days=9), "فروش", "sender", now + timedelta(days=1))
        closed = keys.create(conn, now, "آزمون", "reader")
    engine.dispose()
    bazkhord("keys", "revoke", closed.id)
    listed = [line.split("\t") for line in bazkhord("keys", "list").stdout.splitlines()]
    states = {name: state for _, _, _, state, name in listed}
    assert states == {"کارگزار پارسال": "expired", "فروش": "open", "آزمون": "revoked"}


@pytest.mark.parametrize("name", ["desk", "importing", "insight"])
def test_figures_of_a_bench_are_told_also_where_their_file_cannot_be_written(
    bazkhord: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    bench = import_module(f"service.benchmarks.{name}")
    monkeypatch.setattr(bench, "run", lambda *_: {"answers": 743})
    monkeypatch.setattr(bench, "report_lines", lambda figures: [f"answers {figures['answers']}"])
    word = {"desk": "service", "importing": "import"}.get(name, name)
    answer = bazkhord("bench", word, "--json", str(tmp_path / "none" / "x.json"))
    assert (answer.exit_code, answer.stdout) == (2, "answers 743\n")
    assert answer.stderr.startswith("bazkhord: ")
