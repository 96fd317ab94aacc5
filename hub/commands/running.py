"""What every command needs to run a job: settings, signals, a console. It must never start a job by itself."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
import uvloop
from rich.console import Console

from hub.settings import Settings, SettingsError

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


def settings_of(city: str) -> Settings:
    """The settings of this shell for the city that a command names: a name under HUB_RULES_DIR, or a path."""
    settings = settings_here()
    if not _is_path(city):
        return msgspec.structs.replace(settings, city=city)
    folder = Path(city).resolve()
    return msgspec.structs.replace(settings, rules_dir=str(folder.parent), city=folder.name)


def city_folder(city: str) -> Path:
    """The folder of a city that a command names."""
    return Path(city) if _is_path(city) else settings_of(city).city_dir()


def _is_path(city: str) -> bool:
    return os.sep in city or "/" in city


def _known_city(context: typer.Context, city: str) -> str:
    """A wrong `--city` is said by its name; HUB_CITY is checked where the folder is read."""
    source = context.get_parameter_source("city")
    folder = city_folder(city)
    if source is None or source.name != "COMMANDLINE" or folder.is_dir():
        return city
    if _is_path(city):
        raise SettingsError(f"--city: there is no folder {folder}")
    cities = sorted(found.parent.name for found in folder.parent.glob("*/city.yaml"))
    known = f"there are {', '.join(cities)}" if cities else "there are none"
    raise SettingsError(
        f"--city: there is no city `{city}` in {folder.parent}; {known}. A folder elsewhere is named by its path, with "
        "a `/` in it"
    )


#: `--city` of every command that has it.
City = Annotated[
    str,
    typer.Option(
        help="City under HUB_RULES_DIR, or the path of a city folder with a `/` in it.",
        envvar="HUB_CITY",
        callback=_known_city,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON to standard output instead of text.")]


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
