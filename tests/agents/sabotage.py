"""A worker that can be spoilt from outside: at SIGUSR1 it does to itself what the file SABOTAGE names."""

import asyncio
import gc
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import faust
import uvloop
from faust.transport.consumer import Fetcher
from faust.types import TP

from agents.app import run_worker
from agents.inbox import Inbox
from agents.watchdog import Patience
from hub.edges.kafka_access import kafka_access
from hub.edges.logs import set_up_logs
from hub.edges.metrics import Metrics
from hub.settings import Settings

_T = TypeVar("_T")

#: Patience of a test: a few seconds where a city has ten; a slow machine has to keep up with it.
QUICK = Patience(own=4.0, busy=8.0, orphan=8.0, sharing=30.0, loop=6.0)


def _agent_ended(app: faust.App) -> None:
    """Consumers slowly die over time: the task of an agent ends, and nobody starts it again."""
    agent: Any = app.agents["agents.hotline"]
    agent._stopped.set()
    agent_was_cancelled(app)


def agent_was_cancelled(app: faust.App) -> None:
    """faust starts this one again by itself."""
    agent: Any = app.agents["agents.hotline"]
    for actor in agent._actors:
        actor.actor_task.cancel()


def _agent_raises(app: faust.App) -> None:
    """An exception leaves the agent: faust acknowledges the event and goes on, or not."""
    for inbox in _all(Inbox):
        inbox._waiting = None  # type: ignore[assignment]


def _pool_is_taken(app: faust.App) -> None:
    """Everybody waits for a connection for ever, while the database is well."""
    for pool in _all(asyncpg.Pool):
        _KEPT.extend(asyncio.create_task(_take(pool)) for _ in range(pool.get_max_size()))


def _fetch_is_paused(app: faust.App) -> None:
    """A partition is no longer fetched after a pause that nobody takes back."""
    app.consumer.pause_partitions({TP("feed.hotline", 2)})


def _fetcher_ended(app: faust.App) -> None:
    """Fetch requests stop, the process stays."""
    for fetcher in _all(Fetcher):
        for future in list(fetcher._futures):
            future.cancel()


def _partition_is_forgotten(app: faust.App) -> None:
    """Sharing out left a partition that no worker reads."""
    lost = TP("feed.hotline", 1)
    given = app.consumer.assignment
    app.consumer.pause_partitions({lost})
    app.consumer.assignment = lambda: given() - {lost}  # type: ignore[method-assign]


def _loop_is_blocked(app: faust.App) -> None:
    """Something in the loop waits, and the other threads go on."""
    time.sleep(3600)


def _interpreter_is_blocked(app: faust.App) -> None:
    """Something in C never lets another thread have its turn."""
    re.match(r"(a+)+$", "a" * 64 + "b")


def _process_is_stopped(app: faust.App) -> None:
    """Nothing of it runs any more, and nothing of it ends."""
    os.kill(os.getpid(), signal.SIGSTOP)


#: What only a new process cures.
FAULTS: dict[str, Callable[[faust.App], None]] = {
    fault.__name__: fault
    for fault in (
        _agent_ended,
        _agent_raises,
        _pool_is_taken,
        _fetch_is_paused,
        _fetcher_ended,
        _partition_is_forgotten,
        _loop_is_blocked,
        _interpreter_is_blocked,
        _process_is_stopped,
    )
}
_KEPT: list[object] = []


async def _take(pool: asyncpg.Pool) -> None:
    _KEPT.append(await pool.acquire())


def _all(kind: type[_T]) -> list[_T]:
    return [thing for thing in gc.get_objects() if type(thing) is kind]


def _spoil() -> None:
    faults = {**FAULTS, "agent_was_cancelled": agent_was_cancelled}
    fault = faults[Path(os.environ["SABOTAGE"]).read_text("utf-8")]
    gc.unfreeze()  # what the collector is spared is not among its objects either
    app: Any = next(thing for thing in gc.get_objects() if isinstance(thing, faust.App))
    fault(app)


async def _run(settings: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, _spoil)
    return await run_worker(settings, kafka_access(settings), Metrics(), stop, QUICK)


if __name__ == "__main__":
    set_up_logs("debug", "console")
    raise SystemExit(uvloop.run(_run(Settings.from_env(os.environ))))
