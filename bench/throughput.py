"""Messages a second from feed topic to committed incident, beside the same worker's no-op ceiling."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import msgspec
from aiokafka import AIOKafkaProducer

from bench.messages import hotline_orders
from hub.edges.embedded.broker import EmbeddedBroker, free_port
from hub.edges.embedded.postgres import prepare_postgres
from hub.edges.embedded.processes import end, spawn
from hub.edges.kafka_access import kafka_access
from hub.edges.outbox.cluster import Cluster
from hub.edges.rules import load_city
from hub.edges.store.migrate import migrate
from hub.edges.store.pool import open_pool
from hub.settings import Settings


class Throughput(msgspec.Struct, frozen=True, kw_only=True):
    """One run: the whole way, the ceiling, and what was written."""

    messages: int
    per_second: float
    noop_per_second: float
    share_of_noop: float
    incidents: int
    joined: int


async def measure(count: int) -> Throughput:
    """Run both, one after the other, on fresh servers. The load generator is done before the worker begins."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        async with _servers(Path(folder)) as (pool, environ):
            await _produce(environ, count)
            ceiling = _noop(environ["HUB_KAFKA_URL"], count)
            rate = await _worker(pool, environ, Path(folder), count)
            incidents = int(await pool.fetchval("select count(*) from incidents"))
            reports = int(await pool.fetchval("select count(*) from reports"))
    return Throughput(
        messages=count,
        per_second=round(rate),
        noop_per_second=round(ceiling),
        share_of_noop=round(rate / ceiling, 3),
        incidents=incidents,
        joined=reports - incidents,
    )


@contextlib.asynccontextmanager
async def _servers(folder: Path) -> AsyncIterator[tuple[asyncpg.Pool, dict[str, str]]]:
    postgres = prepare_postgres(folder)
    broker = EmbeddedBroker(port=free_port())
    server = spawn(postgres.command(), log=folder / "postgres.log", user=postgres.user, death_signal=signal.SIGINT)
    road = spawn(broker.command(), log=folder / "broker.log")
    try:
        pool = await open_pool(postgres.url, size=2)
        await migrate(pool)
        yield pool, {**os.environ, "HUB_DATABASE_URL": postgres.url, "HUB_KAFKA_URL": broker.url}
        await pool.close()
    finally:
        end(road)
        end(server, with_signal=signal.SIGINT)


async def _produce(environ: dict[str, str], count: int) -> None:
    kafka = kafka_access(Settings.from_env({k: v for k, v in environ.items() if k.startswith("HUB_")}))
    cluster = Cluster(kafka, partitions=4, replication=1)
    await cluster.wait()
    await cluster.close()
    producer = AIOKafkaProducer(**kafka.options(), linger_ms=5, max_batch_size=128 * 1024)
    await producer.start()
    city = load_city(Settings().city_dir()).city
    sent = [
        await producer.send("feed.hotline", order, partition=n % 4)
        for n, order in enumerate(hotline_orders(city, count))
    ]
    await asyncio.gather(*sent)
    await producer.stop()


def _noop(kafka_url: str, count: int) -> float:
    answer = subprocess.run(
        [sys.executable, "-m", "bench.noop", kafka_url, str(count)], check=True, capture_output=True, text=True
    )
    return float(answer.stdout)


async def _worker(pool: asyncpg.Pool, environ: dict[str, str], folder: Path, count: int) -> float:
    process = spawn([sys.executable, "-m", "agents"], log=folder / "worker.log", environ=environ)
    try:
        first_count = first_at = 0.0
        while True:
            done = await pool.fetchval("select coalesce(sum(next_offset), 0) from positions")
            if done and not first_at:
                first_count, first_at = float(done), time.perf_counter()
            if done >= count:
                return (count - first_count) / (time.perf_counter() - first_at)
            if process.poll() is not None:
                raise RuntimeError((folder / "worker.log").read_text())
            await asyncio.sleep(0.1)
    finally:
        end(process)
