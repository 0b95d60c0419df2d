"""The pages: a Persian, right-to-left desk for people who support customers and who improve products."""

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.web import (
    acting,
    comments,
    correct,
    failures,
    inbox,
    review,
    rules,
    sign_in,
    ticket,
    trends,
    tryout,
)
from service.web.page import HERE


class _Static(StaticFiles):
    """Files whose address changes with their content, so a browser asks for each of them once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file that may be kept for good; scripts that others import by plain name are asked about again."""
        response = await super().get_response(path, scope)
        named_by_content = scope["query_string"].startswith(b"v=")
        keep = "public, max-age=31536000, immutable" if named_by_content else "no-cache"
        response.headers["Cache-Control"] = keep if response.status_code < 400 else "no-store"
        return response


def install(app: FastAPI) -> None:
    """Add the pages, their files and their way of saying that something failed."""
    app.mount("/static", _Static(directory=HERE / "static"), name="static")
    app.include_router(sign_in.door, include_in_schema=False)
    for room in (sign_in, tryout, inbox, ticket, acting, correct, comments, trends, review, rules):
        app.include_router(room.router, include_in_schema=False)
    failures.install(app)
