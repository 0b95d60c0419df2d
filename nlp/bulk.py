"""Tag files of any size: a stream of batches through one process, several, or a Dask cluster, in input order.

A batch goes out as records and comes back as finished lines, so that everything but reading and writing is shared.
Memory stays flat: only a few batches are read ahead.
"""

import gc
import logging
import multiprocessing
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol, cast

from threadpoolctl import threadpool_limits

from nlp import artifacts, taxonomy
from nlp.errors import UserError, extra
from nlp.files import progress
from nlp.files.checkpoint import check_apart, opened
from nlp.files.processes import end_with_parent, undisturbed
from nlp.files.records import STDIN, Row, Source, batched, count_lines, read
from nlp.files.tagged import Outcome, OutputFormat, columns_of, heading, rendered
from nlp.normalize import TextError
from nlp.tagger import Tagger

BATCH = 256
#: Batches in flight per process: enough to keep it busy, few enough to keep memory flat.
_AHEAD = 3
#: How often it is looked whether a cluster still has workers.
_LOOK_S = 5.0

Batches = Iterable[list[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How records become lines: what every process of a run must know."""

    models: Path
    version: str
    kind: OutputFormat = "jsonl"
    header: tuple[str, ...] = ()
    evidence: bool = True
    trade: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The finished lines of a batch, and how many of its records failed."""

    text: str
    rows: int
    failed: int


Work = Callable[[list[Row]], Lines]


class Pending(Protocol):
    """Lines that someone is working on: the futures of both libraries."""

    def result(self) -> Lines:
        """Wait for the lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Who does the work: `workers` processes of this machine, or the Dask cluster of a `scheduler` address."""

    workers: int = 1
    scheduler: str | None = None
    batch: int = BATCH

    def run(self, work: Work, rows: Iterable[Row]) -> Generator[Lines, None, None]:
        """Yield the lines of every batch of rows, in order; close it to stop before the end."""
        batches = batched(rows, self.batch)
        if self.scheduler:
            return _on_cluster(work, batches, self.scheduler)
        if self.workers > 1:
            return _on_processes(work, batches, self.workers)
        return (work(batch) for batch in batches)


def tag_file(
    source: Source,
    out: str,
    kind: OutputFormat,
    models: Path,
    *,
    power: Power | None = None,
    evidence: bool = True,
    trade: str | None = None,
) -> int:
    """Tag every record of a source into `out` (`-` is stdout) and return how many failed.

    A file appears under its name only when it is complete. An interrupted run of the same input file, options and
    model continues after the last batch that was written; what came from standard input or a pipe begins again.
    """
    check_apart(source.path, out)
    rows = read(source)
    ahead = list(islice(_to_first_sound(rows), BATCH))
    job = Job(
        models=models.resolve(),
        version=artifacts.current(models).name,
        kind=kind,
        header=columns_of(_telling(ahead).record) if ahead and kind == "csv" else (),
        evidence=evidence,
        trade=taxonomy.checked_trade(trade),
    )
    everything = chain(ahead, rows)
    with opened(out, _run(source, job), marked=kind == "csv") as output:
        done = output.reached.rows
        if kind == "csv" and not done:
            output.write(heading(job.header))
        finished = (power or Power()).run(partial(tag_lines, job), islice(everything, done, None))
        with progress.shown(count_lines(source), done=done) as advance, closing(finished):
            for lines in finished:
                output.write(lines.text, rows=lines.rows, failed=lines.failed)
                advance(lines.rows)
    return output.reached.failed


def tag_lines(job: Job, rows: Sequence[Row]) -> Lines:
    """Return the finished lines of a batch."""
    outcomes = tag_batch(_tagger(job.models, job.version, job.trade), rows, job.evidence)
    failed = sum(outcome.error is not None for outcome in outcomes)
    return Lines(text=rendered(outcomes, job.kind, job.header), rows=len(outcomes), failed=failed)


def tag_batch(tagger: Tagger, rows: Sequence[Row], evidence: bool) -> list[Outcome]:
    """Tag the sound records of a batch in one pass; a text that no one can read becomes an error of its own."""
    sound = [row for row in rows if row.error is None]
    try:
        tags = iter(tagger.tag_many([row.text for row in sound], evidence=evidence))
    except TextError as error:
        if len(rows) == 1:
            return [Outcome(row=rows[0], error=f"{error.code}: {error}")]
        return [outcome for row in rows for outcome in tag_batch(tagger, [row], evidence)]
    return [
        Outcome(row=row, error=row.error) if row.error else Outcome(row=row, tags=next(tags)) for row in rows
    ]


def _on_processes(work: Work, batches: Batches, workers: int) -> Generator[Lines, None, None]:
    spawn = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())  # whose they are is not for us to say
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=end_with_parent) as pool:

        def submit(batch: list[Row]) -> Pending:
            with undisturbed():  # it starts the processes
                return pool.submit(work, batch)

        try:
            yield from _in_order(submit, batches, workers * _AHEAD)
        except BrokenProcessPool as error:
            raise UserError("a worker process died; run the same command again, and it goes on") from error
        except (KeyboardInterrupt, GeneratorExit):
            for process in set(multiprocessing.active_children()) - others:
                process.kill()  # nobody waits for what it has in hand
            raise


def _on_cluster(work: Work, batches: Batches, scheduler: str) -> Generator[Lines, None, None]:
    """Let a Dask cluster work; what a lost worker had in hand is done again by another."""
    distributed = extra("distributed", "Dask", "distributed>=2025.1")
    try:
        # a client of what is no address is heard of for another minute
        distributed.comm.get_address_host_port(scheduler)
        client = distributed.Client(scheduler, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler answers at {scheduler} ({error})") from error
    with (
        _silent("distributed.client"),
        client,
        _lasting(client, (distributed.KilledWorker, distributed.comm.CommClosedError, CancelledError)),
    ):
        look = _Look(client)
        look()
        ahead = _AHEAD * max(sum(client.nthreads().values()), 1)

        def submit(batch: list[Row]) -> Pending:
            return _Awaited(client.submit(work, batch, pure=False), look)

        yield from _in_order(submit, batches, ahead)


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """Keep a library from logging tracebacks of what is told in one line."""
    log = logging.getLogger(name)
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def _lasting(client: Any, lost: tuple[type[BaseException], ...]) -> Iterator[None]:
    """Tell what is raised when a cluster goes away: its own errors, and whatever a client says that is none any more."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if isinstance(error, lost) or client.status != "running":
            raise UserError(
                "the Dask cluster was lost; run the same command again, and it goes on"
            ) from error
        raise


class _Look:
    """Says once that a cluster has no worker: whoever waits then may wait for ever."""

    def __init__(self, client: Any) -> None:
        self._client, self._is_said = client, False

    def __call__(self) -> None:
        if not self._is_said and not self._client.nthreads():
            self._is_said = True
            sys.stderr.write("bazkhord: no worker of the Dask cluster is connected; waiting for one\n")


class _Awaited:
    """Lines that a cluster works on; who waits for them looks now and then who does."""

    def __init__(self, future: Any, look: Callable[[], None]) -> None:
        self._future, self._look = future, look

    def result(self) -> Lines:
        while True:
            try:
                return cast(Lines, self._future.result(timeout=_LOOK_S))
            except TimeoutError:
                if self._future.done():  # it is the work's own, or the work came home at that very moment
                    return cast(Lines, self._future.result())
                self._look()


def _in_order(submit: Callable[[list[Row]], Pending], batches: Batches, ahead: int) -> Iterator[Lines]:
    """Keep `ahead` batches in flight and yield their lines in the order they were submitted."""
    waiting: deque[Pending] = deque()
    for batch in batches:
        waiting.append(submit(batch))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


@cache
def _tagger(models: Path, version: str, trade: str | None) -> Tagger:
    """Load a version once per process, which then works on one core: the batches are what is shared."""
    threadpool_limits(1)
    tagger = Tagger.ready(artifacts.version_folder(models, version), trade)
    gc.freeze()  # the model stays: the collector need not look through it again and again
    return tagger


def _to_first_sound(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the records up to the first that could be read."""
    for row in rows:
        yield row
        if row.error is None:
            return


def _telling(rows: Sequence[Row]) -> Row:
    """Return the record whose fields are the columns: of one that cannot be read often nothing but its line is known."""
    return next((row for row in rows if row.error is None), rows[0])


def _run(source: Source, job: Job) -> dict[str, Any] | None:
    """Return what tells one run from another without reading the input; None where nothing does, as of a pipe."""
    if source.file is not None or source.path == STDIN or not Path(source.path).is_file():
        return None
    found = Path(source.path).stat()
    model = artifacts.mark(artifacts.version_folder(job.models, job.version))
    options = {"model": model, "kind": job.kind, "evidence": job.evidence, "trade": job.trade}
    return {**asdict(source), "bytes": found.st_size, "changed": found.st_mtime_ns, **options}
