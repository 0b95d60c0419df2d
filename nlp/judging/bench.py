"""How fast the tagger is beside what a user would pick instead: `bazkhord bench`.

All contenders get the same comments, in turn, on one core and one thread. Throughput is counted in CPU time, so that
a busy machine does not blur it; latency and start-up are what a clock on the wall shows.
"""

import gc
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from nlp import artifacts
from nlp.errors import MissingExtraError, RecordsError
from nlp.files.records import SUFFIXES, Source, read
from nlp.judging import bench_rivals
from nlp.judging.bench_rivals import Run
from nlp.judging.plain_rival import Plain
from nlp.normalize import hazm_form, hazm_itself
from nlp.tagger import Tagger

_LEARN = 3000  # comments the rivals are built on
_FEWEST = 20  # of which they can be built; fewer have hardly a word in common
_BATCH = 256
_ROUNDS = 4
_LATENCY = 1000  # single comments
_SHORTEST_TEXT = 2
#: The part of the comments that slow contenders get.
_SHARES: Mapping[str, float] = {"hazm + TF-IDF + logreg per head": 0.25, "encoder": 0.01}

_READY = "from pathlib import Path; from nlp.tagger import Tagger; Tagger.load(Path({models!r})).tag('سلام')"
_PLAIN = "import sklearn.feature_extraction.text, sklearn.linear_model; from nlp.normalize import hazm_itself; hazm_itself()"
_BULK = (
    "from pathlib import Path; from nlp import bulk; from nlp.files.records import Source; from time import process_time\n"
    "def tag(name): bulk.tag_file(Source(path=name), name + '.out', 'jsonl', Path({models!r}), evidence=False)\n"
    "tag({warm!r}); before = process_time(); tag({source!r})\n"
    "start = perf_counter() - (process_time() - before)"
)
_TIMED = """from time import perf_counter
start = perf_counter()
{code}
print(perf_counter() - start)
print(open("/proc/self/status").read() if __import__("os").path.exists("/proc/self/status") else "")"""
_MEMORY = re.compile(r"(VmRSS|VmHWM):\s+(\d+) kB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured: comments of `data` (a file or a folder), or invented ones without it."""

    models: Path = Path("models")
    data: Path | None = None
    count: int = 20_000
    seed: int = 0
    starts: int = 5  # fresh processes, of which the quickest counts


def run(plan: Plan, say: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Measure everything and return the figures; `say` hears what was left out, and why."""
    texts = comments(plan)
    if len(texts) < _FEWEST:
        raise RecordsError(
            f"برای سنجش دست‌کم {_FEWEST} نظر متفاوت لازم است؛ در «{plan.data}» {len(texts)} نظر هست."
        )
    with _one_core(), threadpool_limits(1):
        tagger = Tagger.load(plan.models)
        taught = texts[:_LEARN]
        contenders = dict(_contenders(tagger, taught, say))
        rates = _rates(contenders, texts[len(taught) :] or texts)
        normalization = _rates(_normalizers(), texts)
        latency = _latency(tagger, texts[-_LATENCY:])
    starts = {
        "import nlp": _start("import nlp", plan.starts),
        "ready to tag": _start(_READY.format(models=str(plan.models)), plan.starts),
        "hazm and scikit-learn imported": _start(_PLAIN, plan.starts),
    }
    return {
        "comments": len(texts),
        "rates": rates,
        "normalization": normalization,
        "latency": latency,
        "starts": starts,
    }


def comments(plan: Plan) -> list[str]:
    """Return `count` comments in random order, from all files of a folder alike; `RecordsError` when there are none."""
    if plan.data is None:
        from nlp.learning import invented

        pool = [example.text for example in invented.examples(plan.seed)]
    else:
        files = sorted(plan.data.glob("*")) if plan.data.is_dir() else [plan.data]
        known = [file for file in files if file.suffix.lower() in SUFFIXES]
        pool = [row.text for file in known for row in read(Source(path=str(file))) if not row.error]
    kept = sorted({text for text in pool if len(text) >= _SHORTEST_TEXT})
    if not kept:
        raise RecordsError(
            f"در «{plan.data}» نظری نیست؛ پرونده‌ای با ستون text (دست‌کم {_SHORTEST_TEXT} نویسه) یا پوشه‌ای از آن‌ها بدهید."
        )
    chance = random.Random(plan.seed)  # repeatable, not secret
    chance.shuffle(kept)
    return kept[: plan.count]


def report_lines(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the figures line by line, as people read them."""
    yield f"{figures['comments']} comments, one core, CPU time"
    ours = figures["rates"]["tag_many, evidence off"]
    for name, rate in figures["rates"].items():
        yield f"{name:32} {rate:10,.0f} comments/s   tag_many without evidence is {ours / rate:8.1f}x"
    ours, theirs = figures["normalization"].values()
    yield f"hazm's normal form {ours:,.0f} texts/s, by hazm itself {theirs:,.0f}: {ours / theirs:.1f}x"
    latency = figures["latency"]
    yield f"one comment in process: p50 {latency['p50_ms']:.2f} ms  p99 {latency['p99_ms']:.2f} ms"
    for name, start in figures["starts"].items():
        yield f"{name:32} {start['seconds']:6.2f} s   {start['megabytes']:6.0f} MB"


def _contenders(
    tagger: Tagger, taught: Sequence[str], say: Callable[[str], None]
) -> Iterator[tuple[str, Run]]:
    labels = bench_rivals.labels_of(tagger.tag_many(taught, evidence=False))
    yield "tag_many, evidence off", lambda asked: tagger.tag_many(asked, evidence=False)
    yield "tag_many, evidence on", tagger.tag_many
    plain = Plain(taught, list(labels.values()), hazm_itself())
    yield "hazm + shared TF-IDF + logreg", plain.shared
    yield "hazm + TF-IDF + logreg per head", plain.per_head
    extras: dict[str, Callable[[], Run]] = {
        "fastText predict": lambda: bench_rivals.fasttext(taught, labels),
        "encoder": bench_rivals.encoder,
    }
    for name, build in extras.items():
        try:
            yield name, build()
        except MissingExtraError as error:
            say(str(error))


def _normalizers() -> Mapping[str, Run]:
    itself = hazm_itself()
    hazm_form("")  # its tables are built when first used
    return {
        "hazm_form": lambda asked: [hazm_form(text) for text in asked],
        "hazm": lambda asked: [itself(text) for text in asked],
    }


def _rates(contenders: Mapping[str, Run], texts: Sequence[str]) -> dict[str, float]:
    """Return comments per second of CPU time; every contender works on each part of the comments in turn."""
    spent = dict.fromkeys(contenders, 0.0)
    done = dict.fromkeys(contenders, 0)
    gc.collect()
    gc.freeze()  # what was built so far is not looked through again and again
    for number in range(_ROUNDS):
        part = texts[number::_ROUNDS]
        for name, run in contenders.items():
            asked = part[: max(int(len(part) * _SHARES.get(name, 1.0)), 1)]
            start = process_time()
            for first in range(0, len(asked), _BATCH):
                run(asked[first : first + _BATCH])
            spent[name] += process_time() - start
            done[name] += len(asked)
    return {name: done[name] / max(spent[name], 1e-9) for name in contenders}


def _latency(tagger: Tagger, texts: Sequence[str]) -> dict[str, float]:
    took = []
    for text in texts:
        start = perf_counter()
        tagger.tag(text)
        took.append(1000 * (perf_counter() - start))
    p50, p99 = np.quantile(took, [0.5, 0.99])
    return {"p50_ms": float(p50), "p99_ms": float(p99)}


def growth(plan: Plan, sizes: Sequence[int]) -> list[dict[str, float]]:
    """Tag files of several sizes, each in a fresh process: CPU time per comment and peak memory must stay flat."""
    # of what a process lacks we would only hear that it failed
    artifacts.fitting(artifacts.current(plan.models))
    texts = comments(plan)
    found = []
    with TemporaryDirectory() as folder:
        file, warm = Path(folder) / "comments.jsonl", Path(folder) / "warm.jsonl"
        warm.write_text(json.dumps({"text": texts[0]}), encoding="utf-8")
        for size in sizes:
            with file.open("w", encoding="utf-8") as lines:
                lines.writelines(json.dumps({"text": text}) + "\n" for text in islice(cycle(texts), size))
            code = _BULK.format(warm=str(warm), source=str(file), models=str(plan.models))
            spent = _measured(code)
            found.append(
                {
                    "comments": size,
                    "cpu_us_each": 1e6 * spent.seconds / size,
                    "peak_megabytes": spent.peak_megabytes,
                }
            )
    return found


def told_growth(figures: Sequence[Mapping[str, float]]) -> Iterator[str]:
    """Yield the growth line by line, as people read it."""
    for each in figures:
        yield f"{each['comments']:10,} comments {each['cpu_us_each']:8.0f} us each {each['peak_megabytes']:6.0f} MB at most"


def _start(code: str, times: int) -> dict[str, float]:
    """Return the seconds and megabytes that the quickest of some fresh processes needs for some code."""
    quickest = min((_measured(code) for _ in range(times)), key=attrgetter("seconds"))
    return {"seconds": quickest.seconds, "megabytes": quickest.megabytes}


class _Spent(NamedTuple):
    """What a process needed: seconds, and its memory at the end and at its peak."""

    seconds: float
    megabytes: float
    peak_megabytes: float


def _measured(code: str) -> _Spent:
    """Run code in a fresh process."""
    command = [sys.executable, "-c", _TIMED.format(code=code)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own code
    memory = {name: int(kilobytes) / 1024 for name, kilobytes in _MEMORY.findall(answer.stdout)}
    return _Spent(float(answer.stdout.split()[0]), memory.get("VmRSS", 0.0), memory.get("VmHWM", 0.0))


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep this process on one core, where the system can."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if before:
        os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        if before:
            os.sched_setaffinity(0, before)
