"""A model version on disk: what was tampered with is never read, and nothing is unpickled before that is known."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import joblib
import numpy as np
import pytest
from typer.testing import CliRunner

from nlp import artifacts, evaluate, train
from nlp.cli import app
from nlp.errors import ExampleError, ModelError

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped version, to be damaged."""
    current = artifacts.current(MODELS)
    shutil.copytree(current, tmp_path / current.name)
    return tmp_path / current.name


class Mark:
    """A pickle that leaves a file behind when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def edit(folder: Path, **facts: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | facts), encoding="utf-8")


def test_a_forged_file_is_refused_before_anything_in_it_runs(folder: Path, tmp_path: Path) -> None:
    mark = tmp_path / "it-ran"
    joblib.dump(Mark(mark), folder / "heads.joblib")
    with pytest.raises(ModelError, match="sha256 differs"):
        artifacts.load(folder)
    assert not mark.exists()
    pickle.loads(pickle.dumps(Mark(mark)))
    assert mark.exists(), "the forged pickle would have left its mark"


def test_figures_and_card_vouch_for_no_forged_file(folder: Path) -> None:
    artifacts.add(folder, "note.txt", "")
    joblib.dump(1, folder / "heads.joblib")
    with pytest.raises(ModelError, match="sha256 differs"):
        evaluate.keep({}, folder)
    with pytest.raises(ModelError, match="sha256 differs"):
        artifacts.load(folder)


def test_one_changed_byte_is_noticed(folder: Path) -> None:
    content = bytearray((folder / "heads.joblib").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "heads.joblib").write_bytes(bytes(content))
    with pytest.raises(ModelError, match=r"heads\.joblib: is not the file that was trained"):
        artifacts.load(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "features.joblib").unlink()
    with pytest.raises(ModelError, match=r"features\.joblib: is missing"):
        artifacts.load(folder)


def test_a_file_that_nobody_listed_is_refused(folder: Path) -> None:
    (folder / "more.joblib").write_bytes(b"")
    with pytest.raises(ModelError, match=r"does not list: more\.joblib"):
        artifacts.load(folder)


def test_a_link_is_no_model_file_even_to_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    (folder / "heads.joblib").rename(tmp_path / "elsewhere.joblib")
    (folder / "heads.joblib").symlink_to(tmp_path / "elsewhere.joblib")
    with pytest.raises(ModelError, match="not a file of this folder"):
        artifacts.load(folder)


@pytest.mark.parametrize("name", ["../elsewhere.joblib", "/etc/passwd", ".hidden", "a/b"])
def test_a_manifest_cannot_point_out_of_its_folder(folder: Path, name: str) -> None:
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    edit(folder, files=listed | {name: {"sha256": "0" * 64}})
    with pytest.raises(ModelError, match="not a file of this folder"):
        artifacts.load(folder)


@pytest.mark.parametrize("name", ["..", "../models", "/tmp", "", "2026.11.1/..", "a\nb"])
def test_the_name_of_a_version_stays_inside_the_models_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "CURRENT").write_text(name, encoding="utf-8")
    with pytest.raises(ModelError):
        artifacts.current(tmp_path)


def test_a_linked_version_is_refused(folder: Path) -> None:
    (folder.parent / "alias").symlink_to(folder)
    with pytest.raises(ModelError, match="not the name of a version"):
        artifacts.version_folder(folder.parent, "alias")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": {}}', '{"files": null}'])
def test_a_broken_manifest_is_a_clear_error(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"manifest\.json"):
        artifacts.load(folder)


@pytest.mark.parametrize("fact", ["normalizer", "taxonomy", "layout"])
def test_a_model_of_another_normalizer_taxonomy_or_layout_asks_for_training(folder: Path, fact: str) -> None:
    edit(folder, **{fact: "0"})
    with pytest.raises(ModelError, match="train it again"):
        artifacts.load(folder)


def test_thresholds_of_another_shape_are_a_clear_error(folder: Path) -> None:
    edit(folder, thresholds={"high": 0.5})
    with pytest.raises(ModelError, match="thresholds are missing or of another shape"):
        artifacts.load(folder)


def test_no_installed_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model is installed \(No such file or directory\); --models or"):
        artifacts.current(tmp_path)


def test_weights_are_mapped_so_that_processes_share_them(folder: Path) -> None:
    steps = artifacts.load(folder).heads.weights_.steps
    owner = steps
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    assert isinstance(owner, np.memmap)
    assert not steps.flags.writeable


def test_only_a_sound_version_becomes_current(folder: Path) -> None:
    artifacts.promote(folder.parent, folder.name)
    assert artifacts.current(folder.parent) == folder
    shutil.copytree(folder, folder.parent / "2026.12.1")
    (folder.parent / "2026.12.1" / "heads.joblib").write_bytes(b"")
    with pytest.raises(ModelError):
        artifacts.promote(folder.parent, "2026.12.1")
    assert artifacts.current(folder.parent) == folder


def test_versions_are_counted_by_month_and_listed_oldest_first(tmp_path: Path) -> None:
    for name in ("2026.11.2", "2026.9.1", "2026.11.10"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}", encoding="utf-8")
    assert artifacts.versions(tmp_path) == ["2026.9.1", "2026.11.2", "2026.11.10"]
    assert artifacts.next_version(tmp_path, date(2026, 11, 30)) == "2026.11.11"
    (tmp_path / "2026.11.11").mkdir()  # of a training that was interrupted
    assert artifacts.next_version(tmp_path, date(2026, 11, 30)) == "2026.11.12"
    assert artifacts.next_version(tmp_path, date(2026, 12, 1)) == "2026.12.1"


@pytest.mark.parametrize("name", ["2026.12.1", "../stray", "/tmp/stray", ".hidden", "a/b", "a b"])
def test_a_new_version_takes_no_name_that_is_taken_or_leads_away(
    folder: Path, tmp_path: Path, name: str
) -> None:
    folder.rename(tmp_path / "2026.12.1")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    told = CliRunner().invoke(app, ["train", "no/such/data", "--out", str(tmp_path), "--version", name])
    assert (told.exit_code, type(told.exception)) == (2, SystemExit)
    assert ("is there already" if name == "2026.12.1" else "not the name of a version") in told.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_of_two_trainings_of_one_name_the_later_one_is_told_at_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["train", str(tmp_path), "--out", str(tmp_path / "models"), "--version", "2026.12.1"]

    def load(_: object) -> object:
        later = CliRunner().invoke(app, words)
        raise ExampleError(f"the later one: {later.stderr}")

    monkeypatch.setattr(train, "load", load)
    told = CliRunner().invoke(app, words)
    assert (told.exit_code, "the later one" in told.stderr, "is there already" in told.stderr) == (
        2,
        True,
        True,
    )


@pytest.mark.parametrize("why", [ExampleError("too few"), KeyboardInterrupt()])
def test_a_training_that_fails_leaves_its_name_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: BaseException
) -> None:
    def load(_: object) -> object:
        raise why

    monkeypatch.setattr(train, "load", load)
    told = CliRunner().invoke(app, ["train", str(tmp_path), "--out", str(tmp_path / "models")])
    assert told.exit_code in {2, 130}
    assert not list((tmp_path / "models").iterdir())


def test_a_training_that_is_told_to_end_leaves_its_name_to_the_next(tmp_path: Path) -> None:
    ended = (
        "import os; from nlp import cli, train; train.load = lambda _: os.kill(os.getpid(), 15); cli.app()"
    )
    command = [sys.executable, "-c", ended, "train", str(tmp_path), "--out", str(tmp_path / "models")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (130, "bazkhord: stopped\n")
    assert not list((tmp_path / "models").iterdir())


def test_a_training_saves_where_the_other_commands_look(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.rename(tmp_path / "2026.12.1")
    monkeypatch.setenv("BAZKHORD_MODELS", str(tmp_path))
    told = CliRunner().invoke(app, ["train", "no/such/data", "--version", "2026.12.1"])
    assert (told.exit_code, f"{tmp_path / '2026.12.1'}: is there already" in told.stderr) == (2, True)


def test_where_nothing_can_be_written_nothing_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "load", lambda _: pytest.fail("an hour's work"))
    (tmp_path / "file").touch()
    told = CliRunner().invoke(app, ["train", str(tmp_path), "--out", str(tmp_path / "file")])
    assert (told.exit_code, "file: File exists" in told.stderr) == (2, True)


@pytest.mark.parametrize("seed", ["-1", "4294967296"])
def test_a_seed_that_no_dice_take_is_refused(tmp_path: Path, seed: str) -> None:
    told = CliRunner().invoke(app, ["train", str(tmp_path), "--seed", seed])
    assert (told.exit_code, type(told.exception)) == (2, SystemExit)
    assert "seed" in told.stderr


def test_a_version_too_large_to_ship_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match="more than 25 MB"):
        artifacts.add(folder, "note.txt", "x" * artifacts.MAX_BYTES)
    artifacts.verify(folder)


class KilledError(BaseException):
    """Stands for a SIGKILL: nothing catches it."""


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the n-th step that changes a folder be the last, half done where it may be; a step is a write or a new name."""
    write, replace_, dump, left = Path.write_bytes, Path.replace, joblib.dump, [0]

    def step(half: Callable[[], object]) -> None:
        left[0] -= 1
        if left[0] < 0:
            half()
            raise KilledError

    def written(path: Path, content: bytes) -> int:
        step(lambda: write(path, content[: len(content) // 2]))
        return write(path, content)

    def renamed(path: Path, target: Path) -> Path:
        step(lambda: None)
        return replace_(path, target)

    def dumped(value: object, path: Path) -> list[str]:
        step(lambda: write(path, b"half"))
        return dump(value, path)

    def start(steps: int) -> None:
        left[0] = steps
        monkeypatch.setattr(Path, "write_bytes", written)
        monkeypatch.setattr(Path, "replace", renamed)
        monkeypatch.setattr(joblib, "dump", dumped)

    return start


@pytest.mark.parametrize("steps", range(5))
@pytest.mark.parametrize("name", [artifacts.METRICS, "note.txt"])
def test_whoever_is_killed_while_a_file_is_added_leaves_a_version_that_loads(
    folder: Path, killed_at: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, steps: int, name: str
) -> None:
    before = (folder / name).read_text(encoding="utf-8") if (folder / name).exists() else None
    killed_at(steps)
    with pytest.raises(KilledError) if steps < 4 else nullcontext():
        artifacts.add(folder, name, "{}")
    monkeypatch.undo()
    artifacts.load(folder)
    left = (folder / name).read_text(encoding="utf-8") if (folder / name).exists() else None
    assert left == (before if steps < 3 else "{}")
    artifacts.add(folder, name, "{}")
    assert artifacts.verify(folder)["files"][name]["bytes"] == 2
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("steps", range(4))
def test_a_training_that_is_killed_while_it_is_saved_leaves_no_version(
    folder: Path, killed_at: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    bundle = artifacts.load(folder)
    bundle = replace(bundle, facts={**bundle.facts, "version": "2026.12.1"})
    (folder.parent / "2026.12.1").mkdir()
    killed_at(steps)
    with pytest.raises(KilledError):
        artifacts.install(bundle, folder.parent / "2026.12.1")
    monkeypatch.undo()
    assert artifacts.versions(folder.parent) == [folder.name]
    with pytest.raises(ModelError, match="interrupted; remove it, and train again"):
        artifacts.load(folder.parent / "2026.12.1")
    assert artifacts.next_version(folder.parent, date(2026, 12, 1)) == "2026.12.2"


def test_a_forged_file_is_not_vouched_for_by_a_manifest_that_was_being_written(folder: Path) -> None:
    (folder / ".manifest.json.new").write_bytes((folder / "manifest.json").read_bytes())
    artifacts.load(folder)
    joblib.dump(1, folder / "heads.joblib")
    with pytest.raises(ModelError, match="sha256 differs"):
        artifacts.load(folder)


def test_the_shipped_version_is_small_enough_and_sound() -> None:
    assert artifacts.verify(artifacts.current(MODELS))["version"] == artifacts.current(MODELS).name
    files = artifacts.current(MODELS).iterdir()
    assert sum(path.stat().st_size for path in files) <= artifacts.MAX_BYTES
