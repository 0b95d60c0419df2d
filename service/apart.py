"""A tagger in a process of its own: while it reads comments, the server goes on listening and answering.

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
from typing import Any, cast

import structlog
from threadpoolctl import threadpool_limits

from nlp import artifacts
from nlp.errors import ModelError
from nlp.tags import ModelId, Tags
from service.batching import TagsMany

_SPAWN = multiprocessing.get_context("spawn")  # a fork would inherit the locks of the server's threads
_STOP_S = 5.0


class Apart:
    """Tags like `Tagger`, in another process; one thread at a time may ask. A process that dies is started again.

    It loads the version in `folder` while this one goes on; `ModelError` comes when it is first asked.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model: ModelId | None = None
        self._start()

    @property
    def model(self) -> ModelId:
        """What it tags with, once it is loaded."""
        try:
            return self._loaded()
        except EOFError as error:
            raise ModelError(f"{self._folder}: its process ended while it was loaded") from error

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
        self._model = None
        self._pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_serve, args=(self._folder, theirs), name="model", daemon=True)
        self.process.start()
        theirs.close()

    def _loaded(self) -> ModelId:
        """Wait for what it says of itself first."""
        if self._model is None:
            self._model = cast("ModelId", self._answer())
        return self._model

    def _asked(self, texts: Sequence[str], now: date | None) -> list[Tags]:
        self._loaded()
        self._pipe.send((tuple(texts), now))
        tags: list[Tags] = self._answer()
        return tags

    def _answer(self) -> Any:
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def started(models: Path, count: int) -> list[Apart]:
    """Start processes with the version that `models/CURRENT` names; `ModelError` when there is none."""
    return [Apart(artifacts.current(models)) for _ in range(count)]


def _serve(folder: Path, pipe: Connection) -> None:
    """Answer until the other end is closed."""
    from nlp.tagger import Tagger  # who only asks need not load it

    # Ctrl-C reaches the whole group; the server says when to stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpool_limits(1)
    with contextlib.suppress(EOFError, BrokenPipeError):
        try:
            tagger = Tagger(artifacts.load(folder))
        except ModelError as error:
            pipe.send(error)
            return
        gc.collect()
        gc.freeze()
        pipe.send(tagger.model)
        while True:
            texts, now = pipe.recv()
            pipe.send(_tagged(tagger, texts, now))


def _tagged(tagger: TagsMany, texts: Sequence[str], now: date | None) -> list[Tags] | Exception:
    try:
        return tagger.tag_many(texts, now=now)
    except Exception as error:  # noqa: BLE001 - who asked is told, and the next is served
        return error
