"""The serving processes: web (pages, API, intake), relay (to Kafka), live (WebSocket). It must never do their work."""

import asyncio
from collections.abc import Coroutine, Sequence
from enum import StrEnum
from typing import Any

import asyncpg
import uvicorn

from hub.edges.activating.edition import RunningRules
from hub.edges.activating.following import follow_rulebook
from hub.edges.activating.starting import running_rules
from hub.edges.kafka_access import kafka_access
from hub.edges.metrics import Metrics
from hub.edges.outbox.cluster import Cluster
from hub.edges.outbox.relay import ChangeRoad, RawRoad, Road, run_relay
from hub.edges.store.activations import Activations
from hub.edges.store.gathering import GatheredLanding
from hub.edges.store.landing import LandingStore
from hub.edges.store.pool import open_pool
from hub.edges.wall.serving import serve_live
from hub.edges.web.app import build_web
from hub.edges.web.heads import BoundedHeads
from hub.settings import Settings


class Serving(StrEnum):
    """A part that `hub serve` can run alone."""

    WEB = "web"
    RELAY = "relay"
    LIVE = "live"


async def serve(settings: Settings, parts: Sequence[Serving], stop: asyncio.Event) -> None:
    """Run the parts until `stop`, or until one of them fails. Raises SettingsError when there is no rulebook."""
    metrics = Metrics()
    pool = await open_pool(settings.database_url, size=16, patience_seconds=None)
    jobs = _relays(settings, metrics) if Serving.RELAY in parts else []
    if {Serving.WEB, Serving.LIVE} & set(parts):
        rules = await running_rules(pool, settings)
        jobs.append(_follow(rules, pool, settings, metrics))
        if Serving.WEB in parts:
            jobs.append(_serve_web(settings, rules, pool, metrics, stop))
        if Serving.LIVE in parts:
            jobs.append(serve_live(settings, rules, pool, metrics))
    tasks = {asyncio.create_task(job) for job in jobs}
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            task.result()  # a part that failed ends the process; whoever started it starts it again
    finally:
        stop.set()
        for task in (*tasks, stopping):
            task.cancel()
        await asyncio.wait({*tasks, stopping}, timeout=5)
        await asyncio.wait_for(pool.close(), 5)


def _follow(rules: RunningRules, pool: asyncpg.Pool, settings: Settings, metrics: Metrics) -> Coroutine[Any, Any, None]:
    return follow_rulebook(
        rules, Activations(pool), settings.city, replaced=lambda edition: metrics.tell_rulebook(edition.book.version)
    )


def _relays(settings: Settings, metrics: Metrics) -> list[Coroutine[Any, Any, None]]:
    kafka = kafka_access(settings)
    roads: tuple[Road, ...] = (RawRoad(), ChangeRoad())
    return [
        run_relay(
            road,
            database_url=settings.database_url,
            kafka=kafka,
            cluster=Cluster(kafka, partitions=settings.partitions, replication=settings.replication),
            metrics=metrics,
        )
        for road in roads
    ]


async def _serve_web(
    settings: Settings, rules: RunningRules, pool: asyncpg.Pool, metrics: Metrics, stop: asyncio.Event
) -> None:
    landing = GatheredLanding(LandingStore(pool))
    app = build_web(settings, rules, pool, landing, metrics, poke=lambda: None)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=BoundedHeads,
            host=settings.web_host,
            port=settings.web_port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
            lifespan="on",
        )
    )
    # uvicorn takes over the signals of the process; ours belong to `stop`.
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined, unused-ignore]
    serving = asyncio.create_task(server._serve())  # noqa: SLF001 - `serve()` would capture the signals
    await stop.wait()
    server.should_exit = True
    await serving
