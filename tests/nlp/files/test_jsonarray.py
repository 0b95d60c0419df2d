"""An array is read element by element as `json` reads it whole, wherever the file is cut."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.files import jsonarray

TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(params=[1, 3, 1 << 16])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How much is read at a time."""
    monkeypatch.setattr(jsonarray, "_CHUNK", request.param)
    return int(request.param)


@given(found=st.lists(TREES, max_size=5), indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans())
def test_what_json_writes_is_read_alike(found: list[Any], indent: int | None, *, ascii_only: bool) -> None:
    written = json.dumps(found, indent=indent, ensure_ascii=ascii_only)
    for size in (1, 2, 5, 64):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(jsonarray, "_CHUNK", size)
            assert list(jsonarray.elements(io.StringIO(f" {written}\n"))) == found


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize(
    "wrong",
    [
        "",
        " ",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,]",
        "[1 2]",
        "[1]]",
        "[1] x",
        '["a]',
        '{"a": 1}',
        "[nul]",
        "[" * 100_000,
    ],
)
def test_what_is_no_array_is_refused(wrong: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        list(jsonarray.elements(io.StringIO(wrong)))


@pytest.mark.usefixtures("chunk")
def test_what_python_writes_for_nothing_is_nothing() -> None:
    assert list(jsonarray.elements(io.StringIO('[NaN, {"a": -Infinity}, 12]'))) == [None, {"a": None}, 12]


def test_elements_come_before_the_file_ends_and_none_is_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonarray, "_CHUNK", 4)
    file = io.StringIO('[1, 2, 3, "' + "x" * 100)
    found = jsonarray.elements(file)
    assert next(found) == 1
    assert file.tell() < 10
    monkeypatch.setattr(jsonarray, "LONGEST", 20)
    with pytest.raises(ValueError, match="more than 20 characters"):
        list(found)
    assert file.tell() < 100
