"""Taggers in processes of their own: while they read comments, the server goes on listening and answering.

Python runs one thread at a time. A model beside the server takes turns with it, and every answer waits for both.
"""

import contextlib
import gc
import multiprocessing
import signal
from collections.abc import Sequence
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from threadpoolctl import threadpool_limits

from nlp import artifacts
from nlp.errors import ModelError
from nlp.tags import ModelId, Tags
from service.batching import TagsMany

if TYPE_CHECKING:
    from nlp.tagger import Tagger  # who only asks need not load it

_SPAWN = multiprocessing.get_context("spawn")  # a fork would inherit the locks of the server's threads
_STOP_S = 5.0
#: New objects between two looks of the collector: about those of one batch of an import.
_YOUNG = 100_000


class Apart:
    """Tags like `Tagger`, in another process; one thread at a time may ask. A process that dies is started again.

    It loads the version in `folder` while this one goes on; `ModelError` comes when it is first asked.
    """

    def __init__(self, folder: Path, trade: str | None = None) -> None:
        self._folder = folder
        self._trade = trade
        self._start()

    @property
    def model(self) -> ModelId:
        """What it tags with, once it is loaded."""
        try:
            self._load()
        except EOFError as error:
            raise ModelError(f"{self._folder}: its process ended while it was loaded") from error
        return self._said

    def tag(self, text: str) -> Tags:
        """Return the tags of one comment."""
        return self.tag_many([text])[0]

    def tag_many(self, texts: Sequence[str], *, now: date | None = None) -> list[Tags]:
        """Return the tags of each comment, in order."""
        try:
            return self._asked(texts, now)
        except (EOFError, OSError):
            structlog.get_logger().error("model_process_lost", exitcode=self.process.exitcode)
            self.close()
            self._start()
            return self._asked(texts, now)

    def close(self) -> None:
        """End the process; it stops by itself when nobody holds the other end of its pipe."""
        self._pipe.close()
        self.process.join(_STOP_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()

    def _start(self) -> None:
        self._is_loaded = False
        self._pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(
            target=_serve, args=(self._folder, self._trade, theirs), name="model", daemon=True
        )
        self.process.start()
        theirs.close()

    def _load(self) -> None:
        """Wait for what it says of itself first."""
        if not self._is_loaded:
            self._said: ModelId = self._answer()
            self._is_loaded = True

    def _asked(self, texts: Sequence[str], now: date | None) -> list[Tags]:
        self._load()
        self._pipe.send((tuple(texts), now))
        tags: list[Tags] = self._answer()
        return tags

    def _answer(self) -> Any:
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def started(folder: Path, count: int, trade: str | None = None) -> list[Apart]:
    """Start so many processes with the version in a folder, told the trade of the company."""
    return [Apart(folder, trade) for _ in range(count)]


def alone(folder: Path, trade: str | None = None) -> "Tagger":
    """Load a version into a process that does nothing but read comments; `ModelError` when it is not sound."""
    from nlp.tagger import Tagger

    # its products are small: more threads would spend their time on waiting for each other
    threadpool_limits(1)
    tagger = Tagger(artifacts.load(folder), trade)
    # what was built so far stays, and comments make no cycles: the collector need not look so often
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
    return tagger


def _serve(folder: Path, trade: str | None, pipe: Connection) -> None:
    """Answer until the other end is closed."""
    # Ctrl-C reaches the whole group; the server says when to stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, BrokenPipeError):
        try:
            tagger = alone(folder, trade)
        except ModelError as error:
            pipe.send(error)
            return
        pipe.send(tagger.model)
        while True:
            texts, now = pipe.recv()
            pipe.send(_tagged(tagger, texts, now))


def _tagged(tagger: TagsMany, texts: Sequence[str], now: date | None) -> list[Tags] | Exception:
    try:
        return tagger.tag_many(texts, now=now)
    except Exception as error:  # noqa: BLE001 - who asked is told, and the next is served
        return error
