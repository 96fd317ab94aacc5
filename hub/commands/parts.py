"""up, worker, serve, migrate: the parts of a hub. Imports are inside the commands, so that `hub --help` is quick."""

import asyncio
import os
import sys
from typing import Annotated

import msgspec
import typer

from hub.commands.running import run, settings_here, tell, until
from hub.settings import SettingsError


def up(
    simulate: Annotated[bool, typer.Option("--simulate", help="Also play a simulated Yuncheng day into it.")] = False,
    rate: Annotated[float, typer.Option(help="Messages a second of the simulated day.", min=0.1, max=5000)] = 4.0,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day.")] = 1,
    moves: Annotated[
        float, typer.Option(help="Moves of tasks a second by its bureaus, so that incidents close.", min=0, max=50)
    ] = 2.0,
    broker: Annotated[
        str, typer.Option(help="`embedded` (in memory) or `kafka` (Apache Kafka, fetched by `make kafka`).")
    ] = "",
) -> None:
    """Start the whole hub here and keep it running; Ctrl-C stops it and keeps the data.

    PostgreSQL and the broker are its own unless HUB_DATABASE_URL and HUB_KAFKA_URL name others.
    """
    from hub.edges.embedded.up import Simulation, run_hub
    from hub.edges.logs import set_up_logs

    settings = settings_here()
    if broker:
        settings = msgspec.structs.replace(settings, broker=broker)
        settings.check()
    set_up_logs("warning", settings.log_format)
    simulation = Simulation(rate=rate, seed=seed, moves=moves) if simulate else None
    run(lambda stop: run_hub(settings, tell, simulation=simulation, stop=stop))


def worker() -> None:
    """Run one worker: it takes the feeds' messages from Kafka, decides and writes. Run several to share the load."""
    os.execv(sys.executable, [sys.executable, "-m", "agents"])  # noqa: S606 - the agents sit above the hub


def serve(
    part: Annotated[
        list[str] | None,
        typer.Option(help="web (pages, API, intake), relay (to Kafka) or live (WebSocket); all three when left out."),
    ] = None,
) -> None:
    """Run the web server, the relay to Kafka and the live server, all or some of them."""
    from hub.edges.embedded.services import connected
    from hub.edges.logs import set_up_logs
    from hub.edges.serve import Serving, serve

    try:
        parts = [Serving(name) for name in part or list(Serving)]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    settings = connected(settings_here())
    set_up_logs(settings.log_level, settings.log_format)
    run(lambda stop: serve(settings, parts, stop))


def migrate() -> None:
    """Bring the database to the schema of this version. Safe to run again, and by several at once."""
    from hub.edges.embedded.services import connected
    from hub.edges.logs import set_up_logs
    from hub.edges.store.migrate import migrate
    from hub.edges.store.patience import BROKEN
    from hub.edges.store.pool import open_pool

    settings = connected(msgspec.structs.replace(settings_here(), kafka_url="not needed"))
    set_up_logs("warning", settings.log_format)

    async def work() -> None:
        try:
            pool = await open_pool(settings.database_url, size=1, patience_seconds=10, statement_seconds=600)
        except BROKEN as error:
            raise SettingsError(f"the database does not answer: {error}") from None
        try:
            steps = await migrate(pool)
        finally:
            await pool.close()
        typer.echo("\n".join(f"applied {step}" for step in steps) or "nothing to do")

    async def job(stop: asyncio.Event) -> None:
        await until(asyncio.ensure_future(work()), stop)

    run(job)
