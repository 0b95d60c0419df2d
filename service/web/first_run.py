"""The first minute: an empty desk offers sample data, loaded while the page waits for it."""

from threading import Lock, Thread

import structlog
from fastapi import Request
from starlette.responses import Response

from service import sample
from service.deps import Admin, Desk, DeskDep, Now
from service.errors import ServiceError
from service.web.failures import pages
from service.web.page import VisitDep

router = pages()
_once = Lock()


@router.post("/first-run/sample")
def load(request: Request, visit: VisitDep, desk: DeskDep, now: Now, caller: Admin) -> Response:
    """Begin to load the sample data into an empty desk, once; the page follows it."""
    with _once:
        running: Thread | None = getattr(request.app.state, "sampling", None)
        if running is None or not running.is_alive():
            sample.is_loaded(desk.engine, sample.comments_until(now)[0])
            request.app.state.sampling = Thread(target=_load, args=(desk, now), name="sample", daemon=True)
            request.app.state.sampling.start()
    return visit.page("first_run.html", loading=True)


def _load(desk: Desk, now: Now) -> None:
    try:
        loaded = sample.load(desk.line, now)
    except ServiceError as error:
        structlog.get_logger().error("sample_failed", code=error.code)
    else:
        structlog.get_logger().info("sample_loaded", comments=loaded.comments, tickets=loaded.tickets)
