"""From the desk's own values to JSON."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from service import jsontext
from service.api import reading
from service.comments.exporting import MEDIA_TYPES, Format, Pieces

_Row = TypeVar("_Row", bound=Mapping[str, Any])
#: Files that are written at the same moment take turns at so many threads of their own: everybody else needs the forty.
_WRITERS = CapacityLimiter(4)


class Json(Response):
    """An answer of plain values and dataclasses."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the JSON of the answer."""
        return jsontext.encoded(content)


class _Written(StreamingResponse):
    """An answer that is written while it is sent: who reads it slowly holds no thread, and who hangs up leaves nothing."""

    def __init__(self, pieces: Pieces, *, media_type: str, headers: Mapping[str, str]) -> None:
        self._pieces = pieces
        super().__init__(self._in_turn(), media_type=media_type, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with suppress(ValueError):  # the server stops, and a thread is still at it
                self._pieces.close()

    async def _in_turn(self) -> AsyncIterator[bytes]:
        while (piece := await to_thread.run_sync(next, self._pieces, None, limiter=_WRITERS)) is not None:
            yield piece


def attached(name: str, content: Pieces, form: Format = "csv") -> StreamingResponse:
    """Return a file to take away, as it is read."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return _Written(content, media_type=MEDIA_TYPES[form], headers=headers)


def page(
    rows: Sequence[_Row], limit: int, shown: Callable[[_Row], Any], mark: Callable[[_Row], Sequence[object]]
) -> Json:
    """Return the rows of a page, of which one more was read, and the cursor that leads to the next one, if there is one.

    `mark` is what the next page begins behind.
    """
    items = rows[:limit]
    more = reading.to_cursor(mark(items[-1])) if len(rows) > limit else None
    return Json({"items": [shown(row) for row in items], "next_cursor": more})
