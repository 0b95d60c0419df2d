"""How fast a file of comments comes in, from the upload to the last committed row: `bazkhord bench import`.

The desk is an empty SQLite file. The processor time is told for this process, which reads and stores, and for the
processes that tag, whose start is part of the time on the clock.
"""

import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from nlp.judging import bench
from service import commands, importing
from service.app import utc_now
from service.comments import uploads
from service.settings import Settings


def run(plan: bench.Plan) -> dict[str, Any]:
    """Bring in one file of `plan.count` comments, repeated if there are fewer, and return the figures.

    Times are in seconds, processor time in microseconds a comment.
    """
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bazkhord-bench-") as folder:
        file = _written(plan, Path(folder) / "comments.jsonl")
        settings = Settings(database_url=f"sqlite:///{folder}/desk.db", models=plan.models.resolve())
        with commands.line(settings) as line, file.open("rb") as raw:
            upload = uploads.Upload(file=raw, filename=file.name)
            own, began = _used(resource.RUSAGE_SELF), time.perf_counter()
            job = importing.run(line, upload, utc_now, say=lambda _: None)
            wall, own = time.perf_counter() - began, _used(resource.RUSAGE_SELF) - own
    done = max(job["done"], 1)
    return {
        "load_before": load,
        "comments": job["done"],
        "created": job["created"],
        "failed": job["failed"],
        "wall_s": wall,
        "per_second": done / wall,
        "reading_and_storing_us": 1e6 * own / done,
        "tagging_us": 1e6 * _used(resource.RUSAGE_CHILDREN) / done,
    }


def report_lines(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the figures as lines for people."""
    yield f"load of the machine before: {figures['load_before']:.1f} on {os.cpu_count()} cores"
    counts = "{comments:,} comments in {wall_s:.1f} s: {per_second:,.0f} a second; {created:,} stored, {failed:,} refused"
    yield counts.format_map(figures)
    yield (
        "processor time a comment: {reading_and_storing_us:.0f} us to read and store, "
        "{tagging_us:.0f} us in the processes that tag, their start included"
    ).format_map(figures)


def _written(plan: bench.Plan, file: Path) -> Path:
    texts = bench.comments(plan)
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(
            json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in islice(cycle(texts), plan.count)
        )
    return file


def _used(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime
