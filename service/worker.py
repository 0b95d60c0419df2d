"""The worker: sends what waits in the outbox, brings in files, and does the chores, until it is told to stop.

Any number of workers may run. What one takes is leased to it: when it dies, another one goes on as soon as the lease
has ended. Nothing is sent inside a transaction, and no failure of one item stops the others.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import TypeVar

import httpcore
import structlog

from service import chores, importing, logs
from service.comments.understanding import Line
from service.live import Live
from service.settings import Settings
from service.storage import Engine, begin, outbox, read
from service.storage.outbox import Delivery
from service.webhooks import delivering
from service.webhooks.delivering import Sender

#: How long a worker with nothing to do waits before it looks again.
_PAUSE_S = 0.25
#: How long a chore that goes on leaves the database to others: as long as its step took, and no less than this.
_BREATH_S = 0.05
#: How long it waits when it could not look: a database that is away does not come back sooner for being asked.
_AWAY_S = 5.0
#: Webhooks that are served side by side; each one gets its events one after the other.
_LANES = 16
_BATCH = 20
_LATER = timedelta(minutes=1)

Now = Callable[[], datetime]
_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True, eq=False)
class _Work:
    """What this worker is doing at the moment."""

    line: Callable[[], Line]
    sender: Sender
    stop: Event
    now: Now
    pool: ThreadPoolExecutor
    started: datetime
    deliveries: dict[str, Future[object]] = field(default_factory=dict)
    lanes: dict[str, Future[object]] = field(default_factory=dict)
    chores_due: dict[str, datetime] = field(default_factory=dict)


def run(engine: Engine, settings: Settings, live: Live, stop: Event, now: Now) -> None:
    """Work until `stop` is set; then finish what is being sent, give the rest back and return."""
    sender = Sender(
        engine=engine,
        worker_id=f"wk_{secrets.token_hex(8)}",
        lease_s=settings.lease_seconds,
        allow_private=settings.allow_private_targets,
        trust=httpcore.default_ssl_context(),
    )

    structlog.get_logger().info("worker_started", worker=sender.worker_id)
    with ThreadPoolExecutor(_LANES + 1 + len(chores.CHORES), thread_name_prefix="worker") as pool:
        work = _Work(line=lambda: live.in_force, sender=sender, stop=stop, now=now, pool=pool, started=now())
        while not stop.is_set():
            waiting = _guarded("deliveries", partial(_waiting, work))
            _open_lanes(work, waiting or ())
            _open_lane(
                work, work.lanes, "imports", partial(importing.work, work.line, sender.worker_id, stop, now)
            )
            for chore in chores.CHORES:
                _do_when_due(work, chore)
            stop.wait(_AWAY_S if waiting is None else _PAUSE_S)
    structlog.get_logger().info("worker_stopped", worker=sender.worker_id)


def _waiting(work: _Work) -> Sequence[str]:
    with read(work.sender.engine) as conn:
        return outbox.due_webhooks(conn, work.now())


def _open_lanes(work: _Work, waiting: Sequence[str]) -> None:
    """Serve the webhooks that wait, who was not served for the longest time first, but no more than there are lanes."""
    turns = {webhook_id: place for place, webhook_id in enumerate(work.deliveries)}
    for webhook_id in sorted(waiting, key=lambda id_: turns.get(id_, -1)):
        if sum(not lane.done() for lane in work.deliveries.values()) >= _LANES:
            return  # chores and files need threads too
        task = partial(_serve, work.sender, webhook_id, work.stop, work.now)
        _open_lane(work, work.deliveries, webhook_id, task)


def _open_lane(work: _Work, lanes: dict[str, Future[object]], name: str, task: Callable[[], object]) -> None:
    running = lanes.get(name)
    if running is None or running.done():
        lanes.pop(name, None)  # whoever was opened last stands last
        lanes[name] = work.pool.submit(_in_lane, name, task, work.stop)


def _in_lane(name: str, task: Callable[[], object], stop: Event) -> None:
    """Do a task; when it failed its lane stays taken for a while, or a full disk would fill its log, too."""
    if _guarded(name, lambda: [task()]) is None:
        stop.wait(_AWAY_S)


def _serve(sender: Sender, webhook_id: str, stop: Event, now: Now) -> None:
    """Send everything that one webhook waits for, in order, a batch at a time."""
    while not stop.is_set():
        with begin(sender.engine) as conn:
            batch = outbox.claim(conn, now(), sender.lease_s, _BATCH, sender.worker_id, webhook_id)
        if not batch:
            return
        untried = _send(sender, batch, stop, now)
        if untried:
            with begin(sender.engine) as conn:
                outbox.release(conn, sender.worker_id, [delivery.id for delivery in untried])
            return


def _send(sender: Sender, batch: Sequence[Delivery], stop: Event, now: Now) -> Sequence[Delivery]:
    """Send a claimed batch and return what was left because the lease ends, the webhook closed, or we stop."""
    last_start = time.monotonic() + sender.lease_s - sender.timeout_s
    for place, delivery in enumerate(batch):
        if stop.is_set() or time.monotonic() > last_start:
            return batch[place:]
        still_open = _guarded(delivery.id, partial(delivering.deliver, sender, delivery, now()))
        if still_open is None:
            _guarded(delivery.id, partial(delivering.fail, sender, delivery, now()))
        elif not still_open:
            return batch[place + 1 :]
    return ()


def _do_when_due(work: _Work, chore: chores.Chore) -> None:
    now, every = work.now(), timedelta(seconds=chore.every_s)
    # the long ones wait a minute, so that a worker that just started sends first
    first = work.started + (_LATER if every > _LATER else timedelta())
    due = work.chores_due.get(chore.name, first)
    # nothing is due so late but by a clock that was set back since: waiting for the old hour would watch no deadline
    if now >= due or due - now > max(every, _LATER):
        work.chores_due[chore.name] = now + every
        _open_lane(work, work.lanes, chore.name, partial(_do, chore, work.line(), now, work.stop))


def _do(chore: chores.Chore, line: Line, now: datetime, stop: Event) -> None:
    """Do a chore step by step until nothing is left, or we stop; callers who want to write come between the steps."""
    begun = time.monotonic()
    while chore.do(line, now) is True and not stop.wait(max(_BREATH_S, time.monotonic() - begun)):
        begun = time.monotonic()


def _guarded(what: str, task: Callable[[], _T]) -> _T | None:
    """Return what a task returns; None after a failure, which is told without anybody's words and stops nothing else."""
    try:
        return task()
    except Exception as error:  # noqa: BLE001 - the one place where whatever went wrong must not spread
        logs.failed("work_failed", error, what=what)
        return None
