"""What faust carries: all that a fetch has of a partition in one message, and no long wait for room."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agents.app import build_app
from hub.edges.kafka_access import KafkaAccess
from hub.settings import Settings

Send = Callable[[Sequence[object]], Awaitable[None]]

_COUNT = 2_000
_PARTITIONS = 4


async def _from_the_beginning() -> Mapping[tuple[str, int], int]:
    return {}


def _app(servers: str) -> Any:
    return build_app(Settings(), KafkaAccess(servers), _from_the_beginning, lambda topic, partition, offset: None)


@pytest.fixture
async def consumer() -> AsyncIterator[Any]:
    """A consumer that never meets a broker."""
    app = _app("127.0.0.1:1")
    yield app.consumer
    app.consumer._thread.thread_loop.close()


async def test_a_full_buffer_is_looked_at_again_soon(consumer: Any) -> None:
    consumer._buffered_partitions = {"all of them"}
    consumer._active_partitions = set()
    # It would wait ten minutes without.
    assert await asyncio.wait_for(consumer._wait_next_records(600.0), 60) == ({}, set())


def test_faust_leaves_no_folder_where_it_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _app("127.0.0.1:1")._create_directories()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.broker
async def test_what_a_fetch_has_of_a_partition_travels_together(broker: str, send: Send) -> None:
    await send([{"n": n} for n in range(_COUNT)])
    app = _app(broker)
    runs: list[list[Any]] = []
    all_there = asyncio.Event()

    async def take(stream: Any) -> None:
        async for event in stream.events():
            runs.append(event.message.records)
            if sum(map(len, runs)) >= _COUNT:
                all_there.set()

    topic = app.topic("feed.hotline", value_type=bytes, value_serializer="raw", key_serializer="raw")
    app.agent(topic, name="agents.hotline", concurrency=1)(take)
    await app.start()
    try:
        await asyncio.wait_for(all_there.wait(), 60)
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(app.stop(), 10)
    assert len(runs) < _COUNT / 10
    assert all(len({record.partition for record in run}) == 1 for run in runs)
    for partition in range(_PARTITIONS):
        offsets = [record.offset for run in runs for record in run if record.partition == partition]
        assert offsets == list(range(_COUNT // _PARTITIONS))
