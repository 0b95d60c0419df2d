"""Which model is in force: promoted and rolled back on the record, announced to whoever listens."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from nlp import artifacts
from nlp.errors import ExampleError, ModelError
from service.errors import Conflict, NotFound
from service.storage import Connection, Engine, audit, begin, outbox
from service.storage.dialect import advisory_lock

_PROMOTED = "model.promoted"
#: What was in force before anybody promoted here, or came into force with no line of the trail: by hand, or by a promotion that
#: was killed.
_FOUND = "model.found"
#: What the trail says of a version that came by `rollback`.
_RETURNED = "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """The version that is in force now, and why the one before it could not be compared with it, where it could not."""

    version: str
    uncompared: str | None = None


def promote(engine: Engine, models: Path, version: str, actor: str, now: datetime) -> Promotion:
    """Make a version current and return it; `NotFound` or `Conflict` when it is missing, unsound or worse.

    Worse is what loses on `frozen.jsonl` of the models folder; without such a file a version must at least have been
    measured. What is in force already stays so, and so does the way back. One that can no longer be loaded is no
    judge of the new one.
    """
    if version not in artifacts.versions(models):
        raise NotFound("model_not_found", f"نسخه‌ای به نام «{version[:50]}» نصب نیست.")
    with _in_turn(engine, models) as conn:
        present = _found(conn, models, actor, now)
    uncompared = None if version == present else _gate(models, version)
    with _in_turn(engine, models) as conn:
        if is_judged(models) and _found(conn, models, actor, now) not in (present, version):
            detail = "در این میان نسخهٔ دیگری به کار افتاد که این نسخه با آن سنجیده نشده است؛ دوباره به کار بیندازید."
            raise Conflict("model_changed_meanwhile", detail)
        _put_in_force(conn, models, version, actor, now)
    return Promotion(version=version, uncompared=uncompared)


def _gate(models: Path, version: str) -> str | None:
    """Refuse what may not go live; return why the version in force could not be compared, where it could not."""
    from nlp import evaluate  # they learn and judge; who only serves needs none of it
    from nlp.judging import gate

    if not is_judged(models):
        if not gate.verdict(_figures(artifacts.version_folder(models, version)), None).promoted:
            detail = "این نسخه سنجیده نشده است و مدل پیشین ماند؛ نخست آن را با evaluate --save بسنجید."
            raise Conflict("model_not_measured", detail)
        return None
    try:
        said = evaluate.gated(models, version)
    except ModelError as error:
        raise _unsound(version, error) from error
    except ExampleError as error:
        raise Conflict("frozen_not_readable", f"نظرهای سنجش خوانده نشد و مدل پیشین ماند: {error}") from error
    if not said.promoted:
        raise Conflict("model_not_better", f"این نسخه بهتر نیست و مدل پیشین ماند: {'؛ '.join(said.reasons)}")
    if said.uncompared:
        return f"با نسخهٔ پیشین («{_current(models)}») سنجیده نشد، چون خود آن دیگر خوانده نمی‌شود: {said.uncompared}"
    return None


def _figures(folder: Path) -> Mapping[str, Any]:
    """Return what was measured of a version; nothing where that cannot be read."""
    try:
        found = json.loads((folder / artifacts.METRICS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _unsound(version: str, error: ModelError) -> Conflict:
    return Conflict("model_not_sound", f"نسخهٔ «{version}» درست نیست و مدل پیشین ماند: {error.fa}")


def rollback(engine: Engine, models: Path, actor: str, now: datetime) -> str:
    """Return to the version that was current before; `Conflict` when nothing was ever promoted over it.

    Who asks twice, or whose proxy does, must not have back what was left: from there only a promotion leads on.
    """
    with _in_turn(engine, models) as conn:
        present = _found(conn, models, actor, now)
        line = _latest(conn)
        before = line["before"]["version"] if line and line["before"] else None
        if before is None or before == present:
            raise Conflict("nothing_to_roll_back", "پیش از این نسخه مدل دیگری در کار نبوده است.")
        if line and line["after"].get(_RETURNED):
            raise Conflict(
                "already_rolled_back",
                "این نسخه خود با بازگشت به کار افتاده است؛ نسخه‌ای دیگر را به نام به کار بیندازید.",
            )
        _put_in_force(conn, models, before, actor, now, returned=True)
    return str(before)


@contextmanager
def _in_turn(engine: Engine, models: Path) -> Iterator[Connection]:
    """Change what is in force alone: of two at a time both would name the same version as the one before them.

    What was in force is so again when the record of the change cannot be kept.
    """
    before = after = None
    try:
        with begin(engine) as conn:
            advisory_lock(conn, _PROMOTED)
            before = _current(models)
            yield conn
            after = _current(models)
    except BaseException:
        if before and after and after != before and _current(models) == after:
            artifacts.name_current(models, before)
        raise


def _found(conn: Connection, models: Path, actor: str, now: datetime) -> str | None:
    """Return what is in force, and write it down where the trail says something else, or nothing yet."""
    present, line = _current(models), _latest(conn)
    before = line["object_id"] if line else None
    if present and present != before:
        old = {"version": before} if before else None
        audit.record(conn, now, actor, _FOUND, present, before=old, after={"version": present})
        if before:
            outbox.emit(conn, now, _PROMOTED, present, {"version": present, "before": before})
    return present


def _latest(conn: Connection) -> Mapping[str, Any] | None:
    """Return the last line of the trail that says what came into force."""
    lines = [line for action in (_PROMOTED, _FOUND) for line in audit.listing(conn, action=action, limit=1)]
    return max(lines, key=itemgetter("seq"), default=None)


def _put_in_force(
    conn: Connection, models: Path, version: str, actor: str, now: datetime, *, returned: bool = False
) -> None:
    before = _current(models)
    if before != version:
        how = {_RETURNED: True} if returned else {}
        old = None if before is None else {"version": before}
        audit.record(conn, now, actor, _PROMOTED, version, before=old, after={"version": version, **how})
        outbox.emit(conn, now, _PROMOTED, version, {"version": version, "before": before})
        _name_current(models, version)  # last: when it or the record fails, nothing has happened


def _name_current(models: Path, version: str) -> None:
    try:
        artifacts.promote(models, version)
    except ModelError as error:
        raise _unsound(version, error) from error
    except OSError as error:  # whoever serves may well have no right to write there
        detail = f"در پوشهٔ مدل‌ها نمی‌توان نوشت و مدل پیشین ماند ({error.strerror})."
        raise Conflict("models_not_writable", detail) from error


def is_judged(models: Path) -> bool:
    """Say whether comments stand by that every new version is judged on before it is put in force."""
    return (models / artifacts.FROZEN).is_file()


def listing(models: Path) -> list[dict[str, Any]]:
    """Return the installed versions with what their manifests tell, the newest first."""
    current = _current(models)
    return [_as_json(models, name, current) for name in reversed(artifacts.versions(models))]


def _as_json(models: Path, name: str, current: str | None) -> dict[str, Any]:
    why = {"problem": None, "problem_fa": None}
    told: dict[str, Any] = {"version": name, "current": name == current, "sound": True, **why}
    try:
        facts: Mapping[str, Any] = artifacts.fitting(artifacts.version_folder(models, name))
    except ModelError as error:
        return told | {"sound": False, "problem": str(error), "problem_fa": error.fa}
    return told | {key: facts[key] for key in ("taxonomy", "normalizer", "seed") if key in facts}


def _current(models: Path) -> str | None:
    try:
        return artifacts.current_name(models)
    except ModelError:
        return None
