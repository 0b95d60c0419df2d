"""Model versions: which are installed, which one is in force, and the way back."""

from typing import Annotated

from fastapi import Path

from service import promotion
from service.api.described import CONFLICT, MISSING, Out
from service.api.strict import part
from service.api.writing import Json
from service.deps import Admin, Desk, DeskDep, Now, Reader

router = part("models", "/models")
Version = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class InstalledOut(Out):
    """An installed version; `problem`, and `problem_fa` in Persian, says why one that is not `sound` cannot be loaded."""

    version: str
    current: bool
    sound: bool
    problem: str | None
    problem_fa: str | None
    taxonomy: str | None = None
    normalizer: str | None = None
    seed: int | None = None


class ModelsOut(Out):
    """The installed versions, the newest first, the one in force, and the trade they are told."""

    in_force: str | None
    trade: str | None
    items: list[InstalledOut]


class InForceOut(Out):
    """The version that is in force now; `uncompared` says why the one before could not be measured beside it."""

    in_force: str | None
    uncompared: str | None = None


@router.get("", response_model=ModelsOut, summary="نسخه‌های مدل")
def listing(desk: DeskDep, caller: Reader) -> Json:
    """Return the installed versions, the newest first, whether each one is sound, and the trade they are told."""
    found = promotion.listing(desk.settings.models)
    return Json({"in_force": desk.line.model_version, "trade": desk.settings.trade, "items": found})


@router.post("/rollback", response_model=InForceOut, responses=CONFLICT, summary="بازگشت به نسخهٔ پیشین")
def rollback(desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Return to the version that was current before the last promotion."""
    promotion.rollback(desk.engine, desk.settings.models, caller.id, now)
    return _followed(desk)


@router.post(
    "/{version}/promote",
    response_model=InForceOut,
    responses=MISSING | CONFLICT,
    summary="به کار گرفتن یک نسخه",
)
def promote(version: Version, desk: DeskDep, now: Now, caller: Admin) -> Json:
    """Put a version in force; one that is not sound is refused and the present one stays.

    `uncompared` says why the present one could not be measured beside it, where its files can no longer be read.
    """
    done = promotion.promote(desk.engine, desk.settings.models, version, caller.id, now)
    return _followed(desk, **({"uncompared": done.uncompared} if done.uncompared else {}))


def _followed(desk: Desk, **more: str) -> Json:
    desk.live.follow_current()
    return Json({"in_force": desk.line.model_version, **more})
