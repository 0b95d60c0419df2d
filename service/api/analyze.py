"""Tags for a comment that is not stored."""

from typing import Any

from starlette.responses import Response

from nlp.tags import Tags
from service import jsontext
from service.api import reading
from service.api.bodies import AnalyzeBatchIn, AnalyzeIn
from service.api.described import BATCH
from service.api.strict import part
from service.api.writing import Json
from service.casework import promises
from service.comments.sparing import Failure, read_each
from service.comments.understanding import completed, tags_of
from service.deps import DeskDep, Now, Sender
from service.errors import ServiceError
from service.intake import failed, summary
from service.jalali import day_of

router = part("analyze")


@router.post("/analyze", response_model=Tags, summary="برچسب زدن یک نظر، بی‌آنکه ذخیره شود")
async def analyze(body: AnalyzeIn, desk: DeskDep, now: Now, caller: Sender) -> Response:
    """Return the tags of one comment; offsets point into the text as it was sent.

    Nothing here waits but the turn at the model, so it is awaited instead of holding one of the forty threads.
    """
    line = desk.line
    tags = await reading.tags_of(line.tagger, reading.text(body, desk.settings), now)
    if line.own or promises.TOLD in tags:
        tags = jsontext.encoded(completed(line, body.text, day_of(now), jsontext.loads(tags)))
    return Response(tags, media_type="application/json")


@router.post("/analyze/batch", responses=BATCH, summary="برچسب زدن تا ۲۰۰ نظر، با خطای جدا برای هر مورد")
def analyze_batch(body: AnalyzeBatchIn, desk: DeskDep, now: Now, caller: Sender) -> Response:
    """Return the tags of each comment in order; a wrong item gets its own error and stops nobody."""
    settings = desk.settings
    texts = reading.each(
        body.items, settings, lambda item: reading.text(reading.checked(AnalyzeIn, item), settings)
    )
    good = [text for text in texts if isinstance(text, str)]
    tagged = iter(read_each(lambda some: tags_of(desk.line, some, now), good))
    outcomes = (next(tagged) if isinstance(text, str) else text for text in texts)
    return Json(summary([_told(number, outcome) for number, outcome in enumerate(outcomes)]))


def _told(number: int, outcome: dict[str, Any] | Failure | ServiceError) -> dict[str, Any]:
    if isinstance(outcome, dict):
        return {"index": number, "status": 200, "tags": outcome}
    return failed(number, outcome.refusal() if isinstance(outcome, Failure) else outcome)
