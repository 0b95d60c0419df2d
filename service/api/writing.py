"""From the desk's own values to JSON."""

from typing import Any

from starlette.responses import Response

from service import jsontext


class Json(Response):
    """An answer of plain values and dataclasses: for endpoints whose answers are long or many."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the JSON of the answer."""
        return jsontext.encoded(content)
