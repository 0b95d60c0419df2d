"""Settings: the model versions that are installed, their cards, and which one is in force."""

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from nlp import artifacts, taxonomy
from nlp.errors import ModelError
from service import promotion
from service.deps import Admin, DeskDep, Now
from service.errors import NotFound
from service.web import cards
from service.web.failures import pages
from service.web.page import VisitDep

router = pages()


@router.get("/settings/models")
def page(visit: VisitDep, desk: DeskDep, caller: Admin) -> Response:
    """Show the installed versions, the newest first."""
    models, trades = promotion.listing(desk.settings.models), taxonomy.load().trades
    trade = trades.get(desk.settings.trade or "")
    return visit.page(
        "settings_models.html",
        models=models,
        serving=desk.model_version,
        trade=trade,
        trades=trades.values(),
        is_judged=promotion.is_judged(desk.settings.models),
    )


@router.get("/settings/models/{version}")
def card(version: str, visit: VisitDep, desk: DeskDep, caller: Admin) -> Response:
    """Show what a version's card says of it."""
    if version not in artifacts.versions(desk.settings.models):
        raise NotFound("model_not_found", "چنین نسخه‌ای نصب نیست.")
    try:
        file = artifacts.version_folder(desk.settings.models, version) / artifacts.CARD
        text = file.read_text(encoding="utf-8")
    except (ModelError, FileNotFoundError):
        text = ""
    return visit.page(
        "settings_model.html", version=version, card=cards.rendered(text), serving=desk.model_version
    )


@router.post("/settings/models/promote")
def promote(
    visit: VisitDep, desk: DeskDep, now: Now, caller: Admin, version: Annotated[str, Form(max_length=100)]
) -> Response:
    """Put a version in force; every process of the desk follows within seconds."""
    done = promotion.promote(desk.engine, desk.settings.models, version, caller.id, now)
    desk.live.follow_current()
    return visit.back("/settings/models", done="promoted_uncompared" if done.uncompared else "promoted")


@router.post("/settings/models/rollback")
def rollback(visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Return to the version before."""
    promotion.rollback(desk.engine, desk.settings.models, caller.id, now)
    desk.live.follow_current()
    return visit.back("/settings/models", done="rolled_back")
