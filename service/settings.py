"""Every knob of the desk: one flat frozen value, built in `service.cli` and passed down."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from nlp.taxonomy import checked_trade

_PREFIX = "BAZKHORD_"
#: A hundred years: a longer time ends in no calendar.
_DAYS = 36_500


def unknown(names: Iterable[str]) -> list[str]:
    """Return the variables that were meant for a setting and are none, such as one with a letter too few.

    >>> unknown(["BAZKHORD_RETENTION_DAY", "BAZKHORD_PORT", "HOME"])
    ['BAZKHORD_RETENTION_DAY']
    """
    known = {f"{_PREFIX}{name}".upper() for name in Settings.model_fields}
    return sorted(name for name in names if name.upper().startswith(_PREFIX) and name.upper() not in known)


def _named(value: object) -> object:
    if value == "":
        raise ValueError("it is set to nothing; leave it out or give it a value")
    return value


#: An empty host would open the door on every address of the machine, and an empty path is the folder one happens to be in.
_Named = BeforeValidator(_named)


class Settings(BaseSettings):
    """Settings from the environment (`BAZKHORD_DATABASE_URL` and so on); each has a default that works.

    Routing rules, working calendars and the taxonomy are data files, not settings.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="ignore")

    #: SQLite beside the program by default; `postgresql://user@host/name` when that is outgrown.
    database_url: str = "sqlite:///data/bazkhord.db"
    #: The folder with CURRENT and one folder per model version.
    models: Annotated[Path, _Named] = Path("models")
    #: The company's trade, one of the taxonomy's, such as `hotel`: when it is set, tags are more often right. Unset means any other.
    trade: Annotated[str | None, AfterValidator(checked_trade)] = None
    #: A file of routing rules; unset means the one shipped with the package, as for the next two.
    rules: Annotated[Path | None, _Named] = None
    #: A file with working hours and holidays, by which deadlines are counted.
    calendar: Annotated[Path | None, _Named] = None
    #: A file with drafts of replies.
    replies: Annotated[Path | None, _Named] = None

    #: The address of this machine that `serve` listens at; 0.0.0.0 listens at all of them.
    host: Annotated[str, _Named] = "127.0.0.1"
    #: Its port; 0 takes any that is free.
    port: int = Field(default=8000, ge=0, le=65535)
    #: The address people reach this desk at, for links; unset means host and port.
    public_url: str | None = Field(default=None, pattern="^https?://[^/]")
    #: Only for serving over https: the session cookie is then refused over plain http.
    secure_cookies: bool = False

    #: Off: a comment is stored with its personal data masked, and the original is never written; ids stay as they are sent.
    keep_originals: bool = True
    #: After so many days the worker replaces the original texts by their masked ones; unset means never.
    retention_days: int | None = Field(default=None, ge=1, le=_DAYS)

    #: The largest body of a request; what is larger is answered with 413.
    max_body_bytes: int = Field(default=1_000_000, ge=1_000)
    #: A file for `/v1/feedback/import`; 100,000 comments are some 50 MB.
    max_import_bytes: int = Field(default=200_000_000, ge=1_000)
    #: The longest text of a comment; what is longer is answered with 422, not cut.
    max_text_chars: int = Field(default=10_000, ge=1, le=100_000)
    #: The most comments in one batch.
    max_batch: int = Field(default=200, ge=1, le=1_000)
    #: What a key without a limit of its own may ask of one process; each of several processes counts for itself.
    requests_per_minute: int = Field(default=6_000, ge=1)
    #: How long a repeated request is known by its Idempotency-Key.
    idempotency_hours: int = Field(default=24, ge=1, le=_DAYS * 24)

    #: Comments that may wait for the model in one process before callers are told to come back.
    analyze_queue: int = Field(default=1_000, ge=1)
    #: The most comments that go through the model together.
    analyze_batch: int = Field(default=64, ge=1)

    #: Processes beside each server process that read comments, so that answers need not wait for the model; 0 reads
    #: them in the server's own.
    model_processes: int = Field(default=1, ge=0)

    #: Run the worker as a thread of `serve`; switch off when `bazkhord worker` runs beside it.
    worker: bool = True
    #: How long the deliveries and files of a worker that died wait for another one.
    lease_seconds: int = Field(default=60, ge=5, le=86_400)
    #: Webhooks may point at private and loopback addresses.
    allow_private_targets: bool = False

    #: The forms under /form, which anybody may fill in without a key.
    public_forms: bool = True

    #: How long a sign-in link may be used.
    sign_in_minutes: int = Field(default=30, ge=1, le=_DAYS * 24 * 60)
    #: How long somebody stays signed in.
    session_hours: int = Field(default=12, ge=1, le=_DAYS * 24)
    #: One JSON object a line for machines, `console` for eyes.
    log_format: Literal["json", "console"] = "json"

    @property
    def address(self) -> str:
        """Where people reach this desk, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")
