"""What every command needs to run a job: settings, signals, a console. It must never start a job by itself."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop
from rich.console import Console

from hub.settings import Settings

#: Everything meant for a person; results meant for a program go to standard output.
console = Console(stderr=True, highlight=False)


class Spaced:
    """Says when something is due again: at first, then every `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due_at = float("-inf")

    def is_due(self) -> bool:
        """Whether it is due now; if so, the next time is counted from here."""
        now = time.monotonic()
        if now < self._due_at:
            return False
        self._due_at = now + self._seconds
        return True


def settings_here() -> Settings:
    """The settings of this shell."""
    return Settings.from_env(os.environ)


def tell(line: str) -> None:
    """Say a line of the supervisor to whoever started it."""
    if line.startswith("READY "):
        url = line.removeprefix("READY ")
        console.print(f"\n  [bold green]统管 Tongguan is running[/bold green]   wall 大屏: [bold]{url}[/bold]")
        console.print("  Ctrl-C stops it; the data stays\n")
    else:
        console.print(f"[dim]hub[/dim] {line}", markup=True, soft_wrap=True)


def run(job: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run a job until it ends or a signal sets its `stop`."""

    async def until_signal() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await job(stop)

    uvloop.run(until_signal())


async def until(work: "asyncio.Future[Any]", stop: asyncio.Event) -> None:
    """Wait for the work, or cancel it when `stop` is set."""
    stopping: asyncio.Future[Any] = asyncio.ensure_future(stop.wait())
    await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not work.done():
        work.cancel()
    try:
        await work
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
