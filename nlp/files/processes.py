"""Processes that work for another one, and are gone when it is."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from threading import Thread


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep Ctrl-C from processes that are started here: it reaches the whole group, and who started them ends them.

    They inherit it from the first moment; a handler of their own would come after their imports.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def stopped_alike() -> Iterator[None]:
    """Let SIGTERM end this process as Ctrl-C does, so that what was begun is cleared away; for the main thread."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone.

    A pool's process waits for work on a queue whose other end it holds itself, so nothing else would tell it.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_follow, args=(parent.sentinel,), name="parent", daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
