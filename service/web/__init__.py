"""The pages: a Persian, right-to-left desk for people who support customers and who improve products."""

from fastapi import APIRouter
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.web import (
    acting,
    alerts,
    bringing,
    comments,
    connections,
    correct,
    digest,
    drivers,
    first_run,
    forms,
    inbox,
    journey,
    promises,
    review,
    rules,
    sign_in,
    ticket,
    topics,
    trends,
    tryout,
    versions,
    work,
)
from service.web.page import HERE

_ROOMS = (
    sign_in,
    first_run,
    inbox,
    ticket,
    acting,
    correct,
    comments,
    promises,
    review,
    trends,
    drivers,
    journey,
    alerts,
    work,
    digest,
    tryout,
    rules,
    connections,
    topics,
    versions,
    bringing,
    forms,
)


class _Static(StaticFiles):
    """Files whose address changes with their content, so a browser asks for each of them once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file that may be kept for good; scripts that others import by plain name are asked about again."""
        response = await super().get_response(path, scope)
        # what others made is renamed when it is replaced
        named_by_content = scope["query_string"].startswith(b"v=") or path.startswith("vendor/")
        keep = "public, max-age=31536000, immutable" if named_by_content else "no-cache"
        response.headers["Cache-Control"] = keep if response.status_code < 400 else "no-store"
        return response


def add_routes(router: APIRouter) -> None:
    """Add the pages and their files."""
    router.mount("/static", _Static(directory=HERE / "static"), name="static")
    for door in (sign_in.door, forms.public, digest.public):
        router.include_router(door, include_in_schema=False)
    for room in _ROOMS:
        router.include_router(room.router, include_in_schema=False)
