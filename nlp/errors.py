"""What a person who runs the language side can mend, on one screen.

Text that is no text is `nlp.normalize.TextError`, which belongs to one record and never ends a run.
"""

from importlib import import_module
from typing import Any


class UserError(ValueError):
    """Something to mend in the call, the files or the installation; the message says what."""


class ModelError(UserError):
    """A model version is missing, damaged, forged or of another normalizer; the message names what to do.

    `fa` says why for those who look at pages.
    """

    def __init__(self, message: str, fa: str = "پرونده‌هایش خوانده نشد؛ آن را دوباره آموزش دهید.") -> None:
        super().__init__(message)
        self.fa = fa


class RecordsError(UserError):
    """A file cannot be read at all; the message is Persian and says what to do."""


class EncodingError(RecordsError):
    """A file is no text, or one in another encoding than was told."""


class TooLargeError(RecordsError):
    """A file is small and what it unfolds to enormous."""


class WorkbookError(RecordsError):
    """A workbook is damaged, or none at all."""


class ExampleError(UserError):
    """Labelled comments cannot be used; the message names the file and the line, or how many it takes."""


class BehaviourError(UserError):
    """A file of behaviour cases cannot be read; the message names the line."""


class CardError(UserError):
    """The manifest or the metrics lack a field that the card must show; the message names it."""


class MissingExtraError(UserError):
    """An optional package is not installed; the message holds the command that installs it.

    It names the package and not the extra, with which pip would also have to resolve what hazm pins.
    """


def extra(module: str, name: str, requirement: str) -> Any:
    """Import an optional package; `MissingExtraError` says how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(f'{name} is not installed: pip install "{requirement}"') from error
