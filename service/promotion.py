"""Which model is in force: promoted and rolled back on the record, announced to whoever listens."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from nlp import artifacts
from nlp.errors import ExampleError, ModelError
from service.errors import Conflict, NotFound
from service.storage import Connection, Engine, audit, begin, outbox
from service.storage.dialect import take_turns

_PROMOTED = "model.promoted"
#: What the trail says of a version that came by `rollback`.
_RETURNED = "rolled_back"


def promote(engine: Engine, models: Path, version: str, actor: str, now: datetime) -> str:
    """Make a version current and return its name; `NotFound` or `Conflict` when it is missing, unsound or worse.

    Worse is what loses on `frozen.jsonl` of the models folder; without such a file a version must at least have been
    measured. What is in force already stays so, and so does the way back.
    """
    if version not in artifacts.versions(models):
        raise NotFound("model_not_found", f"نسخه‌ای به نام «{version[:50]}» نصب نیست.")
    if version != _current(models):
        _gate(models, version)
    with _in_turn(engine) as conn:
        return _put_in_force(conn, models, version, actor, now)


def _gate(models: Path, version: str) -> None:
    if not is_judged(models):
        if not (artifacts.version_folder(models, version) / artifacts.METRICS).is_file():
            detail = "این نسخه سنجیده نشده است و مدل پیشین ماند؛ نخست آن را با evaluate --save بسنجید."
            raise Conflict("model_not_measured", detail)
        return
    from nlp import evaluate  # it learns and judges; who only serves needs none of it

    try:
        said = evaluate.gated(models, version)
    except ModelError as error:
        raise Conflict("model_not_sound", f"این نسخه درست نیست و مدل پیشین ماند: {error}") from error
    except ExampleError as error:
        raise Conflict("frozen_not_readable", f"نظرهای سنجش خوانده نشد و مدل پیشین ماند: {error}") from error
    if not said.promoted:
        raise Conflict("model_not_better", f"این نسخه بهتر نیست و مدل پیشین ماند: {'؛ '.join(said.reasons)}")


def rollback(engine: Engine, models: Path, actor: str, now: datetime) -> str:
    """Return to the version that was current before; `Conflict` when nothing was ever promoted over it.

    Who asks twice, or whose proxy does, must not have back what was left: from there only a promotion leads on.
    """
    with _in_turn(engine) as conn:
        present = _current(models)
        line = audit.latest(conn, _PROMOTED, present or "")
        before = line["before"]["version"] if line and line["before"] else None
        if before is None or before == present:
            raise Conflict("nothing_to_roll_back", "پیش از این نسخه مدل دیگری در کار نبوده است.")
        if line and line["after"].get(_RETURNED):
            raise Conflict(
                "already_rolled_back",
                "این نسخه خود با بازگشت به کار افتاده است؛ نسخه‌ای دیگر را به نام به کار بیندازید.",
            )
        return _put_in_force(conn, models, before, actor, now, returned=True)


@contextmanager
def _in_turn(engine: Engine) -> Iterator[Connection]:
    """Change what is in force alone: of two at a time both would name the same version as the one before them."""
    try:
        with begin(engine) as conn:
            take_turns(conn, _PROMOTED)
            yield conn
    except ModelError as error:
        raise Conflict("model_not_sound", f"این نسخه درست نیست و مدل پیشین ماند: {error}") from error


def _put_in_force(
    conn: Connection, models: Path, version: str, actor: str, now: datetime, *, returned: bool = False
) -> str:
    before = _current(models)
    if before != version:
        how = {_RETURNED: True} if returned else {}
        old = None if before is None else {"version": before}
        audit.record(conn, now, actor, _PROMOTED, version, before=old, after={"version": version, **how})
        outbox.emit(conn, now, _PROMOTED, version, {"version": version, "before": before})
        _name_current(models, version)  # last: when it or the record fails, nothing has happened
    return version


def _name_current(models: Path, version: str) -> None:
    try:
        artifacts.promote(models, version)
    except OSError as error:  # whoever serves may well have no right to write there
        detail = f"در پوشهٔ مدل‌ها نمی‌توان نوشت و مدل پیشین ماند ({error.strerror})."
        raise Conflict("models_not_writable", detail) from error


def is_judged(models: Path) -> bool:
    """Say whether comments stand by that every new version is judged on before it is put in force."""
    return (models / artifacts.FROZEN).is_file()


def listing(models: Path) -> list[dict[str, Any]]:
    """Return the installed versions with what their manifests tell, the newest first."""
    current = _current(models)
    return [_told(models, name, current) for name in reversed(artifacts.versions(models))]


def _told(models: Path, name: str, current: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"version": name, "current": name == current, "sound": True, "problem": None}
    try:
        facts: Mapping[str, Any] = artifacts.fitting(artifacts.version_folder(models, name))
    except ModelError as error:
        return told | {"sound": False, "problem": str(error)}
    return told | {key: facts[key] for key in ("taxonomy", "normalizer", "trained", "seed") if key in facts}


def _current(models: Path) -> str | None:
    try:
        return artifacts.current(models).name
    except ModelError:
        return None
