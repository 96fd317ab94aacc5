"""Uses the hub that runs here for a city, or starts one for as long as it is needed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hub.edges.embedded.broker import free_port
from hub.edges.embedded.services import Services, running_services
from hub.edges.embedded.up import run_hub
from hub.edges.evaluate import FusionScore, Pair, evaluate_fusion, read_pairs, read_truth
from hub.edges.evaluate_offline import evaluate_offline
from hub.edges.exports import messages_in
from hub.edges.replay import ReplayProgress, ReplayReport, replay_export
from hub.edges.rules import load_city
from hub.edges.store.pool import open_pool
from hub.rulebook.book import Rulebook, Source
from hub.settings import Settings, SettingsError
from hub.vocabulary.terms import Feed

Tell = Callable[[str], None]
Result = TypeVar("Result")
_Pairs = Sequence[Pair] | None
_Truth = Mapping[str, str] | None


async def replay_here(
    settings: Settings,
    path: Path,
    *,
    source: str,
    key: str | None,
    rate: float | None,
    limit: int | None,
    keep: bool,
    tell: Tell,
    stop: asyncio.Event,
) -> ReplayReport | None:
    """Replay an export through the city's hub; None when `stop` came first."""
    book = load_city(settings.city_dir())
    chosen = _source(book, source)
    next(messages_in(path), None)  # what cannot be read is said before a hub is started for it

    async def replay(services: Services) -> ReplayReport | None:
        sending = _replay(services, path, chosen, key=key, rate=rate, limit=limit)
        return await _unless_stopped(asyncio.create_task(sending), stop)

    running = _running(settings)
    if running is not None:
        return await replay(running)
    done = asyncio.Event()
    settings = _private(settings)
    hub = asyncio.create_task(run_hub(settings, tell, simulation=None, stop=done))
    report: ReplayReport | None = None
    try:
        if (services := await _wait_until_up(settings, hub, stop)) is None:
            return None
        report = await replay(services)
        if keep and report is not None:
            tell(f"kept running: {services.web_url}; Ctrl-C stops it")
            await stop.wait()
    finally:
        done.set()
        await hub
    return report


async def evaluate_here(
    settings: Settings, *, pairs_path: Path | None, truth_path: Path | None, export: Path | None
) -> FusionScore:
    """Score the city's hub, or an export fused in memory."""
    pairs = read_pairs(pairs_path) if pairs_path else None
    truth = read_truth(truth_path) if truth_path else None
    if export is not None:
        book = load_city(settings.city_dir())
        return evaluate_offline(export, book=book, source=_source(book, ""), pairs=pairs).score
    running = _running(settings)
    if running is not None:
        return await _score(running.database_url, pairs, truth)
    return await _score_stopped(_private(settings), pairs, truth)


async def _score_stopped(settings: Settings, pairs: _Pairs, truth: _Truth) -> FusionScore:
    """Start the hub that holds the data for as long as it takes to read it."""
    if not _has_run(settings):
        raise SettingsError(f"no hub of {settings.city} runs here, and `hub replay` has kept none of its data here")
    done, stop = asyncio.Event(), asyncio.Event()
    hub = asyncio.create_task(run_hub(settings, lambda _: None, simulation=None, stop=done))
    try:
        services = await _wait_until_up(settings, hub, stop)
        if services is None:
            raise SettingsError("the hub ended before it was up")
        return await _score(services.database_url, pairs, truth)
    finally:
        done.set()
        await hub


async def _score(database_url: str, pairs: _Pairs, truth: _Truth) -> FusionScore:
    pool = await open_pool(database_url, size=1)
    try:
        return await evaluate_fusion(pool, pairs=pairs, truth=truth)
    finally:
        await pool.close()


async def _replay(
    services: Services, path: Path, source: Source, *, key: str | None, rate: float | None, limit: int | None
) -> ReplayReport:
    pool = await open_pool(services.database_url, size=1)
    processes = [child.pid for child in psutil.Process(services.pid).children(recursive=True)]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, transient=True, console=Console(stderr=True)) as progress:
            bar = progress.add_task("sending", total=None)

            def show(at: ReplayProgress) -> None:
                total = None if at.phase == "sending" else at.sent
                progress.update(bar, description=at.phase, completed=at.sent - at.unsettled, total=total)

            return await replay_export(
                path,
                source=source,
                url=services.web_url,
                key=key,
                pool=pool,
                rate=rate,
                limit=limit,
                pids=processes,
                progress=show,
            )
    finally:
        await pool.close()


async def _unless_stopped(work: asyncio.Task[Result], stop: asyncio.Event) -> Result | None:
    """What the work comes to; None when `stop` came first and the work was given up."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else None
    finally:
        stopping.cancel()
        if not work.done():
            work.cancel()
            await asyncio.wait({work})


async def _wait_until_up(settings: Settings, hub: asyncio.Task[None], stop: asyncio.Event) -> Services | None:
    while not stop.is_set() and not hub.done():
        services = running_services(settings)
        if services is not None and services.up:
            return services
        await asyncio.sleep(0.2)
    if hub.done():
        hub.result()
    return None


def _running(settings: Settings) -> Services | None:
    """The hub of this city that runs here, started by `hub up` or by us."""
    for candidate in (settings, _private(settings)):
        services = running_services(candidate)
        if services is not None and services.city == settings.city:
            return services
    return None


def _private(settings: Settings) -> Settings:
    """The settings of a hub beside the one that `hub up` runs: data and ports of its own."""
    return msgspec.structs.replace(
        settings,
        data_dir=str(Path(settings.data_dir) / "cities" / settings.city),
        web_port=free_port(),
        live_port=free_port(),
    )


def _has_run(settings: Settings) -> bool:
    return Path(settings.data_dir).exists()


def _source(book: Rulebook, source_id: str) -> Source:
    sources = book.city.sources
    if source_id:
        found = next((source for source in sources if source.id == source_id), None)
    else:
        found = next((source for source in sources if source.feed is Feed.OPEN311), sources[0] if sources else None)
    if found is None:
        raise SettingsError(f"--source: {book.city.name.en} has {', '.join(source.id for source in sources)}")
    return found
