"""A model card for the eye: its Markdown as a part of a page. Pure."""

from itertools import islice
from typing import Any

from markupsafe import Markup, escape

#: What a card's marks are painted by, and where the keyboard rolls what is wider than the page.
_DRESS = {
    "bullet_list_open": {"class": "told"},
    "paragraph_open": {"dir": "auto"},
    "th_open": {"scope": "col"},
}
_TABLE = '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>'


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
