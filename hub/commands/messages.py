"""simulate, replay, evaluate: messages for a hub, and what it made of them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import msgspec
import typer

from hub.commands.running import AsJson, City, Spaced, console, run, settings_here, settings_of, tell, until
from hub.settings import SettingsError

if TYPE_CHECKING:
    from rich.status import Status

    from hub.edges.replay import ReplayReport
    from hub.edges.simulate.run import SimulationProgress

#: Seconds between two lines of progress where the output is no terminal.
_SPOKEN_EVERY_S = 10.0
#: A hub that has only been started answers sooner.
_KNOCK_WITHIN_S = 20.0

Key = Annotated[
    str, typer.Option(help="API key, when the hub wants one; better given by the variable.", envvar="TONGGUAN_KEY")
]


def simulate(
    url: Annotated[str, typer.Option(help="Web address of the hub; the one running here when left out.")] = "",
    key: Key = "",
    rate: Annotated[float, typer.Option(help="Messages a second.", min=0.1, max=5000)] = 4.0,
    seed: Annotated[int, typer.Option(help="The same seed plays the same day.")] = 1,
    scale: Annotated[float, typer.Option(help="How busy the day is; 1 is an ordinary day.", min=0.01)] = 1.0,
    duration: Annotated[float | None, typer.Option(help="Seconds to play; until Ctrl-C when left out.", min=0)] = None,
    truth: Annotated[Path | None, typer.Option(help="Write which reports belong together to this file.")] = None,
    profile: Annotated[str, typer.Option(help="demo: what is worth seeing comes early; day: as a day goes.")] = "demo",
    moves: Annotated[float, typer.Option(help="Moves of tasks a second by simulated bureaus.", min=0, max=50)] = 0.0,
) -> None:
    """Play a simulated day into a hub: seven feeds, a burst main, a storm, repeats, late records, some malformed."""
    from hub.edges.clock import utc_now
    from hub.edges.rules import load_city
    from hub.edges.simulate.run import run_simulation
    from hub.edges.simulate.scenes import Profile

    if profile not in get_args(Profile):
        raise typer.BadParameter(f"--profile: one of {', '.join(get_args(Profile))}")
    url = url or _running_url()
    play = partial(
        run_simulation,
        url=url,
        city=load_city(settings_here().city_dir()).city,
        key=key or None,
        rate=rate,
        seed=seed,
        duration_s=duration,
        scale=scale,
        truth_path=truth,
        run_id=f"{utc_now():%y%m%d%H%M%S}",
        profile="demo" if profile == "demo" else "day",
    )

    run(partial(_play, url, partial(_act, url, key, seed, moves), play))


async def _play(
    url: str,
    act: Callable[[], Coroutine[Any, Any, None]],
    play: Callable[..., Coroutine[Any, Any, object]],
    stop: asyncio.Event,
) -> None:
    with console.status(f"connecting to {url}") as status:
        await until(asyncio.ensure_future(_knock(url)), stop)
        if not stop.is_set():
            await until(asyncio.ensure_future(_while_acting(act, play(progress=_shown_in(status)))), stop)


async def _while_acting(act: Callable[[], Coroutine[Any, Any, None]], playing: Awaitable[object]) -> None:
    """Play, with the bureaus at work until it is over."""
    acting = asyncio.create_task(act())
    try:
        await playing
    finally:
        acting.cancel()


async def _act(url: str, key: str, seed: int, moves: float) -> None:
    from hub.edges.simulate.bureaus import run_bureaus

    if moves:
        await run_bureaus(url, key or None, seed=seed, moves_per_second=moves)


async def _knock(url: str) -> None:
    from hub.edges.posting import Door

    async with Door.open(url, None) as door:
        await door.knock(_KNOCK_WITHIN_S)


def _shown_in(status: "Status") -> Callable[["SimulationProgress"], None]:
    spoken = Spaced(_SPOKEN_EVERY_S)

    def show(at: "SimulationProgress") -> None:
        status.update(_line(at))
        if not console.is_terminal and spoken.is_due():  # a log has no line that moves
            console.print(_line(at))

    return show


def _line(at: "SimulationProgress") -> str:
    return f"day {at.day + 1}: {at.sent} sent, {at.refused} refused, {at.retries} retries  {at.note}"


def replay(
    path: Annotated[Path, typer.Argument(help="An export (csv, csv.gz, json, ndjson, xml) or a folder.", exists=True)],
    city: City = "yuncheng",
    source: Annotated[str, typer.Option(help="Source id in city.yaml; the city's only or first Open311 one.")] = "",
    key: Key = "",
    rate: Annotated[
        float | None, typer.Option(help="Records a second; as fast as they are taken when left out.", min=0.01)
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only so many records.", min=0)] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep a hub that was started for this running afterwards.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send an export through a hub record by record and report what became of it.

    Uses the hub that runs here when it runs this city; otherwise starts one for it, with data of its own.
    """
    from hub.edges.embedded.private import replay_here
    from hub.edges.logs import set_up_logs

    settings = settings_of(city)
    set_up_logs("warning", settings.log_format)

    async def job(stop: asyncio.Event) -> None:
        report = await replay_here(
            settings, path, source=source, key=key or None, rate=rate, limit=limit, keep=keep, tell=tell, stop=stop
        )
        if report is None:
            console.print("stopped before the end; what was sent until then stays in the hub")
            raise typer.Exit(1)
        typer.echo(msgspec.json.encode(report) if as_json else "\n".join(_lines(report)))

    run(job)


def _lines(report: "ReplayReport") -> Iterator[str]:
    for name in report.__struct_fields__:
        if name != "refused":
            yield f"{name.replace('_', ' '):>20}  {getattr(report, name)}"
    for refused in report.refused[:50]:
        yield f"             refused  {refused.place}: {refused.status} {refused.problem}"


evaluate = typer.Typer(help="How well the hub did, where an answer is known.", no_args_is_help=True)


@evaluate.command()
def fusion(
    pairs: Annotated[
        Path | None, typer.Option(help="CSV of known duplicate pairs: child,parent,…", exists=True)
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="Truth file of `hub simulate --truth`.", exists=True)] = None,
    city: City = "yuncheng",
    export: Annotated[
        Path | None,
        typer.Option(help="Fuse this export in memory, without a hub; for tuning fusion.yaml.", exists=True),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recall on known duplicates, precision and recall on a simulated day, and how much was joined in all."""
    from hub.edges.embedded.private import evaluate_here
    from hub.edges.evaluate import table_of
    from hub.edges.logs import set_up_logs

    settings = settings_of(city)
    if truth is not None and export is not None:
        raise SettingsError("--truth: says nothing of an --export; it is of what `hub simulate --truth` sent to a hub")
    set_up_logs("warning", settings.log_format)

    async def job(stop: asyncio.Event) -> None:
        score = await evaluate_here(settings, pairs_path=pairs, truth_path=truth, export=export)
        if as_json:
            typer.echo(msgspec.json.encode(score))
        else:
            console.print(table_of(score))

    run(job)


def _running_url() -> str:
    from hub.edges.embedded.services import running_services

    services = running_services(settings_here())
    if services is None:
        raise SettingsError("no hub runs here; give --url, or start one with `hub up`")
    return services.web_url
