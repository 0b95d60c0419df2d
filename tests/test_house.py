"""The plan of the house, enforced: sizes, names, quiet imports, a public surface and a complete wheel."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import nlp
from nlp import bulk
from nlp.errors import MissingExtraError
from nlp.judging import bench_rivals, fasttext_rival

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for package in ("nlp", "service") for path in (ROOT / package).rglob("*.py"))
FORBIDDEN = {"utils", "util", "helpers", "common", "base", "manager", "core", "misc"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 50


def test_no_file_is_a_drawer_and_no_function_a_tunnel() -> None:
    long_files = [
        f"{path.relative_to(ROOT)}" for path in SOURCES if len(path.read_text().splitlines()) > LONGEST_FILE
    ]
    long_functions = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and "migrations" not in path.parts
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long_files
    assert not long_functions


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [path for path in SOURCES if path.stem in FORBIDDEN]


def test_nothing_was_left_behind() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b|pragma: no cover")
    assert not [path for path in SOURCES if marks.search(path.read_text())]


def test_the_public_surface_is_what_is_listed() -> None:
    assert set(nlp.__all__) == set(nlp._ROOMS)
    for name in nlp.__all__:
        assert getattr(nlp, name).__name__ == name
    with pytest.raises(AttributeError):
        _ = nlp.no_such_room


def test_importing_any_module_opens_no_data_file_and_no_socket() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES
    ]
    modules = [
        name for name in modules if not name.endswith((".env", ".__main__")) and ".versions." not in name
    ]
    code = (
        "import importlib, sys\n"
        f"root = {str(ROOT)!r}\n"
        "seen = []\n"
        "def hook(event, args):\n"
        "    if event == 'open' and isinstance(args[0], str) and args[0].startswith(root) and '.venv' not in args[0]\\\n"
        "            and not args[0].endswith(('.py', '.pyc')) and '__pycache__' not in args[0]:\n"
        "        seen.append(args[0])\n"
        "    if event in ('socket.connect', 'socket.bind', 'socket.getaddrinfo'):\n"
        "        seen.append(event)\n"
        "sys.addaudithook(hook)\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        "print(*seen, sep='\\n')\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ran.stdout.strip() == ""


def test_cleaning_up_leaves_the_data_of_the_desk_alone() -> None:
    told = subprocess.run(
        ["make", "-n", "clean"], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout
    assert ".venv" in told.split()
    assert "data" not in told.split()


@pytest.mark.parametrize(
    ("module", "use"),
    [
        ("fasttext", fasttext_rival.library),
        ("torch", bench_rivals.encoder),
        ("distributed", lambda: list(bulk.Power(scheduler="tcp://127.0.0.1:1").run(bulk.tag_lines, []))),
    ],
)
def test_what_is_missing_is_named_as_pip_can_install_it(
    monkeypatch: pytest.MonkeyPatch, module: str, use: Callable[[], object]
) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as error:
        use()
    told = re.search(r'pip install "(.+)"', str(error.value))
    assert told
    assert told[1] in {package for packages in extras.values() for package in packages}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in the wheel, built from a copy so that no build folder is left in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "nlp", "service", "pyproject.toml", "README.md", "LICENSE"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            folder,
            tree,
        ],
        check=True,
        capture_output=True,
    )
    (file,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(file).namelist())


def test_the_wheel_holds_everything_that_the_code_reads(wheel: set[str]) -> None:
    wanted = {
        str(path.relative_to(ROOT))
        for package in ("nlp", "service")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    tracked = set(
        subprocess.run(
            ["git", "ls-files", "nlp", "service"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
    )
    assert wanted & tracked <= wheel
