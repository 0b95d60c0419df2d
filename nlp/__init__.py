"""The language side: Persian comments in, tags out. No HTTP, no database, no settings.

>>> import nlp                                  # costs nothing; the models are imported when first used
>>> sorted(nlp.__all__)
['Tagger', 'Tags', 'TextError']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlp.normalize import TextError
    from nlp.tagger import Tagger
    from nlp.tags import Tags

__all__ = ["Tagger", "Tags", "TextError"]
_ROOMS = {"Tagger": "tagger", "Tags": "tags", "TextError": "normalize"}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'nlp' has no attribute {name!r}")
    return getattr(import_module(f"nlp.{_ROOMS[name]}"), name)
