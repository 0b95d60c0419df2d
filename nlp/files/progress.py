"""A bar with rate and remaining time on a terminal; nothing at all in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Rate(ProgressColumn):
    """Records per second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f}/s")


@contextmanager
def shown(total: int | None, *, done: int = 0) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with how much more is done; it draws on stderr when that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    bar = Progress(
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task("", total=total, completed=done)
        yield lambda count: bar.advance(task, count)
        # lines of a file are more than its records: a heading, an empty one, a comment over several
        bar.update(task, total=bar.tasks[task].completed)
