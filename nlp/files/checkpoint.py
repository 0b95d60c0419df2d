"""Where output goes, and how far it came: an interrupted run leaves `OUT.part` and continues where it stopped."""

import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, cast

from nlp.errors import RecordsError

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How far a run came: records written, how many of them failed, and where their bytes end."""

    rows: int = 0
    failed: int = 0
    size: int = 0


class Output:
    """Text that is written part by part. `reached` is where an earlier run of the same kind stopped."""

    def __init__(self, file: BinaryIO, note: Path | None, run: Mapping[str, Any], reached: Reached) -> None:
        self._file = file
        self._note = note
        self._run = run
        self.reached = reached

    def write(self, text: str, *, rows: int = 0, failed: int = 0) -> None:
        """Write the lines of some records, and note them, so that they are never written again."""
        content = text.encode("utf-8")
        self._file.write(content)
        self._file.flush()
        reached = self.reached
        self.reached = Reached(
            rows=reached.rows + rows, failed=reached.failed + failed, size=reached.size + len(content)
        )
        if self._note:
            _replace(self._note, {"run": self._run, **asdict(self.reached)})


@contextmanager
def written(path: str) -> Iterator[BinaryIO]:
    """Yield where bytes go: stdout for `-`, else a `.part` file that takes its name when all is written.

    What stood there before stays until then. A link stays one, and what is no file (a pipe, a device) is written to
    as it is.
    """
    if path == "-":
        yield from _stdout()
    elif _flows(path):
        with _writable(Path(path), "wb", path) as file:
            yield file
    else:
        with _growing(path) as file:
            file.truncate(0)
            yield file


@contextmanager
def opened(path: str, run: Mapping[str, Any] | None, *, marked: bool = False) -> Iterator[Output]:
    """Yield where text goes, as `written` does, that an interrupted run can continue.

    `run` describes the run (input, options, model) as JSON values: a `.part` file of another one starts afresh, and so
    does every run that cannot be told from another (None). A `marked` file begins with a byte order mark, as CSV has to:
    without it Excel shows Persian as rubbish.
    """
    if _flows(path):
        with written(path) as file:
            yield Output(file, None, {}, Reached())
    else:
        yield from _continued(path, run, marked=marked)


def check_apart(source: str, out: str) -> None:
    """Refuse an output that would be written over the input."""
    taken = [path for path in (Path(out), _part(out)) if path.is_file()]
    if Path(source).is_file() and any(path.samefile(source) for path in taken):
        raise RecordsError(f"خروجی «{out}» روی خود پروندهٔ ورودی نوشته می‌شود؛ نام دیگری بدهید.")


def _continued(path: str, run: Mapping[str, Any] | None, *, marked: bool) -> Iterator[Output]:
    part = _part(path)
    note = Path(f"{part}.json")
    with _growing(path) as file:
        reached = Reached() if run is None else _reached(part, note, run)
        if not reached.rows:
            note.unlink(missing_ok=True)  # it tells of what has just been written over
        file.truncate(reached.size)
        output = Output(file, None if run is None else note, run or {}, reached)
        if marked and not reached.rows:
            output.write(_BOM)
        yield output
    note.unlink(missing_ok=True)


@contextmanager
def _growing(path: str) -> Iterator[BinaryIO]:
    """Yield the `.part` of an output, with what an earlier run left in it: nobody else's until it takes its name."""
    part = _part(path)
    with _alone(part, path) as file:
        yield file
        file.flush()
        part.replace(os.path.realpath(path))


def _alone(part: Path, path: str) -> BinaryIO:
    """Open a file to write behind what it holds; `RecordsError` when another run does. Whoever is killed lets go of it."""
    while True:
        file = _writable(part, "ab", path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise RecordsError(f"در «{path}» هم‌اکنون اجرای دیگری می‌نویسد؛ نام دیگری بدهید.") from error
        except OSError:
            pass  # a file system that knows no locks
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), part.stat()):
                return file
        file.close()  # it took its name while we opened it: it is finished


def _flows(path: str) -> bool:
    """Tell whether what is written is gone at once: to stdout, a pipe or a device."""
    return path == "-" or (Path(path).exists() and not Path(path).is_file())


def _part(path: str) -> Path:
    """Return where the output of this name grows: beside the file that a link names."""
    return Path(f"{os.path.realpath(path)}.part")


def _writable(file: Path, mode: str, path: str) -> BinaryIO:
    try:
        return cast(BinaryIO, file.open(mode))
    except OSError as error:
        raise RecordsError(f"در «{path}» نمی‌شود نوشت ({error.strerror}).") from error


def _reached(part: Path, note: Path, run: Mapping[str, Any]) -> Reached:
    """Return where an interrupted run of the same kind stopped; the beginning if it wrote no record or there is none."""
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
        reached = Reached(rows=noted["rows"], failed=noted["failed"], size=noted["size"])
        # what stands before the first record (mark, heading) is written again
        if reached.rows and noted["run"] == dict(run) and part.stat().st_size >= reached.size:
            return reached
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no note, or one that cannot be trusted: all is tagged again
    return Reached()


def _replace(path: Path, value: object) -> None:
    fresh = Path(f"{path}.new")
    fresh.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


def _stdout() -> Iterator[BinaryIO]:
    """Yield stdout, in UTF-8 whatever the locale; a reader that went away (`| head`) ends the run quietly."""
    if sys.stdout is None:
        raise RecordsError("خروجی استاندارد (stdout) بسته است؛ با ‎--out نام پرونده‌ای را بدهید.")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.flush()
    try:
        yield sys.stdout.buffer
    except BrokenPipeError:
        # Python flushes stdout once more at exit, which must not fail again
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
