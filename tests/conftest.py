"""What all tests share: the installed model, and tests that take minutes wait for `--slow`."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

from nlp.tagger import Tagger

MODELS = Path(__file__).resolve().parents[1] / "models"

# a busy machine is no failure of the code
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    """The tagger that is shipped, loaded once; on one thread, as all processes have it: more round otherwise."""
    threadpool_limits(1)
    return Tagger.load(MODELS)


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
