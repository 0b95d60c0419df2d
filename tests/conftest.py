"""What all tests share: the installed model, a folder in memory, and tests that take minutes wait for `--slow`."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

from nlp import artifacts
from nlp.tagger import Tagger

MODELS = Path(__file__).resolve().parents[1] / "models"

# a busy machine is no failure of the code
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_MEMORY, _ROOM = "/dev/shm", 2 * 2**30


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    """The tagger that is shipped, loaded once; on one thread, as all processes have it: more round otherwise."""
    threadpool_limits(1)
    return Tagger.load(MODELS)


@pytest.fixture(scope="session")
def several_models() -> Callable[..., Path]:
    """Fill a models folder with the shipped version and with copies under other names, the last of them tampered with."""

    def filled(folder: Path, *names: str) -> Path:
        shipped = artifacts.current(MODELS)
        for name in (shipped.name, *names):
            shutil.copytree(shipped, folder / name)
            manifest = folder / name / "manifest.json"
            facts = json.loads(manifest.read_text(encoding="utf-8"))
            manifest.write_text(json.dumps(facts | {"version": name}), encoding="utf-8")
        (folder / names[-1] / "extra.joblib").write_bytes(b"x")
        (folder / "CURRENT").write_text(shipped.name, encoding="utf-8")
        return folder

    return filled


@pytest.fixture(scope="session")
def calls_of() -> Callable[..., int]:
    """Count the calls that a call takes: work without seconds."""

    def counted(function: Callable[..., object], *given: object, **named: object) -> int:
        calls = 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            function(*given, **named)
        finally:
            sys.setprofile(None)
        return calls

    return counted


def pytest_configure() -> None:
    """Let tests, their databases and browsers write to memory if there is room: they would mostly wait for the disk."""
    if "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = _MEMORY


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests that take minutes, too")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    # every process of xdist names a test alike: a workbook holds the second it was made in
    return argname if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 200) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if len({item.nodeid for item in items}) < len(items):
        raise pytest.UsageError("tests share an id: of those xdist runs one")
    if config.getoption("--slow"):
        return
    slow = [item for item in items if "slow" in item.keywords]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]
