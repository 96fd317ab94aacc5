"""The road from feed topic to committed incident and published change: servers, relay and workers, each with its meter.

The load generator is done before the workers begin, unless a run feeds them on purpose. It must never touch a hub that
serves.
"""

import asyncio
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import asyncpg
import msgspec
import psutil

from agents.app import RESTART
from bench.shares import Shares
from hub.edges.embedded.postgres import EmbeddedPostgres, prepare_postgres
from hub.edges.embedded.processes import end, spawn
from hub.edges.kafka_access import KafkaAccess
from hub.edges.outbox.cluster import Cluster
from hub.edges.store.migrate import migrate
from hub.edges.store.pool import open_pool
from tests.brokers import RunningBroker
from tests.running import without_settings

PARTITIONS = 4
TOPIC = "feed.hotline"
_LOOK_EVERY_SECONDS = 0.1
_WAITING = "select exists (select from outbox)"


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Processor seconds by part."""

    worker: float
    postgres: float
    broker: float
    relay: float

    def since(self, before: "Cost") -> "Cost":
        """What was used after an earlier look."""
        used = {part: getattr(self, part) - getattr(before, part) for part in self.__struct_fields__}
        return Cost(**used)


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run stands."""

    at: float
    done: int
    cost: Cost


class Road:
    """Servers and relay that run, and workers that can be started."""

    def __init__(self, folder: Path, broker_kind: str, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._kind = broker_kind
        self._environ = environ
        self._parts: dict[str, list[subprocess.Popen[bytes]]] = {"worker": [], "postgres": [], "relay": []}
        self._postgres: EmbeddedPostgres | None = None
        self._broker: RunningBroker | None = None
        self._workers = 0
        #: Workers that started afresh: the machine was too busy, or something stood still.
        self.restarts = 0
        self.pool: asyncpg.Pool

    @property
    def kafka_url(self) -> str:
        """Bootstrap server."""
        assert self._broker is not None
        return self._broker.url

    @property
    def environ(self) -> dict[str, str]:
        """What a part of the hub is started with."""
        assert self._postgres is not None
        return {
            **without_settings(),
            "HUB_DATABASE_URL": self._postgres.url,
            "HUB_KAFKA_URL": self.kafka_url,
            "HUB_PARTITIONS": str(PARTITIONS),
            **self._environ,
        }

    async def open(self) -> None:
        """Start the servers, make schema and topics, start the relay."""
        self._postgres = postgres = prepare_postgres(self.folder)
        log = self.folder / "postgres.log"
        self._parts["postgres"].append(
            spawn(postgres.command(), log=log, user=postgres.user, death_signal=signal.SIGINT)
        )
        self._broker = RunningBroker(self._kind, self.folder).start()
        self.pool = await open_pool(postgres.url, size=2, statement_seconds=900)
        await migrate(self.pool)
        cluster = Cluster(KafkaAccess(self.kafka_url), partitions=PARTITIONS, replication=1)
        await cluster.wait()
        await cluster.close()

    def start_relay(self) -> None:
        """What publishes the changes."""
        self._spawn("relay", "-m", "hub.cli", "serve", "--part", "relay")

    def start_workers(self, count: int) -> None:
        """Workers that look at their own clocks; see `bench.shares`."""
        for _ in range(count):
            self._workers += 1
            self._spawn("worker", "-m", "bench.shares", str(self.folder / f"shares-{self._workers}.json"))

    def stop_workers(self) -> list[Shares]:
        """End them, and return what their time went to."""
        for process in self._parts["worker"]:
            end(process)
        self._parts["worker"].clear()
        return self._written_shares()

    async def moment(self) -> Moment:
        """Messages done, and what they cost so far."""
        self._tend()
        done = await self.pool.fetchval("select coalesce(sum(received), 0)::bigint from feed_counts")
        return Moment(at=time.perf_counter(), done=done, cost=await asyncio.to_thread(self._cost))

    async def until(self, done: int, *, within_seconds: float = 3600.0) -> Moment:
        """The moment by which so many messages are committed."""
        async with asyncio.timeout(within_seconds):
            while (now := await self.moment()).done < done:  # noqa: ASYNC110 - the database's state, without an event
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
        return now

    async def until_published(self, *, within_seconds: float = 600.0) -> Moment:
        """The moment by which no change waits any more."""
        async with asyncio.timeout(within_seconds):
            while await self.pool.fetchval(_WAITING):  # noqa: ASYNC110 - the same
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
        return await self.moment()

    def worker_memory_mib(self) -> float:
        """Resident memory of all workers."""
        return sum(psutil.Process(process.pid).memory_info().rss for process in self._parts["worker"]) / 2**20

    async def close(self) -> None:
        """End everything that was started."""
        self.stop_workers()
        await self.pool.close()
        for process in self._parts["relay"]:
            end(process)
        if self._broker is not None:
            self._broker.stop()
        for process in self._parts["postgres"]:
            end(process, with_signal=signal.SIGINT)

    def _spawn(self, part: str, *arguments: str) -> None:
        log = self.folder / f"{part}.log"
        self._parts[part].append(spawn([sys.executable, *arguments], log=log, environ=self.environ))

    def _tend(self) -> None:
        """Start again what asks for it, as the supervisor does; anything else that ends is an error."""
        for part, processes in self._parts.items():
            for process in [process for process in processes if process.poll() is not None]:
                words = (self.folder / f"{part}.log").read_text()[-4000:]
                if part != "worker" or process.returncode != RESTART:
                    raise RuntimeError(f"{part} ended: {words}")
                processes.remove(process)
                self.restarts += 1
                self.start_workers(1)

    def _written_shares(self) -> list[Shares]:
        files = sorted(self.folder.glob("shares-*.json"))
        return [msgspec.json.decode(file.read_bytes(), type=Shares) for file in files]

    def _cost(self) -> Cost:
        used = {part: sum(_seconds(process.pid) for process in processes) for part, processes in self._parts.items()}
        # Those that ended by themselves; their files are there only once they have.
        used["worker"] += sum(sum(shares.seconds.values()) for shares in self._written_shares())
        assert self._broker is not None
        return Cost(**used, broker=_seconds(self._broker.process.pid))


def _seconds(pid: int) -> float:
    """Processor time of a process and of all it started; PostgreSQL has one for each connection."""
    total = 0.0
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = each.cpu_times()
            total += times.user + times.system
            if each is process:  # those that ended
                total += times.children_user + times.children_system
    return total


@contextlib.asynccontextmanager
async def road(broker: str, environ: Mapping[str, str] | None = None) -> AsyncIterator[Road]:
    """A road in a folder of its own, until left."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        opened = Road(Path(folder), broker, environ or {})
        await opened.open()
        try:
            yield opened
        finally:
            await opened.close()
