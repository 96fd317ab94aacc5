"""A simulated day at many times its speed, with parts killed on the way: memory, and whether all agree in the end."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import asyncpg
import msgspec
import stamina.instrumentation
from playwright.async_api import Page

from bench.agreement import Accounts, Shown, accounts, api_versions, drift, live_versions
from bench.chromium import open_wall
from bench.faults import Faults
from bench.memory import Memory, MemoryLog, chromium_processes
from bench.playing import Player
from bench.whole_hub import whole_hub
from hub.edges.posting import Door
from hub.edges.rules import load_city
from tests.running import RunningHub, wait_until
from tests.screen import Screen

_SETTLED_WITHIN_SECONDS = 300.0
_AGREE_WITHIN_SECONDS = 60.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to play."""

    broker: str = "embedded"
    hours: float = 24.0
    speed: float = 50.0
    scale: float = 1.0
    seed: int = 1
    #: Seconds between two kills, on the average; 0: none.
    fault_every_seconds: float = 60.0


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen."""

    seconds: float
    posted: int
    refused: int
    retries: int
    killed: Sequence[str]
    accounts: Accounts
    live: int
    drift_api: int
    drift_socket: int
    drift_browser: int
    memory: Sequence[Memory]


async def measure(plan: Plan) -> Day:
    """Play the day before a browser and a socket, then compare."""
    stamina.instrumentation.set_on_retry_hooks([])  # a door that is away is counted, not told of each time
    async with whole_hub(plan.broker) as hub, open_wall(hub.web_url) as page:
        screen, log = Screen(hub.live_url), MemoryLog(hub, {"browser": chromium_processes})
        faults = Faults(hub, seed=plan.seed, every_seconds=plan.fault_every_seconds)
        city = load_city(hub.settings.city_dir()).city
        player = Player(city, hours=plan.hours, speed=plan.speed, scale=plan.scale, seed=plan.seed)
        begun = time.perf_counter()
        async with _meanwhile(screen.follow()), _meanwhile(log.run()):
            async with Door.open(hub.web_url, None) as door:
                async with _meanwhile(faults.run() if plan.fault_every_seconds else asyncio.sleep(0)):
                    await player.play(door)
                seconds = time.perf_counter() - begun
                pool = await hub.pool()
                try:
                    return await _compared(hub, pool, page, screen, player, door, faults, log, seconds)
                finally:
                    await pool.close()


async def _compared(
    hub: RunningHub,
    pool: asyncpg.Pool,
    page: Page,
    screen: Screen,
    player: Player,
    door: Door,
    faults: Faults,
    log: MemoryLog,
    seconds: float,
) -> Day:
    await _settle(hub, pool)
    found = await _drifts(hub, pool, page, screen)
    deadline = time.perf_counter() + _AGREE_WITHIN_SECONDS
    # Deadlines fall due while we look; only what stays apart is drift.
    while any(found) and time.perf_counter() < deadline:
        await asyncio.sleep(1)
        found = await _drifts(hub, pool, page, screen)
    return Day(
        seconds=round(seconds, 1),
        posted=player.accepted,
        refused=player.refused,
        retries=door.retries,
        killed=tuple(faults.killed),
        accounts=await accounts(pool, player.reports),
        live=len(await live_versions(pool)),
        drift_api=found[0],
        drift_socket=found[1],
        drift_browser=found[2],
        memory=log.told(),
    )


async def _settle(hub: RunningHub, pool: asyncpg.Pool) -> None:
    async def is_settled() -> bool:
        try:
            return not await pool.fetchval(
                "select exists (select from raw_messages where settled_at is null) or exists (select from outbox)"
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    await wait_until(is_settled, within_seconds=_SETTLED_WITHIN_SECONDS, every=0.5, saying=hub.logs)


async def _drifts(hub: RunningHub, pool: asyncpg.Pool, page: Page, screen: Screen) -> tuple[int, int, int]:
    stored = await live_versions(pool)
    told = await api_versions(hub.web_url)
    seen = await page.evaluate("window.tongguanWall.shown()")
    by_socket = Shown(
        versions={id: card.version for id, card in screen.cards.items()},
        live=screen.last.tiles.live if screen.last else -1,
    )
    return (
        sum(told.get(id) != stored.get(id) for id in {*told, *stored}),
        drift(by_socket, stored),
        drift(msgspec.convert(seen, Shown), stored),
    )


@contextlib.asynccontextmanager
async def _meanwhile(work: object):  # type: ignore[no-untyped-def]
    task = asyncio.ensure_future(work)  # type: ignore[arg-type]
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled() and task.exception() is not None:
            raise task.exception()  # type: ignore[misc]
