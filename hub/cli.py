"""`hub`: every command of the hub. It must never hold more than the way from the command line to an edge."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
import typer
import uvloop
from rich.console import Console

from hub import __version__
from hub.edges.embedded.services import connected
from hub.edges.logs import set_up_logs
from hub.edges.rules import RulebookError, load_city
from hub.settings import Settings, SettingsError

app = typer.Typer(
    name="hub",
    help="Tongguan (统管), a city operations hub. Start with `hub up`; every setting is an environment variable HUB_….",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_console = Console(stderr=True, highlight=False)

CityOption = Annotated[str, typer.Option(help="City folder under the rules folder.", envvar="HUB_CITY")]


def main() -> None:
    """Entry point of the `hub` command."""
    try:
        app()
    except (SettingsError, RulebookError) as error:
        _console.print(f"[red]hub:[/red] {error}", markup=True)
        sys.exit(2)


@app.callback(invoke_without_command=True)
def _about(version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def up(
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Also play a simulated Yuncheng day into the hub.")
    ] = False,
    rate: Annotated[float, typer.Option(help="Messages a second of the simulated day, 0.1 to 5000.")] = 4.0,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day.")] = 1,
) -> None:
    """Start the whole hub here and keep it running; Ctrl-C stops it and keeps the data.

    PostgreSQL and the broker are the embedded ones unless HUB_DATABASE_URL and HUB_KAFKA_URL name others.
    """
    from hub.edges.embedded.up import Simulation, run_hub

    settings = _settings()
    simulation = Simulation(rate=rate, seed=seed) if simulate else None
    _run(lambda stop: run_hub(settings, _tell, simulation=simulation, stop=stop))


@app.command()
def worker() -> None:
    """Run one worker: it takes the feeds' messages from Kafka, decides, and writes. Run several to share the load."""
    os.execv(sys.executable, [sys.executable, "-m", "agents"])  # noqa: S606 - the agents sit above the hub


@app.command()
def serve(
    part: Annotated[
        list[str] | None, typer.Option(help="web (pages, API, intake), relay or live; all three when left out.")
    ] = None,
) -> None:
    """Run the web server, the relay to Kafka and the live server, all or some of them."""
    from hub.edges.serve import Serving
    from hub.edges.serve import serve as run

    try:
        parts = [Serving(name) for name in part or list(Serving)]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    settings = connected(_settings())
    book = load_city(settings.city_dir())
    set_up_logs(settings.log_level, settings.log_format)
    _run(lambda stop: run(settings, book, parts, stop))


@app.command()
def migrate() -> None:
    """Bring the database to the schema of this version. Safe to run again, and by several at once."""
    from hub.edges.store.migrate import migrate as run
    from hub.edges.store.pool import open_pool

    settings = connected(msgspec.structs.replace(_settings(), kafka_url="unused"))

    async def job(stop: asyncio.Event) -> None:
        pool = await open_pool(settings.database_url, size=1)
        try:
            steps = await run(pool)
        finally:
            await pool.close()
        typer.echo("\n".join(f"applied {step}" for step in steps) or "nothing to do")

    _run(job)


def _settings() -> Settings:
    return Settings.from_env(os.environ)


def _tell(line: str) -> None:
    if line.startswith("READY "):
        url = line.removeprefix("READY ")
        _console.print(
            f"\n  [bold green]统管 Tongguan is running[/bold green]   wall: [bold]{url}[/bold]   Ctrl-C stops\n"
        )
    else:
        _console.print(f"[dim]hub[/dim] {line}")


def _run(job: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run a job until it ends or a signal sets its `stop`."""

    async def until_signal() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await job(stop)

    uvloop.run(until_signal())


if __name__ == "__main__":
    main()
