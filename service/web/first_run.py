"""The first minute: an empty desk offers sample data, and shows how much of it is there while it is loaded."""

from threading import Lock, Thread

import structlog
from fastapi import Request
from starlette.responses import Response

from service import sample
from service.deps import Admin, Desk, Now, Reader
from service.errors import ServiceError
from service.storage import read, tally
from service.storage.feedback import Filters
from service.web.failures import pages
from service.web.page import VisitDep

router = pages()
_once = Lock()
LOADING = "/inbox/sample"


@router.post(LOADING)
def load(request: Request, visit: VisitDep, caller: Admin) -> Response:
    """Begin to load the sample data into an empty desk, once; the page it leads to follows it."""
    with _once:
        if not is_loading(request):
            sample.is_loaded(visit.desk.engine, sample.comments_until(visit.now)[0])
            request.app.state.sampling = Thread(
                target=_load, args=(visit.desk, visit.now), name="sample", daemon=True
            )
            request.app.state.sampling.start()
    return visit.back(LOADING)


@router.get(LOADING)
def follow(request: Request, visit: VisitDep, caller: Reader) -> Response:
    """Show how many of the sample comments are there, and lead to the inbox when there is nothing to wait for."""
    if not is_loading(request):
        return visit.back("/inbox")
    with read(visit.desk.engine) as conn:
        there = tally.of_comments(conn, Filters(), seen=0).n
    return visit.page("first_run.html", loading=True, there=there, of=sample.size())


def is_loading(request: Request) -> bool:
    """Tell whether this process is loading the sample data: what other pages show then is half of it."""
    running: Thread | None = getattr(request.app.state, "sampling", None)
    return running is not None and running.is_alive()


def _load(desk: Desk, now: Now) -> None:
    try:
        loaded = sample.load(desk.line, now)
    except Exception as error:
        code = error.code if isinstance(error, ServiceError) else "internal_error"
        structlog.get_logger().error("sample_failed", code=code, kind=type(error).__name__)
        raise
    else:
        structlog.get_logger().info("sample_loaded", comments=loaded.comments, tickets=loaded.tickets)
