"""Messages a second from feed topic to committed incident and published change, and what each costs.

Ratios compare processor time a message, which a busy machine disturbs less than the clock. It must never time a worker
while messages are still being put on the topic, save where a run says so.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from bench.feeding import feed
from bench.filling import fill
from bench.messages import hotline_orders
from bench.road import Cost, Moment, Road, road
from bench.rulebooks import folder_with_rules
from bench.shares import Shares
from hub.edges.rules import load_city
from hub.rulebook.book import City
from hub.settings import Settings

#: Messages that go ahead of what is timed: caches fill, PostgreSQL plans.
WARM_UP = 2_000
#: How far a steady run feeds ahead of the workers.
_AHEAD = 20_000
_CHUNK = 5_000
_WRITTEN = """
select (select count(*) from reports where report_id like $1), count(*) filter (where kind = 'opened'),
       count(*) filter (where kind = 'joined')
from timeline where report_id like $1
"""
#: Orders of a run, as against those that a store was filled with.
_OURS = "hotline:b%"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run: rate, processor time a message by part, and what the workers' went to."""

    messages: int
    seconds: float
    #: Until no change waited any more.
    published_seconds: float
    cost: Cost
    shares: dict[str, float]
    incidents: int
    joined: int
    worker_memory_mib: float
    restarts: int
    noop_per_second: float = 0.0

    @property
    def per_second(self) -> float:
        """Messages committed a second."""
        return self.messages / self.seconds

    @property
    def published_per_second(self) -> float:
        """Messages whose changes were published a second."""
        return self.messages / self.published_seconds

    def micros(self, part: str) -> float:
        """Processor time a message."""
        return float(getattr(self.cost, part)) / self.messages * 1e6

    @property
    def cost_micros(self) -> float:
        """What a message costs worker and PostgreSQL together."""
        return self.micros("worker") + self.micros("postgres")


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is given."""

    messages: int = 40_000
    broker: str = "embedded"
    workers: int = 1
    open_incidents: int = 0
    rules: int = 0
    hot: bool = False
    with_noop: bool = False


async def measure(load: Load) -> Run:
    """Feed first, work then."""
    with tempfile.TemporaryDirectory(prefix="bench-rules-") as folder:
        async with road(load.broker, _environ(load, Path(folder))) as opened:
            await _fill(opened, load)
            await feed(opened.kafka_url, hotline_orders(_city(), WARM_UP + load.messages, hot=load.hot))
            noop = await _noop(opened, load.messages) if load.with_noop else 0.0
            opened.start_relay()
            opened.start_workers(load.workers)
            begun = await opened.until(WARM_UP, within_seconds=300)
            done = await opened.until(WARM_UP + load.messages)
            published = await opened.until_published()
            return await _run(opened, begun, done, published, noop)


async def steady(load: Load, minutes: float) -> tuple[Run, list[float]]:
    """Feed while the workers work, always a little ahead; also messages a second, minute by minute."""
    async with road(load.broker, _environ(load, Path())) as opened:
        await _fill(opened, load)
        feeding = asyncio.create_task(_feed_ahead(opened))
        opened.start_relay()
        opened.start_workers(load.workers)
        begun = await opened.until(WARM_UP, within_seconds=300)
        rates: list[float] = []
        before, ends = begun, begun.at + minutes * 60
        while before.at < ends:
            await asyncio.sleep(min(60.0, max(0.1, ends - before.at)))
            now = await opened.moment()
            rates.append((now.done - before.done) / (now.at - before.at))
            print(f"minute {len(rates)}: {rates[-1]:,.0f}/s, {opened.worker_memory_mib():.0f} MiB", file=sys.stderr)
            before = now
        feeding.cancel()
        return await _run(opened, begun, before, before, 0.0), rates


async def burst(load: Load) -> tuple[Run, float]:
    """A burst put on the topic while the workers run; also the seconds until the broker had it all."""
    async with road(load.broker, _environ(load, Path())) as opened:
        await _fill(opened, load)
        orders = list(hotline_orders(_city(), load.messages))
        opened.start_relay()
        opened.start_workers(load.workers)
        await feed(opened.kafka_url, hotline_orders(_city(), WARM_UP, seed=2))
        begun = await opened.until(WARM_UP, within_seconds=300)
        started = time.perf_counter()
        await feed(opened.kafka_url, orders)
        taken_in = time.perf_counter() - started
        done = await opened.until(WARM_UP + load.messages)
        return await _run(opened, begun, done, await opened.until_published(), 0.0), taken_in


async def _feed_ahead(opened: Road) -> None:
    sent, chunk = 0, 0
    while True:
        done = (await opened.moment()).done
        if sent - done >= _AHEAD:
            await asyncio.sleep(0.2)
            continue
        orders = await asyncio.to_thread(list, hotline_orders(_city(), _CHUNK, seed=100 + chunk))
        sent += await feed(opened.kafka_url, orders)
        chunk += 1


async def _run(opened: Road, begun: Moment, done: Moment, published: Moment, noop: float) -> Run:
    memory = opened.worker_memory_mib()
    reports, incidents, joined = await opened.pool.fetchrow(_WRITTEN, _OURS)
    if reports < done.done or incidents + joined != reports:
        raise RuntimeError(f"lost: {done.done} messages, {reports} reports, {incidents} opened, {joined} joined")
    return Run(
        messages=done.done - begun.done,
        seconds=done.at - begun.at,
        published_seconds=published.at - begun.at,
        cost=published.cost.since(begun.cost),
        shares=_together(opened.stop_workers()),
        incidents=incidents,
        joined=joined,
        worker_memory_mib=memory,
        restarts=opened.restarts,
        noop_per_second=noop,
    )


async def _fill(opened: Road, load: Load) -> None:
    count = await fill(opened.pool, load_city(Settings().city_dir()), load.open_incidents)
    if count:
        print(f"{count:,} open incidents", file=sys.stderr)


def _environ(load: Load, folder: Path) -> Mapping[str, str]:
    return {"HUB_RULES_DIR": str(folder_with_rules(folder, load.rules))} if load.rules else {}


@cache
def _city() -> City:
    return load_city(Settings().city_dir()).city


async def _noop(opened: Road, count: int) -> float:
    """The same worker with an agent that does nothing, over the same messages."""
    answer = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bench.noop", opened.kafka_url, str(count)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    return float(answer.stdout)


def _together(shares: list[Shares]) -> dict[str, float]:
    """Each place's part of all that the workers used."""
    seconds: dict[str, float] = {}
    for one in shares:
        for place, used in one.seconds.items():
            seconds[place] = seconds.get(place, 0.0) + used
    whole = sum(seconds.values()) or 1.0
    return {place: used / whole for place, used in sorted(seconds.items(), key=lambda item: -item[1])}
