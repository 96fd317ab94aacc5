"""20,000 numbered messages, every process killed while they flow: each is settled once and the wall shows it."""

import asyncio
import random
from collections.abc import Callable, Sequence

import asyncpg
import httpx
import pytest

from hub.edges.rules import load_city
from hub.edges.store.pool import open_pool
from tests.chaos.audit import audit, settled, stored_versions
from tests.chaos.numbered import Numbered, numbered
from tests.chaos.posting import try_to_post
from tests.running import RunningHub, wait_until
from tests.screen import Screen

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(480)]

_COUNT, _HAPPENINGS, _BATCH = 20_000, 900, 100
#: Each part is killed twice, in an order that the seed gives.
_KILLED = ("worker", "broker", "web", "postgres", "live") * 2


async def test_every_process_is_killed_while_messages_flow(start_hub: Callable[..., RunningHub]) -> None:
    hub = await asyncio.to_thread(start_hub)
    sent = numbered(load_city(hub.settings.city_dir()).city, _COUNT, happenings=_HAPPENINGS, seed=11)
    screen = Screen(hub.live_url)
    following = asyncio.create_task(screen.follow())
    await screen.until(lambda s: s.snapshots, within_seconds=60)
    killing = asyncio.create_task(_kill_all(hub, random.Random(11)))
    accepted = await _post_all(hub, sent)
    await killing
    pool = await open_pool(hub.services.database_url, size=2)
    try:
        await _all_settled(hub, pool, accepted)
        await audit(pool, sent, accepted)
        await _wall_agrees(pool, screen)
    finally:
        following.cancel()
        await asyncio.wait({following})
        await pool.close()


async def _kill_all(hub: RunningHub, rng: random.Random) -> None:
    """Kill a part, wait until the supervisor has it running again and messages go on, kill the next."""
    for name in rng.sample(_KILLED, len(_KILLED)):
        dead = await asyncio.to_thread(hub.kill, name)

        def is_back(name: str = name, dead: int = dead) -> bool:
            try:
                return hub.part(name).pid != dead
            except LookupError:
                return False

        await wait_until(is_back, within_seconds=60, saying=hub.logs)
        await asyncio.sleep(rng.uniform(0.2, 1.5))


async def _post_all(hub: RunningHub, sent: Numbered) -> list[str]:
    """Post everything in batches; what got no answer is posted again, as a source does. Returns the accepted ids."""
    accepted: list[str] = []
    async with httpx.AsyncClient(base_url=hub.web_url, timeout=60) as client:
        for start in range(0, len(sent.bodies), _BATCH):
            accepted += await _post(client, sent.bodies[start : start + _BATCH])
    return accepted


async def _post(client: httpx.AsyncClient, bodies: Sequence[bytes]) -> list[str]:
    async with asyncio.timeout(120):
        while True:
            if (ids := await try_to_post(client, bodies)) is not None:
                return ids
            await asyncio.sleep(0.1)


async def _all_settled(hub: RunningHub, pool: asyncpg.Pool, accepted: Sequence[str]) -> None:
    async def done() -> bool:
        return await settled(pool, accepted)

    await wait_until(done, within_seconds=240, saying=hub.logs, every=0.5)


async def _wall_agrees(pool: asyncpg.Pool, screen: Screen) -> None:
    stored = await stored_versions(pool)
    await screen.until(lambda s: {id: card.version for id, card in s.cards.items()} == stored, within_seconds=60)
