"""What a person who runs the language side can mend, on one screen.

    UserError
    ├── ModelError         a model version is missing, damaged, forged or of another normalizer
    ├── RecordsError       an input file cannot be read at all
    ├── ExampleError       labelled comments cannot be used: a line is wrong, or they are too few
    ├── BehaviourError     a file of behaviour cases cannot be read
    ├── CardError          the model card lacks a field
    └── MissingExtraError  an optional package is not installed

Text that is no text is `nlp.normalize.TextError`, which belongs to one record and never ends a run.
"""


class UserError(ValueError):
    """Something to mend in the call, the files or the installation; the message says what."""


class ModelError(UserError):
    """A model version is missing, damaged, forged or of another normalizer; the message names what to do."""


class RecordsError(UserError):
    """A file cannot be read at all; the message is Persian and says what to do."""


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
