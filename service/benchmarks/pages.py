"""How long the server takes for each page of a full desk: `bazkhord bench pages`.

The sample comments are repeated over two years; those of the last days are tickets somebody still has to work on.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from fastapi.testclient import TestClient

from nlp import artifacts
from nlp.files.records import batched
from service import intake, model_process
from service.app import create_app, utc_now
from service.auth import SESSION_COOKIE
from service.batching import Precomputed
from service.comments.understanding import Line
from service.feedback import Incoming
from service.sample import comments_until
from service.settings import Settings
from service.storage import begin, keys, read, tickets
from service.storage.tickets import Criteria
from service.tickets import OPEN

_PAGES = (
    "/inbox",
    "/inbox/pulse",
    "/inbox?q=سفارش",
    "/tickets/{ticket}",
    "/comments",
    "/comments?q=پیک",
    "/comments/{comment}",
    "/trends?days=30",
    "/trends?days=365",
    "/drivers?days=90",
    "/journey?days=90",
    "/alerts?days=90",
    "/work?days=90",
    "/promises",
    "/digest",
    "/review",
    "/review/quality",
    "/try",
    "/settings/rules",
    "/settings/queues",
    "/settings/webhooks",
    "/settings/keys",
)
_DAYS = 730
#: Comments of the last days that are still open tickets; a desk with more of them has another problem.
_OPEN = 3_000
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One page: milliseconds until 50 and 95 in 100 requests were answered, and of processor time for 95 in 100."""

    page: str
    p50: float
    p95: float
    cpu95: float


def run(models: Path, comments: int = 100_000, rounds: int = 40) -> list[Timing]:
    """Fill a desk, ask for every page, and return how long the answers took, the slowest page first."""
    model = model_process.beside(artifacts.current(models))
    with tempfile.TemporaryDirectory(prefix="bazkhord-pages-") as folder:
        settings = Settings(
            database_url=f"sqlite:///{folder}/desk.db",
            models=models,
            worker=False,
            requests_per_minute=1_000_000,
            log_format="json",
        )
        app = create_app(settings, taggers=[model])
        with TestClient(app) as client:
            line: Line = app.state.desk.line
            _fill(line, comments)
            client.cookies.set(SESSION_COOKIE, _session(line))
            found = [_timed(client, page, rounds) for page in _addresses(line)]
    return sorted(found, key=lambda timing: -timing.p95)


def report_lines(timings: Sequence[Timing]) -> Iterator[str]:
    """Yield the figures as lines for people."""
    yield f"{'page':<44}{'p50 ms':>9}{'p95 ms':>9}{'p95 cpu':>9}"
    for timing in timings:
        yield f"{timing.page:<44}{timing.p50:>9.1f}{timing.p95:>9.1f}{timing.cpu95:>9.1f}"


def _fill(line: Line, comments: int) -> None:
    now = utc_now()
    sample = comments_until(now)
    tags = line.tagger.tag_many([comment.text for comment in sample], now=now.date())
    quiet = replace(line.rules, rules=(replace(line.rules.rules[-1], ticket=False),))
    stream = _repeated(sample, tags, comments, now)
    done = 0
    for batch in batched(stream, _BATCH):
        rules = quiet if done < comments - _OPEN else line.rules
        known = replace(line, tagger=Precomputed(tags=[tag for _, tag in batch]), rules=rules)
        intake.receive_many(known, [comment for comment, _ in batch], sender="bench", now=now)
        done += len(batch)


def _repeated(
    sample: Sequence[Incoming], tags: Sequence[bytes], comments: int, now: datetime
) -> Iterator[tuple[Incoming, bytes]]:
    step = timedelta(days=_DAYS) / comments
    for number in range(comments):
        one = sample[number % len(sample)]
        moment = now - step * (comments - number)
        # every customer comes about twice, as in the sample
        who = one.customer and replace(one.customer, external_id=f"c-{number // 2}")
        fresh = replace(one, external_id=f"bench-{number}", created_at=moment, customer=who)
        yield fresh, tags[number % len(sample)]


def _session(line: Line) -> str:
    now = utc_now()
    with begin(line.engine) as conn:
        session = keys.redeem_link(conn, keys.create_link(conn, "admin", now), now)
    assert session is not None
    return session


def _addresses(line: Line) -> list[str]:
    with read(line.engine) as conn:
        first = tickets.listing(conn, Criteria(statuses=OPEN), limit=1)[0]
    return [page.format(ticket=first["id"], comment=first["feedback_id"]) for page in _PAGES]


def _timed(client: TestClient, page: str, rounds: int) -> Timing:
    wall, cpu = [], []
    for _ in range(rounds + 2):
        started, busy = time.perf_counter(), time.process_time()
        answer = client.get(page, headers={"Accept": "text/html"})
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - busy) * 1000)
        answer.raise_for_status()
    # the first two warm the caches of the database
    wall, cpu = sorted(wall[2:]), sorted(cpu[2:])
    late = int(rounds * 0.95)
    return Timing(page=page, p50=wall[rounds // 2], p95=wall[late], cpu95=cpu[late])
