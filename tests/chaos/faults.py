"""The faults, by name. Inside each the work has to go on: the clock runs from where it is entered."""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import msgspec

from tests.chaos.town import Town, stopped
from tests.road import Road

Strike = Callable[[Town, random.Random], contextlib.AbstractAsyncContextManager[None]]

_WORKER_OR_BROKER, _POSTGRES = 15.0, 10.0


class Fault(msgspec.Struct, frozen=True):
    """What is done, and how soon the work has to go on afterwards."""

    strike: Strike
    aim_seconds: float


@contextlib.asynccontextmanager
async def worker_killed(town: Town, rng: random.Random) -> AsyncIterator[None]:
    """kill -9; it is started again, and the partitions of the dead are taken over."""
    workers = town.workers()
    rng.choice(workers).kill()
    yield
    await town.be(len(workers))


@contextlib.asynccontextmanager
async def worker_stopped(town: Town, rng: random.Random) -> AsyncIterator[None]:
    """SIGSTOP, in the middle of a transaction or not: another takes over, and later it comes back."""
    await town.be(max(2, len(town.workers())))
    with stopped([rng.choice(town.workers())]):
        yield


@contextlib.asynccontextmanager
async def three_workers(town: Town, _: random.Random) -> AsyncIterator[None]:
    """Up to three workers."""
    await town.be(3)
    yield


@contextlib.asynccontextmanager
async def one_worker(town: Town, _: random.Random) -> AsyncIterator[None]:
    """Down to one worker."""
    await town.be(1)
    yield


@contextlib.asynccontextmanager
async def broker_killed(town: Town, _: random.Random) -> AsyncIterator[None]:
    """kill -9 and start again."""
    town.broker.kill()
    town.broker.start()
    yield


@contextlib.asynccontextmanager
async def postgres_killed(town: Town, _: random.Random) -> AsyncIterator[None]:
    """kill -9 and start again."""
    town.end_postgres(signal.SIGKILL)
    restart = asyncio.create_task(town.start_postgres())
    yield
    await restart


@contextlib.asynccontextmanager
async def postgres_restarted(town: Town, _: random.Random) -> AsyncIterator[None]:
    """A fast shutdown, and start again."""
    await asyncio.to_thread(town.end_postgres, signal.SIGINT)
    restart = asyncio.create_task(town.start_postgres())
    yield
    await restart


@contextlib.asynccontextmanager
async def postgres_hangs(town: Town, rng: random.Random) -> AsyncIterator[None]:
    """Every process of it stopped for a while."""
    with stopped(town.postgres_processes()):
        await asyncio.sleep(rng.uniform(1, 12))
    yield


@contextlib.asynccontextmanager
async def disk_full(town: Town, rng: random.Random) -> AsyncIterator[None]:
    """PostgreSQL can write no more until there is room again. It says so, and a worker says that it waits."""
    refused, waited = town.said_disk_full(), town.said_waiting()
    town.fill_disk()
    try:
        await town.wait_for(lambda: town.said_disk_full() > refused and town.said_waiting() > waited)
        await asyncio.sleep(rng.uniform(1, 4))
    finally:
        town.empty_disk()
    yield


@contextlib.asynccontextmanager
async def web_killed(town: Town, _: random.Random) -> AsyncIterator[None]:
    """The door and the relay die; sources send again what got no answer."""
    town.hub.kill("web")
    yield


@contextlib.asynccontextmanager
async def live_killed(town: Town, _: random.Random) -> AsyncIterator[None]:
    """The screens' server dies."""
    town.hub.kill("live")
    yield


def _hangs_broker() -> Strike:
    @contextlib.asynccontextmanager
    async def broker_hangs(town: Town, rng: random.Random) -> AsyncIterator[None]:
        town.broker.process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(rng.uniform(1, 12))
        finally:
            town.broker.process.send_signal(signal.SIGCONT)
        yield

    return broker_hangs


def _cut(road: Callable[[Town], Road]) -> Strike:
    @contextlib.asynccontextmanager
    async def cut(town: Town, rng: random.Random) -> AsyncIterator[None]:
        await road(town).cut()
        await asyncio.sleep(rng.uniform(0, 8))
        await road(town).open()
        yield

    return cut


def _dead(road: Callable[[Town], Road]) -> Strike:
    @contextlib.asynccontextmanager
    async def dead(town: Town, rng: random.Random) -> AsyncIterator[None]:
        road(town).go_dead()
        await asyncio.sleep(rng.uniform(0, 12))
        road(town).mend()
        yield

    return dead


def _slow(road: Callable[[Town], Road]) -> Strike:
    @contextlib.asynccontextmanager
    async def slow(town: Town, rng: random.Random) -> AsyncIterator[None]:
        road(town).delay_seconds = rng.uniform(0.01, 0.1)
        await asyncio.sleep(rng.uniform(1, 6))
        road(town).mend()
        yield

    return slow


def _store(town: Town) -> Road:
    return town.store_road


def _broker(town: Town) -> Road:
    return town.broker_road


FAULTS: Mapping[str, Fault] = {
    "worker killed": Fault(worker_killed, _WORKER_OR_BROKER),
    "worker stopped": Fault(worker_stopped, _WORKER_OR_BROKER),
    "three workers": Fault(three_workers, _WORKER_OR_BROKER),
    "one worker": Fault(one_worker, _WORKER_OR_BROKER),
    "broker killed": Fault(broker_killed, _WORKER_OR_BROKER),
    "broker hangs": Fault(_hangs_broker(), _WORKER_OR_BROKER),
    "broker's road cut": Fault(_cut(_broker), _WORKER_OR_BROKER),
    "broker's road slow": Fault(_slow(_broker), _WORKER_OR_BROKER),
    "broker's road half-open": Fault(_dead(_broker), _WORKER_OR_BROKER),
    "PostgreSQL killed": Fault(postgres_killed, _POSTGRES),
    "PostgreSQL restarted": Fault(postgres_restarted, _POSTGRES),
    "PostgreSQL hangs": Fault(postgres_hangs, _POSTGRES),
    "PostgreSQL's road cut": Fault(_cut(_store), _POSTGRES),
    "PostgreSQL's road slow": Fault(_slow(_store), _POSTGRES),
    "PostgreSQL's road half-open": Fault(_dead(_store), _POSTGRES),
    "PostgreSQL's disk full": Fault(disk_full, _POSTGRES),
    "web killed": Fault(web_killed, _WORKER_OR_BROKER),
    "live killed": Fault(live_killed, _WORKER_OR_BROKER),
}


def dealt(seed: int, count: int) -> Sequence[str]:
    """The faults of a seed in order: every kind once before any comes again."""
    rng = random.Random(seed)
    names: list[str] = []
    while len(names) < count:
        names += rng.sample(list(FAULTS), len(FAULTS))
    return names[:count]
