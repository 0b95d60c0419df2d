"""Everything a caller can do wrong, and the two things that can be wrong with us.

    ServiceError
    ├── BadRequest    400  the bytes are not what the endpoint reads (broken JSON, wrong encoding, bad cursor)
    ├── Unauthorized  401  no key, or a key that does not open anything
    ├── Forbidden     403  the key is known but may not do this
    ├── NotFound      404
    ├── Conflict      409  the same id with other content, or a step the state does not allow
    ├── TooLarge      413
    ├── Unsupported   415  not JSON in UTF-8, or not a form where a file is read
    ├── Invalid       422  readable, but some fields are wrong; `errors` names each one
    ├── TooMany       429
    └── Busy          503  full or out of reach for a moment; `retry_after` says when to come back

Only the edge turns them into HTTP (RFC 9457). `code` is stable and for programs, `detail` is Persian and for people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import ClassVar

#: As RFC 9110 has them, whatever Python it is: before 3.13 the older names were in use.
_TITLES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Content Too Large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Unprocessable Content",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One wrong field: where it is (`items.3.text`), a stable code and a Persian sentence."""

    path: str
    code: str
    detail: str


class ServiceError(Exception):
    """A failure with a status, a stable code and a Persian sentence that is safe to show."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.more = dict(more or {})

    def to_json(self) -> dict[str, object]:
        """Return the members of the problem document, without the request's own (`instance`, `request_id`)."""
        problem: dict[str, object] = {
            "type": f"urn:bazkhord:problem:{self.code}",
            "title": _TITLES.get(self.status, self.status.phrase),
            "status": int(self.status),
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            problem["errors"] = [asdict(error) for error in self.errors]
        return {**problem, **{name: value for name, value in self.more.items() if name not in problem}}


class BadRequest(ServiceError):
    """The bytes are not what the endpoint reads."""

    status = HTTPStatus.BAD_REQUEST


class Unauthorized(ServiceError):
    """Nobody we know."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(ServiceError):
    """Known, but not allowed to do this."""

    status = HTTPStatus.FORBIDDEN


class NotFound(ServiceError):
    """There is no such thing, or not for this caller."""

    status = HTTPStatus.NOT_FOUND


class Conflict(ServiceError):
    """What is stored contradicts the request."""

    status = HTTPStatus.CONFLICT


class TooLarge(ServiceError):
    """More bytes than we read."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Unsupported(ServiceError):
    """Another media type, charset or compression than the endpoint reads."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Invalid(ServiceError):
    """Readable, but fields are wrong."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooMany(ServiceError):
    """Faster than this key may go."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class Busy(ServiceError):
    """Full, or the database is out of reach for a moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    @property
    def why(self) -> str | None:
        """What stood in the way, for those who run the desk; None when we were only full."""
        return None if self.__cause__ is None else first_line(self.__cause__)


def first_line(cause: BaseException) -> str:
    """Return what a driver or the system says of a failure. What follows the first line may quote a statement."""
    told = str(getattr(cause, "orig", cause)).strip()
    return told.splitlines()[0] if told else type(cause).__name__


def wrong_field(path: str, code: str, detail: str) -> Invalid:
    """Return the error of one wrong field, whose own sentence says it all."""
    return Invalid("invalid_fields", detail, errors=[FieldError(path=path, code=code, detail=detail)])


def wrong_fields(found: Sequence[FieldError]) -> Invalid:
    """Return the error that names each wrong field; its sentence tells of the first one."""
    # a mistake of the whole request has no path
    first = ": ".join(part for part in (found[0].path, found[0].detail) if part)
    return Invalid("invalid_fields", f"برخی از فیلدها درست نیستند. {first}", errors=found)
