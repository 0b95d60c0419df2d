"""Settings: the model versions that are installed, their cards, and which one is in force."""

from itertools import islice
from typing import Annotated, Any

from fastapi import Form
from markupsafe import Markup, escape
from starlette.responses import Response

from nlp import artifacts, taxonomy
from nlp.errors import ModelError
from service import promotion
from service.deps import Admin
from service.errors import NotFound
from service.web.failures import pages
from service.web.page import VisitDep

router = pages()
#: What a card's marks are painted by, and where the keyboard rolls what is wider than the page.
_DRESS = {
    "bullet_list_open": {"class": "told"},
    "paragraph_open": {"dir": "auto"},
    "th_open": {"scope": "col"},
}
_TABLE = '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>'


@router.get("/settings/models")
def page(visit: VisitDep, caller: Admin) -> Response:
    """Show the installed versions, the newest first."""
    models, trades = promotion.listing(visit.desk.settings.models), taxonomy.load().trades
    trade = trades.get(visit.desk.settings.trade or "")
    return visit.page(
        "settings_models.html",
        models=models,
        serving=visit.desk.line.model_version,
        trade=trade,
        trades=trades.values(),
        is_judged=promotion.is_judged(visit.desk.settings.models),
    )


@router.get("/settings/models/{version}")
def card(version: str, visit: VisitDep, caller: Admin) -> Response:
    """Show what a version's card says of it."""
    if version not in artifacts.versions(visit.desk.settings.models):
        raise NotFound("model_not_found", "چنین نسخه‌ای نصب نیست.")
    try:
        file = artifacts.version_folder(visit.desk.settings.models, version) / artifacts.CARD
        text = file.read_text(encoding="utf-8")
    except (ModelError, FileNotFoundError):
        text = ""
    return visit.page(
        "settings_model.html", version=version, card=rendered(text), serving=visit.desk.line.model_version
    )


@router.post("/settings/models/promote")
def promote(visit: VisitDep, caller: Admin, version: Annotated[str, Form(max_length=100)]) -> Response:
    """Put a version in force; every process of the desk follows within seconds."""
    done = promotion.promote(visit.desk.engine, visit.desk.settings.models, version, caller.id, visit.now)
    visit.desk.live.follow_current()
    return visit.back("/settings/models", done="promoted_uncompared" if done.uncompared else "promoted")


@router.post("/settings/models/rollback")
def rollback(visit: VisitDep, caller: Admin) -> Response:
    """Return to the version before."""
    promotion.rollback(visit.desk.engine, visit.desk.settings.models, caller.id, visit.now)
    visit.desk.live.follow_current()
    return visit.back("/settings/models", done="rolled_back")


def rendered(markdown: str) -> Markup:
    r"""Return a card as HTML: headings one step lower, below that of the page, and each row named by its first cell.

    >>> print(rendered("# Labels\n**<b>**"))
    <h2>Labels</h2>
    <p dir="auto"><strong>&lt;b&gt;</strong></p>
    """
    from markdown_it import MarkdownIt  # a tenth of a second that only this page waits for

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("table_open", lambda *_: _TABLE)
    reader.add_render_rule("table_close", lambda *_: "</table></div>")
    reader.add_render_rule("fence", _sheet)
    tokens = reader.parse(markdown)
    for place, token in enumerate(tokens):
        if token.type.startswith("heading_"):
            token.tag = f"h{int(token.tag[1]) + 1}"
        elif token.type == "tr_open":
            first, _, end = islice(tokens, place + 1, place + 4)
            first.tag = end.tag = "th"
            first.attrSet("scope", "row")
        token.attrs.update(_DRESS.get(token.type, {}))
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704  # what is no mark is escaped


def _sheet(_: object, tokens: list[Any], place: int, *__: object) -> str:
    return f'<pre class="sheet" tabindex="0">{escape(tokens[place].content)}</pre>'
