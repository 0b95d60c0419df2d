"""For those who run the desk: is it alive, is it ready, what does it count."""

import math

from fastapi import APIRouter, Response
from starlette.responses import PlainTextResponse

from service.api.described import BUSY
from service.api.writing import Json
from service.deps import Desk, DeskDep
from service.errors import Busy
from service.storage import is_current, outbox, read

router = APIRouter(tags=["operations"])


@router.get("/healthz", summary="آیا فرایند زنده است؟")
async def healthz() -> dict[str, str]:
    """Answer as long as the process can answer at all: in the loop, since all threads may wait for the database."""
    return {"status": "ok"}


@router.get("/readyz", response_model=dict[str, str], responses=BUSY, summary="آیا آمادهٔ کار است؟")
def readyz(desk: DeskDep) -> Json:
    """Answer 200 when the model is loaded and the database has our schema, 503 otherwise."""
    if not is_current(desk.engine):
        detail = "طرح پایگاه داده از این نسخه نیست: کهنه‌تر را «bazkhord migrate» به‌روز می‌کند؛ تازه‌تر، نسخهٔ تازه‌تر می‌خواهد."
        raise Busy("schema_not_current", detail, retry_after=10)
    if not desk.line.tagger.answers:
        raise Busy("model_unavailable", "مدل پاسخ نمی‌دهد؛ دلیلش در گزارش‌ها است.", retry_after=10)
    return Json({"status": "ready", "model": desk.line.model_version, "database": desk.engine.dialect.name})


@router.get("/metrics", response_class=PlainTextResponse, responses=BUSY, summary="سنجه‌ها برای Prometheus")
def metrics(desk: DeskDep) -> Response:
    """Return the counters of this process; their labels never name a customer."""
    desk.metrics.deliveries.set(_waiting(desk))
    desk.metrics.waiting.set(desk.line.tagger.waiting)
    return Response(desk.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _waiting(desk: Desk) -> float:
    """Return how many deliveries wait: nobody knows while the database is away, when the other counters matter most."""
    try:
        with read(desk.engine) as conn:
            return outbox.waiting(conn)
    except Busy:
        return math.nan
