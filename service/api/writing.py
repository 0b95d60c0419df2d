"""From the desk's own values to JSON."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from starlette.responses import Response, StreamingResponse

from service import jsontext
from service.api import reading
from service.comments.exporting import MEDIA_TYPES, Format

_Row = TypeVar("_Row", bound=Mapping[str, Any])


class Json(Response):
    """An answer of plain values and dataclasses."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the JSON of the answer."""
        return jsontext.encoded(content)


def attached(name: str, content: Iterable[bytes], form: Format = "csv") -> StreamingResponse:
    """Return a file to take away, as it is read."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return StreamingResponse(content, media_type=MEDIA_TYPES[form], headers=headers)


def page(
    rows: Sequence[_Row],
    limit: int,
    shown: Callable[[_Row], Any],
    mark: Callable[[_Row], Sequence[object]],
) -> Json:
    """Return the rows of a page, of which one more was read, and the cursor that leads to the next one, if there is one.

    `mark` is what the next page begins behind.
    """
    items = rows[:limit]
    more = reading.to_cursor(mark(items[-1])) if len(rows) > limit else None
    return Json({"items": [shown(row) for row in items], "next_cursor": more})
