"""Faults drawn from a seed strike a hub while messages flow: afterwards the totals agree, and work goes on in time.

`make chaos FAULTS=1000` is the long form: rounds of twenty, each on a hub of its own, each with the next seed. A round
that failed is run again alone with its seed: `make chaos SEED=7 FAULTS=20`.
"""

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import httpx
import pytest

from hub.edges.clock import utc_now
from hub.edges.rules import load_city
from tests.chaos.audit import audit, settled, stored_versions
from tests.chaos.faults import FAULTS, dealt
from tests.chaos.figures import Figures
from tests.chaos.numbered import Caller
from tests.chaos.posting import try_to_post
from tests.chaos.town import Town
from tests.running import wait_until
from tests.screen import Screen

_FAULTS = int(os.environ.get("FAULTS") or "3")
_SEED = int(os.environ.get("SEED") or "1")
_ROUND = 20
_ROUNDS = [(_SEED + n, min(_ROUND, _FAULTS - n * _ROUND)) for n in range(-(-_FAULTS // _ROUND))]

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300 + 90 * min(_FAULTS, _ROUND))]

_HAPPENINGS = 150
_CALLS_AT_ONCE, _PAUSE_SECONDS = 4, 0.1
#: Messages that come after a fault and are settled, with everything before them, before work is said to go on.
_AFTER = 10
#: Longest that the door may keep a source waiting for an answer, be it a refusal.
_ANSWER_WITHIN_SECONDS = 45.0


@pytest.mark.parametrize(("seed", "count"), _ROUNDS)
async def test_faults_while_messages_flow(
    tmp_path: Path, broker_kind: str, seed: int, count: int, figures: Figures
) -> None:
    names = list(dealt(seed, count))
    if broker_kind == "kafka":
        # A short run meets as many kinds as it can.
        names = list(dealt(seed, 2 * count))[count:]
    _say(f"{broker_kind}: SEED={seed} FAULTS={count}: {', '.join(names)}")
    town = Town(tmp_path, broker_kind)
    async with town.open():
        await town.widen()
        pool = await town.pool()
        source = _Source(town, seed)
        sending = asyncio.create_task(source.send())
        screen = Screen(town.hub.live_url)
        following = asyncio.create_task(screen.follow())
        try:
            await _goes_on(town, pool)
            for number, name in enumerate(names):
                await _strike(town, pool, name, random.Random(f"{seed}/{number}"), figures.of(broker_kind, name))
            await source.stop(sending)
            await _all_agrees(town, pool, source, screen)
        finally:
            for task in (sending, following):
                task.cancel()
            await asyncio.wait({sending, following})
            await pool.close()


async def _strike(town: Town, pool: asyncpg.Pool, name: str, rng: random.Random, seconds: list[float]) -> None:
    fault = FAULTS[name]
    loop = asyncio.get_running_loop()
    async with fault.strike(town, rng):
        began = loop.time()
        await _goes_on(town, pool)
        seconds.append(loop.time() - began)
        _say(f"{name}: went on after {seconds[-1]:.1f} s")
    await _goes_on(town, pool)
    await asyncio.sleep(rng.uniform(0, 1))


def _say(text: str) -> None:
    """Shown with a failure."""
    sys.stdout.write(text + "\n")


async def _goes_on(town: Town, pool: asyncpg.Pool) -> None:
    """Wait until messages that came after now are settled, with everything that came before them."""
    now = utc_now()

    async def true() -> bool:
        try:
            return bool(
                await pool.fetchval(
                    "with after as (select max(received_at) as at, count(*) as many from "
                    "(select received_at from raw_messages where received_at > $1 order by received_at limit $2)) "
                    "select many = $2 and not exists (select from raw_messages, after "
                    "where settled_at is null and received_at <= at) from after",
                    now,
                    _AFTER,
                )
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    await wait_until(true, within_seconds=120, saying=town.logs, every=0.05)


async def _all_agrees(town: Town, pool: asyncpg.Pool, source: "_Source", screen: Screen) -> None:
    async def done() -> bool:
        return await settled(pool, source.accepted)

    await wait_until(done, within_seconds=60, saying=town.logs)
    await audit(pool, source.caller.made, source.accepted)
    stored = await stored_versions(pool)
    await screen.until(lambda s: {id: card.version for id, card in s.cards.items()} == stored, within_seconds=60)
    assert source.longest_wait < _ANSWER_WITHIN_SECONDS, f"the door kept a source waiting {source.longest_wait:.1f} s"


class _Source:
    """Posts numbered calls until it is stopped, and posts again what was not accepted."""

    def __init__(self, town: Town, seed: int) -> None:
        self._town = town
        self._stopping = asyncio.Event()
        self.caller = Caller(load_city(town.hub.settings.city_dir()).city, happenings=_HAPPENINGS, seed=seed)
        self.accepted: list[str] = []
        self.longest_wait = 0.0

    async def send(self) -> None:
        """Send until stopped, at least one call of each happening."""
        async with httpx.AsyncClient(base_url=self._town.hub.web_url, timeout=60) as client:
            while not self._stopping.is_set() or len(self.caller.made.reports) < _HAPPENINGS:
                await self._post(client, self.caller.next(_CALLS_AT_ONCE))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def stop(self, sending: asyncio.Task[None]) -> None:
        """Everything it made is accepted when this returns."""
        self._stopping.set()
        await asyncio.wait_for(sending, 120)

    async def _post(self, client: httpx.AsyncClient, bodies: Sequence[bytes]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            ids = await try_to_post(client, bodies)
            self.longest_wait = max(self.longest_wait, loop.time() - began)
            if ids is not None:
                self.accepted += ids
                return
            await asyncio.sleep(0.1)
