"""Handing a message over without tasks of its own, and looking again soon when there is no room."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from agents.app import build_app
from hub.edges.kafka_access import KafkaAccess
from hub.settings import Settings


@pytest.fixture
async def consumer() -> AsyncIterator[Any]:
    """A consumer that never meets a broker."""

    async def read_positions() -> Mapping[tuple[str, int], int]:
        return {}

    kafka = KafkaAccess("127.0.0.1:1")
    app = build_app(Settings(), kafka, read_positions, lambda topic, partition, offset: None)
    yield app.consumer
    app.consumer._thread.thread_loop.close()


async def test_a_message_that_is_taken_at_once_starts_no_task(consumer: Any) -> None:
    taken: list[int] = []

    async def take() -> None:
        taken.append(len(asyncio.all_tasks()))

    before = len(asyncio.all_tasks())
    await consumer.wait_first(take(), asyncio.Event().wait())
    assert taken == [before]


async def test_a_message_that_has_to_wait_is_taken_when_it_can_be(consumer: Any) -> None:
    room, taken = asyncio.Event(), []

    async def take() -> None:
        await asyncio.sleep(0)
        await room.wait()
        taken.append(1)

    handing_over = asyncio.create_task(consumer.wait_first(take(), asyncio.Event().wait()))
    await asyncio.sleep(0)
    assert not taken
    room.set()
    await asyncio.wait_for(handing_over, 5)
    assert taken


async def test_a_message_that_waits_is_let_go_when_the_partitions_go(consumer: Any) -> None:
    never, suspended, let_go = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def take() -> None:
        try:
            await never.wait()
        finally:
            let_go.set()

    handing_over = asyncio.create_task(consumer.wait_first(take(), suspended.wait()))
    await asyncio.sleep(0)
    suspended.set()
    await asyncio.wait_for(handing_over, 5)
    await asyncio.wait_for(let_go.wait(), 5)


@pytest.mark.parametrize("waits_first", [False, True])
async def test_what_fails_while_a_message_is_handed_over_is_heard(consumer: Any, waits_first: bool) -> None:
    async def take() -> None:
        if waits_first:
            await asyncio.sleep(0)
        raise RuntimeError("full")

    with pytest.raises(RuntimeError, match="full"):
        await consumer.wait_first(take(), asyncio.Event().wait())


async def test_a_full_buffer_is_looked_at_again_soon(consumer: Any) -> None:
    consumer._buffered_partitions = {"all of them"}
    consumer._active_partitions = set()
    assert await asyncio.wait_for(consumer._wait_next_records(1.0), 0.5) == ({}, set())
