"""Files that people edit: whatever stands in them, the answer is a list of lines and never a crash."""

import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import rulefile, sla
from service.casework import replies
from service.tomlfile import FileMistakes, Mistake, Source, read

_VALUES = ("3", '"x"', "[]", "true", "{a = 1}", "[[1]]", "-1.5", "1979-05-27", "nan", '""', '["x", 1]', "")
_VALUE = re.compile(r"(?<=[\w\"] = ).+?(?=,|$| #)")


@pytest.mark.parametrize("room", [rulefile, sla, replies], ids=lambda room: room.__name__)
@given(data=st.data())
def test_a_value_of_any_kind_is_accepted_or_named_as_a_mistake(room: ModuleType, data: st.DataObject) -> None:
    lines = room.FILE.read_text(encoding="utf-8").splitlines()
    place = data.draw(st.sampled_from([at for at, line in enumerate(lines) if _VALUE.search(line)]))
    value = data.draw(st.sampled_from(_VALUES))
    lines[place] = _VALUE.sub(lambda _: value, lines[place], count=1)
    assert all(1 <= mistake.line <= len(lines) + 1 for mistake in _mistakes(room, "\n".join(lines)))


def _mistakes(room: ModuleType, text: str) -> Sequence[Mistake]:
    try:
        room.parse(Source(text, "file.toml"))
    except FileMistakes as error:
        return error.mistakes
    return ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\nb = " + "[" * 1_990, 1),
        ("a = 1\n" + ".".join("b" * 2_000) + " = 1", 2),
        ("a = " + "1" * 5_000, 1),
    ],
    ids=["deep", "long key", "long number"],
)
def test_what_no_person_writes_is_a_mistake_and_no_crash(text: str, line: int) -> None:
    with pytest.raises(FileMistakes) as caught:
        Source(text, "x.toml")
    assert [mistake.line for mistake in caught.value.mistakes] == [line]


def test_a_file_that_is_not_read_is_told_with_its_whole_path_and_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("latin.toml").write_bytes(b"a = '\xe9'")
    for name, why in (
        ("none/routing.toml", "No such file or directory"),
        ("latin.toml", "continuation byte"),
    ):
        with pytest.raises(FileMistakes) as caught:
            read(Path(name))
        (line,) = str(caught.value).splitlines()
        assert line.startswith(f"{Path(name).name}:1: ")
        assert f"({tmp_path / name}: " in line
        assert why in line


def test_mistakes_come_in_the_order_of_the_file() -> None:
    source = Source("a = 1\n\n[b]\nc = 2\n[[d]]\ne = 1\n[[d]]\ne = 2\n", "x.toml")
    for path in ("d.1.e", "b.c", "d.0", "a", "b.missing.deep", "nowhere"):
        source.wrong(path, path)
    with pytest.raises(FileMistakes) as caught:
        source.check()
    found = [(mistake.line, mistake.text) for mistake in caught.value.mistakes]
    assert found == [(1, "a"), (1, "nowhere"), (3, "b.missing.deep"), (4, "b.c"), (5, "d.0"), (8, "d.1.e")]


@pytest.mark.parametrize(
    "text",
    [
        "a =",
        "a",
        "a = 1 b = 2",
        "[a",
        'a = "x',
        "a = 'x\n",
        'a = "x\n"',
        "a = [1",
        "a = 1\na = 2",
        "[a]\n[a]",
    ],
)
def test_what_people_get_wrong_in_toml_is_told_in_persian(text: str) -> None:
    with pytest.raises(FileMistakes) as caught:
        Source(text, "routing.toml")
    (mistake,) = caught.value.mistakes
    assert mistake.text.startswith("دستور زبان TOML در این خط درست نیست: ")
    assert mistake.aside == ""
