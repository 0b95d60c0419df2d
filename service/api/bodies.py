"""What may be sent. Unknown fields are refused, numbers are not guessed from strings, and errors never quote values."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from service import limits
from service.auth import Role, Scope
from service.corrections import FIELDS, Correction
from service.feedback import NO_SCORES, Customer, Incoming, Scores, counted_name
from service.jalali import IRANIAN_YEARS, TEHRAN
from service.limits import LINE, MOST, PARAGRAPH
from service.pledges import MOST as MOST_MONEY

#: Where a name is asked for, lists and steps take the one for the caller and the other for no one.
_WORDS_OF_LISTS = frozenset({"me", "nobody"})
_YEAR_FIRST = re.compile(r"\d{4}-")


def mistake(code: str, detail: str) -> PydanticCustomError:
    """Return a validation error with a code and a Persian sentence of ours."""
    return PydanticCustomError(code, detail.replace("{", "(").replace("}", ")"), {"ours": True})


def storable(value: str) -> str:
    """Refuse what no database can keep: NUL, and halves of characters."""
    wrong = limits.unstorable(value)
    if wrong is not None:
        raise mistake(*wrong)
    return value


def not_blank(value: str) -> str:
    """Refuse a text that nobody can see."""
    if limits.is_blank(value):
        raise mistake(*limits.EMPTY)
    return value


def as_written(value: object) -> object:
    """Refuse a moment that is none as people write it, before it is read."""
    if not isinstance(value, str):
        raise mistake("wrong_type", "زمان باید رشته‌ای به شکل ISO 8601 باشد.")
    if not _YEAR_FIRST.match(value):  # pydantic would count digits alone as seconds since 1970
        raise PydanticKnownError("datetime_parsing", {"error": "no date"})
    return value


def plausible(value: datetime) -> datetime:
    """Return the moment in UTC; refuse one that no shop has seen."""
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    if limits.is_far(moment):
        raise mistake(*(limits.IRANIAN if moment.year in IRANIAN_YEARS else limits.FAR))
    return moment


def _plain(value: object) -> object:
    """Refuse what is no single value: one mistake, where a union of types would tell one for each of them."""
    if isinstance(value, str):
        if len(value) > PARAGRAPH:
            raise PydanticKnownError("string_too_long", {"max_length": PARAGRAPH})
        return storable(value)
    if value is not None and not isinstance(value, bool | int | float):
        raise mistake("wrong_type", "مقدار باید متن، عدد، true، false یا null باشد.")
    if value is not None and not abs(value) <= MOST:
        raise PydanticKnownError("less_than_equal", {"le": MOST})
    return value


def _small(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > limits.MOST_METADATA:
        raise mistake(*limits.TOO_MANY)
    return value


def _score(name: str) -> Any:
    low, high = limits.SCORES[name]
    return Field(default=None, ge=low, le=high)


Line = Annotated[str, Field(max_length=LINE), AfterValidator(storable), AfterValidator(not_blank)]
#: What a comment is found by: blanks at its ends make no other name.
Name = Annotated[Line, AfterValidator(str.strip)]
#: What comments are counted by.
CountedName = Annotated[Line, AfterValidator(counted_name)]
Paragraph = Annotated[str, Field(max_length=PARAGRAPH), AfterValidator(storable)]
#: Longer than any setting allows; the setting's own limit is checked at the door.
Text = Annotated[str, AfterValidator(storable), AfterValidator(not_blank)]
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(as_written), AfterValidator(plausible)]
Amount = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False)]
Plain = Annotated[
    Any,
    AfterValidator(_plain),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "number", "minimum": -MOST, "maximum": MOST},
                {"type": "string", "maxLength": PARAGRAPH},
                {"type": "null"},
            ]
        }
    ),
]
Metadata = Annotated[dict[Line, Plain], AfterValidator(_small)]


class Body(BaseModel):
    """A JSON object that says exactly what it may contain."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def example(**fields: Any) -> dict[str, Any]:
    """Return what the document shows of a body: these fields, as somebody might send them."""
    return {"examples": [fields]}


def example_ahead(days: int, field: str, **fields: Any) -> Callable[[dict[str, Any]], None]:
    """Return the same with a moment in one field that lies ahead whenever the document is written."""

    def show(schema: dict[str, Any]) -> None:
        evening = datetime.now(TEHRAN).replace(hour=18, minute=0, second=0, microsecond=0)
        schema["examples"] = [{**fields, field: (evening + timedelta(days=days)).isoformat()}]

    return show


class CustomerIn(Body):
    """Who wrote."""

    external_id: Name | None = None
    name: Name | None = None
    tier: CountedName | None = None
    lifetime_value: Amount | None = Field(default=None, description="به تومان")


class ScoresIn(Body):
    """What the customer ticked."""

    csat: int | None = _score("csat")
    nps: int | None = _score("nps")
    ces: int | None = _score("ces")
    stars: int | None = _score("stars")


class FeedbackIn(
    Body,
    json_schema_extra=example(
        text="سه روزه سفارشم نرسیده، به ۰۹۱۲۰۰۰۰۰۰۰ زنگ بزنید وگرنه شکایت می‌کنم",
        external_id="review-1024",
        channel="app",
        created_at="2026-11-24T10:00:00+03:30",
        customer={"external_id": "c-77", "tier": "vip"},
        scores={"stars": 1},
    ),
):
    """One comment."""

    text: Text
    external_id: Name | None = None
    channel: Name = "api"
    created_at: Moment | None = None
    customer: CustomerIn | None = None
    scores: ScoresIn | None = None
    question: Paragraph | None = None
    product: CountedName | None = None
    branch: CountedName | None = None
    touchpoint: Name | None = None
    metadata: Metadata | None = None

    def incoming(self) -> Incoming:
        """Return the comment as the desk knows it: null and nothing within say the same as a field that is left out."""
        told = self.model_dump(exclude={"customer", "scores", "metadata"})
        customer = Customer(**self.customer.model_dump()) if self.customer else None
        return Incoming(
            **told,
            customer=None if customer == Customer() else customer,
            scores=Scores(**self.scores.model_dump()) if self.scores else NO_SCORES,
            metadata=self.metadata or {},
        )


class AnalyzeIn(Body, json_schema_extra=example(text="غذا سرد رسید ولی پیک خیلی مؤدب بود")):
    """A comment to be tagged and forgotten."""

    text: Text


_Feedback = Annotated[Any, WithJsonSchema({"$ref": "#/components/schemas/FeedbackIn"})]
_Analyze = Annotated[Any, WithJsonSchema({"$ref": "#/components/schemas/AnalyzeIn"})]


class FeedbackBatchIn(
    Body,
    json_schema_extra=example(
        items=[
            {"text": "اتاق تمیز بود و صبحانه عالی", "scores": {"nps": 9}},
            {"text": "برنامه بعد از به‌روزرسانی باز نمی‌شود", "channel": "store"},
        ]
    ),
):
    """Up to 200 comments; each one is checked by itself, so a wrong one does not hold up the others."""

    items: list[_Feedback] = Field(min_length=1)


class AnalyzeBatchIn(
    Body, json_schema_extra=example(items=[{"text": "کارمزد دو بار کم شد"}, {"text": "ممنون، زود رسید"}])
):
    """Up to 200 comments to be tagged and forgotten."""

    items: list[_Analyze] = Field(min_length=1)


class KeyIn(
    Body,
    json_schema_extra=example_ahead(
        365, "expires_at", name="سامانهٔ فروش", role="sender", scopes=["feedback"]
    ),
):
    """A new API key; `queues` are those an agent works in, `scopes` narrow what the role may do."""

    name: Name
    role: Role
    expires_at: Moment | None = None
    queues: Annotated[list[Line], Field(max_length=100)] | None = None
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=50)] | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    @field_validator("name")
    @classmethod
    def _unlike_filters(cls, name: str) -> str:
        if name in _WORDS_OF_LISTS:
            raise mistake("not_a_name", f"«{name}» در فهرست‌ها معنای دیگری دارد؛ نام دیگری برگزینید.")
        return name


class AssignIn(Body, json_schema_extra=example(assignee="نسرین")):
    """Who takes the ticket, with or without a key here; `me` is the caller, and null returns it to the queue."""

    assignee: Name | None

    @field_validator("assignee")
    @classmethod
    def _somebody(cls, name: str | None) -> str | None:
        if name == "nobody":  # what filters call a ticket that waits in its queue
            raise mistake("not_a_name", "«nobody» نام کسی نیست؛ برای بازگرداندن به صف null بفرستید.")
        return name


class MessageIn(Body, json_schema_extra=example(body="سلام، ارسال دوباره ثبت شد و فردا می‌رسد.")):
    """A reply to the customer or a note for colleagues."""

    body: Annotated[str, Field(max_length=10_000), AfterValidator(storable), AfterValidator(not_blank)]


class ReasonIn(Body, json_schema_extra=example(reason="مبلغ به کیف پول برگشت")):
    """Why, for those who read the trail later."""

    reason: Paragraph | None = None


class EscalateIn(
    ReasonIn, json_schema_extra=example(priority="urgent", queue="legal", reason="به رسانه خواهد گفت")
):
    """Raise the priority, or hand the ticket to another queue, or both."""

    priority: Literal["urgent", "high", "medium"] | None = None
    queue: Line | None = None


class RelaxIn(ReasonIn, json_schema_extra=example(priority="low", reason="خود مشتری گفت عجله‌ای نیست")):
    """Lower the priority."""

    priority: Literal["high", "medium", "low"]


class MergeIn(Body, json_schema_extra=example(into="tk_01m8htxht647v08ky68d34bnsk")):
    """The ticket that goes on."""

    into: Line


class CompensationIn(Body, json_schema_extra=example(state="offered", amount=2_500_000, currency="IRR")):
    """One step of a compensation; without an amount the earlier one stays."""

    state: Literal["requested", "offered", "paid", "refused"]
    amount: Annotated[int, Field(ge=0, le=MOST_MONEY)] | None = None
    currency: Literal["IRR", "IRT"] = "IRR"


class PromiseIn(Body, json_schema_extra=example_ahead(2, "due_at")):
    """By when something is promised to the customer."""

    due_at: Moment


class CorrectionIn(
    Body,
    json_schema_extra=example(category="complaint", topics={"courier": "negative"}, signals=["churn_intent"]),
):
    """What the tags should have been; fields that are left out stay."""

    category: Line | None = None
    sentiment: Line | None = None
    topics: dict[Line, Line] | None = Field(default=None, max_length=20, description="موضوع به نگرش")
    signals: list[Line] | None = Field(default=None, max_length=20, description="همهٔ نشانه‌های نظر")
    urgency: Line | None = None

    @field_validator("signals")
    @classmethod
    def _each_once(cls, names: list[str] | None) -> list[str] | None:
        return None if names is None else sorted(set(names))

    def corrections(self) -> list[Correction]:
        """Return the corrections of the fields that were sent."""
        said = self.model_dump(exclude_none=True)
        return [Correction(field=field, value=said[field]) for field in FIELDS if field in said]


class RuleTestIn(Body, json_schema_extra=example(text="پولم را پس ندادید، شکایت می‌کنم")):
    """A text to be routed, or how many of the last days; `rules` is a routing.toml to be tried instead of the present one."""

    text: Text | None = None
    days: Annotated[int, Field(ge=1, le=90)] | None = None
    rules: Annotated[str, Field(max_length=200_000), AfterValidator(storable)] | None = None
