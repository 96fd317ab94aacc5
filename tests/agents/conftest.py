"""A worker of this test's own, as a process, on this test's database and broker."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from hub.edges.embedded.processes import end, spawn
from hub.edges.kafka_access import KafkaAccess
from hub.edges.outbox.cluster import Cluster
from hub.vocabulary.terms import Feed
from tests.running import without_settings

StartWorker = Callable[[], subprocess.Popen[bytes]]
Send = Callable[[Sequence[object]], "object"]


@pytest.fixture
def start_worker(postgres_url: str, broker: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts workers; they are ended with the test."""
    started = []
    environ = {
        **without_settings(),
        "HUB_DATABASE_URL": postgres_url,
        "HUB_KAFKA_URL": broker,
        "HUB_DATA_DIR": str(tmp_path / "hub"),
    }

    def start() -> subprocess.Popen[bytes]:
        process = spawn([sys.executable, "-m", "agents"], log=tmp_path / "worker.log", environ=environ)
        started.append(process)
        return process

    yield start
    for process in started:
        end(process, within_seconds=3)


@pytest.fixture
async def send(broker: str) -> AsyncIterator[Callable[..., object]]:
    """Sends payloads straight to the hotline topic, as a source of its own would."""
    cluster = Cluster(KafkaAccess(broker), partitions=4, replication=1)
    async with asyncio.timeout(60):
        await cluster.wait()
    await cluster.close()
    producer = AIOKafkaProducer(bootstrap_servers=broker, acks="all", linger_ms=5)
    await producer.start()

    async def send(payloads: Sequence[object], feed: Feed = Feed.HOTLINE) -> None:
        for future in [
            await producer.send(f"feed.{feed.value}", msgspec.json.encode(payload), partition=n % 4)
            for n, payload in enumerate(payloads)
        ]:
            await future

    yield send
    await producer.stop()
