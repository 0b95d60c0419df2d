"""Tag files of any size: a stream of batches, through one process or several, in input order."""

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from nlp import progress
from nlp.normalize import TextError
from nlp.records import Row, Source, count_lines, read
from nlp.tagged import OutputFormat, opened, writer
from nlp.tagger import Tagger
from nlp.tags import Tags

BATCH = 256
#: Batches in flight per process: enough to keep it busy, few enough to keep memory flat.
_AHEAD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A record with its tags, or with the reason why it has none."""

    row: Row
    tags: Tags | None = None
    error: str | None = None


def tag_rows(
    rows: Iterable[Row], models: Path, *, workers: int = 1, evidence: bool = True
) -> Iterator[Outcome]:
    """Yield every record with its tags, in input order; a bad one carries its error and the rest goes on.

    `workers` processes share the work; each loads the model once. Memory stays flat: only a few batches are
    read ahead.
    """
    if workers <= 1:
        tagger = _tagger(models)
        for batch in batches(rows, BATCH):
            yield from tag_batch(tagger, batch, evidence)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_tagger, initargs=(models,)) as pool:
        waiting: deque[Future[list[Outcome]]] = deque()
        for batch in batches(rows, BATCH):
            waiting.append(pool.submit(_in_process, models, batch, evidence))
            if len(waiting) >= workers * _AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def tag_batch(tagger: Tagger, rows: Sequence[Row], evidence: bool = True) -> list[Outcome]:
    """Tag the sound records of a batch in one pass; a text that no one can read becomes an error of its own."""
    sound = [row for row in rows if row.error is None]
    try:
        tags = iter(tagger.tag_many([row.text for row in sound], evidence=evidence))
    except TextError:
        return [_tag_one(tagger, row, evidence) for row in rows]
    return [
        Outcome(row=row, error=row.error) if row.error else Outcome(row=row, tags=next(tags)) for row in rows
    ]


def batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield the rows in lists of at most `size`."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


def _tag_one(tagger: Tagger, row: Row, evidence: bool) -> Outcome:
    if row.error:
        return Outcome(row=row, error=row.error)
    try:
        return Outcome(row=row, tags=tagger.tag_many([row.text], evidence=evidence)[0])
    except TextError as error:
        return Outcome(row=row, error=f"{error.code}: {error}")


@cache
def _tagger(models: Path) -> Tagger:
    return Tagger.load(models)


def _in_process(models: Path, rows: list[Row], evidence: bool) -> list[Outcome]:
    return tag_batch(_tagger(models), rows, evidence)


def tag_file(
    source: Source, out: str, kind: OutputFormat, models: Path, *, workers: int = 1, evidence: bool = True
) -> int:
    """Tag every record of a source into `out` (`-` is stdout) and return how many failed.

    A file appears under its name only when it is complete; an interrupted run leaves `OUT.part`.
    """
    failed = 0
    with opened(out) as file, progress.shown(count_lines(source.path)) as advance:
        write = writer(file, kind)
        for outcome in tag_rows(read(source), models, workers=workers, evidence=evidence):
            write(outcome.row, outcome.tags, outcome.error)
            failed += outcome.error is not None
            advance()
    return failed
