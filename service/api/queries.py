"""What may be asked for in a query string. Unknown parameters are refused, so that a typing error is no silent filter."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from service.api.bodies import not_blank, plausible, storable
from service.search import search_terms
from service.storage.feedback import Filters

Word = Annotated[str, Field(max_length=200), AfterValidator(storable), AfterValidator(not_blank)]
Moment = Annotated[AwareDatetime, AfterValidator(plausible)]


class Query(BaseModel):
    """Parameters of one page of a listing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=500, description="next_cursor صفحهٔ پیش")


class FeedbackFilter(BaseModel):
    """Narrows what is said of comments."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Word | None = Field(default=None, description="جست‌وجوی فارسی؛ آغاز هر واژه بس است")
    channel: Word | None = None
    category: Word | None = None
    sentiment: Word | None = None
    topic: Word | None = None
    signal: Word | None = None
    urgency: Word | None = None
    queue: Word | None = None
    customer: Word | None = Field(default=None, description="external_id مشتری")
    external_id: Word | None = None
    needs_review: bool | None = None
    since: Moment | None = Field(default=None, description="ISO 8601 با منطقهٔ زمانی")
    until: Moment | None = None

    def filters(self) -> Filters:
        """Return the filters as storage knows them."""
        told = self.model_dump(include=set(FeedbackFilter.model_fields) - {"q"})
        return Filters(**told, terms=() if self.q is None else search_terms(self.q))


class FeedbackQuery(FeedbackFilter, Query):
    """Narrows the listing of comments."""


class AuditQuery(Query):
    """Narrows the trail."""

    actor: Word | None = None
    action: Word | None = None
    object_id: Word | None = None


class TicketQuery(Query):
    """Narrows the listing of a queue."""

    status: Word | None = Field(default=None, description="پیش‌فرض: همهٔ وضعیت‌های باز")
