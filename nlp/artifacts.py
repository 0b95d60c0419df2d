"""A model version on disk: joblib files that are read only after every sha256 of the manifest was checked.

What is written into a version is written beside it and takes its name when it is whole, the manifest last. So whoever is
killed meanwhile leaves either a version that loads, or a folder without a manifest, which is none.

The hash is the audit: `joblib.load` can run code, so nothing is unpickled before all files proved to be those
that `save` wrote. Uploads are never loaded; versions come from the models folder alone. The files are not
compressed, because their weights are mapped, not read: processes that serve one version share its pages.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from nlp import taxonomy
from nlp.errors import ModelError

if TYPE_CHECKING:  # who only asks which versions there are need not load what reads them
    from nlp.bundle import Bundle
    from nlp.labels import Thresholds

MANIFEST = "manifest.json"
CURRENT = "CURRENT"
#: Labelled comments that no version learns from, beside CURRENT: a new version must win on them to go live.
FROZEN = "frozen.jsonl"
#: What `evaluate --save` found out about a version, in its folder.
METRICS = "metrics.json"
CARD = "MODEL_CARD.md"
#: How the parts of a saved version fit together. Raise it when a version that was saved before can no longer speak.
LAYOUT = "2"
#: What a version is made for, as pages name it.
_MADE_FOR = {"normalizer": "نرمال‌ساز", "taxonomy": "رده‌بندی", "layout": "چینش پرونده‌های"}
#: The joblib files of a version, which are also the fields of a bundle.
PARTS = ("features", "heads")
#: A version must stay small enough to be committed and shipped.
MAX_BYTES = 25 * 1024 * 1024
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def save(bundle: "Bundle", folder: Path) -> None:
    """Write a bundle as a version folder; the same bundle gives the same bytes."""
    import joblib

    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        joblib.dump(getattr(bundle, part), folder / f"{part}.joblib")
    _record(folder, bundle.facts, {})


def add(folder: Path, name: str, text: str) -> None:
    """Put a file (metrics, card) into a version, in place of an earlier one, and list it in the manifest.

    `ModelError` where a part of the model is not the recorded one: a new hash would vouch for what nobody trained.
    """
    manifest = _read_json(folder / MANIFEST)
    for part, fact in manifest.get("files", {}).items():
        if part in {f"{each}.joblib" for each in PARTS}:
            _check(folder, part, fact)
    _record(folder, manifest, {name: text.encode()})


def _record(folder: Path, manifest: Mapping[str, Any], added: Mapping[str, bytes]) -> None:
    """Put one file or none into a folder, and a manifest that lists all of them.

    Both are there before either takes its name: where only the first did, `verify` finds the manifest that lists it.
    """
    kept = [path for path in folder.iterdir() if path.name != MANIFEST and not _is_beside(path.name)]
    files: dict[str, dict[str, Any]] = {
        path.name: {"sha256": _sha256(path), "bytes": path.stat().st_size} for path in kept
    }
    for name, content in added.items():
        files[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    size = sum(fact["bytes"] for fact in files.values())
    if size > MAX_BYTES:
        raise ModelError(f"{folder.name}: {size / 2**20:.1f} MB, more than {MAX_BYTES / 2**20:.0f} MB")
    facts = {**manifest, "files": dict(sorted(files.items()))}
    written = {**added, MANIFEST: (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()}
    for name, content in written.items():
        (folder / _beside(name)).write_bytes(content)
    for name in written:
        (folder / _beside(name)).replace(folder / name)


def _beside(name: str) -> str:
    """Return what a file is called until it is whole."""
    return f".{name}.new"


def _is_beside(name: str) -> bool:
    return name.startswith(".") and name.endswith(".new")


def load(folder: Path) -> "Bundle":
    """Check a version folder completely, then read it; `ModelError` says what is wrong with it."""
    import joblib

    from nlp.bundle import Bundle

    facts = fitting(folder)
    loaded = {part: joblib.load(folder / f"{part}.joblib", mmap_mode="r") for part in PARTS}
    return Bundle(**loaded, thresholds=_thresholds(facts, folder), facts=facts)


def fitting(folder: Path) -> dict[str, Any]:
    """Return the manifest of a version that is sound and was made for this code; unpickles nothing."""
    from nlp.normalize import NORMALIZER_VERSION

    facts = verify(folder)
    ours = {"normalizer": NORMALIZER_VERSION, "taxonomy": taxonomy.load().version, "layout": LAYOUT}
    for what, version in ours.items():
        if facts.get(what) != version:
            raise ModelError(
                f"{folder}: made for {what} {facts.get(what)}, this is {version}; train it again",
                f"برای {_MADE_FOR[what]} دیگری ساخته شده است؛ دوباره آموزشش دهید.",
            )
    return facts


def verify(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder whose files are exactly the listed ones; unpickles nothing."""
    if not (folder / MANIFEST).is_file():
        raise ModelError(
            f"{folder}: holds no {MANIFEST}, as when a training is interrupted; remove it, and train again"
        )
    try:
        return _verified(folder, MANIFEST)
    except ModelError:
        if (folder / _beside(MANIFEST)).is_file():  # whoever wrote it was stopped before it took its name
            with suppress(ModelError):
                return _verified(folder, _beside(MANIFEST))
        raise


def _verified(folder: Path, manifest: str) -> dict[str, Any]:
    facts = _read_json(folder / manifest)
    listed = facts.get("files")
    if not isinstance(listed, Mapping) or not {f"{part}.joblib" for part in PARTS} <= set(listed):
        raise ModelError(f"{folder / manifest}: does not list the model files")
    for name, fact in listed.items():
        _check(folder, str(name), fact)
    found = {path.name for path in folder.iterdir() if not _is_beside(path.name)}
    extra = sorted(found - {*listed, MANIFEST})
    if extra:
        raise ModelError(
            f"{folder}: files that the manifest does not list: {', '.join(extra)}",
            f"پرونده‌هایی دارد که در فهرستش نیست: {'، '.join(extra)}.",
        )
    return facts


def current(models: Path) -> Path:
    """Return the version folder that `models/CURRENT` names.

    `ModelError` when there is none, or when the name would lead out of the models folder.
    """
    return version_folder(models, current_name(models))


def current_name(models: Path) -> str:
    """Return what `models/CURRENT` says, whether there is such a version or not; `ModelError` when it says nothing."""
    try:
        return (models / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise ModelError(
            f"{models / CURRENT}: no model is installed ({why}); --models or BAZKHORD_MODELS names another folder"
        ) from error


def version_folder(models: Path, name: str) -> Path:
    """Return the folder of a version by its plain name, inside `models` and nowhere else."""
    folder = models / name
    if not _PLAIN_NAME.fullmatch(name) or folder.is_symlink():
        raise ModelError(f"{name!r} is not the name of a version")
    if not folder.is_dir():
        raise ModelError(f"{folder}: there is no such version")
    return folder


def mark(folder: Path) -> str:
    """Return what tells a version from another of its name: the sha256 of its manifest, which holds those of its files."""
    return _sha256(folder / MANIFEST)


def versions(models: Path) -> list[str]:
    """Return the installed versions, oldest first."""
    found = [path.parent.name for path in models.glob(f"*/{MANIFEST}")]
    return sorted(found, key=lambda name: [int(part) if part.isdigit() else -1 for part in name.split(".")])


def next_version(models: Path, today: date) -> str:
    """Return the next free `year.month.number`; what a training that was interrupted left behind is not free.

    >>> next_version(Path("no/such/folder"), date(2026, 11, 24))
    '2026.11.1'
    """
    month = f"{today.year}.{today.month}."
    taken = [path.name.removeprefix(month) for path in models.glob(f"{month}*")]
    return month + str(max((int(number) for number in taken if number.isdigit()), default=0) + 1)


@contextmanager
def reserved(models: Path, name: str) -> Iterator[Path]:
    """Make the folder of a new version, which is nobody else's from then on; it is gone when the block fails.

    `ModelError` when the name is none, or taken: to write over a version would leave its card and figures beside other
    weights, and pull the mapped files from under whoever serves it.
    """
    folder = models / name
    if not _PLAIN_NAME.fullmatch(name):
        raise ModelError(f"{name!r} is not the name of a version")
    models.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError as error:
        raise ModelError(f"{folder}: is there already; choose another --version or --out") from error
    try:
        yield folder
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise


def install(bundle: "Bundle", folder: Path) -> None:
    """Save a bundle in the folder reserved for it; the first version of a models folder becomes current."""
    save(bundle, folder)
    if not (folder.parent / CURRENT).exists():
        promote(folder.parent, folder.name)


def promote(models: Path, name: str) -> None:
    """Make a version current after checking it; readers see the old name or the new one, never half.

    One that was made for other code is refused as well: nothing that starts later could load it.
    """
    fitting(version_folder(models, name))
    name_current(models, name)


def name_current(models: Path, name: str) -> None:
    """Have `models/CURRENT` say a name, which nobody checks: to take back what it said a moment ago."""
    fresh = models / _beside(CURRENT)
    fresh.write_text(name + "\n", encoding="utf-8")
    fresh.replace(models / CURRENT)


def _check(folder: Path, name: str, fact: object) -> None:
    path = folder / name
    if not _PLAIN_NAME.fullmatch(name) or path.is_symlink():
        raise ModelError(f"{folder / MANIFEST}: {name!r} is not a file of this folder")
    if not path.is_file():
        raise ModelError(f"{path}: is missing", f"پروندهٔ {name} نیست؛ آن را برگردانید یا دوباره آموزش دهید.")
    if not isinstance(fact, Mapping) or _sha256(path) != fact.get("sha256"):
        raise ModelError(
            f"{path}: is not the file that was trained (sha256 differs); restore it or train again",
            f"پروندهٔ {name} همان نیست که آموزش دید؛ آن را برگردانید یا دوباره آموزش دهید.",
        )


def _thresholds(facts: Mapping[str, Any], folder: Path) -> "Thresholds":
    from nlp.labels import Thresholds

    try:
        raw: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in facts["thresholds"].items()
        }
        return Thresholds(**raw)
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{folder / MANIFEST}: thresholds are missing or of another shape ({error})"
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error})") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path}: is not a JSON object")
    return value
