"""Where the model stands: beside the server, or in a process of its own, so that the server goes on answering.

Python runs one thread at a time. A model beside the server takes turns with it, and every answer waits for both.
Wherever it stands it gives tags as JSON: that is what is stored and sent, and it travels as it is.
"""

import contextlib
import gc
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, cast

from threadpoolctl import threadpool_limits

from nlp.errors import ModelError
from nlp.tags import Days, ModelId
from service import jsontext
from service.errors import Busy

if TYPE_CHECKING:
    from nlp.tagger import Tagger  # who only asks need not load it

_SPAWN = multiprocessing.get_context("spawn")  # a fork would inherit the locks of the server's threads
_STOP_S = 5.0
#: A process that has ended is known by its code a moment after its pipe broke; one that hangs has none.
_CODE_S = 1.0
#: No batch takes so long, nor does a version to load: a process that says nothing has hung.
_HUNG_S = 120.0
#: New objects between two looks of the collector: about those of one batch of an import.
_YOUNG = 100_000


class InProcessModel:
    """Tags in this process, with a model that is loaded."""

    def __init__(self, tagger: "Tagger") -> None:
        self._tagger = tagger

    @property
    def model(self) -> ModelId:
        """What it tags with."""
        return self._tagger.model

    def tag_many(self, texts: Sequence[str], *, now: Days = None) -> list[bytes]:
        """Return the tags of each comment as JSON, in order."""
        return [jsontext.encoded(tags) for tags in self._tagger.tag_many(texts, now=now)]

    def close(self) -> None:
        """Do nothing: it ends with this process."""


class ModelProcess:
    """Tags like `InProcessModel`, in another process; one thread at a time may ask. A process that dies is started again.

    It loads the version in `folder` while this one goes on; `ModelError` comes when it is first asked.
    """

    def __init__(self, folder: Path, trade: str | None = None) -> None:
        self._folder = folder
        self._trade = trade
        self._closed = False
        self._start()

    @property
    def model(self) -> ModelId:
        """What it tags with, once it is loaded."""
        try:
            return self._loaded()
        except _Lost as error:
            raise ModelError(f"{self._folder}: its process ended while it was loaded") from error

    def tag_many(self, texts: Sequence[str], *, now: Days = None) -> list[bytes]:
        """Return the tags of each comment as JSON, in order."""
        try:
            try:
                return self._asked(texts, now)
            except _Lost:
                self._replace()
                return self._asked(texts, now)
        except (_Lost, OSError) as error:  # no process could be started in its place
            with contextlib.suppress(OSError, _Lost):  # tried again when it is asked again
                self._replace()
            raise Busy(
                "model_restarting", "مدل از نو راه می‌افتد؛ کمی بعد دوباره بفرستید.", retry_after=2
            ) from error
        except ModelError as error:  # its files went away after we started
            raise Busy("model_unavailable", "مدل بار نشد؛ کمی بعد دوباره بفرستید.", retry_after=10) from error

    def close(self) -> None:
        """End the process for good; it stops by itself when nobody holds the other end of its pipe."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        self._pipe.close()
        self.process.join(_STOP_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()

    def _replace(self) -> None:
        import structlog  # a process that reads comments starts sooner without it

        if self._closed:
            raise _Lost("nobody needs another one")
        self.process.join(_CODE_S)
        structlog.get_logger().error("model_process_lost", exitcode=self.process.exitcode)
        self._end()
        self._start()

    def _start(self) -> None:
        self._model: ModelId | None = None  # until it is loaded
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(
            target=_serve, args=(self._folder, self._trade, theirs), name="model", daemon=True
        )
        try:
            process.start()
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._pipe, self.process = ours, process

    def _loaded(self) -> ModelId:
        """Wait for what it says of itself first."""
        if self._model is None:
            self._model = cast(ModelId, self._answer())
        return self._model

    def _asked(self, texts: Sequence[str], now: Days) -> list[bytes]:
        self._loaded()
        with _as_lost():
            self._pipe.send((tuple(texts), now))
        return cast(list[bytes], self._answer())

    def _answer(self) -> object:
        """Return what it says; what it could not do is raised here, as if it had been done here."""
        with _as_lost():
            answer = self._pipe.recv() if self._pipe.poll(_HUNG_S) else _Lost("it hangs")
        if isinstance(answer, Exception):
            raise answer
        return answer


class _Lost(Exception):
    """The process is gone, or says nothing."""


@contextlib.contextmanager
def _as_lost() -> Iterator[None]:
    """Tell a broken pipe from an `OSError` that the model itself raised and sent."""
    try:
        yield
    except (EOFError, OSError) as error:
        raise _Lost from error


Model = InProcessModel | ModelProcess


def started(folder: Path, count: int, trade: str | None = None) -> list[ModelProcess]:
    """Start so many processes with the version in a folder, told the trade of the company."""
    return [ModelProcess(folder, trade) for _ in range(count)]


def beside(folder: Path, trade: str | None = None) -> InProcessModel:
    """Load a version into this process; `ModelError` when it is not sound."""
    from nlp.tagger import Tagger

    # its products are small: more threads would spend their time on waiting for each other; numpy is there by now
    threadpool_limits(1)
    return InProcessModel(Tagger.ready(folder, trade))


def alone(folder: Path, trade: str | None = None) -> InProcessModel:
    """Load a version into a process that does nothing but read comments; `ModelError` when it is not sound."""
    model = beside(folder, trade)
    # what was built so far stays, and comments make no cycles: the collector need not look so often
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
    return model


def _serve(folder: Path, trade: str | None, pipe: Connection) -> None:
    """Answer until the other end is closed."""
    # Ctrl-C reaches the whole group; the server says when to stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, ConnectionError):  # also when what we said was never read
        try:
            model = alone(folder, trade)
        except ModelError as error:
            pipe.send(error)
            return
        pipe.send(model.model)
        while True:
            texts, now = pipe.recv()
            pipe.send(_tagged(model, texts, now))


def _tagged(model: InProcessModel, texts: Sequence[str], now: Days) -> list[bytes] | Exception:
    try:
        return model.tag_many(texts, now=now)
    except Exception as error:  # noqa: BLE001 - who asked is told, and the next is served
        return error
