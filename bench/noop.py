"""The ceiling: the same worker with an agent that does nothing. Prints messages a second as JSON."""

import asyncio
import os
import sys
import time
from typing import Any

import msgspec
import uvloop

from agents.app import build_app
from hub.edges.kafka_access import kafka_access
from hub.settings import Settings


async def _run(kafka_url: str, count: int) -> None:
    settings = msgspec.structs.replace(Settings.from_env(os.environ), kafka_url=kafka_url)

    async def read_positions() -> dict[tuple[str, int], int]:
        return {}

    app = build_app(settings, kafka_access(settings), read_positions, lambda topic, partition, offset: None)
    seen, first, done = 0, 0.0, asyncio.Event()

    async def count_events(stream: Any) -> None:
        nonlocal seen, first
        async for event in stream.events():
            first = first or time.perf_counter()
            seen += len(event.message.records)
            if seen >= count:
                done.set()

    topic = app.topic("feed.hotline", value_type=bytes, value_serializer="raw", key_serializer="raw")
    app.agent(topic, name="noop", concurrency=1)(count_events)
    await app.start()
    await done.wait()
    print(seen / (time.perf_counter() - first))
    await asyncio.wait_for(app.stop(), 5)


if __name__ == "__main__":
    uvloop.run(_run(sys.argv[1], int(sys.argv[2])))
