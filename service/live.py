"""What may change while the desk runs: rules, working times, own topics and the model. Each is replaced whole.

Every process of the desk has its own, and follows the others: rules are read again by all when the trail says that one
did, a model is taken up by all when `models/CURRENT` names it, and own topics are looked up again and again. Rules that
are only written are not in force.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Literal, NamedTuple

import structlog
from threadpoolctl import threadpool_limits

from nlp import artifacts
from service import curating, logs, model_process, rulefile
from service.batching import Batcher
from service.casework import replies
from service.casework.replies import Replies
from service.comments.understanding import Line
from service.errors import Busy
from service.model_process import Model, ModelProcess
from service.routing import Rules
from service.settings import Settings
from service.sla import Calendars
from service.storage import Connection, Engine, audit, begin, read

#: How soon a process notices what another one put in force.
_FOLLOW_S = 5.0
#: The longest a stopping process waits for what is being taken up.
_STOP_S = 20.0
_RELOADED = ("rules.reloaded", "rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce(Line):
    """What comments pass and are judged by at one moment."""

    tagger: Batcher
    model_version: str
    replies: Replies


class _Files(NamedTuple):
    """What the files of the desk say."""

    rules: Rules
    calendars: Calendars
    replies: Replies


class Live:
    """The rules, working times, drafts of replies and model in force; a request sees the old ones or the new ones, never a mixture.

    Without `taggers` the current model is loaded. Later ones stand where the first does: here, or in processes apart.
    """

    def __init__(self, engine: Engine, settings: Settings, taggers: Sequence[Model] = ()) -> None:
        self._engine, self._settings = engine, settings
        self._apart = sum(isinstance(tagger, ModelProcess) for tagger in taggers)
        # products are small here, the model's and those of insights: more threads would wait for each other
        threadpool_limits(1)
        self._lock = Lock()
        self._wishes: SimpleQueue[Literal["reload", "stop"]] = SimpleQueue()
        with read(engine) as conn:
            self._heard = _last_reload(conn)  # looked up before the files are read, so that none is missed
            own = curating.taken(conn)  # before the rules: they may name them
        files = self._files()
        taggers = taggers or self._taggers(artifacts.current(settings.models))
        self._folder = taggers[0].model.version  # what CURRENT named when the model was loaded
        self.in_force = InForce(
            engine=engine,
            settings=settings,
            tagger=self._serving(taggers),
            model_version=self._folder,
            rules=files.rules,
            calendars=files.calendars,
            replies=files.replies,
            own=own,
        )

    def reload(self, actor: str, now: datetime) -> None:
        """Read rules, working times and drafts of replies again, and have every process do so by a line in the trail.

        When a file is wrong, the error says where and the old ones stay.
        """
        with self._lock:
            files = self._files()
            with begin(self._engine) as conn:
                audit.record(conn, now, actor, *_RELOADED, after={"rules": len(files.rules.rules)})
                heard = _last_reload(conn)
            self._judge_by(files, heard)

    def ask(self) -> None:
        """Have rules and working times read again by whoever follows; only this is fit for a signal handler."""
        self._wishes.put("reload")

    def follow_rules(self) -> None:
        """Read rules and working times again when another process did."""
        with self._lock:
            with read(self._engine) as conn:
                heard = _last_reload(conn)
            if heard != self._heard:
                self._judge_by(self._files(), heard)

    def follow_topics(self) -> None:
        """Take up own topics as they are now, also those that another process made, changed or archived."""
        with self._lock, read(self._engine) as conn:
            self.in_force = replace(self.in_force, own=curating.taken(conn))

    def follow_current(self) -> None:
        """Load the model that `models/CURRENT` names unless it is the one in force.

        Another process may have promoted it. The old model stays when the new one is not sound.
        """
        with self._lock:
            folder = artifacts.current(self._settings.models)
            if folder.name == self._folder:
                return
            old, taggers = self.in_force.tagger, self._taggers(folder)
            version = taggers[0].model.version
            present = self._serving(taggers)
            self.in_force = replace(self.in_force, tagger=present, model_version=version)
            self._folder = folder.name
        old.close(present)
        structlog.get_logger().info("model_changed", version=version)

    @contextmanager
    def following(self, now: Callable[[], datetime]) -> Iterator[None]:
        """Follow the other processes of the desk, and do what is asked for, beside what this one does."""
        thread = Thread(target=self._follow, args=(now,), name="follower", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._wishes.put("stop")
            thread.join(_STOP_S)

    def close(self) -> None:
        """Let the running predictions finish."""
        self.in_force.tagger.close()

    def _follow(self, now: Callable[[], datetime]) -> None:
        while (wish := self._next_wish()) != "stop":
            if wish == "reload":
                _tried("rules", lambda: self.reload("signal", now()))
            _tried("topics", self.follow_topics)
            _tried("rules", self.follow_rules)
            _tried("model", self.follow_current)

    def _next_wish(self) -> Literal["reload", "stop"] | None:
        """Wait until something is asked for, or it is time to see what the others did."""
        try:
            return self._wishes.get(timeout=_FOLLOW_S)
        except Empty:
            return None

    def _files(self) -> _Files:
        both = rulefile.load_with_calendar(self._settings.rules, self._settings.calendar)
        return _Files(*both, replies.load(self._settings.replies))

    def _judge_by(self, files: _Files, heard: int | None) -> None:
        self.in_force = replace(self.in_force, **files._asdict())
        self._heard = heard
        structlog.get_logger().info("rules_reloaded", rules=len(files.rules.rules))

    def _taggers(self, folder: Path) -> Sequence[Model]:
        if not self._apart:
            return [model_process.beside(folder, self._settings.trade)]
        return model_process.started(folder, self._apart, self._settings.trade)

    def _serving(self, taggers: Sequence[Model]) -> Batcher:
        def release() -> None:
            for tagger in taggers:
                tagger.close()

        return Batcher(
            *taggers,
            capacity=self._settings.analyze_queue,
            together=self._settings.analyze_batch,
            release=release,
        )


def _last_reload(conn: Connection) -> int | None:
    line = audit.latest(conn, *_RELOADED)
    return None if line is None else line["seq"]


def _tried(what: Literal["rules", "topics", "model"], take_up: Callable[[], None]) -> None:
    """Take something up; when that fails the old one stays, and it is tried again."""
    try:
        take_up()
    except Busy as error:  # nothing was refused: nobody could look
        logs.unavailable(error)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, what comes later must still be followed
        structlog.get_logger().error(f"{what}_refused", kind=type(error).__name__, reason=str(error))
