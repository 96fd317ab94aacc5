"""Puts hotline orders on the feed's topic as fast as the broker takes them. It must never read what becomes of them."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaProducer

from bench.road import PARTITIONS, TOPIC

#: Records that travel together.
_TOGETHER = 200


async def feed(kafka_url: str, orders: Iterable[bytes]) -> int:
    """Send them all, in turn to each partition; returns how many when the broker has them."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka_url, max_batch_size=512 * 1024, max_request_size=2**20)
    await producer.start()
    count = 0
    waiting: list[Any] = []
    try:
        for number, some in enumerate(_together(orders)):
            builder = producer.create_batch()
            for order in some:
                builder.append(key=None, value=order, timestamp=None)
            builder.close()
            waiting.append(await producer.send_batch(builder, TOPIC, partition=number % PARTITIONS))
            count += len(some)
            if len(waiting) >= 4 * PARTITIONS:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()
    return count


def _together(orders: Iterable[bytes]) -> Iterator[list[bytes]]:
    remaining = iter(orders)
    while some := list(islice(remaining, _TOGETHER)):
        yield some
